"""Two groups along one line: how many lie where, and whether anybody stands in between."""

from __future__ import annotations

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need
from cxlab.report.figures.style import Sheet, fitted, text_width

_HEAD, _FOOT = 44, 30


def gap(
    frame: pd.DataFrame, *, first: str, second: str, title: str, alt: str, note: str = "", along: str = ""
) -> Drawing:
    """The density of two groups along a line, the first as a filled hill, the second as an outlined one, their sum on
    top.

    frame: place, density (of both), first, second, in order of place. first, second: names of the groups, the first on
    the left. along: what the line is, written under it. Raises CxlabError.
    """
    need(frame, ("place", "density", "first", "second"), "gap")
    if not float(frame["density"].max()) > 0:
        raise CxlabError("figures.gap has no density to draw. Say in words why there is nothing to see.")
    middle = {side: float((frame["place"] * frame[side]).sum() / frame[side].sum()) for side in ("first", "second")}
    if middle["first"] > middle["second"]:
        frame = frame.assign(place=-frame["place"]).iloc[::-1].reset_index(drop=True)
        middle = {side: -place for side, place in middle.items()}
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: 230 if narrow else 250,
        lambda sheet: _paint(sheet, frame, (first, second), along),
    )


def _paint(sheet: Sheet, frame: pd.DataFrame, names: tuple[str, str], along: str) -> None:
    theme, bottom = sheet.theme, sheet.height - _FOOT
    seen = frame["density"] > 0.002 * frame["density"].max()
    low, high = frame.loc[seen, "place"].min(), frame.loc[seen, "place"].max()
    x = Scale(float(low), float(high), 4, sheet.width - 4)
    y = Scale(0, float(frame["density"].max()) * 1.05, bottom, _HEAD + 4)
    shown = frame[seen]
    xs = [x.at(place) for place in shown["place"]]
    floor = [bottom] * len(xs)
    sheet.area(xs, floor, [y.at(each) for each in shown["first"]])
    for side, colour in (("first", theme.focus), ("second", theme.unsure)):
        sheet.line(xs, [y.at(each) for each in shown[side]], colour, 1.6, dashed=side == "second")
    sheet.line(xs, [y.at(each) for each in shown["density"]], theme.ink, 2.2)
    sheet.rule([0, sheet.width], [bottom, bottom])
    # Bold letters are about an eighth wider.
    room = sheet.width - 8
    sheet.text(4, 11, fitted(names[0], room / 1.14), colour=theme.focus, bold=True)
    sheet.text(sheet.width - 4, 29, fitted(names[1], room), colour=theme.soft, side="right")
    if along:
        words = fitted(along, sheet.width - 8)
        sheet.text((sheet.width - text_width(words)) / 2, bottom + 16, words)
