"""Switches: the year as it was, however often and however late they are carried out, and taken back."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from models.bookings import Booking
from models.database import Database
from models.outbox import OutboxRow
from models.runs import PhaseEffect, PhaseRun
from scheduler.adapters.mail import mailbox_from_url
from scheduler.domain.bookings import BookingRequest, Channel, Party, Standing, Status
from scheduler.domain.errors import Busy, DomainError, NotFound, WrongState
from scheduler.domain.interruptions import InterruptionKind, InterruptionRequest
from scheduler.domain.notices import NoticeKind, NoticeState, Template
from scheduler.domain.people import Customer
from scheduler.domain.phases import Effect
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Role
from scheduler.queries.switches import Preview, due_switches, next_switch, preview, runs
from scheduler.usecases import bookings, switches, undos
from scheduler.usecases.interruptions import interrupt
from scheduler.usecases.outbox import deliver_due, tick_off
from scheduler.usecases.switches import apply_due
from scheduler.usecases.undos import UndoReport, undo
from tests.cast import ADA, BRUNO, CHEN, CUSTOMER, DORIT, EMRE, FATMA, MANAGER, RECEPTION
from tests.factories import Office, StandingClock, at, plan_with, whole_plan
from tests.invariants import broken
from tests.year import Year


def apply(office: Office) -> list[str]:
    """Carries out what is due; the phases that this caller finished."""
    return [report.phase_key for report in apply_due(office.database, clock=office.clock)]


def apply_twice(office: Office) -> None:
    apply(office)
    assert apply(office) == []


def apply_at_once(office: Office) -> None:
    with ThreadPoolExecutor(3) as threads:
        finished = list(threads.map(lambda _: apply(office), range(3)))
    told = [phase for phases in finished for phase in phases]
    assert len(told) == len(set(told))


def see_preview(office: Office, phase: str) -> Preview:
    with office.database.reading() as session:
        return preview(session, phase, now=office.now)


def take_back(office: Office, phase: str) -> UndoReport:
    return undo(office.database, phase, actor=MANAGER, clock=office.clock)


def deliver(office: Office, folder: Path) -> None:
    deliver_due(office.database, mailbox_from_url(f"maildir:{folder}"), clock=office.clock)


def effects(database: Database) -> dict[UUID, Effect]:
    """What the last switch did to each booking that it judged."""
    with database.reading() as session:
        last = select(PhaseRun.id).order_by(PhaseRun.id.desc()).limit(1).scalar_subquery()
        found = session.scalars(select(PhaseEffect).where(PhaseEffect.run_id == last)).all()
        return {effect.booking_id: effect.effect for effect in found}


# --------------------------------------------------------------------------------------------- the year


def play(database: Database, switch: Callable[[Office], object]) -> Year:
    year = Year(Office(database, StandingClock(at("2020-01-01 00:00"))), switch)
    year.play()
    return year


@pytest.mark.parametrize("switch", [apply, apply_twice, apply_at_once])
def test_the_year_goes_as_it_went(database: Database, switch: Callable[[Office], object]) -> None:
    year = play(database, switch)
    assert year.wrong == []
    assert broken(database, now=year.office.now) == []


def test_the_rules_hold_and_the_end_is_the_same_when_no_switch_ran_for_months(database: Database) -> None:
    year = play(database, lambda office: None)
    assert year.wrong != []
    assert [line for line in year.wrong if "refused" in line] == []
    assert apply(year.office) == [phase.key for phase in whole_plan().phases]
    assert year.differences(year.moments()[-1]) == []
    assert broken(database, now=year.office.now) == []


# ------------------------------------------------------------------------------------------- when and whom


def test_a_switch_is_due_as_announced_and_applied_once(office: Office) -> None:
    office.wait_until("2020-03-13 10:00")
    office.plan(plan_with("regular", "appointments_cancelled"))
    office.wait_until("2020-03-13 15:59")
    assert apply(office) == []
    with office.database.reading() as session:
        coming = next_switch(session, now=office.now)
    assert coming is not None
    assert (coming[0].key, coming[1]) == ("appointments_cancelled", at("2020-03-13 16:00"))
    office.wait_until("2020-03-13 16:00")
    assert apply(office) == ["appointments_cancelled"]
    office.wait_until("2020-03-16 09:00")
    assert apply(office) == []


def test_what_was_carried_out_does_not_come_again_when_the_clock_is_set_back(office: Office) -> None:
    office.wait_until("2020-03-13 10:00")
    office.plan(plan_with("regular", "appointments_cancelled"))
    office.wait_until("2020-03-13 16:00")
    apply(office)
    office.wait_until("2020-03-13 15:00")
    with office.database.reading() as session:
        assert next_switch(session, now=office.now) is None


def test_a_phase_planned_after_its_announcement_is_carried_out_at_once(office: Office) -> None:
    booked = office.book("group_information", "2020-03-12 14:00")
    office.wait_until("2020-03-11 18:00")
    office.plan(plan_with("regular", "preventive"))
    with office.database.reading() as session:
        (switch,) = [due for due in due_switches(session, now=office.now) if due.phase.key == "preventive"]
    assert switch.due_at == at("2020-03-11 18:00")
    apply(office)
    assert office.see(booked).status is Status.CANCELLED


def test_what_is_over_begun_elsewhere_or_made_later_is_not_concerned(office: Office) -> None:
    office.wait_until("2020-03-13 09:00")
    gone = office.book(starts="2020-03-13 10:00")
    ended = office.book(starts="2020-03-17 09:00")
    office.do(bookings.cancel, ended, by=Party.CUSTOMER)
    before = office.book(starts="2020-03-13 11:45", resource="counter-2")
    beyond = office.book(starts="2020-06-09 09:00")
    inside = office.book(starts="2020-03-17 10:00")
    office.wait_until("2020-03-13 11:00")
    office.do(bookings.check_in, gone)
    office.plan(plan_with("regular", "appointments_cancelled", "phase_1"))
    office.wait_until("2020-03-13 16:00")
    made_later = office.book("benefit_emergency", "2020-03-17 11:00", resource="counter-1")
    office.wait_until("2020-03-13 16:01")
    made_after = office.book("benefit_emergency", "2020-03-17 11:20", resource="counter-1")
    office.wait_until("2020-03-13 17:00")
    assert apply(office) == ["appointments_cancelled"]
    assert effects(office.database).keys() == {inside.id, made_later.id}
    assert office.see(inside).status is Status.CANCELLED
    assert office.see(before).status is office.see(beyond).status is Status.BOOKED
    assert office.see(made_later).standing is Standing.IN_QUESTION  # made at its very instant
    assert office.see(made_after).standing is Standing.VALID


def closing_again(starts: str, announced: str) -> Plan:
    """The whole plan, and the closing of March once more."""
    march = whole_plan().phases_by_key["closed"]
    again = replace(march, key="again", starts=at(starts), announce_at=at(announced), effects_until=None)
    return replace(whole_plan(), phases=(*whole_plan().phases, again))


def test_a_visit_moved_after_the_instant_was_judged_anew(july: Office) -> None:
    moved = july.book("benefit_emergency", "2020-08-03 08:00", resource="counter-1")
    left = july.book("benefit_emergency", "2020-08-11 08:00", resource="entrance-room-1")
    july.plan(closing_again("2020-08-10 00:00", "2020-08-03 09:00"))
    july.wait_until("2020-08-03 10:00")
    july.clock.office_now = at("2020-08-03 07:00")
    july.move(moved, "2020-08-11 09:00", resource="counter-1")
    july.wait_until("2020-08-03 10:00")
    july.move(moved, "2020-08-11 10:00", resource="counter-1")
    july.wait_until("2020-08-06 09:00")
    assert apply(july) == ["phase_2", "again"]
    assert effects(july.database) == {left.id: Effect.FLAG}
    assert july.see(moved).standing is Standing.VALID


def test_requests_are_switched_like_bookings(july: Office) -> None:
    asked = july.book("integration", "2020-08-11 09:00", by=Role.CUSTOMER, actor=CUSTOMER)
    july.plan(closing_again("2020-08-10 00:00", "2020-08-03 09:00"))
    july.wait_until("2020-08-03 09:00")
    assert apply(july) == ["phase_2", "again"]
    seen = july.see(asked)
    assert (seen.status, seen.cancelled_by) == (Status.CANCELLED, Party.OFFICE)
    assert july.notices(asked)[-1].values["method"] is None
    take_back(july, "again")
    assert (july.see(asked).status, july.see(asked).standing) == (Status.REQUESTED, Standing.IN_QUESTION)


# ------------------------------------------------------------------------------------------------ effects


def test_a_cancelled_visit_is_free_told_and_the_offices_doing(office: Office) -> None:
    booked = office.book("group_information", "2020-03-12 14:00")
    office.switch_into("preventive")
    seen = office.see(booked)
    assert (seen.status, seen.cancelled_by, seen.ical_sequence) == (Status.CANCELLED, Party.OFFICE, 1)
    notice = office.notices(booked)[1]
    assert (notice.template, notice.values["method"], notice.values["sequence"]) == (
        Template.CANCELLATION,
        "CANCEL",
        1,
    )
    assert (notice.uid, notice.values["by_office"]) == (booked.ical_uid, True)


def test_a_visit_becomes_a_call_at_the_same_time_and_frees_its_place(office: Office) -> None:
    booked = office.book("integration", "2020-06-09 09:00", customer=EMRE, resource="office-201")
    office.switch_into("preventive", "appointments_cancelled", "closed", "phase_1")
    seen = office.see(booked)
    assert (seen.status, seen.standing, seen.channel) == (Status.BOOKED, Standing.VALID, Channel.PHONE)
    assert (seen.starts_at, seen.ical_uid, seen.ical_sequence) == (booked.starts_at, booked.ical_uid, 1)
    assert seen.resource.key == "office-201"
    notice = office.notices(booked)[1]
    assert (notice.template, notice.values["method"]) == (Template.PHONE, "REQUEST")
    assert len(notice.values["contact"]) == 3
    office.wait_until("2020-06-09 09:00")
    office.do(bookings.check_in, booked)
    office.do(bookings.serve, booked)
    office.do(bookings.finish, booked)


def test_nobody_without_a_number_is_called(office: Office) -> None:
    booked = office.book("integration", "2020-07-22 09:00", resource="office-201")
    office.switch_into("preventive", "appointments_cancelled", "closed", "phase_1")
    assert effects(office.database)[booked.id] is Effect.FLAG
    assert (office.see(booked).channel, office.see(booked).standing) == (
        Channel.IN_PERSON,
        Standing.IN_QUESTION,
    )
    assert len(office.notices(booked)) == 1
    office.switch_into("phase_2")
    assert effects(office.database)[booked.id] is Effect.KEEP
    assert office.see(booked).standing is Standing.VALID  # what the phase allows ends the doubt


def test_a_visit_that_the_phase_refuses_stays_in_question_though_it_is_kept(office: Office) -> None:
    booked = office.book(starts="2020-06-09 09:00")
    office.switch_into("preventive", "appointments_cancelled")
    assert office.see(booked).standing is Standing.IN_QUESTION
    plan = plan_with("regular", "preventive", "appointments_cancelled", "closed")
    kept = tuple(replace(rule, on_start=Effect.KEEP) for rule in plan.phases_by_key["closed"].rules)
    phases = (*plan.phases[:3], replace(plan.phases_by_key["closed"], rules=kept))
    office.wait_until("2020-03-17 14:00")
    office.plan(replace(plan, phases=phases))
    apply(office)
    assert effects(office.database)[booked.id] is Effect.KEEP
    assert office.see(booked).standing is Standing.IN_QUESTION


@pytest.mark.parametrize(
    "customer, kind",
    [
        (ADA, NoticeKind.EMAIL),
        (BRUNO, NoticeKind.DOOR),
        (CHEN, NoticeKind.PHONE),
        (DORIT, NoticeKind.DOOR),
        (FATMA, NoticeKind.PHONE),
    ],
)
def test_people_are_told_in_time_counted_from_when_it_is_carried_out(
    office: Office, customer: Customer, kind: NoticeKind
) -> None:
    booked = office.book("group_information", "2020-03-12 14:00", customer=customer)
    office.switch_into("preventive")
    assert office.notices(booked)[-1].kind is kind


# -------------------------------------------------------------------------------- batches, breaks, crowds


def many(office: Office, number: int, *, people: tuple[Customer, ...] = (ADA, CHEN)) -> list[UUID]:
    """So many visits in the week that will be cancelled, written in one go."""
    week = ("2020-03-16", "2020-03-17", "2020-03-18", "2020-03-19", "2020-03-20")
    starts = [at(f"{day} 08:00") + timedelta(minutes=5 * n) for day in week for n in range(48)]
    made = []
    with office.database.transaction() as session:
        for position in range(number):
            request = BookingRequest(
                "documents",
                starts[position % len(starts)],
                Role.RECEPTION,
                people[position % len(people)],
            )
            made.append(bookings.book(session, request, actor=RECEPTION, now=office.now).id)
    return made


def plan_the_closing(office: Office) -> None:
    office.wait_until("2020-03-13 16:00")
    office.plan(plan_with("regular", "appointments_cancelled"))


def stop_at(database: Database, booking_id: UUID) -> None:
    """Makes the database refuse any change to one booking, as if the process had died there."""
    value = booking_id.hex if database.is_sqlite else str(booking_id)
    refusal = f"WHEN (OLD.id = '{value}')"
    with database.transaction() as session:
        if database.is_sqlite:
            session.execute(
                text(
                    f"CREATE TRIGGER broken BEFORE UPDATE ON bookings {refusal}"
                    " BEGIN SELECT RAISE(ABORT, 'broken'); END"
                )
            )
        else:
            session.execute(
                text(
                    "CREATE OR REPLACE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS"
                    " $$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = '23514'; END $$"
                )
            )
            session.execute(
                text(
                    f"CREATE TRIGGER broken BEFORE UPDATE ON bookings FOR EACH ROW {refusal}"
                    " EXECUTE FUNCTION break()"
                )
            )


def mend(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("DROP TRIGGER broken" + ("" if database.is_sqlite else " ON bookings")))


def test_a_run_that_broke_off_goes_on_and_so_does_its_undoing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (switches, undos):
        monkeypatch.setattr(module, "_BATCH", 200)
    office.book("benefit_emergency", "2020-03-16 08:00", resource="entrance-room-1")
    made = many(office, 230)
    plan_the_closing(office)
    assert see_preview(office, "appointments_cancelled").counts == {
        "keep": 0,
        "flag": 1,
        "phone": 0,
        "cancel": 230,
    }
    stop_at(office.database, made[-1])
    with pytest.raises(DBAPIError, match="broken"):
        apply(office)
    assert len(effects(office.database)) == 200
    half = see_preview(office, "appointments_cancelled")
    assert (half.applied, half.counts["flag"], half.counts["cancel"]) == (False, 0, 31)
    with pytest.raises(Busy):
        take_back(office, "appointments_cancelled")
    with office.database.reading() as session:
        assert runs(session)[0].finished_at is None
    mend(office.database)
    apply_at_once(office)
    with office.database.reading() as session:
        report = runs(session, phase_keys=["appointments_cancelled"])[0]
    assert (report.counts["cancel"], report.reach["email"], report.reach["phone"]) == (230, 115, 115)
    assert (report.told, report.still_to_be_told) == (0, 230)
    assert len(effects(office.database)) == 231

    stop_at(office.database, made[-1])
    with pytest.raises(DBAPIError, match="broken"):
        take_back(office, "appointments_cancelled")
    mend(office.database)
    rest = take_back(office, "appointments_cancelled")
    assert (rest.restored, rest.withdrawn, rest.not_restored) == (31, 31, {})
    with office.database.reading() as session:
        assert set(session.scalars(select(Booking.standing))) == {Standing.IN_QUESTION}
    with pytest.raises(WrongState):
        take_back(office, "appointments_cancelled")


@pytest.mark.parametrize("change", ["cancel", "move"])
def test_a_visit_that_somebody_changes_just_then_is_not_switched_over(office: Office, change: str) -> None:
    """The change is not yet written when the switch looks, and must not be lost."""
    booked = office.book("integration", "2020-03-17 09:00", resource="office-201")
    plan_the_closing(office)
    changed, go_on = Event(), Event()

    def change_it() -> None:
        with office.database.transaction() as session:
            if change == "cancel":
                bookings.cancel(session, booked.id, by=Party.CUSTOMER, actor=RECEPTION, now=office.now)
            else:
                bookings.check_in(session, booked.id, actor=RECEPTION, now=booked.starts_at)
            session.flush()
            changed.set()
            go_on.wait(2)

    threads = [Thread(target=change_it), Thread(target=apply, args=(office,))]
    threads[0].start()
    assert changed.wait(10)
    threads[1].start()
    threads[1].join(0.5)
    go_on.set()
    for thread in threads:
        thread.join(20)
    seen = office.see(booked)
    expected = (Status.CANCELLED, Party.CUSTOMER) if change == "cancel" else (Status.CHECKED_IN, None)
    assert (seen.status, seen.cancelled_by) == expected
    assert booked.id not in effects(office.database)


# ----------------------------------------------------------------------------------------------- previews


def test_a_preview_says_what_the_contract_says(office: Office) -> None:
    cancelled = office.book(starts="2020-03-17 09:00")
    flagged = office.book("benefit_emergency", "2020-03-17 10:00", customer=CHEN)
    office.wait_until("2020-03-12 09:00")
    office.plan(plan_with("regular", "appointments_cancelled"))
    assert see_preview(office, "appointments_cancelled").to_values() == {
        "phase": "appointments_cancelled",
        "announce_at": "2020-03-13T16:00:00+01:00",
        "applied": False,
        "counts": {"keep": 0, "flag": 1, "phone": 0, "cancel": 1},
        "reach": {"email": 1, "letter": 0, "phone": 0, "none": 0},
        "bookings": [
            {
                "id": str(cancelled.id),
                "reference": cancelled.reference,
                "starts_at": "2020-03-17T09:00:00+01:00",
                "service": "general",
                "effect": "cancel",
                "reach": "email",
            },
            {
                "id": str(flagged.id),
                "reference": flagged.reference,
                "starts_at": "2020-03-17T10:00:00+01:00",
                "service": "benefit_emergency",
                "effect": "flag",
                "reach": "phone",
            },
        ],
    }
    office.wait_until("2020-03-13 16:00")
    apply(office)
    applied = see_preview(office, "appointments_cancelled").to_values()
    assert applied["applied"] is True
    assert set(applied["counts"].values()) == set(applied["reach"].values()) == {0}
    assert applied["bookings"] == []
    with pytest.raises(NotFound):
        see_preview(office, "phase_9")


def random_plan(dice: random.Random) -> Plan:
    """The scenario's closing with other effects for its rules."""
    plan = plan_with("regular", "appointments_cancelled")
    closing = plan.phases_by_key["appointments_cancelled"]
    rules = tuple(
        replace(rule, on_start=dice.choice([None, *Effect])) for rule in dice.sample(closing.rules, 4)
    )
    until = dice.choice([None, at("2020-03-25 00:00"), closing.effects_until])
    return replace(plan, phases=(plan.phases[0], replace(closing, rules=rules, effects_until=until)))


