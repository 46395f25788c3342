"""Forgetting: each thing in its time, not before, and all of one person on request."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from models.accesses import Access
from models.audit import AuditRecord
from models.base import Base
from models.bookings import Booking
from models.database import Database
from models.enquiries import Enquiry, EnquiryStep
from models.people import Person
from models.statements import Feedback
from models.walk_ins import WalkIn
from scheduler.adapters.mail import Maildir
from scheduler.domain.bookings import Category, Justification, Party, Status
from scheduler.domain.enquiries import EnquiryChange, EnquiryRequest, EnquiryStatus, Medium, Step
from scheduler.domain.errors import WrongState
from scheduler.domain.hints import Code
from scheduler.domain.intervals import Interval
from scheduler.domain.notices import NoticeState
from scheduler.domain.people import Customer, Needs
from scheduler.domain.retention import BLANK, DEFAULT, Chore, Periods
from scheduler.domain.walk_ins import EmergencyRequest
from scheduler.queries.audit import verification
from scheduler.queries.people import people
from scheduler.queries.people import person as look_up
from scheduler.queries.retention import counted, erased, person_file
from scheduler.usecases import bookings, retention
from scheduler.usecases.accesses import note_accesses
from scheduler.usecases.audit import seal_records
from scheduler.usecases.enquiries import see_to, take_in
from scheduler.usecases.hints import set_hint
from scheduler.usecases.idempotency import answered_once
from scheduler.usecases.outbox import deliver_due, tick_off, untick
from scheduler.usecases.retention import erase_again, erase_person, forget_due
from scheduler.usecases.statements import report, settle
from scheduler.usecases.walk_ins import admit_emergency
from tests.cast import ADA, BRUNO, MANAGER, RECEPTION
from tests.factories import Office, at, opened, plan_with

CANARY = "Zaunkoenig"
SOMEBODY = Customer(
    f"Karla {CANARY}",
    email=f"{CANARY.lower()}@example.org",
    phone="030 987654321",
    address=f"{CANARY}weg 3\n12345 Musterstadt",
    number=f"{CANARY}-1",
    born=at("1980-02-03 00:00").date(),
    household=f"{CANARY}-2",
    needs=Needs(interpreter=True),
)
WHY = Justification(Category.OTHER, f"{CANARY} sagt warum")


def forgotten(office: Office, periods: Periods = DEFAULT) -> dict[Chore, int]:
    done = forget_due(office.database, periods, clock=office.clock)
    return {chore: rows for chore, rows in done.items() if rows}


def entry(office: Office, booking: Booking) -> Person:
    with office.database.reading() as session:
        return session.get_one(Person, office.see(booking).person_id)


def everything(office: Office) -> str:
    """All rows of all tables, as text."""
    with office.database.reading() as session:
        rows = [row for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    return "\n".join(str(tuple(row)) for row in rows)


def test_contact_data_go_a_week_after_the_visit_and_the_person_half_a_year_after(office: Office) -> None:
    visit = office.book("general", "2020-03-10 09:00", customer=SOMEBODY)
    to_come = office.book("general", "2020-09-15 09:00", customer=replace(SOMEBODY, name="Other"))
    office.wait_until("2020-03-17 09:00")
    assert Chore.CONTACT not in forgotten(office)
    office.wait_until("2020-03-17 10:00")
    assert forgotten(office)[Chore.CONTACT] == 1
    person = entry(office, visit)
    assert (person.email, person.phone, person.address, person.email_key, person.phone_key) == (None,) * 5
    assert (person.name, person.number) == (SOMEBODY.name, SOMEBODY.number)
    assert entry(office, to_come).email == SOMEBODY.email

    office.wait_until("2020-09-06 12:00")
    version = office.see(visit).version
    assert forgotten(office)[Chore.PERSON] == 1
    person = entry(office, visit)
    assert (person.name, person.number, person.born, person.household) == (BLANK, None, None, None)
    assert office.see(visit).version == version
    with office.database.reading() as session:
        found = people(session, CANARY, today=office.now.date(), at_most=9).found
    assert [one.person.name for one in found] == ["Other"]  # the number is the same
    assert forgotten(office) == {}


def test_whoever_wished_it_stays_on_file_for_a_year_without_what_nobody_wished_to_keep(
    office: Office,
) -> None:
    wish = replace(SOMEBODY, on_file=True)
    visit = office.book("general", "2020-03-10 09:00", customer=wish, justification=WHY)
    office.wait_until("2020-09-07 12:00")
    assert forgotten(office)[Chore.PERSON] == 1
    person = entry(office, visit)
    assert (person.name, person.number, person.email) == (SOMEBODY.name, SOMEBODY.number, SOMEBODY.email)
    assert (person.born, person.household, person.interpreter) == (None, None, False)
    assert office.see(visit).justification_text is None
    with office.database.reading() as session:
        assert people(session, str(SOMEBODY.household), today=office.now.date(), at_most=9).found == []
        assert len(people(session, CANARY, today=office.now.date(), at_most=9).found) == 1
    assert forgotten(office) == {}

    office.wait_until("2021-03-10 12:00")
    assert forgotten(office)[Chore.ON_FILE] == 1
    assert (entry(office, visit).name, entry(office, visit).email) == (BLANK, None)
    assert forgotten(office) == {}


def test_a_wish_to_stay_on_file_is_noted_later_and_ended_at_any_time(office: Office) -> None:
    visit = office.book("general", "2020-03-10 09:00", customer=SOMEBODY)
    ids = [entry(office, visit).id]

    def wish(wished: bool) -> None:
        with office.database.transaction() as session:
            retention.keep_on_file(session, ids, wished=wished, actor=RECEPTION, now=office.now)

    wish(True)
    wish(True)
    office.wait_until("2020-03-20 09:00")
    assert Chore.CONTACT not in forgotten(office)
    wish(False)
    assert forgotten(office)[Chore.CONTACT] == 1
    with office.database.reading() as session:
        changes = session.scalars(
            select(AuditRecord.action)
            .where(AuditRecord.subject == f"person:{ids[0]}")
            .order_by(AuditRecord.id)
        ).all()
    assert changes == ["person.keep", "person.let-go"]


def test_whom_the_office_cancelled_can_still_be_told_of_a_new_time(office: Office) -> None:
    waits = office.book("general", "2020-03-10 09:00", customer=SOMEBODY)
    served = office.book("general", "2020-03-10 10:00", customer=ADA)
    for visit, customer in ((waits, None), (served, ADA)):
        office.do(bookings.cancel, visit, by=Party.OFFICE, reason="Closed")
        if customer is not None:
            office.book("general", "2020-03-12 10:00", customer=customer)
    office.wait_until("2020-04-10 09:00")
    assert forgotten(office)[Chore.CONTACT] == 2  # both entries of the one who has come since
    assert entry(office, waits).email == SOMEBODY.email
    office.wait_until("2020-09-10 09:00")
    assert Chore.PERSON in forgotten(office)
    assert entry(office, waits).email is None


def test_days_without_the_jobs_are_made_up_for_at_once(office: Office) -> None:
    for day in (10, 11, 12):
        office.book("general", f"2020-03-{day} 09:00", customer=SOMEBODY)
    office.wait_until("2021-03-10 09:00")
    assert forgotten(office)[Chore.PERSON] == 3


def test_what_breaks_off_is_gone_on_with(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in (10, 11, 12):
        office.book("general", f"2020-03-{day} 09:00", customer=SOMEBODY)
    office.wait_until("2020-04-10 09:00")
    monkeypatch.setattr(retention, "_BATCH", 1)
    forget, calls = retention._forget, []

    def break_off(session: Session, chore: Chore, *more: object) -> None:
        calls.append(chore)
        if len(calls) == 2:
            raise KeyboardInterrupt
        forget(session, chore, *more)  # type: ignore[arg-type]  # what it was called with

    monkeypatch.setattr(retention, "_forget", break_off)
    with pytest.raises(KeyboardInterrupt):
        forgotten(office)
    assert forgotten(office)[Chore.CONTACT] == 2
    assert CANARY.lower() + "@" not in everything(office)


def test_words_of_a_sent_notice_go_after_a_week_and_the_proof_after_thirteen_months(
    office: Office, tmp_path: Path
) -> None:
    visit = office.book("general", "2020-05-12 09:00", customer=SOMEBODY)
    deliver_due(office.database, Maildir(tmp_path), clock=office.clock)
    letter = office.book("general", "2020-05-12 10:00", customer=BRUNO)
    office.wait_until("2020-03-18 09:00")
    assert forgotten(office) == {Chore.NOTICES: 1}
    (notice,) = office.notices(visit)
    assert (notice.state, notice.rendered, notice.forgotten_at) == (NoticeState.SENT, None, office.now)
    assert CANARY not in json.dumps(notice.values)
    (waiting,) = office.notices(letter)
    assert (waiting.state, waiting.forgotten_at) == (NoticeState.WAITING, None)

    office.wait_until("2021-06-13 09:00")
    forgotten(office)
    assert office.notices(visit) == []


def test_nobody_takes_back_the_tick_of_a_letter_whose_words_are_gone(office: Office) -> None:
    letter = office.book("general", "2020-05-12 10:00", customer=BRUNO)
    (notice,) = office.notices(letter)
    with office.database.transaction() as session:
        tick_off(session, notice.id, actor=RECEPTION, now=office.now)
    office.wait_until("2020-03-18 09:00")
    forgotten(office)
    with pytest.raises(WrongState), office.database.transaction() as session:
        untick(session, notice.id, actor=RECEPTION, now=office.now)


def test_notes_walk_ins_reads_and_settled_reports_go_in_their_time(office: Office) -> None:
    visit = office.book("general", "2020-06-12 09:00", customer=SOMEBODY)
    with office.database.transaction() as session:
        today = office.now.date()
        set_hint(session, visit.id, Code.SECOND_PERSON, until=today, actor=MANAGER, now=office.now)
        admit_emergency(session, EmergencyRequest("main", CANARY, ""), actor=RECEPTION, now=office.now)
        note_accesses(session, MANAGER, "page", [f"booking:{visit.id}"], now=office.now)
        report(session, CANARY, None, language="de", now=office.now)
        settle(session, session.scalars(select(Feedback.id)).one(), actor=MANAGER, now=office.now)
    assert forgotten(office) == {}
    office.wait_until("2020-03-20 09:00")
    assert forgotten(office) == {Chore.HINTS: 1, Chore.WALK_INS: 1}
    with office.database.reading() as session:
        assert session.scalars(select(WalkIn.name)).all() == [None]
    office.wait_until("2020-06-10 09:00")
    assert forgotten(office)[Chore.REPORTS] == 1
    with office.database.reading() as session:
        assert len(session.scalars(select(Access)).all()) == 1
    office.wait_until("2021-04-12 09:00")
    assert forgotten(office)[Chore.READS] == 1


def test_words_of_an_enquiry_go_a_while_after_it_was_dealt_with(office: Office) -> None:
    asked = EnquiryRequest(Medium.PHONE, f"{CANARY} fragt", customer=SOMEBODY)
    with office.database.transaction() as session:
        for do in (Step(EnquiryChange.ANSWER, f"{CANARY} weiß es jetzt"), None):
            enquiry = take_in(session, asked, owner=None, actor=RECEPTION, now=office.now)
            if do is not None:
                see_to(session, enquiry.id, do, actor=RECEPTION, now=office.now)
    office.wait_until("2020-03-17 09:00")
    assert forgotten(office) == {Chore.CONTACT: 1}
    office.wait_until("2020-06-08 09:00")
    assert forgotten(office) == {Chore.ENQUIRIES: 1}
    office.wait_until("2020-09-06 09:00")
    assert forgotten(office) == {Chore.PERSON: 1}
    with office.database.reading() as session:
        assert set(session.scalars(select(Enquiry.text))) == {BLANK, f"{CANARY} fragt"}
        assert session.scalars(select(EnquiryStep.text)).all() == [None]


def test_what_would_be_forgotten_is_counted_before(office: Office) -> None:
    office.book("general", "2020-03-10 09:00", customer=SOMEBODY)
    office.wait_until("2020-03-12 09:00")
    with office.database.reading() as session:
        assert counted(session, DEFAULT, office.now)[Chore.CONTACT] == 0
        assert counted(session, replace(DEFAULT, contact=1), office.now)[Chore.CONTACT] == 1
    assert forgotten(office, replace(DEFAULT, contact=1)) == {Chore.CONTACT: 1}


# -------------------------------------------------------------------------------------------- on request


@pytest.fixture
def known(office: Office, tmp_path: Path) -> Booking:
    """Somebody whose words stand wherever words can stand, and whose visits are over or cancelled."""
    visit = office.book("general", "2020-03-10 09:00", customer=SOMEBODY, justification=WHY)
    again = office.book("general", "2020-03-11 10:00", customer=replace(SOMEBODY, email=None))
    deliver_due(office.database, Maildir(tmp_path), clock=office.clock)
    with office.database.transaction() as session:
        session.get_one(Booking, visit.id).others = f"{CANARY} junior"
        today, soon = office.now.date(), Interval(office.now, office.now + timedelta(hours=1))
        set_hint(session, visit.id, Code.SECOND_PERSON, until=today, actor=MANAGER, now=office.now)
        admit_emergency(session, EmergencyRequest("main", SOMEBODY.name, ""), actor=RECEPTION, now=office.now)
        report(session, f"{CANARY} war hier", SOMEBODY.email, language="de", now=office.now)
        asked = EnquiryRequest(Medium.PHONE, f"{CANARY} fragt", customer=SOMEBODY)
        enquiry = take_in(session, asked, owner=None, actor=RECEPTION, now=office.now)
        step = Step(EnquiryChange.PROMISE, f"{CANARY} anrufen", "", soon, SOMEBODY.phone)
        see_to(session, enquiry.id, step, actor=RECEPTION, now=office.now)
        answered = take_in(session, asked, owner=None, actor=RECEPTION, now=office.now)
        answer_mailed = Step(EnquiryChange.ANSWER, f"{CANARY} kommt", by_mail=True)
        see_to(session, answered.id, answer_mailed, actor=RECEPTION, now=office.now)
        nameless = replace(asked, customer=None, phone=SOMEBODY.phone)
        take_in(session, nameless, owner=None, actor=RECEPTION, now=office.now)
        answer = {"id": str(visit.id), "customer": SOMEBODY.name}
        answered_once(session, actor=RECEPTION, key="k", request="r", work=lambda: (201, answer))
    for one in (visit, again):
        office.do(bookings.cancel, one, by=Party.CUSTOMER, reason=f"{CANARY} ist krank")
    return visit


def erase(office: Office, visit: Booking) -> None:
    with office.database.transaction() as session:
        ids = look_up(session, office.see(visit).person_id).ids
        erase_person(session, ids, actor=MANAGER, now=office.now)


def test_somebody_who_is_erased_is_found_nowhere_and_the_chain_holds(office: Office, known: Booking) -> None:
    with office.database.reading() as session:
        ids = look_up(session, known.person_id).ids
    assert len(ids) == 4
    assert CANARY in everything(office)

    erase(office, known)

    words = (CANARY.casefold(), str(SOMEBODY.phone), "1980-02-03")
    left = [row for row in everything(office).split("\n") if any(one in row.casefold() for one in words)]
    assert left == []
    assert office.see(known).status is Status.CANCELLED
    with office.database.reading() as session:
        assert EnquiryStatus.OPEN not in session.scalars(select(Enquiry.status)).all()
    seal_records(office.database)
    with office.database.reading_one_moment() as session:
        assert verification(session).faults == []
        assert set(erased(session)) == set(ids)


def test_the_file_of_the_database_forgets_too(sqlite_database: Database) -> None:
    sqlite_office = opened(sqlite_database, "2020-03-09 09:00", plan_with("regular"))
    visit = sqlite_office.book("general", "2020-03-10 09:00", customer=SOMEBODY)
    sqlite_office.do(bookings.cancel, visit, by=Party.CUSTOMER)
    path = Path(str(sqlite_office.database.url.database))

    def content() -> bytes:
        with sqlite_office.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()

    assert CANARY.encode() in content()
    erase(sqlite_office, visit)
    assert CANARY.encode() not in content()
    assert CANARY.lower().encode() not in content()


def test_nobody_is_erased_who_still_comes(office: Office) -> None:
    visit = office.book("general", "2020-03-10 09:00", customer=SOMEBODY)
    with pytest.raises(WrongState) as refused:
        erase(office, visit)
    assert refused.value.details["why"] == "visits_to_come"
    assert entry(office, visit).name == SOMEBODY.name


def test_others_are_left_alone(office: Office, known: Booking) -> None:
    other = office.book("general", "2020-03-12 09:00", customer=ADA)
    erase(office, known)
    assert entry(office, other).name == ADA.name
    assert office.notices(other)[0].forgotten_at is None


def test_a_restored_backup_forgets_again(office: Office, known: Booking) -> None:
    erase(office, known)
    with office.database.transaction() as session:
        listed = erased(session)
        session.execute(text("UPDATE people SET name = :name").bindparams(name=CANARY))
        session.execute(delete(Base.metadata.tables["erasures"]))
    with office.database.transaction() as session:
        assert erase_again(session, listed, actor=MANAGER, now=office.now) == 4
    assert CANARY not in everything(office)
    with office.database.transaction() as session:
        assert erase_again(session, listed, actor=MANAGER, now=office.now) == 0


def test_whoever_asks_gets_all_that_is_stored(office: Office, known: Booking) -> None:
    with office.database.transaction() as session:
        note_accesses(session, MANAGER, "desk.booking", [f"booking:{known.id}"], now=office.now)
    with office.database.reading() as session:
        found = person_file(session, look_up(session, known.person_id).ids)
    written = json.dumps(found, ensure_ascii=False)
    assert [one["name"] for one in found["entries"]] == [SOMEBODY.name] * 4
    assert [one["text"] for one in found["enquiries"]] == [f"{CANARY} fragt"] * 2
    assert [one["text"] for one in found["steps"]] == [f"{CANARY} anrufen", f"{CANARY} kommt"]
    assert {one["reference"] for one in found["visits"]} >= {known.reference}
    assert len(found["notices"]) == 5
    assert [one["code"] for one in found["hints"]] == [Code.SECOND_PERSON]
    assert "booking.cancel" in {one["action"] for one in found["changes"]}
    assert [one["page"] for one in found["reads"]] == ["desk.booking"]
    assert all(
        word in written for word in (f"{CANARY} sagt warum", f"{CANARY} ist krank", f"{CANARY} junior")
    )
    assert "staff:" not in written
