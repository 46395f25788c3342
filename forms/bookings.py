"""The forms of a booking: asking for a visit, moving it, and ending it with a reason."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid4

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField

from forms.addresses import own_address
from forms.fields import lines, typed
from scheduler.domain.bookings import (
    MOST_PERSONS,
    BookingRequest,
    Category,
    Change,
    Company,
    Justification,
    MoveRequest,
    Party,
    checked_company,
)
from scheduler.domain.errors import DomainError, Fault, Invalid, NotFound, invalid
from scheduler.domain.idempotency import is_key
from scheduler.domain.instants import parse_date, parse_instant
from scheduler.domain.notices import Notifying
from scheduler.domain.people import Customer, Needs, checked_customer, typed_customer
from scheduler.domain.roles import BOOKERS, Role

T = TypeVar("T")

#: The field beside which an error of a visit is shown, by its code; others concern the whole form.
_FIELD_BY_CODE: Mapping[str, str] = {
    "skipped_local_time": "starts_at",
    "doubled_local_time": "starts_at",
    "in_the_past": "starts_at",
    "outside_window": "starts_at",
    "off_grid": "starts_at",
    "unsuitable_place": "resource",
    "phase_refused": "service",
    "outside_hours": "starts_at",
    "closed": "starts_at",
    "public_holiday": "starts_at",
    "justification_required": "category",
    "slot_taken": "starts_at",
    "route_full": "starts_at",
    "caseworker_away": "caseworker",
    "caseworker_busy": "caseworker",
    "forbidden": "booked_by",
}


class DeskForm(FlaskForm):
    """A form of the desk; the blueprint has checked its CSRF token before."""

    class Meta:
        csrf = False

    #: Of what its page showed; whoever sends none wants the change whatever there is.
    version = HiddenField()
    #: Where the reader goes on.
    next = HiddenField()

    def seen(self) -> int | None:
        text = typed(self.version)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def target(self, otherwise: str = "/") -> str:
        """Where the reader goes on, an address of this office."""
        return own_address(typed(self.next)) if typed(self.next) else otherwise

    def explain(
        self, error: DomainError, words: Callable[[DomainError], str], fault_words: Callable[[Fault], str]
    ) -> list[str]:
        """Puts what the office says beside the fields that it concerns; answers what concerns none."""
        if isinstance(error, Invalid):
            said = {path: fault_words(fault) for path, fault in error.fields.items()}
        else:
            said = {_FIELD_BY_CODE.get(error.code, ""): words(error)}
        left = []
        for path, sentence in said.items():
            field = self._fields.get(path.rpartition(".")[2])
            if field is None or isinstance(field, HiddenField):
                left.append(sentence)
            else:
                field.errors = [*field.errors, sentence]
        return left


def caseworker_id(field: SelectField) -> int | None:
    """Who was chosen, None for nobody in particular. Raises NotFound: only those known are offered."""
    return read_caseworker_id(typed(field)) if typed(field) else None


def read_caseworker_id(text: str) -> int:
    """Raises NotFound."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound(what="caseworker", key=text[:40])
    return int(text)


class OnceForm(DeskForm):
    """A form that makes something new; `key` makes sending it twice harmless."""

    key = HiddenField()

    def renew_key(self) -> None:
        """The form's next sending counts as a new one."""
        self.key.data = str(uuid4())

    def sent_key(self) -> str:
        """The key that came with the form; a new one where it is none."""
        if not is_key(str(self.key.data or "")):
            self.renew_key()
        return str(self.key.data)


class VisitForm(DeskForm):
    """When and where; shared by those who ask for a visit and those who move one."""

    starts_at = StringField()
    resource = SelectField(validate_choice=False)
    category = SelectField(validate_choice=False)
    text = TextAreaField()

    def when(self, zone: tzinfo) -> datetime:
        """Raises Invalid, SkippedLocalTime, DoubledLocalTime."""
        text = typed(self.starts_at)
        if not text:
            raise invalid("starts_at", "missing")
        return parse_instant(text, zone, field="starts_at")

    def justification(self) -> Justification | None:
        """None where no category was chosen; a text alone counts as the category `other`."""
        text = lines(self.text) or None
        if not typed(self.category):
            return Justification(Category.OTHER, text) if text else None
        try:
            return Justification(Category(typed(self.category)), text)
        except ValueError:
            raise invalid("justification.category", "unknown", value=typed(self.category)[:40]) from None


