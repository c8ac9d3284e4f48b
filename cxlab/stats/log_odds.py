"""Which words (or topics, or reasons) one group uses more than another: log-odds with a prior, interval, z, p and q.

Monroe, Colaresi & Quinn (2008), Fightin' Words, Political Analysis 16:372-403: the log-odds ratio of an item in two
groups, each count drawn towards the share both have together by a Dirichlet prior. Theirs is a Wald z, which says
little of an item that one side never uses (50 of 1,000 against 0 of 1,000 would get z = 2.1, where ours is 8.2); ours
is the signed root of the likelihood ratio on the same counts, moved towards equality by a quarter of a count, as Yates'
correction moves by a half: without it counts of two to four, of which texts are full, are called different twice as
often as they should be.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError
from cxlab.stats.comparisons import adjust
from cxlab.stats.estimates import normal_quantile

#: Documents of prior on each side, holding each item as often as both sides together do.
PRIOR = 5.0
COLUMNS = [
    *("item", "first", "second", "first_share", "second_share"),
    *("log_odds", "low", "high", "z", "p", "q"),
]
_QUARTER = 0.25
#: Log-odds this far from the estimate are looked at for an end of the interval.
_FAR = 60.0
_HALVINGS = 60

Array = NDArray[np.float64]


def log_odds(
    first: Mapping[str, float] | pd.Series,
    second: Mapping[str, float] | pd.Series,
    n_first: float,
    n_second: float,
    *,
    prior: float = PRIOR,
) -> pd.DataFrame:
    """How much more of the first group than of the second holds each item.

    `first` and `second` give counts by item (an item absent from one counts 0 there) and `n_first`, `n_second` what
    they are counts of: documents where a document counts once, else all occurrences. `prior` is in the same unit.

    Returns one row an item, those most over-represented in the first group first: item, first and second (counts),
    first_share, second_share, log_odds (natural logarithm; positive: more in the first), low and high (95 %, infinite
    where the counts set no end), z, p (two-sided), q (Benjamini-Hochberg over all items given). At most 5 % of items
    that are alike have p below 0.05, down to groups of 30 and items seen twice (tests/stats/test_log_odds.py). Items
    that nobody or everybody holds have no log-odds. Raises ParameterError for counts that are negative or above n, an
    empty group, and a prior that is not positive.
    """
    one, other = pd.Series(first, dtype=float), pd.Series(second, dtype=float)
    items = one.index.append(other.index.difference(one.index, sort=False)).unique()
    one, other = one.reindex(items, fill_value=0.0), other.reindex(items, fill_value=0.0)
    y1, y2 = one.to_numpy(), other.to_numpy()
    cells = _cells(y1, y2, n_first, n_second, prior)
    ratio = _ratio(cells)
    z = _root(cells, np.zeros(len(ratio)))
    low, high = _limits(cells, ratio)
    p = _two_sided(z)
    table = pd.DataFrame(
        {
            "item": items,
            "first": y1,
            "second": y2,
            "first_share": y1 / n_first,
            "second_share": y2 / n_second,
            "log_odds": ratio,
            "low": low,
            "high": high,
            "z": z,
            "p": p,
            "q": adjust(p),
        },
        columns=COLUMNS,
    )
    return table.sort_values(["z", "item"], ascending=[False, True], na_position="last").reset_index(drop=True)


def z_scores(
    first: ArrayLike, second: ArrayLike, n_first: ArrayLike, n_second: ArrayLike, *, prior: float = PRIOR
) -> Array:
    """The z of `log_odds` alone, for arrays of counts of any shape (say topics x words); NaN where none can be had."""
    y1, y2 = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    cells = _cells(y1, y2, n_first, n_second, prior)
    return _root(cells, np.zeros(cells[0].shape))


def _cells(y1: Array, y2: Array, n1: ArrayLike, n2: ArrayLike, prior: float) -> tuple[Array, Array, Array, Array]:
    """Counts with the prior: held by the first, not held by it, held by the second, not held."""
    n1, n2 = np.asarray(n1, dtype=float), np.asarray(n2, dtype=float)
    if not prior > 0 or not np.isfinite(prior):
        raise ParameterError(f"the prior of log-odds is {prior}; give a positive number of documents.")
    if not (np.all(n1 > 0) and np.all(n2 > 0)):
        raise ParameterError("log-odds compare two groups, and one of them has nothing in it. Give both sides.")
    for y, n in ((y1, n1), (y2, n2)):
        if np.any(~(y >= 0) | (y > n)):
            raise ParameterError(
                "log-odds got a count below 0, above n or missing. Count documents that hold the item, and give "
                "the number of all documents as n."
            )
    held = prior * (y1 + y2) / (n1 + n2)
    return y1 + held, n1 - y1 + prior - held, y2 + held, n2 - y2 + prior - held


def _ratio(cells: tuple[Array, Array, Array, Array]) -> Array:
    a, b, c, d = cells
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(a) - np.log(b) - np.log(c) + np.log(d)


def _root(cells: tuple[Array, Array, Array, Array], at: Array) -> Array:
    """Signed root of the likelihood ratio of a table against the log-odds ratio `at`, margins kept (Cox 1970)."""
    a, b, c, d = cells
    theta, row, column, n = np.exp(at), a + b, a + c, a + b + c + d
    # The fitted count solves x (n - row - column + x) = theta (row - x) (column - x).
    middle = n - row - column + theta * (row + column)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.sqrt(np.maximum(middle**2 + 4 * (1 - theta) * theta * row * column, 0.0))
        x = 2 * theta * row * column / (middle + inside)
        x = np.clip(x, np.maximum(row + column - n, 0.0), np.minimum(row, column))
        away = a - x
        moved = np.sign(away) * np.minimum(np.abs(away), _QUARTER)
        deviance = sum(
            _times_log(seen, fitted)
            for seen, fitted in (
                (a - moved, x),
                (b + moved, row - x),
                (c + moved, column - x),
                (d - moved, n - row - column + x),
            )
        )
    held = (column > 0) & (n - column > 0)
    return np.where(held, np.sign(away) * np.sqrt(np.maximum(2 * deviance, 0.0)), np.nan)


def _times_log(seen: Array, fitted: Array) -> Array:
    from scipy.special import xlogy

    return xlogy(seen, seen) - xlogy(seen, fitted)


def _limits(cells: tuple[Array, Array, Array, Array], ratio: Array) -> tuple[Array, Array]:
    """Both ends of the log-odds ratios that the counts do not speak against, by halving."""
    wanted = normal_quantile()
    ends = []
    for side in (1.0, -1.0):
        # The root falls as the log-odds ratio it is held against grows.
        far, near = ratio - side * _FAR, ratio.copy()
        endless = side * _root(cells, far) < wanted
        for _ in range(_HALVINGS):
            middle = (far + near) / 2
            beyond = side * _root(cells, middle) > wanted
            far, near = np.where(beyond, middle, far), np.where(beyond, near, middle)
        ends.append(np.where(np.isnan(ratio), np.nan, np.where(endless, -side * np.inf, near)))
    return ends[0], ends[1]


def _two_sided(z: Array) -> Array:
    from scipy.special import ndtr

    return 2 * ndtr(-np.abs(z))
