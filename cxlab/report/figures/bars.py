"""Bars: of what came in, what was kept and what was set aside."""

from __future__ import annotations

import pandas as pd

from cxlab.report.digits import THIN, count
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import need
from cxlab.report.figures.style import Sheet, fitted, text_width


def counts(
    frame: pd.DataFrame,
    *,
    by: str,
    title: str,
    alt: str,
    note: str = "",
    kept: str = "kept",
    set_aside: str = "set_aside",
    is_common: bool = False,
) -> Drawing:
    """A bar a row: the part that was kept and the part that was set aside, with both numbers written beside it.

    frame: columns `by` (the name), `kept` and `set_aside` (counts), in the order given. Every bar is the whole of its
    own row, because exports differ a thousandfold in length; `is_common=True` draws all to one scale instead.
    Raises CxlabError.
    """
    need(frame, (by, kept, set_aside), "counts")
    rows = pd.DataFrame(
        {
            "name": frame[by].tolist(),
            "kept": pd.to_numeric(frame[kept]).fillna(0).tolist(),
            "aside": pd.to_numeric(frame[set_aside]).fillna(0).tolist(),
        }
    )
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: len(rows) * (52 if narrow else 30) + 34,
        lambda sheet: _paint(sheet, rows, is_common),
    )


def _paint(sheet: Sheet, rows: pd.DataFrame, is_common: bool) -> None:
    theme, narrow = sheet.theme, sheet.narrow
    words = [(count(row.kept), _aside(row.aside, row.kept + row.aside)) for row in rows.itertuples()]
    kept_width = max([text_width(kept) for kept, _ in words] + [text_width("kept")])
    aside_width = max([text_width(aside) for _, aside in words] + [text_width("set aside", bold=True)])
    room = 220.0
    left = 0.0 if narrow else min(max(text_width(fitted(name, room)) for name in rows["name"]), room) + 18
    right = sheet.width if narrow else sheet.width - kept_width - aside_width - 42
    kept_at, aside_at = sheet.width - aside_width - 20, sheet.width
    step, top = 52 if narrow else 30, 28
    largest = max((rows["kept"] + rows["aside"]).max(), 1)
    sheet.text(kept_at, 12, "kept", side="right")
    sheet.text(aside_at, 12, "set aside", side="right", colour=theme.focus, bold=True)
    for index, row in enumerate(rows.itertuples()):
        y = top + index * step
        whole = row.kept + row.aside
        name_y, bar_y = (y + 11, y + 25) if narrow else (y + 14, y + 7)
        name_room = kept_at - kept_width - 12 if narrow else room
        sheet.text(0, name_y, fitted(row.name, name_room), colour=theme.ink)
        sheet.text(kept_at, name_y, words[index][0], side="right", colour=theme.ink)
        sheet.text(aside_at, name_y, words[index][1], side="right", colour=theme.ink if row.aside else theme.soft)
        full = (right - left) * (whole / largest if is_common else 1)
        sheet.bar(left, bar_y, full, 14, theme.line)
        if whole:
            aside = max(full * row.aside / whole, 2.0 if row.aside else 0.0)  # one row in a million is still seen
            sheet.bar(left + full - aside, bar_y, aside, 14, theme.focus)


def _aside(aside: float, whole: float) -> str:
    """ "242 (1.3 %)": the share only where there is one."""
    if not aside or not whole:
        return count(aside)
    share = 100 * aside / whole
    text = f"{share:.1f}" if share >= 0.1 else "<0.1"
    return f"{count(aside)} ({text}{THIN}%)"
