"""The forms of people without an appointment: admitting them, and promising a call to an emergency."""

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField

from forms.bookings import OnceForm
from forms.fields import lines, typed
from scheduler.domain.bookings import Category, Justification
from scheduler.domain.errors import invalid
from scheduler.domain.walk_ins import EmergencyRequest, WalkInRequest


class DoorForm(OnceForm):
    """What forms at the door share."""

    site = HiddenField()
    name = StringField()

    def where(self) -> str:
        return typed(self.site)


class WalkInForm(DoorForm):
    """Asks what holds for a concern, and admits whoever came for it."""

    service = RadioField(validate_choice=False)
    category = SelectField(validate_choice=False)
    text = TextAreaField()
    allowed_by = StringField()

    def request(self) -> WalkInRequest:
        """Raises Invalid."""
        return WalkInRequest(
            self.where(),
            typed(self.service),
            typed(self.name),
            self._justification(),
            typed(self.allowed_by),
        )

    def _justification(self) -> Justification | None:
        text = lines(self.text) or None
        chosen = typed(self.category)
        if not chosen:
            return Justification(Category.OTHER, text) if text else None
        try:
            return Justification(Category(chosen), text)
        except ValueError:
            raise invalid("justification.category", "unknown", value=chosen[:40]) from None


class EmergencyForm(DoorForm):
    """An emergency at the door; with a number where it is called back."""

    phone = StringField()

    def request(self) -> EmergencyRequest:
        return EmergencyRequest(self.where(), typed(self.name), typed(self.phone))
