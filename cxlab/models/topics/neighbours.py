"""Topics as communities of comments that share their nearest neighbours; the interface is that of scikit-learn.

Comments are joined to their nearest ones by cosine; a link weighs as much as two comments have neighbours in common
(Jarvis & Patrick 1973); the Leiden algorithm (Traag, Waltman & van Eck 2019) finds the communities. Neither the number
of topics nor a size is tuned, and no comment is left over because it lies in a thin place. What is said word for word
by many stands in the graph once: a comment's nearest ones would be its own copies, and they an island.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxlab.models.topics.encoders import to_unit

#: Comments beyond this many are not clustered but sent to the nearest topic: the graph takes quadratic time.
MOST = 20_000
#: Nearest comments that a comment is joined to.
NEIGHBOURS = 30
#: Comments that a community needs to be a topic.
SMALLEST = 15
#: With 30 neighbours good on Banking77, NHS comments and draws of few intents alike (AMI, ARI).
RESOLUTION = 2.0
_BLOCK = 2_000
_ITERATIONS = 10
#: Runs of the Leiden algorithm, of which the best is taken.
TRIALS = 2


class NeighbourLeiden:
    """Clusters of rows by shared neighbours; takes the place of HDBSCAN in BERTopic (`fit`, `predict`, `labels_`).

    neighbours: how many nearest rows a row is joined to. resolution: above 1 more and smaller clusters. smallest: rows
    that a cluster needs; rows of smaller ones go to the nearest other cluster. most: rows that are clustered; of more,
    a sample is drawn (by `seed`) and the rest assigned. trials: runs of which the best is taken. The same rows and seed
    give the same labels.
    Fitted: labels_ (n,) numbered from the largest cluster on, centroids_ (K, d) of length 1.
    """

    def __init__(
        self,
        neighbours: int = NEIGHBOURS,
        resolution: float = RESOLUTION,
        smallest: int = SMALLEST,
        most: int = MOST,
        trials: int = TRIALS,
        seed: int = 0,
    ) -> None:
        self.neighbours, self.resolution, self.smallest = neighbours, resolution, smallest
        self.most, self.trials, self.seed = most, trials, seed

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters, as scikit-learn asks for them."""
        names = ("neighbours", "resolution", "smallest", "most", "trials", "seed")
        return {name: getattr(self, name) for name in names}

    def fit(self, vectors: NDArray[Any], y: object = None) -> NeighbourLeiden:
        """Cluster the rows (n, d); rows of zeros belong nowhere (-1)."""
        rows = np.asarray(vectors, dtype=np.float32)
        told = np.flatnonzero(rows.any(axis=1))
        chosen = told
        if len(told) > self.most:
            chosen = np.sort(np.random.default_rng(self.seed).choice(told, self.most, replace=False))
        unit = to_unit(rows[chosen])
        found = self._communities(unit)
        self.centroids_ = centroids(unit, found)
        self.labels_ = self.predict(rows)
        self.labels_[chosen[found >= 0]] = found[found >= 0]
        return self

    def fit_predict(self, vectors: NDArray[Any], y: object = None) -> NDArray[np.int64]:
        """The labels of the rows the clusters are found in."""
        return self.fit(vectors).labels_

    def predict(self, vectors: NDArray[Any]) -> NDArray[np.int64]:
        """The nearest cluster of each row (m, d); -1 for rows of zeros."""
        rows = np.asarray(vectors, dtype=np.float32)
        if not len(self.centroids_):
            return np.full(len(rows), -1, dtype=np.int64)
        return np.where(rows.any(axis=1), nearest(rows, self.centroids_), -1)

    def _communities(self, unit: NDArray[np.float32]) -> NDArray[np.int64]:
        if not len(unit):
            return np.zeros(0, dtype=np.int64)
        different, place = np.unique(unit, axis=0, return_inverse=True)
        return _large_enough(unit, self._leiden(different)[place.ravel()], self.smallest)

    def _leiden(self, unit: NDArray[np.float32]) -> NDArray[np.int64]:
        from graspologic_native import leiden_csr

        if len(unit) < 2:
            return np.zeros(len(unit), dtype=np.int64)
        graph = shared_neighbours(unit, min(self.neighbours, len(unit) - 1))
        _, member = leiden_csr(
            graph.indptr.astype(np.int64),
            graph.indices.astype(np.int32),
            graph.data.astype(np.float64),
            n_nodes=len(unit),
            resolution=self.resolution,
            iterations=_ITERATIONS,
            trials=self.trials,
            seed=self.seed,
        )
        return np.fromiter((member.get(row, -1) for row in range(len(unit))), dtype=np.int64, count=len(unit))


