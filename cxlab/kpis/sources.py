"""Where the data come from and whether they come together: coverage of accounts by source, inventory of tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import TableError
from cxlab.kpis.journeys import joined
from cxlab.kpis.listening import active_accounts, asked_only
from cxlab.kpis.measure import check_period, group_columns, label, rows_of, within
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import collect, columns_of, count, frame_of
from cxlab.tables.canonical import TABLES


def join_coverage(
    tables: Mapping[str, Any], period: Period | None = None, by: str | Sequence[str] = ()
) -> pd.DataFrame:
    """Of which share of our customers the data come together: survey, usage, ticket, revenue, each pair, and all.

    Counts accounts that were customers on at least one day of the period. An account has survey data when it answered
    in the period, usage when a row of use has a value above 0 or none given, ticket when it opened one, revenue when it
    paid in a month of the period. A table that is not there leaves its rows without a value, and out of "all".

    Columns: period, the `by` columns, data ("survey", "survey + usage", ..., "all"), accounts (that have it), value,
    low, high (share with Wilson's interval), n (accounts), remark.
    """
    by = group_columns(by)
    check_period(period)
    if "customers" not in tables:
        raise TableError.absent("customers", tables)
    needed = ["customer_id", "signed_on", "closed_on"]
    rows = rows_of(tables["customers"], "customers", "join_coverage", needed, by)
    accounts = collect(active_accounts(rows, period).select("customer_id", *by)).drop_duplicates("customer_id")
    sources = _sources(tables, period)
    for name, ids in sources.items():
        accounts[f"_cx_{name}"] = np.nan if ids is None else accounts["customer_id"].isin(ids).astype(float)
    there = [name for name, ids in sources.items() if ids is not None]
    sets = [(name,) for name in sources] + [
        (one, other) for place, one in enumerate(sources) for other in list(sources)[place + 1 :]
    ]
    parts = []
    for names, data in [*((each, " + ".join(each)) for each in sets), (tuple(there), "all")]:
        absent = [name for name in names if name not in there]
        has = accounts[[f"_cx_{name}" for name in names]].min(axis=1) if names and not absent else 0.0
        counts = count(nw.from_native(accounts.assign(_cx_has=has), eager_only=True), by, nw.col("_cx_has"))
        estimate = estimates.share(estimates.Counts.of(counts))
        shown = np.nan if absent or not names else 1.0
        spread = {part: getattr(estimate, part) * shown for part in ("value", "low", "high")}
        remark = f"no {' and no '.join(absent)} data" if absent else ""
        if data == "all" and len(there) < len(sources):
            remark = f"of {', '.join(there)} only" if there else "no data beside the customers"
        row = {"data": data, "accounts": counts["sy"] * shown} | spread | {"n": counts["n"].astype(int)}
        parts.append(pd.DataFrame({"period": label(period), **{c: counts[c] for c in by}, **row, "remark": remark}))
    return pd.concat(parts, ignore_index=True)


def _sources(tables: Mapping[str, Any], period: Period | None) -> dict[str, set | None]:
    """Accounts that each source knows of in the period; None where its table is not there."""
    first = None if period is None else period.start.replace(day=1)
    clocks = {"survey": "responses", "usage": "usage", "ticket": "tickets", "revenue": "subscriptions"}
    found: dict[str, set | None] = {}
    for source, name in clocks.items():
        if name not in tables:
            found[source] = None
            continue
        clock = TABLES[name].clock
        rows = frame_of(tables[name], name, ["customer_id", clock], "join_coverage")
        if source == "survey":
            rows = asked_only(rows)
        if source == "revenue" and period is not None:
            # A week lies within a month that was paid.
            rows = rows.filter(nw.col(clock) >= nw.lit(first), nw.col(clock) < period.end)
        else:
            rows = within(rows, clock, period)
        value = {"usage": "value", "revenue": "mrr"}.get(source)
        if value in columns_of(rows):
            empty = nw.col(value).is_null() if source == "usage" else nw.lit(False)
            rows = rows.filter(empty | (nw.col(value) > 0))
        found[source] = set(collect(rows.select("customer_id").unique())["customer_id"].dropna())
    return found


def source_inventory(
    tables: Mapping[str, Any], manifest: Mapping[str, Any] | None = None, *, as_of: dt.datetime | None = None
) -> pd.DataFrame:
    """Which data there are, how fresh, and whether they can be joined: a row for each table.

    Columns: table, rows, first, last (of the column that dates a row), age_days (from the last one to `as_of`, by
    default that of the manifest, else the last of any table), keyed (share of rows that name an account), joined
    (share of rows whose account the customers table knows; both empty where a table is not about accounts), files,
    set_aside (rows, from the manifest; empty without one).
    """
    told = pd.DataFrame(
        [
            (block["table"], source["file"], block["rows_set_aside"])
            for source in (manifest or {}).get("sources", [])
            for block in source["blocks"]
        ],
        columns=["table", "file", "set_aside"],
    )
    rows = [_described(name, tables[name], tables.get("customers")) for name in TABLES if name in tables]
    frame = pd.DataFrame(rows, columns=["table", "rows", "first", "last", "keyed", "joined"])
    frame[["first", "last"]] = frame[["first", "last"]].apply(pd.to_datetime)
    stated = as_of or (manifest or {}).get("as_of")
    today = pd.Timestamp(stated).tz_localize(None) if stated else frame["last"].max()
    frame.insert(4, "age_days", (today - frame["last"]) / pd.Timedelta(days=1))
    files, aside = told.groupby("table")["file"].nunique(), told.groupby("table")["set_aside"].sum()
    return frame.assign(files=frame["table"].map(files), set_aside=frame["table"].map(aside))


def _described(name: str, table: Any, customers: Any) -> tuple[str, int, Any, Any, float, float]:
    frame = frame_of(table, name, [], "source_inventory")
    clock, columns = TABLES[name].clock, columns_of(frame)
    asked = [nw.len().alias("rows")]
    if clock in columns:
        asked += [nw.col(clock).min().alias("first"), nw.col(clock).max().alias("last")]
    if "customer_id" in columns:
        asked.append((~nw.col("customer_id").is_null()).cast(nw.Int64).sum().alias("keyed"))
    found = collect(frame.select(*asked)).iloc[0]
    rows, keyed = int(found["rows"]), found.get("keyed", np.nan)
    known = np.nan
    if "customer_id" in columns and customers is not None and rows:
        ids = frame_of(customers, "customers", ["customer_id"], "source_inventory").select("customer_id").unique()
        both = joined(frame.select("customer_id").filter(~nw.col("customer_id").is_null()), ids, how="inner")
        known = float(collect(both.select(nw.len().alias("n")))["n"].iloc[0]) / rows
    return name, rows, found.get("first"), found.get("last"), keyed / rows if rows else np.nan, known
