"""A small office on the morning of a switch, what people do there at the same moment, and how it looks then.

Before the switch is carried out there are a visit that it will cancel (`visit`), one that it will turn into a
call (`call`), one that it will keep, and a request that it will cancel.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditRecord
from models.bookings import Booking, Claim
from models.database import Database
from models.outbox import OutboxRow
from models.plans import PlanVersion
from models.runs import PhaseEffect, PhaseRun
from scheduler.domain.bookings import Party
from scheduler.domain.errors import Busy, DomainError
from scheduler.domain.hours import Closure
from scheduler.domain.intervals import Interval
from scheduler.domain.phases import Decision, Effect, Phase, Rule
from scheduler.domain.plans import Plan
from scheduler.domain.roles import Role
from scheduler.queries.bookings import with_everything
from scheduler.usecases import bookings, requests, switches, undos
from tests.cast import ADA, CUSTOMER, EMRE, MANAGER, RECEPTION
from tests.factories import Office, StandingClock, at, whole_plan

DAY = "2020-07-21"
NOW = f"{DAY} 09:01"
Change = Callable[[], object]
Picture = dict[str, object]


def _phase(key: str, starts: str, announced: str, *rules: Rule) -> Phase:
    pattern = whole_plan().phases[0]
    return replace(pattern, key=key, starts=at(starts), announce_at=at(announced), rules=rules)


_APPROVE = Rule(
    Decision.APPROVE, frozenset({"integration"}), frozenset({Role.CUSTOMER}), on_start=Effect.CANCEL
)
_CANCEL = Rule(Decision.ALLOW, frozenset({"general"}), on_start=Effect.CANCEL)
_PHONE = Rule(Decision.ALLOW, frozenset({"urgent_benefit"}), on_start=Effect.PHONE)
_ALLOW = Rule(Decision.ALLOW)
_REFUSE = Rule(Decision.REFUSE, on_start=Effect.CANCEL)


def plan() -> Plan:
    """Open to all, with a phase from half past nine on that was announced for nine."""
    opened = _phase(
        "opened", "2020-01-01 00:00", "2020-01-01 00:00", replace(_APPROVE, on_start=None), _ALLOW
    )
    changed = _phase("changed", f"{DAY} 09:30", f"{DAY} 09:00", _APPROVE, _CANCEL, _PHONE, _ALLOW)
    return replace(whole_plan(), phases=(opened, changed))


class Scene:
    """The office with its four visits, and everything that somebody may do there, by a word."""

    def __init__(self, database: Database, *, switched: bool) -> None:
        self.database = database
        self.office = Office(database, StandingClock(at("2020-07-20 09:00")))
        self.office.plan(plan())
        switches.apply_due(database, clock=self.office.clock)
        self.visit = self._book("visit", "general", "10:00", "counter-1").id
        self.call = self._book("call", "urgent_benefit", "10:00", "office-201").id
        self._book("kept", "benefit_emergency", "10:40", "counter-2")
        asked = replace(ADA, number="request")
        starts = f"{DAY} 10:00"
        self.request = self.office.book(
            "integration",
            starts,
            customer=asked,
            by=Role.CUSTOMER,
            actor=CUSTOMER,
            resource="entrance-room-1",
        ).id
        self.office.wait_until(NOW)
        if switched:
            self.switch()

    def changes(self) -> dict[str, Change]:
        """What can be done before the switch is carried out."""
        office = self.office
        return {
            "book": lambda: self._book("new", "benefit_emergency", "10:20", "counter-2"),
            "take": lambda: self._book("new", "general", "10:00", "counter-1"),
            "move": lambda: office.move(office.see(self.visit), f"{DAY} 10:20", resource="counter-2"),
            "cancel": lambda: self._do(bookings.cancel, self.visit, by=Party.CUSTOMER),
            "check_in": lambda: self._do(bookings.check_in, self.visit),
            "approve": lambda: self._do(bookings.approve, self.request),
            "decline": lambda: self._do(bookings.decline, self.request, reason="Nein"),
            "expire": self._expire,
            "switch": self.switch,
            "close": self._close,
            "close_down": self._close_down,
        }

    def later_changes(self) -> dict[str, Change]:
        """What can be done while somebody takes the switch back."""
        office = self.office
        return {
            "undo": self.undo,
            "take": lambda: self._book("new", "general", "10:00", "counter-1"),
            "move": lambda: office.move(office.see(self.call), f"{DAY} 10:20", resource="counter-3"),
            "cancel": lambda: self._do(bookings.cancel, self.call, by=Party.CUSTOMER),
            "check_in": lambda: self._do(bookings.check_in, self.call),
            "approve": lambda: self._do(bookings.approve, self.request),
            "expire": self._expire,
            "switch": self.switch,
            "close": self._close,
            "close_down": self._close_down,
        }

    def switch(self) -> None:
        switches.apply_due(self.database, clock=self.office.clock)

    def undo(self) -> None:
        undos.undo(self.database, "changed", actor=MANAGER, clock=self.office.clock)

    def _book(self, word: str, service: str, starts: str, resource: str) -> Booking:
        customer = replace(EMRE, number=word)
        return self.office.book(service, f"{DAY} {starts}", customer=customer, resource=resource)

    def _do(self, change: Callable[..., Booking], booking_id: object, **details: object) -> None:
        with self.database.transaction() as session:
            change(session, booking_id, actor=RECEPTION, now=self.office.now, **details)

    def _expire(self) -> None:
        requests.cancel_unanswered(self.database, clock=StandingClock(at(f"{DAY} 10:00")))

    def _close(self) -> None:
        """A plan in which the place is closed to which others want."""
        closure = Closure(
            Interval(at(f"{DAY} 10:15"), at(f"{DAY} 10:35")), None, frozenset({"counter-2"}), None
        )
        self.office.plan(replace(plan(), closures=(*plan().closures, closure)))

    def _close_down(self) -> None:
        """A plan that refuses everything very soon, and its switch, which is due at once."""
        refused = _phase("closed_down", f"{DAY} 09:45", NOW, _REFUSE)
        self.office.plan(replace(plan(), phases=(*plan().phases, refused)))
        self.switch()


def patiently(change: Change) -> Change:
    """The change as a caller makes it who asks again when told that the office is busy; answers the error."""

    def tried() -> str:
        for _ in range(10):
            try:
                change()
            except Busy:
                continue
            except DomainError as error:
                return error.code
            return "done"
        return "busy"

    return tried


def picture(session: Session) -> Picture:
    """All that people can see of the office, without ids and what is random."""
    words: dict[object, str] = {}
    seen: Picture = {}
    for booking in session.scalars(with_everything()):
        word = words[booking.id] = str(booking.person.number)
        seen[word] = (
            *(booking.status.value, booking.standing.value, booking.channel.value, booking.cancelled_by),
            *(booking.starts_at, booking.resource.key, booking.ical_sequence, booking.invited),
        )
    seen["claims"] = sorted(
        (words[claim.booking_id], claim.resource_id, claim.starts_at)
        for claim in session.scalars(select(Claim).where(Claim.occupies))
    )
    notices = defaultdict(list)
    for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id)):
        notices[words[row.booking_id]].append((row.template.value, row.kind.value, row.state.value))
    seen["notices"] = dict(notices)
    seen["effects"] = sorted(
        (words[effect.booking_id], effect.effect.value, str(effect.undone))
        for effect in session.scalars(select(PhaseEffect))
    )
    seen["runs"] = sorted(
        (run.phase_key, run.finished_at is not None, run.undone_at is not None)
        for run in session.scalars(select(PhaseRun))
    )
    seen["records"] = sorted(
        (record.action, words.get(_id(record), "")) for record in session.scalars(select(AuditRecord))
    )
    seen["plan"] = session.scalar(select(PlanVersion.digest).order_by(PlanVersion.id.desc()).limit(1))
    return seen


def _id(record: AuditRecord) -> object:
    return UUID(record.subject.removeprefix("booking:")) if record.subject.startswith("booking:") else None
