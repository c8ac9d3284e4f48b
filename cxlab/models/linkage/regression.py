"""Least squares for the link: covariates laid out flexibly, one regressor's effect with standard errors by account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.models.columns import CATEGORY, NUMBER, Columns

Array = NDArray[np.float64]
_KNOTS = (0.1, 0.25, 0.5, 0.75, 0.9)
#: A number with at most so many different values is laid out value by value.
_FEW_VALUES = 6
#: Rows that a column of the layout needs; with fewer, numbers enter as straight lines.
_ROWS_A_COLUMN = 20
#: A column that keeps less than this share of its sum of squares beside the others repeats them.
_SAME = 1e-8


@dataclass(frozen=True)
class Layout:
    """Covariates as a matrix. matrix: rows x columns, every column with mean 0 and standard deviation 1, none that is
    the same in all rows. of: for every column the name of the covariate it belongs to."""

    matrix: Array
    of: tuple[str, ...]

    def rows(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Layout:
        """The same for some rows; columns that are constant there are left out."""
        return _standardised(self.matrix[chosen], self.of)

    def without(self, names: Sequence[str]) -> Layout:
        """The same without these covariates."""
        kept = [at for at, name in enumerate(self.of) if name not in set(names)]
        return Layout(self.matrix[:, kept], tuple(self.of[at] for at in kept))


def lay_out(columns: Columns) -> Layout:
    """Covariates so that least squares can follow a bend: numbers as straight lines with bends at their deciles and
    quartiles, numbers of few values and categories level by level, gaps as the mean and a flag."""
    rows = len(columns.frame)
    is_bent = rows >= _ROWS_A_COLUMN * sum(
        len(_KNOTS) + 2 if kind == NUMBER else columns.frame[name].nunique() for name, kind in columns.kinds.items()
    )
    parts, of = [], []
    for name, kind in columns.kinds.items():
        values = columns.frame[name]
        if kind == CATEGORY:
            made = [(values == level).to_numpy(float) for level in columns.levels[name][1:]]
        else:
            made = _number(values.to_numpy(float), is_bent)
        parts += made
        of += [name] * len(made)
    matrix = np.column_stack(parts) if parts else np.empty((rows, 0))
    return _standardised(matrix, tuple(of))


def _number(values: Array, is_bent: bool) -> list[Array]:
    gap = np.isnan(values)
    known = values[~gap]
    if not known.size:
        return []
    filled = np.where(gap, known.mean(), values)
    flags = [gap.astype(float)] if gap.any() else []
    different = np.unique(known)
    if len(different) <= _FEW_VALUES and is_bent:
        return [*[((filled == value) & ~gap).astype(float) for value in different[1:]], *flags]
    if not is_bent:
        return [filled, *flags]
    knots = np.unique(np.quantile(known, _KNOTS))
    return [filled, *(np.maximum(filled - knot, 0.0) for knot in knots if different[0] < knot < different[-1]), *flags]


def _standardised(matrix: Array, of: tuple[str, ...]) -> Layout:
    if not matrix.size:
        return Layout(np.empty((len(matrix), 0)), ())
    centred = matrix - matrix.mean(axis=0)
    spread = centred.std(axis=0)
    kept = np.flatnonzero(spread > 1e-9 * np.maximum(np.abs(matrix).max(axis=0), 1e-12))
    return Layout(centred[:, kept] / spread[kept], tuple(of[at] for at in kept))


def by_period(periods: ArrayLike) -> Array:
    """A column a period, the first left out: what all accounts share in a quarter says nothing about a score."""
    codes = pd.factorize(np.asarray(periods), sort=True)[0]
    return (codes[:, None] == np.arange(1, codes.max(initial=0) + 1)[None, :]).astype(float)


@dataclass(frozen=True)
class Ground:
    """What a regressor and an outcome are cleared of: a constant, fixed columns and covariates on some rows.

    matrix: independent columns, the constant first among what was given. inverse: of its cross products. of: the
    covariate each column belongs to, "" for constant and fixed ones.
    """

    matrix: Array
    inverse: Array
    of: tuple[str, ...]

    @classmethod
    def on(cls, fixed: Array, layout: Layout) -> Ground:
        """From fixed columns and covariates; columns that repeat the others are left out."""
        from scipy.linalg.lapack import dpstrf

        full = np.column_stack([np.ones(len(fixed)), fixed, layout.matrix])
        of = np.array([*[""] * (1 + fixed.shape[1]), *layout.of], dtype=object)
        cross = full.T @ full
        scale = 1 / np.sqrt(np.maximum(np.diag(cross), 1e-300))
        _, order, rank, _ = dpstrf(cross * scale[:, None] * scale[None, :], tol=_SAME)
        kept = np.sort(order[:rank] - 1)
        return cls(full[:, kept], np.linalg.inv(cross[np.ix_(kept, kept)]), tuple(of[kept]))

    def clear(self, values: Array) -> Array:
        """What is left of values once the columns are taken out."""
        return values - self.matrix @ (self.inverse @ (self.matrix.T @ values))


@dataclass(frozen=True)
class Effect:
    """One regressor's coefficient, adjusted. se by account (CR1), se_plain classical; df residual.

    influence: how much each row moved the coefficient, so that coefficients on the same rows can be compared.
    """

    value: float
    se: float
    se_plain: float
    df: int
    accounts: int
    rows: int
    influence: Array

    def interval(self) -> tuple[float, float, float]:
        """low, high (95 %, Student on accounts - 1) and p."""
        return limits(self.value, self.se, self.accounts)


def limits(value: float, se: float, accounts: int) -> tuple[float, float, float]:
    """low, high (95 %) and two-sided p of an estimate with a standard error over so many accounts."""
    from scipy.special import stdtr, stdtrit

    if accounts < 2 or not se > 0:
        return float("nan"), float("nan"), float("nan")
    half = float(stdtrit(accounts - 1, 0.975)) * se
    return value - half, value + half, float(2 * stdtr(accounts - 1, -abs(value) / se))


def effect(y: Array, d: Array, ground: Ground, accounts: NDArray[np.int64]) -> Effect:
    """Coefficient of `d` in the least squares of `y` on `d` and the columns of the ground.

    Frisch, Waugh & Lovell: both sides are first cleared of them. Standard error by account with the usual
    small-sample factor G/(G-1) (n-1)/(n-k) (Cameron & Miller 2015, Journal of Human Resources 50:317-372). NaN where
    the regressor holds nothing that the basis does not.
    """
    rest_d, rest_y = ground.clear(d), ground.clear(y)
    size, n, k = float(rest_d @ rest_d), len(y), ground.matrix.shape[1] + 1
    groups = int(accounts.max(initial=-1)) + 1
    if n <= k or size <= _SAME * max(float(d @ d), 1e-300):
        nothing = float("nan")
        return Effect(nothing, nothing, nothing, max(n - k, 1), groups, n, np.zeros(n))
    value = float(rest_d @ rest_y) / size
    error = rest_y - value * rest_d
    influence = rest_d * error / size
    small = groups / max(groups - 1, 1) * (n - 1) / (n - k)
    se = float(np.sqrt(small * np.sum(by_account(influence, accounts, groups) ** 2)))
    return Effect(
        value, se, float(np.sqrt(error @ error / (n - k) / size)), n - k, groups, n, influence * np.sqrt(small)
    )


def by_account(values: Array, accounts: NDArray[np.int64], groups: int) -> Array:
    """Sums per account."""
    return np.bincount(accounts, values, minlength=groups)
