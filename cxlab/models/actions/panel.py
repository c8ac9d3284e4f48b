"""The estimate behind a promise: values of groups over time, with what answers and what time make uncertain.

A value y of unit j in slot t (a month or a quarter, counted from the start of the action) is taken as

    y = level of the unit + course shared by all + effect where and since the action applies + shock + sampling error

Sampling errors are known from the KPI frame. Shocks (what happens to one team or region and no other) are as large, and
last as long, as the values show: their size and their correlation from slot to slot (AR(1)) are not set to one estimate
but averaged over their restricted likelihood, so that few slots give a wide interval. Levels of units are drawn from
one distribution where there are enough of them: a team that was picked because it looked worst is expected to come back
a little by itself (regression to the mean), and that is no effect.

Sources: Bertrand, Duflo & Mullainathan 2004 (QJE 119:249-275) on shocks that last; Donald & Lang 2007 (REStat
89:221-233) and Conley & Taber 2011 (ibid. 93:113-125) on few groups; Laird & Ware 1982 on random levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]

# Where the unknown size (a share of the largest thinkable) and persistence of shocks and the spread of the units'
# levels (a multiple of what is seen) are looked at.
_SIZES = np.array([0.0, 0.05, 0.1, 0.17, 0.25, 0.35, 0.5, 0.7, 1.0])
_LASTING = (0.0, 0.4, 0.7, 0.9)
_SPREADS = (0.5, 1.0, 2.0, 10.0)
#: From so many units on their levels are drawn from one distribution; below, each has a level of its own.
ENOUGH_UNITS = 4


@dataclass(frozen=True)
class Panel:
    """Rows of a panel: value `y`, sampling variance `v`, `unit` (whole numbers from 0) and `slot` of each row."""

    y: Array
    v: Array
    unit: NDArray[np.int64]
    slot: NDArray[np.int64]

    def where(self, keep: NDArray[np.bool_]) -> Panel:
        """The rows that are kept."""
        return Panel(self.y[keep], self.v[keep], self.unit[keep], self.slot[keep])


@dataclass(frozen=True)
class Noise:
    """Size and persistence of shocks, spread of the units' levels (infinite: each has its own), and how likely."""

    size: float
    lasting: float
    spread: float
    weight: float = 1.0


NO_SHOCKS = (Noise(0.0, 0.0, np.inf),)


@dataclass(frozen=True)
class Effect:
    """What is known of one coefficient: value, standard error, 95 % interval, two-sided p, and the noises weighed."""

    value: float
    error: float
    low: float
    high: float
    p: float
    noises: tuple[Noise, ...]

    @property
    def likeliest(self) -> tuple[Noise]:
        """The noise that fits best."""
        return (max(self.noises, key=lambda noise: noise.weight),)


def estimate(panel: Panel, x: Array, noises: tuple[Noise, ...] | None = None, lasting: bool = True) -> Effect:
    """The coefficient of the last column of `x`, averaged over all noises by their restricted likelihood.

    x: the design, a row a row of the panel, without any column for the units' levels. noises: look at these alone
    (their weights are used as they are). lasting: whether shocks may last longer than a slot. One unit, or fewer than
    ENOUGH_UNITS, have levels of their own. A coefficient that the rows do not determine is NaN.
    """
    groups = [np.flatnonzero(panel.unit == unit) for unit in np.unique(panel.unit)]
    if noises is not None:
        weights = np.array([noise.weight for noise in noises])
        value, error, _ = _fitted(panel, x, groups, noises)
        return _mixed(value, error, weights / weights.sum(), noises)
    noises = _thinkable(panel, x, groups, lasting)
    value, error, fit = _fitted(panel, x, groups, noises)
    prior = np.array([noise.weight for noise in noises])
    weights = prior * np.exp(fit - fit.max()) if np.isfinite(fit).any() else prior
    weights = weights / weights.sum()
    weighed = tuple(
        Noise(each.size, each.lasting, each.spread, float(weight)) for each, weight in zip(noises, weights, strict=True)
    )
    return _mixed(value, error, weights, weighed)


def _thinkable(panel: Panel, x: Array, groups: list[NDArray[np.int64]], lasting: bool) -> tuple[Noise, ...]:
    """All noises to look at: every size of shock is as likely as any other beforehand, so is every persistence."""
    sizes = _SIZES * _largest(panel, x, groups)
    has_common = len(groups) >= ENOUGH_UNITS
    spreads = np.multiply(_SPREADS, _seen_spread(panel, groups)) if has_common else (np.inf,)
    out = []
    for size, width in zip(sizes, np.gradient(sizes), strict=True):
        persistence = _LASTING if lasting and size > 0 else (0.0,)
        weight = float(width) / len(persistence)
        out += [Noise(float(size), rho, float(spread), weight) for rho in persistence for spread in spreads]
    return tuple(out)


