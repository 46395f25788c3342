"""Changes taken back, and notices held back: who has heard of what, and what their calendars show."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from models.bookings import Booking
from scheduler.adapters.mail import mailbox_from_url
from scheduler.domain.bookings import Change, MoveRequest, Party, Status
from scheduler.domain.errors import Closed, RouteFull, SlotTaken, WrongState
from scheduler.domain.interruptions import InterruptionKind, InterruptionRequest
from scheduler.domain.notices import NoticeKind, NoticeState, Notifying, Template
from scheduler.domain.people import Needs
from scheduler.domain.roles import Role
from scheduler.queries.bookings import booking as look_up
from scheduler.queries.notices import to_be_told
from scheduler.queries.plans import current_plan
from scheduler.usecases import bookings, corrections, outbox
from scheduler.usecases.interruptions import interrupt
from scheduler.usecases.notices import tell
from scheduler.usecases.outbox import deliver_due
from tests.cast import ADA, BRUNO, CASEWORKER, CHEN, CUSTOMER, EMRE, MANAGER, RECEPTION
from tests.factories import Office, at

INVITATION, UPDATE, CANCELLATION = Template.INVITATION, Template.UPDATE, Template.CANCELLATION
SENT, WAITING, WITHDRAWN = NoticeState.SENT, NoticeState.WAITING, NoticeState.WITHDRAWN
HELD, UNWANTED = NoticeState.HELD, NoticeState.UNWANTED


def send(office: Office, folder: Path) -> None:
    deliver_due(office.database, mailbox_from_url(f"maildir:{folder / 'mails'}"), clock=office.clock)


def told(office: Office, visit: Booking) -> list[tuple[Template, NoticeState, int]]:
    return [(row.template, row.state, row.values["sequence"]) for row in office.notices(visit)]


def move(office: Office, visit: Booking, notifying: Notifying = Notifying.NOW) -> None:
    to = MoveRequest(at("2020-03-11 10:00"), "counter-2")
    office.do(bookings.move, visit, request=to, notifying=notifying)


def take_back(office: Office, visit: Booking, mistake: Change) -> Booking:
    return office.do(corrections.take_back, visit, mistake=mistake)


def held(office: Office, visit: Booking) -> int:
    """The one notice that is held back."""
    (row,) = [row for row in office.notices(visit) if row.state is HELD]
    return row.id


def test_a_move_is_taken_back_and_nobody_hears_of_what_nobody_had_heard_of(
    office: Office, tmp_path: Path
) -> None:
    visit = office.book(resource="counter-1")
    send(office, tmp_path)
    move(office, visit)
    back = take_back(office, visit, Change.MOVE)

    assert (back.starts_at, back.resource.key, back.moved_by) == (at("2020-03-11 09:00"), "counter-1", None)
    send(office, tmp_path)
    assert told(office, visit) == [(INVITATION, SENT, 0), (UPDATE, WITHDRAWN, 1), (UPDATE, WITHDRAWN, 2)]
    with pytest.raises(WrongState):
        take_back(office, visit, Change.MOVE)


def to_tell(office: Office) -> list[int]:
    with office.database.reading() as session:
        return [telling.row.id for telling in to_be_told(session, now=office.now).tellings]


@pytest.mark.parametrize("notifying", Notifying)
def test_who_was_to_be_called_before_a_mistake_still_is(office: Office, notifying: Notifying) -> None:
    moved = office.book(resource="counter-1", customer=CHEN)
    cancelled = office.book(resource="counter-3", customer=CHEN)
    calls = to_tell(office)
    move(office, moved, notifying)
    office.do(bookings.cancel, cancelled, by=Party.CUSTOMER, notifying=notifying)
    take_back(office, moved, Change.MOVE)
    take_back(office, cancelled, Change.CANCEL)
    assert to_tell(office) == calls == [office.notices(one)[0].id for one in (moved, cancelled)]


def test_what_was_held_back_before_a_mistake_can_still_be_let_go(office: Office, tmp_path: Path) -> None:
    visit = office.book(resource="counter-1")
    send(office, tmp_path)
    move(office, visit, Notifying.LATER)
    office.do(bookings.move, visit, request=MoveRequest(at("2020-03-11 11:00"), "counter-1"))
    back = take_back(office, visit, Change.MOVE)
    assert back.starts_at == at("2020-03-11 10:00")
    assert to_tell(office) == [held(office, visit)]

    with office.database.transaction() as session:
        outbox.release(session, held(office, visit), actor=RECEPTION, now=office.now)
    send(office, tmp_path)
    withdrawn = [(UPDATE, WITHDRAWN, 2), (UPDATE, WITHDRAWN, 3)]
    assert told(office, visit) == [(INVITATION, SENT, 0), (UPDATE, SENT, 1), *withdrawn]


def test_who_has_heard_of_the_move_hears_of_its_end(office: Office, tmp_path: Path) -> None:
    visit = office.book(resource="counter-1")
    move(office, visit)
    send(office, tmp_path)
    take_back(office, visit, Change.MOVE)
    assert told(office, visit) == [(INVITATION, SENT, 0), (UPDATE, SENT, 1), (UPDATE, WAITING, 2)]


def test_a_move_whose_old_place_is_gone_stays(office: Office) -> None:
    visit = office.book(resource="counter-1")
    move(office, visit)
    office.book(resource="counter-1", customer=BRUNO)
    with pytest.raises(SlotTaken):
        take_back(office, visit, Change.MOVE)
    assert office.see(visit).resource.key == "counter-2"
    assert told(office, visit)[-1] == (UPDATE, WAITING, 1)


def test_a_cancellation_is_taken_back_under_its_old_entry_or_a_new_one(
    office: Office, tmp_path: Path
) -> None:
    """Nothing is sent for a calendar entry after its cancellation (RFC 5546)."""
    quick, late = office.book(resource="counter-1"), office.book(resource="counter-2", customer=BRUNO)
    other = office.book(resource="counter-3", customer=ADA)
    send(office, tmp_path)
    office.do(bookings.cancel, other, by=Party.OFFICE, reason="a mistake")
    send(office, tmp_path)
    for visit in (quick, late):
        office.do(bookings.cancel, visit, by=Party.CUSTOMER)
    back = [take_back(office, visit, Change.CANCEL) for visit in (quick, late, other)]

    assert [(one.status, one.cancelled_by, one.reason) for one in back] == [(Status.BOOKED, None, None)] * 3
    assert [one.ical_uid for one in back[:2]] == [quick.ical_uid, late.ical_uid]
    assert back[2].ical_uid != other.ical_uid
    assert told(office, quick) == [(INVITATION, SENT, 0), (CANCELLATION, WITHDRAWN, 1)]
    assert told(office, other) == [(INVITATION, SENT, 0), (CANCELLATION, SENT, 1), (INVITATION, WAITING, 0)]


def test_a_cancellation_is_not_taken_back_by_others_too_late_or_over_somebodys_head(office: Office) -> None:
    visit = office.book(resource="counter-1")
    office.do(bookings.cancel, visit, by=Party.CUSTOMER)
    with pytest.raises(WrongState) as others:
        office.do(corrections.take_back, visit, mistake=Change.CANCEL, actor=MANAGER)
    office.book(resource="counter-1", customer=BRUNO)
    with pytest.raises(SlotTaken):
        take_back(office, visit, Change.CANCEL)
    office.wait_until("2020-03-09 09:11")
    with pytest.raises(WrongState) as late:
        take_back(office, visit, Change.CANCEL)
    assert others.value.details["why"] == "not_yours_to_take_back"
    assert late.value.details["why"] == "too_late_to_take_back"


def test_a_cancellation_taken_back_crowds_no_route(july: Office) -> None:
    """Four set out within ten minutes; a place that is free is not enough."""
    visit = july.book("benefit_emergency", "2020-07-21 09:00", resource="counter-1")
    for place in ("counter-2", "counter-3", "entrance-room-1"):
        july.book("benefit_emergency", "2020-07-21 09:00", resource=place)
    july.do(bookings.cancel, visit, by=Party.CUSTOMER)
    instead = july.book("benefit_emergency", "2020-07-21 09:05", resource="entrance-room-2")
    with pytest.raises(RouteFull) as full:
        take_back(july, visit, Change.CANCEL)
    assert full.value.details["alternatives"]
    july.do(bookings.cancel, instead, by=Party.CUSTOMER)
    assert take_back(july, visit, Change.CANCEL).status is Status.BOOKED


def test_a_cancellation_is_not_taken_back_over_a_pause_in_the_interpreters_time(office: Office) -> None:
    visit = office.book(resource="counter-1", customer=replace(ADA, needs=Needs(interpreter=True)))
    office.do(bookings.cancel, visit, by=Party.CUSTOMER)
    pause = InterruptionRequest(
        "counter-1", InterruptionKind.CLOSED, visit.ends_at - timedelta(minutes=5), visit.ends_at
    )
    with office.database.transaction() as session:
        interrupt(session, pause, actor=RECEPTION, now=office.now)
    with pytest.raises(Closed):
        take_back(office, visit, Change.CANCEL)


def test_a_notice_held_back_waits_on_the_list_until_it_is_let_go(office: Office, tmp_path: Path) -> None:
    visit = office.book()
    send(office, tmp_path)
    move(office, visit, Notifying.LATER)
    send(office, tmp_path)
    assert told(office, visit)[-1] == (UPDATE, HELD, 1)
    with office.database.reading() as session:
        (listed,) = to_be_told(session, now=office.now).tellings
    assert listed.row.state is HELD

    with office.database.transaction() as session:
        outbox.release(session, held(office, visit), actor=RECEPTION, now=office.now)
    send(office, tmp_path)
    assert told(office, visit)[-1] == (UPDATE, SENT, 1)
    with office.database.transaction() as session, pytest.raises(WrongState):
        outbox.release(session, office.notices(visit)[-1].id, actor=RECEPTION, now=office.now)


def test_what_is_let_go_late_goes_by_the_way_that_is_left(office: Office) -> None:
    visit = office.book(starts="2020-03-20 09:00", customer=BRUNO)
    office.do(
        bookings.move,
        visit,
        request=MoveRequest(at("2020-03-20 10:00"), "counter-2"),
        notifying=Notifying.LATER,
    )
    assert office.notices(visit)[-1].kind is NoticeKind.LETTER
    office.wait_until("2020-03-19 09:00")
    with office.database.transaction() as session:
        outbox.release(session, held(office, visit), actor=RECEPTION, now=office.now)
    assert office.notices(visit)[-1].kind is NoticeKind.DOOR


def test_what_a_later_notice_has_overtaken_is_not_let_go(office: Office) -> None:
    visit = office.book()
    move(office, visit, Notifying.LATER)
    office.do(bookings.cancel, visit, by=Party.OFFICE)
    with office.database.transaction() as session, pytest.raises(WrongState):
        outbox.release(session, held(office, visit), actor=RECEPTION, now=office.now)
    assert told(office, visit)[-1] == (CANCELLATION, WAITING, 2)


def test_a_notice_that_is_not_wanted_never_goes_and_says_on_whose_word(
    office: Office, tmp_path: Path
) -> None:
    visit = office.book()
    office.do(bookings.cancel, visit, by=Party.CUSTOMER, notifying=Notifying.NOT)
    send(office, tmp_path)
    (_invitation, cancellation) = office.notices(visit)
    assert (cancellation.state, cancellation.settled_by) == (UNWANTED, RECEPTION.name)
    with office.database.reading() as session:
        assert to_be_told(session, now=office.now).tellings == []


def test_no_notice_is_kept_from_anybody_on_nobodys_word(office: Office) -> None:
    visit = office.book()
    with office.database.transaction() as session:
        plan = current_plan(session)
        with pytest.raises(ValueError, match="nobody decided"):
            tell(session, plan, look_up(session, visit.id), UPDATE, now=office.now, notifying=Notifying.NOT)
    assert told(office, visit) == [(INVITATION, WAITING, 0)]


def ask_for_a_visit(july: Office) -> Booking:
    return july.book("integration", "2020-07-22 09:00", by=Role.CUSTOMER, actor=CUSTOMER)


def test_an_answer_is_taken_back_while_the_person_has_not_heard_it(july: Office, tmp_path: Path) -> None:
    approved, declined = ask_for_a_visit(july), ask_for_a_visit(july)
    send(july, tmp_path)
    july.do(bookings.approve, approved, actor=CASEWORKER)
    july.do(bookings.decline, declined, actor=CASEWORKER, reason="a mistake")

    for visit, mistake in ((approved, Change.APPROVE), (declined, Change.DECLINE)):
        back = july.do(corrections.take_back, visit, mistake=mistake, actor=CASEWORKER)
        assert (back.status, back.invited, back.cancelled_by, back.reason) == (
            Status.REQUESTED,
            False,
            None,
            None,
        )
        assert [state for _, state, _ in told(july, visit)] == [SENT, WITHDRAWN]
    july.do(bookings.approve, approved, actor=CASEWORKER)
    send(july, tmp_path)
    with pytest.raises(WrongState) as caught:
        july.do(corrections.take_back, approved, mistake=Change.APPROVE, actor=CASEWORKER)
    assert caught.value.details["why"] == "already_told"
    assert july.see(approved).status is Status.BOOKED


def test_whoever_has_heard_of_a_refusal_has_a_receipt_again(july: Office, tmp_path: Path) -> None:
    visit = ask_for_a_visit(july)
    july.do(bookings.decline, visit, actor=CASEWORKER, reason="a mistake")
    send(july, tmp_path)
    july.do(corrections.take_back, visit, mistake=Change.DECLINE, actor=CASEWORKER)

    assert july.see(visit).status is Status.REQUESTED
    assert told(july, visit)[-1] == (Template.RECEIPT, WAITING, 0)


def test_another_place_at_the_same_time_is_taken_back_like_a_move(office: Office, tmp_path: Path) -> None:
    quiet, heard = office.book(resource="counter-1"), office.book(resource="counter-2", customer=EMRE)
    send(office, tmp_path)
    office.do(bookings.relocate, quiet, resource="counter-3")
    assert take_back(office, quiet, Change.MOVE).resource.key == "counter-1"
    office.do(bookings.relocate, heard, resource="counter-3")
    send(office, tmp_path)
    take_back(office, heard, Change.MOVE)

    assert told(office, quiet) == [(INVITATION, SENT, 0), (UPDATE, WITHDRAWN, 1), (UPDATE, WITHDRAWN, 2)]
    assert told(office, heard) == [(INVITATION, SENT, 0), (UPDATE, SENT, 1), (UPDATE, WAITING, 2)]
    office.do(bookings.relocate, heard, resource="counter-3")
    office.book(resource="counter-2", customer=BRUNO)
    with pytest.raises(SlotTaken):
        take_back(office, heard, Change.MOVE)


def test_who_was_sent_on_in_the_house_comes_back_without_a_notice(office: Office) -> None:
    visit = office.book(resource="counter-1")
    office.wait_until("2020-03-11 08:55")
    office.do(bookings.check_in, visit)
    office.do(bookings.relocate, visit, resource="counter-2")
    assert take_back(office, visit, Change.MOVE).resource.key == "counter-1"
    assert told(office, visit) == [(INVITATION, WAITING, 0)]
