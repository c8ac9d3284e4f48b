"""What it takes to serve customers, beside what they say and what they pay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.accounts import attach
from cxlab.kpis.measure import label, latest, within
from cxlab.kpis.survey import ces, csat, nps
from cxlab.kpis.workload import contact_rate
from cxlab.periods import Period
from cxlab.stats.counting import collect, columns_of, frame_of

_MEASURES = {"nps": nps, "csat": csat, "ces": ces}
_CLOCKS = ("opened_at", "first_response_at", "resolved_at", "closed_at")
COLUMNS = (
    *("period", "accounts", "contacts", "contacts_low", "contacts_high", "replies", "replies_low", "replies_high"),
    *("cost", "cost_low", "cost_high", "revenue", "cost_share", "per_thousand"),
    *("score", "score_low", "score_high", "answers"),
)


def cost_to_serve(
    tables: Mapping[str, Any],
    period: Period,
    by: str = "segment",
    *,
    measure: str = "nps",
    cost_per_contact: float | None = None,
    min_n: int = 5,
    as_of: dt.datetime | None = None,
    options: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Contacts and answers of ours per account in the period, by group, beside a CX measure and the revenue.

    Contacts are what tickets say of themselves (one each where they do not), of tickets opened in the period, per
    active account; replies are those of our people. Both have gamma intervals that allow for a few accounts writing
    most (`contact_rate`). cost_per_contact: in money, an assumption of the caller's; without it cost stays empty and
    effort is told in contacts. revenue: recurring revenue of the period an account (where subscriptions are there),
    cost_share its part that serving took, per_thousand contacts for each 1,000 of it.

    Returns the `by` column and COLUMNS; groups below `min_n` accounts keep accounts and lose the rest. Raises
    TableError without customers or tickets, ParameterError.
    """
    if measure not in _MEASURES:
        raise ParameterError.unknown("measure beside the cost", measure, _MEASURES)
    if cost_per_contact is not None and not cost_per_contact > 0:
        raise ParameterError(f"cost_per_contact is {cost_per_contact}; give money above 0, or leave it out.")
    for name in ("customers", "tickets"):
        if tables.get(name) is None:
            raise TableError.absent(name, [each for each in tables if tables[each] is not None])
    customers = tables["customers"]
    frame_of(customers, "customers", ["customer_id", "signed_on", "closed_on", by], "cost_to_serve")
    opened, known = _opened(tables["tickets"], period, as_of)
    contacts = _rate(customers, period, by, opened, "contacts", known, min_n)
    frame = contacts[[by, "n", "value", "low", "high"]].set_axis(
        [by, "accounts", "contacts", "contacts_low", "contacts_high"], axis=1
    )
    replies = _rate(customers, period, by, opened, "agent_replies", known, min_n) if "agent_replies" in opened else None
    for name in ("value", "low", "high"):
        column = "replies" if name == "value" else f"replies_{name}"
        frame[column] = np.nan if replies is None else replies[name].to_numpy()
    for suffix in ("", "_low", "_high"):
        frame[f"cost{suffix}"] = np.nan if cost_per_contact is None else frame[f"contacts{suffix}"] * cost_per_contact
    frame["revenue"] = _revenue(tables, period, by, frame[by]).where(frame["accounts"] >= min_n)
    frame["cost_share"] = frame["cost"] / frame["revenue"]
    frame["per_thousand"] = 1000 * frame["contacts"] / frame["revenue"]
    frame = frame.merge(_scores(tables, period, by, measure, min_n, options or {}), on=by, how="left")
    frame.insert(0, "period", label(period))
    return frame[[by, *COLUMNS]]


def _opened(tickets: Any, period: Period, as_of: dt.datetime | None) -> tuple[pd.DataFrame, dt.datetime | None]:
    """Tickets opened in the period, and the last moment that the table knows."""
    rows = frame_of(tickets, "tickets", ["customer_id", "opened_at"], "cost_to_serve")
    known = as_of or latest(rows, _CLOCKS)
    kept = [name for name in ("contacts", "agent_replies") if name in columns_of(rows)]
    opened = collect(within(rows, "opened_at", period).select("customer_id", "opened_at", *kept))
    if "contacts" not in opened:
        opened["contacts"] = 1.0
    return opened, known


def _rate(
    customers: Any, period: Period, by: str, opened: pd.DataFrame, what: str, known: dt.datetime | None, min_n: int
) -> pd.DataFrame:
    """A contact rate in which a ticket counts as often as it took contacts (or replies)."""
    times = pd.to_numeric(opened[what]).fillna(1.0 if what == "contacts" else 0.0).clip(lower=0).round().astype(int)
    repeated = opened[["customer_id", "opened_at"]].loc[opened.index.repeat(times)]
    rows = collect(nw.from_native(customers))
    return contact_rate(rows, period, by, tickets=repeated, as_of=known, min_n=min_n)


def _revenue(tables: Mapping[str, Any], period: Period, by: str, groups: pd.Series) -> pd.Series:
    """Recurring revenue of the period an account that paid in it, by group, in the order of the groups."""
    if tables.get("subscriptions") is None:
        return pd.Series(np.nan, index=groups.index)
    rows = frame_of(tables["subscriptions"], "subscriptions", ["customer_id", "month", "mrr"], "cost_to_serve")
    months = collect(within(rows, "month", period).select("customer_id", "month", "mrr"))
    if months.empty:
        return pd.Series(np.nan, index=groups.index)
    group = collect(nw.from_native(tables["customers"])).drop_duplicates("customer_id").set_index("customer_id")[by]
    named = months.assign(group=months["customer_id"].map(group))
    paid = named.groupby("group")["mrr"].sum() / named.groupby("group")["customer_id"].nunique()
    return groups.map(paid).astype(float)


def _scores(
    tables: Mapping[str, Any], period: Period, by: str, measure: str, min_n: int, options: Mapping[str, Any]
) -> pd.DataFrame:
    columns = ["score", "score_low", "score_high", "answers"]
    if tables.get("responses") is None:
        return pd.DataFrame(columns=[by, *columns])
    rows = collect(nw.from_native(attach(tables["responses"], tables["customers"], [by])))
    found = _MEASURES[measure](rows, period, by, cluster="customer_id", min_n=min_n, **options)
    return found[[by, "value", "low", "high", "n"]].set_axis([by, *columns], axis=1)
