"""Behind the journey: findings and the question of `20-follow-the-journey`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxlab.report import prose
from cxlab.report.notebook import finding
from cxlab.report.pages import steps
from cxlab.report.pages.behind.programme import unheard_ends

if TYPE_CHECKING:
    from cxlab.report.pages.journey import Journey


def findings(page: Journey) -> list[dict[str, object]]:
    """A mandatory moment that nobody listens to, and an early flag that goes with leaving."""
    found = unheard_ends(page.coverage)
    told = page.record[page.record["verdict"] == "more of them left"]
    for _, row in told.sort_values("q", kind="stable").iterrows():
        share, other = (prose.value(row[name], "share") for name in ("left_with", "left_without"))
        found.append(
            finding(
                "risk",
                f"Of new customers with “{row['flag']}” {share} left soon after, of those without {other}: "
                f"{prose.count(row['n_with'])} and {prose.count(row['n_without'])} looked at.",
                scope={"flag": row["flag"]},
            )
        )
    return found


def question(page: Journey) -> str:
    """About the step where most are stuck."""
    return steps.stalled_question(page.chosen, page.period) if "milestones" in page.chosen else ""
