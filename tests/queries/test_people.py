"""Looking for people: the same on both engines, each person once, by an index however many there are."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import event, text

from models.bulk import insert_many
from models.database import Database
from models.people import Person, PersonWord
from scheduler.domain.people import Customer
from scheduler.queries.people import people, person, visits
from tests.cast import ADA
from tests.factories import Office
from tests.queries.statements import counted

TODAY = date(2020, 3, 10)
NOW = datetime(2020, 3, 10, 9, tzinfo=UTC)
MANY = 4000
JUERGEN = Customer(
    "Jürgen Groß-Meyer",
    number="123 K 45",
    household="BG 700",
    born=date(1980, 3, 5),
    phone="+49 30 12345",
    email="juergen@example.org",
)
OTHERS = [Customer("Jurij Grote"), Customer("Grossmann, Erna"), Customer("Meyer, Gro"), ADA]


def found(database: Database, typed: str, *, at_most: int = 8) -> list[str]:
    with database.reading() as session:
        return [one.person.name for one in people(session, typed, today=TODAY, at_most=at_most).found]


def write(database: Database, customers: list[Customer]) -> None:
    with database.transaction() as session:
        rows = [Person.of(customer, now=NOW) for customer in customers]
        columns = [column.key for column in Person.__table__.columns]
        insert_many(session, Person, [{name: getattr(row, name) for name in columns} for row in rows])
        words = [word for row in rows for word in PersonWord.of(row)]
        insert_many(session, PersonWord, [word.values for word in words])


def test_somebody_is_found_however_it_is_typed(database: Database) -> None:
    write(database, [JUERGEN, *OTHERS])
    names = "Jürgen Groß|juergen gross|meyer gross|GROß-MEYER, Jürgen|jurgen groß|Jüregn|Groß juerg"
    numbers = "123K45|123 K 45|123K|12345|BG700|bg 700|700|030 12345|0049 30 / 123-45"
    others = "5.3.1980|05.03.80|1980-03-05|Juergen@Example.org|groß 5.3.80|gross 030 12345"
    for typed in f"{names}|{numbers}|{others}".split("|"):
        assert found(database, typed)[:1] == [JUERGEN.name], typed


def test_whoever_does_not_fit_in_everything_is_not_found(database: Database) -> None:
    write(database, [JUERGEN, *OTHERS])
    for typed in ("groß 6.3.1980", "123K46", "juergen ada", "030 1234", "x", "", "%", "g_oss"):
        assert JUERGEN.name not in found(database, typed), typed


def test_as_it_is_typed_comes_before_what_begins_so_and_that_before_mistakes(database: Database) -> None:
    write(database, [Customer("Ana Grosz"), Customer("Bea Grossmann"), Customer("Cem Gross")])

    assert found(database, "gross") == ["Cem Gross", "Bea Grossmann", "Ana Grosz"]


def test_one_person_with_many_visits_is_shown_once_with_all_of_them(office: Office) -> None:
    customer = Customer("Karla Kern", number="77")
    past = office.book("general", "2020-03-09 09:30", customer=customer)
    ahead = [office.book("general", f"2020-03-1{day} 09:00", customer=customer) for day in (2, 1)]
    office.book("general", "2020-03-11 10:00", customer=Customer("Karla Kern", number="78"))
    office.wait_until("2020-03-10 08:00")
    with office.database.reading() as session, counted(office.database) as asked:
        first, second = sorted(
            people(session, "kern karla", today=TODAY, at_most=8).found, key=lambda one: -len(one.ids)
        )
        theirs = visits(session, first.ids, now=office.now)
        same = person(session, first.ids[-1])

    assert (len(first.ids), len(second.ids), set(same.ids)) == (3, 1, set(first.ids))
    assert [visit.id for visit in theirs.past] == [past.id]
    assert [visit.id for visit in theirs.to_come] == [visit.id for visit in reversed(ahead)]
    assert len(asked) == 5


def test_many_of_one_birth_date_push_out_nobody_known_by_the_number(database: Database) -> None:
    born = date(1980, 1, 1)
    write(database, [Customer("Karla Kern", number="77", born=born)] * 2)
    with database.transaction() as session:
        session.execute(text("UPDATE people SET created_at = '2019-01-01 00:00:00'"))
    write(database, [Customer(f"Karla Anders{n}", born=born) for n in range(310)])
    with database.reading() as session:
        kern = people(session, "77", today=TODAY, at_most=8).found[0]
        same = person(session, kern.person.id)

    assert (len(kern.ids), set(same.ids)) == (2, set(kern.ids))


def test_more_than_are_shown_are_said_to_be_there(database: Database) -> None:
    write(database, [Customer(f"Kern {letter * 3}") for letter in "abcd"])
    with database.reading() as session:
        few = people(session, "kern", today=TODAY, at_most=3)
        all_of_them = people(session, "kern", today=TODAY, at_most=4)

    assert (len(few.found), few.more) == (3, True)
    assert (len(all_of_them.found), all_of_them.more) == (4, False)


def test_nobody_is_looked_for_among_all(database: Database) -> None:
    random = Random(1)
    syllables = ("ba", "ber", "grim", "gross", "jur", "kel", "lo", "mann", "mey", "ner", "ro", "wein")
    names = ["".join(random.choices(syllables, k=3)) for _ in range(2 * MANY)]
    born = [date(1950, 1, 1) + timedelta(days=random.randrange(20_000)) for _ in range(MANY)]
    others = [
        Customer(f"{names[n]} {names[-n]}", f"{n}@example.org", f"0171 {n}", None, f"{n}Q{n}", born[n])
        for n in range(MANY)
    ]
    write(database, [JUERGEN, *others])
    with database.transaction() as session:
        session.execute(text("ANALYZE"))
    for typed in ("jürgen großmeier", "123K45", "5.3.1980", "030 12345", "juergen@example.org"):
        with database.reading() as session, counted(database) as asked:
            people(session, typed, today=TODAY, at_most=8)
        assert 1 <= len(asked) <= 2
        for plan in plans(database, typed):
            assert "SCAN people" not in plan, (typed, plan)
            assert "SCAN person_words" not in plan, (typed, plan)
            assert "Seq Scan" not in plan, (typed, plan)


def plans(database: Database, typed: str) -> list[str]:
    """How the database goes about each statement of a search, in its own words."""
    explain = "EXPLAIN" if database.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    with database.reading() as session:
        bind, told = session.connection(), []
        statements = recorded(database, typed)
        for statement, parameters in statements:
            rows = bind.exec_driver_sql(f"{explain} {statement}", parameters).all()
            told.append("\n".join(" ".join(map(str, row)) for row in rows))
    return told


def recorded(database: Database, typed: str) -> list[tuple[str, Any]]:
    kept: list[tuple[str, Any]] = []

    def keep(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            kept.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", keep)
    with database.reading() as session:
        people(session, typed, today=TODAY, at_most=8)
    event.remove(database.engine, "before_cursor_execute", keep)
    return kept


def test_an_id_is_enough(database: Database) -> None:
    write(database, [JUERGEN])
    with database.reading() as session:
        (known,) = people(session, "groß", today=TODAY, at_most=8).found

        assert person(session, known.person.id).ids == known.ids == [UUID(str(known.person.id))]
