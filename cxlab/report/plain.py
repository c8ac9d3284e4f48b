"""Anything a notebook computes, as plain JSON: what cannot be said plainly is refused, never guessed."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.errors import CxlabError
from cxlab.periods import Period


def plain(value: object, where: str = "record") -> object:
    """`value` as JSON-ready numbers, texts, lists and dicts.

    Frames become lists of rows, numpy scalars Python's own, missing values, NaN and infinity null, dates ISO text.
    `where` names the place in error messages. Raises CxlabError for every other type.
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, pd.DataFrame):
        return _rows(value, where)
    if isinstance(value, (pd.Series, pd.Index, np.ndarray)):
        return [plain(item, f"{where}[{at}]") for at, item in enumerate(value.tolist())]
    if isinstance(value, Mapping):
        return {_key(key, where): plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{where}[{at}]") for at, item in enumerate(value)]
    if isinstance(value, np.datetime64):
        return plain(pd.Timestamp(value), where)
    if isinstance(value, np.generic):
        value = value.item()
    return _scalar(value, where)


def _scalar(value: object, where: str) -> object:
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, (float, decimal.Decimal)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        return str(value).encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be written to a file
    if isinstance(value, (dt.datetime, dt.date)):
        return None if pd.isna(value) else value.isoformat()
    if isinstance(value, (Period, pd.Period)):
        return str(value)
    raise CxlabError(
        f"{where}: cannot record a {type(value).__name__}. "
        "Give numbers, texts, dates, lists, dicts or frames (a duration as a number of hours or days)."
    )


def _rows(frame: pd.DataFrame, where: str) -> list[object]:
    if frame.columns.duplicated().any():
        raise CxlabError(f"{where}: two columns of the frame have one name. Rename one of them.")
    return [plain(row, f"{where}[{at}]") for at, row in enumerate(frame.to_dict("records"))]


def _key(key: object, where: str) -> str:
    if not isinstance(key, (str, int, np.integer)):
        raise CxlabError(f"{where}: the key {key!r} is not a text. Use texts as keys.")
    return str(key)
