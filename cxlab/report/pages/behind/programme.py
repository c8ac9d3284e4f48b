"""Behind goals and listening: will goals be met, are they sound, how often to look, and whom we hear."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlab.kpis.dictionary import cadence, definition
from cxlab.kpis.integrity import ODD, score_integrity
from cxlab.kpis.listening import join_coverage, moments_covered, source_inventory, survey_burden
from cxlab.kpis.packs import PACKS
from cxlab.kpis.scorecards import Scorecard, scorecard
from cxlab.kpis.target_lint import lint_targets
from cxlab.kpis.targets import MET, NOT_MET, target_progress
from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.behind import tried
from cxlab.report.tables import table

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review

_LISTED = 20


def pieces(page: Review) -> list[Any]:
    """Goals, what is wrong with them, cadence, moments, accounts, sources, burden, integrity."""
    parts = (_goals, _faults, _cadence, _moments, _accounts, _sources, _burden, _integrity)
    return [piece for part in parts for piece in tried(partial(part, page))]


def question(page: Review) -> str:
    """About moments nobody listens to."""
    if "responses" not in page.chosen:
        return ""
    rows = moments_covered(page.chosen, page.period, page.moments)
    blind = rows[rows["status"] == "blind"]
    if blind.empty:
        return ""
    names = " and ".join(f"\u201c{name}\u201d" for name in blind["moment"].head(3))
    return f"Nobody tells us how {names} went for them. What would we rather not hear there?"


@cache
def _measured(page_id: int, page: Any) -> Scorecard:
    """Every measure that a goal is about, in the page's own groups."""
    goals = page.frame("targets")
    known = {kpi for pack in PACKS.values() for kpi in pack.kpis}
    kpis = [kpi for kpi in dict.fromkeys(goals["kpi"]) if kpi in known]
    standards = page.project.standards if page.project else {}
    return scorecard(page.tables, page.period, page.by or (), kpis=kpis, where=page.where, **standards)
