"""Intervals of parameters and values in companies whose truth is known: they hold it 92 to 98 times of a hundred."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.models.value import bg_bb, checks, contractual, engines
from cxlab.models.value.bg_bb import BgBb
from cxlab.models.value.bg_nbd import BgNbd
from cxlab.models.value.contractual import ShiftedBetaGeometric
from cxlab.models.value.fitting import Fitted, log_interval, variance_of
from cxlab.models.value.spend import GammaGamma
from cxlab.models.value.valuation import customer_intervals

pytestmark = pytest.mark.slow

PURCHASES, SPEND = (0.243, 4.414, 0.793, 2.426), (6.25, 3.74, 15.44)


def histories(rng: np.random.Generator, n: int, horizon: float) -> tuple[pd.DataFrame, np.ndarray]:
    """Histories of n customers like those of CDNOW, watched for 30 to 52 weeks, and their money in the time after."""
    r, alpha, a, b = PURCHASES
    p, q, gamma = SPEND
    watched, end = rng.integers(210, 365, n) / 7, 52 + horizon
    rate, leaves = rng.gamma(r, 1 / alpha, n), np.clip(rng.beta(a, b, n), 1e-12, 1)
    bought, last, scale = rng.poisson(rate * end), rng.geometric(leaves), rng.gamma(q, 1 / gamma, n)
    who = np.repeat(np.arange(n), bought)
    when = rng.uniform(0, end, len(who))
    order = np.lexsort([when, who])
    who, when = who[order], when[order]
    place = np.arange(len(who)) - np.repeat(np.cumsum(bought) - bought, bought)
    who, when = who[place < last[who]], when[place < last[who]]
    money = rng.gamma(p, 1 / scale[who])
    seen, later = when <= watched[who], (when > watched[who]) & (when <= watched[who] + horizon)
    x = np.bincount(who[seen], minlength=n).astype(float)
    recency = np.zeros(n)
    np.maximum.at(recency, who[seen], when[seen])
    with np.errstate(invalid="ignore"):
        mean = np.bincount(who[seen], money[seen], n) / x
    frame = pd.DataFrame({"frequency": x, "recency": recency, "T": watched, "mean_spend": mean})
    return frame, np.bincount(who[later], money[later], n)


def covered(fit: Fitted, truth: tuple[float, ...]) -> list[bool]:
    table = fit.table()
    return ((table["low"] <= list(truth)) & (table["high"] >= list(truth))).tolist()


def test_parameters_and_values_of_free_purchases(monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 customers a time: parameters, each customer's value, the sum, and the money that really came.

    Over 500 seeds (0 to 499) each parameter was held 95 to 97 times of a hundred, the sum 94 times. Here are the first
    sixty of them: single quantities may lie three standard errors of sixty draws below 95 %, which is 86 %.
    """
    monkeypatch.setattr(engines, "_DRAWN", 120_000)
    held, each, total, came, horizon = [], [], [], [], 52.0
    for seed in range(60):
        rows, money = histories(np.random.default_rng([seed, 5]), 2000, horizon)
        engine = engines.fitted(rows, "bg_nbd", True)
        doubt = engine.doubt(rows, horizon, 0.0, 1.0, seed)
        x, t_x, T, mean = engines.told(rows)
        value = engine.process.expected(x, t_x, T, horizon) * engine.pays.expected(x, mean)
        truth = BgNbd(*PURCHASES).expected(x, t_x, T, horizon) * GammaGamma(*SPEND).expected(x, mean)
        held.append(covered(engine.purchases, PURCHASES) + covered(engine.spend, SPEND))
        low, high = customer_intervals(value, doubt)
        each.append(((low <= truth) & (truth <= high)).mean())
        of_fit = variance_of(doubt.slopes.sum(axis=1)[:, None], doubt.covariance)
        low, high = log_interval(np.array([value.sum()]), of_fit)
        total.append(low[0] <= truth.sum() <= high[0])
        low, high = log_interval(np.array([value.sum()]), of_fit + doubt.chance.sum())
        came.append(low[0] <= money.sum() <= high[0])
    assert 0.92 <= np.mean(held) <= 0.98 and np.mean(held, axis=0).min() >= 0.86
    assert 0.86 <= np.mean(each) <= 0.98  # customers of one company are held or missed together
    assert np.mean(total) >= 0.86 and np.mean(came) >= 0.86
    assert max(np.mean(total), np.mean(came)) < 1, "intervals that are never missed are too wide"


