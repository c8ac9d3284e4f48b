"""The rows of a journey: which accounts began it, when its clock starts, which steps it has and in what order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.measure import Frame, latest, rows_of
from cxlab.stats.counting import collect, columns_of, count_durations, frame_of

TABLE = "milestones"
NEEDED = ("customer_id", "journey", "milestone", "started_at", "reached_at")
STARTS = ("started_at", "signed_on")
START, LEFT = "_cx_start", "_cx_left"
_FAR = dt.datetime(2200, 1, 1)


def steps_of(
    milestones: Any,
    customers: Any,
    kpi: str,
    by: Sequence[str],
    weight: str | None = None,
    cluster: str | None = None,
    needed: Sequence[str] = NEEDED,
) -> Frame:
    """The milestones table with columns that only the customers table has, where these are asked for."""
    asked = [name for name in dict.fromkeys([*by, weight, cluster]) if name]
    frame = frame_of(milestones, TABLE, needed, kpi)
    lacking = [name for name in asked if name not in columns_of(frame)]
    if lacking and customers is not None:
        accounts = frame_of(customers, "customers", ["customer_id"], kpi)
        known = [name for name in lacking if name in columns_of(accounts)]
        if known:
            frame = joined(frame, accounts.select("customer_id", *known))
    return rows_of(frame.to_native(), TABLE, kpi, needed, by, weight, cluster)


def last_event(rows: Frame) -> dt.datetime | None:
    """The last moment at which the milestones table heard of anybody."""
    return latest(rows, ("started_at", "reached_at"))


def joined(frame: Frame, other: Frame, on: Sequence[str] = ("customer_id",), how: str = "left") -> Frame:
    """A join of two tables of one engine, be one of them lazy and the other not."""
    if isinstance(frame, nw.LazyFrame) and isinstance(other, nw.DataFrame):
        other = other.lazy()
    if isinstance(frame, nw.DataFrame) and isinstance(other, nw.LazyFrame):
        frame = frame.lazy()
    return frame.join(other, on=list(on), how=how)


def of_journey(rows: Frame, kpi: str, journey: str) -> Frame:
    """The rows of one journey. Raises TableError naming those that the table has; an empty table stays empty."""
    known = names_of(rows, "journey")
    if known and journey not in known:
        raise TableError(
            f"{kpi} looks for the journey {journey!r}, which the table {TABLE!r} does not have. It has: "
            f"{', '.join(known)}. Say journey=..."
        )
    return rows.filter(nw.col("journey") == journey)


def of_milestone(rows: Frame, kpi: str, milestone: str) -> Frame:
    """The rows of one step of a journey. Raises TableError naming those that the journey has."""
    known = names_of(rows, "milestone")
    if known and milestone not in known:
        raise TableError(
            f"{kpi} looks for the milestone {milestone!r}, which its journey does not have in the table {TABLE!r}. It "
            f"has: {', '.join(known)}. Say milestone=..., or set it under [journey] in cxlab.toml."
        )
    return rows.filter(nw.col("milestone") == milestone)


def names_of(rows: Frame, column: str) -> list[str]:
    """The different texts in a column, sorted."""
    return sorted(str(name) for name in collect(rows.select(column).unique())[column].dropna())


def started(
    rows: Frame, milestone: str, customers: Any, kpi: str, by: Sequence[str], start: str, only_begun: bool = False
) -> Frame:
    """One row per account of a journey's rows, with START, reached_at and, where customers are given, LEFT.

    The clock starts with the journey's first step ("started_at") or with the contract ("signed_on"). From the contract
    on every account signed since the table begins counts, be there a row for it or not, unless `only_begun`.
    """
    if start not in STARTS:
        raise ParameterError.unknown("start", start, STARTS)
    if start == "signed_on" and customers is None:
        raise TableError(f"{kpi} from signing needs the customers table, which knows signed_on: pass customers=...")
    began = rows.with_columns(nw.col("started_at").min().over("customer_id").alias("_cx_first"))
    step = of_milestone(began, kpi, milestone)
    if customers is None:
        return step.with_columns(nw.col("_cx_first").alias(START))
    accounts = frame_of(customers, "customers", ["customer_id", *(["signed_on"] if start == "signed_on" else [])], kpi)
    left = [nw.col("closed_on").alias(LEFT)] if "closed_on" in columns_of(accounts) else []
    if start == "started_at":
        return joined(step, accounts.select("customer_id", *left)).with_columns(nw.col("_cx_first").alias(START))
    first = collect(rows.select(nw.col("started_at").min()))["started_at"].iloc[0]
    since = _FAR if pd.isna(first) else pd.Timestamp(first).normalize().to_pydatetime()
    own = [name for name in dict.fromkeys(by) if name in columns_of(accounts) and name != "customer_id"]
    base = accounts.filter(nw.col("signed_on") >= since).select(
        "customer_id", nw.col("signed_on").alias(START), *left, *own
    )
    rest = [name for name in dict.fromkeys([*by, "reached_at"]) if name not in own and name != "customer_id"]
    return joined(base, step.select("customer_id", *rest), how="inner" if only_begun else "left")


def order_of(rows: Frame) -> pd.DataFrame:
    """The steps of a journey, the earliest first: milestone and day, the median day promised (else reached).

    Days count from the account's first step in the journey, so that steps begun one after another stand in that order.
    """
    when = nw.col("reached_at")
    if "due_at" in columns_of(rows):
        when = nw.when(~nw.col("due_at").is_null()).then(nw.col("due_at")).otherwise(when)
    dated = rows.with_columns(nw.col("started_at").min().over("customer_id").alias(START), _cx_when=when)
    counted = count_durations(dated, ["milestone"], START, "_cx_when", _FAR)
    places = [
        {"milestone": milestone, "day": _middle_day(part)}
        for milestone, part in counted.groupby("milestone", sort=True, dropna=True)
    ]
    order = pd.DataFrame(places, columns=["milestone", "day"])
    return order.sort_values(["day", "milestone"], ignore_index=True, na_position="last")


def _middle_day(counted: pd.DataFrame) -> float:
    done = counted["done"].to_numpy(float)
    if not done.sum():
        return float("nan")
    return float(counted["seconds"].iloc[int(np.argmax(done.cumsum() >= done.sum() / 2))] / 86400)
