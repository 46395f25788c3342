"""The form with which reception looks for whoever stands before it."""

from uuid import UUID

from wtforms import StringField

from forms.bookings import DeskForm
from forms.fields import typed
from scheduler.domain.people import NAME_LENGTH

_LONGEST = 200


class ArrivalForm(DeskForm):
    """By reference, typed or scanned, or by name and birth date; `site` is where the reader sits."""

    q = StringField()
    name = StringField()
    born = StringField()
    site = StringField()
    last = StringField()

    def reference(self) -> str:
        """What was typed or scanned, with an address as long as one may be."""
        return typed(self.q)[:_LONGEST]

    def person(self) -> tuple[str, str]:
        """Name and birth date as typed."""
        return typed(self.name)[:NAME_LENGTH], typed(self.born)[:40]

    def last_noted(self) -> UUID | None:
        """Whom something was noted of last, to be taken back."""
        try:
            return UUID(typed(self.last))
        except ValueError:
            return None

    def own_site(self, known: object) -> str | None:
        """The chosen site; None where none was chosen, or one that there is no longer."""
        chosen = typed(self.site)
        return chosen if isinstance(known, dict) and chosen in known else None
