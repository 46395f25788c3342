"""The form that plans group events."""

from datetime import tzinfo

from wtforms import BooleanField, SelectField, StringField

from forms.bookings import OnceForm
from scheduler.domain.errors import Fault, Invalid, invalid
from scheduler.domain.events import MOST_DATES, MOST_SEATS, EventRequest
from scheduler.domain.instants import parse_instant


class EventForm(OnceForm):
    """One date or several a week apart; seats may be left to the room."""

    service = SelectField(validate_choice=False)
    starts_at = StringField()
    resource = SelectField(validate_choice=False)
    led_by = StringField()
    seats = StringField()
    dates = StringField()
    is_public = BooleanField()

    def request(self, zone: tzinfo) -> EventRequest:
        """Raises Invalid, SkippedLocalTime, DoubledLocalTime."""
        typed = {name: str(self._fields[name].data or "").strip() for name in self._fields}
        if not typed["starts_at"]:
            raise invalid("starts_at", "missing")
        numbers: dict[str, int | None] = {}
        for name, most in (("seats", MOST_SEATS), ("dates", MOST_DATES)):
            text = typed[name]
            if text and not (text.isascii() and text.isdigit() and len(text) < 6):
                raise Invalid(fields={name: Fault("out_of_range", least=1, most=most)})
            numbers[name] = int(text) if text else None
        return EventRequest(
            typed["service"],
            parse_instant(typed["starts_at"], zone, field="starts_at"),
            typed["resource"] or None,
            typed["led_by"],
            numbers["seats"],
            1 if numbers["dates"] is None else numbers["dates"],
            bool(self.is_public.data),
        )
