"""The form with which a coded hint about somebody is set, until a day."""

from datetime import date

from wtforms import StringField

from forms.bookings import DeskForm
from forms.fields import typed
from scheduler.domain.instants import parse_date


class HintForm(DeskForm):
    """`until` is the last day on which the hint is shown."""

    until = StringField()

    def end(self) -> date:
        """Raises Invalid."""
        return parse_date(typed(self.until), field="until")
