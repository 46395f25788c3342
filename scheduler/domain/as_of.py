"""Looking at the office as of another instant: who may, and how far from the present."""

from datetime import datetime, tzinfo

from scheduler.domain.errors import invalid
from scheduler.domain.roles import Permission, Role, may

_MOST_YEARS = 10


def may_look_as_of(role: Role, *, demo: bool) -> bool:
    """Managers may; in the demonstration everybody, since everybody there is invented."""
    return demo or may(role, Permission.LOOK_AS_OF)


def check_reach(instant: datetime, zone: tzinfo, *, now: datetime) -> None:
    """Raises Invalid for an instant too far away for plan and bookings to say anything of it."""
    year, present = instant.astimezone(zone).year, now.astimezone(zone).year
    if abs(year - present) > _MOST_YEARS:
        raise invalid("seen_at", "out_of_range", least=present - _MOST_YEARS, most=present + _MOST_YEARS)
