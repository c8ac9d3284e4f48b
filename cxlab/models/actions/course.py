"""The course of a measure around the start of an action: the KPI by group and slot, slots counted from the start."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import TableError
from cxlab.kpis.accounts import attach
from cxlab.kpis.definitions import DEFINITIONS
from cxlab.kpis.scorecards import WHOLE, scorecard, trend
from cxlab.models.actions.panel import Panel
from cxlab.models.actions.promise import Promise
from cxlab.models.actions.slots import MONTH, Slots, is_dated, quarter_of
from cxlab.periods import Period
from cxlab.stats.counting import collect, columns_of
from cxlab.stats.estimates import normal_quantile
from cxlab.stats.shrinkage import standard_errors
from cxlab.tables.canonical import SURVEYS, TABLES

#: Answers a month from which months are looked at; below it is quarters.
_THICK = 8.0
#: More groups than these are not looked at one by one but together.
_MOST_UNITS = 12
_CLOCKS = {"response_rate": "sent_at"}
_STRAY = 0.01
_SLOT, _UNIT = "_cx_slot", "_cx_where"
HERE, ELSEWHERE = "here", "elsewhere"


@dataclass(frozen=True)
class Course:
    """A measure by unit and slot: unit, slot, value, low, high, n, n_eff, v (sampling variance). `here`: the unit that
    the action is about. `single`: variance of a single answer there."""

    rows: pd.DataFrame
    here: str
    slots: Slots
    single: float

    @property
    def units(self) -> list[str]:
        """The units, the one that the action is about first."""
        others = sorted(set(self.rows["unit"]) - {self.here})
        return [self.here, *others]

    @property
    def panel(self) -> Panel:
        """The rows without the slots that are left out, unit 0 the one that the action is about."""
        rows = self.rows[(self.rows["slot"] >= 0) | (self.rows["slot"] < -self.slots.left_out)]
        place = {unit: at for at, unit in enumerate(self.units)}
        return Panel(
            rows["value"].to_numpy(float),
            rows["v"].to_numpy(float),
            rows["unit"].map(place).to_numpy(np.int64),
            rows["slot"].to_numpy(np.int64),
        )

    def in_quarters(self) -> pd.DataFrame:
        """The course in stretches of three months, for the eye: label, after, value, low, high, rest (all others)."""
        step = 3 if self.slots.length == MONTH else 1
        rows = self.rows.assign(part=self.rows["slot"] // step)
        out = []
        for part, rows_of_part in rows.groupby("part", sort=True):
            mine = rows_of_part[rows_of_part["unit"] == self.here]
            others = rows_of_part[rows_of_part["unit"] != self.here]
            if mine.empty:
                continue
            value, half = _pooled(mine)
            edge = self.slots.edges[max(int(part) * step + self.slots.before, 0)]
            out.append(
                {
                    "label": f"{edge:%b %Y}",
                    "after": part >= 0,
                    "value": value,
                    "low": value - half,
                    "high": value + half,
                    "rest": _pooled(others)[0] if len(others) else np.nan,
                }
            )
        return pd.DataFrame(out, columns=["label", "after", "value", "low", "high", "rest"])


def _pooled(rows: pd.DataFrame) -> tuple[float, float]:
    """Average by answers, and half its 95 % interval."""
    n = rows["n_eff"].to_numpy(float)
    error = float(np.sqrt((n**2 * rows["v"].to_numpy(float)).sum()) / n.sum())
    return float(np.average(rows["value"], weights=n)), normal_quantile() * error


def clock_of(kpi: str) -> str:
    """The column that dates the rows of a KPI."""
    return _CLOCKS.get(kpi, TABLES[DEFINITIONS[kpi].table].clock)


def known_columns(tables: Mapping[str, Any], kpi: str) -> list[str]:
    """What a promise on this KPI may be narrowed to: columns of its table and attributes of the account."""
    table = DEFINITIONS[kpi].table
    if table not in tables:
        raise TableError(f"there is no {table} table")
    own = columns_of(nw.from_native(tables[table]))
    joined = columns_of(nw.from_native(tables["customers"])) if "customers" in tables and "customer_id" in own else []
    return [*own, *joined]


def reach_of(tables: Mapping[str, Any], kpi: str) -> tuple[dt.datetime, dt.datetime]:
    """First and last moment that the KPI's rows know of. Raises TableError where there are none."""
    entry = DEFINITIONS[kpi]
    frame = _of_survey(nw.from_native(tables[entry.table]), kpi)
    # Accounts are known from long before the first of them could be seen leaving.
    clock = "closed_on" if entry.table == "customers" else clock_of(kpi)
    if clock not in columns_of(frame):
        raise TableError(f"the {entry.table} table does not say {clock}")
    when = nw.col(clock)
    found = collect(frame.select(when.min().alias("first"), when.max().alias("last")))
    first, last = found["first"].iloc[0], found["last"].iloc[0]
    if pd.isna(first):
        raise TableError(f"no row of the {entry.table} table has a date ({clock})")
    if entry.table == "customers":
        # A stray early date does not mean that leaving was recorded since: nobody would seem to leave for years.
        first = pd.to_datetime(collect(frame.select(clock))[clock]).dropna().quantile(_STRAY)
    return pd.Timestamp(first).to_pydatetime(), pd.Timestamp(last).to_pydatetime()


