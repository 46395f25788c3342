"""The forms of the caseworkers: who they are and when they work, and when they are away."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from wtforms import SelectField, StringField

from forms.bookings import DeskForm, caseworker_id, gather
from forms.fields import typed
from scheduler.domain.caseworkers import AbsenceRequest, CaseworkerRequest, read_opening
from scheduler.domain.errors import Fault, Invalid
from scheduler.domain.hours import WEEKDAYS, Opening
from scheduler.domain.instants import parse_instant


class CaseworkerForm(DeskForm):
    """One caseworker; hours are spans such as "9:00-12:00, 13:00-15:30", a day without is free."""

    name = StringField()
    team = StringField()
    login = SelectField(validate_choice=False)
    deputy = SelectField(validate_choice=False)
    hours_mon = StringField()
    hours_tue = StringField()
    hours_wed = StringField()
    hours_thu = StringField()
    hours_fri = StringField()
    hours_sat = StringField()
    hours_sun = StringField()

    def show(self, hours: Mapping[str, list[str]]) -> None:
        for day in WEEKDAYS:
            self._fields[f"hours_{day}"].data = ", ".join(hours.get(day, ()))

    def request(self) -> CaseworkerRequest:
        """Raises Invalid with every field that is wrong, NotFound."""
        faults: dict[str, Fault] = {}
        week: dict[int, Opening] = {}
        for number, day in enumerate(WEEKDAYS):
            name = f"hours_{day}"
            try:
                opening = read_opening(typed(self._fields[name]), field=name)
            except Invalid as error:
                faults.update(error.fields)
            else:
                if opening:
                    week[number] = opening
        asked = CaseworkerRequest(
            typed(self.name), typed(self.team), week, typed(self.login) or None, caseworker_id(self.deputy)
        )
        checked = gather(faults, asked.checked)
        if faults or checked is None:
            raise Invalid(fields=faults)
        return checked


class AbsenceForm(DeskForm):
    """From when until when somebody is away: from now, until the day ends, where nothing is typed."""

    starts = StringField()
    to = StringField()

    def request(self, zone: tzinfo) -> AbsenceRequest:
        """Raises Invalid, SkippedLocalTime, DoubledLocalTime."""
        return AbsenceRequest(self._instant("starts", zone), self._instant("to", zone))

    def _instant(self, name: str, zone: tzinfo) -> datetime | None:
        text = typed(self._fields[name])
        return parse_instant(text, zone, field=name) if text else None
