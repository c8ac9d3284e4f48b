"""The honest clock behind every duration: who is still waiting counts as waiting, who left counts as lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.kpis.measure import Frame, group_columns, kpi_frame, label, within
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.competing import count_events, incidence
from cxlab.stats.counting import count_durations
from cxlab.stats.durations import Completion, completion
from cxlab.stats.hours import WorkingHours

SECONDS = {"hours": 3600.0, "days": 86400.0}
STATISTICS = ("median", "p75", "p90", "mean", "done_by")
_QUANTILES = {"median": 0.5, "p75": 0.75, "p90": 0.9}
_NEVER = dt.datetime(1, 1, 1)

# Where the rows of each duration are chosen: a module of this folder, whose CLOCKS has a function for the KPI's id.
_HOMES = {
    "first_response_time": "service",
    "resolution_time": "service",
    "time_to_first_value": "onboarding",
    "implementation_time": "onboarding",
}
_BY_END = {"resolved_at": "resolution_time", "first_response_at": "first_response_time"}


@dataclass(frozen=True)
class Clock:
    """The rows of a duration and how it runs: from `started` to `ended`, known up to `as_of`, in `unit`.

    `stopped` names columns that end the watching without an end, `lost` the one after which there can be none.
    """

    kpi: str
    rows: Frame
    started: str
    ended: str
    as_of: dt.datetime | None
    unit: str
    stopped: tuple[str, ...] = ()
    lost: str | None = None

    def curves(
        self,
        period: Period | None,
        by: Sequence[str],
        weight: str | None = None,
        cluster: str | None = None,
        hours: WorkingHours | None = None,
    ) -> list[tuple[tuple, pd.DataFrame, Completion]]:
        """(group, counted durations, curve in `unit`) per group; without `by` always one, be it empty."""
        _check_hours(hours)
        rows, end = within(self.rows, self.started, period), self.as_of or _NEVER
        options = {"weight": weight, "cluster": cluster, "stopped": self.stopped}
        options["elapsed"] = None if hours is None else hours.seconds
        if self.lost is None:
            counted = count_durations(rows, by, self.started, self.ended, end, **options)
        else:
            counted = count_events(rows, by, self.started, self.ended, self.lost, end, **options)
        parts = counted.groupby(list(by), dropna=False, sort=True, observed=True) if by else [((), counted)]
        return [(key, part, self._curve(part, cluster)) for key, part in parts]

    def _curve(self, part: pd.DataFrame, cluster: str | None) -> Completion:
        outcomes = [part[name] for name in ("done", "gone", "running") if name in part]
        estimator = completion if self.lost is None else incidence
        return estimator(
            part["seconds"] / SECONDS[self.unit],
            *outcomes,
            n=part["n"],
            squares=part["squares"],
            cluster=part[cluster] if cluster else None,
        )


def measured(
    clock: Clock,
    period: Period | None,
    by: str | Sequence[str],
    weight: str | None,
    cluster: str | None,
    min_n: int,
    statistic: str,
    limit: float | None,
    hours: WorkingHours | None = None,
) -> pd.DataFrame:
    """The KPI frame of a duration; `limit` is what "mean" and "done_by" need, in the clock's unit."""
    by = group_columns(by)
    read = _reading(statistic, limit, clock.unit)
    curves = clock.curves(period, by, weight, cluster, hours)
    groups = pd.DataFrame([key for key, _, _ in curves], columns=by) if by else pd.DataFrame(index=range(len(curves)))
    read_out = np.array([read(curve) if curve.n else (np.nan,) * 3 for _, _, curve in curves], dtype=float)
    n = np.array([curve.n for _, _, curve in curves], dtype=float)
    n_eff = np.array([curve.n_eff for _, _, curve in curves], dtype=float)
    estimate = estimates.Estimate(*read_out.reshape(-1, 3).T, n, n_eff)
    return kpi_frame(clock.kpi, period, by, groups, estimate, min_n)


