"""Rows of the bookings, and the claims by which each holds what it uses."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Word
from models.people import Person
from models.plans import ResourceRow, ServiceRow
from scheduler.domain.bookings import OTHERS_LENGTH, Category, Channel, Origin, Party, Standing, Status
from scheduler.domain.people import TEXT_LENGTH
from scheduler.domain.roles import Role


class Booking(Base):
    """A visit that somebody asked for or was given.

    `judged_at` is when the rules last judged it (made or moved); `invited` says whether a calendar invitation
    under `ical_uid` went into the outbox, so that a cancellation must follow it there. `arrived_at` and the
    stamps after it are office time and say how far a visit came on its day; `call_number`, given on arrival,
    is that under which the person is called on `call_day`. `version` counts its changes, by whatever
    statement: it rises with each, so that nobody changes what they have not seen.
    `moved_by` says on whose wish it was moved last, `let_in_at` when the entrance let the person in, which
    raises no version, nor does `reminded_for`, the start that the person was reminded of. `summoned_on` is
    the local day on which a legal summons was sent for it. `caseworker_id` is with whom the
    talk is, in person or by phone, where that is settled: the database refuses two at once of one caseworker.
    """

    __tablename__ = "bookings"
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012  # as the base has it; changes answer their version
    __table_args__ = (
        Index("ix_bookings_starts_at_id", "starts_at", "id"),
        Index("ix_bookings_status_starts_at", "status", "starts_at"),
        Index("ix_bookings_call_day_call_number", "call_day", "call_number", unique=True),
        Index(
            "ix_bookings_caseworker_id_starts_at",
            "caseworker_id",
            "starts_at",
            postgresql_where=text("caseworker_id IS NOT NULL"),
            sqlite_where=text("caseworker_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    version: Mapped[int] = mapped_column(default=1, server_default="1", onupdate=text("version + 1"))
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    service_key: Mapped[str] = mapped_column(ForeignKey("services.key"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    occupied_until: Mapped[datetime]
    status: Mapped[Status] = mapped_column(Word(Status))
    standing: Mapped[Standing] = mapped_column(Word(Standing))
    origin: Mapped[Origin] = mapped_column(Word(Origin))
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    booked_by: Mapped[Role] = mapped_column(Word(Role))
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime]
    judged_at: Mapped[datetime]
    justification_category: Mapped[Category | None] = mapped_column(Word(Category))
    justification_text: Mapped[str | None] = mapped_column(String(TEXT_LENGTH))
    cancelled_by: Mapped[Party | None] = mapped_column(Word(Party))
    moved_by: Mapped[Party | None] = mapped_column(Word(Party))
    reason: Mapped[str | None] = mapped_column(String(TEXT_LENGTH))
    persons: Mapped[int] = mapped_column(default=1, server_default="1")
    others: Mapped[str | None] = mapped_column(String(OTHERS_LENGTH))
    ical_uid: Mapped[str] = mapped_column(String(120))
    ical_sequence: Mapped[int]
    invited: Mapped[bool]
    arrived_at: Mapped[datetime | None]
    called_at: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    call_day: Mapped[date | None]
    call_number: Mapped[int | None]
    let_in_at: Mapped[datetime | None]
    reminded_for: Mapped[datetime | None]
    summoned_on: Mapped[date | None]
    caseworker_id: Mapped[int | None] = mapped_column(ForeignKey("caseworkers.id"))

    resource: Mapped[ResourceRow] = relationship(lazy="raise")
    service: Mapped[ServiceRow] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")


class Claim(Base):
    """What a booking or a hold uses, and until when; the database refuses two that occupy one place at once.

    A hold is a claim without a booking: `held_by` has the form open that `hold` names, until `held_until` in
    real time. One that has expired stands in nobody's way: whoever books there removes it.

    The refusal stands in the migrations: an exclusion constraint on PostgreSQL, triggers on SQLite.
    `occupied_until` is the visit's end and the buffer, fixed when booked. `lasts_until` (buffer included) is
    where a visit under way takes longer; that may reach into the next claim, whose person then waits.
    """

    __tablename__ = "claims"
    __table_args__ = (
        Index("ix_claims_resource_id_starts_at", "resource_id", "starts_at"),
        Index("ix_claims_starts_at", "starts_at"),
        Index(
            "ix_claims_lasts_until",
            "lasts_until",
            postgresql_where=text("lasts_until IS NOT NULL"),
            sqlite_where=text("lasts_until IS NOT NULL"),
        ),
        Index(
            "ix_claims_held_until",
            "held_until",
            postgresql_where=text("held_until IS NOT NULL"),
            sqlite_where=text("held_until IS NOT NULL"),
        ),
        CheckConstraint(
            "(booking_id IS NULL) = (hold IS NOT NULL) AND (hold IS NULL) = (held_by IS NULL)"
            " AND (hold IS NULL) = (held_until IS NULL)",
            name="booking_or_hold",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[UUID | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resources.id"))
    starts_at: Mapped[datetime]
    occupied_until: Mapped[datetime]
    occupies: Mapped[bool]
    lasts_until: Mapped[datetime | None]
    hold: Mapped[UUID | None]
    held_by: Mapped[str | None] = mapped_column(String(80))
    held_until: Mapped[datetime | None]
