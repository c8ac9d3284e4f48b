"""How one value goes with another: a curve with its interval over a number, for all or for two or three groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.report.digits import is_finite, value
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need, reach, round_steps, spread_out
from cxlab.report.figures.style import Sheet, fitted, text_width

_MOST = 3


def response(
    frame: pd.DataFrame,
    *,
    unit: str,
    along: str,
    title: str,
    alt: str,
    note: str = "",
    by: str = "",
    level: float | None = None,
    level_name: str = "all",
    middle: tuple[float, float] | None = None,
) -> Drawing:
    """A value (in `unit`) over a number, with its interval as a band.

    frame: columns x (rising), value, low, high and, if wanted, `by`: up to three groups, a curve each, named at its
    end. along: what x is, in words, for the axis. level: a level to hold it against, dotted. middle: where the middle
    half of all lies, a thick piece of the axis. Raises CxlabError.
    """
    need(frame, ("x", "value", "low", "high", *([by] if by else [])), "response")
    names = list(dict.fromkeys(frame[by]))[:_MOST] if by else [""]
    parts = {name: (frame[frame[by] == name] if by else frame).sort_values("x", kind="stable") for name in names}
    shown = pd.concat(parts.values())
    low, high = reach([*shown["value"], level], limits=[*shown["low"], *shown["high"]])
    ends = (max(low, 0.0) if unit == "share" and shown["value"].min() >= 0 else low, high)
    reaches = (float(shown["x"].min()), float(shown["x"].max()))
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: 280 if narrow else 300,
        lambda sheet: _paint(sheet, parts, unit, along, ends, reaches, (level, level_name), middle),
    )


def _paint(
    sheet: Sheet,
    parts: dict[object, pd.DataFrame],
    unit: str,
    words: str,
    ends: tuple[float, float],
    reaches: tuple[float, float],
    level: tuple[float | None, str],
    middle: tuple[float, float] | None,
) -> None:
    theme, bottom, named = sheet.theme, sheet.height - 54, len(parts) > 1
    steps = round_steps(*ends, most=4)
    left = max(text_width(value(step, unit, bare=True)) for step in steps) + 16
    room = 110.0 if sheet.narrow else 190.0
    labels = {name: fitted(name, room) for name in parts}
    right = sheet.width - (max(text_width(text, bold=True) for text in labels.values()) + 16 if named else 12)
    up, along = Scale(*ends, bottom - 6, 16), Scale(*reaches, left, right)
    for step in steps:
        sheet.rule([left, right], [up.at(step)] * 2)
        sheet.text(left - 8, up.at(step), value(step, unit, bare=True), side="right")
    for tick in round_steps(*reaches, most=4 if sheet.narrow else 7):
        text = f"{tick:,g}"
        half = text_width(text) / 2
        sheet.text(min(along.at(tick), sheet.width - half), bottom + 14, text, side="center")
    sheet.text(right, bottom + 36, fitted(words, sheet.width - left), side="right")
    if middle:
        ys = [bottom, bottom]
        sheet.line([along.at(edge) for edge in middle], ys, theme.unsure, 4.0)
    colours = [theme.soft, theme.focus, theme.ink][: len(parts)] if named else [theme.focus]
    tips = []
    for part, colour in zip(parts.values(), colours, strict=True):
        known = part[[is_finite(x) for x in part["value"]]]
        xs = [along.at(x) for x in known["x"]]
        sheet.area(xs, *([up.at(edge) for edge in known[side]] for side in ("low", "high")))
        sheet.line(xs, [up.at(x) for x in known["value"]], colour, 2.4)
        tips.append(up.at(known["value"].iloc[-1]))
    said, name = level
    if is_finite(said):
        sheet.line([left, right], [up.at(said)] * 2, theme.soft, 1.3, dotted=True)
        text = f"{name} {value(said, unit)}"
        paths = [([along.at(x) for x in p["x"]], [up.at(y) for y in p["value"]]) for p in parts.values()]
        x, y = _free(paths, text_width(text), up.at(said), left, right)
        sheet.text(x, y, text)
    if named:
        for name, y, colour in zip(labels.values(), spread_out(tips, 17.0, 10, bottom), colours, strict=True):
            sheet.text(right + 8, y, name, bold=True, colour=colour)


def _free(
    paths: list[tuple[list[float], list[float]]], width: float, y: float, left: float, right: float
) -> tuple[float, float]:
    """A place for words on a level, above or below it, at either end or between: the one furthest from any curve."""
    room = right - width - 6 - left - 6
    starts = [right - width - 6 - room * share for share in (0, 1, 0.25, 0.5, 0.75)]
    places = [(x, at) for x in starts for at in (y - 12, y + 12)]

    def distance(place: tuple[float, float]) -> float:
        under = np.linspace(place[0] - 4, place[0] + width + 4, 25)
        return min(float(np.abs(np.interp(under, xs, ys) - place[1]).min()) for xs, ys in paths)

    return max(places, key=distance)