def honest_clock(
    table: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    kpi: str | Callable[..., pd.DataFrame] | None = None,
    ended: str = "resolved_at",
    as_of: dt.datetime | None = None,
    hours: WorkingHours | None = None,
    **options: Any,
) -> pd.DataFrame:
    """The honest median beside the one that leaves open rows out, so that nobody brings the latter as news.

    `kpi` is the id of a duration or its function, `options` what that KPI takes besides (customers, milestone ...);
    without it `ended` says which time of a ticket is meant: "resolved_at" or "first_response_at".

    Returns one row per group: kpi, period, the `by` columns, value, low, high (honest median, in the KPI's unit),
    closed_only (median of the finished alone), open (rows that have not come so far), n; and where leaving competes
    gone (rows that never will), after open.
    """
    by = group_columns(by)
    clock = _clock(table, kpi, ended, by, as_of, options)
    rows = []
    for key, counted, curve in clock.curves(period, by, hours=hours):
        value, low, high = curve.quantile(0.5) if curve.n else (np.nan,) * 3
        middle = middle_of(counted) / SECONDS[clock.unit]
        left = [counted["gone"].sum()] if clock.lost else []
        rows.append(
            [clock.kpi, label(period), *key, value, low, high, middle, counted["running"].sum(), *left, curve.n]
        )
    whole = ["open", *(["gone"] if clock.lost else []), "n"]
    frame = pd.DataFrame(rows, columns=["kpi", "period", *by, "value", "low", "high", "closed_only", *whole])
    return frame.astype(dict.fromkeys(whole, np.int64))


def duration_curve(
    table: Any,
    period: Period | None = None,
    *,
    kpi: str | Callable[..., pd.DataFrame] | None = None,
    ended: str = "resolved_at",
    as_of: dt.datetime | None = None,
    hours: WorkingHours | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Share done over time, for a chart. `kpi`, `ended` and `options` as in honest_clock.

    Columns: time (in the KPI's unit), done, low, high (0-1), and naive, the flattering curve of the rows that are done.
    """
    clock = _clock(table, kpi, ended, [], as_of, options)
    _, counted, curve = clock.curves(period, [], hours=hours)[0]
    finished = counted[counted["done"] > 0]
    at = np.searchsorted(finished["seconds"].to_numpy() / SECONDS[clock.unit], curve.time, side="right")
    naive = np.concatenate([[0.0], finished["done"].cumsum().to_numpy()])[at] / max(finished["done"].sum(), 1)
    return pd.DataFrame(
        {"time": curve.time, "done": 1 - curve.open, "low": 1 - curve.high, "high": 1 - curve.low, "naive": naive}
    )


def _clock(
    table: Any,
    kpi: str | Callable[..., pd.DataFrame] | None,
    ended: str,
    by: list[str],
    as_of: dt.datetime | None,
    options: dict[str, Any],
) -> Clock:
    if kpi is None:
        kpi = _BY_END.get(ended)
        if kpi is None:
            raise ParameterError(f"ended is {ended!r}; give 'resolved_at' or 'first_response_at'.")
    name = kpi if isinstance(kpi, str) else getattr(kpi, "__name__", repr(kpi))
    if name not in _HOMES:
        raise ParameterError.unknown("duration", name, _HOMES)
    prepare = import_module(f"cxlab.kpis.{_HOMES[name]}").CLOCKS[name]
    return prepare(table, by, None, None, as_of, **options)


def middle_of(counted: pd.DataFrame) -> float:
    """Median seconds of what is finished, the mean of the two middle ones when their number is even."""
    finished = counted[counted["done"] > 0].sort_values("seconds")
    if finished.empty:
        return float("nan")
    reached, total = finished["done"].cumsum().to_numpy(), finished["done"].sum()
    seconds = finished["seconds"].to_numpy()
    return float((seconds[np.argmax(reached >= total / 2)] + seconds[np.argmax(reached > total / 2)]) / 2)


def _check_hours(hours: WorkingHours | None) -> None:
    if hours is not None and not isinstance(hours, WorkingHours):
        raise ParameterError(f"hours is {hours!r}; give cx.WorkingHours(...) or None for calendar hours.")


def _reading(statistic: str, limit: float | None, unit: str) -> Callable[[Completion], tuple[float, float, float]]:
    if statistic not in STATISTICS:
        raise ParameterError.unknown("statistic", statistic, STATISTICS)
    if statistic == "done_by" and limit is None:
        raise ParameterError(f"statistic 'done_by' needs within_{unit}: the share done within how many {unit}?")
    if statistic == "mean" and limit is None:
        raise ParameterError(
            f"statistic 'mean' needs within_{unit}: a mean over rows still open is known up to some time only, and "
            "groups compare when it is the same for all."
        )
    if statistic == "mean":
        return lambda curve: curve.restricted_mean(limit)
    if statistic == "done_by":
        return lambda curve: curve.done_by(limit)
    return lambda curve: curve.quantile(_QUANTILES[statistic])
