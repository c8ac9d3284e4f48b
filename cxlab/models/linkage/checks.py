"""What a link must stand before it is more than a correlation: out of time, placebo, order in time, hidden causes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxlab.models.linkage.regression import Array, Effect, Ground, by_account, limits
from cxlab.stats.robustness import as_strong_as, bias_of, partial_r2, robustness_value

#: At most so many of the periods are held back, the latest; each is foretold from all before it.
_MOST_HELD_BACK = 4
#: Fewer rows than this to learn from, or fewer of the rarer outcome to be judged by, tell nothing.
_LEAST_TRAINED, _LEAST_JUDGED = 100, 10
_RIDGE = 1.0


@dataclass(frozen=True)
class Gain:
    """What a score adds, out of time, to what is known without it. of: "AUC" or "R2". base, full: without and with."""

    of: str
    base: float
    full: float
    value: float
    low: float
    high: float
    judged: int
    from_periods: int


@dataclass(frozen=True)
class Known:
    """What is known without a score, period by period: row numbers, a constant and columns, and their cross "
    "products."""

    rows: dict[int, NDArray[np.int64]]
    columns: dict[int, Array]
    cross: dict[int, Array]

    @classmethod
    def of(cls, matrix: Array, order: NDArray[np.int64]) -> Known:
        """From columns and the number of the period (or fold) of each row."""
        rows = {int(period): np.flatnonzero(order == period) for period in np.unique(order)}
        columns = {period: np.column_stack([np.ones(len(mine)), matrix[mine]]) for period, mine in rows.items()}
        return cls(rows, columns, {period: part.T @ part for period, part in columns.items()})


