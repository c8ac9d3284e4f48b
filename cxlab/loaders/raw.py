"""What every reader gives: one export as text, and where each row stood in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import InputError
from cxlab.loaders.headers import name_columns, recognise

CELL_LIMIT = 2_000_000
"""Characters one cell may hold. The longest real comments are far below; a cell beyond it is damage."""

_CHUNK = 50_000
_HEAD = 12


@dataclass(frozen=True)
class RawExport:
    """One export (or one sheet of it), before anything is converted.

    `frame` has text columns only, "" where a cell is empty, one row per data row that fits the header. `row` is the
    1-based row of each in the file as a spreadsheet counts. Rows that do not fit are in `aside` (same columns, and more
    where a row had more cells), with `aside_row` and `aside_why`. `blank_rows` were empty and are no data. `labels`
    gives the question text by column. `head` holds the first rows as they stand, for hints about a header that
    lies lower.
    """

    file: str
    frame: pd.DataFrame
    row: np.ndarray
    aside: pd.DataFrame
    aside_row: np.ndarray
    aside_why: tuple[str, ...] = ()
    sheet: str = ""
    encoding: str = ""
    shape: str = "plain"
    labels: dict[str, str] = field(default_factory=dict)
    blank_rows: int = 0
    head: tuple[tuple[str, ...], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def rows_in(self) -> int:
        """Data rows of the file: those that fit and those that do not."""
        return len(self.frame) + len(self.aside)


class Columns:
    """Gathers rows of text into columns block by block, so that a long file never stands in memory as Python lists."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self._blocks: list[Any] = []
        self._rows: list[Sequence[str]] = []
        self._at: list[np.ndarray] = []
        self._numbers: list[int] = []

    def add(self, cells: Sequence[str], number: int) -> None:
        """Take one row of exactly as many cells as there are names."""
        self._rows.append(cells)
        self._numbers.append(number)
        if len(self._rows) >= _CHUNK:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if not self._rows:
            return
        columns = [pa.array(cells, type=pa.large_string()) for cells in zip(*self._rows, strict=True)]
        places = [str(place) for place in range(len(columns))]
        self._blocks.append(pa.table(dict(zip(places, columns, strict=True))))
        self._at.append(np.array(self._numbers, dtype=np.int64))
        self._rows, self._numbers = [], []

    def frame(self) -> tuple[pd.DataFrame, np.ndarray]:
        """The columns as pandas text, and the row numbers."""
        import pyarrow as pa

        self._flush()
        if not self._blocks:
            return empty_frame(self.names), np.zeros(0, dtype=np.int64)
        table = pa.concat_tables(self._blocks).combine_chunks()
        frame = table.to_pandas(split_blocks=True)
        frame.columns = pd.Index(self.names, dtype="str")
        return frame.astype("str"), np.concatenate(self._at)


def empty_frame(names: Sequence[str]) -> pd.DataFrame:
    """A frame of text columns without rows."""
    return pd.DataFrame({place: pd.Series([], dtype="str") for place in range(len(names))}).set_axis(
        pd.Index(list(names), dtype="str"), axis=1
    )


def text_frame(rows: Sequence[Sequence[str]], names: Sequence[str]) -> pd.DataFrame:
    """A small frame of text columns; short rows are filled with ""."""
    width = len(names)
    padded = [list(row) + [""] * (width - len(row)) for row in rows]
    if not padded:
        return empty_frame(names)
    return pd.DataFrame(padded, columns=pd.Index(list(names), dtype="str")).astype("str")


def is_blank(cells: Iterable[str]) -> bool:
    """True if no cell holds anything but blanks."""
    return not any(cell.strip() for cell in cells)


def lay_out(
    records: Iterator[list[str]],
    file: str,
    export: dict[str, Any],
    *,
    ragged: bool,
    encoding: str = "",
    sheet: str = "",
    warnings: Sequence[str] = (),
    skipped: int = 0,
) -> RawExport:
    """Turn records as they stand in the file into a RawExport.

    `skip_rows` of the export and blank records go before the header; `shape` says how many header rows there are. With
    `ragged`, rows longer or shorter than the header are set aside (CSV); without, short rows are filled (XLSX leaves
    trailing empty cells out). `skipped` records were consumed by the reader itself. Raises InputError for a file that
    has no header.
    """
    number = skipped
    head: list[tuple[int, list[str]]] = []
    first_rows: list[tuple[str, ...]] = []
    skip = int(export.get("skip_rows", 0))
    blank = 0
    for record in records:
        number += 1
        if len(first_rows) < _HEAD:
            first_rows.append(tuple(record))
        if number <= skip:
            continue
        if is_blank(record):
            # Blank lines above the header are no data; below it they are counted.
            blank += bool(head)
            continue
        head.append((number, record))
        if len(head) == 4:
            break
    if not head:
        what = "is empty" if not first_rows else "holds no row with anything in it"
        whole = f"the sheet {sheet!r}" if sheet else "the file"
        raise InputError.at(
            file,
            f"{whole} {what}" + (f" after skip_rows = {skip}" if skip else ""),
            'Name another sheet (sheet = "..."), or take the file out of data/raw.'
            if sheet
            else "Export it again, or take it out of data/raw.",
        )

    shape, header_rows = recognise([cells for _, cells in head], str(export.get("shape", "auto")), file)
    names, blank_names, labels = name_columns([cells for _, cells in head[:header_rows]], shape, trim=not ragged)
    width = len(names)
    columns = Columns(names)
    misfits: list[tuple[int, list[str], str]] = []
    # A row may end before the last header if only columns without a name are missing.
    needed = max((place + 1 for place in range(width) if place not in blank_names), default=width)

    def rest() -> Iterator[tuple[int, list[str]]]:
        yield from head[header_rows:]
        yield from enumerate(records, start=number + 1)

    pending_blank = blank
    counted_blank = 0
    for at, cells in rest():
        if not cells or (not cells[0].strip() and is_blank(cells)):
            pending_blank += 1
            continue
        counted_blank += pending_blank
        pending_blank = 0
        if len(cells) == width:
            columns.add(cells, at)
        elif len(cells) > width:
            if is_blank(cells[width:]):
                columns.add(cells[:width], at)
            else:
                misfits.append((at, cells, f"too long: {len(cells)} cells where the header has {width}"))
        elif not ragged or len(cells) >= needed:
            columns.add(cells + [""] * (width - len(cells)), at)
        else:
            misfits.append((at, cells, f"too short: {len(cells)} cells where the header has {width}"))

    frame, rows = columns.frame()
    widest = max((len(cells) for _, cells, _ in misfits), default=0)
    aside_names = names + [f"column {place + 1}" for place in range(width, widest)]
    return RawExport(
        file=file,
        frame=frame,
        row=rows,
        aside=text_frame([cells for _, cells, _ in misfits], aside_names),
        aside_row=np.array([at for at, _, _ in misfits], dtype=np.int64),
        aside_why=tuple(why for _, _, why in misfits),
        sheet=sheet,
        encoding=encoding,
        shape=shape,
        labels=labels,
        # Blank lines at the very end of a file are how files end, not rows.
        blank_rows=counted_blank,
        head=tuple(first_rows),
        warnings=tuple(warnings),
    )


def too_long(file: str, mend: str, row: int, column: str | None = None) -> InputError:
    """The error for a cell beyond CELL_LIMIT."""
    return InputError.at(
        file, f"a cell is longer than {CELL_LIMIT // 1_000_000} million characters", mend, row=row, column=column
    )
