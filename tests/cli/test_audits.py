"""Tampering with the audit log by SQL: the database forbids it, and who takes its guards off is found out."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import sleep

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.audit import AuditHead, AuditRecord
from models.database import Database
from scheduler.queries.audit import verification
from scheduler.usecases import audit
from scheduler.usecases.accesses import note_accesses
from scheduler.usecases.audit import record, seal_records
from tests.cast import MANAGER
from tests.cli.conftest import Desk
from tests.factories import Office, opened, plan_with
from tests.tampering import lift_guards

NOON = datetime(2020, 3, 9, 11, tzinfo=UTC)
_COPY = """
INSERT INTO audit_records (at, actor, action, subject, details, seal, position)
SELECT at, actor, action, subject, details, seal, {} FROM audit_records WHERE position = 2
"""


def write(database: Database, *subjects: str) -> None:
    with database.transaction() as session:
        for subject in subjects:
            record(session, MANAGER, "thing.do", subject, now=NOON, first=1, second="zwei")


def execute(database: Database, *statements: str, guarded: bool = False) -> None:
    with database.transaction() as session:
        if not guarded:
            lift_guards(session)
        for statement in statements:
            session.execute(text(statement))


@pytest.fixture
def sealed(database: Database) -> Database:
    """Eight sealed records, the first that of the plan's import, and one more that waits."""
    opened(database, "2020-03-09 09:00", plan_with("regular"))
    with database.reading() as session:
        there = len(session.scalars(select(AuditRecord.id)).all())
    write(database, *(f"thing:{number}" for number in range(there + 1, 9)))
    seal_records(database)
    write(database, "thing:9")
    return database


def test_what_nobody_touched_holds_and_names_its_end(sealed: Database, bare: Desk) -> None:
    holds, counted = bare.out("audit", "verify").splitlines()
    end = counted.split()[-1]

    assert holds == "The chain holds."
    assert counted.startswith("8 records, 1 more wait for their seal.")
    assert bare.out("audit", "verify", "--end", end).splitlines()[0] == "The chain holds."
    assert bare.faults("audit", "verify", "--end", "f" * 64) == [f"--end {'f' * 64}: no record has this seal"]


TAMPERINGS: list[tuple[Sequence[str], list[str]]] = [
    (["UPDATE audit_records SET actor = 'staff:x' WHERE position = 3"], ["record 3: edited"]),
    (["UPDATE audit_records SET details = '{\"first\": 2}' WHERE position = 4"], ["record 4: edited"]),
    (["UPDATE audit_records SET at = '2020-03-09 11:00:01+00' WHERE position = 5"], ["record 5: edited"]),
    (["DELETE FROM audit_records WHERE position = 3"], ["record 3: deleted"]),
    (
        ["DELETE FROM audit_records WHERE position IN (1, 2, 5)"],
        ["records 1 to 2: deleted", "record 5: deleted"],
    ),
    (["DELETE FROM audit_records WHERE position > 6"], ["records 7 to 8: cut off"]),
    (
        [
            "UPDATE audit_records SET position = -1 WHERE position = 3",
            "UPDATE audit_records SET position = 3 WHERE position = 6",
            "UPDATE audit_records SET position = 6 WHERE position = -1",
        ],
        ["record 3: reordered, it was record 6", "record 6: reordered, it was record 3"],
    ),
    (
        [
            "UPDATE audit_records SET position = position + 100 WHERE position >= 4",
            "UPDATE audit_records SET position = position - 99 WHERE position > 100",
            _COPY.format(4),
        ],
        ["record 4: inserted", "record 9: inserted behind the end of the chain"],
    ),
    (
        [
            _COPY.format(9),
        ],
        ["record 9: edited", "record 9: inserted behind the end of the chain"],
    ),
    (
        [
            _COPY.format("NULL"),
        ],
        ["record with id 10: inserted, or its seal was taken away"],
    ),
    (["UPDATE audit_head SET position = 10"], ["records 9 to 10: cut off"]),
    (
        ["UPDATE audit_head SET seal = 'none'"],
        ["record 8: edited and sealed anew, or the end of the chain (audit_head) was edited"],
    ),
    (["DELETE FROM audit_head"], ["the end of the chain: deleted (audit_head is empty)"]),
    (["DELETE FROM audit_records"], ["records 1 to 8: cut off"]),
    (["DELETE FROM audit_records", "DELETE FROM audit_head"], ["all records: deleted"]),
]


@pytest.mark.parametrize("statements, named", TAMPERINGS)
def test_what_was_done_to_the_sealed_part_is_named(
    sealed: Database, bare: Desk, statements: Sequence[str], named: list[str]
) -> None:
    execute(sealed, *statements)

    faults = bare.faults("audit", "verify")

    assert len(faults) == len(named)
    assert all(fault.startswith(start) for fault, start in zip(faults, named, strict=True)), faults


