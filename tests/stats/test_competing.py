"""Cumulative incidence against lifelines, R, Kaplan-Meier and by hand; what 1 - Kaplan-Meier would claim; coverage."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter
from lifelines.datasets import load_lung

from cxlab.errors import ParameterError
from cxlab.stats.competing import count_events, incidence
from cxlab.stats.durations import completion


def sample(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Durations and what ended them: 1 done, 2 gone, 0 still running."""
    rng = np.random.default_rng(seed)
    done, gone, watched = rng.exponential(10, n), rng.exponential(20, n), rng.uniform(0, 25, n)
    duration = np.minimum(np.minimum(done, gone), watched)
    return duration, np.select([duration == done, duration == gone], [1, 2], 0)


def fitted(duration: np.ndarray, event: np.ndarray, **more: object):
    return incidence(duration, event == 1, event == 2, event == 0, **more)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_curve_and_variance_are_those_of_lifelines(seed: int) -> None:
    duration, event = sample(seed)
    curve, fit = fitted(duration, event), AalenJohansenFitter().fit(duration, event, 1)
    assert np.allclose(1 - curve.open, fit.cumulative_density_.iloc[:, 0].loc[curve.time], atol=1e-12)
    assert np.allclose(curve.spread, fit.variance_.loc[curve.time], atol=1e-12)
    other = AalenJohansenFitter().fit(duration, event, 2)
    assert np.allclose(curve.gone, other.cumulative_density_.iloc[:, 0].loc[curve.time], atol=1e-12)


@pytest.mark.parametrize("design", ["plain", "weighted", "clustered", "both", "last one done"])
def test_without_anything_lost_it_is_kaplan_meier(design: str) -> None:
    duration, event = sample(4)
    rng, done = np.random.default_rng(5), event == 1
    if design == "last one done":
        done = done | (duration == duration.max())
    w = rng.uniform(0.2, 4, 300) if design in ("weighted", "both") else np.ones(300)
    more = {"n": np.ones(300), "squares": w**2}
    more["cluster"] = rng.integers(0, 60, 300) if design in ("clustered", "both") else None
    one, other = (
        incidence(duration, w * done, 0 * w, w * ~done, **more),
        completion(duration, w * done, w * ~done, **more),
    )
    for name in ("time", "open", "low", "high", "at_risk", "done", "n", "n_eff", "last"):
        assert np.allclose(getattr(one, name), getattr(other, name), rtol=1e-12, atol=1e-12), name
    for share in (0.25, 0.5, 0.75, 0.95):
        assert one.quantile(share) == other.quantile(share)
    assert one.done_by(7) == pytest.approx(other.done_by(7), abs=1e-12)


def test_by_hand() -> None:
    """Eight accounts: there after 1, 3, 3 and 6 days; gone after 2 and 5; two still on their way after 4 and 7.

    Waiting before day 1, 2, 3, 5, 6: 1, 7/8, 6/8, 6/8 * 4/6 = 1/2, 1/2 * 2/3 = 1/3; at risk 8, 7, 6, 3, 2.
    There: 1/8, 1/8, 1/8 + 6/8 * 2/6 = 3/8, 3/8, 3/8 + 1/3 * 1/2 = 13/24. Gone: 0, 1/8, 1/8, 1/8 + 1/2 * 1/3 = 7/24.
    """
    curve = incidence(
        [1, 2, 3, 4, 5, 6, 7], [1, 0, 2, 0, 0, 1, 0], [0, 1, 0, 0, 1, 0, 0], [0, 0, 0, 1, 0, 0, 1]
    )  # fmt: skip
    assert curve.time.tolist() == [1, 2, 3, 5, 6]
    assert np.allclose(1 - curve.open, [1 / 8, 1 / 8, 3 / 8, 3 / 8, 13 / 24])
    assert np.allclose(curve.gone, [0, 1 / 8, 1 / 8, 7 / 24, 7 / 24])
    assert curve.quantile(0.5)[0] == 6 and curve.quantile(0.75)[0] == np.inf
    assert curve.done_by(4)[0] == pytest.approx(3 / 8) and curve.n == 8
    assert np.isnan(curve.done_by(8)).all() and not curve.finished
    # Variance at day 1 is that of a share, 1/8 * 7/8 / 8.
    assert curve.spread[0] == pytest.approx(7 / 512)


def test_kaplan_meier_of_r() -> None:
    """survfit(Surv(time, status) ~ x, aml) of R's survival package prints these for the maintained group; for the lung
    data median 310, with conf.type = "log-log" 284 to 361."""
    time = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161]
    status = np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])
    curve = incidence(time, status, 0 * status, 1 - status)
    assert np.allclose(curve.open, [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184], atol=5e-4)
    errors = np.sqrt(curve.spread)
    assert np.allclose(errors, [0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535], atol=5e-5)
    assert curve.quantile(0.5)[0] == 31
    lung = load_lung()
    for estimate in (
        completion(lung["time"], lung["status"], 1 - lung["status"]),
        incidence(lung["time"], lung["status"], 0 * lung["status"], 1 - lung["status"]),
    ):
        assert estimate.quantile(0.5) == (310, 284, 361) and estimate.n == 228


def test_everybody_done_or_gone_is_the_plain_share() -> None:
    """Nothing censored: the share done by a day is simply that."""
    rng = np.random.default_rng(3)
    duration, event = rng.exponential(5, 200).round(1), rng.choice([1, 2], 200, p=[0.7, 0.3])
    curve = fitted(duration, event)
    for day in (1, 3, 9, 50):
        assert curve.done_by(day)[0] == pytest.approx(((duration <= day) & (event == 1)).mean())
    assert curve.finished and curve.done_by(10_000)[0] == pytest.approx((event == 1).mean())
    assert curve.quantile(0.9)[0] == np.inf


