"""cxlab: customer-experience measures with interval and verdict, from raw exports to pages leaders can trust.

Names are imported when they are first used, so that `import cxlab` stays quick. `cxlab.__all__` lists them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "cxlab.errors": ("CxlabError",),
    "cxlab.periods": ("Period",),
    "cxlab.tables.project": ("Project",),
    "cxlab.tables.store": ("load", "manifest", "scan", "set_aside", "table_names", "upload"),
    "cxlab.stats.hours": ("WorkingHours",),
    "cxlab.kpis.survey": ("ces", "csat", "nps", "response_rate", "series_of"),
    "cxlab.kpis.direction": ("direction",),
    "cxlab.kpis.net_scores": ("effort", "emotion", "experience_rating", "success"),
    "cxlab.kpis.moments": ("moments_table", "role_gap"),
    "cxlab.kpis.paired": ("paired_change",),
    "cxlab.kpis.people": ("engagement", "enps"),
    "cxlab.kpis.people_link": ("engagement_by_team", "engagement_link"),
    "cxlab.kpis.reputation": ("review_gap", "review_rating"),
    "cxlab.kpis.revenue": ("renewal_rate", "revenue_waterfall"),
    "cxlab.kpis.cohorts": ("cohort_triangle",),
    "cxlab.kpis.clocks": ("duration_curve", "honest_clock"),
    "cxlab.kpis.adoption": ("adoption_breadth", "adoption_curve", "adoption_depth"),
    "cxlab.kpis.first_days": ("early_warning_record", "early_warnings"),
    "cxlab.kpis.milestones": ("milestone_funnel", "stall_list"),
    "cxlab.kpis.onboarding": (
        "implementation_time",
        "integration_success",
        "onboarding_completion",
        "time_to_first_value",
    ),
    "cxlab.kpis.contact": (
        "channel_switching",
        "first_contact_definitions",
        "first_contact_resolution",
        "repeat_chains",
    ),
    "cxlab.kpis.channels": ("channel_matrix", "response_by_hour"),
    "cxlab.kpis.handling": ("escalation_rate", "found_by_us_first"),
    "cxlab.kpis.selfservice": ("deflection_bounds", "self_service_deflection"),
    "cxlab.kpis.workload": ("backlog", "backlog_age", "contact_rate"),
    "cxlab.kpis.service": (
        "first_response_time",
        "reopen_rate",
        "resolution_time",
        "sla_met",
    ),
    "cxlab.kpis.retention": (
        "annualised",
        "churn_rate",
        "gross_revenue_retention",
        "left_in",
        "net_revenue_retention",
        "new_logos",
        "retention_rate",
    ),
    "cxlab.kpis.dictionary": (
        "attention",
        "cadence",
        "compare",
        "dictionary",
        "league",
        "most_improved",
        "persistence",
        "safe_champion",
    ),
    "cxlab.kpis.integrity": ("score_integrity",),
    "cxlab.stats.shifts": ("improvement_sentence", "split_change"),
    "cxlab.stats.attention": ("influence",),
    "cxlab.stats.shrinkage": ("consistency",),
    "cxlab.kpis.disagreements": ("disagreements",),
    "cxlab.kpis.accounts": ("attach",),
    "cxlab.kpis.packs": ("pack",),
    "cxlab.kpis.scorecards": ("scorecard", "trend"),
    "cxlab.kpis.targets": ("target_progress", "targets_of"),
    "cxlab.kpis.target_lint": ("lint_targets",),
    "cxlab.kpis.maturity": (
        "maturity",
        "maturity_agreement",
        "maturity_change",
        "maturity_gaps",
        "programme_level",
    ),
    "cxlab.kpis.listening": ("accounts_heard", "moments_covered"),
    "cxlab.kpis.sources": ("join_coverage", "source_inventory"),
    "cxlab.kpis.burden": ("repeated_answers", "response_fatigue", "survey_burden"),
    "cxlab.kpis.entitlements": ("asked_not_entitled", "entitlement_table", "entitlement_use"),
    "cxlab.kpis.silence": ("downgrade", "who_answers"),
    "cxlab.kpis.answering": ("early_and_late",),
    "cxlab.models.features": ("customer_features",),
    "cxlab.models.snapshots": ("snapshots",),
    "cxlab.models.value.worth": ("customer_value",),
    "cxlab.models.value.contract": ("contract_value",),
    "cxlab.models.value.choice": ("choose_engine", "value_customers"),
    "cxlab.models.middle.advocates": ("advocates",),
    "cxlab.models.middle.by_group": ("two_cuts_by",),
    "cxlab.models.middle.experience": ("experience",),
    "cxlab.models.middle.importance": ("driver_importance",),
    "cxlab.models.middle.recovery": ("detractor_recovery", "follow_ups"),
    "cxlab.models.middle.three": ("beside_leaving", "beside_the_score"),
    "cxlab.models.middle.two_cut": ("two_cuts",),
    "cxlab.models.middle.voices": ("passives_say",),
    "cxlab.models.linkage": ("asking_adds", "revenue_measures", "score_to_money", "value_of_asking"),
    "cxlab.models.cost_to_serve": ("cost_to_serve",),
    "cxlab.models.actions": ("action_funnel", "evaluate_actions"),
    "cxlab.models.wins": ("customer_wins", "stories", "supported_wins", "wins_share"),
    "cxlab.models.churn": ("explain_churn",),
    "cxlab.models.topics.hearing": ("hear_topics",),
    "cxlab.models.topics.coded": ("sample_to_code",),
    "cxlab.models.passport.keeping": ("keep_topics", "topic_register"),
    "cxlab.models.impact": ("contributions", "foretell", "held_back"),
    "cxlab.models.survival": ("staying",),
    "cxlab.models.risk": ("monthly_revenue", "revenue_at_risk"),
    "cxlab.models.calling": ("saved_by_calls", "whom_to_call"),
    "cxlab.models.rfm": ("rfm", "rfm_summary"),
    "cxlab.models.segments": ("find_segments", "segment_drivers", "segment_measures"),
    "cxlab.report.pages.segments": ("Grouping",),
    "cxlab.report.html": ("say", "show"),
    "cxlab.report.pages.checkup": ("Checkup",),
    "cxlab.report.pages.comments": ("OpenComments",),
    "cxlab.report.pages.money": ("Money",),
    "cxlab.report.pages.leaving": ("Leaving",),
    "cxlab.report.pages.journey": ("Journey", "journey_measures"),
    "cxlab.report.pages.middle": ("MovableMiddle",),
    "cxlab.report.pages.review": ("Review",),
    "cxlab.report.notebook": ("finding", "record"),
    "cxlab.report.tables": ("table", "verbatim"),
    "cxlab.report.tiles": ("tiles",),
}
_MODULES = {"checks": "cxlab.tables.checks", "figures": "cxlab.report.figures", "prose": "cxlab.report.prose"}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME_OF, *_MODULES])  # noqa: PLE0605 - computed from the one list above


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name]), name)
    raise AttributeError(f"cxlab has no {name!r}. It has: {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