@pytest.mark.parametrize("seed", range(3))
def test_a_switch_does_what_its_preview_said(office: Office, seed: int) -> None:
    dice = random.Random(seed)
    people = (ADA, BRUNO, CHEN, DORIT, EMRE, FATMA)
    for _ in range(60):
        service = dice.choice([one for one in whole_plan().services if one.key != "cash_pickup"])
        start = at("2020-03-10 08:00") + timedelta(days=dice.randrange(30), minutes=5 * dice.randrange(100))
        request = BookingRequest(
            service.key,
            start,
            dice.choice([Role.CUSTOMER, Role.RECEPTION, Role.CASEWORKER]),
            dice.choice(people),
        )
        try:
            with office.database.transaction() as session:
                bookings.book(session, request, actor=RECEPTION, now=office.now)
        except DomainError:
            continue
    office.wait_until(dice.choice(["2020-03-13 10:00", "2020-03-14 12:00"]))
    office.plan(random_plan(dice))
    if office.now < at("2020-03-13 16:00"):
        office.wait_until("2020-03-13 16:00")
    expected = see_preview(office, "appointments_cancelled")
    assert len(expected.outcomes) > 10
    (report,) = [one for one in apply_due(office.database, clock=office.clock) if one.phase_key != "regular"]
    assert (report.counts, report.reach) == (expected.counts, expected.reach)
    with office.database.reading() as session:
        run = session.scalars(select(PhaseRun).where(PhaseRun.phase_key == report.phase_key)).one()
        done = session.scalars(select(PhaseEffect).where(PhaseEffect.run_id == run.id)).all()
        told = session.scalars(select(OutboxRow).where(OutboxRow.run_id == run.id)).all()
    assert {one.booking_id: one.effect for one in done} == {
        outcome.booking.id: outcome.effect for outcome in expected.outcomes
    }
    kinds = {row.booking_id: row.kind.value for row in told}
    assert kinds == {
        outcome.booking.id: {"none": "door"}.get(outcome.reach.value, outcome.reach.value)
        for outcome in expected.outcomes
        if outcome.effect in (Effect.PHONE, Effect.CANCEL)
    }


