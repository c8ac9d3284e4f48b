"""Self-service: visits that were not followed by a ticket, as an estimate between two bounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.measure import Frame, group_columns, kpi_frame, label, latest, rows_of, within
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import _seconds, count
from cxlab.stats.sequences import NEVER, windowed

_CLOCKS = ("opened_at", "first_response_at", "resolved_at", "closed_at")
_HOUR = 3600
_NEVER = dt.datetime(1, 1, 1)


def self_service_deflection(
    visits: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    tickets: Any = None,
    within_hours: float = 72,
    same_category: bool = False,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Share of visits to self-service by known customers after which the customer opened no ticket for three days.

    An estimate, not a proof of help: who gave up opens no ticket either, and a ticket within those hours may be about
    something else (`same_category` asks for the same subject; visits without category are left out then). Counts visits
    in the period by known customers, at least `within_hours` before `as_of` (default: the last event in the tickets
    table), so that every visit had the same time to be followed. Visits by unknown visitors cannot be matched:
    `deflection_bounds` says how much they could change. Interval: Wilson (1927). Source: ticket deflection by
    session, as vendors of help pages count it.
    """
    by, kpi = group_columns(by), "self_service_deflection"
    followed, _ = _matched(visits, tickets, kpi, by, weight, cluster, within_hours, same_category, as_of)
    rows = within(followed, "visited_at", period)
    counts = count(rows, by, _kept(within_hours), weight=weight, cluster=cluster)
    return kpi_frame(kpi, period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def deflection_bounds(
    visits: Any,
    period: Period | None = None,
    *,
    tickets: Any = None,
    within_hours: float = 72,
    cluster: str | None = None,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """How far visits by unknown visitors could move the share without a ticket.

    Returns a row for any ticket, and one for a ticket on the same subject where both tables have a category: matched
    ("any ticket", "same subject"), period, value, low, high (known customers, 0-1, 95 % interval), n (their visits),
    unknown (visits that cannot be matched), least (every unknown visitor opened a ticket), most (none did). The truth
    about tickets lies between least and most, apart from chance.
    """
    have = [rows_of(visits, "visits", "deflection_bounds", ["visited_at", "customer_id"], []).collect_schema().names()]
    have.append(_tickets(tickets, "deflection_bounds", False).collect_schema().names())
    variants = {"any ticket": False}
    if all("category" in names for names in have):
        variants["same subject"] = True
    rows = []
    for matched, same in variants.items():
        options = ([], None, cluster, within_hours, same, as_of)
        known, unknown = _matched(visits, tickets, "deflection_bounds", *options)
        counts = count(within(known, "visited_at", period), [], _kept(within_hours), cluster=cluster)
        share = estimates.share(estimates.Counts.of(counts))
        lost = float(count(within(unknown, "visited_at", period), [], nw.col("visited_at").is_null())["n"].iloc[0])
        n = float(share.n[0])
        kept = n * np.nan_to_num(share.value[0])
        bounds = (kept / (n + lost), (kept + lost) / (n + lost)) if n + lost else (np.nan, np.nan)
        values = (share.value[0], share.low[0], share.high[0], int(n), int(lost), *bounds)
        rows.append((matched, label(period), *values))
    columns = ["matched", "period", "value", "low", "high", "n", "unknown", "least", "most"]
    return pd.DataFrame(rows, columns=columns)


def _tickets(tickets: Any, kpi: str, same_category: bool) -> Frame:
    if tickets is None:
        raise TableError(
            f"{kpi} needs the table tickets beside visits: give tickets=..., and where the project has no such table, "
            "map a help desk export to it in cxlab.toml."
        )
    needed = ["customer_id", "opened_at", *(["category"] if same_category else [])]
    return rows_of(tickets, "tickets", kpi, needed, [])


def _matched(
    visits: Any,
    tickets: Any,
    kpi: str,
    by: Sequence[str],
    weight: str | None,
    cluster: str | None,
    within_hours: float,
    same_category: bool,
    as_of: dt.datetime | None,
) -> tuple[Frame, Frame]:
    """Matured visits that can be matched, with _cx_wait (seconds until the next ticket), and those that cannot."""
    if within_hours < 0:
        raise ParameterError(f"within_hours is {within_hours:g}; it must be 0 or more.")
    alike = ["customer_id", *(["category"] if same_category else [])]
    rows = rows_of(visits, "visits", kpi, ["visit_id", "visited_at", *alike], by, weight, cluster)
    opened = _tickets(tickets, kpi, same_category)
    end = as_of or latest(opened, _CLOCKS) or _NEVER
    reach = end - dt.timedelta(hours=within_hours) if end > _NEVER else end
    rows, opened = _on_one_engine(windowed(rows), windowed(opened))
    rows = rows.filter(nw.col("visited_at") <= reach)
    named = ~nw.col("customer_id").is_null()
    if same_category:
        named = named & ~nw.col("category").is_null()
    known, unknown = rows.filter(named), rows.filter(~named)
    # Visits and tickets in one sequence per customer: the next ticket is the least moment of one from there on.
    at = _seconds(nw.col("visited_at"))
    known = known.with_columns(_cx_visit=nw.col("visit_id").cast(nw.String))
    one = known.select(*alike, "_cx_visit", _cx_at=at, _cx_kind=nw.lit(0)).with_columns(_cx_ticket=nw.lit(NEVER))
    opened = opened.filter(named, ~nw.col("opened_at").is_null(), nw.col("opened_at") <= end)
    other = opened.with_columns(_cx_at=_seconds(nw.col("opened_at")))
    other = other.select(*alike, nw.lit("").alias("_cx_visit"), "_cx_at", _cx_kind=nw.lit(1))
    other = other.with_columns(_cx_ticket=nw.col("_cx_at"))
    order = ["_cx_at", "_cx_kind", "_cx_visit"]
    together = nw.concat([one, other], how="vertical").with_columns(
        _cx_next=nw.col("_cx_ticket").cum_min(reverse=True).over(*alike, order_by=order)
    )
    waits = together.filter(nw.col("_cx_kind") == 0).select("_cx_visit", _cx_wait=nw.col("_cx_next") - nw.col("_cx_at"))
    return known.join(waits, on="_cx_visit", how="inner"), unknown


def _on_one_engine(one: Frame, other: Frame) -> tuple[Frame, Frame]:
    """A lazy and an eager table of one engine can be put together when both are lazy."""
    if isinstance(one, nw.LazyFrame) == isinstance(other, nw.LazyFrame):
        return one, other
    return one.lazy(), other.lazy()


def _kept(within_hours: float) -> nw.Expr:
    return nw.when(nw.col("_cx_wait") > within_hours * _HOUR).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
