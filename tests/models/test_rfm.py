"""Recency, frequency, money: by hand, and equal to what the R package rfm publishes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import cxlab as cx
from cxlab.errors import ParameterError, TableError
from cxlab.models.rfm import NAMED, OTHERS, scores


def orders(*rows: tuple[str | None, str, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"])
    return frame.assign(ordered_at=pd.to_datetime(frame["ordered_at"], format="ISO8601").astype("datetime64[us]"))


@pytest.fixture(scope="module")
def published(shared_data: Path) -> pd.DataFrame:
    """What cx.rfm makes of the package's own example, rfm_data_orders at the end of 2006."""
    frame = pd.read_csv(shared_data / "rfm-orders" / "rfm_data_orders.csv")
    table = frame.rename(columns={"revenue": "amount"}).assign(ordered_at=pd.to_datetime(frame["order_date"]))
    return cx.rfm(table, "2006-12-31")


def test_the_rows_that_the_package_publishes(published: pd.DataFrame) -> None:
    """The ten rows of the vignette "RFM - Introduction" of rfm 0.3.0; the first five are those of its README."""
    expected = [
        ("Abbey O'Reilly", 205, 6, 472, "343", "Potential Loyalist"),
        ("Add Senger", 140, 3, 340, "412", "New Customers"),
        ("Aden Lesch", 194, 4, 405, "323", "Loyal Customers"),
        ("Aden Murphy", 98, 7, 596, "544", "Potential Loyalist"),
        ("Admiral Senger", 132, 5, 448, "433", "Potential Loyalist"),
        ("Agness O'Keefe", 90, 9, 843, "555", "Champions"),
        ("Aileen Barton", 84, 9, 763, "555", "Champions"),
        ("Ailene Hermann", 281, 8, 699, "355", "Potential Loyalist"),
        ("Aiyanna Bruen", 246, 4, 157, "321", "About To Sleep"),
        ("Akeelah Walsh", 160, 7, 779, "445", "Potential Loyalist"),
    ]
    columns = ["customer_id", "recency", "frequency", "monetary", "score", "segment"]
    assert len(published) == 995
    assert list(published[columns].head(10).itertuples(index=False, name=None)) == expected


def test_the_segments_that_the_package_publishes(published: pd.DataFrame) -> None:
    """rfm_segment_summary in the same vignette: customers, orders, revenue of all ten segments."""
    rows = cx.rfm_summary(published).set_index("segment")
    expected = {
        "About To Sleep": (102, 283, 23449),
        "At Risk": (28, 216, 22227),
        "Can't Lose Them": (47, 274, 32446),
        "Champions": (35, 316, 31646),
        "Lost": (148, 393, 35324),
        "Loyal Customers": (170, 799, 76562),
        "Need Attention": (10, 57, 4562),
        "New Customers": (104, 329, 28837),
        "Potential Loyalist": (342, 2211, 204856),
        "Promising": (9, 28, 4249),
    }
    found = rows[["customers", "orders", "revenue"]].astype(int)
    assert {name: tuple(row) for name, row in zip(found.index, found.to_numpy().tolist(), strict=True)} == expected
    assert rows.index.tolist() == [name for name, *_ in NAMED]
    assert rows.loc["Promising", "per_order"] == pytest.approx(151.75)  # printed as 152.
    assert rows["share"].sum() == pytest.approx(1) and rows["share_of_revenue"].sum() == pytest.approx(1)


def test_a_ledger_by_hand() -> None:
    """Days to the end of June, orders counted, amounts added; an order without amount is an order all the same."""
    table = orders(
        ("b", "2026-06-29", 10.0),
        ("b", "2026-01-01", 5.0),
        ("a", "2026-06-30", None),
        ("a", "2026-06-30", 7.0),
        ("c", "2026-07-01", 99.0),
        (None, "2026-06-01", 1.0),
    )
    found = cx.rfm(table, "2026-06-30").set_index("customer_id")
    assert found[["recency", "frequency", "monetary"]].to_numpy().tolist() == [[0, 2, 7.0], [1, 2, 15.0]]


def test_a_date_counts_to_its_end_and_a_moment_up_to_it() -> None:
    table = orders(("a", "2026-06-30 15:00", 1.0), ("b", "2026-06-29", 1.0))
    assert cx.rfm(table, dt.date(2026, 6, 30))["customer_id"].tolist() == ["a", "b"]
    assert cx.rfm(table, dt.datetime(2026, 6, 30))["customer_id"].tolist() == ["b"]
    assert cx.rfm(table, cx.Period.of("2026-Q2").end)["recency"].tolist() == [1, 2]


def test_later_orders_change_nothing() -> None:
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 180, 400), "D")
    table = pd.DataFrame({"customer_id": rng.integers(0, 80, 400).astype(str), "ordered_at": days, "amount": 20.0})
    later = table.assign(ordered_at=table["ordered_at"] + pd.Timedelta(days=400))
    pd.testing.assert_frame_equal(cx.rfm(table, "2026-06-30"), cx.rfm(pd.concat([table, later]), "2026-06-30"))


def test_scores_are_fifths_and_equal_values_have_equal_scores() -> None:
    assert scores(np.arange(1, 11) * 10).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    ones = scores([1, 1, 1, 1, 1, 1, 1, 1, 2, 9])
    assert set(ones[:8]) == {1} and ones[9] == 5 and 1 < ones[8] <= 5


def test_every_score_has_a_segment_or_is_told_to_have_none() -> None:
    """What the ranges leave out is "Others", as in the package; the first range that fits counts."""
    from cxlab.models.rfm import _named

    triples = np.array([(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)])
    named = dict(zip(map(tuple, triples.tolist()), _named(triples), strict=True))
    assert named[5, 5, 5] == "Champions" and named[1, 1, 1] == "Lost" and named[4, 1, 2] == "New Customers"
    assert named[2, 5, 1] == OTHERS


def test_other_engines_give_the_same() -> None:
    table = orders(*[(f"c{n % 7}", f"2026-0{1 + n % 6}-1{n % 9}", float(n)) for n in range(60)])
    pd.testing.assert_frame_equal(
        cx.rfm(table, "2026-06-30"), cx.rfm(pl.from_pandas(table), "2026-06-30"), check_dtype=False
    )


@pytest.mark.parametrize(
    ("table", "options", "kind", "says"),
    [
        (orders(("a", "2026-07-01", 1.0)), {}, TableError, "no order before"),
        (orders(("a", "2026-01-01", 1.0)).drop(columns="amount"), {}, TableError, "amount"),
        (orders(("a", "2026-01-01", 1.0)), {"bins": 1}, ParameterError, "2 to 9"),
        (orders(("a", "2026-01-01", 1.0)), {"as_of": "soon"}, ParameterError, "no date"),
    ],
)
def test_what_cannot_be_done_is_said(table: pd.DataFrame, options: dict, kind: type, says: str) -> None:
    with pytest.raises(kind, match=says):
        cx.rfm(table, **{"as_of": "2026-06-30", **options})
