"""A visit that is moved is never gone and never there twice, whoever else moves at the same time (T20).

That a move whose process dies leaves the old visit whole is shown by `test_crashes.py`.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.database import Database
from scheduler.domain.bookings import MoveRequest, Party
from scheduler.usecases import bookings
from tests.cast import ADA, RECEPTION
from tests.factories import Office, at, opened, plan_with
from tests.faults.conftest import Scale
from tests.faults.scenes import Change, patiently

DAY = "2020-03-11"


@pytest.fixture
def office(database: Database) -> Office:
    return opened(database, "2020-03-09 09:00", plan_with("regular"))


def at_once(changes: Sequence[Change]) -> list[object]:
    barrier = Barrier(len(changes))

    def begin(change: Change) -> object:
        barrier.wait()
        return patiently(change)()

    with ThreadPoolExecutor(len(changes)) as threads:
        return list(threads.map(begin, changes))


def made(office: Office, word: str, starts: str, resource: str) -> UUID:
    customer = replace(ADA, number=word)
    return office.book("general", f"{DAY} {starts}", customer=customer, resource=resource).id


def move(office: Office, booking: UUID, starts: str, resource: str) -> Change:
    return lambda: office.move(office.see(booking), f"{DAY} {starts}", resource=resource)


def where(office: Office) -> dict[str, tuple[str, str]]:
    """Where each person's one live visit is; who has none, or two, is missed."""
    with office.database.reading() as session:
        ids = session.scalars(select(Booking.id)).all()
    live = [visit for visit in map(office.see, ids) if visit.status.occupies]
    counts = Counter(str(visit.person.number) for visit in live)
    zone = plan_with("regular").zone
    return {
        str(visit.person.number): (f"{visit.starts_at.astimezone(zone):%H:%M}", visit.resource.key)
        for visit in live
        if counts[str(visit.person.number)] == 1
    }


def test_two_who_want_each_others_place_keep_their_own(office: Office, scale: Scale) -> None:
    """One after the other would find the place taken, too."""
    one, other = made(office, "one", "09:00", "counter-1"), made(office, "other", "10:00", "counter-2")
    for _ in range(scale(3, 100)):
        swap = [move(office, one, "10:00", "counter-2"), move(office, other, "09:00", "counter-1")]
        assert at_once(swap) == ["slot_taken", "slot_taken"]
    assert where(office) == {"one": ("09:00", "counter-1"), "other": ("10:00", "counter-2")}


def test_who_follows_into_a_place_that_becomes_free_has_it_or_stays(office: Office, scale: Scale) -> None:
    one, other = made(office, "one", "09:00", "counter-1"), made(office, "other", "10:00", "counter-2")
    for _ in range(scale(3, 100)):
        follow = [move(office, one, "11:00", "counter-3"), move(office, other, "09:00", "counter-1")]
        went, followed = at_once(follow)
        assert (went, followed) in (("done", "done"), ("done", "slot_taken"))
        there = ("09:00", "counter-1") if followed == "done" else ("10:00", "counter-2")
        assert where(office) == {"one": ("11:00", "counter-3"), "other": there}
        back = [move(office, other, "10:00", "counter-2"), move(office, one, "09:00", "counter-1")]
        assert [patiently(change)() for change in back] == ["done", "done"]


def test_twenty_move_about_and_each_has_exactly_one_visit(office: Office, scale: Scale) -> None:
    slots = [
        (starts, place) for starts in ("09:00", "09:10", "09:20") for place in ("counter-1", "counter-2")
    ]
    visits = [
        made(office, f"{number}", starts, place)
        for number, (starts, place) in enumerate(
            [("09:00", "counter-1"), ("09:20", "counter-2"), ("11:00", "counter-1")]
        )
    ]
    for _ in range(scale(1, 20)):
        movers = [move(office, random.choice(visits), *random.choice(slots)) for _ in range(20)]
        assert set(at_once(movers)) <= {"done", "slot_taken"}
        assert where(office).keys() == {"0", "1", "2"}


def test_a_move_in_two_parts_loses_the_visit(office: Office) -> None:
    """The negative control: cancelled first and booked anew after, somebody ends without."""
    one = made(office, "one", "09:00", "counter-1")
    made(office, "other", "10:00", "counter-2")

    def move_in_two_parts() -> None:
        office.do(bookings.cancel, office.see(one), by=Party.CUSTOMER)
        made(office, "one", "10:00", "counter-2")

    assert patiently(move_in_two_parts)() == "slot_taken"
    assert where(office).keys() == {"other"}


def move_and_cancel(office: Office, visit: UUID, *, guarded: bool) -> list[Change]:
    """Two changes of a visit by people who have both looked at it before either changes anything."""
    seen, to = office.see(visit).version, MoveRequest(at(f"{DAY} 10:00"), "counter-2")

    def change(do: Callable[[Session], object]) -> Change:
        def once_seen() -> None:
            with office.database.transaction() as session:
                if guarded:
                    bookings.check_unchanged(session, visit, seen=seen)
                do(session)

        return once_seen

    by, now = RECEPTION, office.now
    return [
        change(lambda session: bookings.move(session, visit, to, actor=by, now=now)),
        change(lambda session: bookings.cancel(session, visit, by=Party.OFFICE, actor=by, now=now)),
    ]


def test_of_two_who_change_what_both_have_seen_one_is_told(office: Office, scale: Scale) -> None:
    for number in range(scale(3, 100)):
        visit = made(office, f"{number}", "09:00", "counter-1")
        said = at_once(move_and_cancel(office, visit, guarded=True))
        assert sorted(map(str, said)) == ["changed_meanwhile", "done"]
        if office.see(visit).status.occupies:
            office.do(bookings.cancel, office.see(visit), by=Party.CUSTOMER)


def test_who_does_not_say_what_they_saw_overwrites_the_other(office: Office) -> None:
    """The negative control: the visit that one has just moved the other cancels, and nobody is told."""
    visit = made(office, "one", "09:00", "counter-1")
    assert [patiently(change)() for change in move_and_cancel(office, visit, guarded=False)] == [
        "done",
        "done",
    ]
    assert where(office) == {}
