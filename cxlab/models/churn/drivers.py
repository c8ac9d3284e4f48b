"""Drivers: features that go together as one, how much the model loses without each, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.churn.design import NOT_ASKED, Array
from cxlab.models.churn.folds import Plan
from cxlab.models.churn.readable import CrossFitted, Readable
from cxlab.models.columns import CATEGORY
from cxlab.stats.estimates import normal_quantile

MORE, LESS, BOTH = "goes with more leaving", "goes with less leaving", "goes with leaving, up and down"
#: Features at least this associated are one driver: what one goes with cannot be told from what the other goes with.
ASSOCIATED = 0.7
_SHUFFLES = 5


def associations(frame: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """How closely features go together, 0 to 1: Spearman's correlation without its sign between numbers and flags,
    the correlation ratio of ranks between number and category, Cramer's V (bias corrected, Bergsma 2013) between
    categories, over the rows that both apply to."""
    names = list(kinds)
    table = pd.DataFrame(np.eye(len(names)), names, names)
    ranks = {name: frame[name].rank().to_numpy(float) for name in names if kinds[name] != CATEGORY}
    codes = {name: frame[name].astype("category").cat for name in names if kinds[name] == CATEGORY}
    asked = {
        name: frame[name].to_numpy(object) != NOT_ASKED if kinds[name] == CATEGORY else ~np.isnan(ranks[name])
        for name in names
    }
    for a, b in combinations(names, 2):
        rows = asked[a] & asked[b]
        if a in ranks and b in ranks:
            found = _spearman(ranks[a][rows], ranks[b][rows])
        elif a in codes and b in codes:
            found = _cramer(codes[a].codes.to_numpy()[rows], codes[b].codes.to_numpy()[rows])
        else:
            number, category = (a, b) if a in ranks else (b, a)
            found = _ratio(ranks[number][rows], codes[category].codes.to_numpy()[rows])
        table.loc[a, b] = table.loc[b, a] = found
    return table


def _spearman(x: Array, y: Array) -> float:
    if len(x) < 3 or x.std() == 0 or y.std() == 0:
        return 0.0
    return float(min(1.0, abs(np.corrcoef(x, y)[0, 1])))


def _cramer(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    a, b = (np.unique(part, return_inverse=True)[1] for part in (a, b))
    if not len(a) or not a.max() or not b.max():
        return 0.0
    n, rows, columns = len(a), int(a.max()) + 1, int(b.max()) + 1
    table = np.bincount(a * columns + b, minlength=rows * columns).reshape(rows, columns)
    expected = table.sum(1, keepdims=True) * table.sum(0) / n
    phi = max(0.0, float(((table - expected) ** 2 / expected).sum()) / n - (rows - 1) * (columns - 1) / (n - 1))
    least = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return float(np.sqrt(min(1.0, phi / least))) if least > 0 else 0.0


def _ratio(x: Array, level: NDArray[np.int64]) -> float:
    if len(x) < 3 or x.std() == 0:
        return 0.0
    level = np.unique(level, return_inverse=True)[1]
    n, levels = np.bincount(level), int(level.max()) + 1
    between = (n * (np.bincount(level, x) / n - x.mean()) ** 2).sum() / ((x - x.mean()) ** 2).sum()
    # As with Cramer's V, what so many levels would show by chance is taken off (Kelley's epsilon squared).
    return float(np.sqrt(max(0.0, 1 - (1 - between) * (len(x) - 1) / max(len(x) - levels, 1))))


def grouped(table: pd.DataFrame, p_value: Mapping[str, float], least: float = ASSOCIATED) -> list[list[str]]:
    """Features whose every two are associated at least so much, the one closest to the others first.

    Complete-linkage clustering. Of two equally close features (always so where there are but two) the one that more
    surely goes with leaving leads, given the other; else the order is that of the columns.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    names = list(table.columns)
    if len(names) < 2:
        return [names]
    apart = 1 - table.to_numpy(float)
    np.fill_diagonal(apart, 0.0)
    place = fcluster(linkage(squareform(apart, checks=False), "complete"), 1 - least, "distance")
    groups = []
    for number in dict.fromkeys(place):
        members = [name for name, own in zip(names, place, strict=True) if own == number]
        closeness = table.loc[members, members].sum()
        groups.append(sorted(members, key=lambda name: (-round(closeness[name], 9), p_value[name], names.index(name))))
    return groups


