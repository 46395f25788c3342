"""Mail in trouble: servers refuse, hang and put off, senders die; yet nobody is told thrice or never."""

import os
import random
import re
import signal
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from models.database import LOCK_TIMEOUT_MS, Database
from models.outbox import OutboxRow
from scheduler.adapters.letters import render
from scheduler.adapters.mail import mailbox_from_url
from scheduler.adapters.notices import Notice
from scheduler.domain.availability import Slot
from scheduler.domain.bookings import BookingRequest, Party
from scheduler.domain.instants import local_date
from scheduler.domain.notices import NoticeState
from scheduler.domain.people import Customer
from scheduler.domain.roles import Role
from scheduler.queries.notices import to_be_told
from scheduler.queries.plans import current_plan
from scheduler.queries.slots import slots
from scheduler.usecases import bookings, outbox
from scheduler.usecases.outbox import Delivered, deliver_due, retry
from scheduler.usecases.undos import UndoReport, undo
from tests.cast import MANAGER, RECEPTION
from tests.factories import Office
from tests.faults.booths import Wish, booth
from tests.faults.conftest import Scale
from tests.faults.senders import Sender, sending
from tests.itip import calendar_of
from tests.mailservers import Postmaster, mail_server, silent_server
from tests.servers import running, settings
from tests.witness import Witness

