"""The fair league table: shrunken values, ranks with the range they could truly have, and three tiers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from cxlab.errors import ParameterError
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, KPI_COLUMNS, adjust, groups_of
from cxlab.stats.estimates import LEVEL, normal_quantile
from cxlab.stats.shrinkage import Doubt, difference_p, doubt_of, one_kpi, shrink, sign_of

ABOVE, BELOW = "clearly above", "clearly below"
TIERS = (ABOVE, CANNOT_TELL, BELOW)
LEAGUE_COLUMNS = ("shrunken", "shrunken_low", "shrunken_high", "rank", "rank_low", "rank_high", "tier", "pooled")
SMALLEST = 5
# The same draws each time, so that a table that is made twice is the same table.
SEED, DRAWS = 20231, 4000

Array = NDArray[np.float64]


def league(
    frame: pd.DataFrame,
    by: str | Sequence[str] | None = None,
    *,
    better: str = "up",
    min_n: int = SMALLEST,
    alpha: float = 1 - LEVEL,
) -> pd.DataFrame:
    """The groups of a KPI frame in fair order: nobody is first or last for having few answers.

    `frame` holds one KPI in one period. `by` names the columns that make a group (default: all of them); where the
    frame has more, there is one table for each combination of the others. `better` is "up" or "down".

    Returns the KPI frame's columns, best first, and
    shrunken, shrunken_low, shrunken_high: the value drawn toward the whole, with its 95 % interval
    (`cxlab.stats.shrinkage.shrink`);
    rank: place by the shrunken value, 1 is best, equal values share a place;
    rank_low, rank_high: places the group could truly have; with probability 1 - alpha they hold for all groups of a
    table at once (`rank_intervals`);
    tier: "clearly above" or "clearly below" (above means better, whichever way the KPI runs) where the group differs
    from all others together, else "cannot tell". The tests of a table are one family (Benjamini-Hochberg), so that
    with no true differences at most alpha of tables name anyone;
    pooled: True for a group with fewer than `min_n` answers, or none that may be shown. It keeps its value and n, and
    is placed where the whole is: its shrunken value is that of the whole, any place is possible, no tier is given. All
    pooled answers enter the whole as one group of their own.

    Standard errors come from the intervals (`cxlab.stats.shrinkage.standard_errors`). Ranks and tiers are reckoned at
    four fifths of alpha, as a reserve for groups of few answers. Groups are taken as independent.
    Raises ParameterError for several KPIs or periods, a frame without groups, or an unknown `by`.
    """
    sign = sign_of(better)
    if not 0 < alpha < 1:
        raise ParameterError(f"alpha is {alpha}; it must lie between 0 and 1, 0.05 say.")
    if min_n < 1:
        raise ParameterError(f"min_n is {min_n}; it must be 1 or more.")
    one_kpi(frame, "league")
    frame = frame.drop(columns=[column for column in LEAGUE_COLUMNS if column in frame.columns])
    groups = groups_of(frame)
    names = groups if by is None else [by] if isinstance(by, str) else list(by)
    unknown = [name for name in names if name not in groups]
    if unknown:
        raise ParameterError.unknown("group column", unknown[0], groups)
    apart = [name for name in groups if name not in names]
    if not apart:
        return _table(frame, sign, min_n, alpha)
    tables = [_table(part, sign, min_n, alpha) for _, part in frame.groupby(apart, dropna=False, sort=False)]
    return pd.concat(tables, ignore_index=True)


def safe_champion(frame: pd.DataFrame, *, better: str = "up", min_n: int = SMALLEST) -> pd.DataFrame:
    """The one group to celebrate if it has to be one: the best even at the worse end of its 95 % interval.

    A choice, not a ranking: a large good group wins over a small one that may be better, so nothing follows for the
    others. For one KPI in one period. Returns that row of the KPI frame; none where no group has `min_n` answers.
    """
    sign = sign_of(better)
    one_kpi(frame, "safe_champion")
    bound = frame["low"] if sign > 0 else -frame["high"]
    bound = bound.where((frame["n"] >= min_n) & bound.notna())
    return frame.loc[[bound.idxmax()]].reset_index(drop=True) if bound.notna().any() else frame.head(0)


def rank_intervals(
    value: ArrayLike, error: ArrayLike, level: float = LEVEL, score: ArrayLike | None = None
) -> tuple[NDArray, NDArray]:
    """Best and worst place (1 is the largest value) each group could truly have, all at once with probability `level`.

    Mogstad, Romano, Shaikh & Wilhelm 2024 (Review of Economic Studies 91:476-518): the largest studentised pairwise
    difference by seeded normal draws, stepping down over the pairs not yet told apart. Tukey's method (Al Mohamad,
    Goeman & van Zwet 2022, Biometrics 78:238-247) is its first step. Groups are independent; none may lack an error.
    `score` replaces the studentised differences, row minus column, where their normal form is too rough.
    """
    value, error = np.asarray(value, dtype=float), np.asarray(error, dtype=float)
    k = len(value)
    # Draws go with the groups' order by value, so that the order of the rows does not matter.
    by_value = np.argsort(np.lexsort((error, value)))
    draws = np.random.default_rng(SEED).standard_normal((DRAWS, k))[:, by_value] * error
    scale = np.hypot(error[:, None], error)
    seen = (value[:, None] - value) / scale if score is None else np.asarray(score, dtype=float)
    pairs = ~np.eye(k, dtype=bool)
    unproven = pairs.copy()
    while unproven.any():
        largest = np.full(DRAWS, -np.inf)
        for place in np.flatnonzero(unproven.any(axis=1)):
            rest = unproven[place]
            reach = (draws[:, [place]] - draws[:, rest]) / scale[place, rest]
            np.maximum(largest, reach.max(axis=1), out=largest)
        proven = unproven & (seen > np.quantile(largest, level))
        if not proven.any():
            break
        unproven &= ~proven
    above = pairs & ~unproven
    return 1 + above.sum(axis=0), k - above.sum(axis=1)


def against_the_others(value: ArrayLike, doubt: Doubt, n: ArrayLike) -> tuple[Array, Array]:
    """Difference of each group to all others together (weighted by n), and its two-sided p."""
    value, n = np.asarray(value, dtype=float), np.asarray(n, dtype=float)
    rest = n.sum() - n
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = value - (np.sum(n * value) - n * value) / rest
        lower = difference < 0

        def of_the_others(side: Array) -> Array:
            return np.sqrt(np.maximum(np.sum((n * side) ** 2) - (n * side) ** 2, 0)) / rest

        # A group below the others may truly lie higher, the others lower; and the other way about.
        own = np.where(lower, doubt.up, doubt.down)
        others = np.where(lower, of_the_others(doubt.down), of_the_others(doubt.up))
        p = difference_p(difference, own, others, doubt.df, np.sum(doubt.df) - doubt.df)
    alone = ~(rest > 0)
    return np.where(alone, np.nan, difference), np.where(alone, np.nan, p)


def _scores(value: Array, doubt: Doubt) -> Array:
    """Pairwise differences, row minus column, as the normal scores that are as unlikely as they."""
    difference = value[:, None] - value
    above = difference > 0
    one = np.where(above, doubt.down[:, None], doubt.up[:, None])
    other = np.where(above, doubt.up, doubt.down)
    p = difference_p(difference, one, other, doubt.df[:, None], doubt.df)
    return -np.sign(difference) * ndtri(np.maximum(p, 1e-300) / 2)


def _table(frame: pd.DataFrame, sign: float, min_n: int, alpha: float) -> pd.DataFrame:
    """One league table; `frame` has one row per group."""
    low, high, n = (frame[name].to_numpy(float) for name in ("low", "high", "n"))
    doubt = doubt_of(frame)
    pooled = (n < min_n) | ~np.isfinite(doubt.error)
    single = ~pooled
    value, errors, sizes = _units(frame["value"].to_numpy(float), doubt, n, pooled)
    known = shrink(value, errors.error)
    k = int(single.sum())

    shrunken, spread = np.full(len(frame), known.whole), np.full(len(frame), known.whole_error)
    shrunken[single], spread[single] = known.value[:k], known.error[:k]
    reach = normal_quantile() * spread
    # No interval of a group reaches beyond all that was measured: so shares stay within 0 and 1.
    least, most = (np.fmin.reduce(low, initial=np.nan), np.fmax.reduce(high, initial=np.nan))

    rank = _places(sign * shrunken, single)
    best, worst = np.ones(len(frame), dtype=np.int64), np.full(len(frame), max(k, 1), dtype=np.int64)
    tier = np.full(len(frame), CANNOT_TELL, dtype=object)
    if k > 1:
        # The house's reserve: on a handful of answers the normal is rough, and the promise is kept all the same.
        level = alpha * FALSE_DISCOVERY / (1 - LEVEL)
        alone = Doubt(errors.error[:k], errors.down[:k], errors.up[:k], errors.df[:k])
        above, under = (alone.down, alone.up) if sign > 0 else (alone.up, alone.down)
        scores = _scores(sign * value[:k], Doubt(alone.error, above, under, alone.df))
        first, last = rank_intervals(sign * value[:k], alone.error, 1 - level, scores)
        # A value may be drawn past one that is surely better but hardly measured: then the place widens the range.
        best[single], worst[single] = np.minimum(first, rank[single]), np.maximum(last, rank[single])
        difference, p = (part[:k] for part in against_the_others(value, errors, sizes))
        named = adjust(p) <= level
        tier[single] = np.select(
            [named & (sign * difference > 0), named & (sign * difference < 0)], [ABOVE, BELOW], CANNOT_TELL
        )
    table = frame.assign(
        shrunken=shrunken,
        shrunken_low=np.fmax(shrunken - reach, np.fmin(least, shrunken)),
        shrunken_high=np.fmin(shrunken + reach, np.fmax(most, shrunken)),
        rank=rank,
        rank_low=best,
        rank_high=worst,
        tier=tier,
        pooled=pooled,
    )
    order = np.lexsort((-n, np.where(np.isnan(shrunken), np.inf, -sign * shrunken), rank))
    return table.iloc[order].reset_index(drop=True)[[*_columns(frame), *LEAGUE_COLUMNS]]


def _units(value: Array, doubt: Doubt, n: Array, pooled: NDArray[np.bool_]) -> tuple[Array, Doubt, Array]:
    """Value, doubt and n of the groups that stand alone and, last, of all pooled answers together."""
    known = pooled & np.isfinite(doubt.error)
    single = ~pooled
    if not known.any():
        return value[single], Doubt(*(part[single] for part in _parts(doubt))), n[single]
    part = n[known] / n[known].sum()
    sides = [np.append(side[single], np.sqrt(np.sum((part * side[known]) ** 2))) for side in _parts(doubt)[:3]]
    df = np.append(doubt.df[single], doubt.df[known].sum())
    together = np.append(value[single], part @ value[known])
    return together, Doubt(*sides, df=df), np.append(n[single], n[known].sum())


def _parts(doubt: Doubt) -> tuple[Array, Array, Array, Array]:
    return doubt.error, doubt.down, doubt.up, doubt.df


def _places(value: Array, single: NDArray[np.bool_]) -> NDArray[np.int64]:
    """1 + how many groups that stand alone are better. Rounded, so that equal values share a place.

    Pooled groups share the place of the group just above the whole: with worse ones below, that is never the last.
    """
    held = value[single]
    tolerance = 1e-9 * max(1.0, float(np.max(np.abs(held)))) if held.size else 0.0
    better = np.array([int(np.sum(held > own + tolerance)) for own in value], dtype=np.int64)
    return np.where(single, 1 + better, np.maximum(better, 1))


def _columns(frame: pd.DataFrame) -> list[str]:
    """kpi, period, the groups, then the numbers, as every KPI frame has them."""
    return [*KPI_COLUMNS[:2], *groups_of(frame), *KPI_COLUMNS[2:]]
