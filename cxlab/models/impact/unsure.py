"""Least squares on memberships of which only the chance is known: the bias towards zero is taken out by moments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxlab.models.impact.fitting import Fit, by_account, rests_on

#: A comment that alone decides an estimate would have an endless correction.
_MOST_LEVERAGE = 0.9

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

#: A topic whose chances vary less than this share of what knowing it would, is too unsure for a number.
LEAST_RELIABLE = 0.25
#: Smallest eigenvalue of the corrected correlations of the topics beside the ground: below it, noise is multiplied.
_LEAST_APART = 0.05


def reliability(chance: Array, weight: Array) -> Array:
    """How much of the variance of truly mentioning a topic its chances carry (k): 1 where all are 0 or 1."""
    share = weight @ chance / weight.sum()
    spread = weight @ (chance - share) ** 2 / weight.sum()
    most = share * (1 - share)
    return np.where(most > 1e-12, spread / np.where(most > 1e-12, most, 1.0), 1.0)


def stand_ins(chance: Array, weight: Array) -> tuple[Array, Array]:
    """What stands in for truly mentioning each topic, and for the square of that (both n x k).

    Where P(mentions | chance) = chance, and what makes an assignment wrong has nothing to do with the score, the
    controls or the other topics, t = share + (chance - share) / reliability has the truth as its mean. Sums of t with
    anything else are then right as they stand; that of t with itself, which errors swell, is replaced by that of t
    alone, since a membership is its own square (corrected moments: Fuller 1987, Measurement Error Models; Buonaccorsi
    2010, Measurement Error, chapter 5). Topics that are too unsure keep their chance and its square.
    """
    share = weight @ chance / weight.sum()
    trust = reliability(chance, weight)
    good = trust >= LEAST_RELIABLE
    truth = np.where(good, share + (chance - share) / np.where(good, trust, 1.0), chance)
    return truth, np.where(good, truth, chance**2)


def fit_unsure(ground: Array, truth: Array, square: Array, y: Array, weight: Array, cluster: Codes) -> Fit | None:
    """Coefficients of ground (n x g) and of truly mentioning each topic (n x k, see `stand_ins`).

    Where nothing is unsure it is least squares. None where too little is known to tell the topics apart.
    """
    rows = np.column_stack([ground, truth])
    g, k = ground.shape[1], truth.shape[1]
    cross = (rows * weight[:, None]).T @ rows
    place = g + np.arange(k)
    cross[place, place] = weight @ square
    beside = cross[g:, g:] - cross[g:, :g] @ np.linalg.solve(cross[:g, :g], cross[:g, g:])
    size = np.diag(beside)
    if (size <= 0).any() or np.linalg.eigvalsh(beside / np.sqrt(np.outer(size, size))).min() < _LEAST_APART:
        return None
    inverse = np.linalg.inv(cross)
    beta = inverse @ (rows.T @ (weight * y))
    # What each comment adds to the equations that beta solves.
    score = rows * (y - rows @ beta)[:, None]
    score[:, g:] += (truth**2 - square) * beta[g:]
    arms = rows * np.sqrt(weight)[:, None] @ inverse
    # As in `fitting.fit` a rare topic hangs on few comments, whose errors look smaller than they are.
    own = np.clip(np.einsum("ij,ij->i", arms, rows * np.sqrt(weight)[:, None]), 0.0, _MOST_LEVERAGE)
    influence = by_account((weight / np.sqrt(1 - own))[:, None] * score, cluster) @ inverse
    return Fit(beta, influence, rests_on(by_account(arms**2, cluster)), np.empty((g + k, 0)))
