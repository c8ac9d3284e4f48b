"""The honest clock against lifelines, by hand, and at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times, restricted_mean_survival_time

from cxlab.errors import ParameterError
from cxlab.stats.durations import completion


@pytest.fixture(params=[0, 1, 2])
def sample(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    """Durations with ties, and whether they ended; the longest is still running."""
    rng = np.random.default_rng(request.param)
    took, watched = rng.exponential(10, 300).round(1), rng.uniform(0, 30, 300).round(1)
    duration, ended = np.minimum(took, watched), took <= watched
    duration[0], ended[0] = 31.0, False
    return duration, ended


def test_curve_limits_and_median_are_those_of_lifelines(sample: tuple[np.ndarray, np.ndarray]) -> None:
    duration, ended = sample
    curve = completion(duration, ended, ~ended)
    fit = KaplanMeierFitter().fit(duration, ended)
    limits = fit.confidence_interval_.loc[curve.time]
    assert np.allclose(curve.open, fit.survival_function_.iloc[:, 0].loc[curve.time], atol=1e-9)
    assert np.allclose(curve.low, limits.iloc[:, 0], atol=1e-9)
    assert np.allclose(curve.high, limits.iloc[:, 1], atol=1e-9)
    value, low, high = curve.quantile(0.5)
    assert value == fit.median_survival_time_
    assert [low, high] == list(median_survival_times(fit.confidence_interval_).iloc[0])
    for share in (0.75, 0.9):
        assert curve.quantile(share)[0] == fit.percentile(1 - share)


def test_restricted_mean_is_that_of_lifelines(sample: tuple[np.ndarray, np.ndarray]) -> None:
    duration, ended = sample
    curve = completion(duration, ended, ~ended)
    fit = KaplanMeierFitter().fit(duration, ended)
    for horizon in (0.05, 7.0, 20.0):
        value, low, high = curve.restricted_mean(horizon)
        assert value == pytest.approx(restricted_mean_survival_time(fit, t=horizon), abs=1e-9)
        assert low <= value <= high <= horizon


def test_counted_rows_say_the_same_as_single_ones(sample: tuple[np.ndarray, np.ndarray]) -> None:
    duration, ended = sample
    times, place = np.unique(duration, return_inverse=True)
    done, running = np.bincount(place, ended), np.bincount(place, ~ended)
    one, many = completion(duration, ended, ~ended), completion(times, done, running, done + running, done + running)
    assert np.allclose(one.open, many.open, atol=1e-12) and np.allclose(one.high, many.high, atol=1e-12)
    assert one.quantile(0.5) == many.quantile(0.5) and one.n == many.n == 300


def test_by_hand() -> None:
    """Six tickets: done after 1, 2, 2 and 5 hours; two still running after 3 and 6.

    open after 1: 5/6; after 2: 5/6 * 3/5 = 1/2; after 5 (two at risk): 1/4. Mean up to 4: 1 + 5/6 + 2 * 1/2.
    """
    curve = completion([1, 2, 2, 3, 5, 6], [1, 1, 1, 0, 1, 0], [0, 0, 0, 1, 0, 1])
    assert np.allclose(curve.open, [5 / 6, 1 / 2, 1 / 4])
    assert np.allclose(curve.at_risk, [6, 5, 2])
    assert curve.quantile(0.5)[0] == 2
    assert curve.quantile(0.9)[0] == np.inf
    assert curve.done_by(2)[0] == pytest.approx(1 / 2)
    assert curve.restricted_mean(4)[0] == pytest.approx(1 + 5 / 6 + 2 * 1 / 2)
    assert curve.last == 6 and curve.n == 6


def test_unknown_is_said_not_guessed() -> None:
    curve = completion([1, 2, 3], [1, 0, 0], [0, 1, 1])
    assert curve.quantile(0.5) == (np.inf, 1.0, np.inf)
    assert np.isnan(curve.done_by(4)).all()
    assert np.isnan(curve.restricted_mean(4)).all()
    value, low, high = curve.done_by(0.5)
    assert value == low == 0 and 0 < high < 1


def test_finished_curves_go_on() -> None:
    """When all are done nothing is unknown later, but the next one may take longer."""
    curve = completion([1, 2, 3], [1, 1, 1], [0, 0, 0])
    value, low, high = curve.done_by(100)
    assert value == high == 1 and low < 1
    assert curve.restricted_mean(100)[0] == pytest.approx(2)


def test_nothing() -> None:
    curve = completion([], [], [])
    assert curve.n == 0 and curve.quantile(0.5)[0] == np.inf
    assert np.isnan(curve.restricted_mean(5)).all()


def test_nothing_done_yet() -> None:
    curve = completion([4, 5], [0, 0], [1, 1])
    assert curve.quantile(0.5) == (np.inf, np.inf, np.inf)
    assert curve.done_by(3)[0] == 0 and curve.n == 2


def test_everything_done_at_once() -> None:
    curve = completion([2] * 5, [1] * 5, [0] * 5)
    value, low, high = curve.quantile(0.5)
    assert value == low == 2 and high == np.inf


def test_negative_durations_and_senseless_quantiles_are_refused() -> None:
    with pytest.raises(ParameterError, match="negative"):
        completion([-1.0], [1], [0])
    with pytest.raises(ParameterError, match="between 0 and 1"):
        completion([1.0], [1], [0]).quantile(1.0)


def test_equal_weights_change_nothing(sample: tuple[np.ndarray, np.ndarray]) -> None:
    duration, ended = sample
    plain = completion(duration, ended, ~ended)
    double = completion(duration, 2.0 * ended, 2.0 * ~ended, np.ones(300), np.full(300, 4.0))
    assert double.n_eff == pytest.approx(300)
    assert np.allclose(plain.low, double.low, atol=1e-9)


def test_weights_are_worth_kish_and_widen(sample: tuple[np.ndarray, np.ndarray]) -> None:
    duration, ended = sample
    w = np.random.default_rng(9).uniform(0.2, 4, 300)
    weighted = completion(duration, w * ended, w * ~ended, np.ones(300), w**2)
    assert weighted.n_eff == pytest.approx(w.sum() ** 2 / (w**2).sum())
    fit = KaplanMeierFitter().fit(duration, ended, weights=w)
    assert np.allclose(weighted.open, fit.survival_function_.iloc[:, 0].loc[weighted.time], atol=1e-9)


def test_accounts_widen_and_never_narrow(sample: tuple[np.ndarray, np.ndarray]) -> None:
    duration, ended = sample
    plain = completion(duration, ended, ~ended)
    copies = completion(np.tile(duration, 4), np.tile(ended, 4), np.tile(~ended, 4), cluster=np.tile(np.arange(300), 4))
    # Four identical tickets from each account are worth about one.
    assert copies.n == 1200 and copies.n_eff == pytest.approx(300, rel=0.02)
    each = completion(duration, ended, ~ended, cluster=np.arange(300))
    assert each.quantile(0.5)[1] <= plain.quantile(0.5)[1] <= plain.quantile(0.5)[2] <= each.quantile(0.5)[2]


@pytest.mark.parametrize("nobody", [None, np.nan])
def test_durations_of_unknown_account_stand_alone(sample: tuple[np.ndarray, np.ndarray], nobody: object) -> None:
    """They are not one giant account: without any account known the interval is nearly the plain one."""
    duration, ended = sample
    plain = completion(duration, ended, ~ended)
    unknown = completion(duration, ended, ~ended, cluster=np.array([nobody] * 300, dtype=object))
    assert unknown.n_eff == pytest.approx(plain.n_eff, rel=0.01)
    assert unknown.quantile(0.5)[1] == pytest.approx(plain.quantile(0.5)[1], rel=0.05)
    # Counted or single, they say the same.
    times, place = np.unique(duration, return_inverse=True)
    done, running = np.bincount(place, ended), np.bincount(place, ~ended)
    n = done + running
    counted = completion(times, done, running, n, n, cluster=np.array([nobody] * len(times), dtype=object))
    assert counted.n_eff == pytest.approx(unknown.n_eff, rel=1e-9)


def test_a_single_account_tells_nothing() -> None:
    curve = completion([1, 2, 3, 4], [1] * 4, [0] * 4, cluster=["a"] * 4)
    assert curve.quantile(0.5)[0] == 2 and curve.quantile(0.5)[2] == np.inf
