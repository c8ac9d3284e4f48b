"""What is looked at, and when: the rows of every table that were known at `as_of`, and the columns made from them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.measure import Frame
from cxlab.periods import Period
from cxlab.stats.counting import _seconds, collect, columns_of, frame_of

KEY = "customer_id"
COUNT, DAYS, MONTHS, HOURS, SHARE, MONEY, POINTS, FLAG, KIND = (
    *("number", "days", "months", "hours", "share", "money", "points"),
    *("yes or no", "kind"),
)
FAMILIES = ("who", "use", "support", "journey", "voice", "money")
YEAR = 365
MONTH_DAYS = 30.4375
#: Journeys, milestones, moments and attributes with such a name tell of leaving itself: what they know is the outcome.
_LEAVING = re.compile(
    r"churn|attrition|cancel|\bexit|off ?board|terminat|\bleav|\bleft\b|contract end|clos\w+ (date|reason)|win ?back",
    re.IGNORECASE,
)


def moment_of(as_of: Any) -> dt.datetime:
    """A datetime, a date, an ISO text or a Period (its start) as a naive datetime. Raises ParameterError."""
    if isinstance(as_of, Period):
        return as_of.start
    try:
        # Texts must be ISO: pandas would take much else for a date.
        moment = pd.Timestamp(dt.datetime.fromisoformat(as_of) if isinstance(as_of, str) else as_of)
    except (ValueError, TypeError):
        moment = pd.NaT
    if pd.isna(moment) or isinstance(as_of, int | float):
        raise ParameterError(f"as_of is {as_of!r}; give a date such as '2026-09-30', or a Period, whose start counts.")
    if moment.tzinfo is not None:
        raise ParameterError(f"as_of is {as_of}; give it in the company's own time, without a time zone.")
    return moment.to_pydatetime()


def tells_of_leaving(names: Sequence[Any]) -> list[str]:
    """Those of the names that are called like an exit, sorted."""
    texts = {name for name in names if isinstance(name, str)}
    return sorted(name for name in texts if _LEAVING.search(re.sub(r"[_\W]+", " ", name)))


def spoken(moment: dt.datetime) -> str:
    """A day as it is written in a sentence."""
    return f"{moment.day} {moment:%B %Y}"


def so_many_customers(number: int, singular: str = "", plural: str = "") -> str:
    """ "1 customer is", "1,200 customers are": the number, the noun, and the verb that goes with it."""
    return f"{number:,} customer {singular}".rstrip() if number == 1 else f"{number:,} customers {plural}".rstrip()


@dataclass
class Found:
    """Columns as they are made, with what a reader should know of them. `people`: one entry a customer, sorted."""

    people: pd.Index
    columns: dict[str, pd.Series] = field(default_factory=dict)
    meaning: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    spans: dict[str, tuple[dt.datetime, dt.datetime]] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    features: list[str] = field(default_factory=list)

    def add(
        self, source: str, family: str, name: str, values: pd.Series, meaning: str, unit: str, absent: Any = None
    ) -> None:
        """A column of table `source` by customer; customers without an entry get `absent`, None meaning not known.

        An attribute of the same name is of today and makes room.
        """
        if name in self.columns:
            parts = (self.columns, self.meaning, self.units, self.families, self.sources)
            for part in parts:
                part[f"{name}_today"] = part.pop(name)
        column = values.reindex(self.people)
        if unit == FLAG:
            column = column.astype("boolean")
        elif unit != KIND:
            column = column.astype("float64")
        if absent is not None:
            column = column.fillna(absent)
        self.columns[name], self.meaning[name], self.units[name] = column, meaning, unit
        self.families[name], self.sources[name] = family, source

    def lacks(self, sentence: str) -> None:
        """Note, once, what could not be known and what would make it possible."""
        if sentence not in self.missing:
            self.missing.append(sentence)

    def remark(self, sentence: str) -> None:
        """Note, once, what a reader should bear in mind."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)


