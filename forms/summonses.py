"""The form that notes a legal summons."""

from datetime import date

from wtforms import StringField

from forms.bookings import DeskForm
from forms.fields import typed
from scheduler.domain.instants import parse_date


class SummonsForm(DeskForm):
    """The day on which the summons was sent; empty where there is none."""

    sent_on = StringField()

    def day(self) -> date | None:
        """Raises Invalid."""
        text = typed(self.sent_on)
        return parse_date(text[:40], field="sent_on") if text else None
