"""Service by channel with the same mix of cases for all, and by the hour at which customers ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.accounts import attach
from cxlab.kpis.contact import answers_to, first_contact_resolution
from cxlab.kpis.measure import Frame, label, latest, rows_of, warn, within
from cxlab.kpis.service import first_response_time, reopen_rate, resolution_time
from cxlab.kpis.survey import csat
from cxlab.periods import Period
from cxlab.stats.comparisons import difference
from cxlab.stats.counting import _seconds, collect, columns_of
from cxlab.stats.hours import WEEKDAYS
from cxlab.stats.sequences import windowed
from cxlab.stats.zones import is_zone, local_seconds

_TABLE = "tickets"
_CLOCKS = ("opened_at", "first_response_at", "resolved_at", "closed_at")
_WEIGHT, _STRATA, _DAY, _HOUR = "_cx_weight", "_cx_stratum_", 86400, 3600
_ENDS = {"first_response_at": first_response_time, "resolved_at": resolution_time}
_KPIS: dict[str, tuple[Callable[..., pd.DataFrame], tuple[str, ...]]] = {
    "first_response_time": (first_response_time, ("first_response_at",)),
    "resolution_time": (resolution_time, ("resolved_at",)),
    "first_contact_resolution": (first_contact_resolution, ("ticket_id", "customer_id", "category")),
    "reopen_rate": (reopen_rate, ("reopened",)),
}
#: Share of the company's mix that a channel must have cases of, or it cannot be brought to that mix.
COVERED = 0.9
_ADJUSTED = ("adjusted", "adjusted_low", "adjusted_high", "difference", "difference_low", "difference_high")


def channel_matrix(
    tickets: Any,
    period: Period | None = None,
    *,
    responses: Any = None,
    mix: Sequence[str] = ("category", "priority"),
    cluster: str | None = None,
    min_n: int = 5,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """First response, resolution, first contact resolution, reopened and satisfaction after tickets, by channel.

    Channels get different cases. The adjusted value is what the channel would show on the company's mix of `mix`
    (direct standardisation: every ticket of the period weighs as much as its class of cases does in the company over
    what it does in the channel), so that a channel is not called slow for the hard cases it gets. KPIs that the tables
    do not allow are left out; satisfaction needs `responses` with a ticket_id.

    Returns one row per KPI and channel: kpi, channel, period, value, low, high, n; adjusted, adjusted_low,
    adjusted_high; company (the KPI of all channels); difference (adjusted minus company), difference_low,
    difference_high (95 %, wide rather than narrow: the channel is part of the company); covered (share of the company's
    mix of which the channel has cases). Below 0.9 covered, or min_n, nothing is adjusted. The interval takes the mix as
    known.
    """
    if isinstance(mix, str) or not mix:
        raise ParameterError(f"mix is {mix!r}; give columns of the tickets table, such as ('category', 'priority').")
    rows = windowed(rows_of(tickets, _TABLE, "channel_matrix", ["opened_at", "channel"], [], None, cluster))
    end = as_of or latest(rows, _CLOCKS)
    have = columns_of(rows)
    unknown = [name for name in mix if name not in have]
    if unknown:
        raise TableError.missing("channel_matrix", _TABLE, unknown, have)
    rows, covered = _weighed(rows, period, mix)
    frames = []
    for kpi, (function, needed) in _KPIS.items():
        if set(needed) <= set(have):
            options = {"cluster": cluster} | ({} if kpi == "reopen_rate" else {"as_of": end})
            frames.append(_compared(function, rows, period, min_n, options))
    carried = ["channel", _WEIGHT, *([cluster] if cluster and cluster != "channel" else [])]
    answers = None if "ticket_id" not in have else answers_to(
        within(rows, "opened_at", period), responses, "channel_matrix", "csat", carried
    )  # fmt: skip
    if answers is not None:
        frames.append(_compared(csat, answers, None, min_n, {"cluster": cluster}))
    columns = ["kpi", "channel", "value", "low", "high", "n", *_ADJUSTED[:3], "company", *_ADJUSTED[3:]]
    frame = pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)
    frame.insert(2, "period", label(period))
    frame["covered"] = frame["channel"].map(covered).astype(float)
    frame.loc[frame["covered"] < COVERED, list(_ADJUSTED)] = np.nan
    return frame


def response_by_hour(
    tickets: Any,
    period: Period | None = None,
    *,
    customers: Any = None,
    timezone: str | None = None,
    ended: str = "first_response_at",
    block_hours: int = 4,
    min_n: int = 5,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """How long customers wait by the weekday and hour at which they ask, on their own clock where it is known.

    The honest median in hours (Kaplan-Meier: those still waiting count) of tickets opened in the period, to the first
    answer or, with `ended`="resolved_at", to the resolution. The customers' clock is used when `customers` (or the
    tickets) have a timezone and `timezone` says the company's own, both as IANA names such as Europe/Berlin; summer
    time is minded, and tickets of accounts without a zone are set aside with a remark. Otherwise it is the company's
    clock, and the column clock says so.

    Returns 7 times 24 / `block_hours` rows: weekday ("Mon" ...), hour_from, hour_to, value, low, high, n, clock
    ("customer" or "company"). Cells with fewer than `min_n` tickets have no value.
    """
    if ended not in _ENDS:
        raise ParameterError.unknown("end of a ticket's wait", str(ended), _ENDS)
    if block_hours not in (1, 2, 3, 4, 6, 8, 12, 24):
        raise ParameterError(f"block_hours is {block_hours}; it must divide the day: 1, 2, 3, 4, 6, 8, 12 or 24.")
    kpi = "response_by_hour"
    if timezone is not None and not is_zone(timezone):
        raise ParameterError(f"{timezone!r} is not a time zone; give its IANA name, such as Europe/Berlin.")
    rows = rows_of(tickets, _TABLE, kpi, ["opened_at", ended], [])
    end = as_of or latest(rows, _CLOCKS)
    rows, clock, local = _on_whose_clock(within(rows, "opened_at", period), customers, timezone)
    block = block_hours * _HOUR
    rows = rows.with_columns(_cx_local=local).with_columns(
        _cx_weekday=(nw.col("_cx_local") // _DAY - 1) % 7, _cx_block=(nw.col("_cx_local") % _DAY) // block
    )
    cells = ["_cx_weekday", "_cx_block"]
    found = _ENDS[ended](rows, None, cells, min_n=min_n, as_of=end).set_index(cells)[["value", "low", "high", "n"]]
    grid = pd.MultiIndex.from_product([range(7), range(24 // block_hours)], names=cells)
    found = found.reindex(grid).reset_index()
    return pd.DataFrame(
        {
            "weekday": [WEEKDAYS[place] for place in found["_cx_weekday"]],
            "hour_from": found["_cx_block"] * block_hours,
            "hour_to": (found["_cx_block"] + 1) * block_hours,
            **{name: found[name] for name in ("value", "low", "high")},
            "n": found["n"].fillna(0).astype(np.int64),
            "clock": clock,
        }
    )


def _weighed(rows: Frame, period: Period | None, mix: Sequence[str]) -> tuple[Frame, dict[str, float]]:
    """Rows with the weight that brings their channel to the company's mix, and the share of the mix each covers."""
    keys = [f"{_STRATA}{place}" for place in range(len(mix))]
    named = {key: nw.col(name).cast(nw.String).fill_null("") for key, name in zip(keys, mix, strict=True)}
    rows = rows.with_columns(**named)
    counted = within(rows, "opened_at", period).filter(~nw.col("channel").is_null())
    cells = counted.group_by("channel", *keys).agg(nw.len().alias("_cx_here"))
    small = collect(cells)
    small["_cx_all"] = small.groupby(keys)["_cx_here"].transform("sum")
    covered = small.groupby("channel")["_cx_all"].sum() / max(small["_cx_here"].sum(), 1)
    company = cells.group_by(*keys).agg(nw.col("_cx_here").sum().alias("_cx_all"))
    weights = cells.join(company, on=keys, how="inner").with_columns(
        (nw.col("_cx_all").cast(nw.Float64) / nw.col("_cx_here").cast(nw.Float64)).alias(_WEIGHT)
    )
    # Tickets of other periods have no weight and need none: they are looked at as repeats only.
    joined = rows.join(weights.select("channel", *keys, _WEIGHT), on=["channel", *keys], how="left")
    return joined.with_columns(nw.col(_WEIGHT).fill_null(0.0)), covered.to_dict()


