"""The next two hours on the desk's pages: the queue, people without an appointment, what is in passing."""

from uuid import uuid4

from scheduler.domain.bookings import Status
from scheduler.domain.roles import Role
from scheduler.usecases import bookings
from tests.cast import ADA, BRUNO
from tests.factories import Office, plan_with
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Page, Reader, words_of
from tests.web.test_canaries import TOGETHER, UNSEEN, marked

DAY = "2020-03-09"


def rows(page: Page) -> list[str]:
    return [words_of(row) for row in page.all("tr") if row.get("data-queue-row") is not None]


def admit(reader: Reader, **more: str) -> Page:
    key = reader.get("/walk-ins/new?site=main").value("key")
    return reader.post("/walk-ins/new", 303, site="main", key=key, **({"service": "general"} | more))


def test_the_next_two_hours_stand_on_todays_page_and_by_themselves(
    reception: Reader, desk_office: Office
) -> None:
    desk_office.book(starts=f"{DAY} 09:30", customer=ADA)
    desk_office.book(starts=f"{DAY} 11:15", customer=BRUNO)
    admit(reception)
    for address in ("/", "/queue", f"/day/{DAY}"):
        (walk_in, visit) = rows(reception.get(address))
        assert walk_in.startswith("Number 001 Without a name General concern waiting · turn 1 came at 09:00")
        assert visit.startswith("Ada Arendt General concern expected 09:30")
    part = reception.client.get("/queue/part").text
    assert part.count("data-queue-row") == 2
    assert "<html" not in part
    assert rows(reception.get("/day/2020-03-10")) == []
    assert "Nobody waits" in reception.get("/queue?site=annex").said()


def test_a_visit_goes_through_the_queue_one_button_at_a_time(reception: Reader, desk_office: Office) -> None:
    visit = desk_office.book(starts=f"{DAY} 09:30", customer=ADA)
    steps = {"check-in": "waiting", "call": "called", "serve": "being served", "finish": "done"}
    longer = {"called", "being served"}
    for change, state in steps.items():
        address = f"/bookings/{visit.id}/{change}"
        page = reception.follow(reception.post(address, next=f"/queue?site=main#q-{visit.id}"))
        (row,) = rows(page)
        assert state in row
        assert "Take back" in row
        assert ("Takes longer" in row) is (state in longer)
        before = desk_office.see(visit)
        reception.follow(reception.post(f"/bookings/{visit.id}/take-back/{change}", next="/queue"))
        assert desk_office.see(visit).status is not before.status
        reception.post(address, next="/queue")
    assert desk_office.see(visit).status is Status.DONE
    assert "Number 002" in reception.get(f"/bookings/{visit.id}").said()  # 001 was taken back
    assert reception.post(f"/bookings/{visit.id}/take-back/call", 409).said()
    desk_office.wait_until(f"{DAY} 09:11")
    assert "Take back" not in rows(reception.get("/queue"))[0]


def test_the_slip_says_number_and_wait_and_nothing_else(reception: Reader) -> None:
    admit(reception, name="Ada Arendt", service="benefit_emergency")
    slip = reception.follow(admit(reception, name="Karla Kern", service="benefit_emergency"))
    assert slip.said("h1") == "Your number 002"
    assert "called in a moment" in slip.said()
    for secret in ("Karla", "Arendt", "emergency", "Jobcenter"):
        assert secret not in slip.text
    assert slip.all("button", type="button")[0].get("data-print") is not None


def test_a_form_that_is_sent_twice_admits_once(reception: Reader) -> None:
    key = reception.get("/walk-ins/new").value("key")
    sent = {"site": "main", "service": "general", "key": key}
    first, second = (reception.post("/walk-ins/new", 303, **sent) for _ in range(2))
    assert first.response.headers["Location"] == second.response.headers["Location"]
    for _ in range(2):
        reception.post("/contacts", site="main", kind="documents", key="one-key", next="/queue")
        reception.post("/emergencies", site="main", key="another-key", next="/queue")
    page = reception.get("/queue")
    assert len(rows(page)) == 2
    assert "Documents handed in 1" in page.said()


