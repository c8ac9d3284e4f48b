"""The models of value: published fits, and every formula against brute force from its assumptions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import hyp2f1, roots_genlaguerre, roots_jacobi
from scipy.stats import beta as beta_law
from scipy.stats import gamma as gamma_law
from scipy.stats import invgamma

from cxlab.errors import ParameterError
from cxlab.models.value import bg_bb, bg_nbd, contractual, spend
from cxlab.models.value.bg_bb import BgBb
from cxlab.models.value.bg_nbd import BgNbd
from cxlab.models.value.contractual import ShiftedBetaGeometric
from cxlab.models.value.fitting import log_interval, maximise, variance_of
from cxlab.models.value.spend import GammaGamma

PUBLISHED = (0.243, 4.414, 0.793, 2.426)
HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1]
REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1]


def agrees(fit: object, published: dict[str, float], digits: int = 3) -> bool:
    return {name: round(fit.value[name], digits) for name in published} == published


@pytest.fixture(scope="module")
def summary(shared_data: Path) -> pd.DataFrame:
    """CDNOW as published: frequency, recency and T in weeks of 2,357 customers."""
    return pd.read_csv(shared_data / "cdnow/cdnow_customers_summary.csv")


def test_bg_nbd_of_cdnow(summary: pd.DataFrame) -> None:
    """Fader, Hardie & Lee (2005), table 2."""
    fit = bg_nbd.fit(summary["frequency"], summary["recency"], summary["T"])
    assert agrees(fit, {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426})
    assert round(fit.log_likelihood, 1) == -9582.4 and fit.n == 2357 and fit.at_edge == ()
    table = fit.table()
    assert (table["low"] < table["value"]).all() and (table["value"] < table["high"]).all()


def test_bg_nbd_expects_of_a_customer_what_is_published() -> None:
    """x = 2, t_x = 30.43, T = 38.86, the next 39 weeks: 1.226 purchases (spreadsheet of the authors)."""
    assert BgNbd(*PUBLISHED).expected(2, 30.43, 38.86, 39) == pytest.approx(1.226, abs=0.001)


def test_bg_bb_of_the_donors(shared_data: Path) -> None:
    """Fader, Hardie & Shang (2010): 11,104 donors, six opportunities."""
    rows = pd.read_csv(shared_data / "donations/donations.csv")
    fit = bg_bb.fit(rows["frequency"], rows["recency"], rows["periods"], rows["weights"])
    assert agrees(fit, {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783})
    assert round(fit.log_likelihood, 1) == -33225.6 and fit.n == 11104


def test_shifted_beta_geometric_of_two_published_cohorts() -> None:
    """Fader & Hardie (2007), fitted to seven renewals."""
    high, regular = (contractual.fit(contractual.cohort(kept)) for kept in (HIGH_END, REGULAR))
    assert agrees(high, {"alpha": 0.668, "beta": 3.806})
    assert agrees(regular, {"alpha": 0.704, "beta": 1.182})


@pytest.mark.parametrize("modified", [False, True])
@pytest.mark.parametrize(("x", "t_x", "T"), [(0, 0.0, 12.0), (1, 1.7, 38.9), (2, 30.4, 38.9), (9, 20.0, 38.9)])
def test_bg_nbd_is_what_its_assumptions_say(modified: bool, x: int, t_x: float, T: float) -> None:
    """The mean over customers' own rates and chances, on a grid, of what is known when they are known."""
    r, alpha, a, b = 0.6, 5.0, 0.8, 2.4
    extra = int(modified)
    rate, at_rate = roots_genlaguerre(60, r + x - 1)
    leaves, at_leaves = roots_jacobi(60, b - 1, a - 1)
    leaves, at_leaves = ((leaves + 1) / 2)[:, None], (at_leaves / at_leaves.sum())[:, None]

    def over_rates(power: float, worth: object) -> float:
        """Mean of rate**x * exp(-rate * power) * worth over the gamma of the rates and the beta of the chances."""
        scale = alpha + power
        lam = (rate / scale)[None, :]
        weights = (at_rate / at_rate.sum())[None, :] * alpha**r / scale ** (r + x)
        grow = np.prod(np.arange(r, r + x)) if x else 1.0
        return float((grow * weights * at_leaves * worth(lam)).sum())

    still = (1 - leaves) ** (x + extra)
    alive = over_rates(T, lambda lam: still + 0 * lam)
    gone = over_rates(t_x, lambda lam: leaves * (1 - leaves) ** (x - 1 + extra) + 0 * lam) if x or modified else 0.0
    more = over_rates(T, lambda lam: still * -np.expm1(-lam * leaves * 26.0) / leaves)
    model = BgNbd(r, alpha, a, b, modified)
    assert model.log_likelihood(x, t_x, T) == pytest.approx(np.log(alive + gone), rel=1e-9)
    assert model.p_alive(x, t_x, T) == pytest.approx(alive / (alive + gone), rel=1e-9)
    assert model.expected(x, t_x, T, 26.0) == pytest.approx(more / (alive + gone), rel=1e-6)


