"""What is compared with what: whole comments, and the parts of those that speak of several things."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from operator import itemgetter

import pandas as pd

from cxlab.models.texts.preparing import Prepared
from cxlab.models.texts.words import stop_words, tokens

#: Letters in words that carry meaning which a part needs to stand for itself. A part with fewer ("What should I do?")
#: says what it is about only together with its neighbour.
_ENOUGH = 24
#: A letter of Chinese, Japanese, Korean or Thai script says about as much as three of ours.
_DENSE, _LETTERS_OF_ONE = frozenset({"zh", "ja", "ko", "th"}), 3


def units_of(prepared: Prepared) -> pd.DataFrame:
    """Rows to compare: comment (row of the comment), text, language, tone.

    A comment is one unit, as it was written, unless two or more of its parts can stand for themselves; then each of
    these is one, and thinner parts go with the one before. Parts that hold a feeling and no theme are left out, and a
    comment of nothing else has no unit.
    """
    rows: list[tuple[int, str, str, int]] = []
    themes = prepared.parts[~prepared.parts["generic"]]
    whole = prepared.comments["text"].tolist()
    columns = [themes[name].tolist() for name in ("comment", "text", "language", "tone")]
    for comment, parts in groupby(zip(*columns, strict=True), key=itemgetter(0)):
        pieces = [(text, language, tone) for _, text, language, tone in parts]
        standing = [len(pieces) > 1 and _content(text, language) >= _ENOUGH for text, language, _ in pieces]
        if sum(standing) < 2:
            tones = {tone for _, _, tone in pieces} - {0}
            rows.append((comment, whole[comment], pieces[0][1], tones.pop() if len(tones) == 1 else 0))
        else:
            rows += [(comment, *each) for each in _joined(pieces, standing)]
    names = ["comment", "text", "language", "tone"]
    return pd.DataFrame(rows, columns=names).astype({"comment": "int64", "tone": "int64"})


def _joined(pieces: list[tuple[str, str, int]], standing: list[bool]) -> list[tuple[str, str, int]]:
    """Each piece that stands for itself, with the thinner ones after it; those before the first go with the first."""
    found: list[tuple[str, str, int]] = []
    before = ""
    for (text, language, tone), stands in zip(pieces, standing, strict=True):
        if stands:
            found.append((f"{before} {text}".strip(), language, tone))
            before = ""
        elif found:
            said, *rest = found[-1]
            found[-1] = (f"{said} {text}", *rest)
        else:
            before = f"{before} {text}".strip()
    return found


def meant(text: str, language: str) -> str:
    """The words of a text that carry meaning; of English and of texts that have none, all of it."""
    if language in ("en", ""):
        return text
    return " ".join(word for word in tokens(text, language) if word not in _stops(language)) or text


def _content(text: str, language: str) -> int:
    letters = sum(len(word) for word in set(tokens(text, language)) if word not in _stops(language))
    return letters * (_LETTERS_OF_ONE if language in _DENSE else 1)


@cache
def _stops(language: str) -> frozenset[str]:
    return stop_words(language)