# ---------------------------------------------------------------------------------------------- taking back


def test_what_nobody_was_told_of_is_as_if_it_had_not_been(office: Office) -> None:
    mailed = office.book("group_information", "2020-03-12 14:00")
    written = office.book("group_information", "2020-03-26 14:00", customer=BRUNO)
    office.switch_into("preventive")
    report = take_back(office, "preventive")
    assert (report.restored, report.withdrawn, report.invited_anew, report.not_restored) == (2, 2, 0, {})
    for booked in (mailed, written):
        seen = office.see(booked)
        assert (seen.status, seen.standing, seen.cancelled_by) == (Status.BOOKED, Standing.IN_QUESTION, None)
        assert seen.ical_uid == booked.ical_uid
        assert [row.state for row in office.notices(booked)][1:] == [NoticeState.WITHDRAWN]
    with office.database.reading() as session:
        assert runs(session)[0].undone_at == office.now


def test_a_withdrawn_notice_is_never_sent(office: Office, tmp_path: Path) -> None:
    booked = office.book("group_information", "2020-03-12 14:00")
    office.switch_into("preventive")
    take_back(office, "preventive")
    deliver(office, tmp_path / "mails")
    assert [row.state for row in office.notices(booked)] == [NoticeState.SENT, NoticeState.WITHDRAWN]


