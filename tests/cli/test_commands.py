"""Every other command: database, phases, outbox, staff, tokens, audit, doctor, demonstration."""

import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from models.staff import StaffAccount
from models.tokens import ApiToken
from scheduler.adapters.passwords import fits
from scheduler.domain.bookings import MoveRequest
from scheduler.domain.notices import Notifying
from scheduler.domain.planexports import write_plan
from scheduler.usecases import bookings
from scheduler.usecases.audit import seal_records
from scheduler.usecases.health import note_run
from scheduler.web.frame import EXTENSION
from tests.cast import BRUNO, CHEN
from tests.cli.conftest import Desk, DeskOver, execute
from tests.factories import Office, plan_with, whole_plan
from tests.tampering import lift_guards

NEEDS_A_DATABASE = [
    ("db", "current"),
    ("plan", "show"),
    ("plan", "export"),
    ("plan", "import", "-"),
    ("plan", "preview", "closed"),
    ("phases", "switch"),
    ("phases", "undo", "closed"),
    ("outbox", "list"),
    ("outbox", "deliver"),
    ("outbox", "retry"),
    ("tokens", "add", "x", "--role", "manager"),
    ("staff", "add", "x", "--role", "manager", "--password-file", "/dev/null"),
    ("audit", "verify"),
]


# -------------------------------------------------------------------------------------------- database


def test_the_database_goes_up_and_down_and_says_where_it_stands(bare: Desk) -> None:
    newest = bare.out("db", "current").strip()

    assert bare.out("db", "downgrade", "0001") == "The database is at 0001.\n"
    assert bare.out("db", "current") == f"0001 (the newest is {newest})\n"
    assert bare.out("db", "upgrade") == f"The database is at {newest}.\n"
    assert bare.out("db", "downgrade", "base") == "The database is at base.\n"
    assert bare.out("db", "current") == f"not migrated (the newest is {newest})\n"
    assert bare.faults("db", "downgrade", "9999")[0].startswith(
        "9999: no such revision; known are: base, 0001"
    )


@pytest.mark.parametrize("command", NEEDS_A_DATABASE, ids=" ".join)
def test_a_missing_file_is_one_line_with_the_remedy_and_is_not_made(
    command: tuple[str, ...], tmp_path: Path, desk_over: DeskOver
) -> None:
    file = tmp_path / "deep" / "missing.db"

    lines = desk_over(f"sqlite:///{file}").faults(*command)

    assert lines == [f"database: the file {file} does not exist; run `flask db upgrade`"]
    assert not file.exists()


def test_an_upgrade_makes_the_missing_file(tmp_path: Path, desk_over: DeskOver) -> None:
    file = tmp_path / "deep" / "missing.db"
    desk = desk_over(f"sqlite:///{file}")

    assert desk.out("db", "upgrade").startswith("The database is at ")
    assert desk.out("audit", "verify").splitlines()[0] == "The chain holds."


@pytest.mark.parametrize("command", NEEDS_A_DATABASE[1:], ids=" ".join)
def test_a_database_that_is_not_migrated_is_one_line_with_the_remedy(
    command: tuple[str, ...], empty_sqlite_url: str, desk_over: DeskOver
) -> None:
    Path(empty_sqlite_url.removeprefix("sqlite:///")).touch()

    (line,) = desk_over(empty_sqlite_url).faults(*command)

    assert re.fullmatch(
        r"database: the database is not migrated, this release needs \d+; run `flask db upgrade`", line
    )


def test_an_empty_postgresql_is_not_migrated_either(empty_postgresql_url: str, desk_over: DeskOver) -> None:
    (line,) = desk_over(empty_postgresql_url).faults("plan", "show")

    assert line.endswith("run `flask db upgrade`")


@pytest.mark.parametrize("command", NEEDS_A_DATABASE, ids=" ".join)
def test_a_database_that_is_away_is_one_line(command: tuple[str, ...], desk_over: DeskOver) -> None:
    (line,) = desk_over("postgresql://theke:geheim@127.0.0.1:1/theke").faults(*command)

    assert line.startswith("database: ")
    assert "refused" in line
    assert line.endswith("check THEKE_DATABASE_URL and that the database runs")
    assert "geheim" not in line


