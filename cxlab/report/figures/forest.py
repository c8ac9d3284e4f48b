"""Differences side by side: a dot and an interval each on one scale with nought, and the band that chance fills."""

from __future__ import annotations

import pandas as pd

from cxlab.report.digits import change, interval, is_finite
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need, reach, round_steps
from cxlab.report.figures.style import Sheet, fitted, text_width

_ROOM = 300.0


def forest(
    frame: pd.DataFrame,
    *,
    by: str,
    unit: str,
    title: str,
    alt: str,
    note: str = "",
    better: str = "up",
    band: tuple[float, float] | None = None,
    band_name: str = "chance alone",
) -> Drawing:
    """One difference a row, in the order given, in `unit` (a share is written in points), nought meaning none.

    frame: columns `by` (the name), value, low, high, and seen (whether it can be told from none: only then it has a
    colour, by `better`: "up", "down" or "neither"). band: what comes out where there is nothing, drawn behind all rows.
    A row without value keeps its place and says so. Raises CxlabError.
    """
    need(frame, (by, "value", "low", "high", "seen"), "forest")
    rows = frame.reset_index(drop=True)
    edges = [*(band or ())]
    ends = reach([*rows["value"], 0.0, *edges], limits=[*rows["low"], *rows["high"]], roomy=0.05)
    head = 26 if band else 8
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: head + len(rows) * (52 if narrow else 34) + 30,
        lambda sheet: _paint(sheet, rows, by, unit, better, (band, band_name), ends, head),
    )


def _paint(
    sheet: Sheet,
    rows: pd.DataFrame,
    by: str,
    unit: str,
    better: str,
    chance: tuple[tuple[float, float] | None, str],
    ends: tuple[float, float],
    head: float,
) -> None:
    theme, narrow, (band, band_name) = sheet.theme, sheet.narrow, chance
    said = [change(r.value, unit, r.low, r.high) if is_finite(r.value) else "too few to say" for r in rows.itertuples()]
    words = max(text_width(text, bold=True) for text in said)
    left = 8.0 if narrow else min(max(text_width(fitted(name, _ROOM)) for name in rows[by]), _ROOM) + 20
    right = sheet.width - words - 20
    along, step = Scale(*ends, left, right), 52 if narrow else 34
    bottom = head + len(rows) * step
    marks = [head + index * step + (34 if narrow else step / 2) for index in range(len(rows))]
    if band:
        # On a phone names stand above the marks: there the band lies behind the marks only.
        for top, end in [(y - 12, y + 12) for y in marks] if narrow else [(head, bottom)]:
            sheet.bar(along.at(band[0]), top, along.at(band[1]) - along.at(band[0]), end - top, theme.shade)
        half = text_width(band_name) / 2
        middle = along.at((band[0] + band[1]) / 2)
        sheet.text(min(max(middle, half), sheet.width - half), 11, band_name, side="center")
    for tick in round_steps(*ends, most=4 if narrow else 6):
        if not narrow:
            sheet.rule([along.at(tick)] * 2, [head, bottom])
        text = change(tick, unit).split(" ")[0] if tick else "0"
        half = text_width(text) / 2
        sheet.text(min(max(along.at(tick), half), sheet.width - half), bottom + 14, text, side="center")
    for top, end in [(y - 14, y + 14) for y in marks] if narrow else [(head, bottom)]:
        sheet.line([along.at(0.0)] * 2, [top, end], theme.soft, 1.2)
    for row, name, text, y in zip(rows.itertuples(), rows[by], said, marks, strict=True):
        colour = _colour(sheet, bool(row.seen), float(row.value) if is_finite(row.value) else 0.0, better)
        room, above = (sheet.width, 22) if narrow else (_ROOM, 0)
        sheet.text(0, y - above, fitted(name, room), colour=theme.ink)
        sheet.text(sheet.width, y, text, side="right", bold=bool(row.seen), colour=colour)
        if is_finite(row.value):
            limits = [edge if is_finite(edge) else row.value for edge in (row.low, row.high)]
            sheet.line([along.at(edge) for edge in limits], [y, y], colour, 2.4)
            sheet.dot(along.at(row.value), y, colour, 5, hollow=not row.seen)


def _colour(sheet: Sheet, seen: bool, size: float, better: str) -> str:
    theme = sheet.theme
    if not seen:
        return theme.unsure
    if better == "neither":
        return theme.focus
    return theme.up if (size > 0) == (better == "up") else theme.down


def forest_words(frame: pd.DataFrame, by: str, unit: str) -> str:
    """The rows in words, for the alt text: name, size and interval."""
    return "; ".join(
        f"{row[by]} {change(row['value'], unit, row['low'], row['high'])} "
        f"({interval(row['low'], row['high'], unit, of_change=True, bare=True)})"
        for _, row in frame.iterrows()
        if is_finite(row["value"])
    )
