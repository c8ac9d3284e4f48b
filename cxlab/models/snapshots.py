"""What churn models learn from: customers as they were known when a period began, and who of them left in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.measure import check_period, latest
from cxlab.kpis.retention import left_in
from cxlab.models.features import EVENTS, Features, customer_features
from cxlab.models.features.look import FLAG, KEY, KIND, keyed, so_many_customers, spoken, tells_of_leaving
from cxlab.periods import Period
from cxlab.stats.counting import collect, columns_of, frame_of

UNDATED = "undated"
_OPTIONS = ("recent_days", "first_value", "features")
#: Without any date every customer is looked at as if at the end of days.
_ALWAYS = dt.datetime(2200, 1, 1)


@dataclass(frozen=True)
class Snapshots:
    """Rows to learn from, one per customer and period, by period and then customer_id.

    features: numbers, flags, text, index 0..n-1. customer, period (labels), left (bool): in the same order; `left` is
    kpis.retention.left_in, or the flag `churned` where nothing is dated. meaning, families, units, sources: by column,
    as in Features. dated: False for one cross-section of attributes against the flag, whose period is "undated".
    missing, remarks: sentences on what could not be known, and on what was left out and why. options: those of
    customer_features with which the same columns are made again.
    """

    features: pd.DataFrame
    customer: pd.Series
    period: pd.Series
    left: pd.Series
    meaning: dict[str, str]
    families: dict[str, str]
    units: dict[str, str]
    sources: dict[str, str]
    dated: bool
    missing: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def periods(self) -> list[str]:
        """Labels of the periods there are, the earliest first."""
        return list(dict.fromkeys(self.period))

    def only(self, *periods: str) -> Snapshots:
        """The same of these periods alone. Raises ParameterError for a label that is not among them."""
        for label in periods:
            if label not in self.periods:
                raise ParameterError.unknown("period", label, self.periods)
        chosen = self.period.isin(periods).to_numpy()
        names = ("features", "customer", "period", "left")
        return replace(self, **{name: getattr(self, name)[chosen].reset_index(drop=True) for name in names})

    def at(self, tables: Mapping[str, Any], as_of: dt.datetime | dt.date | str | Period) -> Features:
        """The customers there at `as_of` with the same columns, for a model that learnt from these rows to look at."""
        tables, moment = (tables, as_of) if self.dated else (_flagged(tables), _ALWAYS)
        look = customer_features(tables, moment, **self.options)
        said = {name: getattr(self, name) for name in ("meaning", "families", "units", "sources")}
        return replace(look, frame=_with_columns(look.frame, self.units), **said)


def snapshots(tables: Mapping[str, Any], periods: Sequence[Period], **options: Any) -> Snapshots:
    """Customers as known when each period began, and whether they had left when it ended.

    `tables`: as for customer_features; `periods`: any kind, in any order; `options`: those of customer_features
    (recent_days, first_value, features). A period is left out, with a remark, that is not over in the data, in
    which the customers table knows of nobody who left so far, or that lies before a table begins, since a window
    that sees nothing is not one in which nothing happened; a table that covers less than half of the periods gives its
    columns up instead. Tables without any date (entitlements) never enter.

    Without dates of leaving but with a flag `churned` there is one cross-section of attributes, not `dated`. Raises
    TableError where there is neither, or no period is left; ParameterError.
    """
    for name in options:
        if name not in _OPTIONS:
            raise ParameterError.unknown("option of snapshots", name, _OPTIONS)
    if tables.get("customers") is None:
        raise TableError(
            "snapshots need the customers table, which knows who has left: closed_on, or the flag churned."
        )
    customers = frame_of(tables["customers"], "customers", [KEY], "snapshots")
    columns = columns_of(customers)
    first = _first_left(customers) if {"signed_on", "closed_on"} <= set(columns) else None
    if first is None and "churned" in columns:
        return _undated(tables)
    if not {"signed_on", "closed_on"} <= set(columns):
        raise TableError.missing("snapshots", "customers", ["signed_on", "closed_on"], columns)
    if first is None:
        raise TableError(
            "the customers table knows of nobody who left (closed_on is empty): nothing can be learnt yet."
        )
    for period in periods:
        check_period(period)
    options = {"undated": False} | options
    remarks: list[str] = []
    ends = _ends(tables)
    wanted = _over(
        sorted(set(periods), key=lambda period: (period.start, period.label)), first, max(ends.values()), remarks
    )
    looks = {}
    for period in wanted:
        looks[period] = look = customer_features(tables, period, **options)
        # The features of the first look get columns in all, so that a column means the same in every period.
        if look.features and not options.get("features"):
            options["features"] = tuple(look.features)
    looks, kept = _covered(looks, ends, options.get("recent_days", 90), remarks)
    return _stacked(tables, looks, kept, remarks, options)


def _first_left(customers: nw.DataFrame | nw.LazyFrame) -> dt.datetime | None:
    first = collect(customers.select(nw.col("closed_on").min()))["closed_on"].iloc[0]
    return None if pd.isna(first) else pd.Timestamp(first).to_pydatetime()


def _ends(tables: Mapping[str, Any]) -> dict[str, dt.datetime]:
    """The last event that each table knows."""
    ends = {
        name: latest(frame_of(tables[name], name, [], "snapshots"), clocks)
        for name, clocks in EVENTS.items()
        if tables.get(name) is not None
    }
    ends = {name: end for name, end in ends.items() if end is not None}
    # A closing may be dated ahead: it tells how far the data reach only where no event does.
    customers = frame_of(tables["customers"], "customers", [], "snapshots")
    end = latest(customers, ["signed_on"] if ends else ["signed_on", "closed_on"])
    return ends if end is None else ends | {"customers": end}


def _over(periods: list[Period], first: dt.datetime, last: dt.datetime, remarks: list[str]) -> list[Period]:
    """The periods that are over in the data, and not before the customers table knows of anybody who left."""
    kept = []
    for period in periods:
        if not period.is_over_by(last):
            remarks.append(f"{period.label} is left out: it is not over in the data, which end on {spoken(last)}.")
        elif period.end <= first:
            remarks.append(
                f"{period.label} is left out: the first to have left, as far as is known, left on {spoken(first)}."
            )
        else:
            kept.append(period)
    return kept


def _covered(
    looks: dict[Period, Features], ends: Mapping[str, dt.datetime], recent_days: int, remarks: list[str]
) -> tuple[dict[Period, Features], list[str]]:
    """The looks at which every table that is kept had begun and not ended, and the tables that are kept."""
    window = dt.timedelta(days=recent_days)
    known = {
        period: {name for name, (first, _) in look.spans.items() if first <= period.start - window <= ends[name]}
        for period, look in looks.items()
    }
    kept = []
    for name in sorted(set().union(*(look.spans for look in looks.values()))):
        number = sum(name in known[period] for period in looks)
        if 2 * number >= len(looks):
            kept.append(name)
        else:
            remarks.append(
                f"The table of {name} covers {number} of {len(looks)} periods only, so it gives no features."
            )
    chosen = {}
    for period, look in looks.items():
        late = [name for name in kept if name not in known[period]]
        if late:
            remarks.append(
                f"{period.label} is left out: what {' and '.join(late)} held in the {recent_days} days before it is "
                "not known."
            )
        elif look.frame.empty:
            remarks.append(f"{period.label} is left out: nobody was a customer when it began.")
        else:
            chosen[period] = look
    if not chosen:
        raise TableError(" ".join(["snapshots: there is no period that can be learnt from.", *remarks]))
    return chosen, kept


def _stacked(
    tables: Mapping[str, Any],
    looks: dict[Period, Features],
    kept: list[str],
    remarks: list[str],
    options: dict[str, Any],
) -> Snapshots:
    told: dict[str, dict[str, str]] = {"meaning": {}, "families": {}, "units": {}, "sources": {}}
    for look in looks.values():
        for part, said in told.items():
            said |= {
                name: text for name, text in getattr(look, part).items() if look.sources[name] in ("customers", *kept)
            }
    parts, left = [], []
    for period, look in looks.items():
        parts.append(_with_columns(look.frame, told["units"]).reset_index())
        gone = keyed(collect(left_in(tables["customers"], period).select(KEY, "_cx_left"))).set_index(KEY)["_cx_left"]
        left.append(gone.reindex(look.frame.index).to_numpy(dtype=bool))
    stacked = pd.concat(parts, ignore_index=True)
    labels = np.repeat([period.label for period in looks], [len(part) for part in parts])
    remarks = [*remarks, *(text for look in looks.values() for text in look.remarks)]
    return Snapshots(
        stacked.drop(columns=KEY),
        stacked[KEY],
        pd.Series(labels, name="period", dtype=object),
        pd.Series(np.concatenate(left), name="left"),
        **told,
        dated=True,
        missing=look.missing,
        remarks=list(dict.fromkeys(remarks)),
        options=options,
    )


def _with_columns(frame: pd.DataFrame, units: Mapping[str, str]) -> pd.DataFrame:
    """The frame with these columns in this order; those it lacks are not known, and of the type they have elsewhere."""
    kinds = {name: "boolean" if unit == FLAG else object if unit == KIND else "float64" for name, unit in units.items()}
    return frame.reindex(columns=list(units)).astype(kinds)


def _flagged(tables: Mapping[str, Any]) -> dict[str, Any]:
    """The customers table alone, its rows with a flag, without any date."""
    customers = frame_of(tables["customers"], "customers", [KEY, "churned"], "snapshots")
    hidden = [name for name in ("signed_on", "closed_on") if name in columns_of(customers)]
    return {"customers": customers.filter(~nw.col("churned").is_null()).drop(hidden).to_native()}


def _undated(tables: Mapping[str, Any]) -> Snapshots:
    """One row per customer with what the customers table says, against the flag."""
    only = _flagged(tables)
    look = customer_features(only, _ALWAYS, only_active=False)
    flag = keyed(collect(nw.from_native(only["customers"]).select(KEY, "churned"))).set_index(KEY)["churned"]
    left = flag.reindex(look.frame.index).astype("float64") == 1.0
    gone = so_many_customers(int(left.sum()), "flagged as gone", "flagged as gone")
    remarks = [
        f"Nothing says when the {gone} left: features may have been noted after it and know the outcome, and nothing "
        "can be tested on a later period.",
        "Only what the customers table says is used: in other tables what came before leaving and what came of it "
        "cannot be told apart.",
        *_exits(tables, left),
    ]
    frame = look.frame.reset_index(names=KEY)
    return Snapshots(
        frame.drop(columns=KEY),
        frame[KEY],
        pd.Series(UNDATED, index=frame.index, name="period", dtype=object),
        pd.Series(left.to_numpy(), name="left"),
        look.meaning,
        look.families,
        look.units,
        look.sources,
        dated=False,
        missing=["With closed_on in the customers table, customers could be looked at as they were before they left."],
        remarks=[*remarks, *(text for text in look.remarks if "bears no date" not in text)],
    )


def _exits(tables: Mapping[str, Any], left: pd.Series) -> list[str]:
    """What milestones of leaving say beside the flag: they bear dates, and they may contradict it."""
    if tables.get("milestones") is None:
        return []
    rows = frame_of(tables["milestones"], "milestones", [KEY, "journey", "reached_at"], "snapshots")
    rows = keyed(collect(rows.filter(~nw.col("reached_at").is_null()).select(KEY, "journey").unique()))
    gone = set(rows[KEY][rows["journey"].isin(tells_of_leaving(rows["journey"]))])
    if not gone:
        return []
    flagged = set(left.index[left])
    said = "they agree" if gone == flagged else f"{len(gone & flagged):,} are in both, so the two do not agree"
    return [
        f"Milestones of leaving name a day for {so_many_customers(len(gone))}, {len(flagged):,} have the flag; {said}. "
        "The flag is what is learnt from, and these milestones are no features."
    ]
