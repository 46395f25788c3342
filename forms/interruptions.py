"""The form that closes a place for a while."""

from datetime import date, datetime, tzinfo

from wtforms import RadioField, SelectField, StringField

from forms.bookings import DeskForm
from forms.fields import typed
from scheduler.domain.errors import Fault, Invalid
from scheduler.domain.instants import parse_instant
from scheduler.domain.interruptions import InterruptionKind, InterruptionRequest

#: What the form offers: until the day ends, until a time of today, or so many minutes.
UNTIL = ("day_end", "time", "minutes")


class InterruptionForm(DeskForm):
    """Which place, and until when; it begins now, or at a later time of today."""

    resource = SelectField(validate_choice=False)
    until = RadioField(validate_choice=False)
    starts_at = StringField()
    ends_at = StringField()
    minutes = StringField()

    def request(self, zone: tzinfo, *, today: date) -> InterruptionRequest:
        """Raises Invalid with every field that is wrong."""
        faults: dict[str, Fault] = {}
        if not (self.resource.data or "").strip():
            faults["resource"] = Fault("missing")
        if self.until.data not in UNTIL:
            faults["until"] = Fault("missing")
        starts_at = self._time("starts_at", zone, today, faults)
        ends_at, minutes = None, None
        if self.until.data == "time":
            ends_at = self._time("ends_at", zone, today, faults)
            if ends_at is None and "ends_at" not in faults:
                faults["ends_at"] = Fault("missing")
        if self.until.data == "minutes":
            minutes = self._minutes(faults)
        if faults:
            raise Invalid(fields=faults)
        kind = InterruptionKind.PAUSE if self.until.data == "minutes" else InterruptionKind.CLOSED
        return InterruptionRequest(str(self.resource.data), kind, starts_at, ends_at, minutes)

    def _time(self, name: str, zone: tzinfo, today: date, faults: dict[str, Fault]) -> datetime | None:
        """A time of today such as 10:30; None where nothing was typed or it is wrong."""
        text = typed(self._fields[name])
        if not text:
            return None
        padded = text if len(text) != len("9:30") else f"0{text}"
        try:
            return parse_instant(f"{today.isoformat()}T{padded}", zone, field=name)
        except Invalid:
            faults[name] = Fault("not_a_time", value=text[:20])
            return None

    def _minutes(self, faults: dict[str, Fault]) -> int | None:
        text = typed(self.minutes)
        if not text:
            faults["minutes"] = Fault("missing")
        elif not (text.isascii() and text.isdigit() and len(text) <= 4):
            faults["minutes"] = Fault("not_a_number")
        else:
            return int(text)
        return None
