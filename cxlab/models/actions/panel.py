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
_LASTING = (0.0, 0.3, 0.6, 0.8, 0.92)
_SPREADS = (0.35, 0.6, 1.0, 1.7, 3.0, 10.0)
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


def has_common_levels(panel: Panel) -> bool:
    """Whether there are enough units for their levels to be drawn from one distribution."""
    return len(np.unique(panel.unit)) >= ENOUGH_UNITS


def estimate(panel: Panel, x: Array, noises: tuple[Noise, ...] | None = None, lasting: bool = True) -> Effect:
    """The coefficient of the last column of `x`, averaged over all noises by their restricted likelihood.

    x: the design, a row a row of the panel, without any column for the units' levels. noises: look at these alone
    (their weights are used as they are). lasting: whether shocks may last longer than a slot. One unit, or fewer than
    ENOUGH_UNITS, have levels of their own. A coefficient that the rows do not determine is NaN.
    """
    common = has_common_levels(panel)
    groups = [np.flatnonzero(panel.unit == unit) for unit in np.unique(panel.unit)]
    if noises is not None:
        found = [_fitted(panel, x, groups, noise.size, noise.lasting, (noise.spread,))[0] for noise in noises]
        weights = np.array([noise.weight for noise in noises])
        return _mixed(found, weights / weights.sum(), noises)
    sizes = _SIZES * _largest(panel, x, groups)
    widths = np.gradient(sizes)
    spreads = tuple(np.multiply(_SPREADS, _seen_spread(panel, groups))) if common else (np.inf,)
    found, looked, prior = [], [], []
    for size, width in zip(sizes, widths, strict=True):
        persistence = _LASTING if lasting and size > 0 else (0.0,)
        for rho in persistence:
            found += _fitted(panel, x, groups, float(size), rho, spreads)
            looked += [(float(size), rho, spread) for spread in spreads]
            prior += [width / len(persistence)] * len(spreads)
    fit = np.array([likelihood for _, _, likelihood in found])
    weights = np.exp(fit - fit.max()) * np.array(prior) if np.isfinite(fit).any() else np.ones(len(fit))
    weights /= weights.sum()
    noises = tuple(Noise(*each, weight=float(w)) for each, w in zip(looked, weights, strict=True))
    return _mixed(found, weights, noises)


def _fitted(
    panel: Panel, x: Array, groups: list[NDArray[np.int64]], size: float, rho: float, spreads: tuple[float, ...]
) -> list[tuple[float, float, float]]:
    """Coefficient, its standard error and the restricted log likelihood, one for each spread of levels."""
    with_level = np.isfinite(spreads[0])
    columns = [np.ones((len(x), 1)), x] if with_level else [x]
    z = np.column_stack([*columns, panel.y])
    inner, ones, totals, logs = [], [], [], 0.0
    for rows in groups:
        gap = np.abs(panel.slot[rows][:, None] - panel.slot[rows][None, :])
        covariance = np.diag(panel.v[rows]) + size**2 * (rho**gap if rho else np.eye(len(rows)))
        root = np.linalg.cholesky(covariance)
        white = np.linalg.solve(root, np.column_stack([z[rows], np.ones(len(rows))]))
        products = white.T @ white
        inner.append(products[:-1, :-1])
        ones.append(products[:-1, -1])
        totals.append(products[-1, -1])
        logs += 2 * np.log(np.diag(root)).sum()
    return [_solved(np.array(inner), np.array(ones), np.array(totals), logs, spread) for spread in spreads]


def _solved(inner: Array, ones: Array, totals: Array, logs: float, spread: float) -> tuple[float, float, float]:
    """Generalised least squares from the units' cross products; a level common to a unit's rows is swept out
    (Sherman & Morrison), wholly where it is the unit's own."""
    if np.isfinite(spread):
        share = spread**2 / (1 + spread**2 * totals)
        logs += np.log1p(spread**2 * totals).sum()
    else:
        share = 1 / totals
        logs += np.log(totals).sum()
    swept = (inner - share[:, None, None] * ones[:, :, None] * ones[:, None, :]).sum(axis=0)
    xx, xy, yy = swept[:-1, :-1], swept[:-1, -1], swept[-1, -1]
    scale = np.sqrt(np.maximum(np.diag(xx), 1e-300))
    scaled = xx / np.outer(scale, scale)
    if not len(xx) or np.linalg.matrix_rank(scaled, tol=1e-8, hermitian=True) < len(xx):
        return np.nan, np.nan, -np.inf
    inverse = np.linalg.inv(scaled) / np.outer(scale, scale)
    beta = inverse @ xy
    left = max(yy - xy @ beta, 0.0)
    log_xx = np.linalg.slogdet(scaled)[1] + 2 * np.log(scale).sum()
    return float(beta[-1]), float(np.sqrt(inverse[-1, -1])), float(-0.5 * (logs + log_xx + left))


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


def _mixed(found: list[tuple[float, float, float]], weights: Array, noises: tuple[Noise, ...]) -> Effect:
    """One effect out of many: the mixture of normal distributions with these weights."""
    value, error = (np.array([each[at] for each in found]) for at in (0, 1))
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
