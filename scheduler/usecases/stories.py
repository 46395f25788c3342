"""Tells the demonstration's story: what people wish and do goes through the office's own use cases, in order.

Each piece is a transaction that also notes how far the story is told, so a telling that broke off goes on.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from heapq import heapify, heappop, heappush
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.clocks import Demonstration
from models.database import Database
from models.enquiries import Enquiry
from models.outbox import OutboxRow
from scheduler.adapters.clock import Clock
from scheduler.adapters.holidays import holiday_question, known_region
from scheduler.adapters.mail import Mailer
from scheduler.domain.availability import Slot
from scheduler.domain.bookings import BookingRequest, MoveRequest, Party, Standing, Status
from scheduler.domain.casts import invented
from scheduler.domain.demonstrations import (
    LOOKED_AT_ANYWAY,
    Act,
    Stage,
    Step,
    Wish,
    office_hours,
    read_bookings,
    read_stages,
    steps,
)
from scheduler.domain.enquiries import Medium
from scheduler.domain.episodes import Asked, Called, Episode, Filed, Rostered, SeenTo, episodes
from scheduler.domain.errors import Busy, DomainError, RouteFull, SlotTaken
from scheduler.domain.hours import HolidayQuestion
from scheduler.domain.instants import at_wall_time, days_of, local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.notices import NoticeKind, NoticeState
from scheduler.domain.planexports import write_plan
from scheduler.domain.planfaults import PlanFaults
from scheduler.domain.planfiles import read_plan
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor, Role
from scheduler.domain.stories import invent
from scheduler.domain.switches import due_at
from scheduler.queries.clocks import told_until
from scheduler.queries.plans import current_plan
from scheduler.queries.slots import slots
from scheduler.queries.switches import RunReport, runs
from scheduler.usecases.applications import file_new
from scheduler.usecases.bookings import (
    approve,
    book,
    call,
    cancel,
    check_in,
    decline,
    finish,
    move,
    no_show,
    serve,
)
from scheduler.usecases.enquiries import see_to, take_in
from scheduler.usecases.hotlines import count_call, import_roster
from scheduler.usecases.outbox import deliver_due, tick_off
from scheduler.usecases.plans import import_plan
from scheduler.usecases.requests import cancel_unanswered
from scheduler.usecases.switches import apply_due

_SCENARIO = Path(__file__).resolve().parents[1] / "scenarios" / "jobcenter-2020"
_SEED = 2020
_PIECE = timedelta(hours=2)
# When notices are told by hand: in the afternoon, on short days before closing; so many of a switch a day.
_TOLD_BY_HAND_AT = (11 * 60 + 45, 15 * 60 + 30)
_TOLD_BY_HAND_A_DAY = 8
_MOVED_BY_DAYS = (1, 14)

ACTORS: Mapping[Role, Actor] = {
    Role.CUSTOMER: Actor("customer", Role.CUSTOMER),
    Role.RECEPTION: Actor("staff:empfang", Role.RECEPTION),
    Role.CASEWORKER: Actor("staff:fallmanagement", Role.CASEWORKER),
    Role.MANAGER: Actor("staff:leitung", Role.MANAGER),
    Role.HOTLINE: Actor("staff:hotline", Role.HOTLINE),
}
_RECEPTION, _CASEWORKER = ACTORS[Role.RECEPTION], ACTORS[Role.CASEWORKER]

_MISSED = "Nicht erschienen."
_BY_PHONE_INSTEAD = "Das klären wir gern telefonisch mit Ihnen."


class StandingClock(Clock):
    """Office time that stands at an instant of the story; real time goes on."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self._at = at

    def office(self) -> datetime:
        return self._at


@dataclass(frozen=True)
class Story:
    """The whole year: the plan, when its phases were planned, every wish, and what else happens."""

    plan: Plan
    stages: Sequence[Stage]
    wishes: Mapping[datetime, Wish]
    is_holiday: HolidayQuestion
    scenario: Mapping[str, datetime]
    episodes: Sequence[Episode]

    def plan_known_at(self, instant: datetime) -> Plan:
        known = {stage.phase_key for stage in self.stages if stage.known_at <= instant}
        return replace(self.plan, phases=tuple(phase for phase in self.plan.phases if phase.key in known))

    def keeps_clear(self, offer: Slot, now: datetime) -> bool:
        """Whether the offer leaves free what is going to be wished for at a certain place."""
        claim = Interval(offer.starts_at, offer.occupied_until)
        return not any(
            wish.made_at > now
            and wish.request.resource == offer.resource.key
            and claim.overlaps(self._claim(wish.request))
            for wish in self.wishes.values()
        )

    def _claim(self, request: BookingRequest) -> Interval:
        service = self.plan.services_by_key[request.service]
        return Interval(request.starts_at, request.starts_at + service.length + service.buffer)


