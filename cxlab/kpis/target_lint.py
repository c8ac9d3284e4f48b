"""Faults of goals as they are written: what makes a goal impossible to follow, to reach or to believe."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxlab.errors import ParameterError
from cxlab.kpis.definitions import DEFINITIONS, Definition
from cxlab.kpis.targets import ACTIVITY_KPIS, baseline_row, row_for, scope_columns, scope_of
from cxlab.periods import Period
from cxlab.stats.comparisons import POWER, groups_of
from cxlab.stats.estimates import normal_quantile

_RANGE = {"points": (-100.0, 100.0), "share": (0.0, 1.0), "stars": (1.0, 5.0)}
# Shares that may rise above one: expansion outweighs what was lost.
_OPEN_SHARES = ("net_revenue_retention",)
_ACTIVITY_WORDS = re.compile(r"sent|send|invit|survey|call(s|ed)?_made|meeting|trained|visits?_made|e?mails?")
_COLUMNS = ["row", "kpi", "scope", "fault", "says"]
# Of fewer periods nobody can say what changes are usual.
_ENOUGH_PERIODS = 4
Fault = tuple[str, str]


def lint_targets(
    targets: pd.DataFrame,
    now: pd.DataFrame | None = None,
    period: Period | None = None,
    *,
    trend: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """A row for every fault of a goal; no row, no fault.

    `now` is a KPI frame: with it, goals are checked against what can be seen with as many answers as it has. `period`
    leaves out goals that were over before it began, and tells the fiscal year. `trend` is a KPI frame of several
    periods: with it, goals are checked against the changes there have been.

    Faults: "unknown KPI", "activity" (what we do, not what comes of it), "no owner", "no date", "unreadable date",
    "no baseline", "out of range" (of goal or baseline: 35 where a share of 0.35 is meant), "behind its baseline" (a
    rise written as a level, say), "unknown group", "stated twice", "not detectable" (from baseline to goal is less than
    the smallest change seen with 80 % probability, if both were measured with as many answers as now), "larger than
    any change so far" (between any two periods of `trend` no further apart than the goal's own; noise included, so
    that a goal must be bold to be named).

    Columns: row (1 is the first goal), kpi, scope, fault, says (a sentence with the remedy).
    """
    scopes = scope_columns(targets)
    goals = targets.reindex(columns=["kpi", "value", "period", "owner", "baseline", *scopes])
    doubled = goals.assign(period=goals["period"].astype(object).fillna("")).duplicated(
        ["kpi", "period", *scopes], keep=False
    )
    year = 1 if period is None else period.fiscal_year_starts
    found = []
    for place, goal in enumerate(goals.to_dict("records")):
        due = _due(goal["period"], year)
        if period is not None and isinstance(due, Period) and due.end <= period.start:
            continue
        narrowed = {column: goal[column] for column in scopes if not pd.isna(goal[column])}
        faults = [*_of_words(goal, due), *_of_place(narrowed, now)]
        if doubled.iloc[place]:
            faults.append(("stated twice", "the same goal stands here twice; the last in the table counts."))
        entry = DEFINITIONS.get(goal["kpi"])
        if entry is not None:
            faults += _of_numbers(goal, entry, narrowed, due, now, trend)
        found += [(place + 1, goal["kpi"], scope_of(goal, scopes), *fault) for fault in faults]
    return pd.DataFrame(found, columns=_COLUMNS)


def _due(text: Any, fiscal_year_starts: int) -> Period | str | None:
    """The goal's period; its text where that cannot be read, None where there is none."""
    if pd.isna(text) or not str(text).strip():
        return None
    try:
        return Period.of(str(text).strip(), fiscal_year_starts)
    except ParameterError:
        return str(text)


def _of_words(goal: Mapping[str, Any], due: Period | str | None) -> Iterator[Fault]:
    kpi = str(goal["kpi"])
    if kpi not in DEFINITIONS:
        names = {entry.name.lower(): entry.kpi for entry in DEFINITIONS.values()} | {each: each for each in DEFINITIONS}
        near = difflib.get_close_matches(kpi.lower().strip(), names, n=1)
        hint = f" Did you mean {names[near[0]]!r}?" if near else " cx.dictionary() lists them."
        yield "unknown KPI", f"{kpi!r} is not in the dictionary, so nothing is held against it.{hint}"
    if kpi in ACTIVITY_KPIS or (kpi not in DEFINITIONS and _ACTIVITY_WORDS.search(kpi.lower())):
        yield (
            "activity",
            f"{kpi} is what we do, not what comes of it for customers: follow it, but set the goal on what it is for.",
        )
    if pd.isna(goal["owner"]) or not str(goal["owner"]).strip():
        yield "no owner", "nobody answers for it. Name one person or team under `owner`."
    if due is None:
        yield "no date", "it is due on no day, so nobody can be late. Write a period such as 2026 or 2026-Q4."
    elif isinstance(due, str):
        yield "unreadable date", f"{due!r} is not a period. Write 2026, 2026-Q4, 2026-03 or 2026-W07."