def test_who_was_told_is_invited_anew_under_a_new_uid(office: Office, tmp_path: Path) -> None:
    mailed = office.book("group_information", "2020-03-12 14:00")
    called = office.book("group_information", "2020-03-26 14:00", customer=CHEN)
    waiting = office.book("group_information", "2020-03-19 14:00", customer=CHEN)
    office.switch_into("preventive")
    deliver(office, tmp_path / "mails")
    with office.database.transaction() as session:
        tick_off(session, office.notices(called)[1].id, actor=RECEPTION, now=office.now)
    report = take_back(office, "preventive")
    assert (report.restored, report.withdrawn, report.invited_anew) == (3, 1, 2)
    for booked in (mailed, called):
        seen = office.see(booked)
        assert seen.ical_uid != booked.ical_uid
        assert seen.ical_sequence == 0
        anew = office.notices(booked)[-1]
        assert (anew.template, anew.uid, anew.values["method"]) == (
            Template.INVITATION,
            seen.ical_uid,
            "REQUEST",
        )
    assert office.see(waiting).ical_uid == waiting.ical_uid


def test_a_call_that_was_told_is_taken_out_of_the_calendar_before_the_new_invitation(
    office: Office, tmp_path: Path
) -> None:
    booked = office.book("integration", "2020-06-09 09:00", customer=EMRE, resource="office-201")
    office.switch_into("preventive", "appointments_cancelled", "closed", "phase_1")
    deliver(office, tmp_path / "mails")
    report = take_back(office, "phase_1")
    assert (report.restored, report.invited_anew) == (1, 1)
    seen = office.see(booked)
    assert (seen.channel, seen.standing) == (Channel.IN_PERSON, Standing.IN_QUESTION)
    phone, replaced, anew = office.notices(booked)[1:]
    assert [row.template for row in (phone, replaced, anew)] == [
        Template.PHONE,
        Template.REPLACED,
        Template.INVITATION,
    ]
    assert (replaced.uid, replaced.values["method"], replaced.values["sequence"]) == (
        booked.ical_uid,
        "CANCEL",
        2,
    )
    assert (anew.uid, anew.values["sequence"]) == (seen.ical_uid, 0)
    assert anew.uid != booked.ical_uid


