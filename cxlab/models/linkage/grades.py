"""The evidence grade of a link, and why it is no better."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlab.models.linkage.panel import Measure
from cxlab.stats.comparisons import FALSE_DISCOVERY

RANDOMISED, QUASI = "randomised", "quasi-experiment"
DESIGNS = (RANDOMISED, QUASI)
EVIDENCE, WEAK, NONE = "evidence", "weak", "none"

#: check -> what is wrong where it failed, and where it could not be made.
_FAILED = {
    "is_real": ("it cannot be told from chance once the rest is known", ""),
    "gains": (
        "it foretells no better out of time than use, tenure and the like alone",
        "there are too few periods or leavers to test it out of time",
    ),
    "is_quiet": (
        "the score goes with the money that went before it too, which it cannot have moved",
        "there is no money from before the score to test it on",
    ),
    "comes_after": (
        "the link with what followed is not clearly larger than the one with what went before",
        "",
    ),
    "is_robust": (
        "a hidden cause as strong as one that is seen would erase it",
        "nothing else is known of the accounts to adjust for",
    ),
}


def graded(table: pd.DataFrame, measures: Mapping[str, Measure]) -> pd.DataFrame:
    """The table with is_real, grade and why.

    A: the measure was assigned at random. B: assigned otherwise, and both placebo and chance are passed. C: observed,
    and all five hold: told from chance (q at most 0.04), out-of-time gain, quiet placebo, larger after than before,
    not erased by a hidden cause as strong as the strongest that is seen. D: anything else, a check that could not be
    made included. A and B too want a difference that can be told from chance.
    """
    is_real = (table["q"] <= FALSE_DISCOVERY) & ((table["low"] > 0) | (table["high"] < 0))
    table = table.assign(is_real=is_real.astype(bool).astype(object))
    told = [_grade(row, measures[row["measure"]].design) for _, row in table.iterrows()]
    return table.assign(grade=[grade for grade, _ in told], why=[why for _, why in told])


def _grade(row: pd.Series, design: str) -> tuple[str, str]:
    wanted = {RANDOMISED: ("is_real",), QUASI: ("is_real", "is_quiet")}.get(design, tuple(_FAILED))
    wrong = []
    for check in wanted:
        failed, untested = _FAILED[check]
        if row[check] is None:
            wrong += [untested] if untested else []
        elif not row[check]:
            wrong.append(failed)
    if not wrong and not any(row[check] is None for check in wanted):
        return {RANDOMISED: "A", QUASI: "B"}.get(design, "C"), ""
    return "D", "; ".join(wrong)


def evidence(row: pd.Series) -> str:
    """Evidence (grade C or better), weak (told from chance, but a check fails or could not be made) or none."""
    if row["grade"] != "D":
        return EVIDENCE
    return WEAK if row["is_real"] else NONE
