"""The whole ledger judged together, and what became of it quarter by quarter."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import CxlabError, TableError
from cxlab.kpis.definitions import DEFINITIONS
from cxlab.models.actions.course import Course, course_of, is_thick, known_columns, reach_of
from cxlab.models.actions.judge import Judged, has_enough_before, judge
from cxlab.models.actions.promise import Promise, can_be_judged, covers, promises_in, rivals
from cxlab.models.actions.slots import MONTH, QUARTER, is_dated, slots_of
from cxlab.periods import Period
from cxlab.stats.comparisons import FALSE_DISCOVERY, adjust
from cxlab.stats.counting import collect

WORKED, NO_EVIDENCE, TOO_EARLY, CANNOT_TELL = "worked", "no evidence", "too early", "cannot tell"
VERDICTS = (WORKED, NO_EVIDENCE, TOO_EARLY, CANNOT_TELL)
COLUMNS = (
    *(
        "action_id",
        "promise",
        "topic",
        "owner",
        "kpi",
        "scope",
        "comparison",
        "started_on",
        "finished_on",
        "expected",
        "cost",
    ),
    *("method", "effect", "low", "high", "p", "q", "verdict", "needs", "grade", "why", "smallest_detectable"),
    *("meaningful", "before", "after", "rest_before", "rest_after", "n_before", "n_after", "slots_before"),
    *("slots_after", "slot", "moving_before", "moving_p", "false_dates", "as_large", "was_low"),
)
_YEAR = 365.25
# What a row carries until its verdict is given: too young for one, days since the start, part of the family.
_WITHIN = ("_young", "_days", "_tested")


@dataclass(frozen=True)
class Ledger:
    """The promises judged: `table`, one row each (COLUMNS), and `courses`, the measure's course by action_id."""

    table: pd.DataFrame
    courses: dict[str, Course] = field(default_factory=dict)


def evaluate_actions(
    tables: Mapping[str, Any],
    as_of: Period | dt.datetime | str | None = None,
    *,
    scores: Mapping[str, Mapping[str, Any]] | None = None,
) -> pd.DataFrame:
    """Every promise of the actions table judged by itself: worked, no evidence, too early, or cannot tell. A row each.

    `tables` maps names of canonical tables to frames of any engine. `as_of`: what is known at the end of that period or
    at that moment (default: all there is). `scores`: thresholds where the company deviates.

    A promise for a region, team, segment ... (every column of the actions table that the KPI's table or the customers
    table has) is held against the other groups: difference in differences, months or quarters counted from the very
    start, up to a year after it. A promise for the whole company has nothing to be held against: interrupted time
    series, which takes out trend and season and has to last (grade B from six months and two years before on). Rows of
    other promises on the same KPI that began in the year before or since are left out; where they apply to the very
    same groups the two cannot be told apart. See `cxlab.models.actions.panel` for the estimate.

    Checks: was the group already catching up before; does as much show at false dates; the last three months before the
    start are left out of the baseline and levels are drawn toward each other, because a team that was picked for being
    the worst comes back by itself. *Worked* needs an interval beyond nought in the better direction, q at most 0.04
    over the whole ledger (Benjamini-Hochberg; p is one-sided, the chance of such an improvement where there is none)
    and all checks, which is grade B. *Too early*: less than three months (six without a comparison) have passed, or
    `needs` more answers would show a change that matters, and will come within a year of the start. *Cannot tell*:
    `why` says what is missing. Promises that begin later are not in the table.

    Columns: see COLUMNS; effect, low, high, before ... in the KPI's unit (an effect on a share is a share), cost as in
    the ledger, slots are months or quarters. Raises TableError without an actions table.
    """
    return ledger(tables, as_of, scores=scores).table


