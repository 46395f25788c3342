"""What people come for: the services that the office offers."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from scheduler.domain.people import Needs
from scheduler.domain.resources import STEP_FREE, Kind, Resource
from scheduler.domain.texts import Text

#: A plan gives an interpreter no more time in addition.
LONGEST_INTERPRETING = timedelta(hours=4)
#: No visit with its buffer takes a place for longer: a plan gives each a day at most.
LONGEST_CLAIM = timedelta(days=2) + LONGEST_INTERPRETING


@dataclass(frozen=True, slots=True)
class Service:
    """`name` is the office's word, `plain` the customer's.

    `length` is the visit's, `buffer` keeps the place free afterwards, `step` is the rhythm of the starts
    that a search offers, `needs` the equipment that a place must have, `bring` what to bring, by language.
    """

    key: str
    name: Text
    plain: Text
    length: timedelta
    buffer: timedelta
    step: timedelta
    kinds: tuple[Kind, ...]
    needs: frozenset[str]
    group: bool
    bring: dict[str, tuple[str, ...]] = field(default_factory=dict)


#: The equipment of a place at which payments are handed out.
CASH_DESK = "cash-desk"


def needs_cash_desk(service: Service) -> bool:
    return CASH_DESK in service.needs


def suits(service: Service, resource: Resource) -> bool:
    """Whether the place has a kind and the equipment that the service asks for in any phase."""
    return resource.kind in service.kinds and service.needs <= resource.equipment


def needing(service: Service, needs: Needs, *, interpreting: timedelta) -> Service:
    """The service as it is for somebody with these needs: longer with an interpreter, reached without steps.

    Search, booking and every other question about a visit ask about this one.
    """
    if not (needs.interpreter or needs.step_free):
        return service
    longer = interpreting if needs.interpreter else timedelta()
    equipment = {STEP_FREE} if needs.step_free else set()
    return replace(service, length=service.length + longer, needs=service.needs | equipment)
