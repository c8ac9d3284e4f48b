"""What adds up to the score: the points that go with each topic, and what the change since last time is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlab.models.impact import HIGHER, LOWER
from cxlab.models.impact.change import ALL, EVERYTHING_ELSE, WHO_TALKS
from cxlab.models.impact.rows import REMAINDER
from cxlab.report import prose
from cxlab.report.figures.adding_up import adding_up, steps_words
from cxlab.report.html import say
from cxlab.report.pages.comments.beside import BESIDE
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.saying import (
    called,
    capital,
    firm,
    graded,
    listed,
    listened,
    marked,
    points,
    score_of,
    told,
    with_names,
)
from cxlab.report.tables import table
from cxlab.stats.comparisons import CANNOT_TELL

__all__ = ["BESIDE", "CHANGE", "NOW"]

_STEPS, _GREY, _ROWS, _BY_TOPIC, _BESIDE = 10, 5, 20, 8, 3
_NONE = {"low": np.nan, "high": np.nan}


def bridge(page: Voices) -> list[Any]:
    """From the score of those who mention no topic to that of all who commented. Raises CxlabError."""
    impact, rows = page.impact, told(page)
    name = score_of(page)
    shown = _outer(rows) if len(rows) else _largest(page)
    rest = impact.gap - float(shown["value"].sum())
    steps = [
        _mark("Mention none of the topics", impact.reference),
        *(
            _step(marked(row["name"], row["grade"]), row["value"], row["low"], row["high"], seen=bool(len(rows)))
            for row in shown.to_dict("records")
        ),
        _step("Everything else", rest, **_NONE, seen=False),
        _mark("All who commented", impact.score),
    ]
    frame = pd.DataFrame(steps)
    start = "that of those who mention none of the topics" if impact.is_observed else "what the model gives such"
    said = [
        f"Starts at {start} and ends at the {name} of all {prose.count(impact.n)} who commented with a score. Steps are "
        "the points that go with a topic, everything else alike, with 95 % interval; they and everything else add up "
        f"to {prose.change(impact.gap, 'points')} exactly."
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


def _mark(step: str, value: float) -> dict[str, object]:
    return {"step": step, "value": value, "is_total": True, **_NONE, "seen": True}


def _step(step: str, value: float, low: float, high: float, *, seen: bool) -> dict[str, object]:
    return {"step": step, "value": value, "is_total": False, "low": low, "high": high, "seen": seen}


def _outer(rows: pd.DataFrame) -> pd.DataFrame:
    """At most ten rows, those with most points on either side, in their order."""
    return rows.loc[rows["value"].abs().nlargest(_STEPS).index.sort_values()]


def _largest(page: Voices) -> pd.DataFrame:
    """The topics with most points, though none can be told."""
    rows = page.impact.table
    rows = rows[(rows["topic"] != REMAINDER) & rows["value"].notna()]
    return graded(page, rows.loc[rows["value"].abs().nlargest(_GREY).index.sort_values()])


def _headed(rows: pd.DataFrame, name: str) -> str:
    """What goes with a lower and what with a higher score; loose topics are not named."""
    if rows.empty:
        return f"No topic's share in the {name} can be told from chance"
    named = firm(rows)
    if named.empty:
        return "Only loose topics can be told to go with the score"
    parts = []
    for row, words in ((named.iloc[0], "less"), (named.iloc[-1], "more")):
        if (row["value"] < 0) == (words == "less"):
            size = prose.change(row["value"], "points", row["low"], row["high"], signed=False, is_real=True)
            parts.append(f"{called(row['name'])} with {size} {words}")
    first, *others = parts
    return " and ".join([first.replace(" with ", " goes with ", 1), *others]) + f" of {name}"


def by_topic(page: Voices) -> list[Any]:
    """The points of every topic in a table, and once what leaving out its mentioners would say."""
    if not listened(page):
        return []
    impact, name = page.impact, score_of(page)
    rows = graded(page, impact.table[(impact.table["topic"] != REMAINDER) & impact.table["value"].notna()])
    if rows.empty:
        return [say("No topic is mentioned often enough for points of its own.")]
    rows = rows.assign(is_told=rows["verdict"] != CANNOT_TELL, size=-rows["value"].abs())
    rows = rows.sort_values(["is_told", "size"], ascending=[False, True], kind="stable", ignore_index=True)
    frame = pd.DataFrame(
        {
            "name": [marked(row["name"], row["grade"]) for row in rows.to_dict("records")],
            "n": rows["n"],
            "points": [prose.change(row.value, "points", row.low, row.high) for row in rows.itertuples()],
            "reach": [_reach(row.low, row.high) for row in rows.itertuples()],
            "effect": [_with_reach(row.effect, row.effect_low, row.effect_high) for row in rows.itertuples()],
            "verdict_in_words": rows["verdict"],
        }
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
            caption=f"Points that go with each topic, {page.period}",
        ),
        _left_out(page, rows),
        *([say(*(with_names(page, each) for each in impact.remarks), kind="fine")] if impact.remarks else []),
    ]


def _reach(low: float, high: float) -> str:
    known = prose.is_finite(low) and prose.is_finite(high)
    return prose.interval(low, high, "points", of_change=True, bare=True) if known else "not known"


def _with_reach(value: float, low: float, high: float) -> str:
    return f"{prose.change(value, 'points', low, high).split(' ')[0]} ({_reach(low, high)})"


def _left_out(page: Voices, rows: pd.DataFrame) -> Any:
    """Leave-one-out beside the points, once and in grey, with the reason why it is not used."""
    first = [
        f"{prose.change(row.leave_one_out, 'points')} instead of {prose.change(row.value, 'points', row.low, row.high)} "
        f"for {called(row.name_)}"
        for row in rows.rename(columns={"name": "name_"}).head(_BESIDE).itertuples()
    ]
    total = float(page.impact.table["leave_one_out"].sum())
    return say(
        "What is usually printed is the score of all less the score without those who mention a topic. It would say "
        f"{listed(first)}; over all topics it sums to {prose.change(total, 'points')} where the gap is "
        f"{prose.change(page.impact.gap, 'points')}. It charges a topic with whatever is mentioned along with it and "
        "with who mentions it, and no sum can be made of it: it is not used here.",
        kind="fine",
    )


def change_by_part(page: Voices) -> list[Any]:
    """From the score before to the score now: more talk, worse talk, who talks, everything else. Raises CxlabError."""
    if not listened(page):
        return []
    rows = page.change.set_index("topic")
    total, name = rows.loc[ALL], score_of(page)
    parts = {
        "More or less talk": tuple(total[["more_talk", "more_low", "more_high"]]),
        "Worse or better talk": tuple(total[["worse_talk", "worse_low", "worse_high"]]),
        "Who talks": tuple(rows.loc[WHO_TALKS, ["change", "low", "high"]]),
        "Everything else": tuple(rows.loc[EVERYTHING_ELSE, ["change", "low", "high"]]),
    }
    steps = [_step(step, *numbers, seen=_is_told(*numbers[1:])) for step, numbers in parts.items()]
    frame = _between(page, steps)
    return [
        adding_up(
            frame,
            unit="points",
            title=_moved(total, name, page),
            alt=f"What the change of the {name} is made of: {steps_words(frame, 'points')}.",
            note=f"From the {name} of those who commented in {page.before.period} to that in {page.period}; the steps "
            "add up to the change exactly. More or less talk: topics are mentioned more or less often. Worse or better "
            "talk: who mentions a topic scores otherwise than before. Who talks: other regions, segments or moments. "
            "Everything else: comments that mention no topic score otherwise, and topics with too few mentions. Lines "
            "are 95 % intervals; grey is what cannot be told from nought.",
        )
    ]


def _between(page: Voices, steps: list[dict[str, object]]) -> pd.DataFrame:
    of = page.change.attrs
    begun, ended = _mark(f"{page.before.period}", of["score_before"]), _mark(f"{page.period}", of["score"])
    return pd.DataFrame([begun, *steps, ended])


def _is_told(low: float, high: float) -> bool:
    return prose.is_finite(low) and prose.is_finite(high) and (low > 0 or high < 0)


def _moved(total: pd.Series, name: str, page: Voices) -> str:
    low, high = total["low"], total["high"]
    if not _is_told(low, high):
        return f"Among those who commented, {name} cannot be told to have changed since {page.before.period}"
    word = "rose" if total["change"] > 0 else "fell"
    size = points(total["change"], low, high, signed=False)
    return f"Among those who commented, {name} {word} by {size} since {page.before.period}"


def change_by_topic(page: Voices) -> list[Any]:
    """The same change by topic, the largest by name and all others together; verdicts in words."""
    if not listened(page) or page.before is None:
        return []
    rows = graded(page, page.change)
    named = rows[~rows["topic"].isin([WHO_TALKS, EVERYTHING_ELSE, ALL]) & rows["change"].notna()]
    if named.empty:
        return []
    order = named.assign(is_told=named["verdict"] != CANNOT_TELL, size=-named["change"].abs())
    order = order.sort_values(["is_told", "size"], ascending=[False, True], kind="stable")
    shown, pooled = order.head(_BY_TOPIC), order.iloc[_BY_TOPIC:]
    steps = [
        _step(marked(row["name"], row["grade"]), row["change"], row["low"], row["high"],
              seen=bool(row["is_told"]) and _is_told(row["low"], row["high"]))
        for row in shown.to_dict("records")
    ]  # fmt: skip
    if len(pooled):
        steps.append(_step(prose.some(len(pooled), "other topic"), pooled["change"].sum(), **_NONE, seen=False))
    for topic, words in ((WHO_TALKS, "Who talks"), (EVERYTHING_ELSE, "Everything else")):
        row = rows[rows["topic"] == topic].iloc[0]
        steps.append(_step(words, row["change"], row["low"], row["high"], seen=_is_told(row["low"], row["high"])))
    frame = _between(page, steps)
    sure = order[order["is_told"]]
    drawing = adding_up(
        frame,
        unit="points",
        title=_headed_change(sure),
        alt=f"The change by topic: {steps_words(frame, 'points')}.",
        note="More and worse talk of each topic together; what is not named stands in the other topics or in everything "
        "else, so that the steps add up to the change exactly. Topics have a colour where false discoveries over all of "
        "them allow it.",
    )
    return [drawing, *_verdicts(sure, len(order)), *_remarks(page)]


def _headed_change(sure: pd.DataFrame) -> str:
    named = firm(sure)
    if named.empty:
        return "No single topic can be told to go with the change"
    row = named.iloc[0]
    return f"{called(row['name'])}: {row['verdict']}, {points(row['change'], row['low'], row['high'])}"


def _verdicts(sure: pd.DataFrame, asked: int) -> list[Any]:
    if sure.empty:
        return [say(f"Of {prose.some(asked, 'topic')}, none can be told to be talked of more, less, worse or better.")]
    said = []
    for row in sure.to_dict("records"):
        talk = [
            f"{words} {points(row[name], row[low], row[high])}"
            for words, name, low, high in (
                ("more or less talk", "more_talk", "more_low", "more_high"),
                ("worse or better talk", "worse_talk", "worse_low", "worse_high"),
            )
            if prose.is_finite(row[low])
        ]
        said.append(f"{marked(row['name'], row['grade'])}: {row['verdict']}. Of the change, {listed(talk)} go with it.")
    return [say(*map(capital, said), kind="list")]


def _remarks(page: Voices) -> list[Any]:
    remarks = page.change.attrs["remarks"]
    return [say(*(with_names(page, each) for each in remarks), kind="fine")] if remarks else []


def lowest_and_highest(page: Voices) -> tuple[pd.Series | None, pd.Series | None]:
    """The topic that goes with the lowest and the one with the highest score, of those that stand and can be told."""
    rows = firm(told(page))
    low, high = rows[rows["verdict"] == LOWER], rows[rows["verdict"] == HIGHER]
    return (low.iloc[0] if len(low) else None), (high.iloc[-1] if len(high) else None)


NOW = (bridge, by_topic)
CHANGE = (change_by_part, change_by_topic)
