"""All comments of a period, word for word, grouped by topic."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.tables import table, verbatim

#: Comments of a topic that are printed on a page: all of them, but for what no browser would open.
MOST = 10_000
_LONGEST = 5_000


def headline(page: Voices) -> str:
    """How many comments there are to read, and under how many topics."""
    comments = page.now.topics.prepared.comments
    heard = int(comments["heard"].sum())
    topics = len(page.table)
    if not topics:
        return f"{prose.some(heard, 'comment')} of {page.period} to read; they fall into no topic."
    return f"{prose.some(heard, 'comment')} of {page.period} to read, under {prose.some(topics, 'topic')}."


def index(page: Voices) -> Piece:
    """Topics in the order in which their comments stand."""
    frame = page.printed.index
    return table(
        frame[["name", "n"]],
        rows=len(frame),
        names={"name": "Topic", "n": "comments"},
        caption=f"What the comments of {page.period} stand under",
    )


def comments(page: Voices) -> list[Any]:
    """The comments of each topic, those that were set aside last."""
    found = page.printed
    pieces = []
    for _, row in found.index.iterrows():
        own = found.comments[found.comments["name"] == row["name"]]
        if len(own):
            pieces.append(
                verbatim(
                    own["text"],
                    caption=f"{row['name']} ({prose.some(int(row['n']), 'comment')})",
                    limit=MOST,
                    longest=_LONGEST,
                )
            )
    return pieces or [say(f"Nobody wrote anything in {page.period}.")]


def set_aside(page: Voices) -> list[Any]:
    """Comments that were not heard, by reason."""
    aside = page.now.topics.prepared.set_aside
    rows = pd.DataFrame({"reason": aside.index, "n": aside.to_numpy()})
    rows = rows[rows["n"] > 0]
    if rows.empty:
        return [say("Every comment was heard.")]
    return [
        table(rows, names={"reason": "Why", "n": "comments"}, caption="Comments that say nothing to group by"),
        say(
            "They are counted here and printed last above; the same text of the same author is heard once.", kind="fine"
        ),
    ]
