"""Packs: sets of KPIs for one audience, as data. A page is made of each of them."""

from __future__ import annotations

from dataclasses import dataclass

from cxlab.errors import ParameterError


@dataclass(frozen=True)
class Pack:
    """KPIs that are read together. `name` is what one asks for, `title` what the page is about. `tables`: without any
    of them the pack has nothing to say. `by`: how its rows are grouped where customers' attributes say nothing of them.
    The exec pack cuts across the others, which share no KPI."""

    name: str
    title: str
    kpis: tuple[str, ...]
    tables: tuple[str, ...]
    by: str = ""


PACKS: dict[str, Pack] = {
    pack.name: pack
    for pack in (
        Pack(
            "exec",
            "The whole programme",
            (
                "nps",
                "csat",
                "ces",
                "retention_rate",
                "net_revenue_retention",
                "time_to_first_value",
                "first_contact_resolution",
                "resolution_time",
                "enps",
                "review_rating",
            ),
            ("responses", "tickets", "customers", "subscriptions", "milestones"),
        ),
        Pack(
            "onboarding",
            "Onboarding and adoption",
            (
                "time_to_first_value",
                "onboarding_completion",
                "implementation_time",
                "integration_success",
                "adoption_breadth",
                "adoption_depth",
            ),
            ("milestones", "usage"),
        ),
        Pack(
            "support",
            "Support",
            (
                "first_contact_resolution",
                "first_response_time",
                "resolution_time",
                "reopen_rate",
                "sla_met",
                "contact_rate",
                "escalation_rate",
                "channel_switching",
                "backlog_age",
                "self_service_deflection",
                "found_by_us_first",
            ),
            ("tickets", "visits"),
        ),
        Pack(
            "revenue",
            "Retention and revenue",
            (
                "retention_rate",
                "churn_rate",
                "net_revenue_retention",
                "gross_revenue_retention",
                "renewal_rate",
                "new_logos",
                "entitlement_use",
                "asked_not_entitled",
            ),
            ("customers", "subscriptions"),
        ),
        Pack("people", "Our own people", ("enps", "engagement"), ("responses",), by="team"),
        Pack(
            "moments",
            "Moments that matter",
            ("csat", "ces", "success", "effort", "emotion"),
            ("responses",),
        ),
        Pack("reputation", "Reputation", ("review_rating",), ("responses",), by="location"),
        Pack("maturity", "Maturity of the programme", (), ("maturity",)),
        Pack(
            "programme",
            "Goals and listening",
            ("accounts_heard", "response_rate"),
            ("targets", "responses"),
        ),
    )
}


def pack(name: str) -> Pack:
    """The pack of that name; raises ParameterError with the nearest one."""
    if name not in PACKS:
        raise ParameterError.unknown("pack", name, PACKS)
    return PACKS[name]
