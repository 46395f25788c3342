"""What a notice says: the values of one booking as they were when the office had something to tell about it.

They are kept with the notice, so that it still says the same when it is written hours later. Nothing that
could end a header or a calendar line, or turn a sentence's direction, gets in: every text is one clean line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, Self

from scheduler.adapters.languages import supported
from scheduler.adapters.stencils import gap
from scheduler.domain.notices import Template
from scheduler.domain.people import has_control_characters

_INSTANTS = ("starts_at", "ends_at", "previous_starts_at", "expected_at")
_LISTS = ("route", "bring", "contact", "answer")

#: What one notice may say, and another of its kind leaves out.
_ASIDES = ("name", "phone", "manage_url", "reason", "previous_starts_at", "expected_at")

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(NamedTuple):
    """What notices have in common that differ in persons and times alone; `says` names the texts present."""

    template: Template
    language: str
    method: str | None
    by_office: bool
    timezone: str
    sender_name: str
    sender_address: str
    place: str | None
    route: tuple[str, ...]
    bring: tuple[str, ...]
    contact: tuple[str, ...]
    note: str | None
    answer: tuple[str, ...]
    about: str | None
    mode: str | None
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice to one person; the texts are in `language`, neutral, and without the kind of the concern.

    `method` is that of the calendar entry (REQUEST or CANCEL), None where nothing goes into a calendar;
    `contact` are channels as they stand in a sentence ("telefonisch unter 030 23125-100"); `phone` is the
    number that the office calls; `answer` are the paragraphs of one to an enquiry, which came in at
    `starts_at`; `about` is a measure that is delivered in `mode` from `starts_at` on; `manage_url` opens a
    page to move or cancel, and opening it changes nothing.
    """

    template: Template
    language: str
    name: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    reference: str
    uid: str
    sequence: int
    sender_name: str
    sender_address: str
    recipient: str | None = None
    method: str | None = None
    by_office: bool = False
    place: str | None = None
    route: tuple[str, ...] = ()
    bring: tuple[str, ...] = ()
    manage_url: str | None = None
    contact: tuple[str, ...] = ()
    reason: str | None = None
    previous_starts_at: datetime | None = None
    expected_at: datetime | None = None
    note: str | None = None
    phone: str | None = None
    answer: tuple[str, ...] = ()
    about: str | None = None
    mode: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "template", Template(self.template))
        for name in _TEXTS:
            value = getattr(self, name)
            if isinstance(value, str):
                object.__setattr__(self, name, _clean(value))
        for name in _LISTS:
            value = getattr(self, name)
            if isinstance(value, tuple | list):
                object.__setattr__(self, name, tuple([_clean(text) for text in value]))

    @property
    def written_in(self) -> str:
        """The language of its sentences: German where the office does not write the person's own."""
        return supported(self.language)

    @property
    def kind(self) -> Kind:
        return Kind(
            self.template,
            self.written_in,
            self.method,
            self.by_office,
            self.timezone,
            self.sender_name,
            self.sender_address,
            self.place,
            self.route,
            self.bring,
            self.contact,
            self.note,
            self.answer,
            self.about,
            self.mode,
            says=tuple([name for name in _ASIDES if getattr(self, name)]),
        )

    @classmethod
    def blank(cls, kind: Kind) -> Self:
        """A notice of this kind with gaps in the place of a person's own texts; its instants mean nothing."""
        values: dict[str, Any] = kind._asdict()
        says = values.pop("says")
        values |= {"name": ""} | {name: gap(name) for name in (*says, "recipient", "reference", "uid")}
        for name in ("previous_starts_at", "expected_at"):
            values[name] = _NEVER if name in says else None
        return cls(**values, sequence=0, starts_at=_NEVER, ends_at=_NEVER)

    def to_values(self) -> dict[str, Any]:
        """The notice as JSON takes it."""
        values = {name: getattr(self, name) for name in _NAMES}
        values["template"] = self.template.value
        for key in _INSTANTS:
            values[key] = values[key] and values[key].isoformat()
        return values | {key: list(values[key]) for key in _LISTS}

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """The notice that `to_values` wrote; values that this version does not know are left out."""
        known = {name: values[name] for name in _NAMES if name in values}
        for key in _INSTANTS:
            known[key] = known.get(key) and datetime.fromisoformat(known[key])
        return cls(**known)


#: After these there is nothing more to move or cancel.
_OVER = (
    Template.CANCELLATION,
    Template.DECLINED,
    Template.ANSWER,
    Template.FILED,
    Template.MODE,
    Template.MODE_BACK,
)


def with_link(notice: Notice, address: str) -> Notice:
    """The notice with the page on which its visit can be changed, where there is something to change."""
    return notice if notice.template in _OVER else replace(notice, manage_url=address)


_NAMES = tuple(field.name for field in fields(Notice))
_TEXTS = tuple(
    name for name in _NAMES if name not in (*_INSTANTS, *_LISTS, "template", "sequence", "by_office")
)


def one_line(text: str) -> str:
    """`text` without line breaks, control characters, surrogates and turns of direction; blanks single."""
    if has_control_characters(text):
        text = "".join(" " if has_control_characters(one) else one for one in text)
    return " ".join(text.split())


#: Most texts are the office's own and come again with every notice.
_clean = lru_cache(maxsize=2000)(one_line)
