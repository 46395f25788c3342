"""The forms of searches of the records by employee."""

from datetime import date

from wtforms import HiddenField, SelectField, StringField, TextAreaField

from forms.bookings import DeskForm, OnceForm
from forms.fields import lines, typed
from scheduler.domain.audit_searches import SearchRequest
from scheduler.domain.errors import Fault, Invalid, invalid
from scheduler.domain.instants import parse_date

_MOST_DIGITS = 9


class SearchForm(OnceForm):
    """Whose records, what for, from which day to which."""

    login = SelectField(validate_choice=False)
    purpose = TextAreaField()
    first = StringField()
    last = StringField()

    def asked(self) -> SearchRequest:
        """Raises Invalid with all days that are none."""
        faults: dict[str, Fault] = {}
        first, last = self._day("first", faults), self._day("last", faults)
        if faults or first is None or last is None:
            raise Invalid(fields=faults)
        return SearchRequest(typed(self.login), lines(self.purpose), first, last)

    def _day(self, name: str, faults: dict[str, Fault]) -> date | None:
        text = typed(self._fields[name])
        try:
            if not text:
                raise invalid(name, "missing")
            return parse_date(text, field=name)
        except Invalid as error:
            faults.update(error.fields)
            return None


class LookForm(DeskForm):
    """Which records come next."""

    before = HiddenField()

    def position(self) -> int | None:
        """Raises Invalid."""
        text = typed(self.before)
        if text and not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
            raise invalid("before", "unknown", value=text[:20])
        return int(text) if text else None
