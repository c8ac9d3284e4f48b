"""What became of the topics: what the register reports, what grows and fades, whether languages meet, who compared."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.models.passport import matching
from cxlab.models.texts.language_names import language_name
from cxlab.models.voice.life_cycle import FADING, FIXED, GROWING, MARGIN, NEW, RETURNED, STEADY
from cxlab.report import prose
from cxlab.report.figures import forest, trend
from cxlab.report.figures.forest import forest_words
from cxlab.report.html import say
from cxlab.report.pages.comments import alike
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.saying import called, capital, firm, graded, listed, listened, marked
from cxlab.report.tables import table
from cxlab.stats.comparisons import CANNOT_TELL

_TOLD, _DRAWN, _CURVES = 12, 12, 2
#: Kinds of events, those that a reader should know of first.
_ORDER = (matching.NEW, matching.RETURNED, matching.GONE, matching.SPLIT, matching.MERGED)
_AS_BEFORE = {
    matching.KEPT: "found again by a clustering that knows nothing of them",
    matching.QUIET: "too small to be found again by any",
    matching.SCATTERED: "scattered over several themes",
}
_STATES = (NEW, RETURNED, GROWING, FADING, FIXED)
_RESTS = {
    "last period": "the last period against those before",
    "last two periods": "the last two periods against all before",
    "trend": "the trend over all periods",
    "promise": "before and after a promise",
    "gap": "it had gone in between",
}


def register_says(page: Voices) -> list[Any]:
    """Kept, new, gone, returned, split, merged, moved: what the register reports of the period. Raises CxlabError."""
    now, conversation = page.now.updated, page.conversation
    said = []
    if not listened(page):
        return [say(f"Nothing was written in {page.period}: no topic is new, and none can be told to be gone.")]
    if len(now.drift):
        kinds = now.drift["kind"].value_counts()
        sizes = [f"{prose.count(kinds[kind])} {words}" for kind, words in _AS_BEFORE.items() if kind in kinds]
        rest = len(now.drift) - sum(int(kinds.get(kind, 0)) for kind in _AS_BEFORE)
        if rest:
            sizes.append(f"{prose.count(rest)} that changed")
        said.append(f"{capital(prose.some(len(now.drift), 'topic'))} looked for in {page.period}: {listed(sizes)}.")
    order = {kind: at for at, kind in enumerate(_ORDER)}
    told = sorted(now.events, key=lambda event: (order.get(event.kind, len(order)), -event.comments))
    events = [event.said for event in told]
    more = len(events) - _TOLD
    if more > 0:
        events = [*events[:_TOLD], f"And {prose.some(more, 'event')} more, in the register of topics."]
    notes = [*page.notes, *conversation.notes]
    if not conversation.lasts:
        notes.append(
            "These topics hold for this report alone: nothing of a part of the company, or found by TF-IDF, enters the "
            "register."
        )
    pieces = [say(*said)] if said else []
    pieces += [say(*events, kind="list")] if events else []
    if said and not events:
        pieces.append(say(f"Nothing is new, gone, split or merged in {page.period}."))
    return [*pieces, *([say(*notes, kind="fine")] if notes else [])]


def courses(page: Voices) -> list[Any]:
    """Topics that are new, growing, fading, fixed or returned for certain, and how the first of them went."""
    if not listened(page) or page.now.topics.names.empty:
        return []
    heard = [each for each in page.conversation.told if len(each.rows)]
    if len(heard) < 2:
        return [say(f"Nothing was heard before {page.period}: what grows or fades can be told from the next one on.")]
    states = graded(page, alike.states(page))
    moved = states[states["state"].isin(_STATES)]
    idle = states[~states["state"].isin(_STATES)]["state"].value_counts()
    rest = [
        f"{prose.count(idle[state])} {words}"
        for state, words in (
            (STEADY, f"steady (within {prose.change(MARGIN, 'share', signed=False)})"),
            (CANNOT_TELL, "of which nothing can be told"),
        )
        if state in idle
    ]
    if moved.empty:
        return [say(f"No topic is new, growing, fading, fixed or back for certain: {listed(rest)}.")]
    moved = moved.assign(order=moved["state"].map({state: at for at, state in enumerate(_STATES)}))
    moved = moved.sort_values(["order", "change"], ascending=[True, False], kind="stable").drop(columns="order")
    end = [say(f"Of all others, {listed(rest)}.")] if rest else []
    return [_changes(page, moved), _table(moved), *_curves(page, firm(moved)), *end, _ruler()]


def _ruler() -> Any:
    return say(
        "All periods are counted by the topics of today here, so that a topic found later is not taken for one that "
        "nobody spoke of before. The state of each topic is asked in up to five ways; false discoveries over all of "
        "them together. Fixed: for certain less since somebody promised to act; that it fell is certain, not why.",
        kind="fine",
    )


def _changes(page: Voices, moved: pd.DataFrame) -> Any:
    rows = moved.head(_DRAWN)
    frame = pd.DataFrame(
        {
            "topic": [marked(name, grade) for name, grade in zip(rows["name"], rows["grade"], strict=True)],
            "state": rows["state"],
            "value": rows["change"],
            "low": rows["change_low"],
            "high": rows["change_high"],
            "seen": True,
        }
    ).reset_index(drop=True)
    more = len(moved) - len(rows)
    return forest(
        frame,
        by="topic",
        aside="state",
        unit="share",
        better="neither",
        title=_headed(page, moved),
        alt=f"Change of the share of comments by topic: {forest_words(frame, 'topic', 'share')}.",
        note="Change of the share of comments, the last period against the up to four before it, with 95 % interval."
        + (f" {prose.some(more, 'more topic')} in the table." if more > 0 else ""),
    )


def _headed(page: Voices, moved: pd.DataFrame) -> str:
    named = firm(moved)
    if named.empty:
        return f"What changed in {page.period} is told by loose topics only"
    first, more = named.iloc[0], len(moved) - 1
    words = {NEW: "is new", RETURNED: "is back", GROWING: "is growing", FADING: "is fading", FIXED: "is fixed"}
    others = f"; {prose.some(more, 'other topic')} changed, too" if more else ""
    return f"{called(first['name'])} {words[first['state']]}{others}"


def _table(moved: pd.DataFrame) -> Any:
    frame = pd.DataFrame(
        {
            "name": moved["name"],
            "state": moved["state"],
            "before": [prose.value(row.share_before, "share", row.low, row.high) for row in moved.itertuples()],
            "now": [prose.value(row.share, "share", row.low, row.high) for row in moved.itertuples()],
            "rests": moved["rests_on"].map(_RESTS).fillna(""),
            "first": moved["first_heard"],
            "promises": moved["promises"],
        }
    ).reset_index(drop=True)
    if not frame["promises"].astype(bool).any():
        frame = frame.drop(columns="promises")
    heads = {"name": "Topic", "state": "State", "before": "Share before", "now": "Share now", "rests": "Rests on"}
    return table(
        frame,
        rows=40,
        names={**heads, "first": "First heard", "promises": "Promises"},
        caption="Topics that changed for certain",
    )


def _curves(page: Voices, moved: pd.DataFrame) -> list[Any]:
    """The course of the first topics that changed."""
    if moved.empty or len(page.conversation.told) < 3:
        return []
    counted = alike.counts(page)
    drawn = []
    for row in moved.head(_CURVES).to_dict("records"):
        own = counted[counted["topic"] == row["topic"]]
        ends = own[own["value"].notna()].iloc[[0, -1]]
        words = [
            f"{prose.value(end.value, 'share', end.low, end.high)} in {end.period}"
            for end in ends.itertuples(index=False)
        ]
        drawn.append(
            trend(
                own,
                unit="share",
                title=f"{called(row['name'])}: from {words[0]} to {words[1]}",
                alt=f"Share of comments that hold the topic, by period: from {words[0]} to {words[1]}.",
                note="Share of the comments heard, with 95 % interval.",
            )
        )
    return drawn


def languages(page: Voices) -> list[Any]:
    """Which languages were heard, whether they meet in the same topics, and what compared the comments."""
    if not listened(page):
        return []
    topics = page.now.topics
    codes = topics.prepared.comments.loc[topics.prepared.comments["heard"], "language"].replace("", None)
    sizes = codes.value_counts()
    named = [f"{language_name(code)} ({prose.count(n)})" for code, n in sizes.items()]
    said = []
    if len(named) > 1:
        said.append(f"Comments are in {listed(named[:6])}{' and other languages' if len(named) > 6 else ''}.")
    elif named:
        said.append(f"All comments whose language is known are in {named[0].split(' (')[0]}.")
    unknown = int(codes.isna().sum())
    if unknown:
        said.append(f"Of {prose.some(unknown, 'comment')} the language is not known.")
    # The first sentences of the remarks count what was heard and set aside, which stands above.
    said += [each for each in topics.remarks if "language" in each or "compare" in each]
    said.append(topics.spoke)
    return [say(*said, kind="fine")]


OVER_TIME = (register_says, courses, languages)
