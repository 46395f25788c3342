"""Texts of the office in several languages, as its plan gives them."""

from collections.abc import Iterator, Mapping

SOURCE_LANGUAGE = "de"


def N_(message: str) -> str:
    """Marks a sentence for the catalogue; it is translated at the edge, where the reader is known."""
    return message


class Text(Mapping[str, str]):
    """One text in several languages; German is always there, others may be missing."""

    __slots__ = ("_by_language",)

    def __init__(self, by_language: Mapping[str, str]) -> None:
        self._by_language = dict(sorted(by_language.items()))

    def __getitem__(self, language: str) -> str:
        return self._by_language[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_language)

    def __len__(self) -> int:
        return len(self._by_language)

    def __hash__(self) -> int:
        return hash(tuple(self._by_language.items()))

    def __repr__(self) -> str:
        return f"Text({self._by_language!r})"

    def in_(self, language: str) -> str:
        """The text in `language`, in German where the office has not translated it."""
        return self._by_language.get(language, self._by_language[SOURCE_LANGUAGE])
