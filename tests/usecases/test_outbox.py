"""The outbox: what leaves, when, how often, and what is set aside; through real mail servers and folders."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import select, update

from models.bookings import Booking
from models.outbox import OutboxRow
from models.tallies import Tally
from scheduler.adapters.letters import edition
from scheduler.adapters.mail import Mailer, MailRefused, Trouble, mailbox_from_url
from scheduler.domain.bookings import Party
from scheduler.domain.errors import NotFound, WrongState
from scheduler.domain.notices import NoticeState
from scheduler.queries.audit import records_of
from scheduler.queries.health import mails_tallied
from scheduler.queries.notices import to_be_told
from scheduler.usecases import bookings
from scheduler.usecases.deliveries import WAITS
from scheduler.usecases.outbox import Delivered, deliver_due, retry, tick_off, untick
from tests.cast import ADA, CHEN, DORIT, EMRE, RECEPTION
from tests.factories import Office
from tests.mailservers import Postmaster, mail_server, silent_server

MINUTE = timedelta(minutes=1)


def mailer_of(port: int, *, timeout: float = 10) -> Mailer:
    return mailbox_from_url(f"smtp://127.0.0.1:{port}?tls=none", timeout=timeout)


def deliver(office: Office, mailer: Mailer) -> Delivered:
    return deliver_due(office.database, mailer, clock=office.clock)


def deliver_to(office: Office, postmaster: Postmaster) -> Delivered:
    with mail_server(postmaster) as port:
        return deliver(office, mailer_of(port))


def wait(office: Office, pause: timedelta) -> None:
    office.clock.real_now += pause


def states(office: Office, booking: Booking) -> list[NoticeState]:
    return [row.state for row in office.notices(booking)]


def cancel(office: Office, booking: Booking) -> None:
    office.do(bookings.cancel, booking, by=Party.OFFICE)


def subjects(messages: list[bytes]) -> list[str]:
    """Who each mail is for, and its identity."""
    return [str(message_from_bytes(message)["Message-ID"]) for message in messages]


# -------------------------------------------------------------------------------------------- sending


def test_a_mail_is_sent_once(office: Office) -> None:
    booked = office.book()
    postmaster = Postmaster()
    assert deliver_to(office, postmaster) == Delivered(sent=1)
    assert deliver_to(office, postmaster) == Delivered()
    (row,) = office.notices(booked)
    assert (row.state, row.settled_at, row.leased_until) == (NoticeState.SENT, office.now, None)
    (envelope,) = postmaster.received
    assert (envelope.mail_from, envelope.rcpt_tos) == ("termine@example.org", ["ada@example.org"])
    assert postmaster.messages == [row.rendered]
    assert subjects(postmaster.messages) == [row.message_id]


def test_a_folder_takes_mails_as_well(office: Office, tmp_path: Path) -> None:
    office.book()
    office.book(customer=EMRE)
    assert deliver(office, mailbox_from_url(f"maildir:{tmp_path / 'mails'}")) == Delivered(sent=2)
    assert len(list((tmp_path / "mails").glob("*.eml"))) == 2


def test_what_is_told_by_hand_is_never_mailed(office: Office) -> None:
    called, met = office.book(customer=CHEN), office.book(customer=DORIT)
    assert deliver_to(office, Postmaster()) == Delivered()
    assert states(office, called) == states(office, met) == [NoticeState.WAITING]


def test_after_a_refusal_for_now_the_same_bytes_go_out_later(office: Office) -> None:
    booked = office.book()
    postmaster = Postmaster(answers={"message": ["451 later", "451 later"]})
    assert deliver_to(office, postmaster) == Delivered(failed=1)
    (row,) = office.notices(booked)
    first = row.rendered
    assert (row.state, row.attempts, row.problem) == (NoticeState.WAITING, 1, "451 later")
    assert row.retry_at == office.clock.real_now + MINUTE
    office.clock.office_now += timedelta(hours=3)  # its date and stamp stay those of the first attempt
    wait(office, 59 * timedelta(seconds=1))
    assert deliver_to(office, postmaster) == Delivered()
    wait(office, timedelta(seconds=1))
    assert deliver_to(office, postmaster) == Delivered(failed=1)
    wait(office, 2 * MINUTE)
    assert deliver_to(office, postmaster) == Delivered(sent=1)
    assert postmaster.messages == [first]


def test_a_mail_whose_answer_was_lost_goes_out_again_as_the_same(office: Office) -> None:
    booked = office.book()
    lost = Postmaster(hangs_up_after_data=True)
    assert deliver_to(office, lost) == Delivered(failed=1)
    (row,) = office.notices(booked)
    assert (row.unanswered, row.problem) == (1, "Connection unexpectedly closed")
    first = row.rendered
    wait(office, 14 * MINUTE)  # the server has it or has not; it gets time to recover
    assert deliver_to(office, Postmaster()) == Delivered()
    wait(office, MINUTE)
    kept = Postmaster()
    assert deliver_to(office, kept) == Delivered(sent=1)
    assert kept.messages == [first]


def test_a_mail_that_nobody_can_take_is_set_aside_and_the_others_go_on(office: Office) -> None:
    bad, good = office.book(), office.book(customer=EMRE)
    postmaster = Postmaster(answers={"recipient": ["550 no such ada@example.org here"]})
    assert deliver_to(office, postmaster) == Delivered(sent=1, quarantined=1)
    (row,) = office.notices(bad)
    assert (row.state, row.problem) == (NoticeState.QUARANTINED, "550 no such <recipient> here")
    assert states(office, good) == [NoticeState.SENT]
    wait(office, timedelta(days=9))
    assert deliver_to(office, postmaster) == Delivered()


def test_a_server_that_puts_off_one_recipient_takes_the_others(office: Office) -> None:
    """Greylisting: every stranger is sent away for some minutes; that must not hold up the rest."""
    put_off = [office.book(), office.book()]
    taken = [office.book(customer=EMRE), office.book(customer=EMRE)]
    postmaster = Postmaster(answers={"recipient": ["450 later", "450 later"]})
    assert deliver_to(office, postmaster) == Delivered(sent=2, failed=2)
    assert [states(office, one) for one in put_off] == [[NoticeState.WAITING]] * 2
    assert [states(office, one) for one in taken] == [[NoticeState.SENT]] * 2


@pytest.mark.parametrize("what", ["silent", "absent", "sender"])
def test_where_the_server_itself_gives_trouble_all_wait(office: Office, what: str) -> None:
    booked = [office.book(), office.book(), office.book(customer=EMRE)]
    if what == "silent":
        with silent_server() as port:
            delivered = deliver(office, mailer_of(port, timeout=0.2))
    elif what == "absent":
        with mail_server(Postmaster()) as port:
            pass
        delivered = deliver(office, mailer_of(port))
    else:
        delivered = deliver_to(office, Postmaster(answers={"sender": ["451 not now"] * 9}))
    assert delivered == Delivered(failed=1)
    rows = [office.notices(one)[0] for one in booked]
    assert [row.attempts for row in rows] == [1, 0, 0]
    assert {row.leased_until for row in rows} == {None}
    wait(office, MINUTE)
    assert deliver_to(office, Postmaster()) == Delivered(sent=3)


def test_a_mail_whose_answer_was_lost_twice_is_set_aside_until_somebody_asks_for_more(office: Office) -> None:
    booked = office.book()
    for _ in range(2):
        assert deliver_to(office, Postmaster(hangs_up_after_data=True)) == Delivered(failed=1)
        wait(office, 15 * MINUTE)
    assert deliver_to(office, Postmaster()) == Delivered(quarantined=1)
    (row,) = office.notices(booked)
    assert "it may have arrived" in str(row.problem)
    with office.database.transaction() as session:
        assert retry(session, row.id, actor=RECEPTION, now=office.now) == 1
    assert deliver_to(office, Postmaster()) == Delivered(sent=1)


def test_a_mail_over_which_conversations_break_off_holds_up_no_other(office: Office) -> None:
    """The server says nothing against it; that the next one goes through shows whose fault it is."""
    bad, good = office.book(), [office.book(customer=EMRE), office.book(customer=EMRE)]
    row = office.notices(bad)[0]
    mailer = Picky(row.message_id)
    assert deliver(office, mailer) == Delivered(sent=2, failed=1)
    assert [states(office, one) for one in good] == [[NoticeState.SENT]] * 2
    assert (office.notices(bad)[0].attempts, office.notices(bad)[0].unanswered) == (1, 0)


def test_trouble_of_the_server_counts_for_no_mail_and_ends_with_it(office: Office) -> None:
    """Half a day of it: nothing is set aside, and nothing waits longer than a minute when it is over."""
    booked = [office.book(), office.book(customer=EMRE)]
    with mail_server(Postmaster()) as port:
        pass
    for _ in range(12 * 60 // 10):
        assert deliver(office, mailer_of(port)) == Delivered(failed=1)
        wait(office, 10 * MINUTE)
    assert {office.notices(one)[0].attempts for one in booked} <= {0, 1}
    deliver(office, mailer_of(port))
    wait(office, MINUTE)
    assert deliver_to(office, Postmaster()) == Delivered(sent=2)


def test_a_clock_put_back_keeps_no_mail_waiting(office: Office) -> None:
    office.book()
    office.clock.real_now += timedelta(days=3)
    with pytest.raises(KeyboardInterrupt):
        deliver(office, Dying(1))
    office.book(customer=EMRE)
    deliver_to(office, Postmaster(answers={"recipient": ["450 later"]}))
    office.clock.real_now -= timedelta(days=3)
    assert deliver_to(office, Postmaster()) == Delivered(sent=2)


def test_a_mail_that_fails_for_days_is_set_aside(office: Office) -> None:
    booked = office.book()
    assert timedelta(days=2) < sum(WAITS, timedelta()) < timedelta(days=4)
    assert deliver_to(office, Postmaster(answers={"recipient": ["450 later"]})) == Delivered(failed=1)
    with office.database.transaction() as session:
        session.execute(update(OutboxRow).values(attempts=len(WAITS), retry_at=None))
    postmaster = Postmaster(answers={"recipient": ["450 later"]})
    assert deliver_to(office, postmaster) == Delivered(quarantined=1)
    assert states(office, booked) == [NoticeState.QUARANTINED]


POISONS: list[object] = [
    {},
    [],
    {"template": "nonsense"},
    {"starts_at": None},
    {"starts_at": 7},
    {"timezone": "Europe/Atlantis"},
    {"recipient": "not an address"},
    {"recipient": "termine@example.org"},  # the office would write to itself
    {"route": 7},
]


@pytest.mark.parametrize("poison", POISONS, ids=str)
def test_a_poisoned_row_is_set_aside_with_its_reason(office: Office, poison: object) -> None:
    bad, good = office.book(), office.book(customer=EMRE)
    (row,) = office.notices(bad)
    values = {**row.values, **poison} if isinstance(poison, dict) and poison else poison
    with office.database.transaction() as session:
        session.execute(update(OutboxRow).where(OutboxRow.id == row.id).values(values=values))
    assert deliver_to(office, Postmaster()) == Delivered(sent=1, quarantined=1)
    (row,) = office.notices(bad)
    assert row.state is NoticeState.QUARANTINED
    assert row.problem
    assert states(office, good) == [NoticeState.SENT]


def test_a_notice_says_what_was_true_when_it_was_written(office: Office) -> None:
    booked = office.book(starts="2020-03-11 09:00")
    office.move(booked, "2020-03-12 10:00")
    postmaster = Postmaster()
    assert deliver_to(office, postmaster) == Delivered(sent=2)
    first, second = (json.dumps(row.values) for row in office.notices(booked))
    assert "2020-03-11T08:00" in first
    assert "2020-03-12T09:00" in second


def test_more_than_a_batch_leaves_in_the_order_in_which_it_was_written(office: Office) -> None:
    booked = [office.book("documents", f"2020-03-11 08:{5 * n:02}") for n in range(12) for _ in range(4)]
    for one in booked[:8]:
        cancel(office, one)
    postmaster = Postmaster()
    assert deliver_to(office, postmaster) == Delivered(sent=56)
    with office.database.reading() as session:
        expected = session.scalars(select(OutboxRow.message_id).order_by(OutboxRow.id)).all()
    sent = subjects(postmaster.messages)
    assert sorted(sent) == sorted(expected)
    assert sent[:48] == expected[:48]


# --------------------------------------------------------------------------------- one calendar entry


def test_a_cancellation_never_overtakes_its_invitation(office: Office) -> None:
    booked = office.book()
    cancel(office, booked)
    postmaster = Postmaster(answers={"message": ["451 later"]})
    assert deliver_to(office, postmaster) == Delivered(failed=1)
    wait(office, 30 * timedelta(seconds=1))
    assert deliver_to(office, postmaster) == Delivered()
    wait(office, MINUTE)
    assert deliver_to(office, postmaster) == Delivered(sent=2)
    invitation, cancellation = office.notices(booked)
    assert subjects(postmaster.messages) == [invitation.message_id, cancellation.message_id]


def test_an_invitation_set_aside_holds_up_nothing_and_is_overtaken(office: Office) -> None:
    booked, other = office.book(), office.book(customer=EMRE)
    deliver_to(office, Postmaster(answers={"recipient": ["550 unknown"]}))
    cancel(office, booked)
    cancel(office, other)
    postmaster = Postmaster()
    assert deliver_to(office, postmaster) == Delivered(sent=2)
    assert states(office, booked) == [NoticeState.QUARANTINED, NoticeState.SENT]
    overtaken = office.notices(booked)[0].id
    with pytest.raises(WrongState, match="wrong_state"), office.database.transaction() as session:
        retry(session, overtaken, actor=RECEPTION, now=office.now)
    with office.database.transaction() as session:
        assert retry(session, None, actor=RECEPTION, now=office.now) == 0


def test_a_mail_that_did_not_arrive_is_told_by_hand(office: Office) -> None:
    booked = office.book()
    deliver_to(office, Postmaster(answers={"recipient": ["550 unknown"]}))
    with office.database.reading() as session:
        (telling,) = to_be_told(session).tellings
        assert telling.booking.id == booked.id
    with office.database.transaction() as session:
        tick_off(session, telling.row.id, actor=RECEPTION, now=office.now)
    with office.database.reading() as session:
        assert to_be_told(session).tellings == []
    with office.database.transaction() as session:
        untick(session, telling.row.id, actor=RECEPTION, now=office.now)
    assert states(office, booked) == [NoticeState.QUARANTINED]


def test_a_mail_that_is_late_is_told_by_hand_and_does_not_leave_after_that(office: Office) -> None:
    soon, later = office.book(starts="2020-03-09 10:00"), office.book(starts="2020-03-12 09:00")
    last = office.book(starts="2020-03-13 09:00")

    def listed() -> list[Booking]:
        with office.database.reading() as session:
            return [telling.booking for telling in to_be_told(session, now=office.now).tellings]

    assert listed() == []
    deliver_to(office, Postmaster(answers={"recipient": ["450 later", "450 later"]}))
    assert [booking.id for booking in listed()] == [soon.id]
    office.clock.office_now += timedelta(minutes=59)
    assert [booking.id for booking in listed()] == [soon.id]
    with office.database.transaction() as session:
        session.execute(
            update(OutboxRow).where(OutboxRow.booking_id == last.id).values(state=NoticeState.WAITING)
        )
    office.clock.office_now += MINUTE
    assert [booking.id for booking in listed()] == [later.id, last.id]  # the first visit has begun
    for booking in (later, last):
        with office.database.transaction() as session:
            tick_off(session, office.notices(booking)[0].id, actor=RECEPTION, now=office.now)
    assert listed() == []
    wait(office, MINUTE)
    assert deliver_to(office, Postmaster()) == Delivered(sent=1)


# ---------------------------------------------------------------------------------- several senders


def test_several_senders_send_each_mail_once(office: Office) -> None:
    for number in range(12):
        for _ in range(4):
            office.book("documents", f"2020-03-11 09:{5 * number:02}")
    postmaster = Postmaster()
    with mail_server(postmaster) as port, ThreadPoolExecutor(4) as threads:
        delivered = list(threads.map(lambda _: deliver(office, mailer_of(port)), range(4)))
    assert sum(one.sent for one in delivered) == 48
    assert len(set(subjects(postmaster.messages))) == len(postmaster.messages) == 48


class Dying:
    """A way out whose process dies after so many mails, before it can note that they left."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.sent: list[bytes] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        self.sent.append(message)
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def test_what_a_sender_that_died_had_taken_goes_out_when_its_lease_is_over(office: Office) -> None:
    for _ in range(4):
        office.book()
    dying = Dying(2)
    with pytest.raises(KeyboardInterrupt):
        deliver(office, dying)
    postmaster = Postmaster()
    wait(office, timedelta(minutes=4, seconds=59))
    assert deliver_to(office, postmaster) == Delivered()
    wait(office, timedelta(seconds=1))
    assert deliver_to(office, postmaster) == Delivered(sent=4)
    copies = [message for message in postmaster.messages if message in dying.sent]
    assert copies == dying.sent  # those whose leaving was not noted, byte for byte