class BookingForm(VisitForm, OnceForm):
    """Asks for a visit.

    `who` is the one box: it finds people, and where nobody was taken from there it says who is new.
    """

    #: Beside which it is said that nobody is named.
    _named_in = "who"

    who = StringField()
    #: The enquiry that the visit answers.
    enquiry = HiddenField()
    service = RadioField(validate_choice=False)
    caseworker = SelectField(validate_choice=False)
    booked_by = SelectField(validate_choice=False)
    name = StringField()
    email = StringField()
    phone = StringField()
    address = TextAreaField()
    number = StringField()
    household = StringField()
    interpreter = BooleanField()
    companion = BooleanField()
    step_free = BooleanField()
    on_file = BooleanField()
    persons = StringField()
    others = TextAreaField()
    born = StringField()
    language = SelectField(validate_choice=False)

    def take_over(self, customer: Customer) -> None:
        """Fills in somebody who is known; what else was typed stays."""
        self.who.data = self.name.data = customer.name
        self.number.data, self.household.data = customer.number, customer.household
        self.born.data = customer.born.isoformat() if customer.born else ""
        self.email.data, self.phone.data, self.address.data = customer.email, customer.phone, customer.address
        self.language.data = customer.language
        self.interpreter.data, self.companion.data = customer.needs.interpreter, customer.needs.companion
        self.step_free.data, self.on_file.data = customer.needs.step_free, customer.on_file

    def take_over_enquiry(self, customer: Customer | None, service: str | None, phone: str | None) -> None:
        """Fills in what is known from an enquiry; nothing is typed twice."""
        if customer is not None:
            self.take_over(customer)
        self.service.data = self.service.data or service
        self.phone.data = phone or self.phone.data

    def enquiry_id(self) -> UUID | None:
        """Raises Invalid."""
        text = typed(self.enquiry)
        try:
            return UUID(text) if text else None
        except ValueError:
            raise invalid("enquiry", "unknown", value=text[:40]) from None

    def needs(self) -> Needs:
        return Needs(bool(self.interpreter.data), bool(self.companion.data), bool(self.step_free.data))

    def company(self) -> Company:
        """How many come; without a number as many as are named. Raises Invalid."""
        others, number = lines(self.others), typed(self.persons)
        if number and not (number.isdecimal() and len(number) < 3):
            raise invalid("persons", "out_of_range", least=1, most=MOST_PERSONS)
        named = len([name for name in others.split("\n") if name.strip()])
        return checked_company(Company(int(number) if number else 1 + named, others or None))

    def take_new(self, today: date) -> None:
        """Fills in somebody new from the one box, beside what was typed into fields of their own."""
        read = typed_customer(typed(self.who), today=today, language=typed(self.language))
        self.who.data = self.name.data = read.name
        self.email.data, self.phone.data = typed(self.email) or read.email, typed(self.phone) or read.phone
        self.number.data = typed(self.number) or read.number
        self.born.data = typed(self.born) or (read.born.isoformat() if read.born else "")

    def names_two(self) -> bool:
        """Whether the box says another name than the field does, so that nobody knows who is meant."""
        who, name = typed(self.who), typed(self.name)
        return bool(who and name) and who != name

    def request(self, zone: tzinfo, *, today: date) -> BookingRequest:
        """Raises Invalid with every field that is wrong, SkippedLocalTime, DoubledLocalTime."""
        faults: dict[str, Fault] = {}
        starts_at = gather(faults, partial(self.when, zone))
        booked_by = gather(faults, self.booker)
        justification = gather(faults, self.justification)
        if self.names_two():
            faults["who"] = Fault("two_people")
        if typed(self.who) and not typed(self.name):
            self.take_new(today)
        customer = gather(faults, partial(self.customer, today))
        if "customer.name" in faults and not typed(self.name):
            faults[self._named_in] = faults.pop("customer.name")
        company = gather(faults, self.company)
        if not typed(self.service):
            faults["service"] = Fault("missing")
        if faults or starts_at is None or booked_by is None or customer is None or company is None:
            raise Invalid(fields=faults)
        place = typed(self.resource) or None
        return BookingRequest(
            typed(self.service),
            starts_at,
            booked_by,
            customer,
            place,
            justification,
            company,
            caseworker_id(self.caseworker),
        )

    def booker(self) -> Role:
        """On whose word. Raises Invalid."""
        if typed(self.booked_by) not in BOOKERS:
            raise invalid("booked_by", "unknown", value=typed(self.booked_by)[:40])
        return Role(typed(self.booked_by))

    def customer(self, today: date) -> Customer:
        """Raises Invalid."""
        faults: dict[str, Fault] = {}
        born = gather(faults, self._birth_date)
        given = Customer(
            name=typed(self.name),
            email=typed(self.email) or None,
            phone=typed(self.phone) or None,
            address=lines(self.address) or None,
            number=typed(self.number) or None,
            born=born,
            language=typed(self.language),
            household=typed(self.household) or None,
            needs=self.needs(),
            on_file=bool(self.on_file.data),
        )
        checked = gather(faults, partial(checked_customer, given, today=today))
        if faults or checked is None:
            raise Invalid(fields=faults)
        return checked

    def _birth_date(self) -> date | None:
        text = typed(self.born)
        return parse_date(text, field="customer.born") if text else None


