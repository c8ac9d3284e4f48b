"""Which driver matters where: what goes with an outcome, segment by segment, and whether segments differ in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.columns import FLAG, NUMBER, understand
from cxlab.models.segments.units import Array, number_of, values_of
from cxlab.stats.comparisons import FALSE_DISCOVERY, adjust

COLUMNS = [
    *("driver", "words", "step", "segment", "effect", "low", "high", "n"),
    *("overall", "overall_low", "overall_high", "p", "q", "p_differs", "q_differs", "differs"),
]
#: A segment with fewer customers, or fewer of either answer, has no effect of its own.
_FEWEST, _FEWEST_EACH = 30, 8
#: Standard deviations that a driver has to vary within a segment, of what it varies among all.
_VARIES = 0.4


def segment_drivers(
    features: Any,
    labels: pd.Series,
    outcome: pd.Series,
    *,
    meaning: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """How much the outcome differs with one step of each driver, in every segment and overall.

    features: a row a customer; labels, outcome (a score, or true/false): by the same index, customers without either
    are left out. A step is yes against no for flags, and for numbers one robust standard deviation (of the logarithm
    where skewed), gaps left out. effect: slope of the outcome within the segment, 95 % interval with standard errors
    that do not assume equal spread (HC3; Long & Ervin 2000), in the outcome's unit; shares are points of 0 to 1.
    overall: the segments' effects together, weighted by precision. p_differs: whether the segments' effects differ
    (Welch's 1951 test of unequal variances, on slopes); q_differs adjusts over the drivers (Benjamini-Hochberg), and
    differs is q at most 0.04. p, q: the same for the overall effect. An association: other drivers are not held fixed.
    Returns one row a driver and segment, surest difference first. Raises ParameterError where nothing can be compared.
    """
    frame = getattr(features, "frame", features)
    meaning = dict(meaning or getattr(features, "meaning", {}))
    y = pd.to_numeric(outcome.astype("float64"), errors="coerce").reindex(frame.index)
    known = (y.notna() & labels.reindex(frame.index).notna()).to_numpy()
    if known.sum() < 2 * _FEWEST:
        raise ParameterError(
            f"the outcome is known of {int(known.sum())} customers who are in a segment; {2 * _FEWEST} are needed to "
            "tell which driver matters where."
        )
    columns = understand(frame[known], "segment_drivers")
    where, y = labels.reindex(frame.index)[known].to_numpy(), y.to_numpy()[known]
    order = list(dict.fromkeys(labels.dropna()))
    rows = []
    for name in columns.of_kind(NUMBER, FLAG):
        x, step = _steps(columns.frame, name, columns.kinds[name])
        found = [_slope(x[where == each], y[where == each], float(np.nanstd(x))) for each in order]
        overall, p_overall, p_differs = _together(found)
        for segment, (slope, error, n) in zip(order, found, strict=True):
            reach = _quantile(n) * error
            rows.append(
                (name, meaning.get(name, name.replace("_", " ")), step, segment, slope, slope - reach, slope + reach, n)
                + (*overall, p_overall, p_differs)
            )
    table = pd.DataFrame(rows, columns=[*COLUMNS[:11], "p", "p_differs"])
    if table.empty or table["effect"].notna().sum() == 0:
        raise ParameterError("no driver varies enough within the segments to tell which matters where.")
    one = table.drop_duplicates("driver").set_index("driver")
    for p, q in (("p", "q"), ("p_differs", "q_differs")):
        table[q] = table["driver"].map(pd.Series(adjust(one[p]), index=one.index))
    table["differs"] = table["q_differs"] <= FALSE_DISCOVERY
    place = {segment: at for at, segment in enumerate(order)}
    table = table.assign(place=table["segment"].map(place)).sort_values(
        ["q_differs", "p_differs", "driver", "place"], kind="stable", na_position="last"
    )
    return table[COLUMNS].reset_index(drop=True)


def _steps(frame: pd.DataFrame, name: str, kind: str) -> tuple[Array, str]:
    """A driver in steps, gaps missing; and what a step is."""
    x = values_of(frame, name)
    if kind == FLAG:
        return x, "yes against no"
    scale = number_of(name, frame[name])
    return np.where(np.isnan(x), np.nan, scale.scaled(frame)), "one typical difference more"


def _slope(x: Array, y: Array, spread: float) -> tuple[float, float, int]:
    """Slope of y on x, its HC3 standard error, and how many; not a number where there is too little to see."""
    known = ~np.isnan(x)
    x, y = x[known], y[known]
    n, nothing = len(x), (np.nan, np.nan, len(x))
    if n < _FEWEST or x.std() < _VARIES * spread:
        return nothing
    rare = [np.unique(each, return_counts=True)[1] for each in (x, y)]
    if any(len(counts) <= 2 and (len(counts) < 2 or counts.min() < _FEWEST_EACH) for counts in rare):
        return nothing
    centred = x - x.mean()
    total = float(centred @ centred)
    slope = float(centred @ y) / total
    left = y - y.mean() - slope * centred
    leverage = np.minimum(1 / n + centred**2 / total, 0.999)
    return slope, float(np.sqrt(((centred * left / (1 - leverage)) ** 2).sum()) / total), n


def _together(found: list[tuple[float, float, int]]) -> tuple[tuple[float, float, float], float, float]:
    """Overall effect with interval, its p-value, and the p-value of the segments' being different."""
    from scipy.special import fdtrc, stdtr

    told = [each for each in found if np.isfinite(each[0]) and each[1] > 0]
    if not told:
        return (np.nan, np.nan, np.nan), np.nan, np.nan
    slopes, errors, ns = (np.array(part, dtype=float) for part in zip(*told, strict=True))
    weights = 1 / errors**2
    whole = float((weights * slopes).sum() / weights.sum())
    error, df = float(1 / np.sqrt(weights.sum())), float(ns.sum() - 2 * len(ns))
    reach = _quantile(int(df) + 2) * error
    p_overall = float(2 * stdtr(df, -abs(whole) / error))
    if len(told) < 2:
        return (whole, whole - reach, whole + reach), p_overall, np.nan
    k = len(told)
    imbalance = float((((1 - weights / weights.sum()) ** 2) / (ns - 2)).sum())
    ratio = float((weights * (slopes - whole) ** 2).sum()) / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * imbalance)
    p_differs = float(fdtrc(k - 1, (k**2 - 1) / (3 * imbalance), ratio))
    return (whole, whole - reach, whole + reach), p_overall, p_differs


def _quantile(n: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(max(n - 2, 1), 0.975))
