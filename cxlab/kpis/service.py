"""Measures of the help we give: how fast, how lasting, as promised. Open tickets count as what they are: still
running."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.kpis.clocks import Clock, duration_curve, honest_clock, measured
from cxlab.kpis.measure import group_columns, kpi_frame, latest, rows_of, within
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import columns_of, count
from cxlab.stats.hours import WorkingHours

__all__ = ["duration_curve", "first_response_time", "honest_clock", "reopen_rate", "resolution_time", "sla_met"]

_TABLE = "tickets"
_CLOCKS = ("opened_at", "first_response_at", "resolved_at", "closed_at")


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
    hours: WorkingHours | None = None,
) -> pd.DataFrame:
    """Hours from opening a ticket to the first answer by a person, of which half wait no longer (median).

    Counts every ticket opened in the period; those still waiting at `as_of` (default: the last event in the table)
    count as waiting at least so long (Kaplan-Meier). `statistic`, `within_hours` and `hours` as in
    resolution_time. Leaves out tickets answered before they were opened. Source: Zendesk's first reply time, made
    honest for tickets without one.
    """
    clock = _first_response(tickets, group_columns(by), weight, cluster, as_of)
    return measured(clock, period, by, weight, cluster, min_n, statistic, within_hours, hours)


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
    hours: WorkingHours | None = None,
) -> pd.DataFrame:
    """Hours from opening a ticket to its resolution, of which half take no longer (median).

    Counts every ticket opened in the period; those still open at `as_of` (default: the last event in the table) count
    as running at least so long (Kaplan-Meier), so that a backlog cannot flatter the figure. `statistic` is "median",
    "p75", "p90", "mean" (up to within_hours) or "done_by" (share resolved within within_hours, 0-1). The median is
    infinite while fewer than half are resolved. Hours are those of the calendar, or working hours where `hours` is a
    WorkingHours. Leaves out tickets resolved before they were opened.
    Interval: log-log (Brookmeyer & Crowley 1982). Source: full resolution time of the help-desk vendors, made honest.
    """
    clock = _resolution(tickets, group_columns(by), weight, cluster, as_of)
    return measured(clock, period, by, weight, cluster, min_n, statistic, within_hours, hours)


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


def _first_response(
    tickets: Any, by: list[str], weight: str | None, cluster: str | None, as_of: dt.datetime | None
) -> Clock:
    return _ticket_clock("first_response_time", "first_response_at", tickets, by, weight, cluster, as_of)


def _resolution(
    tickets: Any, by: list[str], weight: str | None, cluster: str | None, as_of: dt.datetime | None
) -> Clock:
    return _ticket_clock("resolution_time", "resolved_at", tickets, by, weight, cluster, as_of)


def _ticket_clock(
    kpi: str,
    ended: str,
    tickets: Any,
    by: list[str],
    weight: str | None,
    cluster: str | None,
    as_of: dt.datetime | None,
) -> Clock:
    rows = rows_of(tickets, _TABLE, kpi, ["opened_at", ended], by, weight, cluster)
    # A ticket closed without a resolution was watched until it was closed: it ran at least so long, not until today.
    # Nor does one wait for a first answer any longer once it is resolved.
    stopped = tuple(name for name in ("resolved_at", "closed_at") if name != ended and name in columns_of(rows))
    return Clock(kpi, rows, "opened_at", ended, as_of or latest(rows, _CLOCKS), "hours", stopped)


CLOCKS: dict[str, Callable[..., Clock]] = {"first_response_time": _first_response, "resolution_time": _resolution}
