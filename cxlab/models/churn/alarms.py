"""Alarms: what looks too good to be true, rows that are there twice, and too few leavers for so many drivers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlab.models.churn.copies import Copies
from cxlab.models.churn.leaks import Leak

COLUMNS = ["kind", "column", "what", "sure", "remedy", "sentence"]
LEAK, COPIES, DOUBLE, NUMBERING, FEW, TOO_GOOD = (
    "leak", "copied rows", "exact function", "running number", "few leavers", "too good",
)  # fmt: skip
CERTAIN, LIKELY = "certain", "likely"
#: Leavers (or stayers, whichever are fewer) a driver: below the first an alarm, below the second a remark.
TOO_FEW, FEW_ENOUGH_TO_TELL = 5, 10
#: No honest model of leaving is this good; above the second, a remark says what such scores usually come from.
IMPLAUSIBLE, CLAIMED = 0.97, 0.90


def leak_alarms(leaks: Sequence[Leak], auc: float, without: float | None) -> list[dict[str, str]]:
    """One alarm a feature that knows the outcome; `without` is the area under the curve when all of them are gone."""
    told = (
        ""
        if without is None
        else f" Without {'it' if len(leaks) == 1 else 'these columns'} the AUC is {without:.3f} instead of {auc:.3f}."
    )
    return [
        _alarm(
            LEAK,
            leak.column,
            f"{leak.what}; it may have been written down after the customer left",
            leak.sure,
            f"Take {leak.column} out, or show that it was known before anybody left.{told}",
        )
        for leak in leaks
    ]


def copy_alarms(
    copies: Copies, rows: int, honest: float, flattered: float, boosted: tuple[float, float]
) -> list[dict[str, str]]:
    """One alarm for copied rows, with what scores would have been had copies been on both sides."""
    kinds = [f"{copies.exact:,} of {rows:,} rows are exact copies of another"] if copies.exact else []
    kinds += [f"{copies.near:,} differ from another in one cell only"] if copies.near else []
    return [
        _alarm(
            COPIES,
            "",
            " and ".join(kinds),
            CERTAIN if copies.exact else LIKELY,
            "Keep one of each. Here copies stay in the same part, so they do not flatter the score: drawn at random, "
            f"the AUC would have been {flattered:.3f} instead of {honest:.3f}, and that of gradient boosting "
            f"{boosted[1]:.3f} instead of {boosted[0]:.3f}",
        )
    ]


def double_alarms(same: dict[str, str]) -> list[dict[str, str]]:
    """One alarm a column that is an exact function of another."""
    return [
        _alarm(
            DOUBLE,
            gone,
            f"it is an exact function of {stays}",
            CERTAIN,
            f"Nothing: {gone} was left out and is one driver with {stays}. What goes with one cannot be told from the "
            "other",
        )
        for gone, stays in same.items()
    ]


def numbering_alarms(names: Sequence[str]) -> list[dict[str, str]]:
    """One alarm a column that only numbers the rows."""
    return [
        _alarm(NUMBERING, name, "it numbers the rows without gaps", LIKELY, "Nothing: it was left out as an identifier")
        for name in names
    ]


def few_alarms(fewer: int, drivers: int) -> list[dict[str, str]]:
    """An alarm where there are too few leavers (or stayers) for so many drivers."""
    if fewer >= TOO_FEW * drivers:
        return []
    return [
        _alarm(
            FEW,
            "",
            f"{fewer:,} customers on the smaller side for {drivers} drivers",
            CERTAIN,
            f"Read the intervals, not the values; take a longer period (some {FEW_ENOUGH_TO_TELL * drivers:,} are "
            "needed) or fewer features",
        )
    ]


def implausible(auc: float) -> list[dict[str, str]]:
    """An alarm for a score that no honest model of leaving has, where no single feature explains it."""
    if auc < IMPLAUSIBLE:
        return []
    what = f"the AUC is {auc:.3f}, and no single feature explains it"
    remedy = "Ask of every feature when it was written down; several together may know the outcome"
    return [_alarm(TOO_GOOD, "", what, LIKELY, remedy)]


def remarks(auc: float, is_explained: bool, fewer: int, features: int) -> list[str]:
    """What is no alarm but should be known: a score that invites doubt, and few leavers for so many features."""
    said = []
    if auc > CLAIMED and not is_explained:
        said.append(
            f"An AUC above {CLAIMED:.2f} is rare among customers; where one is reported it mostly comes from columns "
            "written down afterwards, from copied rows, or from resampling before the split. None of these was found "
            "here."
        )
    if TOO_FEW * features <= fewer < FEW_ENOUGH_TO_TELL * features:
        said.append(
            f"{fewer:,} customers on the smaller side are few for {features} features: intervals are wide, and "
            f"some {FEW_ENOUGH_TO_TELL * features:,} would be better."
        )
    return said


def _alarm(kind: str, column: str, what: str, sure: str, remedy: str) -> dict[str, str]:
    head = f"{column}: " if column else ""
    sentence = f"{head}{what} ({sure}). {remedy}"
    sentence = sentence[0].upper() + sentence[1:] if not column else sentence
    return dict(zip(COLUMNS, (kind, column, what, sure, remedy, sentence.rstrip(".") + "."), strict=True))


def as_frame(alarms: Sequence[dict[str, str]]) -> pd.DataFrame:
    """Alarms as a frame: kind, column, what, sure, remedy, sentence."""
    return pd.DataFrame(list(alarms), columns=COLUMNS)


def running_numbers(frame: pd.DataFrame, kinds: dict[str, str]) -> list[str]:
    """Numbers that count the rows: whole, each once, without gaps."""
    found = []
    for name in (name for name, kind in kinds.items() if kind == "number"):
        x = frame[name].to_numpy(float)
        if len(x) > 50 and not np.isnan(x).any() and (x == np.round(x)).all():
            if x.max() - x.min() == len(x) - 1 and len(np.unique(x)) == len(x):
                found.append(name)
    return found
