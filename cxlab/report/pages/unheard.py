"""Who did not answer, and what that could do to the scores of the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlab.kpis.answering import WEIGHTED, WhoAnswers
from cxlab.kpis.dictionary import definition
from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.tables import table
from cxlab.stats.comparisons import CANNOT_TELL, FLAT

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review

_MOST = 6


def pieces(page: Review) -> list[Any]:
    """For every survey looked at: the tipping sentence, then what the silent could do."""
    answers = page.card.answers
    if not answers:
        return [say(_no_survey(page))]
    shown: list[Any] = []
    for who in answers.values():
        shown += [say(*_sentences(who, page)), _bounds(who), _differ(who)]
    return [piece for piece in shown if piece is not None]


def notes(page: Review) -> Iterator[tuple[str, str]]:
    """A line of small print for the tile of each survey looked at."""
    for survey, who in page.card.answers.items():
        assumed = who.bounds.iloc[-2]
        reach = prose.interval(assumed["low"], assumed["high"], who.unit, bare=True)
        answered = prose.value(who.rate, "share", 0, 1)
        yield survey, f"{answered} answered; {reach} if the silent are {assumed['assumption']}"


def _no_survey(page: Review) -> str:
    if not any(definition(kpi).table == "responses" and kpi != "response_rate" for kpi in page.card.now["kpi"]):
        return "The measures of this page count cases and accounts, not answers: nobody can stay silent in them."
    return (
        "Who did not answer cannot be told: the survey exports hold answers only, or too few of either. With a row for "
        "every invitation, this page says how far the silent could move the scores."
    )


def _sentences(who: WhoAnswers, page: Review) -> list[str]:
    name = definition(who.survey).name
    said = [
        f"{name}: {prose.count(who.answered)} of {prose.count(who.invited)} invited people answered "
        f"({prose.value(who.rate, 'share')})."
    ]
    weighted = who.kpi.set_index("how").loc[WEIGHTED]
    level, reach = (
        prose.value(weighted["value"], who.unit, weighted["low"], weighted["high"]),
        prose.interval(weighted["low"], weighted["high"], who.unit, bare=True),
    )
    said.append(f"Weighted to be like all who were invited it is {level} ({reach}).")
    said.append(_tipping(who))
    taken = [remark for remark in page.card.remarks if remark.startswith(name) and "is not counted as one" in remark]
    return [sentence for sentence in (*said, *taken, *who.remarks) if sentence]


def _tipping(who: WhoAnswers) -> str:
    """ "The improvement survives unless those who did not answer are 7 or more points unhappier ..."."""
    if who.change is None or who.tipping is None:
        return ""
    row = who.change.iloc[0]
    word = prose.verdict(row, definition(who.survey).better)
    if word in (FLAT, CANNOT_TELL):
        return f"Since {row['before']} nothing moved that silence could take back."
    noun = "improvement" if word == "improved" else "decline"
    if not who.tipping.possible:
        return f"The {noun} since {row['before']} survives whatever those who did not answer think."
    points = prose.change(who.tipping.points_sure, who.unit, signed=False, is_real=True)
    gone = prose.change(who.tipping.points, who.unit, signed=False, is_real=True)
    return (
        f"The {noun} since {row['before']} survives unless those who did not answer are {points} or more "
        f"{who.tipping.direction} than those who did; at {gone} nothing would be left of it."
    )


def _bounds(who: WhoAnswers) -> Piece:
    rows = who.bounds.rename(columns={"assumption": "if_the_silent_are"})
    return table(
        rows,
        units={"low": who.unit, "high": who.unit},
        names={"if_the_silent_are": "If the silent are ...", "low": "from", "high": "to"},
        caption=f"{definition(who.survey).name} of all who were invited",
    )


def _differ(who: WhoAnswers) -> Piece | None:
    """What goes with answering, the largest differences first."""
    known = who.features.assign(size=who.features["smd_before"].abs())
    known = known[known["size"] >= 0.05].sort_values("size", ascending=False, kind="stable").head(_MOST)
    if known.empty:
        return say("Of what is known about everybody, nothing goes visibly with answering.")
    shown = pd.DataFrame(
        {
            "what": [_feature(row) for _, row in known.iterrows()],
            "before": known["smd_before"].to_numpy(),
            "after": known["smd_after"].to_numpy(),
        }
    )
    return table(
        shown,
        names={
            "what": "Those who answered against all invited",
            "before": "difference (in standard deviations)",
            "after": "after weighting",
        },
        caption=f"What goes with answering the {definition(who.survey).name} survey",
    )


def _feature(row: pd.Series) -> str:
    name, level = str(row["feature"]).replace("_", " "), row["level"]
    return f"{name}: {level}" if isinstance(level, str) and level else name
