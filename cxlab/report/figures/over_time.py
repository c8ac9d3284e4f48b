"""A value over periods, with its interval as a band."""

from __future__ import annotations

import re

import pandas as pd

from cxlab.report.digits import is_finite, value
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need, reach, round_steps, spread_out
from cxlab.report.figures.style import Sheet, text_width

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def trend(
    frame: pd.DataFrame, *, unit: str, title: str, alt: str, note: str = "", target: float | None = None
) -> Drawing:
    """One KPI over its periods: line, interval band, dotted target, first and last value written on the marks.

    frame: KPI frame of one KPI and one group, oldest period first (columns period, value, low, high). A period without
    value is a gap, never bridged. unit: as in the dictionary. Raises CxlabError (no rows, no value, no alt).
    """
    need(frame, ("period", "value", "low", "high"), "trend")
    rows = frame.reset_index(drop=True)
    ends = reach([*rows["value"], target], limits=[*rows["low"], *rows["high"]])
    starts_above = unit in ("share", "hours", "days", "currency") and ends[0] > 0
    if starts_above and ends[0] < 0.25 * ends[1]:
        ends, starts_above = (0.0, ends[1]), False  # nearly there: then show the whole of it
    if starts_above:
        note = f"{note.rstrip()} The scale does not start at nought.".lstrip()
    return Drawing(
        title, alt, note, lambda narrow: 250 if narrow else 270, lambda sheet: _paint(sheet, rows, unit, target, ends)
    )


def _paint(sheet: Sheet, rows: pd.DataFrame, unit: str, target: float | None, ends: tuple[float, float]) -> None:
    theme, bottom = sheet.theme, sheet.height - 40
    steps = round_steps(*ends, most=3 if sheet.narrow else 4)
    left = max([text_width(value(step, unit, bare=True)) for step in steps], default=0) + 22
    known = [index for index, x in enumerate(rows["value"]) if is_finite(x)]
    first, last = known[0], known[-1]
    last_text = value(rows["value"][last], unit, rows["low"][last], rows["high"][last])
    if last < len(rows) - 1:
        last_text += f" in {_short(str(rows['period'][last]))[0]}"
    labels = [last_text] + ([f"target {value(target, unit)}"] if is_finite(target) else [])
    right = sheet.width - max(text_width(labels[0], bold=True), *(text_width(text) for text in labels)) - 16
    up = Scale(*ends, bottom - 12, 24)
    along = Scale(0 if len(rows) > 1 else -1, len(rows) - 1, left, right)  # a single period stands at the right

    for step in steps:
        sheet.rule([left - 8, right], [up.at(step)] * 2)
        sheet.text(left - 14, up.at(step), value(step, unit, bare=True), side="right")
    for run in _runs(rows["value"].tolist()):
        xs = [along.at(index) for index in run]
        lower = [up.at(_limit(rows["low"][index], -1)) for index in run]
        upper = [up.at(_limit(rows["high"][index], 1)) for index in run]
        if len(run) > 1:
            sheet.area(xs, lower, upper)
            sheet.line(xs, [up.at(rows["value"][index]) for index in run], theme.focus, 2.2)
        else:
            sheet.line([xs[0]] * 2, [lower[0], upper[0]], theme.shade, 5)
            sheet.dot(xs[0], up.at(rows["value"][run[0]]), theme.focus, 2.6)
    _write_ends(sheet, rows, unit, target, (first, last), last_text, (along, up), right)
    _write_periods(sheet, rows["period"].astype(str).tolist(), along, bottom)


def _write_ends(
    sheet: Sheet,
    rows: pd.DataFrame,
    unit: str,
    target: float | None,
    ends: tuple[int, int],
    last_text: str,
    scales: tuple[Scale, Scale],
    right: float,
) -> None:
    """The last value and the target at the right, kept apart; the first value on its mark."""
    (first, last), (along, up), theme = ends, scales, sheet.theme
    places = [up.at(rows["value"][last])] + ([up.at(target)] if is_finite(target) else [])
    places = spread_out(places, 17, 10, sheet.height - 44)
    if is_finite(target):
        sheet.line([along.start, right], [up.at(target)] * 2, theme.soft, 1.2, dotted=True)
        sheet.text(right + 12, places[1], f"target {value(target, unit)}")
    sheet.dot(along.at(last), up.at(rows["value"][last]), theme.focus, 4.6)
    sheet.text(right + 12, places[0], last_text, colour=theme.ink, bold=True)
    if first != last:
        level = up.at(rows["value"][first])
        is_rising = rows["value"][last] >= rows["value"][first]
        sheet.dot(along.at(first), level, theme.focus, 3)
        text = value(rows["value"][first], unit, rows["low"][first], rows["high"][first])
        edge = up.at(_limit(rows["low" if is_rising else "high"][first], -1 if is_rising else 1))
        below = min(max(edge + (12 if is_rising else -12), 12), sheet.height - 46)
        sheet.text(along.at(first), below, text, colour=theme.ink, side="left" if first == 0 else "center")


def _write_periods(sheet: Sheet, periods: list[str], along: Scale, bottom: float) -> None:
    """Short names under the marks, the year once under its first one; every so many where there is little room."""
    pairs = [_short(period) for period in periods]
    widest = max(text_width(short) for short, _ in pairs) + 10
    step = (along.end - along.start) / max(len(pairs) - 1, 1)
    every = max(1, -(-int(widest) // max(int(step), 1)))
    year_before, free_from = "", 0.0
    for index, (short, year) in enumerate(pairs):
        is_shown = (len(pairs) - 1 - index) % every == 0
        x = along.at(index)
        if is_shown:
            sheet.text(x, bottom + 14, short, side="center")
        if year and year != year_before and (is_shown or every > 1) and x >= free_from:
            sheet.text(x, bottom + 31, year, side="center")
            free_from = x + text_width(year) + 12
        year_before = year


def _short(period: str) -> tuple[str, str]:
    """ "2026-Q3" is Q3 of 2026, "2026-03" Mar of 2026; anything else stands as it is."""
    match = re.fullmatch(r"(\d{4})-(Q[1-4]|W\d{2}|\d{2})", period)
    if match is None:
        return period, ""
    part = match[2]
    is_month = part.isdigit() and 1 <= int(part) <= 12
    return (_MONTHS[int(part) - 1] if is_month else part), match[1]


def _limit(x: object, side: int) -> float:
    return float(x) if is_finite(x) else side * float("inf")


def _runs(values: list[object]) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for index, x in enumerate(values):
        if is_finite(x):
            runs[-1].append(index)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]
