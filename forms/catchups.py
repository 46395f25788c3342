"""The forms with which paper is entered afterwards: the list of a day, and a visit that only paper knows."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from uuid import UUID, uuid4

from wtforms import BooleanField, HiddenField, SelectField, StringField

from forms.bookings import DeskForm
from scheduler.domain.arrivals import birth_date_in
from scheduler.domain.bookings import BookingRequest
from scheduler.domain.catchups import Note, Outcome, at_time
from scheduler.domain.errors import DomainError, Fault, Invalid
from scheduler.domain.idempotency import is_key
from scheduler.domain.people import Customer
from scheduler.domain.roles import Role

_LONGEST = 20


def notes(sent: Mapping[str, str], on: date, zone: tzinfo) -> tuple[list[Note], dict[UUID, DomainError]]:
    """The lines of the list that say something, and what is wrong with those that cannot be read."""
    read: list[Note] = []
    wrong: dict[UUID, DomainError] = {}
    for name, value in sent.items():
        kind, _dash, own = name.partition("-")
        if kind != "outcome" or value not in list(Outcome):
            continue
        try:
            booking_id = UUID(own)
        except ValueError:
            continue
        try:
            times = [
                at_time(sent.get(f"{field}-{own}", "")[:_LONGEST], on, zone, field=field)
                for field in ("arrived", "finished")
            ]
            read.append(Note(booking_id, Outcome(value), *times))
        except DomainError as error:
            wrong[booking_id] = error
    return read, wrong


class PaperVisitForm(DeskForm):
    """A visit that was given on paper; `accepted` says that it happened whatever the rules and others say."""

    starts = StringField()
    resource = SelectField(validate_choice=False)
    service = SelectField(validate_choice=False)
    name = StringField()
    number = StringField()
    born = StringField()
    outcome = SelectField(validate_choice=False)
    arrived = StringField()
    finished = StringField()
    accepted = BooleanField()
    key = HiddenField()

    def sent_key(self) -> str:
        """The key that came with the form; a new one where it is none."""
        if not is_key(str(self.key.data or "")):
            self.key.data = str(uuid4())
        return str(self.key.data)

    def visit(self, on: date, zone: tzinfo, *, booked_by: Role) -> tuple[BookingRequest, Note]:
        """Raises Invalid with every field that is wrong, SkippedLocalTime, DoubledLocalTime."""
        faults: dict[str, Fault] = {}
        times: dict[str, datetime | None] = {}
        for field in ("starts", "arrived", "finished"):
            try:
                times[field] = at_time(self._typed(field), on, zone, field=field)
            except Invalid as error:
                faults.update(error.fields)
        born = None
        if self._typed("born"):
            try:
                born = birth_date_in(self._typed("born"))
            except Invalid as error:
                faults.update(error.fields)
        if self._typed("outcome") not in (Outcome.DONE, Outcome.NO_SHOW):
            faults["outcome"] = Fault("missing")
        for field in ("starts", "resource", "service", "name"):
            if not self._typed(field):
                faults.setdefault(field, Fault("missing"))
        starts_at = times.get("starts")
        if faults or starts_at is None:
            raise Invalid(fields=faults)
        customer = Customer(self._typed("name"), number=self._typed("number") or None, born=born)
        request = BookingRequest(
            self._typed("service"), starts_at, booked_by, customer, self._typed("resource")
        )
        note = Note(UUID(int=0), Outcome(self._typed("outcome")), times["arrived"], times["finished"])
        return request, note

    def _typed(self, name: str) -> str:
        return str(self._fields[name].data or "").strip()
