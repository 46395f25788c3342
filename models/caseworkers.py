"""Rows of the caseworkers: who talks with people, when they work, and when they are away."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.staff import StaffAccount
from scheduler.domain.caseworkers import NAME_LENGTH, TEAM_LENGTH


class Caseworker(Base):
    """Somebody with whom a visit or a call can be; the database refuses two talks at once.

    `hours` are the opening of a week as a plan file writes it. `deputy_id` stands in while away.
    Whoever is retired gets nothing new; what was booked stays as it was.
    """

    __tablename__ = "caseworkers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    team: Mapped[str] = mapped_column(String(TEAM_LENGTH))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), unique=True)
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("caseworkers.id"))
    hours: Mapped[dict[str, Any]]
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    staff: Mapped[StaffAccount | None] = relationship(lazy="raise")
    deputy: Mapped["Caseworker | None"] = relationship(lazy="raise", remote_side=[id])


class Absence(Base):
    """A caseworker is away from `starts_at` until `ends_at` (not included); why is nobody's business here.

    One that is taken back ends then; where it had not begun it is empty.
    """

    __tablename__ = "absences"

    id: Mapped[int] = mapped_column(primary_key=True)
    caseworker_id: Mapped[int] = mapped_column(ForeignKey("caseworkers.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime]
    ended_by: Mapped[str | None] = mapped_column(String(80))
    ended_at: Mapped[datetime | None]