def test_what_is_no_database_is_one_line(tmp_path: Path, desk_over: DeskOver) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Dear Sir or Madam, " * 500)

    (line,) = desk_over(f"sqlite:///{file}").faults("plan", "show")

    assert "file is not a database" in line


def test_a_locked_database_is_one_line(sqlite_url: str, desk_over: DeskOver) -> None:
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    (line,) = desk_over(sqlite_url).faults("tokens", "add", "x", "--role", "manager")

    holder.close()
    assert line == "database: others hold what this needs; try again in a few seconds"


# ---------------------------------------------------------------------------------- phases and notices


def test_a_switch_says_what_it_applied_and_a_second_has_nothing_to_do(desk: Desk, office: Office) -> None:
    office.book("group_information", "2020-03-12 14:00")
    office.plan(plan_with("regular", "preventive"))
    office.wait_until("2020-03-11 15:00")

    first, second = desk.out("phases", "switch"), desk.out("phases", "switch")

    assert "preventive: keep 0, flag 0, phone 0, cancel 1; told 0, still to be told 1\n" in first
    assert second == "Nothing is due.\n"


def test_an_undo_says_what_it_restored_and_cannot_be_repeated(desk: Desk, office: Office) -> None:
    booking = office.book("group_information", "2020-03-12 14:00")
    office.switch_into("preventive")

    assert desk.out("phases", "undo", "preventive") == (
        "preventive: 1 restored, 0 of them invited anew, 1 notices withdrawn\n"
    )
    assert office.see(booking).status == "booked"
    assert desk.faults("phases", "undo", "preventive") == ["This switch has been taken back before."]
    assert desk.faults("phases", "undo", "closed") == ["phase closed: its effects were never applied"]


def test_an_undo_names_what_it_could_not_restore(desk: Desk, office: Office) -> None:
    booking = office.book("group_information", "2020-03-12 14:00")
    office.switch_into("preventive")
    office.wait_until("2020-03-12 14:30")

    assert f"not restored (begun): {booking.reference}\n" in desk.out("phases", "undo", "preventive")


def test_the_outbox_is_listed_without_names_and_delivered(desk: Desk, office: Office, tmp_path: Path) -> None:
    mailed = office.book()
    office.book(customer=BRUNO)
    visit = office.book(customer=CHEN)
    later = MoveRequest(visit.starts_at + timedelta(hours=1))
    office.do(bookings.move, visit, request=later, notifying=Notifying.LATER)

    listed = desk.out("outbox", "list")

    assert [line.split("  ")[1:4] for line in listed.splitlines()] == [
        ["waiting", "email", "invitation"],
        ["waiting", "door", "invitation"],
        ["waiting", "phone", "invitation"],
        ["held", "phone", "update"],
    ]
    assert "Ada" not in listed
    assert "@" not in listed
    assert desk.out("outbox", "deliver") == "sent 1, failed 0, quarantined 0\n"
    assert desk.out("outbox", "deliver") == "sent 0, failed 0, quarantined 0\n"
    assert len(list((tmp_path / "mails").glob("*.eml"))) == 1
    assert f"invitation  de  {office.notices(mailed)[0].edition}\n" in desk.out("outbox", "editions")
    assert len(desk.out("outbox", "list").splitlines()) == 3


def test_what_waits_after_a_failure_is_made_due(desk: Desk, office: Office, tmp_path: Path) -> None:
    (tmp_path / "mails").write_text("not a folder")
    office.book()

    assert desk.out("outbox", "deliver") == "sent 0, failed 1, quarantined 0\n"
    assert desk.out("outbox", "deliver") == "sent 0, failed 0, quarantined 0\n"
    number = desk.out("outbox", "list").split("  ")[0]
    (tmp_path / "mails").unlink()

    assert desk.out("outbox", "retry", number) == "due 1\n"
    assert desk.out("outbox", "deliver") == "sent 1, failed 0, quarantined 0\n"
    assert desk.faults("outbox", "retry", number) == ["This notice has been dealt with before."]
    assert desk.faults("outbox", "retry", "999999") == ["notice 999999: does not exist"]
    assert desk.out("outbox", "retry") == "due 0\n"


