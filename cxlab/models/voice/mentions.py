"""Which share of the comments holds each topic, and what the accounts behind them pay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError, TableError
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.comparisons import difference
from cxlab.stats.estimates import Counts

Mask = NDArray[np.bool_]
Array = NDArray[np.float64]


def side_by_side(members: pd.DataFrame, comments: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both frames row by row, counted from 0. Raises ParameterError where they are not of the same comments."""
    if len(members) != len(comments):
        raise ParameterError(
            f"members has {len(members):,} rows, comments {len(comments):,}; give the rows of the same comments, in "
            "the same order."
        )
    return members.astype(bool).reset_index(drop=True), comments.reset_index(drop=True)


def heard(comments: pd.DataFrame, period: Period | None = None) -> Mask:
    """Comments that count: those answered in the period, and not set aside where a column `heard` says so."""
    counts = comments["heard"].to_numpy(bool) if "heard" in comments else np.ones(len(comments), dtype=bool)
    if period is None:
        return counts
    if "answered_at" not in comments:
        raise TableError.missing(f"comments of {period.label}", "responses", ["answered_at"], comments.columns)
    when = pd.to_datetime(comments["answered_at"])
    return counts & ((when >= period.start) & (when < period.end)).to_numpy(bool)


def accounts_of(comments: pd.DataFrame) -> pd.Series | None:
    """The account of every comment; None where no column tells."""
    return comments["customer_id"] if "customer_id" in comments and comments["customer_id"].notna().any() else None


def mention_counts(members: pd.DataFrame, cluster: ArrayLike | None = None, weight: ArrayLike | None = None) -> Counts:
    """Sufficient counts of the share of rows that hold each topic, one array element a topic.

    Rows of one cluster (an account) are one unit; a row of unknown cluster is a unit of its own.
    """
    rows = len(members)
    each = np.ones(rows) if weight is None else np.asarray(weight, dtype=float)
    unit = units_of(cluster, rows)
    units = int(unit.max()) + 1 if rows else 0
    x = np.bincount(unit, each, units)
    hits = members.to_numpy(bool)
    sums = np.zeros((4, members.shape[1]))
    for place in range(members.shape[1]):
        there = hits[:, place]
        y = np.bincount(unit[there], each[there], units)
        sums[:, place] = y.sum(), y @ y, x @ y, 0.0
    ones = np.ones(members.shape[1])
    sww = float(each @ each)
    return Counts(ones * rows, ones * units, sums[0], ones * x.sum(), sums[1], sums[2], ones * float(x @ x), ones * sww)


def score_counts(members: pd.DataFrame, score: ArrayLike, cluster: ArrayLike | None = None) -> Counts:
    """Sufficient counts of the mean score of the rows that hold each topic, one array element a topic."""
    unit, hits = units_of(cluster, len(members)), members.to_numpy(bool)
    each = np.asarray(score, dtype=float)
    sums = np.zeros((7, members.shape[1]))
    for place in range(members.shape[1]):
        there = hits[:, place]
        x = np.bincount(unit[there])
        y = np.bincount(unit[there], each[there])
        n = float(there.sum())
        sums[:, place] = n, np.count_nonzero(x), y.sum(), n, y @ y, x @ y, x @ x
    return Counts(*sums, sums[0])


def texts_of(known: pd.DataFrame, name: str) -> pd.Series:
    """A column of texts without blanks around them; "" where a cell is empty or there is no such column."""
    return known[name].fillna("").astype(str).str.strip() if name in known else pd.Series("", index=known.index)


def units_of(cluster: ArrayLike | None, rows: int) -> NDArray[np.intp]:
    """The unit of every row, counted from 0: its cluster, or itself where that is unknown."""
    if cluster is None:
        return np.arange(rows)
    codes, names = pd.factorize(pd.Series(np.asarray(cluster, dtype=object)))
    unknown = codes < 0
    codes[unknown] = len(names) + np.arange(int(unknown.sum()))
    return codes


def shares(members: pd.DataFrame, cluster: ArrayLike | None = None, weight: ArrayLike | None = None) -> pd.DataFrame:
    """Share of the rows that hold each topic, a row a topic, indexed by it.

    Columns: n (rows that hold it), heard (all rows), value, low, high, n_eff. Interval: Wilson's on the effective n,
    accounts as clusters.
    """
    found = estimates.share(mention_counts(members, cluster, weight))
    return pd.DataFrame(
        {
            "n": members.to_numpy(bool).sum(axis=0).astype(int),
            "heard": len(members),
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "n_eff": found.n_eff,
        },
        index=pd.Index(members.columns, name="topic"),
    )


def changed(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Difference of two tables of `shares` with the same topics: change, low, high, p, smallest_detectable.

    A topic that nobody mentions on either side is not tested: its p is NaN and no other topic pays for it.
    """
    before = before.reindex(now.index)
    moved = difference(now, before)
    moved.loc[(now["n"] == 0) & (before["n"] == 0), "p"] = np.nan
    return moved


def last_revenue(subscriptions: pd.DataFrame | None, until: pd.Timestamp | None = None) -> pd.Series:
    """Monthly recurring revenue by account in the last month known (before `until`). Empty without subscriptions."""
    if subscriptions is None or not len(subscriptions):
        return pd.Series(dtype=float, name="mrr")
    lost = [name for name in ("customer_id", "month", "mrr") if name not in subscriptions]
    if lost:
        raise TableError.missing("revenue touched", "subscriptions", lost, subscriptions.columns)
    month = pd.to_datetime(subscriptions["month"])
    known = month if until is None else month[month < until]
    rows = subscriptions[month == known.max()]
    return rows.groupby("customer_id")["mrr"].sum().astype(float)


def revenue_touched(members: pd.DataFrame, accounts: pd.Series | None, revenue: pd.Series) -> pd.DataFrame:
    """What the accounts pay that speak of each topic, each account counted once. A row a topic, indexed by it.

    `revenue` as `last_revenue` gives it. accounts: that speak of it; paying: those of them that paid in that month;
    revenue: what they paid; revenue_share with revenue_low and revenue_high: of all revenue of accounts heard, Wilson's
    interval on the effective number of accounts, each weighing what it pays. Without revenue these are NaN.
    """
    topics = pd.Index(members.columns, name="topic")
    columns = ["accounts", "paying", "revenue", "revenue_share", "revenue_low", "revenue_high"]
    if accounts is None:
        return pd.DataFrame(np.nan, index=topics, columns=columns)
    said = by_account(members, accounts)
    pays = revenue.reindex(said.index)
    paying = (pays > 0).to_numpy(bool)
    table = pd.DataFrame({"accounts": said.to_numpy(bool).sum(axis=0)}, index=topics)
    if not paying.any():
        return table.assign(**dict.fromkeys(columns[1:], np.nan))
    part, weight = said[paying], pays[paying].to_numpy(float)
    found = shares(part, weight=weight)
    return table.assign(
        paying=found["n"],
        revenue=part.to_numpy(float).T @ weight,
        revenue_share=found["value"],
        revenue_low=found["low"],
        revenue_high=found["high"],
    )


def by_account(members: pd.DataFrame, accounts: Sequence[object] | pd.Series) -> pd.DataFrame:
    """Which accounts hold each topic in at least one comment: accounts x topics, booleans. Unknown accounts are out."""
    key = pd.Series(np.asarray(accounts, dtype=object), index=members.index)
    return members[key.notna()].groupby(key[key.notna()], sort=True).any()
