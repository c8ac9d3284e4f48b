"""Gaps between two numbers of one period: two roles, a survey and public reviews, who stayed and who left."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.stats.comparisons import (
    CANNOT_TELL,
    FLAT,
    MOVED_DOWN,
    MOVED_UP,
    adjust,
    difference,
    verdicts,
)

HIGHER, LOWER, ALIKE = "higher", "lower", "alike"
GAP_VERDICTS = (HIGHER, LOWER, ALIKE, CANNOT_TELL)
_WORDS = {MOVED_UP: HIGHER, MOVED_DOWN: LOWER, FLAT: ALIKE, CANNOT_TELL: CANNOT_TELL}


def gaps(one: pd.DataFrame, other: pd.DataFrame, margin: float) -> pd.DataFrame:
    """Value of `one` minus value of `other`, row by row (columns value, low, high, n_eff; same rows in the same order).

    Columns: difference, difference_low, difference_high, p, q (Benjamini-Hochberg over the rows), smallest_detectable,
    margin, verdict: "higher" or "lower" where the interval excludes zero and q is at most 0.04, "alike" where it lies
    within the margin, else "cannot tell". Both sides are taken as independent (see `comparisons.difference`).
    """
    gap = difference(one.reset_index(drop=True), other.reset_index(drop=True))
    q = adjust(gap["p"])
    words = verdicts(gap["change"], gap["low"], gap["high"], q, np.full(len(gap), margin))
    return pd.DataFrame(
        {
            "difference": gap["change"],
            "difference_low": gap["low"],
            "difference_high": gap["high"],
            "p": gap["p"],
            "q": q,
            "smallest_detectable": gap["smallest_detectable"],
            "margin": float(margin),
            "verdict": [_WORDS[word] for word in words],
        }
    )


def side_by_side(one: pd.DataFrame, other: pd.DataFrame, by: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two KPI frames with the same groups in the same order: those of either, empty where a side has none."""
    if not by:
        return one.reset_index(drop=True), other.reset_index(drop=True)
    # An engine may give the same groups another type, an empty side above all.
    keys = pd.concat([one[by].astype(object), other[by].astype(object)]).drop_duplicates()
    keys = keys.sort_values(by, key=lambda column: column.astype(str), ignore_index=True)
    return tuple(keys.merge(side.astype(dict.fromkeys(by, object)), on=by, how="left") for side in (one, other))
