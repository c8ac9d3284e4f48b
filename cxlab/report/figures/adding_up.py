"""Steps that add up from one score to another, each with its interval: what the distance between the two is made of."""

from __future__ import annotations

import pandas as pd

from cxlab.report.digits import change, interval, is_finite, value
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need, reach, round_steps
from cxlab.report.figures.style import Sheet, fitted, text_width

_ROOM = 260.0
_HEAD = 8


def adding_up(frame: pd.DataFrame, *, unit: str, title: str, alt: str, note: str = "", better: str = "up") -> Drawing:
    """Scores as marks on one scale and the steps between them as bars, each beginning where the one before ended.

    frame: one row a mark or step, in order: step (the name), value (the score of a mark, the size of a step), is_total
    (True for a mark), low, high (95 % interval of a step, NaN where it has none), seen (whether a step can be told from
    nought: only then it has a colour, by `better`: "up" or "down"). Marks are no bars from nought, so that the scale
    may begin anywhere. A step's interval is drawn as a line around its end. Raises CxlabError.
    """
    need(frame, ("step", "value", "is_total", "low", "high", "seen"), "adding_up")
    rows = frame.reset_index(drop=True)
    ends, level = [], 0.0
    for row in rows.itertuples():
        begun = float(row.value) if row.is_total else level
        level = float(row.value) if row.is_total else level + float(row.value)
        ends.append((begun, level))
    limits = [
        begun + edge
        for (begun, _), row in zip(ends, rows.itertuples(), strict=True)
        for edge in (row.low, row.high)
        if is_finite(edge) and not row.is_total
    ]
    picture = reach([edge for pair in ends for edge in pair], limits=limits, roomy=0.05)
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: _HEAD + len(rows) * (46 if narrow else 32) + 28,
        lambda sheet: _paint(sheet, rows, ends, unit, better, picture),
    )


def _paint(
    sheet: Sheet,
    rows: pd.DataFrame,
    ends: list[tuple[float, float]],
    unit: str,
    better: str,
    picture: tuple[float, float],
) -> None:
    theme, narrow = sheet.theme, sheet.narrow
    said = [_said(row, unit) for _, row in rows.iterrows()]
    words = max(text_width(text, bold=True) for text in said)
    left = 8.0 if narrow else min(max(text_width(fitted(name, _ROOM)) for name in rows["step"]), _ROOM) + 20
    right = sheet.width - (8 if narrow else words + 20)
    along, step = Scale(*picture, left, right), 46 if narrow else 32
    bottom = _HEAD + len(rows) * step
    marks = [_HEAD + at * step + (step - 14 if narrow else step / 2) for at in range(len(rows))]
    for tick in round_steps(*picture, most=4 if narrow else 6):
        if not narrow:
            sheet.rule([along.at(tick)] * 2, [_HEAD, bottom])
        text = value(tick, unit)
        half = text_width(text) / 2
        sheet.text(min(max(along.at(tick), half), sheet.width - half), bottom + 14, text, side="center")
    for at, (row, (begun, ended), text, y) in enumerate(zip(rows.itertuples(), ends, said, marks, strict=True)):
        colour = _colour(sheet, row, better)
        name_y = y - 20 if narrow else y
        room = sheet.width - text_width(text, bold=True) - 12 if narrow else _ROOM
        sheet.text(0, name_y, fitted(row.step, room), colour=theme.ink)
        strong = bool(row.is_total or row.seen)
        sheet.text(sheet.width, name_y, text, side="right", bold=strong, colour=theme.ink if row.is_total else colour)
        if row.is_total:
            sheet.dot(along.at(ended), y, theme.focus, 5.5)
        else:
            first, last = sorted((along.at(begun), along.at(ended)))
            sheet.bar(first, y - 7, max(last - first, 1.5), 14, colour)
            if is_finite(row.low) and is_finite(row.high):
                sheet.line([along.at(begun + row.low), along.at(begun + row.high)], [y, y], theme.soft, 1.4)
        if at + 1 < len(rows):
            sheet.line([along.at(ended)] * 2, [y + 7, marks[at + 1] - 7], theme.line, 1)


def _said(row: pd.Series, unit: str) -> str:
    if row["is_total"]:
        return value(row["value"], unit, row["low"], row["high"])
    size = change(row["value"], unit, row["low"], row["high"]).split(" ")[0]
    if not (is_finite(row["low"]) and is_finite(row["high"])):
        return size
    return f"{size} ({interval(row['low'], row['high'], unit, of_change=True, bare=True)})"


def _colour(sheet: Sheet, row: object, better: str) -> str:
    theme = sheet.theme
    if not row.seen:  # type: ignore[attr-defined]
        return theme.unsure
    return theme.up if (row.value > 0) == (better == "up") else theme.down  # type: ignore[attr-defined]


def steps_words(frame: pd.DataFrame, unit: str) -> str:
    """The marks and steps in words, for the alt text."""
    return "; ".join(f"{row['step']} {_said(row, unit)}" for _, row in frame.iterrows())