def test_a_mail_over_which_two_senders_died_is_set_aside(office: Office) -> None:
    booked, other = office.book(), office.book(customer=EMRE)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            deliver(office, Dying(1))
        wait(office, timedelta(minutes=5))
    postmaster = Postmaster()
    assert deliver_to(office, postmaster) == Delivered(sent=1, quarantined=1)
    assert "it may have arrived" in str(office.notices(booked)[0].problem)
    assert subjects(postmaster.messages) == [office.notices(other)[0].message_id]


class Slow:
    """A way out that takes so long for each mail; what else happens after each is told to `meanwhile`."""

    def __init__(self, office: Office, pause: timedelta, other: Mailer | None = None) -> None:
        self.office = office
        self.pause = pause
        self.other = other
        self.sent: list[bytes] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        self.sent.append(message)
        wait(self.office, self.pause)
        if self.other is not None:
            deliver(self.office, self.other)


def test_a_slow_sender_stops_before_another_may_take_its_mails(office: Office) -> None:
    for _ in range(4):
        office.book("documents", "2020-03-11 09:00")
        office.book("documents", "2020-03-11 09:05")
        office.book("documents", "2020-03-11 09:10")
    quick = Slow(office, timedelta(0))
    slow = Slow(office, timedelta(minutes=1), other=quick)
    deliver(office, slow)
    assert len(slow.sent + quick.sent) == 12
    assert len(set(slow.sent) | set(quick.sent)) == 12


