"""The silent alarm reaches the others and betrays nothing; a coded hint is seen by few."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models.audit import AuditRecord
from models.hints import Hint
from scheduler.domain.errors import Invalid
from scheduler.domain.hints import Code, checked_end
from scheduler.domain.roles import Role
from scheduler.queries.accesses import accesses_to
from scheduler.queries.alarms import open_alarms
from scheduler.queries.hints import hints_about
from scheduler.usecases.alarms import raise_alarm
from scheduler.usecases.hints import set_hint
from scheduler.usecases.tokens import add_token
from tests.cast import ADA, BRUNO, EMRE, MANAGER, RECEPTION
from tests.factories import Office, plan_with
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader


@pytest.fixture
def app(desk_office: Office, open_web: OpenWeb) -> Flask:
    return open_web(desk_office)


def a_moment_later(office: Office) -> None:
    """Pages may be two seconds old."""
    office.clock.real_now += timedelta(seconds=3)


def top_of(reader: Reader, address: str = "/") -> str:
    """What stands between the head of a page and its content, and whether anything is announced."""
    text = reader.get(address).text
    return text.partition("</header>")[2].partition("<main")[0]


def test_an_alarm_is_seen_by_the_others_and_not_where_it_was_raised(desk_office: Office, app: Flask) -> None:
    caller, guard, manager = (signed_in(app, role) for role in (Role.RECEPTION, Role.ENTRANCE, Role.MANAGER))
    auditor = signed_in(app, Role.AUDITOR)
    caller.get("/alarms")
    caller.post("/alarms/place", place="counter-2")
    for _ in range(2):
        assert caller.post("/alarms", next="/to-be-told").response.headers["Location"] == "/to-be-told"
    a_moment_later(desk_office)

    assert "Alarm: Counter 2" in top_of(guard)
    assert 'role="alert"' in top_of(manager, "/switches")
    own = top_of(caller, "/to-be-told")
    assert "alert" not in own
    assert "Alarm" not in own
    assert "noted 09:00" in own
    assert "Alarm" not in auditor.get("/").text
    guard.get("/")
    guard.post("/alarms/1/answer")
    caller.post("/alarms/1/answer", 409)
    a_moment_later(desk_office)
    assert "Coming: entrance." in top_of(manager)
    assert "entrance" in top_of(caller)
    manager.get("/")
    manager.post("/alarms/1/end", next="/alarms")
    a_moment_later(desk_office)
    assert "Alarm" not in top_of(guard)
    said = manager.get("/alarms").said()
    assert "reception · Counter 2 · Coming: entrance. · over 09:00, manager" in said
    with desk_office.database.reading() as session:
        records = session.scalars(select(AuditRecord).where(AuditRecord.subject == "alarm:1")).all()
    assert [(record.action, record.actor) for record in records] == [
        ("alarm.raise", "staff:reception"),
        ("alarm.answer", "staff:entrance"),
        ("alarm.end", "staff:manager"),
    ]


def test_a_page_asks_for_itself_and_for_nobody_else(desk_office: Office, app: Flask) -> None:
    caller, manager = signed_in(app, Role.RECEPTION), signed_in(app, Role.MANAGER)
    caller.get("/alarms")
    caller.post("/alarms", test="1")
    a_moment_later(desk_office)

    assert "Probealarm" in manager.client.get("/alarms/now?me=staff:manager").text
    assert "Probealarm" not in caller.client.get("/alarms/now?me=staff:reception").text
    manager.get("/alarms/now?me=staff:reception", 404)
    tag = manager.client.get("/alarms/now?me=staff:manager").headers["ETag"]
    again = manager.client.get("/alarms/now?me=staff:manager", headers={"If-None-Match": tag})
    assert again.status_code == 304


def test_whoever_presses_twice_calls_once_on_both_engines(office: Office) -> None:
    plan = plan_with("regular")
    for place in ("counter-1", "counter-1", "nowhere", None):
        with office.database.transaction() as session:
            raise_alarm(
                session, plan, place=place, browser="one", is_test=False, actor=RECEPTION, now=office.now
            )

    with office.database.reading() as session:
        found = session.connection().exec_driver_sql("SELECT place FROM alarms ORDER BY id").scalars().all()
    assert found == ["counter-1", None]


def test_a_real_alarm_is_not_swallowed_by_what_is_open_on_both_engines(office: Office) -> None:
    plan = plan_with("regular")

    def call(place: str | None, *, is_test: bool, minutes: int) -> None:
        at = office.now + timedelta(minutes=minutes)
        with office.database.transaction() as session:
            raise_alarm(session, plan, place=place, browser="one", is_test=is_test, actor=RECEPTION, now=at)

    def lasting() -> list[tuple[str | None, bool, int]]:
        with office.database.reading() as session:
            found = open_alarms(session)
            return [(one.place, one.is_test, (one.raised_at - office.now).seconds // 60) for one in found]

    for place in (None, "counter-1"):
        call(place, is_test=True, minutes=0)
        call(place, is_test=False, minutes=1)
        call(place, is_test=False, minutes=2)
    assert lasting() == [(None, False, 1), ("counter-1", False, 1)]
    call("counter-1", is_test=True, minutes=3)
    call("counter-1", is_test=False, minutes=600)
    assert lasting() == [(None, False, 1), ("counter-1", False, 600)]
    with office.database.reading() as session:
        ends = session.scalars(select(AuditRecord.subject).where(AuditRecord.action == "alarm.end")).all()
    assert len(ends) == 4


@pytest.mark.parametrize("places", [("counter-1", "counter-2"), ("counter-2", "counter-2"), ("", "")])
def test_two_computers_with_one_login_call_each_other(
    desk_office: Office, app: Flask, places: tuple[str, str]
) -> None:
    first, second = (signed_in(app, Role.RECEPTION) for _ in range(2))
    for reader, place in zip((first, second), places, strict=True):
        reader.get("/alarms")
        reader.post("/alarms/place", place=place)
        reader.get("/alarms")
    first.post("/alarms")
    a_moment_later(desk_office)

    now = "/alarms/now?me=staff:reception"
    for look in (top_of, lambda reader: reader.client.get(now).text):
        assert 'id="alarm-1"' in look(second)
        assert 'id="alarm-1"' not in look(first)
    second.get("/")
    second.post("/alarms/1/answer")
    first.get("/")
    first.post("/alarms/1/answer", 409)
    second.post("/alarms")
    a_moment_later(desk_office)
    assert f"Alarm: {'Counter 2' if places[1] else 'no place given'}" in top_of(first)


def test_a_page_that_nobody_used_for_hours_still_calls_until_the_day_is_over(
    desk_office: Office, app: Flask
) -> None:
    caller = signed_in(app, Role.RECEPTION)
    caller.get("/")
    desk_office.clock.real_now += timedelta(hours=11)
    assert caller.post("/alarms", next="/").response.status_code == 303
    now = "/alarms/now?me=staff:reception"
    assert "alarm__own" in caller.client.get(now).text
    caller.post("/alarms/1/answer", 401)
    desk_office.clock.real_now += timedelta(hours=1)
    assert caller.client.get(now).status_code == 303


KNOWN = replace(ADA, number="4711")


def shows_it(text: str) -> bool:
    return re.search(r">\s*Z2\s*<|Z2:|second_person", text) is not None


def test_a_hint_is_a_code_that_few_see_and_seeing_it_is_recorded(desk_office: Office, app: Flask) -> None:
    booking = desk_office.book("general", "2020-03-09 09:30", customer=KNOWN)
    other = desk_office.book("general", "2020-03-11 09:00", customer=replace(BRUNO, number=" 4711 "))
    stranger = desk_office.book("general", "2020-03-11 10:00", customer=EMRE)
    manager, reception, hotline = (
        signed_in(app, role) for role in (Role.MANAGER, Role.RECEPTION, Role.HOTLINE)
    )
    form = manager.get(f"/bookings/{booking.id}/hint")
    assert form.value("until") == "2020-06-07"
    manager.post(f"/bookings/{booking.id}/hint", 422, until="2021-12-31")
    manager.post(f"/bookings/{booking.id}/hint", until="2020-05-01")
    reception.get(f"/bookings/{booking.id}/hint", 403)

    for visit in (booking, other):  # the same number is the same person
        assert shows_it(reception.get(f"/bookings/{visit.id}").text)
        assert not shows_it(hotline.get(f"/bookings/{visit.id}").text)
    assert shows_it(reception.get(f"/arrivals?q={booking.reference}").text)
    assert not shows_it(reception.get(f"/bookings/{stranger.id}").text)
    with desk_office.database.reading() as session:
        assert {one.actor for one in accesses_to(session, "hint:1")} >= {"staff:reception"}
        assert "staff:hotline" not in {one.actor for one in accesses_to(session, "hint:1")}
    manager.post(f"/bookings/{other.id}/hint/lift")
    assert not shows_it(reception.get(f"/bookings/{booking.id}").text)
    with desk_office.database.reading() as session:
        records = session.scalars(select(AuditRecord).where(AuditRecord.subject == "hint:1")).all()
    assert [record.action for record in records] == ["hint.set", "hint.lift"]


def test_a_hint_stands_wherever_the_person_is_met(desk_office: Office, app: Flask) -> None:
    """Also known again by name and e-mail alone, as the people's own page has it."""
    met = replace(ADA, born=date(1980, 5, 31))
    booking = desk_office.book("general", "2020-03-11 09:00", customer=met)
    for hour in ("09:30", "10:00"):
        desk_office.book("general", f"2020-03-09 {hour}", customer=met)
    desk_office.book("general", "2020-03-09 10:30", customer=replace(ADA, born=None))
    desk_office.book("general", "2020-03-09 10:45", customer=replace(ADA, born=date(1990, 1, 1)))
    manager, reception, hotline = (
        signed_in(app, role) for role in (Role.MANAGER, Role.RECEPTION, Role.HOTLINE)
    )
    manager.get(f"/bookings/{booking.id}/hint")
    manager.post(f"/bookings/{booking.id}/hint", until="2020-05-01")

    queue, found = (reception.get(page) for page in ("/queue", "/arrivals?name=Arendt&born=31.5.1980"))

    assert [len(page.all("span", class_="hint")) for page in (queue, found)] == [3, 3]
    assert hotline.get("/queue").all("span", class_="hint") == []
    with desk_office.database.reading() as session:
        pages = {one.page for one in accesses_to(session, "hint:1") if one.actor == "staff:reception"}
    assert pages == {"desk.queue", "desk.arrivals"}


