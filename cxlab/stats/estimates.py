"""Sufficient counts in, value and 95 % interval out.

Every estimator takes arrays with one element per group, as `cxlab.stats.counting.count` makes them, and returns an
`Estimate` of arrays of the same length. With y and x the weighted sums of one independent unit (an answer, or all
answers of an account when answers cluster), the counts are

    n      answers                 sy, sx          sums of y and x over units
    units  independent units       syy, sxy, sxx   sums of y*y, x*y, x*x over units
                                   sww             sum of squares of x over answers

For a share y is weight times hit and x is the weight; for a ratio of sums y and x are the two sums. Counts of disjoint
sets of units add up, so regions give the company exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Sufficient counts of a ratio, one array element per group (see the module's docstring)."""

    n: Array
    units: Array
    sy: Array
    sx: Array
    syy: Array
    sxy: Array
    sxx: Array
    sww: Array | None = None

    @classmethod
    def of(cls, columns: dict[str, ArrayLike]) -> Counts:
        """From anything with the columns of that name, for example the frame that counting gives.

        `sww` may be absent where every answer is a unit (it is sxx then) or all weigh the same.
        """
        names = ("n", "units", "sy", "sx", "syy", "sxy", "sxx", *(["sww"] if "sww" in columns else []))
        return cls(*(np.atleast_1d(np.asarray(columns[name], dtype=float)) for name in names))

    @property
    def ratio(self) -> Array:
        """Sum of y over sum of x; NaN where x is 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.sx != 0, self.sy / self.sx, np.nan)

    @property
    def kish(self) -> Array:
        """(sum of x)^2 / sum of x^2: how many equal units these are worth (Kish 1965)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.sxx > 0, self.sx**2 / self.sxx, 0.0)

    @property
    def kish_of_answers(self) -> Array:
        """How many equal answers these are worth by their weights alone, however they cluster; n where not counted."""
        if self.sww is None:
            return np.where(self.units < self.n, self.n, self.kish)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.sww > 0, self.sx**2 / self.sww, 0.0)

    def variance(self, ratio: Array | None = None) -> Array:
        """Variance of the ratio by linearisation over units (Taylor; Cochran 1977, 6.3), without the m/(m-1) factor."""
        r = self.ratio if ratio is None else ratio
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = (self.syy - 2 * r * self.sxy + r**2 * self.sxx) / self.sx**2
        # Rounding leaves about 1e-17 where nothing varies at all.
        return np.where(spread > 1e-15 * (1 + r**2), spread, 0.0)


@dataclass(frozen=True)
class Estimate:
    """Value, 95 % interval and effective number of answers, one array element per group."""

    value: Array
    low: Array
    high: Array
    n: Array
    n_eff: Array


def normal_quantile(level: float = LEVEL) -> float:
    """How many standard errors a two-sided normal interval of this level reaches."""
    return NormalDist().inv_cdf((1 + level) / 2)


def student_quantile(df: Array, level: float = LEVEL) -> Array:
    """Student's quantile; infinite below one degree of freedom, since one unit says nothing about spread."""
    # Imported here: plain counts do without it, and it takes as long to import as millions of rows to count.
    from scipy.special import stdtrit

    return np.where(df >= 1, stdtrit(np.maximum(df, 1), (1 + level) / 2), np.inf)


