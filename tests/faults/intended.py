"""What the contract says of a small office: a plain model, which knows nothing of the product's code.

Three places, two services, three phases, in minutes after Tuesday, 10 March 2020, 00:00. Where the office
refuses, the methods answer the error's code instead of changing anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

HOUR, DAY = 60, 24 * 60
OPENS, CLOSES = 8 * HOUR, 12 * HOUR
LENGTH = {"general": 15, "integration": 45}
BUFFER = {"general": 0, "integration": 15}
PLACES = {"general": ("counter-1", "counter-2"), "integration": ("office-201",)}

#: Starts and instants of the switches; what they say to (service, booker), and do to what was booked before.
PHASES = {
    "second": (2 * DAY, DAY + 9 * HOUR),
    "third": (3 * DAY, 2 * DAY + 9 * HOUR),
}
SAYS = {
    ("first", "general", "reception"): "allow",
    ("first", "general", "customer"): "allow",
    ("first", "integration", "reception"): "allow",
    ("first", "integration", "customer"): "approve",
    ("second", "general", "reception"): "refuse",
    ("second", "general", "customer"): "refuse",
    ("second", "integration", "reception"): "allow",
    ("second", "integration", "customer"): "approve",
    ("third", "general", "reception"): "allow",
    ("third", "general", "customer"): "allow",
    ("third", "integration", "reception"): "refuse",
    ("third", "integration", "customer"): "refuse",
}
DOES = {
    ("second", "general", "reception"): "cancel",
    ("second", "general", "customer"): "cancel",
    ("second", "integration", "reception"): "flag",
    ("second", "integration", "customer"): "keep",
    ("third", "general", "reception"): "phone",
    ("third", "general", "customer"): "phone",
    ("third", "integration", "reception"): "cancel",
    ("third", "integration", "customer"): "cancel",
}
OCCUPYING = {"requested", "booked", "checked_in", "called", "in_service"}
TRANSITIONS = {
    "approve": ({"requested"}, "booked"),
    "decline": ({"requested"}, "cancelled"),
    "move": ({"requested", "booked"}, None),
    "cancel": ({"requested", "booked", "checked_in"}, "cancelled"),
    "check_in": ({"booked", "no_show"}, "checked_in"),
    "call": ({"checked_in", "called"}, "called"),
    "serve": ({"checked_in", "called"}, "in_service"),
    "finish": ({"in_service"}, "done"),
    "no_show": ({"booked"}, "no_show"),
}


@dataclass
class Notice:
    template: str
    run: str | None = None
    state: str = "waiting"


@dataclass
class Visit:
    service: str
    booker: str
    place: str
    starts: int
    status: str
    judged: int
    standing: str = "valid"
    channel: str = "in_person"
    by: str | None = None
    invited: bool = False
    notices: list[Notice] = field(default_factory=list)

    @property
    def until(self) -> int:
        return self.starts + LENGTH[self.service] + BUFFER[self.service]

    @property
    def occupies(self) -> bool:
        return self.status in OCCUPYING and self.channel == "in_person"

    def tell(self, template: str, run: str | None = None) -> None:
        self.notices.append(Notice(template, run))


@dataclass
class Run:
    """What a switch did to each visit: the effect, and the status before."""

    effects: dict[str, tuple[str, str]]
    undone: bool = False


@dataclass
class Intended:
    """The office as it should be; `now` in minutes as well."""

    now: int = OPENS
    visits: dict[str, Visit] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)

    def book(self, word: str, service: str, booker: str, place: str | None, starts: int) -> str:
        found = self._place(service, booker, place, starts, None)
        if found not in PLACES[service]:
            return found
        is_request = SAYS[phase(starts), service, booker] == "approve"
        status = "requested" if is_request else "booked"
        visit = Visit(service, booker, found, starts, status, self.now, invited=not is_request)
        visit.tell("receipt" if is_request else "invitation")
        self.visits[word] = visit
        return "done"

    def move(self, word: str, place: str | None, starts: int) -> str:
        visit = self.visits[word]
        refusal = self._refusal(visit.service, visit.booker, place, starts)
        refusal = refusal or self._wrong_state(visit, "move")
        if refusal:
            return refusal
        found = self._place(visit.service, visit.booker, place, starts, visit)
        if found not in PLACES[visit.service]:
            return found
        visit.place, visit.starts, visit.judged = found, starts, self.now
        visit.standing, visit.channel = "valid", "in_person"
        visit.tell("update" if visit.invited else "receipt")
        return "done"

    def cancel(self, word: str, by: str) -> str:
        return self._end(word, "cancel", by)

    def decline(self, word: str) -> str:
        return self._end(word, "decline", "office")

    def approve(self, word: str) -> str:
        visit = self.visits[word]
        if visit.starts <= self.now:
            return "in_the_past"
        if (
            SAYS[phase(visit.starts), visit.service, visit.booker] == "refuse"
            and visit.channel == "in_person"
        ):
            return "phase_refused"
        if self._wrong_state(visit, "approve"):
            return "wrong_state"
        visit.status, visit.standing, visit.judged, visit.invited = "booked", "valid", self.now, True
        visit.tell("invitation")
        return "done"

    def attend(self, word: str, change: str) -> str:
        """Everything that nobody is told of."""
        visit = self.visits[word]
        if self._wrong_state(visit, change):
            return "wrong_state"
        taken = not self._is_free(visit.place, visit.starts, visit.until, visit)
        if change == "check_in" and visit.status == "no_show" and visit.channel == "in_person" and taken:
            return "slot_taken"
        visit.status = TRANSITIONS[change][1] or visit.status
        return "done"

    def expire(self) -> None:
        for visit in self.visits.values():
            if visit.status == "requested" and visit.starts <= self.now:
                visit.status, visit.by = "cancelled", "office"
                visit.tell("declined")

    def switch(self) -> None:
        for key, (_, due) in PHASES.items():
            if key in self.runs or due > self.now:
                continue
            self.runs[key] = Run({})
            for word, visit in self.visits.items():
                concerned = visit.judged <= due < visit.starts and phase(visit.starts) == key
                if concerned and visit.status in ("requested", "booked") and visit.channel == "in_person":
                    self._switch(key, word, visit)

    def undo(self, key: str) -> str:
        if key not in self.runs:
            return "not_found"
        run = self.runs[key]
        if run.undone:
            return "wrong_state"
        run.undone = True
        for word, (effect, before) in run.effects.items():
            visit = self.visits[word]
            if effect in ("cancel", "phone") and self._can_come_back(key, visit, effect, before):
                self._bring_back(key, visit, effect, before)
        return "done"

    def deliver(self) -> int:
        """How many mails leave."""
        waiting = [n for visit in self.visits.values() for n in visit.notices if n.state == "waiting"]
        for notice in waiting:
            notice.state = "sent"
        return len(waiting)

    def _switch(self, key: str, word: str, visit: Visit) -> None:
        effect = DOES[key, visit.service, visit.booker]
        self.runs[key].effects[word] = effect, visit.status
        if effect == "cancel":
            visit.status, visit.by = "cancelled", "office"
            visit.tell("cancellation", key)
        elif effect == "phone":
            visit.channel, visit.standing = "phone", "valid"
            visit.tell("phone", key)
        else:
            visit.standing = "in_question" if effect == "flag" else "valid"

    def _can_come_back(self, key: str, visit: Visit, effect: str, before: str) -> bool:
        untouched = visit.judged <= PHASES[key][1] and (
            visit.status == "cancelled" and visit.by == "office"
            if effect == "cancel"
            else visit.status == before and visit.channel == "phone"
        )
        free = self._is_free(visit.place, visit.starts, visit.until, visit)
        return untouched and visit.starts > self.now and free

    def _bring_back(self, key: str, visit: Visit, effect: str, before: str) -> None:
        told = [notice for notice in visit.notices if notice.run == key and notice.state == "sent"]
        for notice in visit.notices:
            if notice.run == key and notice.state == "waiting":
                notice.state = "withdrawn"
        visit.status, visit.channel, visit.standing, visit.by = before, "in_person", "in_question", None
        if told:
            if effect == "phone" and visit.invited:
                visit.tell("replaced")
            visit.tell("invitation" if visit.invited else "receipt")

    def _end(self, word: str, change: str, by: str) -> str:
        visit = self.visits[word]
        if self._wrong_state(visit, change):
            return "wrong_state"
        visit.status, visit.by = "cancelled", by
        visit.tell("declined" if change == "decline" else "cancellation")
        return "done"

    def _wrong_state(self, visit: Visit, change: str) -> str:
        late = change == "move" and visit.status == "requested" and visit.starts <= self.now
        another_day = change == "check_in" and visit.starts // DAY != self.now // DAY
        early = change == "no_show" and self.now < visit.starts
        wrong = visit.status not in TRANSITIONS[change][0] or late or another_day or early
        return "wrong_state" if wrong else ""

    def _refusal(self, service: str, booker: str, place: str | None, starts: int) -> str:
        if starts < self.now:
            return "in_the_past"
        if place is not None and place not in PLACES[service]:
            return "unsuitable_place"
        if SAYS[phase(starts), service, booker] == "refuse":
            return "phase_refused"
        if not OPENS <= starts % DAY <= CLOSES - LENGTH[service]:
            return "outside_hours"
        return ""

    def _place(self, service: str, booker: str, place: str | None, starts: int, own: Visit | None) -> str:
        """Where the visit can be, or why it cannot."""
        refusal = self._refusal(service, booker, place, starts)
        if refusal:
            return refusal
        until = starts + LENGTH[service] + BUFFER[service]
        wanted = PLACES[service] if place is None else (place,)
        return next((key for key in wanted if self._is_free(key, starts, until, own)), "slot_taken")

    def _is_free(self, place: str, starts: int, until: int, own: Visit | None) -> bool:
        return not any(other.starts < until and starts < other.until for other in self._at(place, own))

    def _at(self, place: str, own: Visit | None) -> Iterator[Visit]:
        for visit in self.visits.values():
            if visit.place == place and visit.occupies and visit is not own:
                yield visit


def phase(at: int) -> str:
    return "third" if at >= PHASES["third"][0] else "second" if at >= PHASES["second"][0] else "first"
