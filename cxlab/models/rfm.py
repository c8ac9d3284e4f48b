"""Recency, frequency, money: customers by what they bought, scored in fifths and named as the R package `rfm` does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.stats.counting import collect, frame_of

OTHERS = "Others"
#: name, what it means, and the scores it holds (lowest, highest) of recency, frequency and money. The first that fits
#: counts. Published with the R package rfm (Hebbali, version 0.3.0, help page of rfm_segment and vignette).
NAMED: tuple[tuple[str, str, tuple[int, int], tuple[int, int], tuple[int, int]], ...] = (
    ("Champions", "bought lately, buy often and spend the most", (5, 5), (5, 5), (5, 5)),
    ("Potential Loyalist", "bought lately, more than once, and spent well", (3, 5), (3, 5), (2, 5)),
    ("Loyal Customers", "buy now and then and spend well", (2, 4), (2, 4), (2, 4)),
    ("Promising", "bought lately and spent well, not often", (3, 4), (1, 3), (3, 5)),
    ("New Customers", "bought lately, not often", (4, 5), (1, 3), (1, 5)),
    ("Can't Lose Them", "spent much and bought often, long ago", (1, 2), (3, 4), (4, 5)),
    ("At Risk", "spent much, bought repeatedly, long ago", (1, 2), (2, 5), (4, 5)),
    ("Need Attention", "used to buy more than others", (1, 3), (3, 5), (3, 5)),
    ("About To Sleep", "buy less than others, some time ago", (2, 3), (1, 3), (1, 4)),
    ("Lost", "bought longest ago", (1, 1), (1, 5), (1, 5)),
)
_NEEDED = ("customer_id", "ordered_at", "amount")
_FIFTHS = 5


def rfm(orders: Any, as_of: str | dt.date, bins: int = _FIFTHS) -> pd.DataFrame:
    """Every customer who bought by `as_of`: when last, how often, for how much, three scores and a named segment.

    `orders` is the canonical table (customer_id, ordered_at, amount) on any engine. A date counts to its end, a moment
    (Period.end, say) up to it; later orders do not enter. Columns: customer_id, last_order, recency (days since),
    frequency (orders), monetary (their sum; orders without an amount count as 0), r, f, m (1 to `bins`, `bins` the
    best), score ("343") and segment. A score of i means: from the (i-1)-th quantile plus one up to below the next
    (type 7 quantiles), so that equal customers have equal scores; this and the ranges of the ten segments are those of
    the R package rfm. With other than five bins segments are empty. Raises TableError (columns, no orders) and
    ParameterError (bins).
    """
    if not isinstance(bins, int) or not 2 <= bins <= 9:
        raise ParameterError(f"bins is {bins!r}; scores need 2 to 9 classes.")
    until = _until(as_of)
    rows = frame_of(orders, "orders", list(_NEEDED), "rfm")
    known = rows.filter(~nw.col("customer_id").is_null(), nw.col("ordered_at") < until)
    known = known.with_columns(nw.col("amount").cast(nw.Float64).fill_null(0.0))
    grouped = known.group_by("customer_id").agg(
        last_order=nw.col("ordered_at").max(), frequency=nw.len(), monetary=nw.col("amount").sum()
    )
    bought = collect(grouped)
    if bought.empty:
        raise TableError(f"the orders table holds no order before {until:%Y-%m-%d %H:%M}. Give a later date.")
    bought = bought.sort_values("customer_id", kind="stable").reset_index(drop=True)
    last_day = pd.to_datetime(bought["last_order"]).dt.normalize()
    bought["recency"] = (pd.Timestamp(as_of).normalize() - last_day).dt.days.astype("int64")
    bought["frequency"] = bought["frequency"].astype("int64")
    bought["monetary"] = bought["monetary"].astype("float64")
    bought["r"] = bins + 1 - scores(bought["recency"], bins)
    bought["f"], bought["m"] = scores(bought["frequency"], bins), scores(bought["monetary"], bins)
    bought["score"] = bought[["r", "f", "m"]].astype(str).agg("".join, axis=1)
    bought["segment"] = _named(bought[["r", "f", "m"]].to_numpy()) if bins == _FIFTHS else None
    columns = ["customer_id", "last_order", "recency", "frequency", "monetary", "r", "f", "m", "score", "segment"]
    return bought[columns]


def scores(values: Sequence[float] | pd.Series, bins: int = _FIFTHS) -> np.ndarray:
    """1 to `bins` by quantile: how many of the inner quantiles, each plus one, a value has reached, plus one."""
    x = np.asarray(values, dtype=float)
    breaks = np.quantile(x, np.arange(1, bins) / bins) + 1
    return np.searchsorted(breaks, x, side="right") + 1


def rfm_summary(table: pd.DataFrame) -> pd.DataFrame:
    """What `rfm` found by segment, in the order of the ten: segment, meaning, customers, share, orders, revenue,
    share_of_revenue (empty where nothing was spent), per_order."""
    order = [name for name, *_ in NAMED] + [OTHERS]
    meaning = {name: words for name, words, *_ in NAMED}
    grouped = table.groupby("segment").agg(
        customers=("customer_id", "size"), orders=("frequency", "sum"), revenue=("monetary", "sum")
    )
    found = grouped.reindex([name for name in order if name in grouped.index]).rename_axis("segment").reset_index()
    revenue = float(found["revenue"].sum())
    found.insert(1, "meaning", found["segment"].map(meaning).fillna("fits none of the ten"))
    found.insert(3, "share", found["customers"] / len(table))
    found["share_of_revenue"] = found["revenue"] / revenue if revenue > 0 else np.nan
    found["per_order"] = found["revenue"] / found["orders"]
    return found


def _until(as_of: str | dt.date) -> dt.datetime:
    """The moment before which orders count: a date's own day is over only at its end."""
    try:
        moment = pd.Timestamp(as_of)
    except (ValueError, TypeError):
        raise ParameterError(f"as_of is {as_of!r}, which is no date. Write 2026-09-30.") from None
    is_day = not isinstance(as_of, dt.datetime) and moment == moment.normalize()
    return (moment.normalize() + pd.Timedelta(days=1) if is_day else moment).to_pydatetime()


def _named(triples: np.ndarray) -> np.ndarray:
    """The first of the ten segments that holds a customer's scores."""
    names = np.full(len(triples), OTHERS, dtype=object)
    for name, _, *ranges in reversed(NAMED):
        low, high = np.array(ranges).T
        names[((triples >= low) & (triples <= high)).all(axis=1)] = name
    return names
