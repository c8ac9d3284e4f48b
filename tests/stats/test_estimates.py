"""Estimates against the authorities that compute the same thing, against hand sums, and at the edges."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from cxlab.stats.estimates import Counts, effective_n, mean, net_score, ratio_of_sums, share


def counts_of(y, x=None, cluster=None, weight=None) -> Counts:
    """The sufficient counts of one group, summed by hand."""
    y = np.asarray(y, float)
    x = np.ones(len(y)) if x is None else np.asarray(x, float)
    w = np.ones(len(y)) if weight is None else np.asarray(weight, float)
    y, x = w * y, w * x
    sww = np.sum(x * x)
    n = len(y)
    if cluster is not None:
        _, member = np.unique(cluster, return_inverse=True)
        y, x = np.bincount(member, y), np.bincount(member, x)
    sums = (n, len(y), y.sum(), x.sum(), (y * y).sum(), (x * y).sum(), (x * x).sum(), sww)
    return Counts(*(np.array([float(part)]) for part in sums))


def one(estimate) -> tuple[float, float, float]:
    return float(estimate.value[0]), float(estimate.low[0]), float(estimate.high[0])


@pytest.mark.parametrize("hits, n", [(0, 1), (1, 1), (0, 10), (9, 10), (280, 400), (31, 1036), (1, 100_000)])
def test_share_is_wilson(hits: int, n: int) -> None:
    value, low, high = one(share(counts_of([1.0] * hits + [0.0] * (n - hits))))
    assert value == pytest.approx(hits / n, abs=1e-12)
    assert (low, high) == pytest.approx(proportion_confint(hits, n, method="wilson"), abs=1e-9)


def test_mean_is_student() -> None:
    y = np.random.default_rng(1).normal(7, 2, 37)
    value, low, high = one(mean(counts_of(y)))
    assert value == pytest.approx(y.mean(), abs=1e-12)
    assert (low, high) == pytest.approx(DescrStatsW(y).tconfint_mean(), abs=1e-9)


def test_weighted_mean_is_least_squares_with_robust_errors() -> None:
    """Weights of answers, not of frequency: HC1 on a constant is the linearised error with its n/(n-1)."""
    rng = np.random.default_rng(2)
    y, w = rng.normal(7, 2, 40), rng.uniform(0.3, 3, 40)
    fit = sm.WLS(y, np.ones(40), weights=w).fit(cov_type="HC1")
    value, low, high = one(mean(counts_of(y, weight=w)))
    assert value == pytest.approx(fit.params[0], abs=1e-9)
    kish = w.sum() ** 2 / (w**2).sum()
    assert (high - low) / 2 / student.ppf(0.975, kish - 1) == pytest.approx(fit.bse[0], abs=1e-9)
    assert (high + low) / 2 == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("sizes", [[3] * 12, [1, 1, 2, 3, 5, 8, 2, 4]])
def test_clustered_mean_is_least_squares_with_clustered_errors(sizes: list[int]) -> None:
    """statsmodels' small-sample factor on a constant is G/(G-1) * (N-1)/(N-1): exactly ours."""
    rng = np.random.default_rng(3)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    y = rng.normal(7, 2, len(cluster)) + rng.normal(0, 2, len(sizes))[cluster]
    fit = sm.OLS(y, np.ones(len(y))).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    value, low, high = one(mean(counts_of(y, cluster=cluster)))
    kish = len(y) ** 2 / np.sum(np.square(sizes))
    assert value == pytest.approx(fit.params[0], abs=1e-9)
    assert (high - low) / 2 / student.ppf(0.975, kish - 1) == pytest.approx(fit.bse[0], abs=1e-9)
    if len(set(sizes)) == 1:  # accounts of equal size: Student's on accounts less one, as statsmodels has it
        small = sm.OLS(y, np.ones(len(y))).fit(cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True)
        assert (low, high) == pytest.approx(tuple(small.conf_int()[0]), abs=1e-9)


def test_net_score_is_the_adjusted_wald_of_the_definitions() -> None:
    """P 80 %, D 5 % of n = 20, by hand (definitions C1): n* = 23, P* = 16.75, D* = 1.75.

    centre = 15 / 23; variance = 18.5/23 - (15/23)^2; half = 1.959964 * sqrt(variance / 23).
    """
    value, low, high = one(net_score(counts_of([1.0] * 16 + [0.0] * 3 + [-1.0]), [16], [1]))
    centre = 15 / 23
    half = 1.959963984540054 * np.sqrt((18.5 / 23 - centre**2) / 23)
    assert value == pytest.approx(75, abs=1e-12)
    assert low == pytest.approx(100 * (centre - half), abs=1e-9)
    assert high == pytest.approx(100 * (centre + half), abs=1e-9)


def test_weighted_net_score_uses_the_definitions_error() -> None:
    """n_eff is such that Wald with it is sqrt(sum w^2 (x - NPS)^2) / sum w, while that is no more than Kish's n."""
    rng = np.random.default_rng(4)
    x = rng.choice([-1.0, 0.0, 1.0], 200, p=[0.1, 0.3, 0.6])
    w = np.where(x < 0, 3.0, 1.0) * rng.uniform(0.5, 1.5, 200)
    counts = counts_of(x, weight=w)
    estimate = net_score(counts, [w[x > 0].sum()], [w[x < 0].sum()])
    score = (w * x).sum() / w.sum()
    error = np.sqrt((w**2 * (x - score) ** 2).sum()) / w.sum()
    spread = (w[x != 0].sum() / w.sum()) - score**2
    assert estimate.value[0] == pytest.approx(100 * score, abs=1e-9)
    assert estimate.n_eff[0] == pytest.approx(min(spread / error**2, w.sum() ** 2 / (w**2).sum()), abs=1e-9)


