"""Counts of events, with the interval of a Poisson count."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv

from cxlab.stats.estimates import LEVEL, Counts, Estimate


def event_count(counts: Counts) -> Estimate:
    """How many, with Garwood's exact interval (1936, Biometrika 28:437-442).

    Events of one unit (cluster) come together: the interval is then that of the effective number, n over the design
    effect, stretched by it. Weights do not change the count. Nothing counted gives no value, but limits: 0 and 3.69.
    """
    n_eff = np.minimum(counts.kish, counts.n)
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.where(n_eff > 0, counts.n / n_eff, 1.0)
    tail = (1 - LEVEL) / 2
    low = np.where(n_eff > 0, stretch * gammaincinv(np.maximum(n_eff, 1e-12), tail), 0.0)
    high = stretch * gammaincinv(n_eff + 1, 1 - tail)
    return Estimate(np.where(counts.n > 0, counts.n, np.nan), low, high, counts.n, n_eff)
