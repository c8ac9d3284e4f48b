"""Intervals of correlations."""

from __future__ import annotations

import numpy as np

from cxlab.stats.estimates import normal_quantile


def correlation_interval(correlation: float, n: float, spread: float = 1.0) -> tuple[float, float]:
    """95 % interval of a correlation of n pairs by Fisher's z (1921).

    `spread` is the variance of z times n - 3: 1 for Pearson's, 1 + r**2 / 2 for Spearman's (Bonett & Wright 2000,
    Psychometrika 65:23-28). Not a number below four pairs.
    """
    if n < 4:
        return float("nan"), float("nan")
    if abs(correlation) >= 1:
        return correlation, correlation
    reach = normal_quantile() * np.sqrt(spread / (n - 3))
    return float(np.tanh(np.arctanh(correlation) - reach)), float(np.tanh(np.arctanh(correlation) + reach))
