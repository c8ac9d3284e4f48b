"""Measures of how new customers get going: how long until first value, who gets through, what goes live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.kpis.clocks import Clock, measured
from cxlab.kpis.journeys import (
    LEFT,
    START,
    TABLE,
    last_event,
    names_of,
    of_journey,
    of_milestone,
    order_of,
    started,
    steps_of,
)
from cxlab.kpis.measure import Frame, group_columns, kpi_frame, rows_of, within
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import columns_of, count

#: Whether a period holds those who began in it, or those whose time was over in it.
DATED = ("start", "end")
_NEVER = dt.datetime(1, 1, 1)


def time_to_first_value(
    milestones: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    customers: Any = None,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    statistic: str = "median",
    within_days: float | None = None,
    journey: str = "onboarding",
    milestone: str = "first value",
    start: str = "started_at",
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Days from the start until a customer first gets value, by which half of all who started have got it (median).

    Counts accounts whose start lies in the period. `start` is "started_at", the first step of the journey, or
    "signed_on", the contract (then every account signed since the milestones table begins counts, with or without a
    row). Those not there at `as_of` (default: the last event in the milestones table) count as waiting at least so
    long; an account that left before (closed_on, where `customers` are given) never gets there and counts as lost from
    that day on (Aalen & Johansen 1978); one whose step failed has not got there either. `statistic` is "median", "p75",
    "p90" or "done_by" (share there within `within_days`, 0-1); a quantile is infinite while so many are not there, and
    for good where they never will be. Leaves out rows reached before they started. Interval: log-log.
    """
    by = group_columns(by)
    clock = _first_value(
        milestones, by, weight, cluster, as_of, customers=customers, journey=journey, milestone=milestone, start=start
    )
    return measured(clock, period, by, weight, cluster, min_n, statistic, within_days)


