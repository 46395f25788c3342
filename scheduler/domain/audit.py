"""The audit log's chain: each record is sealed with the one before, so that no change to it goes unseen."""

import hashlib
import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

#: What the first record is chained to.
FIRST_SEAL = "0" * 64

# How far records are looked for that were pushed in or taken out, the others' positions being moved.
_FARTHEST = 20
# How many records that do not fit are held against one another to find those that changed places.
_MOST_SUSPECTS = 40


@dataclass(frozen=True, slots=True)
class Sought:
    """Which records are looked for: texts are beginnings, instants a half-open span, `before` an id."""

    subject: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as it is sealed; `position` counts from 1."""

    position: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]


def seal(entry: Entry, previous: str) -> str:
    """The SHA-256 of the record and the seal before it."""
    content = [
        previous,
        entry.position,
        entry.at.isoformat(),
        entry.actor,
        entry.action,
        entry.subject,
        entry.details,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Link:
    """A record with its stored seal, the seal stored before it, and where it stood by what is known."""

    entry: Entry
    stored: str
    previous: str
    place: int

    def fits(self, place: int, previous: str) -> bool:
        return seal(replace(self.entry, position=place), previous) == self.stored


@dataclass(frozen=True, slots=True)
class _Reading:
    """How the chain reads so far: by how much records were moved, which fit nowhere, and what is wrong.

    Where records were pushed in, or taken out and the gap closed, those behind still fit one another at the
    places that they had.
    """

    moved: int = 0
    suspects: tuple[_Link, ...] = ()
    uncounted: int = 0
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class Chain:
    """Goes along the chain, record by record, and keeps no more of it than what does not fit."""

    _reading: _Reading = field(default_factory=_Reading)
    # How it would read if records that do fit were not pushed in after all; the next record tells.
    _other_reading: _Reading | None = None
    _latest: deque[_Link] = field(default_factory=lambda: deque(maxlen=_FARTHEST))
    _expected: int = 1
    _previous: str = FIRST_SEAL

    def take(self, entry: Entry, stored: str) -> None:
        """The next record, by position, with the seal that is stored with it."""
        if entry.position < self._expected:  # before the first
            self._note(f"record {entry.position}: inserted")
            return
        link = self._link(entry, stored)
        if entry.position > self._expected:
            # What it was chained to is gone: whether it fits, nobody can tell any more.
            self._note(_missing(self._expected, entry.position - 1))
        elif not link.fits(link.place, link.previous):
            if self._other_reading is not None:
                self._reading = self._other_reading
                link = self._link(entry, stored)
            suspected = _suspecting(self._reading, link)
            self._reading = self._read(link) or suspected
            self._other_reading = suspected
        else:
            self._other_reading = None
        self._latest.append(link)
        self._previous, self._expected = stored, entry.position + 1

    def faults(self, *, head: tuple[int, str] | None) -> list[str]:
        """What is wrong, one line each; none where all is well.

        `head` is the last position and seal, kept apart, so that a cut tail is missed.
        """
        other = self._other_reading
        if other is not None and self._reading.moved > other.moved + 1:
            self._reading = other  # one old record at the end tells nothing of those before it
        found = [*self._reading.faults, *self._explained()]
        last, last_seal = head or (self._expected - 1, self._previous)
        if head is None and self._expected > 1:
            found.append("the end of the chain: deleted (audit_head is empty)")
        if self._expected <= last:
            found.append(_missing(self._expected, last, "cut off"))
        elif self._expected > last + 1:
            found.append(_missing(last + 1, self._expected - 1, "inserted behind the end of the chain"))
        elif self._previous != last_seal:
            found.append(
                f"record {last}: edited and sealed anew, or the end of the chain (audit_head) was edited"
            )
        return found

    def _link(self, entry: Entry, stored: str) -> _Link:
        return _Link(entry, stored, self._previous, entry.position - self._reading.moved)

    def _note(self, fault: str) -> None:
        self._reading = replace(self._reading, faults=(*self._reading.faults, fault))

    def _read(self, link: _Link) -> _Reading | None:
        """How the chain reads where a record fits at another place than it stands at, if it does anywhere."""
        now = self._reading
        latest = list(self._latest)
        for back in range(1, len(latest) + 1):
            if link.fits(link.place - back, latest[-back].previous):
                pushed_in = [one.entry.position for one in latest[-back:]]
                rest = tuple(one for one in now.suspects if one.entry.position not in pushed_in)
                fault = _missing(pushed_in[0], pushed_in[-1], "inserted")
                return replace(now, moved=now.moved + back, suspects=rest, faults=(*now.faults, fault))
        if now.suspects and now.suspects[-1].entry.position == link.entry.position - 1:
            for taken in range(1, _FARTHEST + 1):
                if link.fits(link.place + taken, link.previous):
                    first = now.suspects[-1].entry.position
                    fault = f"record {first}: deleted before it, and the gap closed: {taken}"
                    rest = now.suspects[:-1]
                    return replace(now, moved=now.moved - taken, suspects=rest, faults=(*now.faults, fault))
        return None

    def _explained(self) -> Iterator[str]:
        """What became of those that fit nowhere: some only changed places, the others were edited."""
        suspects = self._reading.suspects
        places = [link.place for link in suspects]
        seals = list({FIRST_SEAL, *(link.previous for link in suspects), *(link.stored for link in suspects)})
        for link in suspects:
            came_from = _came_from(link, places, seals)
            position = link.entry.position
            if came_from is None:
                yield f"record {position}: edited (or record {position - 1} was, and sealed anew)"
            elif came_from != link.place:
                yield f"record {position}: reordered, it was record {came_from}"
        if self._reading.uncounted:
            yield f"{self._reading.uncounted} more records: edited or reordered"


def _suspecting(reading: _Reading, link: _Link) -> _Reading:
    if len(reading.suspects) == _MOST_SUSPECTS:
        return replace(reading, uncounted=reading.uncounted + 1)
    return replace(reading, suspects=(*reading.suspects, link))


def _came_from(link: _Link, places: list[int], seals: list[str]) -> int | None:
    """The place at which a record fits behind one of `seals`: its own before others, None if nowhere."""
    for place in (link.place, *places):
        if any(link.fits(place, before) for before in seals):
            return place
    return None


def _missing(first: int, last: int, how: str = "deleted") -> str:
    return f"record {first}: {how}" if first == last else f"records {first} to {last}: {how}"
