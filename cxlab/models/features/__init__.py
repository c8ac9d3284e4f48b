"""Features: one row per customer, as known at one moment, from whatever tables there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.models.features import journey, money, support, use, voice, who
from cxlab.models.features.look import FAMILIES, KEY, Found, Look, moment_of, pandas_of, so_many_customers
from cxlab.periods import Period
from cxlab.stats.counting import collect, columns_of, frame_of

__all__ = ["FAMILIES", "Features", "customer_features"]
#: Tables that name customers, with the columns that date their rows.
EVENTS = {
    "orders": ("ordered_at",),
    "subscriptions": ("month",),
    "usage": ("used_on",),
    "tickets": ("opened_at", "resolved_at", "closed_at"),
    "milestones": ("started_at", "reached_at"),
    "responses": ("sent_at", "answered_at"),
    "visits": ("visited_at",),
}


@dataclass(frozen=True)
class Features:
    """What was known of every customer at `as_of`.

    frame: one row per customer_id (the index, sorted), numbers as float64, flags as boolean, all else text; empty where
    not known. meaning: column -> plain words with the unit. families: column -> who, use, support, journey, voice or
    money. units: column -> number, days, months, hours, share (0-1), money, points, yes or no, kind. sources: column ->
    the table it comes from. missing: sentences on what could not be known and which table or column would make it
    possible. remarks: sentences to bear in mind. spans: table -> first and last moment it knows, before `as_of`.
    features: those of the product that have a column each, the main one first.
    """

    frame: pd.DataFrame
    meaning: dict[str, str]
    families: dict[str, str]
    units: dict[str, str]
    as_of: dt.datetime
    missing: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    spans: dict[str, tuple[dt.datetime, dt.datetime]] = field(default_factory=dict)
    features: list[str] = field(default_factory=list)

    def of_family(self, *families: str) -> list[str]:
        """Columns of these families, in order."""
        return [name for name in self.frame.columns if self.families[name] in families]


def customer_features(
    tables: Mapping[str, Any],
    as_of: dt.datetime | dt.date | str | Period,
    *,
    recent_days: int = 90,
    only_active: bool = True,
    undated: bool = True,
    first_value: tuple[str, str] = ("onboarding", "first value"),
    features: Sequence[str] = (),
) -> Features:
    """One row per customer as known at `as_of` (a Period: its start): who, use, support, journey, voice, money.

    `tables`: canonical table -> frame of any engine, as cx.load and cx.scan give; those that are not there give no
    columns and a sentence in `missing`. Nothing dated at or after `as_of` enters: a case resolved later is open, a step
    reached later is not reached, a question answered later is not answered, somebody who leaves later is there. Use and
    revenue by the month count once the month is over. Counts look back `recent_days`, means and shares a year.

    What bears no date (attributes of customers, what is granted) is what is true today, which `remarks` says; with
    `undated` False tables without any date are left out. States of a case (contacts, escalated, reopened) count once it
    is over. Answers and milestones that tell of leaving itself never enter. `only_active` leaves out who had left by
    then; False: everybody who had signed. `first_value`: journey and milestone; `features`: those of the product that
    get a column each, the main one, whose use per seat is told, first (default: the eight most widely used). Raises
    TableError, ParameterError.
    """
    if recent_days < 1:
        raise ParameterError(f"recent_days is {recent_days}; it must be 1 or more.")
    moment = moment_of(as_of)
    customers, everyone, signed, remarks = _people(tables, moment, only_active)
    found = Found(signed.index, remarks=remarks)
    look = Look(tables, moment, recent_days, signed, everyone, found, first_value, features, undated)
    who.read(look, customers)
    use.read(look, customers)
    support.read(look)
    journey.read(look)
    voice.read(look)
    money.read(look)
    frame = pd.DataFrame(found.columns, index=found.people)
    return Features(
        frame,
        found.meaning,
        found.families,
        found.units,
        moment,
        found.missing,
        found.remarks,
        found.sources,
        found.spans,
        found.features,
    )


def _people(
    tables: Mapping[str, Any], as_of: dt.datetime, only_active: bool
) -> tuple[pd.DataFrame | None, pd.Index, pd.Series, list[str]]:
    """The customers looked at (their rows by customer_id), all ids known then, days of signing, and remarks."""
    if tables.get("customers") is None:
        ids = _seen(tables, as_of)
        return None, ids, pd.Series(pd.NaT, index=ids, dtype="datetime64[us]"), [
            "There is no table of customers: whoever is named by an event before then counts as one."
        ]  # fmt: skip
    frame, remarks = pandas_of(tables["customers"], "customers"), []
    frame = frame.set_index(KEY).sort_index()
    days = {
        name: pd.to_datetime(frame[name]) if name in frame else pd.Series(pd.NaT, index=frame.index)
        for name in ("signed_on", "closed_on")
    }
    if "signed_on" in frame:
        undated = int(days["signed_on"].isna().sum())
        if undated:
            said = so_many_customers(undated, "without a day of signing is", "without a day of signing are")
            remarks.append(f"{said} left out.")
        frame = frame[days["signed_on"] < as_of]
    everyone = frame.index
    if only_active:
        gone = days["closed_on"].reindex(frame.index) < as_of
        if "closed_on" not in frame and "churned" in frame:
            gone = frame["churned"].astype("boolean").fillna(False).astype(bool)
            said = so_many_customers(int(gone.sum()), "flagged as gone is", "flagged as gone are")
            remarks.append(f"{said} left out, though nothing says when they left.")
        frame = frame[~gone]
    signed = days["signed_on"].reindex(frame.index).astype("datetime64[us]")
    return frame, everyone, signed, remarks


def _seen(tables: Mapping[str, Any], as_of: dt.datetime) -> pd.Index:
    """Everybody named by an event before `as_of`."""
    ids = []
    for name, clocks in EVENTS.items():
        if tables.get(name) is None:
            continue
        rows = frame_of(tables[name], name, [KEY], "customer_features")
        clock = next((clock for clock in clocks if clock in columns_of(rows)), None)
        if clock is not None:
            rows = rows.filter(nw.col(clock) < as_of, ~nw.col(KEY).is_null())
            ids.append(collect(rows.select(KEY).unique())[KEY])
    if not ids:
        raise TableError(
            "customer_features was given no table that names customers; give `customers`, or events such as `orders`."
        )
    return pd.Index(sorted(set(pd.concat(ids))), name=KEY)
