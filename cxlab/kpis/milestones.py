"""The steps of a journey: who reaches which, how long it takes, and who is stuck."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.kpis.clocks import SECONDS, Clock, middle_of
from cxlab.kpis.journeys import LEFT, START, joined, last_event, of_journey, order_of, steps_of
from cxlab.kpis.measure import Frame, within
from cxlab.periods import Period
from cxlab.stats.counting import collect, columns_of, frame_of

_FUNNEL = (
    *("milestone", "started", "reached", "failed", "gone", "open"),
    *("share", "low", "high", "median", "median_low", "median_high", "closed_only"),
)
_STALLED = ("customer_id", "milestone", "started_at", "due_at", "days_open", "usual_days", "days_late", "why", "owner")
STALLED = ("past due", "slower than three in four", "both")


def milestone_funnel(
    milestones: Any,
    period: Period | None = None,
    *,
    customers: Any = None,
    journey: str = "onboarding",
    within_days: float = 90,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """The steps of a journey in order: how many began, how many get there, how long it takes. One row per step.

    Counts accounts whose journey (its first step) began in the period. `share` is that of all who began the step and
    have reached it within `within_days` of the journey's start, those still open counted as waiting and, where
    `customers` are given, those that left as lost (Aalen & Johansen 1978; without customers Kaplan & Meier 1958); no
    value where nobody was followed so long. Steps are ordered by the day they are promised, else reached.

    Returns milestone, started, reached, failed, gone (left before), open (whole numbers that add up to started), share,
    low, high (0-1), median, median_low, median_high (days, honest), closed_only (median days of those that reached it).
    """
    rows = steps_of(milestones, customers, "milestone_funnel", [])
    end = as_of or last_event(rows)
    steps = _with_start(of_journey(rows, "milestone_funnel", journey), customers)
    clock = Clock("milestone_funnel", steps, START, "reached_at", end, "days", lost=_lost(steps))
    curves = {key[0]: (part, curve) for key, part, curve in clock.curves(period, ["milestone"])}
    failed = _failed(within(steps, START, period), end)
    out = []
    for name in [name for name in order_of(steps)["milestone"] if name in curves]:
        part, curve = curves[name]
        counts = [part[state].sum() if state in part else 0.0 for state in ("done", "gone", "running")]
        given_up = min(failed.get(name, 0), counts[2])
        whole = [curve.n, counts[0], given_up, counts[1], counts[2] - given_up]
        reached = curve.done_by(within_days) if curve.n else (np.nan,) * 3
        out.append([name, *whole, *reached, *curve.quantile(0.5), middle_of(part) / SECONDS["days"]])
    frame = pd.DataFrame(out, columns=list(_FUNNEL))
    return frame.astype(dict.fromkeys(_FUNNEL[1:6], np.int64))


def stall_list(
    milestones: Any,
    *,
    customers: Any = None,
    journey: str | None = None,
    as_of: dt.datetime | None = None,
    share: float = 0.75,
) -> pd.DataFrame:
    """Accounts stuck in a step: past the day it was promised for, or open longer than three in four take.

    The longest open stand first. `share` is the quantile of all starters (open ones counted as waiting) beyond which a
    step counts as stuck; it is infinite while so many have not got there. Steps that failed and accounts that left are
    not listed. Accounts are named by their id only. Without `journey` all journeys.

    Returns journey (where several), customer_id, milestone, started_at, due_at, days_open, usual_days (that quantile),
    days_late (negative: still in time), why (one of STALLED), owner (where the table has it).
    """
    if not 0 < share < 1:
        raise ParameterError(f"share is {share}; give a share between 0 and 1.")
    rows = steps_of(milestones, customers, "stall_list", [])
    end = as_of or last_event(rows)
    if journey is not None:
        rows = of_journey(rows, "stall_list", journey)
    rows = _with_left(rows, customers)
    clock = Clock("stall_list", rows, "started_at", "reached_at", end, "days", lost=_lost(rows))
    usual = {key: curve.quantile(share)[0] for key, _, curve in clock.curves(None, ["journey", "milestone"])}
    found = _open(rows, end)
    keys = list(zip(found["journey"], found["milestone"], strict=True))
    today = pd.Timestamp(end or dt.datetime(1, 1, 1))
    found["days_open"] = (today - found["started_at"]).dt.total_seconds() / 86400
    found["usual_days"] = [usual.get(key, np.nan) for key in keys]
    found["days_late"] = (today - found["due_at"]).dt.total_seconds() / 86400
    slow, late = found["days_open"] > found["usual_days"], found["days_late"] > 0
    found["why"] = np.select([slow & late, late, slow], [STALLED[2], STALLED[0], STALLED[1]], "")
    found = found[found["why"] != ""].sort_values(
        ["days_open", "journey", "customer_id", "milestone"], ascending=[False, True, True, True], ignore_index=True
    )
    columns = ["journey", *_STALLED] if journey is None else list(_STALLED)
    return found[[name for name in columns if name in found]]


def _with_start(rows: Frame, customers: Any) -> Frame:
    """The journey's first step of each account as START, and the day it left where customers are known."""
    return _with_left(rows.with_columns(nw.col("started_at").min().over("customer_id").alias(START)), customers)


def _with_left(rows: Frame, customers: Any) -> Frame:
    if customers is None:
        return rows
    accounts = frame_of(customers, "customers", ["customer_id"], "milestones")
    if "closed_on" not in columns_of(accounts):
        return rows
    return joined(rows, accounts.select("customer_id", nw.col("closed_on").alias(LEFT)))


def _lost(rows: Frame) -> str | None:
    return LEFT if LEFT in columns_of(rows) else None


def _failed(rows: Frame, end: dt.datetime | None) -> dict[str, int]:
    """Steps given up, of accounts that are still there, by milestone."""
    if "outcome" not in columns_of(rows) or end is None:
        return {}
    rows = rows.filter(nw.col("outcome") == "failed", nw.col("reached_at").is_null(), nw.col(START) <= nw.lit(end))
    if LEFT in columns_of(rows):
        left = nw.col(LEFT)
        rows = rows.filter(left.is_null() | (left > nw.lit(end)) | (left < nw.col(START).dt.truncate("1d")))
    counted = collect(rows.group_by("milestone").agg(nw.len().alias("n")))
    return dict(zip(counted["milestone"], counted["n"].astype(int), strict=True))


def _open(rows: Frame, end: dt.datetime | None) -> pd.DataFrame:
    """Steps begun and neither reached nor failed by `end`, of accounts that have not left."""
    when = nw.lit(end or dt.datetime(1, 1, 1))
    rows = rows.filter(nw.col("started_at") <= when, nw.col("reached_at").is_null() | (nw.col("reached_at") > when))
    names = columns_of(rows)
    if "outcome" in names:
        rows = rows.filter(nw.col("outcome").is_null() | (nw.col("outcome") != "failed"))
    if LEFT in names:
        rows = rows.filter(nw.col(LEFT).is_null() | (nw.col(LEFT) > when))
    wanted = ["customer_id", "journey", "milestone", "started_at", *(n for n in ("due_at", "owner") if n in names)]
    found = collect(rows.select(*wanted))
    return found if "due_at" in found else found.assign(due_at=pd.Series(pd.NaT, found.index, "datetime64[us]"))
