"""Measures of adoption: how much of what they may use customers use (breadth), and how steadily (depth)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.journeys import joined
from cxlab.kpis.measure import Frame, check_period, group_columns, kpi_frame, rows_of, within
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import collect, columns_of, count, frame_of

_FAR = dt.datetime(2200, 1, 1)
_CURVE = ("cohort", "month", "value", "low", "high", "n", "left")


def adoption_breadth(
    customers: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    usage: Any = None,
    entitlements: Any = None,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Share of the features an account may use that it did use in the period, averaged over accounts.

    Counts every account that was a customer throughout the period, those that used nothing with 0. What an account may
    use is what `entitlements` grant it (accounts without any are left out); without that table, every feature that
    anybody used. A feature is used when `usage` has a row of it whose value is above 0 or not given. Interval: mean of
    account shares, linearised, bounded by 0 and 1. Source: licensed features in use over licensed features (module
    utilisation of the customer-success vendors; ServiceNow calls it product adoption).
    """
    by = group_columns(by)
    accounts = _throughout(customers, "adoption_breadth", period, by, weight, cluster)
    used = _used(usage, "adoption_breadth", period)
    may, number = _entitled(entitlements, usage, "adoption_breadth")
    if may is not None:
        used = joined(used, may, on=("customer_id", "feature"), how="inner")
        granted = may.group_by("customer_id").agg(nw.len().alias("_cx_may"))
        accounts = joined(accounts, granted, how="inner")
    else:
        accounts = accounts.with_columns(nw.lit(float(number)).alias("_cx_may")).filter(nw.col("_cx_may") > 0)
    features = used.select("customer_id", "feature").unique().group_by("customer_id").agg(nw.len().alias("_cx_used"))
    both = joined(accounts, features)
    share = _or_zero("_cx_used") / nw.col("_cx_may").cast(nw.Float64)
    return _mean_share("adoption_breadth", both, share, period, by, weight, cluster, min_n)


