"""Chances of answering and weights: held against scikit-learn, statsmodels, a bootstrap, and simulated customers."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from cxlab.errors import ParameterError
from cxlab.stats import estimates
from cxlab.stats.propensity import balance, design, propensity
from cxlab.stats.weighting import (
    Weighting,
    calibrated,
    class_weights,
    inverse_weights,
    shift,
    weighted_estimate,
)


def customers(
    rng: np.random.Generator, n: int, together: float = 0.0, share: float = 0.0
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Features, answered, x and account. Answering depends on features, and on two of them `together`.

    `share` is how much of what is not known the three people of an account have in common.
    """
    account = np.arange(n) // 3
    common = rng.normal(size=n)[account]
    use, tickets = rng.normal(size=n), rng.poisson(2, n).astype(float)
    plan = rng.choice(list("uvwx"), n, p=[0.4, 0.3, 0.2, 0.1])
    both = use * (tickets - 2) / 1.4
    noise = np.sqrt(share) * common + np.sqrt(1 - share) * rng.normal(size=n)
    mood = 0.9 * use - 0.35 * (tickets - 2) + 0.4 * (plan == "v") + 1.2 * noise + (together > 0) * 0.8 * both
    x = np.where(mood > 0.45, 1, np.where(mood < -0.35, -1, 0))
    inclined = -1.0 + 0.7 * use - 0.3 * (tickets - 2) + 0.5 * (plan == "v") + together * both
    answered = rng.random(n) < expit(inclined)
    return pd.DataFrame({"use": use, "tickets": tickets, "plan": plan}), answered, x, account


@functools.cache
def truth(together: float = 0.0) -> float:
    """NPS of everybody, from two million of them."""
    return 100 * customers(np.random.default_rng(9), 2_000_001, together)[2].mean()


def plain(answered: np.ndarray) -> Weighting:
    return Weighting(answered.astype(float), answered, None, answered)


def test_chances_are_those_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    features, answered, _, _ = customers(np.random.default_rng(1), 900)
    known = design(features)
    mine = propensity(known.matrix, answered, ridge=2.0)
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=5000).fit(known.matrix, answered)
    assert mine.coefficients[1:] == pytest.approx(theirs.coef_[0], abs=1e-6)
    assert mine.chance == pytest.approx(theirs.predict_proba(known.matrix)[:, 1], abs=1e-6)


def test_sandwich_is_that_of_statsmodels() -> None:
    import statsmodels.api as sm

    features, answered, _, account = customers(np.random.default_rng(2), 900, share=0.5)
    known = design(features)
    mine = propensity(known.matrix, answered, ridge=1e-9).covariance(answered, account)
    theirs = sm.Logit(answered.astype(float), sm.add_constant(known.matrix)).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": account, "use_correction": False}
    )
    assert mine == pytest.approx(theirs.cov_params(), rel=1e-5, abs=1e-9)


def test_chances_stay_between_0_and_1_where_a_feature_tells_all() -> None:
    feature = pd.DataFrame({"told": np.r_[np.zeros(50), np.ones(50)]})
    answered = np.arange(100) >= 50
    chance = propensity(design(feature).matrix, answered).chance
    assert 0 < chance.min() < 0.1 and 0.9 < chance.max() < 1


def test_design_names_levels_and_takes_rare_ones_together() -> None:
    n = 1000
    features = pd.DataFrame(
        {
            "plan": ["A"] * 600 + ["B"] * 350 + ["C"] * 15 + ["D"] * 15 + [None] * 20,
            "size": ["S"] * 990 + ["L"] * 10,
            "same": [4.0] * n,
            "empty": [np.nan] * n,
            "mrr": np.r_[np.nan, np.arange(n - 1)],
        }
    )
    known = design(features, logged=["mrr"])
    assert list(known.columns.itertuples(index=False, name=None)) == [
        ("plan", "A", True),
        ("plan", "B", False),
        ("plan", "other", False),
        ("plan", "unknown", False),
        ("mrr", "", False),
    ]
    assert known.natural[0, -1] == pytest.approx((n - 2) / 2)
    assert known.seen[2, -1] == pytest.approx(np.log(2))
    assert known.matrix.mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert known.matrix.std(axis=0) == pytest.approx(1)