def test_nothing_comes_back_to_a_place_that_is_shut_or_to_a_way_that_is_full(office: Office) -> None:
    starts, rooms = "2020-06-09 09:00", ("entrance-room-1", "entrance-room-2")
    full = office.book("urgent_benefit", starts, customer=EMRE, resource=rooms[0])
    shut = office.book("urgent_benefit", "2020-06-10 09:00", customer=EMRE, resource=rooms[0])
    office.switch_into("preventive", "appointments_cancelled", "closed", "phase_1")
    for place, minute in (("counter-1", 0), ("counter-2", 0), ("counter-3", 5), (rooms[1], 5)):
        office.book("benefit_emergency", f"2020-06-09 09:{minute:02}", resource=place)
    closing = InterruptionRequest(rooms[0], InterruptionKind.CLOSED, shut.starts_at, shut.ends_at)
    with office.database.transaction() as session:
        interrupt(session, closing, actor=RECEPTION, now=office.now)
    report = take_back(office, "phase_1")
    assert report.not_restored == {"full": [full.reference], "closed": [shut.reference]}


def test_what_cannot_come_back_is_reported(office: Office) -> None:
    begun = office.book("integration", "2020-06-02 09:00", customer=EMRE, resource="office-201")
    taken = office.book("urgent_benefit", "2020-06-09 09:00", customer=EMRE, resource="entrance-room-1")
    changed = office.book("integration", "2020-06-09 09:00", customer=EMRE, resource="office-202")
    moved = office.book("integration", "2020-06-10 09:00", customer=EMRE, resource="office-202")
    back = office.book("integration", "2020-06-12 09:00", customer=EMRE, resource="office-202")
    kept = office.book("benefit_emergency", "2020-06-12 09:00", customer=EMRE, resource="counter-1")
    office.switch_into("preventive", "appointments_cancelled", "closed", "phase_1")
    office.book("benefit_emergency", "2020-06-09 09:15", resource="entrance-room-1")
    office.do(bookings.cancel, changed, by=Party.CUSTOMER)
    office.wait_until("2020-06-02 09:00")
    report = take_back(office, "phase_1")
    assert report.not_restored == {
        "begun": [begun.reference],
        "taken": [taken.reference],
        "changed": [changed.reference],
    }
    assert (report.restored, report.withdrawn) == (2, 2)
    assert office.see(back).channel is office.see(moved).channel is Channel.IN_PERSON
    assert office.see(begun).channel is office.see(taken).channel is Channel.PHONE
    assert office.see(kept).standing is Standing.VALID
    assert broken(office.database, now=office.now) == []


