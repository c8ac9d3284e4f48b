"""What churn models learn from: customers as they were known when a period began, and who of them left in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.measure import check_period, latest
from cxlab.kpis.retention import left_in
from cxlab.models.features import EVENTS, Features, customer_features
from cxlab.models.features.look import KEY, keyed, spoken
from cxlab.periods import Period
from cxlab.stats.counting import collect, columns_of, frame_of

UNDATED = "undated"
#: Without any date every customer is looked at as if at the end of days.
_ALWAYS = dt.datetime(2200, 1, 1)


@dataclass(frozen=True)
class Snapshots:
    """Rows to learn from, one per customer and period, by period and then customer_id.

    features: numbers, flags, text, index 0..n-1. customer, period (labels), left (bool): in the same order; `left` is
    kpis.retention.left_in, or the flag `churned` where nothing is dated. meaning, families, units, sources: by column,
    as in Features. dated: False for one cross-section of attributes against the flag, whose period is "undated".
    missing, remarks: sentences on what could not be known, and on what was left out and why.
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
        parts = (part[chosen].reset_index(drop=True) for part in (self.features, self.customer, self.period, self.left))
        rest = (self.meaning, self.families, self.units, self.sources, self.dated, self.missing, self.remarks)
        return Snapshots(*parts, *rest)


def snapshots(tables: Mapping[str, Any], periods: Sequence[Period], **options: Any) -> Snapshots:
    """Customers as known when each period began, and whether they had left when it ended.

    `tables`: as for customer_features; `periods`: any kind, in any order; `options`: those of customer_features
    (recent_days, first_value, main_feature). A period is left out, with a remark, that is not over in the data, in
    which the customers table knows of nobody who left so far, or that lies before a table begins, since a window
    that sees nothing is not one in which nothing happened; a table that covers less than half of the periods gives its
    columns up instead. Tables without any date (entitlements) never enter.

    Without dates of leaving but with a flag `churned` there is one cross-section of attributes, not `dated`. Raises
    TableError where there is neither, or no period is left; ParameterError.
    """
    if tables.get("customers") is None:
        raise TableError("snapshots need the customers table, which knows who has left: closed_on, or the flag churned.")
    columns = columns_of(frame_of(tables["customers"], "customers", [KEY], "snapshots"))
    if not {"signed_on", "closed_on"} <= set(columns):
        if "churned" not in columns:
            raise TableError.missing("snapshots", "customers", ["signed_on", "closed_on"], columns)
        return _undated(tables, columns)
    for period in periods:
        check_period(period)
    remarks: list[str] = []
    wanted = _over(tables, sorted(set(periods), key=lambda period: (period.start, period.label)), remarks)
    looks = {}
    for period in wanted:
        looks[period] = customer_features(tables, period, undated=False, **options)
        main = looks[period].meaning.get("main_use", "").split(" in the last ")[0]
        if main:
            options.setdefault("main_feature", main)
    return _stacked(tables, *_covered(looks, options.get("recent_days", 90), remarks), remarks)


def _over(tables: Mapping[str, Any], periods: list[Period], remarks: list[str]) -> list[Period]:
    """The periods that are over in the data, and not before the customers table knows of anybody who left."""
    customers = frame_of(tables["customers"], "customers", [KEY, "signed_on", "closed_on"], "snapshots")
    ends = [
        latest(frame_of(tables[name], name, [], "snapshots"), clocks)
        for name, clocks in EVENTS.items()
        if tables.get(name) is not None
    ]
    # A closing may be dated ahead: it tells how far the data reach only where nothing else does.
    ends = [end for end in [*ends, latest(customers, ["signed_on"])] if end is not None]
    if len(ends) < 2:
        ends = [end for end in [*ends, latest(customers, ["closed_on"])] if end is not None]
    first = collect(customers.select(nw.col("closed_on").min()))["closed_on"].iloc[0]
    if not ends or pd.isna(first):
        raise TableError("the customers table knows of nobody who left (closed_on is empty), so nothing can be learnt.")
    last, first = max(ends), pd.Timestamp(first).to_pydatetime()
    kept = []
    for period in periods:
        if not period.is_over_by(last):
            remarks.append(f"{period.label} is left out: it is not over in the data, which end on {spoken(last)}.")
        elif period.end <= first:
            remarks.append(f"{period.label} is left out: the first customer known to have left did so on {spoken(first)}.")
        else:
            kept.append(period)
    if not kept:
        raise TableError("snapshots: no period can be learnt from. " + " ".join(remarks))
    return kept


