"""Measures of the help we give: how fast, how lasting, as promised. Open tickets count as what they are: still
running."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.kpis.measure import Frame, group_columns, kpi_frame, label, latest, rows_of, within
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import columns_of, count, count_durations
from cxlab.stats.durations import Completion, completion

_TABLE = "tickets"
_CLOCKS = ("opened_at", "first_response_at", "resolved_at", "closed_at")
_HOUR = 3600.0
STATISTICS = ("median", "p75", "p90", "mean", "done_by")


def first_response_time(
    tickets: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    statistic: str = "median",
    within_hours: float | None = None,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Hours from opening a ticket to the first answer by a person, of which half wait no longer (median).

    Counts every ticket opened in the period; those still waiting at `as_of` (default: the last event in the table)
    count as waiting at least so long (Kaplan-Meier). `statistic` and `within_hours` as in resolution_time. Calendar
    hours. Leaves out tickets answered before they were opened. Source: Zendesk's first reply time, made honest for
    tickets without one.
    """
    return _duration(
        tickets,
        "first_response_time",
        "first_response_at",
        period,
        by,
        weight,
        cluster,
        min_n,
        statistic,
        within_hours,
        as_of,
    )


def resolution_time(
    tickets: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    statistic: str = "median",
    within_hours: float | None = None,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Hours from opening a ticket to its resolution, of which half take no longer (median).

    Counts every ticket opened in the period; those still open at `as_of` (default: the last event in the table) count
    as running at least so long (Kaplan-Meier), so that a backlog cannot flatter the figure. `statistic` is "median",
    "p75", "p90", "mean" (up to within_hours) or "done_by" (share resolved within within_hours, 0-1). The median is
    infinite while fewer than half are resolved. Calendar hours. Leaves out tickets resolved before they were opened.
    Interval: log-log (Brookmeyer & Crowley 1982). Source: full resolution time of the help-desk vendors, made honest.
    """
    return _duration(
        tickets, "resolution_time", "resolved_at", period, by, weight, cluster, min_n, statistic, within_hours, as_of
    )


def reopen_rate(
    tickets: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Share of resolved or closed tickets that had to be opened again.

    Counts tickets opened in the period that were resolved or closed at least once and of which it is known whether they
    were reopened. Interval: Wilson (1927). Source: Zendesk's reopened tickets.
    """
    by = group_columns(by)
    rows = rows_of(tickets, _TABLE, "reopen_rate", ["opened_at", "reopened"], by, weight, cluster)
    ends = [nw.col(name) for name in ("resolved_at", "closed_at") if name in columns_of(rows)]
    rows = within(rows, "opened_at", period).filter(~nw.col("reopened").is_null())
    if ends:
        ended = ~ends[0].is_null() if len(ends) == 1 else (~ends[0].is_null() | ~ends[1].is_null())
        rows = rows.filter(ended)
    counts = count(rows, by, nw.col("reopened").cast(nw.Float64), weight=weight, cluster=cluster)
    return kpi_frame("reopen_rate", period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def sla_met(
    tickets: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Share of tickets that were resolved within the service level promised.

    Counts tickets opened in the period. The help desk's own flag (sla_met) is taken where there is one; otherwise a
    ticket met it when resolved_at is no later than sla_due_at, and missed it when that time passed by `as_of` (default:
    the last event in the table). Tickets not yet due are left out. Interval: Wilson (1927).
    """
    by = group_columns(by)
    rows = rows_of(tickets, _TABLE, "sla_met", ["opened_at"], by, weight, cluster)
    if "sla_met" in columns_of(rows):
        rows = rows.filter(~nw.col("sla_met").is_null())
        met = nw.col("sla_met").cast(nw.Float64)
    else:
        rows = rows_of(tickets, _TABLE, "sla_met", ["opened_at", "resolved_at", "sla_due_at"], by, weight, cluster)
        end = as_of or latest(rows, _CLOCKS)
        in_time = ~nw.col("resolved_at").is_null() & (nw.col("resolved_at") <= nw.col("sla_due_at"))
        rows = rows.filter(~nw.col("sla_due_at").is_null())
        if end is not None:
            rows = rows.filter(in_time | (nw.col("sla_due_at") <= nw.lit(end)) | ~nw.col("resolved_at").is_null())
        met = nw.when(in_time).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
    counts = count(within(rows, "opened_at", period), by, met, weight=weight, cluster=cluster)
    return kpi_frame("sla_met", period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def honest_clock(
    tickets: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    ended: str = "resolved_at",
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """The honest median beside the one that leaves open tickets out, so that nobody brings the latter as news.

    Returns one row per group: kpi, period, the `by` columns, value, low, high (Kaplan-Meier median, hours), closed_only
    (median of the finished alone, hours), open (tickets that have not come so far), n.
    """
    kpi = {"resolved_at": "resolution_time", "first_response_at": "first_response_time"}.get(ended)
    if kpi is None:
        raise ParameterError(f"ended is {ended!r}; give 'resolved_at' or 'first_response_at'.")
    by = group_columns(by)
    rows = []
    for key, durations, curve in _curves(tickets, kpi, ended, period, by, None, None, as_of):
        value, low, high = curve.quantile(0.5) if curve.n else (np.nan,) * 3
        rows.append(
            [kpi, label(period), *key, value, low, high, _middle(durations), durations["running"].sum(), curve.n]
        )
    columns = ["kpi", "period", *by, "value", "low", "high", "closed_only", "open", "n"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"open": np.int64, "n": np.int64})


def duration_curve(
    tickets: Any, period: Period | None = None, *, ended: str = "resolved_at", as_of: dt.datetime | None = None
) -> pd.DataFrame:
    """Share done over time, for a chart.

    Columns: time (hours), done, low, high (0-1), and naive, the flattering curve of the tickets that are done.
    """
    kpi = "resolution_time" if ended == "resolved_at" else "first_response_time"
    _, durations, curve = _curves(tickets, kpi, ended, period, [], None, None, as_of)[0]
    finished = durations[durations["done"] > 0]
    at = np.searchsorted(finished["seconds"].to_numpy() / _HOUR, curve.time, side="right")
    naive = np.concatenate([[0.0], finished["done"].cumsum().to_numpy()])[at] / max(finished["done"].sum(), 1)
    return pd.DataFrame(
        {"time": curve.time, "done": 1 - curve.open, "low": 1 - curve.high, "high": 1 - curve.low, "naive": naive}
    )


def _middle(durations: pd.DataFrame) -> float:
    """Median hours of what is finished, the mean of the two middle ones when their number is even."""
    finished = durations[durations["done"] > 0].sort_values("seconds")
    if finished.empty:
        return float("nan")
    reached, total = finished["done"].cumsum().to_numpy(), finished["done"].sum()
    seconds = finished["seconds"].to_numpy()
    lower = seconds[np.argmax(reached >= total / 2)]
    upper = seconds[np.argmax(reached > total / 2)]
    return float((lower + upper) / 2 / _HOUR)


def _curves(
    tickets: Any,
    kpi: str,
    ended: str,
    period: Period | None,
    by: list[str],
    weight: str | None,
    cluster: str | None,
    as_of: dt.datetime | None,
) -> list[tuple[tuple, pd.DataFrame, Completion]]:
    """(group, counted durations, curve in hours) per group; without `by` always one, be it empty."""
    rows: Frame = rows_of(tickets, _TABLE, kpi, ["opened_at", ended], by, weight, cluster)
    end = as_of or latest(rows, _CLOCKS)
    # A ticket closed without a resolution was watched until it was closed: it ran at least so long, not until today.
    # Nor does one wait for a first answer any longer once it is resolved.
    stopped = [name for name in ("resolved_at", "closed_at") if name != ended and name in columns_of(rows)]
    opened = within(rows, "opened_at", period)
    never = dt.datetime(1, 1, 1)
    counted = count_durations(opened, by, "opened_at", ended, end or never, weight, cluster, stopped)
    parts = counted.groupby(by, dropna=False, sort=True, observed=True) if by else [((), counted)]
    return [
        (
            key,
            part,
            completion(
                part["seconds"] / _HOUR,
                part["done"],
                part["running"],
                part["n"],
                part["squares"],
                part[cluster] if cluster else None,
            ),
        )
        for key, part in parts
    ]


def _reading(statistic: str, within_hours: float | None) -> Callable[[Completion], tuple[float, float, float]]:
    if statistic not in STATISTICS:
        raise ParameterError.unknown("statistic", statistic, STATISTICS)
    if statistic == "done_by" and within_hours is None:
        raise ParameterError("statistic 'done_by' needs within_hours: the share done within how many hours?")
    if statistic == "mean" and within_hours is None:
        raise ParameterError(
            "statistic 'mean' needs within_hours: a mean over tickets still open is known up to some hour only, and "
            "groups compare when it is the same hour for all."
        )
    if statistic == "mean":
        return lambda curve: curve.restricted_mean(within_hours)
    if statistic == "done_by":
        return lambda curve: curve.done_by(within_hours)
    share = {"median": 0.5, "p75": 0.75, "p90": 0.9}[statistic]
    return lambda curve: curve.quantile(share)


def _duration(
    tickets: Any,
    kpi: str,
    ended: str,
    period: Period | None,
    by: str | Sequence[str],
    weight: str | None,
    cluster: str | None,
    min_n: int,
    statistic: str,
    within_hours: float | None,
    as_of: dt.datetime | None,
) -> pd.DataFrame:
    by = group_columns(by)
    read = _reading(statistic, within_hours)
    curves = _curves(tickets, kpi, ended, period, by, weight, cluster, as_of)
    groups = pd.DataFrame([key for key, _, _ in curves], columns=by) if by else pd.DataFrame(index=range(len(curves)))
    read_out = np.array([read(curve) if curve.n else (np.nan,) * 3 for _, _, curve in curves], dtype=float).reshape(
        -1, 3
    )
    n = np.array([curve.n for _, _, curve in curves], dtype=float)
    n_eff = np.array([curve.n_eff for _, _, curve in curves], dtype=float)
    return kpi_frame(kpi, period, by, groups, estimates.Estimate(*read_out.T, n, n_eff), min_n)
