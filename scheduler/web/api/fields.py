"""The fields of requests: each turns what was sent into a value of the office, or says why it cannot.

Messages are `Fault`s and their stable words, not sentences: those are found once the language is known.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, date
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields

from scheduler.domain.errors import Fault, Invalid
from scheduler.domain.instants import parse_date, parse_instant
from scheduler.domain.people import fault_of_text
from scheduler.domain.resources import Resource
from scheduler.domain.roles import Role
from scheduler.domain.services import Service
from scheduler.web.api.callers import on_whose_word
from scheduler.web.frame import current_office_plan

KEY_LENGTH = 64
_WORDS: dict[str, Any] = {"required": "missing", "null": "missing", "invalid": "not_text"}
_NUMBER_WORDS: dict[str, Any] = {"invalid": "not_a_number", "too_large": "not_a_number"}


class Text(fields.String):
    """Text without control characters; `lines` lets line feeds pass. Blanks around it do not count."""

    def __init__(self, *, longest: int, lines: bool = False, **options: Any) -> None:
        metadata = {"maxLength": longest} | options.pop("metadata", {})
        super().__init__(metadata=metadata, error_messages=_WORDS, **options)
        self.longest = longest
        self.lines = lines

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        fault = fault_of_text(value.strip(), longest=self.longest, lines=self.lines)
        if fault is None and self.required and not value.strip():
            fault = Fault("missing")
        if fault is not None:
            raise ValidationError([fault])
        return self.value_of(value.strip(), attr or "")

    def value_of(self, text: str, field: str) -> object:
        """What the text means. Raises Invalid; `field` is its name."""
        return text


class _Meaning(Text):
    """Text that names something; what it cannot mean becomes the field's fault."""

    def __init__(self, *, longest: int = KEY_LENGTH, **options: Any) -> None:
        super().__init__(longest=longest, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs)
        except Invalid as error:
            raise ValidationError(list(error.fields.values())) from None


class Instant(_Meaning):
    """An instant as written; the office's zone says which it is once everything else is known to be right."""

    def value_of(self, text: str, field: str) -> str:
        parse_instant(text, UTC, field=field)
        return text


class Day(_Meaning):
    def value_of(self, text: str, field: str) -> date:
        return parse_date(text, field=field)


class ServiceKey(_Meaning):
    def value_of(self, text: str, field: str) -> Service:
        return current_office_plan().service(text)


class PlaceKey(_Meaning):
    def value_of(self, text: str, field: str) -> Resource:
        return current_office_plan().resource(text)


class SiteKey(_Meaning):
    def value_of(self, text: str, field: str) -> str:
        sites = current_office_plan().sites_by_key
        if text not in sites:
            raise ValidationError([Fault("not_a_word", value=text[:40], known=", ".join(sites))])
        return text


class Word(_Meaning):
    """One word of a fixed set, `but` for some."""

    def __init__(self, words: type[StrEnum], *, but: Collection[StrEnum] = (), **options: Any) -> None:
        self.known = {word.value: word for word in words if word not in but}
        # What may be null has to say so in its list of words too.
        enum = [*self.known, *([None] if options.get("allow_none") else [])]
        super().__init__(metadata={"enum": enum}, **options)

    def value_of(self, text: str, field: str) -> StrEnum:
        try:
            return self.known[text]
        except KeyError:
            raise ValidationError(
                [Fault("not_a_word", value=text[:40], known=", ".join(self.known))]
            ) from None


class Booker(_Meaning):
    """On whose word somebody asks; Forbidden goes before everything that is wrong with the other fields."""

    def value_of(self, text: str, field: str) -> Role:
        return on_whose_word(text)


class Flag(fields.Boolean):
    """True or false; no word or number stands for it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(error_messages=_WORDS | {"invalid": "not_a_flag"}, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Asked(Flag):
    """The same in an address's query, where it is a word."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        return super()._deserialize({"true": True, "false": False}.get(value), attr, data, **kwargs)


class Count(fields.Integer):
    """A whole number of an address's query, from `least` to `most`."""

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        super().__init__(
            metadata={"minimum": least, "maximum": most}, error_messages=_WORDS | _NUMBER_WORDS, **options
        )
        self.least, self.most = least, most

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        number = super()._deserialize(value, attr, data, **kwargs)
        if not self.least <= number <= self.most:
            raise ValidationError([Fault("out_of_range", least=self.least, most=self.most)])
        return number


class Number(Count):
    """The same in a body, where no word stands for a number."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)
