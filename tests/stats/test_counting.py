"""The group-by that makes sufficient counts: sums by hand, unknown clusters, durations in seconds."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.stats.counting import LEAST, MOST, collect, columns_of, count, count_durations, frame_of, merge

ROWS = pd.DataFrame(
    {
        "region": ["N", "N", "S", None, "S", "N"],
        "account": ["a", "a", "b", "c", None, None],
        "hit": [1.0, 0.0, 1.0, 1.0, 0.0, 1.0],
        "w": [1.0, 2.0, 1.0, 3.0, 1.0, 0.5],
    }
)


def test_weighted_counts_by_hand() -> None:
    """N: 1*1 + 2*0 + 0.5*1 = 1.5 of 3.5; squares of w*y 1 + 0 + 0.25, of w 1 + 4 + 0.25."""
    counts = count(frame_of(ROWS, "rows", [], "test"), ["region"], nw.col("hit"), weight="w")
    north = counts[counts["region"] == "N"].iloc[0]
    assert north[["n", "units", "sy", "sx", "syy", "sxy", "sxx", "sww"]].tolist() == [
        3, 3, 1.5, 3.5, 1.25, 1.25, 5.25, 5.25,
    ]  # fmt: skip
    assert counts["region"].isna().sum() == 1 and counts["n"].sum() == 6


def test_clustered_counts_by_hand() -> None:
    """Account a is one unit of weight 3; the two rows of unknown account are a unit each."""
    whole = count(frame_of(ROWS, "rows", [], "test"), [], nw.col("hit"), weight="w", cluster="account").iloc[0]
    assert whole["n"] == 6 and whole["units"] == 5
    assert whole["sx"] == 8.5 and whole["sy"] == 5.5
    # Units (y, x): a (1, 3), b (1, 1), c (3, 3), unknown (0, 1), unknown (0.5, 0.5).
    assert whole["syy"] == 1 + 1 + 9 + 0.25
    assert whole["sxy"] == 3 + 1 + 9 + 0.25
    assert whole["sxx"] == 9 + 1 + 9 + 1 + 0.25
    assert whole["sww"] == 1 + 4 + 1 + 9 + 1 + 0.25


@pytest.mark.parametrize("divided", [None, nw.lit(1.0)])
def test_accounts_without_weights_by_hand(divided: nw.Expr | None) -> None:
    """Units (y, x): a (1, 2), b (1, 1), c (1, 1), unknown (0, 1), unknown (1, 1); x is 1 a row, told or not."""
    whole = count(frame_of(ROWS, "rows", [], "test"), [], nw.col("hit"), divided, cluster="account").iloc[0]
    assert whole[["n", "units", "sy", "sx"]].tolist() == [6, 5, 4, 6]
    assert whole[["syy", "sxy", "sxx", "sww"]].tolist() == [4, 2 + 1 + 1 + 0 + 1, 4 + 4, 6]


@pytest.mark.parametrize("cluster", [None, "account"])
def test_the_ends_of_a_column_come_along(cluster: str | None) -> None:
    frame = frame_of(ROWS.assign(score=[3.0, 9.0, 2.0, np.nan, 7.0, 5.0]), "rows", ["score"], "test")
    counts = count(frame, ["region"], nw.col("hit"), cluster=cluster, span="score").set_index("region")
    assert counts.loc["N", [LEAST, MOST]].tolist() == [3, 9] and counts.loc["S", [LEAST, MOST]].tolist() == [2, 7]
    plain = count(frame, ["region"], nw.col("hit"), cluster=cluster).set_index("region")
    pd.testing.assert_frame_equal(counts.drop(columns=[LEAST, MOST]).loc[plain.index], plain)


def test_durations_with_a_bad_weight_are_refused() -> None:
    rows = pd.DataFrame({"a": times("2024-03-01"), "b": times("2024-03-02"), "w": [np.nan]})
    with pytest.raises(ParameterError, match="1 rows have no weight"):
        count_durations(frame_of(rows, "rows", ["w"], "t"), [], "a", "b", dt.datetime(2025, 1, 1), weight="w")


@pytest.mark.parametrize("by", [["region"], ["account"], ["region", "account"]])
@pytest.mark.parametrize("cluster", [None, "account"])
def test_groups_add_up_to_the_company(by: list[str], cluster: str | None) -> None:
    frame = frame_of(ROWS, "rows", [], "test")
    parts = count(frame, by, nw.col("hit"), weight="w", cluster=cluster, extra={"hits": nw.col("hit")})
    whole = count(frame, [], nw.col("hit"), weight="w", cluster=cluster, extra={"hits": nw.col("hit")}).iloc[0]
    exact = ["n", "sy", "sx", "sww", "hits"] + (["syy", "sxx"] if cluster is None else [])
    assert merge(parts.drop(columns=by), [])[exact].iloc[0].tolist() == whole[exact].tolist()


def test_an_empty_table_has_a_row_of_nothing() -> None:
    empty = frame_of(ROWS.iloc[:0], "rows", [], "test")
    assert count(empty, [], nw.col("hit"), cluster="account")["n"].tolist() == [0.0]
    assert count(empty, ["region"], nw.col("hit")).empty


@pytest.mark.parametrize(
    "bad, match",
    [(-1.0, "1 rows have no weight"), (np.nan, "1 rows"), (np.inf, "1 rows")],
)
def test_rows_without_a_proper_weight_are_refused(bad: float, match: str) -> None:
    rows = ROWS.assign(w=[1.0, 1.0, bad, 1.0, 1.0, 1.0])
    with pytest.raises(ParameterError, match=match):
        count(frame_of(rows, "rows", ["w"], "test"), [], nw.col("hit"), weight="w")


def test_a_text_is_no_weight() -> None:
    with pytest.raises(ParameterError, match="does not hold numbers"):
        count(frame_of(ROWS, "rows", [], "test"), [], nw.col("hit"), weight="region")


@pytest.mark.parametrize("lazy", [False, True])
def test_not_a_number_is_empty_on_engines_that_tell_them_apart(lazy: bool) -> None:
    """In Polars NaN is larger than any number and not null: it must not become a promoter."""
    rows = pl.DataFrame({"score": [10.0, float("nan"), None, 3.0]})
    frame = frame_of(rows.lazy() if lazy else rows, "rows", ["score"], "test")
    kept = collect(frame.filter(~nw.col("score").is_null()))
    assert kept["score"].tolist() == [10.0, 3.0]


def test_a_missing_column_is_named_and_the_near_one_offered() -> None:
    with pytest.raises(TableError, match=r"(?s)nps needs scroe.*is it 'score'"):
        frame_of(pd.DataFrame({"score": [1]}), "responses", ["scroe"], "nps")


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(TableError, match="was given a list"):
        frame_of([1, 2], "responses", [], "nps")


def times(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts)), dtype="datetime64[us]")


def test_durations_by_hand() -> None:
    """As of noon on 2 March: done after an hour, ends only later so still open, open, closed without an end,
    resolved before opened (left out), opened later (left out), a leap day between."""
    rows = pd.DataFrame(
        {
            "began": times(
                "2024-03-01 00:00", "2024-03-01 00:00", "2024-03-02 00:00", "2024-03-01 12:00",
                "2024-03-01 12:00", "2024-03-03 00:00", "2024-02-28 12:00",
            ),
            "ended": times(
                "2024-03-01 01:00", "2024-03-05 00:00", None, None,
                "2024-03-01 11:00", None, "2024-03-01 12:00",
            ),
            "closed": times(None, None, None, "2024-03-01 13:00", None, None, None),
        }
    )  # fmt: skip
    counted = count_durations(
        frame_of(rows, "rows", [], "test"), [], "began", "ended", dt.datetime(2024, 3, 2, 12), stopped=["closed"]
    )
    found = {(row.seconds, row.done, row.running) for row in counted.itertuples()}
    assert found == {
        (3600.0, 1.0, 1.0),  # done after an hour; and watched for an hour until it was closed
        (36 * 3600.0, 0.0, 1.0),
        (12 * 3600.0, 0.0, 1.0),
        (48 * 3600.0, 1.0, 0.0),
    }
    assert counted["n"].sum() == 5 and columns_of(nw.from_native(counted))[-1] == "squares"


def test_the_first_stop_counts() -> None:
    rows = pd.DataFrame(
        {
            "began": times("2024-03-01 00:00"),
            "answered": times(None),
            "resolved": times("2024-03-01 02:00"),
            "closed": times("2024-03-01 05:00"),
        }
    )
    frame = frame_of(rows, "rows", [], "test")
    for stops in (["resolved", "closed"], ["closed", "resolved"]):
        counted = count_durations(frame, [], "began", "answered", dt.datetime(2024, 4, 1), stopped=stops)
        assert counted[["seconds", "done", "running"]].iloc[0].tolist() == [7200.0, 0.0, 1.0]


def test_clustered_counts_without_weights_by_hand() -> None:
    """Units (answers, hits): a (2, 1), b (1, 1), c (1, 1), two unknown ones (1, 0) and (1, 1). Equal weights scale."""
    frame = frame_of(ROWS.assign(three=3.0), "rows", [], "test")
    plain = count(frame, [], nw.col("hit"), cluster="account").iloc[0]
    assert plain[["n", "units", "sy", "sx", "syy", "sxy", "sxx", "sww"]].tolist() == [6, 5, 4, 6, 4, 5, 8, 6]
    thrice = count(frame, [], nw.col("hit"), weight="three", cluster="account").iloc[0]
    assert thrice[["sy", "sx"]].tolist() == [12, 18]
    assert thrice[["syy", "sxy", "sxx", "sww"]].tolist() == [36, 45, 72, 54]
