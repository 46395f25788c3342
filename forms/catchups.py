"""The forms with which paper is entered afterwards: the list of a day, and a visit that only paper knows."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from uuid import UUID

from wtforms import BooleanField, SelectField, StringField

from forms.bookings import OnceForm
from forms.fields import typed
from scheduler.domain.arrivals import birth_date_in
from scheduler.domain.bookings import BookingRequest
from scheduler.domain.catchups import Note, Outcome, Times, at_time
from scheduler.domain.errors import DomainError, Fault, Invalid
from scheduler.domain.people import Customer
from scheduler.domain.roles import Role
from scheduler.domain.walk_ins import WalkInRequest

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


class PaperWalkInForm(OnceForm):
    """Somebody without an appointment who was dealt with while nothing worked."""

    arrived = StringField()
    finished = StringField()
    site = SelectField(validate_choice=False)
    service = SelectField(validate_choice=False)
    name = StringField()

    def walk_in(self, on: date, zone: tzinfo) -> tuple[WalkInRequest, Times]:
        """Who it was, and when they came and left. Raises Invalid, SkippedLocalTime, DoubledLocalTime."""
        texts = {name: typed(field) for name, field in self._fields.items()}
        missing = {name: Fault("missing") for name in ("arrived", "site", "service") if not texts[name]}
        if missing:
            raise Invalid(fields=missing)
        arrived = at_time(texts["arrived"], on, zone, field="arrived")
        finished = at_time(texts["finished"], on, zone, field="finished")
        if arrived is None:
            raise Invalid(fields={"arrived": Fault("missing")})
        return WalkInRequest(texts["site"], texts["service"], texts["name"] or None), (arrived, finished)


class PaperVisitForm(OnceForm):
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
        return typed(self._fields[name])
