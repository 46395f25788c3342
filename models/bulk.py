"""Many rows at once: written by COPY on PostgreSQL, in a fraction of the time, and found by their ids."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple, cast
from uuid import UUID

import psycopg
from sqlalchemy import ColumnElement, Dialect, Table, Uuid, any_, insert, inspect, literal, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.base import Base
from models.volleys import Ready, ask_later, send

Encode = Callable[[Any], Any]


class New(NamedTuple):
    """A row to be written that nobody needs as an object."""

    kind: type[Base]
    values: Mapping[str, Any]


def insert_many(session: Session, rows: type[Base], values: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows in the order given, each with values for the same columns; the database gives their ids."""
    if not values:
        return
    session.flush()
    table = cast(Table, rows.__table__)
    if session.get_bind().dialect.name == "postgresql":
        _copy(session, table, values)
    else:
        session.execute(insert(table), list(values))


def insert_together(session: Session, rows: Sequence[Base | New]) -> None:
    """Writes rows of several tables, each after those that it refers to; in one statement on PostgreSQL.

    Objects stay plain ones: the session knows nothing of them, nor of the ids that the database gives.
    Those of one kind that follow one another need values for the same columns. PostgreSQL is handed them as
    JSON, for which the statement is as short for many as for few; it goes with whatever is asked next.
    """
    session.flush()
    given = [(kind, [_given(row) for row in some]) for kind, some in groupby(rows, key=_kind)]
    if session.get_bind().dialect.name != "postgresql":
        for kind, values in given:
            session.execute(insert(cast(Table, kind.__table__)), values)
        return
    statement = _together(tuple((kind, tuple(values[0])) for kind, values in given))
    documents = [json.dumps(values, ensure_ascii=False, default=_in_json) for _, values in given]
    ask_later(session, statement, {f"rows_{n}": rows for n, rows in enumerate(documents)})


@cache
def _together(shapes: tuple[tuple[type[Base], tuple[str, ...]], ...]) -> Ready:
    """The statement that writes rows of these kinds with these columns."""
    parts = [_from_json(kind.__tablename__, names, number) for number, (kind, names) in enumerate(shapes)]
    *first, last = parts
    common = ", ".join(f"written_{number} AS ({part})" for number, part in enumerate(first))
    return Ready(text(f"WITH {common} {last}" if common else last))


def _from_json(table: str, names: Sequence[str], number: int) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    rows = f"json_populate_recordset(NULL::{table}, CAST(:rows_{number} AS json))"
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608  # our own names


def _kind(row: Base | New) -> type[Base]:
    return row.kind if isinstance(row, New) else type(row)


def _given(row: Base | New) -> Mapping[str, Any]:
    """The values of a row's columns, as far as it was given any."""
    if isinstance(row, New):
        return row.values
    return {name: row.__dict__[name] for name in _columns(type(row)) if name in row.__dict__}


@cache
def _columns(kind: type[Base]) -> tuple[str, ...]:
    return tuple(column.key for column in inspect(kind).column_attrs)


def _in_json(value: object) -> str:
    """What JSON has no form of, as PostgreSQL reads it; an instant without an offset is nobody's."""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"an instant needs an offset: {value!r}")
    if isinstance(value, date | UUID):
        return str(value)
    raise TypeError(f"not for a row: {type(value).__name__}")


def among(
    session: Session,
    column: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None],
    ids: Iterable[UUID],
) -> ColumnElement[bool]:
    """Whether the column holds one of these ids: one parameter for all where the database has arrays."""
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(list(ids), ARRAY(Uuid())))
    return column.in_(list(ids))


def _copy(session: Session, table: Table, values: Sequence[Mapping[str, Any]]) -> None:
    dialect = session.get_bind().dialect
    names = list(values[0])
    encoders = [_encoder(table, name, dialect) for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    statement = f"COPY {table.name} ({columns}) FROM STDIN"
    connection = cast("psycopg.Connection[Any]", session.connection().connection.driver_connection)
    send(session.connection())
    try:
        with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in values:
                copy.write_row([encode(row[name]) for encode, name in zip(encoders, names, strict=True)])
    except psycopg.Error as error:
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, hide_parameters=True, dialect=dialect
        ) from error


def _encoder(table: Table, name: str, dialect: Dialect) -> Encode:
    """How a value of the column is handed to the driver."""
    return table.c[name].type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
