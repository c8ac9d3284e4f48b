"""Measures of who stays and what they are worth. The list at the start of the period is the only denominator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxlab.errors import ParameterError
from cxlab.kpis.measure import Frame, check_period, group_columns, kpi_frame, latest, rows_of, within
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import collect, count, frame_of
from cxlab.stats.poisson import event_count


def retention_rate(
    customers: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Share of the customers we had when the period started that we still had when it ended.

    Counts accounts signed before the start and not closed before it; accounts won during the period do not enter.
    Without a period: all accounts ever signed. Interval: Wilson (1927). A quarter's rate is not a quarter of a year's:
    compounding four quarters gives the year.
    """
    return _logos(customers, "retention_rate", period, by, weight, cluster, min_n, kept=True)


def churn_rate(
    customers: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Share of the customers we had when the period started that had left when it ended.

    One minus the retention rate, on the same list of accounts. Interval: Wilson (1927).
    """
    return _logos(customers, "churn_rate", period, by, weight, cluster, min_n, kept=False)


def net_revenue_retention(
    subscriptions: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Recurring revenue at the end of the period from the accounts that paid at its start, as a share of what they
    paid then.

    Start is the last month before the period, end its last month (without a period: first and last month of the table).
    Accounts that left count with 0, new accounts not at all; above 1 expansion outweighs what was lost. Groups are
    those of the start. Interval: ratio of sums, linearised over accounts, bounded by nothing kept and doubled.
    Source: SaaS Metrics Standards Board.
    """
    return _revenue(subscriptions, "net_revenue_retention", period, by, weight, cluster, min_n)


def gross_revenue_retention(
    subscriptions: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Recurring revenue kept from the accounts that paid at the start of the period, without any expansion.

    Account by account the smaller of end and start, summed, over the start; never above 1. Months and groups as in net
    revenue retention. Interval: Wilson on as many accounts as the revenue is worth (Kish), somewhat wide where
    contraction is partial. Source: SaaS Metrics Standards Board.
    """
    return _revenue(subscriptions, "gross_revenue_retention", period, by, weight, cluster, min_n)


def left_in(customers: Any, period: Period | None = None) -> Frame:
    """Who was there when the period started, and who of them had left when it ended: the one meaning of churn here.

    The customers table, as a Narwhals frame on its own engine, cut to the accounts signed before the start and not
    closed before it, with `_cx_left` added: 1.0 for those closed before the period's end, else 0.0. Without a
    period: all accounts ever signed, 1.0 where they are closed.
    """
    rows = frame_of(customers, "customers", ["signed_on", "closed_on"], "left_in")
    signed, closed = nw.col("signed_on"), nw.col("closed_on")
    rows = rows.filter(~signed.is_null())
    gone = ~closed.is_null()
    if period is not None:
        rows = rows.filter(signed < period.start, closed.is_null() | (closed >= period.start))
        gone = gone & (closed < period.end)
    return rows.with_columns(_cx_left=nw.when(gone).then(nw.lit(1.0)).otherwise(nw.lit(0.0)))


def new_logos(
    customers: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """How many customers signed in the period.

    Counts accounts by signed_on, whether or not they have left since. It is a count and no rate: a `weight` does not
    change it and only widens the interval where accounts weigh unequally. Interval: the exact one of a Poisson count
    (Garwood 1936, Biometrika 28:437-442), stretched by the size of the clusters where accounts sign in clusters. None
    in a period that the table's dates enclose is 0; outside of them it is unknown.
    """
    by = group_columns(by)
    rows = rows_of(customers, "customers", "new_logos", ["signed_on", "closed_on"], by, weight, cluster)
    signed = within(rows, "signed_on", period)
    one = (~nw.col("signed_on").is_null()).cast(nw.Float64)
    counts = count(signed, by, one, weight=weight, cluster=cluster)
    estimate = event_count(estimates.Counts.of(counts))
    frame = kpi_frame("new_logos", period, by, counts, estimate, min_n)
    if by or frame["n"].iloc[0]:
        return frame
    known = period is not None and _encloses(rows, period)
    high = float(estimate.high[0]) if known else np.nan
    return frame.assign(value=0.0 if known else np.nan, low=0.0 if known else np.nan, high=high)


def _encloses(rows: Frame, period: Period) -> bool:
    """Whether the dates of the table begin before the period and reach to its end."""
    first = collect(rows.select(nw.col("signed_on").min()))["signed_on"].iloc[0]
    last = latest(rows, ["signed_on", "closed_on"])
    return last is not None and pd.Timestamp(first) < period.start and period.is_over_by(last)


def annualised(rate: ArrayLike, periods_per_year: float, kept: bool = False) -> np.ndarray:
    """A rate of leaving over one period as the rate of leaving over a year: 1 - (1 - m)**12 for a monthly rate m.

    Twelve times the monthly rate would be too much: who has left cannot leave again. `kept` says that `rate` is a rate
    of staying. Works the other way too: periods_per_year = 1/12 takes a yearly rate to the month. Rates are shares
    (0-1); pass value, low and high alike, the order of the limits stays. Raises ParameterError.
    """
    share = np.asarray(rate, dtype=float)
    if not periods_per_year > 0:
        raise ParameterError(f"periods_per_year is {periods_per_year}; give 12 for months, 4 for quarters.")
    if ((share < 0) | (share > 1)).any():
        raise ParameterError("a rate to annualise is a share from 0 to 1.")
    return share**periods_per_year if kept else 1 - (1 - share) ** periods_per_year


def _logos(
    customers: Any,
    kpi: str,
    period: Period | None,
    by: str | Sequence[str],
    weight: str | None,
    cluster: str | None,
    min_n: int,
    kept: bool,
) -> pd.DataFrame:
    by = group_columns(by)
    check_period(period)
    rows = left_in(rows_of(customers, "customers", kpi, ["signed_on", "closed_on"], by, weight, cluster), period)
    left = nw.col("_cx_left")
    counts = count(rows, by, 1.0 - left if kept else left, weight=weight, cluster=cluster)
    return kpi_frame(kpi, period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def _revenue(
    subscriptions: Any,
    kpi: str,
    period: Period | None,
    by: str | Sequence[str],
    weight: str | None,
    cluster: str | None,
    min_n: int,
) -> pd.DataFrame:
    by = group_columns(by)
    check_period(period)
    rows = rows_of(subscriptions, "subscriptions", kpi, ["customer_id", "month", "mrr"], by, weight, cluster)
    cohort = start_and_end(rows, period, [*by, *filter(None, [weight, cluster])])
    start, end = nw.col("_cx_start"), nw.col("_cx_now")
    if kpi == "gross_revenue_retention":
        end = nw.when(end < start).then(end).otherwise(start)
    counts = count(cohort, by, end, start, weight=weight, cluster=cluster)
    sufficient = estimates.Counts.of(counts)
    if kpi == "gross_revenue_retention":
        estimate = estimates.share(sufficient)
    else:
        estimate = estimates.ratio_of_sums(sufficient, bounds=(0.0, 2.0))
    return kpi_frame(kpi, period, by, counts, estimate, min_n)


def months_of(rows: Frame, period: Period | None) -> tuple[dt.datetime, dt.datetime]:
    """The month that closes the period before and the last month of the period, of a subscriptions table.

    Where the table does not reach over the period both are a month that no table has.
    """
    nothing = dt.datetime(1, 1, 1), dt.datetime(1, 1, 1)
    if period is not None and period.kind == "week":
        raise ParameterError(
            f"recurring revenue comes by month; {period.label} is a week. Give a month, quarter or year."
        )
    span = collect(rows.select(nw.col("month").min().alias("first"), nw.col("month").max().alias("last")))
    first, last = span["first"].iloc[0], span["last"].iloc[0]
    if pd.isna(first):
        return nothing
    first, last = pd.Timestamp(first).to_pydatetime(), pd.Timestamp(last).to_pydatetime()
    if period is None:
        return first, last
    wanted = (period.start - dt.timedelta(days=1)).replace(day=1), (period.end - dt.timedelta(days=1)).replace(day=1)
    return wanted if first <= wanted[0] and wanted[1] <= last else nothing


def start_and_end(rows: Frame, period: Period | None, carry: Sequence[str] = ()) -> Frame:
    """One row per account that paid at the start: _cx_start, _cx_now and the attributes it had at the start.

    Empty where the table does not reach over the period: then nothing is known, which is not the same as lost.
    """
    opening, closing = months_of(rows, period)
    carried = [nw.col(name).min().alias(name) for name in dict.fromkeys(carry) if name != "customer_id"]
    start = (
        rows.filter(nw.col("month") == opening)
        .group_by("customer_id")
        .agg(nw.col("mrr").sum().alias("_cx_start"), *carried)
        .filter(nw.col("_cx_start") > 0)
    )
    end = rows.filter(nw.col("month") == closing).group_by("customer_id").agg(nw.col("mrr").sum().alias("_cx_end"))
    both = start.join(end, on="customer_id", how="left")
    paid = nw.col("_cx_end")
    return both.with_columns(_cx_now=nw.when(paid.is_null() | (paid < 0)).then(nw.lit(0.0)).otherwise(paid))
