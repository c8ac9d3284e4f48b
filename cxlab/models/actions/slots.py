"""The stretches of time in which a measure is looked at before and after the start of an action."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from cxlab.kpis.definitions import DEFINITIONS
from cxlab.periods import Period

MONTH, QUARTER = "month", "quarter"
_MONTHS = {MONTH: 1, QUARTER: 3}
#: So much of the past is looked at before the start, and so much after it, in months.
BEFORE, AFTER = 36, 12
#: The last three months before the start are left out: a team is picked because it looked bad there.
LEFT_OUT = 3
#: Fewest slots before the start, without those left out.
FEWEST = {MONTH: 6, QUARTER: 3}
# Tables whose rows are dated one by one; KPIs of all others are those of calendar quarters.
_DATED = ("responses", "tickets", "visits")
_CALENDAR = ("backlog_age",)


@dataclass(frozen=True)
class Slots:
    """Months or quarters before (negative) and after the start: slot s lies between edges[s + before] and the next.

    `starts_late`: the first days after the start are left out because only whole calendar quarters can be measured.
    """

    length: str
    before: int
    after: int
    edges: tuple[dt.datetime, ...]
    starts_late: bool = False

    @property
    def left_out(self) -> int:
        """How many slots before the start are not part of the baseline."""
        return LEFT_OUT // _MONTHS[self.length]


def is_dated(kpi: str) -> bool:
    """Whether slots can begin on the very day of the start."""
    return DEFINITIONS[kpi].table in _DATED and kpi not in _CALENDAR


def slots_of(kpi: str, start: dt.datetime, first: dt.datetime, until: dt.datetime, length: str) -> Slots:
    """The slots around a start, as far as the data reach from `first` to `until`."""
    if is_dated(kpi):
        step = _MONTHS[length]
        origin = pd.Timestamp(start)
        back = [k for k in range(1, BEFORE // step + 1) if origin - pd.DateOffset(months=k * step) >= first]
        ahead = [k for k in range(AFTER // step) if origin + pd.DateOffset(months=k * step) < until]
        edges = [origin + pd.DateOffset(months=k * step) for k in range(-len(back), len(ahead) + 1)]
        return Slots(length, len(back), len(ahead), tuple(edge.to_pydatetime() for edge in edges))
    quarter = quarter_of(start)
    starts_late = start > quarter.start + (quarter.end - quarter.start) / 10
    opening = _next(quarter) if starts_late else quarter
    past = [period for period in quarter.previous().trail(BEFORE // 3) if period.start >= first]
    future: list[Period] = []
    while len(future) < AFTER // 3 and opening.is_over_by(until):
        future.append(opening)
        opening = _next(opening)
    starts = [period.start for period in (*past, *future)]
    ends = [(future or past)[-1].end] if starts else []
    return Slots(QUARTER, len(past), len(future), (*starts, *ends), starts_late)


def quarter_of(when: dt.datetime) -> Period:
    """The calendar quarter in which a moment lies."""
    return Period.of(f"{when.year:04d}-Q{(when.month - 1) // 3 + 1}")


def _next(period: Period) -> Period:
    return quarter_of(period.end)
