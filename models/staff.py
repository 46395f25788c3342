"""Rows of the staff: their accounts, where they are signed in, and how often somebody tried."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Word
from scheduler.domain.roles import Role

LOGIN_LENGTH = 60


class StaffAccount(Base):
    """Somebody who works at the office. `login` is in small letters; whoever is locked cannot sign in.

    `one_time_until` (real time) says that the password has to be changed, and until when it opens the door.
    `factor_secret` is sealed (scheduler.adapters.factors); `factor_period` is that of the last code taken.
    """

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(LOGIN_LENGTH), unique=True)
    role: Mapped[Role] = mapped_column(Word(Role))
    password: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]
    one_time_until: Mapped[datetime | None] = mapped_column(default=None)
    factor_secret: Mapped[str | None] = mapped_column(String(200), default=None)
    factor_since: Mapped[datetime | None] = mapped_column(default=None)
    factor_period: Mapped[int | None] = mapped_column(BigInteger, default=None)


class RecoveryCode(Base):
    """One code on paper that stands for the second factor once, known by its digest; gone when it is used."""

    __tablename__ = "recovery_codes"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class StaffSession(Base):
    """One place where somebody is signed in, known by the digest of its token; in real time.

    `as_of` (office time) is the instant as of which whoever sits there looks at the office; None for now.
    Where it `awaits_code` the password alone was shown, and it opens no page but the one that asks for it.
    """

    __tablename__ = "staff_sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    begun_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    device: Mapped[str] = mapped_column(String(60), server_default="")
    as_of: Mapped[datetime | None] = mapped_column(default=None)
    awaits_code: Mapped[bool] = mapped_column(default=False, server_default=false())

    staff: Mapped[StaffAccount] = relationship(lazy="joined", innerjoin=True)


class SignInTally(Base):
    """How often a login was tried from an address since `since` (real time)."""

    __tablename__ = "sign_in_tallies"

    login: Mapped[str] = mapped_column(String(LOGIN_LENGTH), primary_key=True)
    address: Mapped[str] = mapped_column(String(45), primary_key=True)
    since: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int]
