"""Quotes by a fixed rule, never picked: the most central words of a topic, and those of its other side. Masked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError
from cxlab.loaders.redaction import Redactor
from cxlab.models.texts.cleaning import matching, visible

REPRESENTATIVE, CONTRARY = "representative", "contrary"
QUOTE_COLUMNS = ["topic", "kind", "place", "text", "comment", "similarity", "score", "side"]
#: Words that a quote has, where there are such: enough to say something, few enough to be read.
SHORTEST, LONGEST = 6, 40
#: Two quotes that share this much of their words say the same.
_NEAR_COPY = 0.6
_MOST_CHARACTERS = 5_000
NO_TOPIC = "no topic, or too few voices for one"


def quotes(
    parts: pd.DataFrame,
    *,
    most: int = 3,
    min_n: int = 5,
    sides: tuple[float, float] = (6, 9),
    names: Iterable[str] = (),
) -> pd.DataFrame:
    """Up to `most` representative and `most` contrary quotes for every topic.

    `parts` has one row a part of a comment: topic (None: none), comment (which comment it is of), text, similarity
    (cosine to the middle of its topic); where known also score, tone (-1, 0, 1) and customer. The side of a part is
    that of its score (1 from `sides[1]` up, -1 up to `sides[0]`, 0 between), without a score that of its tone.

    Contrary are the parts on the other side of the topic's majority (-1 where both sides have as many voices),
    representative all others; of both the most similar to the middle of the topic first. Parts of 6 to 40 words
    come before all others; a customer is quoted once, near-copies of a quote are passed over, ties are in the order of
    a hash of the text. A topic with fewer than `min_n` voices (customers, else comments) has no quotes. Personal data
    are masked by the loaders' rules and `names`, whatever was masked before.

    Returns topic, kind ("representative", "contrary"), place (1, 2 ...), text, comment, similarity, score (as given,
    NaN unknown), side; topics in order of appearance. Raises ParameterError where a column is missing or `sides`
    overlap.
    """
    missing = [name for name in ("topic", "comment", "text", "similarity") if name not in parts]
    if missing:
        raise ParameterError(f"quotes need the columns {', '.join(missing)}; the parts have {', '.join(parts)}.")
    if not sides[0] < sides[1]:
        raise ParameterError(f"sides are {sides}; the score that is still unhappy must be below that which is happy.")
    table = parts[parts["topic"].notna()].reset_index(drop=True)
    table = table.assign(
        voice=_voices(table),
        side=_side(table, sides),
        score=table["score"].astype(float) if "score" in table else np.nan,
    )
    rows: list[dict[str, object]] = []
    redactor = Redactor(names)
    for topic, own in table.groupby("topic", sort=False):
        if own["voice"].nunique() < min_n:
            continue
        ordered = _in_order(own)
        other = -_majority(own)
        said: list[frozenset[str]] = []
        quoted: set[object] = set()
        contrary = ordered[(ordered["side"] == other) & (other != 0)]
        for kind, choice in ((REPRESENTATIVE, ordered.drop(contrary.index)), (CONTRARY, contrary)):
            for place, row in enumerate(_chosen(choice, most, said, quoted), start=1):
                # Masked before it is cut, so that no half of an address is left over.
                text = _short(redactor.mask(visible(str(row.text)[:_MOST_CHARACTERS]))[0])
                rows.append(
                    {"topic": topic, "kind": kind, "place": place, "text": text, "comment": row.comment}
                    | {"similarity": float(row.similarity), "score": row.score, "side": int(row.side)}
                )
    return pd.DataFrame(rows, columns=QUOTE_COLUMNS)


def masked(texts: Sequence[str], names: Iterable[str] = ()) -> list[str]:
    """Texts without personal data, by the rules that loading masks with (e-mail, phone, card ...) and `names`."""
    return Redactor(names).mask_all(pd.Series(list(texts), dtype="str"))[0].tolist()


def _voices(table: pd.DataFrame) -> pd.Series:
    """Who speaks: the customer, and where that is unknown the comment."""
    own = "comment " + table["comment"].astype(str)
    if "customer" not in table:
        return own
    return ("customer " + table["customer"].astype(str)).where(table["customer"].notna(), own)


def _side(table: pd.DataFrame, sides: tuple[float, float]) -> NDArray[np.int64]:
    tone = np.sign(table["tone"].fillna(0).to_numpy(float)) if "tone" in table else np.zeros(len(table))
    if "score" not in table:
        return tone.astype(np.int64)
    score = table["score"].to_numpy(float)
    by_score = np.where(score >= sides[1], 1, np.where(score <= sides[0], -1, 0))
    return np.where(np.isnan(score), tone, by_score).astype(np.int64)


def _majority(own: pd.DataFrame) -> int:
    """The side that more voices are on; the unhappy one where both have as many."""
    happy, unhappy = (own.loc[own["side"] == side, "voice"].nunique() for side in (1, -1))
    return 1 if happy > unhappy else -1


def _in_order(own: pd.DataFrame) -> pd.DataFrame:
    """Readable lengths first, then the most similar, then by hash: the order in which parts are considered."""
    words = own["text"].astype(str).str.count(r"\S+")
    order = pd.DataFrame(
        {
            "unfit": ~words.between(SHORTEST, LONGEST),
            "far": -own["similarity"].astype(float).round(6),
            "hash": [hashlib.blake2b(str(text).encode("utf-8", "replace")).hexdigest() for text in own["text"]],
            "comment": own["comment"].astype(str),
        }
    )
    return own.loc[order.sort_values(["unfit", "far", "hash", "comment"], kind="stable").index]


def _chosen(ordered: pd.DataFrame, most: int, said: list[frozenset[str]], quoted: set[object]) -> Iterator[Any]:
    """The first parts in order that say something new by someone new; both lists grow."""
    number = 0
    for row in ordered.itertuples(index=False):
        if number == most:
            return
        words = frozenset(matching(str(row.text)[:_MOST_CHARACTERS]).split())
        if not words or row.voice in quoted or any(_near_copy(words, other) for other in said):
            continue
        said.append(words)
        quoted.add(row.voice)
        number += 1
        yield row


def _near_copy(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _NEAR_COPY * len(one | other)


def _short(text: str) -> str:
    words = text.split(" ")
    cut = " ".join(words[:LONGEST])[: LONGEST * 12]
    return text if cut == text else f"{cut} …"


@dataclass(frozen=True)
class Printed:
    """All comments in the order they are printed in, and what leads to them.

    index: topic, name, n (comments under it), starts (row of `comments` it begins at). comments: topic, name, place (1,
    2 ... under its topic), comment (row as given), text (plain, masked).
    """

    index: pd.DataFrame
    comments: pd.DataFrame


def all_comments(
    texts: Sequence[str],
    members: pd.DataFrame,
    table: pd.DataFrame,
    *,
    why: Sequence[str] | None = None,
    customer: ArrayLike | None = None,
    min_n: int = 5,
    names: Iterable[str] = (),
) -> Printed:
    """Every comment under each topic it holds, with an index.

    `members` (comments x topic ids, bool, row by row like `texts`) says which topics a comment holds, `table` (topic,
    name) their names and order. Comments of a topic with fewer than `min_n` voices (`customer`, else comments) stand
    with those that hold no topic; those that were set aside (`why` is not "") stand last, by reason, and empty ones are
    counted in the index only. So every row of `texts` is somewhere. What cannot be seen is taken out, markup and
    formulas stay the plain text they are, and of a very long comment the beginning is printed with how much more there
    was.
    Raises ParameterError where lengths or topics do not agree.
    """
    reasons = np.array([""] * len(texts) if why is None else [str(each) for each in why], dtype=object)
    people = np.arange(len(texts)) if customer is None else pd.Series(customer).to_numpy(dtype=object)
    if len({len(texts), len(members), len(reasons), len(people)}) > 1:
        raise ParameterError(
            f"{len(texts)} comments, {len(members)} rows of members, {len(reasons)} reasons and {len(people)} "
            "customers: all must have one row a comment."
        )
    unknown = [str(each) for each in members if each not in set(table["topic"])]
    if unknown:
        raise ParameterError(f"members hold the topics {', '.join(unknown)}, which the table of topics does not name.")
    holds = members.reindex(columns=table["topic"], fill_value=False).to_numpy(dtype=bool)
    voices = [_number_of(people, np.flatnonzero(column)) for column in holds.T]
    groups: list[tuple[object, str, NDArray[np.int64]]] = []
    shown = np.zeros(len(texts), dtype=bool)
    for topic, name, column, voiced in zip(table["topic"], table["name"], holds.T, voices, strict=True):
        if voiced >= min_n:
            groups.append((topic, str(name), np.flatnonzero(column)))
            shown |= column
    groups.append((None, NO_TOPIC, np.flatnonzero(~shown & (reasons == ""))))
    aside = ~shown & (reasons != "")
    groups += [(None, f"set aside: {reason}", np.flatnonzero(aside & (reasons == reason))) for reason in _each(reasons)]
    plain = _plain(texts, names)
    index, rows = [], []
    for topic, name, which in groups:
        if len(which):
            index.append((topic, name, len(which), len(rows)))
            said = [at for at in which if plain[at]]
            rows += [(topic, name, place, int(at), plain[at]) for place, at in enumerate(said, start=1)]
    return Printed(
        pd.DataFrame(index, columns=["topic", "name", "n", "starts"]),
        pd.DataFrame(rows, columns=["topic", "name", "place", "comment", "text"]),
    )


def _each(reasons: NDArray[np.object_]) -> list[str]:
    return sorted({str(reason) for reason in reasons} - {""})


def _number_of(people: NDArray[Any], rows: NDArray[np.int64]) -> int:
    """Different customers; comments whose customer is unknown are each by someone else."""
    own = pd.Series(people[rows], dtype=object)
    return int(own.nunique() + own.isna().sum())


def _plain(texts: Sequence[str], names: Iterable[str]) -> list[str]:
    begun = [visible(str(text)[:_MOST_CHARACTERS]) for text in texts]
    more = [len(str(text)) - _MOST_CHARACTERS for text in texts]
    return [
        f"{text} … [{rest:,} more characters]" if rest > 0 else text
        for text, rest in zip(masked(begun, names), more, strict=True)
    ]
