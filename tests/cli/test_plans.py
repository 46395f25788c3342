"""`flask plan`: import, export, show, decide, preview."""

import json
from pathlib import Path

import pytest

from scheduler.domain.planfiles import read_plan
from tests.cli.conftest import Desk, execute
from tests.factories import SCENARIO, Office, plan_with, rows, whole_plan

PLAN = SCENARIO / "plan.toml"


def test_the_year_is_decided_as_the_table_says(july_desk: Desk) -> None:
    table = rows("decisions.csv")
    answers = [
        json.loads(
            july_desk.out(
                *("plan", "decide", "--json", "--at", row["at"], "--service", row["service"]),
                *("--booked-by", row["booked_by"], "--kind", row["kind"]),
            )
        )
        for row in table
    ]

    assert [(a["phase"], a["decision"], a["channels"], a["kinds"]) for a in answers] == [
        (row["phase"] or None, row["decision"], row["channels"].split(), [row["kind"]]) for row in table
    ]
    assert len(answers) == 286


def test_a_decision_has_the_shape_of_the_contract(july_desk: Desk) -> None:
    ask = ("plan", "decide", "--at", "2020-03-17T09:00", "--service", "general", "--booked-by", "customer")

    german, english = (json.loads(july_desk.out(*ask, "--json", "--language", word)) for word in ("de", "en"))

    assert english == {
        "phase": "appointments_cancelled",
        "decision": "redirect",
        "channels": ["phone", "email", "online"],
        "kinds": ["counter"],
        "rule": 4,
        "text": english["text"],
    }
    assert english["text"].endswith("You can file an application at any time, without any form.")
    assert german["text"].endswith("Einen Antrag können Sie jederzeit stellen, auch formlos.")
    assert json.loads(july_desk.out(*ask, "--json")) == german
    assert german["text"] in july_desk.out(*ask)


def test_a_plan_is_imported_and_importing_its_export_changes_nothing(bare: Desk, tmp_path: Path) -> None:
    assert bare.out("plan", "import", str(PLAN)) == (
        "Imported: 2 sites, 9 places, 3 routes, 8 services, 3 channels, 6 phases.\n"
    )
    exported = bare.out("plan", "export")
    (tmp_path / "export.toml").write_text(exported, "utf-8")

    assert bare.out("plan", "import", str(tmp_path / "export.toml")).startswith("Nothing changed:")
    assert bare.out("plan", "import", "-", input=exported.encode()).startswith("Nothing changed:")
    assert bare.out("plan", "export") == exported


def test_every_fault_of_a_plan_is_a_line_and_nothing_changes(desk: Desk, tmp_path: Path) -> None:
    before = desk.out("plan", "export")
    file = tmp_path / "wrong.toml"
    wrong = PLAN.read_text("utf-8").replace('walk_ins = "refuse"', 'walk_ins = "never"', 1)
    file.write_text(wrong.replace('kinds = ["group_room"]', 'kinds = ["ballroom"]'), "utf-8")

    lines = desk.faults("plan", "import", str(file))

    assert len(lines) == 2
    assert all(line.startswith(f"{file}: ") for line in lines)
    assert any("walk_ins" in line and "never" in line for line in lines)
    assert any("kinds" in line and "ballroom" in line for line in lines)
    assert desk.out("plan", "export") == before


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"", "-: file: The file is empty. A plan begins with format = 1 and [office]."),
        (
            b"\xff",
            "-: line 1, column 1: Here begins something that is not UTF-8. Save the file with that encoding.",
        ),
        (b"x =", '-: line 1, column 4: The file ends too early: "Invalid value".'),
        (
            b" " * 1_100_000,
            "-: file: The file is larger than 1024 KiB. A plan is far smaller: is this the right file?",
        ),
    ],
)
def test_what_is_no_plan_is_one_line(content: bytes, expected: str, bare: Desk) -> None:
    assert bare.faults("plan", "import", "-", input=content) == [expected]


def test_a_file_that_cannot_be_read_is_named(bare: Desk, tmp_path: Path) -> None:
    assert bare.faults("plan", "import", "nowhere.toml") == ["nowhere.toml: No such file or directory"]
    assert bare.faults("plan", "import", str(tmp_path)) == [f"{tmp_path}: Is a directory"]


