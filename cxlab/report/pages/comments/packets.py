"""One packet an owner: what was found, in whose words, what was promised, and what became of it. For printing."""

from __future__ import annotations

import pandas as pd

from cxlab.models.topics.quotes import CONTRARY, REPRESENTATIVE
from cxlab.models.voice import Packet
from cxlab.models.voice.loop import ACTED_ON, ANSWERED, WITHIN_DAYS
from cxlab.report import prose
from cxlab.report.html import Piece, escape, say
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.routed import FEWEST, Routed, known, quoted, routed, worth
from cxlab.report.pages.promises import sentence
from cxlab.report.tables import table, verbatim
from cxlab.stats.comparisons import CANNOT_TELL, FLAT, MOVED_DOWN, MOVED_UP

NOBODY = "Nobody answers for these yet"
_TOLD, _ROWS, _PROMISES, _QUOTED = 3, 10, 3, 2
_MOVED = {
    MOVED_UP: "said more than in {before} by {size}",
    MOVED_DOWN: "said less than in {before} by {size}",
    FLAT: "said as much as in {before}",
}


def every(page: Voices) -> list[Piece]:
    """All packets, owners with most comments first, what nobody answers for last."""
    at = routed(page)
    made = [packet for packet in at.packets if (packet.findings["n"] >= FEWEST).any()]
    if not made:
        return [say(f"No topic has {FEWEST} comments, so there is nothing to pass on.")]
    return [_before(at, made), *(_packet(at, each) for each in made)]


def _before(at: Routed, made: list[Packet]) -> Piece:
    """How many packets follow, and what is in none."""
    owners = sum(bool(each.owner) for each in made)
    said = [f"{prose.some(owners, 'packet')}, one an owner." if owners else "Nobody answers for a topic yet."]
    if len(made) > owners:
        said.append("One more holds what nobody answers for." if owners else "All topics are in one packet.")
    said.append("A printed packet starts its own page.")
    if any(at.is_loose(topic) for packet in made for topic in packet.findings["topic"]):
        said.append("Loose topics are those whose comments change places when others are drawn.")
    few = int((at.topics["n"] < FEWEST).sum())
    if few:
        said.append(f"{prose.some(few, 'topic')} with fewer than {FEWEST} comments: in no table.")
    return say(*said)


def _packet(at: Routed, packet: Packet) -> Piece:
    """A heading, findings, a small table, quotes, promises and the loop, as one section that starts a printed page."""
    heading = packet.owner or NOBODY
    rows = packet.findings[packet.findings["n"] >= FEWEST]
    first = _first(at, rows)
    parts = [
        say(_whole(at, packet)),
        say(*[_found(at, row) for _, row in first.iterrows()], kind="list"),
        _numbers(at, rows),
        *_quotes(packet, first),
        *_promises(at, packet),
        say(_loop(packet)),
    ]
    html = "".join(part.html for part in parts)
    text = "\n".join(part.text for part in parts)
    return Piece(f'<section class="packet"><h3>{escape(heading)}</h3>{html}</section>', f"{heading}\n{text}")


def _first(at: Routed, rows: pd.DataFrame) -> pd.DataFrame:
    """The topics told in sentences: the largest that are not loose, else the largest."""
    told = at.told(rows)
    return (told if len(told) else rows).head(_TOLD)


def _whole(at: Routed, packet: Packet) -> str:
    """All that this owner is told of, every comment and account once."""
    who = worth(packet.accounts, packet.revenue)
    of = f" by {who}" if who else ""
    topics = prose.some(len(packet.findings), "topic")
    return f"{topics} in {prose.some(packet.comments, 'comment')} of {at.page.period}{of}."


def _found(at: Routed, row: pd.Series) -> str:
    """A topic in a sentence: how often, by whom, against before, and the points that go with it."""
    share = known(row["share"], row["low"], row["high"], "share")
    who = worth(row["accounts"], row["revenue"])
    by = f", by {who}" if who else ""
    words = ["loose"] if at.is_loose(row["topic"]) else [word for word in [at.news(row["topic"])] if word]
    mark = f" ({words[0]})" if words else ""
    said = f"\u201c{row['name']}\u201d{mark}: {prose.some(int(row['n']), 'comment')}, {share} of all{by}"
    return f"{'; '.join([said, *_moved(at, row), *_points(at, row)])}."


