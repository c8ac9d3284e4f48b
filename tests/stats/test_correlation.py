"""Fisher's interval against scipy and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cxlab.stats.correlation import correlation_interval


def test_as_scipy_has_it() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=40)
    found = stats.pearsonr(x, 0.5 * x + rng.normal(size=40))
    assert correlation_interval(found.statistic, 40) == pytest.approx(tuple(found.confidence_interval()), abs=1e-12)


def test_edges() -> None:
    assert all(np.isnan(end) for end in correlation_interval(0.9, 3))
    assert correlation_interval(1.0, 10) == (1.0, 1.0)
    assert correlation_interval(0.5, 10, 1.5)[0] < correlation_interval(0.5, 10)[0]


def test_spearman_covers() -> None:
    """Bivariate normal with rho 0.6: the true rank correlation is 6/pi asin(0.3)."""
    rng, true, hits = np.random.default_rng(2), 6 / np.pi * np.arcsin(0.3), 0
    for _ in range(600):
        x = rng.normal(size=15)
        y = 0.6 * x + 0.8 * rng.normal(size=15)
        found = stats.spearmanr(x, y).statistic
        low, high = correlation_interval(found, 15, 1 + found**2 / 2)
        hits += low <= true <= high
    assert hits / 600 > 0.93
