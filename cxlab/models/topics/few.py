"""Few comments: groups of those that say nearly the same, and no claim beyond that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxlab.models.topics.encoders import to_unit

#: Below so many units a graph of neighbours finds communities in anything.
FEW = 200
#: Below so many nothing is grouped: people read twenty comments faster than a table about them.
TOO_FEW = 20
_SMALLEST = 3
#: Comments of a group are this near each other on average (cosine, from the centre of all).
_NEAR = 0.35


def alike(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Labels (n,) of groups of rows (n, d) that are near each other on average, the largest first; -1 for all others.

    Average linkage on the cosine, cut at a fixed nearness: how many groups there are is for the comments to say, and
    most may be in none.
    """
    from sklearn.cluster import AgglomerativeClustering

    unit = to_unit(np.asarray(vectors, dtype=np.float32))
    told = np.flatnonzero(np.abs(unit).sum(axis=1) > 0)
    labels = np.full(len(unit), -1, dtype=np.int64)
    if len(told) < TOO_FEW:
        return labels
    tree = AgglomerativeClustering(
        n_clusters=None, distance_threshold=1 - _NEAR, metric="cosine", linkage="average"
    ).fit(unit[told])
    sizes = np.bincount(tree.labels_)
    kept = [group for group in np.argsort(-sizes, kind="stable") if sizes[group] >= _SMALLEST]
    for place, group in enumerate(kept):
        labels[told[tree.labels_ == group]] = place
    return labels
