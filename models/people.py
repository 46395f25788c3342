"""Rows of the people who come."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from scheduler.domain.limits import identities
from scheduler.domain.people import (
    ADDRESS_LENGTH,
    EMAIL_LENGTH,
    NAME_LENGTH,
    NUMBER_LENGTH,
    PHONE_LENGTH,
    Customer,
)


class Person(Base):
    """Somebody as given with a booking.

    The keys are what this person is known by in other bookings, as it is compared (domain.limits.identities).
    """

    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    email: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH))
    phone: Mapped[str | None] = mapped_column(String(PHONE_LENGTH))
    address: Mapped[str | None] = mapped_column(String(ADDRESS_LENGTH))
    number: Mapped[str | None] = mapped_column(String(NUMBER_LENGTH))
    born: Mapped[date | None]
    language: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    email_key: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH), index=True)
    phone_key: Mapped[str | None] = mapped_column(String(PHONE_LENGTH + 2), index=True)
    number_key: Mapped[str | None] = mapped_column(String(3 * NUMBER_LENGTH), index=True)

    @classmethod
    def of(cls, customer: Customer, *, now: datetime) -> "Person":
        known = identities(customer.email, customer.phone, customer.number)
        return cls(
            id=uuid4(),
            name=customer.name,
            email=customer.email,
            phone=customer.phone,
            address=customer.address,
            number=customer.number,
            born=customer.born,
            language=customer.language,
            created_at=now,
            email_key=known.email,
            phone_key=known.phone,
            number_key=known.number,
        )

    @property
    def customer(self) -> Customer:
        return Customer(
            self.name, self.email, self.phone, self.address, self.number, self.born, self.language
        )
