"""Garwood's interval against published values, statsmodels and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2
from statsmodels.stats.rates import confint_poisson

from cxlab.stats.estimates import Counts
from cxlab.stats.poisson import event_count


def counted(n: float, clusters: float | None = None) -> Counts:
    """n events, in `clusters` of equal size or each alone."""
    units = n if clusters is None else clusters
    size = n / units if units else 0.0
    parts = (n, units, n, n, units * size**2, units * size**2, units * size**2)
    return Counts(*(np.array([float(part)]) for part in parts))


def test_published_limits() -> None:
    """Garwood's table (Ulm 1990, Am J Epidemiol 131:373): 0 (0, 3.69), 1 (0.0253, 5.57), 10 (4.80, 18.39)."""
    for n, low, high in ((0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.390)):
        found = event_count(counted(n))
        assert (found.low[0], found.high[0]) == pytest.approx((low, high), abs=1e-3)
    assert np.isnan(event_count(counted(0)).value[0]) and event_count(counted(10)).value[0] == 10


@pytest.mark.parametrize("n", [1, 3, 17, 240])
def test_as_statsmodels_and_scipy_have_it(n: int) -> None:
    found = event_count(counted(n))
    assert (found.low[0], found.high[0]) == pytest.approx(confint_poisson(n, 1, method="exact-c"), rel=1e-9)
    assert found.low[0] == pytest.approx(chi2.ppf(0.025, 2 * n) / 2)
    assert found.high[0] == pytest.approx(chi2.ppf(0.975, 2 * n + 2) / 2)


def test_events_that_come_together_widen_it() -> None:
    """Forty events in ten clusters of four are worth ten: the interval of ten, four times as wide."""
    found, ten = event_count(counted(40, 10)), event_count(counted(10))
    assert found.value[0] == 40 and found.n_eff[0] == 10
    assert (found.low[0], found.high[0]) == pytest.approx((4 * ten.low[0], 4 * ten.high[0]))


def test_coverage() -> None:
    rng = np.random.default_rng(4)
    for mean in (1.5, 6.0, 40.0):
        n = rng.poisson(mean, 4000).astype(float)
        found = event_count(Counts(n, n, n, n, n, n, n))
        assert np.mean((found.low <= mean) & (mean <= found.high)) > 0.945
