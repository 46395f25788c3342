"""Searches by employee: what for, how far, by whom, and for how long."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.audit_searches import (
    SearchDecision,
    SearchRequest,
    SearchState,
    check_filing,
    check_second_person,
    state_of,
)
from scheduler.domain.errors import Invalid, WrongState
from tests.cast import ADMINISTRATOR, AUDITOR

TODAY = date(2020, 3, 9)
NOW = datetime(2020, 3, 9, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def search(login: str = "empfang", purpose: str = "A complaint of 3 March", span: int = 0) -> SearchRequest:
    return SearchRequest(login, purpose, TODAY - timedelta(days=span), TODAY)


def faults(asked: SearchRequest) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        check_filing(asked, today=TODAY)
    return {field: fault.why for field, fault in refused.value.fields.items()}


def test_a_search_with_a_purpose_for_a_span_that_has_been_is_taken() -> None:
    check_filing(search(), today=TODAY)
    check_filing(search(span=91), today=TODAY)


@pytest.mark.parametrize("purpose", ["", "   ", "complaint", " a \n\n\n\n b        c ", "ninechars"])
def test_a_purpose_of_less_than_ten_characters_is_none_however_many_blanks(purpose: str) -> None:
    assert faults(search(purpose=purpose)) == {"purpose": "too_short"}


def test_a_purpose_is_one_text_of_some_sentences() -> None:
    assert faults(search(purpose="x" * 501)) == {"purpose": "too_long"}
    assert faults(search(purpose="a complaint \x00 here")) == {"purpose": "control_characters"}


def test_the_span_is_of_days_that_have_been_and_not_too_many() -> None:
    assert faults(search(span=92)) == {"last": "span_too_long"}
    assert faults(SearchRequest("empfang", "A complaint of 3 March", TODAY, TODAY - timedelta(1))) == {
        "last": "reversed"
    }
    ahead = TODAY + timedelta(days=1)
    assert faults(SearchRequest("empfang", "A complaint of 3 March", ahead, ahead)) == {
        "first": "in_the_future"
    }
    assert faults(search(login="")) == {"login": "missing"}


@pytest.mark.parametrize(
    "decision, hours, state",
    [
        (None, 7 * 24 - 1, SearchState.WAITING),
        (None, 7 * 24, SearchState.EXPIRED),
        (SearchDecision.GRANTED, 23, SearchState.GRANTED),
        (SearchDecision.GRANTED, 24, SearchState.EXPIRED),
        (SearchDecision.DECLINED, 23, SearchState.DECLINED),
        (SearchDecision.DECLINED, 2400, SearchState.DECLINED),
    ],
)
def test_results_are_open_for_a_day_and_nothing_waits_for_ever(
    decision: SearchDecision | None, hours: int, state: SearchState
) -> None:
    decided_at = None if decision is None else NOW

    assert state_of(decision, filed_at=NOW, decided_at=decided_at, now=NOW + hours * HOUR) is state


@given(
    decision=st.sampled_from([None, *SearchDecision]),
    waited=st.timedeltas(timedelta(), timedelta(days=20)),
    since=st.timedeltas(timedelta(), timedelta(days=20)),
)
def test_what_nobody_granted_is_never_open(
    decision: SearchDecision | None, waited: timedelta, since: timedelta
) -> None:
    decided_at = None if decision is None else NOW + waited
    state = state_of(decision, filed_at=NOW, decided_at=decided_at, now=NOW + waited + since)

    is_open = decision is SearchDecision.GRANTED and since < 24 * HOUR
    assert (state is SearchState.GRANTED) is is_open


def test_neither_the_filer_nor_whom_it_is_about_decides() -> None:
    for filed_by, about in ((AUDITOR.name, "empfang"), (ADMINISTRATOR.name, "revision")):
        with pytest.raises(WrongState):
            check_second_person(AUDITOR, filed_by=filed_by, about=about)
    check_second_person(ADMINISTRATOR, filed_by=AUDITOR.name, about="empfang")