def test_equal_weights_give_the_house_estimate() -> None:
    _, answered, x, account = customers(np.random.default_rng(3), 600, share=0.6)
    mine = weighted_estimate(plain(answered), x, True, account)
    rows = pd.DataFrame({"x": x[answered], "account": account[answered], "one": 1.0})
    sums = rows.groupby("account").sum()
    counts = {
        "n": answered.sum(), "units": len(sums), "sy": sums.x.sum(), "sx": sums.one.sum(), "syy": (sums.x**2).sum(),
        "sxy": (sums.x * sums.one).sum(), "sxx": (sums.one**2).sum(), "sww": answered.sum(),
    }  # fmt: skip
    theirs = estimates.net_score(estimates.Counts.of(counts), (rows.x > 0).sum(), (rows.x < 0).sum())
    for name in ("value", "low", "high", "n", "n_eff"):
        assert getattr(mine, name) == pytest.approx(getattr(theirs, name))


@pytest.mark.slow
def test_linearised_error_is_that_of_a_bootstrap_that_fits_anew() -> None:
    features, answered, x, _ = customers(np.random.default_rng(4), 700)

    def value(rows: np.ndarray, calibrate: bool) -> tuple[float, np.ndarray]:
        known = design(features.iloc[rows])
        weighting = inverse_weights(propensity(known.matrix, answered[rows]), answered[rows])
        if calibrate:
            weighting = calibrated(weighting, answered[rows], features[["plan"]].iloc[rows])
        return weighting.linearised(x[rows])

    rng = np.random.default_rng(5)
    for calibrate in (False, True):
        mean, part = value(np.arange(700), calibrate)
        again = [value(rng.integers(0, 700, 700), calibrate)[0] for _ in range(300)]
        assert part.sum() == pytest.approx(0, abs=0.01)  # not exactly: the ridge
        assert np.sqrt((part**2).sum()) == pytest.approx(np.std(again), rel=0.12)
        assert mean == pytest.approx(np.mean(again), abs=0.01)


def test_knowing_who_answers_narrows_what_fixed_weights_would_say() -> None:
    features, answered, x, _ = customers(np.random.default_rng(6), 3000)
    weighting = inverse_weights(propensity(design(features).matrix, answered), answered)
    fixed = Weighting(weighting.weight, answered, None, answered)
    estimated, taken = (np.sqrt((w.linearised(x)[1] ** 2).sum()) for w in (weighting, fixed))
    assert estimated < 0.97 * taken


def test_trimming_and_kish() -> None:
    features, answered, _, _ = customers(np.random.default_rng(7), 2000)
    fitted = propensity(design(features).matrix, answered)
    weighting = inverse_weights(fitted, answered, trim=2.0)
    w = weighting.weight[answered]
    assert weighting.trimmed > 0 and w.mean() == pytest.approx(1)
    assert weighting.kish == pytest.approx(w.sum() ** 2 / (w**2).sum())
    assert weighting.kish > inverse_weights(fitted, answered, trim=50.0).kish
    assert (weighting.weight[~answered] == 0).all()
    with pytest.raises(ParameterError, match="more than 1"):
        inverse_weights(fitted, answered, trim=1.0)


def test_raking_meets_both_margins_and_keeps_the_odds() -> None:
    """Deming & Stephan's procedure on a 2 x 2 table: margins are met, the cross-product ratio stays."""
    cells = {("N", "a"): 40, ("N", "b"): 10, ("S", "a"): 20, ("S", "b"): 30}
    rows = [cell for cell, count in cells.items() for _ in range(count)]
    margins = pd.DataFrame(rows, columns=["region", "plan"])
    everybody = np.ones(100, dtype=bool)
    weighting = calibrated(
        np.ones(100), everybody, margins, {"region": {"N": 30, "S": 70}, "plan": {"a": 0.45, "b": 0.55}}
    )
    table = margins.assign(w=weighting.weight).pivot_table(index="region", columns="plan", values="w", aggfunc="sum")
    assert table.sum(axis=1).tolist() == pytest.approx([30, 70])
    assert table.sum(axis=0).tolist() == pytest.approx([45, 55])
    assert table.loc["N", "a"] * table.loc["S", "b"] / table.loc["N", "b"] / table.loc["S", "a"] == pytest.approx(6)


def test_raking_is_that_of_balance() -> None:
    balance_package = pytest.importorskip("balance", reason="balance is not installed: its raking was not compared")
    features, answered, _, _ = customers(np.random.default_rng(12), 900)
    margins = features.assign(tickets=np.minimum(features.tickets, 4).astype(int).astype(str), use=features.use > 0)
    margins = margins.astype(str).assign(id=np.arange(900).astype(str))
    some = balance_package.Sample.from_frame(margins[answered].reset_index(drop=True), id_column="id")
    everybody = balance_package.Sample.from_frame(margins, id_column="id")
    raked = some.set_target(everybody).adjust(method="rake", transformations=None).df.set_index("id")["weight"]
    mine = calibrated(answered.astype(float), answered, margins.drop(columns="id")).weight[answered]
    theirs = raked.loc[margins.loc[answered, "id"]].to_numpy(float)
    assert mine == pytest.approx(theirs / theirs.mean(), rel=1e-3)


