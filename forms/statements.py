"""The forms of the office's statements."""

from wtforms import StringField, TextAreaField

from forms.bookings import DeskForm


class StatementForm(DeskForm):
    """What the office says on one page in one language."""

    text = TextAreaField()


class FeedbackForm(DeskForm):
    """What somebody reports, and where an answer goes."""

    text = TextAreaField()
    contact = StringField()