def _compared(
    function: Callable[..., pd.DataFrame], rows: Frame, period: Period | None, min_n: int, options: dict[str, Any]
) -> pd.DataFrame:
    """One KPI by channel, plain and adjusted, against the company."""
    plain = function(rows, period, "channel", min_n=min_n, **options)
    adjusted = function(rows, period, "channel", min_n=min_n, weight=_WEIGHT, **options)
    whole = function(rows, period, min_n=min_n, **options)
    plain, adjusted = (side[side["channel"].notna()].reset_index(drop=True) for side in (plain, adjusted))
    apart = difference(adjusted, whole.loc[[0] * len(adjusted)].reset_index(drop=True))
    return plain.assign(
        adjusted=adjusted["value"],
        adjusted_low=adjusted["low"],
        adjusted_high=adjusted["high"],
        company=whole["value"].iloc[0],
        difference=apart["change"],
        difference_low=apart["low"],
        difference_high=apart["high"],
    )


def _on_whose_clock(rows: Frame, customers: Any, timezone: str | None) -> tuple[Frame, str, nw.Expr]:
    """The rows whose clock is known, whose clock it is, and the seconds on it."""
    home = _seconds(nw.col("opened_at"))
    if timezone is None:
        return rows, "company", home
    if "timezone" not in columns_of(rows):
        if customers is None or "timezone" not in columns_of(nw.from_native(customers)):
            return rows, "company", home
        rows = nw.from_native(attach(rows.to_native(), customers, ["timezone"]))
    zone, opened = nw.col("timezone"), nw.col("opened_at")
    known = rows.filter(~zone.is_null(), zone != "")
    seen = collect(
        rows.group_by("timezone").agg(nw.len().alias("n"), opened.min().alias("first"), opened.max().alias("last"))
    )
    named = seen[seen["timezone"].notna() & (seen["timezone"] != "")]
    strange = [name for name in named["timezone"] if not is_zone(name)]
    if strange:
        raise TableError(
            f"response_by_hour found {', '.join(map(repr, sorted(strange)[:5]))} as timezone, which is no IANA name. "
            'Translate it under [export.columns] in cxlab.toml, such as values = { CET = "Europe/Berlin" }.'
        )
    if named.empty:
        return rows, "company", home
    lost = int(seen["n"].sum() - named["n"].sum())
    if lost:
        warn(f"response_by_hour: {lost} tickets of accounts without a time zone are set aside.")
    first, last = (pd.Timestamp(moment).to_pydatetime() for moment in (named["first"].min(), named["last"].max()))
    return known, "customer", local_seconds(opened, zone, named["timezone"], timezone, first, last)