@dataclass
class Told:
    """What happened: wishes met, and refused (by when they were made); changes to bookings; mails sent."""

    made: int = 0
    refusals: dict[datetime, DomainError] = field(default_factory=dict)
    changed: int = 0
    mails: int = 0
    stages: list[Stage] = field(default_factory=list)
    switches: list[RunReport] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return len(self.refusals)


@cache
def story() -> Story:
    """The story, always the same; it takes a moment to invent."""
    plan = read_plan((_SCENARIO / "plan.toml").read_bytes(), known_holiday_region=known_region)
    random = Random(_SEED)  # noqa: S311  # the story is no secret, it must be the same every time
    people = invented(random)
    stages = read_stages((_SCENARIO / "stages.csv").read_text(encoding="utf-8"), plan.zone)
    given = read_bookings((_SCENARIO / "bookings.csv").read_text(encoding="utf-8"), plan.zone, people)
    is_holiday = holiday_question(plan.office.holidays)
    wishes = invent(
        plan, stages, [wish for _, wish in given], people=people, random=random, is_holiday=is_holiday
    )
    return Story(
        plan,
        stages,
        {wish.made_at: wish for wish in wishes},
        is_holiday,
        {name: wish.made_at for name, wish in given},
        episodes(plan, is_holiday),
    )


def tell_on(database: Database, mailer: Mailer, *, until: datetime) -> Told:
    """Tells the story up to `until` (office time), commit by commit; what has been told is not told again.

    Raises Busy where somebody else tells it at the same time.
    """
    telling = _Telling(database, mailer, story())
    telling.go_on(until)
    return telling.told


