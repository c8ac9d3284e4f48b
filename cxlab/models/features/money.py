"""What the customer pays: recurring revenue and where it goes, the next renewal, orders."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.models.features.look import (
    COUNT,
    DAYS,
    FLAG,
    KEY,
    MONEY,
    MONTH_DAYS,
    MONTHS,
    SHARE,
    YEAR,
    Look,
    change_of,
    days_since,
    keyed,
    mean_of,
    number_if,
    per_customer,
)
from cxlab.stats.counting import collect, columns_of

RENEWAL_MONTHS = 3


def read(look: Look) -> None:
    """Recurring revenue in the last whole month, its change, the next renewal; recency, frequency, value of orders."""
    _subscriptions(look)
    _orders(look)


def _subscriptions(look: Look) -> None:
    """A month counts once it is over: whether somebody is billed for the running one may tell that they have left."""
    gives = "what they pay, how it changes and when they renew"
    rows = look.rows("subscriptions", ["month", "mrr"], gives, ["renewal_due"], ["mrr"])
    if rows is None:
        return
    this_month = pd.Timestamp(look.as_of).to_period("M").to_timestamp()
    rows = rows.filter(nw.col("month") < this_month.to_pydatetime())
    rows = look.known("subscriptions", rows, ["month"], gives)
    if rows is None:
        return
    last = pd.Timestamp(look.found.spans["subscriptions"][1]).to_period("M").to_timestamp()
    months = max(1, round(look.recent_days / MONTH_DAYS))
    earlier = {"now": last, "recently": last - pd.DateOffset(months=months), "year": last - pd.DateOffset(months=12)}
    chosen = [nw.col("month") == moment.to_pydatetime() for moment in earlier.values()]
    renewal = ["renewal_due"] if "renewal_due" in columns_of(rows) else []
    paid = keyed(collect(rows.filter(chosen[0] | chosen[1] | chosen[2]).select(KEY, "month", "mrr", *renewal)))
    if look.by_customer("subscriptions", paid.drop_duplicates(KEY)) is None:
        return
    paid["month"], paid["mrr"] = pd.to_datetime(paid["month"]), paid["mrr"].astype("float64")
    sums = {
        name: paid[paid["month"] == month].groupby(KEY)["mrr"].sum().reindex(look.found.people)
        for name, month in earlier.items()
    }
    # Somebody who signed in that month or later has not been billed yet; anybody else who was not billed paid nothing.
    billed = look.signed.isna() | (look.signed < last)
    now = sums["now"].fillna(0.0).where(billed | sums["now"].notna())

    def add(name: str, values: pd.Series, meaning: str, unit: str) -> None:
        look.found.add("subscriptions", "money", name, values, meaning, unit)

    add("mrr", now, "recurring revenue in the last whole month", MONEY)
    words = "month" if months == 1 else f"{months} months"
    add("mrr_change", change_of(now, sums["recently"]), f"relative change of recurring revenue over {words}", SHARE)
    add("mrr_change_year", change_of(now, sums["year"]), "relative change of recurring revenue over a year", SHARE)
    if not renewal:
        look.found.lacks("The table of subscriptions has no renewal_due; with it, who renews soon would be known.")
        return
    due = pd.to_datetime(paid[paid["month"] == last].groupby(KEY)["renewal_due"].min()).reindex(look.found.people)
    due = due.where(due >= look.as_of)
    start = pd.Timestamp(look.as_of)
    soon = (due < start + pd.DateOffset(months=RENEWAL_MONTHS)).astype("boolean").where(due.notna(), pd.NA)
    add(
        "months_to_renewal",
        -days_since(due, look.as_of) / MONTH_DAYS,
        "months until the contract is to be renewed",
        MONTHS,
    )
    add("renewal_due", soon, "the contract is to be renewed within three months", FLAG)


def _orders(look: Look) -> None:
    gives = "when, how often and for how much they buy"
    rows = look.rows("orders", ["ordered_at"], gives, numbers=["amount"])
    rows = None if rows is None else look.known("orders", rows, ["ordered_at"], gives)
    if rows is None:
        return
    bought = nw.col("ordered_at")
    year, recent = bought >= look.back(YEAR), bought >= look.back(look.recent_days)
    parts = {"all": nw.lit(1.0), "year": number_if(year), "recent": number_if(recent), "last_order": bought}
    parts |= {"first_order": bought}
    priced = "amount" in columns_of(rows)
    if priced:
        amount = nw.col("amount").cast(nw.Float64)
        parts |= {
            "spent": number_if(year & ~amount.is_null(), amount.fill_null(0.0)),
            "worth": number_if(~amount.is_null(), amount.fill_null(0.0)),
            "priced": number_if(~amount.is_null()),
        }
    sums = look.by_customer("orders", per_customer(rows, **parts))
    if sums is None:
        return

    def add(name: str, values: pd.Series, meaning: str, unit: str = COUNT, absent: float | None = None) -> None:
        look.found.add("orders", "money", name, values, meaning, unit, absent)

    add("days_since_order", days_since(sums["last_order"], look.as_of), "days since the last order", DAYS)
    add("orders", sums["recent"], f"orders {look.recently}", absent=0.0)
    add("orders_year", sums["year"], "orders in the last year", absent=0.0)
    span = days_since(sums["first_order"], look.as_of) - days_since(sums["last_order"], look.as_of)
    gap = span / (sums["all"] - 1).where(sums["all"] > 1, np.nan)
    add("order_gap", gap, "days between two orders on average", DAYS)
    if priced:
        add("spent", sums["spent"], "money spent in the last year", MONEY, 0.0)
        add("order_value", mean_of(sums["worth"], sums["priced"]), "value of an order on average", MONEY)
