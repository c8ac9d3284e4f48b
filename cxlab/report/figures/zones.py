"""Bars and what chance alone would give: a grey zone behind each, an interval on top."""

from __future__ import annotations

import pandas as pd

from cxlab.report.digits import is_finite, value
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need
from cxlab.report.figures.style import Sheet, fitted, text_width


def zones(
    frame: pd.DataFrame,
    *,
    by: str,
    unit: str,
    title: str,
    alt: str,
    note: str = "",
    zone: str = "grey",
    told: str = "told",
    zone_name: str = "chance alone",
) -> Drawing:
    """A bar a row, in the order given: value with its interval, and the zone in which it could be by chance.

    frame: columns `by` (the name), value, low, high (0 or more), `zone` (how far chance alone reaches) and `told`
    (whether the bar is beyond it; only then it has a colour). Raises CxlabError.
    """
    need(frame, (by, "value", "low", "high", zone, told), "zones")
    rows = frame.reset_index(drop=True)
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: 24 + len(rows) * (48 if narrow else 32) + 6,
        lambda sheet: _paint(sheet, rows, by, unit, zone, told, zone_name),
    )


def _paint(sheet: Sheet, rows: pd.DataFrame, by: str, unit: str, zone: str, told: str, zone_name: str) -> None:
    theme, narrow = sheet.theme, sheet.narrow
    # Whole numbers for all: bars that are read against one another have the same digits.
    said = [value(x, unit, 0, 1 if unit == "share" else 100) if is_finite(x) else "" for x in rows["value"]]
    words, room = max(text_width(text, bold=True) for text in said) + 12, 210.0
    left = 0.0 if narrow else min(max(text_width(fitted(name, room)) for name in rows[by]), room) + 16
    ends = [float(x) for name in ("value", "high", zone) for x in rows[name] if is_finite(x)]
    along = Scale(0.0, max([*ends, 1e-9]), left, sheet.width - words)
    step = 48 if narrow else 32
    widest = along.at(rows[zone].max())
    half = text_width(zone_name) / 2
    sheet.text(min(max((left + widest) / 2, left + half), sheet.width - half), 10, zone_name, side="center")
    for index, row in rows.iterrows():
        top = 24 + index * step
        name_y, bar_y = (top + 8, top + 20) if narrow else (top + 14, top + 4)
        colour = theme.focus if bool(row[told]) else theme.unsure
        sheet.text(0, name_y, fitted(row[by], sheet.width if narrow else room), colour=theme.ink)
        if is_finite(row[zone]):
            sheet.bar(left, bar_y - 2, along.at(row[zone]) - left, 24, theme.line)
        if is_finite(row["value"]):
            sheet.bar(left, bar_y + 4, max(along.at(row["value"]) - left, 1.5), 12, colour)
        edge = along.at(row["value"]) if is_finite(row["value"]) else left
        if is_finite(row["low"]) and is_finite(row["high"]):
            sheet.line([along.at(row["low"]), along.at(row["high"])], [bar_y + 10] * 2, theme.paper, 5)
            sheet.line([along.at(row["low"]), along.at(row["high"])], [bar_y + 10] * 2, theme.ink, 1.8)
            edge = max(edge, along.at(row["high"]))
        if is_finite(row[zone]):
            edge = max(edge, along.at(row[zone]))
        bold = bool(row[told])
        sheet.text(edge + 8, bar_y + 10, said[index], bold=bold, colour=theme.ink if bold else theme.soft)