def ledger(
    tables: Mapping[str, Any],
    as_of: Period | dt.datetime | str | None = None,
    *,
    scores: Mapping[str, Mapping[str, Any]] | None = None,
) -> Ledger:
    """As `evaluate_actions`, with the courses behind the verdicts."""
    if "actions" not in tables:
        raise TableError.absent("actions", tables)
    until = _moment(as_of)
    promises = promises_in(collect(nw.from_native(tables["actions"])))
    begun = [p for p in promises if until is None or p.started_on is None or p.started_on < until]
    rows, courses = [], {}
    for promise in begun:
        row, course = _judged(tables, promise, begun, until, scores or {})
        rows.append(row)
        if course is not None:
            courses[promise.action_id] = course
    return Ledger(with_verdicts(rows), courses)


def _moment(as_of: Period | dt.datetime | str | None) -> dt.datetime | None:
    if as_of is None or isinstance(as_of, Period):
        return None if as_of is None else as_of.end
    return pd.Timestamp(as_of).tz_localize(None).to_pydatetime()


def _judged(
    tables: Mapping[str, Any],
    promise: Promise,
    others: Sequence[Promise],
    until: dt.datetime | None,
    scores: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, object], Course | None]:
    """A row of the table, its verdict still to be given, and the course behind it where there is one."""
    row: dict[str, object] = _said(promise)
    try:
        reason = can_be_judged(promise)
        if reason:
            raise TableError(reason)
        promise, lost = promise.narrowed(known_columns(tables, promise.kpi))
        row["scope"] = promise.where
        course, same, end = _course(tables, promise, others, until, scores)
        if not has_enough_before(course):
            known = int((course.rows.loc[course.rows["unit"] == course.here, "slot"] < 0).sum())
            raise TableError(f"only {_some(known, course.slots.length)} before the start can be measured")
    except CxlabError as problem:
        return row | {"verdict": CANNOT_TELL, "why": str(problem).split("\n")[0].rstrip(".")}, None
    days = (end - promise.started_on).total_seconds() / 86400
    return row | judged_row(promise, course, days, same, lost), course


def judged_row(
    promise: Promise, course: Course, days: float, same: Sequence[Promise] = (), lost: Sequence[str] = ()
) -> dict[str, object]:
    """What the course of the measure says of a promise, as a row of the table; `with_verdicts` gives the verdict.

    `days` since the start. `same`: promises that cannot be told apart from it. `lost`: columns of the ledger that the
    measure does not know.
    """
    row = _said(promise) | {"comparison": ", ".join(course.units[1:]), "_days": days}
    if not (course.panel.slot[course.panel.unit == 0] >= 0).any():
        return row | {"verdict": TOO_EARLY, "why": "nothing has been measured since the start"}
    found = judge(course, promise, days)
    if same:
        named = _listed([other.called for other in same])
        found.limits.append(f"{named} began there too and cannot be told apart from it")
    remarks = [f"the measure does not know {_listed(lost)}, so that all of it was looked at"] if lost else []
    if not np.isfinite(found.effect.value):
        found.limits.append("everything that it could be held against had a promise of its own at the time")
    if found.was_low:
        remarks.append("the months just before the start, which were the worst, are left out")
    return row | _measured(found, course, DEFINITIONS[promise.kpi].better, remarks)


def _said(promise: Promise) -> dict[str, object]:
    nothing = dict.fromkeys(COLUMNS, math.nan) | dict.fromkeys(("comparison", "method", "why", "slot"), "")
    return nothing | {
        "action_id": promise.action_id,
        "promise": promise.called,
        "topic": promise.topic,
        "owner": promise.owner,
        "kpi": promise.kpi,
        "scope": promise.where,
        "started_on": pd.Timestamp(promise.started_on) if promise.started_on else pd.NaT,
        "finished_on": pd.Timestamp(promise.finished_on) if promise.finished_on else pd.NaT,
        "expected": promise.expected,
        "cost": promise.cost,
        "verdict": "",
        "grade": "D",
        "_young": False,
        "_days": math.nan,
        "_tested": False,
    }


