"""Steps of a journey: how many get that far, how sure we are, how long half of them take."""

from __future__ import annotations

import pandas as pd

from cxlab.report.digits import THIN, count, is_finite
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need
from cxlab.report.figures.style import Sheet, fitted, text_width


def funnel(frame: pd.DataFrame, *, by: str, title: str, alt: str, note: str = "", aside: str = "") -> Drawing:
    """A bar a step, in the order given: the share that reached it, with its interval, and words beside it.

    frame: columns `by` (the step), value, low, high (0-1), n, and `aside` if named: a text written at the right ("half
    by day 34"). A step without value keeps its place. Raises CxlabError.
    """
    need(frame, (by, "value", "low", "high", "n", *([aside] if aside else [])), "funnel")
    rows = frame.reset_index(drop=True)
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: len(rows) * (50 if narrow else 34) + 8,
        lambda sheet: _paint(sheet, rows, by, aside),
    )


def _paint(sheet: Sheet, rows: pd.DataFrame, by: str, aside: str) -> None:
    theme, narrow = sheet.theme, sheet.narrow
    beside = [str(text) if aside and pd.notna(text) else "" for text in (rows[aside] if aside else [""] * len(rows))]
    room = 190.0
    numbers = [count(n) if is_finite(n) else "" for n in rows["n"]]
    widest = max(map(text_width, numbers))
    left = 0.0 if narrow else min(max(text_width(fitted(name, room)) for name in rows[by]), room) + widest + 34
    words = max(map(text_width, beside)) + (12 if any(beside) else 0)
    right = sheet.width - (52 if narrow else words + 60)
    along, step = Scale(0, 1, left, right), 50 if narrow else 34
    for index, row in rows.iterrows():
        y = index * step + 4
        name_y, bar_y = (y + 8, y + 20) if narrow else (y + 15, y + 5)
        sheet.text(0, name_y, fitted(row[by], room), colour=theme.ink)
        if narrow:
            sheet.text(sheet.width, name_y, beside[index], side="right")
        else:
            sheet.text(left - 14, name_y, numbers[index], side="right")
            sheet.text(sheet.width, name_y, beside[index], side="right")
        sheet.bar(left, bar_y, right - left, 20, theme.line)
        if not is_finite(row["value"]):
            sheet.text(left + 8, bar_y + 10, "too few to say", colour=theme.ink)
            continue
        sheet.bar(left, bar_y, along.at(row["value"]) - left, 20, theme.focus)
        ends = [along.at(row[side]) for side in ("low", "high") if is_finite(row[side])]
        if len(ends) == 2:
            sheet.line(ends, [bar_y + 10] * 2, theme.paper, 6)
            sheet.line(ends, [bar_y + 10] * 2, theme.ink, 2)
        sheet.text(right + 8, bar_y + 10, f"{100 * row['value']:.0f}{THIN}%", bold=True, colour=theme.ink)
