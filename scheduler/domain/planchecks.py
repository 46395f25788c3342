"""What must hold between the parts of a plan file: places for what is offered, days and starts given once.

A part that was read with faults counts as whatever would be right, so that one mistake is not told twice.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from scheduler.domain.hours import HoursPeriod
from scheduler.domain.phases import Rule
from scheduler.domain.planfaults import shown
from scheduler.domain.planfields import Table
from scheduler.domain.resources import Kind, Resource
from scheduler.domain.services import Service


@dataclass(frozen=True)
class Offer:
    """A place as far as the file is certain about it; None may be anything."""

    kind: Kind | None
    equipment: frozenset[str] | None
    site: str | None

    def meets(self, kinds: frozenset[Kind] | None, needs: frozenset[str]) -> bool:
        return (kinds is None or self.kind is None or self.kind in kinds) and (
            self.equipment is None or needs <= self.equipment
        )


@dataclass
class Supply:
    """The places of a file, and what its services ask of them."""

    offers: list[Offer] = field(default_factory=list)
    wishes: dict[str, tuple[frozenset[Kind] | None, frozenset[str]]] = field(default_factory=dict)

    def add_place(self, table: Table, resource: Resource) -> None:
        self.offers.append(
            Offer(
                resource.kind if table.sound("kind") else None,
                resource.equipment if table.certain("equipment") else None,
                resource.site if table.sound("site", "route") else None,
            )
        )

    def add_service(self, table: Table, service: Service) -> None:
        """Notes what a service asks for; it is a fault when no place of its kinds has the equipment.

        A service whose kinds have no place yet is none: the office may offer it before the room is there.
        """
        kinds = frozenset(service.kinds) if table.sound("kinds") else None
        needs = service.needs if table.sound("needs") else frozenset()
        self.wishes[service.key] = (kinds, needs)
        exists = self._equipment_exists(table, needs)
        if needs and exists and not any(offer.meets(kinds, needs) for offer in self.offers):
            table.fault("needs", "no_place")

    def check_rule(self, table: Table, rule: Rule) -> None:
        """The equipment that a rule asks for must leave a place, for at least one of its services."""
        exists = self._equipment_exists(table, rule.needs)
        if not exists or not rule.needs or not rule.decision.lets_book:
            return
        if not table.sound("decision", "services", "kinds", "sites", "needs"):
            return
        services = self.wishes.keys() if rule.services is None else rule.services & self.wishes.keys()
        if services and not any(self._leaves_a_place(rule, service) for service in services):
            table.fault("needs", "no_place")

    def _leaves_a_place(self, rule: Rule, service: str) -> bool:
        kinds, needs = self.wishes[service]
        return any(
            offer.meets(kinds, needs | rule.needs)
            and offer.meets(rule.kinds, frozenset())
            and (rule.sites is None or offer.site is None or offer.site in rule.sites)
            for offer in self.offers
        )

    def _equipment_exists(self, table: Table, needs: frozenset[str]) -> bool:
        """Whether some place has each piece of equipment; a fault for each that none has."""
        known: set[str] = set()
        for offer in self.offers:
            if offer.equipment is None:
                return True
            known |= offer.equipment
        for equipment in sorted(needs - known):
            table.unknown("needs", "equipment", equipment, sorted(known))
        return needs <= known


def check_starts(tables: Sequence[Table], starts: Iterable[Hashable]) -> None:
    """No two of them start at the same time."""
    first: dict[Hashable, str] = {}
    for table, start in zip(tables, starts, strict=True):
        if table.sound("starts") and first.setdefault(start, table.title) != table.title:
            table.fault("starts", "equal_starts", first=first[start])


def check_days(tables: Sequence[Table], days: Iterable[date]) -> None:
    """No day is given twice."""
    first: dict[date, str] = {}
    for table, day in zip(tables, days, strict=True):
        if table.sound("date") and first.setdefault(day, table.title) != table.title:
            table.fault("date", "duplicate", given=shown(day), first=first[day])


def check_periods(tables: Sequence[Table], periods: Iterable[HoursPeriod]) -> None:
    """No two periods overlap for the same place, for the same site, or both for all."""
    by_scope: dict[tuple[str, str], list[tuple[date, date, Table]]] = {}
    for table, period in zip(tables, periods, strict=True):
        if table.sound("from", "to"):
            for scope in _scopes(period):
                by_scope.setdefault(scope, []).append((period.first, period.last, table))
    told: set[tuple[str, str]] = set()
    for entries in by_scope.values():
        entries.sort(key=lambda entry: entry[:2])
        _, until, longest = entries[0]
        for first, last, table in entries[1:]:
            if first <= until and (longest.title, table.title) not in told:
                told.add((longest.title, table.title))
                table.fault("from", "overlapping_periods", first=longest.title)
            if last > until:
                until, longest = last, table


def _scopes(period: HoursPeriod) -> list[tuple[str, str]]:
    if period.resources is None and period.sites is None:
        return [("all", "")]
    return [("resource", key) for key in period.resources or ()] + [
        ("site", key) for key in period.sites or ()
    ]
