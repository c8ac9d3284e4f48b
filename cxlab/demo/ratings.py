"""Ratings beside the NPS of the sample company, drawn from the scores already given so that nothing else changes.

All ratings of an answer are drawn together: the chance of a set of ratings given the score's class is that of the set
times the chance of the class given the set (Bayes), the latter by the two cuts of truths.RATING_EFFECT.
"""

from __future__ import annotations

import functools
import itertools

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, ndtr, ndtri

from cxlab.demo import truths

_NODES = 61


def draw_ratings(rng: np.random.Generator, score: np.ndarray) -> dict[str, np.ndarray]:
    """Ratings (1-5, NaN where skipped or where there is no score) for scores (0-10, NaN without an answer)."""
    sets, chances = _sets_and_chances()
    drawn, skipped = rng.random(len(score)), rng.random((len(score), sets.shape[1]))
    ratings = np.full((len(score), sets.shape[1]), np.nan)
    kind = np.select([score <= 6, score <= 8, score <= 10], [0, 1, 2], -1)
    for code in range(3):
        mine = np.flatnonzero(kind == code)
        edges = np.cumsum(chances[:, code])
        place = np.searchsorted(edges / edges[-1], drawn[mine], side="right")
        ratings[mine] = sets[np.minimum(place, len(sets) - 1)]
    ratings[skipped < truths.RATINGS_SKIPPED] = np.nan
    return dict(zip(truths.RATING_EFFECT, ratings.T, strict=True))


@functools.cache
def _sets_and_chances() -> tuple[np.ndarray, np.ndarray]:
    """Every set of ratings (sets x statements), and its chance among detractors, passives and promoters."""
    levels = np.array(list(truths.RATING_SHARES), dtype=float)
    sets = np.array(list(itertools.product(levels, repeat=len(truths.RATING_EFFECT))))
    usual = _chance_of(sets, levels)
    shares = truths.answered_shares()
    effects = np.array(list(truths.RATING_EFFECT.values()))
    above = [
        _above(usual, (sets - usual @ sets) @ effects[:, cut], share)
        for cut, share in enumerate((1 - shares[0], shares[2]))
    ]
    # Where the two lines would cross nobody is a passive; so few that the effects stay what they are.
    nine = np.minimum(*above)
    classes = np.column_stack([1 - above[0], above[0] - nine, nine])
    return sets, usual[:, None] * classes


def _chance_of(sets: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Chance of each set of ratings: one common leaning, then every statement by itself."""
    edges = np.concatenate([[-np.inf], ndtri(np.cumsum(list(truths.RATING_SHARES.values()))[:-1]), [np.inf]])
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    own = np.sqrt(1 - truths.RATING_HALO)
    below = ndtr((edges[None, :] - np.sqrt(truths.RATING_HALO) * nodes[:, None]) / own)
    chance = np.diff(below, axis=1)
    place = np.searchsorted(levels, sets)
    return weights / weights.sum() @ chance[:, place].prod(axis=2)


def _above(usual: np.ndarray, pull: np.ndarray, share: float) -> np.ndarray:
    """Chance of being above a cut, whose mean over all sets is `share`."""
    level = brentq(lambda at: float(usual @ expit(at + pull)) - share, -10, 10)
    return expit(level + pull)
