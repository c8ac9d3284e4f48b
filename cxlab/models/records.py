"""When records of leaving begin: exports often hold accounts from long ago, but only the leavings of recent years."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import pdtr

_BAND = 90.0  # days of tenure within which the rate of leaving is taken as one
_FAR_BELOW = 0.25  # fewer leavings than this share of what is expected: they were not recorded
_SURE = 0.001

Array = NDArray[np.float64]


def records_begin(signed: pd.Series, closed: pd.Series, as_of: pd.Timestamp) -> pd.Timestamp | None:
    """First day of the quarter from which leavings are recorded; None where they seem to be recorded from the start.

    signed, closed: a day an account, closed missing while it is there. For each quarter the leavings before it are set
    against those that would be expected had the accounts left as they do since, at the same tenure (bands of 90 days).
    The quarter at which the two part most is taken (likelihood ratio of two Poisson rates), if fewer than a quarter of
    the expected were recorded and chance would give so few less than once in a thousand.
    """
    gone = closed.dropna()
    first, last = signed.min(), as_of
    if gone.empty or pd.isna(first):
        return None
    starts = pd.date_range(first.to_period("Q").start_time, last, freq="QS")[1:]
    edges = np.arange(0.0, (last - first).days + _BAND + 1, _BAND)
    until = closed.fillna(last)
    best, found = 0.0, None
    for start in starts:
        before, after = (_watched(signed, until, edges, *window) for window in ((None, start), (start, None)))
        is_before = (closed < start).to_numpy()
        tenure = (closed - signed).dt.days.to_numpy(float)
        events = np.histogram(tenure[~is_before & closed.notna().to_numpy()], edges)[0]
        rate = np.divide(events, after, out=np.zeros(len(after)), where=after > 0)
        expected, seen = float((rate * before).sum()), int(is_before.sum())
        if expected <= 0 or seen >= _FAR_BELOW * expected or pdtr(seen, expected) > _SURE:
            continue
        gain = expected - seen + (seen * np.log(seen / expected) if seen else 0.0)
        if gain > best:
            best, found = gain, start
    return found


def _watched(
    signed: pd.Series, until: pd.Series, edges: Array, start: pd.Timestamp | None, end: pd.Timestamp | None
) -> Array:
    """Days that accounts were there inside a window of the calendar, by band of tenure."""
    opened = signed if start is None else signed.clip(lower=start)
    shut = until if end is None else until.clip(upper=end)
    low, high = ((moment - signed).dt.days.to_numpy(float) for moment in (opened, shut))
    there = high > low
    low, high = low[there], high[there]
    # Days below each edge, summed over accounts; bands are the differences.
    below = np.array([np.minimum(high, edge).sum() - np.minimum(low, edge).sum() for edge in edges])
    return np.diff(below)
