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
    "cxlab.tables.store": ("load", "manifest", "scan", "set_aside", "table_names"),
    "cxlab.kpis.survey": ("ces", "csat", "nps", "response_rate"),
    "cxlab.kpis.service": (
        "duration_curve",
        "first_response_time",
        "honest_clock",
        "reopen_rate",
        "resolution_time",
        "sla_met",
    ),
    "cxlab.kpis.retention": ("churn_rate", "gross_revenue_retention", "net_revenue_retention", "retention_rate"),
    "cxlab.kpis.dictionary": ("compare", "dictionary"),
    "cxlab.kpis.disagreements": ("disagreements",),
    "cxlab.kpis.accounts": ("attach",),
    "cxlab.kpis.packs": ("scorecard", "targets_of", "trend"),
    "cxlab.report.html": ("say", "show"),
    "cxlab.report.pages.checkup": ("Checkup",),
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
