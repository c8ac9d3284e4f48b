"""One export through one [[export]] block: rows that fit in canonical columns, the others set aside with a reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxlab.errors import InputError, TableError
from cxlab.loaders.conversion import Reading, convert, emptied, excel_damage
from cxlab.loaders.filling import fill
from cxlab.loaders.lookup import Lookup
from cxlab.loaders.mapping import RESERVED, Block
from cxlab.loaders.masking import Masked
from cxlab.loaders.problems import gathered
from cxlab.loaders.raw import RawExport
from cxlab.loaders.reasons import Reasons
from cxlab.tables.schema import problems as misfits

# Where the definition of a survey fixes the scale, a code beyond it is no answer.
_FIXED_SCALES = {"nps": (0, 10), "enps": (0, 10)}


@dataclass
class Piece:
    """What one block made of one file, before duplicates are looked for.

    `table` has the kept rows with a column `source`, `place` their positions among the raw rows, `order` what
    `order_by` gave (or None). `aside` has the rows set aside as text with source, row and why; `kinds` the kind of
    reason of each.
    """

    block: Block
    raw: RawExport
    masked: Masked
    table: pd.DataFrame
    place: np.ndarray
    order: np.ndarray | None
    aside: pd.DataFrame
    kinds: list[str]
    left_out: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def apply(block: Block, raw: RawExport, masked: Masked) -> Piece:
    """Map, convert and check one export.

    Raises InputError (all problems at once) when columns are absent, a column needs a declaration, or every row is bad.
    """
    lookup = Lookup(raw)
    absent = lookup.problems(block)
    if absent:
        raise gathered(absent, f"{block.name}:")
    reasons = Reasons(len(raw.frame))
    _filter(block, raw, lookup, reasons, masked)
    # Rows that the block does not want say nothing about the order of its dates.
    inside = np.flatnonzero(~reasons.out)
    frame = raw.frame.iloc[inside] if len(inside) < len(raw.frame) else raw.frame
    frame = frame.reset_index(drop=True)
    columns, warnings = fill(block, raw, frame, inside, lookup, reasons, masked)
    table = pd.DataFrame(columns, index=frame.index)
    _scales(table, inside, reasons, raw)
    _required(block, table, inside, reasons)
    _check(block, table, inside, reasons, masked)
    attributes, left_out, more = _attributes(block, raw, masked, lookup, inside)
    warnings += more
    kept = ~reasons.out[inside]
    table = pd.concat([table, attributes.set_axis(table.index)], axis=1)[kept].reset_index(drop=True)
    table["source"] = pd.Series([raw.file] * len(table), dtype="str")
    place = inside[kept]
    piece = Piece(
        block,
        raw,
        masked,
        table,
        place,
        _order(block, raw, lookup, place),
        *_set_aside(raw, masked, reasons),
        left_out,
        warnings=[*raw.warnings, *warnings],
    )
    if raw.rows_in and not len(place):
        raise _all_bad(block, piece)
    if not raw.rows_in:
        piece.warnings.append("the export has a header but no rows")
    return piece


def _filter(block: Block, raw: RawExport, lookup: Lookup, reasons: Reasons, masked: Masked) -> None:
    for name, wanted in block.where.items():
        column = raw.frame[str(lookup.find(name))].str.strip()
        other = np.flatnonzero(~column.isin(list(wanted)) & ~reasons.out)
        shown = " or ".join(repr(value) for value in sorted(wanted))
        whys = [f"{name} is {masked.quote(value)}, not {shown}" for value in column.iloc[other]]
        reasons.add(other, f"{name} is not {shown}", whys)


def _scales(table: pd.DataFrame, inside: np.ndarray, reasons: Reasons, raw: RawExport) -> None:
    """Codes beyond the scale, where the survey's definition gives the scale and the export does not."""
    if "score" not in table or "survey" not in table or {"scale_low", "scale_high"} & set(table.columns):
        return
    for survey, (low, high) in _FIXED_SCALES.items():
        beyond = (table["survey"] == survey) & ((table["score"] < low) | (table["score"] > high))
        bad = np.flatnonzero(beyond & ~reasons.out[inside])
        reasons.add(
            inside[bad],
            "score is outside the scale",
            [
                f"score: {score:g} is outside the scale {low} to {high} of {survey}; if it is a code for no answer, "
                f'map missing = ["{score:g}"]'
                for score in table["score"].iloc[bad]
            ],
        )


def _required(block: Block, table: pd.DataFrame, inside: np.ndarray, reasons: Reasons) -> None:
    for name in dict.fromkeys((*block.table.required, *block.key)):
        if name in table:
            bad = np.flatnonzero(table[name].isna() & ~reasons.out[inside])
            reasons.add(inside[bad], f"{name} is empty", [f"{name} is empty (required)"] * len(bad))