def test_a_hint_leaves_the_house_by_no_way(desk_office: Office, app: Flask) -> None:
    booking = desk_office.book("general", "2020-03-09 09:30", customer=KNOWN)
    with desk_office.database.transaction() as session:
        until = date(2020, 5, 1)
        set_hint(session, booking.id, Code.SECOND_PERSON, until=until, actor=MANAGER, now=desk_office.now)
        at = {"now": desk_office.now, "real_now": desk_office.now}
        token = add_token(session, "desk", Role.MANAGER, actor=MANAGER, **at)
    manager, guard = signed_in(app, Role.MANAGER), signed_in(app, Role.ENTRANCE)
    program = app.test_client().get(
        f"/api/v1/bookings/{booking.id}", headers={"Authorization": f"Bearer {token}"}
    )
    day = "/day/2020-03-09"

    seen = [
        manager.client.get(f"{day}{page}").text for page in ("/list?names=1", "/door", "/offline", "/grid")
    ]
    seen += [manager.get(f"/bookings/{booking.id}/slip").text, guard.get("/").text, program.text]
    seen += [str(notice.values) for notice in desk_office.notices(booking)]
    assert [text for text in seen if shows_it(text)] == []


def test_a_hint_ends_by_itself(desk_office: Office) -> None:
    booking = desk_office.book("general", "2020-03-09 09:30", customer=KNOWN)
    until = date(2020, 5, 1)
    with desk_office.database.transaction() as session:
        set_hint(session, booking.id, Code.SECOND_PERSON, until=until, actor=MANAGER, now=desk_office.now)
    person = desk_office.see(booking).person

    with desk_office.database.reading() as session:
        shown = [
            len(hints_about(session, [person], today=day)) == 1 for day in (until, until + timedelta(days=1))
        ]
        assert session.scalar(select(Hint.until)) == until
    assert shown == [True, False]
    for wrong in (until - timedelta(days=1), until + timedelta(days=366)):
        with pytest.raises(Invalid):
            checked_end(wrong, today=until)
