"""Tables as files: nothing in a cell comes alive in a spreadsheet program."""

import csv

import pytest

from scheduler.adapters.tables import csv_of


def read(file: str) -> list[list[str]]:
    return list(csv.reader(file.removeprefix("\ufeff").splitlines(keepends=True), delimiter=";"))


@pytest.mark.parametrize("typed", ["=1+1", "+49 30", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_looks_like_a_formula_stays_text(typed: str) -> None:
    ((heading,), (cell,)) = csv.reader(
        csv_of([typed], [[typed]]).removeprefix("\ufeff").splitlines(True), delimiter=";"
    )
    assert heading == cell == f"'{typed}"


def test_what_is_typed_comes_back_and_nothing_is_an_empty_cell() -> None:
    rows = [['Straße; "A"', 5, None], ["zwei\nZeilen", -5, 0.5]]
    found = list(
        csv.reader(csv_of(["a", "b", "c"], rows).removeprefix("\ufeff").splitlines(True), delimiter=";")
    )
    assert found == [["a", "b", "c"], ['Straße; "A"', "5", ""], ["zwei\nZeilen", "-5", "0.5"]]
