"""How contacts were handled: escalated or not, noticed by us or by the customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.measure import group_columns, kpi_frame, latest, rows_of, within
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import collect, count

_TABLE = "tickets"
_CLOCKS = ("opened_at", "first_response_at", "resolved_at", "closed_at")
_CUSTOMER = "customer"


def escalation_rate(
    tickets: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    within_days: float = 7,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Share of tickets that were escalated.

    Counts tickets opened in the period, open or not, of which it is known whether they were escalated, and that were
    opened at least `within_days` before `as_of` (default: the last event in the table): younger ones can still be
    escalated and would flatter the figure. Interval: Wilson (1927). Source: house.
    """
    by = group_columns(by)
    if within_days < 0:
        raise ParameterError(f"within_days is {within_days:g}; it must be 0 or more.")
    rows = rows_of(tickets, _TABLE, "escalation_rate", ["opened_at", "escalated"], by, weight, cluster)
    end = as_of or latest(rows, _CLOCKS)
    rows = within(rows, "opened_at", period).filter(~nw.col("escalated").is_null())
    if end is not None:
        rows = rows.filter(nw.col("opened_at") <= end - dt.timedelta(days=within_days))
    counts = count(rows, by, nw.col("escalated").cast(nw.Float64), weight=weight, cluster=cluster)
    return kpi_frame("escalation_rate", period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def found_by_us_first(
    tickets: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Share of tickets about something that we noticed before the customer did.

    Counts tickets opened in the period with a detected_by; all values but "customer" (in any spelling of case) are
    ours: monitoring, an engineer, a partner. Raises TableError where no row of the table says "customer": then the
    column speaks another language, and everything would count as found by us. Interval: Wilson (1927). Source: house.
    """
    by, kpi = group_columns(by), "found_by_us_first"
    rows = rows_of(tickets, _TABLE, kpi, ["opened_at", "detected_by"], by, weight, cluster)
    rows = rows.filter(~nw.col("detected_by").is_null())
    found = sorted(str(value) for value in collect(rows.select("detected_by").unique())["detected_by"])
    customer = [value for value in found if value.strip().lower() == _CUSTOMER]
    if found and not customer:
        listed = ", ".join(repr(value) for value in found[:12]) + (" ..." if len(found) > 12 else "")
        raise TableError(
            f'{kpi} needs to know which tickets the customer noticed, but no row of detected_by says "customer" '
            f"(found: {listed}). Translate the column under [export.columns] in cxlab.toml, such as "
            '{ from = "Detected by", values = { client = "customer" } }.'
        )
    ours = nw.when(nw.col("detected_by").is_in(customer)).then(nw.lit(0.0)).otherwise(nw.lit(1.0))
    counts = count(within(rows, "opened_at", period), by, ours, weight=weight, cluster=cluster)
    return kpi_frame(kpi, period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)
