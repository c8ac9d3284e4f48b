"""Ways to cut customers into k groups, each giving a rule that can place other customers too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Rule = Callable[[Array], Labels]

#: Algorithms in the order of trust where they do equally well.
ALGORITHMS = {
    "k-means": "k-means: groups around means",
    "mixture": "Gaussian mixture: groups of different size and shape",
    "Ward": "Ward's tree: neighbours joined step by step",
}
_FULL_UP_TO = 8
_LEAST_SPREAD = 0.02


def cut(algorithm: str, x: Array, k: int, seed: int) -> Rule:
    """Learn a cut of the rows of `x` into `k` groups; the rule gives 0 to k-1 for any rows. Seeded, repeatable."""
    return _CUTS[algorithm](x, k, seed)


def cuts(algorithm: str, x: Array, ks: range, seed: int) -> dict[int, Rule]:
    """A cut for each k; Ward's tree is grown once."""
    if algorithm == "Ward":
        return _ward(x, ks)
    return {k: cut(algorithm, x, k, seed) for k in ks}


def _k_means(x: Array, k: int, seed: int, starts: int = 3) -> Rule:
    from sklearn.cluster import KMeans

    model = KMeans(k, n_init=starts, random_state=seed).fit(x)
    return lambda rows: model.predict(rows).astype(np.int64)


def _mixture(x: Array, k: int, seed: int) -> Rule:
    from sklearn.mixture import GaussianMixture

    shape = "full" if x.shape[1] <= _FULL_UP_TO else "diag"
    model = GaussianMixture(
        k, covariance_type=shape, reg_covar=_LEAST_SPREAD, random_state=seed, max_iter=60, tol=3e-3
    )
    return _fitted(model, x)


def _fitted(model: Any, x: Array) -> Rule:
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        # A mixture that still moves a little has found its groups all the same; repeating it tells how well.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x)
    return lambda rows: model.predict(rows).astype(np.int64)


def _ward(x: Array, ks: range) -> dict[int, Rule]:
    from scipy.cluster.hierarchy import cut_tree, ward

    tree = ward(x)
    members = cut_tree(tree, n_clusters=list(ks))
    return {k: _as_neighbours(x, members[:, column].astype(np.int64)) for column, k in enumerate(ks)}


def _as_neighbours(x: Array, labels: Labels) -> Rule:
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(5, algorithm="brute").fit(x, labels)
    return lambda rows: model.predict(rows).astype(np.int64)


_CUTS: dict[str, Callable[[Array, int, int], Rule]] = {
    "k-means": _k_means,
    "mixture": _mixture,
    "Ward": lambda x, k, seed: _ward(x, range(k, k + 1))[k],
}