def implementation_time(
    milestones: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    customers: Any = None,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    statistic: str = "median",
    within_days: float | None = None,
    journey: str = "implementation",
    milestone: str = "live",
    start: str = "started_at",
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Days from the start of an implementation until the customer is live, by which half of all begun are (median).

    Counts accounts whose implementation has begun and whose start (kick-off, or "signed_on", the contract) lies in the
    period. Projects still open at `as_of` count as running at least so long, customers that left as lost, failed
    projects as never live. All else as in time to first value.
    """
    by = group_columns(by)
    clock = _implementation(
        milestones, by, weight, cluster, as_of, customers=customers, journey=journey, milestone=milestone, start=start
    )
    return measured(clock, period, by, weight, cluster, min_n, statistic, within_days)


def onboarding_completion(
    milestones: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    customers: Any = None,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    within_days: int = 90,
    journey: str = "onboarding",
    milestone: str | None = None,
    start: str = "started_at",
    dated: str = "start",
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Share of new customers that finished onboarding within 90 days of starting it.

    Finished is the `milestone` named, or the journey's last step (the one promised latest). Counts accounts that
    started in the period and whose `within_days` are over at `as_of` (default: the last event in the milestones table);
    younger ones are left out, those that left or failed count as not finished. With dated="end" the period is that in
    which the `within_days` were over, so that the latest period has a whole cohort. Leaves out steps reached before
    they started. Finishing is activity, not value: read it beside the time to first value. Interval: Wilson (1927).
    """
    by, days = group_columns(by), _days(within_days)
    rows = steps_of(milestones, customers, "onboarding_completion", by, weight, cluster)
    end = as_of or last_event(rows)
    rows = of_journey(rows, "onboarding_completion", journey)
    last = milestone or _last_step(rows)
    carried = [*by, *filter(None, [weight, cluster])]
    begun = started(rows, last, customers, "onboarding_completion", carried, start)
    return _by_day("onboarding_completion", begun, START, days, dated, end, period, by, weight, cluster, min_n)


def integration_success(
    milestones: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    within_days: int = 90,
    journey: str = "integration",
    milestone: str | None = None,
    dated: str = "start",
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Share of the integrations begun that were working within 90 days.

    An integration is a step of the `journey` (or the one `milestone`) at one account. Counts those begun in the period
    whose `within_days` are over at `as_of` (default: the last event in the milestones table); younger ones are left
    out, abandoned ones and those still open after that time count as not working, and so does one marked failed after
    it had been live. `dated` as in onboarding completion. Interval: Wilson (1927). Source: house, since the field has
    no agreed definition.
    """
    by, days = group_columns(by), _days(within_days)
    needed = ["journey", "milestone", "started_at", "reached_at"]
    rows = rows_of(milestones, TABLE, "integration_success", needed, by, weight, cluster)
    end = as_of or last_event(rows)
    rows = of_journey(rows, "integration_success", journey)
    if milestone is not None:
        rows = of_milestone(rows, "integration_success", milestone)
    return _by_day("integration_success", rows, "started_at", days, dated, end, period, by, weight, cluster, min_n)


def _days(within_days: int) -> int:
    if within_days != int(within_days) or within_days < 1:
        raise ParameterError(f"within_days is {within_days}; it must be a whole number of days, 1 or more.")
    return int(within_days)


def _last_step(rows: Frame) -> str:
    """The step promised latest; any text for an empty journey, which has none."""
    order = order_of(rows)["milestone"].tolist()
    return (order or names_of(rows, "milestone") or [""])[-1]


def _by_day(
    kpi: str,
    rows: Frame,
    start: str,
    days: int,
    dated: str,
    end: dt.datetime | None,
    period: Period | None,
    by: list[str],
    weight: str | None,
    cluster: str | None,
    min_n: int,
) -> pd.DataFrame:
    """Share reached within `days` of `start`, of the rows for which so many days are over by `end`."""
    if dated not in DATED:
        raise ParameterError.unknown("way to date", dated, DATED)
    reached, over = nw.col("reached_at"), nw.col("_cx_over_on")
    rows = rows.with_columns(nw.col(start).dt.offset_by(f"{days}d").alias("_cx_over_on"))
    rows = within(rows, start if dated == "start" else "_cx_over_on", period)
    rows = rows.filter(over <= nw.lit(end or _NEVER), reached.is_null() | (reached >= nw.col(start)))
    in_time = ~reached.is_null() & (reached <= over)
    if kpi == "integration_success" and "outcome" in columns_of(rows):
        in_time = in_time & (nw.col("outcome").is_null() | (nw.col("outcome") != "failed"))
    hit = nw.when(in_time).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
    counts = count(rows, by, hit, weight=weight, cluster=cluster)
    return kpi_frame(kpi, period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def _first_value(
    milestones: Any,
    by: list[str],
    weight: str | None,
    cluster: str | None,
    as_of: dt.datetime | None,
    *,
    customers: Any = None,
    journey: str = "onboarding",
    milestone: str = "first value",
    start: str = "started_at",
) -> Clock:
    return _journey_clock(
        "time_to_first_value", milestones, customers, by, weight, cluster, as_of, journey, milestone, start
    )


def _implementation(
    milestones: Any,
    by: list[str],
    weight: str | None,
    cluster: str | None,
    as_of: dt.datetime | None,
    *,
    customers: Any = None,
    journey: str = "implementation",
    milestone: str = "live",
    start: str = "started_at",
) -> Clock:
    return _journey_clock(
        "implementation_time", milestones, customers, by, weight, cluster, as_of, journey, milestone, start
    )


def _journey_clock(
    kpi: str,
    milestones: Any,
    customers: Any,
    by: list[str],
    weight: str | None,
    cluster: str | None,
    as_of: dt.datetime | None,
    journey: str,
    milestone: str,
    start: str,
) -> Clock:
    rows = steps_of(milestones, customers, kpi, by, weight, cluster)
    end = as_of or last_event(rows)
    carried = [*by, *filter(None, [weight, cluster])]
    # Not every account needs an implementation: who has none has not begun one.
    only_begun = kpi == "implementation_time"
    begun = started(of_journey(rows, kpi, journey), milestone, customers, kpi, carried, start, only_begun)
    # A failed step has no day on which it failed: the account stays among those that might get there until `as_of`, as
    # in a subdistribution (Gray 1988), which gives the same share as if that day were known.
    lost = LEFT if LEFT in columns_of(begun) else None
    return Clock(kpi, begun, START, "reached_at", end, "days", lost=lost)


CLOCKS: dict[str, Callable[..., Clock]] = {
    "time_to_first_value": _first_value,
    "implementation_time": _implementation,
}
