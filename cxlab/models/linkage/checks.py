"""What a link must stand before it is more than a correlation: out of time, placebo, order in time, hidden causes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxlab.models.linkage.regression import Array, Effect, Layout, by_account, limits
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


def gain(
    y: Array, base: Array, added: Array, order: NDArray[np.int64], accounts: NDArray[np.int64], *, is_share: bool
) -> Gain | None:
    """Out-of-time gain of the columns `added` over the columns `base`; None where there is too little to judge.

    order: number of the period of each row. The latest periods, four at most and never the first half, are foretold
    one by one by least squares (a touch of ridge) on all that came before; rows are judged together. Shares are judged by
    the area under the ROC curve, amounts by the share of squared error taken away. Interval: linearised over accounts
    (Obuchowski 1997, Biometrics 53:567-578, for the area).
    """
    wanted = np.unique(order)
    held = wanted[max(1, len(wanted) - _MOST_HELD_BACK, len(wanted) // 2) :]
    told = [(order == period, order < period) for period in held]
    told = [(test, train) for test, train in told if train.sum() >= max(_LEAST_TRAINED, 3 * base.shape[1])]
    if not told:
        return None
    both = np.column_stack([base, added])
    without, full = np.full(len(y), np.nan), np.full(len(y), np.nan)
    for test, train in told:
        without[test] = _foretold(base, y, train, test)
        full[test] = _foretold(both, y, train, test)
    rows = ~np.isnan(full)
    judge = _area if is_share else _explained
    judged = judge(y[rows], without[rows], full[rows], np.unique(accounts[rows], return_inverse=True)[1])
    return None if judged is None else Gain("AUC" if is_share else "R2", *judged, int(rows.sum()), len(told))


def _foretold(columns: Array, y: Array, train: NDArray[np.bool_], test: NDArray[np.bool_]) -> Array:
    x = columns[train]
    centre, level = x.mean(axis=0), y[train].mean()
    x = x - centre
    weights = np.linalg.solve(x.T @ x + _RIDGE * np.eye(x.shape[1]), x.T @ (y[train] - level))
    return level + (columns[test] - centre) @ weights


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
    over = len(above) - (np.searchsorted(sorted_above, below, "left") + np.searchsorted(sorted_above, below, "right")) / 2
    moved = np.empty(len(told))
    moved[hits] = (share / len(below) - area) / len(above)
    moved[~hits] = (over / len(above) - area) / len(below)
    return area, moved


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


def hidden(found: Effect, y: Array, d: Array, fixed: Array, layout: Layout) -> Hidden:
    """Robustness value, and how much of the effect a hidden cause as strong as each covariate would leave."""
    t = found.value / found.se_plain
    wider = found.se / found.se_plain
    value = float(robustness_value(t, found.df))
    to_chance = float(robustness_value(t, found.df, alpha=0.05, wider=wider))
    strengths = {}
    constant = np.column_stack([np.ones(len(y)), fixed])
    full = np.column_stack([constant, layout.matrix, d])
    cross, with_y = full.T @ full, full.T @ (y - y.mean())
    total = float(np.sum((y - y.mean()) ** 2))
    belongs = np.array([""] * constant.shape[1] + list(layout.of))
    covariates = np.arange(full.shape[1] - 1)
    last = full.shape[1] - 1

    def left_of_d(chosen: NDArray[np.int64]) -> float:
        return cross[last, last] - _explains(cross, cross[:, last], chosen)

    def left_of_y(chosen: NDArray[np.int64]) -> float:
        return total - _explains(cross, with_y, np.append(chosen, last))

    d_all, y_all = left_of_d(covariates), left_of_y(covariates)
    for name in dict.fromkeys(layout.of):
        others = covariates[belongs != name]
        d_less, y_less = left_of_d(others), left_of_y(others)
        of_d, of_y = max(1 - d_all / d_less, 0.0), max(1 - y_all / y_less, 0.0)
        bias = float(bias_of(found.se_plain, found.df, *as_strong_as(of_d, of_y)))
        strengths[name] = abs(found.value) - bias
    benchmark = min(strengths, key=lambda name: (strengths[name], name), default="")
    return Hidden(value, to_chance, benchmark, strengths.get(benchmark, float("nan")), strengths)


def _explains(cross: Array, with_target: Array, chosen: NDArray[np.int64]) -> float:
    """Sum of squares that the chosen columns explain, from their cross products alone."""
    solved = np.linalg.lstsq(cross[np.ix_(chosen, chosen)], with_target[chosen], rcond=1e-10)[0]
    return float(with_target[chosen] @ solved)


def share_explained(found: Effect) -> float:
    """Partial R-squared of the score with the outcome."""
    return float(partial_r2(found.value / found.se_plain, found.df))