def _of_place(narrowed: Mapping[str, Any], now: pd.DataFrame | None) -> Iterator[Fault]:
    """Groups that the measured frame does not have, where it knows the column at all."""
    for column, wanted in narrowed.items():
        if now is None or column not in groups_of(now):
            continue
        known = sorted(now[column].dropna().astype(str).unique())
        if str(wanted) not in known:
            near = difflib.get_close_matches(str(wanted), known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}."
            yield "unknown group", f"no {column} is called {wanted!r}: {hint}"


def _of_numbers(
    goal: Mapping[str, Any],
    entry: Definition,
    narrowed: Mapping[str, Any],
    due: Period | str | None,
    now: pd.DataFrame | None,
    trend: pd.DataFrame | None,
) -> Iterator[Fault]:
    row = None if now is None else row_for(now, entry.kpi, narrowed)
    own = goal["baseline"]
    past = [] if trend is None else [trend]
    found = baseline_row(entry.kpi, narrowed, due, past) if pd.isna(own) and isinstance(due, Period) else None
    start = float(own) if pd.notna(own) else np.nan if found is None else float(found["value"])
    if pd.isna(own):
        hint = "" if found is None else f" It was {start:.4g} in {found['period']}."
        yield "no baseline", f"from where to {goal['value']:g}? State where it set out from under `baseline`.{hint}"
    wrong = [*_out_of_range(float(goal["value"]), "goal", entry, start)]
    wrong += [] if pd.isna(own) else _out_of_range(float(own), "baseline", entry, np.nan)
    yield from wrong
    start = start if pd.notna(start) or row is None else float(row["value"])
    if wrong or pd.isna(start):
        return
    jump = float(goal["value"]) - start
    if (jump > 0) != (entry.better != "down") and jump != 0:
        yield _backwards(float(goal["value"]), start, entry)
        return
    if row is not None:
        yield from _too_fine(abs(jump), row)
    if trend is not None and isinstance(due, Period):
        yield from _too_bold(jump, entry, narrowed, due, trend)


def _out_of_range(value: float, what: str, entry: Definition, start: float) -> Iterator[Fault]:
    least, most = _RANGE.get(entry.unit, (0.0, np.inf))
    if entry.kpi in _OPEN_SHARES:
        most = 2.0
    if least <= value <= most:
        return
    says = f"the {what} is {value:g}, but {entry.name} goes from {least:g} to {most:g}."
    if entry.unit == "share" and most < value <= 100:
        says += f" If {value:g} % is meant, write {value / 100:g}."
        if what == "goal":
            says += f" If a rise by {value:g} is meant: {_rises(value / 100, start)}"
    yield "out of range", says


def _rises(step: float, start: float) -> str:
    """What a rise would be as a level: the two readings of a percentage."""
    if np.isnan(start):
        return "in points or in percent of the baseline? Write the level to be reached."
    return f"{start + step:.4g} in points, {start * (1 + step):.4g} in percent of the baseline. Write the level."


def _backwards(value: float, start: float, entry: Definition) -> Fault:
    better = "less" if entry.better == "down" else "more"
    says = f"{entry.name} was {start:.4g}, the goal is {value:g}, and {better} is better: it is met by getting worse."
    if entry.better == "up" and value > 0 and entry.unit in ("share", "points"):
        percent = value / 100 if entry.unit == "points" else value
        says += (
            f" If a rise by {value:g} is meant: {start + value:.4g} in points, {start * (1 + percent):.4g} in percent"
        )
        says += " of the baseline. Write the level."
    return "behind its baseline", says


def _too_fine(jump: float, row: pd.Series) -> Iterator[Fault]:
    """As `comparisons.difference` has it for two values measured alike: seen with 80 % probability at the 5 % level."""
    half = float(row["high"] - row["low"]) / 2
    detectable = (normal_quantile() + ndtri(POWER)) * math.sqrt(2) * half / normal_quantile()
    if np.isnan(detectable) or jump >= detectable or jump == 0:
        return
    answers = math.ceil(row["n"] * (detectable / jump) ** 2)
    yield (
        "not detectable",
        f"from baseline to goal is {jump:.3g}, the smallest change seen with {row['n']:,.0f} answers is "
        f"{detectable:.3g}: nobody could tell whether it was reached. It takes some {answers:,} answers a period, a "
        "longer period, or a bolder goal.",
    )


def _too_bold(
    jump: float, entry: Definition, narrowed: Mapping[str, Any], due: Period, trend: pd.DataFrame
) -> Iterator[Fault]:
    spans = {label: Period.of(label, due.fiscal_year_starts) for label in trend["period"].astype(str).unique()}
    course = [
        (spans[label], row_for(trend[trend["period"].astype(str) == label], entry.kpi, narrowed)) for label in spans
    ]
    values = sorted((span.start, float(row["value"])) for span, row in course if row is not None)
    values = [(start, value) for start, value in values if not np.isnan(value)]
    sign = -1.0 if entry.better == "down" else 1.0
    steps = [
        sign * (later - earlier)
        for place, (first, earlier) in enumerate(values)
        for second, later in values[place + 1 :]
        if second - first <= due.end - due.start
    ]
    if len(values) < _ENOUGH_PERIODS or not steps:
        return
    largest = max(*steps, 0.0)
    if abs(jump) > largest:
        yield (
            "larger than any change so far",
            f"from baseline to goal is {abs(jump):.3g}; within so long a time {entry.name} never improved by more than "
            f"{largest:.3g}. Say what will be done that was not done before, or give it longer.",
        )
