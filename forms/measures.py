"""The forms of measures: somebody to be told, and a table of them."""

from wtforms import SelectField, StringField, TextAreaField

from forms.bookings import DeskForm
from forms.fields import lines
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
