"""Events per account: a rate with an interval that holds for few events and for accounts that are not alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv

from cxlab.stats.estimates import LEVEL, Array, Counts, Estimate, normal_quantile, student_quantile


def rate(counts: Counts, weight: ArrayLike = 1.0) -> Estimate:
    """Events over exposure with the gamma interval of Fay & Feuer (1997, Statistics in Medicine 16:791-801).

    y are events and x exposure (accounts times the share of the period they were there), one unit per account or
    cluster of accounts; `weight` is the average weight of an event. Where the variance is Poisson's, so is the
    interval (the exact one); the variance put in is the larger of that and the one found between units, so that
    accounts with many events each (overdispersion) widen it, as few units do (Student over normal). No event at all
    gives 0 to 3.7 events over the exposure.
    """
    value, weight = counts.ratio, np.asarray(weight, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        one_event = weight / counts.sx
        poisson = value * one_event
        wider = np.where(counts.units > 1, student_quantile(counts.units - 1) / normal_quantile(), 1.0)
        between = counts.variance(value) * counts.units / (counts.units - 1) * wider**2
        variance = np.fmax(poisson, np.where(counts.units > 1, between, 0.0))
        low = _gamma_quantile(value, variance, (1 - LEVEL) / 2)
        high = _gamma_quantile(value + one_event, variance + one_event**2, (1 + LEVEL) / 2)
    empty = (counts.n == 0) | np.isnan(value)
    return Estimate(
        np.where(empty, np.nan, value),
        np.where(empty, np.nan, np.where(value > 0, np.fmin(low, value), 0.0)),
        np.where(empty, np.nan, high),
        counts.n,
        np.where(empty, 0.0, np.minimum(counts.kish, counts.n)),
    )


def _gamma_quantile(mean: Array, variance: Array, level: float) -> Array:
    """Quantile of the gamma distribution with this mean and variance."""
    return variance / mean * gammaincinv(mean**2 / variance, level)