# ---------------------------------------------------------------------------------------------- people


def test_a_token_is_printed_alone_and_opens_the_api(desk: Desk) -> None:
    token = desk.out("tokens", "add", "portal", "--role", "customer").removesuffix("\n")

    response = desk.app.test_client().get("/api/v1/services", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    assert re.fullmatch(r"[\w-]{43}", token)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("portal", "name: “portal” is taken already; choose another."),
        (" ", "name: Please fill this in."),
        ("x" * 61, "name: This is too long; at most 60 characters."),
        ("a\x07b", "name: This contains characters that cannot be shown. Type it again without them."),
    ],
)
def test_a_token_needs_a_name_of_its_own(name: str, expected: str, desk: Desk, office: Office) -> None:
    desk.out("tokens", "add", "portal", "--role", "customer")

    assert desk.faults("tokens", "add", name, "--role", "manager") == [expected]
    with office.database.reading() as session:
        assert session.scalars(select(ApiToken.name)).all() == ["portal"]


def test_an_account_is_made_with_a_password_from_a_file_or_typed(
    desk: Desk, office: Office, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("correct horse battery\n")

    desk.out("staff", "add", "anna", "--role", "reception", "--password-file", str(file))
    desk.out(
        "staff", "add", "bert", "--role", "manager", "--password-file", "-", input="battery horse correct\n"
    )
    typed = desk.run("staff", "add", "carl", "--role", "auditor", input="horse battery correct\n" * 2)

    assert typed.exit_code == 0
    assert "horse" not in typed.output
    with office.database.reading() as session:
        accounts = {row.login: row for row in session.scalars(select(StaffAccount))}
    assert {login: row.role for login, row in accounts.items()} == {
        "anna": "reception",
        "bert": "manager",
        "carl": "auditor",
    }
    assert fits("correct horse battery", accounts["anna"].password)


def test_a_wrong_account_has_one_line_for_each_fault(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("short")
    ask = ("--role", "reception", "--password-file", str(tmp_path / "password"))

    assert [line.partition(":")[0] for line in desk.faults("staff", "add", "An na", *ask)] == [
        "login",
        "password",
    ]
    assert len(desk.faults("staff", "add", "anna", "--role", "customer", "--password-file", "-", code=2)) == 1
    assert desk.faults("staff", "add", "anna", "--role", "manager", "--password-file", "nowhere") == [
        "nowhere: No such file or directory"
    ]


# ------------------------------------------------------------------------------------- audit and doctor


def test_an_edited_record_is_named(desk: Desk, office: Office) -> None:
    office.book()
    seal_records(office.database)
    assert desk.out("audit", "verify").splitlines()[0] == "The chain holds."

    edit = text("UPDATE audit_records SET subject = replace(subject, :old, :new) WHERE position = 2")
    with office.database.transaction() as session:
        lift_guards(session)
        session.execute(edit, {"old": ":", "new": "?"})

    (line,) = desk.faults("audit", "verify")

    assert "2" in line
    with office.database.transaction() as session:
        session.execute(edit, {"old": "?", "new": ":"})


def test_the_doctor_finds_a_healthy_office_healthy(desk: Desk, office: Office) -> None:
    with office.database.transaction() as session:
        note_run(session, "heartbeat", problem=None, real_now=office.now)

    lines = desk.out("doctor").splitlines()

    assert [line.split(" (")[0].split(":")[0] for line in lines] == [
        *("settings", "database", "migrations", "plan", "jobs", "time zone data", "mail", "base URL")
    ]
    assert all(line.endswith(": ok") for line in lines)


def test_the_doctor_names_everything_that_is_wrong(bare: Desk, tmp_path: Path) -> None:
    frame = bare.app.extensions[EXTENSION]
    with frame.database.transaction() as session:
        now = frame.clock.real()
        note_run(session, "heartbeat", problem=None, real_now=now - timedelta(hours=1))
        note_run(session, "outbox", problem="the mail server does not answer", real_now=now)
    (tmp_path / "mails").write_text("not a folder")

    result = bare.run("doctor")

    assert result.exit_code == 1
    assert "plan: there is none yet; run `flask plan import FILE`\n" in result.stdout
    assert re.search(r"jobs: last sign of life 36\d\d s ago; start `python -m jobs`\n", result.stdout)
    assert "job outbox: the mail server does not answer\n" in result.stdout
    assert f"mail (maildir:{tmp_path / 'mails'}): {tmp_path / 'mails'} is not a folder\n" in result.stdout
    assert "database: ok\n" in result.stdout


def test_the_doctor_tells_a_missing_and_an_unmigrated_database(tmp_path: Path, desk_over: DeskOver) -> None:
    missing = desk_over(f"sqlite:///{tmp_path / 'missing.db'}").run("doctor")
    (tmp_path / "empty.db").touch()
    empty = desk_over(f"sqlite:///{tmp_path / 'empty.db'}").run("doctor")

    assert (missing.exit_code, empty.exit_code) == (1, 1)
    assert "missing.db does not exist; run `flask db upgrade`" in missing.stdout
    assert "migrations: the database is not migrated" in empty.stdout


def test_wrong_settings_stop_every_command_but_the_doctor_and_help(sqlite_url: str) -> None:
    wrong = {"THEKE_MAIL_URL": "pigeon:x", "THEKE_SECRET_KEY": "short", "THEKE_BASE_URL": "ftp://x"}

    shown, helped, doctored = (
        execute(*command, url=sqlite_url, standard_input=None, **wrong)
        for command in (("plan", "show"), ("--help",), ("doctor",))
    )

    named = ["THEKE_SECRET_KEY", "THEKE_BASE_URL", "THEKE_MAIL_URL"]
    assert (shown.returncode, shown.stdout) == (1, "")
    assert [line.partition(":")[0] for line in shown.stderr.splitlines()] == named
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "doctor" in helped.stdout
    assert (doctored.returncode, doctored.stderr) == (1, "")
    assert [line.split(": ")[1] for line in doctored.stdout.splitlines()[:3]] == named


def test_wrong_settings_do_not_start_a_server(sqlite_url: str) -> None:
    done = execute("run", url=sqlite_url, THEKE_SECRET_KEY="short")

    assert done.returncode == 1
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["THEKE_SECRET_KEY"]


# ---------------------------------------------------------------------------------------- demonstration


def test_the_demonstrations_commands_are_refused_elsewhere(desk: Desk) -> None:
    for command in (("seed",), ("clock",), ("clock", "2020-03-10T09:00")):
        (line,) = desk.faults("demo", *command)
        assert line.startswith("THEKE_DEMO: is off")


def test_the_clock_is_shown_set_and_runs_on(database_url: str, desk_over: DeskOver) -> None:
    desk = desk_over(database_url, demo=True)
    assert len(desk.faults("demo", "clock", "2020-03-10T09:00")) == 1  # whose nine o'clock?
    assert desk.run("demo", "clock", "2020-03-10T09:00+01:00").stdout.startswith("2020-03-10T08:00:0")
    desk.out("plan", "import", "-", input=write_plan(whole_plan()))

    assert desk.out("demo", "clock").startswith("2020-03-10T09:0")
    assert desk.out("demo", "clock", "2020-07-17T08:00").startswith("2020-07-17T08:00:0")
    assert desk.out("demo", "clock").endswith("+02:00\n")
    assert "phase_1" in desk.out("plan", "show")
    back = desk.run("demo", "clock", "2020-03-10T09:00")
    assert (back.exit_code, back.stderr) == (0, "Set back: what happened meanwhile is not undone.\n")
    assert len(desk.faults("demo", "clock", "2020-03-29T02:30")) == 1
    assert len(desk.faults("demo", "clock", "noon")) == 1
