"""What a switch would do, as pages show it: of a phase that is planned, and of one that is drafted."""

from flask_babel import gettext as _

from scheduler.adapters.holidays import holiday_question
from scheduler.adapters.letters import text
from scheduler.domain.switches import capacity, newly_allowed
from scheduler.queries.switches import Preview
from scheduler.usecases.switches import samples
from scheduler.web.accesses import shows
from scheduler.web.frame import office_now
from scheduler.web.languages import said, short_day
from scheduler.web.permissions import current_actor

_MOST_SHOWN = 200


def previewed(found: Preview) -> dict[str, object]:
    """The values of a page with this preview; the visits that it shows count as read."""
    shown = found.outcomes[:_MOST_SHOWN]
    shows(current_actor(), *(f"booking:{outcome.booking.id}" for outcome in shown))
    return {
        "found": found,
        "shown": shown,
        "opened": newly_allowed(found.plan, found.phase),
        "rooms": capacity(found.plan, found.phase, is_holiday=holiday_question(found.plan.office.holidays)),
        "tables": _tables(found),
        "samples": [(notice, text(notice)) for notice in samples(found, now=office_now())],
    }


def _tables(found: Preview) -> list[tuple[str, dict[str, dict[str, int]]]]:
    """The counts by concern, place and day, each under its heading."""
    return [
        (_("By concern"), found.counts_by(lambda one: said(found.services[one.booking.service]))),
        (_("By place"), found.counts_by(lambda one: said(one.booking.place.name))),
        (_("By day"), found.counts_by(lambda one: short_day(one.booking.starts_at))),
    ]
