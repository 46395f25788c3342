"""The forms of measures: somebody to be told, and a table of them."""

from datetime import date

from wtforms import HiddenField, SelectField, StringField, TextAreaField

from forms.bookings import DeskForm
from forms.fields import lines, typed
from scheduler.domain.errors import invalid
from scheduler.domain.measures import COLUMNS


class ParticipantForm(DeskForm):
    """One person."""

    side = SelectField(validate_choice=False)
    name = StringField()
    language = SelectField(validate_choice=False)
    way = SelectField(validate_choice=False)
    email = StringField()
    phone = StringField()
    address = TextAreaField()

    def participant(self) -> dict[str, str]:
        return {column: lines(self[column]) for column in COLUMNS}


class ParticipantsForm(DeskForm):
    """A table of people, pasted or read from a file."""

    text = TextAreaField()

    def table(self) -> str:
        return str(self.text.data or "")


class ChangeForm(DeskForm):
    """The change that somebody saw on the page, by its day."""

    starts = HiddenField()

    def day(self) -> date:
        """Raises Invalid."""
        try:
            return date.fromisoformat(typed(self.starts))
        except ValueError:
            raise invalid("starts", "not_a_date", value=typed(self.starts)[:20]) from None