def test_the_past_cannot_be_rewritten(july_desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text(PLAN.read_text("utf-8").replace('walk_ins = "refuse"', 'walk_ins = "admit"', 1), "utf-8")

    (line,) = july_desk.faults("plan", "import", str(file))

    assert (
        line == f"{file}: phase 4 (closed): The phase is in force, past or applied. It can no longer change."
    )


def test_the_phase_in_force_is_shown_with_its_rules(july_desk: Desk) -> None:
    now = july_desk.out("plan", "show")
    then = july_desk.out("plan", "show", "--at", "2020-07-20T00:00", "--language", "en")

    assert now.splitlines()[0] == "phase_1: Wiedereröffnung Phase I"
    assert "from 2020-06-02T00:00:00+02:00 until 2020-07-20T00:00:00+02:00" in now
    assert "2. redirect: benefit_emergency, cash_pickup; to phone" in now
    assert then.splitlines()[0] == "phase_2: Reopening, phase II"
    assert "until further notice" in then


def test_before_the_first_phase_there_is_none(desk: Desk) -> None:
    assert "no phase" in desk.out("plan", "show", "--at", "2019-12-31T23:59")


@pytest.mark.parametrize(
    "at, expected",
    [
        ("2020-03-29T02:30", "--at: 2020-03-29 02:30 does not exist at the office"),
        ("2020-10-25T02:30", "--at: 2020-10-25 02:30 exists twice at the office"),
        ("tomorrow", "--at: “tomorrow” is not a date and time"),
        ("2020-02-30T09:00", "--at: “2020-02-30T09:00” is not a date and time"),
    ],
)
def test_an_instant_that_is_none_is_one_line(at: str, expected: str, desk: Desk) -> None:
    ask = ("plan", "decide", "--at", at, "--service", "general", "--booked-by", "customer")

    for command in (ask, ("plan", "show", "--at", at)):
        (line,) = desk.faults(*command)
        assert line.startswith(expected)


def test_an_offset_tells_a_doubled_time(desk: Desk) -> None:
    assert desk.out("plan", "show", "--at", "2020-10-25T02:30+01:00")


@pytest.mark.parametrize(
    "changes, code, expected",
    [
        ({"--service": "nothing"}, 1, "service: “nothing” is not known here. Known are: benefit_emergency,"),
        ({"--site": "moon"}, 1, "--site: “moon” is not known here. Known are: annex, main."),
        (
            {"--booked-by": "king"},
            2,
            "flask plan decide: Invalid value for '--booked-by': 'king' is not one of",
        ),
        ({"--kind": "balcony"}, 2, "flask plan decide: Invalid value for '--kind': 'balcony' is not one of"),
        ({"--at": ""}, 1, "--at: “” is not a date and time"),
    ],
)
def test_what_the_plan_does_not_know_is_one_line(
    changes: dict[str, str], code: int, expected: str, desk: Desk
) -> None:
    options = {"--at": "2020-03-10T09:00", "--service": "general", "--booked-by": "customer"} | changes

    (line,) = desk.faults("plan", "decide", *(word for pair in options.items() for word in pair), code=code)

    assert line.startswith(expected)


@pytest.mark.parametrize(
    "arguments", [("decide",), ("explode",), ("show", "--when"), ("import",), ("preview",)]
)
def test_wrong_usage_is_one_line_that_leads_to_help(arguments: tuple[str, ...], desk: Desk) -> None:
    (line,) = desk.faults("plan", *arguments, code=2)

    assert line.endswith("--help`.")


def test_without_a_plan_every_question_says_how_to_get_one(bare: Desk) -> None:
    for command in (("plan", "show"), ("plan", "export"), ("plan", "preview", "closed")):
        assert bare.faults(*command) == [
            "The office has no plan yet. Import one with `flask plan import FILE`."
        ]


def test_a_preview_is_told_as_lines_and_as_json(desk: Desk, office: Office) -> None:
    booking = office.book("group_information", "2020-03-12 14:00")
    office.plan(plan_with("regular", "preventive"))

    values = json.loads(desk.out("plan", "preview", "preventive", "--json"))
    lines = desk.out("plan", "preview", "preventive")

    assert values["counts"] == {"keep": 0, "flag": 0, "phone": 0, "cancel": 1}
    assert values["bookings"][0]["reference"] == booking.reference
    assert f"{booking.reference}  2020-03-12T14:00:00+01:00  group_information  cancel  email" in lines
    assert desk.faults("plan", "preview", "nothing") == ["phase nothing: does not exist"]


def test_the_commands_run_from_the_root_with_the_environment_alone(sqlite_url: str) -> None:
    imported = execute("plan", "import", str(PLAN), url=sqlite_url)
    exported = execute("plan", "export", url=sqlite_url)
    ask = ("plan", "decide", "--at", "2020-07-20T09:00", "--booked-by", "customer", "--json")
    decided = execute(*ask, "--service", "integration", url=sqlite_url)
    again = execute("plan", "import", "-", url=sqlite_url, standard_input=exported.stdout)
    unknown = execute(*ask, "--service", "nothing", url=sqlite_url)

    assert (imported.returncode, imported.stderr) == (0, "")
    assert json.loads(decided.stdout)["decision"] == "approve"
    assert again.stdout.startswith("Nothing changed:")
    assert (unknown.returncode, unknown.stdout, len(unknown.stderr.splitlines())) == (1, "", 1)


def test_the_export_is_the_plan(july_desk: Desk) -> None:
    exported = july_desk.out("plan", "export").encode()

    assert read_plan(exported, known_holiday_region=lambda region: True) == whole_plan()
