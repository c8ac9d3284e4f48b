"""Goals beside what is measured: how far off, how sure, and whether on track for the day they are due."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtr

from cxlab.errors import ParameterError
from cxlab.kpis.definitions import DEFINITIONS
from cxlab.periods import Period
from cxlab.stats.comparisons import CANNOT_TELL, groups_of
from cxlab.stats.estimates import normal_quantile

MET, NOT_MET = "met", "not met"
ON_TRACK, BEHIND, NO_BASELINE, NO_DATE = "on track", "behind", "no baseline", "no date"
# What people do, not what comes of it: shown without a verdict, so that asking more is never called success.
ACTIVITY_KPIS = ("response_rate", "accounts_heard")
WHOLE = "all"
_OWN = ("kpi", "value", "period", "owner", "source", "baseline")
_SPREAD = ("value", "low", "high")


def scope_columns(targets: pd.DataFrame) -> list[str]:
    """The columns that narrow a goal to a region, team ...: all that goals do not have by themselves."""
    return [column for column in targets.columns if column not in _OWN]


def scope_of(goal: Mapping[str, object], scopes: list[str]) -> str:
    """What a goal is for, as people read it: "all" for the company, else "region: North"."""
    narrowed = [f"{column}: {goal[column]}" for column in scopes if not pd.isna(goal[column])]
    return ", ".join(narrowed) or WHOLE


def goals_for(targets: pd.DataFrame | None, period: Period) -> pd.DataFrame:
    """The goals that hold in the period, one a KPI and scope: its own date wins over the year's, that over none.

    Of two alike the last in the table wins. The columns are those of `targets`, in its order, all of `_OWN` there.
    """
    if targets is None or targets.empty:
        return pd.DataFrame(columns=list(_OWN))
    goals = targets.reindex(columns=[*_OWN, *scope_columns(targets)]).reset_index(drop=True)
    span = goals["period"].astype(object).where(goals["period"].notna(), "").astype(str).str.strip()
    rank = span.map({"": 0, period.label[:4]: 1} | {period.label: 2})
    goals = goals.assign(period=span, _rank=rank, _place=range(len(goals)))[rank.notna()]
    best = goals.sort_values(["_rank", "_place"]).drop_duplicates(["kpi", *scope_columns(targets)], keep="last")
    return best.sort_values("_place", ignore_index=True).drop(columns=["_rank", "_place"])


def targets_of(targets: pd.DataFrame | None, period: Period) -> dict[str, float]:
    """Company-wide targets for the period: kpi -> value in the KPI's unit. A dated target wins over an undated one."""
    goals = goals_for(targets, period)
    company = goals[goals[scope_columns(goals)].isna().all(axis=1)]
    return dict(zip(company["kpi"], company["value"].astype(float), strict=True))


