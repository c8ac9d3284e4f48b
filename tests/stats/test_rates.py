"""Events per account: Poisson's exact interval where it applies, wider where accounts are not alike."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.rates import confint_poisson

from cxlab.stats.estimates import Counts
from cxlab.stats.rates import rate


def counts(events: np.ndarray, exposure: np.ndarray | float = 1.0, weight: np.ndarray | float = 1.0) -> Counts:
    """One group per row of `events`, one account per column."""
    events = np.atleast_2d(np.asarray(events, dtype=float))
    y, x = weight * events, weight * np.broadcast_to(np.asarray(exposure, dtype=float), events.shape)
    n = np.full(len(events), float(events.shape[1]))
    return Counts(n, n, *(part.sum(axis=1) for part in (y, x, y * y, x * y, x * x)))


@pytest.mark.parametrize("events", [4, 10, 30])
def test_the_exact_poisson_interval_of_statsmodels_where_accounts_are_alike(events: int) -> None:
    """Events spread as evenly as can be vary less than Poisson's: the interval is Garwood's, not narrower."""
    ledger = np.repeat([1.0, 0.0], [events, 40 - events])
    found = rate(counts(ledger, exposure=0.5))
    low, high = confint_poisson(events, exposure=20, method="exact-c")
    assert found.value[0] == events / 20
    assert found.low[0] == pytest.approx(low, rel=1e-6) and found.high[0] == pytest.approx(high, rel=1e-6)


def test_no_event_is_no_certainty() -> None:
    found = rate(counts(np.zeros(50)))
    assert (found.value[0], found.low[0]) == (0, 0)
    assert found.high[0] == pytest.approx(confint_poisson(0, 50, method="exact-c")[1])


def test_one_account_has_poissons_interval_and_none_has_nothing() -> None:
    found = rate(counts(np.array([[9.0]])))
    assert (found.low[0], found.high[0]) == pytest.approx(confint_poisson(9, 1, method="exact-c"))
    nothing = rate(counts(np.zeros((1, 0))))
    assert np.isnan([nothing.value[0], nothing.low[0], nothing.high[0]]).all() and nothing.n_eff[0] == 0


def test_equal_weights_change_nothing() -> None:
    events = np.random.default_rng(1).poisson(0.4, 60)
    plain, weighted = rate(counts(events)), rate(counts(events, weight=3.0), weight=3.0)
    for name in ("value", "low", "high"):
        assert getattr(plain, name)[0] == pytest.approx(getattr(weighted, name)[0])


@pytest.mark.parametrize("accounts", [15, 60, 300])
@pytest.mark.parametrize("mean", [0.2, 1.0, 4.0])
@pytest.mark.parametrize("size", [np.inf, 1.0])
def test_coverage_with_and_without_overdispersion(accounts: int, mean: float, size: float) -> None:
    """Poisson, and accounts whose own rates are gamma with variance mean^2 / size; exposures from half to full."""
    rng = np.random.default_rng([accounts, int(10 * mean), int(min(size, 9))])
    shape = (2000, accounts)
    exposure = rng.uniform(0.5, 1.0, shape)
    own = mean if np.isinf(size) else rng.gamma(size, mean / size, shape)
    found = rate(counts(rng.poisson(own * exposure), exposure))
    covered = np.mean((found.low <= mean) & (mean <= found.high))
    poisson = np.mean(np.abs(found.value - mean) <= 1.96 * np.sqrt(found.value / exposure.sum(axis=1)))
    assert covered >= (0.935 if accounts > 15 else 0.915)
    if size == 1 and mean == 4:
        assert poisson < 0.75 < covered  # what Poisson's interval would have promised in vain