@dataclass(frozen=True)
class Look:
    """One look at all tables. `signed` and `everyone`: day of signing by customer looked at, and all ids known then.

    `undated` False leaves alone tables that carry no date, which say what is true today.
    """

    tables: Mapping[str, Any]
    as_of: dt.datetime
    recent_days: int
    signed: pd.Series
    everyone: pd.Index
    found: Found
    first_value: tuple[str, str] = ("onboarding", "first value")
    features: Sequence[str] = ()
    undated: bool = True

    def back(self, days: float) -> dt.datetime:
        """So many days before `as_of`."""
        return self.as_of - dt.timedelta(days=days)

    @property
    def recently(self) -> str:
        """How the recent window is called."""
        return f"in the last {self.recent_days} days"

    def rows(
        self, name: str, needed: Sequence[str], gives: str, also: Sequence[str] = (), numbers: Sequence[str] = ()
    ) -> Frame | None:
        """A table with the columns `needed` and those of `also` that there are; None, and a sentence why, where it
        lacks one. `numbers` are those in which not-a-number may stand. All rows are still there."""
        table = self.tables.get(name)
        if table is None:
            self.found.lacks(f"There is no table of {name}; with one, {gives} would be known.")
            return None
        there = columns_of(frame_of(table, name, [], "customer_features"))
        lacking = [column for column in (KEY, *needed) if column not in there]
        if lacking:
            self.found.lacks(f"The table of {name} has no {' and no '.join(lacking)}; with it, {gives} would be known.")
            return None
        numbers = [column for column in numbers if column in there]
        rows = frame_of(table, name, numbers, "customer_features")
        wanted = dict.fromkeys([KEY, *needed, *(column for column in (*also, *numbers) if column in there)])
        return rows.select(*wanted)

    def known(
        self,
        name: str,
        rows: Frame,
        clocks: Sequence[str],
        gives: str,
        dated: Sequence[str] = (),
        only: Sequence[nw.Expr] = (),
    ) -> Frame | None:
        """The rows as they stood at `as_of`; None, and a sentence why, where there is none.

        Every moment of `clocks` and `dated` that was still to come is emptied; a row is known once one of its `clocks`
        had struck. Rows that name no customer, or are not as `only` says, are left out. Notes first and last moment.
        """
        there = [column for column in (*clocks, *dated) if column in columns_of(rows)]
        rows = rows.with_columns(nw.when(nw.col(column) < self.as_of).then(nw.col(column)) for column in there)
        clocks = [column for column in clocks if column in there]
        rows = rows.filter(~nw.col(KEY).is_null(), any_of([happened(clock) for clock in clocks]), *only)
        ends = [
            *(nw.col(clock).min() for clock in clocks),
            *(nw.col(clock).max().alias(f"{clock}_") for clock in clocks),
        ]
        span = collect(rows.select(*ends)).apply(pd.to_datetime)
        first, last = span[clocks].min(axis=None), span[[f"{clock}_" for clock in clocks]].max(axis=None)
        if pd.isna(first):
            self.found.lacks(
                f"The table of {name} knows of nothing before {spoken(self.as_of)}; with older rows, {gives} would be "
                "known."
            )
            return None
        first, last = pd.Timestamp(first).to_pydatetime(), pd.Timestamp(last).to_pydatetime()
        self.found.spans[name] = (first, last)
        if first > self.back(self.recent_days):
            self.found.remark(
                f"The table of {name} begins on {spoken(first)}: counts over a longer time see only part."
            )
        if last < self.back(self.recent_days):
            self.found.remark(f"The table of {name} ends on {spoken(last)}: what came after is not known.")
        return rows

    def by_customer(self, name: str, sums: pd.DataFrame) -> pd.DataFrame | None:
        """Sums by customer, indexed so; None, and a sentence, where not one of them is a customer that we know."""
        sums = sums.set_index(KEY)
        if len(sums) and (self.everyone.get_indexer(sums.index) < 0).all():
            del self.found.spans[name]
            self.found.lacks(
                f"Not one customer_id in the table of {name} is in the customers table, so nothing of it can be told "
                "by customer; map the account's own id to customer_id."
            )
            return None
        return sums


def per_customer(rows: Frame, **parts: nw.Expr) -> pd.DataFrame:
    """One row per customer: the sum of every part; the smallest of those named first_..., the largest of last_..."""
    ends = {name for name in parts if name.startswith(("first_", "last_"))}
    made = {name: part if name in ends else part.cast(nw.Float64) for name, part in parts.items()}
    total = {"first": lambda name: nw.col(name).min(), "last": lambda name: nw.col(name).max()}
    wanted = [total[name.split("_")[0]](name) if name in ends else nw.col(name).sum() for name in parts]
    sums = keyed(collect(rows.select(KEY, **made).group_by(KEY).agg(*wanted)))
    for name in parts:
        sums[name] = pd.to_datetime(sums[name]) if name in ends else sums[name].astype("float64").fillna(0.0)
    return sums


def keyed(small: pd.DataFrame) -> pd.DataFrame:
    """The same with customer ids as plain objects: engines bring text back as different types, which look up slowly."""
    if pd.api.types.is_string_dtype(small[KEY]):
        small[KEY] = small[KEY].astype(object)
    return small


def number_if(condition: nw.Expr, value: nw.Expr | None = None) -> nw.Expr:
    """To be summed: `value` (default 1) where the condition holds."""
    return condition.cast(nw.Float64) if value is None else nw.when(condition).then(value)


def happened(column: str) -> nw.Expr:
    """Whether a moment of rows that `Look.known` gave had come."""
    return ~nw.col(column).is_null()


def any_of(conditions: Sequence[nw.Expr]) -> nw.Expr:
    """Whether one of the conditions holds."""
    first, *rest = conditions
    for condition in rest:
        first = first | condition
    return first


def days_between(earlier: nw.Expr, later: nw.Expr) -> nw.Expr:
    """Days from one moment to another, reckoned in whole seconds."""
    return (_seconds(later) - _seconds(earlier)).cast(nw.Float64) / 86400.0


def mean_of(total: pd.Series, number: pd.Series) -> pd.Series:
    """A mean, not known where there is nothing to average."""
    return total / number.where(number > 0)


def change_of(now: pd.Series, then: pd.Series) -> pd.Series:
    """Relative change, -1 = gone; not known where there was nothing before."""
    return now / then.where(then > 0) - 1


def days_since(moments: pd.Series, as_of: dt.datetime) -> pd.Series:
    """Days from moments until `as_of`; not known where there is no moment."""
    return (pd.Timestamp(as_of) - moments) / np.timedelta64(1, "D")


def pandas_of(table: Any, name: str) -> pd.DataFrame:
    """A small table in pandas. Raises TableError where it has no customer_id or one twice."""
    frame = collect(frame_of(table, name, [KEY], "customer_features"))
    frame = keyed(frame[frame[KEY].notna()].copy())
    twice = frame[KEY][frame[KEY].duplicated()]
    if len(twice):
        raise TableError(
            f"the table {name!r} has more than one row for {so_many_customers(twice.nunique())}, {twice.iloc[0]!r} "
            "among them; features need one. Give the export a key in cxlab.toml."
        )
    return frame