def test_raking_refuses_what_cannot_be_met() -> None:
    margins = pd.DataFrame({"region": ["N"] * 40 + ["S"] * 10})
    answered = np.arange(50) < 40
    with pytest.raises(ParameterError, match="no one with region = S answered"):
        calibrated(answered.astype(float), answered, margins)
    with pytest.raises(ParameterError, match="same levels of region: see West"):
        calibrated(np.ones(50), np.ones(50, bool), margins, {"region": {"N": 1, "S": 1, "West": 1}})


def test_balance_shows_what_goes_with_answering() -> None:
    features, answered, _, account = customers(np.random.default_rng(8), 6000)
    known = design(features)
    fitted = propensity(known.matrix, answered)
    frame = balance(known, fitted, answered, inverse_weights(fitted, answered).weight, account)
    frame = frame.set_index(["feature", "level"])
    use = frame.loc[("use", "")]
    assert use["odds_ratio"] == pytest.approx(np.exp(0.7), rel=0.1) and use["low"] > 1
    assert frame.loc[("plan", "v"), "low"] < np.exp(0.5) < frame.loc[("plan", "v"), "high"]
    assert frame.loc[("plan", "u"), "odds_ratio"] == 1 and np.isnan(frame.loc[("plan", "u"), "low"])
    assert frame["smd_before"].abs().max() > 0.3
    assert frame["smd_after"].abs().max() < 0.05
    assert frame.loc[("plan", "v"), "answered"] == pytest.approx((features.plan[answered] == "v").mean())


def test_shift_is_certain_where_answering_goes_with_the_result_and_else_not() -> None:
    features, answered, x, account = customers(np.random.default_rng(10), 3000)
    fitted = propensity(design(features).matrix, answered)
    away, _, high = shift(inverse_weights(fitted, answered), x, account)
    assert away < -0.15 and high < 0
    blind = np.random.default_rng(11).random(3000) < 0.3
    fitted = propensity(design(features).matrix, blind)
    _, low, high = shift(inverse_weights(fitted, blind), x, account)
    assert low < 0 < high and high - low < 0.1


@pytest.mark.slow
@pytest.mark.parametrize(("n", "share"), [(201, 0.0), (600, 0.0), (3000, 0.0), (1200, 0.7)])
def test_bias_goes_and_intervals_cover_where_answering_depends_on_what_is_known(n: int, share: float) -> None:
    right, error, raw, covered, reps = truth(), [], [], 0, 500
    for seed in range(reps):
        features, answered, x, account = customers(np.random.default_rng([seed, n]), n, share=share)
        weighting = inverse_weights(propensity(design(features).matrix, answered), answered)
        estimate = weighted_estimate(weighting, x, True, account if share else None)
        error.append(estimate.value[0] - right)
        raw.append(100 * x[answered].mean() - right)
        covered += bool(estimate.low[0] <= right <= estimate.high[0])
    assert np.mean(raw) > 24
    # Sixty answers say too little about the chances to undo all of it.
    assert abs(np.mean(error)) < (0.13 if n < 300 else 0.07) * np.mean(raw)
    assert 0.92 <= covered / reps <= 0.98


@pytest.mark.slow
def test_how_much_stays_where_the_model_is_wrong() -> None:
    """The docstring of cxlab.stats.weighting says these."""
    right = truth(together=0.5)
    found: dict[str, list[float]] = {"raw": [], "inverse": [], "calibrated": [], "classes": []}
    for seed in range(60):
        features, answered, x, _ = customers(np.random.default_rng([seed, 1]), 3000, together=0.5)
        fitted = propensity(design(features).matrix, answered)
        inverse = inverse_weights(fitted, answered)
        margins = features.assign(use=pd.qcut(features.use, 5).astype(str), tickets=np.minimum(features.tickets, 4))
        for name, weighting in (
            ("raw", plain(answered)),
            ("inverse", inverse),
            ("calibrated", calibrated(inverse, answered, margins)),
            ("classes", class_weights(fitted, answered)),
        ):
            found[name].append(100 * weighting.linearised(x)[0] - right)
    stays = {name: np.mean(errors) / np.mean(found["raw"]) for name, errors in found.items()}
    assert 0.4 < stays["inverse"] < 0.6
    assert 0.25 < stays["calibrated"] < 0.42
    assert 0.35 < stays["classes"] < 0.55
