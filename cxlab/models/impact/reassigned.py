"""Intervals that hold the uncertainty of assignment: what the points would be had the topics been found in others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import ndtr

from cxlab.models.impact.contributions import HIGHER, LOWER, Impact
from cxlab.models.impact.rows import REMAINDER
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust

#: Of the normal distribution, 97.5 %.
_NORMAL = 1.959963984540054


def reassigned(impact: Impact, members: Sequence[pd.DataFrame], again: Callable[[pd.DataFrame], Impact]) -> Impact:
    """`impact` with intervals, p, q and verdicts that also hold how its values vary over other assignments.

    members: comments x topics of each refit; a topic (column) that a refit did not find is not in it. again: the same
    reckoning for such a frame. Variances add up as in multiple imputation (Rubin 1987, Multiple Imputation for
    Nonresponse in Surveys): within, of the reckoning itself, plus (1 + 1/m) times that between the m refits. A topic
    that fewer than half of the refits found has no interval, and its verdict is "cannot tell": what goes with it stays
    in the sum. Values stay what they are, so they add up as before.
    """
    if not members:
        return impact
    values, effects = ([] for _ in range(2))
    for frame in members:
        table = again(frame).table.set_index("topic")
        values.append(table["value"])
        effects.append(table["effect"])
    table = impact.table.copy()
    topic = table["topic"] != REMAINDER
    for name, low, high, drawn in (
        ("value", "low", "high", values),
        ("effect", "effect_low", "effect_high", effects),
    ):
        wide = pd.concat(drawn, axis=1).reindex(table["topic"])
        found = wide.notna().sum(axis=1).to_numpy()
        between = np.sqrt((1 + 1 / np.maximum(found, 1)) * wide.var(axis=1, ddof=1).fillna(0.0).to_numpy())
        enough = (found >= max(len(members) / 2, 2)) | ~topic.to_numpy()
        half = _NORMAL * between
        for side, sign in ((low, -1), (high, 1)):
            reach = sign * (table[side] - table[name])
            table[side] = np.where(enough, table[name] + sign * np.hypot(reach, half), np.nan)
    half = (table["high"] - table["low"]) / 2
    wider = half > (impact.table["high"] - impact.table["low"]) / 2 * (1 + 1e-9)
    z = (table["value"] / (half / _NORMAL)).abs()
    # Never surer than without the refits: Student's quantile is in the first p and not in the normal one.
    table["p"] = table["p"].where(~wider, np.maximum(table["p"], 2 * ndtr(-z))).where(half.notna())
    table["q"] = adjust(table["p"])
    sure = (table["q"] <= FALSE_DISCOVERY) & ((table["low"] > 0) | (table["high"] < 0))
    table["verdict"] = np.select([sure & (table["value"] < 0), sure], [LOWER, HIGHER], CANNOT_TELL)
    table.loc[~topic, "verdict"] = impact.table.loc[~topic, "verdict"]
    return replace(impact, table=table)
