"""Do the 95 % intervals hold 95 % of the time? Simulated for every estimator, with fixed seeds.

The promise (issue 2): at least 91 % in every cell of the grid and 94-96.5 % on average.
`pytest --log-cli-level=INFO` shows the table. Exceptions stand beside their tests with the
reason: they are too wide on average, never too narrow.
"""

from __future__ import annotations

import logging

import numpy as np
import pytest
from scipy.stats import norm

from cxlab.stats import estimates
from cxlab.stats.durations import completion

pytestmark = pytest.mark.slow
_log = logging.getLogger(__name__)

SIZES = (10, 20, 50, 100, 300, 1000)
DESIGNS = ("plain", "weighted", "clustered")
WEIGHTS, SHARES_OF_WEIGHTS = (0.4, 0.8, 1.2, 2.5), (0.25, 0.35, 0.25, 0.15)
CORRELATION = 0.3  # within accounts of about three answers
REPEATS = 2000
LEAST = 0.91
AVERAGE = (0.94, 0.965)


def standard_normal(rng: np.random.Generator, repeats: int, n: int, design: str) -> tuple[np.ndarray, np.ndarray]:
    """Latent scores (repeats x n), correlated within clusters of about three where clustered; and the cluster of each
    column."""
    clusters = np.arange(n) % int(np.ceil(n / 3))
    alone = rng.normal(size=(repeats, n))
    if design != "clustered":
        return alone, np.arange(n)
    shared = rng.normal(size=(repeats, clusters.max() + 1))[:, clusters]
    return np.sqrt(CORRELATION) * shared + np.sqrt(1 - CORRELATION) * alone, clusters


def weights(rng: np.random.Generator, repeats: int, n: int, design: str) -> np.ndarray:
    if design != "weighted":
        return np.ones((repeats, n))
    return rng.choice(WEIGHTS, size=(repeats, n), p=SHARES_OF_WEIGHTS)


def counts(y: np.ndarray, x: np.ndarray, clusters: np.ndarray) -> estimates.Counts:
    """Sufficient counts of (repeats x n) arrays, each repeat a group."""
    n = y.shape[1]
    member = (clusters[:, None] == np.arange(clusters.max() + 1)).astype(float) if clusters.max() + 1 < n else None
    big_y, big_x = (y, x) if member is None else (y @ member, x @ member)
    repeats, units = big_y.shape
    return estimates.Counts(
        np.full(repeats, float(n)),
        np.full(repeats, float(units)),
        big_y.sum(1),
        big_x.sum(1),
        (big_y**2).sum(1),
        (big_x * big_y).sum(1),
        (big_x**2).sum(1),
        (x**2).sum(1),
    )


def covered(estimate: estimates.Estimate, truth: float) -> float:
    """Share of repeats whose interval holds the truth; no interval does not hold it."""
    return float(((estimate.low <= truth + 1e-12) & (estimate.high >= truth - 1e-12)).mean())


def grid(name: str, cell_of, cases, seed: int) -> dict[tuple, float]:
    """Coverage per (design, n, case)."""
    rng = np.random.default_rng(seed)
    cells = {(design, n, case): cell_of(rng, design, n, case) for design in DESIGNS for n in SIZES for case in cases}
    report(name, cells)
    return cells


def report(name: str, cells: dict[tuple, float]) -> None:
    worst = min(cells, key=cells.get)
    mean = np.mean([*cells.values()])
    _log.info(f"{name:28s} min {100 * cells[worst]:5.1f} % at {worst}  mean {100 * mean:5.1f} %  {len(cells)} cells")


def check(cells: dict[tuple, float], average: tuple[float, float] = AVERAGE) -> None:
    thin = {cell: value for cell, value in cells.items() if value < LEAST}
    assert not thin, f"covered less than 91 %: {thin}"
    mean = np.mean([*cells.values()])
    assert average[0] <= mean <= average[1], f"covered {mean:.4f} on average"


def categorical(rng, design, n, mix, values):
    z, clusters = standard_normal(rng, REPEATS, n, design)
    x = np.asarray(values, float)[np.searchsorted(norm.ppf(np.cumsum(mix)[:-1]), z)]
    return x, weights(rng, REPEATS, n, design), clusters


