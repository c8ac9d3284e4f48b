"""Standard errors come back from intervals; the spread between groups is statsmodels'; shrunken values are nearer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.meta_analysis import combine_effects
from tables_of_teams import SIZES, net_scores, shares

from cxlab.errors import ParameterError
from cxlab.stats.shrinkage import between_variance, consistency, doubt_of, shrink, standard_errors

VALUE = np.array([61.0, 14.0, 21.0, 30.0, 43.0, 35.0, 52.0])
ERROR = np.array([8.0, 7.0, 10.0, 9.0, 5.0, 12.0, 15.0])
# Rubin 1981: coaching for the SAT in eight schools, the example of Gelman et al., Bayesian Data Analysis, 5.5.
SCHOOLS = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
SCHOOL_ERRORS = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])


def test_the_variance_between_groups_is_that_of_statsmodels() -> None:
    authority = combine_effects(VALUE, ERROR**2, method_re="iterated")
    assert between_variance(VALUE, ERROR) == pytest.approx(authority.tau2, rel=1e-6)
    alike = np.array([30.0, 31, 29, 30])
    assert between_variance(alike, np.full(4, 5.0)) == 0.0
    assert combine_effects(alike, np.full(4, 25.0), method_re="iterated").tau2 == pytest.approx(0, abs=1e-6)
    assert between_variance(np.array([3.0]), np.array([1.0])) == 0.0


def test_consistency_agrees_with_statsmodels() -> None:
    """Cochran's Q, its p and I squared, from a frame whose intervals give these errors exactly."""
    n = np.full(7, 1e7)
    frame = pd.DataFrame({"kpi": "nps", "period": "x", "region": list("abcdefg"), "value": VALUE})
    frame = frame.assign(low=VALUE - 1.959964 * ERROR, high=VALUE + 1.959964 * ERROR, n=n, n_eff=n)
    row = consistency(frame).iloc[0]
    authority = combine_effects(VALUE, ERROR**2, method_re="iterated")
    assert row["value"] == pytest.approx(np.sqrt(authority.tau2), rel=1e-4)
    assert row["real"] == pytest.approx(authority.i2, rel=1e-4)
    assert row["p"] == pytest.approx(float(authority.test_homogeneity().pvalue), rel=1e-3)
    assert row["low"] < row["value"] < row["high"] and row["groups"] == 7


def test_consistency_of_one_group_is_not_known() -> None:
    one = net_scores(np.random.default_rng(0), np.array([40]))
    assert consistency(one)[["value", "p", "real"]].isna().all(axis=None)


def test_eight_schools_are_the_textbooks() -> None:
    """Posterior means about 5 to 11 points, school A first, from 28 and -3 (the book's median of A is 10, of C 7)."""
    known = shrink(SCHOOLS, SCHOOL_ERRORS)
    assert known.value.argmax() == 0 and 9 < known.value[0] < 13
    assert known.value.min() > 4 and known.whole == pytest.approx(7.9, abs=0.5)
    assert (known.error < SCHOOL_ERRORS).all()
    assert known.whole_error > known.error.min()


def test_shrinking_does_what_it_should() -> None:
    """Sure values stay, unsure ones go to the whole, missing ones stay missing, two groups are enough."""
    known = shrink(np.array([10.0, 20, 30, 80]), np.array([0.1, 0.1, 0.1, 60]))
    assert known.value[:3] == pytest.approx([10, 20, 30], abs=0.03)
    assert known.value[3] < 40
    known = shrink(np.array([1.0, np.nan, 3.0]), np.array([1.0, 1.0, np.nan]))
    assert (
        known.value[0] == pytest.approx(1.0)
        and np.isnan(known.value[1])
        and known.value[2] == 3.0
        and np.isnan(known.error[2])
    )
    two = shrink(np.array([0.0, 10.0]), np.array([3.0, 3.0]))
    assert 0 < two.value[0] < 5 < two.value[1] < 10
    assert np.isnan(shrink(np.array([1.0]), np.array([np.nan])).whole)


@pytest.mark.parametrize("n", [30, 200, 2000])
def test_errors_come_back_from_the_intervals(n: int) -> None:
    """The true standard error of a share and of a net score, on average over many groups."""
    rng = np.random.default_rng(1)
    sizes = np.full(300, n)
    error = doubt_of(shares(rng, sizes, 0.8)).error
    assert error.mean() == pytest.approx(np.sqrt(0.8 * 0.2 / n), rel=0.04)
    error = doubt_of(net_scores(rng, sizes)).error
    assert error.mean() == pytest.approx(100 * np.sqrt((0.75 - 0.09) / n), rel=0.04)


def test_no_group_is_sure_for_having_said_one_thing() -> None:
    """Eight of eight, an interval without width, none at all: each takes the spread of all."""
    value, n = np.array([0.8, 1.0, 0.5, 0.7]), np.array([200.0, 8, 1, 8])
    low, high = np.array([0.74, 0.68, np.nan, 0.7]), np.array([0.85, 1.0, np.nan, 0.7])
    error = standard_errors(value, low, high, n)
    assert 0.08 < error[1] < 0.16
    assert error[2] > 0.3 and error[3] == pytest.approx(error[2] / np.sqrt(8))
    assert np.isnan(standard_errors(value, value, value, n)).all()
    assert np.isnan(standard_errors(np.array([np.nan, 1.0]), np.zeros(2), np.ones(2), np.array([4.0, 0.0]))).all()


def test_a_frame_that_cannot_be_used_says_why() -> None:
    frame = net_scores(np.random.default_rng(0), np.array([20, 30]))
    for wrong, words in (
        (frame.drop(columns="n_eff"), "lacks n_eff"),
        (frame.drop(columns="team").head(1), "compute the KPI with `by`"),
        (pd.concat([frame, frame.assign(period="y")]), "periods: x, y"),
        (pd.concat([frame, frame.assign(kpi="ces")]), "KPIs: nps, ces"),
        (frame.head(0), "KPIs: none"),
        (pd.concat([frame, frame]), "several rows"),
    ):
        with pytest.raises(ParameterError, match=words):
            consistency(wrong)


@pytest.mark.slow
def test_shrunken_values_are_nearer_and_their_intervals_hold() -> None:
    """True differences of 9 points (standard deviation): off by 8 points, not 18; intervals cover, of every size."""
    rng = np.random.default_rng(4)
    raw, drawn, held = [], [], []
    for _ in range(300):
        truth = 30 + 9 * rng.standard_normal(len(SIZES))
        frame = net_scores(rng, SIZES, truth)
        known = shrink(frame["value"], doubt_of(frame).error)
        raw.append((frame["value"].to_numpy() - truth) ** 2)
        drawn.append((known.value - truth) ** 2)
        held.append(np.abs(known.value - truth) <= 1.96 * known.error)
    assert np.sqrt(np.mean(raw)) > 16.5
    assert np.sqrt(np.mean(drawn)) < 8.3
    by_size = np.mean(held, axis=0).reshape(4, 5).mean(axis=1)
    assert (by_size > 0.92).all() and np.mean(held) > 0.93
