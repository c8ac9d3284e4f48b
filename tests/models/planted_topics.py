"""Planted corpora for the register: parts of comments around known directions, quarter by quarter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from cxlab.models.passport.register import Register
from cxlab.models.passport.updating import Heard, Updated, update
from cxlab.models.topics.neighbours import NeighbourLeiden
from cxlab.periods import Period

DIMENSIONS = 40
#: Length of the noise around a direction of length 1: a part has a cosine of about 0.77 with its own.
NOISE = 0.85
#: What all comments have in common, whatever they speak of; the register has to take it away.
COMMON = np.linspace(-1.0, 1.0, DIMENSIONS) * 0.4


def unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def leiden(vectors: NDArray[np.float32], seed: int) -> NDArray[np.int64]:
    """What cxlab clusters with."""
    return NeighbourLeiden(resolution=1.0, seed=seed).fit_predict(vectors)


def islands(vectors: NDArray[np.float32], seed: int) -> NDArray[np.int64]:
    """Parts that are near each other and to ten others in common: planted themes exactly, in milliseconds."""
    if not len(vectors):
        return np.array([], dtype=np.int64)
    near = (vectors @ vectors.T > 0.4).astype(np.float32)
    return connected_components(csr_matrix(near * (near @ near >= 10)))[1].astype(np.int64)


class Planted:
    """Themes as directions, and quarters of comments about them. Every fifth comment has a second part."""

    def __init__(self, themes: int = 10, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        turned, _ = np.linalg.qr(self.random.normal(size=(DIMENSIONS, DIMENSIONS)))
        self.spare = turned.T
        self.themes = {f"theme {at}": self.spare[at] for at in range(themes)}

    def add(self, theme: str) -> None:
        self.themes[theme] = self.spare[len(self.themes)]

    def drift(self, step: float) -> None:
        """Every direction moves by this angle (radians), each its own way."""
        for theme, direction in self.themes.items():
            sideways = self.random.normal(size=DIMENSIONS)
            sideways = unit(sideways - direction * (direction @ sideways))
            self.themes[theme] = np.cos(step) * direction + np.sin(step) * sideways

    def parts(self, direction: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        noise = self.random.normal(size=(count, DIMENSIONS)) / np.sqrt(DIMENSIONS)
        return unit(direction + NOISE * noise)

    def quarter(
        self, period: str, sizes: Mapping[str, int], noise: int = 0, narrowed: str = ""
    ) -> tuple[Heard, NDArray[np.object_]]:
        """Comments of a quarter, and the theme of every part. `noise` parts speak of nothing in particular."""
        rows = [self.parts(self.themes[theme], count) for theme, count in sizes.items()]
        rows.append(unit(self.random.normal(size=(noise, DIMENSIONS))))
        truth = np.array([theme for theme, count in sizes.items() for _ in range(count)] + [""] * noise, dtype=object)
        order = self.random.permutation(len(truth))
        vectors, truth = (np.vstack(rows) + COMMON)[order].astype(np.float32), truth[order]
        comment = np.cumsum(np.arange(len(truth)) % 6 != 5) - 1 if len(truth) else np.array([], dtype=np.int64)
        heard = Heard(Period.of(period), "planted", vectors, comment, len(np.unique(comment)), narrowed)
        return heard, truth

    def even(self, period: str, count: int = 60, without: Sequence[str] = (), **more: int):
        """A quarter in which every theme but `without` is spoken of about equally often."""
        sizes = {theme: int(self.random.poisson(count)) for theme in self.themes if theme not in without}
        return self.quarter(period, {**sizes, **more})


def silent(period: str) -> Heard:
    """A quarter in which nobody said anything."""
    nothing = np.empty((0, DIMENSIONS), dtype=np.float32)
    return Heard(Period.of(period), "planted", nothing, np.array([], dtype=np.int64), 0)


def hear(register: Register, heard: Heard, **options) -> Updated:
    return update(register, heard, options.pop("cluster", islands), **options)


def id_of(updated: Updated, truth: NDArray[np.object_], theme: str) -> str:
    """The topic to which most parts of a theme went."""
    names, counts = np.unique(updated.topics[truth == theme].astype(str), return_counts=True)
    return str(names[counts.argmax()])


def share_of(updated: Updated, truth: NDArray[np.object_], theme: str, topic: str) -> float:
    """The share of a theme's parts that went to a topic."""
    return float((updated.topics[truth == theme] == topic).mean())