def test_share() -> None:
    """Wilson with the effective n, from even to nearly all."""

    def cell(rng, design, n, p):
        x, w, clusters = categorical(rng, design, n, (1 - p, p), (0, 1))
        return covered(estimates.share(counts(w * x, w, clusters)), p)

    check(grid("share", cell, (0.5, 0.8, 0.9, 0.95), seed=1))


def test_net_score() -> None:
    """Adjusted Wald with the effective n, from polar to nearly all promoters."""

    def cell(rng, design, n, mix):
        x, w, clusters = categorical(rng, design, n, mix, (-1, 0, 1))
        estimate = estimates.net_score(counts(w * x, w, clusters), (w * (x > 0)).sum(1), (w * (x < 0)).sum(1))
        return covered(estimate, 100 * (mix[2] - mix[0]))

    mixes = ((0.2, 0.6, 0.2), (0.45, 0.1, 0.45), (0.1, 0.3, 0.6), (0.05, 0.15, 0.8), (0.02, 0.08, 0.9))
    check(grid("net score", cell, mixes, seed=2))


def test_mean_of_a_scale() -> None:
    """Mean with the ends of the scale known, on five-point scales heaped at one end or both."""

    def cell(rng, design, n, mix):
        x, w, clusters = categorical(rng, design, n, mix, (1, 2, 3, 4, 5))
        return covered(estimates.mean(counts(w * x, w, clusters), bounds=(1, 5)), float(np.dot(mix, (1, 2, 3, 4, 5))))

    mixes = (
        (0.1, 0.2, 0.4, 0.2, 0.1),
        (0.02, 0.05, 0.13, 0.3, 0.5),
        (0.05, 0.05, 0.1, 0.2, 0.6),
        (0.01, 0.02, 0.07, 0.2, 0.7),
        (0.3, 0.1, 0.1, 0.1, 0.4),
    )
    check(grid("mean, bounds 1-5", cell, mixes, seed=3))


def test_mean_without_bounds_of_symmetric_values() -> None:
    """Student's interval is exact for normal values; weights and clusters leave it near."""

    def cell(rng, design, n, case):
        z, clusters = standard_normal(rng, REPEATS, n, design)
        w = weights(rng, REPEATS, n, design)
        return covered(estimates.mean(counts(w * (10 + z), w, clusters)), 10.0)

    check(grid("mean, no bounds, normal", cell, ("normal",), seed=4))


# Share of accounts that leave, contract, expand; spread of the logarithm of revenue.
MONEY = (
    (0.05, 0.05, 0.15, 0.7),
    (0.02, 0.03, 0.10, 0.7),
    (0.10, 0.10, 0.30, 1.0),
    (0.02, 0.05, 0.30, 1.2),
    (0.30, 0.10, 0.10, 0.7),
)


def money(rng, design, n, case):
    """Revenue at the start and what became of each unit of it; fate is correlated within parent companies."""
    leave, contract, expand, spread = case
    z, clusters = standard_normal(rng, REPEATS, n, design)
    u = norm.cdf(z)
    start = np.exp(rng.normal(6, spread, size=(REPEATS, n)))
    fate = np.ones((REPEATS, n))
    fate = np.where(u < leave, 0.0, fate)
    fate = np.where((u >= leave) & (u < leave + contract), rng.uniform(0.5, 0.95, fate.shape), fate)
    fate = np.where(u > 1 - expand, rng.uniform(1.05, 1.6, fate.shape), fate)
    return start * weights(rng, REPEATS, n, design), fate, clusters


def test_net_revenue_retention() -> None:
    """Ratio of sums of money, bounded by nothing kept and doubled."""

    def cell(rng, design, n, case):
        start, fate, clusters = money(rng, design, n, case)
        leave, contract, expand, _ = case
        truth = (1 - leave - contract - expand) + contract * 0.725 + expand * 1.325
        return covered(estimates.ratio_of_sums(counts(start * fate, start, clusters), bounds=(0, 2)), truth)

    check(grid("ratio of sums, money", cell, MONEY, seed=5))


def test_gross_revenue_retention() -> None:
    """A share whose y lies between 0 and x. Too wide on average: it is worth at most as many accounts as Kish's n,
    although a partial contraction varies less than an account lost."""

    def cell(rng, design, n, case):
        start, fate, clusters = money(rng, design, n, case)
        truth = 1 - case[0] - case[1] * 0.275
        return covered(estimates.share(counts(start * np.minimum(fate, 1), start, clusters)), truth)

    check(grid("share of money kept", cell, MONEY, seed=6), average=(0.94, 0.975))