def test_what_was_put_in_question_stays_so_for_the_phase_goes_on(office: Office) -> None:
    booked = office.book(starts="2020-06-09 09:00")
    office.switch_into("preventive", "appointments_cancelled")
    report = take_back(office, "appointments_cancelled")
    assert report.restored == 0
    assert office.see(booked).standing is Standing.IN_QUESTION
    assert broken(office.database, now=office.now) == []


def test_a_switch_taken_back_is_never_carried_out_again_and_its_phase_stays(office: Office) -> None:
    booked = office.book("group_information", "2020-03-12 14:00")
    office.switch_into("preventive")
    take_back(office, "preventive")
    office.wait_until("2020-03-12 09:00")
    assert apply(office) == []
    assert office.see(booked).status is Status.BOOKED
    assert see_preview(office, "preventive").applied
    with pytest.raises(WrongState):
        take_back(office, "preventive")
    with pytest.raises(DomainError):
        office.book("group_information", "2020-03-19 14:00")


def test_a_switch_that_was_not_carried_out_cannot_be_taken_back(office: Office) -> None:
    with pytest.raises(NotFound):
        take_back(office, "preventive")


def test_who_takes_back_at_once_restores_everything_once(office: Office) -> None:
    made = many(office, 24)
    plan_the_closing(office)
    apply(office)

    def once(_: int) -> int:
        try:
            return take_back(office, "appointments_cancelled").restored
        except WrongState:
            return 0

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(once, range(2))) == len(made)