class _Telling:
    """One telling: what is to come, and what has happened."""

    def __init__(self, database: Database, mailer: Mailer, whole: Story) -> None:
        self._database = database
        self._mailer = mailer
        self._story = whole
        self.told = Told()
        self._applied: list[str] = []
        with database.reading() as session:
            begin = told_until(session)
            if begin is None:
                raise LookupError("no demonstration was seeded")
            self._at = begin
            found = {
                made_at: (booking_id, starts_at)
                for made_at, booking_id, starts_at in session.execute(
                    select(Booking.made_at, Booking.id, Booking.starts_at)
                )
                if made_at in whole.wishes
            }
        self._ids: dict[datetime, UUID] = {made_at: found[made_at][0] for made_at in found}
        self._agenda = [
            Step(wish.made_at, Act.BOOK, wish.made_at, wish.request.starts_at)
            for wish in whole.wishes.values()
            if wish.made_at > begin
        ]
        for made_at, (_, starts_at) in found.items():
            self._agenda += self._to_come(whole.wishes[made_at], starts_at, after=begin)
        heapify(self._agenda)

    def go_on(self, until: datetime) -> None:
        self._look_after(self._at)  # what a telling that broke off may have left
        for mark in _marks(self._story, self._at, until):
            while self._at < mark:
                unanswered = self._tell_a_piece(mark)
                if unanswered or self._at == mark:
                    self._look_after(self._at)
                delivered = deliver_due(self._database, self._mailer, clock=StandingClock(self._at))
                self.told.mails += delivered.sent
        with self._database.reading() as session:
            found = runs(session, phase_keys=self._applied) if self._applied else []
        self.told.switches = sorted(found, key=lambda run: run.due_at)

    def _tell_a_piece(self, mark: datetime) -> bool:
        """Tells two hours, or less, in one transaction; whether it ends at an unanswered request."""
        with self._database.transaction() as session:
            row = session.scalars(select(Demonstration).with_for_update()).one()
            if row.told_until != self._at:
                raise Busy(retry_after=10)
            reached = min(mark, self._agenda[0].at + _PIECE) if self._agenda else mark
            unanswered = False
            while self._agenda and self._agenda[0].at <= reached:
                step = heappop(self._agenda)
                if step.act is Act.BOOK:
                    self._book(session, self._story.wishes[step.wish])
                elif step.act is Act.LAPSE:
                    if self._is_unanswered(session, step):
                        reached, unanswered = step.at, True
                else:
                    self._change(session, step)
            for stage in self._story.stages:
                if self._at < stage.known_at <= reached:
                    self._plan(session, stage)
            for episode in _between(self._story.episodes, self._at, reached):
                _happens(session, episode)
            row.told_until = reached
        self._at = reached
        return unanswered

    def _look_after(self, at: datetime) -> None:
        """What the jobs would do at this instant, and on office days what is told by hand."""
        clock = StandingClock(at)
        self._applied += [report.phase_key for report in apply_due(self._database, clock=clock)]
        cancel_unanswered(self._database, clock=clock)
        if at in _by_hand(self._story, at, at):
            with self._database.transaction() as session:
                _tell_by_hand(session, set(self._ids.values()), now=at)

    def _plan(self, session: Session, stage: Stage) -> None:
        """Adds the stage's phase to the plan as it stands; what the office has planned otherwise stays."""
        plan = current_plan(session)
        phase = self._story.plan.phases_by_key[stage.phase_key]
        if phase.key in plan.phases_by_key:
            return
        phases = sorted((*plan.phases, phase), key=lambda other: other.starts)
        source = write_plan(replace(plan, phases=tuple(phases))).encode()
        try:
            with session.begin_nested():
                import_plan(session, source, actor=ACTORS[Role.MANAGER], now=stage.known_at)
        except PlanFaults:
            return
        self.told.stages.append(stage)

    def _book(self, session: Session, wish: Wish) -> None:
        """Asks for what is wished; somebody who is flexible takes the next free time that is offered."""
        booking = _booked(session, wish.request, wish.made_at)
        if isinstance(booking, SlotTaken | RouteFull) and wish.made_at not in self._story.scenario.values():
            offers = [
                offer
                for offer in booking.details["alternatives"]
                if self._story.keeps_clear(offer, wish.made_at)
            ]
            if offers:
                offer = offers[0]
                other = replace(wish.request, starts_at=offer.starts_at, resource=offer.resource.key)
                booking = _booked(session, other, wish.made_at)
        if isinstance(booking, DomainError):
            self.told.refusals[wish.made_at] = booking
            return
        self.told.made += 1
        self._ids[wish.made_at] = booking.id
        for step in self._to_come(wish, booking.starts_at, after=wish.made_at):
            heappush(self._agenda, step)

    def _to_come(self, wish: Wish, starts_at: datetime, *, after: datetime) -> list[Step]:
        return [step for step in steps(wish, starts_at) if step.at > after]

    def _change(self, session: Session, step: Step) -> None:
        """Does the step unless the booking has gone another way meanwhile, or the rules refuse it."""
        booking = self._as_it_stands(session, step)
        if booking is None:
            return
        try:
            if step.act is Act.MOVE:
                changed = self._moved(session, booking, step)
            else:
                changed = _done(session, booking, step)
        except DomainError:
            return
        self.told.changed += changed

    def _as_it_stands(self, session: Session, step: Step) -> Booking | None:
        """The step's booking, None where it is none any more or its visit begins at another time."""
        booking_id = self._ids.get(step.wish)
        booking = None if booking_id is None else session.get(Booking, booking_id)
        return booking if booking is not None and booking.starts_at == step.starts_at else None

    def _is_unanswered(self, session: Session, step: Step) -> bool:
        booking = self._as_it_stands(session, step)
        return booking is not None and booking.status is Status.REQUESTED

    def _moved(self, session: Session, booking: Booking, step: Step) -> bool:
        wish = self._story.wishes[step.wish]
        if booking.standing is not Standing.VALID or booking.status is not Status.BOOKED:
            return False
        plan = current_plan(session)
        day = local_date(booking.starts_at, plan.zone)
        found = slots(
            session,
            plan,
            plan.service(booking.service_key),
            first=day + timedelta(days=_MOVED_BY_DAYS[0]),
            last=day + timedelta(days=_MOVED_BY_DAYS[1]),
            booked_by=booking.booked_by,
            now=step.at,
        )
        offers = [offer for offer in found if self._story.keeps_clear(offer, step.at)]
        if not offers:
            return False
        offer = offers[int(wish.course.changes_after * len(offers))]
        wished = MoveRequest(offer.starts_at, offer.resource.key)
        with session.begin_nested():
            move(session, booking.id, wished, actor=ACTORS[Role.CUSTOMER], now=step.at)
        for coming in self._to_come(wish, offer.starts_at, after=step.at):
            heappush(self._agenda, coming)
        return True


def _between(told: Sequence[Episode], after: datetime, until: datetime) -> Sequence[Episode]:
    first, last = (bisect_right(told, instant, key=lambda one: one.at) for instant in (after, until))
    return told[first:last]


