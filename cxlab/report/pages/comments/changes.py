"""What the change of the score is made of: more talk, worse talk, who talks, everything else; and by topic."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.models.impact.change import ALL, EVERYTHING_ELSE, WHO_TALKS
from cxlab.report import prose
from cxlab.report.figures.adding_up import adding_up, steps_words
from cxlab.report.html import say
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.saying import (
    called,
    capital,
    firm,
    graded,
    has_topics,
    is_known,
    listed,
    marked,
    points,
    score_of,
    with_names,
)
from cxlab.report.pages.comments.steps import NO_INTERVAL, is_told, mark, step
from cxlab.stats.comparisons import CANNOT_TELL

_BY_TOPIC = 8


def change_by_part(page: Voices) -> list[Any]:
    """From the score before to the score now: more talk, worse talk, who talks, everything else. Raises CxlabError."""
    if not is_known(lambda: page.survey) or not has_topics(page):
        return []
    rows = page.change.set_index("topic")
    total, name = rows.loc[ALL], score_of(page)
    parts = {
        "More or less talk": tuple(total[["more_talk", "more_low", "more_high"]]),
        "Worse or better talk": tuple(total[["worse_talk", "worse_low", "worse_high"]]),
        "Who talks": tuple(rows.loc[WHO_TALKS, ["change", "low", "high"]]),
        "Everything else": tuple(rows.loc[EVERYTHING_ELSE, ["change", "low", "high"]]),
    }
    steps = [step(part, *numbers, seen=is_told(*numbers[1:])) for part, numbers in parts.items()]
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
    begun, ended = mark(f"{page.before.period}", of["score_before"]), mark(f"{page.period}", of["score"])
    return pd.DataFrame([begun, *steps, ended])


def _moved(total: pd.Series, name: str, page: Voices) -> str:
    low, high = total["low"], total["high"]
    if not is_told(low, high):
        return f"Among those who commented, {name} cannot be told to have changed since {page.before.period}"
    word = "rose" if total["change"] > 0 else "fell"
    size = points(total["change"], low, high, signed=False)
    return f"Among those who commented, {name} {word} by {size} since {page.before.period}"


def change_by_topic(page: Voices) -> list[Any]:
    """The same change by topic, the largest by name and all others together; verdicts in words."""
    if not is_known(lambda: page.change) or not has_topics(page):
        return []
    rows = graded(page, page.change)
    named = rows[~rows["topic"].isin([WHO_TALKS, EVERYTHING_ELSE, ALL]) & rows["change"].notna()]
    if named.empty:
        return []
    order = named.assign(is_told=named["verdict"] != CANNOT_TELL, size=-named["change"].abs())
    order = order.sort_values(["is_told", "size"], ascending=[False, True], kind="stable")
    shown, pooled = order.head(_BY_TOPIC), order.iloc[_BY_TOPIC:]
    steps = [
        step(marked(row["name"], row["grade"]), row["change"], row["low"], row["high"],
              seen=bool(row["is_told"]) and is_told(row["low"], row["high"]))
        for row in shown.to_dict("records")
    ]  # fmt: skip
    if len(pooled):
        steps.append(step(prose.some(len(pooled), "other topic"), pooled["change"].sum(), **NO_INTERVAL, seen=False))
    for topic, words in ((WHO_TALKS, "Who talks"), (EVERYTHING_ELSE, "Everything else")):
        row = rows[rows["topic"] == topic].iloc[0]
        steps.append(step(words, row["change"], row["low"], row["high"], seen=is_told(row["low"], row["high"])))
    frame = _between(page, steps)
    sure = order[order["is_told"]]
    drawing = adding_up(
        frame,
        unit="points",
        title=_headed_change(sure),
        alt=f"The change by topic: {steps_words(frame, 'points')}.",
        note="More and worse talk of each topic together; what is not named stands in the other topics or in "
        "everything else: the steps add up to the change exactly. Topics have a colour where false "
        "discoveries over all of them allow it.",
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


CHANGE = (change_by_part, change_by_topic)
