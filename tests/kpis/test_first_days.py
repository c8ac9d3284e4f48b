"""Red flags of new accounts by hand, known only from what was known then; and whether a planted one shows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.first_days import CANNOT_TELL, MORE_LEFT, early_warning_record, early_warnings

AS_OF = dt.datetime(2026, 6, 10, 12)


def days(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts), format="ISO8601")).astype("datetime64[us]")


def company() -> dict[str, pd.DataFrame]:
    """a, b and c are new (signed in March, April, June), d is old, e new and gone."""
    return {
        "customers": pd.DataFrame(
            {
                "customer_id": list("abcde"),
                "signed_on": days("2026-03-20", "2026-04-02", "2026-06-01", "2025-01-01", "2026-04-01"),
                "closed_on": days(None, None, None, None, "2026-05-01"),
            }
        ),
        "milestones": pd.DataFrame(
            {
                "customer_id": list("aabcd"),
                "started_at": days("2025-12-01", "2026-03-21", "2026-04-03", "2026-06-02", "2025-01-02"),
                "due_at": days("2026-05-01", "2026-05-02", "2026-05-20", "2026-08-01", "2025-02-01"),
                "reached_at": days("2026-06-30", "2026-04-20", None, None, None),
            }
        ),
        "tickets": pd.DataFrame(
            {
                "customer_id": list("aaab"),
                "opened_at": days("2026-01-01", "2026-06-01", "2026-06-02", "2026-06-03"),
                "resolved_at": days("2026-01-02", None, "2026-06-20", None),
                "closed_at": days("2026-01-02", None, None, "2026-06-04"),
            }
        ),
        "usage": pd.DataFrame(
            {
                "customer_id": list("aaabd"),
                "used_on": days("2026-04-01", "2026-05-01", "2026-06-01", "2026-04-01", "2025-01-01"),
                "value": [10.0, 5.0, 1.0, 8.0, 1.0],
            }
        ),
    }


def test_flags_by_hand() -> None:
    """a: one step promised by May 1 was reached only on June 30, two tickets were open, use halved from April to May.
    b: a step missed, its ticket was closed, no use in May (its first whole month). c: too young for use to be known."""
    found = early_warnings(**company(), as_of=AS_OF).set_index("customer_id")
    assert found.index.tolist() == ["a", "b", "c"]
    assert found["missed"].tolist() == [1, 1, 0] and found["open"].tolist() == [2, 0, 0]
    assert found["age"].tolist() == [82, 69, 9]
    assert found["use_change"].iloc[0] == -0.5 and found["use_change"].iloc[1:].isna().all()
    assert found["missed milestone"].tolist() == [True, True, False]
    assert found["open tickets"].tolist() == [True, False, False]
    assert found["use fell"].iloc[0] and found["use fell"].isna().tolist() == [False, True, True]
    assert found["no use"].tolist()[:2] == [False, True] and found["no use"].isna().tolist() == [False, False, True]
    assert found["flags"].tolist() == [3, 2, 0]


def test_only_flags_of_tables_given() -> None:
    tables = company()
    found = early_warnings(tables["customers"], tickets=tables["tickets"], as_of=AS_OF)
    assert "missed milestone" not in found and found["missed"].isna().all() and found["flags"].tolist() == [1, 0, 0]
    with pytest.raises(TableError, match="at least one of the tables"):
        early_warnings(tables["customers"])
    with pytest.raises(ParameterError, match="between 0 and 1"):
        early_warnings(**tables, fell=50)


def test_a_month_that_the_table_does_not_reach_is_not_known() -> None:
    """Use up to April only: that nobody used anything in May says nothing."""
    tables = company()
    tables["usage"] = tables["usage"][tables["usage"]["used_on"] < "2026-05-01"]
    found = early_warnings(**tables, as_of=AS_OF)
    assert found[["use fell", "no use"]].isna().all(axis=None)


def history(seed: int, n: int, effect: float) -> dict[str, pd.DataFrame]:
    """Accounts signed over two years; a third misses a step by day 90. 10 % leave in the 180 days after day 90, and
    `effect` more of those who missed one. Some leave before, some are too young."""
    rng = np.random.default_rng(seed)
    signed = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D")
    missed = rng.uniform(size=n) < 1 / 3
    goes = rng.uniform(size=n) < 0.1 + effect * missed
    before = rng.uniform(size=n) < 0.05
    after = np.where(before, rng.integers(1, 90, n), np.where(goes, rng.integers(91, 270, n), 5000))
    closed = (signed + pd.to_timedelta(after, unit="D")).to_series(index=range(n))
    ids = [f"c{place}" for place in range(n)]
    reached = signed + pd.to_timedelta(np.where(missed, 120, 30), unit="D")
    return {
        "customers": pd.DataFrame({"customer_id": ids, "signed_on": signed, "closed_on": closed.where(after < 5000)}),
        "milestones": pd.DataFrame(
            {
                "customer_id": ids,
                "started_at": signed,
                "due_at": signed + pd.Timedelta(days=60),
                "reached_at": reached.to_series(index=range(n)).where(rng.uniform(size=n) < 0.9),
            }
        ),
    }


def test_record_by_hand() -> None:
    """Of earlier accounts, looked at on day 90 with what was known then: late ones were late though they came later."""
    tables = history(1, 3000, 0.2)
    record = early_warning_record(**tables, as_of=dt.datetime(2026, 1, 1)).iloc[0]
    accounts, steps = tables["customers"], tables["milestones"]
    look = accounts["signed_on"] + pd.Timedelta(days=90)
    seen = (look + pd.Timedelta(days=180) <= "2026-01-01") & ~(accounts["closed_on"] <= look)
    seen &= look >= accounts["closed_on"].min()
    late = ~(steps["reached_at"] <= look)
    left = accounts["closed_on"] <= look + pd.Timedelta(days=180)
    assert (record["n_with"], record["n_without"]) == ((seen & late).sum(), (seen & ~late).sum())
    assert record["left_with"] == pytest.approx(left[seen & late].mean())
    assert record["left_without"] == pytest.approx(left[seen & ~late].mean())
    assert record["change"] == pytest.approx(record["left_with"] - record["left_without"])
    assert record["verdict"] == MORE_LEFT and record["low"] > 0


def test_few_accounts_tell_nothing() -> None:
    record = early_warning_record(**history(2, 60, 0.1), as_of=dt.datetime(2026, 1, 1)).iloc[0]
    assert record["verdict"] == CANNOT_TELL and record["n_with"] < 30
    with pytest.raises(ParameterError, match="within_days is 0"):
        early_warning_record(**history(2, 60, 0.1), within_days=0)


@pytest.mark.slow
def test_innocent_flags_are_rarely_accused() -> None:
    """Nothing planted: of 60 records at most a few accuse the flag."""
    accused = 0
    for seed in range(60):
        record = early_warning_record(**history(seed, 400, 0.0), as_of=dt.datetime(2026, 1, 1))
        accused += record["verdict"].ne(CANNOT_TELL).sum()
    assert accused <= 6


def test_the_same_on_another_engine() -> None:
    tables = company()
    lazy = {name: pl.from_pandas(frame).lazy() for name, frame in tables.items()}
    found, wanted = (early_warnings(**side, as_of=AS_OF) for side in (lazy, tables))
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    tables = history(1, 300, 0.2)
    lazy = {name: pl.from_pandas(frame).lazy() for name, frame in tables.items()}
    found, wanted = (early_warning_record(**side) for side in (lazy, tables))
    pd.testing.assert_frame_equal(found, wanted)