def _fitted(
    panel: Panel, x: Array, groups: list[NDArray[np.int64]], noises: tuple[Noise, ...]
) -> tuple[Array, Array, Array]:
    """Coefficient, standard error and restricted log likelihood under each of the noises."""
    with_level = np.isfinite(noises[0].spread)
    columns = [np.ones((len(x), 1)), x] if with_level else [x]
    z = np.column_stack([*columns, panel.y])
    # Units side by side; one that was not measured in all slots is filled up with rows that say nothing.
    longest = max(map(len, groups))
    rows, there = np.zeros((len(groups), longest), dtype=int), np.zeros((len(groups), longest), dtype=bool)
    for at, members in enumerate(groups):
        rows[at, : len(members)], there[at, : len(members)] = members, True
    both = there[:, :, None] & there[:, None, :]
    gap = np.where(both, np.abs(panel.slot[rows][:, :, None] - panel.slot[rows][:, None, :]), 0)
    sampling = np.where(there, panel.v[rows], 1.0)[:, :, None] * np.eye(longest)
    known = np.where(there[:, :, None], np.dstack([z[rows], np.ones(rows.shape)]), 0.0)
    shocks = list(dict.fromkeys((noise.size, noise.lasting) for noise in noises))
    lasting = [np.where(gap == 0, 1.0, rho**gap) if rho else (gap == 0).astype(float) for _, rho in shocks]
    covariance = np.array(
        [sampling + size**2 * np.where(both, share, 0.0) for (size, _), share in zip(shocks, lasting, strict=True)]
    )
    # A row that says nothing stands apart from all others, with variance one.
    root = np.linalg.cholesky(covariance)
    white = np.linalg.solve(root, np.broadcast_to(known, (len(shocks), *known.shape)))
    products = np.swapaxes(white, -1, -2) @ white
    logs = 2 * np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(axis=(-1, -2))
    place = np.array([shocks.index((noise.size, noise.lasting)) for noise in noises])
    spread = np.array([noise.spread for noise in noises])
    return _solved(products[place], logs[place], spread)


def _solved(products: Array, logs: Array, spread: Array) -> tuple[Array, Array, Array]:
    """Generalised least squares from the units' cross products, one set a noise; the level common to a unit's rows is
    swept out (Sherman & Morrison 1950), wholly where it is the unit's own."""
    inner, ones, totals = products[..., :-1, :-1], products[..., :-1, -1], products[..., -1, -1]
    square = spread[:, None] ** 2
    with np.errstate(invalid="ignore"):
        share = np.where(np.isinf(square), 1 / totals, square / (1 + square * totals))
        logs = logs + np.where(np.isinf(square), np.log(totals), np.log1p(square * totals)).sum(axis=1)
    swept = (inner - share[..., None, None] * ones[..., :, None] * ones[..., None, :]).sum(axis=1)
    xx, xy, yy = swept[:, :-1, :-1], swept[:, :-1, -1], swept[:, -1, -1]
    scale = np.sqrt(np.maximum(np.diagonal(xx, axis1=1, axis2=2), 1e-300))
    scaled = xx / (scale[:, :, None] * scale[:, None, :])
    nothing = np.full(len(spread), np.nan)
    if not xx.shape[1] or np.linalg.matrix_rank(scaled[0], tol=1e-8, hermitian=True) < xx.shape[1]:
        return nothing, nothing, np.full(len(spread), -np.inf)
    inverse = np.linalg.inv(scaled) / (scale[:, :, None] * scale[:, None, :])
    beta = np.einsum("kij,kj->ki", inverse, xy)
    left = np.maximum(yy - np.einsum("ki,ki->k", xy, beta), 0.0)
    log_xx = np.linalg.slogdet(scaled)[1] + 2 * np.log(scale).sum(axis=1)
    return beta[:, -1], np.sqrt(inverse[:, -1, -1]), -0.5 * (logs + log_xx + left)


def _largest(panel: Panel, x: Array, groups: list[NDArray[np.int64]]) -> float:
    """The largest size of shocks worth a look: three times what is left of the values once the design is taken out."""
    levels = np.column_stack([np.isin(np.arange(len(panel.y)), rows) for rows in groups]).astype(float)
    design = np.column_stack([levels, x])
    beta, *_ = np.linalg.lstsq(design, panel.y, rcond=None)
    free = len(panel.y) - np.linalg.matrix_rank(design)
    left = np.sqrt(np.sum((panel.y - design @ beta) ** 2) / free) if free > 0 else 0.0
    return float(3 * max(left, np.sqrt(np.median(panel.v)), 1e-12))


def _seen_spread(panel: Panel, groups: list[NDArray[np.int64]]) -> float:
    """Standard deviation of the units' average values; a little where they are all alike."""
    means = [np.average(panel.y[rows], weights=1 / panel.v[rows]) for rows in groups]
    return float(max(np.std(means, ddof=1), 0.3 * np.sqrt(np.median(panel.v)), 1e-12))


def _mixed(value: Array, error: Array, weights: Array, noises: tuple[Noise, ...]) -> Effect:
    """One effect out of many: the mixture of normal distributions with these weights."""
    known = np.isfinite(value) & np.isfinite(error) & (error > 0)
    if not known.any():
        return Effect(*(np.nan,) * 5, noises)
    value, error, weights = value[known], error[known], weights[known] / weights[known].sum()
    mean = float(weights @ value)
    spread = float(np.sqrt(weights @ (error**2 + (value - mean) ** 2)))
    below = float(weights @ ndtr(-value / error))
    low, high = (_quantile(share, value, error, weights) for share in (0.025, 0.975))
    return Effect(mean, spread, low, high, min(1.0, 2 * min(below, 1 - below)), noises)


def _quantile(share: float, value: Array, error: Array, weights: Array) -> float:
    """The value below which that share of the mixture lies, by halving."""
    low, high = float((value - 12 * error).min()), float((value + 12 * error).max())
    for _ in range(80):
        middle = (low + high) / 2
        if weights @ ndtr((middle - value) / error) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2
