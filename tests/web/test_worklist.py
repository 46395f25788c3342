"""The worklist's pages: what stands there, the four decisions by one press each, and the calls."""

from uuid import UUID

from scheduler.domain.bookings import Channel, Party, Standing, Status
from scheduler.domain.roles import Role
from scheduler.usecases import bookings, worklist
from tests.cast import ADA, CHEN, DORIT, EMRE, RECEPTION
from tests.factories import Office, at
from tests.web.conftest import OpenWeb, signed_in
from tests.web.pages import Reader


def in_question(office: Office) -> list[UUID]:
    """Three emergencies of 17 March that the switch puts in question; the office on the day before."""
    made = [
        office.book("benefit_emergency", f"2020-03-17 {time}", customer=customer, resource=place)
        for time, customer, place in (
            ("09:00", CHEN, "counter-1"),
            ("10:00", EMRE, "counter-1"),
            ("11:00", DORIT, "counter-2"),
        )
    ]
    office.switch_into("preventive", "appointments_cancelled")
    office.wait_until("2020-03-16 08:00")
    return [one.id for one in made]


def test_each_visit_is_decided_with_one_press(desk_office: Office, open_web: OpenWeb) -> None:
    chen, emre, dorit = in_question(desk_office)
    reader = signed_in(open_web(desk_office), Role.RECEPTION)

    page = reader.get("/worklist")
    said = page.said()
    assert "To decide (3)" in said
    assert said.index("Chen Li") < said.index("Emre Er") < said.index("Dorit Dahl")
    assert "has put this visit in question. Reached by phone. 030 123456" in said
    assert "Reached only at the door." in said

    kept = reader.follow(reader.post(f"/worklist/{dorit}/keep", next="/worklist?site=main"))
    assert "stands; nobody is told, since nothing changes for the person." in kept.said()
    called = reader.follow(reader.post(f"/worklist/{chen}/phone", next="/worklist"))
    assert "is a call now; the person is told." in called.said()
    slot = reader.get("/worklist").all("input", name="starts_at")[0].get("value") or ""
    reader.post(
        f"/bookings/{emre}/move",
        do="move",
        by="office",
        notifying="now",
        starts_at=slot,
        resource="counter-1",
        next="/worklist",
    )

    assert "Nothing to decide here." in reader.get("/worklist").said()
    assert desk_office.see(dorit).standing is Standing.VALID
    assert desk_office.see(chen).channel is Channel.PHONE
    moved = desk_office.see(emre)
    assert (moved.starts_at, moved.moved_by) == (at("2020-03-17 08:00"), Party.OFFICE)
    assert "Chen Li" in reader.get("/to-be-told").said()
    history = reader.get(f"/bookings/{dorit}").said()
    assert "let stand by decision" in history


def test_the_office_cancels_with_a_reason_and_says_that_no_disadvantage_follows(
    desk_office: Office, open_web: OpenWeb
) -> None:
    _, emre, _ = in_question(desk_office)
    reader = signed_in(open_web(desk_office), Role.CASEWORKER)
    reader.get("/worklist")

    reader.post(
        f"/bookings/{emre}/cancel",
        by="office",
        notifying="now",
        reason="The counter is closed.",
        next="/worklist",
    )

    ended = desk_office.see(emre)
    assert (ended.status, ended.cancelled_by) == (Status.CANCELLED, Party.OFFICE)
    assert desk_office.notices(ended)[-1].values["reason"] == "The counter is closed."
    waiting = reader.get("/worklist/without-time?service=benefit_emergency")
    assert "Emre Er" in waiting.said()
    (link,) = [one for one in waiting.all("a") if "person=" in (one.get("href") or "")][:1]
    form = reader.get(link.get("href") or "")
    assert form.value("name") == "Emre Er"
    assert form.value("service") == "benefit_emergency"
    ticked = reader.follow(reader.post(f"/worklist/{emre}/settle", next="/worklist/without-time"))
    assert "needs no new time. You can take that back below." in ticked.said()
    assert "Nobody waits for a new time here." in ticked.said()
    reader.post(f"/worklist/{emre}/unsettle", next="/worklist/without-time")
    assert "Emre Er" in reader.get("/worklist/without-time").said()


