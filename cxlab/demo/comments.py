"""Comments of the sample company: written from topics and score, stained with personal data, read back by tests."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

import numpy as np

from cxlab.demo import phrases, truths

CLASSES = ("promoter", "passive", "detractor")
TOPICS = tuple(truths.TOPIC_EFFECT)
_EFFECT = tuple(truths.TOPIC_EFFECT.values())


def draw_topics(rng: np.random.Generator, quarter: str, count: int) -> np.ndarray:
    """Which topics people have on their mind: booleans, people x TOPICS, independent but for the planted pair."""
    innocent, bad, among = truths.CO_OCCURRING
    share = np.array([truths.TOPIC_SHARE_IN.get((topic, quarter), truths.TOPIC_SHARE[topic]) for topic in TOPICS])
    threshold = np.broadcast_to(share, (count, len(TOPICS))).copy()
    draw = rng.random((count, len(TOPICS)))
    has = draw < threshold
    with_bad = has[:, TOPICS.index(bad)]
    has[:, TOPICS.index(innocent)] = draw[:, TOPICS.index(innocent)] < np.where(
        with_bad, among, share[TOPICS.index(innocent)]
    )
    return has


def topic_pull(has: np.ndarray, quarter: str) -> np.ndarray:
    """What the topics of each person do to the mean of x, centred on the quarter's shares (floats, one a person)."""
    effect = np.array([truths.TOPIC_EFFECT[topic] for topic in TOPICS])
    share = np.array([truths.topic_share(topic, quarter) for topic in TOPICS])
    return (has - share) @ effect


def write_comments(rng: np.random.Generator, has: np.ndarray, classes: np.ndarray, language: np.ndarray) -> np.ndarray:
    """One comment a person (object array). `has` as draw_topics gives it; `classes` are places in CLASSES."""
    words = rng.random((len(classes), 8)).tolist()
    kinds, tongues = classes.tolist(), language.tolist()
    topics: list[list[int]] = [[] for _ in kinds]
    for person, topic in zip(*(side.tolist() for side in np.nonzero(has)), strict=True):
        topics[person].append(topic)
    texts = np.empty(len(kinds), dtype=object)
    for row, (kind, tongue, mine, draws) in enumerate(zip(kinds, tongues, topics, words, strict=True)):
        parts = [_one_of(phrases.OPENINGS[CLASSES[kind]][tongue], draws[0])]
        against = [topic for topic in mine[:6] if _EFFECT[topic] * (1 - kind) < 0]
        for place, topic in enumerate(mine[:6]):
            if topic in against[:1]:
                parts.append(_one_of(phrases.EVEN_SO["complaint" if kind == 0 else "praise"][tongue], draws[6]))
            parts.append(_sentence(TOPICS[topic], tongue, draws[1 + place]))
        if not mine or draws[7] < 0.15:
            parts.append(_one_of(phrases.REMARKS[CLASSES[kind]][tongue], draws[6]))
        text = " ".join(part for part in parts if part)
        if "{" in text:
            text = text.format(n=2 + int(draws[7] * 7.99), what=_one_of(phrases.WHAT[tongue], draws[5]))
        texts[row] = text
    return texts


def _sentence(topic: str, tongue: str, draw: float) -> str:
    """One of the sentences about a topic, with or without an aside: one draw (0 to 1) decides on all."""
    aside, left = "", draw / phrases.ASIDE
    if left < 1:
        asides = phrases.ASIDES[tongue]
        aside, left = _one_of(asides, left), left * len(asides) % 1
    else:
        left = (draw - phrases.ASIDE) / (1 - phrases.ASIDE)
    patterns = phrases.PATTERNS[topic][tongue]
    text = phrases.spelt(_one_of(patterns, left), left * len(patterns) % 1)
    return text[:-1] + aside + text[-1]


def stain(
    rng: np.random.Generator,
    texts: np.ndarray,
    language: np.ndarray,
    person: np.ndarray,
    mail: np.ndarray,
    phone: np.ndarray,
    company: np.ndarray,
) -> np.ndarray:
    """Add personal data and emoji to the planted shares of `texts` (object arrays, one entry a comment)."""
    texts = texts.copy()
    for row in np.flatnonzero(rng.random(len(texts)) < truths.PII_SHARE):
        octets = rng.integers(1, 250, 4)
        template = _one_of(phrases.STAINS[language[row]], rng.random())
        texts[row] += " " + template.format(
            mail=mail[row],
            phone=phone[row],
            person=person[row],
            company=company[row],
            ip=".".join(map(str, octets)),
            card=_one_of(phrases.CARDS, rng.random()),
            iban=_one_of(phrases.IBANS, rng.random()),
        )
    for row in np.flatnonzero(rng.random(len(texts)) < truths.EMOJI_SHARE):
        texts[row] += " " + _one_of(phrases.EMOJI, rng.random())
    return texts


def write_remarks(rng: np.random.Generator, satisfied: np.ndarray, language: np.ndarray) -> np.ndarray:
    """A short remark after an event (object array), fitting whether the person was satisfied."""
    draws = rng.random(len(satisfied)).tolist()
    rows = zip(satisfied.tolist(), language.tolist(), draws, strict=True)
    texts = [_one_of(phrases.AFTER_EVENT[bool(good)][tongue], draw) for good, tongue, draw in rows]
    return np.array(texts, dtype=object)


def mentioned_topics(comment: str) -> tuple[str, ...]:
    """Planted topics that a comment of the sample company speaks of, in the order of truths.TOPIC_EFFECT.

    Works on masked comments too: it looks for the longest fixed piece of each planted sentence.
    """
    return tuple(topic for topic, pattern in _patterns().items() if pattern.search(comment))


@functools.cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: pattern_of(text for texts in phrases.PATTERNS[name].values() for text in texts) for name in TOPICS}


def pattern_of(sentences: Iterable[str]) -> re.Pattern[str]:
    """What finds any of the sentences, with alternatives as in `phrases.PATTERNS`, whatever was filled in and masked:
    the longest fixed piece of each."""
    return re.compile("|".join(dict.fromkeys(map(_fixed, sentences))), re.IGNORECASE)


def _fixed(sentence: str) -> str:
    """Regular expression of the longest piece without a filler, by its shortest spelling."""
    runs: list[list[list[str]]] = [[]]
    for choices in phrases.pieces(sentence.rstrip(".")):
        if len(choices) > 1:
            if any("{" in choice for choice in choices):
                runs.append([])
            else:
                runs[-1].append(choices)
            continue
        first, *more = re.split(r"\{\w+\}", choices[0])
        runs[-1].append([first])
        runs += [[[text]] for text in more]
    longest = max(runs, key=lambda run: sum(min(map(len, choices)) for choices in run))
    longest[0], longest[-1] = [text.lstrip() for text in longest[0]], [text.rstrip() for text in longest[-1]]
    return "".join(f"(?:{'|'.join(map(re.escape, choices))})" for choices in longest)


def _one_of(choices: tuple[str, ...], draw: float) -> str:
    return choices[int(draw * len(choices))]
