"""Customers book by themselves: every step, what they are told instead, and what nobody loses."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete

from models.bookings import Booking, Claim
from scheduler.domain.bookings import Status
from scheduler.domain.roles import Role
from scheduler.queries.bookings import with_everything
from scheduler.usecases import bookings as usecases
from tests.cast import BRUNO, MANAGER
from tests.factories import Office, whole_plan
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader

#: Places of concerns in the plan, from 1.
GENERAL, URGENT, CASH, GROUP = 6, 3, 2, 8
FORM = {"name": "Karla Kern", "language": "en", "starts_at": "2020-03-11T09:00", "resource": "counter-1"}


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    return open_web(desk_office)


@pytest.fixture
def customer(app: Flask) -> Reader:
    return Reader(app)


def chosen(reader: Reader, day: str = "2020-03-11", position: int = 0, number: int = GENERAL) -> Page:
    """The page that asks who comes, after one of the free times was chosen."""
    times = reader.get(f"/termin/{number}/zeiten?on={day}")
    taken = times.all("button", name="take")[position].get("value") or ""
    return reader.follow(reader.post(f"/termin/{number}/zeiten", take=taken))


def typed(page: Page, **more: str) -> dict[str, str]:
    return {**FORM, **{name: page.value(name) for name in ("starts_at", "resource", "key")}, **more}


def booked(office: Office) -> Sequence[Booking]:
    with office.database.reading() as session:
        return session.scalars(with_everything()).all()


def forget_holds(office: Office) -> None:
    """As if the minutes were over for which times are held; the database's own clock says so."""
    with office.database.transaction() as session:
        session.execute(delete(Claim).where(Claim.hold.is_not(None)))


def test_open_hotlines_stand_with_the_channels_and_closed_ones_lead_on(
    customer: Reader, desk_office: Office
) -> None:
    own, others = "Additional number of the Jobcenter, 030 23125-200", "Nationwide hotline"
    assert own not in customer.get("/termin/").said()
    desk_office.wait_until("2020-04-06 09:00")
    shown = customer.get("/termin/").said()
    assert f"{own} Monday–Tuesday 08:00–12:00, 13:30–16:00" in shown
    assert others in shown
    desk_office.wait_until("2020-07-02 10:00")
    shown = customer.get("/termin/").said()
    assert own in shown
    assert "This number is no longer answered: Nationwide hotline" in shown
    assert "(last day: Tue, 30 Jun 2020). Please use one of the ways above." in shown
    desk_office.wait_until("2020-11-02 10:00")
    assert others not in customer.get("/termin/").said()


def test_a_visit_is_booked_when_the_page_says_so_and_only_then(customer: Reader, desk_office: Office) -> None:
    start = customer.get("/termin/")
    assert "Talk about a difficult matter" in start.said()
    assert "Group information" not in start.said()
    concern = customer.get(f"/termin/{GENERAL}")
    assert "The next free time is Monday, 9 March 2020" in concern.said()
    assert "Phone 030 23125-100 Monday–Wednesday 08:00–16:00 Thursday 08:00–18:00" in concern.said()
    page = chosen(customer)
    assert "kept for you for 10 minutes more. Nothing is booked yet." in page.said()
    address = f"/termin/{GENERAL}/angaben"

    nameless = customer.post(address, 422, **typed(page, name="", email="karla@example.org"), do="check")
    assert nameless.problem("name")
    assert nameless.value("email") == "karla@example.org"
    check = customer.post(address, 200, **typed(page, email="karla@example.org", step_free="y"), do="check")
    assert "Nothing is booked yet. Wednesday, 11 March 2020, 08:00" in check.said()
    assert booked(desk_office) == []
    again = customer.post(address, 200, **typed(page, email="karla@example.org", step_free="y"), do="back")
    assert again.value("email") == "karla@example.org"
    for _ in range(2):
        done = customer.follow(customer.post(address, **typed(page, email="karla@example.org"), do="book"))

    (made,) = booked(desk_office)
    assert (made.status, made.booked_by, made.person.email) == (
        Status.BOOKED,
        Role.CUSTOMER,
        "karla@example.org",
    )
    assert f"Reference: {made.reference}" in done.said()
    assert "by phone, 030 23125-100" in done.said()
    assert made.reference in customer.get("/termin/zettel").said()


