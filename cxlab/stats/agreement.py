"""How far raters agree: Krippendorff's alpha and the intraclass correlation, each with its 95 % interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtri

from cxlab.errors import ParameterError
from cxlab.stats.estimates import LEVEL, student_quantile

METRICS = ("nominal", "ordinal", "interval")
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """A coefficient (1 full agreement, 0 no more than chance) with 95 % interval, units and raters it rests on."""

    value: float
    low: float
    high: float
    units: int
    raters: int


def krippendorff_alpha(ratings: ArrayLike, metric: str = "ordinal") -> Agreement:
    """Krippendorff's alpha of a table units x raters; NaN where a rater did not rate.

    Computed from the coincidences of values within units (Krippendorff 2011, Computing Krippendorff's
    Alpha-Reliability); units with one rating only say nothing and do not count. `metric` weighs a disagreement:
    "nominal" all alike, "ordinal" by the ratings that lie between, "interval" by the squared difference. The interval
    is the jackknife's over units with Student's t, on Fisher's scale for intraclass coefficients: with 6 units it
    holds the truth in 90-95 % of trials, where the plain jackknife does in 79-90 % (tests/stats/test_agreement.py).
    NaN with fewer than three units and where all agree; alpha itself is NaN where every rating is the same.
    """
    if metric not in METRICS:
        raise ParameterError.unknown("metric", metric, METRICS)
    table = _table(ratings)
    raters = int((~np.isnan(table)).any(axis=0).sum())
    codes = np.unique(table[~np.isnan(table)])
    tally = (table[:, :, None] == codes).sum(axis=1).astype(float)
    tally = tally[tally.sum(axis=1) >= 2]
    units = len(tally)
    value = _alpha(tally, codes, metric)
    low = high = np.nan
    if units >= 3 and value < 1:
        left_out = np.array([_alpha(np.delete(tally, unit, axis=0), codes, metric) for unit in range(units)])
        together = max(tally.sum(axis=1).mean() - 1, 1.0)
        middle = _stretched(value, together)
        pseudo = units * middle - (units - 1) * _stretched(left_out, together)
        reach = student_quantile(np.array(units - 1.0)) * np.std(pseudo, ddof=1) / np.sqrt(units)
        grown = np.exp(2 * (middle + np.array([-reach, reach])))
        low, high = (grown - 1) / (grown + together)
    return Agreement(value, float(low), float(high), units, raters)


def _stretched(value: ArrayLike, together: float) -> Array:
    """Fisher's (1925) transform for intraclass coefficients; `together` is the ratings of a unit less one."""
    value = np.asarray(value, dtype=float)
    return 0.5 * np.log(np.maximum(1 + together * value, 0.01) / np.maximum(1 - value, 0.01))


def _alpha(tally: Array, codes: Array, metric: str) -> float:
    """1 - observed over expected disagreement, from how often each unit was given each code."""
    sizes, totals = tally.sum(axis=1), tally.sum(axis=0)
    n = totals.sum()
    if n < 2:
        return float("nan")
    if metric == "nominal":
        apart = 1.0 - np.eye(len(codes))
    else:
        # Between two codes lie half of their own ratings and all of those in between: mid-ranks apart.
        place = np.cumsum(totals) - totals / 2 if metric == "ordinal" else codes
        apart = (place[:, None] - place) ** 2
    observed = (((tally @ apart) * tally).sum(axis=1) / (sizes - 1)).sum() / n
    expected = totals @ apart @ totals / (n * (n - 1))
    return float(1 - observed / expected) if expected > 0 else float("nan")


def intraclass_correlation(ratings: ArrayLike) -> Agreement:
    """ICC(2,1): how far single ratings of random raters agree, absolutely, in a table units x raters.

    Shrout & Fleiss 1979, Psychological Bulletin 86:420-428, with their interval (McGraw & Wong 1996, Psychological
    Methods 1:30-46). Raters who did not rate every unit are left out. NaN with fewer than two units or raters.
    """
    table = _table(ratings)
    table = table[:, ~np.isnan(table).any(axis=0)]
    n, k = table.shape
    nothing = Agreement(np.nan, np.nan, np.nan, n, k)
    if n < 2 or k < 2:
        return nothing
    centre = table.mean()
    of_units, of_raters = table.mean(axis=1), table.mean(axis=0)
    rest = table - of_units[:, None] - of_raters + centre
    msb = k * ((of_units - centre) ** 2).sum() / (n - 1)
    msj = n * ((of_raters - centre) ** 2).sum() / (k - 1)
    mse = (rest**2).sum() / ((n - 1) * (k - 1))
    whole = msb + (k - 1) * mse + k * (msj - mse) / n
    if whole <= 0:
        return nothing
    value = (msb - mse) / whole
    if mse < 1e-12 * whole:
        return Agreement(float(value), np.nan, np.nan, n, k)
    tilt, spread = k * value * msj / mse, n * (1 + (k - 1) * value) - k * value
    df = (k - 1) * (n - 1) * (tilt + spread) ** 2 / ((n - 1) * tilt**2 + spread**2)
    tail = (1 + LEVEL) / 2
    upper, lower = fdtri(n - 1, df, tail), fdtri(df, n - 1, tail)
    others = k * msj + (k * n - k - n) * mse
    low = n * (msb - upper * mse) / (upper * others + n * msb)
    high = n * (lower * msb - mse) / (others + n * lower * msb)
    return Agreement(float(value), float(low), float(high), n, k)


def _table(ratings: ArrayLike) -> Array:
    table = np.asarray(ratings, dtype=float)
    if table.ndim != 2:
        raise ParameterError(
            f"ratings have {table.ndim} dimensions; give a table with units as rows, raters as columns."
        )
    return table
