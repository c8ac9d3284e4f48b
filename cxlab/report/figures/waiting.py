"""How long things take: the share that is done after a time, with everything still open counted too."""

from __future__ import annotations

import pandas as pd

from cxlab.report.digits import THIN, is_finite, value
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.scale import Scale, need, round_steps
from cxlab.report.figures.style import Sheet, text_width

_COLUMNS = 1500  # more steps than a picture has columns


def durations(
    frame: pd.DataFrame,
    *,
    unit: str,
    title: str,
    alt: str,
    note: str = "",
    since: str = "the start",
    honest: str = "everything counted",
    naive: str = "closed ones only",
    until: float | None = None,
) -> Drawing:
    """Share done by a time (0-1, a step curve) with its interval, and the naive curve beside it once, in grey.

    frame: columns time (in `unit`, rising), done, low, high and, if wanted, naive. unit: hours or days. since: what
    starts the clock, for the axis ("the ticket was opened"). until: last time to draw; without it the picture ends
    where 95 in 100 are done, or where the data end. The medians are written on the curves. Raises CxlabError.
    """
    need(frame, ("time", "done", "low", "high"), "durations")
    rows = frame.sort_values("time", kind="stable").reset_index(drop=True)
    if rows["time"].iloc[0] > 0:
        start = pd.DataFrame({name: [0.0] for name in rows.columns if name in ("time", "done", "low", "high", "naive")})
        rows = pd.concat([start, rows], ignore_index=True)
    end = float(until if until is not None else _end(rows))
    rows = rows[rows["time"] <= end].reset_index(drop=True)
    labels = {"done": honest, "naive": naive}
    medians = {name: _median(rows, name) for name in ("done", "low", "high", "naive") if name in rows}
    rows = rows.groupby((rows["time"] / end * _COLUMNS).astype(int), as_index=False).last()  # finer is not seen
    return Drawing(
        title,
        alt,
        note,
        lambda narrow: 280 if narrow else 300,
        lambda sheet: _paint(sheet, rows, unit, since, labels, medians, end),
    )


def _end(rows: pd.DataFrame) -> float:
    nearly = rows[rows["done"] >= 0.95]
    last = float(nearly["time"].iloc[0]) * 1.05 if len(nearly) else float(rows["time"].iloc[-1])
    return max(min(last, float(rows["time"].iloc[-1])), 1e-9)


def _paint(
    sheet: Sheet,
    rows: pd.DataFrame,
    unit: str,
    since: str,
    labels: dict[str, str],
    medians: dict[str, float | None],
    end: float,
) -> None:
    theme, bottom = sheet.theme, sheet.height - 46
    left, right = text_width("100 %") + 14, sheet.width - 10
    up, along = Scale(0, 1, bottom, 14), Scale(0, end, left, right)
    for share in (0, 0.5, 1):
        sheet.rule([left, right], [up.at(share)] * 2)
        sheet.text(left - 8, up.at(share), f"{100 * share:.0f}{THIN}%", side="right")
    for tick in round_steps(0, end, most=4 if sheet.narrow else 7):
        sheet.text(along.at(tick), bottom + 14, f"{tick:,g}", side="right" if along.at(tick) > right - 12 else "center")
    sheet.text(right, bottom + 34, f"{unit} since {since}", side="right")

    xs, lower = _steps(rows, "low", along, up, end)
    _, upper = _steps(rows, "high", along, up, end)
    sheet.area(xs, lower, upper)
    has_naive = "naive" in rows and rows["naive"].notna().any()
    if has_naive:
        sheet.line(*_steps(rows, "naive", along, up, end), theme.unsure, 1.7, dashed=True)
    sheet.line(*_steps(rows, "done", along, up, end), theme.focus, 2.4)
    names = ["done", *(["naive"] if has_naive else [])]
    _write(sheet, rows, unit, {name: labels[name] for name in names}, medians, (along, up))


def _write(
    sheet: Sheet,
    rows: pd.DataFrame,
    unit: str,
    labels: dict[str, str],
    medians: dict[str, float | None],
    scales: tuple[Scale, Scale],
) -> None:
    """The medians, on their curves; what they are, in an empty corner, each beside a piece of its own line."""
    theme, (along, up) = sheet.theme, scales
    limits = (medians["high"], medians["low"])  # the upper curve crosses a half first
    said: list[tuple[str, str]] = []
    for name in labels:
        median, colour = medians[name], theme.focus if name == "done" else theme.unsure
        if median is not None:
            sheet.dot(along.at(median), up.at(0.5), colour, 4.8 if name == "done" else 3.8)
        half = "half not reached" if median is None else f"half after {value(median, unit, *limits)}"
        said += [(name, f"{half},"), ("", labels[name])] if sheet.narrow else [(name, f"{half}, {labels[name]}")]
    width = max(text_width(text, bold=True) for _, text in said) + 32
    x, y, is_free = _corner(rows, width, len(said) * 19.0, medians, along, up)
    is_honest = True
    for index, (name, text) in enumerate(said):
        is_honest = name == "done" or (is_honest and not name)
        at = y + 10 + index * 19
        if name:
            sheet.line(
                [x, x + 22],
                [at, at],
                theme.focus if is_honest else theme.unsure,
                2.4 if is_honest else 1.7,
                dashed=not is_honest,
            )
        sheet.text(x + 30, at, text, bold=is_honest, colour=theme.ink if is_honest else theme.soft, backed=not is_free)


def _corner(
    rows: pd.DataFrame, width: float, height: float, medians: dict[str, float | None], along: Scale, up: Scale
) -> tuple[float, float, bool]:
    """Left and top of a place for words, and whether it is free of curves: beside the median, below, or above them."""
    curves = [_steps(rows, name, along, up, along.high) for name in ("high", "low", "naive") if name in rows]

    def is_free(x: float, y: float) -> bool:
        inside = [
            y - 6 < level < y + height + 6
            for xs, ys in curves
            for (start, end), level in zip(zip(xs, xs[1:], strict=False), ys[1:], strict=False)
            if end >= x - 8 and start <= x + width
        ]
        return not any(inside)

    right, bottom = along.end - width, up.start - height - 6
    median = medians["done"]
    beside = min(along.at(median) + 14 if median is not None else right, right)
    middle = up.at(0.5) + 10
    places = [
        (beside, middle),
        (min(beside + 30, right), middle + 6),
        (right, middle),
        (right, (middle + bottom) / 2),
        (right, bottom),
        (along.start + 8, up.end + 8),
    ]
    free = [(x, y) for x, y in places if is_free(x, y)]
    return (*free[0], True) if free else (right, bottom, False)


def _steps(rows: pd.DataFrame, name: str, along: Scale, up: Scale, end: float) -> tuple[list[float], list[float]]:
    """Corners of the step curve: a share holds until the next event, and to the end of the picture."""
    xs: list[float] = []
    ys: list[float] = []
    known = [(float(t), float(s)) for t, s in zip(rows["time"], rows[name].ffill(), strict=True) if is_finite(s)]
    for time, share in known:
        if ys:
            xs.append(along.at(time))
            ys.append(ys[-1])
        xs.append(along.at(time))
        ys.append(up.at(share))
    if ys:
        xs.append(along.at(end))
        ys.append(ys[-1])
    return xs, ys


def _median(rows: pd.DataFrame, name: str) -> float | None:
    there = rows[rows[name] >= 0.5]
    return float(there["time"].iloc[0]) if len(there) else None
