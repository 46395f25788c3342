"""Counts what a database is asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from models.database import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that anybody sends to the database while the block runs."""
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", count)
