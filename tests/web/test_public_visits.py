"""A visit by its link: who has it may move and cancel, and opening it changes nothing."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import uuid4

import ics
import pytest
import vobject
from flask import Flask
from icalendar import Calendar
from sqlalchemy import delete

from models.bookings import Booking, Claim
from scheduler.adapters.links import Links
from scheduler.adapters.mail import mailbox_from_url
from scheduler.domain.bookings import Party, Status
from scheduler.domain.caseworkers import CaseworkerRequest
from scheduler.domain.errors import SlotTaken
from scheduler.domain.roles import Role
from scheduler.domain.waiting_list import COOLING
from scheduler.queries.audit import records_of
from scheduler.usecases import bookings
from scheduler.usecases.caseworkers import hand_over, keep_caseworker
from scheduler.usecases.outbox import deliver_due
from scheduler.usecases.waiting_list import offer_due
from scheduler.web.frame import EXTENSION
from tests.cast import ADA, BRUNO, MANAGER
from tests.factories import Office, at
from tests.itip import faults_of_file
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader

LINKS = Links("http://localhost", "a secret of this test alone, long enough")


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    return open_web(desk_office)


@pytest.fixture
def customer(app: Flask) -> Reader:
    return Reader(app)


def link(app: Flask, visit: Booking) -> str:
    return f"/termin/b/{app.extensions[EXTENSION].links.token(visit.id)}"


def changed(token: str, position: int) -> str:
    """The token with another letter there."""
    other = "A" if token[position] != "A" else "B"
    return token[:position] + other + token[position + 1 :]


def test_a_link_is_found_again_and_none_can_be_made_up() -> None:
    visit = uuid4()
    token = LINKS.token(visit)
    other = Links(LINKS.base_url, "another secret, as long as the first one was")

    assert LINKS.visit_of(token) == visit
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    wrong = [token[:-2], f"{token}A", token[::-1], "", "ü", "=", "a" * 5, other.token(visit)]
    wrong += [changed(token, position) for position in (0, 20, 30)]
    assert [LINKS.visit_of(one) for one in wrong] == [None] * len(wrong)


def test_a_mail_leads_to_the_page_until_the_visit_is_cancelled(
    app: Flask, desk_office: Office, tmp_path: Path
) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", customer=ADA)
    links, folder = app.extensions[EXTENSION].links, tmp_path / "mails"

    def sent() -> str:
        known = set(folder.glob("*.eml"))
        mailer = mailbox_from_url(f"maildir:{folder}")
        deliver_due(desk_office.database, mailer, clock=desk_office.clock, links=links)
        (latest,) = set(folder.glob("*.eml")) - known
        mail = message_from_bytes(latest.read_bytes(), policy=default)
        return "".join(
            str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text"
        )

    assert sent().count(links.address(visit.id)) >= 2  # in the text and in its HTML
    desk_office.clock.office_now += timedelta(minutes=1)
    desk_office.do(bookings.cancel, visit, by=Party.OFFICE)
    assert links.address(visit.id) not in sent()


def test_the_page_says_when_and_where_and_nothing_about_the_person(
    app: Flask, desk_office: Office, customer: Reader
) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", customer=ADA)
    page = customer.get(link(app, visit))

    assert "Wednesday, 11 March 2020, 09:00" in page.said()
    assert "Beispielstraße 1" in page.said()
    for secret in (ADA.name, "ada@example.org", "General concern"):
        assert secret not in page.text
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    assert page.response.headers["X-Robots-Tag"] == "noindex"


def test_looking_changes_nothing_and_only_the_answer_cancels(
    app: Flask, desk_office: Office, customer: Reader
) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", customer=ADA)
    address = link(app, visit)
    for path in (address, f"{address}/absagen", f"{address}/verlegen"):
        customer.client.head(path)
        customer.get(path)
    assert desk_office.see(visit).status is Status.BOOKED

    page = customer.follow(customer.post(f"{address}/absagen"))
    assert "The appointment is cancelled." in page.said()
    assert "This appointment was cancelled on your word." in page.said()
    seen = desk_office.see(visit)
    assert (seen.status, seen.cancelled_by) == (Status.CANCELLED, Party.CUSTOMER)
    customer.follow(customer.post(f"{address}/absagen"))
    with desk_office.database.reading() as session:
        noted = [one.action for one in records_of(session, f"booking:{visit.id}")]
    assert noted.count("booking.cancel") == 1


def test_a_visit_is_moved_by_one_press_and_a_taken_time_changes_nothing(
    app: Flask, desk_office: Office, customer: Reader
) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", customer=ADA)
    address = link(app, visit)
    times = customer.get(f"{address}/verlegen?on=2020-03-12").all("button", name="take")
    first, second = (times[position].get("value") or "" for position in (0, 1))
    when, _, where = first.partition("|")
    desk_office.book("general", when, resource=where, customer=BRUNO)

    taken = customer.follow(customer.post(f"{address}/verlegen", take=first))
    assert "just taken" in taken.said()
    assert desk_office.see(visit).starts_at == at("2020-03-11 09:00")
    moved = customer.follow(customer.post(f"{address}/verlegen", take=second))
    assert "The appointment is moved." in moved.said()
    assert desk_office.see(visit).moved_by is Party.CUSTOMER
    nonsense = customer.follow(customer.post(f"{address}/verlegen", take="soon|anywhere"))
    assert nonsense.all("div", role="alert")


def test_what_the_office_cancelled_and_what_is_over_say_so(
    app: Flask, desk_office: Office, customer: Reader
) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", customer=ADA)
    other = desk_office.book("general", "2020-03-11 10:00", customer=BRUNO)
    address = link(app, visit)
    desk_office.do(bookings.cancel, visit, by=Party.OFFICE, reason="The room is closed.")
    page = customer.get(address)
    assert "You will suffer no disadvantage from it. The room is closed." in page.said()
    assert page.all("a", href=f"{address}/absagen") == []

    desk_office.wait_until("2020-03-11 10:05")
    assert "This appointment is over or has begun." in customer.get(link(app, other)).said()
    assert "cannot be cancelled any more" in customer.get(f"{link(app, other)}/absagen").said()
    refused = customer.follow(customer.post(f"{link(app, other)}/absagen"))
    assert refused.all("div", role="alert")
    assert desk_office.see(other).status is Status.BOOKED
    desk_office.wait_until("2020-06-12 10:00")
    customer.get(link(app, other), 404)
    unknown = customer.get("/termin/b/" + "A" * 43, 404)
    for page in (unknown, customer.get("/termin/nowhere", 404)):
        assert "Jobcenter" not in page.text
        assert page.all("a", href="/termin/")


def test_a_visit_is_put_into_any_calendar_and_names_nobody(
    app: Flask, desk_office: Office, customer: Reader
) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", customer=ADA)
    address = f"{link(app, visit)}/termin.ics"
    assert customer.get(link(app, visit)).all("a", href=address)
    answer = customer.client.get(address)
    written = answer.data

    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert faults_of_file(written) == []
    for secret in (ADA.name, "ada@example.org", "General concern", "Jobcenter"):
        assert secret not in written.decode()
    (entry,) = Calendar.from_ical(written).events
    assert (entry.start, entry["uid"]) == (visit.starts_at, visit.ical_uid)
    assert vobject.readOne(written.decode(), validate=True).vevent.summary.value == "Termin"
    assert [one.begin.datetime for one in ics.Calendar(written.decode()).events] == [visit.starts_at]


def test_there_is_nothing_for_a_calendar_where_nobody_is_expected(
    app: Flask, desk_office: Office, customer: Reader
) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", customer=ADA)
    over = desk_office.book("general", "2020-03-11 08:00", customer=BRUNO)
    desk_office.do(bookings.cancel, visit, by=Party.OFFICE)
    desk_office.wait_until("2020-03-11 08:05")
    for one in (visit, over):
        assert customer.client.get(f"{link(app, one)}/termin.ics").status_code == 404
        assert "Add to calendar" not in customer.get(link(app, one)).said()


def test_a_lost_link_is_asked_for_and_the_answer_betrays_nobody(
    app: Flask, desk_office: Office, customer: Reader
) -> None:
    desk_office.book("general", "2020-03-11 09:00", customer=ADA)
    assert customer.get("/termin/").all("a", href="/termin/link")
    pages = []
    for typed in (ADA.email or "", "nobody@example.org"):
        customer.get("/termin/link")
        pages.append(customer.follow(customer.post("/termin/link", email=typed)).said())
    assert pages[0] == pages[1]
    customer.get("/termin/link")
    wrong = customer.post("/termin/link", 422, email="ada at home")
    assert "not an e-mail address" in wrong.problem("email")
    assert wrong.value("email") == "ada at home"
    for _ in range(9):
        customer.get("/termin/link")
        answer = customer.client.post(
            "/termin/link", data={"csrf_token": wrong.value("csrf_token"), "email": "a@b.de"}
        )
    assert answer.status_code == 429


def test_what_goes_with_a_summons_is_changed_by_a_call_alone(
    app: Flask, desk_office: Office, customer: Reader
) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", customer=ADA)
    desk = signed_in(app, Role.RECEPTION)
    desk.get(f"/bookings/{visit.id}/summons")
    wrong = desk.post(f"/bookings/{visit.id}/summons", 422, sent_on="2020-03-12")
    assert "has not come yet" in wrong.problem("sent_on")
    desk.get(f"/bookings/{visit.id}/summons")
    noted = desk.follow(desk.post(f"/bookings/{visit.id}/summons", sent_on="2020-03-09"))
    assert "sent on Mon, 9 Mar 2020" in noted.said()

    address = link(app, visit)
    page = customer.get(address)
    assert "We sent you a letter about this appointment on Mon, 9 Mar 2020." in page.said()
    assert page.all("a", href=f"{address}/absagen") == []
    assert "summons" not in page.text
    refused = customer.follow(customer.post(f"{address}/absagen"))
    assert "only the office can change it" in refused.said()
    assert desk_office.see(visit).status is Status.BOOKED


def test_whoever_would_come_earlier_says_so_and_answers_an_offer(
    app: Flask, desk_office: Office, customer: Reader
) -> None:
    visit = desk_office.book("general", "2020-03-13 09:00", customer=ADA)
    address = link(app, visit)
    assert "Would you like to come earlier?" in customer.get(address).said()
    page = customer.follow(customer.post(f"{address}/frueher", do="ask"))
    assert "we tell you by e-mail" in page.said()
    offer_due(desk_office.database, clock=desk_office.clock)

    offered = customer.get(address)
    assert "An earlier time is free" in offered.said()
    assert desk_office.see(visit).starts_at == at("2020-03-13 09:00")
    customer.follow(customer.post(f"{address}/angebot", do="decline"))
    offer_due(desk_office.database, clock=desk_office.clock)
    customer.get(address)
    moved = customer.follow(customer.post(f"{address}/angebot", do="take"))
    assert "The appointment is moved." in moved.said("body")
    assert desk_office.see(visit).starts_at < at("2020-03-13 09:00")
    late = customer.follow(customer.post(f"{address}/angebot", do="take"))
    assert "This offer is over." in late.said("body")
    assert "Would you like to come earlier?" in late.said()
    customer.follow(customer.post(f"{address}/frueher", do="ask"))
    assert "Would you like" in customer.follow(customer.post(f"{address}/frueher", do="stop")).said()


def test_whoever_is_kept_on_file_ends_that_by_the_link(
    app: Flask, desk_office: Office, customer: Reader
) -> None:
    visit = desk_office.book("general", "2020-03-13 09:00", customer=replace(ADA, on_file=True))
    address = link(app, visit)
    page = customer.get(address)
    assert "You wished that we keep you on file" in page.said()
    after = customer.follow(customer.post(f"{address}/vormerkung"))
    assert "You are not kept on file any more." in after.said("body")
    assert "You wished that we keep you on file" not in after.said()


def test_who_has_no_address_is_not_asked_to_wait_for_a_mail(
    app: Flask, desk_office: Office, customer: Reader
) -> None:
    address = link(app, desk_office.book("general", "2020-03-13 09:00", customer=BRUNO))
    assert "Would you like to come earlier?" not in customer.get(address).said()
    refused = customer.follow(customer.post(f"{address}/frueher", do="ask"))
    assert "we know no address of yours" in refused.said("body")


def test_what_somebody_gave_up_is_not_on_the_customers_pages_for_a_while(
    desk_office: Office, customer: Reader
) -> None:
    visits = []
    with suppress(SlotTaken):
        while True:
            visits.append(desk_office.book("general", "2020-03-11 09:00", customer=ADA))

    def nine() -> bool:
        times = customer.get("/termin/6/zeiten?on=2020-03-11").all("button", name="take")
        return any((one.get("value") or "").startswith("2020-03-11T09:00") for one in times)

    assert not nine()
    desk_office.do(bookings.cancel, visits[0], by=Party.CUSTOMER)
    assert not nine()
    with desk_office.database.transaction() as session:  # as if the minutes were over
        session.execute(delete(Claim).where(Claim.held_by == COOLING))
    assert nine()


def test_who_has_a_caseworker_is_offered_times_that_suit_both(
    app: Flask, desk_office: Office, customer: Reader
) -> None:
    visit = desk_office.book("general", "2020-03-11 09:00", customer=ADA)
    with desk_office.database.transaction() as session:
        asked = CaseworkerRequest("Karla Kern", "", {2: ((540, 600),)})
        worker = keep_caseworker(session, None, asked, actor=MANAGER, now=desk_office.now)
        hand_over(session, visit.id, worker.id, actor=MANAGER, now=desk_office.now)
    page = customer.get(f"{link(app, visit)}/verlegen?on=2020-03-11")
    times = {(button.get("value") or "")[:16] for button in page.all("button", name="take")}

    assert times
    assert {(time[:10], time[11:13]) for time in times} == {("2020-03-11", "09")}
    assert "Karla Kern" not in page.said()
