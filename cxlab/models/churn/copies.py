"""Rows that are there twice: exact copies and rows that differ in one cell, told from rows that merely look alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int64]
#: Copies in at least this share of rows flatter a score so much that it shows.
MANY = 0.01
#: A frame with fewer different rows than columns to tell them apart by says nothing about copies.
_FEWEST_COLUMNS = 4


@dataclass(frozen=True)
class Copies:
    """`code` a row, the same for copies; rows with an exact copy, and rows that differ from another in one cell only.

    exact, near: how many rows have such a twin. are_many: whether these are copies rather than customers who happen to
    be alike.
    """

    code: Codes
    exact: int
    near: int
    are_many: bool

    @property
    def rows(self) -> int:
        """Rows that have a twin."""
        return self.exact + self.near


def find_copies(frame: pd.DataFrame) -> Copies:
    """Compare all rows in all columns (numbers to four digits), and in all columns but one.

    Where customers merely happen to be alike, far more pairs of rows differ in two cells than in one, and in one than
    in none; where rows were copied, and perhaps a cell changed, it is the other way round.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    cells = np.column_stack([_hashed(frame[name], place) for place, name in enumerate(frame)])
    rows, columns = cells.shape
    whole = cells.sum(axis=1, dtype=np.uint64)
    code = np.unique(whole, return_inverse=True)[1].astype(np.int64)
    size = np.bincount(code)
    exact = int((size[code] > 1).sum())
    if columns < _FEWEST_COLUMNS:
        return Copies(code, exact, 0, False)
    same = _pairs(whole)
    but_one = [whole - cells[:, place] for place in range(columns)]
    one_off = sum(_pairs(key) - same for key in but_one)
    # Pairs that differ in two cells, from a bounded choice of pairs of columns, scaled up to all of them.
    some = [(a, b) for a in range(columns) for b in range(a + 1, columns)]
    chosen = some[:: max(1, len(some) // 60)]
    two_off = sum(
        _pairs(but_one[a] - cells[:, b]) - _pairs(but_one[a]) - _pairs(but_one[b]) + same for a, b in chosen
    ) * (len(some) / len(chosen))
    many_exact = exact >= MANY * rows and same > one_off
    near, joined = 0, code
    if one_off > two_off:
        links = [_chain(key) for key in [whole, *but_one]]
        first, second = (np.concatenate([link[side] for link in links]) for side in (0, 1))
        graph = coo_matrix((np.ones(len(first)), (first, second)), shape=(rows, rows))
        joined = connected_components(graph, directed=False)[1].astype(np.int64)
        near = int((np.bincount(joined)[joined] > 1).sum()) - exact
    many_near = near >= MANY * rows
    return Copies(joined if many_near else code, exact, near if many_near else 0, many_exact or many_near)


def _hashed(values: pd.Series, place: int) -> NDArray[np.uint64]:
    """Cells as 64-bit numbers whose sums and differences stand for sets of cells; a column has its own."""
    if pd.api.types.is_numeric_dtype(values):
        digits = np.char.mod("%.4g", values.to_numpy(float))
        values = pd.Series(digits)
    key = f"{place:016d}"
    return pd.util.hash_array(values.to_numpy(object), hash_key=key, categorize=True)


def _pairs(key: NDArray[np.uint64]) -> int:
    """How many pairs of rows have the same key."""
    size = np.unique(key, return_counts=True)[1].astype(float)
    return int((size * (size - 1) / 2).sum())


def _chain(key: NDArray[np.uint64]) -> tuple[Codes, Codes]:
    """Rows of the same key, each with the next one."""
    order = np.argsort(key, kind="stable")
    same = key[order][1:] == key[order][:-1]
    return order[:-1][same], order[1:][same]
