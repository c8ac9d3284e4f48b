"""The funnel of a journey and the list of who is stuck, by hand and on every engine."""

from __future__ import annotations

import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.milestones import milestone_funnel, stall_list
from cxlab.periods import Period

START = pd.Timestamp("2026-01-10 09:00")
AS_OF = dt.datetime(2026, 5, 10, 9)  # day 120
Q1 = Period.of("2026-Q1")


def journey() -> pd.DataFrame:
    """Four accounts: all kicked off; value after 20 and 40 days, one failed, one open; training only for the first."""
    rows = [
        ("a", "kick-off", 0, 10, 5, "done"), ("b", "kick-off", 0, 10, 6, "done"),
        ("c", "kick-off", 0, 10, 7, "done"), ("d", "kick-off", 0, 10, 8, "done"),
        ("a", "value", 10, 45, 20, "done"), ("b", "value", 10, 45, 40, "done"),
        ("c", "value", 10, 45, None, "failed"), ("d", "value", 10, 45, None, "open"),
        ("a", "trained", 20, 130, 100, "done"), ("b", "trained", 40, 130, None, "open"),
    ]  # fmt: skip
    names = ["customer_id", "milestone", "started_at", "due_at", "reached_at", "outcome"]
    frame = pd.DataFrame(rows, columns=names).assign(journey="onboarding", owner="team 1")
    for column in ("started_at", "due_at", "reached_at"):
        frame[column] = (START + pd.to_timedelta(frame[column].astype(float), unit="D")).astype("datetime64[us]")
    return frame


def customers(**closed: float) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": list("abcd")})
    frame["closed_on"] = pd.to_datetime(
        [START.normalize() + pd.Timedelta(days=closed[name]) if name in closed else pd.NaT for name in "abcd"]
    ).astype("datetime64[us]")
    return frame


def test_funnel_ledger() -> None:
    funnel = milestone_funnel(journey(), Q1, as_of=AS_OF)
    assert funnel["milestone"].tolist() == ["kick-off", "value", "trained"]
    counts = funnel[["started", "reached", "failed", "gone", "open"]]
    assert counts.to_numpy().tolist() == [[4, 4, 0, 0, 0], [4, 2, 1, 0, 1], [2, 1, 0, 0, 1]]
    # Days run from the journey's first step. Half of four are there after 6, 40 and (of two) 100 days.
    assert funnel["median"].tolist() == [6, 40, 100]
    assert funnel["closed_only"].tolist() == [6.5, 30, 100]
    # By day 90: all, two of four, none.
    assert np.allclose(funnel["share"], [1, 0.5, 0])
    assert ((funnel["low"] <= funnel["share"]) & (funnel["share"] <= funnel["high"])).all()


def test_those_who_left_are_neither_open_nor_failed() -> None:
    """d left on day 30: of four two are there, one failed, one is gone."""
    funnel = milestone_funnel(journey(), Q1, customers=customers(d=30), as_of=AS_OF).set_index("milestone")
    assert funnel.loc["value", ["reached", "failed", "gone", "open"]].tolist() == [2, 1, 1, 0]
    # c had failed when it left: it is gone now.
    both = milestone_funnel(journey(), Q1, customers=customers(c=50, d=30), as_of=AS_OF).set_index("milestone")
    assert both.loc["value", ["reached", "failed", "gone", "open"]].tolist() == [2, 0, 2, 0]
    assert milestone_funnel(journey(), Period.of("2025"), as_of=AS_OF).empty


def test_a_share_nobody_was_followed_for_is_not_known() -> None:
    funnel = milestone_funnel(journey(), Q1, within_days=110, as_of=AS_OF - dt.timedelta(days=60))
    assert funnel["share"].isna().tolist() == [False, True, True]  # all are through the first: nothing is open


def test_stall_ledger() -> None:
    """As of day 120. Value: two of four there, so that three in four is never; d is past its day 45. b's training is
    promised for day 130 and half of two are through after 80 days, three quarters never: not stuck. c failed."""
    stuck = stall_list(journey(), journey="onboarding", as_of=AS_OF)
    assert stuck[["customer_id", "milestone", "why"]].to_numpy().tolist() == [["d", "value", "past due"]]
    assert stuck["days_open"].tolist() == [110] and stuck["days_late"].tolist() == [75]
    assert stuck["usual_days"].tolist() == [np.inf] and stuck["owner"].tolist() == ["team 1"]
    half = stall_list(journey(), as_of=AS_OF, share=0.5)
    # Of those who began training half needed 80 days, which b's 80 do not exceed; value took half of them 30 days.
    assert half[["journey", "customer_id", "why"]].to_numpy().tolist() == [["onboarding", "d", "both"]]
    slow = stall_list(journey().drop(columns="due_at"), as_of=AS_OF, share=0.5)
    assert slow["why"].tolist() == ["slower than three in four"] and slow["due_at"].isna().all()
    assert stall_list(journey(), customers=customers(d=100), as_of=AS_OF).empty
    with pytest.raises(ParameterError, match="between 0 and 1"):
        stall_list(journey(), share=75)


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(TableError, match="It has: onboarding"):
        milestone_funnel(journey(), journey="integration")
    assert milestone_funnel(journey().iloc[:0]).empty and stall_list(journey().iloc[:0]).empty


@pytest.mark.parametrize("engine", ["polars lazy", "duckdb"])
def test_the_same_on_every_engine(engine: str) -> None:
    rows, accounts = journey(), customers(d=30)
    if engine == "duckdb":
        connection = duckdb.connect()
        other = [connection.from_df(frame) for frame in (rows, accounts)]
    else:
        other = [pl.from_pandas(frame).lazy() for frame in (rows, accounts)]
    pd.testing.assert_frame_equal(
        milestone_funnel(other[0], Q1, customers=other[1], as_of=AS_OF),
        milestone_funnel(rows, Q1, customers=accounts, as_of=AS_OF),
    )
    found, wanted = (stall_list(side, as_of=AS_OF) for side in (other[0], rows))
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
