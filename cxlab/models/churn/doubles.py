"""Columns that say what others say already: exact functions, sums of others, levels that repeat another column's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd

from cxlab.models.churn.design import NOT_ASKED
from cxlab.models.columns import CATEGORY, NUMBER

#: Numbers correlated at least so much are one number in two units (a charge and the minutes it is charged for).
_SAME = 0.9999
#: A number of whose variance the others together say this much is their sum (a bill and the services on it).
_SUM = 0.99
#: A level must be held by so many rows before it is taken for another column's.
_ROWS = 10


@dataclass(frozen=True)
class Reduced:
    """Features without what is said twice.

    frame and kinds as in Columns, with cells NOT_ASKED where a level only repeats another column. same: column that
    was left out -> the one that says the same. summed: columns left out as the sum of others -> share explained.
    remarks: sentences.
    """

    frame: pd.DataFrame
    kinds: dict[str, str]
    same: dict[str, str] = field(default_factory=dict)
    summed: dict[str, float] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def reduce(frame: pd.DataFrame, kinds: Mapping[str, str]) -> Reduced:
    """Leave out what is said twice; the column that comes first stays."""
    same = _same(frame, kinds)
    kept = {name: kind for name, kind in kinds.items() if name not in same}
    frame, remarks = _not_asked(frame[list(kept)], kept)
    kept = {name: kind for name, kind in kept.items() if name in frame}
    summed = _summed(frame, kept)
    kept = {name: kind for name, kind in kept.items() if name not in summed}
    remarks = [
        f"{gone} is an exact function of {stays}; the two are one driver." for gone, stays in same.items()
    ] + remarks
    remarks += [
        f"{name} is to {100 * share:.1f} % what the other columns add up to, so it has no column of its own: what goes "
        "with it is part of what goes with them."
        for name, share in summed.items()
    ]
    return Reduced(frame[list(kept)], kept, same, summed, remarks)


def _same(frame: pd.DataFrame, kinds: Mapping[str, str]) -> dict[str, str]:
    """Later column -> earlier one that it is an exact function of, and the other way round."""
    found: dict[str, str] = {}
    numbers = [name for name, kind in kinds.items() if kind != CATEGORY]
    gaps = {name: frame[name].isna().to_numpy() for name in numbers}
    correlation = frame[numbers].corr().abs() if numbers else pd.DataFrame()
    for first, second in combinations(numbers, 2):
        if first not in found and correlation.loc[first, second] >= _SAME and (gaps[first] == gaps[second]).all():
            found.setdefault(second, first)
    texts = [name for name, kind in kinds.items() if kind == CATEGORY]
    for first, second in combinations(texts, 2):
        if first in found or frame[first].nunique() != frame[second].nunique():
            continue
        if len(frame[[first, second]].drop_duplicates()) == frame[first].nunique():
            found.setdefault(second, first)
    return found


def _not_asked(frame: pd.DataFrame, kinds: Mapping[str, str]) -> tuple[pd.DataFrame, list[str]]:
    """Cells of a category that hold for exactly the rows of another column's level become NOT_ASKED.

    Who has no internet has "no internet service" in seven more columns: that is told once, by the first of them.
    A category of which only one level is left goes altogether.
    """
    owner: dict[bytes, tuple[str, str]] = {}
    for name, kind in kinds.items():
        if kind == NUMBER:
            continue
        for level in sorted(frame[name].dropna().unique(), key=str):
            rows = (frame[name] == level).to_numpy()
            if rows.sum() >= _ROWS:
                owner.setdefault(np.packbits(rows).tobytes(), (name, _said(level, kind)))
    changed, told, gone = {}, {}, []
    for name in (name for name, kind in kinds.items() if kind == CATEGORY):
        values = frame[name]
        levels = [level for level in values.unique() if level != NOT_ASKED]
        if len(levels) < 3:
            continue
        for level in sorted(levels):
            rows = (values == level).to_numpy()
            first, its = owner.get(np.packbits(rows).tobytes(), (name, level))
            if first != name and rows.sum() >= _ROWS:
                changed[name] = changed.get(name, values).mask(rows, NOT_ASKED)
                told.setdefault((first, its, level), []).append(name)
        left = set(changed[name].unique()) - {NOT_ASKED} if name in changed else {0, 1}
        if len(left) < 2:
            gone.append(name)
    remarks = [
        f"{', '.join(names)}: \u201c{level}\u201d is held by exactly the rows with {first} \u201c{its}\u201d; it is "
        "told once, there."
        for (first, its, level), names in told.items()
    ]
    return frame.assign(**changed).drop(columns=gone), remarks


def _said(level: object, kind: str) -> str:
    return str(level) if kind == CATEGORY else "yes" if level else "no"


def _summed(frame: pd.DataFrame, kinds: Mapping[str, str]) -> dict[str, float]:
    """Numbers that the other columns add up to, the clearest first: column -> share of variance they explain."""
    found: dict[str, float] = {}
    parts, owners = [], []
    for name, kind in kinds.items():
        if kind == CATEGORY:
            levels = frame[name].value_counts().index.drop(NOT_ASKED, errors="ignore")[1:]
            columns = [(frame[name] == level).to_numpy(float) for level in levels]
        else:
            columns = [frame[name].fillna(frame[name].mean()).to_numpy(float)]
        parts += columns
        owners += [name] * len(columns)
    matrix = np.column_stack(parts)
    matrix = matrix - matrix.mean(axis=0)
    spread = matrix.std(axis=0)
    matrix = matrix / np.where(spread > 0, spread, 1.0)
    owners = np.array(owners)
    correlation = matrix.T @ matrix / len(matrix)
    while True:
        kept = np.array([owner not in found for owner in owners]) & (spread > 0)
        inverse = np.linalg.inv(correlation[np.ix_(kept, kept)] + 1e-10 * np.eye(int(kept.sum())))
        explained = 1 - 1 / np.diag(inverse)
        names = owners[kept]
        # Of several that add up to one another the last goes: a total mostly stands behind its parts.
        best = max(
            (at for at, name in enumerate(names) if kinds[name] == NUMBER),
            key=lambda at: (round(explained[at], 6), at),
            default=None,
        )
        if best is None or explained[best] < _SUM or kept.sum() < 2:
            return found
        found[str(names[best])] = float(explained[best])