class Picky:
    """A way out over which one mail breaks the conversation, without a word about it."""

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        if self.message_id.encode() in message:
            raise MailRefused(permanent=False, reason="hung up", trouble=Trouble.UNCLEAR)


class Flaky:
    """Refuses what it is told to."""

    def __init__(self, *refusals: MailRefused) -> None:
        self.refusals = list(refusals)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, message: bytes, *, sender: str, recipient: str) -> None:
        if self.refusals:
            raise self.refusals.pop(0)


def test_long_reasons_are_cut(office: Office) -> None:
    booked = office.book()
    deliver(office, Flaky(MailRefused(permanent=True, reason="x" * 5000)))
    assert office.notices(booked)[0].problem == "x" * 300


# ------------------------------------------------------------------------------------ by hand


def test_what_waits_or_was_set_aside_can_be_made_due(office: Office) -> None:
    waiting, aside, sent = office.book(), office.book(customer=EMRE), office.book()
    deliver_to(office, Postmaster(answers={"recipient": ["450 later", "550 unknown"]}))
    assert [states(office, one)[0] for one in (waiting, aside, sent)] == [
        NoticeState.WAITING,
        NoticeState.QUARANTINED,
        NoticeState.SENT,
    ]
    with office.database.transaction() as session:
        assert retry(session, None, actor=RECEPTION, now=office.now) == 2
    for one in (waiting, aside):
        (row,) = office.notices(one)
        assert (row.state, row.retry_at, row.attempts) == (NoticeState.WAITING, None, 0)
        with office.database.reading() as session:
            assert records_of(session, f"notice:{row.id}")[-1].action == "notice.retry"
    with pytest.raises(WrongState), office.database.transaction() as session:
        retry(session, office.notices(sent)[0].id, actor=RECEPTION, now=office.now)
    with pytest.raises(NotFound), office.database.transaction() as session:
        retry(session, 4711, actor=RECEPTION, now=office.now)
    assert deliver_to(office, Postmaster()) == Delivered(sent=2)


