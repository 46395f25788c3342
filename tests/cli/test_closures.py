"""`flask closures` and `flask worklist`: closed, seen before, decided about, and opened again."""

from tests.cast import ADA, CHEN
from tests.cli.conftest import Desk
from tests.factories import Office

ASKED = ("--scope", "place", "--key", "counter-1", "--from", "2020-03-10T08:00", "--to", "2020-03-10T12:00")


def test_a_closure_is_seen_before_closed_decided_about_and_opened_again(office: Office, desk: Desk) -> None:
    visit = office.book("general", "2020-03-10 09:00", resource="counter-1", customer=CHEN)
    other = office.book("general", "2020-03-10 10:00", resource="counter-1", customer=ADA)
    office.book("general", "2020-03-10 14:00", resource="counter-1", customer=ADA)

    before = desk.out("closures", "preview", *ASKED)
    assert before.startswith("visits 2\nreached by email 1, letter 0, phone 1, none 0\ncounter: ")
    assert desk.run("worklist", "list").stderr == "Nothing is to be decided about.\n"

    closed = desk.out("closures", "close", *ASKED, "--reason", "Wasserschaden")
    closure, _colon, said = closed.partition(":")
    assert said == " closed; visits to be decided about 2\n"
    line = f"{closure}: 2020-03-10T08:00+01:00 until 2020-03-10T12:00+01:00; counter-1; Wasserschaden"
    assert line in desk.out("closures", "list").splitlines()
    assert [line.split("  ")[0] for line in desk.out("worklist", "list").splitlines()] == [
        visit.reference,
        other.reference,
    ]
    assert (
        desk.out("worklist", "decide", visit.reference, "phone")
        == f"{visit.reference}: booked, valid, phone\n"
    )
    assert desk.out("worklist", "decide", other.reference, "keep").endswith("booked, valid, in_person\n")
    assert desk.run("worklist", "list", "--reason", "place").stdout == ""
    assert desk.out("closures", "open", closure) == f"{closure}: open again\n"
    assert closure not in desk.out("closures", "list")


def test_what_cannot_be_closed_or_decided_is_one_line(office: Office, desk: Desk) -> None:
    assert desk.faults("closures", "open", "nonsense") == ["closure nonsense: does not exist"]
    assert desk.faults("closures", "close", *ASKED[:5], "soon", *ASKED[6:])[0].startswith("--from: ")
    assert desk.faults("closures", "close", *ASKED[:-1], "2020-03-10T07:00")[0].startswith("to: ")
    assert desk.faults("worklist", "decide", "AAAAAAAA", "keep") == ["booking AAAAAAAA: does not exist"]
    visit = office.book("general", "2020-03-10 09:00", customer=CHEN)
    assert len(desk.faults("worklist", "decide", visit.reference, "settle")) == 1
