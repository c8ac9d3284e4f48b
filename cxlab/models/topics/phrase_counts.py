"""Which phrases texts hold, counted sparsely: variants of one phrase ("wait time", "waiting times") are one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxlab.models.texts import words

_LONGEST = 3
#: A comment says what it is about within this many characters; hostile ones are a megabyte long.
_MOST_CHARACTERS = 2_000
#: Longer "phrases" are one endless word.
_MOST_LETTERS = 50
_WORD = re.compile(r"[^\W_]+(?:['’&-][^\W_]+)*")


@dataclass(frozen=True)
class PhraseCounts:
    """Phrases of n texts. `held` (n, keys): the text holds the phrase in any of its variants; `keys`: the stems.

    `surfaces` are the variants, lower-case as they were cut; `written` (n, surfaces) says who wrote which and `key_of`
    (surfaces,) which key each belongs to.
    """

    held: Any
    keys: NDArray[np.object_]
    written: Any
    surfaces: NDArray[np.object_]
    key_of: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str], languages: Sequence[str], fewest: int = 2) -> PhraseCounts:
        """Count phrases of one to three words that at least `fewest` texts hold in one variant or another."""
        from scipy.sparse import csr_array

        places: dict[str, int] = {}
        stems: list[str] = []
        rows: list[int] = []
        columns: list[int] = []
        for row, (text, language) in enumerate(zip(texts, languages, strict=True)):
            for phrase in sorted(set(words.phrases(text[:_MOST_CHARACTERS], language, _LONGEST))):
                if len(phrase) > _MOST_LETTERS:
                    continue
                place = places.get(phrase)
                if place is None:
                    place = places[phrase] = len(stems)
                    stems.append(key(phrase, language))
                rows.append(row)
                columns.append(place)
        surfaces = np.array(list(places), dtype=object)
        keys, key_of = np.unique(np.array(stems, dtype=object), return_inverse=True) if stems else (surfaces, [])
        key_of = np.asarray(key_of, dtype=np.int64)
        shape = (len(texts), len(surfaces))
        written = csr_array((np.ones(len(rows), dtype=np.int32), (rows, columns)), shape=shape)
        held = written @ csr_array(
            (np.ones(len(key_of), dtype=np.int32), (np.arange(len(key_of)), key_of)), shape=(len(key_of), len(keys))
        )
        held.data[:] = 1
        known = np.asarray(held.sum(axis=0)).ravel() >= fewest
        moved = np.cumsum(known) - 1
        kept = known[key_of]
        return cls(held[:, known], keys[known], written[:, kept], surfaces[kept], moved[key_of[kept]])

    def most_written(self, rows: NDArray[np.int64], wanted: Sequence[int]) -> dict[int, str]:
        """The variant of each wanted key (a place in `keys`) that most of these texts hold; ties by letter."""
        columns = np.flatnonzero(np.isin(self.key_of, np.asarray(wanted, dtype=np.int64)))
        often = np.asarray(self.written[rows][:, columns].sum(axis=0)).ravel()
        best: dict[int, tuple[int, str]] = {}
        for column, count in zip(columns, often, strict=True):
            candidate = (-int(count), str(self.surfaces[column]))
            place = int(self.key_of[column])
            best[place] = min(best.get(place, candidate), candidate)
        return {place: surface for place, (_, surface) in best.items()}


def key(phrase: str, language: str) -> str:
    """The stems of a phrase, so that its variants are one."""
    return " ".join(words.stem(word, language) for word in phrase.split(" "))


def casing(texts: Sequence[str], wanted: set[str]) -> dict[str, str]:
    """How customers write each of these lower-case words where it does not begin a sentence: "erp" -> "ERP".

    Texts in capitals throughout say nothing about it. Words that only begin sentences keep capitals beyond the first.
    """
    inside: dict[str, Counter[str]] = {}
    first: dict[str, Counter[str]] = {}
    for text in texts:
        if text.isupper() and " " in text:
            continue
        start = True
        end = 0
        for match in _WORD.finditer(text[:_MOST_CHARACTERS]):
            start = start or any(mark in text[end : match.start()] for mark in '.!?\n:;"“')
            lower = match[0].lower()
            if lower in wanted:
                (first if start else inside).setdefault(lower, Counter())[match[0]] += 1
            start, end = False, match.end()
    return {word: _usual(word, inside.get(word), first.get(word)) for word in wanted}


def _usual(word: str, inside: Counter[str] | None, first: Counter[str] | None) -> str:
    if inside:
        return min(inside, key=lambda form: (-inside[form], form != word, form))
    usual = min(first, key=lambda form: (-first[form], form)) if first else word
    return usual if usual[1:].lower() != usual[1:] else word
