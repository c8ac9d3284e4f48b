"""From values to places on a sheet, and the few round numbers that a scale needs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.report.digits import is_finite


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` laid out between the pixels `start` and `end`; beyond the ends they stop there."""

    low: float
    high: float
    start: float
    end: float

    def at(self, x: object) -> float:
        """The pixel of a value; infinities lie at the ends."""
        share = (min(max(float(x), self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def reach(levels: Iterable[object], *, limits: Iterable[object] = (), roomy: float = 0.06) -> tuple[float, float]:
    """Lowest and highest of all finite levels and limits, with a little room; never of width nought.

    A single interval far wider than the values themselves does not squeeze everything else: limits count at most
    three times the values' own spread (or the whole range, if there is only one value).
    """
    known = [float(x) for x in levels if is_finite(x)]
    if not known:
        raise CxlabError("a figure has no value to draw. Show the table, or say in words why there is nothing to see.")
    edges = [float(x) for x in limits if is_finite(x)]
    low, high = min(known + edges), max(known + edges)
    spread = max(known) - min(known)
    if spread > 0:
        low, high = max(low, min(known) - 3 * spread), min(high, max(known) + 3 * spread)
    room = (high - low) * roomy or max(abs(high) * 0.1, 1e-9)
    return low - room, high + room


def round_steps(low: float, high: float, most: int = 4) -> list[float]:
    """At most `most` round numbers (1, 2, 2.5 or 5 times a power of ten apart) inside low..high."""
    rough = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1, 2, 2.5, 5, 10, 20):
        step = factor * power
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [round(index * step, 12) for index in range(first, last + 1)]
    return []


def spread_out(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Moves places apart until neighbours are `gap` apart, inside low..high; their order is kept."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    out = [min(max(place, low), high) for place in places]
    for before, after in zip(order, order[1:], strict=False):
        out[after] = max(out[after], out[before] + gap)
    ceiling = high
    for index in reversed(order):
        out[index] = min(out[index], ceiling)
        ceiling = out[index] - gap
    return out


def need(frame: pd.DataFrame, columns: Iterable[str], form: str) -> None:
    """Raises CxlabError where `frame` is empty or lacks a column that the chart form needs."""
    lost = [name for name in columns if name not in frame]
    if lost:
        have = ", ".join(map(str, frame.columns)) or "no columns"
        raise CxlabError(f"figures.{form} needs the columns {', '.join(lost)} (the frame has: {have}).")
    if frame.empty:
        raise CxlabError(f"figures.{form} got a frame without rows. Say in words why there is nothing to draw.")
