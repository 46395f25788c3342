"""What the office answers when something cannot be done: one error with a code for each reason.

The codes and the order in which they are checked are the contract's (table "HTTP API v1"). An error carries
values, never sentences: `scheduler.adapters.words` says it in the reader's language.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """Something the office refuses; `details` hold the values that its sentence and its answer need."""

    code: ClassVar[str]

    def __init__(self, **details: Any) -> None:
        super().__init__(self.code)
        self.details: Mapping[str, Any] = details


class Unauthorized(DomainError):
    code = "unauthorized"


class Forbidden(DomainError):
    """`permission` is missing, or `booked_by` is a word this actor cannot give."""

    code = "forbidden"


class NotFound(DomainError):
    """`what` (booking, phase, notice, run, staff) with the key `key` does not exist."""

    code = "not_found"


class Invalid(DomainError):
    """`fields` maps the path of each wrong field to a `Fault`."""

    code = "invalid"

    @property
    def fields(self) -> Mapping[str, "Fault"]:
        fields: Mapping[str, Fault] = self.details["fields"]
        return fields


class Fault:
    """Why one field is wrong: a stable word (`missing`, `unknown` …) and the values of its sentence."""

    __slots__ = ("values", "why")

    def __init__(self, why: str, **values: Any) -> None:
        self.why = why
        self.values: Mapping[str, Any] = values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fault) and (self.why, self.values) == (other.why, other.values)

    def __hash__(self) -> int:
        return hash(self.why)

    def __repr__(self) -> str:
        return f"Fault({self.why!r}, {dict(self.values)!r})"


def invalid(field: str, why: str, **values: Any) -> Invalid:
    return Invalid(fields={field: Fault(why, **values)})


class SkippedLocalTime(DomainError):
    """`local` does not exist: the clocks are put forward over it. `field` names where it was given."""

    code = "skipped_local_time"


class DoubledLocalTime(DomainError):
    """`local` exists twice: the clocks are put back over it. `field` names where it was given."""

    code = "doubled_local_time"


class LookingOnly(DomainError):
    """Whoever would change something looks at the office as of another instant, or sent a form from there."""

    code = "as_of"


class IdempotencyMismatch(DomainError):
    code = "idempotency_mismatch"


class InProgress(DomainError):
    code = "in_progress"


class InThePast(DomainError):
    code = "in_the_past"


class OutsideWindow(DomainError):
    """`first` and `last`: the local dates between which visits can be booked now."""

    code = "outside_window"


class OffGrid(DomainError):
    """`grid_minutes`: visits begin at its multiples from local midnight."""

    code = "off_grid"


class UnsuitablePlace(DomainError):
    """The place `resource` has not the kind, or lacks the equipment `needs`, that the visit must have."""

    code = "unsuitable_place"


class PhaseRefused(DomainError):
    """The phase of the visit does not let it be booked; `ruling` says why and what to do instead."""

    code = "phase_refused"


class OutsideHours(DomainError):
    code = "outside_hours"


class Closed(DomainError):
    """`reason` is the office's text for the closure, or None for a single day that it closed."""

    code = "closed"


class PublicHoliday(DomainError):
    code = "public_holiday"


class JustificationRequired(DomainError):
    code = "justification_required"


class SlotTaken(DomainError):
    """`alternatives`: slots near by that are free, best first."""

    code = "slot_taken"


class RouteFull(DomainError):
    """`route` has its most arrivals; `alternatives`: slots near by that are free, best first."""

    code = "route_full"


class CaseworkerAway(DomainError):
    """The caseworker `name` does not work then (`why`: hours) or is away (absent)."""

    code = "caseworker_away"


class CaseworkerBusy(DomainError):
    """The caseworker `name` (None where nobody knows whose) has another talk then."""

    code = "caseworker_busy"


class WrongState(DomainError):
    """What `change` would change is in a state (`status`, `why`) that does not allow it."""

    code = "wrong_state"


class ChangedMeanwhile(DomainError):
    """A booking is not as it was seen: it has `version` now.

    `changes` are what was done to it since (`at`, `actor`, `action`).
    """

    code = "changed_meanwhile"


class TooManyRequests(DomainError):
    """Asked too often; asking again makes sense in `retry_after` seconds."""

    code = "too_many_requests"


class LimitReached(DomainError):
    """One person has as much as one may: `what` is open_bookings, or mails (see `retry_after`)."""

    code = "limit_reached"


class Busy(DomainError):
    """Others hold what this needs; asking again in `retry_after` seconds may succeed."""

    code = "busy"


class Unavailable(DomainError):
    """`what` is missing: a plan (`no_plan`), or the `database`, which does not answer."""

    code = "unavailable"
