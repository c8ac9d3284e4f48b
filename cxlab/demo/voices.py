"""Voices beside the surveys of the sample company: agents' notes on tickets, community posts, boards and interviews."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.demo import phrases, truths, voice_phrases
from cxlab.demo.comments import mentioned_topics, pattern_of
from cxlab.demo.draws import DAY, at, later, pick, quarter_days, stream
from cxlab.demo.history import History
from cxlab.demo.shapes import iso, write_delimited
from cxlab.demo.stains import pad, repeat_rows

#: Quarters with notes and posts.
QUARTERS = truths.QUARTERS[-4:]
_ECHOED = tuple(truths.NOTE_ECHOED)


def overhear(invitations: Iterator[pd.DataFrame], raised: np.ndarray) -> Iterator[pd.DataFrame]:
    """The invitations as they come; `raised` (accounts x NOTE_ECHOED) learns which account's people wrote of what."""
    for chunk in invitations:
        written = chunk[chunk["comment"] != ""]
        for number, text in zip(written["number"].tolist(), written["comment"].tolist(), strict=True):
            for topic in mentioned_topics(text):
                if topic in _ECHOED:
                    raised[number, _ECHOED.index(topic)] = True
        yield chunk


def write_down(seed: int, accounts: pd.DataFrame, history: History, raised: dict[str, np.ndarray]) -> pd.DataFrame:
    """Agents' notes, in order of time: number (of the account), ticket_id, agent, written_at, text.

    Every escalated ticket of QUARTERS has one, and the share NOTED of the others. `raised` by quarter, as `overhear`
    fills it.
    """
    parts = []
    opened = history.tickets["opened_at"].to_numpy().astype("datetime64[s]")
    for quarter in QUARTERS:
        rng = stream(seed, "agents' notes", quarter)
        start, end = quarter_days(quarter)
        tickets = history.tickets[(opened >= start) & (opened < end)]
        chosen = tickets[tickets["escalated"].to_numpy(bool) | (rng.random(len(tickets)) < truths.NOTED)]
        number, total = chosen["number"].to_numpy(), len(chosen)
        share = np.tile(np.array(list(truths.NOTE_TOPICS.values())), (total, 1))
        names = list(truths.NOTE_TOPICS)
        for place, topic in enumerate(_ECHOED):
            echoed = raised[quarter][number, place]
            share[echoed, names.index(topic)] = truths.NOTE_ECHOED[topic]
        topic, more = truths.NOTE_ESCALATED
        hot = chosen["escalated"].to_numpy(bool)
        share[hot, names.index(topic)] = np.maximum(share[hot, names.index(topic)], more)
        has = rng.random(share.shape) < share
        moment = chosen["opened_at"].to_numpy().astype("datetime64[s]")
        written = np.minimum(later(moment, rng.uniform(0.5, 40, total)), end - np.timedelta64(60, "s"))
        parts.append(
            pd.DataFrame(
                {
                    "number": number,
                    "ticket_id": chosen["ticket_id"].to_numpy(dtype=object),
                    "team": accounts["team"].to_numpy(dtype=object)[number],
                    "agent": chosen["agent"].to_numpy(),
                    "written_at": written,
                    "text": [
                        _note(rng, [name for name, there in zip(names, row, strict=True) if there]) for row in has
                    ],
                }
            )
        )
    return pd.concat(parts, ignore_index=True).sort_values(["written_at", "ticket_id"], ignore_index=True)


def _note(rng: np.random.Generator, topics: list[str]) -> str:
    parts = [_one_of(rng, voice_phrases.NOTES[topic]) for topic in topics]
    if not parts or rng.random() < 0.3:
        parts.append(_one_of(rng, voice_phrases.HANDLING))
    return " ".join(parts).format(n=rng.integers(2, 10), what=_one_of(rng, phrases.WHAT["en"]))


def post(seed: int, accounts: pd.DataFrame, history: History, count: int) -> pd.DataFrame:
    """`count` community posts over QUARTERS, in order of time: number (of the account, -1 unknown), language,
    posted_at, board, text."""
    rng = stream(seed, "community")
    languages = tuple(truths.POST_LANGUAGES)
    start, end = quarter_days(QUARTERS[0])[0], quarter_days(QUARTERS[-1])[1]
    day = start + rng.integers(0, int((end - start) / DAY), count) * DAY
    language = pick(rng, languages, tuple(truths.POST_LANGUAGES.values()), count)
    topics = tuple(truths.POST_TOPICS)
    about = pick(rng, (*topics, ""), (*truths.POST_TOPICS.values(), 1 - sum(truths.POST_TOPICS.values())), count)
    known = rng.random(count) < truths.POSTS_KNOWN
    # Signed in: an account that was a customer on that day.
    signed = accounts["signed_on"].to_numpy().astype("datetime64[D]")
    gone = np.where(np.isnat(history.closed_on), end, history.closed_on)
    number = np.full(count, -1)
    for row in np.flatnonzero(known):
        there = np.flatnonzero((signed < day[row]) & (day[row] < gone))
        number[row] = there[rng.integers(0, len(there))]
    return pd.DataFrame(
        {
            "number": number,
            "language": language,
            "posted_at": at(day, rng, 6.0, 22.0),
            "board": pick(rng, ("How do I", "Ideas", "General"), (5, 3, 2), count),
            "text": [_post(rng, topic, tongue) for topic, tongue in zip(about, language, strict=True)],
        }
    ).sort_values("posted_at", kind="stable", ignore_index=True)


