"""Messages say what, where and how to mend it."""

from __future__ import annotations

import inspect

import pytest

from cxlab import errors
from cxlab.errors import CxlabError, InputError, NotInstalled, ParameterError, TableError


def test_all_are_children_of_one() -> None:
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]
    assert len(classes) >= 7 and all(issubclass(kind, CxlabError) for kind in classes)


@pytest.mark.parametrize(
    "row, column, where",
    [(None, None, "a.csv: bad."), (7, None, "a.csv, row 7: bad."), (7, "Q1", "a.csv, row 7, column 'Q1': bad.")],
)
def test_an_input_error_names_file_row_and_column(row: int | None, column: str | None, where: str) -> None:
    assert str(InputError.at("a.csv", "bad", "Mend it.", row, column)) == f"{where} Mend it."


def test_a_missing_column_comes_with_near_misses_and_what_there_is() -> None:
    text = str(TableError.missing("nps", "responses", ["score", "zzz"], ["scores", "survey"]))
    assert "nps needs score, zzz" in text and "For 'score', is it 'scores'?" in text
    assert "The table has: scores, survey" in text and "cxlab.toml" in text


def test_an_absent_table_says_what_there_is_and_what_to_do() -> None:
    assert "it has: customers, tickets" in str(TableError.absent("usage", ["tickets", "customers"]))
    assert "no tables yet" in str(TableError.absent("usage", [])) and "cxlab load" in str(
        TableError.absent("usage", [])
    )


def test_an_unknown_value_comes_with_the_near_one() -> None:
    assert str(ParameterError.unknown("pack", "exce", ["exec"])) == (
        "'exce' is not a known pack. Did you mean 'exec'? Known: exec."
    )
    assert str(ParameterError.unknown("pack", "x", [])) == "'x' is not a known pack. Known: none."


def test_an_absent_package_comes_with_the_line_that_installs_it() -> None:
    assert "pip install 'cxlab[polars]'" in str(NotInstalled.package("polars", "the engine", "polars"))
