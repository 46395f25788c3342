"""Clocks that were wrong, jobs that were away at the switch, and the nights in which clocks jump."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from models.audit import AuditRecord
from models.bookings import Booking
from models.database import Database
from models.leases import Lease
from models.outbox import OutboxRow
from models.people import Person
from models.runs import PhaseEffect, PhaseRun
from scheduler.adapters.mail import mailbox_from_url
from scheduler.adapters.words import error_in_words
from scheduler.domain.availability import search
from scheduler.domain.errors import DoubledLocalTime, PhaseRefused, SkippedLocalTime
from scheduler.domain.instants import local_date, midnight, parse_instant, rhythm
from scheduler.domain.occupancy import Occupancy
from scheduler.domain.phases import phase_at
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Role
from scheduler.usecases import leases
from scheduler.usecases.leases import LENGTH, take
from scheduler.usecases.outbox import deliver_due
from scheduler.usecases.switches import apply_due
from tests.cast import ADA, BRUNO, CHEN, DORIT, EMRE
from tests.domain.availability_strategies import ALL_DAY, a_phase, a_plan, a_service, every_day
from tests.factories import Office, at, opened, plan_with

BERLIN = ZoneInfo("Europe/Berlin")
JUMPS_OF_2027 = (date(2027, 3, 28), date(2027, 10, 31))

# ------------------------------------------------------------------------------- away at the switch (T05)


def two_switches() -> Plan:
    """Two phases whose effects are due within a second."""
    plan = plan_with("regular", "preventive", "appointments_cancelled")
    announced = at("2020-03-11 15:00")
    regular, preventive, closing = plan.phases
    return replace(
        plan,
        phases=(
            regular,
            replace(preventive, announce_at=announced),
            replace(closing, announce_at=announced + timedelta(seconds=1)),
        ),
    )


def live(database: Database, *, jobs_are_back: datetime | None) -> Office:
    """A week in an office whose jobs do nothing from three o'clock on until they are back, if ever."""
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    for number, (service, starts) in enumerate(
        (service, starts)
        for service, starts in (
            ("group_information", "2020-03-12 14:00"),
            ("group_information", "2020-03-13 08:00"),
            ("general", "2020-03-17 09:00"),
            ("benefit_emergency", "2020-03-17 10:00"),
            ("general", "2020-03-24 09:00"),
            ("general", "2020-03-25 09:00"),
        )
    ):
        customer = (ADA, EMRE, CHEN, DORIT, BRUNO, ADA)[number]
        office.book(service, starts, customer=replace(customer, number=f"visit-{number}"))
    office.wait_until("2020-03-11 12:00")
    office.plan(two_switches())

    def jobs_run_at(instant: datetime) -> None:
        office.clock.office_now = office.clock.real_now = instant
        if jobs_are_back is not None and instant >= jobs_are_back:
            apply_due(database, clock=office.clock)

    due = at("2020-03-11 15:00")
    for seconds in (0, 1, 2):
        jobs_run_at(due + timedelta(seconds=seconds))
    with pytest.raises(PhaseRefused):
        office.book("group_information", "2020-03-12 14:00", customer=replace(ADA, number="refused-1"))
    with pytest.raises(PhaseRefused):
        office.book("general", "2020-03-18 09:00", customer=replace(ADA, number="refused-2"))
    office.book("general", "2020-03-12 09:00", customer=replace(ADA, number="visit-6"))
    office.book("benefit_emergency", "2020-03-18 09:00", customer=replace(CHEN, number="visit-7"))
    jobs_run_at(max(due + timedelta(seconds=3), jobs_are_back or due))
    jobs_run_at(at("2020-03-14 15:01"))
    return office


