"""The scenario's year, played in its order: plans become known, switches fall due, people book."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from scheduler.domain.bookings import BookingRequest
from scheduler.domain.errors import PhaseRefused
from scheduler.domain.people import Customer
from scheduler.domain.roles import Role
from scheduler.usecases import bookings
from tests.cast import RECEPTION
from tests.factories import REASON, Office, at, plan_with, rows, whole_plan

State = tuple[str, str, str, str]
"""Status, standing, channel and who cancelled, as the scenario's table has them."""


@dataclass
class Year:
    """What became of the scenario's bookings, by their reference: an id, or "refused:…"."""

    office: Office
    switch: Callable[[Office], object]
    known: list[str] = field(default_factory=list)
    outcomes: dict[str, UUID | str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def play(self) -> None:
        """From the first plan to the last instant of effects.csv; what differs there is noted in `wrong`."""
        events: list[tuple[datetime, int, Callable[[], None]]] = [
            *((at(row["known_at"]), 0, partial(self._plan, row["phase"])) for row in rows("stages.csv")),
            *((phase.announce_at, 1, self._nothing) for phase in whole_plan().phases),
            *((at(row["made_at"]), 2, partial(self._book, row)) for row in rows("bookings.csv")),
            *((at(moment), 3, partial(self._compare, moment)) for moment in self.moments()),
        ]
        for instant, rank, happen in sorted(events, key=lambda event: event[:2]):
            self.office.clock.office_now = self.office.clock.real_now = instant
            happen()
            if rank <= 1:
                self.switch(self.office)

    @staticmethod
    def moments() -> list[str]:
        return list(dict.fromkeys(row["at"] for row in rows("effects.csv")))

    def state(self, reference: str) -> State:
        outcome = self.outcomes[reference]
        if isinstance(outcome, str):
            return outcome, "", "", ""
        seen = self.office.see(outcome)
        return seen.status.value, seen.standing.value, seen.channel.value, seen.cancelled_by or ""

    def differences(self, moment: str) -> list[str]:
        """Where the bookings are not as effects.csv has them at one of its instants."""
        found = []
        for row in rows("effects.csv"):
            expected = (row["status"], row["standing"], row["channel"], row["cancelled_by"])
            if row["at"] == moment and self.state(row["ref"]) != expected:
                found.append(f"{moment} {row['ref']}: {self.state(row['ref'])} instead of {expected}")
        return found

    def _nothing(self) -> None:
        """A switch falls due."""

    def _plan(self, phase: str) -> None:
        self.known.append(phase)
        self.office.plan(plan_with(*self.known))

    def _book(self, row: Mapping[str, str]) -> None:
        contact = row["contact"].split()
        customer = Customer(
            row["ref"],
            email=f"{row['ref']}@example.org" if "email" in contact else None,
            phone="030 12345" if "phone" in contact else None,
            address="Beispielweg 1" if "letter" in contact else None,
        )
        request = BookingRequest(
            row["service"], at(row["starts_at"]), Role(row["booked_by"]), customer, row["resource"], REASON
        )
        try:
            with self.office.database.transaction() as session:
                booked = bookings.book(session, request, actor=RECEPTION, now=self.office.now)
            self.outcomes[row["ref"]] = booked.id
        except PhaseRefused as error:
            self.outcomes[row["ref"]] = f"refused:{error.details['ruling'].decision}"

    def _compare(self, moment: str) -> None:
        self.wrong += self.differences(moment)
