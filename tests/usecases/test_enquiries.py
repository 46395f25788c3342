"""Enquiries: on the list until somebody deals with them, and dealt with once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.bookings import Booking
from models.database import Database
from models.enquiries import Enquiry
from models.outbox import OutboxRow
from scheduler.adapters.letters import text
from scheduler.adapters.links import Links
from scheduler.adapters.mail import Maildir
from scheduler.adapters.notices import Notice
from scheduler.domain.bookings import BookingRequest
from scheduler.domain.enquiries import EnquiryChange, EnquiryRequest, EnquiryStatus, Medium, Step
from scheduler.domain.errors import ChangedMeanwhile, Invalid, NotFound, WrongState
from scheduler.domain.figures import Period
from scheduler.domain.instants import local_date
from scheduler.domain.intervals import Interval
from scheduler.domain.notices import NoticeState
from scheduler.domain.roles import Actor, Role
from scheduler.queries import enquiries as queries
from scheduler.queries.figures import figures_of
from scheduler.queries.notices import to_be_told
from scheduler.queries.people import people
from scheduler.queries.plans import current_plan
from scheduler.usecases import enquiries as usecases
from scheduler.usecases.bookings import book
from scheduler.usecases.outbox import deliver_due, hold
from tests.cast import ADA, CASEWORKER, CHEN, EMRE, HOTLINE, RECEPTION
from tests.factories import Office, at, opened, plan_with
from tests.invariants import broken

LETTER = EnquiryRequest(Medium.PHONE, "When is my letter coming?", "general")
SOON = timedelta(hours=1)
LINKS = Links("https://example.org", "a secret that is long enough to be one")


@pytest.fixture
def house(office: Office) -> Iterator[Office]:
    yield office
    assert broken(office.database) == []


def taken(office: Office, asked: EnquiryRequest = LETTER, *, owner: str | None = RECEPTION.name) -> Enquiry:
    with office.database.transaction() as session:
        return usecases.take_in(session, asked, owner=owner, actor=RECEPTION, now=office.now)


def done(
    office: Office,
    enquiry: Enquiry,
    change: EnquiryChange,
    *,
    actor: Actor = RECEPTION,
    text: str | None = None,
    to: str = "",
    promise: Interval | None = None,
    phone: str | None = None,
    seen: int | None = None,
    by_mail: bool = False,
) -> Enquiry:
    step = Step(change, text, to, promise, phone, seen, by_mail)
    with office.database.transaction() as session:
        return usecases.see_to(session, enquiry.id, step, actor=actor, now=office.now)


def taken_back(office: Office, enquiry: Enquiry, *, actor: Actor = RECEPTION) -> Enquiry:
    with office.database.transaction() as session:
        return usecases.take_back(session, enquiry.id, actor=actor, now=office.now)


def seen(office: Office, enquiry: Enquiry) -> Enquiry:
    with office.database.reading() as session:
        return queries.enquiry(session, enquiry.id)


def listed(office: Office, *, owner: str | None = None) -> list[str]:
    with office.database.reading() as session:
        return [one.text for one in queries.open_enquiries(session, owner=owner).enquiries]


def booked_for(
    office: Office, enquiry: Enquiry, starts: str = "2020-03-11 09:00", *, place: str | None = None
) -> Booking:
    request = BookingRequest("general", at(starts), Role.RECEPTION, ADA, place, None)
    with office.database.transaction() as session:
        booking = book(session, request, actor=RECEPTION, now=office.now)
        usecases.close_by_booking(session, enquiry.id, booking, actor=RECEPTION, now=office.now)
    return booking


def test_an_enquiry_needs_no_name(house: Office) -> None:
    enquiry = seen(house, taken(house))
    assert (enquiry.person, enquiry.status, enquiry.owner) == (None, EnquiryStatus.OPEN, RECEPTION.name)
    assert listed(house) == [LETTER.text]


def test_somebody_with_a_name_is_known_from_then_on(house: Office) -> None:
    taken(house, replace(LETTER, customer=CHEN))
    with house.database.reading() as session:
        today = local_date(house.now, current_plan(session).zone)
        (known,) = people(session, "Chen", today=today, at_most=5).found
        assert [one.text for one in queries.enquiries_of(session, known.ids)] == [LETTER.text]


def test_overdue_calls_stand_on_top_and_the_others_by_age(house: Office) -> None:
    taken(house, replace(LETTER, text="the oldest"))
    house.clock.office_now += timedelta(minutes=1)
    taken(house, replace(LETTER, text="young"))
    for words, hours in (("a call later", 5), ("a call soon", 1)):
        promise = Interval(house.now, house.now + timedelta(hours=hours))
        taken(house, replace(LETTER, text=words, phone="030 1234", promise=promise))
    house.clock.office_now += timedelta(hours=2)
    assert listed(house) == ["a call soon", "a call later", "the oldest", "young"]
    with house.database.reading() as session:
        assert queries.load(session, now=house.now) == (4, 1)


def test_ones_own_list_has_what_nobody_sees_to_as_well(house: Office) -> None:
    taken(house, replace(LETTER, text="mine"))
    taken(house, replace(LETTER, text="nobody's"), owner=None)
    taken(house, replace(LETTER, text="another's"), owner=CASEWORKER.name)
    gone = taken(house, replace(LETTER, text="forwarded"))
    done(house, gone, EnquiryChange.FORWARD, to="Team 3")
    assert sorted(listed(house, owner=RECEPTION.name)) == ["mine", "nobody's"]


def test_what_is_forwarded_stays_on_the_list_until_it_is_answered(house: Office) -> None:
    enquiry = taken(house)
    with pytest.raises(Invalid):
        done(house, enquiry, EnquiryChange.FORWARD, to=" ")
    done(house, enquiry, EnquiryChange.FORWARD, to="Team 3")
    found = seen(house, enquiry)
    assert (found.status, found.owner, found.forwarded_to) == (EnquiryStatus.FORWARDED, None, "Team 3")
    done(house, enquiry, EnquiryChange.TAKE, actor=CASEWORKER)
    assert (seen(house, enquiry).owner, seen(house, enquiry).forwarded_to) == (CASEWORKER.name, None)
    done(house, enquiry, EnquiryChange.ANSWER, actor=CASEWORKER, text="It was posted yesterday.")
    assert listed(house) == []
    with house.database.reading() as session:
        assert [one.id for one in queries.closed_lately(session)] == [enquiry.id]


def test_a_call_is_promised_tried_and_made(house: Office) -> None:
    enquiry = taken(house)
    promise = Interval(house.now, house.now + SOON)
    with pytest.raises(Invalid) as refused:
        done(house, enquiry, EnquiryChange.PROMISE, promise=promise)
    assert refused.value.fields.keys() == {"phone"}
    with pytest.raises(Invalid) as refused:
        done(house, enquiry, EnquiryChange.PROMISE, phone="030 1234")
    assert refused.value.fields.keys() == {"call_by"}
    done(house, enquiry, EnquiryChange.PROMISE, promise=promise, phone="030 1234")
    done(house, enquiry, EnquiryChange.MISS)
    found = seen(house, enquiry)
    assert (found.call_by, found.call_at, found.missed) == (promise.end, "030 1234", 1)
    done(house, enquiry, EnquiryChange.ANSWER)
    assert seen(house, enquiry).status is EnquiryStatus.ANSWERED


def test_what_is_laid_aside_says_why_and_can_be_opened_again(house: Office) -> None:
    enquiry = taken(house)
    with pytest.raises(Invalid):
        done(house, enquiry, EnquiryChange.DROP)
    done(house, enquiry, EnquiryChange.DROP, text="Never reached.")
    with pytest.raises(WrongState):
        done(house, enquiry, EnquiryChange.ANSWER)
    done(house, enquiry, EnquiryChange.REOPEN, actor=HOTLINE)
    found = seen(house, enquiry)
    assert (found.status, found.closed_at, found.owner) == (EnquiryStatus.OPEN, None, HOTLINE.name)


def test_the_last_step_is_taken_back_by_whoever_did_it(house: Office) -> None:
    enquiry = taken(house)
    done(house, enquiry, EnquiryChange.FORWARD, to="Team 3")
    done(house, enquiry, EnquiryChange.ANSWER)
    with pytest.raises(WrongState) as refused:
        taken_back(house, enquiry, actor=CASEWORKER)
    assert refused.value.details["why"] == "not_yours_to_take_back"
    taken_back(house, enquiry)
    found = seen(house, enquiry)
    assert (found.status, found.owner, found.forwarded_to, found.closed_at) == (
        *(EnquiryStatus.FORWARDED, None, "Team 3", None),
    )
    with house.database.reading() as session:
        back = [step.taken_back_at is not None for step in queries.steps_of(session, enquiry.id)]
    assert back == [False, True]


@pytest.mark.parametrize("minutes, refused", [(10, False), (11, True)])
def test_some_minutes_later_a_step_stays(house: Office, minutes: int, refused: bool) -> None:
    enquiry = taken(house)
    done(house, enquiry, EnquiryChange.ANSWER)
    house.clock.office_now += timedelta(minutes=minutes)
    if refused:
        with pytest.raises(WrongState):
            taken_back(house, enquiry)
    else:
        assert taken_back(house, enquiry).status is EnquiryStatus.OPEN


def test_taking_down_is_no_step_to_take_back(house: Office) -> None:
    with pytest.raises(WrongState):
        taken_back(house, taken(house))


def test_whoever_saw_another_state_changes_nothing(house: Office) -> None:
    enquiry = taken(house)
    done(house, enquiry, EnquiryChange.TAKE, actor=CASEWORKER, seen=1)
    with pytest.raises(ChangedMeanwhile):
        done(house, enquiry, EnquiryChange.ANSWER, seen=1)


def test_a_visit_closes_its_enquiry_and_stays_when_that_is_opened_again(house: Office) -> None:
    enquiry = taken(house, replace(LETTER, customer=ADA))
    visit = booked_for(house, enquiry)
    found = seen(house, enquiry)
    assert (found.status, found.booking_id) == (EnquiryStatus.BOOKED, visit.id)
    with pytest.raises(WrongState) as refused:
        taken_back(house, enquiry)
    assert refused.value.details["why"] == "enquiry_booked"
    done(house, enquiry, EnquiryChange.REOPEN)
    assert (seen(house, enquiry).status, seen(house, enquiry).booking_id) == (EnquiryStatus.OPEN, None)
    done(house, enquiry, EnquiryChange.ANSWER)
    taken_back(house, enquiry)
    taken_again = seen(house, enquiry)
    assert (taken_again.status, taken_again.booking_id) == (EnquiryStatus.OPEN, None)


def test_no_visit_is_booked_for_an_enquiry_that_is_closed(house: Office) -> None:
    enquiry = taken(house)
    done(house, enquiry, EnquiryChange.ANSWER)
    with pytest.raises(WrongState):
        booked_for(house, enquiry)
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Booking)) == 0


def test_records_say_what_was_done_and_nothing_of_the_person(house: Office) -> None:
    enquiry = taken(house, replace(LETTER, customer=CHEN))
    done(house, enquiry, EnquiryChange.ANSWER, text="To Chen: posted yesterday.")
    with house.database.reading() as session:
        noted = session.scalars(
            select(AuditRecord).where(AuditRecord.subject == f"enquiry:{enquiry.id}").order_by(AuditRecord.id)
        ).all()
    assert [one.action for one in noted] == ["enquiry.take-in", "enquiry.answer"]
    assert "Chen" not in str([one.details for one in noted])


def test_what_does_not_exist_is_not_found(house: Office) -> None:
    stranger = Enquiry(id=taken(house).id)
    stranger.id = type(stranger.id)(int=0)
    with pytest.raises(NotFound):
        done(house, stranger, EnquiryChange.TAKE)


def test_the_share_settled_without_a_visit_counts_answers(house: Office) -> None:
    for _ in range(6):
        done(house, taken(house), EnquiryChange.ANSWER)
    done(house, taken(house), EnquiryChange.DROP, text="Never reached.")
    done(house, taken(house, replace(LETTER, service=None)), EnquiryChange.ANSWER)
    with house.database.reading() as session:
        plan = current_plan(session)
        today = local_date(house.now, plan.zone)
        found = figures_of(session, plan, Period(today, today))
    (concern,) = found.by_service
    assert (concern.key, concern.counts["answered"]) == ("general", 6)
    assert [row.counts["answered"] for row in found.by_week] == [7]
    assert found.without_a_visit == {"general": 1.0}
    assert list(found.without_a_visit_by_week.values()) == [1.0]


def mailed(house: Office) -> Enquiry:
    """An enquiry that was answered by e-mail."""
    enquiry = taken(house, replace(LETTER, customer=EMRE))
    done(house, enquiry, EnquiryChange.ANSWER, text="It was posted.\n\nYours will come.", by_mail=True)
    return enquiry


def answers_to(house: Office, enquiry: Enquiry) -> list[OutboxRow]:
    with house.database.reading() as session:
        return list(queries.mails_of(session, enquiry.id))


def test_an_answer_is_mailed_in_paragraphs_and_the_language_of_the_person(
    house: Office, tmp_path: Path
) -> None:
    enquiry = mailed(house)
    (row,) = answers_to(house, enquiry)
    assert row.booking_id is None
    subject, body = text(Notice.from_values(row.values))
    assert subject == f"Reference {enquiry.reference}: answer to your question"
    assert "On Monday, 9 March 2020 you asked us something" in body
    assert "It was posted.\n\nYours will come.\n" in body
    assert deliver_due(house.database, Maildir(tmp_path), clock=house.clock, links=LINKS).sent == 1
    (sent,) = tmp_path.rglob("*.eml")
    assert b'To: "Emre Er"' in sent.read_bytes()
    assert b"/termin/b/" not in sent.read_bytes()


def test_an_answer_needs_words_and_an_address(house: Office) -> None:
    enquiry = taken(house, replace(LETTER, customer=EMRE))
    with pytest.raises(Invalid) as refused:
        done(house, enquiry, EnquiryChange.ANSWER, by_mail=True)
    assert refused.value.fields.keys() == {"text"}
    for asked in (LETTER, replace(LETTER, customer=CHEN)):
        with pytest.raises(Invalid) as refused:
            done(house, taken(house, asked), EnquiryChange.ANSWER, text="Yes.", by_mail=True)
        assert refused.value.fields.keys() == {"by_mail"}


def test_an_answer_that_has_not_left_is_stopped_with_its_step(house: Office, tmp_path: Path) -> None:
    enquiry = mailed(house)
    taken_back(house, enquiry)
    assert deliver_due(house.database, Maildir(tmp_path), clock=house.clock).sent == 0
    assert [row.state for row in answers_to(house, enquiry)] == [NoticeState.WITHDRAWN]


def test_an_answer_that_has_left_stays_and_the_enquiry_can_be_opened_again(
    house: Office, tmp_path: Path
) -> None:
    enquiry = mailed(house)
    deliver_due(house.database, Maildir(tmp_path), clock=house.clock)
    with pytest.raises(WrongState) as refused:
        taken_back(house, enquiry)
    assert refused.value.details["why"] == "answer_gone"
    done(house, enquiry, EnquiryChange.REOPEN)
    done(house, enquiry, EnquiryChange.ANSWER, text="And now?", by_mail=True)
    assert [row.state for row in answers_to(house, enquiry)] == [NoticeState.SENT, NoticeState.WAITING]


def test_an_answer_that_did_not_arrive_is_listed_until_the_enquiry_is_opened_again(house: Office) -> None:
    enquiry = mailed(house)
    with house.database.transaction() as session:
        hold(session, actor=RECEPTION, now=house.now)
    with house.database.reading() as session:
        assert [one.id for one in queries.not_arrived(session)] == [enquiry.id]
        assert to_be_told(session, now=house.now).tellings == []
    done(house, enquiry, EnquiryChange.REOPEN)
    with house.database.reading() as session:
        assert list(queries.not_arrived(session)) == []


def _two_visits(office: Office, enquiry: Enquiry) -> list[str]:
    """What becomes of two who book a visit for the same enquiry at once, at different places."""
    with ThreadPoolExecutor(2) as threads:
        asked = [
            threads.submit(booked_for, office, enquiry, place=place) for place in ("counter-1", "counter-2")
        ]
        return sorted(type(one.exception()).__name__ for one in asked)


def test_two_who_book_for_one_enquiry_at_once_make_one_visit(house: Office) -> None:
    assert _two_visits(house, taken(house)) == ["NoneType", "WrongState"]


def test_without_the_lock_one_enquiry_would_lead_to_two_visits(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: both look before either has closed it."""
    office = opened(postgresql_database, "2020-03-09 09:00", plan_with("regular"))
    both = Barrier(2)

    def look_and_wait(session: Session, enquiry_id: object) -> Enquiry:
        found = session.scalars(select(Enquiry).where(Enquiry.id == enquiry_id)).one()
        both.wait(30)
        return found

    enquiry = taken(office)
    monkeypatch.setattr(usecases, "_locked", look_and_wait)
    assert _two_visits(office, enquiry) == ["NoneType", "NoneType"]
