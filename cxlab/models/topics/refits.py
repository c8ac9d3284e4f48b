"""What comments would be of which topic had others been drawn: the uncertainty of assignment, made by refitting."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cxlab.models.topics.neighbours import centroids, nearest
from cxlab.models.topics.stability import overlaps

Labels = NDArray[np.int64]
#: A cluster of a refit stands for a topic from this Jaccard index on.
_STANDS_FOR = 1 / 3
_SHARE = 0.8


def refits(
    unit: NDArray[np.float32],
    labels: Labels,
    fit: Callable[[NDArray[np.float32], int, Labels], Labels],
    *,
    group: Labels,
    comment: Labels,
    times: int,
    seed: int = 0,
) -> list[Labels]:
    """Labels (n,) of `times` refits in the terms of `labels` (n,): the topic each unit is of then, -1 none, -2 unknown.

    `fit(unit[rows], seed, rows)` clusters 80 % of the comments; all units go to its nearest cluster of their own group,
    as new comments would. A cluster stands for the topic it shares most units with, one to one over all (Kuhn 1955) and
    with a Jaccard index of at least a third. A topic that no cluster stands for is unknown in that refit: its units,
    and those of clusters that stand for none, are -2.
    """
    rng = np.random.default_rng([seed, 11])
    people = np.unique(comment)
    topics = np.arange(int(labels.max(initial=-1)) + 1)
    found = []
    for _ in range(times):
        drawn = rng.choice(people, max(round(_SHARE * len(people)), 1), replace=False)
        rows = np.flatnonzero(np.isin(comment, drawn))
        again = np.full(len(labels), -1, dtype=np.int64)
        again[rows] = fit(unit[rows], int(rng.integers(2**31)), rows)
        again = _carried(unit, again, rows, group)
        found.append(_in_terms_of(labels, again, topics))
    return found


def _carried(unit: NDArray[np.float32], again: Labels, rows: Labels, group: Labels) -> Labels:
    """All units by the clusters of `rows`: theirs stay, the others go to the nearest cluster of their group."""
    left = np.ones(len(again), dtype=bool)
    left[rows] = False
    for each in np.unique(group[left]):
        own = np.unique(again[(group == each) & (again >= 0)])
        theirs = np.flatnonzero(left & (group == each))
        if len(own):
            place = np.searchsorted(own, again[rows])
            known = np.isin(again[rows], own)
            middle = centroids(unit[rows[known]], place[known])
            again[theirs] = own[nearest(unit[theirs], middle)]
    return again


def _in_terms_of(labels: Labels, again: Labels, topics: Labels) -> Labels:
    from scipy.optimize import linear_sum_assignment

    alike = overlaps(labels, again, topics)
    told = np.full(alike.shape[1] + 1, -2, dtype=np.int64)
    told[-1] = -1
    if alike.size:
        one, other = linear_sum_assignment(-alike)
        good = alike[one, other] >= _STANDS_FOR
        told[other[good]] = one[good]
    return told[again]
