"""The same things measured in several ways, a panel a way: dots and intervals on one scale, coloured where told."""

from __future__ import annotations

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.report.digits import MINUS, is_finite, unit_of
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need, reach, round_steps
from cxlab.report.figures.style import Sheet, fitted, text_width

_HEAD, _GAP = 26.0, 22.0


def panels(
    frame: pd.DataFrame, *, by: str, panel: str, unit: str, title: str, alt: str, note: str = "", aside: str = ""
) -> Drawing:
    """A row a thing (`by`), a panel a way of measuring it (`panel`), both in the order in which they first appear.

    frame: one line a dot, with value, low, high (differences in `unit`, 0 meaning none) and seen (whether it can be
    told from none: only then it has a colour). `aside` names a column with words for the row, the same on all its
    lines. A dot without value keeps its place empty. Raises CxlabError (a column is missing, a dot given twice).
    """
    need(frame, (by, panel, "value", "low", "high", "seen", *([aside] if aside else [])), "panels")
    if frame.duplicated([by, panel]).any():
        raise CxlabError(f"figures.panels got a dot of {by} in {panel} twice. Give one line a dot.")
    rows = frame.reset_index(drop=True)
    ends = reach([*rows["value"], 0.0], limits=[*rows["low"], *rows["high"]], roomy=0.05)
    many = rows[by].nunique()
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: _HEAD + many * (50 if narrow else 34) + 26,
        lambda sheet: _paint(sheet, rows, by, panel, unit, aside, ends),
    )


def _paint(
    sheet: Sheet, rows: pd.DataFrame, by: str, panel: str, unit: str, aside: str, ends: tuple[float, float]
) -> None:
    theme, narrow = sheet.theme, sheet.narrow
    names, heads = list(dict.fromkeys(rows[by])), list(dict.fromkeys(rows[panel]))
    words = dict(zip(rows[by], rows[aside].fillna(""), strict=True)) if aside else dict.fromkeys(names, "")
    room, widest = 200.0, max(text_width(str(word), bold=True) for word in words.values())
    left = 0.0 if narrow else min(max(text_width(fitted(name, room)) for name in names), room) + 16
    right = sheet.width if narrow else sheet.width - (widest + 16 if widest else 0)
    width = (right - left - _GAP * (len(heads) - 1)) / len(heads)
    scales = [Scale(*ends, start := left + at * (width + _GAP), start + width) for at in range(len(heads))]
    step = 50 if narrow else 34
    bottom = _HEAD + len(names) * step
    for head, along in zip(heads, scales, strict=True):
        sheet.text(along.start, 9, fitted(head, width), colour=theme.ink, bold=True)
        for tick in round_steps(*ends, most=3 if narrow else 4):
            if not narrow:
                sheet.rule([along.at(tick)] * 2, [_HEAD, bottom])
            text = f"{tick * unit_of(unit).scale:+g}".replace("-", MINUS) if tick else "0"
            half = text_width(text) / 2
            sheet.text(min(along.at(tick), along.end - half), bottom + 13, text, side="center")
        for at in range(len(names)) if narrow else ():
            sheet.line([along.at(0)] * 2, [_HEAD + at * step + 24, _HEAD + (at + 1) * step - 2], theme.soft, 1)
        if not narrow:
            sheet.line([along.at(0)] * 2, [_HEAD, bottom], theme.soft, 1)
    told = {name: bool(part["seen"].any()) for name, part in rows.groupby(by, sort=False)}
    for at, name in enumerate(names):
        y = _HEAD + at * step + step / 2
        name_y, mark_y = (y - 12, y + 10) if narrow else (y, y)
        sheet.text(0, name_y, fitted(name, sheet.width - widest - 14 if narrow else room), colour=theme.ink)
        colour = theme.focus if told[name] else theme.soft
        sheet.text(sheet.width, name_y, words[name], side="right", colour=colour, bold=told[name])
        for _, row in rows[rows[by] == name].iterrows():
            _mark(sheet, row, scales[heads.index(row[panel])], mark_y)


def _mark(sheet: Sheet, row: pd.Series, along: Scale, y: float) -> None:
    if not is_finite(row["value"]):
        return
    colour = sheet.theme.focus if bool(row["seen"]) else sheet.theme.unsure
    if is_finite(row["low"]) and is_finite(row["high"]):
        sheet.line([along.at(row["low"]), along.at(row["high"])], [y, y], colour, 2.4)
    sheet.dot(along.at(row["value"]), y, colour, 5 if bool(row["seen"]) else 4)