def test_calls_are_ticked_off(desk_office: Office, open_web: OpenWeb) -> None:
    chen, emre, _ = in_question(desk_office)
    for one in (chen, emre):
        desk_office.do(worklist.call_instead, desk_office.see(one))
    app = open_web(desk_office)
    reader = signed_in(app, Role.RECEPTION)

    before = reader.get("/worklist/calls").said()
    assert "Phone calls (2)" in before
    assert "Called" not in before
    desk_office.wait_until("2020-03-17 10:05")
    reader = signed_in(app, Role.RECEPTION)  # the session of the day before is over
    today = reader.get("/worklist/calls").said()
    assert today.index("Chen Li") < today.index("Emre Er")
    assert "Did not answer" in today
    assert (
        "The call for"
        in reader.follow(reader.post(f"/worklist/{chen}/call-made", next="/worklist/calls")).said()
    )
    assert desk_office.see(chen).status is Status.DONE
    reader.get(f"/bookings/{emre}/no-show?next=/worklist/calls")
    reader.post(f"/bookings/{emre}/no-show", reason="called twice", next="/worklist/calls")
    assert "No call is to be made." in reader.get("/worklist/calls").said()


def test_a_decision_that_cannot_be_is_said_where_the_reader_was(
    desk_office: Office, open_web: OpenWeb
) -> None:
    _, emre, dorit = in_question(desk_office)
    reader = signed_in(open_web(desk_office), Role.RECEPTION)
    reader.get("/worklist")
    for one, deed, version, sentence in (
        (dorit, "phone", "", "No phone number of this person is known."),
        (dorit, "call-made", "", "This is not a call: the person comes to the office."),
        (emre, "keep", "1", "Somebody changed this meanwhile."),
    ):
        page = reader.follow(reader.post(f"/worklist/{one}/{deed}", version=version, next="/worklist"))
        assert sentence in page.said()
    assert desk_office.see(emre).standing is Standing.IN_QUESTION
    reader.get("/worklist?after=nonsense", 422)
    reader.get("/worklist/without-time?after=99.x", 422)
    assert "Nothing to decide here." in reader.get("/worklist?reason=place&site=annex&service=x").said()


def test_a_visit_is_put_in_question_and_turned_into_a_call_on_its_own_page(
    reception: Reader, desk_office: Office
) -> None:
    visit = desk_office.book("general", "2020-03-11 10:00", customer=CHEN)
    page = reception.get(f"/bookings/{visit.id}")
    assert "By phone instead" in page.said()
    doubted = reception.follow(
        reception.post(f"/worklist/{visit.id}/doubt", next=f"/bookings/{visit.id}")
    ).said()
    assert "This visit is in question" in doubted
    assert "Let it stand" in doubted
    reception.post(f"/worklist/{visit.id}/phone", next=f"/bookings/{visit.id}")
    assert "turned into a call" in reception.get(f"/bookings/{visit.id}").said()


def test_whom_the_office_cancelled_twice_for_two_concerns_waits_for_both(
    reception: Reader, desk_office: Office
) -> None:
    for service in ("general", "documents"):
        one = desk_office.book(
            service, "2020-03-11 10:00" if service == "general" else "2020-03-11 11:00", customer=ADA
        )
        desk_office.do(bookings.cancel, one, by=Party.OFFICE)
    said = reception.get("/worklist/without-time").said()
    assert said.count("was to come on Wednesday, 11 March 2020") == 2


def test_a_call_is_ticked_off_from_its_day_on_in_whatever_language(
    desk_office: Office, open_web: OpenWeb
) -> None:
    """ "Dienstag" comes before "Montag" in the alphabet, and "Wednesday" after "Tuesday"."""
    chen, *_ = in_question(desk_office)
    app = open_web(desk_office)
    with desk_office.database.transaction() as session:
        worklist.call_instead(session, chen, actor=RECEPTION, now=desk_office.now)
    offered = []
    for moment in ("2020-03-16 08:00", "2020-03-17 08:00", "2020-03-18 08:00"):
        desk_office.wait_until(moment)
        for language in ("de", "en"):
            reader = Reader(app, language)
            reader.sign_in("reception")
            forms = reader.get("/worklist/calls").all("form")
            offered.append(any("/call-made" in (form.get("action") or "") for form in forms))
    assert offered == [False, False, True, True, True, True]
