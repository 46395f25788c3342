"""Texts with gaps: what many people are told alike is put into words once and filled in for each of them."""

import re
from collections.abc import Mapping
from secrets import token_hex

# Nobody can guess it, so no text of anybody's can be taken for a gap.
_OWN = token_hex(8)
_GAP = re.compile(f"\ue000{_OWN}([a-z_]+)\ue001")


def gap(name: str) -> str:
    """What a text holds in the place of a value; whoever writes that text lets it through unchanged."""
    return f"\ue000{_OWN}{name}\ue001"


def has_gaps(text: str) -> bool:
    return _GAP.search(text) is not None


class Stencil:
    """A text to be filled in any number of times."""

    __slots__ = ("_names", "_pieces")

    def __init__(self, text: str) -> None:
        self._pieces = _GAP.split(text)
        self._names = self._pieces[1::2]

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with each gap's value, which must be fit for its place already."""
        pieces = self._pieces.copy()
        pieces[1::2] = [values[name] for name in self._names]
        return "".join(pieces)
