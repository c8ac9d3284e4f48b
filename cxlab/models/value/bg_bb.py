"""Purchases at regular opportunities (a yearly appeal, a season's event): the BG/BB model on (x, t_x, n).

At each opportunity a customer who is alive buys with their own chance (beta: alpha, beta); before each they may leave
for good with their own chance (beta: gamma, delta). Source: Fader, Hardie & Shang (2010), Marketing Science
29:1086-1108.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxlab.errors import ParameterError
from cxlab.models.value.fitting import Array, Fitted, maximise

NAMES = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True)
class BgBb:
    """BG/BB. x: purchases at the n opportunities since the first purchase, t_x: the last one bought at."""

    alpha: float
    beta: float
    gamma: float
    delta: float

    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, n: ArrayLike) -> Array:
        """Log-likelihood of each history (of one order of purchases, as in the source)."""
        return _log_likelihood(self, *_cells(x, t_x, n))[0]

    def p_alive(self, x: ArrayLike, t_x: ArrayLike, n: ArrayLike) -> Array:
        """Chance to be alive at the opportunity that comes next, n + 1."""
        from scipy.special import betaln

        x, t_x, n = _cells(x, t_x, n)
        stays = betaln(self.alpha + x, self.beta + n - x) - betaln(self.alpha, self.beta)
        stays += betaln(self.gamma, self.delta + n + 1) - betaln(self.gamma, self.delta)
        return np.exp(stays - self.log_likelihood(x, t_x, n))

    def expected(self, x: ArrayLike, t_x: ArrayLike, n: ArrayLike, horizon: int, discount: float = 0.0) -> Array:
        """Expected purchases at the next `horizon` opportunities, the k-th discounted by exp(-discount * k).

        Equation 13 of the source, summed opportunity by opportunity, so that gamma = 1 needs no case of its own.
        """
        from scipy.special import betaln

        x, t_x, n = _cells(x, t_x, n)
        buys = betaln(self.alpha + x + 1, self.beta + n - x) - betaln(self.alpha, self.beta)
        buys = buys - self.log_likelihood(x, t_x, n) - betaln(self.gamma, self.delta)
        total = np.zeros(x.shape)
        for k in range(1, int(horizon) + 1):
            total += np.exp(buys + betaln(self.gamma, self.delta + n + k) - discount * k)
        return total

    def expected_new(self, n: ArrayLike) -> Array:
        """Expected purchases of a new customer at the n opportunities after the first purchase."""
        from scipy.special import betaln

        n = np.asarray(n, dtype=float)
        k = np.arange(1, int(n.max(initial=0)) + 1)
        alive = np.exp(betaln(self.gamma, self.delta + k) - betaln(self.gamma, self.delta))
        total = np.concatenate([[0.0], np.cumsum(alive)])
        return self.alpha / (self.alpha + self.beta) * total[n.astype(int)]

    def counts(self, n: ArrayLike, most: int) -> Array:
        """Customers expected with x = 0 .. most - 1 and with most or more purchases after n opportunities each."""
        from scipy.special import gammaln

        sums = np.zeros(most + 1)
        for length, customers in zip(*np.unique(np.asarray(n, dtype=int), return_counts=True), strict=True):
            cells = np.array([(x, t) for x in range(length + 1) for t in (range(x, length + 1) if x else (0,))], float)
            x, t_x = cells.T
            ways = np.where(x > 0, gammaln(np.maximum(t_x, 1)) - gammaln(np.maximum(x, 1)) - gammaln(t_x - x + 1), 0.0)
            chance = np.exp(ways + self.log_likelihood(x, t_x, np.full(len(x), float(length))))
            sums += customers * np.bincount(np.minimum(x, most).astype(int), chance, most + 1)
        return sums

    def simulate(self, rng: np.random.Generator, x: ArrayLike, t_x: ArrayLike, n: ArrayLike, horizon: int) -> Array:
        """One drawn future of each customer: purchases at the next `horizon` opportunities."""
        x, t_x, n = _cells(x, t_x, n)
        alive = rng.random(x.shape) < self.p_alive(x, t_x, n)
        buys = rng.beta(self.alpha + x, self.beta + n - x)
        leaves = np.clip(rng.beta(self.gamma, self.delta + n + 1), 1e-12, 1.0)
        # Alive at the next opportunity for certain; each one after may be missed.
        lasts = np.minimum(rng.geometric(leaves), int(horizon))
        return np.where(alive, rng.binomial(lasts, buys), 0).astype(float)


def fit(x: ArrayLike, t_x: ArrayLike, n: ArrayLike, customers: ArrayLike | None = None) -> Fitted:
    """Fit BG/BB; `customers` says how many have each history (1 without)."""
    x, t_x, n = _cells(x, t_x, n)
    weight = np.ones(len(x)) if customers is None else np.asarray(customers, dtype=float)
    cells, place = np.unique(np.stack([x, t_x, n]), axis=1, return_inverse=True)
    weight = np.bincount(np.ravel(place), weight)

    def log_likelihood(value: Array) -> tuple[float, Array]:
        each, gradient = _log_likelihood(BgBb(*value), *cells)
        return float(weight @ each), gradient @ weight

    starts: list[Sequence[float]] = [(1, 1, 1, 3), (0.5, 1, 0.5, 2), (2, 2, 0.3, 5), (0.3, 0.3, 2, 8)]
    return maximise(NAMES, log_likelihood, starts, float(weight.sum()), "BG/BB")


def _log_likelihood(model: BgBb, x: Array, t_x: Array, n: Array) -> tuple[Array, Array]:
    """Log-likelihood of each history, and its gradient by alpha, beta, gamma, delta (4 x histories)."""
    from scipy.special import betaln, digamma, logsumexp

    alpha, beta, gamma, delta = model.alpha, model.beta, model.gamma, model.delta
    # Column 0: alive throughout; column i + 1: gone after opportunity t_x + i.
    last = np.arange(int((n - t_x).max()) + 1)[None, :] - 1
    x, t_x, n = x[:, None], t_x[:, None], n[:, None]
    throughout = last < 0
    seen = np.where(throughout, n, t_x + last)
    possible = throughout | (seen < n)
    seen = np.where(possible, seen, n)
    gone = np.where(throughout, 0.0, 1.0)
    part = betaln(alpha + x, beta + seen - x) - betaln(alpha, beta)
    part = part + betaln(gamma + gone, delta + seen) - betaln(gamma, delta)
    part = np.where(possible, part, -np.inf)
    each = logsumexp(part, axis=1)
    weight = np.exp(part - each[:, None])
    first = digamma(alpha + beta) - digamma(alpha + beta + seen)
    second = digamma(gamma + delta) - digamma(gamma + gone + delta + seen)
    slopes = (
        digamma(alpha + x) - digamma(alpha) + first,
        digamma(beta + seen - x) - digamma(beta) + first,
        digamma(gamma + gone) - digamma(gamma) + second,
        digamma(delta + seen) - digamma(delta) + second,
    )
    return each, np.array([(weight * slope).sum(axis=1) for slope in slopes])


def _cells(x: ArrayLike, t_x: ArrayLike, n: ArrayLike) -> tuple[Array, Array, Array]:
    x, t_x, n = (np.atleast_1d(np.asarray(part, dtype=float)) for part in (x, t_x, n))
    x, t_x, n = np.broadcast_arrays(x, t_x, n)
    if ((x < 0) | (x > t_x) | (t_x > n) | ((x == 0) & (t_x > 0))).any():
        raise ParameterError("a history needs 0 <= x <= t_x <= n, and t_x = 0 where x = 0.")
    return x, t_x, n
