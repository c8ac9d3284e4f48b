"""How much of the score goes with each driver, and how much would with a driver that only travels with the others.

Shares of R2 averaged over all orders in which drivers can enter (Lindeman, Merenda & Gold 1980, p. 119; Shapley's value
of R2). The measure has a trap: a driver without any link of its own gets a share of its correlated neighbours' R2, 9 %
of it for each of two null drivers beside three real ones at correlations of one half. The grey zone shows what such a
driver would get: the part of a driver that its neighbours do not explain is given random signs, account by account,
which keeps all correlations and takes away its own link with the score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.models.middle.rows import complete_rows
from cxlab.stats.propensity import sums_per_cluster

#: Up to so many drivers every subset is computed; beyond, orders are sampled.
EXACT = 12
_ORDERS = 400
#: Subsets times repeats that we can afford, and the fewest and most repeats.
_WORK, _LEAST, _MOST = 1_500_000, 99, 499
_MOST_UNITS, _ROWS_AT_A_TIME = 5_000, 50_000

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Importance:
    """`table`: driver, meaning, share (of R2, adds up to 1), low, high, grey (95 % of drivers without any link of
    their own would get less), p (one-sided), told (share above the grey zone). `r2` of all drivers together, `n`."""

    table: pd.DataFrame
    r2: float
    n: int


def driver_importance(
    drivers: Any,
    score: ArrayLike,
    seed: int = 0,
    *,
    cluster: Any = None,
    weight: ArrayLike | None = None,
    meaning: Mapping[str, str] | None = None,
) -> Importance:
    """Shares of R2 of the score, averaged over orders, with bootstrap intervals over accounts and a grey zone each.

    drivers: numbers and flags, a row an answer; rows and columns are chosen as `two_cuts` does. Exact up to 12 drivers,
    beyond that over 400 sampled orders and their reverses. Raises ParameterError.
    """
    rows = complete_rows(drivers, score, cluster, weight, None)
    rng, many = np.random.default_rng(seed), len(rows.names)
    repeats = int(np.clip(_WORK // (many * 2 ** min(many, EXACT)), _LEAST, _MOST))
    shares_of = _Sharing(many, rng)
    data = np.column_stack([np.ones(len(rows.score)), rows.drivers, rows.score])
    units = _units(rows.cluster, len(data))
    sums = _moments(data, rows.weight, units)
    whole = sums.sum(axis=0)
    found, r2 = shares_of(_correlations(whole[None]))
    picks = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), repeats).astype(float)
    again, _ = shares_of(_correlations(np.einsum("bc,cij->bij", picks, sums, optimize=True)))
    low, high = np.nanquantile(again, [0.025, 0.975], axis=0)
    signs = rng.choice([-1.0, 1.0], (repeats, len(sums)))
    grey, p = np.empty(many), np.empty(many)
    for at in range(many):
        null, _ = shares_of(_correlations(_without_link(data, rows.weight, units, whole, at + 1, signs)))
        grey[at] = np.quantile(null[:, at], 0.95)
        p[at] = (1 + (null[:, at] >= found[0, at]).sum()) / (repeats + 1)
    table = pd.DataFrame(
        {
            "driver": rows.names,
            "meaning": [(meaning or {}).get(name, name.replace("_", " ")) for name in rows.names],
            "share": found[0],
            "low": np.minimum(low, found[0]),
            "high": np.maximum(high, found[0]),
            "grey": grey,
            "p": p,
            "told": found[0] > grey,
        }
    ).sort_values("share", ascending=False, kind="stable", ignore_index=True)
    return Importance(table, float(r2[0]), len(rows.score))


def average_over_orders(correlations: ArrayLike, seed: int = 0) -> Array:
    """R2 parted among drivers by averaging over orders; they add up to R2.

    correlations: square matrix of drivers and, last, the score. Raises ParameterError from numpy's where it is none.
    """
    matrix = np.asarray(correlations, dtype=float)
    shares, r2 = _Sharing(len(matrix) - 1, np.random.default_rng(seed))(matrix[None])
    return shares[0] * r2[0]


class _Sharing:
    """Shares of R2 for a stack of correlation matrices (batch x drivers + 1 x drivers + 1), the score last."""

    def __init__(self, many: int, rng: np.random.Generator) -> None:
        self.many = many
        if many <= EXACT:
            self.subsets = [m for m in range(1, 2**many)]
            weights = np.zeros((2**many, many))
            for mask in range(2**many):
                size = mask.bit_count()
                for at in range(many):
                    if mask >> at & 1:
                        weights[mask, at] += 1 / (many * comb(many - 1, size - 1))
                    else:
                        weights[mask, at] -= 1 / (many * comb(many - 1, size))
        else:
            orders = [rng.permutation(many) for _ in range(_ORDERS)]
            orders += [order[::-1] for order in orders]
            gains: dict[int, Array] = {}
            for order in orders:
                before = 0
                for at in order.tolist():
                    after = before | 1 << at
                    gains.setdefault(after, np.zeros(many))[at] += 1 / len(orders)
                    gains.setdefault(before, np.zeros(many))[at] -= 1 / len(orders)
                    before = after
            self.subsets = sorted(set(gains) - {0})
            weights = np.array([np.zeros(many), *(gains[mask] for mask in self.subsets)])
        self.weights = weights[1:]
        self.by_size: dict[int, tuple[list[int], NDArray[np.int64]]] = {}
        for place, mask in enumerate(self.subsets):
            members = [at for at in range(many) if mask >> at & 1]
            places, inside = self.by_size.setdefault(len(members), ([], []))
            places.append(place)
            inside.append(members)
        self.by_size = {size: (places, np.array(inside)) for size, (places, inside) in self.by_size.items()}

    def __call__(self, matrices: Array) -> tuple[Array, Array]:
        """Shares (batch x drivers) and R2 (batch)."""
        explained = np.empty((len(matrices), len(self.subsets)))
        for size, (places, inside) in self.by_size.items():
            left = matrices[:, inside[:, :, None], inside[:, None, :]] + 1e-10 * np.eye(size)
            right = matrices[:, inside, -1]
            explained[:, places] = (np.linalg.solve(left, right[..., None])[..., 0] * right).sum(axis=-1)
        parts = explained @ self.weights
        r2 = parts.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return parts / r2[:, None], r2


def _units(cluster: NDArray[np.int64] | None, n: int) -> NDArray[np.int64]:
    """Accounts (or rows) as units of the bootstrap, taken together where there are more than are needed."""
    codes = np.arange(n) if cluster is None else cluster
    return codes % _MOST_UNITS


def _moments(data: Array, weight: Array, units: NDArray[np.int64]) -> Array:
    """Sums of products per unit: units x columns x columns."""
    width = data.shape[1]
    sums = np.zeros((int(units.max()) + 1, width, width))
    for start in range(0, len(data), _ROWS_AT_A_TIME):
        part = data[start : start + _ROWS_AT_A_TIME]
        products = part[:, :, None] * (weight[start : start + _ROWS_AT_A_TIME, None] * part)[:, None, :]
        np.add.at(sums, units[start : start + _ROWS_AT_A_TIME], products)
    return sums


def _correlations(moments: Array) -> Array:
    """Correlation matrices of all columns but the first, which is the constant."""
    total = moments[:, 0, 0][:, None, None]
    mean = moments[:, 0, 1:] / total[:, 0]
    covariance = moments[:, 1:, 1:] / total - mean[:, :, None] * mean[:, None, :]
    spread = np.sqrt(np.maximum(np.einsum("bii->bi", covariance), 1e-300))
    return covariance / (spread[:, :, None] * spread[:, None, :])


def _without_link(data: Array, weight: Array, units: NDArray[np.int64], whole: Array, at: int, signs: Array) -> Array:
    """Moments with column `at` replaced by its prediction from the other drivers plus residuals of random sign."""
    others = [place for place in range(data.shape[1] - 1) if place != at]
    slope = np.linalg.lstsq(whole[np.ix_(others, others)], whole[others, at], rcond=None)[0]
    predicted = data[:, others] @ slope
    residual = data[:, at] - predicted
    with_residual = sums_per_cluster((weight * residual)[:, None] * np.column_stack([data, predicted]), units)
    flipped = signs @ with_residual
    moments = np.repeat(whole[None], len(signs), axis=0)
    column = (weight * predicted) @ data + flipped[:, :-1]
    column[:, at] = (weight * predicted) @ predicted + (weight * residual) @ residual + 2 * flipped[:, -1]
    moments[:, at, :] = column
    moments[:, :, at] = column
    return moments