@pytest.mark.parametrize("modified", [False, True])
def test_bg_nbd_closed_form_and_no_gap_at_one(modified: bool) -> None:
    """Equation 10 of the source where a is not 1; at a = 1 a number between its neighbours."""
    x, t_x, T, t = 3.0, 20.0, 38.0, 39.0

    def closed(r: float, alpha: float, a: float, b: float) -> float:
        c = a + b + x - 1 + modified
        series = hyp2f1(r + x, b + x + modified, c, t / (alpha + T + t))
        above = c / (a - 1) * (1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * series)
        chances = b + x - 1 + modified
        return above / (1 + a / chances * ((alpha + T) / (alpha + t_x)) ** (r + x))

    for a in (0.3, 0.793, 1.7):
        model = BgNbd(0.243, 4.414, a, 2.426, modified)
        assert model.expected(x, t_x, T, t) == pytest.approx(closed(0.243, 4.414, a, 2.426), rel=1e-9)
    near = [float(BgNbd(0.243, 4.414, a, 2.426, modified).expected(x, t_x, T, t)) for a in (0.999, 1.0, 1.001)]
    assert near[0] > near[1] > near[2] and near[0] - near[2] < 0.01


def test_one_who_bought_once_is_alive_for_certain_only_in_the_plain_form() -> None:
    """Hardie's note 021: the reason why the chance shown is that of the modified form."""
    assert BgNbd(*PUBLISHED).p_alive(0, 0.0, 200.0) == 1
    assert BgNbd(*PUBLISHED, modified=True).p_alive(0, 0.0, 200.0) < 0.6


@pytest.mark.parametrize("modified", [False, True])
def test_bg_nbd_counts_are_a_law_with_the_expected_mean(modified: bool) -> None:
    model = BgNbd(0.5, 6.0, 0.9, 1.6, modified)
    chance = model.counts(np.array([39.0]), 400)
    assert chance.sum() == pytest.approx(1, abs=1e-9) and (chance >= 0).all()
    assert chance[:-1] @ np.arange(400) == pytest.approx(float(model.expected_new(39.0)), rel=1e-4)


def test_a_discount_weighs_later_purchases_less() -> None:
    """The sum over weeks of what each week is expected to bring, discounted, lies between its ends and middle."""
    model, history = BgNbd(*PUBLISHED), (4.0, 30.0, 38.0)
    weekly = np.diff([0.0, *(float(model.expected(*history, week)) for week in range(1, 53))])
    rate = np.log(1.1) / 52.18
    late, early = (weekly @ np.exp(-rate * (np.arange(52) + end)) for end in (1, 0))
    assert late < model.expected(*history, 52, rate) < early
    assert model.expected(*history, 52, rate) == pytest.approx(weekly @ np.exp(-rate * (np.arange(52) + 0.5)), rel=1e-4)


def test_bg_nbd_stands_the_ends_of_its_range() -> None:
    """Customers who hardly differ, who never leave, who buy without number: numbers, not overflow."""
    x, T = np.array([0.0, 1, 5, 50, 1000, 100_000]), np.array([0.0, 1, 30, 100, 500, 3000])
    with np.errstate(all="raise", under="ignore"):
        for place in range(4):
            for end in (-11.5, 11.5):
                values = np.array(PUBLISHED)
                values[place] = np.exp(end)
                expected = BgNbd(*values, modified=True).expected(x, T / 2 * (x > 0), T, 52, 0.001)
                assert np.isfinite(expected).all() and (expected >= 0).all()
    steady = BgNbd(1.0, 10.0, 1e-4, 1e4)
    assert steady.expected(4, 38, 40, 50) == pytest.approx((1 + 4) / (10 + 40) * 50, rel=1e-4)


