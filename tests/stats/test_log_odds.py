"""Log-odds with a prior: a table by hand, the test against scipy's, null calibration and coverage by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from cxlab.errors import ParameterError
from cxlab.stats.log_odds import log_odds, z_scores


def test_a_table_by_hand() -> None:
    """20 of 100 against 30 of 300, prior 5: 50 of 400 is 0.125, so 0.625 more documents on each side hold it."""
    table = log_odds({"wait": 20}, {"wait": 30}, 100, 300, prior=5.0)
    row = table.iloc[0]
    # odds 20.625 / 84.375 = 0.244444 and 30.625 / 274.375 = 0.111617; their ratio 2.190023, its logarithm 0.783912
    assert row["log_odds"] == pytest.approx(0.783912, abs=1e-6)
    assert (row["first"], row["second"], row["first_share"], row["second_share"]) == (20, 30, 0.2, 0.1)
    assert list(table.columns) == [
        *("item", "first", "second", "first_share", "second_share"),
        *("log_odds", "low", "high", "z", "p", "q"),
    ]


def test_z_is_the_root_of_the_likelihood_ratio_a_quarter_count_nearer_to_equality() -> None:
    held = 5 * 50 / 400
    table = np.array([[20 + held - 0.25, 80 + 5 - held + 0.25], [30 + held + 0.25, 270 + 5 - held - 0.25]])
    deviance = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    assert log_odds({"wait": 20}, {"wait": 30}, 100, 300)["z"][0] == pytest.approx(np.sqrt(deviance), abs=1e-9)


def test_the_interval_ends_where_the_test_just_speaks() -> None:
    table = log_odds({"wait": 20, "bill": 12}, {"wait": 30, "bill": 36}, 100, 300)
    wait, bill = table.iloc[0], table.iloc[1]
    assert wait["p"] < 0.05 and 0 < wait["low"] < wait["log_odds"] < wait["high"]
    assert bill["p"] > 0.95 and bill["low"] < 0 < bill["high"]
    # The Wald interval on the same counts is near for counts like these.
    wide = 1.96 * np.sqrt(1 / 20.625 + 1 / 84.375 + 1 / 30.625 + 1 / 274.375)
    assert wait["low"] == pytest.approx(wait["log_odds"] - wide, abs=0.06)
    assert wait["high"] == pytest.approx(wait["log_odds"] + wide, abs=0.06)


def test_both_sides_may_be_exchanged() -> None:
    one = log_odds({"a": 9, "b": 2}, {"a": 4, "c": 7}, 40, 60).set_index("item")
    other = log_odds({"a": 4, "c": 7}, {"a": 9, "b": 2}, 60, 40).set_index("item").loc[one.index]
    assert np.allclose(one["z"], -other["z"])
    assert np.allclose(one["low"], -other["high"])
    assert np.allclose(one["p"], other["p"])


def test_an_item_only_one_side_has_is_told_and_has_no_upper_end() -> None:
    table = log_odds({"recall": 50}, {}, 1000, 1000)
    assert table["z"][0] == pytest.approx(8.154, abs=0.01)
    assert table["low"][0] > 2 and table["high"][0] == np.inf


def test_order_and_items_that_say_nothing() -> None:
    table = log_odds(pd.Series({"all": 10, "b": 4, "a": 4, "none": 0}), {"all": 20, "a": 1, "b": 1, "c": 9}, 10, 20)
    assert table["item"].tolist() == ["a", "b", "c", "all", "none"]
    assert table.set_index("item").loc[["all", "none"], ["log_odds", "z", "p", "q"]].isna().all(axis=None)
    # The family for q is the three that could be tested.
    assert table["q"].dropna().max() == pytest.approx(table["p"].max())


def test_more_prior_draws_towards_equality() -> None:
    sizes = [log_odds({"w": 9}, {"w": 2}, 30, 30, prior=prior)["log_odds"][0] for prior in (0.5, 5.0, 50.0, 5000.0)]
    assert sizes == sorted(sizes, reverse=True) and 0 < sizes[-1] < 0.02


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (dict(first={"a": -1}, second={}, n_first=5, n_second=5), "below 0"),
        (dict(first={"a": 9}, second={}, n_first=5, n_second=5), "above n"),
        (dict(first={"a": np.nan}, second={}, n_first=5, n_second=5), "missing"),
        (dict(first={"a": 1}, second={}, n_first=5, n_second=0), "nothing in it"),
        (dict(first={"a": 1}, second={}, n_first=5, n_second=5, prior=0.0), "prior"),
    ],
)
def test_what_cannot_be_compared_is_an_error(given: dict, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        log_odds(**given)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(30, 300), (50, 50), (50, 500), (300, 300), (100, 10_000), (1000, 1000)])
def test_items_that_are_alike_are_seldom_called_different(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    for share in (0.002, 0.01, 0.03, 0.1, 0.3, 0.5):
        drawn = [rng.binomial(n, share, 60_000) for n in sizes]
        z = np.nan_to_num(z_scores(*drawn, *sizes))
        # Standard errors of the simulation: 0.0009 and 0.00013.
        assert (np.abs(z) > 1.96).mean() < 0.0527, share
        assert (np.abs(z) > 3.29).mean() < 0.0014, share
    assert (np.abs(z) > 1.96).mean() > 0.02, "at a share of one half the test must not be asleep"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "shares"),
    [((100, 1000), (0.3, 0.1)), ((50, 50), (0.5, 0.2)), ((1000, 1000), (0.01, 0.003)), ((300, 300), (0.1, 0.3))],
)
def test_intervals_hold_the_truth(n: tuple[int, int], shares: tuple[float, float]) -> None:
    rng = np.random.default_rng(6)
    names = [str(at) for at in range(8000)]
    one, other = (
        pd.Series(rng.binomial(size, share, 8000), index=names) for size, share in zip(n, shares, strict=True)
    )
    table = log_odds(one, other, *n)
    odds = [share / (1 - share) for share in shares]
    truth = np.log(odds[0] / odds[1])
    known = table.dropna(subset=["log_odds"])
    assert 0.945 < ((known["low"] <= truth) & (truth <= known["high"])).mean() < 0.985