def test_a_booking_of_the_freed_place_and_the_undoing_wait_for_each_other(office: Office) -> None:
    """Neither in a circle nor past each other: at the end the place has one visit."""
    wanted, first = many(office, 24), at("2020-03-16 08:00")
    plan_the_closing(office)
    apply(office)

    def book(position: int) -> bool:
        request = BookingRequest(
            "benefit_emergency",
            first + timedelta(minutes=20 * position),
            Role.RECEPTION,
            ADA,
        )
        try:
            with office.database.transaction() as session:
                bookings.book(session, request, actor=RECEPTION, now=office.now)
        except DomainError as error:
            return error.code == "busy"
        return False

    with ThreadPoolExecutor(4) as threads:
        undoing = threads.submit(take_back, office, "appointments_cancelled")
        assert not any(threads.map(book, range(10)))
        report = undoing.result(30)
    assert report.restored + len(report.not_restored.get("taken", ())) == len(wanted)


# ---------------------------------------------------------------------------------------------- overrides


def keep_of(office: Office, booking: Booking, phase: str = "appointments_cancelled") -> None:
    with office.database.transaction() as session:
        switches.keep(session, phase, booking.id, actor=MANAGER, now=office.now)


def some_kept(office: Office, dice: random.Random) -> Preview:
    """An office with a random plan to come, some of whose bookings somebody wants to keep."""
    people = dice.sample([ADA, BRUNO, CHEN, DORIT, EMRE, FATMA], 4)
    booked = [
        office.book(dice.choice(["general", "benefit_emergency"]), f"2020-03-17 {clock}", customer=who)
        for clock, who in zip(("09:00", "09:00", "10:00", "11:00"), people, strict=True)
    ]
    office.wait_until("2020-03-12 09:00")
    office.plan(closing_that_cancels_all(dice))
    for one in dice.sample(booked, 2):
        keep_of(office, one)
    return see_preview(office, "appointments_cancelled")


