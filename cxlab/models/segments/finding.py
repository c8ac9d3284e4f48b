"""Finding segments: several ways and numbers of groups, judged by whether they repeat and whether there are gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.columns import as_pandas, understand
from cxlab.models.segments.cuts import Labels, Rule, cut
from cxlab.models.segments.following import match
from cxlab.models.segments.grouping import CONSTRUCTIVE, NATURAL, REPRODUCIBLE, Segments
from cxlab.models.segments.judging import (
    GAP,
    REPEATS,
    Ground,
    depth,
    is_beyond_shuffled,
    is_deeper_than_clouds,
    tried,
)
from cxlab.models.segments.naming import differences, names
from cxlab.models.segments.space import Space, lay_out

#: Fewer customers cannot be judged: half of them would have to show the gaps that the other half suggests.
FEWEST = 50
_WORTH = ("mrr", "revenue", "amount", "monetary", "value", "clv", "monthlycharges", "totalcharges")
#: Two cuts nearly as stable as each other: the finer one says more.
_ALIKE = 0.05
#: Borders of last time still fit where they agree so far with those that would be drawn today.
STILL_FITS = 0.80


def find_segments(
    features: Any,
    seed: int = 0,
    *,
    meaning: Mapping[str, str] | None = None,
    families: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    order_by: str | None = None,
    previous: Segments | None = None,
) -> Segments:
    """Group customers by their features, and say how real the grouping is.

    `features` is a frame with a row a customer (numbers, flags, text; gaps allowed), or what cx.customer_features
    gives; `meaning`, `families` and `units` (by column) come with the latter. Four algorithms and 2 to 8 groups are
    tried. *natural*: in the half of the customers that had no say in the cut, the density between any two groups falls
    to half of the thinner peak or lower, deeper than in clouds without gaps, and refits on bootstrap samples agree.
    *reproducible*: no gaps, but refits agree (mean adjusted Rand index at least 0.8; Dolnicar & Leisch 2010, Marketing
    Letters 21:83-101), and more than with shuffled columns. *constructive*: neither; the most stable cut is given.

    Segments are ordered by the mean of `order_by` (default: a column of money, if there is one, else size) and named
    after what distinguishes them. With `previous` customers are sorted by its borders, so that whoever did not change
    keeps the segment, unless there are gaps today that those borders do not see; the grade is that of today's
    customers. Same seed, same result. Raises ParameterError (fewer than 50 customers or two usable columns).
    """
    meaning = dict(meaning or getattr(features, "meaning", {}))
    families = dict(families or getattr(features, "families", {}))
    units = dict(units or getattr(features, "units", {}))
    frame = as_pandas(getattr(features, "frame", features), "find_segments")
    if len(frame) < FEWEST:
        raise ParameterError(
            f"find_segments was given {len(frame)} customers; with fewer than {FEWEST} no grouping can be judged."
        )
    if order_by is not None and order_by not in frame:
        raise ParameterError.unknown("column to order by", order_by, frame.columns)
    with _one_thread():
        space, understood = lay_out(frame, "find_segments", families)
        ground = Ground.of(space, understood, seed)
        table, drawn = tried(ground)
        chosen = _chosen(ground, table)
        algorithm, k = chosen["algorithm"], chosen["k"]
        x, numbers = space.of(understood)
        rule = cut(algorithm, ground.x, numbers, k, seed)
        ids = rule(x)
        known = Segments(
            *(pd.Series(dtype=object), chosen["grade"], pd.DataFrame(), pd.DataFrame(), table, algorithm, k),
            *(chosen["stability"], chosen["depth"], "", frame, meaning, families, units, seed),
            remarks=list(space.remarks),
            set_aside=space.set_aside,
        )
        if previous is not None:
            return _following(known, previous, ground, (space, rule, ids, drawn), order_by)
        return _described(known, ids, (space, rule), _found_again(ground, rule, drawn[algorithm, k]), order_by)


def _one_thread() -> Any:
    """Sums in one order give one result, bit for bit; imported here so that all pools are there to be limited."""
    import sklearn.cluster
    import sklearn.mixture
    import sklearn.neighbors  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def _chosen(ground: Ground, table: pd.DataFrame) -> dict[str, Any]:
    """The cut to show with its grade: the finest natural one, else the finest that repeats, else the most stable."""
    fit = table[table["smallest"] >= ground.least]
    stable = fit[fit["stability"] >= REPEATS].sort_values(["k", "stability"], ascending=[False, False], kind="stable")
    for row in stable.drop_duplicates("k").itertuples():
        grade, valley = graded(ground, row.algorithm, row.k, row.stability, natural_only=True)
        if grade == NATURAL:
            return _choice(row, NATURAL, valley)
    nearly = stable[stable["stability"] >= stable["stability"].max() - _ALIKE]
    most = stable.sort_values("stability", ascending=False, kind="stable")
    for row in pd.concat([nearly.head(1), most.head(1)]).drop_duplicates().itertuples():
        if is_beyond_shuffled(ground, row.algorithm, row.k, row.stability):
            return _choice(row, REPRODUCIBLE, np.nan)
    fit = table if fit.empty else fit
    row = next(fit.sort_values("stability", ascending=False, kind="stable").head(1).itertuples())
    return _choice(row, CONSTRUCTIVE, np.nan)


def graded(
    ground: Ground, algorithm: str, k: int, stability: float, *, natural_only: bool = False
) -> tuple[str, float]:
    """The grade of one cut, and the depth of its shallowest valley."""
    if stability < REPEATS:
        return CONSTRUCTIVE, np.nan
    valley = depth(ground, algorithm, k)
    if valley <= GAP and is_deeper_than_clouds(ground, algorithm, k, valley):
        return NATURAL, valley
    if not natural_only and is_beyond_shuffled(ground, algorithm, k, stability):
        return REPRODUCIBLE, valley
    return CONSTRUCTIVE, valley


def _choice(row: Any, grade: str, valley: float) -> dict[str, Any]:
    return {
        "algorithm": row.algorithm,
        "k": int(row.k),
        "stability": float(row.stability),
        "grade": grade,
        "depth": valley,
    }


def _found_again(ground: Ground, rule: Rule, drawn: list[Labels]) -> np.ndarray:
    """How well each group is found again in the refits: the mean of its best Jaccard overlap (Hennig 2007)."""
    ids = rule(ground.x)
    found = np.full(int(ids.max()) + 1, np.nan)
    for group in np.unique(ids):
        mine = ids == group
        best = [
            max((mine & (each == other)).sum() / (mine | (each == other)).sum() for other in np.unique(each))
            for each in drawn
        ]
        found[group] = np.mean(best)
    return found


def _described(
    known: Segments, ids: Labels, borders: tuple[Space, Rule], again: np.ndarray, order_by: str | None
) -> Segments:
    """Segments in order, with names and profile. Groups that nobody is in are left out."""
    frame = known.features
    present = [group for group in range(int(ids.max()) + 1) if (ids == group).any()]
    worth = order_by or _worth(frame, known.families)
    size = {group: int((ids == group).sum()) for group in present}
    if worth:
        money = pd.to_numeric(frame[worth], errors="coerce").to_numpy(float)
        mean = {group: float(np.nanmean(money[ids == group])) for group in present if _any(money[ids == group])}
        rank = sorted(present, key=lambda group: (-mean.get(group, -np.inf), -size[group], group))
    else:
        rank = sorted(present, key=lambda group: (-size[group], group))
    place = {group: f"{at:03}" for at, group in enumerate(rank)}
    coded = pd.Series([place[group] for group in ids], index=frame.index)
    columns = understand(frame, "find_segments")
    found = differences(columns, coded, known.meaning)
    named = names(found, columns, known.units, [place[group] for group in rank])
    labels = coded.map(named).rename("segment")
    every = [named.get(place.get(group, ""), "") for group in range(int(ids.max()) + 1)]
    return replace(
        known,
        labels=labels,
        differences=_in_order(found.assign(segment=found["segment"].map(named)), list(named.values())),
        profile=_profile(frame, labels, list(named.values()), {named[place[g]]: again[g] for g in present}),
        k=len(present),
        order=worth or "",
        borders=(*borders, tuple(every)),
    )


def _any(values: np.ndarray) -> bool:
    return bool((~np.isnan(values)).any())


def _worth(frame: pd.DataFrame, families: Mapping[str, str]) -> str:
    """The column that says what a customer is worth, if any does."""
    numeric = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
    numeric = [name for name in numeric if not pd.api.types.is_bool_dtype(frame[name])]
    named = [name for word in _WORTH for name in numeric if name.lower() == word]
    return next(iter(named), "")


def _in_order(found: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    place = {name: at for at, name in enumerate(order)}
    return found.sort_values("segment", key=lambda column: column.map(place), kind="stable").reset_index(drop=True)


def _profile(frame: pd.DataFrame, labels: pd.Series, order: list[str], again: Mapping[str, float]) -> pd.DataFrame:
    numbers = [
        name for name in frame if pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name])
    ]
    means = frame[numbers].astype("float64").groupby(labels.to_numpy()).mean().reindex(order)
    size = labels.value_counts().reindex(order).to_numpy()
    told = pd.DataFrame(
        {"segment": order, "customers": size, "share": size / len(labels), "stability": [again[name] for name in order]}
    )
    return pd.concat([told, means.reset_index(drop=True)], axis=1)


def _following(
    known: Segments,
    previous: Segments,
    ground: Ground,
    fresh: tuple[Space, Rule, Labels, dict[tuple[str, int], list[Labels]]],
    order_by: str | None,
) -> Segments:
    """Last time's borders with today's customers, unless today shows gaps that they do not see."""
    from sklearn.metrics import adjusted_rand_score

    space, rule, ids, drawn = fresh
    carried = previous.assign(known.features)
    agreement = float(adjusted_rand_score(carried.to_numpy(), ids))
    if known.grade == NATURAL and agreement < STILL_FITS:
        again = _found_again(ground, rule, drawn[known.algorithm, known.k])
        today = _described(known, ids, (space, rule), again, order_by)
        return replace(match(previous, today), agreement=agreement)
    if known.grade != CONSTRUCTIVE and agreement >= STILL_FITS:
        grade, valley, stability = known.grade, known.depth, known.stability
    else:
        row = known.tried[(known.tried["algorithm"] == previous.algorithm) & (known.tried["k"] == previous.k)]
        stability = float(row["stability"].iloc[0]) if len(row) else known.stability
        grade, valley = (
            graded(ground, previous.algorithm, previous.k, stability) if len(row) else (CONSTRUCTIVE, np.nan)
        )
    order = [name for name in previous.names if (carried == name).any()]
    again = previous.profile.set_index("segment")["stability"].to_dict()
    found = differences(understand(known.features, "find_segments"), carried, known.meaning)
    return replace(
        previous,
        labels=carried,
        grade=grade,
        profile=_profile(known.features, carried, order, again),
        differences=_in_order(found, order),
        tried=known.tried,
        k=len(order),
        stability=stability,
        depth=valley,
        features=known.features,
        meaning=known.meaning or previous.meaning,
        units=known.units or previous.units,
        remarks=known.remarks,
        set_aside=known.set_aside,
        kept_from_before=True,
        agreement=agreement,
    )
