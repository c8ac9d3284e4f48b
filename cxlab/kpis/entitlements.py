"""What customers may use: how much of it they use, and what they ask for that they may not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import TableError
from cxlab.kpis.accounts import attach
from cxlab.kpis.journeys import joined
from cxlab.kpis.listening import active_accounts
from cxlab.kpis.measure import Frame, check_period, group_columns, kpi_frame, rows_of, warn, within
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import collect, columns_of, count, frame_of

_TABLE = "entitlements"


def entitlement_use(
    entitlements: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    usage: Any = None,
    customers: Any = None,
) -> pd.DataFrame:
    """Share of what customers may use that they did use in the period: of every feature an account is entitled to,
    whether it was used.

    Counts pairs of account and feature with `entitled` true. A pair is used when `usage` has a row of it in the period
    whose value is above 0 or not given. With `customers` only accounts count that were customers on at least one day of
    the period. Nothing is counted where `usage` has no row in the period at all; features that it never names are set
    aside with a remark, since nothing is known of them. Large accounts weigh by their features; adoption breadth
    averages accounts instead. Interval: Wilson on accounts as clusters (unless `cluster` names another). Source: house.
    Raises TableError without a usage table.
    """
    by = group_columns(by)
    check_period(period)
    needed = ["customer_id", "feature", "entitled"]
    rows = rows_of(entitlements, _TABLE, "entitlement_use", needed, by, weight, cluster).filter(nw.col("entitled"))
    if usage is None:
        raise TableError("entitlement_use needs the usage table besides: without it nobody knows what was used.")
    uses = frame_of(usage, "usage", ["customer_id", "feature", "used_on"], "entitlement_use")
    known = set(collect(uses.select("feature").unique())["feature"].dropna())
    rows = _of_active(rows, customers, period, "entitlement_use")
    rows = _without_unknown(rows, known)
    uses = within(uses, "used_on", period)
    if "value" in columns_of(uses):
        uses = uses.filter(nw.col("value").is_null() | (nw.col("value") > 0))
    pairs = uses.select("customer_id", "feature").unique().with_columns(_cx_used=nw.lit(1.0))
    if not int(collect(pairs.select(nw.len().alias("n")))["n"].iloc[0]):
        rows = rows.filter(nw.col("feature").is_null())
    rows = joined(rows, pairs, on=("customer_id", "feature"))
    hit = nw.when(nw.col("_cx_used").is_null()).then(nw.lit(0.0)).otherwise(nw.lit(1.0))
    counts = count(rows, by, hit, weight=weight, cluster=cluster or "customer_id")
    return kpi_frame("entitlement_use", period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def asked_not_entitled(
    entitlements: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Share of the features customers asked for in the period that they may not use.

    Counts pairs of account and feature asked for (asked_on) in the period; where `entitled` is not true the wish was
    not met. What was granted later counts as met. Interval: Wilson on accounts as clusters (unless `cluster` names
    another). Source: house.
    """
    by = group_columns(by)
    needed = ["customer_id", "feature", "entitled", "asked_on"]
    rows = rows_of(entitlements, _TABLE, "asked_not_entitled", needed, by, weight, cluster)
    rows = within(rows, "asked_on", period)
    hit = nw.when(nw.col("entitled")).then(nw.lit(0.0)).otherwise(nw.lit(1.0))
    counts = count(rows, by, hit, weight=weight, cluster=cluster or "customer_id")
    return kpi_frame("asked_not_entitled", period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def entitlement_table(
    entitlements: Any,
    usage: Any,
    period: Period,
    *,
    by: str | Sequence[str] = (),
    customers: Any = None,
    subscriptions: Any = None,
) -> pd.DataFrame:
    """Feature by feature: who may use it, who does, who asks in vain and what these accounts pay.

    `by` names further columns, "plan" say, taken from `customers` where the table lacks them. With `customers` only
    accounts count that were customers in the period. Asked in vain: asked for before the period's end and still not
    entitled. Revenue is that of these accounts in the last month of `subscriptions` that begins before the period's
    end; an account that asks for two features stands in both rows, so that rows do not add up.

    Columns: feature, the `by` columns, entitled (accounts), used, value, low, high (share of the entitled that used it,
    with Wilson's interval; empty where the usage table never names the feature), asked (accounts, by the period's
    end), asked_not_entitled (of these), revenue (monthly; empty without subscriptions).
    """
    by = group_columns(by)
    keys = ["feature", *by]
    table = attach(entitlements, customers, by)
    rows = rows_of(table, _TABLE, "entitlement_table", ["customer_id", "entitled"], keys)
    rows = _of_active(rows, customers, period, "entitlement_table")
    use = entitlement_use(rows.to_native(), period, keys, usage=usage)
    have = nw.when(nw.col("entitled")).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
    frame = count(rows, keys, have)[[*keys, "sy"]].rename(columns={"sy": "entitled"})
    frame = frame.merge(use[[*keys, "value", "low", "high"]], on=keys, how="left")
    frame["used"] = (frame["value"] * frame["entitled"]).round()
    known = [name for name in ("asked_on",) if name in columns_of(rows)]
    wishes = collect(rows.select("customer_id", "entitled", *keys, *known))
    wishes = wishes[wishes["asked_on"] < period.end] if known else wishes.iloc[:0]
    vain = wishes[~wishes["entitled"].fillna(False).astype(bool)]
    for name, part in (("asked", wishes), ("asked_not_entitled", vain)):
        number = part.groupby(keys, dropna=False)["customer_id"].nunique().rename(name).reset_index()
        frame = frame.merge(number, on=keys, how="left")
        frame[name] = frame[name].fillna(0).astype(int)
    frame["revenue"] = np.nan
    if subscriptions is not None:
        paid = vain.assign(revenue=vain["customer_id"].map(_paid(subscriptions, period)).fillna(0.0))
        frame = frame.drop(columns="revenue")
        frame = frame.merge(paid.groupby(keys, dropna=False)["revenue"].sum().reset_index(), on=keys, how="left")
        frame["revenue"] = frame["revenue"].fillna(0.0)
    frame["entitled"] = frame["entitled"].astype(int)
    return frame[[*keys, "entitled", "used", "value", "low", "high", "asked", "asked_not_entitled", "revenue"]]


def _of_active(rows: Frame, customers: Any, period: Period | None, needed_by: str) -> Frame:
    if customers is None:
        return rows
    accounts = frame_of(customers, "customers", ["customer_id", "signed_on", "closed_on"], needed_by)
    return joined(rows, active_accounts(accounts, period).select("customer_id").unique(), how="inner")


def _without_unknown(rows: Frame, known: set[str]) -> Frame:
    """The rows of features that the usage table names at some time; says which it never does."""
    wanted = set(collect(rows.select("feature").unique())["feature"].dropna())
    unknown = sorted(wanted - known)
    if unknown and known:
        shown = ", ".join(unknown[:5]) + (" ..." if len(unknown) > 5 else "")
        warn(f"the usage table never names {len(unknown)} of the features ({shown}): they are set aside.")
    return rows.filter(nw.col("feature").is_in(sorted(known))) if unknown else rows


def _paid(subscriptions: Any, period: Period) -> pd.Series:
    """Recurring revenue an account in the last month before the period's end that the table has."""
    rows = frame_of(subscriptions, "subscriptions", ["customer_id", "month", "mrr"], "entitlement_table")
    rows = rows.filter(nw.col("month") < period.end)
    last = collect(rows.select(nw.col("month").max().alias("month")))["month"].iloc[0]
    if pd.isna(last):
        return pd.Series(dtype=float)
    rows = rows.filter(nw.col("month") == nw.lit(pd.Timestamp(last).to_pydatetime()))
    return collect(rows.group_by("customer_id").agg(nw.col("mrr").sum())).set_index("customer_id")["mrr"]
