"""What adds up to the score: the points that go with each topic, and once what leaving it out would say."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.models.impact.rows import REMAINDER
from cxlab.report import prose
from cxlab.report.figures.adding_up import adding_up, steps_words
from cxlab.report.html import say
from cxlab.report.pages.comments.beside import BESIDE
from cxlab.report.pages.comments.changes import CHANGE
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.saying import (
    called,
    firm,
    goes_with,
    graded,
    has_topics,
    is_known,
    listed,
    marked,
    score_of,
    told,
    with_names,
)
from cxlab.report.pages.comments.steps import NO_INTERVAL, mark, step
from cxlab.report.tables import table
from cxlab.stats.comparisons import CANNOT_TELL

__all__ = ["BESIDE", "CHANGE", "NOW"]

_STEPS, _GREY, _ROWS, _BESIDE = 10, 5, 20, 3


def bridge(page: Voices) -> list[Any]:
    """From the score of those who mention no topic to that of all who commented. Raises CxlabError."""
    if not has_topics(page):
        return [say("There is no topic that points of the score could go with.")]
    impact, rows = page.impact, told(page)
    name = score_of(page)
    shown = _outer(rows) if len(rows) else _largest(page)
    valued = impact.table[(impact.table["topic"] != REMAINDER) & impact.table["value"].notna()]
    others = valued[~valued["topic"].isin(shown["topic"])]
    rest = impact.table[impact.table["topic"] == REMAINDER].iloc[0]
    steps = [
        mark("Mention none of the topics", impact.reference),
        *(
            step(marked(row["name"], row["grade"]), row["value"], row["low"], row["high"], seen=bool(len(rows)))
            for row in shown.to_dict("records")
        ),
        *(
            [step(prose.some(len(others), "other topic"), float(others["value"].sum()), **NO_INTERVAL, seen=False)]
            if len(others)
            else []
        ),
        step("Everything else", rest["value"], rest["low"], rest["high"], seen=False),
        mark("All who commented", impact.score),
    ]
    frame = pd.DataFrame(steps)
    start = (
        "that of those who mention none of the topics"
        if impact.is_observed
        else "what the model gives those who mention none of the topics (too few to count)"
    )
    said = [
        f"Starts at {start} and ends at the {name} of all {prose.count(impact.n)} comments with a score, {page.span}. "
        "Steps are the points that go with a topic, everything else alike, with 95 % interval. Everything else is what "
        f"no topic accounts for, rare ones included. All add up to {prose.change(impact.gap, 'points')} exactly."
    ]
    if not len(rows):
        said.append("Grey: none of these can be told from chance.")
    elif len(shown) < len(rows):
        said.append(f"{prose.some(len(rows) - len(shown), 'more topic')} that can be told in the table.")
    return [
        adding_up(
            frame,
            unit="points",
            title=_headed(rows, name),
            alt=f"What the {name} of those who commented is made of: {steps_words(frame, 'points')}.",
            note=" ".join(said),
        )
    ]


def _outer(rows: pd.DataFrame) -> pd.DataFrame:
    """At most ten rows, those with most points on either side, in their order."""
    return rows.loc[rows["value"].abs().nlargest(_STEPS).index.sort_values()]


def _largest(page: Voices) -> pd.DataFrame:
    """The topics with most points, though none can be told."""
    rows = page.impact.table
    rows = rows[(rows["topic"] != REMAINDER) & rows["value"].notna() & rows["low"].notna()]
    return graded(page, rows.loc[rows["value"].abs().nlargest(_GREY).index.sort_values()])


def _headed(rows: pd.DataFrame, name: str) -> str:
    """What goes with a lower and what with a higher score; loose topics are not named."""
    if rows.empty:
        return f"No topic's points of {name} can be told from chance"
    named = firm(rows)
    if named.empty:
        return "Only loose topics can be told to go with the score"
    first, last = named.iloc[0], named.iloc[-1]
    return goes_with(first if first["value"] < 0 else None, last if last["value"] > 0 else None, name, {})


def by_topic(page: Voices) -> list[Any]:
    """The points of every topic in a table, and once what leaving out its mentioners would say."""
    if not is_known(lambda: page.impact) or not has_topics(page):
        return []
    impact, name = page.impact, score_of(page)
    rows = graded(page, impact.table[(impact.table["topic"] != REMAINDER) & impact.table["value"].notna()])
    if rows.empty:
        return [say("No topic is mentioned often enough for points of its own.")]
    known = rows["low"].notna() & rows["high"].notna()
    rows = rows.assign(is_told=rows["verdict"] != CANNOT_TELL, known=known, size=-rows["value"].abs())
    rows = rows.sort_values(["is_told", "known", "size"], ascending=[False, False, True], kind="stable")
    frame = pd.DataFrame(
        {
            "name": [marked(row["name"], row["grade"]) for row in rows.to_dict("records")],
            "n": rows["n"],
            "points": [prose.change(row.value, "points", row.low, row.high) for row in rows.itertuples()],
            "reach": [_reach(row.low, row.high) for row in rows.itertuples()],
            "effect": [_with_reach(row.effect, row.effect_low, row.effect_high) for row in rows.itertuples()],
            "verdict_in_words": rows["verdict"],
        }
    ).reset_index(drop=True)
    unfound = int((~known).sum())
    remarks = [
        "A verdict takes more than an interval beside nought: false discoveries are held down over all topics.",
        *(with_names(page, each) for each in impact.remarks),
    ]
    if unfound:
        remarks.append(
            f"{prose.some(unfound, 'topic')} without an interval: fewer than half of the groupings of other samples "
            "found such a topic, so that nothing can be told of what goes with it."
        )
    return [
        table(
            frame,
            rows=_ROWS,
            names={
                "name": "Topic",
                "n": "Comments",
                "points": f"Points of {name}",
                "reach": f"95{prose.THIN}% interval",
                "effect": "For who mentions it",
                "verdict_in_words": "Verdict",
            },
            caption=f"Points that go with each topic, {page.span}",
        ),
        _left_out(page, rows),
        say(*remarks, kind="fine"),
    ]


def _reach(low: float, high: float) -> str:
    known = prose.is_finite(low) and prose.is_finite(high)
    return prose.interval(low, high, "points", of_change=True, bare=True) if known else "not known"


def _with_reach(value: float, low: float, high: float) -> str:
    if not (prose.is_finite(low) and prose.is_finite(high)):
        return "not known"
    return f"{prose.change(value, 'points', low, high).split(' ')[0]} ({_reach(low, high)})"


def _left_out(page: Voices, rows: pd.DataFrame) -> Any:
    """Leave-one-out beside the points, once and in grey, with the reason why it is not used."""
    off = (rows["leave_one_out"] - rows["value"]).abs().sort_values(ascending=False, kind="stable")
    first = [
        f"{prose.change(row['leave_one_out'], 'points')} for {called(row['name'])} (above: "
        f"{prose.change(row['value'], 'points', row['low'], row['high'])})"
        for row in rows.loc[off.index[:_BESIDE]].to_dict("records")
    ]
    total = float(page.impact.table["leave_one_out"].sum())
    return say(
        "What is usually printed is the score of all less the score without those who mention a topic. It would say "
        f"{listed(first)}; over all topics it sums to {prose.change(total, 'points')} where the gap is "
        f"{prose.change(page.impact.gap, 'points')}. It charges a topic with whatever is mentioned along with it and "
        "with who mentions it, and no sum can be made of it: it is not used here.",
        kind="fine",
    )


NOW = (bridge, by_topic)
