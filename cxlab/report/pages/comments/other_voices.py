"""Whom else we hear: agents' notes and community posts against customers' words, and what escalations are about."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.models.voice import both_sides, escalation_reasons, left_within, same_units
from cxlab.models.voice.escalations import LEFT_WITHIN, MORE
from cxlab.report import figures, prose
from cxlab.report.figures.forest import forest_words
from cxlab.report.html import say
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.routed import FEWEST, FEWEST_BESIDE, Routed, known, quoted, routed
from cxlab.report.tables import table

_DRAWN, _SHOWN = 6, 10


def notes(page: Voices) -> list[Any]:
    """What agents note against what customers write."""
    at = routed(page)
    if at.notes[1].empty:
        raise CxlabError(
            "agents' notes against customers' words: no note is in the responses table. Load what agents write into "
            'tickets as responses of the survey "note"'
        )
    return _beside(
        at,
        at.notes,
        ("agents", "customers"),
        what="agents' notes",
        note="Agents write about tickets, customers about everything they deal with: a topic that is rarer on one side "
        "need not be less of a matter there.",
    )


def posts(page: Voices) -> list[Any]:
    """What the community posts against what surveys bring."""
    at = routed(page)
    written = at.written("community")
    if written[1].empty:
        raise CxlabError(
            "community posts against survey comments: no post is in the responses table. Load them as responses of "
            'the survey "community"'
        )
    return _beside(
        at,
        written,
        ("the community", "those we ask"),
        what="community posts",
        note="Who posts was not asked to: what a community speaks of is not what all customers would say.",
    )


def _beside(
    at: Routed, one: tuple[pd.DataFrame, pd.DataFrame], names: tuple[str, str], *, what: str, note: str
) -> list[Any]:
    first, second = names
    period = at.page.period
    rows = both_sides(one, (at.members, at.rows), names=names, topics=at.topics, period=period)
    if rows.empty:
        return [say("There is no topic to compare.")]
    heard = [int(rows[f"heard_{name}"].iloc[0]) for name in names]
    if min(heard) < FEWEST_BESIDE:
        return [
            say(
                f"{what[:1].upper()}{what[1:]} against customers' words: too few in {period} "
                f"({prose.count(heard[0])} against {prose.count(heard[1])}; {FEWEST_BESIDE} on either side are needed)."
            )
        ]
    enough = rows[(rows[f"n_{first}"] + rows[f"n_{second}"]) >= FEWEST]
    sides = {name: at.told(enough[enough["verdict"] == f"{name} more"])["name"].tolist() for name in names}
    said = [f"{name} speak more of {quoted(topics)}" for name, topics in sides.items() if topics]
    said = [text.replace("the community speak", "the community speaks") for text in said]
    seen = enough["verdict"].isin([f"{name} more" for name in names])
    otherwise = (
        f"Only loose topics can be told to differ between {what} and customers' comments"
        if seen.any()
        else f"No topic can be told to differ between {what} and customers' comments"
    )
    title = "; ".join(said) if said else otherwise
    title = title[:1].upper() + title[1:]
    drawn = _to_draw(enough, seen)
    drawn = drawn.assign(
        value=drawn["change"], seen=seen.reindex(drawn.index), name=[at.name(topic) for topic in drawn["topic"]]
    )
    picture = figures.forest(
        drawn,
        by="name",
        unit="share",
        title=title,
        alt=f"{title}. {forest_words(drawn, 'name', 'share')}.",
        note=f"Share of {what} ({prose.count(heard[0])}) less share of customers' comments ({prose.count(heard[1])}), "
        f"{period}, in points, with 95\u202f% intervals; grey cannot be told from none over all topics. {note}",
        better="neither",
    )
    return [picture, *_alone(at, enough, names)]


def _to_draw(rows: pd.DataFrame, seen: pd.Series) -> pd.DataFrame:
    """The largest differences either way that can be told from none; without any, the largest."""
    up, down = (rows[seen & side].head(_DRAWN) for side in (rows["change"] > 0, rows["change"] < 0))
    found = pd.concat([up, down[::-1]])
    return found if len(found) else rows.head(_DRAWN).sort_values("change", ascending=False, kind="stable")


def _alone(at: Routed, rows: pd.DataFrame, names: tuple[str, str]) -> list[Any]:
    """Topics of one side that the other hardly mentions, in a table and as a sentence."""
    first, second = names
    told = at.told(rows)
    said = [
        f"{quoted(told.loc[told['only'] == one, 'name'].tolist())} "
        f"{'comes' if (told['only'] == one).sum() == 1 else 'come'} from {one}, and {other} hardly mention "
        f"{'it' if (told['only'] == one).sum() == 1 else 'them'}."
        for one, other in ((first, second), (second, first))
        if (told["only"] == one).any()
    ]
    said = [text.replace("the community hardly mention", "the community hardly mentions") for text in said]
    return [say(*said)] if said else []


def same_ticket(page: Voices) -> list[Any]:
    """Whether agents and customers name the same topics of the same ticket, else of the same account."""
    at = routed(page)
    members, written = at.notes
    if written.empty:
        return []
    asked = pd.concat([each.rows for each in page.conversation.told if len(each.rows)], ignore_index=True)
    for column, what in (("ticket_id", "ticket"), ("customer_id", "account in the same quarter")):
        if column not in asked or column not in written:
            continue
        sides = [_units(rows, column) for rows in (written, asked)]
        both = set(sides[0].dropna()) & set(sides[1].dropna())
        if len(both) < FEWEST_BESIDE:
            continue
        agents = written["heard"].to_numpy(bool) & sides[0].isin(both).to_numpy(bool)
        theirs = asked[sides[1].isin(both)].reset_index(drop=True)
        held, theirs = at.held_by(theirs)
        customers = theirs["heard"].to_numpy(bool)
        units = [sides[0][agents].tolist(), _units(theirs, column)[customers].tolist()]
        rows = same_units((members[agents], units[0]), (held[customers], units[1]))
        return _agreement(at, rows, what)
    return [
        say(
            f"Whether agents and customers name the same of the same ticket cannot be told: fewer than "
            f"{FEWEST_BESIDE} tickets or accounts have a note and a comment."
        )
    ]


def _units(rows: pd.DataFrame, column: str) -> pd.Series:
    """The ticket, or the account and the quarter, that each text is about; missing where nobody knows."""
    if column == "ticket_id":
        return rows[column]
    quarter = pd.to_datetime(rows["answered_at"]).dt.to_period("Q").astype(str)
    return (rows[column].astype(object) + " " + quarter).where(rows[column].notna(), None)


def _agreement(at: Routed, rows: pd.DataFrame, what: str) -> list[Any]:
    count = int(rows["units"].iloc[0]) if len(rows) else 0
    enough = rows[(rows["both"] + rows["first_only"] >= FEWEST) & (rows["both"] + rows["second_only"] >= FEWEST)]
    lead = f"{prose.count(count)} times an agent's note and a customer's comment are about the same {what}."
    if enough.empty:
        return [say(lead, f"No topic is named by both sides of {FEWEST} or more of these, so that they could agree.")]
    enough = enough.sort_values("kappa", ascending=False, kind="stable")
    agree = int((enough["low"] > 0).sum())
    lines = [
        {
            "Topic": at.name(row["topic"]),
            "both": int(row["both"]),
            "agents only": int(row["first_only"]),
            "customers only": int(row["second_only"]),
            "agreement": known(row["kappa"], row["low"], row["high"], "share").replace("\u202f%", ""),
        }
        for _, row in enough.iterrows()
    ]
    return [
        say(
            lead,
            f"Of {prose.some(len(enough), 'topic')} that both name often enough, they agree beyond chance on "
            f"{prose.count(agree) if agree else 'none'}.",
        ),
        table(
            pd.DataFrame(lines),
            rows=_SHOWN,
            caption=f"Agents and customers on the same {what}, all periods of this page (agreement: Cohen's kappa in "
            "hundredths, 100 full agreement, 0 no more than chance, with 95\u202f% interval)",
        ),
    ]


def escalations(page: Voices) -> list[Any]:
    """What escalated tickets' notes speak of, and how far those of leavers speak of the same."""
    at = routed(page)
    members, written = at.notes
    if written.empty:
        return []
    tickets = at.tickets
    if "ticket_id" not in written or tickets is None or "escalated" not in tickets:
        raise CxlabError(
            "what escalations are about: notes have no ticket, or tickets do not say whether they were escalated. Map "
            "ticket_id of the notes and escalated of the tickets"
        )
    by_ticket = tickets.drop_duplicates("ticket_id").set_index("ticket_id")["escalated"]
    flags = written["ticket_id"].map(by_ticket)
    there = flags.notna().to_numpy(bool)
    rows, held = written[there].reset_index(drop=True), members[there].reset_index(drop=True)
    flags = flags[there].astype(bool).reset_index(drop=True)
    counts = rows["heard"].to_numpy(bool)
    if min(int((flags & counts).sum()), int((~flags & counts).sum())) < FEWEST_BESIDE:
        return [
            say(
                f"What escalations are about cannot be told: fewer than {FEWEST_BESIDE} notes are of escalated "
                "tickets, or of others."
            )
        ]
    customers = at.customers
    knows = customers is not None and "closed_on" in customers and "customer_id" in rows
    left = left_within(rows, customers, at.as_of) if knows else None
    found = escalation_reasons(held, rows, flags, left, topics=at.topics, seed=page.seed)
    over = at.told(found.table[(found.table["verdict"] == MORE) & (found.table["n"] >= FEWEST)])
    lead = (
        f"Escalation goes with {quoted(over['name'].tolist())}: notes of escalated tickets speak more of "
        f"{'it' if len(over) == 1 else 'them'} than others do."
        if len(over)
        else "No topic can be told to go with escalation."
    )
    shown = found.table[found.table["n"] >= FEWEST].head(_SHOWN)
    lines = []
    for _, row in shown.iterrows():
        line = {
            "Topic": at.name(row["topic"]),
            "of escalated notes": known(row["share"], row["low"], row["high"], "share"),
            "of others": prose.value(row["others"], "share", row["low"], row["high"]),
            "told": row["verdict"],
        }
        if found.left >= FEWEST_BESIDE:
            line["of those who left"] = known(row["left_share"], row["left_low"], row["left_high"], "share")
            line["told of leaving"] = row["left_verdict"]
        lines.append(line)
    pieces: list[Any] = [say(lead, *_in_common(at, found, knows))]
    if lines:
        pieces.append(
            table(
                pd.DataFrame(lines),
                caption=f"What {prose.count(found.escalated)} notes of escalated tickets speak of, all periods of this "
                "page; more and less are told against all other notes",
            )
        )
    return pieces


def _in_common(at: Routed, found: Any, knows: bool) -> list[str]:
    """How far escalations and leaving are about the same."""
    if not knows:
        return ["Whether those who left speak of the same is not known: no table says who left."]
    if found.left < FEWEST_BESIDE:
        return [f"Fewer than {FEWEST_BESIDE} notes are about accounts that left: too few to hold against escalations."]
    if not prose.is_finite(found.overlap):
        return []
    text = (
        f"Beyond chance, {known(found.overlap, found.overlap_low, found.overlap_high, 'share')} of what these notes "
        f"speak of is also what notes on accounts speak of that left within {LEFT_WITHIN:.0f} days."
    )
    names = at.told(found.table[found.table["topic"].isin(found.shared)])["name"].tolist()
    return [text, f"Both go with {quoted(names)}."] if names else [text]
