"""A day at a glance: which cells there are, and what each says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from scheduler.domain.availability import judge
from scheduler.domain.days import Outlook, Why, outlook, rows_of
from scheduler.domain.errors import DomainError
from scheduler.domain.intervals import Interval
from scheduler.domain.occupancy import Occupancy
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Resource
from scheduler.domain.roles import Role
from scheduler.domain.services import Service, suits
from tests.factories import at, plan_with, whole_plan

EARLY = "2020-01-02 08:00"


def never(day: date) -> bool:
    return False


def looked(
    plan: Plan,
    day: str,
    *,
    now: str = EARLY,
    taken: Sequence[tuple[str, str, str]] = (),
    by: Role = Role.RECEPTION,
) -> Outlook:
    claims = [(place, at(start), at(end)) for place, start, end in taken]
    return outlook(
        plan,
        date.fromisoformat(day),
        booked_by=Role.RECEPTION,
        now=at(now),
        is_holiday=never,
        occupancy=Occupancy(plan, claims),
    )


def rows(plan: Plan, day: str, *visits: Interval) -> list[datetime]:
    return rows_of(plan, date.fromisoformat(day), plan.resources, visits, never)


def visit(start: str, minutes: int) -> Interval:
    return Interval(at(start), at(start) + timedelta(minutes=minutes))


def test_rows_run_from_the_first_opening_to_the_last_closing() -> None:
    found = rows(plan_with("regular"), "2020-03-12")

    assert found[0] == at("2020-03-12 08:00")
    assert found[-1] == at("2020-03-12 17:45")


def test_a_visit_outside_the_hours_makes_rows_of_its_own() -> None:
    found = rows(plan_with("regular"), "2020-03-14", visit("2020-03-14 10:05", 20))

    assert found == [at("2020-03-14 10:00"), at("2020-03-14 10:15")]


def test_a_day_on_which_nothing_is_open_has_no_rows() -> None:
    assert rows(plan_with("regular"), "2020-03-15") == []


@pytest.mark.parametrize("day, hours", [("2020-03-29", 3), ("2020-10-25", 5)])
def test_where_the_clock_jumps_an_hour_is_missing_or_there_twice(day: str, hours: int) -> None:
    night = Interval(at(f"{day} 00:00"), at(f"{day} 04:00"))

    assert len(rows(plan_with("regular"), day, night)) == hours * 4


def test_the_cells_of_a_column_cover_each_row_once() -> None:
    plan = plan_with("regular")
    day = rows(plan, "2020-03-12")
    visits = [visit("2020-03-12 09:00", 45), visit("2020-03-12 08:20", 5), visit("2020-03-12 08:25", 5)]
    for place in plan.resources:
        cells = looked(plan, "2020-03-12").column(place, day, visits)
        covered = [row for cell in cells for row in range(cell.first, cell.first + cell.rows)]

        assert covered == list(range(len(day)))


def test_visits_that_share_a_row_share_a_cell() -> None:
    plan = plan_with("regular")
    visits = [visit("2020-03-12 08:25", 5), visit("2020-03-12 08:20", 5), visit("2020-03-12 09:00", 20)]

    cells = looked(plan, "2020-03-12").column(plan.resource("counter-1"), rows(plan, "2020-03-12"), visits)

    assert [(cell.first, cell.rows, cell.visits) for cell in cells if cell.visits] == [
        (1, 1, (1, 0)),
        (4, 2, (2,)),
    ]


def test_beside_a_short_visit_the_rest_of_its_row_can_be_booked() -> None:
    plan = plan_with("regular")
    taken = [("counter-1", "2020-03-12 08:00", "2020-03-12 08:05")]
    view = looked(plan, "2020-03-12", taken=taken)

    cells = view.column(plan.resource("counter-1"), rows(plan, "2020-03-12"), [visit("2020-03-12 08:00", 5)])

    assert cells[0].visits == (0,)
    assert cells[0].free_at == at("2020-03-12 08:05")


@pytest.mark.parametrize(
    "place, time, now, why",
    [
        ("counter-1", "2020-11-12 14:00", EARLY, Why.CLOSED),
        ("counter-1", "2020-11-12 12:30", EARLY, Why.HOURS),
        ("counter-1", "2020-11-12 09:00", "2020-11-12 09:16", Why.PAST),
        ("office-201", "2020-03-17 09:00", EARLY, Why.PHASE),
        ("counter-1", "2020-03-17 09:00", EARLY, None),
        ("annex-counter", "2020-03-17 09:00", EARLY, Why.HOURS),
        ("counter-1", "2020-11-12 10:00", EARLY, Why.TAKEN),
        ("counter-1", "2021-03-04 10:00", EARLY, Why.TOO_FAR),
    ],
)
def test_a_refused_cell_says_why(place: str, time: str, now: str, why: Why | None) -> None:
    plan = whole_plan()
    view = looked(plan, time[:10], now=now, taken=[("counter-1", "2020-11-12 09:30", "2020-11-12 11:00")])
    quarters = [at(time)]

    (cell,) = view.column(plan.resource(place), quarters, [])

    assert cell.why is why
    assert (cell.free_at is None) is (why is not None)


def test_a_time_sooner_than_visits_can_be_booked_says_so() -> None:
    plan = whole_plan()
    plan = replace(plan, office=replace(plan.office, soonest=timedelta(hours=1)))
    view = looked(plan, "2020-11-12", now="2020-11-12 08:50")

    (cell,) = view.column(plan.resource("counter-1"), [at("2020-11-12 09:15")], [])

    assert cell.why is Why.TOO_SOON


def test_a_holiday_and_a_retired_place_say_so() -> None:
    plan = plan_with("regular")
    view = outlook(
        plan,
        date(2020, 3, 12),
        booked_by=Role.RECEPTION,
        now=at(EARLY),
        is_holiday=lambda day: True,
        occupancy=Occupancy(plan, []),
    )

    (holiday,) = view.column(plan.resource("counter-1"), [at("2020-03-12 09:00")], [])
    (retired,) = view.column(None, [at("2020-03-12 09:00")], [])

    assert (holiday.why, retired.why) == (Why.HOLIDAY, Why.RETIRED)


@pytest.mark.parametrize("day", ["2020-03-12", "2020-03-17", "2020-07-20", "2020-11-12", "2020-12-24"])
def test_a_cell_gives_a_reason_that_its_why_not_gives_too(day: str) -> None:
    plan = whole_plan()
    view, quarters = looked(plan, day), rows(plan, day)
    for place in plan.resources:
        cells = [cell for cell in view.column(place, quarters, []) if cell.why is not None]
        for cell in cells:
            assert cell.why in {
                _WHYS.get(refusal(plan, service, place, quarters[cell.first]))
                for service in plan.services
                if suits(service, place)
            }, (place.key, quarters[cell.first])


_WHYS = {
    "phase_refused": Why.PHASE,
    "unsuitable_place": Why.PHASE,  # the phase asks for equipment that the place has not
    "closed": Why.CLOSED,
    "public_holiday": Why.HOLIDAY,
    "outside_hours": Why.HOURS,
    "slot_taken": Why.TAKEN,
    "route_full": Why.TAKEN,
}


def refusal(plan: Plan, service: Service, place: Resource, starts_at: datetime) -> str:
    """The code of what "why not?" says, of a place that nobody has taken."""
    try:
        judge(
            plan,
            service,
            place,
            starts_at,
            booked_by=Role.RECEPTION,
            now=at(EARLY),
            is_holiday=never,
            justified=True,
        )
    except DomainError as error:
        return error.code
    return "free"
