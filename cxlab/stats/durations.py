"""The honest clock: durations of which some are still running (Kaplan & Meier 1958, JASA 53:457-481)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from cxlab.errors import ParameterError
from cxlab.stats.estimates import LEVEL, normal_quantile, student_quantile

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Completion:
    """Share not yet done over time, with its 95 % interval on the log-log scale (Kalbfleisch & Prentice 1980).

    `time` are the distinct durations at which something was done, in the unit given; `open` the share still open just
    after each, `low` and `high` its interval; `at_risk` and `done` weighted counts; `n` durations, `n_eff` their worth.
    `last` is the longest duration followed, done or not.
    """

    time: Array
    open: Array
    low: Array
    high: Array
    at_risk: Array
    done: Array
    n: float
    n_eff: float
    last: float
    spread: Array
    quantile_of_interval: float

    @property
    def finished(self) -> bool:
        """Whether nobody was left to be done: then nothing later is unknown."""
        return bool(len(self.open)) and self.open[-1] == 0

    def quantile(self, share: float) -> tuple[float, float, float]:
        """The duration by which `share` (0-1) were done, with its interval (Brookmeyer & Crowley 1982).

        Infinite where so many have not been done yet within the time followed.
        """
        if not 0 < share < 1:
            raise ParameterError(f"a quantile of {share} makes no sense; give a share between 0 and 1.")
        return tuple(self._first(curve <= 1 - share + 1e-12) for curve in (self.open, self.low, self.high))

    def _first(self, reached: NDArray[np.bool_]) -> float:
        return float(self.time[np.argmax(reached)]) if reached.any() else float("inf")

    def done_by(self, duration: float) -> tuple[float, float, float]:
        """Share (0-1) done within `duration`, with its interval; NaN beyond the time followed while some are open."""
        position = int(np.searchsorted(self.time, duration, side="right")) - 1
        if duration > self.last and not self.finished:
            return (float("nan"),) * 3
        if position < 0:
            # Nothing was done so early: the rule of Wilson for no hit in n_eff.
            z2 = self.quantile_of_interval**2
            return 0.0, 0.0, z2 / (self.n_eff + z2) if self.n_eff else 1.0
        return 1 - self.open[position], 1 - self.high[position], 1 - self.low[position]

    def restricted_mean(self, horizon: float | None = None) -> tuple[float, float, float]:
        """Mean duration up to `horizon` (default: the time followed), with its interval (Irwin 1949; Karrison 1987).

        Not a number where nothing was followed so long while some were still open. The quantile is Student's on the
        number done, since few ends tell little about spread.
        """
        horizon = self.last if horizon is None else float(horizon)
        if not self.n or (horizon > self.last and not self.finished):
            return (float("nan"),) * 3
        inside = self.time < horizon
        steps = np.concatenate([[0.0], self.time[inside], [horizon]])
        heights = np.concatenate([[1.0], self.open[inside]])
        pieces = np.diff(steps) * heights
        value = float(pieces.sum())
        area_after = value - np.cumsum(pieces)[:-1]
        error = float(np.sqrt(np.sum(area_after**2 * self.spread[inside])))
        ends = float(self.done[inside].sum())
        wider = float(stdtrit(ends - 1, (1 + LEVEL) / 2)) / normal_quantile() if ends > 1 else float("inf")
        reach = self.quantile_of_interval * wider * error if error > 0 else float("inf")
        return value, max(value - reach, 0.0), min(value + reach, horizon)


def completion(
    duration: ArrayLike,
    done: ArrayLike,
    running: ArrayLike,
    n: ArrayLike | None = None,
    squares: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
) -> Completion:
    """Kaplan-Meier from counted durations.

    Rows are distinct (cluster, duration) pairs: `done` and `running` the weighted counts that ended or were still open
    at that duration (ties: done before running), `n` how many durations, `squares` sum of squared weights. Weights are
    brought to Kish's n; clusters widen the interval by the design effect at the median, from the influence of each
    cluster on the curve (infinitesimal jackknife; Williams 1995, Biometrics 51:194-203), never narrow it. Durations of
    unknown cluster (None or NaN) stand alone.
    """
    duration, done, running = (np.asarray(part, dtype=float) for part in (duration, done, running))
    if len(duration) and duration.min() < 0:
        raise ParameterError("a duration is negative; leave out rows that end before they start and report them.")
    weight = done + running
    n_rows = float(np.sum(weight if n is None else np.asarray(n, dtype=float)))
    sum_squares = float(np.sum(weight if squares is None else np.asarray(squares, dtype=float)))
    total = float(weight.sum())
    if total == 0:
        nothing = np.empty(0)
        return Completion(*(nothing,) * 6, 0.0, 0.0, float("nan"), nothing, normal_quantile())
    kish = total**2 / sum_squares
    scale = 1.0 if np.isclose(kish, total, rtol=1e-12) else kish / total
    times, place = np.unique(duration, return_inverse=True)
    ended = np.bincount(place, done * scale, len(times))
    leaving = np.bincount(place, weight * scale, len(times))
    at_risk = leaving[::-1].cumsum()[::-1]
    design, quantile = 1.0, normal_quantile()
    if cluster is not None:
        rows = weight if n is None else np.asarray(n, dtype=float)
        design, clusters = _design_effect(
            times, place, done, running, ended / scale, at_risk / scale, cluster, squares, rows
        )
        quantile = float(student_quantile(np.asarray(clusters - 1)))
    n_eff = (n_rows if scale == 1.0 else kish) / design
    return of_risk_sets(times, ended, at_risk, n_rows, n_eff, float(times[-1]), design, quantile)


def of_risk_sets(
    time: Array,
    ended: Array,
    at_risk: Array,
    n: float,
    n_eff: float,
    last: float,
    design: float = 1.0,
    quantile: float | None = None,
) -> Completion:
    """Kaplan-Meier from what ended at each time and how many were there just before it, however they came to be there.

    Late entry (left truncation) is a matter of who is in `at_risk`. Times rise; those at which nothing ended are left
    out. `last` is the longest duration followed, `design` widens the variance, `quantile` replaces the normal one.
    """
    quantile = normal_quantile() if quantile is None else quantile
    happened = ended > 0
    time, ended, at_risk = time[happened], ended[happened], at_risk[happened]
    with np.errstate(divide="ignore", invalid="ignore"):
        still = np.cumprod(1 - ended / at_risk)
        still[np.isclose(ended, at_risk, rtol=1e-12)] = 0.0
        spread = design * np.where(at_risk > ended, ended / (at_risk * (at_risk - ended)), 0.0)
        reach = quantile * np.sqrt(np.cumsum(spread)) / np.log(still)
        low, high = (np.exp(-np.exp(np.log(-np.log(still)) - sign * reach)) for sign in (1, -1))
    # The last one done brings the curve to 0, which says nothing about how long the next one may take: the upper curve
    # stays where it was. Otherwise P75 of ten durations, half of them open, is covered 78 % of the time, not 95 %.
    over = still == 0
    low = np.where(over, 0.0, np.nan_to_num(low))
    high = np.where(over, np.concatenate([[1.0], high[:-1]]), np.nan_to_num(high, nan=1.0))
    return Completion(time, still, low, high, at_risk, ended, n, n_eff, last, spread, quantile)


def _design_effect(
    times: Array,
    place: NDArray[np.intp],
    done: Array,
    running: Array,
    ended: Array,
    at_risk: Array,
    cluster: ArrayLike,
    squares: ArrayLike | None,
    rows: Array,
) -> tuple[float, int]:
    """Variance of the curve at the median with clusters over that without, at least 1; and the number of clusters."""
    still = np.cumprod(1 - ended / at_risk)
    middle = int(np.argmax(still <= 0.5)) if (still <= 0.5).any() else len(times) - 1
    until = np.arange(len(times)) <= middle
    if still[middle] == 0 and middle:
        until[middle] = False
    # Influence on the log of the curve of one unit of weight that ends at, or runs beyond, each time.
    left = at_risk - ended
    with np.errstate(divide="ignore", invalid="ignore"):
        waiting = np.cumsum(np.where(until & (left > 0), ended / (at_risk * left), 0.0))
        of_done = np.where(until & (left > 0), 1 / left, 0.0) - waiting
    of_running = -waiting
    parts = [(done, of_done[place]), (running, of_running[place])]
    return design_effect(parts, cluster, squares, rows)


def design_effect(
    parts: Sequence[tuple[Array, Array]], cluster: ArrayLike, squares: ArrayLike | None, rows: Array
) -> tuple[float, int]:
    """Variance with clusters over that without, at least 1, and the number of clusters, by the infinitesimal jackknife.

    Each part is a way to end (done, running ...): the weight of every counted row that ended so, and what one unit of
    that weight does to the estimate. Rows of unknown cluster stand alone.
    """
    weight = sum(part for part, _ in parts)
    unit_sizes = 1.0 if squares is None else np.asarray(squares, float) / np.where(weight > 0, weight, 1)
    each = unit_sizes * sum(part * influence**2 for part, influence in parts)
    alone = float(np.sum(each))
    influence = sum(part * influence for part, influence in parts)
    member, names = pd.factorize(pd.Series(np.asarray(cluster)))
    known = member >= 0
    together = float(np.sum(np.bincount(member[known], influence[known], len(names)) ** 2))
    # Durations of unknown cluster are a unit each.
    together += float(np.sum(each[~known]))
    clusters = len(names) + int(round(float(np.sum(rows[~known]))))
    if clusters < 2 or alone == 0:
        return 1.0, clusters
    return max(1.0, together * clusters / (clusters - 1) / alone), clusters
