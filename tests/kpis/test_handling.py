"""Escalated, and noticed by whom: ledgers."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.handling import escalation_rate, found_by_us_first
from cxlab.periods import Period

AUGUST = Period.of("2026-08")
ROWS = pd.DataFrame(
    {
        "opened_at": pd.to_datetime(
            ["2026-08-01", "2026-08-02", "2026-08-20", "2026-08-29", "2026-09-01", "2026-08-03"]
        ),
        "escalated": pd.array([True, False, False, False, True, None], dtype="boolean"),
        "detected_by": ["customer", "Customer ", "monitoring", "an engineer", "customer", None],
    }
).astype({"opened_at": "datetime64[us]"})


def test_escalation_rate_ledger() -> None:
    """Known of five; one was opened in September, one less than a week before the end of the table."""
    frame = escalation_rate(ROWS, AUGUST)
    assert frame["value"][0] == pytest.approx(1 / 3) and frame["n"][0] == 3
    assert escalation_rate(ROWS, AUGUST, within_days=0)["value"][0] == pytest.approx(1 / 4)
    assert escalation_rate(ROWS, AUGUST, as_of=dt.datetime(2026, 10, 1))["n"][0] == 4
    with pytest.raises(ParameterError, match="within_days is -1"):
        escalation_rate(ROWS, AUGUST, within_days=-1)


def test_found_by_us_first_ledger() -> None:
    frame = found_by_us_first(ROWS, AUGUST)
    assert frame["value"][0] == 0.5 and frame["n"][0] == 4


def test_a_column_that_never_says_customer_is_refused_with_what_it_says() -> None:
    other = ROWS.assign(detected_by=["Kunde", "Monitoring", "Kunde", None, "Partner", "Kunde"])
    with pytest.raises(TableError, match=r"found: 'Kunde', 'Monitoring', 'Partner'.*values ="):
        found_by_us_first(other, AUGUST)
    # The word is looked for in the whole table: a month in which we found everything is good news, no error.
    ours = ROWS.assign(detected_by=["monitoring"] * 4 + ["customer", None])
    assert found_by_us_first(ours, AUGUST)["value"][0] == 1
    assert found_by_us_first(ROWS.assign(detected_by=None), AUGUST)["n"][0] == 0
