"""How much the customer uses, of how much, and where it goes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from cxlab.kpis.measure import Frame
from cxlab.models.columns import typed
from cxlab.models.features.look import (
    COUNT,
    DAYS,
    KEY,
    MONTH_DAYS,
    SHARE,
    YEAR,
    Look,
    change_of,
    days_since,
    keyed,
    number_if,
    per_customer,
)
from cxlab.stats.counting import collect, columns_of

SEATS = ("seats", "licences", "licenses", "users", "n_seats", "n_users")
_GIVES = "how much they use, what, and whether it grows"
#: Features with a column of their own are the most widely used ones, at most so many.
_MOST = 8
_SUMS = ["recent", "earlier", "latest"]


@dataclass(frozen=True)
class _Windows:
    """The windows of use end together; where use is kept by month they are made of whole months."""

    end: dt.datetime
    recent: dt.datetime
    earlier: dt.datetime
    last: dt.datetime
    words: str
    last_words: str
    monthly: bool


def read(look: Look, customers: pd.DataFrame | None) -> None:
    """Level, trend, breadth and recency of use, and per seat where the customers table knows seats."""
    rows = look.rows("usage", ["used_on"], _GIVES, ["feature"], ["value"])
    rows = None if rows is None else look.known("usage", rows, ["used_on"], _GIVES)
    if rows is None:
        return
    windows = _windows(look, rows)
    if windows.monthly:
        rows = rows.filter(nw.col("used_on") < windows.end)
    amount = nw.col("value").cast(nw.Float64).fill_null(1.0) if "value" in columns_of(rows) else nw.lit(1.0)
    rows = rows.with_columns(_cx_amount=amount).filter(nw.col("_cx_amount") > 0)
    named = "feature" in columns_of(rows)
    used, day = nw.col("_cx_amount"), nw.col("used_on")
    parts = rows.select(
        KEY,
        day.alias("last_used"),
        (nw.col("feature") if named else nw.lit("use")).alias("feature"),
        recent=number_if(day >= windows.recent, used),
        earlier=number_if((day >= windows.earlier) & (day < windows.recent), used),
        latest=number_if(day >= windows.last, used),
    )
    wanted = [*(nw.col(name).sum() for name in _SUMS), nw.col("last_used").max()]
    sums = keyed(collect(parts.group_by(KEY, "feature").agg(*wanted)))
    sums["last_used"] = pd.to_datetime(sums["last_used"])
    sums[_SUMS] = sums[_SUMS].astype("float64").fillna(0.0)
    if look.by_customer("usage", sums.drop_duplicates(KEY)) is None:
        return
    _told(look, sums[look.found.people.get_indexer(sums[KEY]) >= 0], sums, windows, named, customers)


def _windows(look: Look, rows: Frame) -> _Windows:
    day = nw.col("used_on").dt.day()
    span = collect(rows.select(day.min().alias("least"), day.max().alias("most")))
    months = max(1, round(look.recent_days / MONTH_DAYS))
    if not (span["least"].iloc[0] == span["most"].iloc[0] == 1):
        last = min(look.recent_days, round(MONTH_DAYS))
        return _Windows(
            look.as_of,
            look.back(look.recent_days),
            look.back(2 * look.recent_days),
            look.back(last),
            look.recently,
            f"in the last {last} days",
            False,
        )
    look.found.remark(
        "Use is kept by the month: only months that were over count, and windows are made of whole months."
    )
    end = pd.Timestamp(look.as_of).to_period("M").to_timestamp()
    back = [(end - pd.DateOffset(months=number)).to_pydatetime() for number in (months, 2 * months, 1)]
    words = "in the last month" if months == 1 else f"in the last {months} months"
    return _Windows(end.to_pydatetime(), *back, words, "in the last month", True)


def _told(
    look: Look,
    mine: pd.DataFrame,
    sums: pd.DataFrame,
    windows: _Windows,
    named: bool,
    customers: pd.DataFrame | None,
) -> None:
    found = look.found
    total = mine.groupby(KEY)[["recent", "earlier"]].sum()
    first, _ = found.spans["usage"]

    def add(name: str, values: pd.Series, meaning: str, unit: str = COUNT, absent: float | None = None) -> None:
        found.add("usage", "use", name, values, meaning, unit, absent)

    add("use", total["recent"], f"use of everything added up, {windows.words}", absent=0.0)
    both = total.reindex(found.people).fillna(0.0)
    there = look.signed.isna() | (look.signed < windows.earlier)
    change = change_of(both["recent"], both["earlier"]).where(there & (first <= windows.earlier))
    span = windows.words.removeprefix("in the last ")
    add("use_change", change, f"relative change of use {windows.words} against the {span} before", SHARE)
    last_used = mine.groupby(KEY)["last_used"].max()
    if windows.monthly:
        last_used = last_used + pd.offsets.MonthBegin(1)
    since = "days since the end of the last month with use" if windows.monthly else "days since the last use"
    add("days_since_use", days_since(last_used, look.as_of), since, DAYS)
    if named:
        breadth = mine[mine["recent"] > 0].groupby(KEY)["feature"].nunique()
        add("features_used", breadth, f"different features used {windows.words}", absent=0.0)
        look.found.features = list(look.features) or _by_reach(sums)[:_MOST]
        _each_feature(look, mine, windows)
        _entitled(look, mine, windows.words)
        _per_seat(look, mine, windows, customers)


def _by_reach(sums: pd.DataFrame) -> list[str]:
    """Features, the one that most customers ever used first; ties by how much, then by name."""
    reach = sums.dropna(subset="feature").groupby("feature").agg(n=(KEY, "nunique"), much=("recent", "sum"))
    reach = reach.reset_index().sort_values(["n", "much", "feature"], ascending=[False, False, True])
    return reach["feature"].tolist()


def _each_feature(look: Look, mine: pd.DataFrame, windows: _Windows) -> None:
    for feature in look.found.features:
        values = mine[mine["feature"] == feature].set_index(KEY)["recent"]
        name = "use_of_" + re.sub(r"\W+", "_", feature.lower()).strip("_")
        look.found.add("usage", "use", name, values, f"use of {feature} {windows.words}", COUNT, 0.0)


def _per_seat(look: Look, mine: pd.DataFrame, windows: _Windows, customers: pd.DataFrame | None) -> None:
    """The most widely used feature in the last month: somebody who signed within it has not had a whole one."""
    if not look.found.features:
        return
    main = look.found.features[0]
    values = mine[mine["feature"] == main].set_index(KEY)["latest"].reindex(look.found.people).fillna(0.0)
    values = values.where(look.signed.isna() | (look.signed < windows.last))
    look.found.add("usage", "use", "main_use", values, f"{main} {windows.last_words}", COUNT)
    seats = next((name for name in SEATS if customers is not None and name in customers.columns), None)
    number = pd.Series(dtype=float) if seats is None else typed(customers[seats])
    if pd.api.types.is_numeric_dtype(number) and number.notna().any():
        number = number.astype("float64")
        one = seats.removeprefix("n_").removesuffix("s")
        meaning = f"{main} {windows.last_words}, for each {one}"
        look.found.add("usage", "use", "main_use_per_seat", values / number.where(number > 0), meaning, COUNT)


def _entitled(look: Look, mine: pd.DataFrame, words: str) -> None:
    gives = "how much of what they may use they do use"
    if not look.undated:
        if "entitlements" in look.tables:
            look.found.lacks(
                "The table of entitlements bears no date and may know only of those who are still customers: what was "
                "granted on an earlier day is not known. With a date of granting, the share of it in use would be."
            )
        return
    rows = look.rows("entitlements", ["feature", "entitled"], gives, ["asked_on"])
    if rows is None:
        return
    granted = rows.filter(~nw.col(KEY).is_null(), ~nw.col("entitled").is_null()).filter(
        nw.col("entitled").cast(nw.Float64) == 1.0
    )
    pairs = keyed(collect(granted.select(KEY, "feature").unique()))
    used = pairs.merge(mine.loc[mine["recent"] > 0, [KEY, "feature"]], on=[KEY, "feature"], how="left", indicator=True)
    share = (used["_merge"] == "both").groupby(used[KEY]).mean()
    look.found.add(
        "entitlements",
        "use",
        "entitled_used",
        share,
        f"share of the features they may use that they did use {words}",
        SHARE,
    )
    look.found.remark("What customers may use bears no date: it is what is granted today.")
    if "asked_on" in columns_of(rows):
        asked = rows.filter(
            nw.col("asked_on") < look.as_of, nw.col("asked_on") >= look.back(YEAR), ~nw.col(KEY).is_null()
        )
        asked = per_customer(asked, n=nw.lit(1.0)).set_index(KEY)["n"]
        look.found.add(
            "entitlements", "use", "features_asked", asked, "features asked for in the last year", COUNT, 0.0
        )
