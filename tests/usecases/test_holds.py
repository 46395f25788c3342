"""Holds: who has the form open has the place, for a while; on both engines."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from jobs.office import open_office
from jobs.tidy import tidy
from models.bookings import Claim
from models.database import Database
from scheduler.domain.bookings import Change, Party
from scheduler.domain.errors import SlotTaken
from scheduler.domain.holds import HoldRequest
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Actor, Role
from scheduler.queries.days import Answer, day
from scheduler.usecases import bookings, corrections, holds
from tests.applications import config_for
from tests.cast import MANAGER, RECEPTION
from tests.factories import Office, StandingClock, at, whole_plan
from tests.invariants import broken

STARTS, PLACE = "2020-03-11 09:00", "counter-1"
MINUTES = timedelta(minutes=10)
GONE = Actor("staff:gone", Role.RECEPTION)


def hold(
    office: Office,
    actor: Actor = RECEPTION,
    starts: str = STARTS,
    *,
    form: str = "form",
    place: str = PLACE,
    service: str | None = None,
) -> bool:
    request = HoldRequest(form, at(starts), place, Role.RECEPTION, service)
    with office.database.transaction() as session:
        return holds.hold(session, request, length=MINUTES, actor=actor, now=office.now)


def held(office: Office) -> list[tuple[str, str]]:
    with office.database.reading() as session:
        found = session.scalars(select(Claim).where(Claim.hold.is_not(None)).order_by(Claim.id))
        zone = whole_plan().zone
        return [(str(one.held_by), f"{one.starts_at.astimezone(zone):%H:%M}") for one in found]


def expire(office: Office, actor: Actor = GONE) -> None:
    with office.database.transaction() as session:
        session.execute(
            update(Claim).where(Claim.held_by == actor.name).values(held_until=at("2020-01-01 00:00"))
        )


def book(office: Office, actor: Actor, starts: str = STARTS) -> None:
    office.book(starts=starts, resource=PLACE, actor=actor)


def test_what_one_holds_nobody_else_is_given_and_oneself_is(office: Office) -> None:
    assert hold(office)
    assert not hold(office, MANAGER, form="theirs")
    with pytest.raises(SlotTaken):
        book(office, MANAGER)
    with office.database.reading() as session:
        seen = day(session, whole_plan(), at(STARTS).date(), booked_by=Role.RECEPTION, now=office.now)
    assert seen.holders(PLACE, at(STARTS), 1) == [RECEPTION.name]
    assert seen.holders(PLACE, at("2020-03-11 11:00"), 1) == []
    book(office, RECEPTION)
    assert held(office) == []
    assert not hold(office, MANAGER)


def test_a_form_holds_one_place_and_nobody_more_than_three(office: Office) -> None:
    assert hold(office)
    assert hold(office, starts="2020-03-11 10:00")
    assert held(office) == [(RECEPTION.name, "10:00")]
    for hour in (11, 8, 9):
        assert hold(office, starts=f"2020-03-11 {hour:02}:30", form=f"form {hour}")
    assert held(office) == [(RECEPTION.name, f"{hour:02}:30") for hour in (11, 8, 9)]
    with office.database.transaction() as session:
        holds.let_go(session, "form 8", actor=MANAGER)  # another's
        holds.let_go(session, "form 9", actor=RECEPTION)
    assert held(office) == [(RECEPTION.name, "11:30"), (RECEPTION.name, "08:30")]
    # Where nothing can be booked, nothing is held, nor what the form held before.
    assert not hold(office, starts="2020-03-11 03:00", form="form 11")
    assert held(office) == [(RECEPTION.name, "08:30")]


def test_an_expired_one_refuses_nobody_whatever_they_do(office: Office) -> None:
    """Held by another and tidied by nobody: booked, held anew, moved to, taken back."""
    elsewhere = office.book(starts="2020-03-12 09:00", resource=PLACE)
    cancelled = office.book(starts="2020-03-11 10:00", resource=PLACE)
    office.do(bookings.cancel, cancelled, by=Party.CUSTOMER)

    def restore() -> None:
        office.do(corrections.take_back, cancelled, mistake=Change.CANCEL)

    relocated = office.book(starts="2020-03-11 11:30", resource="counter-2")

    deeds: list[tuple[str, Callable[[], object]]] = [
        ("2020-03-11 10:00", restore),
        ("2020-03-11 11:00", lambda: book(office, MANAGER, "2020-03-11 11:00")),
        ("2020-03-11 08:30", lambda: hold(office, MANAGER, "2020-03-11 08:30", form="theirs")),
        ("2020-03-11 11:30", lambda: office.do(bookings.relocate, relocated, resource=PLACE)),
        (STARTS, lambda: office.move(elsewhere, STARTS, resource=PLACE)),
    ]
    for starts, deed in deeds:
        assert hold(office, GONE, starts)
        expire(office)
        assert broken(office.database) == []
        assert deed() is not False
        assert (GONE.name, starts[-5:]) not in held(office)


def test_the_tidying_leaves_what_has_not_expired(office: Office, tmp_path: Path) -> None:
    hold(office, GONE)
    hold(office, MANAGER, "2020-03-11 11:00")
    expire(office, GONE)
    jobs = open_office(config_for(office.database, tmp_path))
    tidy(jobs)
    jobs.database.dispose()
    assert held(office) == [(MANAGER.name, "11:00")]


UNGUARD = {
    True: ["DROP TRIGGER claims_do_not_overlap_insert", "DROP TRIGGER claims_do_not_overlap_update"],
    False: ["ALTER TABLE claims DROP CONSTRAINT claims_do_not_overlap"],
}


def race(office: Office, *deeds: Callable[[], object]) -> int:
    """How many were given the place, of those who ask at one moment."""
    barrier = Barrier(len(deeds))

    def ask(deed: Callable[[], object]) -> bool:
        barrier.wait()
        with suppress(SlotTaken):
            return deed() is not False
        return False

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sum(pool.map(ask, deeds))


@pytest.mark.parametrize("is_expired", [False, True])
def test_of_those_who_hold_or_book_at_once_one_has_the_place(office: Office, is_expired: bool) -> None:
    if is_expired:  # in everybody's way, and nobody is refused by it
        hold(office, GONE)
        expire(office)
    deeds = (
        lambda: hold(office),
        lambda: hold(office, MANAGER),
        lambda: book(office, Actor("staff:third", Role.RECEPTION)),
    )
    assert race(office, *deeds) == 1


@pytest.mark.breaks("I1")
def test_the_constraint_alone_lets_one_hold_and_without_it_all_do(
    opened_in_march: None, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: nobody looks at what others have."""
    office = Office(database, StandingClock(at("2020-03-09 09:00")))
    monkeypatch.setattr(holds, "answers", _blindly)

    def holding() -> int:
        return race(
            office, *(partial(hold, office, actor, form=actor.name) for actor in (RECEPTION, MANAGER))
        )

    assert holding() == 1
    (first,) = held(office)
    with database.transaction() as session:
        for statement in UNGUARD[database.is_sqlite]:
            session.execute(text(statement))
    assert holding() == 2
    assert len(held(office)) == 2
    assert first in held(office)


def _blindly(session: Session, plan: Plan, *_: object, **__: object) -> list[Answer]:
    return [Answer(plan.service("general"), None, None)]
