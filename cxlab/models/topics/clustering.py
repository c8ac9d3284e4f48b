"""How units are clustered, by how many there are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cxlab.models.topics.few import FEW, alike
from cxlab.models.topics.neighbours import NEIGHBOURS, RESOLUTION, SMALLEST, TRIALS, NeighbourLeiden

#: Units from which on a topic needs `SMALLEST` of them and a unit is joined to `NEIGHBOURS`; of fewer, fewer do.
_MANY, _FEWEST = 900, 5


@dataclass(frozen=True)
class Clustering:
    """Clusters units (n, d), as seen from their centre, by a seed: `clustering(unit, seed)` gives labels (n,), -1 none.

    few: whether there are too few for a graph of neighbours (`few.alike`). The rest is as `NeighbourLeiden` takes it.
    """

    few: bool
    neighbours: int = NEIGHBOURS
    smallest: int = SMALLEST
    resolution: float = RESOLUTION
    trials: int = TRIALS

    @classmethod
    def of(cls, count: int, *, smallest: int | None = None, resolution: float = RESOLUTION) -> Clustering:
        """The clustering for `count` units; `smallest` comments a topic if given."""
        return cls(
            few=count < FEW,
            neighbours=int(np.clip(NEIGHBOURS * count // _MANY, _FEWEST, NEIGHBOURS)),
            smallest=smallest or int(np.clip(SMALLEST * count // _MANY, _FEWEST, SMALLEST)),
            resolution=resolution,
        )

    def quick(self, share: float = 1.0) -> Clustering:
        """The same for refits: one trial, and for a `share` of the units as many neighbours fewer, so that the clusters
        keep their grain."""
        return replace(
            self,
            neighbours=max(round(self.neighbours * share), min(_FEWEST, self.neighbours)),
            smallest=max(round(self.smallest * share), 2),
            trials=1,
        )

    def __call__(self, unit: NDArray[np.float32], seed: int) -> NDArray[np.int64]:
        """The labels."""
        if self.few:
            return alike(unit)
        model = NeighbourLeiden(self.neighbours, self.resolution, self.smallest, trials=self.trials, seed=seed)
        return model.fit_predict(unit)
