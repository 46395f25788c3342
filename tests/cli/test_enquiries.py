"""`flask enquiries` and `flask events`: lists without names, and steps that say what is wrong in one line."""

from scheduler.domain.enquiries import EnquiryRequest, Medium
from scheduler.domain.events import EventRequest
from scheduler.usecases.enquiries import take_in
from scheduler.usecases.events import plan_events
from tests.cast import ADA, MANAGER, RECEPTION
from tests.cli.conftest import Desk
from tests.factories import Office, at


def taken(office: Office) -> str:
    request = EnquiryRequest(Medium.PHONE, "When is my letter coming?", customer=ADA)
    with office.database.transaction() as session:
        return take_in(session, request, owner=None, actor=RECEPTION, now=office.now).reference


def test_an_enquiry_is_listed_without_names_forwarded_and_answered(office: Office, desk: Desk) -> None:
    reference = taken(office)
    (line,) = desk.out("enquiries", "list").splitlines()
    assert line == f"{reference}  open  phone  since 2020-03-09T09:00+01:00  nobody"
    forward = desk.out("enquiries", "step", reference.lower(), "forward", "--to", "Team 3")
    assert forward == f"{reference}: forwarded\n"
    desk.out(
        "enquiries", "step", reference, "promise", "--call-by", "2020-03-09T15:00", "--phone", "030 1234567"
    )
    assert "call by 2020-03-09T15:00+01:00  Team 3" in desk.out("enquiries", "list")
    assert desk.out("enquiries", "step", reference, "answer", "--text", "Soon.") == f"{reference}: answered\n"
    assert desk.run("enquiries", "list").stderr == "No enquiry is open.\n"


def test_what_is_wrong_with_a_step_is_one_line(office: Office, desk: Desk) -> None:
    reference = taken(office)
    assert desk.faults("enquiries", "step", "AAAAAAAA", "take") == ["enquiry AAAAAAAA: does not exist"]
    (fault,) = desk.faults("enquiries", "step", reference, "drop")
    assert fault.startswith("text: ")
    assert desk.faults("enquiries", "step", reference, "promise", "--call-by", "soon")[0].startswith(
        "--call-by: "
    )
    assert "book" in desk.faults("enquiries", "step", reference, "book", code=2)[0]
    assert len(desk.faults("enquiries", "step", reference, "reopen")) == 1


def test_events_are_listed_with_their_seats(office: Office, desk: Desk) -> None:
    assert desk.run("events", "list").stderr == "No event is to come.\n"
    wish = EventRequest("group_information", at("2020-03-18 10:00"), None, "Frau Berger", seats=5)
    with office.database.transaction() as session:
        (event,) = plan_events(session, wish, actor=MANAGER, now=office.now)
    listed = desk.out("events", "list")
    assert listed.startswith(f"{event.reference}  2020-03-18T10:00+01:00  group_information  ")
    assert listed.endswith("  booked  seats 5, taken 0, waiting 0\n")
