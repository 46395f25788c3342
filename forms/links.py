"""The form with which somebody asks for a lost link."""

from wtforms import StringField

from forms.bookings import DeskForm


class LinkForm(DeskForm):
    """The address to which links were sent before."""

    email = StringField()
