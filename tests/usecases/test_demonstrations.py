"""The demonstration: the year 2020 comes out as the scenario says, however the clock is moved."""

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from sqlalchemy import func, select

from models.applications import Application
from models.bookings import Booking
from models.database import Database
from models.enquiries import Enquiry
from models.outbox import OutboxRow
from models.plans import PlanVersion
from scheduler.adapters.clock import Clock
from scheduler.adapters.mail import Maildir, Mailer
from scheduler.adapters.passwords import fits
from scheduler.domain.bookings import Status
from scheduler.domain.enquiries import EnquiryStatus
from scheduler.domain.errors import DomainError, PhaseRefused, WrongState
from scheduler.domain.instants import local_date
from scheduler.domain.notices import NoticeKind, NoticeState
from scheduler.domain.planexports import write_plan
from scheduler.queries import clocks
from scheduler.queries.bookings import page
from scheduler.queries.hotlines import hotlines
from scheduler.queries.notices import to_be_told
from scheduler.queries.plans import current_plan, plannings
from scheduler.queries.staff import accounts
from scheduler.usecases.demonstrations import ACCOUNTS, PASSWORD, ClockMove, seed, set_clock, stages
from scheduler.usecases.plans import import_plan
from scheduler.usecases.stories import story
from tests.cast import MANAGER
from tests.databases import ENGINES
from tests.factories import SCENARIO, at, rows
from tests.invariants import broken

JULY = "2020-07-20T12:00:00"
TENTH_OF_MARCH = at("2020-03-10 09:00")


@dataclass
class Demonstration:
    """A demonstration with the clock that all its processes share."""

    database: Database
    mails: Path

    @property
    def clock(self) -> Clock:
        def office_is_ahead() -> timedelta:
            with self.database.reading() as session:
                return clocks.ahead(session)

        return Clock(office_is_ahead)

    @property
    def mailer(self) -> Mailer:
        return Maildir(self.mails)

    def move(self, local: str) -> ClockMove:
        return set_clock(self.database, self.clock, self.mailer, at(local))

    def all(self) -> list[Booking]:
        plan = story().plan
        with self.database.reading() as session:
            first, last = (datetime(2020, month, day, tzinfo=UTC).date() for month, day in ((1, 1), (12, 31)))
            return list(page(session, first, last, zone=plan.zone, limit=2000).bookings)

    def states(self) -> Mapping[str, tuple[str, str, str, str]]:
        """What each booking of the scenario is, by its name there; the columns are those of effects.csv."""
        names = {made_at: name for name, made_at in story().scenario.items()}
        return {
            names[found.made_at]: (found.status, found.standing, found.channel, found.cancelled_by or "")
            for found in self.all()
            if found.made_at in names
        }


class _Breaking:
    """A way out for mail during whose fifth mail the power fails."""

    def __init__(self) -> None:
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        self._sent += 1
        if self._sent == 5:
            raise KeyboardInterrupt


def expected(instant: str) -> Mapping[str, tuple[str, str, str, str]]:
    """The bookings that there must be at one instant of effects.csv."""
    return {
        row["ref"]: (row["status"], row["standing"], row["channel"], row["cancelled_by"])
        for row in rows("effects.csv")
        if row["at"] == instant and not row["status"].startswith("refused")
    }


def expected_refusals() -> Mapping[str, str]:
    found = {row["ref"]: row["status"].partition(":")[2] for row in rows("effects.csv")}
    return {name: decision for name, decision in found.items() if decision}


def decisions(refusals: Mapping[datetime, DomainError]) -> Mapping[str, str]:
    """With which decision the rules refused bookings of the scenario."""
    names = {made_at: name for name, made_at in story().scenario.items()}
    return {
        names[made_at]: error.details["ruling"].decision
        for made_at, error in refusals.items()
        if made_at in names and isinstance(error, PhaseRefused)
    }


