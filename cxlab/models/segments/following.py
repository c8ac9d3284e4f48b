"""Segments over time: the same ones under the same name, who moved between them, and what moved with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.columns import FLAG, NUMBER, understand
from cxlab.models.segments.grouping import Segments
from cxlab.models.segments.units import values_of
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, MOVED_DOWN, MOVED_UP, adjust

#: A segment is the same one as before where at least this share of the customers of both together are in both.
SAME = 1 / 3
CAME, WENT = "new customers", "no longer there"
MOVED = ["feature", "words", "movers", "stayers", "difference", "low", "high", "p", "q", "verdict", "n"]


def match(previous: Segments, current: Segments) -> Segments:
    """`current` with the names of `previous` for the segments that are the same ones.

    Pairs are chosen so that the overlap of customers known to both is largest over all pairs together (Kuhn 1955; the
    Jaccard index of a pair, at least one third). Segments without a partner keep their own name.
    """
    overlap = overlaps(previous.labels, current.labels, previous.names, current.names)
    pairs = _pairs(overlap)
    renamed = {new: old for old, new in pairs.items()}
    taken = set(renamed.values())
    for name in current.names:
        if name not in renamed:
            renamed[name] = name if name not in taken else f"{name} (new)"
            taken.add(renamed[name])
    borders = current.borders
    if borders is not None:
        borders = (*borders[:2], tuple(renamed.get(name, name) for name in borders[2]))
    return replace(
        current,
        labels=current.labels.map(renamed),
        profile=current.profile.assign(segment=current.profile["segment"].map(renamed)),
        differences=current.differences.assign(segment=current.differences["segment"].map(renamed)),
        borders=borders,
    )


def overlaps(before: pd.Series, after: pd.Series, rows: list[str], columns: list[str]) -> pd.DataFrame:
    """Jaccard index of every segment of then with every segment of now, of the customers known to both."""
    both = before.index.intersection(after.index)
    then, now = before.loc[both].to_numpy(), after.loc[both].to_numpy()
    table = np.zeros((len(rows), len(columns)))
    for i, old in enumerate(rows):
        for j, new in enumerate(columns):
            either = ((then == old) | (now == new)).sum()
            table[i, j] = ((then == old) & (now == new)).sum() / either if either else 0.0
    return pd.DataFrame(table, index=rows, columns=columns)


def _pairs(overlap: pd.DataFrame) -> dict[str, str]:
    from scipy.optimize import linear_sum_assignment

    chosen = linear_sum_assignment(-overlap.to_numpy())
    return {overlap.index[i]: overlap.columns[j] for i, j in zip(*chosen, strict=True) if overlap.iloc[i, j] >= SAME}


def movement(before: pd.Series, after: pd.Series, order: list[str] | None = None) -> pd.DataFrame:
    """Who went where: from, to, customers, share (of those who were in `from`).

    Whoever is only in one of the two comes from "new customers" or goes to "no longer there"; their share is that of
    all newcomers, and of the segment they left.
    """
    if before.index.has_duplicates or after.index.has_duplicates:
        raise ParameterError("movement needs one row a customer on both sides; a customer is there twice.")
    both = pd.DataFrame({"from": before, "to": after})
    both = both.assign(**{"from": both["from"].fillna(CAME), "to": both["to"].fillna(WENT)})
    table = both.groupby(["from", "to"], sort=False).size().rename("customers").reset_index()
    table["share"] = table["customers"] / table.groupby("from")["customers"].transform("sum")
    names = list(dict.fromkeys([*(order or []), *sorted(both["from"]), *sorted(both["to"])]))
    place = {name: at for at, name in enumerate([*(n for n in names if n not in (CAME, WENT)), CAME, WENT])}
    return table.sort_values(["from", "to"], key=lambda column: column.map(place), kind="stable").reset_index(drop=True)


def come_and_gone(before: pd.Series, after: pd.Series) -> tuple[list[str], list[str]]:
    """Segments that are new, and segments that are gone."""
    then, now = list(dict.fromkeys(before)), list(dict.fromkeys(after))
    return [name for name in now if name not in then], [name for name in then if name not in now]


def what_moved(
    before: pd.DataFrame,
    after: pd.DataFrame,
    then: pd.Series,
    now: pd.Series,
    meaning: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Which features changed more for customers who changed segment than for those who stayed.

    For every number and flag: feature, words, movers and stayers (mean change), difference with 95 % interval (Welch),
    p, q (Benjamini-Hochberg over all features), verdict, n (movers). Customers in both frames only. Moving is itself
    told by these features, so this says what the movement consists of, not why. Raises ParameterError where fewer than
    five moved or stayed.
    """
    from scipy import stats

    both = then.index.intersection(now.index)
    moved = (then.loc[both] != now.loc[both]).to_numpy()
    if min(moved.sum(), (~moved).sum()) < 5:
        raise ParameterError(
            f"{int(moved.sum())} customers changed segment and {int((~moved).sum())} stayed; with fewer than five of "
            "either it cannot be told what moved."
        )
    old, new = understand(before.loc[both], "what_moved"), understand(after.loc[both], "what_moved")
    rows = []
    for name in old.of_kind(NUMBER, FLAG):
        if new.kinds.get(name) not in (NUMBER, FLAG):
            continue
        change = values_of(new.frame, name) - values_of(old.frame, name)
        mine, others = (change[side & ~np.isnan(change)] for side in (moved, ~moved))
        if min(len(mine), len(others)) < 5 or np.ptp(change[~np.isnan(change)]) == 0:
            continue
        if max(mine.std(), others.std()) <= 1e-9 * max(1.0, float(np.abs(change[~np.isnan(change)]).max())):
            continue  # the same for everybody: time passed, and nothing moved
        test = stats.ttest_ind(mine, others, equal_var=False)
        reach = test.confidence_interval(0.95)
        words = (meaning or {}).get(name, name.replace("_", " "))
        gap = float(mine.mean() - others.mean())
        rows.append((name, words, mine.mean(), others.mean(), gap, reach.low, reach.high, test.pvalue, len(mine)))
    columns = [*MOVED[:8], "n"]
    found = pd.DataFrame(rows, columns=columns)
    found["q"] = adjust(found["p"]) if len(found) else []
    sure = found["q"] <= FALSE_DISCOVERY
    found["verdict"] = np.where(sure, np.where(found["difference"] > 0, MOVED_UP, MOVED_DOWN), CANNOT_TELL)
    return found.sort_values(["q", "p"], kind="stable")[MOVED].reset_index(drop=True)
