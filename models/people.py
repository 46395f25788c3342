"""Rows of the people who come."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.bulk import New
from scheduler.domain.limits import identities
from scheduler.domain.people import (
    ADDRESS_LENGTH,
    EMAIL_LENGTH,
    NAME_LENGTH,
    NUMBER_LENGTH,
    PHONE_LENGTH,
    WORD_LENGTH,
    Customer,
    Needs,
    search_words,
)

#: Compared letter by letter on both engines, so that an index finds what begins with a word.
_WORD = String(WORD_LENGTH).with_variant(String(WORD_LENGTH, collation="C"), "postgresql")


class Person(Base):
    """Somebody as given with a booking.

    The keys are what this person is known by in other bookings, as it is compared (domain.limits.identities).
    `on_file_since`: when somebody wished that name, number, language and contact be kept for later visits.
    """

    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    email: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH))
    phone: Mapped[str | None] = mapped_column(String(PHONE_LENGTH))
    address: Mapped[str | None] = mapped_column(String(ADDRESS_LENGTH))
    number: Mapped[str | None] = mapped_column(String(NUMBER_LENGTH))
    born: Mapped[date | None] = mapped_column(index=True)
    language: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    email_key: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH), index=True)
    phone_key: Mapped[str | None] = mapped_column(String(PHONE_LENGTH + 2), index=True)
    number_key: Mapped[str | None] = mapped_column(String(3 * NUMBER_LENGTH), index=True)
    household: Mapped[str | None] = mapped_column(String(NUMBER_LENGTH))
    interpreter: Mapped[bool] = mapped_column(default=False, server_default=false())
    companion: Mapped[bool] = mapped_column(default=False, server_default=false())
    step_free: Mapped[bool] = mapped_column(default=False, server_default=false())
    on_file_since: Mapped[datetime | None]

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
            household=customer.household,
            interpreter=customer.needs.interpreter,
            companion=customer.needs.companion,
            step_free=customer.needs.step_free,
            on_file_since=now if customer.on_file else None,
        )

    @property
    def customer(self) -> Customer:
        return Customer(
            self.name,
            self.email,
            self.phone,
            self.address,
            self.number,
            self.born,
            self.language,
            self.household,
            self.needs,
            self.on_file_since is not None,
        )

    @property
    def needs(self) -> Needs:
        # A row that was never written has none of these.
        return Needs(bool(self.interpreter), bool(self.companion), bool(self.step_free))


class PersonWord(Base):
    """A word by which a person is found (domain.people.search_words), also from its end."""

    __tablename__ = "person_words"

    word: Mapped[str] = mapped_column(_WORD, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    backwards: Mapped[str] = mapped_column(_WORD, index=True)

    @classmethod
    def of(cls, person: Person) -> list[New]:
        return [
            New(cls, {"word": word, "person_id": person.id, "backwards": word[::-1]})
            for word in search_words(person.customer)
        ]
