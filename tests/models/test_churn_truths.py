"""Churn where the truth is planted: nothing at all, a pair, rare leavers, the sample company.

Curves inside their intervals are in test_leaving_planted.py.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import cxlab as cx
from cxlab.demo import truths
from cxlab.demo.accounts import make_accounts, plan_journeys
from cxlab.demo.history import live_through
from cxlab.models.churn.drivers import MORE
from cxlab.stats.comparisons import CANNOT_TELL

pytestmark = pytest.mark.slow


def test_where_nothing_goes_with_leaving_nothing_is_found() -> None:
    """Ten worlds of eight features and a coin: no pair, hardly a driver, and no score to speak of."""
    flagged, pairs, aucs = 0, 0, []
    for seed in range(10):
        rng = np.random.default_rng([7, seed])
        frame = pd.DataFrame(rng.normal(size=(700, 4))).rename(columns=lambda name: f"x{name}")
        frame["calls"] = rng.poisson(1.0, 700)
        frame["flag"] = rng.random(700) < 0.4
        frame["plan"], frame["region"] = rng.choice(list("abc"), 700), rng.choice(list("pqrst"), 700)
        model = cx.explain_churn(frame, rng.random(700) < 0.25)
        real = model.drivers[~model.drivers["is_control"]]
        flagged += int((real["verdict"] != CANNOT_TELL).sum())
        pairs += len(model.interactions)
        aucs.append(model.score["auc"])
        assert model.alarms.empty
    assert flagged <= 0.05 * 10 * 8 and pairs == 0
    assert np.mean(aucs) == pytest.approx(0.5, abs=0.03)


def test_a_planted_pair_is_found_named_and_shown() -> None:
    """Four calls and more go with leaving only where there is no contact."""
    rng = np.random.default_rng(3)
    n = 3000
    frame = pd.DataFrame(
        {
            "calls": rng.poisson(2, n),
            "contact": rng.random(n) < 0.5,
            "age": rng.normal(40, 10, n),
            "plan": rng.choice(["a", "b"], n),
            "visits": rng.poisson(3, n),
        }
    )
    left = rng.random(n) < expit(
        -2.2 + 2.2 * ((frame["calls"] >= 4) & ~frame["contact"]) + 0.4 * (frame["plan"] == "b")
    )
    model = cx.explain_churn(frame, left.to_numpy(), meaning={"calls": "calls", "contact": "a named contact"})
    (pair,) = model.interactions.to_dict("records")
    assert (pair["first"], pair["second"]) == ("calls", "contact") and pair["words"] == "calls and a named contact"
    assert pair["found_in"] == 5 and pair["low"] > 0 and "a named contact no" in pair["most"]
    surface = model.surfaces[("calls", "contact")].set_index(["calls", "contact"])["churn"]
    many = max(surface.index.get_level_values(0))
    assert surface[(many, 0.0)] > 2.5 * surface[(many, 1.0)]


def test_rare_leavers_keep_their_probabilities() -> None:
    """Two in a hundred leave; nothing is resampled, and chances stay at their word."""
    rng = np.random.default_rng(11)
    n = 12_000
    frame = pd.DataFrame(rng.normal(size=(n, 3))).rename(columns=lambda name: f"x{name}")
    left = rng.random(n) < expit(-4.6 + 0.9 * frame["x0"] + 0.5 * frame["x1"])
    model = cx.explain_churn(frame, left.to_numpy())
    score = model.score
    assert 0.01 < score["base_rate"] < 0.025
    assert score["calibration_slope_low"] < 1 < score["calibration_slope_high"]
    assert score["calibration_intercept_low"] < 0 < score["calibration_intercept_high"]
    assert model.predictions["chance"].mean() == pytest.approx(left.mean(), rel=0.02)


def test_the_sample_company() -> None:
    """Every planted driver with its sign and no attribute that has nothing to do with leaving, over the quarters.

    The same customer comes back quarter after quarter; the model is tested on later quarters than it learned from.
    """
    accounts = make_accounts(truths.SEED, truths.ACCOUNTS)
    history = live_through(truths.SEED, accounts, plan_journeys(truths.SEED, accounts))
    null = {
        "webinar_attended": accounts["webinar_attended"],
        "log_seats": np.log(accounts["seats"]),
        "newsletter": accounts["newsletter"],
        "partner_sale": accounts["channel"] == "partner",
    }
    parts = []
    for quarter, state in history.states.items():
        start = np.datetime64(pd.Timestamp(cx.Period.of(quarter).start), "D")
        end = np.datetime64(pd.Timestamp(cx.Period.of(quarter).end), "D")
        part = pd.DataFrame(
            {name: state[name] for name in truths.CHURN_DRIVERS} | {k: v.to_numpy() for k, v in null.items()}
        )
        part["left"] = (history.closed_on >= start) & (history.closed_on < end)
        parts.append(part.assign(quarter=quarter, customer=accounts["customer_id"])[state["active"]])
    rows = pd.concat(parts, ignore_index=True)
    features = rows.drop(columns=["left", "quarter", "customer"])
    model = cx.explain_churn(features, rows["left"], groups=rows["customer"], times=rows["quarter"])
    assert model.plan.is_later and model.alarms.empty
    real = model.drivers[~model.drivers["is_control"]].set_index("driver")
    assert (real["verdict"][list(truths.CHURN_DRIVERS)] == MORE).all()
    assert (real["verdict"][list(truths.NULL_DRIVERS)] == CANNOT_TELL).all()
    # Points agree with the planted log odds: of the curve of a flag, the truth lies inside.
    log_odds = truths.CHURN_INTERCEPT + sum(effect * rows[name] for name, effect in truths.CHURN_DRIVERS.items())
    for name in ("low_usage", "late_onboarding", "renewal_due", "starter_plan"):
        rest = log_odds - truths.CHURN_DRIVERS[name] * rows[name]
        truth = 100 * float((expit(rest + truths.CHURN_DRIVERS[name]) - expit(rest)).mean())
        assert real["low"][name] - 0.5 <= truth <= real["high"][name] + 0.5
    assert model.score["calibration_slope_low"] < 1 < model.score["calibration_slope_high"]
