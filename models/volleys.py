"""Statements that are made ready once, and sent together where nobody needs the first one's answer yet.

PostgreSQL answers each of them as if it had come by itself: in order, each seeing what is committed by then.
What is saved is the way there and back, and what SQLAlchemy does anew for every execution. Errors, and the
events by which others follow what is asked, are those of SQLAlchemy. SQLite is near, so it is asked at once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import psycopg
from sqlalchemy import Connection, Dialect, Executable, SelectBase, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction

Row = tuple[Any, ...]
Process = Callable[[Any], Any]
Last = Callable[["psycopg.Connection[Any]"], None]

_WAITING = "theke_waiting"
_CONNECTION = "connection"


class Ready:
    """A statement that is put into words once for PostgreSQL; lists it takes are arrays there."""

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self._words: Words | None = None

    def words(self, dialect: Dialect) -> "Words":
        if self._words is None:
            compiled: Any = self.statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # all ours are
            self._words = Words(
                sql=compiled.string,
                sent=compiled.string.encode(),
                fixed={
                    name: parameter.effective_value
                    for parameter, name in compiled.bind_names.items()
                    if not parameter.required
                },
                hand_over={
                    name: parameter.type.dialect_impl(dialect).bind_processor(dialect)
                    for parameter, name in compiled.bind_names.items()
                },
                read=[
                    column.type.dialect_impl(dialect).result_processor(dialect, None)
                    for column in _columns(self.statement)
                ],
            )
        return self._words


class Words(NamedTuple):
    """A statement as PostgreSQL's driver takes it, and what is done to each parameter and to each column."""

    sql: str
    sent: bytes
    fixed: Mapping[str, Any]
    hand_over: Mapping[str, Process | None]
    read: Sequence[Process | None]

    def parameters(self, values: Mapping[str, Any]) -> dict[str, Any]:
        given = {**self.fixed, **values}
        return {name: _through(process, given[name]) for name, process in self.hand_over.items()}

    def rows(self, cursor: "psycopg.Cursor[Any]") -> list[Row]:
        if cursor.pgresult is None or cursor.pgresult.status != psycopg.pq.ExecStatus.TUPLES_OK:
            return []
        rows: list[Row] = cursor.fetchall()
        if not any(self.read):
            return rows
        return [
            tuple(
                [value if read is None else read(value) for read, value in zip(self.read, row, strict=True)]
            )
            for row in rows
        ]


class Asked:
    """A statement that was asked, or waits to be sent along with the next one."""

    def __init__(self, connection: Connection, ready: Ready, values: Mapping[str, Any]) -> None:
        self._connection = connection
        self._found: list[Row] | None = None
        self.ready, self.values = ready, values

    @property
    def rows(self) -> list[Row]:
        """What it found; sent now if it still waits. Raises what the database says, as SQLAlchemy does."""
        if self._found is None:
            send(self._connection)
        if self._found is None:
            raise RuntimeError("asked in a transaction that is over")
        return self._found

    def answer(self, rows: list[Row]) -> None:
        self._found = rows


@event.listens_for(Session, "after_begin")
def _note_connection(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    session.info[_CONNECTION] = connection


@event.listens_for(Session, "after_transaction_end")
def _forget_connection(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_CONNECTION, None)


def connection_of(session: Session) -> Connection:
    """The session's connection, which it would look for anew each time it is asked."""
    return session.info.get(_CONNECTION) or session.connection()


def ask_later(session: Session, ready: Ready, values: Mapping[str, Any]) -> Asked:
    """Asks with whatever is asked next in the transaction, and before it ends at the latest."""
    connection = connection_of(session)
    asked = Asked(connection, ready, values)
    if connection.dialect.name == "postgresql":
        connection.info.setdefault(_WAITING, []).append(asked)
    else:
        result = connection.execute(ready.statement, dict(values))
        asked.answer([tuple(row) for row in result] if result.returns_rows else [])
    return asked


def ask(session: Session, ready: Ready, values: Mapping[str, Any]) -> list[Row]:
    """Asks now, after all that still waits."""
    return ask_later(session, ready, values).rows


def send(connection: Connection, *, last: Last | None = None) -> None:
    """Sends what waits, in order, and what `last` does to the driver's connection, if anything waits.

    Where one fails, those behind it are not carried out, nor is the last.
    """
    waiting: list[Asked] = connection.info.pop(_WAITING, None)
    if not waiting:
        return
    volley = [
        (words := asked.ready.words(connection.dialect), words.parameters(asked.values)) for asked in waiting
    ]
    for words, parameters in volley:
        for follow in connection.dispatch.before_cursor_execute:
            follow(connection, None, words.sql, parameters, None, False)
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    cursors: list[psycopg.Cursor[Any]] = [driver.cursor() for _ in volley]
    try:
        _send(driver, cursors, volley, last)
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        failed = next((n for n, cursor in enumerate(cursors) if cursor.pgresult is None), 0)
        raise DBAPIError.instance(
            *(volley[failed][0].sql, None, error, psycopg.Error),
            hide_parameters=True,
            connection_invalidated=driver.closed,
            dialect=connection.dialect,
        ) from error
    for asked, (words, parameters), cursor in zip(waiting, volley, cursors, strict=True):
        asked.answer(words.rows(cursor))
        for follow in connection.dispatch.after_cursor_execute:
            follow(connection, None, words.sql, parameters, None, False)


def forget(connection: Connection) -> None:
    """Lets what waits never be sent."""
    if not connection.invalidated:
        connection.info.pop(_WAITING, None)


def _send(
    driver: "psycopg.Connection[Any]",
    cursors: Sequence["psycopg.Cursor[Any]"],
    volley: Sequence[tuple[Words, Mapping[str, Any]]],
    last: Last | None,
) -> None:
    if len(volley) == 1 and last is None:
        ((words, parameters),) = volley
        cursors[0].execute(words.sent, parameters)
        return
    with driver.pipeline():
        for cursor, (words, parameters) in zip(cursors, volley, strict=True):
            cursor.execute(words.sent, parameters)
        if last is not None:
            last(driver)


def _through(process: Process | None, value: Any) -> Any:
    return value if process is None else process(value)


def _columns(statement: Executable) -> Sequence[Any]:
    return list(statement.selected_columns) if isinstance(statement, SelectBase) else []
