"""Who can act: who answers for what, whether the loop is closed, what the product owes; and where each part stands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd

from cxlab.models.voice.loop import ACTED_ON, ANSWERED, ROUTED, WITH_TOPIC, WITHIN_DAYS
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.behind import tried
from cxlab.report.pages.comments import other_voices, outside, packets, product
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.routed import FEWEST, Routed, known, quoted, routed
from cxlab.report.pages.comments.saying import NO_TOPIC, called
from cxlab.report.tables import table

_SHOWN = 25
Part = Callable[[Voices], Any]


def headline(page: Voices) -> str:
    """How many of the comments have somebody who answers for them, and what nobody does. Raises CxlabError."""
    at = routed(page)
    if page.table.empty:
        return f"No topic was found in what customers wrote in {page.period}, so there is nothing to pass on."
    rows = at.loop.steps.set_index("step")
    said = (
        f"Of the comments of {page.period} that hold a topic, {_share(rows, ROUTED)} have somebody who answers for them"
    )
    if prose.is_finite(rows.loc[ANSWERED, "value"]):
        said += f", and {_share(rows, ANSWERED)} were in contact with us within {WITHIN_DAYS:.0f} days"
    alone = _unowned(at)
    return f"{said}; nobody answers for {called(alone['name'].iloc[0])} yet." if len(alone) else f"{said}."


def _unowned(at: Routed) -> pd.DataFrame:
    """Topics that nobody answers for: what is said with displeasure first, then what is said most; no loose ones."""
    rows = at.told(at.routes[at.routes["owner"] == ""].merge(at.topics[["topic", "n", "tone"]], on="topic"))
    rows = rows[rows["n"] >= FEWEST].assign(content=rows["tone"] >= 0)
    return rows.sort_values(["content", "n"], ascending=[True, False], kind="stable")


def _share(rows: pd.DataFrame, step: str) -> str:
    return prose.value(rows.loc[step, "value"], "share", rows.loc[step, "low"], rows.loc[step, "high"])


def who_answers(page: Voices) -> list[Any]:
    """Topics with their owners, and who says so; what nobody answers for."""
    at = routed(page)
    routes = at.routes.merge(at.lines[["topic", "n", "share", "low", "high"]], on="topic")
    if not (routes["owner"] != "").any():
        return [
            say(
                f"Nobody answers for any of {prose.some(len(routes), 'topic')} yet. Write an owner beside each in the "
                "people's file (topics.csv), or name owners in cxlab.toml under [topics]: owners = { price = "
                '"Pricing team" }.'
            ),
            *_maybe(routes),
            _owners_table(at, routes),
        ]
    with_owner = int((routes["owner"] != "").sum())
    row = at.loop.steps.set_index("step").loc[ROUTED]
    share = known(row["value"], row["low"], row["high"], "share")
    return [
        say(
            f"For {prose.count(with_owner)} of {prose.some(len(routes), 'topic')} somebody answers; that is {share} of "
            "the comments that hold a topic."
        ),
        *_nobody(at),
        *_maybe(routes),
        _owners_table(at, routes),
    ]


def _nobody(at: Routed) -> list[Piece]:
    """The first topics that nobody answers for."""
    alone = _unowned(at)
    if alone.empty:
        return []
    first = alone.iloc[0]
    many = prose.some(int(first["n"]), "comment")
    said = f"Nobody answers for {quoted(alone['name'].tolist())}; the first alone is in {many}."
    return [say(said if len(alone) > 1 else f"Nobody answers for {quoted(alone['name'].tolist())} ({many}).")]


def _maybe(routes: pd.DataFrame) -> list[Piece]:
    """Labels that may or may not mean a topic: a person decides."""
    unsure = routes[(routes["owner"] == "") & (routes["label"] != "") & (routes["n"] >= FEWEST)]
    if unsure.empty:
        return []
    named = [
        f"does \u201c{row['label']}\u201d mean \u201c{row['name']}\u201d ({row['topic']})"
        for _, row in unsure.head(3).iterrows()
    ]
    return [say(f"A person decides: {'; '.join(named)}? An owner written into topics.csv settles it.", kind="fine")]


def _owners_table(at: Routed, routes: pd.DataFrame) -> Piece:
    enough = routes[routes["n"] >= FEWEST]
    enough = enough.loc[(enough["owner"] == "").sort_values(kind="stable").index]
    lines = [
        {
            "Topic": at.name(row["topic"]),
            "id": row["topic"],
            "comments": int(row["n"]),
            "of all heard": known(row["share"], row["low"], row["high"], "share"),
            "answers for it": row["owner"] or "nobody yet",
            "says who": _authority(row),
        }
        for _, row in enough.iterrows()
    ]
    few = len(routes) - len(enough)
    rest = f"; {prose.some(few, 'topic')} with fewer than {FEWEST} comments not shown" if few else ""
    names = ["Topic", "id", "comments", "of all heard", "answers for it", "says who"]
    return table(
        pd.DataFrame(lines, columns=names),
        rows=_SHOWN,
        caption="Who answers for what, by id for topics.csv (loose: comments change places when others are drawn"
        f"{rest})",
    )


def _authority(row: pd.Series) -> str:
    """Who says that somebody answers for a topic, and what they call it."""
    if row["owner"] == "":
        return ""
    called = f", as \u201c{row['label']}\u201d" if row["label"] and row["label"] != row["name"] else ""
    return f"{row['said_by']}{called}"


def steps(page: Voices) -> list[Any]:
    """From heard to answered: shares with intervals, and how long until somebody is in contact."""
    loop = routed(page).loop
    rows = loop.steps.set_index("step")
    if not int(rows.loc[WITH_TOPIC, "n"]):
        return [say("No comment holds a topic, so nothing could be passed on.")]
    if int(rows.loc[ROUTED, "heard"]) < FEWEST:
        return [say(f"Fewer than {FEWEST} comments hold a topic: too few to say what became of them.")]
    names = {
        WITH_TOPIC: "hold a topic",
        ROUTED: "somebody answers for it",
        ACTED_ON: "somebody promised to act",
        ANSWERED: f"in contact by day {WITHIN_DAYS:.0f}",
    }
    drawn = rows.rename(index=names).rename_axis("step").reset_index()
    title = _title(rows)
    words = "; ".join(
        f"{row['step']} {known(row['value'], row['low'], row['high'], 'share')}"
        if prose.is_finite(row["value"])
        else f"{row['step']} not known"
        for _, row in drawn.iterrows()
    )
    picture = figures.funnel(
        drawn,
        by="step",
        title=title,
        alt=f"{title}. {words}.",
        note="The first bar is a share of the comments heard, the others of those that hold a topic, each by itself: "
        "an answer needs no promise. Lines are 95\u202f% intervals, accounts counted as one.",
    )
    return [picture, say(*_waits(routed(page)))]


def _title(rows: pd.DataFrame) -> str:
    said = {
        ROUTED: "have somebody who answers for them",
        ACTED_ON: "are in a promise to act",
        ANSWERED: "were in contact with us",
    }
    parts = [
        f"{_share(rows, step)} {words}" for step, words in said.items() if prose.is_finite(rows.loc[step, "value"])
    ]
    within = f" within {WITHIN_DAYS:.0f} days" if prose.is_finite(rows.loc[ANSWERED, "value"]) else ""
    return f"Of the comments that hold a topic, {', '.join(parts)}{within}"


def _waits(at: Routed) -> list[str]:
    """How long until a contact, those who still wait counted as waiting."""
    clock, contact = at.loop.clock, at.loop.contact
    if not contact:
        return [
            "Whether anybody was answered is in no table: map the accounts of tickets, or when the survey's "
            "follow-up was made."
        ]
    if clock.n < FEWEST:
        return [f"Fewer than {FEWEST} comments have a known account: too few to say how long an answer takes."]
    middle, low, high = clock.quantile(0.5)
    followed = f"{prose.count(clock.n)} comments have an account that can be followed."
    lead = (
        f"Half of them are in contact with us within {known(middle, low, high, 'days')}"
        if prose.is_finite(middle)
        else f"Fewer than half are in contact with us within the {prose.value(clock.last, 'days')} they were followed"
    )
    answered = at.loop.steps.set_index("step").loc[ANSWERED, "value"]
    unknown = (
        []
        if prose.is_finite(answered)
        else [f"The data end too soon to say who was answered within {WITHIN_DAYS:.0f} days."]
    )
    return [
        followed,
        f"{lead}, those who still wait counted as waiting and those who left as not answered.",
        f"A contact here is {contact}; it need not be an answer to what was written.",
        *unknown,
    ]


def _together(*parts: Part) -> Part:
    """Parts one under the other; where nothing was said, or no topic was found, that is told once."""

    def told(page: Voices) -> list[Any]:
        if page.table.empty:
            return [say(f"No topic was found in {page.period}, so there is nothing to pass on. {NO_TOPIC}")]
        return [piece for part in parts for piece in tried(partial(part, page))]

    return told


OWNERS: tuple[Part, ...] = (_together(who_answers),)
LOOP: tuple[Part, ...] = (_together(steps),)
BACKLOG: tuple[Part, ...] = (_together(product.areas, product.lines, product.unmet, product.wins),)
OUTSIDE_IN: tuple[Part, ...] = (
    _together(
        outside.uncovered,
        outside.unsure,
        outside.unmentioned,
        other_voices.notes,
        other_voices.same_ticket,
        other_voices.posts,
        other_voices.escalations,
    ),
)
PACKETS: tuple[Part, ...] = (_together(packets.every),)
