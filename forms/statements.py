"""The forms of the office's statements."""

from wtforms import StringField, TextAreaField

from forms.bookings import DeskForm
from forms.fields import lines, typed


class StatementForm(DeskForm):
    """What the office says on one page in one language."""

    text = TextAreaField()

    def statement(self) -> str:
        return lines(self.text)


class FeedbackForm(DeskForm):
    """What somebody reports, and where an answer goes."""

    text = TextAreaField()
    contact = StringField()

    def report(self) -> tuple[str, str | None]:
        """What is wrong, and the address."""
        return lines(self.text), typed(self.contact) or None
