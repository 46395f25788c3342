"""Taking in a plan: versions, plannings, what is retired, and the past that stays as it was."""

from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread
from uuid import UUID

import pytest
from sqlalchemy import func, select

from models.database import Database
from models.plans import PlanVersion, ResourceRow, ServiceRow
from scheduler.domain.bookings import BookingRequest, Standing, Status
from scheduler.domain.errors import Invalid, Unavailable
from scheduler.domain.phases import Phase
from scheduler.domain.planexports import write_plan
from scheduler.domain.planfaults import PlanFaults
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Role
from scheduler.queries.audit import records_of
from scheduler.queries.plans import current_plan, newest_plan, plan_known_at, plannings
from scheduler.usecases import bookings, plans
from scheduler.usecases.plans import import_plan
from scheduler.usecases.switches import apply_due
from scheduler.usecases.worklist import doubt
from tests.cast import ADA, MANAGER, RECEPTION
from tests.factories import SCENARIO, Office, StandingClock, at, opened, plan_with, whole_plan
from tests.invariants import broken


def versions(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(PlanVersion)) or 0


def planned(database: Database) -> dict[str, str]:
    """When each phase was planned, in local time."""
    with database.reading() as session:
        zone = whole_plan().zone
        return {key: f"{since.astimezone(zone):%m-%d %H:%M}" for key, since in plannings(session).items()}


def with_phase(plan: Plan, which: str, /, **changes: object) -> Plan:
    phases = tuple(
        replace(phase, **changes) if phase.key == which else phase  # type: ignore[arg-type]
        for phase in plan.phases
    )
    return replace(plan, phases=phases)


def without_resource(plan: Plan, key: str) -> Plan:
    return replace(
        plan,
        resources=tuple(resource for resource in plan.resources if resource.key != key),
        closures=tuple(c for c in plan.closures if not c.resources or key not in c.resources),
    )


def without_service(plan: Plan, key: str) -> Plan:
    return replace(plan, services=tuple(service for service in plan.services if service.key != key))


def test_before_the_first_plan_the_office_is_not_there(database: Database) -> None:
    with database.reading() as session:
        assert newest_plan(session) is None
        with pytest.raises(Unavailable) as caught:
            current_plan(session)
    assert caught.value.details["what"] == "no_plan"
    assert apply_due(database, clock=StandingClock(at("2020-03-16 09:00"))) == []


def test_a_plan_file_becomes_the_plan(database: Database) -> None:
    source = (SCENARIO / "plan.toml").read_bytes()
    now = at("2020-03-10 09:00")
    with database.transaction() as session:
        assert import_plan(session, source, actor=MANAGER, now=now) == whole_plan()
    with database.reading() as session:
        assert current_plan(session) == whole_plan()
        assert set(plannings(session).values()) == {now}
        keys = session.scalars(select(ResourceRow.key).order_by(ResourceRow.id)).all()
        assert keys == [resource.key for resource in whole_plan().resources]
        (record,) = records_of(session, "plan:1")
        assert (record.action, record.actor, record.at) == ("plan.import", MANAGER.name, now)


def test_importing_an_export_changes_nothing(office: Office) -> None:
    office.wait_until("2020-03-09 10:00")
    with office.database.reading() as session:
        exported = write_plan(current_plan(session)).encode()
    with office.database.transaction() as session:
        import_plan(session, exported, actor=MANAGER, now=office.now)
    assert versions(office.database) == 1
    assert planned(office.database) == {"regular": "03-09 09:00"}


def test_a_phase_counts_as_planned_since_it_is_as_it_is(office: Office) -> None:
    office.wait_until("2020-03-11 15:00")
    office.plan(plan_with("regular", "preventive"))
    office.wait_until("2020-03-12 10:00")
    both = plan_with("regular", "preventive", "appointments_cancelled")
    office.plan(both)
    expected = {
        "regular": "03-09 09:00",
        "preventive": "03-11 15:00",
        "appointments_cancelled": "03-12 10:00",
    }
    assert planned(office.database) == expected
    office.wait_until("2020-03-12 11:00")
    office.plan(with_phase(both, "appointments_cancelled", announce_at=at("2020-03-14 12:00")))
    expected["appointments_cancelled"] = "03-12 11:00"
    assert planned(office.database) == expected
    office.plan(plan_with("regular", "preventive"))
    del expected["appointments_cancelled"]
    assert planned(office.database) == expected
    office.wait_until("2020-03-12 12:00")
    office.plan(both)
    assert planned(office.database) == expected | {"appointments_cancelled": "03-12 12:00"}


