"""How much there is to do: contacts per account, what is open and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.measure import Frame, check_period, group_columns, kpi_frame, label, latest, rows_of
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import _seconds, collect, columns_of, count, count_durations
from cxlab.stats.durations import completion
from cxlab.stats.rates import rate

_CLOCKS = ("opened_at", "first_response_at", "resolved_at", "closed_at")
_DAY = 86400
_NEVER = dt.datetime(1, 1, 1)
AGES = (1, 3, 7, 14, 30, 90)


def contact_rate(
    customers: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    tickets: Any = None,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Tickets opened per active account in the period. Accounts without a ticket count too.

    One row of `customers` is an account; it counts for the share of the period in which it was active (from signed_on
    to the end of closed_on), and so do the tickets it opened then: an account that came half-way is half an account.
    While the period is not over by `as_of` (default: the last event in the tickets table) both are reckoned until then,
    so that the rate is that of a full period. Without a period it runs from the first ticket to `as_of`. n counts
    accounts. Left out: accounts without signed_on, tickets of accounts that are not known or not active. Interval:
    gamma (Fay & Feuer 1997) with the variance found between accounts, which holds where a few accounts open most
    tickets.
    """
    by, kpi = group_columns(by), "contact_rate"
    check_period(period)
    accounts = rows_of(customers, "customers", kpi, ["customer_id", "signed_on", "closed_on"], by, weight, cluster)
    opened = _beside(tickets, kpi, ["customer_id", "opened_at"])
    start, end, length = _span(opened, period, as_of)
    signed, closed = nw.col("signed_on"), nw.col("closed_on")
    accounts = accounts.filter(~signed.is_null(), signed < end, closed.is_null() | (closed >= start))
    begins, ends = nw.col("_cx_begins"), nw.col("_cx_ends")
    last = _seconds(closed.fill_null(end)) + nw.when(closed.is_null()).then(nw.lit(0)).otherwise(nw.lit(_DAY))
    accounts = accounts.with_columns(_cx_begins=_seconds(signed), _cx_ends=last)
    kept = list(dict.fromkeys(["customer_id", *by, *filter(None, [weight, cluster])]))
    first, stop = _second(start), _second(end)
    counted = (
        opened.filter(nw.col("opened_at") >= start, nw.col("opened_at") < end, ~nw.col("customer_id").is_null())
        .with_columns(_cx_at=_seconds(nw.col("opened_at")))
        .select("customer_id", "_cx_at")
        .join(accounts.select("customer_id", "_cx_begins", "_cx_ends"), on="customer_id", how="inner")
        .filter(nw.col("_cx_at") >= begins, nw.col("_cx_at") < ends)
        .group_by("customer_id")
        .agg(nw.len().alias("_cx_tickets"))
    )
    begun = nw.when(begins > first).then(begins).otherwise(nw.lit(first))
    over = nw.when(ends < stop).then(ends).otherwise(nw.lit(stop))
    active = accounts.select(*kept, _cx_exposure=(over - begun).cast(nw.Float64) / length)
    active = active.filter(nw.col("_cx_exposure") > 0).join(counted, on="customer_id", how="left")
    events = nw.col("_cx_tickets").fill_null(0)
    counts = count(active, by, events, nw.col("_cx_exposure"), weight, cluster, {"_cx_weights": nw.lit(1.0)})
    average = counts["_cx_weights"].to_numpy() / np.maximum(counts["n"].to_numpy(), 1)
    return kpi_frame(kpi, period, by, counts, rate(estimates.Counts.of(counts), average), min_n)


