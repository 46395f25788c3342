"""The form of the demonstration's clock."""

from datetime import datetime, tzinfo

from flask_wtf import FlaskForm
from wtforms import StringField

from scheduler.domain.errors import invalid
from scheduler.domain.instants import parse_instant


class ClockForm(FlaskForm):
    """The instant to which the office's clock is set."""

    class Meta:
        csrf = False  # the blueprint has checked the token before

    instant = StringField()

    def when(self, zone: tzinfo) -> datetime:
        """Raises Invalid, SkippedLocalTime, DoubledLocalTime."""
        text = str(self.instant.data or "").strip()
        if not text:
            raise invalid("instant", "missing")
        return parse_instant(text, zone, field="instant")
