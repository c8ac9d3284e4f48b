"""The triangle against counting account by account."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cxlab.kpis.cohorts import cohort_triangle

LENGTH = {"month": 1, "quarter": 3, "year": 12}


def accounts(seed: int = 4, n: int = 400) -> pd.DataFrame:
    """Signed over three years on days that every month has; a third closed."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2022-01-01")
    signed = start + pd.to_timedelta(rng.integers(0, 1000, n), unit="D")
    signed = signed.where(signed.day <= 28, signed - pd.Timedelta(days=5))
    closed = pd.Series(signed + pd.to_timedelta(rng.integers(0, 2500, n), unit="D"))
    frame = pd.DataFrame({"signed_on": signed, "closed_on": closed.where(closed < pd.Timestamp("2025-06-15"))})
    return frame.assign(region=rng.choice(["N", "S"], n)).astype(
        {"signed_on": "datetime64[us]", "closed_on": "datetime64[us]"}
    )


@pytest.mark.parametrize("every", ["month", "quarter", "year"])
def test_every_cell_as_counted_account_by_account(every: str) -> None:
    table, as_of = accounts(), pd.Timestamp("2025-06-15")
    found = cohort_triangle(table, as_of.to_pydatetime(), every, by="region")
    assert len(found) > 5
    for row in found.itertuples():
        freq = {"month": "M", "quarter": "Q", "year": "Y"}[every]
        period = pd.Period(row.cohort, freq)
        mine = table[(table["signed_on"].dt.to_period(freq) == period) & (table["region"] == row.region)]
        later = mine["signed_on"] + pd.DateOffset(months=row.age * LENGTH[every])
        assert (period.end_time.normalize() + pd.DateOffset(months=row.age * LENGTH[every])) <= as_of
        assert row.n == len(mine) and row.active == (mine["closed_on"].isna() | (mine["closed_on"] >= later)).sum()
        limits = proportion_confint(row.active, row.n, method="wilson")
        assert (row.low, row.high) == pytest.approx(limits, abs=1e-9)


def test_a_cell_appears_on_the_day_the_last_of_the_cohort_reaches_it() -> None:
    """The first quarter's last day is 31 March; a quarter later is 30 June."""
    table = pd.DataFrame({"signed_on": pd.to_datetime(["2025-01-10"]), "closed_on": pd.to_datetime([None])})
    day = lambda text: pd.Timestamp(text).to_pydatetime()  # noqa: E731
    assert cohort_triangle(table, day("2025-06-29")).empty
    assert cohort_triangle(table, day("2025-06-30"))[["cohort", "age", "active"]].values.tolist() == [["2025-Q1", 1, 1]]


def test_nothing_signed() -> None:
    empty = cohort_triangle(accounts().iloc[:0], by="region")
    assert empty.empty
    assert list(empty.columns) == ["region", "cohort", "age", "n", "active", "value", "low", "high"]
