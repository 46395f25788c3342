"""The data map: every column, and a period for whatever tells of a person."""

import importlib
import pkgutil

import models
from models.base import Base
from scheduler.domain.retention import CHORE_OF, DATA_MAP, DEFAULT, LONGEST, Chore, Holds


def columns() -> set[str]:
    for module in pkgutil.iter_modules(models.__path__):
        if module.name != "migrations":
            importlib.import_module(f"models.{module.name}")
    return {
        f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.columns
    }


def test_every_column_stands_in_the_data_map_and_none_that_there_is_not() -> None:
    mapped = {f"{table}.{column}" for table, holds in DATA_MAP.items() for column in holds}
    assert mapped == columns()


def test_whatever_is_not_nobodys_is_forgotten_some_time() -> None:
    kept = {Holds.SHORT, Holds.AUDIT, Holds.VISIT, Holds.STAFF, Holds.NOTHING}
    assert set(CHORE_OF) == set(Holds) - kept
    assert set(CHORE_OF.values()) == set(Chore)


def test_no_period_is_longer_than_its_limit() -> None:
    assert all(DEFAULT.days(chore) <= LONGEST.days(chore) for chore in Chore)
