"""The form that looks for records of changes."""

from datetime import timedelta, tzinfo

from wtforms import StringField

from forms.bookings import DeskForm
from forms.fields import typed
from scheduler.domain.audit import Sought
from scheduler.domain.errors import invalid
from scheduler.domain.instants import midnight, parse_date

_LONGEST, _MOST_DIGITS = 120, 9


class RecordsForm(DeskForm):
    """What the record is about ("booking:…"), what was done ("booking.cancel"), on which day."""

    subject = StringField()
    action = StringField()
    day = StringField()
    before = StringField()

    def sought(self, zone: tzinfo) -> Sought:
        """Raises Invalid."""
        since = until = None
        if typed(self.day):
            day = parse_date(typed(self.day), field="day")
            since, until = midnight(day, zone), midnight(day + timedelta(days=1), zone)
        before = typed(self.before)
        if before and not (before.isascii() and before.isdigit() and len(before) <= _MOST_DIGITS):
            raise invalid("before", "unknown", value=before[:20])
        subject, action = typed(self.subject)[:_LONGEST], typed(self.action)[:_LONGEST]
        return Sought(subject, action, since, until, int(before) if before else None)