def test_bg_bb_is_what_its_assumptions_say() -> None:
    """The mean over customers' own chances, on a grid."""
    alpha, beta, gamma, delta = 1.2, 0.75, 0.66, 2.8
    model, (x, t_x, n) = BgBb(alpha, beta, gamma, delta), (2, 4, 6)
    buys, at_buys = roots_jacobi(80, beta - 1, alpha - 1)
    leaves, at_leaves = roots_jacobi(80, delta - 1, gamma - 1)
    p, theta = ((buys + 1) / 2)[:, None], ((leaves + 1) / 2)[None, :]
    weight = np.outer(at_buys / at_buys.sum(), at_leaves / at_leaves.sum())
    stays = p**x * (1 - p) ** (n - x) * (1 - theta) ** n
    gone = sum(p**x * (1 - p) ** (seen - x) * theta * (1 - theta) ** seen for seen in range(t_x, n))
    whole = (weight * (stays + gone)).sum()
    assert model.log_likelihood(x, t_x, n) == pytest.approx(np.log(whole), rel=1e-10)
    assert model.p_alive(x, t_x, n) == pytest.approx((weight * stays * (1 - theta)).sum() / whole, rel=1e-10)
    later = sum((1 - theta) ** k for k in range(1, 6))
    assert model.expected(x, t_x, n, 5) == pytest.approx((weight * stays * p * later).sum() / whole, rel=1e-10)
    chance = model.counts([6], 10)
    assert chance.sum() == pytest.approx(1) and chance @ np.arange(11) == pytest.approx(model.expected_new([6])[0])
    with pytest.raises(ParameterError, match="0 <= x <= t_x <= n"):
        model.p_alive(3, 2, 6)


def test_gamma_gamma_is_what_its_assumptions_say() -> None:
    """The mean over customers' own scales: spends are gamma(p, nu), nu is gamma(q, gamma)."""
    p, q, gamma, x, mean = 6.25, 3.74, 15.44, 3.0, 28.0
    model = GammaGamma(p, q, gamma)

    def likelihood(nu: float) -> float:
        return gamma_law.pdf(x * mean, p * x, scale=1 / nu) * x * gamma_law.pdf(nu, q, scale=1 / gamma)

    whole = quad(likelihood, 0, 5, epsabs=0, epsrel=1e-11)[0]
    money = quad(lambda nu: likelihood(nu) * p / nu, 0, 5, epsabs=0, epsrel=1e-11)[0]
    assert model.log_likelihood(x, mean) == pytest.approx(np.log(whole), rel=1e-9)
    assert model.expected(x, mean) == pytest.approx(money / whole, rel=1e-9)
    prior = p * invgamma(q, scale=gamma).mean()
    assert model.expected(0, np.nan) == pytest.approx(prior) and model.population_mean == pytest.approx(prior)
    assert GammaGamma(2, 0.9, 5).population_mean == float("inf")


@pytest.mark.parametrize(("alpha", "beta"), [(0.668, 3.806), (0.704, 1.182), (1800.0, 143_000.0), (0.05, 20.0)])
def test_lifetimes_are_the_sums_they_stand_for(alpha: float, beta: float) -> None:
    model, discount = ShiftedBetaGeometric(alpha, beta), 0.1
    later = np.arange(1000)
    worth = (1 + discount) ** -later.astype(float)
    assert model.lifetime(discount) == pytest.approx(model.survival(later) @ worth, rel=1e-6)
    for n in (1, 4, 60):
        kept = model.survival(n + later) / model.survival(n - 1)
        assert model.residual(np.array([n]), discount)[0] == pytest.approx(kept @ worth, rel=1e-6)
        assert model.residual(np.array([n]), discount, 12)[0] == pytest.approx((kept * worth)[:12].sum(), rel=1e-9)
        if beta < 100:
            closed = (beta + n - 1) / (alpha + beta + n - 1) * hyp2f1(1, beta + n, alpha + beta + n, 1 / 1.1)
            assert model.residual(np.array([n]), discount)[0] == pytest.approx(closed, rel=1e-6)
    law = beta_law(alpha, beta)
    assert model.survival(1) == pytest.approx(1 - law.mean())
    assert model.survival(2) == pytest.approx((1 - law.mean()) ** 2 + law.var())
    assert np.allclose(model.retention(np.arange(1, 9)), model.survival(np.arange(1, 9)) / model.survival(np.arange(8)))
    with pytest.raises(ParameterError, match="discount above 0"):
        model.residual(np.array([1]), 0.0)


def test_one_constant_rate_undervalues_those_who_stayed() -> None:
    """Fader & Hardie (2010): at the cohort's average retention, the residual value of survivors comes out too low."""
    kept = np.array(REGULAR)
    fit = contractual.fit(contractual.cohort(kept))
    average = 1 - (kept[:-1] - kept[1:]).sum() / kept[:-1].sum()
    constant = average / (1 - average / 1.1)
    assert ShiftedBetaGeometric(**fit.value).residual(np.array([6]), 0.1)[0] > 1.5 * constant


