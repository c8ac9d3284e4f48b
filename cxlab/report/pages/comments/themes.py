"""What customers speak of: topics with their share and score, quotes by rule, and what is in no topic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import CxlabError
from cxlab.models.topics.quotes import CONTRARY, REPRESENTATIVE
from cxlab.models.voice.mentions import accounts_of, score_counts
from cxlab.report import prose
from cxlab.report.figures import groups
from cxlab.report.html import Piece, say
from cxlab.report.pages.comments import alike
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.over_time import OVER_TIME
from cxlab.report.pages.comments.saying import (
    LOOSE,
    NO_TOPIC,
    STANDS,
    called,
    capital,
    firm,
    listed,
    listened,
    marked,
    score_of,
)
from cxlab.report.tables import table, verbatim
from cxlab.stats.estimates import net_score, ratio_of_sums

__all__ = ["OVER_TIME", "PARTS"]

_DRAWN, _LISTED, _QUOTED = 12, 40, 4
#: Of fewer scored comments no score of those who mention a topic is shown.
FEWEST = 5
_WHY = {"empty": "empty text", "no words": "text without a word"}
_KINDS = {REPRESENTATIVE: "typical of the topic", CONTRARY: "the other side"}


def scores(page: Voices) -> pd.DataFrame:
    """Score of those who mention each topic, all scored comments last (topic ""): topic, n, value, low, high.

    NPS in points, else the mean of the scores; accounts as clusters. Raises CxlabError where nobody gave a score.
    """
    rows, topics = page.now.rows, page.now.topics
    known = topics.prepared.comments["heard"].to_numpy(dtype=bool) & np.isfinite(page.scored(page.now))
    members = topics.members[page.table["topic"].tolist()].assign(**{"": True})[known]
    score, cluster = page.scored(page.now)[known], accounts_of(rows[known])
    if page.survey == "nps":
        sides = np.where(score >= 9, 1.0, np.where(score <= 6, -1.0, 0.0))
        happy, unhappy = (score_counts(members, (sides == side).astype(float), cluster).sy for side in (1, -1))
        found = net_score(score_counts(members, sides, cluster), happy, unhappy)
    else:
        found = ratio_of_sums(score_counts(members, score, cluster))
    table = pd.DataFrame({"topic": members.columns, "n": found.n})
    for name in ("value", "low", "high"):
        table[name] = np.where(found.n >= FEWEST, getattr(found, name), np.nan)
    return table


def overview(page: Voices) -> list[Any]:
    """Every topic in a row, and the shares of the largest in a picture. Raises CxlabError where nothing was said."""
    rows = page.table
    if rows.empty:
        return [say(_nothing(page))]
    return [_shares(page, rows), _table(page, rows)]


def _nothing(page: Voices) -> str:
    heard = int(page.now.topics.prepared.comments["heard"].sum())
    if not heard:
        return f"Nothing that says something was written in {page.period}."
    fall = "are heard and fall" if heard != 1 else "is heard and falls"
    return f"{prose.some(heard, 'comment')} of {page.period} {fall} into no topic. {NO_TOPIC}"


def _shares(page: Voices, rows: pd.DataFrame) -> Any:
    drawn = rows.head(_DRAWN)
    frame = pd.DataFrame(
        {
            "topic": [marked(row.name_, row.grade) for row in drawn.rename(columns={"name": "name_"}).itertuples()],
            "value": drawn["share"],
            "low": drawn["low"],
            "high": drawn["high"],
            "n": drawn["n"].astype(float),
        }
    )
    frame["topic"] = _distinct(frame["topic"], drawn["topic"])
    rest = len(rows) - len(drawn)
    loose = bool((drawn["grade"] == LOOSE).any())
    note = [
        "Share of the comments heard that hold the topic, with 95 % interval; the number is that of the comments. A "
        "comment may hold several topics.",
        f"{prose.some(rest, 'smaller topic')} {'are' if rest != 1 else 'is'} in the table below." if rest else "",
        "Loose: comments that change places when others are drawn." if loose else "",
    ]
    words = "; ".join(
        f"{row.topic} {prose.value(row.value, 'share', row.low, row.high)} "
        f"({prose.interval(row.low, row.high, 'share')})"
        for row in frame.itertuples()
    )
    return groups(
        frame,
        by="topic",
        unit="share",
        better="neither",
        title=_most(rows),
        alt=f"Share of comments by topic, {page.period}: {words}.",
        note=" ".join(filter(None, note)),
    )


def _distinct(names: pd.Series, ids: pd.Series) -> list[str]:
    """Names; where two topics have the same, with the id behind it."""
    twice = names.duplicated(keep=False)
    return [f"{name} {topic}" if both else name for name, topic, both in zip(names, ids, twice, strict=True)]


def _most(rows: pd.DataFrame) -> str:
    """The finding on size: one topic above all others, or none. A loose topic is not named."""
    first = rows.iloc[0]
    size = prose.value(first["share"], "share", first["low"], first["high"])
    if len(rows) > 1 and first["low"] <= rows["high"].iloc[1:].max():
        return f"No topic stands out by size: the largest holds {size} of the comments"
    if first["grade"] == LOOSE:
        return f"The largest topic, with {size} of the comments, is a loose one"
    return f"{called(first['name'])} is spoken of most: in {size} of the comments"


def _table(page: Voices, rows: pd.DataFrame) -> Piece:
    name, frame = "score", rows[["name", "n", "share"]].copy()
    frame["share"] = [prose.value(row.share, "share", row.low, row.high) for row in rows.itertuples()]
    frame["reach"] = [prose.interval(row.low, row.high, "share", bare=True) for row in rows.itertuples()]
    frame["stands"] = [f"{row.grade} {STANDS[row.grade]}".strip() for row in rows.itertuples()]
    try:
        name = f"{capital(score_of(page))} of who mentions it"
        known = scores(page).set_index("topic").reindex(rows["topic"])
        frame["score"] = [_score(row) for _, row in known.iterrows()]
    except CxlabError:
        pass  # the parts on points say why there is no score
    changes = alike.talk_changes(page)
    if changes is not None:
        since = changes.set_index("topic").reindex(rows["topic"])
        frame["since"] = [_since(row) for _, row in since.iterrows()]
    if "owner" in rows and rows["owner"].fillna("").ne("").any():
        frame["owner"] = rows["owner"].fillna("").replace("", "nobody").to_numpy()
    frame["id"] = rows["topic"].to_numpy()
    return table(
        frame,
        rows=_LISTED,
        names={
            "name": "Topic",
            "n": "Comments",
            "share": "Share",
            "reach": f"95{prose.THIN}% interval",
            "stands": "How it stands",
            "score": name,
            "since": f"Since {page.before.period}" if page.before else "",
            "owner": "Owner",
            "id": "Id",
        },
        caption=f"What {prose.count(_heard(page))} comments of {page.period} speak of",
    )


def _score(row: pd.Series) -> str:
    if not prose.is_finite(row["value"]):
        return "too few"
    reach = prose.interval(row["low"], row["high"], "points", bare=True)
    return f"{prose.value(row['value'], 'points', row['low'], row['high'])} ({reach})"


def _since(row: pd.Series) -> str:
    size = prose.change(row["share_change"], "share", row["share_low"], row["share_high"])
    return f"{row['talk']} ({size})" if row["talk"] != "cannot tell" else "cannot tell"


def _heard(page: Voices) -> int:
    return int(page.now.topics.prepared.comments["heard"].sum())


def how_it_stands(page: Voices) -> list[Any]:
    """What the grades mean, and how many topics have which."""
    if not listened(page) or page.table.empty:
        return []
    count = page.table["grade"].value_counts()
    if not count.drop("", errors="ignore").sum():
        return [say("There are too few comments to say how well these topics stand.", kind="fine")]
    sizes = [f"{count[grade]} {grade}" for grade in STANDS if grade and grade in count]
    return [
        say(
            f"How a topic stands: comments are drawn anew and grouped anew, eight times. Grades here: {listed(sizes)}. "
            "A is found again nearly as it was, B mostly, C as a pattern with open edges; D is loose: its comments "
            "change places when others are drawn, so it is good for reading and not for a goal.",
            kind="fine",
        )
    ]


def as_people_code(page: Voices) -> list[Any]:
    """How far topics agree with people who coded a sample by hand, where there is one."""
    if not listened(page) or page.coded is None:
        return []
    found = page.coding
    right = {name: float(getattr(found.accuracy, name)[0]) for name in ("value", "low", "high")}
    share = prose.value(right["value"], "share", right["low"], right["high"])
    reach = prose.interval(right["low"], right["high"], "share")
    return [
        say(
            f"Of {prose.some(found.coded, 'comment')} that people coded by hand, {share} have the topic that people "
            f"gave them ({reach})."
        )
    ]


def in_their_words(page: Voices) -> list[Any]:
    """Quotes of the first topics that stand: typical ones and the other side, by rule."""
    if not listened(page) or page.quotes.empty:
        return []
    shown: list[Any] = []
    rows = firm(page.table)
    for row in rows[rows["topic"].isin(page.quotes["topic"])].head(_QUOTED).to_dict("records"):
        own = page.quotes[page.quotes["topic"] == row["topic"]]
        own = own[own["place"] <= 2]
        notes = [f"{_KINDS[each.kind]}{_gave(each.score)}" for each in own.itertuples()]
        shown.append(verbatim(own["text"], notes=notes, caption=f"{row['name']}, {prose.some(row['n'], 'comment')}"))
    if not shown:
        return []
    return [
        *shown,
        say(
            "Quotes are chosen by a rule and not by hand: the words nearest to the middle of the topic, and those "
            "nearest to it on the other side of the topic's majority (9 or 10 against 6 or less; without a score, "
            "praise against displeasure). One quote a customer, none that says the same twice, personal data masked; "
            f"topics with fewer than {FEWEST} voices have none.",
            kind="fine",
        ),
    ]


def _gave(score: object) -> str:
    return f", gave {score:.0f}" if prose.is_finite(score) else ""


def in_no_topic(page: Voices) -> list[Any]:
    """What is counted and in no topic: a feeling without a theme, themes that too few share, what says nothing."""
    if not listened(page):
        return []
    topics = page.now.topics
    comments, parts = topics.prepared.comments, topics.prepared.parts
    heard = comments.index[comments["heard"]]
    themeless = heard.difference(topics.units["comment"])
    tone = np.sign(parts[parts["comment"].isin(themeless)].groupby("comment")["tone"].sum())
    alone = len(heard) - len(themeless) - int(topics.members.loc[heard].any(axis=1).sum())
    said = []
    if len(themeless):
        kinds = [("praise", 1), ("displeasure", -1), ("neither", 0)]
        sizes = [f"{prose.count((tone == side).sum())} {word}" for word, side in kinds if (tone == side).any()]
        of = prose.some(len(themeless), "comment")
        said.append(f"{of} {'hold' if len(themeless) != 1 else 'holds'} a feeling and no theme: {listed(sizes)}.")
    if alone > 0:
        said.append(f"{prose.some(alone, 'comment')} {'speak' if alone != 1 else 'speaks'} of what too few share.")
    aside = topics.prepared.set_aside
    sizes = [prose.some(int(n), _WHY.get(why, why)) for why, n in aside.items() if n]
    if sizes:
        said.append(f"Set aside and counted: {listed(sizes)}.")
    return [say(*said)] if said else []


PARTS = (overview, how_it_stands, as_people_code, in_their_words, in_no_topic)
