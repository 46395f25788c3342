"""Rows of the people who come."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from scheduler.domain.people import (
    ADDRESS_LENGTH,
    EMAIL_LENGTH,
    NAME_LENGTH,
    NUMBER_LENGTH,
    PHONE_LENGTH,
    Customer,
)


class Person(Base):
    """Somebody as given with a booking."""

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

    @property
    def customer(self) -> Customer:
        return Customer(
            self.name, self.email, self.phone, self.address, self.number, self.born, self.language
        )