def target_progress(
    now: pd.DataFrame,
    targets: pd.DataFrame | None,
    period: Period,
    *,
    before: pd.DataFrame | None = None,
    trend: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every goal that holds in the period beside what was measured: one row a goal.

    `now` is a KPI frame of the period; a goal for a region, team ... looks for the row of that group, in which all
    other groups are "all". A goal that nothing measures keeps its row without a value.

    The probability that the true value meets the goal takes the 95 % interval for a normal one, a standard error for
    each side: (value - low) / 1.96 where the goal lies below the value, (high - value) / 1.96 where above. "met" and
    "not met" are said when the whole interval lies on one side of the goal. Many goals are looked at together without
    correction: of goals that are exactly reached about one in twenty is called either.

    On track compares with a straight line from the baseline, where the goal's period begins, to the goal, where it
    ends; what is measured in a period is held against the line at that period's end. "behind": the whole interval lies
    behind the line. "on track": it does not, and it lies beyond the baseline (something moved), or nowhere behind the
    line by more than the change that would not matter. The baseline is the goal's own; where it states none, the last
    value in `trend` or `before` (KPI frames) that ends before the goal's period begins, its own uncertainty included.
    Goals without a baseline or without a date have no line.

    Columns: kpi, scope ("all", or "region: North"), target, value, low, high, n, distance (in the KPI's unit, above 0
    beyond the goal, below 0 short of it), probability, verdict ("met", "not met", "cannot tell"), on_track ("on track",
    "behind", "cannot tell", "no baseline", "no date"), owner, due (the goal's period, "" for every period), baseline,
    expected (the line at the period's end).
    """
    goals = goals_for(targets, period)
    measured = _only(now, period)
    past = [frame for frame in (trend, before) if frame is not None]
    rows = []
    for goal in goals.to_dict("records"):
        scopes = {c: goal[c] for c in scope_columns(goals) if not pd.isna(goal[c])}
        found = row_for(measured, goal["kpi"], scopes)
        value, low, high = (float(found[name]) if found is not None else np.nan for name in _SPREAD)
        entry = DEFINITIONS.get(goal["kpi"])
        sign = (-1.0 if entry.better == "down" else 1.0) if entry else np.nan
        target = float(goal["value"])
        line = _line(goal, scopes, period, past)
        rows.append(
            {
                "kpi": goal["kpi"],
                "scope": scope_of(goal, list(scopes)),
                "target": target,
                "value": value,
                "low": low,
                "high": high,
                "n": 0 if found is None else int(found["n"]),
                "distance": sign * (value - target),
                "probability": _probability(value, low, high, target, sign),
                "verdict": _verdict(low, high, target, sign),
                "on_track": _on_track(value, low, high, line, sign, _margin(entry, value)),
                "owner": "" if pd.isna(goal["owner"]) else str(goal["owner"]),
                "due": goal["period"],
                "baseline": line["baseline"],
                "expected": line["expected"],
            }
        )
    columns = ["kpi", "scope", "target", *_SPREAD, "n", "distance", "probability", "verdict", "on_track"]
    return pd.DataFrame(rows, columns=[*columns, "owner", "due", "baseline", "expected"])


def row_for(frame: pd.DataFrame, kpi: str, scopes: Mapping[str, object]) -> pd.Series | None:
    """The row of a KPI frame for the company (no scopes) or a group; None where the frame does not have it."""
    by = groups_of(frame)
    if not set(scopes) <= set(by):
        return None
    fits = frame["kpi"] == kpi
    for column in by:
        fits &= frame[column].astype(object) == scopes.get(column, WHOLE)
    return frame[fits].iloc[0] if fits.any() else None


def _only(now: pd.DataFrame, period: Period) -> pd.DataFrame:
    mine = now[now["period"].astype(str) == period.label]
    if len(now) and mine.empty:
        raise ParameterError(
            f"the KPI frame holds {', '.join(now['period'].astype(str).unique())}, not {period.label}. "
            "Give the frame of the period that the goals are held against."
        )
    return mine


def _probability(value: float, low: float, high: float, target: float, sign: float) -> float:
    beyond = sign * (value - target)
    error = (value - low if value >= target else high - value) / normal_quantile()
    if np.isnan(beyond) or np.isnan(error):
        return float("nan")
    if error <= 0:
        return 0.5 * (1 + np.sign(beyond))
    return float(ndtr(beyond / error))


def _verdict(low: float, high: float, target: float, sign: float) -> str:
    worst, best = (low, high) if sign > 0 else (high, low)
    if sign * (worst - target) >= 0:
        return MET
    return NOT_MET if sign * (best - target) < 0 else CANNOT_TELL


def _on_track(
    value: float, low: float, high: float, line: Mapping[str, float | str], sign: float, margin: float
) -> str:
    if line["lacks"]:
        return str(line["lacks"])
    if np.isnan([value, low, high, sign]).any():
        return CANNOT_TELL
    # Where the baseline was measured, its interval joins that of the value (Newcombe 1998), on the line in part.
    sides = [(value - low, line["up"]), (high - value, line["down"])]
    worse, better = sides if sign > 0 else sides[::-1]
    ahead, moved = sign * (value - line["expected"]), sign * (value - line["baseline"])
    if ahead + np.hypot(better[0], line["rest"] * better[1]) < 0:
        return BEHIND
    surely_moved = moved - np.hypot(*worse) > 0
    nowhere_behind = ahead - np.hypot(worse[0], line["rest"] * worse[1]) >= -margin
    return ON_TRACK if surely_moved or nowhere_behind else CANNOT_TELL


def _margin(entry: object, value: float) -> float:
    if entry is None:
        return 0.0
    return entry.margin * abs(value) if entry.relative else entry.margin


def _line(
    goal: Mapping[str, object], scopes: Mapping[str, object], period: Period, past: list[pd.DataFrame]
) -> dict[str, float | str]:
    """Where a straight line from baseline to goal stands at the period's end, and what it lacks."""
    nothing = {"baseline": np.nan, "expected": np.nan}
    own = goal["baseline"]
    if not goal["period"]:
        return nothing | {"baseline": np.nan if pd.isna(own) else float(own), "lacks": NO_DATE}
    due = Period.of(str(goal["period"]), period.fiscal_year_starts)
    start = None if pd.notna(own) else baseline_row(goal["kpi"], scopes, due, past)
    if pd.isna(own) and start is None:
        return nothing | {"lacks": NO_BASELINE}
    baseline = float(own) if start is None else float(start["value"])
    gone = (min(period.end, due.end) - due.start) / (due.end - due.start)
    down, up = (0.0, 0.0) if start is None else (baseline - float(start["low"]), float(start["high"]) - baseline)
    return {
        "baseline": baseline,
        "expected": baseline + gone * (float(goal["value"]) - baseline),
        "down": down,
        "up": up,
        "rest": 1.0 - gone,
        "lacks": "",
    }


def baseline_row(kpi: str, scopes: Mapping[str, object], due: Period, past: list[pd.DataFrame]) -> pd.Series | None:
    """The last measured value, with interval, of a period that was over when the goal's began; None where none is."""
    found = []
    for frame in past:
        for label in frame["period"].astype(str).unique():
            try:
                ended = Period.of(label, due.fiscal_year_starts).end
            except ParameterError:
                continue
            row = row_for(frame[frame["period"].astype(str) == label], kpi, scopes) if ended <= due.start else None
            if row is not None and not row[list(_SPREAD)].isna().any():
                found.append((ended, len(found), row))
    return max(found, key=lambda each: each[:2])[2] if found else None
