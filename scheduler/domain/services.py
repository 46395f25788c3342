"""What people come for: the services that the office offers."""

from dataclasses import dataclass, field
from datetime import timedelta

from scheduler.domain.resources import Kind, Resource
from scheduler.domain.texts import Text

#: No visit with its buffer takes a place for longer: a plan gives each a day at most.
LONGEST_CLAIM = timedelta(days=2)


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


def suits(service: Service, resource: Resource) -> bool:
    """Whether the place has a kind and the equipment that the service asks for in any phase."""
    return resource.kind in service.kinds and service.needs <= resource.equipment
