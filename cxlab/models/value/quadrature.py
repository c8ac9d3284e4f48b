"""Means over chances that differ between customers as a beta, where no closed form holds for all parameters."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from cxlab.models.value.fitting import Array

_NODES = 64


@cache
def unit_nodes(size: int) -> tuple[Array, Array]:
    """Nodes and weights of the Gauss-Legendre rule from 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(size)
    return (nodes + 1) / 2, weights / 2


def beta_nodes(a: float, b: ArrayLike) -> tuple[Array, Array]:
    """Chances (len(b) x nodes) and weights (nodes) whose weighted sum is the mean over a beta(a, b), for each b.

    Gauss-Legendre on the quantiles, denser at both ends, where the quantiles of a beta are steep. All weights are
    positive, so that nothing cancels; smooth functions come out to some seven digits.
    """
    from scipy.special import betaincinv

    t, weights = unit_nodes(_NODES)
    levels, place = np.unique(np.asarray(b, dtype=float), return_inverse=True)
    chances = betaincinv(a, levels[:, None], t * t * (3 - 2 * t))
    return chances[np.ravel(place)], weights * 6 * t * (1 - t)
