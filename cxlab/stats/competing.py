"""The honest clock where something else can come first: an account that leaves will never reach its first value.

Counting such accounts as still running (1 - Kaplan-Meier) overstates how many get there; leaving them out overstates it
even more. The cumulative incidence of Aalen & Johansen (1978, Scandinavian Journal of Statistics 5:141-150) is the
share of all who started that has got there by a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxlab.errors import ParameterError
from cxlab.stats.counting import count_durations
from cxlab.stats.durations import Array, Completion, design_effect
from cxlab.stats.estimates import normal_quantile, student_quantile


@dataclass(frozen=True)
class Incidence(Completion):
    """Share done over time where something else may come first, with its 95 % interval.

    As `Completion`, but `time` are the durations at which anything happened, `open` is the share not done by then, be
    it waiting or lost, and `gone` the share lost to the other event. A quantile is the duration by which that share of
    all was done: infinite when so many never are.
    """

    gone: Array

    @property
    def finished(self) -> bool:
        """Whether everybody is done or lost."""
        return bool(len(self.open)) and self.open[-1] - self.gone[-1] <= 1e-12

    def restricted_mean(self, horizon: float | None = None) -> tuple[float, float, float]:
        """Refused: those who are lost never get there, so that there is no mean. Raises ParameterError."""
        raise ParameterError(
            "a mean duration makes no sense where some can never be done; ask for the median, a quantile or the share "
            "done by a day."
        )


def incidence(
    duration: ArrayLike,
    done: ArrayLike,
    gone: ArrayLike,
    running: ArrayLike,
    n: ArrayLike | None = None,
    squares: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
) -> Incidence:
    """Aalen-Johansen from counted durations: what was done, lost to another event (`gone`) and still running at each.

    Rows, weights and clusters are those of `cxlab.stats.durations.completion`, and without anything lost so is every
    number. Variance: delta method (Marubini & Valsecchi 1995, 10.3; that of lifelines), limits on the log-log scale of
    the share not done, which is Kaplan-Meier's.
    """
    duration, done, gone, running = (np.asarray(part, dtype=float) for part in (duration, done, gone, running))
    if len(duration) and duration.min() < 0:
        raise ParameterError("a duration is negative; leave out rows that end before they start and report them.")
    weight = done + gone + running
    rows = weight if n is None else np.asarray(n, dtype=float)
    total = float(weight.sum())
    if total == 0:
        nothing = np.empty(0)
        return Incidence(*(nothing,) * 6, 0.0, 0.0, float("nan"), nothing, normal_quantile(), nothing)
    kish = total**2 / float(np.sum(weight if squares is None else np.asarray(squares, dtype=float)))
    scale = 1.0 if np.isclose(kish, total, rtol=1e-12) else kish / total
    times, place = np.unique(duration, return_inverse=True)
    ended, lost, leaving = (np.bincount(place, part * scale, len(times)) for part in (done, gone, weight))
    at_risk = leaving[::-1].cumsum()[::-1]
    steps = _Steps.of(ended, lost, at_risk)
    design, quantile = 1.0, normal_quantile()
    if cluster is not None:
        parts = [
            (part, influence[place] * scale)
            for part, influence in zip((done, gone, running), steps.influence(), strict=True)
        ]
        design, clusters = design_effect(parts, cluster, squares, rows)
        quantile = float(student_quantile(np.asarray(clusters - 1)))
    n_eff = (float(rows.sum()) if scale == 1.0 else kish) / design
    variance = design * steps.variance()
    happened = (ended + lost) > 0
    still, variance = 1 - steps.reached[happened], variance[happened]
    still[still <= 1e-12] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = quantile * np.sqrt(variance) / (still * np.log(still))
        low, high = (np.exp(-np.exp(np.log(-np.log(still)) - sign * reach)) for sign in (1, -1))
    low, high = np.nan_to_num(low), np.nan_to_num(high, nan=1.0)
    # As in Kaplan-Meier: the last one done does not tell how long the next one may take.
    over = still == 0
    low = np.where(over, 0.0, low)
    high = np.where(over, np.concatenate([[1.0], high[:-1]]), high)
    # Nobody done yet: Wilson's limit for no hit.
    none = steps.reached[happened] == 0
    low = np.where(none, 1 - quantile**2 / (n_eff + quantile**2), low)
    high = np.where(none, 1.0, high)
    return Incidence(
        times[happened],
        still,
        low,
        high,
        at_risk[happened],
        ended[happened],
        float(rows.sum()),
        n_eff,
        float(times[-1]),
        variance,
        quantile,
        steps.lost[happened],
    )


@dataclass(frozen=True)
class _Steps:
    """What happens at each duration: hazards, share waiting just before, shares done and lost just after."""

    at_risk: Array
    ended: Array
    any_end: Array
    waiting: Array
    reached: Array
    lost: Array

    @classmethod
    def of(cls, ended: Array, lost: Array, at_risk: Array) -> _Steps:
        any_end = ended + lost
        after = np.cumprod(1 - any_end / at_risk)
        waiting = np.concatenate([[1.0], after[:-1]])
        reached, gone = np.cumsum(waiting * ended / at_risk), np.cumsum(waiting * lost / at_risk)
        return cls(at_risk, ended, any_end, waiting, reached, gone)

    def variance(self) -> Array:
        """Delta-method variance of the share done by each duration.

        Var F(t) = sum over steps i up to t of (F(t) - F_i)^2 a_i + b_i - 2 (F(t) - F_i) c_i, in cumulative sums.
        """
        n, d, first, f = self.at_risk, self.any_end, self.ended, self.reached
        with np.errstate(divide="ignore", invalid="ignore"):
            # Where the last at risk end, F does not grow any further and the infinite term is multiplied by 0.
            a = np.where(n - d > 1e-12 * n, d / (n * (n - d)), 0.0)
        b = self.waiting**2 * first * (n - first) / n**3
        c = self.waiting * first / n**2
        sums = [np.cumsum(part) for part in (a, a * f, a * f * f, b, c, c * f)]
        spread = f**2 * sums[0] - 2 * f * sums[1] + sums[2] + sums[3] - 2 * (f * sums[4] - sums[5])
        return np.maximum(spread, 0.0)

    def influence(self) -> tuple[Array, Array, Array]:
        """What one more unit done, lost, or running at each duration does to the share done by the median."""
        f = self.reached
        middle = int(np.argmax(f >= 0.5 - 1e-12)) if (f >= 0.5 - 1e-12).any() else len(f) - 1
        if f[middle] >= 1 - 1e-12 and middle:
            middle -= 1
        until = np.arange(len(f)) <= middle
        left = self.at_risk - self.any_end
        with np.errstate(divide="ignore", invalid="ignore"):
            of_any = np.where(left > 0, (f[middle] - f) / left, 0.0)
        of_first = self.waiting / self.at_risk
        watched = np.where(until, of_first * self.ended / self.at_risk - of_any * self.any_end / self.at_risk, 0.0)
        running = -np.cumsum(watched)
        done = np.where(until, of_first - of_any, 0.0) + running
        gone = np.where(until, -of_any, 0.0) + running
        return done, gone, running


def count_events(
    frame: nw.DataFrame | nw.LazyFrame,
    by: Sequence[str],
    started: str,
    ended: str,
    lost: str,
    as_of: Any,
    weight: str | None = None,
    cluster: str | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Durations counted as `count_durations` does, with those that `lost` ended first as a third outcome.

    `lost` names the moment after which the row can never be done (the day an account left). A row that was done on that
    same day counts as done, since such moments are often dates only; a moment before the start says nothing about this
    row. Further options go to `count_durations`. Returns the `by` columns, the `cluster` column if any, seconds, done,
    gone, running, n, squares.
    """
    start, end, other = nw.col(started), nw.col(ended), nw.col(lost)
    first = ~other.is_null() & (other >= start.dt.truncate("1d"))
    first = first & (end.is_null() | (other < end.dt.truncate("1d")))
    after_start = nw.when(other < start).then(start).otherwise(other)
    rows = frame.with_columns(
        _cx_first=nw.when(first).then(after_start).otherwise(end),
        _cx_gone=nw.when(first).then(nw.lit(1)).otherwise(nw.lit(0)),
    )
    small = count_durations(rows, [*by, "_cx_gone"], started, "_cx_first", as_of, weight, cluster, **options)
    is_gone = small.pop("_cx_gone").to_numpy(float)
    small.insert(small.columns.get_loc("done") + 1, "gone", small["done"] * is_gone)
    small["done"] *= 1 - is_gone
    return small
