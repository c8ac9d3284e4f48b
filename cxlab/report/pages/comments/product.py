"""What customers ask of the product: by area, by topic, as a request or a complaint; needs not met, wins at hand."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.models.voice import by_area, quick_wins, unmet_needs
from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.routed import FEWEST, known, quoted, routed, worth
from cxlab.report.tables import table

_SHOWN = 12


def areas(page: Voices) -> list[Any]:
    """The backlog by product area, every account once."""
    at = routed(page)
    lines = at.lines[at.lines["n"] >= FEWEST]
    if not (lines["area"] != "").any():
        return []
    rows = by_area(at.members, at.rows, lines, period=page.period, subscriptions=at.subscriptions)
    names = {topic: at.name(topic) for topic in lines["topic"]}
    shown = [
        {
            "Area": row["area"] or "no area yet",
            "asked by accounts": row["accounts"],
            "which pay a month": row["revenue"],
            "of the revenue heard": known(row["revenue_share"], row["revenue_low"], row["revenue_high"], "share"),
            "of the comments": known(row["share"], row["low"], row["high"], "share"),
            "topics": quoted([names[topic] for topic in row["topics"]]),
        }
        for _, row in rows.iterrows()
    ]
    return [
        table(
            pd.DataFrame(shown),
            rows=_SHOWN,
            units={"which pay a month": "currency"},
            caption="The product backlog by area (product_area in topics.csv, else who answers for it), each account "
            "once an area",
        )
    ]


def lines(page: Voices) -> list[Any]:
    """The backlog topic by topic: accounts, what they pay, requests and complaints."""
    at = routed(page)
    rows = at.lines[at.lines["n"] >= FEWEST]
    if rows.empty:
        return [say(f"No topic has {FEWEST} comments, so there is no backlog to show.")]
    pieces: list[Any] = []
    first = at.told(rows).head(1)
    for _, row in first.iterrows():
        paid = (
            f", {known(row['revenue_share'], row['revenue_low'], row['revenue_high'], 'share')} of the revenue of all "
            "who commented"
            if prose.is_finite(row["revenue_share"])
            else ""
        )
        who = worth(row["accounts"], row["revenue"]) or prose.some(int(row["n"]), "comment")
        pieces.append(
            say(f"Most accounts speak of \u201c{row['name']}\u201d: {who}{paid}.")
            if worth(row["accounts"], row["revenue"])
            else say(f"Most comments speak of \u201c{row['name']}\u201d: {who}.")
        )
    shown = [
        {
            "Topic": at.name(row["topic"]),
            "state": at.news(row["topic"]),
            "accounts": row["accounts"],
            "which pay a month": row["revenue"],
            "of the revenue heard": known(row["revenue_share"], row["revenue_low"], row["revenue_high"], "share"),
            "ask for something": known(row["request_share"], row["request_low"], row["request_high"], "share"),
            "complain": known(row["complaint_share"], row["complaint_low"], row["complaint_high"], "share"),
        }
        for _, row in rows.iterrows()
    ]
    return [
        *pieces,
        table(
            pd.DataFrame(shown),
            rows=_SHOWN,
            units={"which pay a month": "currency"},
            caption="The product backlog by topic, most accounts first: what those pay who speak of it (not what is at "
            "stake), and of its comments those that ask and those that complain, with 95\u202f% intervals",
        ),
    ]


def unmet(page: Voices) -> Piece:
    """Low score and many voices."""
    at = routed(page)
    score = pd.Series(page.scored(page.now))
    if score.notna().sum() < FEWEST:
        return say("Needs that are not met cannot be told: too few comments have a score.")
    asked = at.rows.assign(score=score.to_numpy())
    rows = unmet_needs(at.members, asked, at.topics, period=page.period, bounds=_scale(page, score))
    rows = at.told(rows[rows["unmet"] & (rows["n"] >= FEWEST)])
    if rows.empty:
        return say(
            "Needs that are not met: no topic is for certain both said more than most and said by those who score "
            "lower."
        )
    named = [
        f"\u201c{row['name']}\u201d: {known(row['share'], row['low'], row['high'], 'share')} of the comments with a "
        f"score, and those who say it score {prose.value(row['score'], 'points')} on average, "
        f"{known(row['gap'], row['gap_low'], row['gap_high'], 'points', of_change=True)} against the others"
        for _, row in rows.head(3).iterrows()
    ]
    return say(
        "Needs that are not met, said more than most and by those who score lower (what they mention beside it is not "
        "taken out of this):",
        *[f"{text}." for text in named],
        kind="list",
    )


def _scale(page: Voices, score: pd.Series) -> tuple[float, float]:
    """The ends of the scale of the survey's score."""
    rows = page.now.rows
    if page.survey == "nps" or "scale_high" not in rows or rows["scale_high"].isna().all():
        return 0.0, max(10.0, float(score.max()))
    return min(1.0, float(score.min())), max(float(rows["scale_high"].max()), float(score.max()))


def wins(page: Voices) -> Piece:
    """Losses that one owner answers for and that come from few places."""
    at = routed(page)
    table = page.impact.table
    impact = table[table["topic"].isin(at.members.columns)]
    rows = quick_wins(at.members, at.rows, at.routes, impact, period=page.period)
    losses = at.told(rows)
    if losses.empty:
        return say("Wins at hand: loose topics aside, none goes with lost points for certain.")
    quick = losses[losses["quick"]]
    if quick.empty:
        return say(
            f"Wins at hand: {quoted(losses['name'].tolist())} {'goes' if len(losses) == 1 else 'go'} with lost points, "
            f"and none of these has both an owner and few places that it comes from."
            if len(losses) > 1
            else f"Wins at hand: \u201c{losses['name'].iloc[0]}\u201d goes with lost points, but "
            f"{_not_quick(losses.iloc[0])}."
        )
    return say(
        "Wins at hand, with an owner and from few places:",
        *[
            f"\u201c{row['name']}\u201d ({row['owner']}): "
            f"{known(row['points'], row['points_low'], row['points_high'], 'points', of_change=True)} go with it, and "
            f"it comes from {row['place']} {row['where']} {prose.value(row['lift'], 'points')} times as often as all "
            "comments do."
            for _, row in quick.head(5).iterrows()
        ],
        kind="list",
    )


def _not_quick(row: pd.Series) -> str:
    return "nobody answers for it" if row["owner"] == "" else "it comes from everywhere"
