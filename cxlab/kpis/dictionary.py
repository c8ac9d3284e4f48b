"""The dictionary: what every KPI is called, which way is better, and what it means; and comparisons that know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from cxlab.errors import ParameterError
from cxlab.kpis.definitions import DEFINITIONS, Definition
from cxlab.stats import attention as attention_lists
from cxlab.stats import cadence as cadences
from cxlab.stats import comparisons, ranking, shifts


def definition(kpi: str) -> Definition:
    """The entry of that id; raises ParameterError with the nearest one."""
    if kpi not in DEFINITIONS:
        raise ParameterError.unknown("KPI", kpi, DEFINITIONS)
    return DEFINITIONS[kpi]


def dictionary() -> pd.DataFrame:
    """Every KPI, one row each.

    Columns: kpi (the function's name), name, unit ("points" -100..100, "share" 0-1, "hours", "days", "stars" 1-5,
    "rate" per account, "count"), better ("up" or "down"), table, definition, source, margin (the change that would not
    matter), relative (margin is a share of the value).
    """
    columns = ("kpi", "name", "unit", "better", "table", "definition", "source", "margin", "relative")
    return pd.DataFrame([{column: getattr(entry, column) for column in columns} for entry in DEFINITIONS.values()])


def compare(now: pd.DataFrame, before: pd.DataFrame, margin: float | Mapping[str, float] | None = None) -> pd.DataFrame:
    """What changed between two KPI frames, with interval, p, q, smallest detectable change and verdict.

    The margins within which a change is flat are the dictionary's unless given. See
    `cxlab.stats.comparisons.compare` for the columns and rules; all rows passed are one family for the false-discovery
    control.
    """
    if margin is not None:
        return comparisons.compare(now, before, margin)
    return comparisons.compare(
        now,
        before,
        {kpi: entry.margin for kpi, entry in DEFINITIONS.items()},
        {kpi: entry.relative for kpi, entry in DEFINITIONS.items()},
    )


def league(
    frame: pd.DataFrame,
    by: str | Sequence[str] | None = None,
    *,
    better: str | None = None,
    min_n: int = ranking.SMALLEST,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """The groups of a KPI frame in fair order, with the range of places each could truly have.

    Which way is better is the dictionary's unless given. See `cxlab.stats.ranking.league` for the columns and rules.
    """
    return ranking.league(frame, by, better=_better(frame, better), min_n=min_n, alpha=alpha)


def safe_champion(frame: pd.DataFrame, *, better: str | None = None, min_n: int = ranking.SMALLEST) -> pd.DataFrame:
    """The group that is best even at the worse end of its interval. See `cxlab.stats.ranking.safe_champion`."""
    return ranking.safe_champion(frame, better=_better(frame, better), min_n=min_n)


def most_improved(
    now: pd.DataFrame, before: pd.DataFrame, *, better: str | None = None, min_n: int = ranking.SMALLEST
) -> pd.DataFrame:
    """Whose change stands out among the groups', if anyone's. See `cxlab.stats.shifts.most_improved`."""
    return shifts.most_improved(now, before, better=_better(now, better), min_n=min_n)


def persistence(
    frames: Sequence[pd.DataFrame], *, better: str | None = None, min_n: int = ranking.SMALLEST
) -> pd.DataFrame:
    """Who keeps below the company, and how often luck alone would do that. See `cxlab.stats.shifts.persistence`."""
    frames = list(frames)
    way = _better(frames[-1], better) if frames else "up"
    return shifts.persistence(frames, better=way, min_n=min_n)


def attention(
    frame: pd.DataFrame,
    target: float,
    *,
    better: str | None = None,
    min_n: int = ranking.SMALLEST,
    sure: float = attention_lists.SURE,
) -> pd.DataFrame:
    """Groups that miss a target, apart from those with too little data. See `cxlab.stats.attention.attention`."""
    return attention_lists.attention(frame, target, better=_better(frame, better), min_n=min_n, sure=sure)


def cadence(
    frame: pd.DataFrame, change: float | Mapping[str, float] | None = None, *, days: float | None = None
) -> pd.DataFrame:
    """The shortest reporting period at which a change that matters would be seen four times in five.

    The change is the dictionary's margin unless given. See `cxlab.stats.cadence.cadence` for the columns and rules.
    """
    if change is not None:
        return cadences.cadence(frame, change, days=days)
    return cadences.cadence(
        frame,
        {kpi: entry.margin for kpi, entry in DEFINITIONS.items()},
        days=days,
        relative={kpi: entry.relative for kpi, entry in DEFINITIONS.items()},
    )


def _better(frame: pd.DataFrame, better: str | None) -> str:
    """The direction given, else that of the frame's KPI."""
    if better is not None:
        return better
    kpis = list(dict.fromkeys(frame["kpi"])) if "kpi" in frame.columns else []
    if len(kpis) != 1:
        return "up"  # the statistics refuse such a frame, and say why
    if kpis[0] not in DEFINITIONS:
        raise ParameterError(f"{kpis[0]!r} is not in the dictionary: say which way is better, better='up' or 'down'.")
    known = definition(kpis[0]).better
    if known not in ("up", "down"):
        raise ParameterError(f"{kpis[0]} has no better direction of its own: say which, better='up' or 'down'.")
    return known
