"""Filling the columns of a canonical table from an export: from columns, constants, templates, durations."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.errors import InputError
from cxlab.loaders.conversion import Converted, convert
from cxlab.loaders.lookup import Lookup
from cxlab.loaders.mapping import UNITS, Block, Source
from cxlab.loaders.masking import Masked
from cxlab.loaders.problems import gathered
from cxlab.loaders.raw import RawExport
from cxlab.loaders.reasons import Reasons


def fill(
    block: Block,
    raw: RawExport,
    frame: pd.DataFrame,
    inside: np.ndarray,
    lookup: Lookup,
    reasons: Reasons,
    masked: Masked,
) -> tuple[dict[str, pd.Series], list[str]]:
    """The mapped columns in their stored types; rows that cannot be converted go to `reasons`."""
    columns: dict[str, pd.Series] = {}
    warnings: list[str] = []
    asked: list[str] = []
    # A duration needs the time it counts from first.
    for source in sorted(block.sources, key=lambda source: bool(source.after)):
        try:
            texts = _texts(source, frame, lookup)
            if source.column and source.kind == "text" and _speaks(block, source):
                texts = masked.frame_of(str(lookup.find(source.column))).iloc[inside].reset_index(drop=True)
                texts = _recode(source, texts)
            done = _convert(source, texts, columns, raw.file)
        except InputError as problem:
            asked.append(str(problem))
            continue
        columns[source.target] = done.values
        warnings += done.warnings
        bad = np.flatnonzero(done.bad)
        if len(bad):
            what = f"{source.target} is not {done.expected}"
            origin = f" (column {source.column!r})" if source.column and source.column != source.target else ""
            reasons.add(
                inside[bad],
                what,
                [f"{source.target}{origin}: {masked.quote(value)} is not {done.expected}" for value in texts.iloc[bad]],
            )
    if asked:
        raise gathered(asked, f"{block.name}:")
    return {source.target: columns[source.target] for source in block.sources}, warnings


def _speaks(block: Block, source: Source) -> bool:
    """Does the column hold what people wrote? Comments, and columns of the company's own; never ids or names."""
    return source.target == "comment" or block.table.column(source.target) is None


def _texts(source: Source, frame: pd.DataFrame, lookup: Lookup) -> pd.Series:
    if source.value is not None:
        return pd.Series([source.value] * len(frame), index=frame.index, dtype="str")
    if source.column:
        return _recode(source, frame[str(lookup.find(source.column))])
    parts = {name: frame[str(lookup.find(name))].str.strip() for name in source.reads}
    text = pd.Series([""] * len(frame), index=frame.index, dtype="str")
    empty = np.zeros(len(frame), dtype=bool)
    rest = source.template
    for name in source.reads:
        before, rest = rest.split("{" + name + "}", 1)
        text = text + before + parts[name]
        empty |= ((parts[name] == "") | parts[name].isin(list(source.missing))).to_numpy()
    return _recode(source, (text + rest).mask(empty, ""))


def _recode(source: Source, texts: pd.Series) -> pd.Series:
    if not source.values:
        return texts
    codes, uniques = pd.factorize(texts)
    changed = [source.values.get(str(text).strip(), text) for text in uniques]
    return pd.Series(np.append(np.array(changed, dtype=object), np.nan)[codes], index=texts.index, dtype="str")


def _convert(source: Source, texts: pd.Series, columns: dict[str, pd.Series], file: str) -> Converted:
    reading = source.reading(file)
    if source.after:
        length = convert(texts, "number", reading)
        base = columns.get(source.after)
        if base is None or not pd.api.types.is_datetime64_any_dtype(base):
            raise InputError.at(
                file,
                f"{source.target} counts from {source.after}, which is no time column",
                "Name a mapped time column in `after`.",
            )
        seconds = length.values.to_numpy() * UNITS[source.unit]
        # Beyond ten thousand years it is no duration, and would overflow.
        far = np.abs(np.nan_to_num(seconds)) > 3e11
        span = pd.Series(pd.to_timedelta(np.where(far, np.nan, seconds), unit="s"), index=texts.index)
        moved = (base + span).astype("datetime64[us]")
        if source.kind == "date":
            moved = moved.dt.normalize().astype("datetime64[us]")
        return Converted(moved, length.bad | far, f"a number of {source.unit}", length.warnings)
    if source.above is not None:
        number = convert(texts, "number", reading)
        flag = (number.values > source.above).astype("boolean").mask(number.values.isna())
        return Converted(flag, number.bad, "a number", number.warnings)
    return convert(texts, source.kind, reading)