def shared_neighbours(unit: NDArray[np.float32], neighbours: int) -> Any:
    """Symmetric sparse graph (n, n): Jaccard index of the neighbourhoods of two rows that are near each other.

    A row counts as its own neighbour. Links exist where one row is among the `neighbours` nearest of the other.
    """
    from scipy.sparse import csr_matrix

    count = len(unit)
    near = np.empty((count, neighbours + 1), dtype=np.int32)
    for start in range(0, count, _BLOCK):
        cosine = unit[start : start + _BLOCK] @ unit.T
        rows = np.arange(len(cosine))
        cosine[rows, start + rows] = 2.0  # itself comes first, however many copies there are
        near[start : start + _BLOCK] = np.argpartition(cosine, count - neighbours - 1)[:, count - neighbours - 1 :]
    size = near.shape[1]
    starts = np.arange(0, count * size + 1, size)
    hood = csr_matrix((np.ones(count * size, dtype=np.float32), near.ravel(), starts), shape=(count, count))
    linked = hood.maximum(hood.T)
    linked.setdiag(0)
    linked.eliminate_zeros()
    linked.sort_indices()
    first = np.repeat(np.arange(count), np.diff(linked.indptr))
    common = _common(np.sort(near, axis=1), first, linked.indices)
    linked.data = (common / (2 * size - common)).astype(np.float32)
    linked.eliminate_zeros()
    return linked


def _common(near: NDArray[np.int32], first: NDArray[np.int64], second: NDArray[np.int32]) -> NDArray[np.int64]:
    """How many neighbours the rows of each pair have in common, from sorted neighbourhoods."""
    common = np.empty(len(first), dtype=np.int64)
    for start in range(0, len(first), 200_000):
        block = slice(start, start + 200_000)
        both = np.sort(np.hstack([near[first[block]], near[second[block]]]), axis=1)
        common[block] = (both[:, 1:] == both[:, :-1]).sum(axis=1)
    return common


def nearest(unit: NDArray[np.float32], directions: NDArray[np.float32]) -> NDArray[np.int64]:
    """Place of the direction nearest to each row, of whatever length."""
    found = np.empty(len(unit), dtype=np.int64)
    for start in range(0, len(unit), 10 * _BLOCK):
        block = slice(start, start + 10 * _BLOCK)
        found[block] = (unit[block] @ directions.T).argmax(axis=1)
    return found


def centroids(unit: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Mean direction of each cluster, of length 1."""
    count = int(labels.max(initial=-1)) + 1
    sums = np.zeros((count, unit.shape[1]), dtype=np.float32)
    np.add.at(sums, labels[labels >= 0], unit[labels >= 0])
    return to_unit(sums)


def _large_enough(unit: NDArray[np.float32], labels: NDArray[np.int64], smallest: int) -> NDArray[np.int64]:
    """Labels from the largest cluster on; rows of clusters below `smallest` go to the nearest other one."""
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    kept = order[sizes[order] >= smallest]
    place = np.full(len(sizes), -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    found = place[labels]
    if len(kept) and (found < 0).any():
        found[found < 0] = nearest(unit[found < 0], centroids(unit, found))
    return found