def test_weibull_contains_the_model_proper() -> None:
    model = ShiftedBetaGeometric(0.7, 1.2)
    rows = contractual.cohort(1e6 * model.survival(np.arange(9)))
    plain, wider = contractual.fit(rows), contractual.fit_weibull(rows)
    assert wider.value["c"] == pytest.approx(1, abs=0.01)
    assert wider.log_likelihood == pytest.approx(plain.log_likelihood, abs=0.01)
    rising = ShiftedBetaGeometric(0.7, 3.0, 1.6)
    fit = contractual.fit_weibull(contractual.cohort(1e6 * rising.survival(np.arange(12))))
    assert [fit.value[name] for name in ("alpha", "beta", "c")] == pytest.approx([0.7, 3.0, 1.6], rel=0.01)


def test_drawn_futures_have_the_expected_mean() -> None:
    rng, size = np.random.default_rng(3), 60_000
    one = np.ones(size)
    for modified in (False, True):
        model = BgNbd(0.6, 5.0, 0.8, 2.4, modified)
        drawn = model.simulate(rng, 2 * one, 20 * one, 39 * one, 52)
        assert drawn.mean() == pytest.approx(float(model.expected(2, 20, 39, 52)), abs=4 * drawn.std() / size**0.5)
    donors = BgBb(1.2, 0.75, 0.66, 2.8)
    drawn = donors.simulate(rng, 2 * one, 4 * one, 6 * one, 5)
    assert drawn.mean() == pytest.approx(donors.expected(2, 4, 6, 5)[0], abs=4 * drawn.std() / size**0.5)
    pays = GammaGamma(6.25, 3.74, 15.44)
    drawn = pays.simulate(rng, 3 * one, 28 * one, 2 * one)
    assert drawn.mean() == pytest.approx(2 * float(pays.expected(3, 28)), abs=4 * drawn.std() / size**0.5)
    assert (pays.simulate(rng, one, one, 0 * one) == 0).all()
    for c in (1.0, 1.4):
        contract = ShiftedBetaGeometric(0.7, 3.0, c)
        drawn = contract.simulate(rng, 3 * one, 0.1, 400)
        wanted = contract.residual(np.array([3]), 0.1, 400)[0]
        assert drawn.mean() == pytest.approx(wanted, abs=4 * drawn.std() / size**0.5)


def test_gradients_are_those_of_the_likelihoods(summary: pd.DataFrame) -> None:
    """An optimum found with a wrong gradient would not be one: the likelihood falls in every direction."""
    rows = summary.head(600)
    fit = bg_nbd.fit(rows["frequency"], rows["recency"], rows["T"], modified=True)
    values = np.array(list(fit.value.values()))

    def total(v: np.ndarray) -> float:
        return float(BgNbd(*v, modified=True).log_likelihood(rows["frequency"], rows["recency"], rows["T"]).sum())

    assert total(values) == pytest.approx(fit.log_likelihood, rel=1e-10)
    for place in range(4):
        for step in (-0.02, 0.02):
            assert total(values * np.exp(step * (np.arange(4) == place))) < fit.log_likelihood


def test_intervals_and_refusals_of_the_fitting() -> None:
    """A normal mean by hand: value exp(mu), information n; no likelihood at all is said."""
    fit = maximise(("m",), lambda v: (-50 * np.log(v[0] / 3) ** 2, -100 * np.log(v / 3) / v), [(1.0,)], 100.0, "it")
    assert fit.value["m"] == pytest.approx(3) and fit.covariance[0, 0] == pytest.approx(0.01, rel=1e-3)
    assert fit.table()["low"][0] == pytest.approx(3 * np.exp(-1.96 * 0.1), rel=1e-3)
    slopes = fit.slopes(lambda v: np.array([v[0] ** 2]))
    low, high = log_interval(np.array([9.0]), variance_of(slopes, fit.covariance))
    assert (low[0], high[0]) == pytest.approx((9 * np.exp(-1.96 * 0.2), 9 * np.exp(1.96 * 0.2)), rel=1e-3)
    draws = fit.draws(np.random.default_rng(0), 20_000)
    assert np.log(draws).std() == pytest.approx(0.1, rel=0.03)
    with pytest.raises(ParameterError, match="could not be fitted"):
        maximise(("m",), lambda v: (np.nan, v), [(1.0,)], 1.0, "it")
    with pytest.raises(ParameterError, match="two numbers or more"):
        contractual.cohort([100, 101])
    with pytest.raises(ParameterError, match="no renewal was watched"):
        contractual.fit(pd.DataFrame({"renewal": [1], "at_risk": [0.0], "lost": [0.0]}))


def test_gamma_gamma_fit_finds_what_was_drawn() -> None:
    rng = np.random.default_rng(11)
    x = rng.integers(1, 12, 8_000).astype(float)
    mean = rng.gamma(5.0 * x) / rng.gamma(4.0, 1 / 20.0, len(x)) / x
    assert list(spend.fit(x, mean).value.values()) == pytest.approx([5.0, 4.0, 20.0], rel=0.15)
