"""Which unseen rows a model is tried on: shuffled fifths, whole customers, or periods later than it learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.models.churn.labels import FEWEST

FOLDS = 5
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """Rows to train on and to test on, fold by fold, and in words how that was done.

    `cluster` has a code a row where rows belong together (a customer's), else None. `is_later`: every fold is tested
    on later periods than it was trained on, so that the earliest rows are never tested.
    """

    folds: list[tuple[Rows, Rows]]
    how: str
    cluster: Rows | None = None
    is_later: bool = False
    remarks: list[str] = field(default_factory=list)

    @property
    def tested(self) -> Rows:
        """All rows that were tested, in order."""
        return np.sort(np.concatenate([test for _, test in self.folds]))

    def code_of(self, rows: Rows) -> Rows | None:
        """Codes of the clusters of these rows, counted from 0; None where every row is its own."""
        return None if self.cluster is None else np.unique(self.cluster[rows], return_inverse=True)[1]


def codes(values: Any, rows: int, what: str) -> Rows:
    """One whole number a row for labels of any kind. Raises ParameterError for another length or missing labels."""
    series = values if isinstance(values, pd.Series) else pd.Series(np.asarray(values, dtype=object))
    if len(series) != rows:
        raise ParameterError(f"{what} has {len(series):,} values and the features have {rows:,} rows. Give one each.")
    if series.isna().any():
        raise ParameterError(
            f"{what} has {int(series.isna().sum()):,} rows without a value. Fill them or leave the rows out."
        )
    return pd.factorize(series.to_numpy(), sort=True)[0].astype(np.int64)


def joined(first: Rows, second: Rows) -> Rows:
    """Codes of rows that hang together by either of two codes."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = int(first.max()) + 1
    whole = count + int(second.max()) + 1
    links = coo_matrix((np.ones(len(first)), (first, second + count)), shape=(whole, whole))
    return connected_components(links, directed=False)[1][first].astype(np.int64)


def plan(
    left: Mask, seed: int, groups: Rows | None = None, times: Rows | None = None, copies: Rows | None = None
) -> Plan:
    """Plan the folds. `groups`, `times` (in order) and `copies` are codes, one a row.

    With two periods or more: train on earlier ones, test on later ones, in at most five steps. Otherwise five
    stratified shuffled folds; a customer's rows, and copies of a row, stay together.
    """
    remarks: list[str] = []
    if times is not None:
        later = _later(left, times)
        if later:
            steps = f"{len(later)} step{'s' if len(later) > 1 else ''}"
            return Plan(later, f"learned on earlier periods, tested on later ones ({steps})", groups, True)
        remarks.append(
            f"The periods do not allow learning on earlier and testing on later ones (it takes {FEWEST} leavers and "
            f"{FEWEST} stayers before the last period); rows were drawn into {FOLDS} parts instead."
        )
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    together = groups if copies is None else copies if groups is None else joined(groups, copies)
    if together is None or len(np.unique(together)) == len(left):
        parts = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(left, left)
        return Plan(
            [(a, b) for a, b in parts],
            f"{FOLDS} parts drawn at random, each tested by the other four",
            groups,
            False,
            remarks,
        )
    parts = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(left, left, together)
    what = "a customer's rows" if groups is not None else "copies of a row"
    how = f"{FOLDS} parts drawn at random with {what} in the same part, each tested by the other four"
    return Plan([(a, b) for a, b in parts], how, together, False, remarks)


def _later(left: Mask, times: Rows) -> list[tuple[Rows, Rows]]:
    """Steps through the periods, the earliest of which has enough of both kinds before it."""
    periods = np.unique(times)
    ready = [at for at in periods[1:] if min(left[times < at].sum(), (~left[times < at]).sum()) >= FEWEST]
    blocks: Sequence[Rows] = np.array_split(np.array(ready), min(FOLDS, len(ready))) if ready else []
    steps = [(np.flatnonzero(times < block[0]), np.flatnonzero(np.isin(times, block))) for block in blocks]
    tested = np.concatenate([left[test] for _, test in steps]) if steps else np.empty(0, bool)
    return steps if tested.any() and not tested.all() else []
