"""Every KPI as data: its function, what it is called, which way is better, which change would not matter."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from cxlab.kpis import (
    adoption,
    contact,
    entitlements,
    handling,
    listening,
    net_scores,
    onboarding,
    people,
    reputation,
    retention,
    revenue,
    selfservice,
    service,
    survey,
    workload,
)


@dataclass(frozen=True)
class Definition:
    """One KPI. `table` is its first argument, `beside` names the tables it takes besides, as keywords of that name.

    `margin` is the change that would not matter: in the KPI's unit, or a share of the value if `relative`. `people`
    says that employees are measured: the function takes a `floor` and shows smaller groups together.
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
    people: bool = False

    @property
    def kpi(self) -> str:
        """The id: the function's name."""
        return self.function.__name__

    @property
    def definition(self) -> str:
        """What a report prints: the first paragraph of the function's docstring."""
        return " ".join((inspect.getdoc(self.function) or "").split("\n\n")[0].split())


_GARTNER = "Gartner, Customer Effort Score 2.0"
_TEMKIN = "Temkin Experience Ratings"
_SMSB = "SaaS Metrics Standards Board"
_START_LIST = "start-of-period list"
_FIRST_REPLY = "Zendesk first reply time; Kaplan & Meier 1958"
_RESOLUTION = "full resolution time; Kaplan & Meier 1958"
_INCIDENCE = "Aalen & Johansen 1978"

# One line a KPI, in the order of a customer's life: function, name, unit, better, table, source, margin.
# fmt: off
_SURVEY = (
    Definition(survey.nps, "Net Promoter Score", "points", "up", "responses", "Reichheld 2003, HBR", 3),
    Definition(survey.csat, "Satisfaction", "share", "up", "responses", "top-2-box convention", 0.02),
    Definition(survey.ces, "Effort: made it easy", "share", "up", "responses", _GARTNER, 0.02),
    Definition(survey.response_rate, "Response rate", "share", "neither", "responses", "AAPOR response rate 1", 0.02),
)
_SERVICE = (
    Definition(service.first_response_time, "First response, median", "hours", "down", "tickets", _FIRST_REPLY, 0.1,
               relative=True),
    Definition(service.resolution_time, "Resolution time, median", "hours", "down", "tickets", _RESOLUTION, 0.1,
               relative=True),
    Definition(service.reopen_rate, "Tickets reopened", "share", "down", "tickets", "Zendesk reopens", 0.01),
    Definition(service.sla_met, "Service level met", "share", "up", "tickets", "house", 0.02),
)
_SUPPORT = (
    Definition(contact.first_contact_resolution, "Resolved at first contact", "share", "up", "tickets",
               "SQM Group; one-touch: Zendesk; no interaction: Freshservice", 0.02),
    Definition(workload.contact_rate, "Tickets per account", "rate", "down", "customers", "Fay & Feuer 1997", 0.05,
               relative=True, beside=("tickets",)),
    Definition(handling.escalation_rate, "Tickets escalated", "share", "down", "tickets", "house", 0.01),
    Definition(contact.channel_switching, "Had to change channel", "share", "down", "tickets", "SQM Group", 0.01),
    Definition(handling.found_by_us_first, "Noticed by us first", "share", "up", "tickets", "house", 0.02),
    Definition(selfservice.self_service_deflection, "Self-service visits without a ticket", "share", "up", "visits",
               "ticket deflection by session", 0.02, beside=("tickets",)),
    Definition(workload.backlog_age, "Age of open tickets, median", "days", "down", "tickets", "house", 0.1,
               relative=True),
)
_ONBOARDING = (
    Definition(onboarding.time_to_first_value, "Time to first value, median", "days", "down", "milestones",
               _INCIDENCE, 0.1, relative=True, beside=("customers",)),
    Definition(onboarding.onboarding_completion, "Onboarding finished", "share", "up", "milestones", "house", 0.02,
               beside=("customers",)),
    Definition(onboarding.implementation_time, "Implementation time, median", "days", "down", "milestones",
               _INCIDENCE, 0.1, relative=True, beside=("customers",)),
    Definition(onboarding.integration_success, "Integrations working", "share", "up", "milestones", "house", 0.02),
)
_ADOPTION = (
    Definition(adoption.adoption_breadth, "Adoption: features in use", "share", "up", "customers",
               "module utilisation, customer-success vendors", 0.02, beside=("usage", "entitlements")),
    Definition(adoption.adoption_depth, "Adoption: steady use", "share", "up", "customers",
               "months with use of adopted features", 0.02, beside=("usage",)),
)
_LOYALTY = (
    Definition(net_scores.success, "Success: could do it", "points", "up", "responses", _TEMKIN, 3),
    Definition(net_scores.effort, "Effort: found it easy", "points", "up", "responses", _TEMKIN, 3),
    Definition(net_scores.emotion, "Emotion: felt good", "points", "up", "responses", _TEMKIN, 3),
    Definition(reputation.review_rating, "Public reviews", "stars", "up", "responses", "mean of stars", 0.1),
    Definition(people.enps, "Employee Net Promoter Score", "points", "up", "responses",
               "Reichheld's arithmetic, asked of employees", 3, people=True),
    Definition(people.engagement, "Employee engagement", "share", "up", "responses", "favourable-share convention",
               0.02, people=True),
    Definition(revenue.renewal_rate, "Contracts renewed", "share", "up", "subscriptions", "renewals due", 0.02),
    Definition(retention.new_logos, "New customers", "count", "up", "customers", "house", 0.1, relative=True),
)
_RETENTION = (
    Definition(retention.retention_rate, "Customers retained", "share", "up", "customers", _START_LIST, 0.01),
    Definition(retention.churn_rate, "Customers lost", "share", "down", "customers", _START_LIST, 0.01),
    Definition(retention.net_revenue_retention, "Net revenue retention", "share", "up", "subscriptions", _SMSB, 0.01),
    Definition(retention.gross_revenue_retention, "Gross revenue retention", "share", "up", "subscriptions", _SMSB,
               0.01),
)
_PROGRAMME = (
    Definition(listening.accounts_heard, "Accounts heard", "share", "neither", "customers", "house", 0.02,
               beside=("responses",)),
    Definition(entitlements.entitlement_use, "Features paid for and used", "share", "up", "entitlements", "house", 0.02,
               beside=("usage", "customers")),
    Definition(entitlements.asked_not_entitled, "Wishes not granted", "share", "down", "entitlements", "house", 0.05),
)
# fmt: on

DEFINITIONS: dict[str, Definition] = {
    entry.kpi: entry
    for entry in (
        *(*_SURVEY, *_LOYALTY, *_ONBOARDING, *_ADOPTION, *_SERVICE, *_SUPPORT, *_RETENTION),
        *_PROGRAMME,
    )
}
