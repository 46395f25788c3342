"""Checks that every text of pages, mails and commands has a German translation, and that none is left over.

With `--update` it writes the catalogue anew, keeps what is translated and drops what nobody says any more;
`--merge FILE...` takes translations from other catalogues, also in place of those there are.
"""

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "scheduler" / "translations" / "de" / "LC_MESSAGES" / "messages.po"
SOURCES = (
    *(("python", folder, ("*.py",)) for folder in ("scheduler", "models", "forms", "jobs")),
    ("jinja2", "templates", ("*.html", "*.txt")),
)
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None, "lazy_pgettext": ((1, "c"), 2)}
HEADER = r"""# German words of pages, mails and commands; `python -m scripts.catalogues --update` lists them.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Language: de\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"""


def said() -> Catalog:
    """Every text that code and templates mark."""
    texts = Catalog(locale="de", fuzzy=False)
    for method, file in _source_files():
        options = {"silent": "false"}
        name = file.relative_to(ROOT).as_posix()
        for _, message, comments, context in extract_from_file(
            method, file, keywords=KEYWORDS, options=options, strip_comment_tags=True
        ):
            texts.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return texts


def _source_files() -> Iterator[tuple[str, Path]]:
    for method, folder, patterns in SOURCES:
        for pattern in patterns:
            for file in sorted((ROOT / folder).rglob(pattern)):
                yield method, file


def read(file: Path) -> Catalog:
    """A catalogue as it is stored; empty where there is none yet."""
    if not file.exists():
        return Catalog(locale="de", fuzzy=False)
    with file.open("rb") as stored:
        return read_po(stored, locale="de", abort_invalid=True)


def faults(texts: Catalog, translated: Catalog) -> Iterator[str]:
    """One line for each thing that is not as it should be."""
    if not len(texts):
        yield "no texts were found at all"
    for text in texts:
        if text.id and (fault := _fault(text, translated.get(_first(text), text.context))):
            yield f"{fault}: {_first(text)!r}"
    for translation in (*translated, *translated.obsolete.values()):
        if translation.id and texts.get(_first(translation), translation.context) is None:
            yield f"nobody says this any more: {_first(translation)!r}"


def _first(text: Message) -> str:
    """The singular, which names a text."""
    return text.id if isinstance(text.id, str) else text.id[0]


def _fault(text: Message, translation: Message | None) -> str | None:
    if translation is None or translation.id != text.id:
        return "missing"
    if translation.fuzzy:
        return "marked as fuzzy"
    strings = [translation.string] if isinstance(translation.string, str) else translation.string
    if not strings or not all(strings):
        return "not translated"
    wrong = [str(error) for error in translation.check()]
    return "; ".join(wrong) or None


def update(texts: Catalog, stored: Sequence[Catalog]) -> bytes:
    """The catalogue of `texts` as a file, with translations from `stored`, of which later ones win."""
    for text in texts:
        for catalogue in stored:
            known = catalogue.get(_first(text), text.context)
            if text.id and known and known.id == text.id and known.string and not known.fuzzy:
                text.string = known.string
    lines = io.BytesIO()
    write_po(lines, texts, width=100, omit_header=True, sort_output=True, include_lineno=False)
    return HEADER.encode() + b"\n" + lines.getvalue().strip() + b"\n"


def main() -> int:
    """Prints one line per fault."""
    parser = argparse.ArgumentParser(prog="python -m scripts.catalogues", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write the catalogue anew")
    parser.add_argument(
        "--merge", type=Path, nargs="+", default=[], metavar="FILE", help="take in translations"
    )
    options = parser.parse_args()
    texts = said()
    if options.update or options.merge:
        content = update(texts, [read(CATALOGUE), *map(read, options.merge)])
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        CATALOGUE.write_bytes(content)
    found = list(faults(texts, read(CATALOGUE)))
    for fault in found:
        print(f"{CATALOGUE.relative_to(ROOT)}: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
