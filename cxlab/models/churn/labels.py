"""Who left: booleans, 0 and 1, or yes and no, as one array; rows without a label are set aside and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError

#: Fewer leavers, or fewer stayers, than this say nothing that would hold next quarter.
FEWEST = 30
_WORDS = {"yes": True, "true": True, "y": True, "t": True, "1": True, "1.0": True}
_WORDS |= {"no": False, "false": False, "n": False, "f": False, "0": False, "0.0": False}


@dataclass(frozen=True)
class Labels:
    """left (False where not known) and known, one a row, and what is to be told."""

    left: NDArray[np.bool_]
    known: NDArray[np.bool_]
    remarks: list[str]


def read_labels(left: Any, index: pd.Index) -> Labels:
    """Read who left, in the order of the rows of a frame with this index.

    A pandas Series with the same labels in another order is put in order. Raises ParameterError for another length, for
    anything but yes and no, and where fewer than 30 rows left or stayed.
    """
    values = _as_series(left)
    if len(values) != len(index):
        raise ParameterError(
            f"left has {len(values):,} values and the features have {len(index):,} rows. Give one each."
        )
    same = not values.index.equals(index) and values.index.is_unique and index.is_unique
    if isinstance(left, pd.Series) and same and values.index.isin(index).all():
        values = values.reindex(index)
    read, odd = [], {}
    for cell in values.array:
        if cell is None or (not isinstance(cell, str) and pd.isna(cell)) or not str(cell).strip():
            read.append(None)
            continue
        word = _WORDS.get(str(cell).strip().lower())
        read.append(word)
        if word is None:
            odd[str(cell)] = odd.get(str(cell), 0) + 1
    if odd:
        shown = ", ".join(repr(cell) for cell in sorted(odd, key=lambda cell: (-odd[cell], cell))[:3])
        raise ParameterError(
            f"left must say who left: True and False, 1 and 0, or yes and no; it has {shown}. Map it first."
        )
    known = np.array([cell is not None for cell in read])
    labels = np.array([bool(cell) for cell in read])
    _check_counts(int(labels.sum()), int((known & ~labels).sum()))
    lost = int((~known).sum())
    told = (
        f"{lost:,} of {len(known):,} rows do not say whether the customer left; they are given a chance, but nothing "
        "is learned from them."
    )
    return Labels(labels, known, [told] if lost else [])


def _as_series(left: Any) -> pd.Series:
    if isinstance(left, pd.Series):
        return left
    if isinstance(left, str) or not hasattr(left, "__len__"):
        raise ParameterError(f"left must be one value a row, not a {type(left).__name__}.")
    try:
        return nw.from_native(left, series_only=True).to_pandas()
    except TypeError:
        values = np.asarray(left, dtype=object)
        if values.ndim != 1:
            raise ParameterError(f"left must be one value a row; it has {values.ndim} dimensions.") from None
        return pd.Series(values, dtype=object)


def _check_counts(left: int, stayed: int) -> None:
    if min(left, stayed) < FEWEST:
        raise ParameterError(
            f"{left:,} customers left and {stayed:,} stayed; it takes at least {FEWEST} of each to learn what goes "
            f"with leaving ({FEWEST - min(left, stayed)} more). Take a longer period, or read the churn rate with its "
            "interval."
        )