def _happens(session: Session, episode: Episode) -> None:
    """Does what the episode says, unless somebody has done it otherwise meanwhile."""
    hotline, now = ACTORS[Role.HOTLINE], episode.at
    try:
        with session.begin_nested():
            match episode:
                case Asked():
                    owner = hotline.name if episode.request.medium is Medium.PHONE else None
                    take_in(session, episode.request, owner=owner, actor=hotline, now=now)
                case SeenTo():
                    asked = select(Enquiry.id).where(Enquiry.came_at == episode.about)
                    if (found := session.scalar(asked)) is not None:
                        see_to(session, found, episode.step, actor=hotline, now=now)
                case Called():
                    count_call(session, episode.hotline, now=now)
                case Rostered():
                    import_roster(session, episode.table, actor=ACTORS[Role.MANAGER], now=now)
                case Filed():
                    file_new(session, episode.filing, episode.customer, actor=_RECEPTION, now=now)
    except DomainError:
        return


def _booked(session: Session, request: BookingRequest, now: datetime) -> Booking | DomainError:
    try:
        with session.begin_nested():
            return book(session, request, actor=ACTORS[request.booked_by], now=now)
    except DomainError as error:
        return error


def _done(session: Session, booking: Booking, step: Step) -> bool:
    """Does what needs nothing but the booking; whether that was called for."""
    now = step.at
    match step.act:
        case Act.APPROVE:
            approve(session, booking.id, actor=_CASEWORKER, now=now)
        case Act.DECLINE:
            decline(session, booking.id, reason=_BY_PHONE_INSTEAD, actor=_CASEWORKER, now=now)
        case Act.CANCEL:
            cancel(session, booking.id, by=Party.CUSTOMER, actor=ACTORS[Role.CUSTOMER], now=now)
        case Act.DROP:
            if booking.standing is Standing.VALID or booking.service_key in LOOKED_AT_ANYWAY:
                return False
            cancel(session, booking.id, by=Party.OFFICE, reason=_BY_PHONE_INSTEAD, actor=_CASEWORKER, now=now)
        case Act.CHECK_IN:
            check_in(session, booking.id, actor=_RECEPTION, now=now)
        case Act.CALL:
            call(session, booking.id, actor=_RECEPTION, now=now)
        case Act.SERVE:
            serve(session, booking.id, actor=_RECEPTION, now=now)
        case Act.FINISH:
            finish(session, booking.id, actor=_RECEPTION, now=now)
        case _:
            no_show(session, booking.id, reason=_MISSED, actor=_RECEPTION, now=now)
    return True


def _marks(whole: Story, begin: datetime, until: datetime) -> list[datetime]:
    """The instants after `begin` and up to `until` at which more happens than single changes, in order."""
    known_at = {stage.phase_key: stage.known_at for stage in whole.stages}
    marks = {until, *known_at.values(), *_by_hand(whole, begin, until)}
    marks.update(due_at(phase, known_at[phase.key]) for phase in whole.plan.phases)
    return sorted(mark for mark in marks if begin < mark <= until)


def _by_hand(whole: Story, begin: datetime, until: datetime) -> set[datetime]:
    """When from the day of `begin` to that of `until` letters are printed and people are called."""
    marks = set()
    for day in days_of(begin, until + timedelta(microseconds=1), whole.plan.zone):
        spans = office_hours(whole.plan, day, whole.is_holiday)
        if spans:
            marks.add(at_wall_time(day, _TOLD_BY_HAND_AT[len(spans) > 1], whole.plan.zone))
    return marks


def _tell_by_hand(session: Session, booking_ids: set[UUID], *, now: datetime) -> None:
    """Ticks off what a day allows: all daily notices, some of a switch's, and at the door who has come by."""
    waiting = session.execute(
        select(OutboxRow, Booking.starts_at)
        .join(Booking, Booking.id == OutboxRow.booking_id)
        .where(OutboxRow.state == NoticeState.WAITING, OutboxRow.kind != NoticeKind.EMAIL)
        .where(OutboxRow.created_at <= now)
        .order_by(Booking.starts_at, OutboxRow.id)
    ).all()
    of_a_switch = 0
    for row, starts_at in waiting:
        if row.booking_id not in booking_ids:
            continue  # somebody's own booking: the story keeps its hands off
        if row.kind is NoticeKind.DOOR and starts_at > now:
            continue
        if row.kind is not NoticeKind.DOOR and row.run_id is not None:
            of_a_switch += 1
            if of_a_switch > _TOLD_BY_HAND_A_DAY:
                continue
        tick_off(session, row.id, actor=_RECEPTION, now=now)