class VisitorForm(BookingForm):
    """Asks for a visit of one's own; there is no box that finds people."""

    _named_in = "name"


class SlotsForm(DeskForm):
    """Asks for what is free: from a date on, and near a time of that date where one is wished."""

    service = SelectField(validate_choice=False)
    on = StringField()
    at = StringField()
    interpreter = BooleanField()
    step_free = BooleanField()

    def needs(self) -> Needs:
        """What makes the visit longer or chooses its place."""
        return Needs(interpreter=bool(self.interpreter.data), step_free=bool(self.step_free.data))

    def day(self) -> date:
        """Raises Invalid."""
        return parse_date(typed(self.on), field="on")

    def wished(self, zone: tzinfo) -> datetime | None:
        """Raises Invalid, SkippedLocalTime, DoubledLocalTime."""
        if not typed(self.at):
            return None
        return parse_instant(f"{self.day().isoformat()}T{typed(self.at)}", zone, field="at")


class NotifyingForm(DeskForm):
    """A change that the person is told of now, later or not at all."""

    notifying = RadioField(validate_choice=False)

    def when_to_tell(self) -> Notifying:
        """Now, where nothing else was chosen. Raises Invalid."""
        try:
            return Notifying(typed(self.notifying) or Notifying.NOW)
        except ValueError:
            raise invalid("notifying", "unknown", value=typed(self.notifying)[:20]) from None


class MoveForm(VisitForm, NotifyingForm):
    """Asks for another time or place; `by` says on whose wish, the customer's where nobody says so."""

    by = RadioField(validate_choice=False)

    def request(self, zone: tzinfo) -> MoveRequest:
        """Raises Invalid, SkippedLocalTime, DoubledLocalTime."""
        by = Party.OFFICE if typed(self.by) == Party.OFFICE else Party.CUSTOMER
        return MoveRequest(self.when(zone), typed(self.resource) or None, self.justification(), by)


class HandOverForm(DeskForm):
    """With whom a visit is to be; nobody in particular where that is left open."""

    caseworker = SelectField(validate_choice=False)

    def chosen(self) -> int | None:
        """Raises NotFound."""
        return caseworker_id(self.caseworker)


class PlaceForm(DeskForm):
    """Asks for another place at the same time."""

    resource = StringField()

    def place(self) -> str:
        return typed(self.resource)


class LongerForm(DeskForm):
    """How many minutes more a visit needs."""

    minutes = StringField()

    def number(self) -> int:
        """Raises Invalid."""
        text = typed(self.minutes)
        if not text:
            raise invalid("minutes", "missing")
        if not (text.isascii() and text.isdigit() and len(text) <= 4):
            raise invalid("minutes", "not_a_number")
        return int(text)


class CancelForm(NotifyingForm):
    """Ends a booking: on whose wish, and why."""

    by = RadioField(validate_choice=False)
    reason = TextAreaField()

    def party(self) -> Party:
        """Raises Invalid."""
        if typed(self.by) not in list(Party):
            raise invalid("by", "missing")
        return Party(typed(self.by))


class TakeBackForm(DeskForm):
    """Takes a change back that was made by mistake."""

    mistake = HiddenField()

    def mistake_made(self) -> Change:
        """Raises Invalid."""
        try:
            return Change(typed(self.mistake))
        except ValueError:
            raise invalid("mistake", "unknown", value=typed(self.mistake)[:20]) from None


class ReasonForm(DeskForm):
    """Says why: nobody came, or a request is declined."""

    reason = TextAreaField()

    def why(self) -> str:
        """Raises Invalid where nothing was typed."""
        if not lines(self.reason):
            raise invalid("reason", "missing")
        return lines(self.reason)


def gather(faults: dict[str, Fault], step: Callable[[], T]) -> T | None:
    """What `step` reads, None where it finds faults; those are added to `faults`."""
    try:
        return step()
    except Invalid as error:
        faults.update(error.fields)
        return None
