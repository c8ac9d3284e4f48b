"""What records of contracts say of themselves: the time from renewal to renewal, and since when closings are kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlab.models.value.ledger import as_days, day_of
from cxlab.stats.counting import collect, columns_of, frame_of

#: Closings before the records begin are fewer than this share of what the later rate would give.
_FADED = 0.2
#: The log-likelihood ratio from which a change point of the records is believed.
_CLEARLY = 8.0
#: A year is the period where at least this share of the contracts closes within a month of the day of renewal.
_ABOUT = 0.6
_FEWEST_GAPS = 30


def period_of(subscriptions: Any, rows: pd.DataFrame) -> tuple[str, str]:
    """Yearly where renewals fall due a year apart and contracts close about then, else monthly; and why."""
    due = None if subscriptions is None else _due(subscriptions)
    if due is None:
        return "month", "Nothing says when contracts are renewed: a period is a month."
    gaps = due.sort_values(["customer_id", "renewal_due"]).groupby("customer_id")["renewal_due"].diff().dt.days
    if gaps.notna().sum() < _FEWEST_GAPS or gaps.median() <= 300:
        return "month", "Renewals fall due less than a year apart: a period is a month."
    closed = rows[rows["closed_on"].notna()]
    months = (
        closed["closed_on"].dt.to_period("M").astype("int64") - closed["signed_on"].dt.to_period("M").astype("int64")
    ) % 12
    about = float(months.isin([11, 0, 1]).mean()) if len(months) else 0.0
    if about < _ABOUT:
        return "month", (
            f"Renewals fall due a year apart, yet only {about:.0%} of the contracts that closed did so within a month "
            "of it: a period is a month."
        )
    return (
        "year",
        f"Renewals fall due a year apart, and {about:.0%} of what closed did so about then: a period is a year.",
    )


def _due(subscriptions: Any) -> pd.DataFrame | None:
    frame = frame_of(subscriptions, "subscriptions", [], "contract_value")
    if "renewal_due" not in columns_of(frame):
        return None
    due = collect(frame.select(["customer_id", "renewal_due"])).dropna().drop_duplicates()
    return due.assign(renewal_due=as_days(due["renewal_due"]))


def start_of(rows: pd.DataFrame, since: Any, end: pd.Timestamp, remarks: list[str]) -> pd.Timestamp:
    """The day from which closings are on record."""
    first = rows["signed_on"].min()
    if since is not None:
        return max(day_of(since, "since"), first)
    closed = rows["closed_on"].dropna().sort_values()
    if closed.empty:
        return first
    start = _first_on_record(rows, closed, end)
    if start <= first:
        return first
    remarks.append(
        f"Hardly any contract closed before {start:%Y-%m-%d}, though many ran: records "
        "of closings seem to begin then, and renewals before it do not count. Give since=... where that is wrong."
    )
    return start


def _first_on_record(rows: pd.DataFrame, closed: pd.Series, end: pd.Timestamp) -> pd.Timestamp:
    """The change point of the rate of closing a contract and month that is likeliest, where the rate before has faded.

    Poisson likelihood over the months; both rates are constant, the one before at most a fifth of the one after.
    Contracts count from their fourteenth month on: in a first year that binds nobody can leave, records or not.
    """
    first = rows["signed_on"].min()
    months = pd.period_range(first, end, freq="M")
    edges = months.start_time.to_numpy().astype("datetime64[us]")
    bound = rows["signed_on"] + pd.DateOffset(months=13)
    gone = np.sort(closed[closed >= bound.reindex(closed.index)].to_numpy("datetime64[us]"))
    free = np.sort(bound[~(rows["closed_on"] < bound)].to_numpy("datetime64[us]"))
    running = np.searchsorted(free, edges, side="right") - np.searchsorted(gone, edges, side="right")
    closings = np.diff(np.append(np.searchsorted(gone, edges), len(gone))).astype(float)
    exposure = np.maximum(running.astype(float), 1e-3)
    best, found = 0.0, None
    total = _rate_likelihood(closings.sum(), exposure.sum())
    for place in range(1, len(months)):
        before, after = closings[:place].sum(), closings[place:].sum()
        early, late = exposure[:place].sum(), exposure[place:].sum()
        gain = _rate_likelihood(before, early) + _rate_likelihood(after, late) - total
        if gain > max(best, _CLEARLY) and before / early < _FADED * after / late:
            best, found = gain, months[place]
    return first if found is None else found.start_time


def _rate_likelihood(events: float, exposure: float) -> float:
    return events * np.log(events / exposure) - events if events else 0.0
