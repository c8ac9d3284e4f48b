"""How surely a topic would be found again: refits on samples of the comments, and a grade from A to D."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError

#: Mean Jaccard index from which a topic has the grade, by Hennig's reading: 0.75 a valid, stable cluster; 0.6 a pattern
#: of which it is doubtful who belongs to it; below 0.5 it dissolves when the comments are drawn again.
GRADES = {"A": 0.75, "B": 0.6, "C": 0.5}
WORST = "D"
STABILITY_COLUMNS = ["topic", "n", "jaccard", "recovered", "dissolved", "chance", "grade"]
#: Refits and the share of the comments that each is made on.
TIMES, SHARE = 10, 0.8
#: A topic so large that clusters without any meaning would match it nearly as well is not told apart from nothing.
_BEYOND_CHANCE = 0.2

Labels = NDArray[np.int64]
#: Clusters of vectors (n, d) by a seed: labels (n,), -1 for none.
Fit = Callable[[NDArray[np.float32], int], ArrayLike]


@dataclass(frozen=True)
class Stability:
    """How well topics, and the whole clustering, are found again.

    table: one row a topic, topic (label), n (rows in it), jaccard (mean of its best matches), recovered and dissolved
    (share of refits with at least 0.75 and below 0.5), chance (jaccard with the refits' labels shuffled), grade.
    resampled: mean adjusted Rand index (Hubert & Arabie 1985) of the refits with the labels. seeds: that of fits to all
    rows with other seeds, among themselves and with the labels; NaN where none were made.
    """

    table: pd.DataFrame
    resampled: float
    seeds: float


def stability_of(
    vectors: NDArray[np.float32],
    labels: ArrayLike,
    fit: Fit,
    *,
    groups: ArrayLike | None = None,
    times: int = TIMES,
    share: float = SHARE,
    other_seeds: int = 2,
    seed: int = 0,
) -> Stability:
    """Grade every topic by how well it is found again when the comments are others.

    `fit` clusters `share` of the rows (whole `groups`, say comments, where given) `times` over, each time another
    sample. A topic's match in a refit is the cluster with the largest Jaccard index, rows in both over rows in either,
    both taken in the sample; the mean over the refits is Hennig's (2007, Computational Statistics & Data Analysis
    52:258-271) clusterwise stability. A from 0.75, B from 0.6, C from 0.5, else D; D too where shuffled labels match
    within 0.2 as well, as they do a topic that holds nearly everything. That a topic is found again does not say that
    it is natural: a long cloud is cut in the same place every time. Raises ParameterError where there is nothing to
    refit.
    """
    base = np.asarray(labels, dtype=np.int64)
    if len(base) != len(vectors):
        raise ParameterError(f"{len(vectors)} vectors and {len(base)} labels: stability needs one label a row.")
    if times < 1 or not 0 < share < 1:
        raise ParameterError(f"stability needs at least one refit of a share between 0 and 1; got {times} of {share}.")
    topics, inside = np.unique(base[base >= 0], return_counts=True)
    rng = np.random.default_rng([seed, 5])
    whole = np.arange(len(base)) if groups is None else pd.factorize(np.asarray(groups))[0]
    found, by_chance, agreed = [], [], []
    for _ in range(times):
        rows = _sample(whole, share, rng)
        again = np.asarray(fit(vectors[rows], int(rng.integers(2**31))), dtype=np.int64)
        found.append(overlaps(base[rows], again, topics).max(axis=1, initial=0.0))
        by_chance.append(overlaps(base[rows], rng.permutation(again), topics).max(axis=1, initial=0.0))
        agreed.append(_rand(base[rows], again))
    jaccard, chance = np.array(found), np.array(by_chance).mean(axis=0)
    mean = jaccard.mean(axis=0)
    table = pd.DataFrame(
        {
            "topic": topics,
            "n": inside,
            "jaccard": mean,
            "recovered": (jaccard >= GRADES["A"]).mean(axis=0),
            "dissolved": (jaccard < GRADES["C"]).mean(axis=0),
            "chance": chance,
            "grade": [grade(one, other) for one, other in zip(mean, chance, strict=True)],
        },
        columns=STABILITY_COLUMNS,
    )
    drawn = [base, *(np.asarray(fit(vectors, seed + 1 + at), dtype=np.int64) for at in range(other_seeds))]
    pairs = [_rand(one, other) for one, other in combinations(drawn, 2)]
    return Stability(table, float(np.mean(agreed)), float(np.mean(pairs)) if pairs else float("nan"))


def grade(jaccard: float, chance: float = 0.0) -> str:
    """A, B, C or D from a mean Jaccard index and what shuffled labels reach."""
    if jaccard < chance + _BEYOND_CHANCE:
        return WORST
    return next((letter for letter, least in GRADES.items() if jaccard >= least), WORST)


def overlaps(base: Labels, again: Labels, topics: Labels) -> NDArray[np.float64]:
    """Jaccard index of each of `topics` with each cluster of `again` (K x clusters), over the same rows.

    Rows without a topic count against a cluster, rows without a cluster against a topic. 0 where a topic has no rows.
    """
    clusters = int(again.max(initial=-1)) + 1
    if not clusters or not len(topics):
        return np.zeros((len(topics), clusters))
    place = np.full(int(max(base.max(initial=-1), topics.max())) + 2, -1)
    place[topics] = np.arange(len(topics))
    row, column = place[base], again
    both_told = (row >= 0) & (column >= 0)
    cell = row[both_told] * clusters + column[both_told]
    both = np.bincount(cell, minlength=len(topics) * clusters).reshape(len(topics), clusters)
    of_topic = np.bincount(row[row >= 0], minlength=len(topics))
    of_cluster = np.bincount(column[column >= 0], minlength=clusters)
    either = of_topic[:, None] + of_cluster[None, :] - both
    return both / np.maximum(either, 1)


def _sample(whole: Labels, share: float, rng: np.random.Generator) -> Labels:
    """Rows of a share of the groups, without replacement, in their order."""
    count = int(whole.max(initial=-1)) + 1
    drawn = np.zeros(count, dtype=bool)
    drawn[rng.choice(count, max(round(share * count), 1), replace=False) if count else []] = True
    rows = np.flatnonzero(drawn[whole])
    if not len(rows):
        raise ParameterError("there are no comments to judge the stability of topics from.")
    return rows


def _rand(one: Labels, other: Labels) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))