def test_a_sender_that_dies_has_tallied_what_it_noted(office: Office) -> None:
    for number in range(12):
        office.book("documents", f"2020-03-11 08:{5 * number:02}")

    class Dying(Slow):
        def send(self, message: bytes, *, sender: str, recipient: str) -> None:
            if len(self.sent) == 11:
                raise SystemExit
            super().send(message, sender=sender, recipient=recipient)

    def of(sent: int) -> dict[str, int]:
        return {name: count for name, count in mails_tallied(sent, 0, 0).items() if count}

    def tallied() -> dict[str, int]:
        with office.database.reading() as session:
            return {tally.name: tally.count for tally in session.scalars(select(Tally))}

    with pytest.raises(SystemExit):
        deliver(office, Dying(office, timedelta(0)))
    noted = tallied()
    wait(office, timedelta(minutes=10))

    assert deliver_to(office, Postmaster()) == Delivered(sent=2)
    assert noted == of(10)
    assert tallied() == of(12)


def test_what_a_sender_holds_is_not_sent_by_another_on_a_retry(office: Office) -> None:
    office.book()
    office.book()

    class Retried(Slow):
        def send(self, message: bytes, *, sender: str, recipient: str) -> None:
            with office.database.transaction() as session:
                retry(session, None, actor=RECEPTION, now=office.now)
            super().send(message, sender=sender, recipient=recipient)

    quick = Slow(office, timedelta(0))
    slow = Retried(office, timedelta(0), other=quick)
    deliver(office, slow)
    assert len(slow.sent + quick.sent) == 2