def test_a_change_elsewhere_in_the_plan_leaves_the_phases_planned_as_they_were(office: Office) -> None:
    office.wait_until("2020-03-10 09:00")
    plan = plan_with("regular")
    office.plan(replace(plan, office=replace(plan.office, furthest_days=30)))
    assert versions(office.database) == 2
    assert planned(office.database) == {"regular": "03-09 09:00"}


def test_the_plan_as_it_was_known_can_be_looked_at(office: Office) -> None:
    office.wait_until("2020-03-11 15:00")
    office.plan(plan_with("regular", "preventive"))
    with office.database.reading() as session:
        assert plan_known_at(session, at("2020-03-09 08:59")) is None
        for moment, known in (
            ("2020-03-11 14:59", ("regular",)),
            ("2020-03-11 15:00", ("regular", "preventive")),
        ):
            plan = plan_known_at(session, at(moment))
            assert plan is not None
            assert tuple(plan.phases_by_key) == known


def test_places_and_services_that_bookings_know_are_retired_and_come_back(office: Office) -> None:
    counter = office.book(resource="counter-2")
    advice = office.book("integration", "2020-03-12 09:00")
    regular = plan_with("regular")
    office.wait_until("2020-03-09 10:00")
    office.plan(without_service(without_resource(regular, "counter-2"), "integration"))
    with office.database.reading() as session:
        retired = {row.key: row.retired_at for row in session.scalars(select(ResourceRow))}
        assert retired.pop("counter-2") == at("2020-03-09 10:00")
        assert set(retired.values()) == {None}
        service = session.get_one(ServiceRow, "integration")
        assert service.retired_at == at("2020-03-09 10:00")
    assert office.see(counter).status is Status.BOOKED
    assert office.see(advice).service.name["de"] == "Qualifizierungsberatung"
    with pytest.raises(Invalid):
        office.book(resource="counter-2")
    with pytest.raises(Invalid):
        office.book("integration", "2020-03-13 09:00")
    office.do(bookings.cancel, counter, by="office")
    told = office.notices(counter)[-1].values
    assert told["place"] == "Kundentheke 2"
    office.wait_until("2020-03-09 11:00")
    office.plan(regular)
    with office.database.reading() as session:
        back = session.scalars(select(ResourceRow).where(ResourceRow.key == "counter-2")).one()
        assert (back.id, back.retired_at) == (counter.resource_id, None)
        assert session.get_one(ServiceRow, "integration").retired_at is None


def test_bookings_are_not_touched_by_a_plan(office: Office) -> None:
    booked = office.book("group_information", "2020-03-12 14:00")
    office.wait_until("2020-03-11 15:00")
    office.plan(plan_with("regular", "preventive"))
    assert office.see(booked).status is Status.BOOKED
    assert len(office.notices(booked)) == 1


@pytest.mark.parametrize(
    "moment, key, changes",
    [
        ("2020-03-12 09:00", "regular", {"walk_ins": "refuse"}),  # past
        ("2020-03-12 09:00", "preventive", {"rules": ()}),  # in force
        ("2020-03-12 09:00", "preventive", {"key": "another"}),
        ("2020-03-13 16:00", "appointments_cancelled", {"effects_until": None}),  # to come, but applied
    ],
)
def test_the_past_can_neither_change_nor_vanish(
    office: Office, moment: str, key: str, changes: dict[str, object]
) -> None:
    office.switch_into("preventive")
    office.wait_until("2020-03-12 08:00")
    known = plan_with("regular", "preventive", "appointments_cancelled")
    office.plan(known)
    office.wait_until(moment)
    apply_due(office.database, clock=office.clock)
    count, since = versions(office.database), planned(office.database)
    with pytest.raises(PlanFaults) as caught:
        office.plan(with_phase(known, key, **changes))
    assert {fault.why for fault in caught.value.faults} <= {"changed_past", "removed_past", "inserted_past"}
    assert (versions(office.database), planned(office.database)) == (count, since)


def test_a_phase_to_come_may_change_and_vanish(office: Office) -> None:
    office.plan(plan_with("regular", "appointments_cancelled"))
    office.plan(with_phase(plan_with("regular", "preventive"), "preventive", rules=()))
    with office.database.reading() as session:
        assert current_plan(session).phases_by_key["preventive"].rules == ()


