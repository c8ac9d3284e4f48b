"""The dictionary: what every KPI is called, which way is better, and what it means; and comparisons that know it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from cxlab.errors import ParameterError
from cxlab.kpis import retention, service, survey
from cxlab.stats import comparisons


@dataclass(frozen=True)
class Definition:
    """One KPI. `margin` is the change that would not matter: in the KPI's unit, or a share of the value if
    `relative`."""

    function: Callable[..., pd.DataFrame]
    name: str
    unit: str
    better: str
    table: str
    source: str
    margin: float
    relative: bool = False

    @property
    def kpi(self) -> str:
        """The id: the function's name."""
        return self.function.__name__

    @property
    def definition(self) -> str:
        """What a report prints: the first paragraph of the function's docstring."""
        return " ".join((inspect.getdoc(self.function) or "").split("\n\n")[0].split())


_GARTNER = "Gartner, Customer Effort Score 2.0"
_SMSB = "SaaS Metrics Standards Board"
DEFINITIONS: dict[str, Definition] = {
    entry.kpi: entry
    for entry in (
        Definition(survey.nps, "Net Promoter Score", "points", "up", "responses", "Reichheld 2003, HBR", 3),
        Definition(survey.csat, "Satisfaction", "share", "up", "responses", "top-2-box convention", 0.02),
        Definition(survey.ces, "Effort: made it easy", "share", "up", "responses", _GARTNER, 0.02),
        Definition(survey.response_rate, "Response rate", "share", "up", "responses", "AAPOR response rate 1", 0.02),
        Definition(
            service.first_response_time,
            "First response, median",
            "hours",
            "down",
            "tickets",
            "Zendesk first reply time; Kaplan & Meier 1958",
            0.1,
            relative=True,
        ),
        Definition(
            service.resolution_time,
            "Resolution time, median",
            "hours",
            "down",
            "tickets",
            "full resolution time; Kaplan & Meier 1958",
            0.1,
            relative=True,
        ),
        Definition(service.reopen_rate, "Tickets reopened", "share", "down", "tickets", "Zendesk reopens", 0.01),
        Definition(service.sla_met, "Service level met", "share", "up", "tickets", "house", 0.02),
        Definition(
            retention.retention_rate, "Customers retained", "share", "up", "customers", "start-of-period list", 0.01
        ),
        Definition(retention.churn_rate, "Customers lost", "share", "down", "customers", "start-of-period list", 0.01),
        Definition(
            retention.net_revenue_retention, "Net revenue retention", "share", "up", "subscriptions", _SMSB, 0.01
        ),
        Definition(
            retention.gross_revenue_retention, "Gross revenue retention", "share", "up", "subscriptions", _SMSB, 0.01
        ),
    )
}


def definition(kpi: str) -> Definition:
    """The entry of that id; raises ParameterError with the nearest one."""
    if kpi not in DEFINITIONS:
        raise ParameterError.unknown("KPI", kpi, DEFINITIONS)
    return DEFINITIONS[kpi]


def dictionary() -> pd.DataFrame:
    """Every KPI, one row each.

    Columns: kpi (the function's name), name, unit ("points" -100..100, "share" 0-1, "hours"), better ("up" or "down"),
    table, definition, source, margin (the change that would not matter), relative (margin is a share of the value).
    """
    columns = ("kpi", "name", "unit", "better", "table", "definition", "source", "margin", "relative")
    return pd.DataFrame([{column: getattr(entry, column) for column in columns} for entry in DEFINITIONS.values()])


def compare(now: pd.DataFrame, before: pd.DataFrame, margin: float | Mapping[str, float] | None = None) -> pd.DataFrame:
    """What changed between two KPI frames, with interval, p, q, smallest detectable change and verdict.

    The margins within which a change is flat are the dictionary's unless given. See
    `cxlab.stats.comparisons.compare` for the columns and rules; all rows passed are one family for the false-discovery
    control.
    """
    if margin is not None:
        return comparisons.compare(now, before, margin)
    return comparisons.compare(
        now,
        before,
        {kpi: entry.margin for kpi, entry in DEFINITIONS.items()},
        {kpi: entry.relative for kpi, entry in DEFINITIONS.items()},
    )