def test_nothing_about_anybody_stands_in_an_address(customer: Reader) -> None:
    page = chosen(customer)
    sent = customer.post(
        f"/termin/{GENERAL}/angaben", 200, **typed(page, email="karla@example.org"), do="check"
    )
    for text in (page.response.request.url, sent.response.request.url):
        assert "arla" not in text
        assert "general" not in text


def test_whoever_was_first_has_the_time_and_the_other_loses_nothing(app: Flask, desk_office: Office) -> None:
    first, second = Reader(app), Reader(app)
    page = chosen(first)
    assert page.value("starts_at") == "2020-03-11T08:00"
    assert chosen(second).value("resource") != page.value("resource")
    forget_holds(desk_office)
    for place in ("counter-1", "counter-2", "counter-3"):
        desk_office.book("general", "2020-03-11 08:00", resource=place, customer=BRUNO)

    refused = first.post(f"/termin/{GENERAL}/angaben", 409, **typed(page, phone="030 1234"), do="book")
    offered = refused.all("button", name="take")[0].get("value") or ""
    kept = first.post(f"/termin/{GENERAL}/angaben", 200, **typed(page, phone="030 1234"), take=offered)

    assert refused.value("phone") == kept.value("phone") == "030 1234"
    assert kept.value("starts_at") == offered.partition("|")[0]
    assert len(booked(desk_office)) == 3


def test_a_time_that_somebody_else_took_meanwhile_is_said_on_the_page_of_times(
    app: Flask, desk_office: Office
) -> None:
    late = Reader(app)
    take = (
        late.get(f"/termin/{GENERAL}/zeiten?on=2020-03-11").all("button", name="take")[0].get("value") or ""
    )
    when, _, where = take.partition("|")
    desk_office.book("general", when, resource=where, customer=BRUNO)

    page = late.follow(late.post(f"/termin/{GENERAL}/zeiten", take=take))

    assert "Somebody else has just taken this time." in page.said()


def test_more_time_is_given_for_asking_and_the_page_says_when_it_is_over(
    customer: Reader, desk_office: Office
) -> None:
    page = chosen(customer)
    desk_office.clock.real_now += timedelta(minutes=8)
    address = (
        f"/termin/{GENERAL}/angaben?starts_at=2020-03-11T08:00&resource=counter-1&key={page.value('key')}"
    )
    left = customer.get(address)
    more = customer.post(f"/termin/{GENERAL}/angaben", 200, **typed(page, name="Karla"), do="extend")
    desk_office.clock.real_now += timedelta(minutes=11)
    over = customer.get(address)

    assert "for 2 minutes more" in left.said()
    assert "for 10 minutes more" in more.said()
    assert more.value("name") == "Karla"
    assert "no longer kept for you" in over.said()


def test_where_the_phase_refuses_nobody_stands_at_a_dead_end(app: Flask, desk_office: Office) -> None:
    desk_office.switch_into("preventive", "appointments_cancelled")
    desk_office.wait_until("2020-03-16 09:00")
    reader = Reader(app)

    for number in (GENERAL, CASH):
        page = reader.get(f"/termin/{number}").said()
        assert "Phone 030 23125-100" in page
        assert "You can file an application at any time" in page
        assert "you cannot book a visit for this yourself" in page
    assert reader.get(f"/termin/{GENERAL}/zeiten").all("button", name="take") == []
    forced = reader.post(
        f"/termin/{GENERAL}/angaben", 422, **FORM | {"starts_at": "2020-03-17T09:00"}, do="book"
    )
    assert "You can file an application at any time" in forced.said()
    reader.get(f"/termin/{GROUP}", 404)
    reader.get("/termin/99", 404)


