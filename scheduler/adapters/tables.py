"""Tables as files that spreadsheet programs open."""

import csv
import io
from collections.abc import Iterable, Sequence

#: What a spreadsheet program takes for the beginning of a formula.
_LIVE = ("=", "+", "-", "@", "\t", "\r")


def csv_of(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV (RFC 4180) with semicolons, as German spreadsheet programs expect; nothing comes alive.

    A mark at the beginning tells them that it is UTF-8. None is an empty cell.
    """
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    writer.writerow([_dead(cell) for cell in heading])
    writer.writerows([_dead(cell) for cell in row] for row in rows)
    return "\ufeff" + file.getvalue()


def _dead(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_LIVE) else cell
