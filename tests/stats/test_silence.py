"""Bounds, tipping values and signs: by hand, and against simulated silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from cxlab.errors import ParameterError
from cxlab.stats import silence

POINTS = (-100.0, 100.0)


def test_bounds_by_hand() -> None:
    assert silence.bounds(50.0, 0.25, POINTS) == (0.25 * 50 - 75, 0.25 * 50 + 75)
    assert silence.bounds(50.0, 0.25, POINTS, gap=10) == pytest.approx((42.5, 57.5))
    assert silence.bounds(0.9, 0.5, (0.0, 1.0), gap=0.3) == pytest.approx((0.75, 0.95))
    assert silence.bounds(0.9, 1.0, (0.0, 1.0)) == (0.9, 0.9)
    with pytest.raises(ParameterError, match="share that answered"):
        silence.bounds(50.0, 0.0, POINTS)
    with pytest.raises(ParameterError, match="0 or more"):
        silence.bounds(50.0, 0.5, POINTS, gap=-1)


def test_tipping_points_put_the_result_on_the_line() -> None:
    found = silence.tipping_threshold(40.0, 36.0, 44.0, 0.3, 19.0, POINTS)
    assert found.direction == "unhappier" and found.possible
    assert 0.3 * 40 + 0.7 * (40 - found.points) == pytest.approx(19)
    assert found.points_sure == pytest.approx((36 - 19) / 0.7)
    below = silence.tipping_threshold(10.0, 5.0, 15.0, 0.5, 20.0, POINTS)
    assert below.direction == "happier" and below.points == pytest.approx(20) and below.points_sure == 10
    assert not silence.tipping_threshold(90.0, 80.0, 95.0, 0.9, 40.0, POINTS).possible
    assert silence.tipping_threshold(20.0, 15.0, 25.0, 0.5, 18.0, POINTS).points_sure == 0
    assert silence.tipping_threshold(20.0, 15.0, 25.0, 1.0, 18.0, POINTS).points == np.inf


def test_tipping_of_a_change() -> None:
    rise = silence.tipping_change(12.0, 6.0, 18.0, 40.0, 0.4, POINTS)
    assert (rise.points, rise.points_sure, rise.direction, rise.possible) == (
        pytest.approx(20),
        pytest.approx(10),
        "unhappier",
        True,
    )
    fall = silence.tipping_change(-12.0, -18.0, -6.0, 40.0, 0.4, POINTS)
    assert (fall.points, fall.points_sure, fall.direction) == (pytest.approx(20), pytest.approx(10), "happier")
    # Both periods' silent 60 points unhappier, 30 % answered instead of 50 %: that alone makes -12 out of nothing.
    assert silence.tipping_same_gap(12.0, 0.5, 0.3, 200.0) == pytest.approx(60)
    assert silence.tipping_same_gap(12.0, 0.3, 0.5, 200.0) == pytest.approx(-60)
    assert silence.tipping_same_gap(12.0, 0.5, 0.49, 200.0) == np.inf
    assert silence.tipping_same_gap(12.0, 0.5, 0.5, 200.0) == np.inf


def test_range_of_a_change_holds_every_pair_of_gaps_it_is_for() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        rate, before = rng.uniform(0.1, 0.9, 2)
        old = rng.uniform(-20, 20)
        new = old + rng.uniform(-6, 6)
        off = (1 - rate) * new - (1 - before) * old
        assert abs(off) <= silence.gap_range(rate - before, 1 - rate, 20, 6) + 1e-9


def test_true_ten_shows_fifty_two() -> None:
    """Answer rates of 10, 20 and 40 % for detractors, passives and promoters."""
    x = np.repeat([1, 0, -1], [160, 60, 30])
    assert 100 * x.mean() == 52
    weight = silence.under_answer_rates(x, (40, 20, 10))
    assert 100 * np.average(x, weights=weight) == pytest.approx(10)
    assert weight.mean() == pytest.approx(1)
    assert silence.under_answer_rates(x, (1, 1, 1)) == pytest.approx(1)
    with pytest.raises(ParameterError, match="above 0"):
        silence.under_answer_rates(x, (1, 0, 1))


def people(seed: int, n: int, on_answer: float, on_known: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Standardised features, answered, x, and the true gap; answering depends on the answer, the features, or both."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, 2))
    x = np.sign(np.round(0.7 * matrix[:, 0] + 0.3 * matrix[:, 1] + 0.8 * rng.normal(size=n), 0))
    answered = rng.random(n) < expit(-0.6 + on_answer * x + on_known * (0.7 * matrix[:, 0] + 0.3 * matrix[:, 1]))
    return matrix, answered, x, 100 * (x[~answered].mean() - x[answered].mean())


@pytest.mark.parametrize(
    ("on_answer", "on_known", "sign"), [(0.4, 0.0, "the answer itself"), (0.0, 0.6, "what is known")]
)
def test_signs_recover_the_gap_under_their_own_assumption(on_answer: float, on_known: float, sign: str) -> None:
    found = []
    for seed in range(20):
        matrix, answered, x, gap = people(seed, 4000, on_answer, on_known)
        frame = silence.signs(matrix, answered, x, 100, POINTS).set_index("sign")
        found.append((frame.loc[sign, "gap"], gap))
        assert frame["gap"].abs().is_monotonic_increasing
    told, true = np.mean(found, axis=0)
    assert true < -15
    assert told == pytest.approx(true, rel=0.12)


def test_signs_are_silent_where_features_do_not_foretell_the_score() -> None:
    rng = np.random.default_rng(1)
    matrix, x, answered = rng.normal(size=(500, 4)), rng.choice([-1, 0, 1], 500), rng.random(500) < 0.4
    frame = silence.signs(matrix, answered, x, 100, POINTS)
    assert frame["gap"].isna().all() and not silence.surely(frame).any()
    assert silence.signs(np.empty((500, 0)), answered, x, 100, POINTS)["gap"].isna().all()


@pytest.mark.slow
def test_a_sign_is_sure_by_chance_in_one_case_of_twenty() -> None:
    sure = []
    for seed in range(400):
        matrix, _, x, _ = people(seed, 600, 0.0, 0.0)
        account = np.arange(600) // 2
        answered = np.random.default_rng([seed, 1]).random(600) < 0.4
        sure.append(silence.surely(silence.signs(matrix, answered, x, 100, POINTS, account))[1])
    assert 0.02 <= np.mean(sure) <= 0.08


def test_bounds_hold_the_truth_however_answering_depends_on_the_answer() -> None:
    for seed, on_answer in enumerate((-2.0, -0.5, 0.5, 2.0)):
        _, answered, x, _ = people(seed, 3000, on_answer, 0.3)
        low, high = silence.bounds(100 * x[answered].mean(), answered.mean(), POINTS)
        assert low <= 100 * x.mean() <= high


def test_surely() -> None:
    frame = pd.DataFrame({"low": [-1.0, 1.0, np.nan, -3.0], "high": [1.0, 2.0, np.nan, -1.0]})
    assert silence.surely(frame).tolist() == [False, True, False, True]
