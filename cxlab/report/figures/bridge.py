"""A bridge from one amount to another: what came on top, what fell away (a waterfall chart)."""

from __future__ import annotations

import pandas as pd

from cxlab.report.digits import change, value
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need
from cxlab.report.figures.style import Sheet, fitted, text_width


def bridge(frame: pd.DataFrame, *, unit: str, title: str, alt: str, note: str = "", better: str = "up") -> Drawing:
    """Steps from a start to an end, one row each, as bars that begin where the one before ended.

    frame: columns step (the name), value, and is_total (True for amounts that stand on the ground, False for changes).
    The amount that nothing took away is cut from the left of the picture when it would hide the changes; the note says
    so. Raises CxlabError.
    """
    need(frame, ("step", "value", "is_total"), "bridge")
    rows, level = [], 0.0
    for row in frame.itertuples():
        before = 0.0 if row.is_total else level
        level = float(row.value) if row.is_total else level + float(row.value)
        rows.append((str(row.step), before, level, bool(row.is_total)))
    moving = [edge for _, before, after, is_total in rows for edge in ((after,) if is_total else (before, after))]
    low, high = min([*moving, 0.0]), max([*moving, 0.0])
    spread = max(moving) - min(moving)
    is_cut = min(moving) > 0 and spread < 0.5 * max(moving)
    if is_cut:
        low = min(moving) - max(0.6 * spread, 0.02 * max(moving))
        note = f"{note.rstrip()} The bars do not start at nought.".lstrip()
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: len(rows) * (46 if narrow else 32) + 12,
        lambda sheet: _paint(sheet, rows, unit, better, (low, high)),
    )


def _paint(
    sheet: Sheet, rows: list[tuple[str, float, float, bool]], unit: str, better: str, ends: tuple[float, float]
) -> None:
    theme, narrow = sheet.theme, sheet.narrow
    said = [value(after, unit) if is_total else change(after - before, unit) for _, before, after, is_total in rows]
    words = max(text_width(text, bold=True) for text in said) + 14
    left = 0.0 if narrow else min(max(text_width(name) for name, *_ in rows), 190.0) + 20
    along = Scale(*ends, left, sheet.width - words)
    step = 46 if narrow else 32
    for index, ((name, before, after, is_total), text) in enumerate(zip(rows, said, strict=True)):
        top = index * step + 6
        bar_y = top + 18 if narrow else top + 4
        good = (after >= before) == (better == "up")
        colour = theme.focus if is_total else theme.up if good else theme.down
        start, end = sorted((along.at(ends[0] if is_total else before), along.at(after)))
        sheet.text(0, top + (8 if narrow else 13), fitted(name, 190.0), colour=theme.ink)
        sheet.bar(start, bar_y, max(end - start, 1.5), 18, colour)
        sheet.text(end + 8, bar_y + 9, text, bold=is_total, colour=theme.ink)
        if index + 1 < len(rows):
            sheet.line(
                [along.at(after)] * 2, [bar_y + 18, (index + 1) * step + 6 + (18 if narrow else 4)], theme.line, 1
            )
