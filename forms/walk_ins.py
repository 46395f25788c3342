"""The forms of people without an appointment: admitting them, and promising a call to an emergency."""

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField

from forms.bookings import OnceForm
from scheduler.domain.bookings import Category, Justification
from scheduler.domain.errors import invalid
from scheduler.domain.walk_ins import EmergencyRequest, WalkInRequest


class DoorForm(OnceForm):
    """What forms at the door share."""

    site = HiddenField()
    name = StringField()

    def where(self) -> str:
        return str(self.site.data or "")


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
            str(self.service.data or ""),
            str(self.name.data or ""),
            self._justification(),
            str(self.allowed_by.data or ""),
        )

    def _justification(self) -> Justification | None:
        text = str(self.text.data or "").strip().replace("\r\n", "\n") or None
        chosen = str(self.category.data or "")
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
        return EmergencyRequest(self.where(), str(self.name.data or ""), str(self.phone.data or ""))