def picture(database: Database) -> dict[str, Any]:
    """What there is and who was told what, in words that do not differ from one run to another."""
    with database.reading() as session:
        names = dict(session.execute(select(Booking.id, Person.number).join(Person)).all())
        bookings = {
            names[one.id]: (one.status, one.standing, one.channel, one.cancelled_by, one.ical_sequence)
            for one in session.scalars(select(Booking))
        }
        notices = [
            (names[row.booking_id], row.kind, row.template, row.values["method"], row.values["sequence"])
            for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id))
            if row.booking_id is not None
        ]
        runs = session.scalars(select(PhaseRun).order_by(PhaseRun.id)).all()
        phases = {run.id: run.phase_key for run in runs}  # PostgreSQL leaves out numbers
        effects = [
            (phases[row.run_id], names[row.booking_id], row.effect, row.reach)
            for row in session.scalars(select(PhaseEffect).order_by(PhaseEffect.id))
        ]
        records = sorted(session.scalars(select(AuditRecord.action)))
    return {
        "bookings": bookings,
        "notices": sorted(notices, key=str),
        "runs": [(run.phase_key, run.due_at) for run in runs],
        "effects": effects,
        "records": records,
    }


@pytest.mark.parametrize("away", [timedelta(seconds=3), timedelta(minutes=10), timedelta(days=3)])
def test_an_office_whose_jobs_were_away_at_two_switches_ends_like_one_whose_jobs_were_not(
    database: Database, sqlite_template: Path, tmp_path: Path, away: timedelta
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "undisturbed.db")
    undisturbed = Database(f"sqlite:///{tmp_path / 'undisturbed.db'}")
    due = at("2020-03-11 15:00")

    live(undisturbed, jobs_are_back=due)
    live(database, jobs_are_back=due + away)

    assert picture(database) == picture(undisturbed)
    assert [key for key, _ in picture(database)["runs"]] == [
        "regular",
        "preventive",
        "appointments_cancelled",
    ]
    undisturbed.dispose()


def test_jobs_that_never_came_back_leave_another_picture(
    database: Database, sqlite_template: Path, tmp_path: Path
) -> None:
    """The negative control: the picture shows what a switch does."""
    shutil.copyfile(sqlite_template, tmp_path / "undisturbed.db")
    undisturbed = Database(f"sqlite:///{tmp_path / 'undisturbed.db'}")

    live(undisturbed, jobs_are_back=at("2020-03-11 15:00"))
    live(database, jobs_are_back=None)

    assert picture(database)["bookings"] != picture(undisturbed)["bookings"]
    undisturbed.dispose()


# --------------------------------------------------------------------------------- clocks that step (T07)


def step_about(office: Office, act: Callable[[], object]) -> None:
    """Puts both clocks back and forth, one after the other and together, and lets the jobs run each time."""
    begin = office.now
    for hours in (-1, 0, 26, -30, 0):
        for office_steps, real_steps in ((True, False), (False, True), (True, True)):
            office.clock.office_now = begin + timedelta(hours=hours) * office_steps
            office.clock.real_now = begin + timedelta(hours=hours) * real_steps
            act()
    office.clock.office_now = office.clock.real_now = begin


def told_office(database: Database, mails: Path) -> Office:
    """An office after a switch of which everybody was told."""
    office = opened(database, "2020-03-09 09:00", plan_with("regular"))
    office.book("group_information", "2020-03-12 14:00")
    office.book("group_information", "2020-03-26 14:00", customer=EMRE)
    office.switch_into("preventive")
    deliver_due(database, mailbox_from_url(f"maildir:{mails}"), clock=office.clock)
    return office


def test_clocks_that_step_back_and_forth_repeat_no_switch_and_no_mail(
    database: Database, tmp_path: Path
) -> None:
    mails = tmp_path / "mails"
    office = told_office(database, mails)
    before = picture(database)
    sent = {mail.name for mail in mails.glob("*.eml")}

    def run_jobs() -> None:
        assert apply_due(database, clock=office.clock) == []
        deliver_due(database, mailbox_from_url(f"maildir:{mails}"), clock=office.clock)

    step_about(office, run_jobs)

    assert picture(database) == before
    assert {mail.name for mail in mails.glob("*.eml")} == sent
    assert len(sent) == 4


