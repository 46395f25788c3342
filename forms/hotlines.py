"""The forms of the hotlines' roster."""

from wtforms import SelectField, StringField, TextAreaField

from forms.bookings import OnceForm
from forms.fields import typed
from scheduler.domain.hotlines import COLUMNS


class ShiftForm(OnceForm):
    """One shift."""

    hotline = SelectField(validate_choice=False)
    day = StringField()
    starts = StringField()
    ends = StringField()
    name = StringField()

    def shift(self) -> dict[str, str]:
        return {column: typed(self._fields[column]) for column in COLUMNS}


class RosterForm(OnceForm):
    """A table of shifts, pasted or read from a file."""

    text = TextAreaField()

    def table(self) -> str:
        return str(self.text.data or "")
