"""Another office's year by its plan file alone: field offices that close, reopen in waves, and suspend tests.

The sentences are the authority's news releases' (docs/scenarios.md). Nothing in the code knows this office.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from jobs.office import Office as JobsOffice
from jobs.timetable import TIMETABLE
from models.bookings import Booking
from models.database import Database
from scheduler.adapters.holidays import known_region
from scheduler.domain.bookings import BookingRequest, Category, Justification, Party, Status
from scheduler.domain.errors import (
    DomainError,
    JustificationRequired,
    OutsideHours,
    PhaseRefused,
    PublicHoliday,
    RouteFull,
)
from scheduler.domain.instants import parse_instant
from scheduler.domain.notices import Template
from scheduler.domain.people import Customer
from scheduler.domain.phases import Decision
from scheduler.domain.planexports import write_plan
from scheduler.domain.planfiles import read_plan
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Role
from scheduler.domain.walk_ins import WalkInRequest
from scheduler.queries.plans import current_plan
from scheduler.queries.worklist import Wanted, without_time
from scheduler.usecases import bookings
from scheduler.usecases.plans import import_plan
from scheduler.usecases.switches import apply_due
from scheduler.usecases.walk_ins import admit
from tests.applications import config_for
from tests.cast import ADA, CHEN, CUSTOMER, DORIT, EMRE, MANAGER, RECEPTION
from tests.factories import SCENARIO, Office, StandingClock
from tests.invariants import broken

FILE = SCENARIO.parent / "dmv-2020" / "plan.toml"
RESCHEDULED = Justification(Category.PERSONAL_CONTACT, None)
SELECTED = ("impound", "reinstatement", "reduced_fee_id", "commercial", "placard")


@cache
def all_of_it() -> Plan:
    return read_plan(FILE.read_bytes(), known_holiday_region=known_region)


def at(local: str) -> datetime:
    """The instant of a local time of the field offices, nine hours behind Berlin."""
    return parse_instant(local, all_of_it().zone, field="at")


def planned(until: str) -> Plan:
    """The plan with its phases up to one of them: what was known by then."""
    plan = all_of_it()
    keys = [phase.key for phase in plan.phases]
    return replace(plan, phases=plan.phases[: keys.index(until) + 1])


@dataclass
class Year:
    """The field offices; plans become known in the order in which they were announced."""

    office: Office
    jobs: JobsOffice
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1000)))

    def comes(self, local: str) -> None:
        """It is this time now, and the jobs have run."""
        self.office.clock.office_now = self.office.clock.real_now = at(local)
        for job in TIMETABLE:
            job.work(self.jobs)

    def announces(self, local: str, phase: str) -> None:
        self.comes(local)
        with self.office.database.transaction() as session:
            source = write_plan(planned(phase)).encode()
            import_plan(session, source, actor=MANAGER, now=self.office.now)
        self.comes(local)

    def suspends(self, local: str, phase: str) -> None:
        """The phase is announced together with its end, from which on tests go on as in summer."""
        self.comes(local)
        keys = [one.key for one in all_of_it().phases]
        until = all_of_it().phases[keys.index(phase) + 1]
        summer = all_of_it().phases_by_key["tests_resume"]
        end = replace(summer, key="tests_go_on", starts=until.starts, announce_at=until.starts)
        known = planned(phase)
        with self.office.database.transaction() as session:
            source = write_plan(replace(known, phases=(*known.phases, end))).encode()
            import_plan(session, source, actor=MANAGER, now=self.office.now)
        self.comes(local)

    def book(
        self,
        service: str,
        local: str,
        *,
        customer: Customer = ADA,
        by: Role = Role.CUSTOMER,
        place: str | None = None,
        why: Justification | None = None,
    ) -> Booking:
        request = BookingRequest(
            service,
            at(local),
            by,
            replace(customer, name=f"{customer.name} {next(self.numbers)}"),
            place,
            why,
        )
        actor = CUSTOMER if by is Role.CUSTOMER else RECEPTION
        with self.office.database.transaction() as session:
            return bookings.book(session, request, actor=actor, now=self.office.now)

    def refuses(
        self, service: str, local: str, *, by: Role = Role.CUSTOMER, place: str | None = None
    ) -> tuple[str, ...]:
        """The channels that somebody is led to who is refused."""
        with pytest.raises(PhaseRefused) as refused:
            self.book(service, local, by=by, place=place)
        return tuple(refused.value.details["ruling"].channels)

    def comes_in(self, service: str, site: str) -> Decision | None:
        """What turns somebody away who comes without an appointment; None where nothing does."""
        try:
            with self.office.database.transaction() as session:
                admit(session, WalkInRequest(site, service), actor=RECEPTION, now=self.office.now)
        except PhaseRefused as refused:
            return Decision(refused.details["ruling"].decision)
        return None

    def is_cancelled(self, visit: Booking) -> bool:
        """By the office, and the person is told so."""
        seen = self.office.see(visit)
        told = [row.template for row in self.office.notices(visit)]
        return (seen.status, seen.cancelled_by, told[-1]) == (
            Status.CANCELLED,
            Party.OFFICE,
            Template.CANCELLATION,
        )

    def without_a_date(self) -> set[Any]:
        """Whom the office cancelled and who has no new date yet."""
        with self.office.database.reading() as session:
            found = without_time(
                session, current_plan(session), Wanted(), booked_by=Role.RECEPTION, now=self.office.now
            )
        return {one.booking.id for one in found.waiting}


@pytest.fixture
def year(database: Database, tmp_path: Path) -> Iterator[Year]:
    office = Office(database, StandingClock(at("2020-01-02 08:00")))
    office.plan(planned("regular"))
    apply_due(database, clock=office.clock)
    found = Year(office, JobsOffice(config_for(database, tmp_path), database, office.clock))
    yield found
    assert broken(database, now=office.now) == []


def test_the_file_comes_out_as_it_went_in() -> None:
    assert read_plan(write_plan(all_of_it()).encode(), known_holiday_region=known_region) == all_of_it()


def test_the_field_offices_year_as_the_authority_tells_it(year: Year) -> None:
    # Before: extended hours and Saturdays; people come with an appointment and without.
    year.comes("2020-03-12 09:00")
    assert year.comes_in("renewal", "third") is None
    test_in_april = year.book("drive_test", "2020-04-06 09:00", customer=EMRE, place="first-lane")
    test_in_june = year.book("drive_test", "2020-06-29 10:00", place="third-lane")
    renewal = year.book("renewal", "2020-03-24 10:00", place="second-window")
    licence = year.book("real_id", "2020-04-14 10:00", customer=CHEN, place="first-window-1")
    saturday = year.book("renewal", "2020-03-14 09:00", place="third-window")
    with pytest.raises(PublicHoliday):  # Cesar Chavez Day, a holiday of this state alone
        year.book("renewal", "2020-03-31 10:00")

    # 18 March: "moving to appointment-only visits, rescheduling drive tests and suspending extended office
    # hours"; "drive tests that were scheduled for the next 30 days".
    year.announces("2020-03-18 12:00", "appointments_only")
    assert year.is_cancelled(test_in_april)
    assert not year.is_cancelled(test_in_june)
    year.comes("2020-03-19 09:00")
    assert {year.comes_in(service, "first") for service in ("renewal", "impound")} == {Decision.REFUSE}
    assert year.office.see(renewal).status is Status.BOOKED
    year.refuses("motorcycle_test", "2020-03-25 10:00", by=Role.RECEPTION)
    for local in ("2020-03-28 10:00", "2020-03-25 08:00"):  # no Saturdays; Wednesdays from nine
        with pytest.raises(OutsideHours):
            year.book("renewal", local)
    assert year.office.see(saturday).status is Status.BOOKED

    # 26 March: "Field offices will be temporarily closed to the public statewide beginning March 27 ... All
    # in-office appointments at this time will be canceled."
    later = year.book("real_id", "2020-05-12 10:00", place="first-window-1")
    year.announces("2020-03-26 17:00", "closed")
    for visit in (licence, later, test_in_june):
        assert year.is_cancelled(visit)
    assert year.without_a_date() >= {licence.id, later.id, test_in_june.id, test_in_april.id}
    year.comes("2020-03-27 09:00")
    assert year.refuses("title_transfer", "2020-03-30 10:00") == ("online", "kiosk", "phone")
    assert year.comes_in("impound", "first") is not None

    # 2 April: "and reopen, virtually, on April 2 ... customers initially can complete vehicle title transfers
    # and complex vehicle registration renewals".
    year.announces("2020-03-27 10:00", "virtual")
    year.comes("2020-04-02 09:00")
    for service in ("title_transfer", "complex_registration"):
        assert year.refuses(service, "2020-04-06 10:00") == ("virtual",)
    assert year.refuses("renewal", "2020-04-06 10:00") == ("online", "kiosk", "phone")

    # 7 May: 25 offices open on 8 May "to those with appointments or who require certain transactions that
    # must be done in person"; "a DMV Express customer for REAL ID transactions, if time allows".
    year.announces("2020-05-07 10:00", "first_offices")
    year.comes("2020-05-08 09:00")
    assert [year.comes_in(service, "first") for service in SELECTED] == [None] * 5
    assert [year.comes_in(service, "second") for service in SELECTED] == [Decision.REDIRECT] * 5
    assert year.comes_in("renewal", "first") is not None
    rescheduled = year.book(
        "real_id",
        "2020-05-12 10:00",
        customer=CHEN,
        by=Role.RECEPTION,
        place="first-window-1",
        why=RESCHEDULED,
    )
    assert rescheduled.status is Status.BOOKED
    asked = year.book("real_id", "2020-05-12 10:30", place="first-window-1")
    assert asked.status is Status.REQUESTED
    with pytest.raises(JustificationRequired):
        year.book("renewal", "2020-05-12 11:00", by=Role.RECEPTION, place="first-window-1")
    assert year.refuses("renewal", "2020-05-12 11:00") == ("online", "virtual", "kiosk", "phone")
    assert year.refuses("impound", "2020-05-12 11:00", place="second-window")[0] == "online"
    # "The number of customers inside at one time will be limited."
    for place in ("first-window-1", "first-window-2"):
        year.book("placard", "2020-05-12 13:00", place=place)
    with pytest.raises(RouteFull):
        year.book("placard", "2020-05-12 13:00", place="first-window-3")

    # 26 May: "will reopen 46 more field offices throughout the state on Thursday, May 28 ... Behind-the-wheel
    # drive tests continue to be suspended."
    year.announces("2020-05-26 10:00", "second_offices")
    year.comes("2020-05-28 09:00")
    assert [year.comes_in("commercial", site) for site in ("first", "second", "third")] == [
        None,
        None,
        Decision.REDIRECT,
    ]
    year.refuses("drive_test", "2020-06-02 10:00", by=Role.RECEPTION)

    # 9 June: "will reopen its remaining field offices Thursday ... vehicle verifications ... will resume
    # offering motorcycle drive tests as well"; "Behind-the-wheel drive tests are not yet available".
    year.announces("2020-06-09 10:00", "all_offices")
    year.comes("2020-06-11 09:00")
    assert year.comes_in("vehicle_verification", "third") is None
    assert year.book("motorcycle_test", "2020-06-15 10:00", place="third-lane").status is Status.BOOKED
    year.refuses("drive_test", "2020-06-15 11:00", by=Role.RECEPTION)

    # 22 June: tests "beginning Friday, June 26 ... automatically reschedule all canceled drive test
    # appointments ... new behind-the-wheel tests will not be available until previously canceled tests are
    # completed";
    # "Saturday service for drive tests in some high-volume locations".
    year.announces("2020-06-22 10:00", "tests_resume")
    year.comes("2020-06-26 09:00")
    again = [
        year.book("drive_test", local, customer=EMRE, by=Role.RECEPTION, place="first-lane")
        for local in ("2020-06-29 09:00", "2020-07-11 09:00")  # the second on a Saturday
    ]
    assert {visit.status for visit in again} == {Status.BOOKED}
    assert year.refuses("drive_test", "2020-06-30 09:00") == ()

    # 10 December: "suspending the tests for at least two weeks starting December 14 ... does not apply to
    # motorcycle drive tests"; "customers with scheduled appointments in the next two weeks will be notified".
    year.comes("2020-12-01 09:00")
    booked = {
        day: year.book("drive_test", f"{day} 10:00", customer=DORIT, by=Role.RECEPTION, place="second-lane")
        for day in ("2020-12-15", "2020-12-29", "2021-01-06", "2021-01-20", "2021-02-03")
    }
    motorcycle = year.book("motorcycle_test", "2020-12-15 11:00", place="second-lane")
    senior = year.book("senior_renewal", "2020-12-18 10:00", by=Role.RECEPTION, why=RESCHEDULED)
    suspended: set[str] = set()
    for local, phase, days in (
        ("2020-12-10 12:00", "tests_suspended", {"2020-12-15"}),
        ("2020-12-21 10:00", "tests_suspended_2", {"2020-12-29"}),
        ("2020-12-30 10:00", "tests_suspended_3", {"2021-01-06"}),
        ("2021-01-07 10:00", "tests_suspended_4", {"2021-01-20"}),
    ):
        year.suspends(local, phase)
        suspended |= days
        assert {day for day, visit in booked.items() if year.is_cancelled(visit)} == suspended
    assert year.office.see(motorcycle).status is not Status.CANCELLED
    # "allowing eligible seniors 70 and older to renew their driver's license using our online services"
    assert year.office.see(senior).status is not Status.CANCELLED  # somebody who has a date keeps it
    assert year.refuses("senior_renewal", "2021-01-12 10:00") == ("online", "mail")

    # 28 January: "will resume behind-the-wheel driving tests statewide on Feb. 1 ... automatically reschedule
    # customers for behind-the-wheel drive-test appointments that were canceled between Dec. 14 and Feb. 1".
    year.announces("2021-01-28 10:00", "tests_resume_2")
    assert year.without_a_date() >= {booked["2021-01-06"].id, booked["2021-01-20"].id}
    year.comes("2021-02-01 09:00")
    assert year.book("drive_test", "2021-02-08 10:00", by=Role.RECEPTION).status is Status.BOOKED
    assert year.refuses("drive_test", "2021-02-08 11:00") == ()
    assert not year.is_cancelled(booked["2021-02-03"])
    with pytest.raises(DomainError):
        year.book("drive_test", "2021-02-15 10:00", by=Role.RECEPTION)  # Presidents' Day