def test_a_switch_that_is_not_noted_is_repeated_when_the_clock_steps(
    database: Database, tmp_path: Path
) -> None:
    """The negative control: it is the row of the run, and no clock, that says a switch is done."""
    office = told_office(database, tmp_path / "mails")
    with database.transaction() as session:
        session.execute(delete(PhaseEffect))
        session.execute(update(OutboxRow).values(run_id=None))
        session.execute(delete(PhaseRun))
    office.clock.office_now += timedelta(hours=1)

    repeated = [report.phase_key for report in apply_due(database, clock=office.clock)]

    assert repeated == ["regular", "preventive"]


def ask_for_lead(database: Database, holder: str, instant: datetime) -> bool:
    with database.transaction() as session:
        return take(session, "lead", holder, real_now=instant)


@pytest.mark.parametrize("step", [-timedelta(days=3), -LENGTH, timedelta(0), LENGTH, timedelta(days=3)])
def test_a_lead_outlives_no_step_of_the_clock_by_more_than_its_length(
    database: Database, step: timedelta
) -> None:
    """Whoever leads under a clock that is then put, is followed after one length of the lease at most."""
    now = at("2027-01-01 09:00")

    def put_clock(step: timedelta) -> None:
        """Nobody puts the server's clock: what it wrote is moved the other way, which is the same."""
        with database.transaction() as session:
            session.scalars(select(Lease)).one().until -= step

    assert ask_for_lead(database, "first", now)
    put_clock(timedelta(seconds=1))
    assert not ask_for_lead(database, "second", now)
    put_clock(step)
    if not ask_for_lead(database, "second", now):
        put_clock(LENGTH)
        assert ask_for_lead(database, "second", now)
    assert not ask_for_lead(database, "first", now)


def leads_by_turns(database: Database, apart: timedelta) -> list[bool]:
    """Two hosts, of which the second is so far ahead of the first, ask for the lead by turns."""
    now = at("2027-01-01 09:00")
    hosts = (("first", now), ("second", now + apart))
    return [ask_for_lead(database, name, clock) for _ in range(3) for name, clock in hosts]


@pytest.mark.parametrize("apart", [timedelta(hours=-1), timedelta(seconds=11), timedelta(hours=1)])
def test_hosts_whose_clocks_differ_do_not_take_the_lead_from_one_another(
    postgresql_database: Database, apart: timedelta
) -> None:
    assert leads_by_turns(postgresql_database, apart) == [True, False] * 3


