"""The form that plans group events."""

from datetime import tzinfo

from wtforms import BooleanField, SelectField, StringField

from forms.bookings import OnceForm
from forms.fields import typed
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
        texts = {name: typed(field) for name, field in self._fields.items()}
        if not texts["starts_at"]:
            raise invalid("starts_at", "missing")
        numbers: dict[str, int | None] = {}
        for name, most in (("seats", MOST_SEATS), ("dates", MOST_DATES)):
            text = texts[name]
            if text and not (text.isascii() and text.isdigit() and len(text) < 6):
                raise Invalid(fields={name: Fault("out_of_range", least=1, most=most)})
            numbers[name] = int(text) if text else None
        return EventRequest(
            texts["service"],
            parse_instant(texts["starts_at"], zone, field="starts_at"),
            texts["resource"] or None,
            texts["led_by"],
            numbers["seats"],
            1 if numbers["dates"] is None else numbers["dates"],
            bool(self.is_public.data),
        )