def backlog_age(
    tickets: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Days that tickets open at the end of the period have been waiting, of which half wait no longer (median).

    A snapshot: every ticket opened before the end of the period, long ago too, and neither resolved nor closed by then;
    while the period is not over, at `as_of` (default: the last event in the table). n is how many are open. Calendar
    days. A ticket that was reopened counts as its last resolution says. Interval: log-log limits of the
    distribution (Brookmeyer & Crowley 1982), infinite above where too few are open to tell.
    """
    by = group_columns(by)
    parts = _open(tickets, "backlog_age", period, by, weight, cluster, as_of)
    groups = pd.DataFrame([key for key, _ in parts], columns=by) if by else pd.DataFrame(index=range(len(parts)))
    read = np.array([_age(part, cluster, 0.5) for _, part in parts], dtype=float).reshape(-1, 5)
    return kpi_frame("backlog_age", period, by, groups, estimates.Estimate(*read.T), min_n)


def backlog(
    tickets: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    bins: Sequence[float] = AGES,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """The open tickets of `backlog_age` by age.

    Returns per group one row for each age class, the youngest first (`bins` are their limits in days): period, the
    `by` columns, age ("under 1 day", "1 to 3 days" ... "90 days or more"), open (tickets), share, low, high (of the
    group's open tickets, 0-1, Wilson), total (open tickets of the group), median and p90 (their age in days).
    """
    by, edges = group_columns(by), [0.0, *bins, np.inf]
    if not bins or any(upper <= lower for lower, upper in zip(edges, edges[1:], strict=False)):
        raise ParameterError(f"the age classes {list(bins)} must be days above 0 that rise, such as {list(AGES)}.")
    names = [f"under {_days(bins[0])}", *(f"{low:g} to {_days(up)}" for low, up in zip(bins, bins[1:], strict=False))]
    names.append(f"{_days(bins[-1])} or more")
    frames = []
    for key, part in _open(tickets, "backlog", period, by, None, None, as_of):
        place = np.searchsorted(np.asarray(bins, float) * _DAY, part["seconds"].to_numpy(), side="right")
        hits = np.bincount(place, part["done"].to_numpy(), len(names))
        total = np.full(len(names), hits.sum())
        share = estimates.share(estimates.Counts(total, total, hits, total, hits, hits, total))
        frames.append(
            pd.DataFrame(
                {
                    **dict(zip(by, key, strict=True)),
                    "age": names,
                    "open": hits.astype(np.int64),
                    "share": share.value,
                    "low": share.low,
                    "high": share.high,
                    "total": total.astype(np.int64),
                    "median": _age(part, None, 0.5)[0],
                    "p90": _age(part, None, 0.9)[0],
                }
            )
        )
    columns = [*by, "age", "open", "share", "low", "high", "total", "median", "p90"]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    frame.insert(0, "period", label(period))
    return frame


def _beside(tickets: Any, kpi: str, needed: Sequence[str]) -> Frame:
    if tickets is None:
        raise TableError(
            f"{kpi} needs the table tickets beside its own: give tickets=..., and where the project has no such table, "
            "map a help desk export to it in cxlab.toml."
        )
    return rows_of(tickets, "tickets", kpi, needed, [])


def _span(opened: Frame, period: Period | None, as_of: dt.datetime | None) -> tuple[dt.datetime, dt.datetime, float]:
    """Start and end of what is counted, and how many seconds the full period has."""
    known = as_of or latest(opened, _CLOCKS)
    if period is None:
        first = collect(opened.select(nw.col("opened_at").min()))["opened_at"].iloc[0]
        start = _NEVER if pd.isna(first) else pd.Timestamp(first).to_pydatetime()
        end = known or _NEVER
        end += dt.timedelta(seconds=1)  # the last event itself is part of it
        return start, end, max((end - start).total_seconds(), 1.0)
    full = (period.end - period.start).total_seconds()
    end = period.end if known is not None and period.is_over_by(known) else min(known or _NEVER, period.end)
    return period.start, end, full


def _second(moment: dt.datetime) -> int:
    """The same seconds that counting reckons on the engine."""
    return moment.toordinal() * _DAY + moment.hour * 3600 + moment.minute * 60 + moment.second


def _days(number: float) -> str:
    return f"{number:g} day" if number == 1 else f"{number:g} days"


def _open(
    tickets: Any,
    kpi: str,
    period: Period | None,
    by: list[str],
    weight: str | None,
    cluster: str | None,
    as_of: dt.datetime | None,
) -> list[tuple[tuple, pd.DataFrame]]:
    """(group, counted ages) of the tickets open at the moment of the snapshot; without `by` always one, be it empty."""
    check_period(period)
    rows = rows_of(tickets, "tickets", kpi, ["opened_at", "resolved_at"], by, weight, cluster)
    known = as_of or latest(rows, _CLOCKS) or _NEVER
    now = known if period is None or not period.is_over_by(known) else min(period.end, as_of or period.end)
    if period is not None and now < period.start:
        now = _NEVER  # the period has not begun: what will be open at its end is not known
    running = nw.col("opened_at") < now
    for end in ("resolved_at", "closed_at"):
        if end in columns_of(rows):
            running = running & (nw.col(end).is_null() | (nw.col(end) >= now))
    aged = rows.filter(running).with_columns(_cx_now=nw.lit(now))
    counted = count_durations(aged, by, "opened_at", "_cx_now", now, weight, cluster)
    if not by:
        return [((), counted)]
    # A group that has tickets and none of them open is no group without news: it stands there with n = 0.
    groups = collect(rows.filter(nw.col("opened_at") < now).select(*by).unique())
    counted = groups.merge(counted, on=by, how="left")
    numbers = ["seconds", "done", "running", "n", "squares"]
    counted[numbers] = counted[numbers].fillna(0.0)
    return list(counted.groupby(by, dropna=False, sort=True, observed=True))


def _age(part: pd.DataFrame, cluster: str | None, share: float) -> tuple[float, float, float, float, float]:
    """Age in days below which this share is, its interval, n and effective n."""
    names = ("seconds", "done", "running", "n", "squares")
    days = completion(part["seconds"] / _DAY, *(part[name] for name in names[1:]), part[cluster] if cluster else None)
    value = days.quantile(share) if days.n else (np.nan,) * 3
    return *value, days.n, days.n_eff
