"""Comments made ready to be heard: what says nothing is set aside with a reason, the rest is cut into parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.texts.cleaning import matching, shown
from cxlab.models.texts.language_names import SCRIPTS
from cxlab.models.texts.languages import detect_languages, script_of
from cxlab.models.texts.non_answers import why_unheard
from cxlab.models.texts.splitting import split, words_in
from cxlab.models.texts.tone import is_generic, tone

#: Why a comment is not heard. "" is heard.
EMPTY, NON_ANSWER, DUPLICATE, NO_WORDS = "empty", "non-answer", "duplicate", "no words"
WHYS = (EMPTY, NON_ANSWER, DUPLICATE, NO_WORDS)
#: Without a known author a text this long that stands there twice was copied; short ones are several voices.
LONG_ENOUGH_TO_BE_COPIED = 12

# A part in another script than its comment is in the language of that script, where it serves only one.
_LANGUAGE_OF = {script: codes[0] for script, (_, codes) in SCRIPTS.items() if len(codes) == 1}


@dataclass(frozen=True)
class Prepared:
    """Comments and their parts.

    comments: RangeIndex, one row a given text in the given order; text ("" where there is none, otherwise as given),
    heard (bool), why ("", "empty", "non-answer", "duplicate" or "no words"), same_as (row of the first of its kind,
    else its own), language (ISO 639-1, "" unknown).
    parts: RangeIndex, one row a part of a heard comment; comment (its row), place (0 ...), text, language, generic
    (bool: only a feeling, no theme), tone (-1, 0, 1). Every heard comment has at least one part.
    """

    comments: pd.DataFrame
    parts: pd.DataFrame

    @property
    def set_aside(self) -> pd.Series:
        """How many comments are not heard, by reason; all reasons are there, also with 0."""
        return self.comments["why"].value_counts().reindex(list(WHYS), fill_value=0).rename("n")


def prepare(texts: Any, *, author: Any = None, language: Any = None) -> Prepared:
    """Set aside what says nothing, find duplicates and languages, and split long comments into parts.

    texts: n comments (list, array, Series; None and NaN are empty). author: n keys of who wrote them; the same author
    writing the same again (case, blanks and punctuation aside) is a duplicate, the first stands. Where the author is
    unknown, an identical text of at least 12 words is one: short answers of different people are voices of their own.
    language: n cells of a language column ("EN-us", "Deutsch"), used where a text itself leaves doubt.
    No row is lost: a comment not heard keeps its row and says why. A comment of more than 200 parts has its rest in the
    last one. Raises ParameterError if a column is not as long as the texts.
    """
    given = [shown(text) for text in texts]
    authors = _column(author, len(given), "author")
    columns = _column(language, len(given), "language")
    why = np.array([why_unheard(text) for text in given], dtype=object)
    same_as = np.arange(len(given))
    _mark_duplicates(given, authors, why, same_as)
    languages = detect_languages(given, columns)
    comments = pd.DataFrame(
        {
            "text": pd.Series(given, dtype="str"),
            "heard": why == "",
            "why": pd.Series(why, dtype="str"),
            "same_as": same_as,
            "language": pd.Series(languages, dtype="str"),
        },
        index=pd.RangeIndex(len(given)),
    )
    return Prepared(comments, _parts(given, languages, np.flatnonzero(why == "")))


def _column(values: Any, wanted: int, name: str) -> list[Any] | None:
    if values is None:
        return None
    cells = list(values)
    if len(cells) != wanted:
        raise ParameterError(
            f"prepare: {name} has {len(cells)} entries for {wanted} comments. Give one a comment, None if unknown."
        )
    return cells


def _mark_duplicates(given: Sequence[str], authors: list[Any] | None, why: np.ndarray, same_as: np.ndarray) -> None:
    """Write DUPLICATE and the row of the first into `why` and `same_as`; what is not heard anyway is nobody's first."""
    first: dict[tuple[str, str], int] = {}
    for row, text in enumerate(given):
        if why[row]:
            continue
        author = shown(authors[row]).strip() if authors is not None else ""
        form = matching(text)
        if not author and words_in(form, LONG_ENOUGH_TO_BE_COPIED) < LONG_ENOUGH_TO_BE_COPIED:
            continue
        same_as[row] = first.setdefault((author, form), row)
        if same_as[row] != row:
            why[row] = DUPLICATE


def _parts(given: Sequence[str], languages: Sequence[str], heard: np.ndarray) -> pd.DataFrame:
    rows: list[tuple[int, int, str, str, bool, int]] = []
    for comment in heard.tolist():
        language = languages[comment]
        pieces = split(given[comment])
        for place, piece in enumerate(pieces):
            spoken = language if len(pieces) == 1 else _spoken(piece, language)
            rows.append((comment, place, piece, spoken, is_generic(piece, spoken), tone(piece, spoken)))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    kinds = {"comment": "int64", "place": "int64", "text": "str", "language": "str", "generic": "bool", "tone": "int64"}
    return pd.DataFrame(
        {
            name: pd.Series(list(column), dtype=kind)
            for (name, kind), column in zip(kinds.items(), columns, strict=True)
        },
        index=pd.RangeIndex(len(rows)),
    )


def _spoken(piece: str, language: str) -> str:
    """The comment's language, unless the part is in a script that serves another one alone."""
    if piece.isascii():
        return language
    script = script_of(piece)
    if script == "Han" and language in ("ja", "ko"):
        return language
    return _LANGUAGE_OF.get(script, language)
