"""Columns of a feature frame, understood once for all models: numbers, flags, categories, and what is none of these."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.stats.counting import collect

NUMBER, FLAG, CATEGORY = "number", "flag", "category"
UNKNOWN, OTHER = "unknown", "other"
_YES, _NO = {"yes", "true", "y", "1", "1.0"}, {"no", "false", "n", "0", "0.0"}
_ID_NAME = re.compile(r"(^|[_ ])(id|key|uuid|guid)$|[a-z]I[Dd]$|^(index|unnamed.*)$", re.IGNORECASE)
#: A text column is a number where at least this share of its cells reads as one.
_MOSTLY = 0.95
#: Categories with fewer rows than this, or than this share of all, are pooled into "other".
_FEWEST, _SMALLEST = 10, 0.005
#: A text with more different values than this, in more than a twentieth of the rows, names rows rather than kinds.
_MOST_LEVELS = 60


@dataclass(frozen=True)
class Columns:
    """Features ready for a model, rows in the order given.

    frame: numbers and flags as float64 (NaN where missing; flags 0 and 1), categories as text without gaps ("unknown").
    kinds: column -> "number", "flag" or "category". set_aside: column, why. remarks: sentences on what was read
    otherwise than it was written, for the reader of a page.
    """

    frame: pd.DataFrame
    kinds: dict[str, str]
    set_aside: pd.DataFrame
    remarks: list[str] = field(default_factory=list)

    def of_kind(self, *kinds: str) -> list[str]:
        """Names of the columns of these kinds, in order."""
        return [name for name, kind in self.kinds.items() if kind in kinds]

    @property
    def levels(self) -> dict[str, list[str]]:
        """The levels of every category, most frequent first (ties by name)."""
        return {name: _by_size(self.frame[name]) for name in self.of_kind(CATEGORY)}


def as_pandas(features: Any, what: str) -> pd.DataFrame:
    """A feature frame of any engine as pandas, its own index kept where it is one already. Raises ParameterError."""
    if isinstance(features, pd.DataFrame):
        frame = features
    else:
        try:
            frame = collect(nw.from_native(features))
        except TypeError:
            raise ParameterError(
                f"{what} wants a frame with a row a customer, not a {type(features).__name__}."
            ) from None
    if frame.columns.duplicated().any():
        twice = ", ".join(map(str, frame.columns[frame.columns.duplicated()].unique()))
        raise ParameterError(f"{what}: the frame has two columns called {twice}. Rename one of them.")
    if frame.empty or not len(frame.columns):
        raise ParameterError(f"{what}: the frame has no rows or no columns, so there is nothing to look at.")
    return frame.rename(columns=str)


def understand(features: Any, what: str = "the model") -> Columns:
    """Tell numbers, flags, categories and useless columns apart. Raises ParameterError for what is no frame.

    Text that reads as numbers becomes numbers, and what does not read is missing and told; two-valued yes/no columns
    become flags (1 = yes); rare categories are pooled. Set aside are identifiers, dates, constants and columns without
    any value.
    """
    given = as_pandas(features, what)
    frame, kinds, aside, remarks = {}, {}, [], []
    for name in given.columns:
        column = given[name]
        kind, values = _understood(name, column, remarks)
        if kind in (NUMBER, FLAG, CATEGORY):
            frame[name], kinds[name] = values, kind
        else:
            aside.append((name, kind))
    return Columns(
        pd.DataFrame(frame, index=given.index), kinds, pd.DataFrame(aside, columns=["column", "why"]), remarks
    )


def _understood(name: str, column: pd.Series, remarks: list[str]) -> tuple[str, pd.Series | None]:
    """The kind of a column and its values; instead of a kind, why it cannot be used."""
    known = column.dropna()
    if pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_timedelta64_dtype(column):
        return "a date; give the time since it instead", None
    if known.empty:
        return "it holds no value", None
    if pd.api.types.is_bool_dtype(known) or (known.dtype == object and known.map(lambda x: isinstance(x, bool)).all()):
        return _varied(FLAG, column.astype("boolean").astype("float64"))
    if pd.api.types.is_numeric_dtype(known):
        return _number(name, column)
    return _text(name, column, remarks)


def _number(name: str, column: pd.Series) -> tuple[str, pd.Series | None]:
    values = pd.to_numeric(column).astype("float64").replace([np.inf, -np.inf], np.nan)
    known = values.dropna()
    if known.empty:
        return "it holds no value", None
    if _ID_NAME.search(name) and known.is_unique and (known == known.round()).all() and len(known) > 2:
        return "an identifier: every row has its own", None
    return _varied(FLAG if set(known.unique()) <= {0.0, 1.0} else NUMBER, values)


def typed(column: pd.Series) -> pd.Series:
    """A text column as it reads: numbers as float64 (what does not read is missing), spellings of yes and no as
    boolean, all else as stripped text with gaps where nothing is. Columns of other types come back as they are."""
    if not (column.dtype == object or pd.api.types.is_string_dtype(column)):
        return column
    cleaned = {cell: str(cell).strip() or np.nan for cell in column.dropna().unique()}
    text = column.map(cleaned).astype(object)
    known = text.dropna()
    if known.empty:
        return text
    if {word.lower() for word in known.unique()} <= _YES | _NO:
        return known.str.lower().isin(_YES).astype("boolean").reindex(column.index)
    numbers = pd.to_numeric(known.str.replace(",", "", regex=False), errors="coerce")
    if numbers.notna().mean() >= _MOSTLY and not _has_leading_zeros(known):
        return numbers.astype("float64").reindex(column.index)
    return text


def _text(name: str, column: pd.Series, remarks: list[str]) -> tuple[str, pd.Series | None]:
    text = typed(column.astype(object))
    known = text.dropna()
    if known.empty:
        return "it holds no value", None
    if pd.api.types.is_bool_dtype(text):
        return _varied(FLAG, text.astype("float64"))
    if pd.api.types.is_numeric_dtype(text):
        lost = len(column) - int(column.isna().sum()) - len(known)
        if lost:
            remarks.append(
                f"{name}: {lost:,} of {len(column):,} cells are blank or no number; they count as not known."
            )
        return _number(name, text)
    levels = known.nunique()
    if levels > 2 and (known.is_unique or (levels > _MOST_LEVELS and levels > len(column) / 20)):
        return "it names rows rather than kinds: nearly every row has its own text", None
    counted = known.value_counts()
    rare = set(counted.index[counted < max(_FEWEST, _SMALLEST * len(column))]) if levels > 2 else set()
    if len(rare) == levels:
        return "every one of its values is rare", None
    if len(rare) > 1:
        remarks.append(f"{name}: {len(rare):,} rare values are taken together as \u201c{OTHER}\u201d.")
        text = text.where(~text.isin(rare), OTHER)
    return _varied(CATEGORY, text.fillna(UNKNOWN).astype(object))


def _has_leading_zeros(known: pd.Series) -> bool:
    """Post codes and the like are names, not numbers."""
    return bool(known.str.fullmatch(r"0\d+").any())


def _varied(kind: str, values: pd.Series) -> tuple[str, pd.Series | None]:
    if values.nunique(dropna=False) < 2:
        return "it is the same in every row", None
    return kind, values


def _by_size(values: pd.Series) -> list[str]:
    counted = values.value_counts()
    return sorted(counted.index, key=lambda level: (-counted[level], str(level)))
