"""Shares of R2 against R's relaimpo, against all orders by hand, and the grey zone against null drivers."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from cxlab.models.middle import importance
from cxlab.models.middle.importance import average_over_orders, driver_importance

# R's `swiss`, 47 provinces in 1888: correlations of agriculture, examination, education, catholic, infant mortality
# and, last, fertility, computed from the 47 rows.
SWISS = [
    [1, -0.686542208617, -0.639522518948, 0.401095053049, -0.0608586084166, 0.35307918362],
    [-0.686542208617, 1, 0.698415296288, -0.572741806064, -0.114021596482, -0.645882706457],
    [-0.639522518948, 0.698415296288, 1, -0.153858917091, -0.0993218458213, -0.663788857035],
    [0.401095053049, -0.572741806064, -0.153858917091, 1, 0.175495907597, 0.463684700652],
    [-0.0608586084166, -0.114021596482, -0.0993218458213, 0.175495907597, 1, 0.416556031435],
    [0.35307918362, -0.645882706457, -0.663788857035, 0.463684700652, 0.416556031435, 1],
]


def test_shares_are_those_of_relaimpo() -> None:
    """Groemping 2006, Journal of Statistical Software 17(1): lmg of the swiss data; they add up to R2 = 70.67 %."""
    found = average_over_orders(SWISS)
    assert np.allclose(found, [0.05709122, 0.17117303, 0.26013468, 0.10557015, 0.11276592], atol=2e-8)
    assert found.sum() == pytest.approx(0.7067350, abs=5e-8)


def by_all_orders(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Every order of entry, R2 by least squares."""

    def r2(columns: tuple[int, ...]) -> float:
        matrix = np.column_stack([np.ones(len(y)), x[:, list(columns)]])
        rest = y - matrix @ np.linalg.lstsq(matrix, y, rcond=None)[0]
        return 1 - rest @ rest / ((y - y.mean()) @ (y - y.mean()))

    gained = np.zeros(x.shape[1])
    orders = list(itertools.permutations(range(x.shape[1])))
    for order in orders:
        for place, column in enumerate(order):
            gained[column] += r2(order[: place + 1]) - r2(order[:place])
    return gained / len(orders)


def drawn(seed: int, n: int = 400, accounts: int | None = None) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Three drivers that count alike and two that do not, all correlated at one half; accounts are alike."""
    rng = np.random.default_rng(seed)
    account = np.arange(n) % (accounts or n)

    def alike(width: int) -> np.ndarray:
        shared = rng.standard_normal((accounts or n, width))[account]
        return np.sqrt(0.3) * shared + np.sqrt(0.7) * rng.standard_normal((n, width))

    x = np.sqrt(0.5) * alike(1) + np.sqrt(0.5) * alike(5)
    y = x[:, :3].sum(axis=1) + 2.5 * alike(1)[:, 0]
    return pd.DataFrame(x, columns=["a", "b", "c", "null", "null too"]), y, account


def test_shares_are_the_mean_over_all_orders_and_add_up() -> None:
    x, y, _ = drawn(1)
    y = np.clip(np.round(6 + y), 0, 10)
    found = driver_importance(x, y)
    expected = by_all_orders(x.to_numpy(), y)
    shares = found.table.set_index("driver")["share"]
    assert np.allclose(shares[list(x)] * found.r2, expected, atol=1e-9)
    assert shares.sum() == pytest.approx(1) and found.r2 == pytest.approx(expected.sum(), abs=1e-9)


def test_weights_count_as_repeated_rows() -> None:
    x, y, _ = drawn(2, 200)
    y = np.clip(np.round(6 + y), 0, 10)
    weight = np.random.default_rng(3).integers(1, 4, 200)
    one = driver_importance(x, y, weight=weight).table.set_index("driver")["share"]
    many = driver_importance(x.iloc[np.repeat(np.arange(200), weight)], np.repeat(y, weight)).table
    assert np.allclose(one[list(x)], many.set_index("driver")["share"][list(x)], atol=1e-9)


def test_beyond_twelve_drivers_orders_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y, _ = drawn(5, 2000)
    matrix = np.corrcoef(np.column_stack([x, y]), rowvar=False)
    exact = average_over_orders(matrix)
    monkeypatch.setattr(importance, "EXACT", 3)
    sampled = average_over_orders(matrix)
    assert np.allclose(sampled, exact, atol=0.02 * exact.sum()) and sampled.sum() == pytest.approx(exact.sum())
    assert not np.allclose(sampled, exact, atol=1e-12)


def test_null_drivers_get_nine_percent_and_stay_in_the_grey_zone() -> None:
    """Three real drivers and two null ones at correlations of one half: in the population each null one gets 9.37 %."""
    matrix = np.full((6, 6), 0.5)
    np.fill_diagonal(matrix, 1.0)
    matrix[:5, 5] = matrix[5, :5] = matrix[:5, :5] @ [1, 1, 1, 0, 0] / 4
    shares = average_over_orders(matrix)
    assert np.allclose(100 * shares[3:] / shares.sum(), 9.37, atol=0.005)
    x, y, account = drawn(7, 3000, 900)
    table = driver_importance(x, np.clip(np.round(6 + y), 0, 10), cluster=account).table.set_index("driver")
    assert table.loc[["null", "null too"], "share"].between(0.06, 0.13).all()
    assert not table.loc[["null", "null too"], "told"].any() and table.loc[["a", "b", "c"], "told"].all()
    assert (table.loc["null", "grey"] > 0.08) and (table["low"] <= table["share"]).all()


def test_the_same_every_time() -> None:
    x, y, account = drawn(4)
    y = np.clip(np.round(6 + y), 0, 10)
    one, two, other = (driver_importance(x, y, seed, cluster=account).table for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(one, two)
    assert np.allclose(one["share"], other["share"]) and not np.allclose(one["grey"], other["grey"])


@pytest.mark.slow
def test_null_drivers_are_told_at_most_five_percent_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """150 draws of 700 answers of 250 accounts: null drivers above the grey zone 5 %, real ones nearly always, shares
    inside their intervals 90-98 %."""
    monkeypatch.setattr(importance, "_MOST", 149)
    truth = np.array([27.09, 27.09, 27.09, 9.37, 9.37]) / 100
    repeats, told, covered, shares = 150, np.zeros(5), np.zeros(5), np.zeros(5)
    for seed in range(repeats):
        x, y, account = drawn(500 + seed, 700, 250)
        table = driver_importance(x, np.clip(np.round(5 + y * 0.8), 0, 10), seed, cluster=account).table
        table = table.set_index("driver").loc[list(x)]
        told += table["told"]
        shares += table["share"]
        covered += ((table["low"] <= truth) & (truth <= table["high"])).to_numpy()
    assert (told[3:].sum() / (2 * repeats)) <= 0.07, told
    assert told[:3].min() / repeats >= 0.95, told
    assert 0.085 <= shares[3:].mean() / repeats <= 0.115, shares / repeats
    assert 0.90 <= covered.mean() / repeats <= 0.98, covered


def test_many_answers_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y, account = drawn(4, 900, 300)
    y = np.clip(np.round(6 + y), 0, 10)
    whole = driver_importance(x, y, cluster=account).table
    monkeypatch.setattr(importance, "_ROWS_AT_A_TIME", 70)
    pd.testing.assert_frame_equal(whole, driver_importance(x, y, cluster=account).table)
    monkeypatch.setattr(importance, "_MOST_UNITS", 100)
    fewer = driver_importance(x, y, cluster=account).table
    assert np.allclose(fewer["share"], whole["share"]) and np.allclose(fewer["high"], whole["high"], atol=0.06)
