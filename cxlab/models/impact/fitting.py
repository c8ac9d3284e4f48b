"""Least squares whose every estimate knows what each account adds to it, so that all that is made of them has an
interval: shares, effects, their products, and the difference between two periods that share accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

#: A column that keeps less than this share of its sum of squares beside the others repeats them.
SAME = 1e-8
#: Eigenvalues of the scaled cross products below this share of the largest are none: columns repeat each other.
_NONE = 1e-10
#: A column takes part in such a repetition where it enters it with more than this weight.
_PART = 1e-5
#: A comment or account that alone decides an estimate would have an endless correction.
_MOST_LEVERAGE = 0.999


@dataclass(frozen=True)
class Fit:
    """Weighted least squares of y on p columns over G accounts.

    beta (p): coefficients, the shortest vector where columns repeat each other. influence (G x p): what each account
    adds to beta's error. df (p): degrees of freedom of each coefficient. repeats (p x d): an orthonormal basis of the
    d combinations of columns that are 0 in every row (d = 0 where all can be told apart).
    """

    beta: Array
    influence: Array
    df: Array
    repeats: Array

    @property
    def is_told(self) -> NDArray[np.bool_]:
        """Columns whose coefficient is determined (p)."""
        return ~(np.abs(self.repeats) > _PART).any(axis=1)


def fit(matrix: Array, y: Array, weight: Array, cluster: Codes) -> Fit:
    """Coefficients with the sandwich's halves by account, corrected for leverage (CR2: Bell & McCaffrey 2002, Survey
    Methodology 28:169-181; Pustejovsky & Tipton 2018, Journal of Business & Economic Statistics 36:672-683).

    matrix (n x p), y (n), weight (n, above 0), cluster (n, codes from 0 without gaps). A rare topic hangs on few
    accounts, and the plain sandwich is too sure of those: its squared errors are divided by 1 - leverage, and degrees
    of freedom are as many as the accounts that the coefficient really rests on (Kish's number of their shares in the
    variance if all answers were alike, less one).
    """
    root = np.sqrt(weight)
    rows = matrix * root[:, None]
    inverse, repeats = _inverse(rows)
    beta = inverse @ (rows.T @ (root * y))
    arms = rows @ inverse
    error = _corrected(root * y - rows @ beta, rows, arms, cluster)
    return Fit(beta, by_account(arms * error[:, None], cluster), rests_on(by_account(arms**2, cluster)), repeats)


def repeats_of(matrix: Array, weight: Array) -> Array:
    """Combinations of columns that are 0 in every row, as in `Fit`."""
    return _inverse(matrix * np.sqrt(weight)[:, None])[1]


def _inverse(rows: Array) -> tuple[Array, Array]:
    """(Generalised) inverse of the cross products, and the combinations that have none."""
    size = np.sqrt((rows**2).sum(axis=0))
    scale = 1 / np.where(size > 0, size, 1.0)
    values, vectors = np.linalg.eigh((rows.T @ rows) * scale[:, None] * scale[None, :])
    kept = values > _NONE * values.max(initial=0.0)
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T * scale[:, None] * scale[None, :]
    repeats = scale[:, None] * vectors[:, ~kept]
    return inverse, np.linalg.qr(repeats)[0] if repeats.size else repeats


def independent(columns: Array) -> NDArray[np.int64]:
    """Places of the columns (n x p) that are no combination of a constant and columns before them."""
    kept: list[int] = []
    basis = np.full((len(columns), 1), 1 / np.sqrt(max(len(columns), 1)))
    for at in range(columns.shape[1]):
        rest = columns[:, [at]]
        size = float((rest**2).sum())
        # Twice, since once leaves rounding that looks like a column.
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        left = float((rest**2).sum())
        if size > 0 and left > SAME * size:
            kept.append(at)
            basis = np.column_stack([basis, rest / np.sqrt(left)])
    return np.array(kept, dtype=np.int64)


def by_account(values: Array, cluster: Codes) -> Array:
    """Sums of rows per account: (n x p) to (G x p)."""
    from scipy.sparse import csr_matrix

    n = len(cluster)
    groups = int(cluster.max(initial=-1)) + 1
    if groups == n and (cluster == np.arange(n)).all():
        return values
    return csr_matrix((np.ones(n), (cluster, np.arange(n))), shape=(groups, n)) @ values


def rests_on(shares: Array) -> Array:
    """Degrees of freedom of estimates (k) of whose variance each account holds such a share (G x k)."""
    total, squares = shares.sum(axis=0), (shares**2).sum(axis=0)
    return np.maximum(total**2 / np.where(squares > 0, squares, 1.0) - 1, 1.0)


def _corrected(error: Array, rows: Array, arms: Array, cluster: Codes) -> Array:
    """Residuals times (I - H)^(-1/2) of their account, accounts of one size at a time."""
    counts = np.bincount(cluster)
    order = np.argsort(cluster, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    corrected = np.empty_like(error)
    for size in np.unique(counts):
        places = order[starts[counts == size][:, None] + np.arange(size)]
        if size == 1:
            at = places[:, 0]
            own = np.einsum("ij,ij->i", arms[at], rows[at])
            corrected[at] = error[at] / np.sqrt(1 - np.minimum(own, _MOST_LEVERAGE))
            continue
        values, vectors = np.linalg.eigh(np.einsum("gip,gjp->gij", arms[places], rows[places]))
        turned = np.einsum("gij,gi->gj", vectors, error[places])
        turned /= np.sqrt(1 - np.clip(values, 0.0, _MOST_LEVERAGE))
        corrected[places] = np.einsum("gij,gj->gi", vectors, turned)
    return corrected


def limits(value: Array, influence: Array, df: Array) -> tuple[Array, Array, Array]:
    """low, high (95 %, Student's) and two-sided p of estimates (k) with influences (G x k) and degrees of freedom."""
    from scipy.special import stdtr, stdtrit

    error = np.sqrt((influence**2).sum(axis=0))
    reach = stdtrit(df, 0.975) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(error > 0, 2 * stdtr(df, -np.abs(value) / error), np.nan)
    known = error > 0
    return np.where(known, value - reach, np.nan), np.where(known, value + reach, np.nan), p
