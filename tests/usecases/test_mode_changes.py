"""Changes of measures: everybody on file is told once, whoever breaks off; an undo tells again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import delete, select

from models.measures import ModeChangeRow, ModeTelling
from models.outbox import OutboxRow
from scheduler.adapters.languages import CUSTOMER_LANGUAGES
from scheduler.adapters.letters import text
from scheduler.adapters.mail import mailbox_from_url
from scheduler.adapters.notices import Notice
from scheduler.domain.errors import NotFound, WrongState
from scheduler.domain.measures import measure_of
from scheduler.domain.notices import NoticeKind, NoticeState, Template
from scheduler.queries.measures import Sight
from scheduler.queries.measures import measure as look
from scheduler.queries.notices import measure_letters, measures_to_be_told
from scheduler.queries.plans import current_plan
from scheduler.usecases import measures, mode_changes
from scheduler.usecases.outbox import deliver_due, tick_off, tick_off_letters, untick
from tests.cast import MANAGER, RECEPTION
from tests.factories import Office
from tests.invariants import broken

KEY, NEXT = "language_course", date(2020, 5, 18)
TABLE = (
    "participant;Ada;de;email;ada@example.org;;\n"
    "participant;Bruno;uk;letter;;030 5678;Weg 1, 12345 Musterstadt\n"
    "contact;Chen;en;phone;;030 1234;\n"
)
MAIL, LETTER, PHONE = NoticeKind.EMAIL, NoticeKind.LETTER, NoticeKind.PHONE


@pytest.fixture
def house(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A week before the language course is on site again: three people on file, told two at a time."""
    monkeypatch.setattr(mode_changes, "_BATCH", 2)
    office.wait_until("2020-05-08 09:00")
    with office.database.transaction() as session:
        measures.import_participants(session, KEY, TABLE, actor=MANAGER, now=office.now)
        measures.note_hygiene_plan(session, KEY, actor=MANAGER, now=office.now)
    yield office
    assert broken(office.database) == []


def tell(office: Office) -> int:
    return mode_changes.tell_due(office.database, clock=office.clock)


def told(office: Office) -> list[tuple[str, NoticeKind, Template]]:
    with office.database.reading() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.participant_id.is_not(None))).all()
    live = [row for row in rows if row.state is not NoticeState.WITHDRAWN]
    return sorted((row.values["name"], row.kind, row.template) for row in live)


def release(office: Office, starts: date = NEXT, key: str = KEY) -> None:
    with office.database.transaction() as session:
        mode_changes.release(session, key, starts, actor=MANAGER, now=office.now)


def take_back(office: Office) -> None:
    with office.database.transaction() as session:
        change = session.scalars(select(ModeChangeRow)).one()
        mode_changes.take_back(session, KEY, change.id, actor=MANAGER, now=office.now)


def seen(office: Office) -> Sight:
    with office.database.reading() as session:
        plan = current_plan(session)
        return look(session, plan, measure_of(plan, KEY), now=office.now)


def everybody(letter: NoticeKind) -> list[tuple[str, NoticeKind, Template]]:
    ways = (("Ada", MAIL), ("Bruno", letter), ("Chen", PHONE))
    return [(name, way, Template.MODE) for name, way in ways]


def test_on_its_day_everybody_is_told_once_and_a_letter_that_comes_too_late_is_a_call(house: Office) -> None:
    house.wait_until("2020-05-17 23:59")
    assert tell(house) == 0
    house.wait_until("2020-05-18 00:00")
    assert tell(house) == 3
    assert told(house) == everybody(PHONE)
    house.wait_until("2020-05-19 09:00")
    assert tell(house) == 0
    assert told(house) == everybody(PHONE)


def test_whoever_comes_after_the_change_knows_it(house: Office) -> None:
    house.wait_until("2020-05-18 10:00")
    with house.database.transaction() as session:
        people = "participant;Dana;de;email;dana@example.org;;\n"
        measures.import_participants(session, KEY, people, actor=MANAGER, now=house.now)
    assert tell(house) == 3


def test_a_change_that_is_released_is_told_at_once_and_letters_come_in_time(house: Office) -> None:
    release(house)
    assert tell(house) == 3
    assert told(house) == everybody(LETTER)
    with pytest.raises(WrongState):
        release(house)
    with pytest.raises(WrongState):
        release(house, date(2020, 6, 8))
    with house.database.transaction() as session:
        people = "participant;Dana;de;email;dana@example.org;;\n"
        measures.import_participants(session, KEY, people, actor=MANAGER, now=house.now)
    assert tell(house) == 1
    house.wait_until("2020-05-18 00:00")
    assert tell(house) == 0
    assert [one.told for one in seen(house).changes] == [4]


def test_without_the_hygiene_plan_nobody_is_told_of_work_on_site(house: Office) -> None:
    with house.database.transaction() as session:
        measures.strike_hygiene_plan(session, KEY, actor=MANAGER, now=house.now)
    with pytest.raises(WrongState) as refused:
        release(house)
    assert refused.value.details["why"] == "hygiene_not_noted"
    house.wait_until("2020-05-18 09:00")
    assert tell(house) == 0
    house.wait_until("2020-05-20 09:00")
    with house.database.transaction() as session:
        measures.note_hygiene_plan(session, KEY, actor=MANAGER, now=house.now)
    assert tell(house) == 3
    with house.database.reading() as session:
        days = {row.values["starts_at"] for row in session.scalars(select(OutboxRow))}
    assert days == {"2020-05-19T22:00:00+00:00"}
    with pytest.raises(WrongState) as refused, house.database.transaction() as session:
        measures.strike_hygiene_plan(session, KEY, actor=MANAGER, now=house.now)
    assert refused.value.details["why"] == "hygiene_in_use"