def test_by_their_own_clocks_both_would_lead_for_good(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    monkeypatch.setattr(leases, "_now", lambda _session, real_now: real_now)

    assert leads_by_turns(postgresql_database, timedelta(hours=1)) == [True] * 6


# --------------------------------------------------------------------------- the nights that jump (T08)


@pytest.mark.parametrize(
    "local, error, words",
    [
        ("2027-03-28T02:00", SkippedLocalTime, "gibt es nicht"),
        ("2027-03-28T02:59:59", SkippedLocalTime, "gibt es nicht"),
        ("2027-10-31T02:00", DoubledLocalTime, "zweimal"),
        ("2027-10-31T02:59:59", DoubledLocalTime, "zweimal"),
    ],
)
def test_times_that_do_not_exist_once_are_refused_with_words(
    local: str, error: type[SkippedLocalTime | DoubledLocalTime], words: str
) -> None:
    with pytest.raises(error) as refused:
        parse_instant(local, BERLIN, field="starts_at")
    assert words in error_in_words(refused.value, "de")


def test_a_phase_may_begin_in_either_of_the_doubled_hours() -> None:
    first, second = datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    assert first.astimezone(BERLIN).replace(tzinfo=None) == second.astimezone(BERLIN).replace(tzinfo=None)
    for starts in (first, second):
        phases = (a_phase("before", datetime(2000, 1, 1, tzinfo=UTC)), a_phase("then", starts))
        found = [phase_at(phases, starts + timedelta(microseconds=step)) for step in (-1, 0)]
        assert [phase.key for phase in found if phase is not None] == ["before", "then"]


jumping_days = st.builds(
    lambda year, spring: _last_sunday(year, 3 if spring else 10), st.integers(2020, 2040), st.booleans()
)
days = st.one_of(st.sampled_from(JUMPS_OF_2027), jumping_days, st.dates(date(2020, 1, 1), date(2040, 12, 31)))


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


@settings(max_examples=60, deadline=None)
@given(day=days, minutes=st.sampled_from([5, 15, 45, 60, 90]), step=st.sampled_from([5, 15, 30, 60]))
def test_whatever_the_day_slots_are_as_long_as_their_service_and_stand_on_its_beat(
    day: date, minutes: int, step: int
) -> None:
    length = timedelta(minutes=minutes)
    plan = a_plan(week=every_day(ALL_DAY), services=(a_service(minutes=minutes, step=step),))
    found = list(_search(plan, day, now=midnight(day, BERLIN) - timedelta(days=2)))

    starts = [slot.starts_at for slot in found]
    assert starts == sorted(set(starts)) == list(rhythm(day, step, BERLIN))
    for slot in found:
        assert slot.starts_at.tzinfo is UTC
        assert slot.ends_at - slot.starts_at == length
        local = slot.starts_at.astimezone(BERLIN)
        assert (local.date(), (local.hour * 60 + local.minute) % step) == (day, 0)
    hours = (midnight(day + timedelta(days=1), BERLIN) - midnight(day, BERLIN)) / timedelta(hours=1)
    assert hours == {JUMPS_OF_2027[0]: 23, JUMPS_OF_2027[1]: 25}.get(day, hours)
    assert len(found) == hours * 60 / step


def _search(plan: Plan, day: date, *, now: datetime) -> Any:
    return search(
        plan,
        plan.services[0],
        first=day,
        last=day,
        booked_by=Role.RECEPTION,
        now=now,
        is_holiday=lambda _day: False,
        occupancy=Occupancy(plan, []),
    )


@settings(max_examples=60, deadline=None)
@given(day=days, ahead=st.integers(0, 400), minute=st.integers(0, 22 * 60))
def test_the_booking_window_ends_with_a_local_date_whatever_lies_between(
    day: date, ahead: int, minute: int
) -> None:
    """A day may have but 23 hours, the last of which has to hold a visit."""
    plan = a_plan(week=every_day(ALL_DAY), furthest_days=ahead)
    now = midnight(day, BERLIN) + timedelta(minutes=minute)
    last = local_date(now, BERLIN) + timedelta(days=ahead)

    assert [local_date(slot.starts_at, BERLIN) for slot in _search(plan, last, now=now)][-1:] == [last]
    assert list(_search(plan, last + timedelta(days=1), now=now)) == []


@settings(max_examples=60, deadline=None)
@given(day=days, minute=st.integers(0, 24 * 60 - 1))
def test_a_phase_begins_at_one_instant_and_visits_are_judged_by_it(day: date, minute: int) -> None:
    starts = midnight(day, BERLIN) + timedelta(minutes=minute)
    phases = (a_phase("before", datetime(2000, 1, 1, tzinfo=UTC)), a_phase("then", starts))
    for asked in rhythm(day, 5, BERLIN):
        found = phase_at(phases, asked)
        assert found is not None
        assert (found.key == "then") is (asked >= starts)


def test_wall_clock_arithmetic_would_get_a_night_wrong() -> None:
    """The negative control of the properties: the length of a visit counted on the wall."""
    begins = datetime(2027, 10, 31, 2, 30, tzinfo=BERLIN)
    ends = begins + timedelta(minutes=45)
    assert ends.astimezone(UTC) - begins.astimezone(UTC) != timedelta(minutes=45)