def test_who_was_told_is_ticked_off_and_a_tick_can_be_taken_back(office: Office) -> None:
    called, mailed = office.book(customer=CHEN), office.book(customer=ADA)
    (row,) = office.notices(called)
    later: datetime = office.now + MINUTE
    with office.database.transaction() as session:
        tick_off(session, row.id, actor=RECEPTION, now=later)
    (row,) = office.notices(called)
    assert (row.state, row.settled_at, row.settled_by) == (NoticeState.SENT, later, RECEPTION.name)
    assert row.edition == edition(row.template, CHEN.language)
    with pytest.raises(WrongState), office.database.transaction() as session:
        tick_off(session, row.id, actor=RECEPTION, now=later)
    with office.database.transaction() as session:
        untick(session, row.id, actor=RECEPTION, now=later)
    (row,) = office.notices(called)
    assert (row.state, row.settled_at, row.settled_by) == (NoticeState.WAITING, None, None)
    with pytest.raises(WrongState), office.database.transaction() as session:
        untick(session, row.id, actor=RECEPTION, now=later)
    mail = office.notices(mailed)[0].id
    for by_hand in (tick_off, untick):
        with pytest.raises(WrongState), office.database.transaction() as session:
            by_hand(session, mail, actor=RECEPTION, now=later)
        with pytest.raises(NotFound), office.database.transaction() as session:
            by_hand(session, 4711, actor=RECEPTION, now=later)
    with office.database.reading() as session:
        actions = [record.action for record in records_of(session, f"notice:{row.id}")]
    assert actions == ["notice.tick-off", "notice.untick"]