def effective_n(counts: Counts, spread: Array) -> Array:
    """How many independent, equally weighted answers give the same precision.

    `spread` is the variance of a single answer, p(1-p) for a share. Unweighted and unclustered it is n exactly.
    Otherwise it is spread over the linearised variance, at most Kish's n; when clustered, fewer units than answers also
    widen the quantile (Korn & Graubard 1998, Survey Methodology 24). Where nothing varied, what weights and clusters
    could hide is assumed: Kish's n over units.
    """
    r = counts.ratio
    variance = counts.variance(r)
    kish = counts.kish
    simple = (counts.units == counts.n) & np.isclose(kish, counts.n, rtol=1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        designed = np.where(variance > 0, spread / variance, kish)
        clustered = counts.units < counts.n
        ceiling = np.minimum(counts.kish_of_answers, counts.n)
        shrink = np.where(clustered, (student_quantile(counts.n - 1) / student_quantile(counts.units - 1)) ** 2, 1.0)
    return np.where(simple, counts.n, np.minimum(designed, ceiling) * np.nan_to_num(shrink, nan=0.0))


def _with_data(counts: Counts, value: Array, low: Array, high: Array, n_eff: Array) -> Estimate:
    """NaN for groups without data; the interval always holds the value."""
    empty = (counts.n == 0) | np.isnan(value)
    low, high = np.fmin(low, value), np.fmax(high, value)
    return Estimate(
        np.where(empty, np.nan, value),
        np.where(empty, np.nan, low),
        np.where(empty, np.nan, high),
        counts.n,
        np.where(counts.n == 0, 0.0, n_eff),
    )


def share(counts: Counts) -> Estimate:
    """A proportion (0-1) with Wilson's interval (Wilson 1927, JASA 22), n replaced by the effective n.

    y may lie anywhere between 0 and x (a kept share of revenue, say): the interval is then wide rather than narrow.
    """
    p = np.clip(counts.ratio, 0.0, 1.0)
    n = effective_n(counts, p * (1 - p))
    z = normal_quantile()
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        reach = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    unsure = n <= 0
    low = np.where(unsure, 0.0, np.clip(middle - reach, 0.0, 1.0))
    high = np.where(unsure, 1.0, np.clip(middle + reach, 0.0, 1.0))
    return _with_data(counts, p, low, high, n)


def net_score(counts: Counts, positive: ArrayLike, negative: ArrayLike) -> Estimate:
    """Share of positive minus share of negative answers, in points -100..100, with an adjusted Wald interval.

    `counts` are those of y = +1, 0, -1; `positive` and `negative` the weighted sums of the outer classes. Three
    answers are added, 3/4 to each outer class and 3/2 to the middle (Rocks 2016, The American Statistician 70:365-372).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        p, d = np.asarray(positive, float) / counts.sx, np.asarray(negative, float) / counts.sx
    value = np.clip(p - d, -1.0, 1.0)
    n = effective_n(counts, np.maximum(p + d - value**2, 0.0))
    starred = n + 3
    p_star, d_star = (np.nan_to_num(p) * n + 0.75) / starred, (np.nan_to_num(d) * n + 0.75) / starred
    middle = p_star - d_star
    reach = normal_quantile() * np.sqrt((p_star + d_star - middle**2) / starred)
    unsure = n <= 0
    low = np.where(unsure, -1.0, np.clip(middle - reach, -1.0, 1.0))
    high = np.where(unsure, 1.0, np.clip(middle + reach, -1.0, 1.0))
    return _with_data(counts, 100 * value, 100 * low, 100 * high, n)


def ratio_of_sums(counts: Counts, bounds: tuple[float, float] | None = None) -> Estimate:
    """Sum of y over sum of x, in the unit of y per x, with a linearised interval (Cochran 1977, 6.3; Student's t).

    With x = 1 this is the mean; unweighted and without `bounds` the interval is Student's. `bounds` are the lowest and
    highest ratio a single answer can have (1 and 5 on a five-point scale): half an answer is then added at each, the
    idea of the adjusted Wald interval, because Student's interval covers only 84-90 % on ten answers heaped at one end
    of a scale, and the interval does not go below the lowest (tests/stats/test_coverage.py). One unit gives a value
    without an interval, and so, without bounds, do units that do not vary: nothing is known about the spread.
    """
    value, kish = counts.ratio, counts.kish
    used = counts if bounds is None else _with_ends(counts, bounds)
    centre = used.ratio
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(used.variance(centre) * used.units / (used.units - 1))
        # Two units are the least that show any spread, even where one is so heavy that they are worth fewer than two.
        df = np.where(counts.units >= 2, np.maximum(np.minimum(counts.units, kish) - 1, 1), 0)
        reach = student_quantile(df) * error
    known = np.isfinite(reach) & (reach > 0)
    lowest = -np.inf if bounds is None else bounds[0]
    low = np.where(known, np.fmin(np.maximum(centre - reach, lowest), value), np.nan)
    high = np.where(known, np.fmax(centre + reach, value), np.nan)
    empty = counts.n == 0
    return Estimate(
        np.where(empty, np.nan, value),
        np.where(empty, np.nan, low),
        np.where(empty, np.nan, high),
        counts.n,
        np.where(empty, 0.0, np.minimum(kish, counts.n)),
    )


mean = ratio_of_sums


def _with_ends(counts: Counts, bounds: tuple[float, float]) -> Counts:
    """The counts with half an average answer added at each bound."""
    lowest, highest = bounds
    with np.errstate(divide="ignore", invalid="ignore"):
        size = counts.sx / counts.n
    part = 0.5
    return Counts(
        counts.n,
        counts.units + 2 * part,
        counts.sy + part * size * (lowest + highest),
        counts.sx + part * size * 2,
        counts.syy + part * size**2 * (lowest**2 + highest**2),
        counts.sxy + part * size**2 * (lowest + highest),
        counts.sxx + part * size**2 * 2,
    )