def closing_that_cancels_all(dice: random.Random) -> Plan:
    """The scenario's closing, each of whose rules cancels or turns into a call."""
    plan = plan_with("regular", "appointments_cancelled")
    closing = plan.phases_by_key["appointments_cancelled"]
    effects = [Effect.CANCEL, Effect.PHONE, Effect.FLAG]
    rules = tuple(replace(rule, on_start=dice.choice(effects)) for rule in closing.rules)
    return replace(plan, phases=(plan.phases_by_key["regular"], replace(closing, rules=rules)))


@pytest.mark.parametrize("seed", range(4))
def test_the_switch_does_what_its_preview_said_also_with_bookings_to_keep(office: Office, seed: int) -> None:
    expected = some_kept(office, random.Random(seed))
    office.wait_until("2020-03-13 16:00")
    apply(office)
    assert effects(office.database) == {one.booking.id: one.effect for one in expected.outcomes}
    assert expected.counts["keep"] >= 2
    for one in expected.outcomes:
        seen = office.see(one.booking.id)
        if one.kept:
            assert (seen.status, seen.standing, seen.channel) == (
                Status.BOOKED,
                Standing.VALID,
                Channel.IN_PERSON,
            )


def test_a_switch_that_does_not_look_at_what_is_to_be_kept_differs_from_its_preview(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = some_kept(office, random.Random(1))
    monkeypatch.setattr(switches, "overridden", lambda session, phase_key: frozenset())
    office.wait_until("2020-03-13 16:00")
    apply(office)
    assert effects(office.database) != {one.booking.id: one.effect for one in expected.outcomes}


def test_what_is_to_be_kept_is_left_to_the_rules_again(office: Office) -> None:
    booked = office.book(starts="2020-03-17 09:00")
    office.plan(plan_with("regular", "appointments_cancelled"))
    keep_of(office, booked)
    keep_of(office, booked)
    assert see_preview(office, "appointments_cancelled").counts["keep"] == 1
    with office.database.transaction() as session:
        switches.keep_no_longer(session, "appointments_cancelled", booked.id, actor=MANAGER, now=office.now)
    office.wait_until("2020-03-13 16:00")
    apply(office)
    assert office.see(booked).status is Status.CANCELLED
    with pytest.raises(WrongState):
        keep_of(office, booked)
    with pytest.raises(NotFound):
        keep_of(office, booked, "phase_9")
