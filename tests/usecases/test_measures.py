"""Measures: who is on file is told, whoever was taken off is not; hygiene plans are noted once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from models.measures import MeasureParticipant
from scheduler.domain.errors import Invalid, NotFound, WrongState
from scheduler.domain.measures import Side, measure_of
from scheduler.domain.retention import BLANK, Chore, Periods
from scheduler.queries.measures import Sight, people_of
from scheduler.queries.measures import measure as look
from scheduler.queries.plans import current_plan
from scheduler.usecases import measures
from scheduler.usecases.retention import forget_due
from tests.cast import MANAGER
from tests.factories import Office
from tests.invariants import broken

KEY = "language_course"
TABLE = (
    "participant;Ada;de;email;ada@example.org;;\n"
    "participant;Bruno;uk;letter;;030 5678;Weg 1, 12345 Musterstadt\n"
    "contact;Chen;en;phone;;030 1234;\n"
)


@pytest.fixture
def house(office: Office) -> Iterator[Office]:
    office.wait_until("2020-05-11 09:00")
    yield office
    assert broken(office.database) == []


def taken_in(office: Office, table: str = TABLE, key: str = KEY) -> int:
    with office.database.transaction() as session:
        return measures.import_participants(session, key, table, actor=MANAGER, now=office.now)


def on_file(office: Office, key: str = KEY) -> list[MeasureParticipant]:
    with office.database.reading() as session:
        return list(people_of(session, key, page=1).people)


def seen(office: Office, key: str = KEY) -> Sight:
    with office.database.reading() as session:
        plan = current_plan(session)
        return look(session, plan, measure_of(plan, key), now=office.now)


def take_off(office: Office, one: MeasureParticipant) -> None:
    with office.database.transaction() as session:
        measures.take_off_file(session, one.id, actor=MANAGER, now=office.now)


def note(office: Office, key: str = KEY) -> None:
    with office.database.transaction() as session:
        measures.note_hygiene_plan(session, key, actor=MANAGER, now=office.now)


def test_a_table_comes_in_whole_or_not_at_all(house: Office) -> None:
    assert taken_in(house) == 3
    assert [one.name for one in on_file(house)] == ["Ada", "Bruno", "Chen"]
    assert seen(house).on_file == {Side.PARTICIPANT: 2, Side.CONTACT: 1}
    new = "participant;Dana;de;email;dana@example.org;;\n"
    with pytest.raises(Invalid):
        taken_in(house, new + TABLE.splitlines()[0])
    assert len(on_file(house)) == 3
    assert taken_in(house, key="workshop") == 3
    with pytest.raises(NotFound):
        taken_in(house, key="nonsense")


def test_whoever_is_taken_off_stays_off_and_may_come_back(house: Office) -> None:
    taken_in(house)
    ada = on_file(house)[0]
    take_off(house, ada)
    with pytest.raises(WrongState):
        take_off(house, ada)
    assert len(on_file(house)) == 2
    assert taken_in(house, TABLE.splitlines()[0]) == 1


def test_the_hygiene_plan_is_noted_once_and_struck_out_once(house: Office) -> None:
    house.wait_until("2020-05-18 09:00")
    before = seen(house)
    assert before.current is not None
    assert before.barred is not None
    assert (before.current.mode, before.barred.mode) == ("alternative", "on_site_hygiene")
    note(house)
    after = seen(house)
    assert after.current is not None
    assert after.current.mode == "on_site_hygiene"
    assert after.barred is None
    with pytest.raises(WrongState):
        note(house)
    with house.database.transaction() as session:
        measures.strike_hygiene_plan(session, KEY, actor=MANAGER, now=house.now)
    assert seen(house) == before
    with pytest.raises(WrongState), house.database.transaction() as session:
        measures.strike_hygiene_plan(session, KEY, actor=MANAGER, now=house.now)


def test_participants_are_forgotten_in_time_and_contacts_once_taken_off(house: Office) -> None:
    taken_in(house)
    take_off(house, on_file(house)[1])
    house.wait_until("2021-05-01 09:00")
    assert forget_due(house.database, Periods(), clock=house.clock)[Chore.PARTICIPANTS] == 0
    house.wait_until("2021-05-12 09:00")
    assert forget_due(house.database, Periods(), clock=house.clock)[Chore.PARTICIPANTS] == 2
    with house.database.reading() as session:
        left = session.scalars(select(MeasureParticipant).where(MeasureParticipant.name == BLANK)).all()
    assert {(one.email, one.phone, one.address) for one in left} == {(None, None, None)}
    assert [one.name for one in on_file(house)] == ["Chen"]
    assert forget_due(house.database, Periods(), clock=house.clock)[Chore.PARTICIPANTS] == 0
