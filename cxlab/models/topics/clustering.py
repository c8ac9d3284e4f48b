"""How units are clustered: by how many there are, and each language by itself where the encoder cannot compare them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.topics.few import FEW, alike
from cxlab.models.topics.neighbours import NEIGHBOURS, RESOLUTION, SMALLEST, TRIALS, NeighbourLeiden

Labels = NDArray[np.int64]
#: Units from which on a topic needs `SMALLEST` of them; of fewer, fewer do, down to the second number.
_MANY, _FEWEST = 900, 5
#: Units from which on a unit is joined to `NEIGHBOURS`; of fewer to fewer, down to the second number.
_CROWDED, _FEWEST_NEIGHBOURS = 600, 10
#: Units that a language needs to be clustered by itself; rarer ones go with the most frequent.
_OF_A_LANGUAGE = 50


@dataclass(frozen=True)
class Clustering:
    """Clusters units (n, d), as seen from their centre, by a seed: `clustering(unit, seed)` gives labels (n,), -1 none.

    Fewer than `FEW` units are put together only where they say nearly the same (`few.alike`), more by the neighbours
    they share (`NeighbourLeiden`). smallest: comments that a topic needs (None: 5 to 15 by how many there are).
    trials: runs of which the best is taken. share: of how many the units are a sample; clusters keep their grain.
    """

    smallest: int | None = None
    resolution: float = RESOLUTION
    trials: int = TRIALS
    share: float = 1.0

    def fewest(self, count: int) -> int:
        """Comments that a topic needs where there are `count` units."""
        return self.smallest or int(np.clip(SMALLEST * count // _MANY, _FEWEST, SMALLEST))

    def quick(self, share: float = 1.0) -> Clustering:
        """The same for refits to a sample: one trial, and neighbours and smallest size by the `share` of the units."""
        return replace(self, trials=1, share=share)

    def __call__(self, unit: NDArray[np.float32], seed: int) -> Labels:
        """The labels."""
        count = len(unit) / self.share
        if count < FEW:
            return alike(unit)
        joined = np.clip(NEIGHBOURS * count // _CROWDED, _FEWEST_NEIGHBOURS, NEIGHBOURS) * self.share
        model = NeighbourLeiden(
            max(round(joined), min(_FEWEST, len(unit))),
            self.resolution,
            max(round(self.fewest(int(count)) * self.share), 2),
            trials=self.trials,
            seed=seed,
        )
        return model.fit_predict(unit)


def apart(
    cluster: Callable[[NDArray[np.float32], int], Labels],
    unit: NDArray[np.float32],
    seed: int,
    group: NDArray[np.int64],
) -> Labels:
    """Labels (n,) of clusters within each group of rows; numbers go on from group to group."""
    different = np.unique(group)
    if len(different) == 1:
        return np.asarray(cluster(unit, seed), dtype=np.int64)
    labels = np.full(len(unit), -1, dtype=np.int64)
    for each in different:
        rows = np.flatnonzero(group == each)
        found = np.asarray(cluster(unit[rows], seed), dtype=np.int64)
        labels[rows] = np.where(found >= 0, found + labels.max(initial=-1) + 1, -1)
    return labels


def groups_of(languages: pd.Series, across: bool) -> NDArray[np.int64]:
    """What is clustered by itself: 0 for all if the encoder compares `across` languages, else a number a language."""
    if across or languages.empty:
        return np.zeros(len(languages), dtype=np.int64)
    counts = languages[languages != ""].value_counts()
    own = [language for language in counts.index if counts[language] >= _OF_A_LANGUAGE]
    place = {language: at for at, language in enumerate(own)}
    return languages.map(place).fillna(0).to_numpy(dtype=np.int64)