def gain(
    y: Array,
    known: Known,
    added: Array,
    accounts: NDArray[np.int64],
    *,
    is_share: bool,
    is_dated: bool = True,
) -> Gain | None:
    """Out-of-time gain of the columns `added` over what is known without; None where there is too little to judge.

    The latest periods, four at most and never the first half, are foretold one by one by least squares (a touch of
    ridge) on all that came before; with `is_dated` False every fold from all others. Rows are judged together: shares
    by the area under the ROC curve, amounts by the share of squared error taken away. Interval: linearised over
    accounts (Obuchowski 1997, Biometrics 53:567-578, for the area).
    """
    periods = sorted(known.rows)
    held = periods[max(1, len(periods) - _MOST_HELD_BACK, len(periods) // 2) :] if is_dated else periods
    cross = {period: _with(known, period, np.column_stack([added, y])) for period in periods}
    told, foretold = np.full((len(y), 2), np.nan), 0
    base, full = known.cross[periods[0]].shape[0], known.cross[periods[0]].shape[0] + added.shape[1]
    for period in held:
        before = [each for each in periods if each < period or (not is_dated and each != period)]
        if sum(len(known.rows[each]) for each in before) < max(_LEAST_TRAINED, 3 * full):
            continue
        learnt, foretold, rows = sum(cross[each] for each in before), foretold + 1, known.rows[period]
        for column, size in enumerate((base, full)):
            ridge = _RIDGE * np.eye(size)
            ridge[0, 0] = 0.0
            weights = np.linalg.solve(learnt[:size, :size] + ridge, learnt[:size, -1])
            told[rows, column] = known.columns[period] @ weights[:base] + added[rows] @ np.append(
                weights[base:], np.zeros(full - size)
            )
    judged = np.flatnonzero(~np.isnan(told[:, 1]))
    if not len(judged):
        return None
    judge = _area if is_share else _explained
    found = judge(y[judged], *told[judged].T, np.unique(accounts[judged], return_inverse=True)[1])
    return None if found is None else Gain("AUC" if is_share else "R2", *found, len(judged), foretold)


def _with(known: Known, period: int, more: Array) -> Array:
    """Cross products of what is known in a period with further columns added at the end."""
    mine = more[known.rows[period]]
    beside = known.columns[period].T @ mine
    return np.block([[known.cross[period], beside], [beside.T, mine.T @ mine]])


def _area(
    y: Array, without: Array, full: Array, accounts: NDArray[np.int64]
) -> tuple[float, float, float, float, float] | None:
    hits = y > 0.5
    if min(hits.sum(), (~hits).sum()) < _LEAST_JUDGED:
        return None
    (base, moved), (better, moved_full) = (_placed(hits, told) for told in (without, full))
    return base, better, better - base, *_reach(better - base, moved_full - moved, accounts)


def _placed(hits: NDArray[np.bool_], told: Array) -> tuple[float, Array]:
    """Area under the curve, and how much every row moves it (structural components of DeLong 1988, over their n)."""
    above, below = told[hits], told[~hits]
    sorted_above, sorted_below = np.sort(above), np.sort(below)
    share = (np.searchsorted(sorted_below, above, "left") + np.searchsorted(sorted_below, above, "right")) / 2
    area = float(share.mean() / len(below))
    over = (
        len(above) - (np.searchsorted(sorted_above, below, "left") + np.searchsorted(sorted_above, below, "right")) / 2
    )
    moved = np.empty(len(told))
    moved[hits] = (share / len(below) - area) / len(above)
    moved[~hits] = (over / len(above) - area) / len(below)
    return area, moved


def area(hits: NDArray[np.bool_], told: Array, accounts: NDArray[np.int64]) -> tuple[float, float, float] | None:
    """Area under the ROC curve of what was told of each row, with its interval by account; None where too few hit or
    miss. 0.5 is a coin."""
    if min(hits.sum(), (~hits).sum()) < _LEAST_JUDGED:
        return None
    value, moved = _placed(hits, told)
    low, high = _reach(value, moved, np.unique(accounts, return_inverse=True)[1].astype(np.int64))
    return value, max(low, 0.0), min(high, 1.0)


def _explained(
    y: Array, without: Array, full: Array, accounts: NDArray[np.int64]
) -> tuple[float, float, float, float, float] | None:
    spread = (y - y.mean()) ** 2
    if len(y) < 2 * _LEAST_JUDGED or not spread.sum() > 0:
        return None
    base, better = (1 - float(((y - told) ** 2).sum() / spread.sum()) for told in (without, full))
    saved = (y - without) ** 2 - (y - full) ** 2
    moved = (saved - (better - base) * spread) / spread.sum()
    return base, better, better - base, *_reach(better - base, moved, accounts)


def _reach(value: float, moved: Array, accounts: NDArray[np.int64]) -> tuple[float, float]:
    groups = int(accounts.max()) + 1
    se = float(np.sqrt(groups / max(groups - 1, 1) * np.sum(by_account(moved, accounts, groups) ** 2)))
    return (value, value) if se == 0 else limits(value, se, groups)[:2]


def apart(forward: Effect, backward: Effect, accounts: NDArray[np.int64]) -> tuple[float, float, float, float]:
    """The link with what followed less the link with what went before, on the same rows: value, low, high, p."""
    value = forward.value - backward.value
    moved = by_account(forward.influence - backward.influence, accounts, forward.accounts)
    return value, *limits(value, float(np.sqrt(np.sum(moved**2))), forward.accounts)


@dataclass(frozen=True)
class Hidden:
    """What it would take to erase a link.

    value: robustness value. value_to_chance: the same until the link is within the reach of chance. benchmark: the
    covariate that, as strong once more and hidden, would take most away; left: the effect that would then remain (on
    the side it is on, below nought where it would have turned). strengths: covariate -> what would remain.
    """

    value: float
    value_to_chance: float
    benchmark: str
    left: float
    strengths: dict[str, float]


def hidden(found: Effect, y: Array, d: Array, ground: Ground) -> Hidden:
    """Robustness value, and how much of the effect a hidden cause as strong as each covariate would leave.

    Strengths are adjusted for the number of columns: a region of twenty values explains something by chance alone.
    """
    t, wider = found.value / found.se_plain, found.se / found.se_plain
    rest_d = ground.clear(d)
    d_left = float(rest_d @ rest_d)
    error = ground.clear(y) - found.value * rest_d
    y_left = float(error @ error)
    of_d = ground.inverse @ (ground.matrix.T @ d)
    of_y = ground.inverse @ (ground.matrix.T @ (y - found.value * d))
    belongs, strengths = np.array(ground.of, dtype=object), {}
    for name in dict.fromkeys(filter(None, ground.of)):
        mine = np.flatnonzero(belongs == name)
        inverse = ground.inverse[np.ix_(mine, mine)]
        more_d = _lost(inverse, of_d[mine])
        # With the regressor among the columns the inverse grows by what the covariate shares with it.
        more_y = _lost(inverse + np.outer(of_d[mine], of_d[mine]) / d_left, of_y[mine])
        with_d, with_y = (
            _beyond_chance(more / (left + more), len(mine), found.df)
            for more, left in ((more_d, d_left), (more_y, y_left))
        )
        strengths[name] = abs(found.value) - float(bias_of(found.se_plain, found.df, *as_strong_as(with_d, with_y)))
    benchmark = min(strengths, key=lambda name: (strengths[name], name), default="")
    return Hidden(
        float(robustness_value(t, found.df)),
        float(robustness_value(t, found.df, alpha=0.05, wider=wider)),
        benchmark,
        strengths.get(benchmark, float("nan")),
        strengths,
    )


def _beyond_chance(share: float, columns: int, df: int) -> float:
    """A partial R-squared without what so many columns of pure noise would explain (the adjusted one)."""
    return max(1 - (1 - share) * (df + columns) / df, 0.0)


def _lost(inverse: Array, weights: Array) -> float:
    """By how much the sum of squares grows when the columns with these weights are left out."""
    return max(float(weights @ np.linalg.solve(inverse, weights)), 0.0)


def share_explained(found: Effect) -> float:
    """Partial R-squared of the score with the outcome."""
    return float(partial_r2(found.value / found.se_plain, found.df))