def test_where_the_office_decides_the_page_says_that_it_is_a_request(
    summer_office: Office, open_web: OpenWeb
) -> None:
    summer_office.plan(whole_plan())
    reader = Reader(open_web(summer_office))
    assert "You ask for it, and the office answers" in reader.get(f"/termin/{URGENT}").said()
    page = chosen(reader, "2020-07-21", number=URGENT)
    done = reader.follow(reader.post(f"/termin/{URGENT}/angaben", **typed(page), do="book"))

    assert "Your request has been sent" in done.said()
    (asked,) = booked(summer_office)
    assert asked.status is Status.REQUESTED
    links = [link.get("href") or "" for link in done.all("a")]
    address = next(link for link in links if "/termin/b/" in link)
    assert "we have not answered yet" in reader.get(address).said()
    summer_office.do(usecases.decline, asked, actor=MANAGER, reason="Please call us instead.")
    answer = reader.get(address).said()
    assert "could not give you this appointment" in answer
    assert "Please call us instead. You can file an application at any time" in answer


def test_who_comes_along_is_said_and_shown_before_it_is_booked(customer: Reader, desk_office: Office) -> None:
    fields = typed(chosen(customer), persons="3", others="Ben Arendt\nCem Arendt")
    check = customer.post(f"/termin/{GENERAL}/angaben", 200, **fields, do="check")
    assert "How many come 3 Who else comes Ben Arendt Cem Arendt" in check.said()
    wrong = customer.post(f"/termin/{GENERAL}/angaben", 422, **fields | {"persons": "2"}, do="check")
    assert wrong.problem("persons")
    customer.post(f"/termin/{GENERAL}/angaben", **{**fields, "others": check.value("others")}, do="book")
    (visit,) = booked(desk_office)
    assert (visit.persons, visit.others) == (3, "Ben Arendt\nCem Arendt")


def test_needs_choose_the_times(customer: Reader) -> None:
    places = [
        {(button.get("value") or "").partition("|")[2] for button in page.all("button", name="take")}
        for page in (
            customer.get(f"/termin/{GENERAL}/zeiten?on=2020-03-11"),
            customer.get(f"/termin/{GENERAL}/zeiten?on=2020-03-11&step_free=y"),
        )
    ]
    assert "counter-3" not in places[1]
    assert places[1]


def test_one_address_takes_no_more_than_its_share(app: Flask, desk_office: Office) -> None:
    """Ten within five minutes; colleagues at the desk, and other addresses, go on."""
    reader = Reader(app)
    pages = [chosen(reader, position=position) for position in range(10)]
    refused = reader.post(f"/termin/{GENERAL}/zeiten", 429, take="2020-03-12T09:00|counter-1")

    assert 0 < int(refused.response.headers["Retry-After"]) <= 300
    assert pages
    signed_in(app, Role.RECEPTION).get("/")
    desk_office.clock.real_now += timedelta(minutes=5)
    chosen(reader)


def test_a_stranger_sees_nobodys_visit(app: Flask) -> None:
    first, stranger = Reader(app), Reader(app)
    page = chosen(first)
    first.follow(first.post(f"/termin/{GENERAL}/angaben", **typed(page), do="book"))

    assert stranger.get("/termin/fertig", 303).response.headers["Location"] == "/termin/"
    stranger.get("/termin/zettel", 404)


@pytest.mark.parametrize("canary", ["<img src=x onerror=alert(1)>", '"><script>1</script>', "{{ 7 * 7 }}"])
def test_what_customers_type_comes_out_as_text(customer: Reader, canary: str) -> None:
    page = chosen(customer)
    form = typed(page, name=canary, number=canary, address=canary)
    check = customer.post(f"/termin/{GENERAL}/angaben", 200, **form, do="check")
    done = customer.follow(customer.post(f"/termin/{GENERAL}/angaben", **form, do="book"))

    assert canary in check.said()
    for shown in (check, done, customer.get("/termin/zettel")):
        assert shown.all("img") == []
        assert [one for one in shown.all("script") if one.get("src") is None] == []
