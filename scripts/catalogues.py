"""Checks that every text is translated wherever somebody reads it, and that no translation is left over.

German has every text of pages, mails and commands. The customers' other languages have what customers can
meet: all templates but the staff's, with those that they are built of, and all code that the customers' pages
and mails import, directly or through other code, but what is named in `STAFF_MODULES`. Of the sentences about
errors, those of `STAFF_CODES` are left out: who adds one is asked for translations until it is named there.

With `--update` it writes the catalogues anew, keeps what is translated and drops what nobody says any more;
`--merge FILE...` takes German translations from other catalogues, also in place of those there are.
"""

import argparse
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import grimp
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.meta import find_referenced_templates

from scheduler.adapters import languages, words
from scheduler.domain.texts import SOURCE_LANGUAGE

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
PACKAGES = ("scheduler", "models", "forms", "jobs")
SOURCES = (
    *(("python", folder, ("*.py",)) for folder in PACKAGES),
    ("jinja2", "templates", ("*.html", "*.txt")),
)
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None, "lazy_pgettext": ((1, "c"), 2)}
#: What no customer opens; `components` and `layouts` count where a customer's page is built of them.
STAFF_TEMPLATES = ("admin", "components", "desk", "layouts", "office")
CUSTOMER_MODULES = (
    *("scheduler.web.public", "scheduler.adapters.letters", "scheduler.adapters.ical"),
    "scheduler.adapters.posters",
)
#: What customers' pages import for its rules, and whose texts go to somebody else.
STAFF_MODULES = {"scheduler.domain.planfaults": "the faults of a plan file, said to whoever imports it"}
#: The codes of sentences that only staff, operators and programs can be told; see `scheduler.adapters.words`.
STAFF_CODES = frozenset(
    (
        # a program's own mistakes
        *(
            "unauthorized",
            "unsupported_media_type",
            "too_large",
            "not_a_flag",
            "not_text",
            "not_an_object",
            "not_json",
        ),
        *("not_a_header", "unknown_field", "repeated", "not_a_word"),
        # the plan, the demonstration, accounts
        *("invalid_plan", "no_plan", "not_empty", "not_a_login", "exists", "taken", "too_short"),
        # what is done at the desk
        *("another_day", "not_begun", "nothing_to_take_back", "not_yours_to_take_back", "already_told"),
        *(
            "too_late_to_take_back",
            "not_expected",
            "alarm_over",
            "own_alarm",
            "known_otherwise",
            "stood_there",
        ),
        *("moved_by_office", "walk_in_status", "place_busy", "lifted_before", "not_under_way", "not_delayed"),
        *(
            "judged_already",
            *("visit_over", "by_phone_already", "group_by_phone", "no_phone", "not_by_phone", "call_later"),
            "settled",
            "overtaken",
            "not_ticked",
            "undone_before",
            "two_people",
            "not_a_time",
            "reversed",
            *("not_hours", "spans_overlap", "no_deputy", "group_with_nobody"),
        ),
        *("wrong_code", "factor_there", "no_factor"),
        *("span_too_long", "in_the_future", "visits_to_come"),
        *("own_search", "search_about_you", "search_decided", "search_not_open"),
        *("plan_moved_on", "draft_unchanged", "late_announcement", "closed_before", "closure_over"),
        *("enquiry_closed", "enquiry_open", "enquiry_changed", "enquiry_booked", "answer_gone"),
        *("promise_over", "promise_too_far", "no_mail_address"),
        *("struck_before", "too_long_ago", "hotline_to_come", "no_call_today", "not_own", "roster_columns"),
        *("too_many_lines", "shift_twice", "shift_taken", "shift_taken_then", "no_hotline", "no_name"),
        *("participant_columns", "no_cell", "needed_for_way", "participant_twice", "participant_there"),
        *("hygiene_noted", "hygiene_not_noted", "left_before", "hygiene_in_use"),
        *("released_before", "not_the_next", "later_change", "change_undone"),
    )
)


def said() -> Catalog:
    """Every text that code and templates mark."""
    return _texts_of(dict(_source_files()))


def said_to_customers() -> Catalog:
    """The texts among them that customers can meet."""
    templates = _customer_templates()
    modules = _customer_modules()
    files = {
        file: method
        for file, method in _source_files()
        if (file.relative_to(TEMPLATES).as_posix() in templates if method == "jinja2" else file in modules)
    }
    texts, others = _texts_of(files), _staff_sentences()
    for text in [text for text in texts if text.id and _first(text) in others]:
        elsewhere = [place for place in text.locations if place[0] != "scheduler/adapters/words.py"]
        if not elsewhere:
            texts.delete(_first(text), text.context)
    return texts


