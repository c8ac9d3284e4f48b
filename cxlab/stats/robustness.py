"""How strong a hidden common cause would have to be to explain an adjusted association away."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cxlab.errors import ParameterError

# Cinelli & Hazlett 2020, Journal of the Royal Statistical Society B 82:39-67, "Making sense of sensitivity". All
# strengths are partial R-squared: the share of what the other columns leave over that the hidden cause explains.


def partial_r2(t: ArrayLike, df: ArrayLike) -> np.ndarray:
    """Share of the outcome's remaining variance that goes with one regressor: t**2 / (t**2 + df)."""
    squared = np.asarray(t, dtype=float) ** 2
    return squared / (squared + np.asarray(df, dtype=float))


def robustness_value(
    t: ArrayLike, df: ArrayLike, q: float = 1.0, alpha: float | None = None, wider: ArrayLike = 1.0
) -> np.ndarray:
    """The strength that a hidden cause needs, on both sides alike, to take away the share `q` of an effect.

    t, df: the regressor's t-value (classical standard error) and the residual degrees of freedom. With `alpha` the
    strength that already takes the effect into the reach of chance at that level; `wider` is then the robust standard
    error over the classical one. RV = (sqrt(f**4 + 4 f**2) - f**2) / 2 with f = q |t| / sqrt(df); 0.139 says: a cause
    that explains 13.9 % of what is left of both sides would do. Raises ParameterError.
    """
    if not q > 0:
        raise ParameterError(f"q is {q}; give the share of the effect to be taken away, above 0.")
    df = np.asarray(df, dtype=float)
    f = q * np.abs(np.asarray(t, dtype=float)) / np.sqrt(df)
    if alpha is not None:
        from scipy.special import stdtrit

        f = np.maximum(f - stdtrit(df - 1, 1 - alpha / 2) * np.asarray(wider, dtype=float) / np.sqrt(df - 1), 0.0)
    return (np.sqrt(f**4 + 4 * f**2) - f**2) / 2


def as_strong_as(r2_cause: ArrayLike, r2_outcome: ArrayLike, times: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Strength of a hidden cause `times` as strong as a covariate that is seen: (with the score, with the outcome).

    r2_cause: partial R-squared of the covariate with the regressor, given the other covariates. r2_outcome: with
    the outcome, given the regressor and the others. Bounds of Cinelli & Hazlett's section 4.4; a strength above 1 is
    impossible and becomes 1.
    """
    x, y = np.asarray(r2_cause, dtype=float), np.asarray(r2_outcome, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        with_cause = times * x / (1 - x)
        shared = times * x**2 / ((1 - times * x) * (1 - x))
        with_outcome = ((np.sqrt(times) + np.sqrt(shared)) / np.sqrt(1 - shared)) ** 2 * y / (1 - y)
    possible = (with_cause < 1) & (shared < 1) & (shared >= 0)
    return np.where(possible, with_cause, 1.0), np.where(possible, np.minimum(with_outcome, 1.0), 1.0)


def bias_of(se: ArrayLike, df: ArrayLike, r2_cause: ArrayLike, r2_outcome: ArrayLike) -> np.ndarray:
    """By how much a hidden cause of these strengths may have moved the effect, whichever way (classical `se`)."""
    x, y = np.asarray(r2_cause, dtype=float), np.asarray(r2_outcome, dtype=float)
    with np.errstate(divide="ignore"):
        return np.asarray(se, dtype=float) * np.sqrt(df) * np.sqrt(y * x / (1 - x))