@pytest.mark.parametrize(
    "statement",
    [
        # The window that is known: what waits for its seal, some seconds long, nobody would miss.
        "UPDATE audit_records SET actor = 'staff:x' WHERE position IS NULL",
        "DELETE FROM audit_records WHERE position IS NULL",
        # What means the same.
        'UPDATE audit_records SET details = \'{"second" : "zwei",   "first" : 1}\' WHERE position = 4',
        # Ids have holes wherever a change was rolled back.
        "UPDATE audit_records SET id = 1000 WHERE position IS NULL",
    ],
)
def test_what_changes_nothing_that_is_sealed_leaves_the_chain_whole(
    sealed: Database, bare: Desk, statement: str
) -> None:
    execute(sealed, statement)

    assert bare.out("audit", "verify").splitlines()[0] == "The chain holds."
    seal_records(sealed)
    assert bare.out("audit", "verify").splitlines()[0] == "The chain holds."


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_records SET actor = 'staff:x' WHERE position = 3",
        "UPDATE audit_records SET seal = NULL, position = NULL WHERE position = 3",
        "UPDATE audit_records SET actor = 'staff:x' WHERE position IS NULL",
        "DELETE FROM audit_records WHERE position = 3",
        "DELETE FROM audit_records WHERE position IS NULL",
        "UPDATE audit_head SET position = 3",
        "DELETE FROM audit_head",
    ],
)
def test_the_database_keeps_records_as_they_are(sealed: Database, bare: Desk, statement: str) -> None:
    with pytest.raises(IntegrityError, match="audit_is_kept"):
        execute(sealed, statement, guarded=True)

    assert bare.out("audit", "verify").splitlines()[0] == "The chain holds."


def test_the_log_cannot_be_emptied_at_once(postgresql_database: Database) -> None:
    with pytest.raises(IntegrityError, match="audit_is_kept"):
        execute(postgresql_database, "TRUNCATE audit_records", guarded=True)


# ------------------------------------------------------------------------------------- several at once


def test_who_seals_beside_another_and_late_comers_leave_one_chain(database: Database) -> None:
    def busy(number: int) -> None:
        if number % 2:
            seal_records(database)
        else:
            write(database, f"thing:{number}", f"thing:{number}b")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(busy, range(24)))
    seal_records(database)

    with database.reading() as session:
        positions = session.scalars(select(AuditRecord.position).order_by(AuditRecord.position)).all()
        assert positions == list(range(1, 25))
        assert verification(session).faults == []


def seal_while_another_does(database: Database) -> None:
    """One sealer is not done yet when a record with a lower id appears, and another sealer comes."""
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as late:
            record(late, MANAGER, "thing.do", "thing:late", now=NOON)
            late.flush()
            write(database, "thing:early")
            with database.transaction() as first:
                audit._seal_batch(first)
                first.flush()
                late.commit()
                second = pool.submit(seal_records, database)
                sleep(0.5)
        second.result(30)


def test_a_lower_id_that_comes_late_is_sealed_behind(postgresql_database: Database) -> None:
    seal_while_another_does(postgresql_database)

    with postgresql_database.reading() as session:
        in_order = session.scalars(select(AuditRecord.subject).order_by(AuditRecord.position)).all()
        assert in_order == ["thing:early", "thing:late"]
        assert verification(session).faults == []


def test_without_taking_turns_the_database_refuses_a_second_chain(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(postgresql_database, "thing:0")
    seal_records(postgresql_database)

    def without_waiting(session: Session) -> AuditHead:
        return session.scalars(select(AuditHead)).one()

    monkeypatch.setattr(audit, "_lock_head", without_waiting)
    with pytest.raises(IntegrityError):
        seal_while_another_does(postgresql_database)


# -------------------------------------------------------------------------- looked at while others seal


@pytest.fixture
def sealed_meanwhile(sealed: Database) -> Iterator[Database]:
    """Somebody seals what waits as soon as anybody has looked where the chain ends."""
    done: list[int] = []

    def seal_behind(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not done and statement.startswith("SELECT audit_head"):
            done.append(0)
            done.append(seal_records(sealed))

    event.listen(Engine, "after_cursor_execute", seal_behind)
    yield sealed
    event.remove(Engine, "after_cursor_execute", seal_behind)
    assert done == [0, 1]


def test_what_is_sealed_while_somebody_looks_accuses_nobody(sealed_meanwhile: Database, bare: Desk) -> None:
    holds, counted = bare.out("audit", "verify").splitlines()

    assert holds == "The chain holds."
    assert counted.startswith("8 records, 1 more wait for their seal.")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_looking_statement_by_statement_would_accuse_an_honest_office(
    sealed_meanwhile: Database, bare: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control; SQLite shows everybody one moment."""
    monkeypatch.setattr(Database, "reading_one_moment", Database.reading)

    assert bare.faults("audit", "verify") == ["record 9: inserted behind the end of the chain"]


def test_auditors_are_told_who_read_about_a_booking(office: Office, desk: Desk) -> None:
    booking = office.book(starts="2020-03-11 09:15")
    with office.database.transaction() as session:
        subjects = [f"booking:{booking.id}", "day:2020-03-11", "day:2020-03-12"]
        note_accesses(session, MANAGER, "desk.day", subjects, now=office.now)

    lines = desk.out("audit", "reads", f"booking:{booking.id}").splitlines()

    assert [line.split()[1:] for line in lines] == [[MANAGER.name, "desk.day", one] for one in subjects[:2]]
    assert desk.out("audit", "reads", "booking:unknown") == ""


def test_a_long_list_of_readers_is_told_in_parts(office: Office, desk: Desk) -> None:
    with office.database.transaction() as session:
        for page in ("desk.day", "desk.print", "api.day"):
            note_accesses(session, MANAGER, page, ["day:2020-03-11"], now=office.now)

    first = desk.run("audit", "reads", "day:2020-03-11", "--limit", "2")
    go_on = first.stderr.split()[-2:]
    rest = desk.out("audit", "reads", "day:2020-03-11", *go_on)

    assert first.exit_code == 0
    assert [line.split()[2] for line in (first.stdout + rest).splitlines()] == [
        *("desk.day", "desk.print", "api.day")
    ]
    assert go_on[0] == "--after"
    assert desk.out("audit", "reads", "day:2020-03-11", "--limit", "3").count("\n") == 3