def test_parameters_and_values_of_regular_opportunities() -> None:
    truth, held, total = (1.2, 0.75, 0.66, 2.8), [], []
    alpha, beta, gamma, delta = truth
    for seed in range(100):
        rng, n, size = np.random.default_rng([seed, 6]), 6, 3000
        last = rng.geometric(np.clip(rng.beta(gamma, delta, size), 1e-12, 1)) - 1
        gives = (rng.random((size, n)) < rng.beta(alpha, beta, size)[:, None]) & (np.arange(1, n + 1) <= last[:, None])
        x, t_x = gives.sum(axis=1), np.where(gives.any(axis=1), n - np.argmax(gives[:, ::-1], axis=1), 0)
        fit = bg_bb.fit(x, t_x, np.full(size, n))
        held.append(covered(fit, truth))
        cells, counts = np.unique(np.stack([x, t_x]), axis=1, return_counts=True)
        expects = [counts @ model.expected(*cells, n, 5) for model in (BgBb(*fit.value.values()), BgBb(*truth))]
        slopes = fit.slopes(lambda v, cells=cells, counts=counts: np.array([counts @ BgBb(*v).expected(*cells, 6, 5)]))
        low, high = log_interval(np.array(expects[:1]), variance_of(slopes, fit.covariance))
        total.append(low[0] <= expects[1] <= high[0])
    assert 0.92 <= np.mean(held) <= 0.98 and 0.91 <= np.mean(total) <= 0.99


def renewals(rng: np.random.Generator, leaves: np.ndarray, most: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Counted renewals of customers with these chances to leave, half of whom are watched late, and who runs on."""
    n = len(leaves)
    life, over = rng.geometric(np.clip(leaves, 1e-12, 1)), rng.integers(1, most + 1, n)
    first = np.where(rng.random(n) < 0.5, 0, rng.integers(0, most // 2, n))
    known = life > first
    life, over, first = life[known], over[known], first[known]
    t = np.arange(1, most + 1)[:, None]
    there = (first < t) & (t <= over) & (life >= t)
    rows = pd.DataFrame({"renewal": t[:, 0], "at_risk": there.sum(axis=1), "lost": (there & (life == t)).sum(axis=1)})
    return rows.astype(float), over[life > over] + 1.0


@pytest.mark.parametrize(
    ("alpha", "beta", "n", "most", "rate"), [(0.668, 3.806, 1000, 8, 0.1), (2.0, 30.0, 1500, 24, 0.008)]
)
def test_parameters_and_values_of_contracts(alpha: float, beta: float, n: int, most: int, rate: float) -> None:
    held, total = [], []
    for seed in range(200):
        rng = np.random.default_rng([seed, 7])
        rows, renewal = renewals(rng, rng.beta(alpha, beta, n), most)
        fit = contractual.fit(rows)
        held.append(covered(fit, (alpha, beta)))
        value, truth = (
            ShiftedBetaGeometric(*v).residual(renewal, rate).sum() for v in (fit.value.values(), (alpha, beta))
        )
        slopes = fit.slopes(lambda v, r=renewal: np.array([ShiftedBetaGeometric(*v).residual(r, rate).sum()]))
        low, high = log_interval(np.array([value]), variance_of(slopes, fit.covariance))
        total.append(low[0] <= truth <= high[0])
    assert 0.92 <= np.mean(held) <= 0.98 and 0.92 <= np.mean(total) <= 0.98


def test_sound_companies_are_seldom_refused_and_broken_ones_mostly() -> None:
    """Thirty companies each: spend apart from frequency or with it, steady or rising; counts as the model says."""
    refused = {"sound": 0, "spend with frequency": 0, "counts": 0}
    for seed in range(30):
        rng = np.random.default_rng([seed, 8])
        rows, _ = histories(rng, 1000, 1.0)
        paid = engines.who_paid(rows)
        x, mean = paid["frequency"].to_numpy(), paid["mean_spend"].to_numpy()
        refused["sound"] += checks.spend_and_frequency(x, mean)[1] == "broken"
        refused["spend with frequency"] += checks.spend_and_frequency(x, mean * (1 + x))[1] == "broken"
        engine = engines.fitted(rows, "bg_nbd", False)
        expected = engine.process.counts(rows["T"], checks.CLASSES)
        refused["counts"] += checks.counts_check(expected, rows["frequency"].to_numpy())[1] == "broken"
    assert refused["sound"] == 0 and refused["counts"] == 0 and refused["spend with frequency"] == 30
