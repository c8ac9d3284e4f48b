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


def p_value_of(fitted: Fit, blocks: Sequence[Block], features: Sequence[str]) -> float:
    """How surely features go with leaving at all: Wald's test of all their coefficients, for penalised ones.

    The statistic weighs the coefficients by their Bayesian covariance, so that what is pulled straight counts little;
    without any effect it is a mixture of chi-squares with the eigenvalues of the sampling covariance seen through the
    Bayesian one, here referred to the scaled chi-square of the same mean and variance (Satterthwaite 1946). Taking only
    the directions of largest variance, as is done for single curves, would drop what correlated features surely
    share.
    """
    from scipy.stats import chi2

    among = set(features)
    own = [block for block in blocks if among & set(block.features)]
    places = 1 + np.concatenate([np.arange(block.columns.start, block.columns.stop) for block in own])
    pull = np.concatenate([[0.0], np.repeat(fitted.pulls, [block.width for block in blocks])])
    across = fitted.covariance[places]
    bayesian = across[:, places]
    sampling = bayesian - (across * pull) @ across.T
    value, vector = np.linalg.eigh(bayesian)
    kept = value > 1e-10 * value[-1]
    half = vector[:, kept] / np.sqrt(value[kept])
    statistic = float(((half.T @ fitted.coefficients[places]) ** 2).sum())
    seen = np.clip(np.linalg.eigvalsh(half.T @ sampling @ half), 0.0, None)
    if seen.sum() <= 1e-12:
        return 1.0
    scale = (seen**2).sum() / seen.sum()
    return float(chi2.sf(statistic / scale, seen.sum() / scale))
