"""Whatever people do one after the other, the office ends where the contract's model does (T21)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import Phase as Stage
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from models.bookings import Booking
from models.database import Database
from models.outbox import OutboxRow
from scheduler.adapters.mail import mailbox_from_url
from scheduler.domain.bookings import BookingRequest, Party
from scheduler.domain.errors import DomainError
from scheduler.domain.phases import Decision, Effect, Rule
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor, Role
from scheduler.queries.bookings import with_everything
from scheduler.usecases import bookings
from scheduler.usecases.idempotency import answered_once
from scheduler.usecases.outbox import deliver_due
from scheduler.usecases.requests import cancel_unanswered
from scheduler.usecases.switches import apply_due
from scheduler.usecases.undos import undo
from tests.cast import CUSTOMER, EMRE, MANAGER, RECEPTION
from tests.factories import Office, at, opened, whole_plan
from tests.faults.conftest import Scale
from tests.faults.intended import DAY, DOES, OPENS, PHASES, SAYS, Intended
from tests.faults.snapshots import Snapshot
from tests.invariants import broken

MIDNIGHT = at("2020-03-10 00:00")
ACTORS = {"reception": RECEPTION, "customer": CUSTOMER}
SERVICES = st.sampled_from(["general", "integration"])
BOOKERS = st.sampled_from(["reception", "customer"])
PLACES = st.sampled_from([None, None, "counter-1", "office-201"])
STARTS = st.builds(
    lambda day, quarter: day * DAY + OPENS + 15 * quarter,
    st.sampled_from([0, 1, 1, 2, 3, 3]),
    st.sampled_from([1, 2, 3, 13]),
)
"""Few, so that people get into each other's way; the last leaves no time for the longer service."""
WHICH = st.integers(0, 99)
CHANGES: dict[str, Callable[..., Booking]] = {
    "check_in": bookings.check_in,
    "call": bookings.call,
    "serve": bookings.serve,
    "finish": bookings.finish,
    "no_show": bookings.no_show,
}


def plan() -> Plan:
    """The scenario's office with the model's places, services and phases."""
    whole = whole_plan()
    starts = {"first": -999 * DAY} | {key: begins for key, (begins, _) in PHASES.items()}
    due = {"first": -999 * DAY} | {key: instant for key, (_, instant) in PHASES.items()}
    phases = tuple(
        replace(
            whole.phases[0],
            key=key,
            starts=instant(starts[key]),
            announce_at=instant(due[key]),
            rules=tuple(rules(key)),
        )
        for key in starts
    )
    places = tuple(whole.resources_by_key[key] for key in ("counter-1", "counter-2", "office-201"))
    services = tuple(whole.service(key) for key in ("general", "integration"))
    return replace(whole, resources=places, services=services, phases=phases, closures=())


def rules(key: str) -> Iterator[Rule]:
    for (name, service, booker), decision in SAYS.items():
        if name == key:
            effect = DOES.get((key, service, booker))
            yield Rule(
                Decision(decision),
                frozenset({service}),
                frozenset({Role(booker)}),
                on_start=Effect(effect) if effect else None,
            )


def instant(minutes: int) -> datetime:
    return MIDNIGHT + timedelta(minutes=minutes)


