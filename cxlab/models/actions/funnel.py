"""Insight, action, result: what became of promises, quarter by quarter."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.models.actions.ledger import VERDICTS


def action_funnel(evaluated: pd.DataFrame, fiscal_year_starts: int = 1) -> pd.DataFrame:
    """Insight, action, result: what became of the promises, by the quarter in which they began, and in all.

    Takes what `evaluate_actions` gives. Columns: quarter ("all" in the last row), insights (different topics named),
    started, finished, evaluated (a measure could be held against something), worked, no_evidence, too_early,
    cannot_tell, without_owner, cost (sum of what the ledger states; NaN where it states none).
    """
    started = evaluated["started_on"]
    quarter = [_quarter(day, fiscal_year_starts) for day in started]
    parts = [(name, evaluated[np.array(quarter, dtype=object) == name]) for name in sorted(set(quarter) - {""})]
    rows = [_counted(name, part) for name, part in [*parts, ("all", evaluated)]]
    return pd.DataFrame(rows)


def _counted(name: str, part: pd.DataFrame) -> dict[str, object]:
    topics = part["topic"][part["topic"] != ""]
    said = {word.replace(" ", "_"): int((part["verdict"] == word).sum()) for word in VERDICTS}
    return {
        "quarter": name,
        "insights": int(topics.nunique()),
        "started": len(part),
        "finished": int(part["finished_on"].notna().sum()),
        "evaluated": int((part["method"] != "").sum()),
        **said,
        "without_owner": int((part["owner"] == "").sum()),
        "cost": float(part["cost"].sum(min_count=1)),
    }


def _quarter(day: pd.Timestamp, fiscal_year_starts: int) -> str:
    """The label of the fiscal quarter in which a day lies; empty for no day."""
    if pd.isna(day):
        return ""
    months = (day.month - fiscal_year_starts) % 12
    year = day.year + (1 if fiscal_year_starts > 1 and day.month >= fiscal_year_starts else 0)
    return f"{year:04d}-Q{months // 3 + 1}"