def _check(block: Block, table: pd.DataFrame, inside: np.ndarray, reasons: Reasons, masked: Masked) -> None:
    """What the table's own schema finds, on the rows still in."""
    good = table[~reasons.out[inside]]
    try:
        found = misfits(block.table.name, good)
    except TableError as problem:
        raise InputError(f"{block.name}: {problem}") from None
    for (column, expected), rows in found.groupby(["column", "expected"], sort=False):
        places = rows["index"].astype(int).to_numpy()
        reasons.add(
            inside[places],
            f"{column} is not {expected}",
            [f"{column}: {masked.quote(value)} is not {expected}" for value in rows["found"]],
        )


def _attributes(
    block: Block, raw: RawExport, masked: Masked, lookup: Lookup, inside: np.ndarray
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Columns kept as they are; which were left out and why; warnings."""
    mapped = {lookup.find(source.column) for source in block.sources if source.column}
    keep = None if isinstance(block.keep, str) else {lookup.find(name) for name in block.keep}
    targets = {source.target for source in block.sources}
    canonical = {column.name for column in block.table.columns} | set(RESERVED)
    columns: dict[str, pd.Series] = {}
    left_out, warnings = [], []
    for name in lookup.names:
        if name in masked.personal:
            if name not in mapped:
                left_out.append(f"{name} ({masked.personal[name]})")
            continue
        if name in mapped or block.keep == "none" or (keep is not None and name not in keep):
            continue
        values = emptied(masked.frame_of(name).iloc[inside], block.missing)
        if name.startswith("column ") and values.isna().all():
            # A column without a name and without values is a comma too many, not an attribute.
            continue
        new = name
        if name in canonical or name in targets:
            new = f"{name} (as exported)"
            if name in canonical and name not in targets and name not in RESERVED:
                warnings.append(
                    f'column {name!r} is kept as {new!r}; to use it as the table\'s own column map {name} = "{name}"'
                )
        columns[new] = values
        warnings += excel_damage(values, name)
    frame = pd.DataFrame({place: column for place, column in enumerate(columns.values())}, index=pd.Index(inside))
    frame.columns = pd.Index(list(columns), dtype="str")
    return frame, left_out, warnings


def _order(block: Block, raw: RawExport, lookup: Lookup, place: np.ndarray) -> np.ndarray | None:
    """What `order_by` says of the kept rows, as numbers; -inf where empty."""
    if not block.order_by:
        return None
    name = str(lookup.find(block.order_by))
    texts = emptied(raw.frame[name].iloc[place], block.missing).reset_index(drop=True)
    reading = Reading(
        raw.file, name, "order_by", block.dates, block.decimal, block.thousands, block.missing, block.zone
    )
    present = texts.dropna()
    numeric = present.str.fullmatch(r"\s*-?\d+(?:\.\d+)?\s*").all()
    done = convert(texts, "number" if numeric else "time", reading)
    if numeric:
        return np.nan_to_num(done.values.to_numpy(dtype=float), nan=-np.inf)
    moments = done.values.to_numpy().astype("datetime64[us]")
    return np.where(np.isnat(moments), -np.inf, moments.astype(np.int64).astype(float))


def _set_aside(raw: RawExport, masked: Masked, reasons: Reasons) -> tuple[pd.DataFrame, list[str]]:
    """Rows set aside so far: those that did not fit the block, and those that never fitted the header."""
    places = np.flatnonzero(reasons.out)
    fitted = as_set_aside(raw, masked, places, ["; ".join(reasons.why[place]) for place in places.tolist()])
    kinds = [reasons.kind[place] for place in places.tolist()]
    if not len(raw.aside):
        return fitted, kinds
    ragged = masked.aside.copy()
    labelled(ragged, raw.file, raw.aside_row, list(raw.aside_why))
    return pd.concat([fitted, ragged], ignore_index=True), kinds + [why.split(":")[0] for why in raw.aside_why]


def as_set_aside(raw: RawExport, masked: Masked, places: np.ndarray, whys: list[str]) -> pd.DataFrame:
    """Raw rows as text (masked, personal columns left out) with source, row and why."""
    frame = masked.rows(places)
    return labelled(frame, raw.file, raw.row[places], whys)


def labelled(frame: pd.DataFrame, file: str, rows: np.ndarray, whys: list[str]) -> pd.DataFrame:
    """Add source, row and why in place; the export's own columns of these names have been renamed before."""
    frame["source"] = pd.Series([file] * len(frame), dtype="str", index=frame.index)
    frame["row"] = np.asarray(rows, dtype=np.int64)
    frame["why"] = pd.Series(whys, dtype="str", index=frame.index)
    return frame


def _all_bad(block: Block, piece: Piece) -> InputError:
    counts = Counter(piece.kinds)
    lines = []
    for kind, count in counts.most_common(3):
        first = piece.kinds.index(kind)
        row, why = piece.aside["row"].iloc[first], piece.aside["why"].iloc[first]
        # Each line stands for itself: loading gathers the lines of all files under one heading.
        lines.append(
            f"{piece.raw.file}: all {piece.raw.rows_in} rows would be set aside by {block.name}, {count} because {kind}"
            f"; for example row {row}: {why}. Mend the mapping or the export."
        )
    return gathered(lines, f"{piece.raw.file} cannot be loaded:")