def course_of(
    tables: Mapping[str, Any],
    promise: Promise,
    apart: Sequence[Promise],
    slots: Slots,
    until: dt.datetime,
    scores: Mapping[str, Mapping[str, Any]],
) -> Course:
    """The KPI by unit and slot, without the rows of the promises in `apart`. Raises TableError with the reason."""
    entry = DEFINITIONS[promise.kpi]
    mine, by = _prepared(tables, promise, apart)
    chosen = {**tables, entry.table: mine}
    found = _dated(chosen, promise.kpi, by, slots, until, scores) if is_dated(promise.kpi) else None
    if found is None:
        found = _by_quarter(chosen, promise.kpi, by, slots, scores)
    here = promise.scope.get(by[0], HERE) if by else WHOLE
    rows = found.rename(columns={by[0]: "unit"} if by else {}).assign(**({} if by else {"unit": WHOLE}))
    rows = rows[rows["unit"].notna() & np.isfinite(rows["value"]) & (rows["n_eff"] > 0)]
    rows = rows.assign(unit=rows["unit"].astype(str))
    for other in apart:
        if _is_a_unit(other, promise):  # what it was before its own promise began still tells how steady it is
            (unit,) = other.scope.values()
            ends = rows["slot"].map(lambda slot: slots.edges[int(slot) + slots.before + 1])
            rows = rows[(rows["unit"] != unit) | (ends <= other.started_on)]
    if rows.empty or here not in set(rows["unit"]):
        raise TableError(f"nothing was measured for {promise.where}")
    return _with_variance(rows.reset_index(drop=True), here, slots)


def _prepared(tables: Mapping[str, Any], promise: Promise, apart: Sequence[Promise]) -> tuple[Any, list[str]]:
    """The KPI's table with what is needed to group it, and the column of units, if there are any."""
    if not is_dated(promise.kpi):
        tables = {**tables, DEFINITIONS[promise.kpi].table: _in_memory(tables[DEFINITIONS[promise.kpi].table])}
    columns = {*promise.scope, *promise.about, *(name for other in apart for name in other.scope)}
    table = tables[DEFINITIONS[promise.kpi].table]
    frame = nw.from_native(attach(table, tables.get("customers"), sorted(columns)))
    for name, value in promise.about.items():
        frame = frame.filter(nw.col(name) == value)
    for other in apart:
        if not _is_a_unit(other, promise):
            theirs = _applies(other.scope)
            frame = frame.filter(~theirs | theirs.is_null())
    if not promise.scope:
        return frame.to_native(), []
    if len(promise.scope) == 1:
        (column,) = promise.scope
        levels = collect(frame.select(column).unique())[column].dropna()
        if len(levels) <= _MOST_UNITS:
            return frame.to_native(), [column]
    side = nw.when(_applies(promise.scope)).then(nw.lit(HERE)).otherwise(nw.lit(ELSEWHERE))
    rest = [other for other in apart if _is_a_unit(other, promise)]
    for other in rest:
        frame = frame.filter(~_applies(other.scope))
    return frame.with_columns(side.alias(_UNIT)).to_native(), [_UNIT]


