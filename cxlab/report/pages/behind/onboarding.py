"""Behind onboarding: the steps and how many get there, who is stuck, how use grows, what foretold leaving."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from cxlab.kpis.adoption import adoption_curve
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.pages import steps
from cxlab.report.pages.behind import tried
from cxlab.report.pages.waits import waiting

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review


def pieces(page: Review) -> list[Any]:
    """Time to first value, the funnel, who is stuck, adoption by age."""
    parts = (_value, _funnel, _stalled, _adoption)
    return [piece for part in parts for piece in tried(partial(part, page))]


def question(page: Review) -> str:
    """About those who are stuck."""
    if "milestones" not in page.chosen:
        return ""
    return steps.stalled_question(page.chosen, page.period)


def _value(page: Review) -> Any:
    return waiting(page, "time_to_first_value")


def _funnel(page: Review) -> Any:
    return steps.funnel(page.chosen, page.period, "onboarding")


def _stalled(page: Review) -> Piece:
    return steps.stalled(page.chosen, page.period, "onboarding")


def _adoption(page: Review) -> figures.Drawing | Piece:
    if "usage" not in page.chosen:
        return say("How use grows cannot be told: there is no usage table.")
    rows = adoption_curve(
        page.chosen["customers"],
        usage=page.chosen["usage"],
        entitlements=page.chosen.get("entitlements"),
        as_of=page.period.end,
    )
    rows = rows[(rows["n"] >= 5) & rows["value"].notna() & (rows["month"] >= 1)]  # that of signing is rarely whole
    if rows.empty:
        return say("How use grows cannot be told: no cohort of new customers is old and large enough.")
    latest = sorted(rows["cohort"].unique())[-8:]
    shown = rows[rows["cohort"].isin(latest)]
    first, last = shown["month"].min(), shown["month"].max()
    ends = [shown[shown["month"] == month]["value"].mean() for month in (first, last)]
    title = (
        f"Accounts use {prose.value(ends[0], 'share')} of what they may in month {first:.0f} and "
        f"{prose.value(ends[1], 'share')} in month {last:.0f}"
    )
    cells = shown.assign(month=shown["month"].astype(int))
    return figures.grid(
        cells.sort_values(["cohort", "month"], kind="stable"),
        rows="cohort",
        columns="month",
        unit="share",
        title=title,
        alt=f"{title}. Breadth of use by cohort of signing and month since signing.",
        note="Share (%) of the features an account may use that it used in the month, by months since signing.",
    )
