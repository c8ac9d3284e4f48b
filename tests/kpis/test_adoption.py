"""Breadth, depth and the curve of adoption by hand: who uses nothing counts, who left is said."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.adoption import adoption_breadth, adoption_curve, adoption_depth
from cxlab.periods import Period

Q2 = Period.of("2026-Q2")


def customers() -> pd.DataFrame:
    """a, b, c throughout; d signed during the quarter; e left during it; f left before."""
    frame = pd.DataFrame({"customer_id": list("abcdef"), "region": list("NNSSNS")})
    signed = ["2025-11-03", "2025-12-01", "2025-10-20", "2026-05-01", "2025-10-01", "2025-10-02"]
    closed = [None, None, None, None, "2026-05-20", "2026-01-15"]
    frame["signed_on"] = pd.to_datetime(signed).astype("datetime64[us]")
    frame["closed_on"] = pd.to_datetime(closed).astype("datetime64[us]")
    return frame


def usage() -> pd.DataFrame:
    """a: reports in all three months, alerts in April; b: reports in June, api with nothing; c: nothing in the quarter,
    reports in January; e and f: before they left."""
    rows = [
        ("a", "2026-04-01", "reports", 5), ("a", "2026-05-01", "reports", 5), ("a", "2026-06-01", "reports", 1),
        ("a", "2026-04-01", "alerts", 2), ("a", "2026-04-15", "alerts", 2), ("b", "2026-06-01", "reports", 3),
        ("b", "2026-06-01", "api", 0), ("c", "2026-01-01", "reports", 9), ("e", "2026-04-01", "api", 4),
        ("f", "2025-10-01", "reports", 4), ("e", "2025-10-01", "reports", 2), ("a", "2025-12-01", "mobile", 2),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["customer_id", "used_on", "feature", "value"])
    frame["used_on"] = pd.to_datetime(frame["used_on"]).astype("datetime64[us]")
    return frame.astype({"value": float})


def entitlements() -> pd.DataFrame:
    """a may use three, alerts not among them; b two; c is known to have none; d, e as they please."""
    rows = [("a", "reports"), ("a", "api"), ("a", "mobile"), ("b", "reports"), ("b", "api"), ("d", "api"), ("e", "api")]
    frame = pd.DataFrame([(*row, True) for row in rows] + [("c", "reports", False), ("b", "alerts", None)])
    frame.columns = ["customer_id", "feature", "entitled"]
    return frame.astype({"entitled": "boolean"})


def one(frame: pd.DataFrame) -> tuple[float, int]:
    return frame["value"][0], frame["n"][0]


def test_breadth_ledger() -> None:
    """a uses reports of its three, b reports of its two; c may use nothing and is left out: (1/3 + 1/2) / 2."""
    frame = adoption_breadth(customers(), Q2, usage=usage(), entitlements=entitlements())
    assert one(frame) == (pytest.approx((1 / 3 + 1 / 2) / 2), 2)
    assert 0 <= frame["low"][0] <= frame["value"][0] <= frame["high"][0] <= 1


def test_breadth_of_what_anybody_uses() -> None:
    """Four features are used by anybody, with more than nothing: a used two of them, b one, c none."""
    assert one(adoption_breadth(customers(), Q2, usage=usage())) == (pytest.approx((2 / 4 + 1 / 4 + 0) / 3), 3)
    grouped = adoption_breadth(customers(), Q2, "region", usage=usage())
    assert grouped["value"].tolist() == [pytest.approx(3 / 8), 0] and grouped["n"].tolist() == [2, 1]


def test_depth_ledger() -> None:
    """a: reports in 3 of 3 months and alerts in 1 of 3, 4 of 6; b: reports in 1 of 3; c used nothing."""
    assert one(adoption_depth(customers(), Q2, usage=usage())) == (pytest.approx((4 / 6 + 1 / 3) / 2), 2)
    with pytest.raises(ParameterError, match="Give a quarter or a year"):
        adoption_depth(customers(), Period.of("2026-05"), usage=usage())


def test_months_yet_to_come_are_not_held_against_anybody() -> None:
    """Two months of the quarter are in the table: a has 2 of 2 and 1 of 2."""
    early = usage()[lambda frame: frame["used_on"] < "2026-06-01"]
    assert one(adoption_depth(customers(), Q2, usage=early)) == (pytest.approx(3 / 4), 1)


def test_without_use_nothing_can_be_told() -> None:
    for kpi in (adoption_breadth, adoption_depth):
        with pytest.raises(TableError, match="pass usage="):
            kpi(customers(), Q2)


def test_curve_ledger() -> None:
    """Signed in 2025-Q4 (a November, b December, c, e, f October), four features.

    Age 0: e and f used reports in October: (1/4 + 1/4) / 5. Age 1: a used mobile in December: 1/4 of 5. Age 3: f left
    in January, c used reports in January: 1/4 of 4. Age 5: a used reports and alerts in April: 2/4 of 4; age 6: a
    reports in May, b in June, e api in April: 3/4 of 4. Older than six months b is not known for yet: June is the last.
    """
    curve = adoption_curve(customers(), usage=usage())
    cohort = curve[curve["cohort"] == "2025-Q4"].set_index("month")
    assert cohort.index.tolist() == list(range(7))
    assert np.allclose(cohort["value"], [0.5 / 5, 0.25 / 5, 0, 0.25 / 4, 0, 0.5 / 4, 0.75 / 4])
    assert cohort["n"].tolist() == [5, 5, 5, 4, 4, 4, 4] and cohort["left"].tolist() == [0, 0, 0, 1, 1, 1, 1]
    young = curve[curve["cohort"] == "2026-Q2"]
    assert young["month"].tolist() == [0, 1] and young["value"].tolist() == [0, 0]
    assert adoption_curve(customers(), usage=usage(), as_of=dt.datetime(2026, 3, 15))["month"].max() == 2
    assert adoption_curve(customers(), usage=usage().iloc[:0]).empty
    by_year = adoption_curve(customers(), usage=usage(), entitlements=entitlements(), cohort="year", months=2)
    # Of those entitled to anything a, b and e signed in 2025, and a used mobile of its three in December.
    assert by_year["cohort"].tolist() == ["2025"] * 3 + ["2026"] * 2
    assert (
        by_year["value"].tolist() == pytest.approx([0, 1 / 9, 0, 0, 0]) and by_year["n"].tolist() == [3] * 3 + [1] * 2
    )
    with pytest.raises(ParameterError, match="not a known cohort"):
        adoption_curve(customers(), usage=usage(), cohort="month")


@pytest.mark.parametrize("engine", ["polars lazy", "duckdb"])
def test_the_curve_is_the_same_on_every_engine(engine: str) -> None:
    frames = customers(), usage(), entitlements()
    connection = duckdb.connect()
    make = connection.from_df if engine == "duckdb" else lambda frame: pl.from_pandas(frame).lazy()
    accounts, use, may = (make(frame) for frame in frames)
    for options in ({}, {"entitlements": True}):
        found = adoption_curve(accounts, usage=use, **({"entitlements": may} if options else {}))
        wanted = adoption_curve(frames[0], usage=frames[1], **({"entitlements": frames[2]} if options else {}))
        pd.testing.assert_frame_equal(found, wanted)