@pytest.fixture(scope="session")
def seeded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a filled SQLite file and its mails, to be copied."""
    folder = tmp_path_factory.mktemp("demonstration")
    shutil.copyfile(sqlite_template, folder / "theke.db")
    demonstration = Demonstration(Database(f"sqlite:///{folder / 'theke.db'}"), folder / "mails")
    seed(demonstration.database, clock=demonstration.clock, mailer=demonstration.mailer)
    demonstration.database.dispose()
    return folder


@pytest.fixture
def demonstration(seeded: Path, tmp_path: Path) -> Demonstration:
    """A demonstration at its beginning, on SQLite."""
    folder = tmp_path / "demonstration"
    shutil.copytree(seeded, folder)
    return Demonstration(Database(f"sqlite:///{folder / 'theke.db'}"), folder / "mails")


def test_the_demonstration_begins_on_a_busy_morning(demonstration: Demonstration) -> None:
    zone = story().plan.zone
    day = local_date(TENTH_OF_MARCH, zone)
    visits = [booking for booking in demonstration.all() if local_date(booking.starts_at, zone) == day]
    counts = Counter(booking.status for booking in visits)
    assert 20 <= len(visits) - counts[Status.CANCELLED] <= 30
    assert counts[Status.DONE] >= 4
    assert counts[Status.IN_SERVICE] >= 1
    assert counts[Status.CHECKED_IN] + counts[Status.CALLED] >= 3
    assert counts[Status.NO_SHOW] >= 1
    assert counts[Status.BOOKED] >= 12
    ahead = [booking for booking in visits if booking.starts_at > TENTH_OF_MARCH + timedelta(minutes=15)]
    assert {booking.status for booking in ahead} == {Status.BOOKED, Status.CANCELLED}
    assert timedelta(0) <= demonstration.clock.office() - TENTH_OF_MARCH < timedelta(minutes=10)


def test_the_office_knows_no_later_phase_when_the_demonstration_begins(demonstration: Demonstration) -> None:
    with demonstration.database.reading() as session:
        assert [phase.key for phase in current_plan(session).phases] == ["regular"]
        plan = current_plan(session)
    whole = story().plan
    assert (plan.office, plan.resources, plan.services) == (whole.office, whole.resources, whole.services)


def test_everybody_of_the_staff_can_sign_in(demonstration: Demonstration) -> None:
    with demonstration.database.reading() as session:
        found = accounts(session)
    assert {(account.login, account.role) for account in found} == set(ACCOUNTS)
    assert fits(PASSWORD, found[0].password)


def test_what_was_to_be_told_before_the_demonstration_has_been_told(demonstration: Demonstration) -> None:
    with demonstration.database.reading() as session:
        waiting = session.scalars(select(OutboxRow).where(OutboxRow.state != NoticeState.SENT)).all()
        mailed = session.scalar(
            select(func.count()).select_from(OutboxRow).where(OutboxRow.kind == NoticeKind.EMAIL)
        )
    of_old = [row for row in waiting if row.kind in (NoticeKind.LETTER, NoticeKind.PHONE)]
    assert all(row.created_at > TENTH_OF_MARCH - timedelta(days=1) for row in of_old)
    assert not [row for row in waiting if row.kind is NoticeKind.EMAIL]
    assert mailed == len(list(demonstration.mails.glob("*.eml"))) > 200


def test_there_are_enquiries_to_see_to_and_applications_when_the_demonstration_begins(
    demonstration: Demonstration,
) -> None:
    now = demonstration.clock.office()
    with demonstration.database.reading() as session:
        found = session.scalars(select(Enquiry)).all()
        filed = session.scalar(select(func.count()).select_from(Application)) or 0
    states = Counter(one.status for one in found)
    assert states[EnquiryStatus.OPEN] >= 4
    assert states[EnquiryStatus.FORWARDED] >= 1
    assert states[EnquiryStatus.ANSWERED] > 20
    assert any(one.closed_at is None and one.call_by and one.call_by < now for one in found)
    assert filed > 15


def test_hotlines_are_called_and_staffed_once_they_are_open(demonstration: Demonstration) -> None:
    demonstration.move("2020-06-26T10:00")
    with demonstration.database.reading() as session:
        own, others = hotlines(session, current_plan(session), now=demonstration.clock.office())
    assert own.now_on
    assert any(day.gaps for day in own.days)
    assert sum(week.calls for week in own.weeks) > 300
    assert others.may_close


def test_a_database_with_a_plan_is_not_filled(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.transaction() as session:
        source = (SCENARIO / "plan.toml").read_bytes()
        import_plan(session, source, actor=MANAGER, now=at("2020-01-02 09:00"))
    with pytest.raises(WrongState) as refused:
        seed(sqlite_database, clock=Clock(), mailer=Maildir(tmp_path / "mails"))
    assert refused.value.details["why"] == "not_empty"
    with sqlite_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PlanVersion)) == 1
        assert session.scalar(select(func.count()).select_from(Booking)) == 0
        assert clocks.ahead(session) == timedelta(0)


def test_a_demonstration_is_filled_once(demonstration: Demonstration) -> None:
    before = [(booking.id, booking.status) for booking in demonstration.all()]
    with pytest.raises(WrongState):
        seed(demonstration.database, clock=demonstration.clock, mailer=demonstration.mailer)
    assert [(booking.id, booking.status) for booking in demonstration.all()] == before


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The year takes a while: on PostgreSQL it is played where everything is tested in full."""
    if "year" in metafunc.fixturenames:
        engines = ENGINES if metafunc.config.getoption("full_scale") else ENGINES[:1]
        metafunc.parametrize("year", engines, indirect=True)


@pytest.fixture
def year(request: pytest.FixtureRequest, tmp_path: Path) -> Demonstration:
    """A demonstration at its beginning; on PostgreSQL the power failed while it was filled."""
    if request.param == "sqlite":
        found: Demonstration = request.getfixturevalue("demonstration")
        return found
    database: Database = request.getfixturevalue("postgresql_database")
    filled = Demonstration(database, tmp_path / "mails")
    with pytest.raises(KeyboardInterrupt):
        seed(database, clock=filled.clock, mailer=_Breaking())
    seed(database, clock=filled.clock, mailer=filled.mailer)
    return filled


