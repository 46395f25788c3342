"""What callers were told, to be held against what the office says afterwards (I2, I8)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bookings import Booking
from models.people import Person

_HIGHEST = 499
# What a log says of an error that nobody caught: Python itself, or the office's own log.
_UNCAUGHT = ("Traceback (most recent call last)", '"frames"')


@dataclass
class Witness:
    """Everything that callers heard; `faults` are answers that nobody may ever be given.

    A caller puts a word of its own into the customer's `number`, one for each visit that it wants: so what it
    was told can be found again. `now` asks whether every visit is allowed by then as well (I7).
    """

    acknowledged: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)
    now: datetime | None = None
    heard: int = 0

    def hear(self, response: httpx.Response) -> httpx.Response:
        """I8: no answer above 499 but 503 with Retry-After; no traceback in any body."""
        self.heard += 1
        patient = response.status_code == 503 and "Retry-After" in response.headers
        if response.status_code > _HIGHEST and not patient:
            self.faults.append(f"I8: {response.request.method} {response.url} answers {response.status_code}")
        if "Traceback (most recent call last)" in response.text:
            self.faults.append(f"I8: {response.request.method} {response.url} shows a traceback")
        return response

    def booked(self, word: str, response: httpx.Response) -> None:
        """Notes how an attempt to book ended: 201 and 202 acknowledge, 503 leaves it open, others refuse."""
        self.hear(response)
        self.unknown.discard(word)
        if response.status_code in (201, 202):
            self.acknowledged[word] = response.json()["id"]
        elif response.status_code > _HIGHEST:
            self.unknown.add(word)
        else:
            self.refused.add(word)

    def disagreements(self, session: Session) -> Iterator[str]:
        """I2: who was told of a visit has exactly that one, who was refused none, the others at most one."""
        yield from self.faults
        for log in self.logs:
            if log.exists() and any(sign in log.read_text(errors="replace") for sign in _UNCAUGHT):
                yield f"I8: {log.name} tells of an error that nobody caught"
        found: dict[str, list[str]] = {}
        pairs = select(Person.number, Booking.id).join(Booking, Booking.person_id == Person.id)
        for number, booking_id in session.execute(pairs.where(Person.number.is_not(None))):
            found.setdefault(str(number), []).append(str(booking_id))
        for word, told in self.acknowledged.items():
            if found.get(word) != [told]:
                yield f"I2: {word} was told of {told}, there is {found.get(word)}"
        for word in self.refused:
            if word in found:
                yield f"I2: {word} was refused, there is {found[word]}"
        for word in self.unknown:
            if len(found.get(word, [])) > 1:
                yield f"I2: {word} was told nothing, there is {found[word]}"
