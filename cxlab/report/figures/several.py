"""Several waits in one picture: the share that is done by a time, a curve a step or a group, each named on the line."""

from __future__ import annotations

import pandas as pd

from cxlab.report.digits import THIN, is_finite
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need, round_steps, spread_out
from cxlab.report.figures.style import Sheet, fitted, text_width

_MOST = 5
_GAP = 17.0


def curves(
    frame: pd.DataFrame,
    *,
    by: str,
    unit: str,
    title: str,
    alt: str,
    note: str = "",
    since: str = "the start",
    until: float | None = None,
) -> Drawing:
    """Share done by a time (0-1) for up to five steps or groups, in the order given.

    frame: columns `by` (the name), time (in `unit`), done, low, high. unit: hours or days. until: last time to draw;
    without it the picture ends where nine in ten of the slowest are done, or where the data end. The band is drawn for
    the last one only, because five bands are a fog. Raises CxlabError.
    """
    need(frame, (by, "time", "done", "low", "high"), "curves")
    names = [name for name in frame[by].drop_duplicates() if pd.notna(name)][:_MOST]
    parts = {name: frame[frame[by] == name].sort_values("time", kind="stable") for name in names}
    end = float(until) if until is not None else max(_end(part) for part in parts.values())
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: 300 if narrow else 320,
        lambda sheet: _paint(sheet, parts, unit, since, end),
    )


def _end(part: pd.DataFrame) -> float:
    nearly = part[part["done"] >= 0.9]
    return max(float((nearly if len(nearly) else part.iloc[-1:])["time"].iloc[0]) * 1.1, 1e-9)


def _paint(sheet: Sheet, parts: dict[object, pd.DataFrame], unit: str, since: str, end: float) -> None:
    theme, bottom = sheet.theme, sheet.height - 46
    room = 138.0 if sheet.narrow else 190.0
    said = {name: f"{fitted(name, room - 50)} {_at_end(part, end)}" for name, part in parts.items()}
    left = text_width("100 %") + 14
    right = sheet.width - max(text_width(text, bold=True) for text in said.values()) - 16
    up, along = Scale(0, 1, bottom, 14), Scale(0, end, left, right)
    for share in (0, 0.5, 1):
        sheet.rule([left, right], [up.at(share)] * 2)
        sheet.text(left - 8, up.at(share), f"{100 * share:.0f}{THIN}%", side="right")
    for tick in round_steps(0, end, most=3 if sheet.narrow else 6):
        sheet.text(along.at(tick), bottom + 14, f"{tick:,g}", side="right" if along.at(tick) > right - 12 else "center")
    sheet.text(right, bottom + 34, f"{unit} since {since}", side="right")
    last = len(parts) - 1
    ends = []
    for index, part in enumerate(parts.values()):
        shown = part[part["time"] <= end]
        if index == last:
            xs, lower = _steps(shown, "low", along, up)
            _, upper = _steps(shown, "high", along, up)
            sheet.area(xs, lower, upper)
        xs, ys = _steps(shown, "done", along, up)
        sheet.line(xs, ys, theme.focus if index == last else theme.unsure, 2.4 if index == last else 1.6)
        ends.append(ys[-1])
    for index, (y, text) in enumerate(zip(spread_out(ends, _GAP, 10, bottom), said.values(), strict=True)):
        is_last = index == last
        sheet.text(right + 10, y, text, bold=is_last, colour=theme.focus if is_last else theme.soft)


def _at_end(part: pd.DataFrame, end: float) -> str:
    shown = part[part["time"] <= end]
    share = float(shown["done"].iloc[-1]) if len(shown) else 0.0
    return f"{100 * share:.0f}{THIN}%"


def _steps(rows: pd.DataFrame, name: str, along: Scale, up: Scale) -> tuple[list[float], list[float]]:
    """Corners of a step curve from nought to the end of the picture."""
    xs, ys = [along.start], [up.at(0)]
    for time, share in zip(rows["time"], rows[name].ffill(), strict=True):
        if is_finite(share):
            xs += [along.at(time)] * 2
            ys += [ys[-1], up.at(share)]
    return [*xs, along.end], [*ys, ys[-1]]