def adoption_depth(
    customers: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    usage: Any = None,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Share of the months of the period in which accounts used the features they use, averaged over accounts.

    Depth is how steadily a feature is used once it is adopted: for each account, months with use over months possible,
    over all features it used in the period. Counts accounts that were customers throughout the period and used
    something; breadth tells how many did not. Months after the last one in the usage table are not held against
    anybody. Needs a quarter or a year, since a month says nothing of steadiness. Interval: mean of account shares,
    linearised, bounded by 0 and 1. Source: the frequency side of adoption depth in product analytics, by months because
    that is how use is exported.
    """
    by = group_columns(by)
    accounts = _throughout(customers, "adoption_depth", period, by, weight, cluster)
    if period is not None and period.kind in ("month", "week"):
        raise ParameterError(
            f"adoption depth counts months with use; {period.label} is a {period.kind}. Give a quarter or a year."
        )
    used = _used(usage, "adoption_depth", period)
    months = used.select("customer_id", "feature", _cx_month=_month("used_on")).unique()
    span = collect(months.select(nw.col("_cx_month").min().alias("first"), nw.col("_cx_month").max().alias("last")))
    first, last = span["first"].iloc[0], span["last"].iloc[0]
    if period is not None:
        first = _month_of(period.start)
    possible = 1.0 if pd.isna(last) else float(last - first + 1)
    each = months.group_by("customer_id", "feature").agg(nw.len().alias("_cx_months"))
    per_account = each.group_by("customer_id").agg(
        nw.col("_cx_months").sum().alias("_cx_used"), nw.len().alias("_cx_may")
    )
    both = joined(accounts, per_account, how="inner")
    share = nw.col("_cx_used").cast(nw.Float64) / (nw.col("_cx_may").cast(nw.Float64) * possible)
    return _mean_share("adoption_depth", both, share, period, by, weight, cluster, min_n)


def adoption_curve(
    customers: Any,
    *,
    usage: Any,
    entitlements: Any = None,
    months: int = 12,
    cohort: str = "quarter",
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Breadth of adoption by months since signing, one curve per cohort of signing ("quarter" or "year", calendar).

    Month 0 is that of signing, so it is rarely whole. A cell counts the accounts that were still customers throughout
    that month; `left` says how many of the cohort had gone, since a curve of those who stayed flatters. Only months
    that lie between the first month in the usage table and the last one before `as_of` (default: the last in that
    table), for every account of the cohort, are given. Breadth and entitlements as in adoption_breadth.

    Returns cohort, month, value, low, high (mean share, 0-1, with interval), n, left.
    """
    if cohort not in ("quarter", "year"):
        raise ParameterError.unknown("cohort", cohort, ("quarter", "year"))
    rows = _used(usage, "adoption_curve", None)
    span = collect(rows.select(_month("used_on").min().alias("first"), _month("used_on").max().alias("last")))
    accounts = frame_of(customers, "customers", ["customer_id", "signed_on", "closed_on"], "adoption_curve")
    may, number = _entitled(entitlements, usage, "adoption_curve")
    if may is not None:
        rows = joined(rows, may, on=("customer_id", "feature"), how="inner")
        granted = may.group_by("customer_id").agg(nw.len().alias("_cx_may"))
        accounts = joined(accounts, granted, how="inner")
    else:
        accounts = accounts.with_columns(nw.lit(float(number)).alias("_cx_may"))
    if pd.isna(span["last"].iloc[0]):
        return pd.DataFrame(columns=list(_CURVE))
    first, last = int(span["first"].iloc[0]), int(span["last"].iloc[0])
    last = last if as_of is None else min(last, _month_of(as_of) - 1)
    accounts = accounts.filter(~nw.col("signed_on").is_null()).select(
        "customer_id",
        "_cx_may",
        _cx_signed=_month("signed_on"),
        # Calendar parts of nothing are no whole numbers on some engines: who has not left leaves far away.
        _cx_closed=_month(nw.col("closed_on").fill_null(_FAR)),
    )
    used = rows.select("customer_id", "feature", _cx_month=_month("used_on")).unique()
    used = used.group_by("customer_id", "_cx_month").agg(nw.len().alias("_cx_used"))
    month = nw.col("_cx_month")
    cells = joined(used, accounts, how="inner").filter(
        month >= nw.col("_cx_signed"), month < nw.col("_cx_closed"), month <= last
    )
    share = nw.col("_cx_used").cast(nw.Float64) / nw.col("_cx_may").cast(nw.Float64)
    sums = cells.with_columns(_cx_age=month - nw.col("_cx_signed"), _cx_share=share, _cx_square=share * share)
    sums = collect(
        sums.group_by("_cx_signed", "_cx_age").agg(
            nw.col("_cx_share").sum().alias("sy"), nw.col("_cx_square").sum().alias("syy")
        )
    )
    return _cells(collect(accounts.select("_cx_signed", "_cx_closed")), sums, first, last, months, cohort)


def _cells(accounts: pd.DataFrame, sums: pd.DataFrame, first: int, last: int, months: int, cohort: str) -> pd.DataFrame:
    """Counts per cohort and age from the accounts' months of signing and closing and the sums of what they used."""
    width = 3 if cohort == "quarter" else 12
    signed = accounts["_cx_signed"].to_numpy(int)
    closed = accounts["_cx_closed"].to_numpy(int)
    group, of_sums = signed // width, sums["_cx_signed"].to_numpy(int) // width
    out = []
    for name in np.unique(group):
        mine = group == name
        if signed[mine].min() < first:
            continue
        for age in range(min(months, last - signed[mine].max()) + 1):
            here = mine & (signed + age < closed)
            found = sums[(of_sums == name) & (sums["_cx_age"].to_numpy(int) == age)]
            out.append(
                [_cohort(int(name), cohort), age, here.sum(), mine.sum() - here.sum(), *found[["sy", "syy"]].sum()]
            )
    cells = pd.DataFrame(out, columns=["cohort", "month", "n", "left", "sy", "syy"])
    n, total, squares = (cells[name].to_numpy(float) for name in ("n", "sy", "syy"))
    mean = _within_one(estimates.mean(estimates.Counts(n, n, total, n, squares, total, n), bounds=(0.0, 1.0)))
    return cells.assign(value=mean.value, low=mean.low, high=mean.high)[list(_CURVE)]


def _cohort(number: int, cohort: str) -> str:
    return str(number) if cohort == "year" else f"{number // 4}-Q{number % 4 + 1}"


def _throughout(
    customers: Any, kpi: str, period: Period | None, by: Sequence[str], weight: str | None, cluster: str | None
) -> Frame:
    """The accounts that were customers from before the period until its end; without a period, those that still are."""
    check_period(period)
    rows = rows_of(customers, "customers", kpi, ["customer_id", "signed_on", "closed_on"], by, weight, cluster)
    signed, closed = nw.col("signed_on"), nw.col("closed_on")
    rows = rows.filter(~signed.is_null())
    if period is None:
        return rows.filter(closed.is_null())
    return rows.filter(signed < period.start, closed.is_null() | (closed >= period.end))


def _used(usage: Any, kpi: str, period: Period | None) -> Frame:
    """Rows of use in the period: a value of 0 is none."""
    if usage is None:
        raise TableError(f"{kpi} needs the usage table, which says what accounts used: pass usage=...")
    rows = within(frame_of(usage, "usage", ["customer_id", "used_on", "feature"], kpi), "used_on", period)
    if "value" in columns_of(rows):
        rows = rows.filter(nw.col("value").is_null() | (nw.col("value") > 0))
    return rows.select("customer_id", "used_on", "feature")


def _entitled(entitlements: Any, usage: Any, kpi: str) -> tuple[Frame | None, int]:
    """Pairs of account and feature that are granted; or, without that table, how many features anybody uses."""
    if entitlements is None:
        features = _used(usage, kpi, None).select("feature").unique()
        return None, int(collect(features.select(nw.len().alias("n")))["n"].iloc[0])
    rows = frame_of(entitlements, "entitlements", ["customer_id", "feature", "entitled"], kpi)
    rows = rows.filter(~nw.col("entitled").is_null()).filter(nw.col("entitled").cast(nw.Float64) == 1.0)
    return rows.select("customer_id", "feature").unique(), 0


def _mean_share(
    kpi: str,
    rows: Frame,
    share: nw.Expr,
    period: Period | None,
    by: list[str],
    weight: str | None,
    cluster: str | None,
    min_n: int,
) -> pd.DataFrame:
    counts = count(rows, by, share, weight=weight, cluster=cluster)
    estimate = _within_one(estimates.mean(estimates.Counts.of(counts), bounds=(0.0, 1.0)))
    return kpi_frame(kpi, period, by, counts, estimate, min_n)


def _within_one(estimate: estimates.Estimate) -> estimates.Estimate:
    """The upper limit of a mean share is at most 1."""
    high = np.where(estimate.high > 1, 1.0, estimate.high)
    return estimates.Estimate(estimate.value, estimate.low, high, estimate.n, estimate.n_eff)


def _or_zero(column: str) -> nw.Expr:
    return nw.when(nw.col(column).is_null()).then(nw.lit(0.0)).otherwise(nw.col(column).cast(nw.Float64))


def _month(when: str | nw.Expr) -> nw.Expr:
    """Months since year 0, so that neighbours differ by one."""
    moment = nw.col(when) if isinstance(when, str) else when
    return moment.dt.year().cast(nw.Int64) * 12 + moment.dt.month().cast(nw.Int64) - 1


def _month_of(moment: dt.datetime) -> int:
    return moment.year * 12 + moment.month - 1
