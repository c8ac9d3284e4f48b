"""Small groups are shown together, so that nobody's answer can be read off a table of groups or worked out from it.

A table gives a group away twice: by its own row, and by subtraction, when all its neighbours and their total are known.
Cells below the floor therefore go into one row, and further cells join them until nothing small can be reckoned
from the table, its own totals and the coarser tables of the same answers (primary and complementary suppression;
Hundepool et al. 2012, Statistical Disclosure Control, ch. 4). The row keeps all its answers, and rows add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError

TOGETHER = "small groups together"
# How many sets of small cells of one length are looked at; lines of the table are looked at always.
_SETS = 200_000
_NEAR = 1e-7

Flags = NDArray[np.bool_]


def small_groups(keys: pd.DataFrame, sizes: ArrayLike, floor: float) -> Flags:
    """Which rows of a table of groups have to be shown together.

    `keys` holds the group columns, one row a cell, every cell once. `sizes` are the people in each cell; with several
    columns (one per question that is shown for every group) a set of cells is as large as the least answered question
    makes it. Then no set of cells with fewer than `floor` people can be had by adding and subtracting rows of this
    table and of those by its first columns alone, down to the total, each made by this same function. Tables by any
    other of its columns are reckoned with too, as far as they do not already give a group away among themselves
    (columns that nest, shown one by one: region minus team). Up to some 40 small cells all sets are checked, beyond
    that single cells, pairs and lines. A floor of 1 or less protects nothing. Raises ParameterError for a floor that
    is no number.
    """
    if not np.isfinite(floor):
        raise ParameterError(f"the floor is {floor}; give the smallest number of people that may stand alone.")
    people = _layers(sizes, len(keys))
    if floor <= 1 or keys.empty:
        return np.zeros(len(keys), dtype=bool)
    codes = np.column_stack([pd.factorize(keys[name], sort=True, use_na_sentinel=False)[0] for name in keys])
    return _hidden(codes, people, floor)


def size_of(people: ArrayLike) -> float:
    """People in a set of cells, given as rows: the least answered question that anyone answered counts; else 0."""
    sums = _layers(people, len(np.asarray(people))).sum(axis=0)
    return float(sums[sums > 0].min()) if (sums > 0).any() else 0.0


def together(keys: pd.DataFrame, hidden: Flags) -> pd.DataFrame:
    """The group columns with TOGETHER in the rows that are shown as one."""
    keys = keys.astype(object)
    keys.loc[hidden, :] = TOGETHER
    return keys


def _layers(sizes: ArrayLike, cells: int) -> NDArray[np.float64]:
    people = np.nan_to_num(np.asarray(sizes, dtype=float))
    return people if people.ndim == 2 else people.reshape(cells, 1)


def _hidden(codes: NDArray[np.intp], people: NDArray[np.float64], floor: float) -> Flags:
    """The rows of one table that go together, given that the coarser ones are seen."""
    sizes = np.array([size_of(row[None, :]) for row in people])
    hidden = sizes < floor - _NEAR
    columns = range(codes.shape[1])
    first = _coarser(codes, people, floor, [columns[:count] for count in columns[1:]])
    coarser = _coarser(codes, people, floor, [some for count in columns[1:] for some in combinations(columns, count)])
    while hidden.any() and not hidden.all():
        given_away = _given_away(hidden, first, people, sizes, floor)
        if given_away is None and len(coarser) > len(first):
            given_away = _given_away(hidden, coarser, people, sizes, floor)
        if given_away is None:
            break
        hidden[_next(hidden, given_away, codes, sizes)] = True
    return hidden


def _coarser(
    codes: NDArray[np.intp], people: NDArray[np.float64], floor: float, tables: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """What tables by these columns show: one row a group, 1 where a cell is in it. The total is always seen."""
    seen = [np.ones(len(codes))]
    for columns in tables:
        groups, member = np.unique(codes[:, list(columns)], axis=0, return_inverse=True)
        member = member.reshape(-1)
        sums = np.zeros((len(groups), people.shape[1]))
        np.add.at(sums, member, people)
        small = _hidden(groups, sums, floor)
        seen += [(member == place).astype(float) for place in np.flatnonzero(~small)]
        if small.any():
            seen.append(small[member].astype(float))
    return np.array(seen)


def _given_away(
    hidden: Flags,
    coarser: NDArray[np.float64],
    people: NDArray[np.float64],
    sizes: NDArray[np.float64],
    floor: float,
) -> NDArray[np.intp] | None:
    """A set of hidden cells below the floor that can be reckoned from what is seen; None where there is none.

    Cells that are shown can be taken out of every total, so only hidden cells remain unknown. A set can be reckoned
    when its indicator is a combination of the totals, that is at right angles to whatever leaves all totals as they
    are; two random such changes of the cells stand for all of them.
    """
    places = np.flatnonzero(hidden)
    lines = np.unique(np.vstack([coarser[:, places], np.ones(len(places))]), axis=0)
    change = _undetermined(lines)
    for line in lines:
        members = places[line > 0]
        if 0 < len(members) and size_of(people[members]) < floor - _NEAR and not _known(coarser, members):
            return members
    low = np.flatnonzero(sizes[places] < floor - _NEAR)
    for length in range(1, len(low) + 1):
        if comb(len(low), length) > _SETS:
            break
        sets = low[np.array(list(combinations(range(len(low)), length)))]
        flat = np.abs(change[sets].sum(axis=1)).max(axis=1) < _NEAR
        for one in sets[flat]:
            members = places[one]
            if size_of(people[members]) < floor - _NEAR and not _known(coarser, members):
                return members
        if np.sort(sizes[places[low]])[: length + 1].sum() >= floor - _NEAR:
            break
    return None


def _undetermined(lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two random changes of the cells that leave every line's sum as it is; one row a cell."""
    _, strength, basis = np.linalg.svd(lines, full_matrices=True)
    rank = int((strength > _NEAR * strength.max()).sum())
    free = basis[rank:].T
    return (
        free @ np.random.default_rng(0).normal(size=(free.shape[1], 2)) if free.shape[1] else np.zeros((len(free), 2))
    )


def _known(coarser: NDArray[np.float64], members: NDArray[np.intp]) -> bool:
    """Whether the coarser tables alone give the set away: then hiding more here would not help."""
    wanted = np.zeros(coarser.shape[1])
    wanted[members] = 1
    found = np.linalg.lstsq(coarser.T, wanted, rcond=None)[0]
    return bool(np.abs(coarser.T @ found - wanted).max() < _NEAR)


def _next(hidden: Flags, members: NDArray[np.intp], codes: NDArray[np.intp], sizes: NDArray[np.float64]) -> int:
    """The smallest cell still shown, one that shares a line with the set if there is any; ties by name."""
    near = (codes[:, None, :] == codes[None, members, :]).any(axis=(1, 2))
    order = np.lexsort([*codes.T[::-1], sizes.round(6), ~near, hidden])
    return int(order[0])
