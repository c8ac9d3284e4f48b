"""Orders to histories: how often, how recently and for how much each customer bought, as known at a day.

The convention of the CDNOW data (Fader & Hardie): a day with any orders is one purchase, the first purchase starts the
clock and is not counted, recency and T are times since then.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.periods import Period
from cxlab.stats.counting import collect, columns_of, frame_of

#: So many purchases missing at the end are no accident.
_SILENT = 30
UNIT_DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}


@dataclass(frozen=True)
class Ledger:
    """Purchases, one row a customer and day, and what was noticed on the way.

    days: customer_id (text), day, amount (NaN throughout where orders have none), sorted. remarks: sentences on rows
    that were set aside, netted or doubtful. as_of: the day up to which customers were watched; `days` after it are kept
    for the hold-out and are seen by nothing else. unit: in which times are reckoned.
    """

    days: pd.DataFrame
    as_of: pd.Timestamp
    has_amount: bool
    remarks: list[str] = field(default_factory=list)
    unit: str = "week"

    @property
    def unit_days(self) -> float:
        """Days in a unit of time."""
        return UNIT_DAYS[self.unit]

    def length(self, start: pd.Timestamp, end: pd.Timestamp) -> float:
        """Time from start to end, in units."""
        return (end - start) / pd.Timedelta(days=self.unit_days)

    @property
    def first_day(self) -> pd.Timestamp:
        """The day of the first purchase of all."""
        return self.days["day"].min()

    @property
    def last_day(self) -> pd.Timestamp:
        """The last day with a purchase, be it after as_of."""
        return self.days["day"].max()

    def histories(self, as_of: pd.Timestamp | None = None) -> pd.DataFrame:
        """One row a customer known at `as_of`, by customer_id: frequency, recency, T (in units), mean_spend, first_day.

        frequency: days with a purchase after the first. mean_spend: mean amount of these, NaN for none.
        """
        end = self.as_of if as_of is None else as_of
        known = self.days[self.days["day"] <= end]
        groups = known.groupby("customer_id", sort=True)
        found = groups["day"].agg(first_day="min", last_day="max", frequency="size")
        found["frequency"] -= 1
        self._timed(found, end)
        spent = groups["amount"].sum(min_count=1) - groups["amount"].first()
        with np.errstate(divide="ignore", invalid="ignore"):
            found["mean_spend"] = np.where(found["frequency"] > 0, spent / found["frequency"], np.nan)
        return found[["frequency", "recency", "T", "mean_spend", "first_day"]]

    def _timed(self, found: pd.DataFrame, end: pd.Timestamp) -> None:
        """Add recency and T."""
        length = pd.Timedelta(days=self.unit_days)
        found["recency"] = (found["last_day"] - found["first_day"]) / length
        found["T"] = (end - found["first_day"]) / length

    def later(self, customers: pd.Index, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """What these customers did in (start, end]: purchases, spend; 0 for nothing, in the order of `customers`."""
        rows = self.days[(self.days["day"] > start) & (self.days["day"] <= end)]
        found = rows.groupby("customer_id")["amount"].agg(purchases="size", spend="sum")
        return found.reindex(customers).fillna(0.0)

    def repeats(self, until: pd.Timestamp | None = None) -> pd.DataFrame:
        """The days of `days` that are repeat purchases, up to as_of unless told otherwise."""
        rows = self.days[self.days["day"] <= (self.as_of if until is None else until)]
        return rows[rows.duplicated("customer_id")]


def ledger(orders: Any, as_of: Any = None, unit: str = "week", needed_by: str = "customer_value") -> Ledger:
    """Read an orders table (customer_id, ordered_at, amount if there is one) of any engine.

    as_of: a day, the end of which is meant; without it the last day with an order. Negative amounts are returns: they
    are netted against the customer's last purchase before them, and a purchase with nothing left is no purchase.
    Raises TableError for missing columns, ParameterError where no order can be read.
    """
    frame = frame_of(orders, "orders", ["customer_id", "ordered_at"], needed_by)
    has_amount = "amount" in columns_of(frame)
    remarks: list[str] = []
    rows = _read(frame, has_amount, remarks)
    if rows.empty:
        raise ParameterError(f"{needed_by}: no order has a customer, a date and an amount that can be read.")
    end = rows["day"].max() if as_of is None else day_of(as_of, "as_of")
    if (rows["day"] > end).all():
        raise ParameterError(f"{needed_by}: every order comes after {end:%Y-%m-%d}. Give a later as_of.")
    days = _netted(rows, remarks) if has_amount else _days(rows)
    later = int((days["day"] > end).sum())
    if later:
        remarks.append(
            f"{later:,} purchases after {end:%Y-%m-%d} are not known yet then; they serve the hold-out and nothing "
            "else."
        )
    last = days["day"].max()
    silent = (end - last).days
    if silent * len(days) / max((last - days["day"].min()).days, 1) > _SILENT:
        remarks.append(
            f"Nothing was bought after {last:%Y-%m-%d}, {silent} days before {end:%Y-%m-%d}: if the orders end there, "
            "give that day as as_of, else everybody looks as if they had left."
        )
    return Ledger(days, end, has_amount, remarks, unit)


def day_of(value: Any, name: str) -> pd.Timestamp:
    """A day as people or tables write it, or the last day of a Period. Raises ParameterError."""
    if isinstance(value, Period):
        value = value.end - dt.timedelta(microseconds=1)
    try:
        day = pd.Timestamp(value)
    except (TypeError, ValueError):
        day = pd.NaT
    if pd.isna(day):
        raise ParameterError(f"{name} is {value!r}; give a day such as '2026-09-30'.")
    return day.tz_localize(None).normalize()


def _read(frame: nw.DataFrame | nw.LazyFrame, has_amount: bool, remarks: list[str]) -> pd.DataFrame:
    """Rows with customer_id (text), day, amount; what cannot be read is left out and told."""
    columns = columns_of(frame)
    whole = [name for name in columns if name in ("order_id", "invoice_id", "transaction_id")]
    wanted = ["customer_id", "ordered_at", *(["amount"] if has_amount else []), *whole[:1]]
    given = collect(frame.select(wanted))
    if whole:
        twice = given.duplicated()
        if twice.any():
            remarks.append(f"{int(twice.sum()):,} rows repeat an order, number and all; each order counts once.")
            given = given[~twice]
    elif has_amount and (twice := int(given.duplicated().sum())):
        remarks.append(
            f"{twice:,} rows are alike in customer, moment and amount. Without an order number nobody can tell two "
            "alike orders from one written twice: how often a customer buys is not touched, the spend of that day "
            "counts both."
        )
    rows = pd.DataFrame({"customer_id": given["customer_id"], "day": as_days(given["ordered_at"])})
    rows["amount"] = pd.to_numeric(given["amount"], errors="coerce").astype(float) if has_amount else np.nan
    if has_amount:
        rows["amount"] = rows["amount"].replace([np.inf, -np.inf], np.nan)
    readable = rows["customer_id"].notna() & rows["day"].notna() & (rows["amount"].notna() | (not has_amount))
    if not readable.all():
        remarks.append(
            f"{int((~readable).sum()):,} of {len(rows):,} orders have no customer, date or amount to be read."
        )
    rows = rows[readable].copy()
    rows["customer_id"] = rows["customer_id"].astype(str)
    return rows


def as_days(moments: pd.Series) -> pd.Series:
    """Moments, be they text or in a time zone, as days; empty where they do not read."""
    if not pd.api.types.is_datetime64_any_dtype(moments):
        moments = pd.to_datetime(moments.astype("string"), errors="coerce", format="mixed")
    if getattr(moments.dtype, "tz", None) is not None:
        moments = moments.dt.tz_localize(None)
    return moments.dt.normalize().astype("datetime64[us]")


def _days(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a customer and day, sorted."""
    return rows.groupby(["customer_id", "day"], sort=True)["amount"].sum(min_count=1).reset_index()