def test_of_two_windows_each_admits_its_own_emergency(reception: Reader) -> None:
    windows = [reception.get("/queue") for _ in range(2)]
    part = [reception.client.get("/queue/part") for _ in range(2)]
    for window in windows:
        reception.post("/emergencies", site="main", key=window.value("key"), next="/queue")

    assert len(rows(reception.get("/queue"))) == 2
    assert 'name="key" value=""' in part[0].text
    assert part[0].headers["ETag"] == part[1].headers["ETag"]


def test_an_emergency_that_nobody_has_dealt_with_waits_for_days(
    desk_office: Office, open_web: OpenWeb
) -> None:
    app = open_web(desk_office)
    signed_in(app, Role.RECEPTION).post("/emergencies", site="main", key=str(uuid4()), next="/queue")
    desk_office.wait_until("2020-03-11 09:30")
    (row,) = rows(signed_in(app, Role.RECEPTION).get("/queue?site=main"))
    assert "waits for 2 days" in row


def test_what_was_counted_is_taken_back(reception: Reader) -> None:
    reception.get("/queue")
    for kind in ("documents", "question", "sent_on"):
        reception.post("/contacts", site="main", kind=kind, key=str(uuid4()), next="/queue")
    page = reception.get("/queue")
    assert "Sent on: 1" in page.said()
    (back,) = [form for form in page.all("form") if "take-back" in (form.get("action") or "")]
    page = reception.follow(reception.post(back.get("action") or "", next="/queue"))
    assert "Sent on: 1" not in page.said()
    assert reception.post("/contacts", 422, site="main", kind="tea", key=str(uuid4())).said()
    assert reception.post("/contacts", 422, site="nowhere", kind="question", key=str(uuid4())).said()
    assert "“nowhere” is not known" in reception.post("/walk-ins/new", 422, site="nowhere").said()


def test_an_exception_is_asked_for_and_what_is_typed_stays(desk_office: Office, open_web: OpenWeb) -> None:
    desk_office.switch_into("preventive", "appointments_cancelled")
    desk_office.wait_until("2020-03-16 09:00")
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    page = reader.get("/walk-ins/new")
    assert "General concern: only as an exception" in page.said()
    sent = {"site": "main", "service": "general", "name": "Ada", "text": "ohne Telefon"}
    page = reader.post("/walk-ins/new", 422, key=page.value("key"), **sent)
    assert page.problem("allowed_by") == "Please fill this in."
    assert (page.value("name"), page.value("text")) == ("Ada", "ohne Telefon")
    page = reader.post("/walk-ins/new", 422, key=page.value("key"), **(sent | {"text": ""}))
    assert "choose a reason" in page.problem("category")
    reader.post("/walk-ins/new", 303, key=page.value("key"), allowed_by="Frau Weber", **sent)
    assert "exception, allowed by Frau Weber · Another reason" in rows(reader.get("/queue"))[0]


def test_a_refusal_says_what_to_say_and_an_emergency_is_never_sent_away(
    desk_office: Office, open_web: OpenWeb
) -> None:
    desk_office.plan(plan_with("regular", "preventive", "appointments_cancelled", "closed"))
    desk_office.wait_until("2020-03-18 08:00")
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    page = reader.get("/walk-ins/new")
    for word in ("what to say", "Phone 030 23125-100", "jobcenter.digital", "You can file an application"):
        assert word in page.said()
    refused = reader.post("/walk-ins/new", 422, site="main", service="general", key=page.value("key"))
    assert "No visit can be booked" in refused.problem("service") or "No visit" in refused.said()
    reader.post("/emergencies", site="main", key=str(uuid4()), next="/queue")
    page = reader.post("/emergencies/call-back", 422, site="main", key=str(uuid4()), name="Ada")
    assert (page.problem("phone"), page.value("name")) == ("Please fill this in.", "Ada")
    sent = {"site": "main", "phone": "030 123456", "name": "Ada"}
    page = reader.follow(reader.post("/emergencies/call-back", key=page.value("key"), **sent))
    first, second = rows(page)
    assert "Emergency waiting · turn 1" in first
    assert "to be called back: 030 123456" in second


