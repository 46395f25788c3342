"""Rows of group events, and of the seats at them."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Event(Base):
    """A visit of a group service to which people sign up; `series` is the same for dates made together.

    When and where it is says the booking, which holds the room.
    """

    __tablename__ = "events"

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    seats: Mapped[int]
    is_public: Mapped[bool]
    series: Mapped[UUID | None] = mapped_column(index=True)


class Participant(Base):
    """The visit of somebody who signed up for an event: with a seat, or waiting for one.

    No two have the same seat. A participant's visit holds no place of its own.
    """

    __tablename__ = "participants"
    __table_args__ = (
        UniqueConstraint("event_id", "seat"),
        CheckConstraint("seat > 0", name="seat_counts_from_one"),
    )

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.booking_id"), index=True)
    seat: Mapped[int | None]
