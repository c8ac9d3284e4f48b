"""Ridge regression of a score on vectors, cross-fitted: nobody's own score has a part in what is foretold of him."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

FOLDS = 5
#: Penalties that are tried, as multiples of the mean variance of a column times the comments.
_PENALTIES = np.logspace(-3, 3, 25)


@dataclass(frozen=True)
class Ridge:
    """foretold = middle + (vector - centre) @ slope."""

    centre: Array
    slope: Array
    middle: float

    def foretell(self, vectors: Array) -> Array:
        """Points of each row (n)."""
        return self.middle + (vectors - self.centre) @ self.slope


def learn(vectors: Array, points: Array) -> Ridge:
    """Ridge with the penalty that generalised cross-validation likes best (Golub, Heath & Wahba 1979, Technometrics
    21:215-223). vectors (n x d), points (n)."""
    n = len(points)
    centre, middle = vectors.mean(axis=0), float(points.mean())
    rows, y = vectors - centre, points - middle
    values, turn = np.linalg.eigh(rows.T @ rows)
    values = np.maximum(values, 0.0)
    along = turn.T @ (rows.T @ y)
    total, best, chosen = float(y @ y), np.inf, _PENALTIES[-1]
    for penalty in _PENALTIES * values.mean():
        shrunk = 1 / (values + penalty) if penalty > 0 else np.zeros_like(values)
        left = total - float((along**2 * shrunk * (2 - values * shrunk)).sum())
        freedom = 1 - (1 + float((values * shrunk).sum())) / n
        lack = left / freedom**2 if freedom > 0 else np.inf
        if lack < best:
            best, chosen = lack, penalty
    return Ridge(centre, turn @ (along / (values + chosen)) if chosen > 0 else np.zeros(len(centre)), middle)


def cross_fit(vectors: Array, points: Array, account: Codes, seed: int) -> tuple[Array, list[Ridge]]:
    """What each row's points are foretold to be by a model that saw nothing of its account (n), and the models."""
    groups = int(account.max()) + 1
    fold = (np.random.default_rng(seed).permutation(groups) % FOLDS)[account]
    foretold, models = np.empty(len(points)), []
    for each in range(FOLDS):
        mine = fold == each
        models.append(learn(vectors[~mine], points[~mine]))
        foretold[mine] = models[-1].foretell(vectors[mine])
    return foretold, models
