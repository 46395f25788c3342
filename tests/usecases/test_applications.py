"""Applications: the day of receipt is noted once, proved on paper, and altered by nobody."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.applications import Application
from scheduler.adapters.letters import text as words
from scheduler.domain.applications import Filing, ReceivedBy
from scheduler.domain.errors import Invalid, NotFound, WrongState
from scheduler.domain.people import Customer
from scheduler.queries import applications as queries
from scheduler.queries.plans import current_plan
from scheduler.usecases import applications as usecases
from scheduler.usecases.retention import erase_person
from tests.cast import ADA, EMRE, MANAGER, RECEPTION
from tests.factories import Office
from tests.invariants import broken

TODAY = date(2020, 3, 9)
FILING = Filing(TODAY, ReceivedBy.PHONE, "Rent and heating")


@pytest.fixture
def house(office: Office) -> Iterator[Office]:
    yield office
    assert broken(office.database) == []


def filed(office: Office, filing: Filing = FILING, customer: Customer = ADA) -> Application:
    with office.database.transaction() as session:
        return usecases.file_new(session, filing, customer, actor=RECEPTION, now=office.now)


def seen(office: Office, application: Application) -> Application:
    with office.database.reading() as session:
        return queries.application(session, application.id)


def test_an_application_is_noted_with_its_day_and_found_again(house: Office) -> None:
    application = seen(house, filed(house))
    assert (application.received_on, application.person.name) == (TODAY, ADA.name)
    with house.database.reading() as session:
        again = queries.by_reference(session, application.reference.lower())
        assert again.id == application.id
        assert [one.id for one in queries.applications_of(session, [application.person_id])] == [again.id]


def test_somebody_who_is_known_files_with_one_press(house: Office) -> None:
    visit = house.book()
    with house.database.transaction() as session:
        filing = Filing(TODAY, ReceivedBy.IN_PERSON)
        usecases.file_of(session, filing, visit.person_id, actor=RECEPTION, now=house.now)
    with house.database.transaction() as session, pytest.raises(NotFound):
        usecases.file_of(session, FILING, UUID(int=0), actor=RECEPTION, now=house.now)


@pytest.mark.parametrize(
    "filing, field",
    [
        (Filing(TODAY + timedelta(days=1), ReceivedBy.LETTER), "received_on"),
        (Filing(TODAY - timedelta(days=32), ReceivedBy.LETTER), "received_on"),
        (Filing(TODAY, ReceivedBy.LETTER, "x" * 301), "about"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(house: Office, filing: Filing, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        filed(house, filing)
    assert list(refused.value.fields) == [field]


def test_the_proof_is_in_the_language_of_the_person_and_in_german(house: Office) -> None:
    application = seen(house, filed(house, customer=EMRE))
    with house.database.reading() as session:
        plan = current_plan(session)
    said = [words(notice) for notice in usecases.proof_of(plan, application)]
    assert [subject for subject, _ in said] == [
        f"Reference {application.reference}: confirmation of receipt",
        f"Nummer {application.reference}: Eingangsbestätigung",
    ]
    assert "Monday, 9 March 2020" in said[0][1]
    assert "Rent and heating" in said[0][1]
    assert "Montag, 9. März 2020" in said[1][1]


def alterations() -> dict[str, object]:
    return {
        "the day": update(Application).values(received_on=TODAY - timedelta(days=1)),
        "the reference": update(Application).values(reference="ACDEFGHJ"),
        "who noted it": update(Application).values(noted_by="staff:x"),
        "gone": delete(Application),
        "emptied": text("DELETE FROM applications"),
    }


@pytest.mark.parametrize("what", alterations())
def test_the_database_itself_lets_nobody_alter_or_delete_one(house: Office, what: str) -> None:
    application = filed(house)

    def alter(session: Session) -> None:
        session.execute(alterations()[what])  # type: ignore[call-overload]  # each is a statement

    with pytest.raises(DBAPIError, match="application_is_kept"), house.database.transaction() as session:
        alter(session)
    assert seen(house, application).received_on == TODAY


def test_without_the_guard_the_day_would_be_altered(house: Office) -> None:
    """The negative control."""
    application = filed(house)
    on_postgresql = house.database.engine.dialect.name == "postgresql"
    with house.database.transaction() as session:
        name = "applications_are_not_changed"
        session.execute(text(f"DROP TRIGGER {name}" + (" ON applications" if on_postgresql else "")))
        session.execute(alterations()["the day"])  # type: ignore[call-overload]  # each is a statement
    assert seen(house, application).received_on == TODAY - timedelta(days=1)


def test_what_was_noted_by_mistake_is_struck_out_once_and_stays(house: Office) -> None:
    application = filed(house)
    with house.database.transaction() as session, pytest.raises(Invalid):
        usecases.strike(session, application.id, reason=" ", actor=MANAGER, now=house.now)
    with house.database.transaction() as session:
        usecases.strike(session, application.id, reason="Noted twice.", actor=MANAGER, now=house.now)
    struck = seen(house, application)
    assert (struck.struck_by, struck.struck_why) == (MANAGER.name, "Noted twice.")
    with house.database.transaction() as session, pytest.raises(WrongState):
        usecases.strike(session, application.id, reason="Again.", actor=MANAGER, now=house.now)
    with (
        pytest.raises(DBAPIError, match="application_is_kept"),
        house.database.transaction() as session,
    ):
        session.execute(update(Application).values(struck_at=None))


def test_whoever_is_erased_leaves_the_day_without_a_name(house: Office) -> None:
    application = filed(house)
    with house.database.transaction() as session:
        erase_person(session, [application.person_id], actor=MANAGER, now=house.now)
    left = seen(house, application)
    assert (left.received_on, left.about, left.person.name) == (TODAY, None, "–")
