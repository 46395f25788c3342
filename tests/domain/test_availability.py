"""Availability: the contract's errors in their order, what a search finds, and that both say the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from scheduler.domain.availability import (
    Slot,
    alternatives,
    booking_window,
    candidates,
    first_free,
    judge,
    refusals,
    search,
    watched,
)
from scheduler.domain.errors import (
    Closed,
    DomainError,
    InThePast,
    JustificationRequired,
    OffGrid,
    OutsideHours,
    OutsideWindow,
    PhaseRefused,
    PublicHoliday,
    RouteFull,
    SlotTaken,
    UnsuitablePlace,
)
from scheduler.domain.hours import Closure, DayException, Opening
from scheduler.domain.instants import local_date, rhythm
from scheduler.domain.intervals import Interval, merged
from scheduler.domain.occupancy import Claim, Occupancy, obstacle
from scheduler.domain.phases import Decision, Phase, Rule, Ruling
from scheduler.domain.plans import Plan
from scheduler.domain.reserves import KeptFor, Reserve
from scheduler.domain.resources import Kind, Resource
from scheduler.domain.roles import Role
from tests.domain.availability_strategies import (
    ALL_DAY,
    ALWAYS,
    BERLIN,
    Question,
    a_phase,
    a_place,
    a_plan,
    a_route,
    a_service,
    berlin,
    every_day,
    questions,
)

TUESDAY, WEDNESDAY = date(2020, 6, 2), date(2020, 6, 3)
NOW = berlin("2020-06-01T10:00")
NINE = berlin("2020-06-02T09:00")
ONE, TWO = a_place("one", route="way"), a_place("two", route="way")
OFFICE = a_place("office", Kind.OFFICE)
COUNTER_OR_OFFICE = a_service([Kind.COUNTER, Kind.OFFICE])
NEVER = a_phase("never", ALWAYS.starts, Rule(Decision.REDIRECT, channels=("phone",)))


def never(day: date) -> bool:
    return False


def always(day: date) -> bool:
    return True


def ask(plan: Plan, start: datetime = NINE, **asked: Any) -> list[tuple[Resource, Ruling]]:
    service = asked.pop("service", plan.services[0])
    arguments: dict[str, Any] = {
        "booked_by": Role.RECEPTION,
        "now": NOW,
        "is_holiday": never,
        "justified": False,
    } | asked
    return candidates(plan, service, start, **arguments)


#: Who asks where nothing depends on it.
SOMEBODY: Any = {"booked_by": Role.RECEPTION, "now": NOW, "is_holiday": never}


def keys_of(found: Sequence[tuple[Resource, Ruling]]) -> list[str]:
    return [place.key for place, _ in found]


def find(plan: Plan, claims: Sequence[Claim] = (), **asked: Any) -> list[Slot]:
    arguments: dict[str, Any] = {
        "first": TUESDAY,
        "last": TUESDAY,
        "booked_by": Role.RECEPTION,
        "now": NOW,
        "is_holiday": never,
        "occupancy": Occupancy(plan, claims),
    } | asked
    return list(search(plan, plan.services[0], **arguments))


def taken(place: Resource, start: str, minutes: int = 30) -> Claim:
    return place.key, berlin(start), berlin(start) + timedelta(minutes=minutes)


# ------------------------------------------------------------------- the contract's errors in their order


def test_a_time_that_has_passed_cannot_be_booked() -> None:
    with pytest.raises(InThePast):
        ask(a_plan(), NINE, now=NINE + timedelta(seconds=1))
    assert ask(a_plan(), NINE, now=NINE)


def test_visits_are_booked_some_minutes_ahead() -> None:
    plan = a_plan(soonest=60)
    assert ask(plan, now=NINE - timedelta(minutes=60))
    with pytest.raises(OutsideWindow) as refused:
        ask(plan, now=NINE - timedelta(minutes=59))
    assert refused.value.details["from_minutes"] == 60


def test_the_booking_window_counts_local_dates() -> None:
    plan = a_plan(furthest_days=1, week=every_day(ALL_DAY))
    just_before_midnight, midnight = berlin("2020-06-01T23:59"), berlin("2020-06-02T00:00")
    last_of_wednesday = berlin("2020-06-03T23:30")
    assert ask(plan, last_of_wednesday, now=midnight)
    with pytest.raises(OutsideWindow) as refused:
        ask(plan, last_of_wednesday, now=just_before_midnight)
    assert (refused.value.details["first"], refused.value.details["last"]) == (date(2020, 6, 1), TUESDAY)


def test_the_window_begins_on_the_date_that_can_be_booked_first() -> None:
    assert booking_window(a_plan(soonest=14 * 60), NOW).first == TUESDAY


def test_the_last_instant_that_can_be_written_is_outside_the_window() -> None:
    with pytest.raises(OutsideWindow):
        ask(a_plan(), datetime.max.replace(tzinfo=UTC))


@pytest.mark.parametrize("start", [NINE + timedelta(minutes=1), NINE + timedelta(seconds=1)])
def test_visits_begin_on_the_grid(start: datetime) -> None:
    with pytest.raises(OffGrid) as refused:
        ask(a_plan(), start)
    assert refused.value.details["grid_minutes"] == 5


def test_the_grid_counts_from_local_midnight() -> None:
    assert ask(a_plan(grid=25), berlin("2020-06-02T08:20"))
    with pytest.raises(OffGrid):
        ask(a_plan(grid=25), berlin("2020-06-02T08:25"))


def test_a_place_of_another_kind_does_not_suit() -> None:
    plan = a_plan(resources=[ONE, OFFICE])
    with pytest.raises(UnsuitablePlace) as refused:
        ask(plan, resource=OFFICE)
    assert refused.value.details["resource"] == "office"
    with pytest.raises(UnsuitablePlace):
        ask(plan, kind=Kind.OFFICE)


def test_a_place_without_the_equipment_of_the_service_does_not_suit() -> None:
    equipped = a_place("equipped", equipment=["loop", "screen"])
    plan = a_plan(resources=[ONE, equipped], services=[a_service(needs=["loop"])])
    assert keys_of(ask(plan)) == ["equipped"]
    with pytest.raises(UnsuitablePlace) as refused:
        ask(plan, resource=ONE)
    assert refused.value.details["needs"] == ["loop"]


def test_a_place_without_the_equipment_of_the_rule_does_not_suit() -> None:
    phase = a_phase("screens", ALWAYS.starts, Rule(Decision.ALLOW, needs=frozenset({"screen"})))
    plan = a_plan(resources=[ONE, a_place("screened", equipment=["screen"])], phases=[phase])
    assert keys_of(ask(plan)) == ["screened"]
    with pytest.raises(UnsuitablePlace) as refused:
        ask(plan, resource=ONE)
    assert refused.value.details["needs"] == ["screen"]


def test_the_equipment_of_a_rule_that_lets_nobody_book_is_not_asked_for() -> None:
    phase = a_phase("closed", ALWAYS.starts, Rule(Decision.REDIRECT, needs=frozenset({"screen"})))
    with pytest.raises(PhaseRefused):
        ask(a_plan(phases=[phase]))


def test_a_refusal_carries_the_ruling_of_the_phase() -> None:
    with pytest.raises(PhaseRefused) as refused:
        ask(a_plan(phases=[NEVER]))
    ruling: Ruling = refused.value.details["ruling"]
    assert (ruling.decision, ruling.rule, ruling.channels) == (Decision.REDIRECT, 1, ("phone",))


def test_before_the_first_phase_everything_is_refused() -> None:
    plan = a_plan(phases=[a_phase("later", NINE + timedelta(minutes=1), Rule(Decision.ALLOW))])
    with pytest.raises(PhaseRefused) as refused:
        ask(plan)
    assert refused.value.details["ruling"].phase is None


def test_a_visit_is_judged_by_the_phase_at_its_start() -> None:
    plan = a_plan(phases=[ALWAYS, replace(NEVER, starts=NINE + timedelta(minutes=5))])
    assert ask(plan)
    with pytest.raises(PhaseRefused):
        ask(plan, NINE + timedelta(minutes=5))


def test_kinds_and_sites_that_the_phase_lets_be_booked_are_left() -> None:
    annex = a_place("annex", site="annex")
    phase = a_phase(
        "mixed",
        ALWAYS.starts,
        Rule(Decision.REFUSE, kinds=frozenset({Kind.OFFICE})),
        Rule(Decision.APPROVE, sites=frozenset({"annex"})),
        Rule(Decision.ALLOW),
    )
    plan = a_plan(resources=[OFFICE, annex, ONE], services=[COUNTER_OR_OFFICE], phases=[phase])
    assert [(place.key, ruling.decision) for place, ruling in ask(plan)] == [
        ("annex", Decision.APPROVE),
        ("one", Decision.ALLOW),
    ]
    with pytest.raises(PhaseRefused) as refused:
        ask(plan, resource=OFFICE)
    assert refused.value.details["ruling"].kinds == (Kind.OFFICE,)


def test_where_only_a_kind_without_places_is_let_the_refusal_is_that_of_the_places() -> None:
    phase = a_phase("offices", ALWAYS.starts, Rule(Decision.ALLOW, kinds=frozenset({Kind.OFFICE})))
    with pytest.raises(PhaseRefused) as refused:
        ask(a_plan(services=[COUNTER_OR_OFFICE], phases=[phase]))
    assert refused.value.details["ruling"].decision is Decision.REFUSE


@pytest.mark.parametrize(
    "error, start, is_holiday",
    [
        (Closed, "2020-06-02T10:00", never),
        (OutsideHours, "2020-06-02T12:00", never),
        (PublicHoliday, "2020-06-03T09:00", always),
    ],
)
def test_hours_are_asked_of_the_places_that_the_phase_lets_be_booked(
    error: type[DomainError], start: str, is_holiday: Any
) -> None:
    meeting = Closure(Interval(berlin("2020-06-02T10:00"), berlin("2020-06-02T11:00")), None, None, None)
    with pytest.raises(error):
        ask(a_plan(closures=[meeting]), berlin(start), is_holiday=is_holiday)


def test_one_open_place_is_enough() -> None:
    shut = Closure(Interval(NINE, NINE + timedelta(hours=1)), None, frozenset({"one"}), None)
    plan = a_plan(resources=[ONE, TWO], closures=[shut])
    assert keys_of(ask(plan)) == ["two"]
    with pytest.raises(Closed):
        ask(plan, resource=ONE)


def test_a_buffer_may_run_past_closing_time_and_into_a_closure() -> None:
    shut = Closure(Interval(berlin("2020-06-02T10:00"), berlin("2020-06-02T11:00")), None, None, None)
    plan = a_plan(closures=[shut], services=[a_service(buffer=15)])
    assert ask(plan, berlin("2020-06-02T09:30"))
    assert ask(plan, berlin("2020-06-02T11:30"))


def test_a_justification_is_asked_for_last() -> None:
    phase = a_phase("justified", ALWAYS.starts, Rule(Decision.JUSTIFY))
    plan = a_plan(phases=[phase])
    with pytest.raises(OutsideHours):
        ask(plan, berlin("2020-06-02T12:00"))
    with pytest.raises(JustificationRequired):
        ask(plan)
    assert ask(plan, justified=True)


def test_places_that_need_no_justification_are_left_without_one() -> None:
    phase = a_phase(
        "justified",
        ALWAYS.starts,
        Rule(Decision.JUSTIFY, kinds=frozenset({Kind.COUNTER})),
        Rule(Decision.ALLOW),
    )
    plan = a_plan(resources=[ONE, OFFICE], services=[COUNTER_OR_OFFICE], phases=[phase])
    assert keys_of(ask(plan)) == ["office"]
    assert keys_of(ask(plan, justified=True)) == ["one", "office"]
    with pytest.raises(JustificationRequired):
        ask(plan, resource=ONE)


def test_a_named_place_is_judged_alone() -> None:
    plan = a_plan()
    ruling = judge(
        plan,
        plan.services[0],
        plan.resources[0],
        NINE,
        booked_by=Role.CUSTOMER,
        now=NOW,
        is_holiday=never,
        justified=False,
    )
    assert ruling.decision is Decision.ALLOW


# ---------------------------------------------------------------------------------- what others have taken


def test_claims_that_touch_are_not_in_the_way() -> None:
    plan = a_plan(services=[a_service(minutes=30, buffer=15)], resources=[ONE])
    beside = [taken(ONE, "2020-06-02T08:30"), taken(ONE, "2020-06-02T09:45")]
    assert obstacle(plan, plan.services[0], ONE, NINE, Occupancy(plan, beside), **SOMEBODY) is None


@pytest.mark.parametrize("start", ["2020-06-02T08:35", "2020-06-02T09:10", "2020-06-02T09:40"])
def test_a_claim_that_overlaps_visit_or_buffer_is_in_the_way(start: str) -> None:
    plan = a_plan(services=[a_service(minutes=30, buffer=15)], resources=[ONE, TWO])
    occupancy = Occupancy(plan, [taken(ONE, start)])
    assert isinstance(obstacle(plan, plan.services[0], ONE, NINE, occupancy, **SOMEBODY), SlotTaken)
    assert obstacle(plan, plan.services[0], TWO, NINE, occupancy, **SOMEBODY) is None


def test_a_long_claim_is_seen_behind_shorter_ones() -> None:
    plan = a_plan()
    claims = [taken(ONE, "2020-06-02T08:00", 120), taken(ONE, "2020-06-02T08:05", 5)]
    assert isinstance(
        obstacle(plan, plan.services[0], ONE, NINE, Occupancy(plan, claims), **SOMEBODY), SlotTaken
    )


def with_routes(at_most: int = 1, *, prescribed: bool = True) -> Plan:
    phase = a_phase("ways", ALWAYS.starts, Rule(Decision.ALLOW), prescribed_routes=prescribed)
    places = [ONE, TWO, a_place("three", route="other")]
    routes = [a_route("way", at_most, 10), a_route("other", at_most, 10)]
    return a_plan(resources=places, routes=routes, phases=[phase])


def test_visitors_of_all_places_of_a_route_count() -> None:
    plan = with_routes()
    occupancy = Occupancy(plan, [taken(ONE, "2020-06-02T09:00")])
    fault = obstacle(plan, plan.services[0], TWO, NINE, occupancy, **SOMEBODY)
    assert isinstance(fault, RouteFull)
    assert fault.details["route"] == "way"
    assert obstacle(plan, plan.services[0], plan.resources[2], NINE, occupancy, **SOMEBODY) is None


def test_an_arrival_limit_counts_only_while_routes_are_prescribed() -> None:
    plan = with_routes(prescribed=False)
    occupancy = Occupancy(plan, [taken(ONE, "2020-06-02T09:00")])
    assert obstacle(plan, plan.services[0], TWO, NINE, occupancy, **SOMEBODY) is None


def test_a_claim_on_a_retired_place_is_ignored() -> None:
    plan = with_routes()
    occupancy = Occupancy(plan, [taken(a_place("retired"), "2020-06-02T09:00")])
    assert obstacle(plan, plan.services[0], ONE, NINE, occupancy, **SOMEBODY) is None


def test_the_first_free_place_is_chosen() -> None:
    plan = a_plan(resources=[ONE, TWO])
    place, _ = first_free(
        plan,
        plan.services[0],
        ask(plan),
        NINE,
        Occupancy(plan, [taken(ONE, "2020-06-02T09:00")]),
        **SOMEBODY,
    )
    assert place is TWO


def test_where_all_places_are_taken_none_is_chosen() -> None:
    plan = a_plan(resources=[ONE, TWO])
    occupancy = Occupancy(plan, [taken(place, "2020-06-02T09:00") for place in (ONE, TWO)])
    with pytest.raises(SlotTaken):
        first_free(plan, plan.services[0], ask(plan), NINE, occupancy, **SOMEBODY)


def test_a_full_route_is_named_where_a_place_is_free() -> None:
    plan = with_routes()
    claims = [taken(ONE, "2020-06-02T09:00"), taken(plan.resources[2], "2020-06-02T08:45")]
    with pytest.raises(RouteFull):
        first_free(plan, plan.services[0], ask(plan), NINE, Occupancy(plan, claims), **SOMEBODY)


# --------------------------------------------------------------------------------------------- the search


def starts_of(slots: Sequence[Slot]) -> list[str]:
    return [f"{slot.starts_at.astimezone(ZoneInfo(BERLIN)):%H:%M} {slot.resource.key}" for slot in slots]


def test_slots_come_by_time_then_in_the_plans_order() -> None:
    plan = a_plan(resources=[TWO, ONE], week=every_day(((540, 600),)))
    assert starts_of(find(plan)) == ["09:00 two", "09:00 one", "09:30 two", "09:30 one"]


def test_a_slot_says_how_long_it_keeps_its_place_and_how_it_is_decided() -> None:
    phase = a_phase("justified", ALWAYS.starts, Rule(Decision.JUSTIFY))
    plan = a_plan(services=[a_service(minutes=20, buffer=15)], phases=[phase])
    slot = find(plan)[0]
    assert (slot.ends_at - slot.starts_at, slot.occupied_until - slot.ends_at) == (
        timedelta(minutes=20),
        timedelta(minutes=15),
    )
    assert slot.ruling.decision is Decision.JUSTIFY


def test_steps_that_are_off_the_grid_are_not_offered() -> None:
    plan = a_plan(services=[a_service(minutes=5, step=10)], grid=15, week=every_day(((480, 600),)))
    assert starts_of(find(plan)) == ["08:00 one", "08:30 one", "09:00 one", "09:30 one"]


def test_a_search_goes_on_over_days_and_skips_closed_ones() -> None:
    plan = a_plan(exceptions=[DayException(WEDNESDAY, ())], week=every_day(((480, 510),)))
    found = find(plan, last=WEDNESDAY + timedelta(days=1))
    assert [slot.starts_at for slot in found] == [berlin("2020-06-02T08:00"), berlin("2020-06-04T08:00")]


def test_a_search_is_bounded_by_the_booking_window() -> None:
    plan = a_plan(furthest_days=1, soonest=23 * 60 + 30, week=every_day(((540, 630),)))
    found = find(plan, first=date(2019, 1, 1), last=date(2099, 1, 1))
    assert starts_of(found) == ["09:30 one", "10:00 one"]


def test_a_search_of_reversed_dates_finds_nothing() -> None:
    assert find(a_plan(), first=WEDNESDAY, last=TUESDAY) == []


def test_a_search_stops_where_nobody_asks_on() -> None:
    asked: list[date] = []

    def note(day: date) -> bool:
        asked.append(day)
        return False

    plan = a_plan()
    slots = search(
        plan,
        plan.services[0],
        first=TUESDAY,
        last=TUESDAY + timedelta(days=300),
        booked_by=Role.RECEPTION,
        now=NOW,
        is_holiday=note,
        occupancy=Occupancy(plan, []),
    )
    assert len(list(islice(slots, 3))) == 3
    assert max(asked) == WEDNESDAY


def test_both_times_of_a_doubled_hour_are_offered() -> None:
    plan = a_plan(week=every_day(((90, 200),)))
    day = date(2020, 10, 25)
    assert starts_of(find(plan, first=day, last=day)) == [
        "01:30 one",
        "02:00 one",
        "02:30 one",
        "02:00 one",
        "02:30 one",
    ]


def test_a_skipped_hour_is_not_offered() -> None:
    plan = a_plan(week=every_day(((90, 240),)))
    day = date(2020, 3, 29)
    found = find(plan, first=day, last=day, now=berlin("2020-03-01T10:00"))
    assert starts_of(found) == ["01:30 one", "03:00 one", "03:30 one"]


# ------------------------------------------------------------------------------ refusals and alternatives


def test_refusals_are_one_for_each_phase_and_end_at_local_midnight() -> None:
    first, second = berlin("2020-06-02T09:00"), berlin("2020-06-03T00:00")
    phases = [
        a_phase("before", first, Rule(Decision.REDIRECT)),
        a_phase("closed", second, Rule(Decision.REFUSE)),
        replace(ALWAYS, starts=berlin("2020-06-04T12:00")),
    ]
    plan = a_plan(phases=phases)
    found = refusals(plan, plan.services[0], first=TUESDAY, last=date(2020, 6, 4), booked_by=Role.CUSTOMER)
    assert [
        (refusal.start, refusal.end, refusal.ruling.phase and refusal.ruling.phase.key) for refusal in found
    ] == [
        (berlin("2020-06-02T00:00"), first, None),
        (first, second, "before"),
        (second, berlin("2020-06-04T12:00"), "closed"),
    ]
    closed = refusals(plan, plan.services[0], first=TUESDAY, last=TUESDAY, booked_by=Role.CUSTOMER)
    assert closed[-1].end == berlin("2020-06-03T00:00")


def test_no_refusal_where_one_kind_can_be_booked() -> None:
    phase = a_phase("offices", ALWAYS.starts, Rule(Decision.APPROVE, kinds=frozenset({Kind.OFFICE})))
    plan = a_plan(resources=[ONE, OFFICE], services=[COUNTER_OR_OFFICE], phases=[phase])
    asked: dict[str, Any] = {"first": TUESDAY, "last": TUESDAY, "booked_by": Role.CUSTOMER}
    assert refusals(plan, COUNTER_OR_OFFICE, **asked) == []
    assert len(refusals(plan, COUNTER_OR_OFFICE, kind=Kind.COUNTER, **asked)) == 1
    assert len(refusals(plan, COUNTER_OR_OFFICE, resource=ONE, **asked)) == 1
    assert refusals(plan, COUNTER_OR_OFFICE, resource=OFFICE, **asked) == []


def near(plan: Plan, claims: Sequence[Claim], wished: datetime = NINE) -> list[Slot]:
    return alternatives(
        plan,
        plan.services[0],
        wished,
        booked_by=Role.RECEPTION,
        now=NOW,
        is_holiday=never,
        occupancy=Occupancy(plan, claims),
    )


def test_the_same_time_at_another_place_is_the_best_alternative() -> None:
    plan = a_plan(resources=[ONE, TWO])
    found = near(plan, [taken(ONE, "2020-06-02T09:00")])
    assert starts_of(found) == ["09:00 two", "08:30 one", "08:30 two"]


def test_alternatives_are_the_nearest_before_and_after() -> None:
    plan = a_plan()
    found = near(plan, [taken(ONE, "2020-06-02T08:30"), taken(ONE, "2020-06-02T09:00")])
    assert starts_of(found) == ["09:30 one", "08:00 one", "10:00 one"]


def test_the_week_after_has_alternatives_where_the_day_is_full() -> None:
    plan = a_plan(week=every_day(((480, 540),)))
    full = [taken(ONE, f"2020-06-0{day}T08:00", 60) for day in range(2, 9)]
    assert [slot.starts_at for slot in near(plan, full)] == [
        berlin("2020-06-09T08:00"),
        berlin("2020-06-09T08:30"),
    ]


def test_what_a_search_watches_holds_every_claim_that_bears_on_it() -> None:
    plan = a_plan(
        resources=[ONE], services=[a_service(minutes=30, buffer=15)], routes=[a_route("way", 1, 60)]
    )
    assert watched(plan, plan.services[0], TUESDAY, WEDNESDAY) == Interval(
        berlin("2020-06-01T23:00"), berlin("2020-06-04T01:00")
    )


# ---------------------------------------------- the search against a slow and obvious one, minute by minute


def days_of(question: Question) -> list[date]:
    return [
        question.first + timedelta(days=number) for number in range((question.last - question.first).days + 1)
    ]


@lru_cache(maxsize=64)
def minutes_of(day: date, zone: ZoneInfo) -> list[datetime]:
    """All minutes of a local day."""
    around = datetime.combine(day, time.min, UTC) - timedelta(hours=16)
    minutes = [around + timedelta(minutes=number) for number in range(56 * 60)]
    return [minute for minute in minutes if minute.astimezone(zone).date() == day]


def clock(minute: datetime, zone: ZoneInfo) -> int:
    local = minute.astimezone(zone)
    return local.hour * 60 + local.minute


@lru_cache(maxsize=4096)
def reached(day: date, shown: int, zone: ZoneInfo) -> datetime:
    """When the clock first shows this or more; the end of the day where it never does."""
    minutes = minutes_of(day, zone)
    return next(
        (minute for minute in minutes if clock(minute, zone) >= shown), minutes[-1] + timedelta(minutes=1)
    )


def slow_opening(question: Question, place: Resource, day: date) -> Opening:
    for exception in question.plan.exceptions:
        if exception.day == day:
            return exception.opening
    if day in question.holidays:
        return ()
    periods = [period for period in question.plan.hours if period.first <= day <= period.last]
    of_place = [period for period in periods if place.key in (period.resources or ())]
    of_site = [period for period in periods if place.site in (period.sites or ())]
    of_all = [period for period in periods if period.resources is None and period.sites is None]
    for period in [*of_place, *of_site, *of_all]:
        return period.week.get(day.weekday(), ())
    return question.plan.office.week.get(day.weekday(), ())


def slow_is_open(question: Question, place: Resource, minute: datetime) -> bool:
    zone = question.plan.zone
    for closure in question.plan.closures:
        for_all = closure.resources is None and closure.sites is None
        named = place.key in (closure.resources or ()) or place.site in (closure.sites or ())
        if (for_all or named) and closure.span.start <= minute < closure.span.end:
            return False
    day = minute.astimezone(zone).date()
    return any(
        reached(day, start, zone) <= minute < reached(day, end, zone)
        for start, end in slow_opening(question, place, day)
    )


def slow_phase(question: Question, minute: datetime) -> Phase | None:
    begun = [phase for phase in question.plan.phases if phase.starts <= minute]
    return max(begun, key=lambda phase: phase.starts, default=None)


def slow_rule(question: Question, kind: Kind, site: str, minute: datetime) -> Rule | None:
    """The rule that lets a kind be booked at a site, None where the answer is no."""
    phase = slow_phase(question, minute)
    for rule in phase.rules if phase else ():
        conditions = [
            (rule.services, question.service.key),
            (rule.booked_by, question.booked_by),
            (rule.kinds, kind),
            (rule.sites, site),
        ]
        if all(allowed is None or asked in allowed for allowed, asked in conditions):
            permissive = rule.decision in ("allow", "justify", "approve")
            return rule if permissive and kind in question.service.kinds else None
    return None


def slow_may_begin(question: Question, minute: datetime) -> bool:
    """Whether any visit may begin then: on step and grid, not too early, not too late."""
    office, zone = question.plan.office, question.plan.zone
    shown = timedelta(minutes=clock(minute, zone))
    if shown % question.service.step or shown % office.grid:
        return False
    today, day = question.now.astimezone(zone).date(), minute.astimezone(zone).date()
    return minute >= question.now + office.soonest and (day - today).days <= office.furthest_days


def slow_is_free(question: Question, place: Resource, minute: datetime) -> bool:
    length = question.service.length + question.service.buffer
    occupied = [minute + timedelta(minutes=number) for number in range(length // timedelta(minutes=1))]
    claims = [(start, until) for key, start, until in question.claims if key == place.key]
    return not any(start <= one < until for start, until in claims for one in occupied)


def slow_route_has_room(question: Question, place: Resource, minute: datetime) -> bool:
    phase = slow_phase(question, minute)
    if phase is None or not phase.prescribed_routes or place.route is None:
        return True
    (limit,) = (route.arrivals for route in question.plan.routes if route.key == place.route)
    assert limit is not None
    neighbours = {other.key for other in question.plan.resources if other.route == place.route}
    arrivals = [start for key, start, _ in question.claims if key in neighbours]
    windows = [minute - timedelta(minutes=number) for number in range(limit.within // timedelta(minutes=1))]
    return all(
        sum(window <= arrival < window + limit.within for arrival in [*arrivals, minute]) <= limit.at_most
        for window in windows
    )


def slow_is_kept(question: Question, place: Resource, minute: datetime) -> bool:
    """Whether an interruption or a reserve keeps the place in this minute from whoever asks."""
    plan = question.plan
    if any(key == place.key and start <= minute < end for key, start, end in question.interruptions):
        return True
    return any(slow_reserve_holds(question, reserve, place, minute) for reserve in plan.reserves)


def slow_reserve_holds(question: Question, reserve: Reserve, place: Resource, minute: datetime) -> bool:
    """The parts of the day are counted one by one, and those held are spread as the docs say."""
    plan, day = question.plan, local_date(minute, question.plan.zone)
    if reserve.kept_for is KeptFor.STAFF and question.booked_by is not Role.CUSTOMER:
        return False
    if reserve.kept_for is KeptFor.DAY and local_date(question.now, plan.zone) >= day:
        return False
    if reserve.services is not None and question.service.key not in reserve.services:
        return False
    if reserve.month_days is not None and day.day not in reserve.month_days:
        return False
    concerned = [one.key for one in plan.resources if reserve.kinds is None or one.kind in reserve.kinds]
    if place.key not in concerned:
        return False
    parts = []
    for opening in merged(slow_spans(question, place, day)):
        start = opening.start
        while start + reserve.part <= opening.end:
            parts.append(start)
            start += reserve.part
    here = [number for number, start in enumerate(parts) if start <= minute < start + reserve.part]
    if not here:
        return False
    wanted = reserve.number if reserve.percent is None else ceil(len(parts) * reserve.percent / 100)
    assert wanted is not None
    share = min(wanted, len(parts))
    # Going round the day from this place's own part on, one is held whenever the share of it is full again.
    turn = (here[0] + concerned.index(place.key)) % len(parts)
    if turn > 0 and (turn * share) // len(parts) == ((turn - 1) * share) // len(parts):
        return False
    start = parts[here[0]]
    if reserve.release is not None and question.now >= start - reserve.release:
        return False
    return not (
        reserve.release_at is not None
        and question.now >= reached(day, reserve.release_at, question.plan.zone)
    )


def slow_spans(question: Question, place: Resource, day: date) -> list[Interval]:
    """The opening times of a day, closures not taken off."""
    zone = question.plan.zone
    return [
        Interval(reached(day, start, zone), reached(day, end, zone))
        for start, end in slow_opening(question, place, day)
    ]


def slow_search(question: Question) -> list[tuple[datetime, str]]:
    places = [
        place
        for place in question.plan.resources
        if question.kind in (None, place.kind) and question.resource in (None, place)
    ]
    length = question.service.length // timedelta(minutes=1)
    remembered: dict[tuple[str, datetime], bool] = {}

    kept: dict[tuple[str, datetime], bool] = {}

    def is_open(place: Resource, minute: datetime) -> bool:
        if (place.key, minute) not in remembered:
            remembered[place.key, minute] = slow_is_open(question, place, minute)
        return remembered[place.key, minute]

    def is_kept(place: Resource, minute: datetime) -> bool:
        if (place.key, minute) not in kept:
            kept[place.key, minute] = slow_is_kept(question, place, minute)
        return kept[place.key, minute]

    found = []
    for minute in (at for day in days_of(question) for at in minutes_of(day, question.plan.zone)):
        for place in places if slow_may_begin(question, minute) else ():
            rule = slow_rule(question, place.kind, place.site, minute)
            if (
                rule is not None
                and place.equipment >= rule.needs | question.service.needs
                and all(is_open(place, minute + timedelta(minutes=number)) for number in range(length))
                and slow_is_free(question, place, minute)
                and slow_route_has_room(question, place, minute)
                and not any(is_kept(place, minute + timedelta(minutes=number)) for number in range(length))
            ):
                found.append((minute, place.key))
    return found


def quick_search(question: Question) -> list[Slot]:
    return list(
        search(
            question.plan,
            question.service,
            first=question.first,
            last=question.last,
            booked_by=question.booked_by,
            now=question.now,
            is_holiday=question.is_holiday,
            occupancy=question.occupancy,
            kind=question.kind,
            resource=question.resource,
        )
    )


@settings(max_examples=70, deadline=None)
@given(questions())
def test_a_search_finds_what_looking_at_every_minute_finds(question: Question) -> None:
    found = [(slot.starts_at, slot.resource.key) for slot in quick_search(question)]
    assert found == slow_search(question)


@settings(max_examples=30, deadline=None)
@given(questions())
def test_what_a_search_offers_can_be_booked_and_nothing_else(question: Question) -> None:
    offered = {(slot.starts_at, slot.resource.key): slot.ruling for slot in quick_search(question)}
    asked: Any = {
        "booked_by": question.booked_by,
        "now": question.now,
        "is_holiday": question.is_holiday,
    }
    step = question.service.step // timedelta(minutes=1)
    for start in (at for day in days_of(question) for at in rhythm(day, step, question.plan.zone)):
        bookable: dict[tuple[datetime, str], Ruling] = {}
        try:
            found = candidates(
                question.plan,
                question.service,
                start,
                **asked,
                justified=True,
                kind=question.kind,
                resource=question.resource,
            )
        except DomainError:
            found = []
        for place, ruling in found:
            fault = obstacle(question.plan, question.service, place, start, question.occupancy, **asked)
            if fault is None:
                bookable[start, place.key] = ruling
        assert bookable == {key: ruling for key, ruling in offered.items() if key[0] == start}


@settings(max_examples=25, deadline=None)
@given(questions())
def test_refusals_cover_the_minutes_in_which_no_kind_can_be_booked(question: Question) -> None:
    found = refusals(
        question.plan,
        question.service,
        first=question.first,
        last=question.last,
        booked_by=question.booked_by,
        kind=question.kind,
    )
    kinds = question.service.kinds if question.kind is None else (question.kind,)
    for minute in (at for day in days_of(question) for at in minutes_of(day, question.plan.zone)[::7]):
        lets = any(slow_rule(question, kind, site, minute) for kind in kinds for site in ("main", "annex"))
        assert sum(refusal.start <= minute < refusal.end for refusal in found) == (0 if lets else 1)