def test_the_year_played_in_stages_ends_as_the_scenario_says(year: Demonstration) -> None:
    refused: dict[str, str] = {}
    for instant in sorted({row["at"] for row in rows("effects.csv")}):
        move = year.move(instant)
        assert move.told is not None
        refused |= decisions(move.told.refusals)
        assert year.states() == expected(instant)
        again = year.move(instant)
        assert again.told is None
        assert year.states() == expected(instant)
    assert refused == expected_refusals()
    assert broken(year.database) == []


def test_one_jump_over_months_ends_like_many_moves(demonstration: Demonstration) -> None:
    move = demonstration.move(JULY)
    assert demonstration.states() == expected(JULY)
    assert move.told is not None
    assert decisions(move.told.refusals) == expected_refusals()
    assert move.told.stages == [stage for stage in stages() if TENTH_OF_MARCH < stage.known_at < at(JULY)]
    assert [run.phase_key for run in move.told.switches] == [stage.phase_key for stage in move.told.stages]

    demonstration.move("2020-12-31T12:00")
    year = demonstration.all()
    counts = Counter(booking.status for booking in year)
    assert 570 <= len(year) <= 690
    assert counts[Status.REQUESTED] == counts[Status.CHECKED_IN] == counts[Status.IN_SERVICE] == 0
    assert counts[Status.DONE] > 300
    assert counts[Status.CANCELLED] > 150
    assert 10 < counts[Status.NO_SHOW] < 60
    # Nobody sees to the visits of the scenario on their day.
    left = {booking.made_at for booking in year if booking.status is Status.BOOKED}
    assert left <= set(story().scenario.values())
    with demonstration.database.reading() as session:
        assert not to_be_told(session).tellings
    assert broken(demonstration.database) == []


def test_the_switch_in_march_leaves_people_to_be_told(demonstration: Demonstration) -> None:
    move = demonstration.move("2020-03-16T08:00")
    assert move.told is not None
    preventive, cancelled = move.told.switches
    assert (preventive.phase_key, cancelled.phase_key) == ("preventive", "appointments_cancelled")
    assert preventive.counts["cancel"] >= 5
    assert cancelled.counts["cancel"] > 100
    assert cancelled.counts["flag"] > 50
    assert all(cancelled.reach[way] > 5 for way in ("email", "letter", "phone", "none"))
    assert cancelled.told == cancelled.reach["email"]
    assert cancelled.still_to_be_told == sum(cancelled.reach[way] for way in ("letter", "phone", "none"))
    methods = Counter(
        part.get_param("method")
        for file in demonstration.mails.glob("2020031[1-6]*.eml")
        for part in message_from_bytes(file.read_bytes()).walk()
        if part.get_content_type() == "text/calendar"
    )
    assert methods["CANCEL"] > 80


def test_setting_the_clock_back_undoes_nothing(demonstration: Demonstration) -> None:
    demonstration.move("2020-03-12T12:00")
    before = [(booking.id, booking.status, booking.standing) for booking in demonstration.all()]
    move = demonstration.move("2020-03-10T09:00")
    assert move.back
    assert move.told is None
    assert [(booking.id, booking.status, booking.standing) for booking in demonstration.all()] == before
    assert abs(demonstration.clock.office() - TENTH_OF_MARCH) < timedelta(minutes=1)
    forth = demonstration.move("2020-03-12T12:00")
    assert not forth.back
    assert [(booking.id, booking.status, booking.standing) for booking in demonstration.all()] == before


def test_without_a_story_the_clock_is_set_all_the_same(database: Database, tmp_path: Path) -> None:
    empty = Demonstration(database, tmp_path / "mails")
    move = empty.move("2020-03-16T09:00")
    assert move.told is None
    assert timedelta(0) <= empty.clock.office() - at("2020-03-16 09:00") < timedelta(minutes=1)
    assert not empty.mails.exists()


def test_a_move_that_broke_off_can_be_repeated(demonstration: Demonstration) -> None:
    instant = "2020-03-16T12:00:00"
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            set_clock(demonstration.database, demonstration.clock, _Breaking(), at(instant))
    assert demonstration.clock.office() < at("2020-03-11 09:00")
    demonstration.move(instant)
    assert demonstration.states() == expected(instant)
    assert demonstration.clock.office() >= at(instant)
    assert broken(demonstration.database) == []


def test_a_phase_that_the_office_has_planned_itself_stays(demonstration: Demonstration) -> None:
    known = story().plan_known_at(at("2020-03-11 16:00"))
    with demonstration.database.transaction() as session:
        import_plan(session, write_plan(known).encode(), actor=MANAGER, now=at("2020-03-10 10:00"))
    move = demonstration.move("2020-03-12T12:00")
    assert move.told is not None
    assert move.told.stages == []
    assert [run.phase_key for run in move.told.switches] == ["preventive"]
    with demonstration.database.reading() as session:
        assert plannings(session)["preventive"] == at("2020-03-10 10:00")
