"""A grid of values: rows by columns, the number in every cell, the darker the larger."""

from __future__ import annotations

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.report.digits import is_finite, value
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import need
from cxlab.report.figures.style import Sheet, fitted, text_width

_CELL, _HEAD = 30, 24


def grid(
    frame: pd.DataFrame, *, rows: str, columns: str, unit: str, title: str, alt: str, note: str = "", empty: str = "·"
) -> Drawing:
    """Values of `rows` by `columns`, both in the order in which they first appear.

    frame: one line a cell with the columns named by `rows` and `columns`, and value. A cell without value shows
    `empty`: too few to say, or not yet known. On a phone every second column is written where they would not fit.
    Raises CxlabError (no value at all, a cell given twice).
    """
    need(frame, (rows, columns, "value"), "grid")
    if frame.duplicated([rows, columns]).any():
        raise CxlabError(f"figures.grid got a cell of {rows} by {columns} twice. Give one line a cell.")
    if not any(is_finite(x) for x in frame["value"]):
        raise CxlabError("figures.grid has no value to draw. Say in words why there is nothing to see.")
    across = list(dict.fromkeys(map(str, frame[columns])))
    down = list(dict.fromkeys(map(str, frame[rows])))
    cells = {(str(row[rows]), str(row[columns])): row["value"] for _, row in frame.iterrows()}
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: _HEAD + len(down) * _CELL + 6,
        lambda sheet: _paint(sheet, down, across, cells, unit, empty),
    )


def _paint(
    sheet: Sheet,
    down: list[str],
    across: list[str],
    cells: dict[tuple[str, str], object],
    unit: str,
    empty: str,
) -> None:
    theme = sheet.theme
    room = 100.0 if sheet.narrow else 190.0
    left = min(max(text_width(name) for name in down), room) + 14
    wide = (sheet.width - left) / len(across)
    finite = [float(x) for x in cells.values() if is_finite(x)]
    low, high = min(finite), max(finite)
    fits = max(text_width(_short(x, unit)) for x in finite) + 6 <= wide
    every = max(1, -(-int(max(text_width(name) for name in across) + 8) // max(int(wide), 1)))
    for index, name in enumerate(across):
        if index % every == 0:
            sheet.text(left + (index + 0.5) * wide, _HEAD / 2, fitted(name, every * wide), side="center")
    for line, row in enumerate(down):
        y = _HEAD + line * _CELL
        sheet.text(0, y + _CELL / 2, fitted(row, room), colour=theme.ink)
        for index, column in enumerate(across):
            if (row, column) not in cells:
                continue
            x, middle = cells[row, column], left + (index + 0.5) * wide
            if not is_finite(x):
                sheet.text(middle, y + _CELL / 2, empty, side="center")
                continue
            share = (float(x) - low) / (high - low) if high > low else 0.0
            colour = mixed(theme.paper, theme.focus, 0.08 + 0.62 * share)
            sheet.bar(left + index * wide + 1, y + 1, wide - 2, _CELL - 2, colour)
            if fits:
                ink = max(theme.ink, theme.paper, key=lambda each, under=colour: contrast(each, under))
                sheet.text(middle, y + _CELL / 2, _short(x, unit), side="center", colour=ink)


def _short(x: object, unit: str) -> str:
    """A cell has room for few digits."""
    return f"{100 * float(x):.0f}" if unit == "share" else value(x, unit, bare=True)


def mixed(paper: str, ink: str, share: float) -> str:
    """A colour between two, as a hex text: 0 is the paper, 1 the ink."""
    pairs = zip(_parts(paper), _parts(ink), strict=True)
    return "#" + "".join(f"{round(below * (1 - share) + above * share):02x}" for below, above in pairs)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    bright = sorted(_luminance(colour) for colour in (one, other))
    return (bright[1] + 0.05) / (bright[0] + 0.05)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in _parts(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
