"""Later customers read as the model's own rows were: the same kinds, the same words for yes, the same rare levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.churn.design import NOT_ASKED
from cxlab.models.columns import CATEGORY, FLAG, OTHER, UNKNOWN, as_pandas

_YES = {"yes", "true", "y", "1", "1.0"}


def as_learned(features: Any, learned: pd.DataFrame, kinds: Mapping[str, str], what: str) -> pd.DataFrame:
    """The features of `learned` from a frame of any engine, as numbers, flags and levels that the model knows.

    Levels it has not seen count as "other" where it has that level, else as unknown ones. Raises ParameterError where a
    column is missing.
    """
    given = as_pandas(features, what)
    missing = [name for name in kinds if name not in given]
    if missing:
        raise ParameterError(f"{what}: the model learned from columns that these customers lack: {', '.join(missing)}.")
    plain = given.reset_index(drop=True)
    read = pd.DataFrame({name: _read(plain[name], learned[name], kind) for name, kind in kinds.items()})
    return read.set_axis(given.index)


def _read(column: pd.Series, learned: pd.Series, kind: str) -> pd.Series:
    if kind == CATEGORY:
        levels = set(learned.unique())
        text = column.map(lambda cell: None if pd.isna(cell) else str(cell).strip() or None).astype(object)
        return text.map(lambda cell: _level(UNKNOWN if cell is None else cell, levels)).astype(object)
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column.astype("Float64").astype("float64").replace([np.inf, -np.inf], np.nan)
    text = column.map(lambda cell: None if pd.isna(cell) else str(cell).strip().lower() or None).astype(object)
    if kind == FLAG:
        return text.map(lambda cell: None if cell is None else float(cell in _YES)).astype(float)
    return pd.to_numeric(text.str.replace(",", "", regex=False), errors="coerce").astype(float)


def _level(cell: str, levels: set[str]) -> str:
    if cell in levels:
        return cell
    return OTHER if OTHER in levels else NOT_ASKED
