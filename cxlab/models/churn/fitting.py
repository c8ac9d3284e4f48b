"""A penalised logistic regression that finds by itself how strongly each curve is to be straightened."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from cxlab.models.churn.design import Array, Block

#: The pull on lines, flags and levels: that of a normal prior with a standard deviation of 2 in log odds (for a
#: number per standard deviation), weak enough to leave intervals alone and strong enough for a level without leavers.
WEAK = 0.25
_START, _LEAST, _MOST = 1.0, 1e-3, 1e6
_ROUNDS = 30


@dataclass(frozen=True)
class Fit:
    """Intercept first, then one coefficient a column; `pull` per column, `covariance` of all, `freedom` per block.

    The covariance is the Bayesian one, whose intervals hold on the average over a curve (Nychka 1988; Marra & Wood
    2012, Scandinavian Journal of Statistics 39:53-74).
    """

    coefficients: Array
    pull: Array
    covariance: Array
    freedom: Array

    def log_odds(self, matrix: Array) -> Array:
        """Log odds of leaving, one per row."""
        return self.coefficients[0] + matrix @ self.coefficients[1:]

    def chance(self, matrix: Array) -> Array:
        """Chance of leaving (0-1), one per row."""
        return expit(self.log_odds(matrix))


def fit(
    matrix: Array,
    left: NDArray[np.bool_],
    blocks: Sequence[Block],
    start: Array | None = None,
    cluster: NDArray[np.int64] | None = None,
) -> Fit:
    """Fit by scikit-learn's LogisticRegression, and the pull on each estimated block by restricted likelihood.

    The pull follows the generalised Fellner-Schall steps of Wood & Fasiolo (2017, Biometrics 73:1071-1081), which
    for a block is its effective number of coefficients over the sum of their squares. `start` are pulls to begin from,
    one a block. With `cluster` the part of the covariance that comes from sampling is that of whole clusters.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    y = np.asarray(left, dtype=float)
    pulls = np.array([_START if block.is_estimated else WEAK for block in blocks]) if start is None else start.copy()
    width = [block.columns.stop - block.columns.start for block in blocks]
    model = LogisticRegression(C=1.0, solver="newton-cholesky", warm_start=True, tol=1e-5, max_iter=50)
    beta = np.zeros(matrix.shape[1])
    base = np.log(y.mean() / (1 - y.mean()))
    for round_ in range(_ROUNDS):
        pull = np.repeat(pulls, width)
        # An equal pull on scaled columns is a pull of each block's own strength on the plain ones.
        scale = 1 / np.sqrt(pull)
        model.coef_, model.intercept_ = (beta / scale)[None, :], np.array([base])
        model.classes_ = np.array([0.0, 1.0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(matrix * scale, y)
        beta, base = model.coef_[0] * scale, float(model.intercept_[0])
        information = _information(matrix, expit(base + matrix @ beta))
        covariance = np.linalg.inv(information + np.diag(np.concatenate([[0.0], pull])))
        kept = np.diag(covariance)[1:] * pull
        freedom = np.array([w - kept[b.columns].sum() for w, b in zip(width, blocks, strict=True)])
        then = _next_pulls(pulls, freedom, beta, blocks)
        # What hardly bends any more need not be followed to the end.
        moved = np.abs(np.log(then / pulls)) * np.minimum(freedom, 1.0)
        if moved.max() < 0.05 or round_ == _ROUNDS - 1:
            break
        pulls = then
    if cluster is not None:
        covariance = _clustered(matrix, y, base, beta, information, covariance, cluster)
    return Fit(np.concatenate([[base], beta]), pull, covariance, freedom)


def pulls_of(fitted: Fit, blocks: Sequence[Block]) -> Array:
    """The pull on each block of a fit."""
    return np.array([fitted.pull[block.columns.start] for block in blocks])


def _next_pulls(pulls: Array, freedom: Array, beta: Array, blocks: Sequence[Block]) -> Array:
    squares = np.array([float(np.sum(beta[block.columns] ** 2)) for block in blocks])
    wanted = np.clip(np.maximum(freedom, 1e-9) / np.maximum(squares, 1e-12), _LEAST, _MOST)
    return np.where([block.is_estimated for block in blocks], wanted, pulls)


def _information(matrix: Array, chance: Array) -> Array:
    weight = np.maximum(chance * (1 - chance), 1e-12)
    inner = (matrix * weight[:, None]).T @ matrix
    edge = weight @ matrix
    return np.block([[np.array([[weight.sum()]]), edge[None, :]], [edge[:, None], inner]])


def _clustered(
    matrix: Array, y: Array, base: float, beta: Array, information: Array, covariance: Array, cluster: NDArray[np.int64]
) -> Array:
    """The covariance with the scores' own spread between clusters in place of what independent rows would have."""
    residual = y - expit(base + matrix @ beta)
    scores = np.column_stack([residual, residual[:, None] * matrix])
    sums = np.zeros((cluster.max() + 1, scores.shape[1]))
    np.add.at(sums, cluster, scores)
    count = len(sums)
    between = sums.T @ sums * count / (count - 1)
    return covariance + covariance @ (between - information) @ covariance
