"""Who comes in without an appointment, in every phase of the year."""

from dataclasses import replace

import pytest

from scheduler.domain.bookings import Category, Channel, Justification
from scheduler.domain.errors import Fault, Invalid, JustificationRequired, PhaseRefused, WrongState
from scheduler.domain.phases import WalkIns
from scheduler.domain.walk_ins import (
    Answer,
    EmergencyRequest,
    WalkInChange,
    WalkInRequest,
    WalkInStatus,
    admission,
    check_admission,
    checked_emergency,
    checked_walk_in,
    hands,
    possible_changes,
    status_after,
    status_before,
)
from tests.factories import at, whole_plan

PLAN = whole_plan()
REASON = Justification(Category.PERSONAL_CONTACT, None)


def answer(service: str, local: str, policy: WalkIns | None = None) -> Answer:
    plan = PLAN
    if policy is not None:
        plan = replace(plan, phases=tuple(replace(phase, walk_ins=policy) for phase in plan.phases))
    return admission(plan, plan.service(service), "main", at(local)).answer


@pytest.mark.parametrize(
    "local, answers",
    [
        ("2019-12-31 09:00", {"general": "refuse", "benefit_emergency": "refuse"}),  # nothing is planned
        ("2020-03-09 09:00", {"general": "admit", "cash_pickup": "admit", "integration": "admit"}),
        ("2020-03-17 09:00", {"general": "exception", "benefit_emergency": "admit", "cash_pickup": "admit"}),
        ("2020-03-18 09:00", {"general": "refuse", "benefit_emergency": "admit", "integration": "refuse"}),
        ("2020-06-02 09:00", {"general": "refuse", "cash_pickup": "admit"}),
        ("2020-07-21 09:00", {"integration": "exception", "documents": "exception", "cash_pickup": "admit"}),
    ],
)
def test_the_policy_of_each_phase(local: str, answers: dict[str, str]) -> None:
    assert {service: answer(service, local) for service in answers} == answers


def test_what_the_rules_let_in_with_a_reason_needs_one_under_admit_alone() -> None:
    local = "2020-07-21 09:00"
    assert answer("integration", local, WalkIns.ADMIT) is Answer.JUSTIFY
    assert answer("integration", local, WalkIns.EXCEPTION) is Answer.EXCEPTION
    assert answer("integration", local, WalkIns.REFUSE) is Answer.REFUSE
    assert answer("documents", local, WalkIns.ADMIT) is Answer.REFUSE


def test_nobody_comes_without_an_appointment_where_the_policy_is_none() -> None:
    local = "2020-07-21 09:00"
    assert answer("cash_pickup", local, WalkIns.REFUSE) is Answer.ADMIT
    assert answer("cash_pickup", local, WalkIns.NONE) is Answer.REFUSE
    phases = tuple(replace(phase, walk_ins=WalkIns.NONE) for phase in PLAN.phases)
    plan = replace(PLAN, phases=phases)
    ruling = admission(plan, plan.service("cash_pickup"), "main", at(local)).ruling
    assert not ruling.decision.lets_book  # a refusal never says that it is allowed


def admitted(service: str, local: str, **more: object) -> None:
    request = replace(WalkInRequest("main", service), **more)  # type: ignore[arg-type]  # any field
    check_admission(admission(PLAN, PLAN.service(service), "main", at(local)), request)


def test_an_exception_needs_a_reason_and_the_name_of_who_allowed_it() -> None:
    local = "2020-03-17 09:00"
    with pytest.raises(JustificationRequired):
        admitted("general", local, allowed_by="Frau Weber")
    with pytest.raises(Invalid) as caught:
        admitted("general", local, justification=REASON)
    assert caught.value.fields == {"allowed_by": Fault("missing")}
    admitted("general", local, justification=REASON, allowed_by="Frau Weber")
    admitted("benefit_emergency", local)
    with pytest.raises(PhaseRefused) as refused:
        admitted("general", "2020-03-18 09:00", justification=REASON, allowed_by="Frau Weber")
    assert refused.value.details["ruling"].channels == ("phone", "email", "online")


def test_everything_that_is_wrong_is_named_at_once() -> None:
    why = Justification(Category.OTHER, " ")
    with pytest.raises(Invalid) as caught:
        checked_walk_in(PLAN, WalkInRequest("nowhere", "", "x" * 121, why, "y\x00"))
    assert {field: fault.why for field, fault in caught.value.fields.items()} == {
        "site": "unknown",
        "service": "missing",
        "name": "too_long",
        "justification.text": "missing",
        "allowed_by": "control_characters",
    }
    clean = checked_walk_in(PLAN, WalkInRequest("main", "general", " ", None, " Frau Weber "))
    assert (clean.name, clean.allowed_by) == (None, "Frau Weber")


@pytest.mark.parametrize(
    "phone, why", [(None, "missing"), ("110 bitte", "not_a_phone"), ("1" * 41, "too_long")]
)
def test_who_is_called_back_has_a_number(phone: str | None, why: str) -> None:
    request = EmergencyRequest("main", phone=phone)
    with pytest.raises(Invalid) as caught:
        checked_emergency(PLAN, request, call_back=True)
    assert caught.value.fields["phone"].why == why
    assert checked_emergency(PLAN, request, call_back=False).phone is None


def test_hands_are_those_that_can_deal_with_the_concern() -> None:
    assert [place.key for place in hands(PLAN, PLAN.service("cash_pickup"), "main")] == ["counter-1"]
    assert hands(PLAN, PLAN.service("cash_pickup"), "annex") == []
    assert "group-room" not in [place.key for place in hands(PLAN, None, "main")]
    assert [place.key for place in hands(PLAN, None, "annex")] == ["annex-counter"]


def test_each_change_comes_from_where_it_may_and_goes_back_there() -> None:
    waiting, called, in_service = WalkInStatus.WAITING, WalkInStatus.CALLED, WalkInStatus.IN_SERVICE
    door = Channel.IN_PERSON
    assert possible_changes(waiting, door) == [WalkInChange.CALL, WalkInChange.LEAVE]
    assert possible_changes(waiting, Channel.PHONE) == [WalkInChange.FINISH]
    for status in (WalkInStatus.DONE, WalkInStatus.LEFT):
        assert possible_changes(status, door) == possible_changes(status, Channel.PHONE) == []
    with pytest.raises(WrongState):
        status_after(WalkInChange.SERVE, waiting, door)
    for status in (waiting, called, in_service):
        for change in possible_changes(status, door):
            after = status_after(change, status, door)
            was_called = status is not waiting or change is WalkInChange.CALL
            before = status_before(change, after, called=was_called, channel=door)
            # Who is called once more is taken back to waiting: the first call was to another place.
            assert before is (waiting if change is WalkInChange.CALL else status)
    done = status_after(WalkInChange.FINISH, waiting, Channel.PHONE)
    assert status_before(WalkInChange.FINISH, done, called=False, channel=Channel.PHONE) is waiting
    with pytest.raises(WrongState):
        status_before(WalkInChange.CALL, waiting, called=True, channel=door)
