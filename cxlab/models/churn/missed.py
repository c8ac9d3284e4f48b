"""Tests of a fitted model: whether a feature goes with leaving at all, and what the model misses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cxlab.models.churn.design import Array, Block
from cxlab.models.churn.fitting import Fit


class Missed:
    """Residuals of a fit, and how further columns are held against them without fitting anew (score test, Rao 1948)."""

    def __init__(self, fitted: Fit, matrix: Array, blocks: Sequence[Block], left: NDArray[np.bool_]) -> None:
        chance = fitted.chance(matrix)
        width = [block.width for block in blocks]
        used = np.repeat(fitted.freedom > 0, width)
        own = np.column_stack([np.ones(len(left)), matrix[:, used]])
        self._residual, self._weight = left - chance, chance * (1 - chance)
        self._weighted = own * self._weight[:, None]
        pull = np.concatenate([[0.0], np.repeat(fitted.pulls, width)[used]])
        self._inverse = np.linalg.inv(self._weighted.T @ own + np.diag(pull))

    def p_values(self, columns: Array, parts: Sequence[NDArray[np.int64]]) -> list[float]:
        """One p-value for each choice of the columns: chi-square of their scores given the model's own columns."""
        from scipy.stats import chi2

        columns = columns - columns.mean(axis=0)
        shared = self._weighted.T @ columns
        spread = (columns * self._weight[:, None]).T @ columns - shared.T @ self._inverse @ shared
        scores = columns.T @ self._residual
        found = []
        for part in parts:
            value, vector = np.linalg.eigh(spread[np.ix_(part, part)])
            kept = value > 1e-6 * max(value[-1], 1e-12)
            statistic = float(((vector.T @ scores[part])[kept] ** 2 / value[kept]).sum())
            found.append(float(chi2.sf(statistic, kept.sum())))
        return found


def p_value_of(fitted: Fit, matrix: Array, blocks: Sequence[Block], features: Sequence[str]) -> float:
    """How surely features go with leaving at all: Wood's (2013, Biometrika 100:221-228) test of their fitted part.

    The part's values over all rows are held against their covariance in as many directions as it has effective
    coefficients, rounded, and referred to chi-square.
    """
    from scipy.stats import chi2

    among = set(features)
    own = [(block, free) for block, free in zip(blocks, fitted.freedom, strict=True) if among & set(block.features)]
    columns = np.concatenate([np.arange(block.columns.start, block.columns.stop) for block, _ in own])
    rank = max(1, round(float(sum(free for _, free in own))))
    part = matrix[:, columns]
    triangle = np.linalg.qr(part - part.mean(axis=0), mode="r")
    spread = triangle @ fitted.covariance[np.ix_(columns + 1, columns + 1)] @ triangle.T
    value, vector = np.linalg.eigh((spread + spread.T) / 2)
    strongest = np.argsort(value)[::-1][:rank]
    strongest = strongest[value[strongest] > 1e-9 * value.max()]
    projected = vector[:, strongest].T @ (triangle @ fitted.coefficients[1:][columns])
    return float(chi2.sf((projected**2 / value[strongest]).sum(), len(strongest)))
