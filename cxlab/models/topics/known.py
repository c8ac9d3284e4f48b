"""Topics that comments can be assigned to, whatever the quarter: the same comment always goes to the same topic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxlab.errors import CxlabError
from cxlab.models.topics.encoders import to_unit

_BLOCK = 20_000
#: This share of a topic's own parts, the farthest from its direction, may lie outside its radius.
OUTSIDE = 0.02
#: However alike a topic's parts are, this near is near enough: the same said in other words belongs to it too.
NEAR_ENOUGH = 0.9


@dataclass(frozen=True)
class Assigned:
    """For n parts: `best` the place of the topic in `Known.ids` (-1: none is near enough), its cosine `similarity`.

    `nearest` is the place of the nearest topic, near enough or not; `margin` how much nearer it is than the next one.
    """

    best: NDArray[np.int64]
    nearest: NDArray[np.int64]
    similarity: NDArray[np.float32]
    margin: NDArray[np.float32]


@dataclass(frozen=True)
class Known:
    """Topics as directions in the space of an encoder.

    encoder: name of the encoder. centre (d,): mean of the vectors the topics were found in; it is subtracted from every
    vector, which then is made of length 1 again. ids: one a topic. centroids (K, d): rows of length 1. radius (K,): the
    least cosine at which a part belongs to the topic.
    """

    encoder: str
    centre: NDArray[np.float32]
    ids: tuple[str, ...]
    centroids: NDArray[np.float32]
    radius: NDArray[np.float32]

    def centred(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors of the encoder (n, d) as seen from the centre, of length 1; rows of zeros stay so."""
        if vectors.shape[1] != len(self.centre):
            raise CxlabError(
                f"these vectors have {vectors.shape[1]} dimensions, the topics of {self.encoder} {len(self.centre)}. "
                "Use the encoder the topics were found with."
            )
        found = np.empty(vectors.shape, dtype=np.float32)
        for start in range(0, len(vectors), _BLOCK):
            block = vectors[start : start + _BLOCK]
            found[start : start + _BLOCK] = to_unit((block - self.centre) * block.any(axis=1, keepdims=True))
        return found

    def assign(self, vectors: NDArray[np.float32]) -> Assigned:
        """The topic of every part, from vectors of the encoder (n, d)."""
        count = len(vectors)
        nearest = np.full(count, -1, dtype=np.int64)
        similarity = np.zeros(count, dtype=np.float32)
        margin = np.zeros(count, dtype=np.float32)
        for start in range(0, count if self.ids else 0, _BLOCK):
            block = slice(start, start + _BLOCK)
            cosine = self.centred(vectors[block]) @ self.centroids.T
            nearest[block] = cosine.argmax(axis=1)
            ordered = np.sort(cosine, axis=1)
            similarity[block] = ordered[:, -1]
            margin[block] = ordered[:, -1] - (ordered[:, -2] if cosine.shape[1] > 1 else 0)
        near = (nearest >= 0) & (similarity >= np.append(self.radius, np.inf)[nearest])
        return Assigned(np.where(near, nearest, -1), nearest, similarity, margin)


def radius_of(similarity: NDArray[np.floating]) -> float:
    """Least cosine at which a part belongs to a topic, from those of the parts that it was found in."""
    return min(float(np.quantile(similarity, OUTSIDE)), NEAR_ENOUGH)
