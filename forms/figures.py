"""The forms of the figures: for which days, and how many wait."""

from collections.abc import Iterable
from datetime import date

from wtforms import StringField

from forms.bookings import DeskForm
from scheduler.domain.backlogs import Backlog
from scheduler.domain.errors import Fault, Invalid, invalid
from scheduler.domain.figures import Period, checked_period
from scheduler.domain.instants import parse_date
from scheduler.domain.services import Service

WAITING, A_DAY = "waiting-", "a_day-"
_MOST = 999_999


class PeriodForm(DeskForm):
    """From which day to which, both included."""

    first = StringField()
    last = StringField()

    def fill(self, period: Period) -> None:
        """Shows a period where none was asked for."""
        self.first.data = self.first.data or period.first.isoformat()
        self.last.data = self.last.data or period.last.isoformat()

    def period(self) -> Period:
        """Raises Invalid."""
        first, last = (
            parse_date(str(field.data).strip()[:40], field=field.name) for field in (self.first, self.last)
        )
        return checked_period(first, last)


class BacklogForm(DeskForm):
    """From which day on those who wait are to be seen, and how many wait for what."""

    first = StringField()

    def beginning(self, today: date) -> date:
        """Raises Invalid for a day that is none, or lies before today."""
        first = parse_date(str(self.first.data).strip()[:40], field="first")
        if first < today:
            raise invalid("first", "past_day")
        return first

    def backlogs(self, services: Iterable[Service]) -> list[Backlog]:
        """Of each service for which somebody waits or comes. Raises Invalid with all that is wrong."""
        numbers: dict[str, int] = {}
        faults: dict[str, Fault] = {}
        for field in self:
            if field.name.startswith((WAITING, A_DAY)):
                text = str(field.data or "").strip()
                if text and not (text.isascii() and text.isdigit() and int(text) <= _MOST):
                    faults[field.name] = Fault("out_of_range", least=0, most=_MOST)
                else:
                    numbers[field.name] = int(text or 0)
        if faults:
            raise Invalid(fields=faults)
        counted = (
            Backlog(service, numbers[WAITING + service.key], numbers[A_DAY + service.key])
            for service in services
        )
        return [one for one in counted if one.waiting or one.a_day]


def backlog_form(services: Iterable[Service]) -> type[BacklogForm]:
    """The form with two fields for each service, named as in "waiting-general" and "a_day-general"."""
    names = (prefix + service.key for service in services for prefix in (WAITING, A_DAY))
    return type("OwnBacklogForm", (BacklogForm,), {name: StringField() for name in names})
