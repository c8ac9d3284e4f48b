"""Columns on a common scale: a number in robust standard units, a flag or a category as what is more or less common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.columns import CATEGORY, FLAG, Columns

Array = NDArray[np.float64]
_SKEWED = 1.0
#: Standard units from which far ends are drawn in.
_FAR = 3.0
#: Where so many customers have one and the same value, a column has a peak that no density can be told from.
_SHARED = 0.2
_TINY = 1e-6


@dataclass(frozen=True)
class Number:
    """How one column of numbers is scaled: logarithm or not, middle, spread; `step` is its lattice (0: none), `shared`
    whether many customers have one and the same value."""

    name: str
    middle: float
    spread: float
    logged: bool
    step: float
    shared: bool

    def scaled(self, frame: pd.DataFrame, rng: np.random.Generator | None = None) -> Array:
        """Robust standard units, gaps at the middle. With `rng` a count is blurred within its step, and a gap takes the
        value of another customer."""
        x = values_of(frame, self.name)
        gaps = np.isnan(x)
        if rng is not None and gaps.any() and not gaps.all():
            x[gaps] = rng.choice(x[~gaps], gaps.sum())
        if rng is not None and self.step:
            x = x + self.step * rng.uniform(-0.5, 0.5, len(x))
        z = ((np.log1p(np.maximum(x, -0.9)) if self.logged else x) - self.middle) / self.spread
        return np.where(np.isnan(z), 0.0, drawn_in(z))


@dataclass(frozen=True)
class Kind:
    """A flag (level ""), or one level of a category, with its share; all levels of a column together vary by one."""

    name: str
    level: str
    share: float
    spread: float

    def shown(self, frame: pd.DataFrame) -> Array:
        """How much more a customer is of this kind than customers are on average; nought where not known."""
        if self.level:
            return ((frame[self.name].astype(object).to_numpy() == self.level) - self.share) / self.spread
        x = values_of(frame, self.name)
        return np.where(np.isnan(x), 0.0, x - self.share) / self.spread


def drawn_in(z: Array) -> Array:
    """Standard units with far ends drawn in: beyond three the logarithm of the excess, so that order is kept."""
    return np.sign(z) * (np.minimum(np.abs(z), _FAR) + np.log1p(np.maximum(np.abs(z) - _FAR, 0.0)))


def values_of(frame: pd.DataFrame, name: str) -> Array:
    """A column as numbers, a copy; what is no number is missing."""
    return pd.to_numeric(frame[name], errors="coerce").astype("float64").to_numpy(copy=True)


def number_of(name: str, column: pd.Series) -> Number:
    """How to scale a column of numbers, from its values."""
    x = column.to_numpy(float)
    known = x[~np.isnan(x)]
    logged = bool(known.min() >= 0 and skewness(known) > _SKEWED and abs(skewness(np.log1p(known))) < skewness(known))
    y = np.log1p(known) if logged else known
    low, middle, high = np.quantile(y, [0.25, 0.5, 0.75])
    spread = (high - low) / 1.349
    # Where most customers share one value, quartiles say nothing about the others.
    spread = spread if spread > _TINY * max(1.0, abs(middle)) else float(y.std()) or 1.0
    values, counts = np.unique(known, return_counts=True)
    step = float(np.diff(values).min()) if 1 < len(values) < len(known) / 3 else 0.0
    return Number(name, float(middle), float(spread), logged, step, bool(counts.max() >= _SHARED * len(known)))


def skewness(x: Array) -> float:
    """The third standardised moment; 0 where nothing varies."""
    spread = x.std()
    return float(((x - x.mean()) ** 3).mean() / spread**3) if spread > 0 else 0.0


def kinds_of(columns: Columns, name: str) -> list[Kind]:
    """What to write for a flag or a category; nothing for a number."""
    column = columns.frame[name]
    if columns.kinds[name] == FLAG:
        share = float(column.mean())
        return [Kind(name, "", share, max(float(np.sqrt(share * (1 - share))), _TINY))]
    if columns.kinds[name] == CATEGORY:
        shares = column.value_counts(normalize=True)
        spread = float(np.sqrt((shares * (1 - shares)).sum()))
        return [Kind(name, level, float(shares[level]), spread) for level in columns.levels[name]]
    return []