def _course(
    tables: Mapping[str, Any],
    promise: Promise,
    others: Sequence[Promise],
    until: dt.datetime | None,
    scores: Mapping[str, Mapping[str, Any]],
) -> tuple[Course, list[Promise], dt.datetime]:
    """The course in months where there are enough answers, else in quarters; the promises that cannot be told apart
    from this one; and the end of what is known."""
    first, last = reach_of(tables, promise.kpi)
    # What happened at the very end of the period belongs to the next one; without a period the last row counts too.
    end = last + dt.timedelta(seconds=1) if until is None else min(until, last + dt.timedelta(seconds=1))
    course, same = None, []
    for length in (MONTH, QUARTER) if is_dated(promise.kpi) else (QUARTER,):
        slots = slots_of(promise.kpi, promise.started_on, first, end, length)
        if slots.before == 0:
            raise TableError("nothing is known from before the start")
        # What began more than a year before has done what it does on both sides of the start.
        since = max(slots.edges[0], promise.started_on - dt.timedelta(days=_YEAR))
        at_work = rivals(promise, others, since, slots.edges[-1])
        same = [other for other in at_work if covers(other, promise) and covers(promise, other)]
        same += [other for other in at_work if covers(other, promise) and other.scope and other not in same]
        apart = [other for other in at_work if not covers(other, promise)]
        course = course_of(tables, promise, apart, slots, end, scores)
        if is_thick(course):
            break
    if course is None:
        raise TableError("nothing was measured")
    return course, same, end


def _measured(found: Judged, course: Course, better: str, remarks: list[str]) -> dict[str, object]:
    slots = course.rows.loc[course.rows["unit"] == course.here, "slot"]
    effect, faults = found.effect, [*found.limits, *found.faults]
    improved = (effect.value > 0) == (better == "up")
    return {
        "method": found.method,
        "effect": effect.value,
        "low": effect.low,
        "high": effect.high,
        "p": effect.p / 2 if improved else 1 - effect.p / 2,
        "needs": found.needs,
        "grade": "D" if faults else "B",
        "why": "; ".join([*faults, *remarks]),
        "smallest_detectable": found.smallest,
        "meaningful": found.meaningful,
        "before": found.before,
        "after": found.after,
        "rest_before": found.rest_before,
        "rest_after": found.rest_after,
        "n_before": found.n_before,
        "n_after": found.n_after,
        "slots_before": int((slots < -course.slots.left_out).sum()),
        "slots_after": int((slots >= 0).sum()),
        "slot": course.slots.length,
        "moving_before": found.moving,
        "moving_p": found.moving_p,
        "false_dates": found.dates,
        "as_large": found.as_large,
        "was_low": found.was_low,
        "_tested": not found.limits,
        "_young": found.is_young,
    }


def with_verdicts(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Verdicts over the whole ledger: every promise that could have worked counts in the false-discovery control."""
    table = pd.DataFrame(rows, columns=[*COLUMNS, *_WITHIN])
    tested = table["_tested"].astype(bool)
    table = table.assign(q=adjust(table["p"].astype(float).where(tested)))
    better = [DEFINITIONS[kpi].better if kpi in DEFINITIONS else "up" for kpi in table["kpi"]]
    verdicts = [_verdict(row, way) for (_, row), way in zip(table.iterrows(), better, strict=True)]
    table = table.assign(verdict=pd.Series(verdicts, table.index, dtype=object))
    table.loc[table["verdict"] != TOO_EARLY, "needs"] = math.nan
    return table[list(COLUMNS)]


def _verdict(row: pd.Series, better: str) -> str:
    if row["verdict"]:
        return str(row["verdict"])
    if not np.isfinite(row["effect"]):
        return CANNOT_TELL
    good = row["low"] > 0 if better == "up" else row["high"] < 0
    if good and row["q"] <= FALSE_DISCOVERY and row["grade"] == "B":
        return WORKED
    missing, gone = row["needs"], row["_days"]
    # At the pace so far: will those answers have come a year after the start, which is as long as is looked at?
    comes_in_time = missing > 0 and row["n_after"] * (_YEAR - gone) / max(gone, 1.0) >= missing
    return TOO_EARLY if row["_young"] or comes_in_time else NO_EVIDENCE


def _some(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n != 1)}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
