"""What all rows share: the mapping's base and the column types for instants and for the office's words."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.functions import FunctionElement


class UTCDateTime(TypeDecorator[datetime]):
    """An instant, UTC in storage and in Python; a naive one is refused, since nobody knows what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs an offset: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        # SQLite gives back what it was given without the zone, PostgreSQL in the session's zone.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[StrEnum]):
    """One word of a fixed set, stored as it stands in the contract."""

    impl = String(20)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


class RealNow(FunctionElement[datetime]):
    """Real time by the database's clock, one for all hosts; it goes on while a transaction waits."""

    type = UTCDateTime()
    inherit_cache = True


@compiles(RealNow, "postgresql")
def _on_postgresql(element: RealNow, compiler: Any, **_: Any) -> str:
    return "clock_timestamp()"


@compiles(RealNow, "sqlite")
def _on_sqlite(element: RealNow, compiler: Any, **_: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"  # as instants are stored there


class RealInAnHour(FunctionElement[datetime]):
    """An hour later by the same clock."""

    type = UTCDateTime()
    inherit_cache = True


@compiles(RealInAnHour, "postgresql")
def _later_on_postgresql(element: RealInAnHour, compiler: Any, **_: Any) -> str:
    return "clock_timestamp() + interval '1 hour'"


@compiles(RealInAnHour, "sqlite")
def _later_on_sqlite(element: RealInAnHour, compiler: Any, **_: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now', '+1 hour') || '000')"


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime(),
        dict[str, Any]: JSON(),
        dict[str, str]: JSON(),
    }
