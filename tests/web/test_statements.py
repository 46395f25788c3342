"""How often a page or a call asks the database: a fixed number of times, however much there is to show.

What is not counted is the question whether anything was committed, which stands before every answer.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.events import Event, Participant
from scheduler.domain.applications import Filing, ReceivedBy
from scheduler.domain.bookings import Party
from scheduler.domain.caseworkers import AbsenceRequest, CaseworkerRequest
from scheduler.domain.closures import id_of
from scheduler.domain.contacts import ContactKind
from scheduler.domain.enquiries import EnquiryRequest, Medium
from scheduler.domain.people import Customer
from scheduler.domain.roles import Role
from scheduler.domain.walk_ins import EmergencyRequest
from scheduler.queries.plans import current_plan
from scheduler.usecases.applications import file_of
from scheduler.usecases.bookings import cancel
from scheduler.usecases.caseworkers import hand_over, keep_caseworker, report_absent
from scheduler.usecases.contacts import count
from scheduler.usecases.drafts import begin_draft
from scheduler.usecases.enquiries import take_in
from scheduler.usecases.feeds import add_feed
from scheduler.usecases.hotlines import add_shift
from scheduler.usecases.switches import apply_due
from scheduler.usecases.tokens import add_token
from scheduler.usecases.walk_ins import admit_emergency
from scheduler.web.frame import EXTENSION
from tests.applications import config_for, lent_app
from tests.cast import CUSTOMER, DORIT, EMRE, MANAGER, RECEPTION
from tests.factories import REASON, Office, at
from tests.queries.statements import counted
from tests.web.conftest import signed_in

DAY = "2020-07-21"

#: At most so many, by the route's endpoint; a route that is missing here fails the test.
PAGES = {
    "desk.today": ("/", 18),
    "desk.day": (f"/day/{DAY}", 16),
    "desk.grid": (f"/day/{DAY}/grid", 6),
    "desk.parked": (f"/parked/{DAY}", 2),
    "desk.condition": ("/condition", 6),
    "desk.queue": ("/queue", 8),
    "desk.queue_part": ("/queue/part", 9),
    "desk.new_walk_in": ("/walk-ins/new", 2),
    "desk.new_call_back": ("/emergencies/call-back", 2),
    "desk.walk_in": ("/walk-ins/{walk_in}", 7),
    "desk.go_to_day": (f"/day?date={DAY}", 1),
    "desk.why": (f"/why?at={DAY}T07:00&resource=counter-1", 3),
    "desk.new_booking": (f"/bookings/new?at={DAY}T09:00", 3),
    "desk.find_booking": ("/bookings?reference={reference}", 2),
    "desk.suggestions": ("/people/suggestions?q=Emre+Er", 4),
    "desk.person": ("/people/{person}", 9),
    "desk.find_slot": (f"/slots?service=benefit_emergency&on={DAY}&at=09:00", 8),
    "desk.booking": ("/bookings/{id}", 7),
    "desk.ask_about_change": ("/bookings/{id}/cancel", 4),
    "desk.arrivals": ("/arrivals?q={reference}", 6),
    "desk.entrance": ("/entrance?q={reference}", 4),
    "desk.entrance_now": ("/entrance/now", 2),
    "desk.display": ("/display", 2),
    "desk.wall": ("/display/{wall}", 3),
    "desk.day_list": (f"/day/{DAY}/list?names=1", 3),
    "desk.door_sheet": (f"/day/{DAY}/door", 3),
    "desk.offline_list": (f"/day/{DAY}/offline", 3),
    "desk.catch_up": (f"/day/{DAY}/catch-up", 4),
    "desk.catch_up_walk_in": (f"/day/{DAY}/catch-up/walk-ins", 2),
    "desk.alarms": ("/alarms", 3),
    "desk.alarms_now": ("/alarms/now?me=staff:manager", 3),
    "desk.ask_about_hint": ("/bookings/{id}/hint", 4),
    "desk.ask_about_summons": ("/bookings/{id}/summons", 4),
    "desk.slip": ("/bookings/{id}/slip", 4),
    "desk.ask_about_delay": ("/bookings/{id}/delay", 5),
    "desk.cash_desk": (f"/cash-desk?date={DAY}", 3),
    "desk.interruptions_page": ("/interruptions", 5),
    "admin.staff": ("/admin/staff", 4),
    "admin.account": ("/admin/staff/reception", 4),
    "admin.roles": ("/admin/roles", 3),
    "desk.own_account": ("/account", 4),
    "desk.as_of": ("/as-of", 3),
    "desk.own_password": ("/account/password", 3),
    "desk.own_factor": ("/account/factor", 3),
    "desk.ask_for_code": ("/sign-in/code", 3),
    "desk.sign_in": ("/sign-in", 1),
    "public.start": ("/termin/", 1),
    "public.concern": ("/termin/1", 4),
    "public.times": (f"/termin/1/zeiten?on={DAY}", 4),
    "public.details": (f"/termin/1/angaben?starts_at={DAY}T09:00&resource=counter-1", 2),
    "public.done": ("/termin/fertig", 1),
    "public.slip": ("/termin/zettel", 1),
    "public.statement": ("/termin/barrierefreiheit", 2),
    "office.poster": ("/office/posters/regular", 2),
    "office.feeds": ("/office/feeds", 5),
    "office.audit": ("/office/audit?subject=booking:", 4),
    "desk.routes": (f"/day/{DAY}/routes", 3),
    "office.sign": ("/office/signs/entrance", 2),
    "feeds.feed": ("/feeds/{secret}.ics", 3),
    "office.audit_searches": ("/office/audit/searches", 5),
    "office.retention": ("/office/retention", 13),
    "desk.person_file": ("/people/{person}/file", 14),
    "desk.ask_to_erase": ("/people/{person}/erase", 7),
    "office.statements": ("/office/statements", 4),
    "office.statement": ("/office/statements/privacy/de", 3),
    "public.ask": ("/termin/frage", 2),
    "public.question_sent": ("/termin/frage/gesendet", 2),
    "public.events": ("/termin/gruppen", 3),
    "public.event": ("/termin/gruppen/{event}", 3),
    "desk.caseworkers": ("/caseworkers", 6),
    "desk.caseworker": ("/caseworkers/{caseworker}", 6),
    "desk.ask_about_absence": ("/caseworkers/{caseworker}/absence", 7),
    "desk.new_caseworker": ("/caseworkers/new", 4),
    "desk.ask_about_caseworker": ("/caseworkers/{caseworker}/change", 5),
    "desk.hotlines": ("/hotlines", 4),
    "desk.roster": ("/hotlines/roster", 4),
    "desk.new_application": ("/applications/new?person={person}", 5),
    "desk.application": ("/applications/{application}", 4),
    "desk.ask_to_strike": ("/applications/{application}/strike", 4),
    "desk.enquiries": ("/enquiries", 6),
    "desk.new_enquiry": ("/enquiries/new", 2),
    "desk.enquiry": ("/enquiries/{enquiry}", 6),
    "desk.events": ("/events", 5),
    "desk.new_event": ("/events/new", 2),
    "desk.event": ("/events/{event}", 5),
    "public.lost_link": ("/termin/link", 2),
    "public.link_sent": ("/termin/link/gesendet", 1),
    "public.visit": ("/termin/b/{link}", 7),
    "public.calendar_file": ("/termin/b/{coming}/termin.ics", 4),
    "public.ask_to_cancel": ("/termin/b/{link}/absagen", 5),
    "public.other_times": (f"/termin/b/{{link}}/verlegen?on={DAY}", 9),
    "office.figures": ("/office/figures", 9),
    "office.figures_file": ("/office/figures.csv", 5),
    "office.backlog": ("/office/backlog?waiting-general=20", 4),
    "desk.notices": ("/notices", 4),
    "desk.notice": ("/notices/{notice}", 4),
    "desk.notice_file": ("/notices/{notice}.ics", 3),
    "desk.to_be_told": ("/to-be-told", 10),
    "desk.letters": ("/letters", 5),
    "desk.worklist": ("/worklist", 10),
    "desk.worklist_calls": ("/worklist/calls", 4),
    "desk.worklist_without_time": ("/worklist/without-time", 8),
    "desk.switches": ("/switches", 10),
    "office.measures": ("/office/measures", 5),
    "office.measure": ("/office/measures/language_course", 8),
    "office.closures": ("/office/closures", 2),
    "office.new_closure": (f"/office/closures/new?scope=office:&starts={DAY}T00:00&to={DAY}T23:00", 6),
    "office.closure": ("/office/closures/{closure}", 6),
    "office.timeline": ("/office/timeline", 10),
    "office.plan_file": ("/office/plan.toml", 2),
    "office.phase_rules": ("/office/timeline/regular", 2),
    "office.draft": ("/office/draft", 6),
    "office.draft_file": ("/office/draft.toml", 6),
    "office.draft_phase": ("/office/draft/phases/phase_2", 6),
    "office.draft_rules": ("/office/draft/phases/phase_2/rules", 6),
    "office.draft_rule": ("/office/draft/phases/phase_2/rules/1", 6),
    "office.preview_draft": ("/office/draft/phases/phase_2/preview", 12),
    "office.ask_to_adopt": ("/office/draft/adopt", 6),
    "desk.switch": ("/switches/phase_2", 9),
    "desk.ask_about_undo": ("/switches/phase_2/undo", 6),
}
CALLS = {
    "offers.services": ("GET /services", 1),
    "offers.decision": (f"GET /decision?service=general&at={DAY}T09:00", 0),
    "offers.search": ("GET /slots?service=benefit_emergency&from=2020-07-20&to=2020-10-18", 1),
    "phases.phases": ("GET /phases", 0),
    "phases.preview": ("GET /phases/phase_2/preview", 2),
    "worklist.cases": ("GET /worklist", 9),
    "worklist.calls": ("GET /worklist/calls", 4),
    "worklist.without_time": ("GET /worklist/without-time", 7),
    "closures.closures": ("GET /closures", 1),
    "closures.preview_closure": (f"GET /closures/preview?scope=office&from={DAY}T08:00&to={DAY}T23:00", 4),
    "closures.closure": ("GET /closures/{closure}", 4),
    "events.events": ("GET /events", 2),
    "events.event": ("GET /events/{event}", 6),
    "enquiries.enquiries": ("GET /enquiries", 5),
    "enquiries.enquiry": ("GET /enquiries/{enquiry}", 5),
    "hotlines.hotlines": ("GET /hotlines", 3),
    "hotlines.roster": (f"GET /roster?from={DAY}&to={DAY}", 2),
    "bookings.bookings": (f"GET /bookings?from={DAY}&to={DAY}", 2),
    "bookings.booking": ("GET /bookings/{id}", 5),
    "bookings.book": ("POST /bookings", 13),
    "bookings.move": ("POST /bookings/{movable}/move", 19),
    "bookings.cancel": ("POST /bookings/{spare}/cancel", 12),
    "bookings.approve": ("POST /bookings/{asked}/approve", 12),
    "bookings.decline": ("POST /bookings/{asked_too}/decline", 12),
    "bookings.check_in": ("POST /bookings/{id}/check-in", 11),
    "bookings.call": ("POST /bookings/{id}/call", 10),
    "bookings.serve": ("POST /bookings/{id}/serve", 10),
    "bookings.finish": ("POST /bookings/{id}/finish", 11),
    "bookings.no_show": ("POST /bookings/{missed}/no-show", 12),
    "worklist.decide": ("POST /worklist/{arriving}/decide", 12),
    "closures.close": ("POST /closures", 40),
    "closures.end_closure": ("POST /closures/{closure}/end", 40),
    "closures.open_again": ("POST /closures/{closure}/open", 40),
    "events.plan_event": ("POST /events", 20),
    "events.sign_up": ("POST /events/{event}/sign-up", 20),
    "enquiries.take_enquiry": ("POST /enquiries", 9),
    "enquiries.see_to_enquiry": ("POST /enquiries/{enquiry}/steps", 13),
    "enquiries.take_back_enquiry": ("POST /enquiries/{enquiry}/take-back", 13),
    "hotlines.count_call": ("POST /hotlines/additional_number/calls", 7),
    "hotlines.take_call_back": ("POST /hotlines/additional_number/calls/take-back", 7),
    "hotlines.add_shift": ("POST /roster", 7),
    "hotlines.import_roster": ("POST /roster/import", 7),
    "hotlines.remove_shift": ("POST /roster/{shift}/remove", 7),
}
#: What the desk does all day, with the fields of its forms.
DEEDS: dict[str, tuple[str, dict[str, str], int]] = {
    "desk.hold": ("/holds", {}, 9),
    "desk.book": ("/bookings/new", {"do": "book"}, 14),
    "desk.change_booking check-in": ("/bookings/{arriving}/check-in", {}, 7),
    "desk.take_back check-in": ("/bookings/{arriving}/take-back/check-in", {}, 7),
    "desk.change_booking move": (
        "/bookings/{arriving}/move",
        {"starts_at": f"{DAY}T14:00", "resource": "{elsewhere}"},
        14,
    ),
    "desk.undo_change move": ("/bookings/{arriving}/undo", {"mistake": "move"}, 12),
    "desk.change_booking cancel": ("/bookings/{leaving}/cancel", {"by": "customer"}, 9),
    "desk.undo_change cancel": ("/bookings/{leaving}/undo", {"mistake": "cancel"}, 14),
}
BODIES: dict[str, dict[str, object]] = {
    "bookings.book": {
        "service": "benefit_emergency",
        "customer": {"name": "Ada Arendt", "email": "ada@example.org"},
    },
    "bookings.decline": {"reason": "Please call us."},
    "bookings.no_show": {"reason": "called twice"},
    "worklist.decide": {"decision": "doubt"},
    "closures.close": {"scope": "place", "key": "office-202", "from": "{shut_at}", "to": "2020-12-01T10:00"},
    "closures.end_closure": {"to": "2020-12-01T10:00", "seen_to": "2020-12-01T10:00"},
    "closures.open_again": {"seen_to": "2020-12-01T10:00"},
    "events.plan_event": {"service": "group_information", "starts_at": "{group_at}", "led_by": "Frau Berger"},
    "events.sign_up": {"customer": {"name": "Ada Arendt"}, "waits": True},
    "enquiries.take_enquiry": {"medium": "phone", "text": "When?", "customer": {"name": "Ada Arendt"}},
    "enquiries.see_to_enquiry": {"change": "take"},
    "hotlines.add_shift": {
        "hotline": "additional_number",
        "day": "{on_duty}",
        "starts": "12:00",
        "ends": "13:00",
        "name": "Chen",
    },
    "hotlines.import_roster": {"table": "additional_number;{on_duty};13:00;14:00;Dorit"},
}
#: What these answer instead of 200; the notice has not been sent yet, the summer's phase has no groups,
#: and the first closure ends otherwise than is said.
STATUSES = {
    "events.plan_event": 422,
    "closures.end_closure": 412,
    "closures.open_again": 412,
    "desk.go_to_day": 303,
    "desk.find_booking": 303,
    "desk.sign_in": 303,
    "desk.ask_for_code": 303,
    "desk.notice_file": 404,
    "public.done": 303,
    "public.question_sent": 303,
    "public.slip": 404,
}
#: For machines, not for people and programs at the office's work.
OTHERS = {"static", "api-docs.openapi_json", "health.healthz", "health.readyz", "metrics.metrics"}


@pytest.fixture
def app(summer_office: Office, tmp_path: Path) -> Iterator[Flask]:
    with lent_app(config_for(summer_office.database, tmp_path), clock=summer_office.clock) as app:
        yield app


def test_every_page_and_call_stands_in_the_tables(app: Flask) -> None:
    looked_at = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    called = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    assert looked_at | called == PAGES.keys() | CALLS.keys() | OTHERS


def book(office: Office, starts: str, place: str, customer: Customer = EMRE) -> Booking:
    return office.book("benefit_emergency", f"{DAY} {starts}", resource=place, customer=customer)


def asked_for(office: Office, place: str, starts: str) -> Booking:
    starts = f"2020-07-{starts}"
    return office.book(
        "integration",
        starts,
        resource=place,
        customer=DORIT,
        by=Role.CUSTOMER,
        actor=CUSTOMER,
        justification=REASON,
    )


def busy_caseworker(session: Session, number: int, booking_id: UUID, now: datetime) -> int:
    """One with a deputy, a talk and an absence."""
    asked = CaseworkerRequest(f"Deputy {number}", "Team 1", {})
    deputy = keep_caseworker(session, None, asked, actor=MANAGER, now=now).id
    asked = CaseworkerRequest(f"Ada {number}", "Team 1", {}, None, deputy)
    worker = keep_caseworker(session, None, asked, actor=MANAGER, now=now).id
    hand_over(session, booking_id, worker, actor=MANAGER, now=now)
    report_absent(session, worker, AbsenceRequest(), actor=MANAGER, now=now)
    return worker


def statements(office: Office, app: Flask, hour: int) -> dict[str, int]:
    """How often each page and call asks about visits of this hour."""
    office.wait_until("2020-07-17 08:00")
    visits = {
        "id": book(office, f"{hour:02}:00", "counter-1"),
        "movable": book(office, f"{hour:02}:20", "counter-1"),
        "spare": book(office, f"{hour:02}:40", "counter-1", DORIT),
        "missed": book(office, f"{hour:02}:00", "counter-2"),
        "asked": asked_for(office, "office-201", f"22 {hour:02}:00"),
        "arriving": book(office, f"{hour:02}:00", "entrance-room-1"),
        "leaving": book(office, f"{hour:02}:40", "entrance-room-1"),
        "asked_too": asked_for(office, "office-202", f"22 {hour:02}:00"),
    }
    gone = book(office, f"{hour:02}:20", "entrance-room-2", DORIT)
    office.do(cancel, gone, by=Party.OFFICE)
    names: dict[str, object] = {name: visit.id for name, visit in visits.items()}
    with office.database.transaction() as session:
        emergency = admit_emergency(
            session, EmergencyRequest("main"), actor=RECEPTION, now=at(f"{DAY} 08:00")
        )
        count(session, ContactKind.QUESTION, site="main", actor=RECEPTION, now=at(f"{DAY} 08:00"))
        enquiry = take_in(
            session,
            EnquiryRequest(Medium.PHONE, "When is it my turn?", customer=EMRE),
            owner=None,
            actor=RECEPTION,
            now=at(f"{DAY} 08:00"),
        )
        filing = Filing(at(f"{DAY} 08:00").date(), ReceivedBy.PHONE)
        person = visits["id"].person_id
        filed = file_of(session, filing, person, actor=RECEPTION, now=at(f"{DAY} 08:00"))
        session.add(Event(booking_id=visits["movable"].id, seats=5, is_public=True))
        session.flush()
        session.add(Participant(booking_id=visits["spare"].id, event_id=visits["movable"].id, seat=1))
        begin_draft(session, actor=MANAGER, now=at(f"{DAY} 08:00"))
        closure = id_of(current_plan(session).closures[0])
        secret = add_feed(session, "counter-1", actor=MANAGER, now=at(f"{DAY} 08:00"))
        on_duty = f"2020-05-{hour:02}"
        shift = {
            "hotline": "additional_number",
            "day": on_duty,
            "name": "Ada",
            "starts": "8:00",
            "ends": "9:00",
        }
        names["caseworker"] = busy_caseworker(session, hour, visits["movable"].id, at(f"{DAY} 08:00"))
        names["shift"] = add_shift(session, shift, actor=MANAGER, now=at(f"{DAY} 08:00")).id
    names |= {
        "secret": secret,
        "on_duty": on_duty,
        "shut_at": f"2020-11-{hour:02}T10:00",
        "group_at": f"2020-08-{hour + 2}T10:00",
        "closure": closure,
        "event": visits["movable"].id,
        "elsewhere": "counter-2" if hour % 2 else "counter-3",
        "walk_in": emergency.id,
        "enquiry": enquiry.id,
        "application": filed.id,
        "person": visits["id"].person_id,
        "link": app.extensions[EXTENSION].links.token(visits["id"].id),
        "coming": app.extensions[EXTENSION].links.token(visits["movable"].id),
        "reference": visits["id"].reference,
        "notice": office.notices(visits["id"])[0].id,
    }
    with office.database.transaction() as session:
        token = add_token(
            session, f"t{hour}", Role.MANAGER, actor=MANAGER, now=office.now, real_now=office.now
        )
        names["wall"] = add_token(
            session, f"w{hour}", Role.ENTRANCE, actor=MANAGER, now=office.now, real_now=office.now
        )
    office.wait_until(f"{DAY} {hour:02}:10")
    apply_due(office.database, clock=office.clock)
    manager, program = signed_in(app, Role.MANAGER), app.test_client()
    administrator, auditor = signed_in(app, Role.ADMINISTRATOR), signed_in(app, Role.AUDITOR)
    database, found = app.extensions[EXTENSION].database, {}
    for endpoint, (address, _) in PAGES.items():
        reader = administrator if endpoint.startswith("admin.") else manager
        reader = auditor if endpoint in ("office.audit", "office.audit_searches") else reader
        reader.client.get("/sign-in")  # whoever asks after a change looks everything up once
        with counted(database) as asked:
            answer = reader.client.get(address.format(**names))
        assert answer.status_code == STATUSES.get(endpoint, 200), (endpoint, answer.status_code)
        found[endpoint] = len(asked)
    for endpoint, (call, _) in CALLS.items():
        method, address = call.format(**names).split(" ")
        body = {
            name: sent.format(**names) if isinstance(sent, str) else sent
            for name, sent in BODIES.get(endpoint, {}).items()
        }
        if endpoint in ("bookings.book", "bookings.move"):
            body |= {
                "starts_at": f"2020-07-2{hour - 6}T08:20",
                "resource": "counter-3" if "move" in call else "counter-2",
            }
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"{endpoint}-{hour}"}
        with counted(database) as asked:
            answer = program.open(
                f"/api/v1{address}", method=method, json=body if method == "POST" else None, headers=headers
            )
        assert answer.status_code in (200, 201, 202, STATUSES.get(endpoint)), (endpoint, answer.text)
        found[endpoint] = len(asked)
    form = {
        "starts_at": f"{DAY}T13:30",
        "resource": str(names["elsewhere"]),
        "booked_by": "manager",
        "key": f"k{hour}",
    }
    form |= {"service": "benefit_emergency", "name": "Ada Arendt", "language": "de"}
    for deed, (address, fields, _) in DEEDS.items():
        typed = {name: text.format(**names) for name, text in fields.items()}
        manager.get("/sign-in", 303)
        with counted(database) as asked:
            answer = manager.send(address.format(**names), **(form | typed))
        assert answer.status_code in (200, 303), (deed, answer.status_code)
        found[deed] = len(asked)
    return found


def test_much_to_show_asks_no_more_often_than_little(summer_office: Office, app: Flask) -> None:
    little = statements(summer_office, app, 8)
    summer_office.wait_until("2020-07-17 08:00")
    for place in ("counter-3", "entrance-room-1", "entrance-room-2"):
        for minutes in range(10 * 60, 12 * 60, 30):
            book(
                summer_office, f"{minutes // 60:02}:{minutes % 60:02}", place, DORIT if minutes % 60 else EMRE
            )
    much = statements(summer_office, app, 9)
    assert much == little
    most = {endpoint: number for endpoint, (_, number) in [*PAGES.items(), *CALLS.items()]}
    most |= {deed: number for deed, (_, _, number) in DEEDS.items()}
    assert {endpoint: number for endpoint, number in much.items() if number > most[endpoint]} == {}
