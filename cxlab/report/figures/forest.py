"""Differences side by side: a dot and an interval each on one scale with nought, and the band that chance fills."""

from __future__ import annotations

import pandas as pd

from cxlab.report.digits import change, interval, is_finite
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need, reach, round_steps
from cxlab.report.figures.style import Sheet, fitted, text_width

_ROOM = 335.0


def forest(
    frame: pd.DataFrame,
    *,
    by: str,
    unit: str,
    title: str,
    alt: str,
    note: str = "",
    better: str = "up",
    aside: str = "",
    band: tuple[float, float] | None = None,
    band_name: str = "chance alone",
) -> Drawing:
    """One difference a row, in the order given, in `unit` (a share is written in points), nought meaning none.

    frame: columns `by` (the name), value, low, high, and seen (whether it can be told from none: only then it has a
    colour, by `better`: "up", "down" or "neither"). aside: a column with words under each name. band: what comes out
    where there is nothing, drawn behind all rows. An interval that runs out of the picture ends in an arrow head.
    A row without value keeps its place and says so. Raises CxlabError.
    """
    need(frame, (by, "value", "low", "high", "seen", *([aside] if aside else [])), "forest")
    rows = frame.reset_index(drop=True)
    # The band fills the picture where it is wider than all that is shown, and does not squeeze it.
    ends = reach([*rows["value"], 0.0], limits=[*rows["low"], *rows["high"], *(band or ())], roomy=0.05)
    head = 26 if band else 8
    words = (by, aside)
    more = 18 if aside else 0
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: head + len(rows) * ((52 if narrow else 34) + more) + 30,
        lambda sheet: _paint(sheet, rows, words, unit, better, (band, band_name), ends, head),
    )


def _paint(
    sheet: Sheet,
    rows: pd.DataFrame,
    names: tuple[str, str],
    unit: str,
    better: str,
    chance: tuple[tuple[float, float] | None, str],
    ends: tuple[float, float],
    head: float,
) -> None:
    theme, narrow, (band, band_name), (by, aside) = sheet.theme, sheet.narrow, chance, names
    asides = rows[aside].astype(str).tolist() if aside else [""] * len(rows)
    said = [change(r.value, unit, r.low, r.high) if is_finite(r.value) else "too few to say" for r in rows.itertuples()]
    words = max(text_width(text, bold=True) for text in said)
    left = 8.0 if narrow else max(text_width(fitted(name, _ROOM)) for name in [*rows[by], *asides]) + 20
    right = sheet.width - words - 20
    along, step = Scale(*ends, left, right), (52 if narrow else 34) + (18 if aside else 0)
    bottom = head + len(rows) * step
    marks = [head + index * step + (step - 18 if narrow else step / 2) for index in range(len(rows))]
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
    for row, name, under, text, y in zip(rows.itertuples(), rows[by], asides, said, marks, strict=True):
        colour = _colour(sheet, bool(row.seen), float(row.value) if is_finite(row.value) else 0.0, better)
        room, line = (sheet.width, y - 22) if narrow else (_ROOM, y + 9 * bool(aside))
        sheet.text(0, line - 18 * bool(aside), fitted(name, room), colour=theme.ink)
        sheet.text(0, line, fitted(under, room))
        sheet.text(sheet.width, y, text, side="right", bold=bool(row.seen), colour=colour)
        if is_finite(row.value):
            limits = [edge if is_finite(edge) else row.value for edge in (row.low, row.high)]
            sheet.line([along.at(edge) for edge in limits], [y, y], colour, 2.4)
            for limit, end, point in zip(limits, ends, (-1, 1), strict=True):
                if (limit - end) * point > 0:
                    x = along.at(end)
                    sheet.line([x - 5 * point, x, x - 5 * point], [y - 4, y, y + 4], colour, 1.8)
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
