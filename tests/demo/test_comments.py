"""Comments carry their topics, and only those."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cxlab.demo import mentioned_topics, phrases, truths
from cxlab.demo.comments import TOPICS, draw_topics, stain, topic_pull, write_comments

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("topic", TOPICS)
def test_every_sentence_belongs_to_its_topic_alone(topic: str) -> None:
    for language, sentences in phrases.SENTENCES[topic].items():
        for sentence, what in itertools.product(sentences, phrases.WHAT[language]):
            assert mentioned_topics(sentence.format(n=3, what=what)) == (topic,)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_pattern_is_found_however_it_is_spelt(topic: str) -> None:
    draws = np.random.default_rng(3).random(150)
    for language, patterns in phrases.PATTERNS[topic].items():
        assert len(patterns) >= 7
        for pattern, draw in itertools.product(patterns, draws.tolist()):
            text = phrases.spelt(pattern, draw).format(n=4, what=phrases.WHAT[language][-1])
            assert mentioned_topics(text) == (topic,), text


def test_a_draw_spells_out_one_alternative_of_each_place() -> None:
    pattern = "the [menu|queue|line] [is|was] long"
    said = {phrases.spelt(pattern, draw) for draw in np.arange(0.0, 1.0, 1 / 600)}
    whole = itertools.product(("menu", "queue", "line"), ("is", "was"))
    assert said == {f"The {what} {verb} long." for what, verb in whole}


def test_people_word_what_they_say_in_their_own_way() -> None:
    rng, count = np.random.default_rng(4), 1_000
    language = np.full(count, "en", dtype=object)
    for place in range(len(TOPICS)):
        has = np.zeros((count, len(TOPICS)), dtype=bool)
        has[:, place] = True
        texts = write_comments(rng, has, np.ones(count, dtype=np.int64), language)
        # Four sentences a topic were a topic each to whoever compares words.
        assert len(set(texts)) >= 0.95 * count


def test_openings_remarks_and_stains_speak_of_no_topic() -> None:
    texts = [
        text
        for table in (phrases.OPENINGS, phrases.REMARKS, phrases.AFTER_EVENT)
        for row in table.values()
        for choices in row.values()
        for text in choices
    ]
    texts += [text for choices in (*phrases.STAINS.values(), *phrases.ASIDES.values()) for text in choices]
    texts += [text for by_language in phrases.EVEN_SO.values() for choices in by_language.values() for text in choices]
    assert all(mentioned_topics(text) == () for text in (*texts, *phrases.HOSTILE))


def test_what_is_written_is_what_was_on_the_mind() -> None:
    rng = np.random.default_rng(0)
    has = draw_topics(rng, "2026-Q3", 2_000)
    language = np.array(phrases.LANGUAGES, dtype=object)[rng.integers(0, 3, 2_000)]
    texts = write_comments(rng, has, rng.integers(0, 3, 2_000), language)
    for text, row in zip(texts, has, strict=True):
        assert mentioned_topics(text) == tuple(topic for topic, there in zip(TOPICS, row, strict=True) if there)[:6]


def test_shares_and_pull_are_the_planted_ones() -> None:
    has = draw_topics(np.random.default_rng(1), "2026-Q2", 200_000)
    expected = [truths.topic_share(topic, "2026-Q2") for topic in TOPICS]
    assert has.mean(axis=0) == pytest.approx(expected, abs=0.003)
    assert topic_pull(has, "2026-Q2").mean() == pytest.approx(0, abs=0.001)
    innocent, bad, among = truths.CO_OCCURRING
    assert has[has[:, TOPICS.index(bad)], TOPICS.index(innocent)].mean() == pytest.approx(among, abs=0.02)


def test_the_planted_share_carries_personal_data() -> None:
    rng, count = np.random.default_rng(2), 20_000
    blank = np.full(count, "x", dtype=object)
    stained = stain(rng, blank, np.full(count, "en", dtype=object), blank, blank, blank, blank)
    assert (stained != "x").mean() == pytest.approx(truths.PII_SHARE + truths.EMOJI_SHARE, abs=0.006)
    assert (blank == "x").all()
