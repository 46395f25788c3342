"""The forms of applications: noting one, and striking out what was noted by mistake."""

from datetime import date
from functools import partial
from uuid import UUID

from wtforms import HiddenField, SelectField, StringField, TextAreaField

from forms.bookings import DeskForm, OnceForm, gather
from forms.fields import lines, typed
from scheduler.domain.applications import Filing, ReceivedBy, checked_filing
from scheduler.domain.errors import Fault, Invalid, invalid
from scheduler.domain.instants import parse_date
from scheduler.domain.people import Customer, checked_customer


class ApplicationForm(OnceForm):
    """An application of somebody who is known (`person`), or of somebody new."""

    person = HiddenField()
    enquiry = HiddenField()
    received_on = StringField()
    received_by = SelectField(validate_choice=False)
    about = StringField()
    name = StringField()
    number = StringField()
    language = SelectField(validate_choice=False)

    def filing(self, today: date) -> Filing:
        """Received today where no day is given. Raises Invalid."""
        text = typed(self.received_on)
        on = parse_date(text, field="received_on") if text else today
        by = typed(self.received_by) or ReceivedBy.IN_PERSON.value
        if by not in list(ReceivedBy):
            raise invalid("received_by", "unknown", value=by[:40])
        filing = Filing(on, ReceivedBy(by), typed(self.about) or None)
        return checked_filing(filing, today=today)

    def customer(self, today: date) -> Customer:
        """Raises Invalid."""
        given = Customer(
            typed(self.name), number=typed(self.number) or None, language=typed(self.language) or "de"
        )
        return checked_customer(given, today=today)

    def asked(self, today: date) -> tuple[Filing, UUID | Customer]:
        """What was received, and of whom. Raises Invalid with every field that is wrong."""
        faults: dict[str, Fault] = {}
        filing = gather(faults, partial(self.filing, today))
        person = self.known() or gather(faults, partial(self.customer, today))
        if faults or filing is None or person is None:
            raise Invalid(fields=faults)
        return filing, person

    def known(self) -> UUID | None:
        """Raises Invalid."""
        return _id(self.person)

    def enquiry_id(self) -> UUID | None:
        """Raises Invalid."""
        return _id(self.enquiry)


class StrikeForm(DeskForm):
    """Why a note is struck out."""

    reason = TextAreaField()

    def why(self) -> str:
        return lines(self.reason)


def _id(field: HiddenField) -> UUID | None:
    text = typed(field)
    try:
        return UUID(text) if text else None
    except ValueError:
        raise invalid(field.name, "unknown", value=text[:40]) from None
