"""Many rows at once: written by COPY on PostgreSQL, in a fraction of the time, and found by their ids."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, cast
from uuid import UUID

import psycopg
from sqlalchemy import ColumnElement, Dialect, Table, Uuid, any_, insert, inspect, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.base import Base

Encode = Callable[[Any], Any]


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


def insert_together(session: Session, rows: Sequence[Base]) -> None:
    """Writes rows of several tables, each after those that it refers to; in one statement on PostgreSQL.

    The rows stay plain objects: the session knows nothing of them, nor of the ids that the database gives.
    """
    session.flush()
    if session.get_bind().dialect.name != "postgresql":
        for kind, some in groupby(rows, key=lambda row: row.__table__):
            session.execute(insert(cast(Table, kind)), [_given(row) for row in some])
        return
    statements = [insert(cast(Table, row.__table__)).values(_given(row)) for row in rows]
    *first, last = statements
    for number, statement in enumerate(first):
        last = last.add_cte(statement.cte(f"row_{number}"))
    session.connection().execute(last)


def _given(row: Base) -> dict[str, Any]:
    """The values of a row's columns, as far as it was given any."""
    columns = inspect(type(row)).column_attrs
    return {column.key: row.__dict__[column.key] for column in columns if column.key in row.__dict__}


def among(session: Session, column: InstrumentedAttribute[UUID], ids: Iterable[UUID]) -> ColumnElement[bool]:
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
