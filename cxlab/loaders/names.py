"""Finding known names in text: by looking words up, never by trying every name on every comment."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

_WORD = re.compile(r"\w+")
_LEGAL = re.compile(
    r"(?:[\s,]+(?:&\s*Co\.?\s*KGa?A?|GmbH|AG|SE|KG|OHG|UG|e\.?V\.?|Inc\.?|LLC|L\.L\.C\.|Ltd\.?|Limited|PLC|plc|Corp\.?|Corporation"
    r"|Co\.?|Company|S\.?A\.?U?\.?|S\.?L\.?U?\.?|S\.?A\.?S\.?|S\.?p\.?A\.?|S\.?r\.?l\.?|B\.?V\.?|N\.?V\.?|AB|A/S|AS|Oy|Pty|Pte"
    r"|Holding|Holdings))+\.?$"
)


class Names:
    """A set of names with a look-up by first word.

    Names of several words are found in any case. A name of one word is found as written or in capitals, so that an
    account called "Apple" does not swallow every apple. Legal forms (GmbH, Inc.) may be missing in the text.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._single: set[str] = set()
        self._several: dict[str, set[int]] = {}
        self._forms: set[tuple[str, ...]] = set()
        self._exact: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
        for name in names:
            for form in {name.strip(), _LEGAL.sub("", name.strip())}:
                self._add(form)
        # Lengths by first word, longest first: one look-up per length, however many names begin alike.
        self._lengths = {first: sorted(lengths, reverse=True) for first, lengths in self._several.items()}

    def _add(self, form: str) -> None:
        words = _WORD.findall(form)
        letters = sum(len(word) for word in words)
        if letters < 3 or not any(char.isalpha() for char in form):
            return
        if len(words) == 1:
            self._single.add(words[0])
            if len(words[0]) > 3:
                self._single.add(words[0].upper())
            return
        folded = tuple(word.casefold() for word in words)
        self._several.setdefault(folded[0], set()).add(len(folded))
        self._forms.add(folded)
        if letters < 6:
            # "AT&T" must not swallow "at t...": short names are held to their spelling.
            self._exact.setdefault(folded, set()).add(tuple(words))

    def __bool__(self) -> bool:
        return bool(self._single or self._forms)

    def candidates(self, texts: pd.Series) -> np.ndarray:
        """Which texts hold a word that begins a known name (a numpy boolean array)."""
        if not self:
            return np.zeros(len(texts), dtype=bool)
        single, several = self._single, self._several.keys()
        words = _WORD.findall
        return np.fromiter(
            (not single.isdisjoint(words(text)) or not several.isdisjoint(words(text.casefold())) for text in texts),
            dtype=bool,
            count=len(texts),
        )

    def mask(self, text: str, replacement: str) -> tuple[str, int]:
        """The text with every known name replaced, longest first, and how many there were."""
        if not self:
            return text, 0
        found = list(_WORD.finditer(text))
        pieces: list[str] = []
        place = end = count = 0
        folded = [match[0].casefold() for match in found]
        while place < len(found):
            length = self._length(found, folded, text, place)
            if length:
                start, stop = found[place].start(), found[place + length - 1].end()
                pieces += [text[end:start], replacement]
                end, place, count = stop, place + length, count + 1
            else:
                place += 1
        if not count:
            return text, 0
        return "".join(pieces) + text[end:], count

    def _length(self, found: list[re.Match[str]], folded: list[str], text: str, place: int) -> int:
        """How many words from `place` on are a known name."""
        for length in self._lengths.get(folded[place], ()):
            last = place + length
            form = tuple(folded[place:last])
            if last > len(found) or form not in self._forms:
                continue
            exact = self._exact.get(form)
            if exact and tuple(match[0] for match in found[place:last]) not in exact:
                continue
            gaps = [text[found[at].end() : found[at + 1].start()] for at in range(place, last - 1)]
            if all(len(gap) <= 3 and "\n" not in gap for gap in gaps):
                return length
        return int(found[place][0] in self._single)
