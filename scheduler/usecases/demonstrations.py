"""The demonstration: fills an empty office with the year 2020 of a Jobcenter, and moves its clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.clocks import Demonstration, OfficeClock
from models.database import Database
from models.plans import PlanVersion
from scheduler.adapters.clock import Clock
from scheduler.adapters.mail import Mailer
from scheduler.domain.demonstrations import Stage
from scheduler.domain.errors import WrongState, invalid
from scheduler.domain.planexports import write_plan
from scheduler.domain.roles import Actor, Role
from scheduler.queries.clocks import told_until
from scheduler.usecases.plans import import_plan
from scheduler.usecases.staff import add_staff
from scheduler.usecases.stories import ACTORS, Told, story, tell_on

#: Everybody's password in the demonstration; it is printed and opens nothing but invented bookings.
PASSWORD = "musterstadt-2020"  # noqa: S105  # known on purpose
ACCOUNTS: tuple[tuple[str, Role], ...] = (
    ("empfang", Role.RECEPTION),
    ("fallmanagement", Role.CASEWORKER),
    ("leitung", Role.MANAGER),
    ("hotline", Role.HOTLINE),
    ("einlass", Role.ENTRANCE),
    ("revision", Role.AUDITOR),
    ("verwaltung", Role.ADMINISTRATOR),
)
_THE_DEMONSTRATION = Actor("command:demo", Role.ADMINISTRATOR)
# The beginning of 2020, and 10 March at nine, as the office's clock shows it.
_STORY_BEGINS = datetime(2019, 12, 31, 23, tzinfo=UTC)
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_OFFICE_OPENS = datetime(2020, 3, 10, 8, tzinfo=UTC)


@dataclass(frozen=True)
class SeedReport:
    """What was filled in: `instant` is the office time at which the demonstration begins."""

    instant: datetime
    bookings: int
    told: Told
    accounts: tuple[tuple[str, Role], ...] = ACCOUNTS
    password: str = PASSWORD


@dataclass(frozen=True)
class ClockMove:
    """What moving the clock from `before` to `instant` did; `told` is None where no story was to be told."""

    before: datetime
    instant: datetime
    told: Told | None

    @property
    def back(self) -> bool:
        """Set back: nothing that happened meanwhile is undone."""
        return self.instant < self.before


def stages() -> list[Stage]:
    """When the phases of the demonstration become known, in order: the instants worth visiting."""
    return list(story().stages)


def is_seeded(session: Session) -> bool:
    """Whether the demonstration was filled to its beginning; needs the tables."""
    known = told_until(session)
    return known is not None and known >= _OFFICE_OPENS


def seed(database: Database, *, clock: Clock, mailer: Mailer) -> SeedReport:
    """Fills an empty database with the year as it stood on 10 March 2020 at nine, and sets the clock there.

    Raises WrongState where a plan or bookings exist already, and nothing is changed then; a filling that
    broke off goes on.
    """
    with database.transaction() as session:
        if is_seeded(session):
            raise WrongState(change="seed", why="not_empty", status="done")
        if told_until(session) is None:
            _begin(session)
        _set_ahead(session, _OFFICE_OPENS - clock.real())
    told = tell_on(database, mailer, until=_OFFICE_OPENS)
    with database.transaction() as session:
        _set_ahead(session, _OFFICE_OPENS - clock.real())
        bookings = session.scalar(select(func.count()).select_from(Booking)) or 0
    return SeedReport(_OFFICE_OPENS, bookings, told)


def set_clock(database: Database, clock: Clock, mailer: Mailer, instant: datetime) -> ClockMove:
    """Sets the office's clock, which runs on from `instant`, after telling the story up to it, if any.

    A move that fails halfway has told part of the story; repeated, it goes on from there. Raises Invalid
    for an instant beyond the years in which an office plans.
    """
    if not _EARLIEST <= instant < _LATEST:
        raise invalid("instant", "out_of_range", least=_EARLIEST.year, most=_LATEST.year - 1)
    before = clock.office()
    with database.reading() as session:
        known = told_until(session)
    told = tell_on(database, mailer, until=instant) if known is not None and instant > known else None
    with database.transaction() as session:
        _set_ahead(session, instant - clock.real())
    return ClockMove(before, instant, told)


def _begin(session: Session) -> None:
    for column in (PlanVersion.id, Booking.id):
        if session.scalar(select(column).limit(1)) is not None:
            raise WrongState(change="seed", why="not_empty", status="done")
    source = write_plan(story().plan_known_at(_STORY_BEGINS)).encode()
    import_plan(session, source, actor=ACTORS[Role.MANAGER], now=_STORY_BEGINS)
    for login, role in ACCOUNTS:
        add_staff(session, login, role, PASSWORD, actor=_THE_DEMONSTRATION, now=_STORY_BEGINS)
    session.add(Demonstration(id=1, told_until=_STORY_BEGINS))


def _set_ahead(session: Session, ahead: timedelta) -> None:
    row = session.get(OfficeClock, 1) or OfficeClock(id=1)
    row.ahead_seconds = ahead.total_seconds()
    session.add(row)
