"""Does this label mean that topic? Words in common and, where an encoder is given, closeness of meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import TableError
from cxlab.models.texts.words import stem, stop_words, tokens

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Array = NDArray[np.float64]

#: Share of a name's words that has to be found on the other side, and the cosine that does instead of them.
SAME_WORDS, SAME_MEANING = 0.5, 0.55
#: With an encoder, words that are not found in full need this cosine beside them.
NEAR_MEANING = 0.40
#: Below both of these nothing is alike; in between nobody can tell. All were set on Banking77's 77 intents (named by
#: their words) and eleven touchpoints: with the static encoder "like" is right for 38 of 41, "unlike" for 12 of 14 and
#: 22 are unsure; by words alone 36 of 38, 12 of 16 and 23.
FEW_WORDS, FAR_MEANING = 0.2, 0.35
#: The best of several labels has to be this far ahead of the next.
_AHEAD = 0.05
_FULL = 0.99
LIKE, UNLIKE, UNSURE = "like", "unlike", "unsure"


@dataclass(frozen=True)
class Label:
    """A name that people gave, and words that go with it: "help desk: support, tickets"."""

    name: str
    words: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Label:
        """ "name" or "name: word, word"."""
        name, _, rest = str(text).partition(":")
        return cls(name.strip(), tuple(word.strip() for word in rest.split(",") if word.strip()))

    @property
    def text(self) -> str:
        """Name and words as one text."""
        return " ".join((self.name, *self.words))


def nearest_labels(
    topics: pd.DataFrame, labels: Sequence[Label], encode: Encode | None = None, language: str = "en"
) -> pd.DataFrame:
    """The label nearest to every topic, and whether it means the same. A row a topic, indexed by topic.

    `topics` needs topic and name; terms (lists) are read where there are any. overlap: the larger of the shares of the
    topic's name found in the label's words, and of the label's name found in the topic's words (stems; a word that
    several labels or topics share counts less). cosine: of the whole texts by `encode`, NaN without it. likeness:
    "like" where a name is the same, or overlap or cosine say so and no other label comes as near; "unlike" where
    neither comes near; else "unsure". label is the nearest one in every case, "" without labels. Columns: label,
    overlap, cosine, likeness.
    """
    lost = [name for name in ("topic", "name") if name not in topics]
    if lost:
        raise TableError.missing("labels for topics", "topics", lost, topics.columns)
    index = pd.Index(topics["topic"], name="topic")
    if not labels:
        nothing = {"label": "", "overlap": 0.0, "cosine": np.nan, "likeness": UNLIKE}
        return pd.DataFrame(nothing, index=index)
    names = topics["name"].fillna("").astype(str).tolist()
    terms = topics["terms"].tolist() if "terms" in topics else [()] * len(topics)
    terms = [tuple(map(str, each)) if isinstance(each, list | tuple | np.ndarray) else () for each in terms]
    overlap = _overlaps(names, terms, labels, language)
    cosine = np.full(overlap.shape, np.nan)
    if encode is not None and len(topics):
        texts = [" ".join((name, *more)) for name, more in zip(names, terms, strict=True)]
        cosine = _cosines(np.asarray(encode(texts)), np.asarray(encode([label.text for label in labels])))
    same = np.array(
        [[_same(label.name, name, topic) for label in labels] for name, topic in zip(names, index, strict=True)],
        dtype=bool,
    )
    same = same.reshape(overlap.shape)
    # One scale for both: 1 is what would be enough by itself.
    score = np.fmax(overlap / SAME_WORDS, np.nan_to_num(cosine) / SAME_MEANING) + np.nan_to_num(cosine)
    score = np.where(same, np.inf, score)
    best = score.argmax(axis=1)
    at = (np.arange(len(names)), best)
    others = np.where(np.eye(len(labels), dtype=bool)[best], -np.inf, score)
    is_ahead = score[at] - others.max(axis=1, initial=-np.inf) > _AHEAD
    said, meant = overlap[at], cosine[at]
    in_words = (said > _FULL) | ((said >= SAME_WORDS) & ~(meant < NEAR_MEANING))
    enough = in_words | (meant >= SAME_MEANING)
    nothing = (said < FEW_WORDS) & ~(meant >= FAR_MEANING)
    likeness = np.select([same[at], enough & is_ahead, nothing], [LIKE, LIKE, UNLIKE], UNSURE)
    label = [labels[place].name for place in best]
    return pd.DataFrame({"label": label, "overlap": said, "cosine": meant, "likeness": likeness}, index=index)


def stems(text: str, language: str = "en") -> frozenset[str]:
    """The words of a text that mean something by themselves, brought to their stems."""
    stops = stop_words(language)
    return frozenset(stem(word, language) for word in tokens(text, language) if word not in stops)


def _overlaps(names: Sequence[str], terms: Sequence[tuple[str, ...]], labels: Sequence[Label], language: str) -> Array:
    of_name = [stems(name, language) for name in names]
    of_topic = [name | stems(" ".join(more), language) for name, more in zip(of_name, terms, strict=True)]
    of_label = [stems(label.name, language) for label in labels]
    of_words = [stems(label.text, language) for label in labels]
    of_labels, of_topics = _often(of_words), _often(of_topic)

    def found(asked: frozenset[str], there: frozenset[str]) -> float:
        """Share of the words asked for that are there; what every label or topic says tells little."""
        weight = {word: np.log1p(len(names) / of_topics.get(word, 1)) / of_labels.get(word, 1) for word in asked}
        whole = sum(weight.values())
        return sum(weight[word] for word in asked & there) / whole if whole else 0.0

    table = [
        [max(found(name, words), found(label, topic)) for label, words in zip(of_label, of_words, strict=True)]
        for name, topic in zip(of_name, of_topic, strict=True)
    ]
    return np.array(table, dtype=float).reshape(len(names), len(labels))


def _often(texts: Sequence[frozenset[str]]) -> dict[str, int]:
    """In how many of the texts each word is."""
    count: dict[str, int] = {}
    for words in texts:
        for word in words:
            count[word] = count.get(word, 0) + 1
    return count


def _cosines(left: Array, right: Array) -> Array:
    def unit(rows: Array) -> Array:
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.where(length > 0, length, 1)

    return unit(left.astype(float)) @ unit(right.astype(float)).T


def _same(label: str, name: str, topic: object) -> bool:
    return label.casefold() in (name.strip().casefold(), str(topic).casefold())
