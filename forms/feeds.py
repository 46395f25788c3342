"""The form that gives out a calendar feed: of a place, of a caseworker, or of all group events."""

from wtforms import SelectField

from forms.bookings import DeskForm, read_caseworker_id
from forms.fields import typed

#: What stands before the id of a caseworker in the one list of both.
CASEWORKER = "caseworker:"


class FeedForm(DeskForm):
    """Which; the key of a place, a caseworker by the id, or nothing for the events."""

    which = SelectField(name="place", validate_choice=False)

    def place(self) -> str | None:
        text = typed(self.which)
        return None if not text or text.startswith(CASEWORKER) else text

    def caseworker(self) -> int | None:
        """Raises NotFound."""
        text = typed(self.which)
        return read_caseworker_id(text.removeprefix(CASEWORKER)) if text.startswith(CASEWORKER) else None
