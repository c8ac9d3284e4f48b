"""The ledger read: what was promised, where it applies, and which other promises stand in the way of judging it."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from cxlab.errors import TableError
from cxlab.kpis.definitions import DEFINITIONS

# Columns of the ledger that say something of the promise itself; all others may say where it applies.
OWN = (
    *("action_id", "started_on", "finished_on", "kpi", "owner", "topic", "expected", "budget", "cost", "status"),
    *("source", "note", "customer_id"),
)
# These say what is measured, not who: the comparison is made within them.
ABOUT = (
    *("moment", "stage", "kind", "series", "item", "phase", "survey", "language", "category", "priority"),
    *("journey", "milestone", "feature"),
)
_NEEDED = ("action_id", "started_on")
_NUMBER = re.compile(r"[+\u2212-]?\d+(?:\.\d+)?")
_MONEY = re.compile(r"(?<=\d)[,\s\u2009\u00a0'](?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Promise:
    """One line of the ledger. `scope`: the groups it applies to, nothing for the whole company. `about`: what is
    measured of them, such as the moment. `expected`: as written, `size`: the change it asks for where that is a number,
    in the KPI's unit. `cost`: what it costs, where the ledger says so."""

    action_id: str
    started_on: dt.datetime | None
    finished_on: dt.datetime | None
    kpi: str
    owner: str
    topic: str
    expected: str
    size: float
    cost: float
    scope: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """The scope in words: "DACH (ticket closed)"; "all" for the whole company."""
        groups, about = (", ".join(part.values()) for part in (self.scope, self.about))
        return f"{groups} ({about})" if groups and about else groups or about or "all"

    @property
    def called(self) -> str:
        """What was promised in the ledger's own words, else its topic or id, in quotation marks."""
        said = "" if math.isfinite(self.size) else self.expected
        return f"\u201c{said or self.topic or self.action_id}\u201d"

    def narrowed(self, known: Sequence[str]) -> tuple[Promise, list[str]]:
        """The promise without what the KPI's table cannot tell apart, and the columns left out."""
        lost = [name for name in (*self.scope, *self.about) if name not in known]
        scope, about = ({k: v for k, v in part.items() if k in known} for part in (self.scope, self.about))
        return Promise(**{**self.__dict__, "scope": scope, "about": about}), lost


def promises_in(actions: pd.DataFrame) -> list[Promise]:
    """The lines of the ledger, in its order. Raises TableError where a column that every line needs is missing."""
    lost = [name for name in _NEEDED if name not in actions]
    if lost:
        raise TableError.missing("evaluate_actions", "actions", lost, actions.columns)
    scopes = [name for name in actions.columns if name not in OWN]
    out = []
    for row in actions.to_dict("records"):
        said = {name: _text(row[name]) for name in scopes if _text(row[name])}
        expected = _text(row.get("expected"))
        out.append(
            Promise(
                _text(row["action_id"]),
                _day(row["started_on"]),
                _day(row.get("finished_on")),
                _text(row.get("kpi")),
                _text(row.get("owner")),
                _text(row.get("topic")),
                expected,
                _size(expected),
                money(_text(row.get("budget")) or _text(row.get("cost"))),
                {name: value for name, value in said.items() if name not in ABOUT},
                {name: value for name, value in said.items() if name in ABOUT},
            )
        )
    return out


def money(text: str) -> float:
    """An amount as people write it, "40,000" or "EUR 1 200.50"; NaN where it is none."""
    found = re.findall(r"\d+(?:\.\d+)?", _MONEY.sub("", text))
    return float(found[0]) if len(found) == 1 else math.nan


def rivals(promise: Promise, others: Sequence[Promise], since: dt.datetime, until: dt.datetime) -> list[Promise]:
    """Other promises about the same thing that began in the window that is looked at."""
    return [
        other
        for other in others
        if other.action_id != promise.action_id
        and other.kpi == promise.kpi
        and other.started_on is not None
        and since < other.started_on < until
        and all(promise.about.get(name, value) == value for name, value in other.about.items())
    ]


def covers(other: Promise, promise: Promise) -> bool:
    """Whether the other promise applies wherever this one does: then the two cannot be told apart."""
    return all(promise.scope.get(name) == value for name, value in other.scope.items())


def can_be_judged(promise: Promise) -> str:
    """Why a promise cannot be judged at all, in words; empty where it can."""
    if promise.started_on is None:
        return "it has no start"
    if not promise.kpi:
        return "it names no measure that it should move"
    if promise.kpi not in DEFINITIONS:
        return f"\u201c{promise.kpi}\u201d is no measure of the dictionary"
    entry = DEFINITIONS[promise.kpi]
    if entry.better not in ("up", "down"):
        return f"{entry.name.lower()} is an activity: more of it is no result"
    if entry.unit == "count":
        return f"{entry.name.lower()} is a count, which grows with the group and cannot be held against another"
    return ""


def _text(x: object) -> str:
    return "" if x is None or (not isinstance(x, str) and pd.isna(x)) else str(x).strip()


def _day(x: object) -> dt.datetime | None:
    return None if x is None or pd.isna(x) else pd.Timestamp(x).to_pydatetime()


def _size(text: str) -> float:
    return float(text.replace("\u2212", "-")) if _NUMBER.fullmatch(text) else math.nan