def _covered(
    looks: dict[Period, Features], recent_days: int, remarks: list[str]
) -> tuple[dict[Period, Features], list[str]]:
    """The looks at which every table that is kept had begun, and the tables that are kept."""
    window = dt.timedelta(days=recent_days)
    known = {period: {name for name, (first, _) in look.spans.items() if first <= period.start - window}
             for period, look in looks.items()}  # fmt: skip
    tables = sorted(set().union(*(look.spans for look in looks.values())))
    kept = []
    for name in tables:
        number = sum(name in known[period] for period in looks)
        if 2 * number >= len(looks):
            kept.append(name)
        else:
            remarks.append(
                f"The table of {name} reaches back over {number} of {len(looks)} periods only, so it gives no features."
            )
    chosen = {}
    for period, look in looks.items():
        late = [name for name in kept if name not in known[period]]
        if late:
            remarks.append(
                f"{period.label} is left out: {' and '.join(late)} had not begun {recent_days} days before it."
            )
        else:
            chosen[period] = look
    if not chosen:
        raise TableError("snapshots: no period can be learnt from. " + " ".join(remarks))
    return chosen, kept


def _stacked(
    tables: Mapping[str, Any], looks: dict[Period, Features], kept: list[str], remarks: list[str]
) -> Snapshots:
    names: dict[str, Features] = {}
    for look in looks.values():
        for name in look.frame.columns:
            if look.sources[name] in ("customers", *kept):
                names[name] = look
    frames, left = [], []
    for period, look in looks.items():
        frames.append(look.frame.reindex(columns=list(names)))
        gone = keyed(collect(left_in(tables["customers"], period).select(KEY, "_cx_left"))).set_index(KEY)["_cx_left"]
        left.append(gone.reindex(look.frame.index).to_numpy(dtype=bool))
    parts = [part.reset_index() for part in frames]
    stacked = pd.concat(parts, ignore_index=True)
    labels = np.repeat([period.label for period in looks], [len(part) for part in parts])
    sentences = [text for look in looks.values() for text in look.remarks]
    missing = [text for look in looks.values() for text in look.missing]
    return Snapshots(
        stacked.drop(columns=KEY),
        stacked[KEY],
        pd.Series(labels, name="period", dtype=object),
        pd.Series(np.concatenate(left), name="left"),
        {name: look.meaning[name] for name, look in names.items()},
        {name: look.families[name] for name, look in names.items()},
        {name: look.units[name] for name, look in names.items()},
        {name: look.sources[name] for name, look in names.items()},
        True,
        list(dict.fromkeys(missing)),
        list(dict.fromkeys([*remarks, *sentences])),
    )


def _undated(tables: Mapping[str, Any], columns: Sequence[str]) -> Snapshots:
    """One row per customer with what the customers table says, against the flag."""
    customers = frame_of(tables["customers"], "customers", [KEY, "churned"], "snapshots")
    customers = customers.filter(~nw.col("churned").is_null())
    hidden = [name for name in ("signed_on", "closed_on") if name in columns]
    look = customer_features({"customers": customers.drop(hidden).to_native()}, _ALWAYS, only_active=False)
    flag = keyed(collect(customers.select(KEY, "churned"))).set_index(KEY)["churned"]
    left = flag.reindex(look.frame.index).astype("float64") == 1.0
    remarks = [
        f"Nothing says when the {int(left.sum()):,} customers flagged as gone left: features may have been noted after "
        "it and know the outcome, and nothing can be tested on a later period.",
        "Only what the customers table says is used: what other tables hold cannot be told from what followed leaving.",
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
        False,
        ["With closed_on in the customers table, customers could be looked at as they were before they left."],
        remarks,
    )