class TheOffice(RuleBasedStateMachine):
    """Does the same to the office and to the model, and compares answers and pictures after each step."""

    def __init__(self, office: Office, snapshot: Snapshot, folder: Path) -> None:
        super().__init__()
        snapshot.restore()
        self.office = office
        self.model = Intended()
        self.office.clock.office_now = self.office.clock.real_now = instant(self.model.now)
        self.ids: dict[str, UUID] = {}
        self.answers: list[tuple[str, BookingRequest, Actor, object]] = []
        self.folder = folder
        self.mailbox = mailbox_from_url(f"maildir:{self.folder}")
        self.mails = 0

    @initialize(wishes=st.lists(st.tuples(SERVICES, BOOKERS, STARTS), min_size=4, max_size=8))
    def begin(self, wishes: list[tuple[str, str, int]]) -> None:
        """Somebody has booked before, so that there is something to quarrel about."""
        for service, booker, starts in wishes:
            self.book(service, booker, None, starts)

    @rule(service=SERVICES, booker=BOOKERS, place=PLACES, starts=STARTS)
    def book(self, service: str, booker: str, place: str | None, starts: int) -> None:
        word = f"visit-{len(self.ids)}"
        request = BookingRequest(service, instant(starts), Role(booker), replace(EMRE, number=word), place)
        actor = ACTORS[booker]
        answer = self._answer(lambda: self._book_once(word, request, actor))
        if not isinstance(answer, str):
            self.ids[word] = UUID(answer[1]["id"])
            self.answers.append((word, request, actor, answer))
        said = answer if isinstance(answer, str) else "done"
        assert said == self.model.book(word, service, booker, place, starts)

    @precondition(lambda self: self.answers)
    @rule(which=WHICH)
    def ask_again(self, which: int) -> None:
        """The same key has the same answer, whatever has become of the visit; nothing is done again."""
        word, request, actor, answer = self.answers[which % len(self.answers)]
        assert self._answer(lambda: self._book_once(word, request, actor)) == answer

    @precondition(lambda self: self.ids)
    @rule(which=WHICH, place=PLACES, starts=STARTS)
    def move(self, which: int, place: str | None, starts: int) -> None:
        word = self._word(which)
        visit = self.ids[word]
        said = self._do(lambda: self.office.move(self.office.see(visit), _local(starts), resource=place))
        assert said == self.model.move(word, place, starts)

    @precondition(lambda self: self.ids)
    @rule(which=WHICH, by=st.sampled_from(["customer", "office"]))
    def cancel(self, which: int, by: str) -> None:
        word = self._word(which)
        assert self._change(bookings.cancel, word, by=Party(by)) == self.model.cancel(word, by)

    @precondition(lambda self: self.ids)
    @rule(which=WHICH)
    def approve(self, which: int) -> None:
        word = self._word(which)
        assert self._change(bookings.approve, word) == self.model.approve(word)

    @precondition(lambda self: self.ids)
    @rule(which=WHICH)
    def decline(self, which: int) -> None:
        word = self._word(which)
        assert self._change(bookings.decline, word, reason="Nein") == self.model.decline(word)

    @precondition(lambda self: self.ids)
    @rule(which=WHICH, change=st.sampled_from(sorted(CHANGES)))
    def attend(self, which: int, change: str) -> None:
        word = self._word(which)
        details = {"reason": "Nicht da"} if change == "no_show" else {}
        assert self._change(CHANGES[change], word, **details) == self.model.attend(word, change)

    @rule(minutes=st.sampled_from([15, 60, 8 * 60, DAY]))
    def wait(self, minutes: int) -> None:
        self.model.now = min(self.model.now + minutes, 3 * DAY + 11 * 60)
        self.office.clock.office_now = self.office.clock.real_now = instant(self.model.now)

    @rule()
    def switch(self) -> None:
        apply_due(self.office.database, clock=self.office.clock)
        self.model.switch()

    @rule(key=st.sampled_from(sorted(PHASES)))
    def take_back(self, key: str) -> None:
        said = self._do(lambda: undo(self.office.database, key, actor=MANAGER, clock=self.office.clock))
        assert said == self.model.undo(key)

    @rule()
    def expire(self) -> None:
        cancel_unanswered(self.office.database, clock=self.office.clock)
        self.model.expire()

    @rule()
    def deliver(self) -> None:
        deliver_due(self.office.database, self.mailbox, clock=self.office.clock)
        self.mails += self.model.deliver()
        assert len(list(self.folder.rglob("*.eml"))) == self.mails

    @invariant()
    def looks_as_intended(self) -> None:
        intended = {
            word: (
                *(visit.status, visit.standing, visit.channel, visit.by, visit.place),
                instant(visit.starts),
                [(notice.template, notice.state) for notice in visit.notices],
            )
            for word, visit in self.model.visits.items()
        }
        assert self._picture() == intended

    def teardown(self) -> None:
        apply_due(self.office.database, clock=self.office.clock)
        assert broken(self.office.database, now=self.office.now) == []

    def _word(self, which: int) -> str:
        return f"visit-{which % len(self.ids)}"

    def _book_once(self, word: str, request: BookingRequest, actor: Actor) -> tuple[int, dict[str, Any]]:
        with self.office.database.transaction() as session:

            def work() -> tuple[int, dict[str, Any]]:
                made = bookings.book(session, request, actor=actor, now=self.office.now)
                return 201, {"id": str(made.id)}

            return answered_once(session, actor=actor, key=word, request=str(request), work=work)

    def _change(self, change: Callable[..., Booking], word: str, **details: Any) -> str:
        return self._do(lambda: self.office.do(change, self.office.see(self.ids[word]), **details))

    def _do(self, change: Callable[[], object]) -> str:
        answer = self._answer(change)
        return answer if isinstance(answer, str) else "done"

    def _answer(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except DomainError as error:
            return error.code

    def _picture(self) -> dict[str, tuple[object, ...]]:
        with self.office.database.reading() as session:
            notices: dict[UUID | None, list[tuple[str, str]]] = {}
            for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id)):
                notices.setdefault(row.booking_id, []).append((row.template.value, row.state.value))
            return {
                str(visit.person.number): (
                    *(visit.status, visit.standing, visit.channel, visit.cancelled_by, visit.resource.key),
                    visit.starts_at,
                    notices[visit.id],
                )
                for visit in session.scalars(with_everything())
            }


def _local(minutes: int) -> str:
    return f"{instant(minutes).astimezone(whole_plan().zone):%Y-%m-%d %H:%M}"


@contextmanager
def machines(database: Database, folder: Path) -> Iterator[type[TheOffice]]:
    """Makes machines on one office, which each finds as it was in the beginning, and leaves it so."""
    office = opened(database, "2020-03-09 12:00", plan())
    snapshot, numbers = Snapshot(database, folder), count()

    def make() -> TheOffice:
        return TheOffice(office, snapshot, folder / f"mails-{next(numbers)}")

    yield cast(type[TheOffice], make)
    snapshot.restore()


def test_the_office_does_what_the_contract_says(database: Database, tmp_path: Path, scale: Scale) -> None:
    """The same examples in every run, others each time at full scale."""
    with machines(database, tmp_path) as make:
        run_state_machine_as_test(
            make,
            settings=settings(
                max_examples=scale(6, 40),
                stateful_step_count=scale(15, 30),
                deadline=None,
                derandomize=scale(1, 0) == 1,
                database=None,
            ),
        )


def test_a_place_that_stays_taken_is_found_out(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what is cancelled keeps its place."""
    monkeypatch.setattr(bookings, "release", lambda session, ids: None)
    with machines(database, tmp_path) as make, pytest.raises(AssertionError):
        run_state_machine_as_test(
            make,
            settings=settings(
                max_examples=50,
                stateful_step_count=20,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Stage.generate],
                report_multiple_bugs=False,
            ),
        )