def _is_a_unit(other: Promise, promise: Promise) -> bool:
    """Whether the other promise applies to exactly one of the units that this one is held against."""
    return set(other.scope) == set(promise.scope) and len(promise.scope) == 1


def _applies(scope: Mapping[str, str]) -> nw.Expr:
    return reduce(operator.and_, (nw.col(name) == value for name, value in scope.items()))


def _dated(
    tables: Mapping[str, Any],
    kpi: str,
    by: list[str],
    slots: Slots,
    until: dt.datetime,
    scores: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """The KPI by unit and slot in one reading of its table: the slot is the number of edges that are past."""
    table, clock = DEFINITIONS[kpi].table, nw.col(clock_of(kpi))
    end = min(until, slots.edges[-1])
    frame = _of_survey(nw.from_native(tables[table]), kpi).filter(clock >= slots.edges[0], clock < end)
    past = reduce(operator.add, ((clock >= edge).cast(nw.Int64) for edge in slots.edges[:-1]))
    window = Period("0001", slots.edges[0], slots.edges[-1])
    chosen = {**tables, table: frame.with_columns(past.alias(_SLOT)).to_native()}
    found = _told(chosen, kpi, [window], [_SLOT, *by], scores)
    found = found[found[_SLOT].astype(str) != WHOLE]
    return found.assign(slot=found[_SLOT].astype(int) - 1 - slots.before)


def _by_quarter(
    tables: Mapping[str, Any], kpi: str, by: list[str], slots: Slots, scores: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """The KPI by unit, quarter by quarter."""
    periods = [quarter_of(edge) for edge in slots.edges[:-1]]
    found = _told(tables, kpi, periods, by, scores)
    if by:
        found = found[found[by[0]].astype(str) != WHOLE]
    place = {period.label: at - slots.before for at, period in enumerate(periods)}
    return found.assign(slot=found["period"].map(place).astype(int))


def _told(
    tables: Mapping[str, Any],
    kpi: str,
    periods: Sequence[Period],
    by: Sequence[str],
    scores: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    found = trend(tables, [kpi], periods, by, min_n=1, scores=scores)
    if found.empty:
        missing = scorecard(tables, periods[-1], kpis=[kpi], min_n=1, scores=scores).missing
        raise TableError(str(missing["why"].iloc[0]) if len(missing) else "nothing was measured")
    return found


def _with_variance(rows: pd.DataFrame, here: str, slots: Slots) -> Course:
    """Sampling variances: that of a single answer of the unit, over all its slots, by how many answers there are.

    The variance that a slot's own answers show goes with their value (all content: none at all) and would weigh it.
    """
    error = standard_errors(rows["value"], rows["low"], rows["high"], rows["n_eff"])
    n = rows["n_eff"].to_numpy(float)
    known = np.isfinite(error) & (error > 0)
    rows, single, n = rows[known].reset_index(drop=True), (error**2 * n)[known], n[known]
    if rows.empty or here not in set(rows["unit"]):
        raise TableError("what was measured has no interval")
    weighed = pd.DataFrame({"unit": rows["unit"], "top": single * n, "n": n}).groupby("unit").sum()
    of_unit = weighed["top"] / weighed["n"]
    columns = ["unit", "slot", "value", "low", "high", "n", "n_eff"]
    rows = rows[columns].assign(v=rows["unit"].map(of_unit).to_numpy(float) / n)
    return Course(rows.sort_values(["unit", "slot"], ignore_index=True), here, slots, float(of_unit[here]))


def is_thick(course: Course) -> bool:
    """Whether there are enough answers in most slots to look at slots as short as these."""
    mine = course.rows[course.rows["unit"] == course.here].set_index("slot")["n_eff"]
    every = mine.reindex(range(-course.slots.before, course.slots.after), fill_value=0.0)
    return bool((every >= _THICK).mean() >= 0.8)


def _in_memory(table: Any) -> pd.DataFrame:
    """A table that is read once a quarter, brought from its engine once."""
    return collect(nw.from_native(table))


def _of_survey(frame: Any, kpi: str) -> Any:
    """The rows of the KPI's own survey, where it has one."""
    survey = {"review_rating": "review"}.get(kpi, kpi)
    if DEFINITIONS[kpi].table == "responses" and survey in SURVEYS and "survey" in columns_of(frame):
        return frame.filter(nw.col("survey") == survey)
    return frame
