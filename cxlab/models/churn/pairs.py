"""Two features that act together: what such a pair could look like, and a search for the pairs a model misses."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.columns import CATEGORY, FLAG

Array = NDArray[np.float64]
#: Columns of a number in a pair: polynomials of its rank up to this degree.
DEGREE = 4
#: Levels held by fewer rows than this share have no column in a pair, and categories with more levels no place in one.
_SMALLEST, _MOST_LEVELS = 0.05, 8
_GRID = 201


@dataclass(frozen=True)
class PairSide:
    """One feature of a pair as a few columns without outliers: polynomials of a number's rank, yes, or large levels.

    Ranks bound every column, without which a handful of far-off rows would look like a pair.
    """

    name: str
    kind: str
    grid: Array
    ranks: Array
    levels: tuple[str, ...] = ()

    @classmethod
    def learn(cls, name: str, kind: str, values: pd.Series) -> PairSide:
        """Learn ranks, mean or large levels from the rows of a training set."""
        nothing = np.zeros(1)
        if kind == CATEGORY:
            share = values.value_counts(normalize=True)
            large = share.index[share >= _SMALLEST]
            return cls(name, kind, nothing, nothing, tuple(sorted(large, key=lambda level: (-share[level], level))))
        known = np.sort(values.dropna().to_numpy(float))
        if kind == FLAG or not len(known):
            return cls(name, FLAG, nothing, np.array([known.mean() if len(known) else 0.0]))
        grid = np.unique(known)
        if len(grid) > _GRID:
            grid = np.unique(np.quantile(known, np.linspace(0, 1, _GRID)))
        below, upto = (np.searchsorted(known, grid, side) for side in ("left", "right"))
        return cls(name, kind, grid, (below + upto) / 2 / len(known))

    def columns(self, values: pd.Series, degree: int = DEGREE) -> Array:
        """Rows x a few columns; what is missing counts as the middle."""
        if self.kind == CATEGORY:
            text = values.to_numpy(object)
            return np.column_stack([(text == level).astype(float) for level in self.levels])
        x = values.to_numpy(float)
        if self.kind == FLAG:
            return np.where(np.isnan(x), 0.0, x - self.ranks[0])[:, None]
        rank = np.where(np.isnan(x), 0.0, 2 * np.interp(x, self.grid, self.ranks) - 1)
        columns = np.polynomial.legendre.legvander(rank, degree)[:, 1:]
        return columns * np.sqrt(2 * np.arange(1, degree + 1) + 1)


def product(first: PairSide, second: PairSide, frame: pd.DataFrame, degree: int = DEGREE) -> Array:
    """Every column of one side times every column of the other. Rows x (columns x columns)."""
    a, b = first.columns(frame[first.name], degree), second.columns(frame[second.name], degree)
    return (a[:, :, None] * b[:, None, :]).reshape(len(frame), -1)


def candidates(frame: pd.DataFrame, kinds: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs of features that could act together, in the order of the columns."""
    named = [name for name, kind in kinds.items() if kind != CATEGORY or frame[name].nunique() <= _MOST_LEVELS]
    return list(combinations(named, 2))
