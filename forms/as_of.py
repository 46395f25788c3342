"""The form that asks as of which instant somebody wants to see the office."""

from datetime import datetime, tzinfo

from wtforms import StringField

from forms.bookings import DeskForm
from forms.fields import typed
from scheduler.domain.errors import invalid
from scheduler.domain.instants import parse_instant


class AsOfForm(DeskForm):
    """An instant, typed or chosen from the plan's (`stop`)."""

    seen_at = StringField()
    stop = StringField()

    def when(self, zone: tzinfo) -> datetime:
        """Raises Invalid, SkippedLocalTime, DoubledLocalTime."""
        text = typed(self.stop) or typed(self.seen_at)
        if not text:
            raise invalid("seen_at", "missing")
        return parse_instant(text, zone, field="seen_at")
