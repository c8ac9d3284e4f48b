"""Ways to cut customers into k groups, each giving a rule that can place other customers too."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Rule = Callable[[Array], Labels]

#: Algorithms in the order of trust where they do equally well.
ALGORITHMS = {
    "k-means": "k-means: groups around means",
    "telling directions": "k-means along the directions in which customers lie least like a shapeless cloud",
    "mixture": "Gaussian mixture: groups of different size and one shape",
    "Ward": "Ward's tree: neighbours joined step by step",
}
_LEAST_SPREAD = 0.02
_STARTS = {"k-means": 4, "telling directions": 8, "mixture": 3}


def cut(algorithm: str, x: Array, numbers: int, k: int, seed: int) -> Rule:
    """Learn a cut of the rows of `x` into `k` groups; the rule gives 0 to k-1 for any rows. Seeded, repeatable.

    The first `numbers` coordinates come from numbers, the others from flags and categories.
    """
    return cuts(algorithm, x, numbers, [k], seed)[k]


def cuts(algorithm: str, x: Array, numbers: int, ks: Sequence[int], seed: int) -> dict[int, Rule]:
    """A cut for each k; Ward's tree is grown once."""
    if algorithm == "Ward":
        return _ward(x, ks)
    if algorithm == "mixture":
        return {k: _mixture(x, k, seed) for k in ks}
    if algorithm == "telling directions":
        return {k: _telling(x, numbers, k, seed) for k in ks}
    return {k: _k_means(x, k, seed) for k in ks}


def _k_means(x: Array, k: int, seed: int, way: str = "k-means") -> Rule:
    from sklearn.cluster import KMeans

    model = KMeans(k, n_init=_STARTS[way], random_state=seed).fit(x)
    return lambda rows: model.predict(rows).astype(np.int64)


def _telling(x: Array, numbers: int, k: int, seed: int) -> Rule:
    """k-means in the k-1 invariant coordinates (Tyler, Critchley, Duembgen & Oja 2009, JRSS B 71:549-592) that look
    least normal (Alfons, Archimbaud, Nordhausen & Ruiz-Gazen 2024: tandem clustering), the more so the more weight."""
    turn = _invariant(x[:, :numbers], k - 1)
    rule = _k_means(np.hstack([x[:, :numbers] @ turn, x[:, numbers:]]), k, seed, "telling directions")
    return lambda rows: rule(np.hstack([rows[:, :numbers] @ turn, rows[:, numbers:]]))


def _invariant(x: Array, wanted: int) -> Array:
    """From coordinates to the invariant ones that tell most; as they are where there are no two."""
    if x.shape[1] <= 1:
        return np.eye(x.shape[1])
    centred = x - x.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(centred, rowvar=False))
    whiten = vectors / np.sqrt(np.maximum(values, 1e-6))
    white = centred @ whiten
    _, turned = np.linalg.eigh((white * (white**2).sum(axis=1)[:, None]).T @ white / len(white))
    kurtosis = ((white @ turned) ** 4).mean(axis=0)
    telling = np.abs(np.log(np.maximum(kurtosis, 1.0) / 3))  # 3 is a normal distribution's
    chosen = np.argsort(-telling, kind="stable")[:wanted]
    return whiten @ turned[:, chosen] * (telling[chosen] / max(telling.max(), 1e-9))


def _mixture(x: Array, k: int, seed: int) -> Rule:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(
        k,
        covariance_type="tied",
        n_init=_STARTS["mixture"],
        reg_covar=_LEAST_SPREAD,
        random_state=seed,
        max_iter=40,
        tol=1e-2,
    )
    with warnings.catch_warnings():
        # A mixture that still moves a little has found its groups all the same; repeating it tells how well.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x)
    return lambda rows: model.predict(rows).astype(np.int64)


def _ward(x: Array, ks: Sequence[int]) -> dict[int, Rule]:
    from scipy.cluster.hierarchy import cut_tree, ward

    tree = ward(x)
    members = cut_tree(tree, n_clusters=list(ks))
    return {k: _as_neighbours(x, members[:, column].astype(np.int64)) for column, k in enumerate(ks)}


def _as_neighbours(x: Array, labels: Labels) -> Rule:
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(5, algorithm="brute").fit(x, labels)
    return lambda rows: model.predict(rows).astype(np.int64)