def test_kish() -> None:
    """Weights 1, 1, 2: (1+1+2)^2 / (1+1+4) = 16/6."""
    counts = counts_of([1, 0, 1], weight=[1, 1, 2])
    assert counts.kish[0] == pytest.approx(16 / 6, abs=1e-12)
    assert effective_n(counts, np.array([0.25]))[0] <= 16 / 6


def test_ratio_of_sums_by_hand() -> None:
    """Three accounts, start 100, 200, 300 and end 90, 220, 300: 610/600.

    r = 1.016667; residuals 90-101.6667, 220-203.3333, 300-305: -11.6667, 16.6667, -5; squares sum to
    438.89; error = sqrt(438.89 * 3/2) / 600; Kish = 600^2 / 140000 = 2.5714, so Student's on 1.5714 degrees of freedom.
    """
    value, low, high = one(ratio_of_sums(counts_of([90, 220, 300], [100, 200, 300])))
    error = np.sqrt((35**2 + 50**2 + 15**2) / 9 * 1.5) / 600
    assert value == pytest.approx(610 / 600, abs=1e-12)
    assert (high - low) / 2 == pytest.approx(student.ppf(0.975, 600**2 / 140000 - 1) * error, abs=1e-9)


def test_counts_of_disjoint_units_add_up() -> None:
    rng = np.random.default_rng(5)
    y = (rng.uniform(size=90) < 0.7).astype(float)
    parts = [counts_of(y[:40]), counts_of(y[40:])]
    names = ("n", "units", "sy", "sx", "syy", "sxy", "sxx", "sww")
    whole = Counts(*(sum(getattr(part, name) for part in parts) for name in names))
    assert one(share(whole)) == one(share(counts_of(y)))


def test_one_account_tells_nothing_about_spread() -> None:
    clustered = counts_of([1, 1, 0, 1], cluster=["a"] * 4)
    assert one(share(clustered)) == (0.75, 0.0, 1.0)
    value, low, high = one(mean(clustered))
    assert value == 0.75 and np.isnan(low) and np.isnan(high)
    value, low, high = one(mean(clustered, bounds=(0, 1)))
    assert value == 0.75 and np.isnan(low) and np.isnan(high)


def test_identical_answers_have_no_interval_unless_the_scale_is_known() -> None:
    value, low, high = one(mean(counts_of([5.0] * 10)))
    assert value == 5 and np.isnan(low) and np.isnan(high)
    value, low, high = one(mean(counts_of([5.0] * 10), bounds=(1, 5)))
    assert low < 4.9 and high >= value == 5


def test_two_accounts_of_which_one_is_heavy_have_a_very_wide_interval() -> None:
    """Kish's n is 1.02; the interval is Student's on one degree of freedom, never none, never below nothing kept."""
    value, low, high = one(ratio_of_sums(counts_of([100, 0.9], [100, 1]), bounds=(0, 2)))
    assert low == 0 and high > 2 and 0.99 < value < 1


def test_empty_group() -> None:
    nothing = Counts(*(np.zeros(1) for _ in range(8)))
    for estimate in (share(nothing), net_score(nothing, [0], [0]), mean(nothing), mean(nothing, bounds=(1, 5))):
        assert np.isnan([estimate.value[0], estimate.low[0], estimate.high[0]]).all()
        assert estimate.n[0] == 0 and estimate.n_eff[0] == 0


def test_clusters_never_pretend_to_more_than_the_weights_allow() -> None:
    """Answers that differ within accounts and agree between them would look worth more than n."""
    x = np.tile([1.0, 0.0], 30)
    w = np.tile([1.0, 1.0, 4.0, 4.0], 15)
    counts = counts_of(x, weight=w, cluster=np.repeat(np.arange(30), 2))
    assert share(counts).n_eff[0] <= w.sum() ** 2 / (w**2).sum()
    assert share(counts_of(x, cluster=np.repeat(np.arange(30), 2))).n_eff[0] <= 60


answers = st.lists(
    st.tuples(st.sampled_from([-1.0, 0.0, 1.0]), st.floats(0.01, 50), st.integers(0, 5)), min_size=1, max_size=30
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(answers, st.booleans(), st.booleans())
def test_the_interval_always_holds_the_value(rows: list[tuple], weighted: bool, clustered: bool) -> None:
    x, w, g = (np.array(part) for part in zip(*rows, strict=True))
    w = w if weighted else np.ones(len(x))
    g = g if clustered else None
    net = net_score(counts_of(x, weight=w, cluster=g), [w[x > 0].sum()], [w[x < 0].sum()])
    top = share(counts_of(x > 0, weight=w, cluster=g))
    average = mean(counts_of(x, weight=w, cluster=g), bounds=(-1, 1))
    for estimate, least, most in ((net, -100, 100), (top, 0, 1)):
        value, low, high = one(estimate)
        assert least <= low <= value <= high <= most
        assert 0 <= estimate.n_eff[0] <= len(x) + 1e-9
    value, low, high = one(average)
    assert np.isnan(low) or low <= value <= high
