"""The dictionary: what every KPI is called, which way is better, and what it means; and comparisons that know it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlab.errors import ParameterError
from cxlab.kpis.definitions import DEFINITIONS, Definition
from cxlab.stats import comparisons


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
