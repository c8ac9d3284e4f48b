"""Behind reputation: reviews against our own survey."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from cxlab.kpis.reputation import review_gap
from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.behind import of_kind, tried
from cxlab.report.tables import table

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review


def pieces(page: Review) -> list[Any]:
    """The gap between reviews and survey, in all and by location."""
    return [piece for part in (_gap, _apart) for piece in tried(partial(part, page))]


def _gap(page: Review) -> Piece:
    row = review_gap(of_kind(page.chosen["responses"], "transactional"), page.period, ()).iloc[0]
    return say(gap_sentence(row))


def _apart(page: Review) -> Piece:
    rows = review_gap(of_kind(page.chosen["responses"], "transactional"), page.period)
    rows = rows[rows["difference"].notna()]
    if rows.empty:
        return say("By location they cannot be compared: no location has both reviews and answers.")
    return table(
        rows[["location", "review", "review_n", "survey", "survey_n", "difference", "verdict"]].rename(
            columns={"verdict": "told"}
        ),
        units={"review": "share", "survey": "share", "difference": "share"},
        names={"review": "4 or 5 stars", "review_n": "reviews", "survey": "satisfied", "survey_n": "answers"},
        caption="Reviews against our own survey by location",
    )


def gap_sentence(row: Any) -> str:
    """What reviews say against what the survey says."""
    if not (prose.is_finite(row["review"]) and prose.is_finite(row["survey"])):
        return "Reviews cannot be held against our own survey: one of them has nothing in the period."
    review, survey = (
        f"{prose.value(row[name], 'share', row[f'{name}_low'], row[f'{name}_high'])}"
        f" (n {prose.count(row[f'{name}_n'])})"
        for name in ("review", "survey")
    )
    said = {
        "higher": "The public is kinder than our own survey",
        "lower": "The public is harsher than our own survey",
        "alike": "Public and survey say the same",
    }.get(row["verdict"], "Whether public and survey say the same cannot be told")
    return f"{said}: {review} of reviews give 4 or 5 stars, {survey} of answers are satisfied."