def test_a_mail_that_failed_once_is_ticked_off_as_soon_as_it_is_listed_and_not_before(office: Office) -> None:
    soon, later = office.book(starts="2020-03-09 10:00"), office.book(starts="2020-03-12 09:00")
    deliver_to(office, Postmaster(answers={"recipient": ["450 later", "450 later"]}))
    ids = {booking.id: office.notices(booking)[0].id for booking in (soon, later)}
    with office.database.reading() as session:
        listed = [telling.booking.id for telling in to_be_told(session, now=office.now).tellings]

    assert listed == [soon.id]
    with pytest.raises(WrongState), office.database.transaction() as session:
        tick_off(session, ids[later.id], actor=RECEPTION, now=office.now)
    with office.database.transaction() as session:
        tick_off(session, ids[soon.id], actor=RECEPTION, now=office.now)


def test_only_the_last_word_about_a_booking_is_still_to_be_told(office: Office) -> None:
    booked = office.book(customer=CHEN)
    cancel(office, booked)
    invitation, cancellation = office.notices(booked)
    with office.database.reading() as session:
        assert [telling.row.id for telling in to_be_told(session).tellings] == [cancellation.id]
    with office.database.transaction() as session:
        session.execute(
            update(OutboxRow).where(OutboxRow.id == cancellation.id).values(state=NoticeState.WITHDRAWN)
        )
    with office.database.reading() as session:
        assert [telling.row.id for telling in to_be_told(session).tellings] == [invitation.id]
