"""Measures disagree: accounts of which one measure says well and another says otherwise. No single number sees both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.kpis.measure import within
from cxlab.kpis.retention import left_in, start_and_end
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import collect, columns_of

FALL = 0.75
# Accounts of which something is true, and accounts of which it is known; None where no table says.
Known = tuple[set[str], set[str]] | None


def disagreements(tables: Mapping[str, Any], period: Period) -> pd.DataFrame:
    """Accounts whose measures point different ways in the period.

    Columns: who (promoters or detractors of the period), what (the other measure says of them), accounts (of whom it
    is true), of (of whom it is known), value, low, high (share 0-1 with Wilson's interval). Only pairs whose tables are
    there appear.
    """
    promoters, detractors = _last_nps(tables, period)
    used_less = _used_less(tables, period)
    left = _left(tables, period)
    waiting = _waiting(tables, period)
    paid_less = _paid_less(tables, period)
    pairs = [
        ("promoters", "used the product a quarter less than the period before", promoters, used_less),
        ("promoters", "have a ticket that is not resolved", promoters, waiting),
        ("promoters", "pay less than when the period began", promoters, paid_less),
        ("promoters", "left in the period", promoters, left),
        ("detractors", "pay as much as when the period began, or more", detractors, _without(paid_less)),
    ]
    rows = []
    for who, what, group, other in pairs:
        if group is None or other is None or not group:
            continue
        hits, known = len(group & other[0]), len(group & other[1])
        if known:
            n = np.array([float(known)])
            counts = estimates.Counts(
                n, n, np.array([float(hits)]), n, np.array([float(hits)]), np.array([float(hits)]), n
            )
            share = estimates.share(counts)
            rows.append((who, what, hits, known, share.value[0], share.low[0], share.high[0]))
    return pd.DataFrame(rows, columns=["who", "what", "accounts", "of", "value", "low", "high"])


def _without(known: Known) -> Known:
    return None if known is None else (known[1] - known[0], known[1])


def _has(tables: Mapping[str, Any], table: str, *columns: str) -> Any:
    """The table as a Narwhals frame when it is there with these columns, else None."""
    if table not in tables:
        return None
    frame = nw.from_native(tables[table])
    return frame if set(columns) <= set(columns_of(frame)) else None


def _last_nps(tables: Mapping[str, Any], period: Period) -> tuple[set[str] | None, set[str] | None]:
    rows = _has(tables, "responses", "customer_id", "survey", "score", "answered_at")
    if rows is None:
        return None, None
    asked = within(rows.filter(nw.col("survey") == "nps", ~nw.col("score").is_null()), "answered_at", period)
    means = collect(asked.group_by("customer_id").agg(nw.col("score").mean())).dropna()
    good, bad = means[means["score"] >= 9], means[means["score"] <= 6]
    return set(good["customer_id"]), set(bad["customer_id"])


def _used_less(tables: Mapping[str, Any], period: Period) -> Known:
    rows = _has(tables, "usage", "customer_id", "used_on", "value")
    if rows is None:
        return None
    now, before = (
        collect(within(rows, "used_on", span).group_by("customer_id").agg(nw.col("value").sum())).set_index(
            "customer_id"
        )["value"]
        for span in (period, period.previous())
    )
    before = before[before > 0]
    return set(before.index[now.reindex(before.index).fillna(0.0) < FALL * before]), set(before.index)


def _left(tables: Mapping[str, Any], period: Period) -> Known:
    rows = _has(tables, "customers", "customer_id", "signed_on", "closed_on")
    if rows is None:
        return None
    here = collect(left_in(rows, period).select("customer_id", "_cx_left"))
    return set(here.loc[here["_cx_left"] > 0, "customer_id"]), set(here["customer_id"])


def _waiting(tables: Mapping[str, Any], period: Period) -> Known:
    rows = _has(tables, "tickets", "customer_id", "opened_at", "resolved_at")
    if rows is None:
        return None
    asked = collect(within(rows, "opened_at", period).select("customer_id", "resolved_at")).dropna(
        subset=["customer_id"]
    )
    return set(asked.loc[asked["resolved_at"].isna(), "customer_id"]), set(asked["customer_id"])


def _paid_less(tables: Mapping[str, Any], period: Period) -> Known:
    rows = _has(tables, "subscriptions", "customer_id", "month", "mrr")
    if rows is None or period.kind == "week":
        return None
    paid = collect(start_and_end(rows, period))
    return set(paid.loc[paid["_cx_now"] < paid["_cx_start"], "customer_id"]), set(paid["customer_id"])