def test_one_minus_kaplan_meier_overstates() -> None:
    """Hazards .05 there and .05 gone: by day 20 half of 1 - exp(-2) are there; 1 - Kaplan-Meier says 1 - exp(-1)."""
    rng = np.random.default_rng(8)
    n = 20_000
    there, gone, watched = rng.exponential(20, n), rng.exponential(20, n), rng.uniform(10, 60, n)
    duration = np.minimum(np.minimum(there, gone), watched)
    event = np.select([duration == there, duration == gone], [1, 2], 0)
    truth, naive = 0.5 * (1 - np.exp(-2)), 1 - np.exp(-1)
    assert fitted(duration, event).done_by(20)[0] == pytest.approx(truth, abs=0.01)
    assert completion(duration, event == 1, event != 1).done_by(20)[0] == pytest.approx(naive, abs=0.012)
    assert naive - truth > 0.19


def test_counted_rows_say_the_same_as_single_ones() -> None:
    duration, event = sample(6)
    duration = duration.round()
    times, place = np.unique(duration, return_inverse=True)
    counts = [np.bincount(place, event == kind) for kind in (1, 2, 0)]
    one, many = fitted(duration, event), incidence(times, *counts)
    assert np.allclose(one.open, many.open, atol=1e-12) and np.allclose(one.high, many.high, atol=1e-12)
    assert one.quantile(0.4) == many.quantile(0.4) and one.n == many.n == 300


def test_weights_are_worth_kish_and_accounts_widen() -> None:
    duration, event = sample(7)
    w = np.random.default_rng(9).uniform(0.2, 4, 300)
    weighted = incidence(duration, w * (event == 1), w * (event == 2), w * (event == 0), np.ones(300), w**2)
    assert weighted.n_eff == pytest.approx(w.sum() ** 2 / (w**2).sum())
    fit = AalenJohansenFitter().fit(duration, event, 1, weights=w)
    assert np.allclose(1 - weighted.open, fit.cumulative_density_.iloc[:, 0].loc[weighted.time], atol=1e-9)
    four = fitted(np.tile(duration, 4), np.tile(event, 4), cluster=np.tile(np.arange(300), 4))
    assert four.n == 1200 and four.n_eff == pytest.approx(300, rel=0.02)
    alone = fitted(duration, event, cluster=np.array([None] * 300, dtype=object))
    assert alone.n_eff == pytest.approx(300, rel=0.01)


def test_edges() -> None:
    nothing = incidence([], [], [], [])
    assert nothing.n == 0 and nothing.quantile(0.5)[0] == np.inf
    none_done = incidence([1, 2, 3], [0, 0, 0], [1, 1, 0], [0, 0, 1])
    value, low, high = none_done.done_by(2)
    assert value == low == 0 and 0 < high < 1
    assert none_done.quantile(0.5) == (np.inf, none_done.quantile(0.5)[1], np.inf)
    with pytest.raises(ParameterError, match="negative"):
        incidence([-1], [1], [0], [0])
    with pytest.raises(ParameterError, match="some can never be done"):
        none_done.restricted_mean(2)


def test_counting_three_outcomes() -> None:
    """As of day 20: reached on day 3; left on day 5; left on day 5 and reached on that very day, which counts; left
    before the start, which says nothing; reached on day 30, after the look; left on day 25, after the look; open."""
    day = lambda *days: pd.to_datetime(  # noqa: E731
        [None if d is None else pd.Timestamp("2026-01-01") + pd.Timedelta(days=d) for d in days]
    ).astype("datetime64[us]")
    frame = pd.DataFrame(
        {
            "began": day(*[0.25] * 7),
            "reached": day(3.25, None, 5.75, None, 30, None, None),
            "closed": day(9, 5, 5, -2, None, 25, None),
        }
    )
    small = count_events(nw.from_native(frame), [], "began", "reached", "closed", dt.datetime(2026, 1, 21, 6))
    days = small.groupby(small["seconds"] / 86400)[["done", "gone", "running"]].sum()
    assert days.loc[3.0].tolist() == [1, 0, 0]
    assert days.loc[5.5].tolist() == [1, 0, 0]
    assert days.loc[4.75].tolist() == [0, 1, 0]
    assert days.loc[20.0].tolist() == [0, 0, 4]
    assert small["n"].sum() == 7


@pytest.mark.slow
@pytest.mark.parametrize("n", [30, 100, 300])
def test_intervals_hold_the_planted_incidence(n: int) -> None:
    """Hazards .05 and .02, watched 5 to 60 days: at day 20 and for the median of the incidence, 93-97 % of 2,000."""
    rng = np.random.default_rng(n)
    truth = 5 / 7 * (1 - np.exp(-0.07 * 20))
    median = -np.log(1 - 0.5 * 7 / 5) / 0.07
    repeats, hits = 2000, np.zeros(2)
    for _ in range(repeats):
        there, gone, watched = rng.exponential(20, n), rng.exponential(50, n), rng.uniform(5, 60, n)
        duration = np.minimum(np.minimum(there, gone), watched)
        curve = fitted(duration, np.select([duration == there, duration == gone], [1, 2], 0))
        _, low, high = curve.done_by(20)
        hits[0] += low <= truth <= high
        _, low, high = curve.quantile(0.5)
        hits[1] += low <= median <= high
    assert (np.abs(hits / repeats - 0.95) <= 0.02).all(), hits / repeats