def _texts_of(files: Mapping[Path, str]) -> Catalog:
    texts = Catalog(locale="de", fuzzy=False)
    for file, method in files.items():
        options = {"silent": "false"}
        name = file.relative_to(ROOT).as_posix()
        for _, message, comments, context in extract_from_file(
            method, file, keywords=KEYWORDS, options=options, strip_comment_tags=True
        ):
            texts.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return texts


def _source_files() -> Iterator[tuple[Path, str]]:
    for method, folder, patterns in SOURCES:
        for pattern in patterns:
            for file in sorted((ROOT / folder).rglob(pattern)):
                yield file, method


def _customer_templates() -> set[str]:
    """The customers' templates and what they are built of."""
    files = [file.relative_to(TEMPLATES) for file in TEMPLATES.rglob("*.*")]
    reached: set[str] = set()
    ahead = [file.as_posix() for file in files if file.parts[0] not in STAFF_TEMPLATES]
    ahead += ["layouts/public.html"]  # which the pages of errors choose by who reads them
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += [_file_of(other, name) for other in _referenced(name)]
    return reached


def _referenced(name: str) -> list[str]:
    parsed = Environment(extensions=["jinja2.ext.i18n"]).parse((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S701  # renders nothing
    return [other for other in find_referenced_templates(parsed) if other is not None]


def _file_of(other: str, name: str) -> str:
    """Those of mails stand in a folder of their own."""
    return other if (TEMPLATES / other).exists() else f"{name.partition('/')[0]}/{other}"


def _customer_modules() -> set[Path]:
    """The files of the code that customers' pages and mails are made by."""
    graph = grimp.build_graph(*PACKAGES)
    reached = set(CUSTOMER_MODULES)
    for module in CUSTOMER_MODULES:
        is_package = bool(graph.find_children(module))
        reached |= graph.find_upstream_modules(module, as_package=is_package)
        reached |= graph.find_descendants(module)
    files = set()
    for module in reached - set(STAFF_MODULES):
        path = ROOT.joinpath(*module.split("."))
        files.add(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
    return files


def _staff_sentences() -> set[str]:
    sentences = (words.ERROR_SENTENCES, words.STATE_SENTENCES, words.FAULT_SENTENCES)
    customers = {text for by_code in sentences for code, text in by_code.items() if code not in STAFF_CODES}
    return {text for by_code in sentences for text in by_code.values()} - customers


def stored_in(catalogue: str) -> Path:
    return ROOT / "scheduler" / "translations" / catalogue / "LC_MESSAGES" / "messages.po"


def read(file: Path, locale: str) -> Catalog:
    """A catalogue as it is stored; empty where there is none yet."""
    if not file.exists():
        return Catalog(locale=locale, fuzzy=False)
    with file.open("rb") as stored:
        return read_po(stored, locale=locale, abort_invalid=True)


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
    locale = stored[0].locale
    written = Catalog(locale=locale, fuzzy=False)
    for text in texts:
        if not text.id:
            continue
        string = None
        for catalogue in stored:
            known = catalogue.get(_first(text), text.context)
            if known and known.id == text.id and known.string and not known.fuzzy:
                string = known.string
        comments = text.auto_comments
        written.add(text.id, string, text.locations, auto_comments=comments, context=text.context)
    lines = io.BytesIO()
    write_po(lines, written, width=100, omit_header=True, sort_output=True, include_lineno=False)
    return _header(written).encode() + b"\n" + lines.getvalue().strip() + b"\n"


def _header(catalogue: Catalog) -> str:
    return (
        "# Words of pages, mails and commands; `python -m scripts.catalogues --update` lists them.\n"
        'msgid ""\nmsgstr ""\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {catalogue.locale_identifier}\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n'
    )


def main() -> int:
    """Prints one line per fault."""
    parser = argparse.ArgumentParser(prog="python -m scripts.catalogues", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write the catalogues anew")
    parser.add_argument(
        "--merge", type=Path, nargs="+", default=[], metavar="FILE", help="take in German translations"
    )
    options = parser.parse_args()
    found = []
    for catalogue, locale in languages.CATALOGUES.items():
        is_german, file = catalogue == SOURCE_LANGUAGE, stored_in(catalogue)
        texts = said() if is_german else said_to_customers()
        if options.update or options.merge:
            merged = [read(other, locale) for other in (options.merge if is_german else [])]
            content = update(texts, [read(file, locale), *merged])
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        found += [f"{file.relative_to(ROOT)}: {fault}" for fault in faults(texts, read(file, locale))]
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