def _netted(rows: pd.DataFrame, remarks: list[str]) -> pd.DataFrame:
    bought, returned = _days(rows[rows["amount"] >= 0]), _days(rows[rows["amount"] < 0])
    if len(returned):
        matched = pd.merge_asof(
            returned.sort_values(["day", "customer_id"]),
            bought.assign(bought_on=bought["day"])[["customer_id", "day", "bought_on"]].sort_values(
                ["day", "customer_id"]
            ),
            on="day",
            by="customer_id",
        )
        alone = matched["bought_on"].isna()
        taken = matched[~alone].groupby(["customer_id", "bought_on"])["amount"].sum()
        keys = pd.MultiIndex.from_frame(bought[["customer_id", "day"]])
        less = taken.reindex(keys).to_numpy()
        undone = ~np.isnan(less) & (bought["amount"].to_numpy() + np.nan_to_num(less) <= 1e-9)
        bought = bought.assign(amount=bought["amount"].to_numpy() + np.nan_to_num(less))[~undone]
        remarks.append(
            f"{len(returned):,} returns are netted against the purchase before them"
            + (f"; {int(undone.sum()):,} purchases with nothing left are no purchases" if undone.any() else "")
            + (f"; {int(alone.sum()):,} returns have no purchase before them and are set aside" if alone.any() else "")
            + "."
        )
    if bought.empty:
        raise ParameterError("the orders hold returns only: there is no purchase to learn from.")
    free = int((bought["amount"] == 0).sum())
    if free:
        remarks.append(f"{free:,} days with orders for nothing count as purchases with a spend of 0.")
    return bought.reset_index(drop=True)
