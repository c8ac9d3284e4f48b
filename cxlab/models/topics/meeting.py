"""Whether comments in different languages meet in the same topics."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from cxlab.models.texts.language_names import language_name

#: Units of a language from which on it is looked at.
_ENOUGH = 30
#: Two languages whose topics are at least this alike meet; up to the second they do not.
_MEET, _APART = 0.6, 0.3


@dataclass(frozen=True)
class Meeting:
    """table: first, second (languages), n_first, n_second, likeness (0 no topic in common, 1 the same shares of the
    same topics). said: sentences for readers."""

    table: pd.DataFrame
    said: tuple[str, ...]


def meeting_of(units: pd.DataFrame) -> Meeting:
    """How alike the topics of two languages are: the cosine of their shares of topics.

    `units` has language and topic. Only languages with at least 30 units in topics are held against each other. That
    two languages are apart has two readings: their speakers speak of other things, or the encoder does not know that
    they say the same.
    """
    told = units[units["topic"].notna() & (units["language"] != "")]
    counts = pd.crosstab(told["language"], told["topic"])
    counts = counts[counts.sum(axis=1) >= _ENOUGH]
    shares = counts.div(counts.sum(axis=1), axis=0)
    rows = []
    for first, second in combinations(sorted(counts.index, key=lambda each: -counts.loc[each].sum()), 2):
        one, other = (shares.loc[each].to_numpy() for each in (first, second))
        likeness = float(one @ other / np.sqrt((one @ one) * (other @ other)))
        rows.append((first, second, int(counts.loc[first].sum()), int(counts.loc[second].sum()), likeness))
    table = pd.DataFrame(rows, columns=["first", "second", "n_first", "n_second", "likeness"])
    said = []
    apart = table[table["likeness"] <= _APART]
    if len(apart):
        pairs = ", ".join(f"{language_name(row.first)} and {language_name(row.second)}" for row in apart.itertuples())
        said.append(
            f"Comments in {pairs} share hardly any topic: the same thing said in two languages stands as two topics "
            "here. Put twins together in the file of topics, or set an encoder that knows these languages."
        )
    half = table[(table["likeness"] > _APART) & (table["likeness"] < _MEET)]
    if len(half):
        pairs = ", ".join(f"{language_name(row.first)} and {language_name(row.second)}" for row in half.itertuples())
        said.append(
            f"Comments in {pairs} share some topics and not others: a topic may have a twin in the other language."
        )
    return Meeting(table, tuple(said))
