"""Groups side by side: a dot and an interval each, the company as a line, colour only where the verdict says so."""

from __future__ import annotations

import pandas as pd

from cxlab.errors import ParameterError
from cxlab.report.digits import count, is_finite, is_missing, value
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need, reach, round_steps
from cxlab.report.figures.style import Sheet, fitted, text_width

# What the data say, in the words of the picture, and in which direction.
_WORDS = {
    "moved up": ("clearly above", 1),
    "moved down": ("clearly below", -1),
    "clearly above": ("clearly above", 1),
    "clearly below": ("clearly below", -1),
    "above": ("clearly above", 1),
    "below": ("clearly below", -1),
    "flat": ("about the same", 0),
    "cannot tell": ("cannot tell", 0),
}
_TOO_FEW = "too few to say"


def groups(
    frame: pd.DataFrame,
    *,
    by: str,
    unit: str,
    title: str,
    alt: str,
    better: str = "up",
    note: str = "",
    company: float | None = None,
    company_name: str = "company",
) -> Drawing:
    """One KPI by group, in the order given: nobody is pushed to the bottom of a list.

    frame: KPI frame with the column `by`, value, low, high, n and, if the groups were compared, `verdict` (moved up,
    moved down, clearly above, clearly below, flat, cannot tell). Only a verdict gives colour; without one a group is
    grey. A column `as_counted` draws a hollow dot where a value stood before it was shrunken.
    company: the level all are held against. A group without value keeps its place and says so. Raises CxlabError.
    """
    need(frame, (by, "value", "low", "high", "n"), "groups")
    rows = frame.reset_index(drop=True)
    for word in rows["verdict"].dropna().unique() if "verdict" in rows else ():
        if word not in _WORDS:
            raise ParameterError.unknown("verdict", str(word), _WORDS)
    if better not in ("up", "down", "neither"):
        raise ParameterError.unknown("better direction", better, ("up", "down", "neither"))
    raw = rows["as_counted"].tolist() if "as_counted" in rows else []
    ends = reach([*rows["value"], *raw, company], limits=[*rows["low"], *rows["high"]], roomy=0.04)
    head = 26 if is_finite(company) else 8
    line = (company, company_name)
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: head + len(rows) * (46 if narrow else 30) + 30,
        lambda sheet: _paint(sheet, rows, by, unit, better, line, ends, head),
    )


def _paint(
    sheet: Sheet,
    rows: pd.DataFrame,
    by: str,
    unit: str,
    better: str,
    line: tuple[float | None, str],
    ends: tuple[float, float],
    head: float,
) -> None:
    theme, narrow = sheet.theme, sheet.narrow
    names = ["no " + by.replace("_", " ") if is_missing(name) else name for name in rows[by]]
    numbers = [count(n) if is_finite(n) else "" for n in rows["n"]]
    widest_n = max(map(text_width, numbers))
    said = [_said(row) for _, row in rows.iterrows()]
    words = max((text_width(word, bold=True) for word, _ in said), default=0)
    room = 190.0
    left = 8.0 if narrow else min(max(text_width(fitted(name, room)) for name in names), room) + widest_n + 40
    right = sheet.width - (8 if narrow else words + 18)
    along = Scale(*ends, left, right)
    step = 46 if narrow else 30
    bottom = head + len(rows) * step

    for tick in round_steps(*ends, most=3 if narrow else 5):
        sheet.rule([along.at(tick)] * 2, [bottom - 4 if narrow else head, bottom])
        sheet.text(along.at(tick), bottom + 14, value(tick, unit), side=_side(along.at(tick), sheet.width))
    company, company_name = line
    if is_finite(company):
        at = along.at(company)
        # On a phone names stand above the marks: there the line is drawn beside the marks only.
        pieces = [(head + i * step + 22, head + (i + 1) * step) for i in range(len(rows))] if narrow else []
        for top, end in pieces or [(head - 6, bottom)]:
            sheet.line([at] * 2, [top, end], theme.soft, 1.3, dotted=True)
        text = f"{company_name} {value(company, unit)}"
        half = text_width(text) / 2 + 2
        sheet.text(min(max(at, half), sheet.width - half), 9, text, side="center")
    for index, row in rows.iterrows():
        y = head + index * step + step / 2
        word, direction = said[index]
        good = {"up": direction, "down": -direction, "neither": 0}[better]
        colour = theme.up if good > 0 else theme.down if good < 0 else theme.unsure
        mark_y, name_y = (y + 10, y - 9) if narrow else (y, y)
        sheet.text(
            right if narrow else sheet.width,
            name_y,
            word,
            side="right",
            bold=direction != 0,
            colour=colour if direction else theme.soft,
        )
        if narrow:
            name = fitted(names[index], sheet.width - widest_n - words - 44)
            sheet.text(left, name_y, name, colour=theme.ink)
            sheet.text(left + text_width(name) + 10, name_y, numbers[index])
        else:
            sheet.text(0, name_y, fitted(names[index], room), colour=theme.ink)
            sheet.text(left - 24, name_y, numbers[index], side="right")
        if is_finite(row["value"]):
            _mark(sheet, row, along, mark_y, colour)
        if is_finite(row.get("as_counted")):
            sheet.dot(along.at(row["as_counted"]), mark_y, theme.soft, 3.4, hollow=True)


def _mark(sheet: Sheet, row: pd.Series, along: Scale, y: float, colour: str) -> None:
    """Dot and interval; an end that runs out of the picture shows an arrow head."""
    low, high = (row[side] if is_finite(row[side]) else row["value"] for side in ("low", "high"))
    sheet.line([along.at(low), along.at(high)], [y, y], colour, 2.4)
    for level, edge, point in ((row["low"], along.low, -1), (row["high"], along.high, 1)):
        outside = is_missing(level) or (float(level) - edge) * point > 0
        if outside:
            x = along.start if point < 0 else along.end
            sheet.line([along.at(row["value"]), x], [y, y], colour, 2.4)
            sheet.line([x - 5 * point, x, x - 5 * point], [y - 4, y, y + 4], colour, 1.8)
    sheet.dot(along.at(row["value"]), y, colour, 5)


def _said(row: pd.Series) -> tuple[str, int]:
    if not is_finite(row["value"]):
        return _TOO_FEW, 0
    word = row.get("verdict")
    return ("", 0) if is_missing(word) else _WORDS[str(word)]


def _side(x: float, width: float) -> str:
    return "left" if x < 20 else "right" if x > width - 20 else "center"
