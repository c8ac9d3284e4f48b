"""Whether chances can be taken at their word, and what a list of the likeliest leavers would find."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from cxlab.errors import ParameterError
from cxlab.stats.estimates import Counts, normal_quantile, share

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
BINS = 10
_FLAT = 1e-3


def shares(hits: Array, n: Array) -> tuple[Array, Array, Array]:
    """Shares with Wilson's 95 % interval."""
    found = share(Counts.of({"n": n, "units": n, "sy": hits, "sx": n, "syy": hits, "sxy": hits, "sxx": n}))
    return found.value, found.low, found.high


def calibration(left: Mask, chance: Array, bins: int = BINS) -> pd.DataFrame:
    """Rows in `bins` of equal size by their chance: bin, predicted (mean chance), observed share with low, high, n."""
    order = np.argsort(chance, kind="stable")
    place = np.empty(len(chance), dtype=np.int64)
    place[order] = np.arange(len(chance)) * bins // len(chance)
    n = np.bincount(place, minlength=bins).astype(float)
    kept = n > 0
    hits, total = (np.bincount(place, part, bins)[kept] for part in (left.astype(float), chance))
    observed, low, high = shares(hits, n[kept])
    return pd.DataFrame(
        {
            "bin": np.arange(1, kept.sum() + 1),
            "predicted": total / n[kept],
            "observed": observed,
            "low": low,
            "high": high,
            "n": n[kept].astype(int),
        }
    )


def trustworthiness(left: Mask, chance: Array, cluster: NDArray[np.int64] | None = None) -> dict[str, float]:
    """Calibration slope and intercept with 95 % intervals, and the parts of the Brier score.

    The slope is that of who left on the log odds of the chance (Cox 1958; 1 where chances are neither too bold nor too
    timid), the intercept that with the slope held at 1 (0 where on average they are right). Over the bins of
    `calibration` the Brier score is reliability - resolution + uncertainty + what varies within bins (Murphy 1973).
    """
    logit = np.log(chance / (1 - chance))
    y = left.astype(float)
    full = np.column_stack([np.ones(len(y)), logit])
    # Where everybody has the same chance there is no slope.
    is_flat = logit.std() < _FLAT
    both = ([0.0, np.nan], [0.0, np.nan]) if is_flat else logistic(full, y, cluster=cluster)
    only = logistic(full[:, :1], y, logit, cluster)
    z, table = normal_quantile(), calibration(left, chance)
    weight, rate = table["n"] / table["n"].sum(), float(y.mean())
    return {
        "calibration_slope": both[0][1],
        "calibration_slope_low": both[0][1] - z * both[1][1],
        "calibration_slope_high": both[0][1] + z * both[1][1],
        "calibration_intercept": only[0][0],
        "calibration_intercept_low": only[0][0] - z * only[1][0],
        "calibration_intercept_high": only[0][0] + z * only[1][0],
        "reliability": float((weight * (table["predicted"] - table["observed"]) ** 2).sum()),
        "resolution": float((weight * (table["observed"] - rate) ** 2).sum()),
        "uncertainty": rate * (1 - rate),
    }


def logistic(
    matrix: Array, y: Array, offset: Array | None = None, cluster: NDArray[np.int64] | None = None
) -> tuple[list[float], list[float]]:
    """Plain logistic regression of a few columns, with the offset that scikit-learn's does not take, by Newton's steps.

    Returns coefficients and their standard errors (rows of a cluster taken together).
    """
    beta, offset = np.zeros(matrix.shape[1]), np.zeros(len(y)) if offset is None else offset
    for _ in range(50):
        chance = expit(offset + matrix @ beta)
        inverse = np.linalg.inv((matrix * (chance * (1 - chance))[:, None]).T @ matrix)
        step = inverse @ (matrix.T @ (y - chance))
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    if cluster is not None:
        scores = matrix * (y - chance)[:, None]
        sums = np.column_stack([np.bincount(cluster, column) for column in scores.T])
        inverse = inverse @ (sums.T @ sums) @ inverse
    return beta.tolist(), np.sqrt(np.diag(inverse)).tolist()


def lift(left: Mask, chance: Array, lengths: Sequence[int] | None = None, success: float = 0.2) -> pd.DataFrame:
    """What lists of the customers with the highest chances would have found.

    Columns: length, share_of_all, found (leavers in the list), found_low, found_high, rate (leavers a name), lift (the
    rate over everybody's), low, high, share_found (of all leavers), and saves, the leavers kept when a call keeps the
    share `success` of those it reaches in time, with saves_low, saves_high. `success` is an assumption, not a finding.
    Intervals are Wilson's of the rate. Equal chances at the end of a list are shared out evenly.
    Raises ParameterError for a length that is not between 1 and the number of rows.
    """
    n = len(left)
    if lengths is None:
        lengths = sorted({max(1, round(n * part)) for part in (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)})
    wrong = [length for length in lengths if int(length) != length or not 1 <= length <= n]
    if wrong:
        raise ParameterError(
            f"a list cannot be {wrong[0]} long: there are {n:,} customers. Give whole numbers from 1 to {n:,}."
        )
    if not 0 <= success <= 1:
        raise ParameterError(f"success is the share of calls that keep a leaver, 0 to 1; it is {success}.")
    rank = np.unique(-chance, return_inverse=True)[1]
    size, hits = np.bincount(rank).astype(float), np.bincount(rank, left.astype(float))
    upto, found = np.concatenate([[0], np.cumsum(size)]), np.concatenate([[0], np.cumsum(hits)])
    length = np.array(lengths, dtype=float)
    inside = np.interp(length, upto, found)
    rate, low, high = shares(inside, length)
    base = float(left.mean())
    return pd.DataFrame(
        {
            "length": length.astype(int),
            "share_of_all": length / n,
            "found": inside,
            "found_low": low * length,
            "found_high": high * length,
            "rate": rate,
            "lift": rate / base,
            "low": low / base,
            "high": high / base,
            "share_found": inside / left.sum(),
            "saves": success * inside,
            "saves_low": success * low * length,
            "saves_high": success * high * length,
        }
    )
