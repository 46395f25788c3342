"""The form with which somebody asks for a lost link."""

from wtforms import StringField

from forms.bookings import DeskForm
from forms.fields import typed


class LinkForm(DeskForm):
    """The address to which links were sent before."""

    email = StringField()

    def address(self) -> str:
        return typed(self.email)
