"""`flask hotlines`: calls are counted, and the roster goes out as the table that comes in."""

import pytest

from tests.cli.conftest import Desk
from tests.factories import Office

OWN = "additional_number"
ROSTER = (
    f"hotline;day;starts;ends;name\n{OWN};2020-04-06;08:00;12:00;Ada\n{OWN};2020-04-06;12:00;24:00;Bruno\n"
)


@pytest.fixture
def april(office: Office, desk: Desk) -> Desk:
    office.wait_until("2020-04-06 09:30")
    return desk


def test_calls_are_counted_and_taken_back(april: Desk) -> None:
    assert april.out("hotlines", "count", OWN) == f"{OWN}: calls today 1\n"
    assert april.out("hotlines", "count", OWN, "--less") == f"{OWN}: calls today 0\n"
    assert april.faults("hotlines", "count", "nonsense") == ["hotline nonsense: does not exist"]
    (line,) = april.faults("hotlines", "count", OWN, "--less")
    assert line.endswith(".")


def test_the_roster_that_goes_out_is_the_one_that_came_in(april: Desk) -> None:
    assert april.out("hotlines", "import", "-", input=ROSTER) == "shifts 2\n"
    assert april.out("hotlines", "roster") == ROSTER
    assert april.out("hotlines", "roster", "--from", "2020-04-07") == "hotline;day;starts;ends;name\n"
    assert f"{OWN}: " in april.out("hotlines", "list", "--language", "en")
    assert "open, answered now; 1 on the roster now; calls today 0" in april.out("hotlines", "list")


def test_a_table_with_a_wrong_line_is_refused_as_a_whole(april: Desk) -> None:
    (fault,) = april.faults("hotlines", "import", "-", input=ROSTER.replace("12:00;Ada", "25:00;Ada"))
    assert fault.startswith("line.2: ")
    assert april.faults("hotlines", "roster", "--from", "soon")[0].startswith("--from: ")
    assert april.faults("hotlines", "import", "-", input=b"\xff\xfe")[0].startswith("-: ")
    assert april.out("hotlines", "roster").count("\n") == 1