def importance(
    fitted: CrossFitted,
    frame: pd.DataFrame,
    left: NDArray[np.bool_],
    plan: Plan,
    groups: Sequence[Sequence[str]],
    seed: int,
) -> pd.DataFrame:
    """How much worse unseen rows are foretold when a driver's values are exchanged between customers.

    All features of a group are exchanged together, five times, within the test rows to which the same of them apply.
    Returns a row a group: importance (mean rise of log loss), low, high (95 % over rows or clusters).
    """
    tested = plan.tested
    rise = np.zeros((len(groups), len(left)))
    for fold, (model, (_, test)) in enumerate(zip(fitted.models, plan.folds, strict=True)):
        part, y = frame.iloc[test], left[test]
        matrix = model.design.matrix(part)
        log_odds = model.fit.log_odds(matrix)
        rng = np.random.default_rng([seed, fold])
        for place, group in enumerate(groups):
            among, own = _same_question(part, group), _own(model, matrix, group)
            for _ in range(_SHUFFLES):
                donors = _exchange(rng, among)
                changed = log_odds - own + own[donors] + _crossing(model, matrix, part, group, donors)
                rise[place, test] += _loss(changed, y) - _loss(log_odds, y)
    rise = rise[:, tested] / _SHUFFLES
    mean = rise.mean(axis=1)
    apart = rise - mean[:, None]
    code = plan.code_of(tested)
    if code is not None:
        apart = np.vstack([np.bincount(code, row) for row in apart])
    reach = normal_quantile() * np.sqrt((apart**2).sum(axis=1)) / len(tested)
    return pd.DataFrame({"importance": mean, "low": mean - reach, "high": mean + reach})


def _own(model: Readable, matrix: Array, group: Sequence[str]) -> Array:
    """What the features of a group add to the log odds by themselves and with one another."""
    among, total = set(group), np.zeros(len(matrix))
    for block in model.design.blocks:
        if set(block.features) <= among:
            total += matrix[:, block.columns] @ model.fit.coefficients[1:][block.columns]
    return total


def _crossing(
    model: Readable, matrix: Array, frame: pd.DataFrame, group: Sequence[str], donors: NDArray[np.int64]
) -> Array | float:
    """How pairs of a feature of the group with one outside of it change when the group's values come from donors."""
    among = set(group)
    crossed = [b for b in model.design.blocks if among & set(b.features) and not set(b.features) <= among]
    if not crossed:
        return 0.0
    new = frame[[name for name in group if any(name in b.features for b in crossed)]].iloc[donors]
    places, values = model.design.changed(frame, new.set_axis(frame.index))
    wanted = np.isin(places, np.concatenate([np.arange(b.columns.start, b.columns.stop) for b in crossed]))
    beta = model.fit.coefficients[1:][places[wanted]]
    return (values[:, wanted] - matrix[:, places[wanted]]) @ beta


def _loss(log_odds: Array, left: NDArray[np.bool_]) -> Array:
    return np.logaddexp(0, log_odds) - left * log_odds


def _same_question(frame: pd.DataFrame, group: Sequence[str]) -> NDArray[np.int64]:
    """A code a row: rows to which the same features of the group apply."""
    code = np.zeros(len(frame), dtype=np.int64)
    for name in group:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            code = 2 * code + (frame[name].to_numpy(object) == NOT_ASKED)
    return np.unique(code, return_inverse=True)[1]


def _exchange(rng: np.random.Generator, among: NDArray[np.int64]) -> NDArray[np.int64]:
    """A random order of rows within each code."""
    shuffled = rng.permutation(len(among))
    donors = np.empty(len(among), dtype=np.int64)
    donors[np.argsort(among, kind="stable")] = shuffled[np.argsort(among[shuffled], kind="stable")]
    return donors
