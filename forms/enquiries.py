"""The forms of enquiries: taking one in, and each step that is done with one."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from enum import StrEnum
from functools import partial

from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField

from forms.bookings import DeskForm, OnceForm, gather
from forms.fields import lines, typed
from scheduler.domain.enquiries import EnquiryChange, EnquiryRequest, Medium, Step, When
from scheduler.domain.errors import Fault, Invalid, invalid
from scheduler.domain.instants import parse_instant
from scheduler.domain.intervals import Interval
from scheduler.domain.people import Customer, checked_customer

Promises = Mapping[When, Interval]

#: The choice that names a time of its own.
OWN_TIME = "own"


class PromiseForm(DeskForm):
    """By when somebody is called back: as it is said on the phone, or by a time of its own."""

    when = SelectField(validate_choice=False)
    call_by = StringField()

    def promise(self, promises: Promises, zone: tzinfo, now: datetime) -> Interval | None:
        """None where nothing is promised. Raises Invalid, SkippedLocalTime, DoubledLocalTime."""
        chosen, own = typed(self.when), typed(self.call_by)
        if own and chosen in ("", OWN_TIME):
            by = parse_instant(own, zone, field="call_by")
            return Interval(min(now, by), by)
        if chosen == OWN_TIME:
            raise invalid("call_by", "missing")
        if not chosen:
            return None
        if chosen not in promises:
            raise invalid("when", "promise_over")
        return promises[When(chosen)]


class EnquiryForm(PromiseForm, OnceForm):
    """What somebody wants to know, taken down while they speak; nobody has to say who they are."""

    medium = RadioField(validate_choice=False)
    service = SelectField(validate_choice=False)
    text = TextAreaField()
    name = StringField()
    phone = StringField()
    email = StringField()
    number = StringField()
    #: Whoever is known already, so that what the office knows of them stays with the enquiry.
    language = HiddenField()

    def take_over(self, customer: Customer) -> None:
        """Fills in somebody who is known."""
        self.name.data, self.phone.data, self.email.data = customer.name, customer.phone, customer.email
        self.number.data, self.language.data = customer.number, customer.language

    def request(self, promises: Promises, zone: tzinfo, now: datetime, *, today: date) -> EnquiryRequest:
        """Raises Invalid with every field that is wrong, SkippedLocalTime, DoubledLocalTime."""
        faults: dict[str, Fault] = {}
        promise = gather(faults, partial(self.promise, promises, zone, now))
        customer = gather(faults, partial(self._customer, today))
        if not lines(self.text):
            faults["text"] = Fault("missing")
        if faults:
            raise Invalid(fields=faults)
        return EnquiryRequest(
            self._medium(),
            lines(self.text),
            typed(self.service) or None,
            customer,
            typed(self.phone) or None,
            promise,
        )

    def _medium(self) -> Medium:
        if typed(self.medium) not in list(Medium):
            raise invalid("medium", "unknown", value=typed(self.medium)[:40])
        return Medium(typed(self.medium))

    def _customer(self, today: date) -> Customer | None:
        """None for whoever gives nothing but a number to be called. Raises Invalid."""
        texts = {name: typed(self._fields[name]) for name in ("name", "email", "number")}
        if not any(texts.values()):
            return None
        given = Customer(
            texts["name"],
            email=texts["email"] or None,
            phone=typed(self.phone) or None,
            number=texts["number"] or None,
            language=typed(self.language) or "de",
        )
        return checked_customer(given, today=today)


class StepForm(PromiseForm):
    """One step with an enquiry; which fields count, says the step."""

    text = TextAreaField()
    to = StringField()
    phone = StringField()
    by_mail = BooleanField()

    def deed(self, change: EnquiryChange, promises: Promises, zone: tzinfo, now: datetime) -> Step:
        """Raises Invalid, SkippedLocalTime, DoubledLocalTime."""
        promise = self.promise(promises, zone, now) if change is EnquiryChange.PROMISE else None
        return Step(
            change,
            lines(self.text) or None,
            typed(self.to),
            promise,
            typed(self.phone) or None,
            self.seen(),
            by_mail=change is EnquiryChange.ANSWER and bool(self.by_mail.data),
        )


class AnswerBy(StrEnum):
    """How somebody who asks online wants to hear the answer; `asking`: they ask for it by their reference."""

    EMAIL = "email"
    PHONE = "phone"
    ASKING = "asking"


class QuestionForm(OnceForm):
    """A question from the pages for customers."""

    service = SelectField(validate_choice=False)
    text = TextAreaField()
    name = StringField()
    number = StringField()
    answer_by = RadioField(validate_choice=False)
    email = StringField()
    phone = StringField()
    language = HiddenField()

    def request(self, promise: Interval, *, today: date) -> EnquiryRequest:
        """The call is promised to whoever wants one. Raises Invalid with every field that is wrong."""
        faults: dict[str, Fault] = {}
        chosen = typed(self.answer_by)
        if chosen not in list(AnswerBy):
            faults["answer_by"] = Fault("missing")
        if not lines(self.text):
            faults["text"] = Fault("missing")
        for wanted in (AnswerBy.EMAIL, AnswerBy.PHONE):
            if chosen == wanted and not typed(self._fields[wanted]):
                faults[f"customer.{wanted}"] = Fault("missing")
        given = Customer(
            typed(self.name),
            email=typed(self.email) or None if chosen == AnswerBy.EMAIL else None,
            phone=typed(self.phone) or None if chosen == AnswerBy.PHONE else None,
            number=typed(self.number) or None,
            language=typed(self.language),
        )
        customer = gather(faults, partial(checked_customer, given, today=today))
        if faults or customer is None:
            raise Invalid(fields=faults)
        return EnquiryRequest(
            Medium.ONLINE,
            lines(self.text),
            typed(self.service) or None,
            customer,
            promise=promise if chosen == AnswerBy.PHONE else None,
        )
