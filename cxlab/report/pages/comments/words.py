"""What the page of open comments says of itself: headline, findings, point of view, question, how it was counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlab.errors import CxlabError
from cxlab.kpis import survey as surveys
from cxlab.models.topics.few import FEW
from cxlab.models.voice.life_cycle import GROWING, NEW
from cxlab.report import prose
from cxlab.report.notebook import finding
from cxlab.report.pages.comments import alike
from cxlab.report.pages.comments.heard import CONTROLS, Voices
from cxlab.report.pages.comments.saying import (
    NO_TOPIC,
    called,
    capital,
    firm,
    goes_with,
    graded,
    has_topics,
    listed,
    lowest_and_highest,
    points,
    score_of,
)
from cxlab.report.pages.modelled import Found

_KPIS = {"nps": surveys.nps, "csat": surveys.csat}


def headline(page: Voices) -> str:
    """What goes with a lower and a higher score, or what is spoken of most; never a loose topic. Raises CxlabError."""
    heard = _heard(page)
    if not heard:
        return f"Nobody wrote anything in {page.period} that says something."
    try:
        low, high = lowest_and_highest(page)
    except CxlabError:
        low = high = None
    start, ends = f"{prose.some(heard, 'comment')} of {page.period}", ""
    risen = _risen(page, but=[row["topic"] for row in (low, high) if row is not None])
    if risen is not None:
        ends = f"; {called(risen['name'])} is {'new' if risen['state'] == NEW else 'growing'} in {page.period}"
    if low is not None or high is not None:
        return f"In the comments of {page.span}, {goes_with(low, high, score_of(page), _states(page))}{ends}."
    rows = firm(page.table)
    if rows.empty:
        how = "in loose topics only: read them, and set no goal on any" if len(page.table) else "in no topic"
        return f"{start} {'are' if heard != 1 else 'is'} heard and {how}{ends}."
    first = rows.iloc[0]
    size = prose.value(first["share"], "share", first["low"], first["high"])
    return (
        f"In {start}, {called(first['name'])} is spoken of in {size}, and no topic can be told to go with a lower or a "
        f"higher score{ends}."
    )


def found(page: Voices) -> list[Found]:
    """What goes with the lowest and the highest score, and what is new or growing; topics that stand alone."""
    told = _with_points(page)
    return [*told, *_new(page, but=[each["scope"]["topic"] for each in told])]


def _with_points(page: Voices) -> list[Found]:
    try:
        low, high = lowest_and_highest(page)
    except CxlabError:
        return []
    kpi = "nps" if page.survey == "nps" else None
    return [
        finding(
            kind,
            _finding(page, row, words),
            kpi=kpi,
            scope=_scope(page, row["name"]),
            **{name: float(row[name]) for name in ("value", "low", "high")},
            grade="C",
            owner=_owner(page, row["topic"]),
        )
        for row, kind, words in ((low, "risk", "less"), (high, "win", "more"))
        if row is not None
    ]


def _finding(page: Voices, row: pd.Series, words: str) -> str:
    size = points(row["value"], row["low"], row["high"], signed=False)
    beside = ", everything else alike" if len(_beside(page)) else ", all topics reckoned together"
    news = _states(page).get(row["topic"])
    is_so = f" ({news})" if news else ""
    return (
        f"{called(row['name'])}{is_so}, in {prose.some(int(row['n']), 'comment')}, goes with {size} {words} of "
        f"{score_of(page)} among all who commented, {page.span}{beside}."
    )


def _states(page: Voices) -> dict[str, str]:
    """Topics that are new or growing, with the word for it."""
    try:
        rows = alike.states(page)
    except CxlabError:
        return {}
    rows = rows[rows["state"].isin([NEW, GROWING])]
    return dict(zip(rows["topic"], rows["state"], strict=True))


def _risen(page: Voices, *, but: Sequence[str] = ()) -> pd.Series | None:
    """The surest new topic that stands, else the surest growing one; `but` those told already (ids or names)."""
    try:
        rows = graded(page, alike.states(page))
    except CxlabError:
        return None
    rows = firm(rows[rows["state"].isin([NEW, GROWING]) & ~rows["topic"].isin(but) & ~rows["name"].isin(but)])
    if rows.empty:
        return None
    return rows.assign(order=rows["state"] != NEW).sort_values(["order", "q"], kind="stable").iloc[0]


def _new(page: Voices, *, but: Sequence[str]) -> list[Found]:
    """The first new or growing topic that stands; praise that grows is a win."""
    row = _risen(page, but=but)
    if row is None:
        return []
    tone = dict(zip(page.table["topic"], page.table["tone"], strict=True)).get(row["topic"], 0.0)
    share, before = (prose.value(row[name], "share", row["low"], row["high"]) for name in ("share", "share_before"))
    words = "new" if row["state"] == NEW else "growing"
    return [
        finding(
            "win" if tone > 0 else "risk",
            f"{called(row['name'])} is {words}: in {share} of the comments of {page.period}, {before} before.",
            scope=_scope(page, row["name"]),
            value=float(row["share"]),
            low=float(row["low"]),
            high=float(row["high"]),
            verdict="rose",
            owner=_owner(page, row["topic"]),
        )
    ]


def _scope(page: Voices, name: str) -> dict[str, str]:
    return {**{str(column): str(value) for column, value in page.where.items()}, "topic": str(name)}


def _owner(page: Voices, topic: str) -> str | None:
    own = page.table[page.table["topic"] == topic]
    owner = str(own["owner"].iloc[0] or "").strip() if len(own) and "owner" in own else ""
    return owner or None


def view(page: Voices) -> str:
    """What we would do. Raises CxlabError."""
    if not _heard(page):
        return "Ask one open question after every score; until then there is nothing to read here."
    try:
        low, high = lowest_and_highest(page)
    except CxlabError:
        low = high = None
    said = []
    if low is not None:
        owner = _owner(page, low["topic"])
        who = f"{owner} takes" if owner else "Name somebody who takes"
        said.append(
            f"{who} {called(low['name'])} first, reads its comments, and promises one thing that can be checked."
        )
    if high is not None:
        said.append(f"Keep what is behind {called(high['name'])}.")
    if said:
        return " ".join(said)
    if not has_topics(page):
        return NO_TOPIC
    if firm(page.table).empty:
        return "Read the comments one by one this time: there are too few, or they are too mixed, to act on a topic."
    risen = _risen(page)
    first = called((firm(page.table).iloc[0] if risen is None else risen)["name"])
    return f"Read what customers write of {first}, and set no goal on any topic: none can be told to go with the score."


def question(page: Voices) -> str:
    """One question for the meeting. Raises CxlabError."""
    try:
        low, _ = lowest_and_highest(page)
    except CxlabError:
        low = None
    if low is not None:
        owner = _owner(page, low["topic"])
        if owner is None:
            return f"Who answers for {called(low['name'])}, and by when do those who wrote of it hear from us?"
        return (
            f"What has {owner} tried on {called(low['name'])} so far, and what did those who wrote of it hear from us?"
        )
    rows, risen = firm(page.table), _risen(page)
    if risen is not None:
        return f"Who among us had heard of {called(risen['name'])} before, and since when?"
    if rows.empty:
        return "Which question would have to be asked for customers to tell us what we can act on?"
    return f"What do we know of {called(rows.iloc[0]['name'])} that these comments do not say?"


def counted(page: Voices) -> list[str]:
    """Rows heard and set aside, what compared them, how topics are found and kept, how points are made."""
    now, heard = page.now, sum(len(each.rows) > 0 for each in page.conversation.told)
    said = [
        f"Comments of customers in surveys and reviews, {page.period}"
        + (f", {listed([f'{column} {value}' for column, value in page.where.items()])} only" if page.where else "")
        + f"; {prose.some(heard, 'period')} heard for what changed and what goes with the score. Notes of our own "
        "people and posts are heard apart.",
        *now.topics.remarks,
        now.topics.spoke,
        "Comments that speak of several things are cut into parts. Parts are first given to the topics that are known "
        "from earlier periods, by their direction and reach, so that counts of earlier periods stay what they were; "
        "what fits none is grouped anew (communities of nearest neighbours, Leiden), and a group that is large and "
        "unlike all others becomes a new topic with an id that is never used again.",
        "Names are phrases that are frequent in a topic and rare elsewhere, in customers' own words; people may "
        "rename, put together, split and mute topics in the file of topics, and that lasts.",
        _graded(page),
    ]
    return [*said, *_reckoned(page), *page.notes]


def _graded(page: Voices) -> str:
    if (page.table["grade"] == "").all():
        return f"With fewer than {FEW} things said, how well a topic stands is not judged."
    return (
        "Grade A to D: the mean likeness (Jaccard) of a topic and its nearest group in samples of the comments grouped "
        "anew; 0.75 and more is A, 0.6 B, 0.5 C, less D. A loose topic (D) is in no headline and no finding."
    )


def _reckoned(page: Voices) -> list[str]:
    if not has_topics(page):
        return [NO_TOPIC]
    try:
        impact, name = page.impact, score_of(page)
    except CxlabError as problem:
        return [f"What goes with the score cannot be told: {str(problem).splitlines()[0].rstrip('.')}."]
    beside = _beside(page)
    with_them = f" together with {listed(beside)}" if beside else ""
    return [
        f"{capital(name)} here is that of {prose.count(impact.n)} comments with a score, {page.span} "
        f"({prose.count(impact.accounts)} accounts): it may differ from that of all who answered.",
        f"Points: one regression of the score on all topics{with_them}; a topic's points are its share of the comments "
        "times what goes with mentioning it, errors by account, false discoveries over all topics. It is an adjusted "
        "association (grade C): what else sets apart those who mention a topic stays in it.",
    ]


def _beside(page: Voices) -> list[str]:
    rows = pd.concat([each.rows[np.isfinite(page.scored(each))] for each in page.spoken], ignore_index=True)
    named = [name for name in CONTROLS if name in rows and rows[name].nunique() > 1]
    return [*named, "period"] if len(page.spoken) > 1 else named


def kpis(page: Voices) -> pd.DataFrame | None:
    """The score of those who commented, marked as such in a column `who`; None where no KPI is made of it."""
    make = _KPIS.get(page.survey)
    if make is None:
        return None
    rows = page.now.rows[page.now.topics.prepared.comments["heard"].to_numpy(dtype=bool)]
    frame = make(rows.assign(who="who commented"), page.period, by="who")
    return frame if frame["n"].sum() else None


def _heard(page: Voices) -> int:
    return int(page.now.topics.prepared.comments["heard"].sum())