PATIENCE_S = 60
MINUTE = timedelta(minutes=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

# What one engine shows holds of the other; every minute counts where all tests are run.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def until(condition: Callable[[], bool]) -> None:
    """Waits for something that must come."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def fill(office: Office, mails: int, *, cancelled: int = 0) -> None:
    """So many visits of as many people, each with a mail; the first of them cancelled again, with another."""
    with office.database.reading() as session:
        plan = current_plan(session)
        first = local_date(office.now + timedelta(days=2), plan.zone)
        found = slots(
            session,
            plan,
            plan.service("general"),
            first=first,
            last=first + timedelta(days=60),
            booked_by=Role.RECEPTION,
            now=office.now,
            limit=mails - cancelled,
        )
    assert len(found) == mails - cancelled
    for number, slot in enumerate(found):
        with office.database.transaction() as session:
            customer = Customer(f"Jürgen Nummer {number}", email=f"nummer-{number}@example.org")
            request = BookingRequest("general", slot.starts_at, Role.RECEPTION, customer, slot.resource.key)
            booking = bookings.book(session, request, actor=RECEPTION, now=office.now)
            if number < cancelled:
                bookings.cancel(session, booking.id, by=Party.OFFICE, actor=RECEPTION, now=office.now)


def rows(database: Database) -> Sequence[OutboxRow]:
    with database.reading() as session:
        return session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()


def count(database: Database, state: NoticeState) -> int:
    with database.reading() as session:
        return session.scalars(select(func.count(OutboxRow.id)).where(OutboxRow.state == state)).one()


def none_waits(database: Database) -> Callable[[], bool]:
    return lambda: count(database, NoticeState.WAITING) == 0


def let_leases_end(database: Database) -> None:
    """What five minutes would do."""
    with database.transaction() as session:
        leased = update(OutboxRow).where(OutboxRow.leased_until.is_not(None))
        session.execute(leased.values(leased_until=LONG_AGO))


def faults_of(messages: Sequence[bytes], written: Sequence[OutboxRow]) -> list[str]:
    """What a server may never have received: none or more than two of a mail, others than were written."""
    copies: dict[str, list[bytes]] = defaultdict(list)
    latest: dict[bytes, int] = {}
    faults = []
    for message in messages:
        copies[re.search(rb"Message-ID: (.*)\r\n", message)[1].decode()].append(message)  # type: ignore[index]
        uid, sequence = _entry(message)
        if sequence < latest.get(uid, 0):
            faults.append(f"the sequence of {uid!r} falls")
        latest[uid] = sequence
    for row in written:
        received = copies.pop(row.message_id, [])
        if not 1 <= len(received) <= 2:
            faults.append(f"{len(received)} copies of mail {row.id}")
        if set(received) - {row.rendered}:
            faults.append(f"mail {row.id} was received otherwise than it was written")
    return faults + [f"nobody wrote {message_id}" for message_id in copies]


@cache
def _entry(message: bytes) -> tuple[bytes, int]:
    """UID and SEQUENCE of its calendar entry."""
    lines = dict(line.partition(b":")[::2] for line in calendar_of(message).split(b"\r\n"))
    return lines[b"UID"], int(lines[b"SEQUENCE"])


# ------------------------------------------------------------------------- T09: a server in trouble


def someone_is_in_a_transaction(database: Database) -> bool:
    if database.is_sqlite:
        connection = sqlite3.connect(database.url.database or "", timeout=0)
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        finally:
            connection.close()
        return False
    others = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    with database.reading() as session:
        found = session.scalar(
            text(f"SELECT count(*) FROM pg_stat_activity WHERE {others} AND xact_start IS NOT NULL")  # noqa: S608
        )
    return bool(found)


def test_people_book_while_the_mail_server_hangs_and_a_sender_with_it(
    database: Database, database_url: str, tmp_path: Path, witness: Witness
) -> None:
    postmaster = Postmaster(takes=1)
    with (
        mail_server(postmaster) as port,
        booth(database, tmp_path, workers=1) as office,
        office.caller() as caller,
    ):
        witness.logs.append(office.log)

        def book(slot: Slot) -> Any:
            wish = Wish.of(slot)
            answer = caller.post("/api/v1/bookings", json=wish.body)
            witness.booked(wish.word, answer)
            return answer.json()

        first, second, third = office.slots(3)
        told, stuck = book(first), book(second)
        with sending(Sender(database_url, f"smtp://127.0.0.1:{port}?tls=none")):
            until(lambda: postmaster.held == 1)
            assert not someone_is_in_a_transaction(database)
            book(third)
            for booking in (told, stuck):  # the very ones whose mails the sender holds
                answer = witness.hear(caller.post(f"/api/v1/bookings/{booking['id']}/cancel"))
                assert answer.json()["status"] == "cancelled"
            assert (postmaster.held, len(postmaster.received)) == (1, 1)
            postmaster.takes = 100
            until(none_waits(database))
    assert len(witness.acknowledged) == 3
    assert faults_of(postmaster.messages, rows(database)) == []


def test_a_sender_that_keeps_its_transaction_open_would_be_noticed(office: Office, database_url: str) -> None:
    """The negative control of the test before."""
    fill(office, 2)
    postmaster = Postmaster(takes=0)
    with mail_server(postmaster) as port:
        mail_url = f"smtp://127.0.0.1:{port}?tls=none"
        with sending(Sender(database_url, mail_url, without="short transactions")):
            until(lambda: postmaster.held == 1)
            assert someone_is_in_a_transaction(office.database)
        postmaster.takes = 100


@on_sqlite
def test_hours_of_trouble_end_without_a_mail_lost_or_stuck(office: Office, scale: Scale) -> None:
    """Refused, silent, unwilling and putting off each for hours; a minute after the last of it all leave."""
    fill(office, scale(12, 500))
    runs = scale(4, 40)

    def deliver(port: int, timeout: float = 10) -> Delivered:
        mailer = mailbox_from_url(f"smtp://127.0.0.1:{port}?tls=none", timeout=timeout)
        return deliver_due(office.database, mailer, clock=office.clock)

    def for_hours(port: int, timeout: float = 10) -> None:
        for _ in range(runs):
            assert deliver(port, timeout).sent == 0
            office.clock.real_now += timedelta(hours=4) / runs

    with mail_server(Postmaster()) as refusing:
        pass
    for_hours(refusing)
    with silent_server() as silent:
        for_hours(silent, timeout=0.05)
    with mail_server(Postmaster(answers={"sender": ["451 not now"] * 1000})) as unwilling:
        for_hours(unwilling)
    put_off = Postmaster(answers={"recipient": ["450 later"] * 100_000})
    with mail_server(put_off) as putting_off:
        for_hours(putting_off)
    assert count(office.database, NoticeState.QUARANTINED) == 0
    office.clock.office_now += timedelta(hours=1)
    with office.database.reading() as session:
        assert len(to_be_told(session, now=office.now, limit=1000).tellings) == len(rows(office.database))
    office.clock.real_now += timedelta(minutes=30)
    postmaster = Postmaster()
    with mail_server(postmaster) as port:
        deliver(port)
    assert none_waits(office.database)()
    assert faults_of(postmaster.messages, rows(office.database)) == []


# -------------------------------------------------------------------------- T10: a sender that dies


@on_postgresql
def test_what_a_killed_jobs_process_leaves_is_sent_by_the_next(
    office: Office, database_url: str, tmp_path: Path, scale: Scale, witness: Witness
) -> None:
    """Killed with SIGKILL after a quarter of the mails, in the middle of one."""
    mails = scale(40, 1000)
    fill(office, mails)
    postmaster = Postmaster(takes=mails // 4)
    log = tmp_path / "jobs.log"
    witness.logs.append(log)
    with mail_server(postmaster) as port:
        env = settings(database_url, THEKE_MAIL_URL=f"smtp://127.0.0.1:{port}?tls=none")
        command = (sys.executable, "-m", "jobs")
        with running(command, env, log) as jobs:
            until(lambda: postmaster.held == 1)
            os.kill(jobs.pid, signal.SIGKILL)
        assert len(postmaster.received) == mails // 4
        postmaster.takes = 2 * mails
        let_leases_end(office.database)
        with running(command, env, log):
            until(none_waits(office.database))
    assert count(office.database, NoticeState.SENT) == mails
    assert faults_of(postmaster.messages, rows(office.database)) == []
    assert len(postmaster.messages) <= mails + 11  # those that it had begun, and the one that was held


@pytest.mark.parametrize("dies_before", [True, False], ids=["before", "after"])
def test_a_sender_that_dies_around_a_handover_doubles_it_at_most(
    office: Office, database_url: str, dies_before: bool
) -> None:
    """After is between the server's "250 OK" and the note of it."""
    fill(office, 24, cancelled=6)
    postmaster = Postmaster()
    with mail_server(postmaster) as port:
        mail_url = f"smtp://127.0.0.1:{port}?tls=none"
        with sending(Sender(database_url, mail_url, dies_at=14, dies_before=dies_before)) as dying:
            dying.join(PATIENCE_S)
            assert dying.exitcode == -signal.SIGKILL
        last = postmaster.messages[-1]
        let_leases_end(office.database)
        with sending(Sender(database_url, mail_url)):
            until(none_waits(office.database))
    assert faults_of(postmaster.messages, rows(office.database)) == []
    assert postmaster.messages.count(last) == 2
    assert len(postmaster.messages) == 24 + (3 if dies_before else 4)


@on_sqlite
def test_a_mail_written_anew_would_be_noticed(office: Office, database_url: str) -> None:
    """The negative control of the test before: a second copy that was not kept from the first attempt."""
    fill(office, 3)
    postmaster = Postmaster()
    with mail_server(postmaster) as port:
        mail_url = f"smtp://127.0.0.1:{port}?tls=none"
        with sending(Sender(database_url, mail_url, dies_at=2)) as dying:
            dying.join(PATIENCE_S)
        with office.database.transaction() as session:
            session.execute(update(OutboxRow).values(rendered=None))
        let_leases_end(office.database)
        time.sleep(1)  # the Date of a mail tells seconds
        with sending(Sender(database_url, mail_url)):
            until(none_waits(office.database))
    faults = faults_of(postmaster.messages, rows(office.database))
    assert [fault.partition(" was ")[2] for fault in faults] == ["received otherwise than it was written"] * 2


@on_sqlite
@pytest.mark.parametrize("without", ["", "doubt"])
def test_a_mail_over_which_senders_keep_dying_is_set_aside(
    office: Office, database_url: str, without: str
) -> None:
    """Without counting, the negative control, each of them sends one more copy."""
    fill(office, 2)
    postmaster = Postmaster()
    with mail_server(postmaster) as port:
        mail_url = f"smtp://127.0.0.1:{port}?tls=none"
        for _ in range(3 if without else 2):
            with sending(Sender(database_url, mail_url, dies_at=1, without=without)) as dying:
                dying.join(PATIENCE_S)
            let_leases_end(office.database)
        with sending(Sender(database_url, mail_url)):
            until(none_waits(office.database))
    faults = faults_of(postmaster.messages, rows(office.database))
    assert faults == (["3 copies of mail 1"] if without else [])
    assert [row.state for row in rows(office.database)] == [NoticeState.QUARANTINED, NoticeState.SENT]


@on_sqlite
@pytest.mark.parametrize("without", ["", "patience"])
def test_what_left_while_the_database_was_busy_is_noted_when_it_is_not(
    office: Office, database_url: str, without: str
) -> None:
    """Without patience, the negative control, the mails would leave a second time."""
    fill(office, 3)
    postmaster = Postmaster(takes=0)
    with mail_server(postmaster) as port:
        sender = Sender(database_url, f"smtp://127.0.0.1:{port}?tls=none", without=without)
        with sending(sender) as process:
            until(lambda: postmaster.held == 1)
            with office.database.transaction() as session:
                session.execute(select(OutboxRow.id))  # from now on nobody else can write
                postmaster.takes = 100
                process.join(PATIENCE_S if without else LOCK_TIMEOUT_MS / 1000 + 3)
                assert len(postmaster.received) == 3
            if not without:
                until(none_waits(office.database))
    assert len(postmaster.received) == 3
    assert {(row.state, row.unanswered) for row in rows(office.database)} == {
        (NoticeState.WAITING if without else NoticeState.SENT, 1)
    }


# --------------------------------------------------------------------- T11: several senders at once


def kill_at_random(senders: Sender, database: Database, *, kills: int) -> None:
    """Four at a time, each killed after a while and followed by another, until every mail is settled."""
    with ExitStack() as stack:
        while kills and not none_waits(database)():
            with ExitStack() as four:
                at_work = [four.enter_context(sending(senders)) for _ in range(4)]
                for doomed in random.sample(at_work, 4):
                    time.sleep(random.uniform(0.05, 0.3))
                    doomed.kill()
                    kills = max(kills - 1, 0)
        for _ in range(4):
            stack.enter_context(sending(senders))
        until(none_waits(database))


def test_four_senders_killed_at_random_send_each_mail_once_or_twice_in_order(
    office: Office, database_url: str, scale: Scale
) -> None:
    mails = scale(60, 1000)
    fill(office, mails, cancelled=mails // 3)
    postmaster = Postmaster()
    with mail_server(postmaster) as port:
        senders = Sender(database_url, f"smtp://127.0.0.1:{port}?tls=none", lease_s=2)
        kill_at_random(senders, office.database, kills=scale(4, 40))
        aside = [row for row in rows(office.database) if row.state is NoticeState.QUARANTINED]
        messages = list(postmaster.messages)
        # Whoever was killed twice over the same mail leaves it to people.
        assert {row.problem for row in aside} <= {
            "it was handed over twice and nobody knows how that ended; it may have arrived"
        }
        assert len(aside) <= mails // 20
        with office.database.transaction() as session:
            assert retry(session, None, actor=RECEPTION, now=office.now) <= len(aside)
        with sending(senders):
            until(none_waits(office.database))
    settled = {row.id for row in aside}
    missing = [f"0 copies of mail {row_id}" for row_id in settled]
    written = rows(office.database)
    assert [fault for fault in faults_of(messages, written) if fault not in missing] == []
    assert {row.id for row in written if row.state is not NoticeState.SENT} <= settled


@pytest.mark.parametrize(
    "without, fault", [("leases", r"[3-9] copies of mail \d+"), ("order", "the sequence of .* falls")]
)
def test_senders_without_leases_or_order_would_be_noticed(
    office: Office, database_url: str, without: str, fault: str
) -> None:
    """The negative controls of the test before."""
    fill(office, 8, cancelled=4)
    postmaster = Postmaster(takes=0 if without == "leases" else 100)
    with mail_server(postmaster) as port:
        senders = Sender(database_url, f"smtp://127.0.0.1:{port}?tls=none", without=without)
        with ExitStack() as stack:
            for _ in range(4):
                stack.enter_context(sending(senders))
            if without == "leases":
                until(lambda: postmaster.held == 4)  # all four with the same mail
                postmaster.takes = 1000
            until(none_waits(office.database))
    faults = faults_of(postmaster.messages, rows(office.database))
    assert any(re.fullmatch(fault, one) for one in faults), faults


def test_a_sender_asleep_past_its_lease_changes_nothing_when_it_wakes(
    office: Office, database_url: str
) -> None:
    """Stopped in the middle of a handover; another does its work meanwhile."""
    fill(office, 15)
    postmaster = Postmaster(takes=12)
    with mail_server(postmaster) as port:
        mail_url = f"smtp://127.0.0.1:{port}?tls=none"
        with sending(Sender(database_url, mail_url)) as sleeper:
            until(lambda: postmaster.held == 1)
            os.kill(_pid(sleeper), signal.SIGSTOP)
            postmaster.takes = 1000
            let_leases_end(office.database)
            with sending(Sender(database_url, mail_url)):
                until(none_waits(office.database))
            noted = notes(office.database)
            had = len(postmaster.received)
            os.kill(_pid(sleeper), signal.SIGCONT)
            until(lambda: len(postmaster.received) == had + 2)  # what was left of what it had begun
            office.book("group_information", "2020-03-12 14:00")
            until(none_waits(office.database))  # it is done with that, and has gone on to what is new
    assert notes(office.database)[:15] == noted
    assert faults_of(postmaster.messages, rows(office.database)) == []


def take_back_in_flight(office: Office, database_url: str, *, is_noted: bool = True) -> UndoReport:
    """Takes back a switch while the first of its two cancellations is being handed over."""
    visits = [office.book("group_information", f"2020-03-{day} 14:00") for day in (12, 19)]
    postmaster = Postmaster()
    with mail_server(postmaster) as port:
        mail_url = f"smtp://127.0.0.1:{port}?tls=none"
        deliver_due(office.database, mailbox_from_url(mail_url), clock=office.clock)
        office.switch_into("preventive")
        postmaster.takes = 2
        with sending(Sender(database_url, mail_url, group=1)):
            until(lambda: postmaster.held == 1)
            assert [row.unanswered for row in rows(office.database)] == [1, 1, 1, 0]
            if not is_noted:
                with office.database.transaction() as session:
                    session.execute(update(OutboxRow).values(unanswered=0))
            report = undo(office.database, "preventive", actor=MANAGER, clock=office.clock)
            postmaster.takes = 100
            until(none_waits(office.database))
            until(lambda: postmaster.held == 0)
    kept = [row for row in rows(office.database) if row.state is not NoticeState.WITHDRAWN]
    faults = faults_of(postmaster.messages, kept)
    assert faults == ([] if is_noted else [f"nobody wrote {office.notices(visits[0])[1].message_id}"])
    return report


def test_an_undo_takes_a_cancellation_on_its_way_for_told_and_stops_one_that_is_only_held(
    office: Office, database_url: str
) -> None:
    report = take_back_in_flight(office, database_url)
    assert (report.restored, report.withdrawn, report.invited_anew) == (2, 1, 1)


@on_sqlite
def test_an_undo_that_knows_nothing_of_handovers_would_be_noticed(office: Office, database_url: str) -> None:
    """The negative control of the test before: somebody is told of what was withdrawn."""
    report = take_back_in_flight(office, database_url, is_noted=False)
    assert (report.restored, report.withdrawn, report.invited_anew) == (2, 2, 0)


def notes(database: Database) -> list[tuple[object, ...]]:
    """What is noted of each mail."""
    return [(row.state, row.settled_at, row.unanswered, row.attempts) for row in rows(database)]


def _pid(process: BaseProcess) -> int:
    assert process.pid is not None
    return process.pid


# ------------------------------------------------------------------------------ T12: a poisoned row

POISONS: list[tuple[Mapping[str, object], str]] = [
    ({"starts_at": 7}, "fromisoformat: argument must be str"),
    ({"timezone": "Europe/Atlantis"}, "No time zone found with key Europe/Atlantis"),
    ({"recipient": "ada@example.org\r\nRCPT TO:<eve@example.org>"}, "none that mail servers accept"),
    ({"recipient": "gone@example.org"}, "550 no such user"),
]
PUT_OFF = {"full@example.org": "452 mailbox full", "slow@example.org": ""}


def poison(office: Office) -> None:
    """The first rows get values that cannot be sent, those after them some that must do no harm."""
    harmless = [{"recipient": address} for address in PUT_OFF] + [
        {"name": "Ada\r\nBcc: eve@example.org", "place": "Zimmer 1\nATTENDEE:mailto:eve@example.org"}
    ]
    with office.database.transaction() as session:
        found = session.scalars(select(OutboxRow).order_by(OutboxRow.id))
        for row, values in zip(found, [*(values for values, _ in POISONS), *harmless], strict=False):
            row.values = {**row.values, **values}


def test_a_poisoned_row_is_set_aside_with_its_reason_and_all_others_leave(
    office: Office, scale: Scale
) -> None:
    mails = scale(30, 1000)
    fill(office, mails)
    poison(office)
    postmaster = Postmaster(people=PUT_OFF | {"gone@example.org": "550 no such user"})
    with mail_server(postmaster) as port:
        mailer = mailbox_from_url(f"smtp://127.0.0.1:{port}?tls=none", timeout=2)
        delivered = deliver_due(office.database, mailer, clock=office.clock)
    assert delivered == Delivered(sent=mails - 6, failed=2, quarantined=4)
    for row, (_, reason) in zip(rows(office.database), POISONS, strict=False):
        assert row.state is NoticeState.QUARANTINED
        assert reason in str(row.problem)
    full, slow = islice(rows(office.database), len(POISONS), len(POISONS) + 2)
    assert (full.problem, slow.problem) == ("452 mailbox full", "the mail server did not answer in time")
    assert (full.attempts, slow.attempts) == (1, 1)
    left = [row for row in rows(office.database) if row.state is NoticeState.SENT]
    assert faults_of(postmaster.messages, left) == []
    assert all(len(envelope.rcpt_tos) == 1 for envelope in postmaster.received)
    assert not any(b"\nBcc" in message for message in postmaster.messages)
    with office.database.reading() as session:
        listed = to_be_told(session, now=office.now).tellings
    assert {telling.row.id for telling in listed} == {1, 2, 3, 4}


@on_sqlite
def test_a_poison_that_nobody_catches_would_stop_all_mails(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test before."""

    def prepare(row: OutboxRow, office_now: datetime, delivered: Delivered) -> None:
        notice = Notice.from_values(row.values)
        row.rendered = render(notice, message_id=row.message_id, now=office_now, product="Theke")

    monkeypatch.setattr(outbox, "_prepare", prepare)
    fill(office, 10)
    poison(office)
    postmaster = Postmaster()
    with mail_server(postmaster) as port:
        mailer = mailbox_from_url(f"smtp://127.0.0.1:{port}?tls=none")
        with pytest.raises(TypeError):
            deliver_due(office.database, mailer, clock=office.clock)
    assert postmaster.received == []
