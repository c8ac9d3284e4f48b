"""Revenue at risk: by hand, chance and model told apart, and intervals that hold in simulated companies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from cxlab.errors import CxlabError, ParameterError
from cxlab.models.risk import level_of, monthly_revenue, revenue_at_risk


def record_of(seed: int, periods: int, n: int, shifts: np.ndarray | float) -> pd.DataFrame:
    """What a model foretold and what came, the level off by `shifts` in log-odds, one a period."""
    rng = np.random.default_rng(seed)
    off = np.broadcast_to(shifts, periods)
    parts = []
    for period in range(periods):
        p = expit(-3.2 + 0.8 * rng.standard_normal(n))
        left = rng.random(n) < expit(logit(p) + off[period])
        parts.append(pd.DataFrame({"period": f"p{period:02}", "probability": p, "left": left}))
    return pd.concat(parts, ignore_index=True)


def test_sure_things_by_hand() -> None:
    """Of 40 customers paying 100 each ten leave for certain and thirty never: 1,000 a month, 12,000 a year.

    They go in the middle of the first quarter: of twelve months ten and a half are not received, 10,500.
    """
    p = np.r_[np.ones(10), np.zeros(30)]
    risk = revenue_at_risk(p, np.full(40, 100.0))
    for what, value in (("leavers", 10), ("month", 1_000), ("yearly", 12_000), ("nothing done", 10_500)):
        row = risk.row(what)
        assert (row["value"], row["low"], row["high"]) == pytest.approx((value,) * 3, rel=1e-6), what
    assert risk.row("month")["share"] == pytest.approx(0.25) and risk.revenue == 4_000
    assert risk.row("nothing done")["share"] == pytest.approx(10_500 / 48_000)


def test_expected_loss_by_hand_and_what_if_risk_were_average() -> None:
    """Four quarters at 10 %: 0.1 * (10.5 + 0.9 * 7.5 + 0.81 * 4.5 + 0.729 * 1.5) = 2.19885 months of revenue each."""
    money = np.full(200, 50.0)
    risk = revenue_at_risk(np.full(200, 0.1), money, record_of(1, 40, 3_000, 0.0))
    assert risk.row("leavers")["value"] == pytest.approx(20, rel=0.03)
    assert risk.row("nothing done")["value"] == pytest.approx(200 * 50 * 2.19885, rel=0.03)
    # With one risk for all, it makes no difference whether everybody keeps their own.
    assert risk.average_instead == pytest.approx(200 * 50 * 2.19885, rel=0.03)
    uneven = revenue_at_risk(np.r_[np.full(20, 0.8), np.full(180, 0.02)], money)
    assert uneven.average_instead != pytest.approx(uneven.row("nothing done")["value"], rel=0.05)


def test_chance_alone_is_the_binomial() -> None:
    """A model that was always right leaves chance: 400 customers at 5 % give 12 to 29 leavers."""
    from scipy.stats import binom

    risk = revenue_at_risk(np.full(400, 0.05), np.ones(400), record_of(2, 60, 4_000, 0.0))
    low, high = binom.ppf([0.025, 0.975], 400, 0.05)
    assert risk.row("leavers")["low"] == pytest.approx(low, abs=2)
    assert risk.row("leavers")["high"] == pytest.approx(high, abs=2)
    assert risk.by_chance > 0.85
    # One account with most of the money: much of the doubt is whether it stays.
    whale = revenue_at_risk(np.full(400, 0.05), np.r_[np.ones(399), 2_000.0], record_of(2, 60, 4_000, 0.0))
    assert whale.row("month")["high"] > 2_000 and whale.row("month")["low"] < 30
    assert whale.by_chance > 0.95


def test_a_level_that_was_off_is_brought_back_and_one_that_moves_widens() -> None:
    steady, off, moving = (
        level_of(record_of(seed, 8, 3_000, shifts))
        for seed, shifts in ((3, 0.0), (3, 0.5), (3, np.array([0.6, -0.6] * 4)))
    )
    assert abs(steady.middle) < 0.1 and off.middle == pytest.approx(0.5, abs=0.1) and steady.drift < 0.12
    assert moving.drift == pytest.approx(0.6, abs=0.2) and abs(moving.middle) < 0.3
    assert np.allclose(moving.periods["shift"], [0.6, -0.6] * 4, atol=0.25)
    assert off.periods["n"].tolist() == [3_000] * 8 and (off.periods["left"] > off.periods["expected"]).all()
    p, money = np.full(1_000, 0.05), np.ones(1_000)
    widths = [
        revenue_at_risk(p, money, record_of(3, 8, 3_000, shifts)).row("leavers")[["low", "high"]].diff().iloc[1]
        for shifts in (0.0, np.array([0.6, -0.6] * 4))
    ]
    assert widths[1] > 1.5 * widths[0]
    none = revenue_at_risk(p, money)
    assert "no record of past periods" in none.assumptions[-1] and none.by_chance < 0.8


def test_shift_is_that_of_statsmodels_with_the_probabilities_as_offset() -> None:
    import statsmodels.api as sm

    record = record_of(7, 1, 5_000, 0.3)
    fit = sm.GLM(
        record["left"].astype(float), np.ones(5_000), family=sm.families.Binomial(), offset=logit(record["probability"])
    ).fit()
    row = level_of(record).periods.iloc[0]
    assert row["shift"] == pytest.approx(fit.params.iloc[0], abs=0.003)  # half an event is added here
    assert row["error"] == pytest.approx(fit.bse.iloc[0], rel=0.01)
    assert np.isfinite(level_of(record.assign(left=False)).periods["shift"]).all()


def test_what_cannot_be_used_is_said() -> None:
    p, money = np.full(50, 0.1), np.full(50, 10.0)
    with pytest.raises(CxlabError, match="no customer has recurring revenue"):
        revenue_at_risk(p, np.full(50, np.nan))
    with pytest.raises(CxlabError, match="19 customers; there must be 20"):
        revenue_at_risk(p[:19], money[:19])
    for wrong in (np.full(50, 1.2), np.full(50, np.nan)):
        with pytest.raises(ParameterError, match="from 0 to 1"):
            revenue_at_risk(wrong, money)
    with pytest.raises(ParameterError, match="margin"):
        revenue_at_risk(p, money, margin=0)
    with pytest.raises(ParameterError, match="not a known row"):
        revenue_at_risk(p, money).row("month2")
    some = revenue_at_risk(p, np.r_[np.full(40, 10.0), np.full(10, np.nan)])
    assert (some.unknown, some.revenue) == (10, 400) and some.row("leavers")["value"] == pytest.approx(5, rel=0.2)
    half = revenue_at_risk(p, money, margin=0.5)
    assert half.revenue == 250 and "50%" in half.assumptions[2]


def test_same_seed_same_result_and_another_one_hardly_differs() -> None:
    p, money = np.full(300, 0.06), np.random.default_rng(0).lognormal(6, 1, 300)
    one, same, other = (revenue_at_risk(p, money, record_of(1, 5, 500, 0.0), seed=seed).summary for seed in (0, 0, 1))
    assert one.equals(same) and not one.equals(other)
    assert np.allclose(one["value"], other["value"], rtol=0.05)


def test_revenue_of_a_customer_is_that_of_the_last_month_before() -> None:
    subscriptions = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "a", "c", "a"],
            "month": pd.to_datetime(
                ["2026-08-01", "2026-09-01", "2026-08-01", "2026-09-01", "2026-10-01", "2026-10-01"]
            ),
            "mrr": [10.0, 20, 30, 5, 40, 99],
        }
    )
    found = monthly_revenue(subscriptions, pd.Timestamp("2026-10-01"), ["b", "a", "c"])
    assert found["a"] == 25 and found[["b", "c"]].isna().all() and list(found.index) == ["b", "a", "c"]
    with pytest.raises(CxlabError, match="no month before 2026-08-01"):
        monthly_revenue(subscriptions, pd.Timestamp("2026-08-01"), ["a"])


@pytest.mark.slow
def test_what_is_really_lost_lies_in_the_interval_as_often_as_promised() -> None:
    """Companies whose level of leaving moves between quarters (not at all, by a fifth, by a third), revenue lognormal.

    A logistic regression learns on the first six quarters and has a record of the next four; then a quarter and a year.
    """
    from sklearn.linear_model import LogisticRegression

    beta, hits, looks = np.array([0.8, 0.6, -0.5]), np.zeros(3), 0
    for seed in range(180):
        rng = np.random.default_rng(seed)
        n, drift = 500, (0.0, 0.2, 0.3)[seed % 3]
        shifts = rng.normal(0, drift, 14)
        x = rng.standard_normal((14, n, 3))
        left = rng.random((14, n)) < expit(-3.3 + shifts[:, None] + x @ beta)
        model = LogisticRegression(C=1e4).fit(x[:6].reshape(-1, 3), left[:6].ravel())
        chance = model.predict_proba(x[:11].reshape(-1, 3))[:, 1].reshape(11, n)
        record = pd.DataFrame(
            {"period": np.repeat(np.arange(6, 10), n), "probability": chance[6:10].ravel(), "left": left[6:10].ravel()}
        )
        money = rng.lognormal(6, 1, n)
        summary = revenue_at_risk(chance[10], money, record, seed=seed).summary
        there, year = np.ones(n, dtype=bool), 0.0
        own = -3.3 + x[10] @ beta
        for quarter in range(4):
            gone = there & (rng.random(n) < expit(own + shifts[10 + quarter]))
            year += money[gone].sum() * (12 - 3 * (quarter + 0.5))
            there &= ~gone
            if quarter == 0:
                first = {"leavers": gone.sum(), "month": money[gone].sum()}
        for place, (what, truth) in enumerate({**first, "nothing done": year}.items()):
            hits[place] += summary.loc[what, "low"] <= truth <= summary.loc[what, "high"]
        looks += 1
    assert ((0.92 <= hits / looks) & (hits / looks <= 0.98)).all(), hits / looks