def _moved(at: Routed, row: pd.Series) -> list[str]:
    """How a topic's share moved since the period before."""
    before = at.page.before
    if before is None or not prose.is_finite(row["change"]):
        return []
    size = known(row["change"], row["change_low"], row["change_high"], "share", of_change=True)
    if row["verdict"] == CANNOT_TELL:
        return [f"whether it is said more than in {before.period} cannot be told: {size}"]
    size = known(abs(row["change"]), *_limits(row), "share", of_change=True).lstrip("+")
    return [_MOVED[row["verdict"]].format(before=before.period, size=size)]


def _limits(row: pd.Series) -> tuple[float, float]:
    """The interval of the size of a change."""
    low, high = float(row["change_low"]), float(row["change_high"])
    return (low, high) if row["change"] >= 0 else (-high, -low)


def _points(at: Routed, row: pd.Series) -> list[str]:
    """The points that go with a topic, where these can be told from none."""
    if at.points is None or not (prose.is_finite(row["points"]) and prose.is_finite(row["points_low"])):
        return []
    verdict = at.points.set_index("topic")["verdict"].get(row["topic"], CANNOT_TELL)
    size = known(row["points"], row["points_low"], row["points_high"], "points", of_change=True)
    if verdict == CANNOT_TELL:
        return [f"what goes with it cannot be told from none: {size}"]
    return [f"{size} of the score go with it"]


def _numbers(at: Routed, rows: pd.DataFrame) -> Piece:
    lines = [
        {
            "Topic": at.name(row["topic"]),
            "comments": int(row["n"]),
            "of all heard": known(row["share"], row["low"], row["high"], "share"),
            "points": known(row["points"], row["points_low"], row["points_high"], "points", of_change=True),
            "accounts": row["accounts"],
            "pay a month": row["revenue"],
        }
        for _, row in rows.iterrows()
    ]
    return table(
        pd.DataFrame(lines),
        rows=_ROWS,
        units={"pay a month": "currency"},
        names={"points": "points that go with it"},
        caption="In numbers, with 95\u202f% intervals; points as they go with it in all periods heard",
    )


def _quotes(packet: Packet, first: pd.DataFrame) -> list[Piece]:
    """The most typical words on the first topics and those of the other side, by rule; personal data are masked."""
    names = first.set_index("topic")["name"]
    texts, under, silent = [], [], []
    for topic in first["topic"].head(_QUOTED):
        own = packet.quotes[packet.quotes["topic"] == topic]
        if own.empty:
            silent.append(names[topic])
        for kind, words in ((REPRESENTATIVE, "typical"), (CONTRARY, "the other side")):
            for _, row in own[own["kind"] == kind].head(1).iterrows():
                score = f", gave {prose.value(row['score'], 'points')}" if prose.is_finite(row["score"]) else ""
                texts.append(row["text"])
                under.append(f"{words} of \u201c{names[topic]}\u201d{score}")
    pieces = [verbatim(texts, notes=under, caption="In customers' words")] if texts else []
    if silent:
        pieces.append(say(f"No quote on {quoted(silent)}: fewer than {FEWEST} voices.", kind="fine"))
    return pieces


def _promises(at: Routed, packet: Packet) -> list[Piece]:
    """What was promised on these topics, the latest first, and whether it worked."""
    if "actions" not in at.page.tables:
        return [say("What was promised before is not known: there is no ledger of actions.")]
    if packet.promises.empty:
        return [say("Nothing was promised on these topics before.")]
    rows = packet.promises.drop_duplicates("action_id").sort_values("started_on", ascending=False, kind="stable")
    more = len(rows) - _PROMISES
    rest = [f"And {prose.some(more, 'earlier promise')}."] if more > 0 else []
    return [
        say("Promised before:"),
        say(*[sentence(row) for _, row in rows.head(_PROMISES).iterrows()], *rest, kind="list"),
    ]


def _loop(packet: Packet) -> str:
    """What became of these comments."""
    steps = packet.loop.steps.set_index("step")
    acted, answered = steps.loc[ACTED_ON], steps.loc[ANSWERED]
    if int(acted["heard"]) < FEWEST:
        return f"Fewer than {FEWEST} comments: what became of them is not told."
    text = (
        f"Of {prose.some(int(acted['heard']), 'comment')}, "
        f"{known(acted['value'], acted['low'], acted['high'], 'share')} are in a promise to act"
    )
    if prose.is_finite(answered["value"]) and packet.loop.clock.n >= FEWEST:
        share = known(answered["value"], answered["low"], answered["high"], "share")
        return f"{text}; of those whose account is known, {share} were in contact within {WITHIN_DAYS:.0f} days."
    return f"{text}; whether anybody was answered is not known."
