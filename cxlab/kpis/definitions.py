"""Every KPI as data: its function, what it is called, which way is better, which change would not matter."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from cxlab.kpis import retention, service, survey


@dataclass(frozen=True)
class Definition:
    """One KPI. `table` is its first argument, `beside` names the tables it takes besides, as keywords of that name.

    `margin` is the change that would not matter: in the KPI's unit, or a share of the value if `relative`.
    """

    function: Callable[..., pd.DataFrame]
    name: str
    unit: str
    better: str
    table: str
    source: str
    margin: float
    relative: bool = False
    beside: tuple[str, ...] = ()

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
_START_LIST = "start-of-period list"
_FIRST_REPLY = "Zendesk first reply time; Kaplan & Meier 1958"
_RESOLUTION = "full resolution time; Kaplan & Meier 1958"

# One line a KPI, in the order of a customer's life: function, name, unit, better, table, source, margin.
# fmt: off
_SURVEY = (
    Definition(survey.nps, "Net Promoter Score", "points", "up", "responses", "Reichheld 2003, HBR", 3),
    Definition(survey.csat, "Satisfaction", "share", "up", "responses", "top-2-box convention", 0.02),
    Definition(survey.ces, "Effort: made it easy", "share", "up", "responses", _GARTNER, 0.02),
    Definition(survey.response_rate, "Response rate", "share", "up", "responses", "AAPOR response rate 1", 0.02),
)
_SERVICE = (
    Definition(service.first_response_time, "First response, median", "hours", "down", "tickets", _FIRST_REPLY, 0.1,
               relative=True),
    Definition(service.resolution_time, "Resolution time, median", "hours", "down", "tickets", _RESOLUTION, 0.1,
               relative=True),
    Definition(service.reopen_rate, "Tickets reopened", "share", "down", "tickets", "Zendesk reopens", 0.01),
    Definition(service.sla_met, "Service level met", "share", "up", "tickets", "house", 0.02),
)
_RETENTION = (
    Definition(retention.retention_rate, "Customers retained", "share", "up", "customers", _START_LIST, 0.01),
    Definition(retention.churn_rate, "Customers lost", "share", "down", "customers", _START_LIST, 0.01),
    Definition(retention.net_revenue_retention, "Net revenue retention", "share", "up", "subscriptions", _SMSB, 0.01),
    Definition(retention.gross_revenue_retention, "Gross revenue retention", "share", "up", "subscriptions", _SMSB,
               0.01),
)
# fmt: on

DEFINITIONS: dict[str, Definition] = {entry.kpi: entry for entry in (*_SURVEY, *_SERVICE, *_RETENTION)}
