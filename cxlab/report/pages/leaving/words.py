"""Features as a leader would say them: short for a headline, with the value for a list."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cxlab.models.columns import CATEGORY, FLAG
from cxlab.report import prose

#: Short names of features that `customer_features` makes; others are called by their full meaning.
SHORT = {
    "plan": "the plan",
    "segment": "the segment",
    "region": "the region",
    "tenure": "time since signing",
    "use": "the amount of use",
    "use_change": "falling use",
    "main_use": "use of the main feature",
    "main_use_per_seat": "use per seat",
    "days_since_use": "time since the last use",
    "features_used": "the breadth of use",
    "tickets": "the number of cases",
    "open_tickets": "open cases",
    "oldest_open": "old open cases",
    "overdue_tickets": "overdue cases",
    "case_days": "slow cases",
    "wait": "waiting for answers",
    "first_value_late": "a late first value",
    "days_to_first_value": "a slow start",
    "steps_late": "late steps",
    "late_share": "late steps",
    "steps_overdue": "overdue steps",
    "months_to_renewal": "the time to renewal",
    "renewal_due": "a renewal that is due",
    "mrr": "what they pay",
    "mrr_change": "the change of what they pay",
    "nps_relational": "the likelihood to recommend",
    "csat_transactional": "satisfaction after contacts",
    "unanswered": "silence",
}


def short(row: pd.Series) -> str:
    """A driver in few words."""
    return SHORT.get(str(row["driver"]), f"\u201c{row['words']}\u201d")


def named(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    names = list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def value_of(row: pd.Series, kind: str, cell: object, unit: str = "") -> str:
    """What a customer has of a driver: "plan: Starter", "cases open: 2", or the words alone where it is a yes."""
    words = str(row["words"])
    if kind == CATEGORY:
        return f"{words}: {cell}"
    number = round(float(cell), 1) + 0.0  # type: ignore[arg-type]  # never minus nought
    if kind == FLAG:
        return words if number else f"{words}: no"
    if unit == "share":
        return f"{words}: {prose.value(number, 'share', 0, 0.3)}"
    whole = unit == "days" or abs(number) >= 100 or number == round(number)
    return f"{words}: {number:,.0f}" if whole else f"{words}: {number:,.1f}"