def test_who_may_look_but_not_act_has_no_buttons(desk_office: Office, open_web: OpenWeb) -> None:
    app = open_web(desk_office)
    admit(signed_in(app, Role.RECEPTION))
    page = signed_in(app, Role.HOTLINE).get("/queue")
    assert len(rows(page)) == 1
    assert page.all("button", class_="queue__deed") == []


def test_what_was_typed_comes_out_as_text(desk_office: Office, open_web: OpenWeb) -> None:
    desk_office.switch_into("preventive", "appointments_cancelled")
    desk_office.wait_until("2020-03-16 09:00")
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    for canary in TOGETHER:
        allowed_by = canary[:80].strip()
        admit(reader, name=canary, text=canary, allowed_by=allowed_by, category="other")
        page = reader.get("/queue")
        assert marked(page, canary)
        assert marked(page, allowed_by)
        page = reader.post("/emergencies/call-back", 422, site="main", name=canary, phone=canary)
        assert (page.value("name"), page.value("phone")) == (canary, canary)
    for unseen in UNSEEN[:-1]:
        typed = {"site": "main", "name": f"A{unseen}da", "phone": "030 123456", "service": "general"}
        for address in ("/walk-ins/new", "/emergencies/call-back"):
            assert reader.send(address, **typed).status_code == 422


def test_whoever_came_without_an_appointment_is_found_by_number_and_by_name(
    reception: Reader, desk_office: Office, open_web: OpenWeb
) -> None:
    visit = desk_office.book(starts=f"{DAY} 09:30", customer=ADA)
    admit(reception, name="Çağla Yılmaz")
    desk_office.do(bookings.check_in, visit)

    came = reception.get("/queue").all("a", class_="kern-link")
    walk_in = next(link.get("href") for link in came if (link.get("href") or "").startswith("/walk-ins/"))
    assert reception.get("/bookings?reference=001", 303).response.headers["Location"] == walk_in
    assert reception.get("/bookings?reference=2", 303).response.headers["Location"] == f"/bookings/{visit.id}"
    page = reception.get("/bookings?reference=yilmaz cagla").said()
    assert "Here today without an appointment Çağla Yılmaz number 001 · 09:00" in page
    reception.get("/bookings?reference=003", 404)
    hotline = signed_in(open_web(desk_office), Role.HOTLINE)
    hotline.get("/bookings?reference=yilmaz", 404)
    hotline.get("/bookings?reference=001", 404)
    desk_office.wait_until("2020-03-10 09:00")
    reception.get("/sign-in")
    reception.sign_in("reception")
    reception.get("/bookings?reference=yilmaz", 404)


def test_who_came_without_an_appointment_while_nothing_worked_is_entered_afterwards(
    reception: Reader, desk_office: Office
) -> None:
    address = f"/day/{DAY}/catch-up/walk-ins"
    form = {
        "key": reception.get(address).value("key"),
        "site": "main",
        "service": "general",
        "arrived": "8:05",
    }
    wrong = reception.post(address, 422, **form | {"arrived": "early", "name": "Emre Er"})
    future = reception.post(address, 422, **form | {"arrived": "11:00"})
    reception.post(address, 422, **form | {"service": ""})

    assert "“early” is not a time" in wrong.problem("arrived")
    assert wrong.value("name") == "Emre Er"
    assert future.problem("arrived")
    for _ in range(2):
        done = reception.follow(reception.post(address, **form))
    assert "Entered under number 001." in done.said()
    assert any("done" in row and "came at 08:05" in row for row in rows(reception.get("/queue")))
