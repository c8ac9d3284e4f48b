"""Accounts of which one measure says well and another says otherwise: by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cxlab.kpis.disagreements import disagreements
from cxlab.periods import Period

Q3 = Period.of("2026-Q3")


def when(*texts: str | None) -> pd.Series:
    return pd.to_datetime(pd.Series(list(texts)))


# a, b, c promote (b by the mean of 10 and 8); d detracts; e is passive; f promoted a quarter ago.
RESPONSES = pd.DataFrame(
    {
        "customer_id": ["a", "b", "b", "c", "d", "e", "f", None],
        "survey": "nps",
        "score": [10.0, 10.0, 8.0, 9.0, 3.0, 8.0, 10.0, 10.0],
        "answered_at": when(*["2026-08-01"] * 6, "2026-05-01", "2026-08-01"),
    }
)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "d"],
        "signed_on": when(*["2020-01-01"] * 4),
        "closed_on": when(None, "2026-09-01", "2026-10-05", "2026-01-01"),
    }
)
USAGE = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "b", "c"],
        "used_on": when("2026-05-01", "2026-08-01", "2026-05-01", "2026-08-01", "2026-08-01"),
        "feature": "x",
        "value": [100.0, 74.0, 100.0, 75.0, 5.0],
    }
)
TICKETS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", None],
        "opened_at": when(*["2026-08-01"] * 4),
        "resolved_at": when("2026-08-02", None, "2026-08-02", None),
    }
)
MONEY = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "c", "c", "d", "d"],
        "month": when("2026-06-01", "2026-09-01", "2026-06-01", "2026-06-01", "2026-09-01", "2026-06-01", "2026-09-01"),
        "mrr": [100.0, 90.0, 100.0, 100.0, 120.0, 50.0, 50.0],
    }
)
TABLES = {"responses": RESPONSES, "customers": CUSTOMERS, "usage": USAGE, "tickets": TICKETS, "subscriptions": MONEY}


def test_ledger() -> None:
    """Used less: a of a, b (b kept exactly three quarters; c has no before). Waiting: a of a, b. Pays less: a, b of all
    three. Left in the quarter: b of all three (c later). Detractors who pay as before: d of d."""
    frame = disagreements(TABLES, Q3)
    found = {(row.who, row.what.split()[0]): (row.accounts, row.of) for row in frame.itertuples()}
    assert found == {
        ("promoters", "used"): (1, 2),
        ("promoters", "have"): (1, 2),
        ("promoters", "pay"): (2, 3),
        ("promoters", "left"): (1, 3),
        ("detractors", "pay"): (1, 1),
    }
    row = frame[frame["what"].str.startswith("left")].iloc[0]
    assert row["value"] == pytest.approx(1 / 3)
    assert (row["low"], row["high"]) == pytest.approx(proportion_confint(1, 3, method="wilson"), abs=1e-9)


@pytest.mark.parametrize(
    "absent, gone", [("usage", "used"), ("tickets", "have"), ("subscriptions", "pay"), ("customers", "left")]
)
def test_only_pairs_whose_tables_are_there(absent: str, gone: str) -> None:
    some = {name: table for name, table in TABLES.items() if name != absent}
    assert gone not in {what.split()[0] for what in disagreements(some, Q3)["what"]}


def test_nothing_to_say() -> None:
    columns = ["who", "what", "accounts", "of", "value", "low", "high"]
    for tables, period in (({}, Q3), ({"responses": RESPONSES}, Q3), (TABLES, Period.of("2019"))):
        frame = disagreements(tables, period)
        assert frame.empty and list(frame.columns) == columns


def test_a_week_has_no_revenue() -> None:
    assert not disagreements(TABLES, Period.of("2026-W31"))["what"].str.startswith("pay").any()
