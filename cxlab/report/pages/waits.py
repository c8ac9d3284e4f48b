"""How long things take, every open case counted, beside the flattering curve of the finished ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cxlab.kpis.clocks import duration_curve
from cxlab.kpis.dictionary import definition
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review


@dataclass(frozen=True)
class Words:
    """How a duration is told: who waits, what for, since when, what has not come."""

    cases: str
    what_for: str
    since: str
    lacking: str


WORDS = {
    "resolution_time": Words("tickets", "to be resolved", "the ticket was opened", "not resolved"),
    "first_response_time": Words("tickets", "for a first answer", "the ticket was opened", "not answered"),
    "time_to_first_value": Words("new customers", "for first value", "their start", "without first value"),
    "implementation_time": Words("implementations", "to be live", "their start", "not live"),
}


def waiting(page: Review, kpi: str) -> Piece | figures.Drawing:
    """The curve of one duration; a sentence where nothing in the period has it."""
    words, about = WORDS[kpi], definition(kpi)
    known = page.clocks[page.clocks["kpi"] == kpi]
    if known.empty:
        return say(f"How long {words.cases} take cannot be told: nothing in {page.period} has that time.")
    row = known.iloc[0]
    options = dict(page.options.get(kpi, {}))
    options |= {name: page.chosen[name] for name in about.beside if name in page.chosen}
    curve = duration_curve(page.chosen[about.table], page.period, kpi=kpi, **options)
    honest, naive = (prose.value(row[name], about.unit) for name in ("value", "closed_only"))
    cases, still = prose.count(row["n"]), prose.count(row["open"])
    title = (
        f"Half of all {words.cases} wait {honest} or longer {words.what_for}"
        if prose.is_finite(row["value"])
        else f"More than half of all {words.cases} still wait {words.what_for}"
    )
    return figures.durations(
        curve,
        unit=about.unit,
        title=title,
        alt=f"{title}; the finished alone would say {naive}. {still} of {cases} {words.cases} are {words.lacking}.",
        note=f"{words.cases.capitalize()} of {page.period}. Leaving out the {still} {words.lacking} would say {naive}.",
        since=words.since,
        honest="every case counted",
        naive="finished ones only",
        until=_worth_drawing(curve),
    )


def _worth_drawing(curve: pd.DataFrame) -> float | None:
    """The time a little beyond the nine tenths: the long tail would squeeze what matters."""
    reached = curve.loc[curve["done"] >= 0.9, "time"]
    return float(reached.iloc[0]) * 1.25 if len(reached) else None
