"""Every row that does not fit is found, all at once; a column of the wrong type is the mapping's fault."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import TableError
from cxlab.tables.canonical import TABLES
from cxlab.tables.schema import Intake, dtype, known, problems


def stored(name: str, rows: dict[str, list]) -> pd.DataFrame:
    """Rows in the types of the canonical table."""
    frame = pd.DataFrame(rows)
    return frame.astype({c: dtype(declared) for c in frame if (declared := TABLES[name].column(c)) is not None})


GOOD = {
    "response_id": ["r1", "r2", "r3"],
    "survey": ["nps", "csat", "ces"],
    "score": [10.0, 5.0, np.nan],
    "scale_low": [0.0, 1.0, np.nan],
    "scale_high": [10.0, 5.0, np.nan],
    "shoe size": ["a", "b", None],
}


def test_good_rows_have_no_problems() -> None:
    found = problems("responses", stored("responses", GOOD))
    assert found.empty and list(found.columns) == ["index", "column", "found", "expected"]
    assert problems("responses", stored("responses", GOOD)[:0]).empty


def test_all_problems_at_once_with_row_and_column() -> None:
    """A survey that is none, no id, a score off its scale, a kind that is none, an infinite weight."""
    rows = stored("responses", GOOD | {
        "response_id": ["r1", None, "r3"],
        "survey": ["npss", "csat", "ces"],
        "score": [10.0, 6.0, np.nan],
        "kind": ["relational", None, "other"],
        "weight": [1.0, np.inf, np.nan],
    })  # fmt: skip
    rows.index = [4, 7, 9]
    found = problems("responses", rows)
    assert set(zip(found["index"], found["column"], strict=True)) == {
        (4, "survey"), (7, "response_id"), (7, "score"), (9, "kind"), (7, "weight"),
    }  # fmt: skip
    by_column = found.set_index("column")
    assert by_column.loc["survey", "found"] == "npss" and "one of nps, csat" in by_column.loc["survey", "expected"]
    assert by_column.loc["score", "found"] == 6 and "within scale_low" in by_column.loc["score", "expected"]
    assert by_column.loc["response_id", "expected"] == "a value (required)"


def test_months_are_first_days_and_counts_not_negative() -> None:
    months = stored(
        "subscriptions",
        {"customer_id": ["a", "b"], "month": ["2026-01-01", "2026-01-02"], "mrr": [1.0, -1.0]},
    )
    found = problems("subscriptions", months)
    assert found[["index", "column"]].to_numpy().tolist() == [[1, "month"]]
    tickets = stored(
        "tickets", {"ticket_id": ["a", "b"], "opened_at": ["2026-01-01", None], "contacts": [-1.0, np.nan]}
    )
    found = problems("tickets", tickets)
    assert set(zip(found["index"], found["column"], strict=True)) == {(0, "contacts"), (1, "opened_at")}


def test_a_required_column_that_is_absent_is_the_mapping() -> None:
    with pytest.raises(TableError, match=r"(?s)loading needs survey.*is it 'surveys'"):
        problems("responses", pd.DataFrame({"response_id": ["a"], "surveys": ["nps"]}))


def test_all_columns_of_the_wrong_type_are_named() -> None:
    with pytest.raises(TableError, match=r"score is str, not float64; answered_at is str, not datetime64\[us\]"):
        problems(
            "responses",
            pd.DataFrame({"response_id": ["a"], "survey": ["nps"], "score": ["9"], "answered_at": ["2026-01-01"]}),
        )


def test_unknown_table() -> None:
    with pytest.raises(TableError, match="'respones' is not a canonical table"):
        known("respones")


def test_rows_in_are_rows_kept_plus_rows_set_aside() -> None:
    assert Intake(pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": ["x"], "why": ["bad"]})).rows_in == 3


@pytest.mark.parametrize("name", TABLES)
def test_every_table_can_be_checked(name: str) -> None:
    """One row of each table, every column filled, passes."""
    fill = {"text": "x", "time": "2026-01-01", "date": "2026-01-01", "month": "2026-01-01", "flag": True}
    rows = {c.name: [c.choices[0] if c.choices else fill.get(c.kind, 1.0)] for c in TABLES[name].columns}
    assert problems(name, stored(name, rows)).empty