def _post(rng: np.random.Generator, topic: str, language: str) -> str:
    body = _one_of(rng, voice_phrases.CHAT[language] if topic == "" else _sentences(topic, language))
    glue = "" if language in ("ja", "zh") else " "
    text = glue.join(part for part in (_one_of(rng, voice_phrases.GREETINGS[language]), body) if part)
    what = voice_phrases.WHAT.get(language) or phrases.WHAT[language]
    return text.format(n=rng.integers(2, 10), what=_one_of(rng, what))


def _sentences(topic: str, language: str) -> tuple[str, ...]:
    """How the topic is written in that language, in English where it is not."""
    both = {**phrases.SENTENCES.get(topic, {}), **voice_phrases.POSTS.get(topic, {})}
    return both.get(language) or both["en"]


def say_nothing(
    rng: np.random.Generator, comment: np.ndarray, answered: np.ndarray, language: np.ndarray
) -> np.ndarray:
    """The comments with "n/a" and its like in the share NON_ANSWERS of the answers that have none (object array)."""
    filled = comment.copy()
    draws = rng.random((len(comment), 2))
    rows = np.flatnonzero(answered & (comment == "") & (draws[:, 0] < truths.NON_ANSWERS))
    for row in rows.tolist():
        texts = voice_phrases.NON_ANSWERS[language[row]]
        filled[row] = texts[int(draws[row, 1] * len(texts))]
    return filled


def spoken_topics(text: str) -> tuple[str, ...]:
    """Planted topics that a note, a post or a comment of the sample company speaks of, in any of its languages."""
    known = mentioned_topics(text)
    more = tuple(topic for topic, pattern in _patterns().items() if topic not in known and pattern.search(text))
    return known + more


@functools.cache
def _patterns() -> dict[str, re.Pattern[str]]:
    texts: dict[str, list[str]] = {}
    for topic, sentences in voice_phrases.NOTES.items():
        texts.setdefault(topic, []).extend(sentences)
    for topic, by_language in voice_phrases.POSTS.items():
        texts.setdefault(topic, []).extend(text for sentences in by_language.values() for text in sentences)
    for _, topic, text in voice_phrases.BOARD:
        texts.setdefault(topic, []).append(text)
    return {topic: pattern_of(each) for topic, each in texts.items()}


def _one_of(rng: np.random.Generator, texts: tuple[str, ...]) -> str:
    return texts[int(rng.integers(0, len(texts)))]


def write_notes(seed: int, path: Path, accounts: pd.DataFrame, notes: pd.DataFrame) -> Path:
    """Write agents' notes as the help desk exports internal comments: one line a note."""
    rng = stream(seed, "notes file")
    codes = zip(notes["team"], notes["agent"], strict=True)
    frame = pd.DataFrame(
        {
            "Note ID": [f"N{500_000 + 7 * row}" for row in range(len(notes))],
            "Ticket ID": notes["ticket_id"],
            "Account": accounts["customer_id"].to_numpy(dtype=object)[notes["number"]],
            "Written": iso(notes["written_at"]),
            "Team": pad(rng, notes["team"]),
            "Agent": [f"{team[:3].upper()}-{agent + 1}" for team, agent in codes],
            "Visibility": "internal",
            "Note": notes["text"],
        }
    ).astype(object)
    return write_delimited(path, repeat_rows(rng, frame, truths.DIRT["notes"]["duplicate"]), ";")


def write_posts(seed: int, path: Path, accounts: pd.DataFrame, posts: pd.DataFrame) -> Path:
    """Write community posts as a CSV; the account is empty where nobody was signed in, no column tells the language."""
    rng, number = stream(seed, "community file"), posts["number"].to_numpy()
    frame = pd.DataFrame(
        {
            "Post": [f"P{20_000 + 11 * row}" for row in range(len(posts))],
            "Posted": iso(posts["posted_at"]),
            "Board": posts["board"],
            "Account": np.where(number >= 0, accounts["customer_id"].to_numpy(dtype=object)[number], ""),
            "Text": posts["text"],
            "Likes": rng.poisson(1.5, len(posts)).astype(str),
        }
    ).astype(object)
    return write_delimited(path, repeat_rows(rng, frame, truths.DIRT["posts"]["duplicate"]))


def write_board(seed: int, path: Path, accounts: pd.DataFrame, history: History) -> Path:
    """Write what was said at advisory boards, interviews and visits of the last quarters, as somebody kept it by
    hand."""
    rng = stream(seed, "advisory board")
    active = np.flatnonzero(history.states[QUARTERS[-1]]["asked"])
    number = active[rng.permutation(len(active))[: len(voice_phrases.BOARD)]]
    days = quarter_days(QUARTERS[-2])[0] + np.sort(rng.integers(0, 170, len(voice_phrases.BOARD))) * DAY
    rows = [
        (f"Q-{place:02d}", iso(days[[place]].astype("datetime64[s]"))[0][:10], where, account, text)
        for place, ((where, _, text), account) in enumerate(
            zip(voice_phrases.BOARD, accounts["customer_id"].to_numpy(dtype=object)[number], strict=True)
        )
    ]
    return write_delimited(path, pd.DataFrame(rows, columns=["no", "date", "where", "account", "what was said"]))
