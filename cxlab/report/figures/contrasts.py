"""What groups are like: measures by group, each cell with its number, shaded by how far it stands from all others."""

from __future__ import annotations

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.report.digits import is_finite
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.grid import contrast, mixed
from cxlab.report.figures.scale import need
from cxlab.report.figures.style import Sheet, fitted, text_width

_CELL, _HEAD, _GROUP = 30, 24, 20
_FULL = 1.5  # standard deviations at which a cell has its full colour


def contrasts(
    frame: pd.DataFrame,
    *,
    rows: str,
    columns: str,
    title: str,
    alt: str,
    note: str = "",
    heads: dict[str, str] | None = None,
) -> Drawing:
    """Numbers of `rows` by `columns`, in the order in which they first appear: blue above the others, grey below.

    frame: one line a cell with the columns named by `rows` and `columns`, `text` (what is written) and `effect` (the
    difference from all others in standard deviations, which decides the shade; an arrow says which way). heads: a
    second line under a column's name. Raises CxlabError (no cell, a cell given twice).
    """
    need(frame, (rows, columns, "text", "effect"), "contrasts")
    if frame.duplicated([rows, columns]).any():
        raise CxlabError(f"figures.contrasts got a cell of {rows} by {columns} twice. Give one line a cell.")
    across = list(dict.fromkeys(map(str, frame[columns])))
    down = list(dict.fromkeys(map(str, frame[rows])))
    cells = {(str(row[rows]), str(row[columns])): (str(row["text"]), row["effect"]) for _, row in frame.iterrows()}
    top = _HEAD + (_GROUP if heads else 0)
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: top + len(down) * (_CELL + (22 if narrow else 0)) + 6,
        lambda sheet: _paint(sheet, down, across, cells, heads or {}, top),
    )


def _paint(
    sheet: Sheet,
    down: list[str],
    across: list[str],
    cells: dict[tuple[str, str], tuple[str, object]],
    heads: dict[str, str],
    top: float,
) -> None:
    """On a phone the name of a row stands above its cells."""
    theme, narrow = sheet.theme, sheet.narrow
    left = 0.0 if narrow else min(max(text_width(name) for name in down), sheet.width / 2) + 16
    wide = (sheet.width - left) / len(across)
    for index, name in enumerate(across):
        middle = left + (index + 0.5) * wide
        sheet.text(middle, _HEAD / 2, fitted(name, wide - 4), side="center", colour=theme.ink, bold=True)
        if name in heads:
            sheet.text(middle, _HEAD + 6, fitted(heads[name], wide - 4), side="center")
    step = _CELL + (22 if narrow else 0)
    for line, row in enumerate(down):
        y = top + line * step
        if narrow:
            sheet.text(0, y + 11, fitted(row, sheet.width), colour=theme.ink)
        else:
            sheet.text(0, y + _CELL / 2, fitted(row, left - 12), colour=theme.ink)
        for index, column in enumerate(across):
            if (row, column) in cells:
                _cell(sheet, left + index * wide, y + (22 if narrow else 0), wide, *cells[row, column])


def _cell(sheet: Sheet, x: float, y: float, wide: float, text: str, effect: object) -> None:
    theme, size = sheet.theme, float(effect) if is_finite(effect) else 0.0
    share = 0.7 * min(abs(size) / _FULL, 1.0)
    colour = mixed(theme.paper, theme.focus if size > 0 else theme.unsure, share)
    sheet.bar(x + 1, y + 1, wide - 2, _CELL - 2, colour)
    ink = max(theme.ink, theme.paper, key=lambda each: contrast(each, colour))
    arrow = "▲ " if size >= 0.25 else "▼ " if size <= -0.25 else ""
    words = arrow + text if text_width(arrow + text) <= wide - 6 else text
    sheet.text(x + wide / 2, y + _CELL / 2, fitted(words, wide - 4), side="center", colour=ink)