# --- durations: logarithms are normal, mean 2, spread 1 (median 7.4 hours, P90 27 hours) ---------------------------
CENSORING = {"none": np.inf, "some": 60.0, "heavy": 22.0}  # watched for a time uniform between 0 and this


def minimum_mean(horizon: float) -> float:
    """Mean of min(T, horizon)."""
    return float(np.exp(2.5) * norm.cdf(np.log(horizon) - 3) + horizon * (1 - norm.cdf(np.log(horizon) - 2)))


READINGS = {
    "median": (lambda curve: curve.quantile(0.5), float(np.exp(2)), ("none", "some", "heavy")),
    "P75": (lambda curve: curve.quantile(0.75), float(np.exp(2 + norm.ppf(0.75))), ("none", "some", "heavy")),
    # Under heavy censoring nobody is watched for so long as the true P90 takes.
    "P90": (lambda curve: curve.quantile(0.9), float(np.exp(2 + norm.ppf(0.9))), ("none", "some")),
    "done by 5": (lambda curve: curve.done_by(5), float(norm.cdf(np.log(5) - 2)), ("none", "some", "heavy")),
    "done by 12": (lambda curve: curve.done_by(12), float(norm.cdf(np.log(12) - 2)), ("none", "some", "heavy")),
    "mean up to 10": (lambda curve: curve.restricted_mean(10), minimum_mean(10), ("none", "some", "heavy")),
    "mean up to 15": (lambda curve: curve.restricted_mean(15), minimum_mean(15), ("none", "some", "heavy")),
}


@pytest.fixture(scope="module")
def durations() -> dict[str, dict[tuple, float]]:
    """Coverage of every reading of the curve: name -> cell -> share. Where a reading is refused (NaN: not followed so
    long), there is no interval to hold anything, and the repeat is left out."""
    rng = np.random.default_rng(7)
    cells: dict[str, dict[tuple, float]] = {name: {} for name in READINGS}
    for design in DESIGNS:
        for n in SIZES:
            repeats = 1400 if n <= 50 else 800
            for censoring, longest in CENSORING.items():
                z, clusters = standard_normal(rng, repeats, n, design)
                took = np.exp(2 + z)
                watched = np.full(took.shape, 1e9) if np.isinf(longest) else rng.uniform(0, longest, took.shape)
                w = weights(rng, repeats, n, design)
                hits: dict[str, list[bool]] = {name: [] for name in READINGS}
                for time, limit, weight in zip(took, watched, w, strict=True):
                    ended = time <= limit
                    curve = completion(
                        np.minimum(time, limit),
                        weight * ended,
                        weight * ~ended,
                        np.ones(n),
                        weight**2,
                        clusters if design == "clustered" else None,
                    )
                    for name, (read, truth, sensible) in READINGS.items():
                        if censoring in sensible:
                            value, low, high = read(curve)
                            if not np.isnan(value):
                                hits[name].append(low <= truth <= high)
                for name, held in hits.items():
                    if held:
                        cells[name][design, n, censoring] = float(np.mean(held))
    for name, found in cells.items():
        report(name, found)
    return cells


# Quantiles in the tail are too wide on average: a handful of accounts, or ten tickets of which two or three lie beyond
# the quantile, leave the upper end open. Without accounts and from 50 tickets on they hold 95-96 %.
WIDE = {"P75": (0.94, 0.975), "P90": (0.94, 0.98)}


@pytest.mark.parametrize("reading", READINGS)
def test_durations(durations: dict[str, dict[tuple, float]], reading: str) -> None:
    """Kaplan-Meier: log-log limits for quantiles and shares, Student's for the restricted mean."""
    check(durations[reading], WIDE.get(reading, AVERAGE))


@pytest.mark.parametrize("reading", WIDE)
def test_tail_quantiles_hold_what_they_promise_where_data_are_enough(
    durations: dict[str, dict[tuple, float]], reading: str
) -> None:
    """The excess is that of small numbers alone."""
    check({cell: held for cell, held in durations[reading].items() if cell[1] >= 100})
