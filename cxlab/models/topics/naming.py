"""Names for topics in words that customers use: phrases that set a topic apart, none saying what another has said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError
from cxlab.models.topics.candidates import Candidates
from cxlab.models.topics.phrase_counts import PhraseCounts, casing

COLUMNS = ["topic", "name", "terms"]
#: Texts that are looked at in all; beyond that every topic gives its share, evenly over its texts.
MOST_TEXTS = 20_000

Rows = NDArray[np.int64]


def name_topics(
    texts: Sequence[str],
    languages: Sequence[str],
    labels: ArrayLike,
    *,
    vectors: ArrayLike | None = None,
    encode: Callable[[list[str]], ArrayLike] | None = None,
    taken: Iterable[str] = (),
) -> pd.DataFrame:
    """A name and terms for every topic, from the texts (parts of comments) in it.

    `labels` gives each text's topic (-1: none), `languages` its language (ISO 639-1, "" unknown). Candidates are
    phrases of one to three words that are over-represented against the other topics' texts in the same language
    (`cxlab.stats.log_odds`, q at most 0.01). They are ranked by that z, by how much larger a share of the topic's texts
    holds them than of others and, where `vectors` (n, d) are given, by the cosine of the phrase to the middle of the
    topic; a phrase's vector is the mean of the texts that hold it, or what `encode` makes of it. Proper names count
    half, since many are of people, and a title with a name does not count. Then phrases are taken one by one, each as
    little like those before as can be (maximal marginal relevance: Carbonell & Goldstein 1998, SIGIR), never with a
    word that was said.

    Returns one row a topic by label: topic (int), name (one to three phrases of the topic's most frequent language,
    unlike all others and those `taken`), terms (list of up to ten phrases, in any of its languages). Same input, same
    names. Raises ParameterError where the lengths differ.
    """
    topic = np.asarray(labels, dtype=np.int64)
    lengths = {len(texts), len(languages), len(topic)} | ({len(np.asarray(vectors))} if vectors is not None else set())
    if len(lengths) > 1:
        raise ParameterError(
            f"texts, languages, labels and vectors must be alike in length; they have {sorted(lengths)}."
        )
    rows = _looked_at(topic)
    topic = topic[rows]
    chosen = [str(texts[row]) for row in rows]
    spoken = np.array([str(languages[row]) for row in rows], dtype=object)
    points = None if vectors is None else np.asarray(vectors, dtype=np.float32)[rows]
    counts = PhraseCounts.of(chosen, spoken)
    found = {int(each): Candidates(counts, topic, spoken, each, points, encode) for each in np.unique(topic)}
    spelt = casing(chosen, {word for each in found.values() for word in each.words()})
    for each in found.values():
        each.choose(spelt)
    names: dict[int, str] = {}
    used = {_phrases_of(name) for name in taken}
    sizes = Counter(topic.tolist())
    # The larger topic has the first word.
    for each in sorted(found, key=lambda one: (-sizes[one], one)):
        names[each] = _unlike(found[each].name(), used, spelt)
        used.add(_phrases_of(names[each]))
    terms = {each: [_spell(phrase, spelt) for phrase in found[each].terms] for each in found}
    return pd.DataFrame([(each, names[each], terms[each]) for each in sorted(found)], columns=COLUMNS)


def _looked_at(topic: Rows) -> Rows:
    """Rows of texts that have a topic; of very many an even share of every topic."""
    inside = np.flatnonzero(topic >= 0)
    if len(inside) <= MOST_TEXTS:
        return inside
    labels = np.unique(topic[inside])
    most = max(MOST_TEXTS // len(labels), 200)
    parts = []
    for each in labels:
        own = inside[topic[inside] == each]
        parts.append(own[np.linspace(0, len(own) - 1, min(most, len(own))).astype(np.int64)])
    return np.sort(np.concatenate(parts))


def _unlike(candidates: list[str], used: set[frozenset[str]], spelt: dict[str, str]) -> str:
    written = [_spell(each, spelt) for each in candidates]
    free = (each for each in written if _phrases_of(each) not in used)
    number = 2
    while _phrases_of(f"{written[0]} ({number})") in used:
        number += 1
    return next(free, f"{written[0]} ({number})")


def _phrases_of(name: str) -> frozenset[str]:
    """ "fee, charged" and "Charged, fee" are one name to a reader."""
    return frozenset(name.casefold().split(", "))


def _spell(phrase: str, spelt: dict[str, str]) -> str:
    return ", ".join(" ".join(spelt.get(word, word) for word in part.split(" ")) for part in phrase.split(", "))
