"""Purchases at regular opportunities: orders as yes or no at each, for BG/BB."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.value.ledger import Ledger

#: Orders on more days than this come when customers like, not when they are asked.
_MOST_DAYS = 60
#: So much may the gaps between opportunities vary (standard deviation over mean).
_EVEN = 0.2
_FREQUENCIES = {"week": "W", "month": "M", "year": "Y"}


@dataclass(frozen=True)
class Opportunities(Ledger):
    """A ledger in which time is counted in opportunities: `events` are their days, in order."""

    events: pd.DatetimeIndex = field(default_factory=lambda: pd.DatetimeIndex([]))
    unit: str = "opportunity"

    @property
    def unit_days(self) -> float:
        """Days from one opportunity to the next, on average."""
        return (self.events[-1] - self.events[0]).days / (len(self.events) - 1)

    def length(self, start: pd.Timestamp, end: pd.Timestamp) -> float:
        """Opportunities after start, up to end."""
        return float(((self.events > start) & (self.events <= end)).sum())

    def _timed(self, found: pd.DataFrame, end: pd.Timestamp) -> None:
        first, last = (self.events.get_indexer(found[name]) for name in ("first_day", "last_day"))
        found["recency"] = (last - first).astype(float)
        found["T"] = float((self.events <= end).sum()) - 1 - first


def looks_discrete(book: Ledger) -> bool:
    """Whether orders come on a few evenly spaced days only, so that customers are asked rather than come."""
    events = np.sort(book.days["day"].unique())
    if not 3 <= len(events) <= _MOST_DAYS or len(book.days) < 10 * len(events):
        return False
    gaps = np.diff(events) / np.timedelta64(1, "D")
    return bool(gaps.min() > 1 and gaps.std() <= _EVEN * gaps.mean())


def at_opportunities(book: Ledger, unit: str) -> Opportunities:
    """The ledger with one purchase at most an opportunity: the days themselves where they are few and even, else the
    calendar's `unit` ("week", "month", "year"), of which only those over by as_of count. Raises ParameterError.
    """
    if looks_discrete(book):
        return _counted(book, book.days, pd.DatetimeIndex(np.sort(book.days["day"].unique())))
    if unit not in _FREQUENCIES:
        raise ParameterError.unknown("unit of opportunities", unit, _FREQUENCIES)
    spans = book.days["day"].dt.to_period(_FREQUENCIES[unit])
    events = pd.period_range(spans.min(), spans.max(), freq=_FREQUENCIES[unit])
    ends = events.end_time.normalize().astype("datetime64[us]")
    days = book.days.assign(day=spans.dt.end_time.dt.normalize().astype("datetime64[us]"))
    days = days.groupby(["customer_id", "day"], sort=True)["amount"].sum(min_count=1).reset_index()
    over = ends[ends <= book.as_of]
    if len(over) < 3:
        raise ParameterError(f"fewer than three {unit}s are over by {book.as_of:%Y-%m-%d}: too few opportunities.")
    return _counted(replace(book, as_of=over[-1]), days, ends)


def _counted(book: Ledger, days: pd.DataFrame, events: pd.DatetimeIndex) -> Opportunities:
    return Opportunities(
        days, book.as_of, book.has_amount, book.remarks, "opportunity", events.astype("datetime64[us]")
    )