class Killed(Exception):
    """Stands for the end of the process."""


def die(_: int) -> None:
    raise Killed


def test_who_resumes_after_a_death_tells_the_others_and_nobody_twice(house: Office) -> None:
    house.wait_until("2020-05-18 00:00")
    with pytest.raises(Killed):
        mode_changes.tell_due(house.database, clock=house.clock, heard=die)
    assert len(told(house)) == 2
    assert tell(house) == 1
    assert told(house) == everybody(PHONE)


def test_without_the_rows_of_who_was_told_people_would_be_told_twice(house: Office) -> None:
    """The control of the test above."""
    house.wait_until("2020-05-18 00:00")
    with pytest.raises(Killed):
        mode_changes.tell_due(house.database, clock=house.clock, heard=die)
    with house.database.transaction() as session:
        session.execute(delete(ModeTelling))
    tell(house)
    assert len(told(house)) == 5


def test_two_at_once_tell_nobody_twice(house: Office) -> None:
    house.wait_until("2020-05-18 00:00")
    barrier = Barrier(2)

    def at_once() -> int:
        barrier.wait()
        return tell(house)

    with ThreadPoolExecutor(2) as pool:
        counts = [one.result() for one in [pool.submit(at_once) for _ in range(2)]]
    assert sum(counts) == 3
    assert told(house) == everybody(PHONE)


def test_an_undo_stops_what_has_not_gone_and_tells_again_whoever_may_know(
    house: Office, tmp_path: object
) -> None:
    release(house)
    tell(house)
    deliver_due(house.database, mailbox_from_url(f"maildir:{tmp_path}"), clock=house.clock)
    take_back(house)
    with pytest.raises(WrongState):
        take_back(house)
    assert tell(house) == 3
    assert tell(house) == 0
    assert told(house) == [("Ada", MAIL, Template.MODE), ("Ada", MAIL, Template.MODE_BACK)]
    house.wait_until("2020-05-18 09:00")
    assert tell(house) == 0
    current = seen(house).current
    assert current is not None
    assert current.mode == "alternative"


def test_a_death_in_an_undo_is_made_up_for(house: Office) -> None:
    release(house)
    tell(house)
    with house.database.transaction() as session:
        for row in session.scalars(select(OutboxRow)):
            row.state = NoticeState.SENT
    take_back(house)
    with pytest.raises(Killed):
        mode_changes.tell_due(house.database, clock=house.clock, heard=die)
    assert tell(house) == 1
    back = [one for one in told(house) if one[2] is Template.MODE_BACK]
    assert [name for name, _, _ in back] == ["Ada", "Bruno", "Chen"]


def test_only_the_last_change_is_taken_back(house: Office) -> None:
    with pytest.raises(NotFound), house.database.transaction() as session:
        mode_changes.take_back(session, KEY, 1, actor=MANAGER, now=house.now)
    release(house)
    with house.database.transaction() as session:
        later = ModeChangeRow(measure=KEY, starts=date(2020, 6, 1), mode="suspended", due_at=house.now)
        session.add(later)
        first = session.scalars(select(ModeChangeRow).where(ModeChangeRow.starts == NEXT)).one().id
    with pytest.raises(WrongState) as refused, house.database.transaction() as session:
        mode_changes.take_back(session, KEY, first, actor=MANAGER, now=house.now)
    assert refused.value.details["why"] == "later_change"


def test_letters_and_calls_are_ticked_off_and_only_the_last_word_counts(house: Office) -> None:
    release(house)
    tell(house)
    with house.database.transaction() as session:
        assert [one.person.name for one in measure_letters(session)] == ["Bruno"]
        listed = measures_to_be_told(session, now=house.now)
        ids = {one.person.name: one.row.id for one in listed}
        assert set(ids) == {"Bruno", "Chen"}
        letter, call = ids["Bruno"], ids["Chen"]
        assert tick_off_letters(session, [letter], actor=RECEPTION, now=house.now) == 1
        tick_off(session, call, actor=RECEPTION, now=house.now)
    with house.database.transaction() as session:
        assert measures_to_be_told(session, now=house.now) == []
        untick(session, call, actor=RECEPTION, now=house.now)
        assert len(measures_to_be_told(session, now=house.now)) == 1
    take_back(house)
    tell(house)
    with house.database.reading() as session:
        (last,) = measures_to_be_told(session, now=house.now)
    assert (last.person.name, last.row.template) == ("Bruno", Template.MODE_BACK)


@pytest.mark.parametrize("language", CUSTOMER_LANGUAGES)
@pytest.mark.parametrize("template", [Template.MODE, Template.MODE_BACK])
def test_subjects_are_neutral_in_every_language(house: Office, language: str, template: Template) -> None:
    release(house)
    tell(house)
    with house.database.reading() as session:
        rows = session.scalars(select(OutboxRow)).all()
        (row,) = [one for one in rows if one.values["name"] == "Ada"]
        notice = Notice.from_values({**row.values, "language": language, "template": template})
    for mode in ("on_site", "on_site_hygiene", "alternative", "suspended"):
        subject, body = text(Notice.from_values({**notice.to_values(), "mode": mode}))
        assert "2020" in subject or language == "ar"
        for word in ("Sprachkurs", "Jobcenter", "Träger", "Ada"):
            assert word not in subject
        assert "Sprachkurs" in body
        assert "Jobcenter" not in body.splitlines()[2]
