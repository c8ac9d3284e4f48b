"""What an account's money did after a moment, and what it did before the scores that were given ahead of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlab.kpis.measure import rows_of
from cxlab.kpis.retention import start_and_end
from cxlab.models.linkage.panel import GROWTH, LEFT, REVENUE
from cxlab.periods import Period
from cxlab.stats.counting import collect

#: Growth is counted between losing all and doubling, so that one account does not make the link.
_CAP = (-1.0, 1.0)
_LATELY = 3  # months that the scores of the last 90 days are given in


def shifted(period: Period, months: int) -> Period:
    """The window of the same length so many months earlier; its label is for no reader."""
    return Period(f"{period.label} less {months} months", _back(period.start, months), _back(period.end, months))


def before_scores(period: Period) -> Period:
    """The window, as long as the period, that ends where the scores of the last 90 days begin."""
    return shifted(period, _LATELY + length_in_months(period))


def _back(moment: dt.datetime, months: int) -> dt.datetime:
    month = moment.year * 12 + moment.month - 1 - months
    return dt.datetime(month // 12, month % 12 + 1, min(moment.day, 28))


def length_in_months(period: Period) -> int:
    """Whole months of the period, at least one."""
    return max((period.end.year - period.start.year) * 12 + period.end.month - period.start.month, 1)


def money_of(subscriptions: Any, period: Period) -> pd.DataFrame:
    """By customer_id: start (paid in the month before the period), growth, revenue; then growth_before, revenue_before,
    left_before and paid_before, for a window as long that ends where the scores of the last 90 days begin.

    growth: change over start of those who still pay, between -1 and +1. revenue: change in money, who left counts with
    all of it. left_before: share of its revenue that an account gave up. Empty where the months do not reach so far.
    """
    rows = rows_of(subscriptions, "subscriptions", "score_to_money", ["customer_id", "month", "mrr"], [])
    after = _paid(rows, period)
    before = _paid(rows, before_scores(period))
    found = pd.DataFrame(index=after.index.union(before.index))
    found["start"] = after["_cx_start"].reindex(found.index)
    for suffix, paid in (("", after), ("_before", before)):
        start, now = (paid[name].reindex(found.index) for name in ("_cx_start", "_cx_now"))
        change = (now / start - 1).clip(*_CAP)
        found[GROWTH + suffix], found[REVENUE + suffix] = change.where(now > 0), now - start
        if suffix:
            found[LEFT + suffix], found["paid_before"] = (-change).clip(lower=0), start
    return found


def _paid(rows: Any, period: Period) -> pd.DataFrame:
    paid = collect(start_and_end(rows, period).select("customer_id", "_cx_start", "_cx_now"))
    paid["customer_id"] = paid["customer_id"].astype(str)
    return paid.set_index("customer_id")[["_cx_start", "_cx_now"]].astype(float)


def money_frames(
    subscriptions: Any, periods: Mapping[str, Period], customer: pd.Series, label: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """(outcomes growth and revenue, past left, growth and revenue, start and paid_before) in the order of the rows."""
    columns = ["start", GROWTH, REVENUE, f"{GROWTH}_before", f"{REVENUE}_before", f"{LEFT}_before", "paid_before"]
    found = pd.DataFrame(np.nan, index=customer.index, columns=columns)
    for name, period in periods.items():
        mine = (label == name).to_numpy()
        if subscriptions is None or period.kind == "week" or not mine.any():
            continue
        known = money_of(subscriptions, period).reindex(customer[mine].astype(str))
        found.loc[mine, columns] = known[columns].to_numpy(float)
    past = found[[f"{name}_before" for name in (LEFT, GROWTH, REVENUE)]].set_axis([LEFT, GROWTH, REVENUE], axis=1)
    return found[[GROWTH, REVENUE]], past, found[["start", "paid_before"]]
