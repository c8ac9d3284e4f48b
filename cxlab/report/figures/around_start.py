"""A value before and after something began, beside the same value elsewhere; where it began is a dotted line."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cxlab.report.digits import is_finite, value
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need, reach, round_steps, spread_out
from cxlab.report.figures.style import Sheet, fitted, text_width


def before_and_after(
    frame: pd.DataFrame,
    *,
    unit: str,
    title: str,
    alt: str,
    here: str,
    elsewhere: str = "",
    start: str = "start",
    note: str = "",
) -> Drawing:
    """One group (line with interval band) and, where there is one, the rest (plain line), each named at its end.

    frame: one row a stretch of time, in order: label (written below, twice the same is written once), after (bool),
    value, low, high, and rest where `elsewhere` is given. unit: as in the dictionary. start: what is written on the
    line between the last stretch before and the first after. Raises CxlabError (no rows, no value, no alt).
    """
    need(frame, ("label", "after", "value", "low", "high"), "before_and_after")
    rows = frame.reset_index(drop=True)
    rest = rows["rest"].tolist() if elsewhere and "rest" in rows else []
    ends = reach([*rows["value"], *rest], limits=[*rows["low"], *rows["high"]])
    if unit in ("share", "hours", "days", "currency") and ends[0] > 0:
        note = f"{note.rstrip()} The scale does not start at nought.".lstrip()
    names = [here, *([elsewhere] if rest else [])]
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: 260 if narrow else 290,
        lambda sheet: _paint(sheet, rows, rest, unit, names, start, ends),
    )


def _paint(
    sheet: Sheet,
    rows: pd.DataFrame,
    rest: list[float],
    unit: str,
    names: list[str],
    start: str,
    ends: tuple[float, float],
) -> None:
    theme, bottom = sheet.theme, sheet.height - 44
    steps = round_steps(*ends, most=3 if sheet.narrow else 4)
    left = max([text_width(value(step, unit, bare=True)) for step in steps], default=0) + 22
    last = len(rows) - 1
    room = 118.0 if sheet.narrow else 200.0
    said = [value(rows["value"][last], unit, rows["low"][last], rows["high"][last])]
    said += [value(rest[last], unit, rows["low"][last], rows["high"][last])] if rest else []
    labels = [f"{fitted(name, room - text_width(text) - 8)} {text}" for name, text in zip(names, said, strict=True)]
    right = sheet.width - max(text_width(label, bold=True) for label in labels) - 18
    up, along = Scale(*ends, bottom - 10, 34), Scale(0, max(last, 1), left, right)
    for step in steps:
        sheet.rule([left - 8, right], [up.at(step)] * 2)
        sheet.text(left - 14, up.at(step), value(step, unit, bare=True), side="right")
    _mark(sheet, rows["after"].tolist(), along, start, bottom)
    places = [along.at(at) for at in range(len(rows))]
    if rest:
        _follow(sheet, places, rest, up, theme.unsure, 1.8)
    sheet.area(places, [up.at(_or(x, ends[0])) for x in rows["low"]], [up.at(_or(x, ends[1])) for x in rows["high"]])
    _follow(sheet, places, rows["value"].tolist(), up, theme.focus, 2.4)
    levels = [up.at(rows["value"][last]), *([up.at(rest[last])] if rest else [])]
    for at, (y, label) in enumerate(zip(spread_out(levels, 18, 10, bottom), labels, strict=True)):
        sheet.text(right + 12, y, label, bold=at == 0, colour=theme.ink if at == 0 else theme.soft)
    _write(sheet, rows["label"].astype(str).tolist(), along, bottom)


def _follow(sheet: Sheet, places: list[float], values: Sequence[float], up: Scale, colour: str, width: float) -> None:
    known = [(x, up.at(y)) for x, y in zip(places, values, strict=True) if is_finite(y)]
    if len(known) > 1:
        sheet.line([x for x, _ in known], [y for _, y in known], colour, width)
    for x, y in known:
        sheet.dot(x, y, colour, 2.6)


def _mark(sheet: Sheet, after: list[bool], along: Scale, start: str, bottom: float) -> None:
    """The dotted line where it began, its words on the side that has room."""
    if not any(after) or all(after):
        return
    x = along.at(after.index(True) - 0.5)
    sheet.line([x, x], [20, bottom - 4], sheet.theme.soft, 1.2, dotted=True)
    is_left = x - along.start > text_width(start) + 10
    sheet.text(x + (-6 if is_left else 6), 14, start, side="right" if is_left else "left", backed=True)


def _write(sheet: Sheet, labels: list[str], along: Scale, bottom: float) -> None:
    """Labels under the marks; one that would run into the one before, or says the same, is left out."""
    free_from, before = 0.0, ""
    for at, label in enumerate(labels):
        half = text_width(label) / 2
        if label != before and along.at(at) - half >= free_from:
            sheet.text(along.at(at), bottom + 16, label, side="center")
            free_from, before = along.at(at) + half + 10, label


def _or(x: object, otherwise: float) -> float:
    return float(x) if is_finite(x) else otherwise
