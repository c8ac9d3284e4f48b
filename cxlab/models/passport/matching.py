"""Registered topics against a clustering that knows nothing of them: which are kept, split or merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxlab.models.passport.newcomers import SAME_DIRECTION, likeness
from cxlab.models.topics.neighbours import centroids as directions_of

#: A topic is found again in a cluster where at least this share of the comments of both together are in both.
SAME = 1 / 3
#: How much comments, direction and terms weigh in a match; what is not known weighs nothing.
WEIGHTS = {"overlap": 0.5, "centroid": 0.3, "terms": 0.2}
#: A cluster that holds at least this share of a topic's comments is a piece of it; two pieces are a split.
PIECE = 0.25
#: A cluster that holds at least this share of a topic's comments swallows it; two topics swallowed are a merger.
MOST = 0.5
KEPT, SPLIT, MERGED, NEW, GONE, RETURNED = "kept", "split", "merged", "new", "gone", "returned"
#: Too few comments to be found again by any clustering; enough comments, but scattered over clusters.
QUIET, SCATTERED = "quiet", "scattered"


@dataclass(frozen=True)
class Match:
    """How K topics and F clusters agree: comments in both (K, F), of each topic (K,) and of each cluster (F,).

    (K, F) besides: Jaccard `overlap` of comments, cosine of `centroid`s, Jaccard index of `terms`, weighted `score`.
    alike (F, F), topics_alike (K, K): `likeness` of clusters and of topics by their parts.
    `partner` (K,): the cluster that a topic is found again in, -1 none.
    """

    both: NDArray[np.int64]
    of_topic: NDArray[np.int64]
    of_cluster: NDArray[np.int64]
    overlap: NDArray[np.float64]
    centroid: NDArray[np.float64]
    terms: NDArray[np.float64]
    score: NDArray[np.float64]
    alike: NDArray[np.float64]
    topics_alike: NDArray[np.float64]
    partner: NDArray[np.int64]

    def fate(self, topic: int, smallest: int) -> tuple[str, list[int]]:
        """What became of a topic (its place), by the clusters: kind, and the places of the other topics in a merger.

        A piece needs `smallest` comments and consists mostly of the topic's. Two pieces that point the same way are no
        split, two topics that do not are no merger, whatever the clustering did: those are its chance.
        """
        if self.of_topic[topic] < smallest:
            return QUIET, []
        both = self.both[topic]
        pieces = (both >= PIECE * self.of_topic[topic]) & (both >= smallest) & (both >= MOST * self.of_cluster)
        if (self.alike[np.ix_(pieces, pieces)] < SAME_DIRECTION).any():
            return SPLIT, []
        if self.both.shape[1]:
            home = int(both.argmax())
            inside = (self.both[:, home] >= MOST * self.of_topic) & (self.both[:, home] >= smallest)
            inside &= self.topics_alike[topic] >= SAME_DIRECTION
            if inside[topic] and inside.sum() > 1:
                return MERGED, [int(each) for each in np.flatnonzero(inside) if each != topic]
        return (KEPT, []) if self.partner[topic] >= 0 else (SCATTERED, [])


def match(
    topics: NDArray[np.int64],
    clusters: NDArray[np.int64],
    comment: NDArray[np.int64],
    unit: NDArray[np.float32],
    centroids: NDArray[np.float32],
    terms: Sequence[Sequence[str]] = (),
    cluster_terms: Sequence[Sequence[str]] = (),
) -> Match:
    """Match topics to clusters one to one so that the score is largest over all pairs together (Kuhn 1955).

    For n parts: places of their topic (n,) in `centroids` (K, d) and of their cluster (n,), -1 none; the comment each
    part is of (n,); vectors seen from the centre (n, d). terms: of each topic and each cluster, where known. A pair
    that shares less than a third of its comments (Jaccard) is no match.
    """
    count, found = len(centroids), int(clusters.max(initial=-1)) + 1
    of_topic, of_cluster, both = _shared(topics, clusters, comment, count, found)
    either = of_topic[:, None] + of_cluster[None, :] - both
    parts = {
        "overlap": both / np.maximum(either, 1),
        "centroid": np.clip(centroids @ directions_of(unit, clusters).T, 0, 1).astype(np.float64),
        "terms": _common_terms(terms, cluster_terms, count, found),
    }
    weights = {name: weight for name, weight in WEIGHTS.items() if name != "terms" or (terms and cluster_terms)}
    score = sum(weight * parts[name] for name, weight in weights.items()) / sum(weights.values())
    alike = likeness(unit, [np.flatnonzero(clusters == label) for label in range(found)])
    topics_alike = likeness(unit, [np.flatnonzero(topics == topic) for topic in range(count)])
    partner = _partners(score, parts["overlap"])
    return Match(
        both, of_topic, of_cluster, **parts, score=score, alike=alike, topics_alike=topics_alike, partner=partner
    )


def _shared(
    topics: NDArray[np.int64], clusters: NDArray[np.int64], comment: NDArray[np.int64], count: int, found: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Comments of each topic (K,), of each cluster (F,), and of both (K, F); a comment counts once."""
    from scipy.sparse import csr_matrix

    rows = int(comment.max(initial=-1)) + 1

    def holds(labels: NDArray[np.int64], width: int) -> csr_matrix:
        told = labels >= 0
        table = csr_matrix((np.ones(told.sum()), (comment[told], labels[told])), shape=(rows, width))
        table.data[:] = 1.0
        return table

    one, other = holds(topics, count), holds(clusters, found)
    sums = (np.asarray(each.sum(axis=0)).ravel().astype(np.int64) for each in (one, other))
    return (*sums, (one.T @ other).toarray().astype(np.int64))


def _common_terms(
    terms: Sequence[Sequence[str]], others: Sequence[Sequence[str]], count: int, found: int
) -> NDArray[np.float64]:
    table = np.zeros((count, found))
    for i, mine in enumerate(terms):
        for j, theirs in enumerate(others):
            either = set(mine) | set(theirs)
            table[i, j] = len(set(mine) & set(theirs)) / len(either) if either else 0.0
    return table


def _partners(score: NDArray[np.float64], overlap: NDArray[np.float64]) -> NDArray[np.int64]:
    from scipy.optimize import linear_sum_assignment

    partner = np.full(len(score), -1, dtype=np.int64)
    for topic, cluster in zip(*linear_sum_assignment(-score), strict=True):
        if overlap[topic, cluster] >= SAME:
            partner[topic] = cluster
    return partner
