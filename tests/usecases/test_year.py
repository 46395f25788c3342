"""The year 2020, line by line as the office's public statement tells it, from January to December.

Each sentence of the statement stands above what has to hold once it is true. The jobs run as their timetable
has them; people book by the use cases that pages and programs ask.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from jobs.office import Office as JobsOffice
from jobs.timetable import TIMETABLE
from models.bookings import Booking
from models.database import Database
from models.people import Person
from scheduler.domain.bookings import Category, Channel, Justification, Party, Standing, Status
from scheduler.domain.enquiries import EnquiryChange, EnquiryRequest, Medium, Step
from scheduler.domain.errors import (
    Closed,
    JustificationRequired,
    PhaseRefused,
    PublicHoliday,
    RouteFull,
    WrongState,
)
from scheduler.domain.events import EventRequest
from scheduler.domain.figures import Outcome, Period
from scheduler.domain.hotlines import HotlineState
from scheduler.domain.notices import NoticeKind, Template
from scheduler.domain.phases import phase_at
from scheduler.domain.plans import Plan
from scheduler.domain.resources import Kind
from scheduler.domain.retention import BLANK
from scheduler.domain.roles import Role
from scheduler.domain.timelines import tracks
from scheduler.domain.walk_ins import EmergencyRequest, WalkInRequest
from scheduler.queries.figures import figures_of
from scheduler.queries.hotlines import Sight, hotlines
from scheduler.queries.plans import current_plan
from scheduler.queries.switches import runs
from scheduler.queries.worklist import Wanted, cases, without_time
from scheduler.usecases import bookings
from scheduler.usecases.enquiries import see_to, take_in
from scheduler.usecases.events import SignUp, plan_events, sign_up
from scheduler.usecases.hotlines import count_call, import_roster
from scheduler.usecases.walk_ins import admit, promise_call
from tests.applications import config_for
from tests.cast import ADA, BRUNO, CASEWORKER, CHEN, CUSTOMER, DORIT, EMRE, HOTLINE, MANAGER, RECEPTION
from tests.factories import Office, at, opened, plan_with
from tests.invariants import broken

WHY = Justification(Category.INTEGRATION, None)
REMAINING = ("phone", "email", "online")


@dataclass
class Year:
    """The office of that year; `known` are the phases that are planned so far."""

    office: Office
    jobs: JobsOffice
    known: list[str] = field(default_factory=lambda: ["regular"])

    def comes(self, local: str) -> None:
        """It is this time now, and the jobs have run."""
        self.office.wait_until(local)
        for job in TIMETABLE:
            job.work(self.jobs)

    def plans(self, local: str, phase: str) -> None:
        """A phase becomes known."""
        self.comes(local)
        self.known.append(phase)
        self.office.plan(plan_with(*self.known))
        self.comes(local)

    def act(self, change: Any, *given: Any, **details: Any) -> Any:
        with self.office.database.transaction() as session:
            return change(session, *given, now=self.office.now, **details)

    @property
    def plan(self) -> Plan:
        with self.office.database.reading() as session:
            return current_plan(session)

    def phase(self) -> str | None:
        phase = phase_at(self.plan.phases, self.office.now)
        return phase.key if phase else None

    def told(self, visit: Booking) -> list[Template]:
        return [row.template for row in self.office.notices(visit)]

    def hotline(self, key: str) -> Sight:
        with self.office.database.reading() as session:
            return next(
                one for one in hotlines(session, self.plan, now=self.office.now) if one.hotline.key == key
            )

    def mode(self, measure: str) -> str:
        """How a measure is delivered now: by its own dates since the first of them, else by those of all."""
        found = dict(tracks(self.plan))
        begun = [
            [span.key for span in found.get(track, ()) if span.start <= self.office.now]
            for track in (f"measure:{measure}", "measures")
        ]
        return (begun[0] or begun[1])[-1]

    def serve(self, visit: Booking) -> None:
        for change in (bookings.check_in, bookings.call, bookings.serve, bookings.finish):
            self.office.do(change, visit)

    def refuses(self, service: str, starts: str, *, by: Role = Role.RECEPTION) -> tuple[str, ...]:
        """The channels that somebody is led to who is refused."""
        actor = CUSTOMER if by is Role.CUSTOMER else RECEPTION
        with pytest.raises(PhaseRefused) as refused:
            self.office.book(service, starts, by=by, actor=actor)
        return tuple(refused.value.details["ruling"].channels)


@pytest.fixture
def year(database: Database, tmp_path: Path) -> Iterator[Year]:
    office = opened(database, "2020-01-02 08:00", plan_with("regular"))
    yield Year(office, JobsOffice(config_for(database, tmp_path), database, office.clock))
    assert broken(database) == []


def test_the_year_2020_as_the_office_tells_it(year: Year) -> None:
    office = year.office

    # January and February: doors are open, everybody books by themselves, six people are served.
    year.comes("2020-01-07 08:00")
    served = [
        office.book("general", f"2020-01-07 {hour}", customer=customer, by=Role.CUSTOMER, actor=CUSTOMER)
        for customer, hour in zip(
            (ADA, BRUNO, CHEN, DORIT, EMRE, replace(ADA, name="Ada Adler")),
            ("09:00", "09:15", "09:30", "09:45", "10:00", "10:15"),
            strict=True,
        )
    ]
    year.comes("2020-01-07 10:30")
    for visit in served:
        year.serve(visit)
    missed = office.book("general", "2020-02-11 09:00", customer=DORIT)
    year.comes("2020-02-11 10:00")
    office.do(bookings.no_show, missed, reason="nobody came")

    year.comes("2020-03-03 09:00")
    (event,) = year.act(
        plan_events,
        EventRequest("group_information", at("2020-03-19 10:00"), None, "Frau Berger"),
        actor=MANAGER,
    )
    seats = [
        year.act(sign_up, event.id, SignUp(customer, Role.RECEPTION), actor=RECEPTION)
        for customer in (ADA, BRUNO, CHEN)
    ]
    planned = [
        office.book("general", "2020-03-17 09:00", customer=ADA),
        office.book("general", "2020-03-17 09:30", customer=CHEN),
        office.book("integration", "2020-03-24 09:00", customer=DORIT, by=Role.CASEWORKER, actor=CASEWORKER),
    ]
    own_wish = office.book("general", "2020-03-12 09:00", customer=EMRE)
    office.do(bookings.cancel, own_wish, by=Party.CUSTOMER)
    emergency = office.book("benefit_emergency", "2020-03-17 11:00", customer=BRUNO)
    in_june = office.book("general", "2020-06-09 09:00", customer=replace(CHEN, name="Jun Li"))
    assert year.mode("language_course") == "on_site"

    # "12.03.2020: Ausweitung der präventiven Maßnahmen im Jobcenter. Erste Einschränkungen im Kundenverkehr:
    # Gruppenveranstaltungen / -informationen werden abgesagt."
    year.plans("2020-03-11 15:00", "preventive")
    assert office.see(event).status is Status.CANCELLED
    for seat in seats:
        assert office.see(seat).status is Status.CANCELLED
        assert office.see(seat).cancelled_by is Party.OFFICE
        assert year.told(seat)[-1] is Template.CANCELLATION
    assert [office.see(visit).status for visit in planned] == [Status.BOOKED] * 3
    year.comes("2020-03-12 08:00")
    assert year.refuses("group_information", "2020-03-26 10:00", by=Role.MANAGER) == ()

    # "16.03.2020: Weitere Einschränkung des Kundenverkehrs: Alle geplanten Termine mit Kunden werden
    # abgesagt."
    year.plans("2020-03-13 16:00", "appointments_cancelled")
    for visit in planned:
        seen = office.see(visit)
        assert (seen.status, seen.cancelled_by) == (Status.CANCELLED, Party.OFFICE)
    assert [office.notices(visit)[-1].kind for visit in planned] == [
        NoticeKind.EMAIL,
        NoticeKind.PHONE,
        NoticeKind.DOOR,
    ]
    assert office.see(emergency).standing is Standing.IN_QUESTION
    with office.database.reading() as session:
        to_decide = cases(session, year.plan, Wanted(), now=office.now).cases
        waiting = without_time(session, year.plan, Wanted(), booked_by=Role.RECEPTION, now=office.now).waiting
    assert {one.booking.id for one in to_decide} == {emergency.id, in_june.id}
    assert {one.booking.id for one in waiting} >= {visit.id for visit in planned}

    # "Anliegen werden telefonisch / per E-Mail bzw. online (jobcenter.digital) geklärt."
    year.comes("2020-03-16 08:00")
    assert year.refuses("general", "2020-03-23 09:00", by=Role.CUSTOMER) == REMAINING
    answered = [
        year.act(
            take_in,
            EnquiryRequest(medium, "Wann kommt mein Bescheid?", service="general", customer=ADA),
            owner=HOTLINE.name,
            actor=HOTLINE,
        )
        for medium in (Medium.PHONE, Medium.EMAIL, Medium.ONLINE, Medium.PHONE, Medium.PHONE)
    ]
    for enquiry in answered:
        year.act(see_to, enquiry.id, Step(EnquiryChange.ANSWER, "Am Freitag."), actor=HOTLINE)

    # "Unterbrechung aller Maßnahmen zur aktiven Arbeitsförderung in Präsenzform."
    assert {year.mode(one.key) for one in year.plan.measures} == {"suspended"}

    # "18.03.2020 Jobcenter schließt die Gebäude für den persönlichen Kundenverkehr."
    with pytest.raises(WrongState):
        year.act(count_call, "additional_number")
    year.plans("2020-03-17 14:00", "closed")
    year.comes("2020-03-18 08:00")
    assert year.phase() == "closed"
    with pytest.raises(PhaseRefused):
        year.act(admit, WalkInRequest("main", "general"), actor=RECEPTION)
    assert year.refuses("integration", "2020-03-24 09:00", by=Role.CASEWORKER) == REMAINING

    # "Die Bearbeitung leistungsrechtlicher Notfälle / Abholung von Barzahlungen ist sichergestellt."
    assert year.refuses("benefit_emergency", "2020-03-19 09:00", by=Role.CUSTOMER) == ("phone",)
    urgent = [
        office.book(service, starts, customer=customer)
        for service, starts, customer in (
            ("benefit_emergency", "2020-03-19 09:00", BRUNO),
            ("cash_pickup", "2020-03-19 10:00", DORIT),
        )
    ]
    assert {visit.resource.kind for visit in urgent} == {Kind.COUNTER}
    promised = year.act(promise_call, EmergencyRequest("main", phone="030 999999"), actor=RECEPTION)
    assert promised.channel is Channel.PHONE
    year.comes("2020-03-19 10:30")
    for visit in urgent:
        year.serve(visit)

    # "Zusätzliche Rufnummer zur Sicherstellung der telefonischen Erreichbarkeit des Jobcenters wird
    # eingerichtet und zeitweise mit bis zu 43 Mitarbeitenden des Jobcenters personalisiert."
    own = year.hotline("additional_number")
    assert (own.state, own.hotline.operated_by, own.hotline.peak_staff) == (HotlineState.OPEN, "own", 43)
    assert own.days[0].gaps
    shifts = "\n".join(f"additional_number;2020-03-19;08:00;18:00;Person {number}" for number in range(43))
    year.act(import_roster, shifts, actor=MANAGER)
    staffed = year.hotline("additional_number")
    assert len(staffed.now_on) == 43
    assert not staffed.days[0].gaps
    for _ in range(25):
        year.act(count_call, "additional_number")
    assert year.hotline("additional_number").today == 25

    # "30.03.2020 Start der bundesweiten Hotline „Erleichterter Zugang Grundsicherung“."
    year.comes("2020-03-29 12:00")
    assert year.hotline("nationwide").state is HotlineState.TO_COME
    year.comes("2020-03-30 09:00")
    assert (year.hotline("nationwide").state, year.hotline("nationwide").hotline.operated_by) == (
        HotlineState.OPEN,
        "external",
    )

    # "ab Ende März 2020 Wiederaufnahme der Maßnahmen zur aktiven Arbeitsförderung in „alternativer
    # Durchführung“"
    assert {year.mode(one.key) for one in year.plan.measures} == {"alternative"}

    # "ab Mitte Mai 2020 Schrittweise Wiederaufnahme von Präsenzunterricht in den Maßnahmen zur aktiven
    # Arbeitsförderung unter Beachtung der Hygieneregeln des Landes Rheinland-Pfalz."
    year.comes("2020-05-18 09:00")
    assert [year.mode(key) for key in ("language_course", "workshop", "coaching")] == [
        "on_site_hygiene",
        "alternative",
        "alternative",
    ]

    # "02.06.2020 Wiedereröffnung Jobcenter Phase I: Terminierte Vorsprachen für Notfälle an den Kundentheken
    # oder in ausgewiesenen und entsprechend ausgestatteten Beratungsbüros im direkten Eingangsbereich der
    # Gebäude."
    year.plans("2020-05-20 10:00", "phase_1")
    assert office.see(in_june).channel is Channel.IN_PERSON  # planned and not announced: nobody is told yet
    year.comes("2020-05-26 09:00")
    assert office.see(in_june).channel is Channel.PHONE
    assert year.told(in_june)[-1] is Template.PHONE
    year.act(count_call, "nationwide")  # calls are counted from here on
    year.comes("2020-06-02 08:00")
    assert year.phase() == "phase_1"
    emergencies = [
        office.book("benefit_emergency", "2020-06-03 09:00", customer=replace(ADA, name=f"Ada {number}"))
        for number in range(4)
    ]
    assert {visit.resource.kind for visit in emergencies} <= {Kind.COUNTER, Kind.ENTRANCE_ROOM}
    equipment = {one.key: one.equipment for one in year.plan.resources}
    assert all("screen" in equipment[visit.resource.key] for visit in emergencies)
    with pytest.raises(PhaseRefused):
        year.act(admit, WalkInRequest("main", "general"), actor=RECEPTION)
    assert year.refuses("general", "2020-06-03 10:00") == REMAINING

    # "Die Kunden bewegen sich auf vorgegebenen Wegen im Gebäude."
    assert office.notices(emergencies[0])[-1].values["route"]
    with pytest.raises(RouteFull):
        office.book("benefit_emergency", "2020-06-03 09:00", customer=BRUNO, resource="entrance-room-2")
    year.comes("2020-06-03 09:30")
    for visit in emergencies:
        year.serve(visit)

    # "Die Hotline wird aufgrund des geringen Anrufaufkommens Ende Juni eingestellt."
    for day in ("2020-06-04", "2020-06-10", "2020-06-17", "2020-06-24", "2020-06-29"):
        year.comes(f"{day} 09:00")
        year.act(count_call, "nationwide")
    assert year.hotline("nationwide").may_close
    year.comes("2020-07-01 08:00")
    assert year.hotline("nationwide").state is HotlineState.CLOSED
    year.act(count_call, "nationwide")  # who still calls is counted, and led to what remains

    # "20.07.2020 Wiedereröffnung Jobcenter Phase II: Notwendige Beratungen erfolgen wieder in terminierten,
    # persönlichen Gesprächen."
    year.plans("2020-07-10 10:00", "phase_2")
    year.comes("2020-07-20 08:00")
    assert year.phase() == "phase_2"
    # "Beratungsangebote soll es vor allem dort geben, wo dies unter Berücksichtigung des Einzelfalls sinnvoll
    # ist, z.B. zur Förderung des Integrationsprozesses, z.B. Qualifizierungsberatungen; dringende
    # leistungsrechtliche Anliegen, die nicht anderweitig gelöst werden können; generell zur Klärung komplexer
    # Sachverhalte"
    with pytest.raises(JustificationRequired):
        office.book("integration", "2020-07-21 09:00", customer=EMRE, by=Role.CASEWORKER, actor=CASEWORKER)
    consultations = [
        office.book(
            service,
            starts,
            customer=customer,
            by=Role.CASEWORKER,
            actor=CASEWORKER,
            justification=Justification(category, None),
        )
        for service, starts, customer, category in (
            ("integration", "2020-07-21 09:00", EMRE, Category.INTEGRATION),
            ("urgent_benefit", "2020-07-21 10:00", CHEN, Category.URGENT_BENEFIT),
            ("complex_matter", "2020-07-21 11:00", BRUNO, Category.COMPLEX_MATTER),
        )
    ]
    asked = office.book("integration", "2020-07-22 09:00", customer=ADA, by=Role.CUSTOMER, actor=CUSTOMER)
    assert asked.status is Status.REQUESTED
    office.do(bookings.approve, asked, actor=CASEWORKER)
    # "Unterminierte Vorsprachen sind in Ausnahmefällen möglich."
    with pytest.raises(JustificationRequired):
        year.act(admit, WalkInRequest("main", "general"), actor=RECEPTION)
    exception = WalkInRequest("main", "general", justification=WHY, allowed_by=MANAGER.name)
    assert year.act(admit, exception, actor=RECEPTION).allowed_by == MANAGER.name
    year.comes("2020-07-22 12:00")
    for visit in (*consultations, asked):
        office.clock.office_now = visit.starts_at
        year.serve(visit)
    year.comes("2020-07-22 12:00")

    # "Die Zeit des Lockdowns hat gezeigt, dass viele Kundenanliegen auch telefonisch / per E-Mail / online
    # erledigt werden können."  "Das Jobcenter geht davon aus, dass diese Phase II auf absehbare Zeit den
    # „neuen Regelbetrieb“ darstellt."
    year.comes("2020-12-15 08:00")
    assert year.phase() == "phase_2"
    last = office.book("benefit_emergency", "2020-12-15 09:00", customer=ADA)
    with pytest.raises((Closed, PublicHoliday)):
        office.book("benefit_emergency", "2020-12-25 09:00", customer=BRUNO)
    year.comes("2020-12-15 09:00")
    year.serve(last)
    year.comes("2020-12-31 12:00")
    check_figures(year, answered=len(answered))
    check_what_is_forgotten(office, served[0].person_id, last.person_id)


def check_figures(year: Year, *, answered: int) -> None:
    """The figures of the year are what a recount of every row comes to; small counts stay hidden."""
    with year.office.database.reading() as session:
        found = figures_of(session, year.plan, Period(date(2020, 1, 1), date(2020, 12, 31)))
        visits = session.scalars(select(Booking)).all()
        done = runs(session)
    recount = Counter((one.status, one.cancelled_by) for one in visits)
    assert recount[Status.CANCELLED, Party.OFFICE] == 7  # the event, its three seats, three visits
    assert recount[Status.CANCELLED, Party.CUSTOMER] == 1
    assert recount[Status.NO_SHOW, None] == 1
    assert recount[Status.DONE, None] == 6 + 2 + 4 + 4 + 1
    general = next(row for row in found.by_service if row.key == "general")
    assert general.counts[Outcome.VISITED] == 6
    assert general.counts[Outcome.ANSWERED] == answered
    # Six visits, one person without an appointment, and what was answered.
    assert found.without_a_visit["general"] == pytest.approx(answered / (6 + 1 + answered))
    assert [(run.phase_key, sum(run.counts.values())) for run in reversed(done)] == [
        ("regular", 0),
        ("preventive", 9),
        ("appointments_cancelled", 5),
        ("closed", 1),
        ("phase_1", 1),
        ("phase_2", 0),
    ]


def check_what_is_forgotten(office: Office, long_ago: UUID, recent: UUID) -> None:
    """Names of January are forgotten by December; a visit of this month still has its own."""
    with office.database.reading() as session:
        assert session.get_one(Person, long_ago).name == BLANK
        assert session.get_one(Person, recent).name == ADA.name
