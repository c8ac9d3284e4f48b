"""SPSS files (.sav, .zsav): codes as text, or their labels."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import InputError
from cxlab.loaders.headers import unique_names
from cxlab.loaders.parquet import float_text
from cxlab.loaders.raw import RawExport, empty_frame


def read(path: Path, file: str, export: dict[str, Any]) -> RawExport:
    """Read an SPSS file. Codes stay codes unless the export says `labels = true`; user-missing codes become empty.

    `labels` of the result are the variable labels (question texts). Raises InputError for a damaged file.
    """
    import pyreadstat

    declared = str(export.get("encoding", "auto"))
    options = {} if declared == "auto" else {"encoding": declared}
    try:
        # Without user_missing the codes declared as missing are already empty, which is what an analyst means.
        frame, about = pyreadstat.read_sav(str(path), apply_value_formats=False, user_missing=False, **options)
    except Exception as problem:  # pyreadstat raises its own errors, and plain ones for bad encodings
        raise InputError.at(
            file,
            f"the SPSS file cannot be read ({problem})",
            'Export it again, or declare encoding = "cp1252" if it comes from an old SPSS.',
        ) from None
    if frame.shape[1] == 0:
        raise InputError.at(file, "the SPSS file has no variables", "Export it again.")
    use_labels = bool(export.get("labels", False))
    names = unique_names([str(name).strip() for name in frame.columns])
    texts = {}
    for place, name in enumerate(frame.columns):
        meanings = about.variable_value_labels.get(name, {}) if use_labels else {}
        texts[place] = _text(frame[name], meanings)
    result = pd.DataFrame(texts) if len(frame) else empty_frame(names)
    result.columns = pd.Index(names, dtype="str")
    questions = {
        new: about.column_names_to_labels.get(old) or "" for new, old in zip(names, frame.columns, strict=True)
    }
    return RawExport(
        file=file,
        frame=result.astype("str"),
        row=np.arange(1, len(frame) + 1),
        aside=empty_frame(names),
        aside_row=np.zeros(0, dtype=np.int64),
        encoding=str(about.file_encoding or ""),
        labels={name: text for name, text in questions.items() if text and text != name},
    )


def _text(values: pd.Series, meanings: dict[Any, str]) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values):
        texts = float_text(values)
        if meanings:
            by_code = {float_text(pd.Series([float(code)]))[0]: label for code, label in meanings.items()}
            texts = texts.map(lambda text: by_code.get(text, text)).astype("str")
        return texts
    return pd.Series([_one(value, meanings) for value in values], dtype="str")


def _one(value: Any, meanings: dict[Any, str]) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, dt.datetime | pd.Timestamp):
        return value.date().isoformat() if value.time() == dt.time(0) else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return meanings.get(value, str(value))
