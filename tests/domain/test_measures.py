"""The track of a measure: own dates after those of all, on site not without the hygiene plan."""

from dataclasses import replace
from datetime import date

import pytest

from scheduler.domain.errors import Invalid, NotFound
from scheduler.domain.measures import (
    Side,
    Step,
    Way,
    is_barred,
    measure_of,
    read_participant,
    read_participants,
    step_at,
    track,
)
from scheduler.domain.plans import ModeChange
from tests.factories import whole_plan

TODAY = date(2020, 5, 18)
TYPED = dict.fromkeys(("email", "phone", "address"), "") | {
    "side": "participant",
    "name": "Ada",
    "language": "de",
    "way": "phone",
}


def steps_of(key: str = "language_course") -> list[Step]:
    return track(whole_plan(), measure_of(whole_plan(), key))


def mode(key: str, day: str, *, noted: bool, without: tuple[date, ...] = ()) -> str | None:
    found = step_at(steps_of(key), date.fromisoformat(day), has_hygiene_plan=noted, without=without)
    return found.mode if found is not None else None


def test_a_measure_goes_by_the_dates_of_all_until_its_own_first_one() -> None:
    days = ("2019-12-31", "2020-01-01", "2020-03-15", "2020-03-16", "2020-03-30", "2020-05-18")
    modes = [mode("language_course", day, noted=True) for day in days]
    assert modes == [None, "on_site", "on_site", "suspended", "alternative", "on_site_hygiene"]
    assert mode("workshop", "2020-05-18", noted=True) == "alternative"
    assert [one.until for one in steps_of("coaching")] == [date(2020, 3, 15), date(2020, 3, 29), None]


def test_on_site_does_not_hold_before_the_hygiene_plan_is_noted() -> None:
    assert mode("language_course", "2020-05-18", noted=False) == "alternative"
    assert mode("language_course", "2020-01-01", noted=False) == "on_site"
    assert is_barred(steps_of()[-1], has_hygiene_plan=False)
    assert not is_barred(steps_of()[0], has_hygiene_plan=False)


def test_coming_back_on_site_needs_the_hygiene_plan_too() -> None:
    plan = replace(
        whole_plan(),
        measure_modes=tuple(
            ModeChange(date(2020, 1, day), mode)
            for day, mode in ((1, "on_site"), (2, "suspended"), (3, "on_site"))
        ),
    )
    found = track(plan, measure_of(plan, "coaching"))
    assert [one.needs_hygiene_plan for one in found] == [False, False, True]


def test_what_is_taken_back_leaves_what_held_before() -> None:
    assert mode("coaching", "2020-03-31", noted=True, without=(date(2020, 3, 30),)) == "suspended"


def test_a_change_into_the_mode_that_holds_is_none() -> None:
    plan = replace(
        whole_plan(),
        measure_modes=(ModeChange(TODAY, "suspended"), ModeChange(date(2020, 6, 1), "suspended")),
    )
    assert track(plan, measure_of(plan, "coaching")) == [Step(TODAY, None, "suspended", False)]


def test_an_unknown_measure_is_not_found() -> None:
    with pytest.raises(NotFound):
        measure_of(whole_plan(), "nonsense")


@pytest.mark.parametrize(
    "changes, field, why",
    [
        ({"side": "friend"}, "side", "not_a_word"),
        ({"way": ""}, "way", "missing"),
        ({"name": ""}, "name", "missing"),
        ({"phone": ""}, "phone", "needed_for_way"),
        ({"way": "letter"}, "address", "needed_for_way"),
        ({"way": "email", "email": "nonsense"}, "email", "not_an_email"),
        ({"language": "!"}, "language", "not_a_language"),
    ],
)
def test_what_the_wished_way_needs_is_asked_for(changes: dict[str, str], field: str, why: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_participant({**TYPED, "phone": "030 1234", **changes}, today=TODAY)
    assert caught.value.fields[field].why == why


def test_a_table_is_read_whole_with_addresses_line_by_line() -> None:
    table = (
        "side;name;language;way;email;phone;address\nparticipant;Ada;tr;letter;;;Weg 1, 12345 Musterstadt\n"
    )
    (one,) = read_participants(table + "\n", today=TODAY)
    assert (one.side, one.way, one.person.language) == (Side.PARTICIPANT, Way.LETTER, "tr")
    assert one.person.address == "Weg 1\n12345 Musterstadt"


def test_each_wrong_line_of_a_table_is_named() -> None:
    good, line = "participant;Ada;de;phone;;030 1234;", "participant;Ada;de"
    with pytest.raises(Invalid) as caught:
        read_participants("\n".join((good, line, good, "contact;;de;phone;;030 1234;")), today=TODAY)
    assert {field: fault.why for field, fault in caught.value.fields.items()} == {
        "line.2": "participant_columns",
        "line.3": "participant_twice",
        "line.4": "no_cell",
    }
    with pytest.raises(Invalid):
        read_participants("", today=TODAY)
