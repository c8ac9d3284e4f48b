"""Foretold and come true: whether chances that a model names are those with which things happen."""

from __future__ import annotations

import pandas as pd

from cxlab.report.digits import count, value
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need, round_steps
from cxlab.report.figures.style import Sheet, text_width


def foretold(
    frame: pd.DataFrame, *, title: str, alt: str, note: str = "", said: str = "foretold", came: str = "came true"
) -> Drawing:
    """Shares foretold against shares that came true, a dot a group of cases, the diagonal meaning exactly right.

    frame: columns foretold, value, low, high (shares) and n. A group whose interval misses the diagonal is coloured.
    Raises CxlabError.
    """
    need(frame, ("foretold", "value", "low", "high", "n"), "foretold")
    rows = frame.sort_values("foretold", kind="stable").reset_index(drop=True)
    top = min(max(rows["foretold"].max(), rows["high"].clip(upper=3 * rows["value"].max() + 0.02).max()) * 1.05, 1.0)
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: 320 if narrow else 360,
        lambda sheet: _paint_foretold(sheet, rows, float(top), said, came),
    )


def _paint_foretold(sheet: Sheet, rows: pd.DataFrame, top: float, said: str, came: str) -> None:
    theme, bottom = sheet.theme, sheet.height - 46
    ticks = round_steps(0, top, most=4 if sheet.narrow else 6)
    left = max(text_width(value(tick, "share", bare=True)) for tick in ticks) + 16
    right = sheet.width - 12 if sheet.narrow else min(sheet.width - 12, left + 560)
    up, along = Scale(0, top, bottom, 26), Scale(0, top, left, right)
    for tick in ticks:
        text = value(tick, "share", bare=True)
        sheet.rule([left, right], [up.at(tick)] * 2)
        sheet.text(left - 8, up.at(tick), text, side="right")
        sheet.text(min(along.at(tick), sheet.width - text_width(text) / 2), bottom + 14, text, side="center")
    sheet.text(right, bottom + 34, said, side="right")
    sheet.text(0, 9, came)
    sheet.line([along.at(0), along.at(top)], [up.at(0), up.at(top)], theme.soft, 1.3, dotted=True)
    for row in rows.itertuples():
        right_on = row.low <= row.foretold <= row.high
        colour = theme.focus if right_on else theme.down
        x = along.at(row.foretold)
        sheet.line([x, x], [up.at(row.low), up.at(row.high)], colour, 2.2)
        sheet.dot(x, up.at(row.value), colour, 5)


def foretold_words(frame: pd.DataFrame) -> str:
    """The groups in words, for the alt text."""
    return "; ".join(
        f"{value(row['foretold'], 'share')} foretold, {value(row['value'], 'share', row['low'], row['high'])} came true"
        f" of {count(row['n'])}"
        for _, row in frame.iterrows()
    )
