"""Parquet files, as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import InputError
from cxlab.loaders.headers import unique_names
from cxlab.loaders.raw import CELL_LIMIT, RawExport, empty_frame, too_long


def read(path: Path, file: str, export: dict[str, Any]) -> RawExport:
    """Read a Parquet file; every column becomes text (ISO for dates, JSON for lists). `row` is the record's number.

    Raises InputError for a damaged file or a cell beyond CELL_LIMIT.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, partitioning=None)
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise InputError.at(file, f"the Parquet file cannot be read ({problem})", "Export it again.") from None
    if not table.num_columns:
        raise InputError.at(file, "the Parquet file has no columns", "Export it again.")
    names = unique_names([name.strip() for name in table.column_names])
    frame = pd.DataFrame({place: _text(table.column(place)) for place in range(table.num_columns)})
    frame.columns = pd.Index(names, dtype="str")
    for name in names:
        long = frame[name].str.len() > CELL_LIMIT
        if long.any():
            raise too_long(file, "Mend that cell and export again.", int(long.to_numpy().argmax()) + 1, name)
    blank = (frame == "").all(axis=1).to_numpy()
    return RawExport(
        file=file,
        frame=frame[~blank].reset_index(drop=True),
        row=np.flatnonzero(~blank) + 1,
        aside=empty_frame(names),
        aside_row=np.zeros(0, dtype=np.int64),
        blank_rows=int(blank.sum()),
    )


def _text(column: Any) -> pd.Series:
    """One Arrow column as pandas text, "" where it is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = pc.cast(column, kind.value_type)
        kind = column.type
    if pa.types.is_nested(kind):
        import json

        texts = [
            None if value is None else json.dumps(value, ensure_ascii=False, default=str)
            for value in column.to_pylist()
        ]
        return pd.Series(texts, dtype="str").fillna("")
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        texts = [None if value is None else value.decode("utf-8", "replace") for value in column.to_pylist()]
        return pd.Series(texts, dtype="str").fillna("")
    if pa.types.is_floating(kind):
        return float_text(column.to_pandas())
    text = pc.cast(column, pa.large_string())
    return pd.Series(text.to_pandas(), dtype="str").fillna("").reset_index(drop=True)


def float_text(numbers: pd.Series) -> pd.Series:
    """Floats as text: whole ones without ".0", others in their shortest exact form, "" where missing."""
    values = numbers.to_numpy(dtype=float)
    distinct, codes = np.unique(values, return_inverse=True)
    texts = np.array(
        [
            ""
            if np.isnan(value)
            else str(int(value))
            if value.is_integer() and abs(value) < 1e15
            else repr(float(value))
            for value in distinct.astype(object)
        ]
        or [""],
        dtype=object,
    )
    return pd.Series(texts[codes] if len(values) else [], dtype="str")
