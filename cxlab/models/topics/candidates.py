"""Phrases that set one topic apart from the others, weighed and taken one by one so that none repeats another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.models.topics.phrase_counts import PhraseCounts
from cxlab.stats.comparisons import adjust
from cxlab.stats.log_odds import z_scores

#: Phrases of a name at the most, terms at the most, candidates that are looked at, and how sure they must be.
_IN_NAME, _TERMS, _LOOKED_AT, _SURE = 3, 10, 60, 0.01
#: Two words make one phrase in the name where this share of the texts with either has them side by side.
_SIDE_BY_SIDE = 0.05
#: Texts that a phrase needs in a topic, where any phrase has as many: what one or two say is their own affair.
_HEARD_OF = 3
#: What counts in a phrase: that it sets the topic apart, that more say it than elsewhere, that it is near the middle.
_Z, _COVERAGE, _CLOSENESS, _LEAST = 0.5, 0.3, 0.2, 0.001
#: A full phrase says more than a word: "waiting time" rather than "waiting".
_LONGER = {1: 1.0, 2: 1.3, 3: 1.35}
#: A longer phrase stands for the shorter one inside it where it holds at least this share of its texts, or the second
#: share where each of its words sets the topic apart by itself ("waiting time" for "waiting" and "time").
_STANDS_FOR, _OF_WORDS = 0.4, 0.2
#: How much a phrase loses that is held by the same texts as one chosen before.
_ALIKE = 0.4
#: The second phrase joins the name where its value is at least this much of the first's; less where the first is a
#: word of which less than this share is the topic's own.
_SECOND, _SECOND_OF_VAGUE, _OWN = 0.5, 0.3, 0.5
#: Texts that a further language of a topic needs to have terms of its own.
_SMALL_LANGUAGE = 20
#: Words that begin alike are taken for one where no stemmer knows the language, or it stops half-way.
_SAME_START, _SAME_SHARE = 5, 0.75
_NAMELESS = "no words"
#: "Natasha" is written like "Visa": no list tells them apart, so both count this much of a common word.
_PROPER = 0.5
_TITLES = frozenset("dr mr mrs ms miss prof sir herr frau mme mlle sr sra señor señora".split())
_NOUNS_IN_CAPITALS = frozenset({"de", "lb"})

_JOINED = re.compile(r"[-'’&]")

Rows = NDArray[np.int64]


class Candidates:
    """The phrases of one topic: `table` those looked at, and after `choose` the `terms`, best first."""

    def __init__(
        self,
        counts: PhraseCounts,
        topic: Rows,
        spoken: NDArray[np.object_],
        which: int,
        points: NDArray[np.float32] | None,
        encode: Callable[[list[str]], ArrayLike] | None,
    ) -> None:
        self.counts, self.inside = counts, np.flatnonzero(topic == which)
        often = Counter(spoken[self.inside].tolist())
        self.language = min(often, key=lambda one: (-often[one], one))
        tables = [
            self._in_language(topic, spoken, which, language, often[language])
            for language in often
            if language == self.language or often[language] >= _SMALL_LANGUAGE
        ]
        table = pd.concat(tables, ignore_index=True)
        table = table.sort_values(["z", "key", "language"], ascending=[False, True, True]).drop_duplicates("key")
        table = table.head(_LOOKED_AT).reset_index(drop=True)
        table["phrase"] = table["key"].map(counts.most_written(self.inside, table["key"].tolist()))
        table["value"] = self._value(table, points, encode)
        self.table = self._longer_for_shorter(table)
        self.holding = counts.held[self.inside][:, self.table["key"].to_numpy(np.int64)].toarray().astype(bool)
        self.order: list[int] = []

    @property
    def terms(self) -> list[str]:
        """The chosen phrases, lower-case."""
        return [self.table["phrase"][at] for at in self.order]

    def words(self) -> set[str]:
        """All words of the phrases that are looked at."""
        return {word for phrase in self.table["phrase"] for word in phrase.split(" ")}

    def choose(self, spelt: Mapping[str, str]) -> None:
        """Choose the terms. `spelt` is how customers write each word: what is written like a proper name steps back."""
        if self.language not in _NOUNS_IN_CAPITALS:
            proper = self.table["phrase"].map(lambda phrase: any(_is_proper(spelt[word]) for word in phrase.split(" ")))
            titled = self.table["phrase"].map(lambda phrase: not _TITLES.isdisjoint(phrase.split(" ")))
            weight = np.where(proper, np.where(titled, 0.0, _PROPER), 1.0)
            self.table["value"] = self.table["value"].to_numpy(float) * weight
        self.order = self._one_by_one()

    def _in_language(self, topic: Rows, spoken: NDArray[np.object_], which: int, language: str, n: int) -> pd.DataFrame:
        """key, z, share, elsewhere, own: phrases of this topic against the other topics, in one language."""
        own = (topic == which) & (spoken == language)
        rest = (topic != which) & (spoken == language)
        first = np.asarray(self.counts.held[own].sum(axis=0)).ravel()
        keys = next(
            (keys for fewest in (_HEARD_OF, 2, 1) if len(keys := np.flatnonzero(first >= fewest))), np.arange(0)
        )
        second = np.asarray(self.counts.held[rest].sum(axis=0)).ravel()[keys]
        if rest.any():
            z = z_scores(first[keys], second, n, int(rest.sum()))
            sure = (z > 0) & (adjust(_two_sided(z)) <= _SURE)
        else:
            z, sure = np.sqrt(first[keys]), np.ones(len(keys), dtype=bool)
        # A topic that nothing sets apart is called by what most of its texts say.
        kept = sure if sure.any() else np.ones(len(keys), dtype=bool)
        z = np.where(sure, z, 0.0)
        table = pd.DataFrame(
            {
                "key": keys,
                "z": z,
                "share": first[keys] / n,
                "elsewhere": second / max(int(rest.sum()), 1),
                "own": first[keys] / (first[keys] + second),
            }
        )
        return table[kept].assign(language=language, weight=n / len(self.inside))

    def _longer_for_shorter(self, table: pd.DataFrame) -> pd.DataFrame:
        """Without what a longer phrase says better, which takes over its value."""
        stems = [tuple(str(self.counts.keys[place]).split(" ")) for place in table["key"]]
        words = {stem[0] for stem in stems if len(stem) == 1}
        share, value = table["share"].to_numpy(), table["value"].to_numpy(copy=True)
        kept = np.ones(len(table), dtype=bool)
        for place in sorted(range(len(stems)), key=lambda at: (len(stems[at]), at)):
            longer = [
                at
                for at, other in enumerate(stems)
                if len(other) > len(stems[place])
                and _within(stems[place], other)
                and share[at] >= (_OF_WORDS if words.issuperset(other) else _STANDS_FOR) * share[place]
            ]
            if longer:
                best = max(longer, key=lambda at: (share[at], -at))
                value[best] = max(value[best], value[place])
                kept[place] = False
        return table.assign(value=value)[kept].reset_index(drop=True)

    def _value(
        self, table: pd.DataFrame, points: NDArray[np.float32] | None, encode: Callable[[list[str]], ArrayLike] | None
    ) -> NDArray[np.float64]:
        if table.empty:
            return np.empty(0)
        z = np.maximum(table["z"].to_numpy(), 0.0)
        more = np.sqrt(np.maximum(table["share"] - table["elsewhere"], 0.0).to_numpy())
        value = _Z * z / max(z.max(), 1e-9) + _COVERAGE * more / max(more.max(), 1e-9)
        # Decides only where nothing sets the topic apart.
        value += _LEAST * table["share"].to_numpy()
        if points is not None:
            value += _CLOSENESS * self._closeness(table, points, encode)
        length = table["phrase"].str.count(" ").to_numpy() + 1
        return value * np.vectorize(_LONGER.get, otypes=[float])(np.minimum(length, 3)) * np.sqrt(table["weight"])

    def _closeness(
        self, table: pd.DataFrame, points: NDArray[np.float32], encode: Callable[[list[str]], ArrayLike] | None
    ) -> NDArray[np.float64]:
        """Cosine of each phrase to the middle of the topic, both seen from the middle of all texts; 0 at the least."""
        centre = points.mean(axis=0)
        middle = points[self.inside].mean(axis=0) - centre
        if encode is None:
            held = self.counts.held[:, table["key"].to_numpy(np.int64)]
            phrases = (held.T @ points) / np.asarray(held.sum(axis=0)).reshape(-1, 1) - centre
        else:
            phrases = np.asarray(encode(table["phrase"].tolist()), dtype=float) - centre
        length = np.linalg.norm(phrases, axis=1) * np.linalg.norm(middle)
        return np.clip(phrases @ middle / np.where(length > 0, length, 1.0), 0.0, 1.0)

    def _one_by_one(self) -> list[int]:
        """Places of the terms: the best first, then each that is good and held by other texts than those before."""
        value = self.table["value"].to_numpy(float, copy=True)
        stems = [str(self.counts.keys[place]).split(" ") for place in self.table["key"]]
        left = [at for at in np.lexsort((self.table["phrase"], -value)) if value[at] > 0]
        number = self.holding.sum(axis=0)
        chosen: list[int] = []
        alike = np.zeros(len(value))
        while left and len(chosen) < _TERMS:
            at = max(left, key=lambda one: value[one] * (1 - _ALIKE * alike[one]))
            chosen.append(int(at))
            both = (self.holding & self.holding[:, [at]]).sum(axis=0)
            alike = np.maximum(alike, both / np.maximum(np.minimum(number, number[at]), 1))
            left = [one for one in left if not _share_a_word(stems[one], stems[at])]
        return chosen

    def name(self) -> list[str]:
        """Phrases for the name, the first ones to be used: those of the topic's own language."""
        own = [at for at in self.order if self.table["language"][at] == self.language] or self.order
        phrases = [self.table["phrase"][at] for at in own]
        many = 0
        together = self._written_together(own[:2])
        if together:
            phrases = [together, *phrases[2:]]
        elif len(own) > 1:
            value, first = self.table["value"].to_numpy(), self.table.iloc[own[0]]
            # A word that other topics use as well is not much of a name by itself.
            vague = " " not in first["phrase"] and first["own"] < _OWN
            many = int(value[own[1]] >= (_SECOND_OF_VAGUE if vague else _SECOND) * value[own[0]])
        return [", ".join(phrases[:most]) for most in range(1 + many, min(len(phrases), _IN_NAME) + 1)] or [_NAMELESS]

    def _written_together(self, two: list[int]) -> str:
        """The phrase that the first two words make, where customers of this topic write them side by side; else ""."""
        words = [str(self.counts.keys[self.table["key"][at]]) for at in two]
        if len(words) < 2 or any(" " in word for word in words):
            return ""
        often = {}
        for phrase in (" ".join(words), " ".join(reversed(words))):
            place = int(np.searchsorted(self.counts.keys, phrase))
            if place < len(self.counts.keys) and self.counts.keys[place] == phrase:
                often[place] = int(self.counts.held[self.inside][:, [place]].sum())
        best = max(often, key=lambda place: (often[place], -place), default=-1)
        if best < 0 or often[best] < max(_HEARD_OF, _SIDE_BY_SIDE * self.holding[:, two].any(axis=1).sum()):
            return ""
        return self.counts.most_written(self.inside, [best])[best]


def _within(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    return any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))


def _share_a_word(one: Sequence[str], other: Sequence[str]) -> bool:
    halves = [[half for word in stems for half in _JOINED.split(word)] for stems in (one, other)]
    return any(_same(a, b) for a in halves[0] for b in halves[1])


def _same(a: str, b: str) -> bool:
    if a == b:
        return True
    alike = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return alike >= _SAME_START and alike >= _SAME_SHARE * min(len(a), len(b))


def _two_sided(z: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import ndtr

    return 2 * ndtr(-np.abs(z))


def _is_proper(written: str) -> bool:
    """Whether a word is written like "Natasha", which neither "ERP", "iOS" nor "McAfee" is."""
    return written[:1].isupper() and written[1:].islower()