def test_a_file_with_faults_changes_nothing(office: Office) -> None:
    with pytest.raises(PlanFaults), office.database.transaction() as session:
        import_plan(session, b"format = 1\nofice = 3\n", actor=MANAGER, now=office.now)
    assert versions(office.database) == 1


def test_what_the_old_plan_allowed_while_the_new_one_was_read_is_switched_as_well(office: Office) -> None:
    """Reading a plan file takes its time; a booking made meanwhile must not be missed by the new phases."""
    office.wait_until("2020-03-11 16:00")
    began = office.now
    office.clock.office_now = began + timedelta(seconds=2)
    booked = office.book("group_information", "2020-03-12 14:00")
    with office.database.transaction() as session:
        plan = write_plan(plan_with("regular", "preventive")).encode()
        import_plan(session, plan, actor=MANAGER, now=began)
    office.wait_until("2020-03-12 09:00")
    apply_due(office.database, clock=office.clock)
    assert office.see(booked).status is Status.CANCELLED


def plan_while_somebody_books(office: Office) -> Status:
    """What becomes of a visit that the old plan allowed, not yet written when the new one's switch is due."""
    office.wait_until("2020-03-11 15:00")
    judged, go_on = Event(), Event()
    request = BookingRequest("group_information", at("2020-03-12 14:00"), Role.RECEPTION, ADA)
    booked: list[UUID] = []

    def book() -> None:
        with office.database.transaction() as session:
            booked.append(bookings.book(session, request, actor=RECEPTION, now=office.now).id)
            judged.set()
            go_on.wait(2)

    def plan_and_switch() -> None:
        office.plan(plan_with("regular", "preventive"))
        apply_due(office.database, clock=office.clock)

    threads = [Thread(target=book), Thread(target=plan_and_switch)]
    threads[0].start()
    assert judged.wait(10)
    threads[1].start()
    threads[1].join(0.5)
    go_on.set()
    for thread in threads:
        thread.join(20)
    return office.see(booked[0]).status


def test_a_booking_in_flight_and_a_new_plan_take_turns(office: Office) -> None:
    assert plan_while_somebody_books(office) is Status.CANCELLED


def test_without_turns_a_new_plan_would_miss_it(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test before; on SQLite the one writer is the guard."""
    monkeypatch.setattr(bookings, "held_plan", current_plan)
    office = opened(postgresql_database, "2020-03-09 09:00", plan_with("regular"))
    assert plan_while_somebody_books(office) is Status.BOOKED
    assert [line[:2] for line in broken(office.database, now=office.now)] == ["I7"]


def reopening(starts: str) -> Phase:
    """Rules as in regular operation, from then on."""
    regular = whole_plan().phases_by_key["regular"]
    return replace(regular, key="again", starts=at(starts), announce_at=at("2020-03-30 12:00"))


def planned_again(office: Office, starts: str | None) -> None:
    plan = plan_with("regular", "preventive", "appointments_cancelled")
    again = () if starts is None else (reopening(starts),)
    office.plan(replace(plan, phases=(*plan.phases, *again)))


@pytest.mark.parametrize("starts", ["2020-04-15 00:00", None])
def test_where_a_phase_lasts_longer_what_it_does_not_allow_is_in_question(
    office: Office, starts: str | None
) -> None:
    office.switch_into("preventive", "appointments_cancelled")
    planned_again(office, "2020-04-01 00:00")
    caught, after = office.book("general", "2020-04-02 09:00"), office.book("general", "2020-04-16 09:00")
    assert broken(office.database, now=office.now) == []

    planned_again(office, starts)

    assert office.see(caught).standing is Standing.IN_QUESTION
    expected = Standing.IN_QUESTION if starts is None else Standing.VALID
    assert office.see(after).standing is expected
    assert [row.template for row in office.notices(caught)] == ["invitation"]
    assert broken(office.database, now=office.now) == []


def test_without_that_an_invariant_would_be_broken(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "_doubt_what_is_covered_anew", lambda *_: None)
    office.switch_into("preventive", "appointments_cancelled")
    planned_again(office, "2020-04-01 00:00")
    caught = office.book("general", "2020-04-02 09:00")
    planned_again(office, "2020-04-15 00:00")

    (fault,) = broken(office.database, now=office.now)
    assert fault.startswith(f"I7: booking {caught.id} is valid")
    office.do(doubt, caught)
