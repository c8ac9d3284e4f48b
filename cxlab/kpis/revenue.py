"""Renewals, and how revenue came from what it was at the start of a period to what it is at its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.kpis.measure import Frame, check_period, group_columns, kpi_frame, label, latest, rows_of, within
from cxlab.kpis.retention import months_of, start_and_end
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import collect, count

_STEPS = ("start", "expansion", "contraction", "churn", "end", "new", "returned")


def renewal_rate(
    subscriptions: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    money: bool = False,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Share of the contracts due for renewal in the period that were renewed.

    The denominator is what was due (a renewal_due in the period that any row states, one an account and month), not all
    active customers: for those see the retention rate. Renewed means that the account still pays in the month after the
    one in which it was due; who left before that day counts as due and not renewed. Left out, as not yet known: what is
    due in the table's last month or later (`as_of`: a moment in the month to take for the last). With `money` a renewal
    counts with what the account paid when it was last stated, and as renewed as far as it pays as much afterwards,
    never more. Groups are those of the last row that states the renewal. Interval: Wilson (1927).
    """
    by = group_columns(by)
    check_period(period)
    needed = ["customer_id", "month", "mrr", "renewal_due"]
    rows = rows_of(subscriptions, "subscriptions", "renewal_rate", needed, by, weight, cluster)
    due = _due(rows, period, as_of or latest(rows, ["month"]), [*by, *filter(None, [weight, cluster])])
    worth, paid = nw.col("_cx_worth"), nw.col("_cx_paid")
    if money:
        kept = nw.when(paid > worth).then(worth).otherwise(nw.when(paid > 0).then(paid).otherwise(nw.lit(0.0)))
        counts = count(due, by, kept, worth, weight=weight, cluster=cluster)
    else:
        counts = count(due, by, (paid > 0).cast(nw.Float64), weight=weight, cluster=cluster)
    return kpi_frame("renewal_rate", period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def _month(moment: nw.Expr) -> nw.Expr:
    """Months since year 0: what months are compared by, whatever an engine makes of dates."""
    return moment.dt.year().cast(nw.Int64) * 12 + moment.dt.month().cast(nw.Int64) - 1


def _due(rows: Frame, period: Period | None, until: dt.datetime | None, carry: Sequence[str]) -> Frame:
    """One row a renewal whose outcome is known: _cx_worth (paid when last stated), _cx_paid (the month after)."""
    last = -1 if until is None else until.year * 12 + until.month - 1
    months = rows.with_columns(_cx_month=_month(nw.col("month")), _cx_mrr=nw.col("mrr").cast(nw.Float64))
    stated = within(months, "renewal_due", period).with_columns(_cx_due=_month(nw.col("renewal_due")))
    stated = stated.filter(nw.col("_cx_month") <= nw.col("_cx_due"), nw.col("_cx_due") < last, nw.col("_cx_mrr") > 0)
    keys = ["customer_id", "_cx_due"]
    latest_row = stated.group_by(*keys).agg(nw.col("_cx_month").max())
    carried = [nw.col(name).min().alias(name) for name in dict.fromkeys(carry) if name != "customer_id"]
    due = (
        stated.join(latest_row, on=[*keys, "_cx_month"], how="inner")
        .group_by(*keys)
        .agg(nw.col("_cx_mrr").sum().alias("_cx_worth"), *carried)
    )
    after = (
        months.with_columns(_cx_due=nw.col("_cx_month") - 1)
        .group_by(*keys)
        .agg(nw.col("_cx_mrr").sum().alias("_cx_paid"))
    )
    both = due.join(after, on=keys, how="left")
    return both.with_columns(
        _cx_paid=nw.when(nw.col("_cx_paid").is_null()).then(nw.lit(0.0)).otherwise(nw.col("_cx_paid"))
    )


def revenue_waterfall(subscriptions: Any, period: Period | None = None, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """How recurring revenue went from the start of the period to its end.

    Months are those of net revenue retention: the last before the period and its own last (without a period: first and
    last of the table). Of the accounts that paid at the start: `start`, `expansion`, `contraction` and `churn` (both 0
    or below), `end`. Apart from them `new` (never paid before) and `returned` (paid before, but not at the start). All
    are money, rounded to the cent account by account: start + expansion + contraction + churn = end, exactly. Groups
    are those of the start, for new and returned ones those of the end.

    Columns: period, the `by` columns, start, expansion, contraction, churn, end, new, returned, then under the same
    names with `_accounts` how many accounts each concerns. One row, or one a group; no money where the table does not
    reach over the period.
    """
    by = group_columns(by)
    check_period(period)
    rows = rows_of(subscriptions, "subscriptions", "revenue_waterfall", ["customer_id", "month", "mrr"], by)
    opening, start, end = _cents("_cx_start"), nw.col("_cx_from"), nw.col("_cx_to")
    cohort = start_and_end(rows, period, by).with_columns(_cx_from=opening, _cx_to=_cents("_cx_now"))
    nothing = nw.lit(0).cast(nw.Int64)
    step = end - start
    parts = {
        "start": (start, start > 0),
        "expansion": (nw.when(step > 0).then(step).otherwise(nothing), step > 0),
        "contraction": (nw.when((step < 0) & (end > 0)).then(step).otherwise(nothing), (step < 0) & (end > 0)),
        "churn": (nw.when(end <= 0).then(step).otherwise(nothing), (end <= 0) & (start > 0)),
        "end": (end, end > 0),
    }
    stayed = _added_up(cohort, by, parts)
    came = _came(rows, period, by)
    again = nw.col("_cx_again")
    to = nw.col("_cx_to")
    others = {
        "new": (nw.when(again).then(nothing).otherwise(to), ~again),
        "returned": (nw.when(again).then(to).otherwise(nothing), again),
    }
    won = _added_up(came, by, others)
    frame = pd.concat([stayed, won], ignore_index=True)
    names = [*_STEPS, *(f"{name}_accounts" for name in _STEPS)]
    frame = frame.reindex(columns=[*by, *names])
    frame[names] = frame[names].fillna(0)
    if by:
        # An engine may give the same groups another type on the two sides.
        frame = frame.groupby(by, dropna=False, sort=True)[names].sum().reset_index()
    else:
        frame = frame[names].sum().to_frame().T
    frame[list(_STEPS)] = frame[list(_STEPS)].astype(float) / 100
    frame[names[len(_STEPS) :]] = frame[names[len(_STEPS) :]].astype("int64")
    if months_of(rows, period)[0].year == 1:
        frame[list(_STEPS)] = float("nan")
    frame.insert(0, "period", label(period))
    return frame


def _cents(name: str) -> nw.Expr:
    return (nw.col(name).cast(nw.Float64) * 100).round(0).cast(nw.Int64)


def _came(rows: Frame, period: Period | None, by: Sequence[str]) -> Frame:
    """Accounts that pay at the end and did not at the start: _cx_to (cents), _cx_again (paid before the start)."""
    opening, closing = months_of(rows, period)
    carried = [nw.col(name).min().alias(name) for name in by if name != "customer_id"]
    paid = rows.filter(nw.col("mrr") > 0)
    at_end = (
        rows.filter(nw.col("month") == closing)
        .group_by("customer_id")
        .agg(nw.col("mrr").sum().alias("_cx_now"), *carried)
        .filter(nw.col("_cx_now") > 0)
    )
    before = start_and_end(rows, period).select("customer_id", "_cx_start")
    first = paid.group_by("customer_id").agg(nw.col("month").min().alias("_cx_first"))
    both = at_end.join(before, on="customer_id", how="left").filter(nw.col("_cx_start").is_null())
    return both.join(first, on="customer_id", how="left").with_columns(
        _cx_again=nw.col("_cx_first") <= opening, _cx_to=_cents("_cx_now")
    )


def _added_up(rows: Frame, by: Sequence[str], parts: dict[str, tuple[nw.Expr, nw.Expr]]) -> pd.DataFrame:
    """Cents of every step and the accounts it concerns, group by group."""
    columns = {name: money for name, (money, _) in parts.items()}
    columns |= {f"{name}_accounts": concerned.cast(nw.Int64) for name, (_, concerned) in parts.items()}
    named = rows.select(*by, **{f"_cx_{name}": expression for name, expression in columns.items()})
    sums = [nw.col(f"_cx_{name}").sum().alias(name) for name in columns]
    return collect(named.group_by(*by).agg(*sums) if by else named.select(*sums))
