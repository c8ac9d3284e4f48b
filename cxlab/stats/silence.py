"""What those who did not answer could do to a result: bounds, tipping values, signs of how they differ.

Everything is in the unit of the result: points from -100 to 100 for net scores, 0 to 1 for shares. A *gap* is the
result of those who did not answer minus the result of those who did; what everybody would have said is then the result
as answered plus the share of the silent times the gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.stats.estimates import LEVEL, normal_quantile, student_quantile

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]

FOLDS = 5


def bounds(value: float, rate: float, scale: tuple[float, float], gap: float | None = None) -> tuple[float, float]:
    """Least and greatest result that everybody together could have given (Manski 1989, J. of Human Resources 24:343).

    `value` is the result as answered, `rate` the share that answered (0-1), `scale` the ends of the result's scale.
    With `gap` the silent differ from those who answered by at most so much. No sampling error is in these.
    """
    _check_rate(rate)
    lowest, highest = scale
    if gap is not None:
        if gap < 0:
            raise ParameterError(f"the gap is {gap:g}; give how much the silent may differ, 0 or more.")
        lowest, highest = max(lowest, value - gap), min(highest, value + gap)
    return rate * value + (1 - rate) * lowest, rate * value + (1 - rate) * highest


@dataclass(frozen=True)
class Tipping:
    """How different the silent would have to be for a result to say something else.

    `points` is a distance (0 or more) in the result's unit: how much lower (`direction` "unhappier") or higher
    ("happier") the silent must lie than those who answered. `points_sure` is the distance at which the result is no
    longer certain, because its interval touches the line; 0 where it never was. `possible` is False where the scale
    ends before that distance: the result then survives whatever the silent think.
    """

    points: float
    points_sure: float
    direction: str
    possible: bool


def tipping_threshold(
    value: float, low: float, high: float, rate: float, threshold: float, scale: tuple[float, float]
) -> Tipping:
    """How much unhappier the silent must be for the result to fall to `threshold` (happier, where it lies below)."""
    _check_rate(rate)
    falls = value >= threshold
    edge = max(low - threshold, 0.0) if falls else max(threshold - high, 0.0)
    return _tipping(abs(value - threshold), edge, 1 - rate, value, falls, scale)


def tipping_change(
    change: float, low: float, high: float, value: float, rate: float, scale: tuple[float, float]
) -> Tipping:
    """How much unhappier the silent of this period must be for a rise to vanish (happier, for a fall).

    Counted beyond the gap of the period before: if the silent differed then already, and as many were silent, that part
    cancels. `low` and `high` are the change's interval, `value` and `rate` those of this period.
    """
    _check_rate(rate)
    rises = change >= 0
    edge = max(low, 0.0) if rises else max(-high, 0.0)
    return _tipping(abs(change), edge, 1 - rate, value, rises, scale)


def tipping_same_gap(change: float, rate: float, rate_before: float, width: float) -> float:
    """The gap, the same in both periods, at which a change vanishes; infinite where no such gap explains it.

    Negative: the silent would have to be unhappier by so much. `change`, the scale's `width` and the gap share a unit.
    """
    share = rate - rate_before
    return change / share if abs(change) <= abs(share) * width else float("inf")


def gap_range(change_of_rate: float, silent: float, common: float, differing: float) -> float:
    """How far a change between two periods may be off (0 or more).

    When both periods share a gap of up to `common` and this period's silent, of share `silent`, differ from last
    period's by up to `differing`: |change of the response rate| * common + silent * differing.
    """
    return abs(change_of_rate) * common + silent * differing


def signs(
    matrix: Array, answered: Mask, x: Array, unit: float, scale: tuple[float, float], cluster: Codes | None = None
) -> pd.DataFrame:
    """What is known about the silent, turned into a gap: from "answering depends on that" to "on the answer itself".

    The proxy pattern-mixture model (Andridge & Little 2011, J. of Official Statistics 27:153-180): a proxy is the score
    foretold from the features (`matrix`, standardised), made on other accounts than those it is used for; r is its
    correlation with the score, d by how many standard deviations it is lower or higher among the silent, s the score's
    own. Gaps: r*d*s if answering depends on what is known only, d*s if on both alike, d*s/r if only on the answer
    itself. `unit` is 100 for points. Intervals reckon with d alone, and the ends of the scale cut them.

    Returns sign, gap, low, high. Gaps are missing where the features do not foretell the score (r not surely above 0).
    """
    names = ["what is known", "half and half", "the answer itself"]
    proxy, r = _proxy(matrix, answered, x, cluster)
    d, low, high = np.nan, np.nan, np.nan
    units = int(answered.sum()) if cluster is None else len(np.unique(cluster[answered]))
    if proxy is not None and units > 3 and np.arctanh(min(r, 0.999)) * np.sqrt(units - 3) > normal_quantile():
        spread = proxy[answered].std()
        d = (proxy[~answered].mean() - proxy[answered].mean()) / spread
        reach = normal_quantile() * _error(proxy, answered, cluster) / spread
        low, high = d - reach, d + reach
    s, value = unit * x[answered].std(), unit * x[answered].mean()
    ends = (scale[0] - value, scale[1] - value)
    return pd.DataFrame(
        [
            {"sign": name, **{column: float(np.clip(part * s * f, *ends)) for column, part in parts}}
            for name, f in zip(names, (r, 1.0, 1 / r if r > 0 else np.nan), strict=True)
            for parts in [[("gap", d), ("low", low), ("high", high)]]
        ]
    )


def surely(gaps: pd.DataFrame) -> NDArray[np.bool_]:
    """Which gaps have an interval (low, high) that excludes 0."""
    return ((gaps["low"] > 0) | (gaps["high"] < 0)).to_numpy(bool)


def under_answer_rates(x: Array, rates: Sequence[float]) -> Array:
    """Weights (mean 1) that undo answer rates depending on the answer: x = 1, 0, -1 answered at `rates`.

    Only the proportion of the rates matters.     Raises ParameterError where a rate is not above 0.
    """
    if len(rates) != 3 or not all(np.isfinite(rate) and rate > 0 for rate in rates):
        raise ParameterError("give one answer rate above 0 for each kind of answer; only their proportion matters.")
    weight = np.select([x > 0, x < 0], [1 / rates[0], 1 / rates[2]], 1 / rates[1])
    return weight / weight.mean()


def _tipping(
    distance: float, sure: float, silent: float, value: float, down: bool, scale: tuple[float, float]
) -> Tipping:
    points, points_sure = (float(part / silent) if silent > 0 else float("inf") for part in (distance, sure))
    room = value - scale[0] if down else scale[1] - value
    return Tipping(points, points_sure, "unhappier" if down else "happier", bool(points <= room))


def _proxy(matrix: Array, answered: Mask, x: Array, cluster: Codes | None) -> tuple[Array | None, float]:
    """The score foretold for every invitation from other folds' answers, and its correlation with the score."""
    if matrix.shape[1] == 0 or x[answered].std() == 0:
        return None, 0.0
    fold = (np.arange(len(x)) if cluster is None else cluster) % FOLDS
    full = np.column_stack([np.ones(len(x)), matrix])
    penalty = np.eye(full.shape[1])
    penalty[0, 0] = 0.0
    proxy = np.empty(len(x))
    for place in range(FOLDS):
        train = answered & (fold != place)
        slope = np.linalg.solve(full[train].T @ full[train] + penalty, full[train].T @ x[train])
        proxy[fold == place] = full[fold == place] @ slope
    if proxy[answered].std() < 1e-12:
        return None, 0.0
    return proxy, float(np.corrcoef(proxy[answered], x[answered])[0, 1])


def _error(proxy: Array, answered: Mask, cluster: Codes | None) -> float:
    """Standard error of the difference of the proxy's means, silent minus answered; accounts taken together."""
    part = np.zeros(len(proxy))
    for side, sign in ((answered, -1.0), (~answered, 1.0)):
        part[side] = sign * (proxy[side] - proxy[side].mean()) / side.sum()
    if cluster is None:
        return float(np.sqrt((part**2).sum()))
    sums = np.bincount(cluster, part)
    units = len(np.unique(cluster))
    wider = float(student_quantile(np.array([units - 1.0]), LEVEL)[0]) / normal_quantile()
    return float(wider * np.sqrt((sums**2).sum()))


def _check_rate(rate: float) -> None:
    if not 0 < rate <= 1:
        raise ParameterError(f"the share that answered is {rate:g}; give a number above 0 and up to 1.")
