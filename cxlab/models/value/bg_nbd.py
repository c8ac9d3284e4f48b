"""Purchases without a contract: the BG/NBD model and its modified form, on (x, t_x, T).

While alive a customer buys at their own steady rate (gamma: r, alpha); after each purchase they may leave for good
with their own chance (beta: a, b). Source: Fader, Hardie & Lee (2005), Marketing Science 24:275-284. In the modified
form (MBG/NBD: Batislam, Denizel & Filiztekin 2007, IJRM 24:201-209; Hoppe & Wagner 2007) the first purchase may be the
last one too; in BG/NBD a customer without a repeat purchase is alive for certain, which is its known shortcoming
(Hardie's note 021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxlab.models.value.fitting import Array, Fitted, maximise
from cxlab.models.value.quadrature import beta_nodes, unit_nodes

NAMES = ("r", "alpha", "a", "b")
#: Nodes of the Gauss-Legendre rule over the horizon; the rate of purchases falls smoothly.
_NODES = 24
#: Parameters from here on are beyond what scipy's hyp2f1 can be trusted with.
_LARGE = 100.0
#: From twice as many different histories on, so many are fitted first.
_FOR_A_START = 5000


@dataclass(frozen=True)
class BgNbd:
    """BG/NBD with parameters r, alpha (in units of time), a, b; `modified`: MBG/NBD.

    Everywhere below x is the number of repeat purchases, t_x the time of the last one and T the time watched, both
    since the first purchase and in the unit of alpha.
    """

    r: float
    alpha: float
    a: float
    b: float
    modified: bool = False

    @property
    def _extra(self) -> int:
        """How many chances to leave come before the first repeat purchase."""
        return int(self.modified)

    def log_likelihood(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Array:
        """Log-likelihood of each history."""
        return _log_likelihood(self, *map(_floats, (x, t_x, T)))[0]

    def p_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Array:
        """Chance that the customer is still one at T. 1 for x = 0 in the plain form."""
        from scipy.special import expit

        x, t_x, T = map(_floats, (x, t_x, T))
        may_have_left = (x > 0) | self.modified
        chances = np.where(may_have_left, self.b + x - 1 + self._extra, 1.0)
        log_odds = np.log(self.a / chances) + (self.r + x) * (np.log(self.alpha + T) - np.log(self.alpha + t_x))
        return np.where(may_have_left, expit(-log_odds), 1.0)

    def expected(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: float, discount: float = 0.0) -> Array:
        """Expected purchases in (T, T + horizon], each discounted by exp(-discount * time from T).

        The rate at which one alive at T buys s later is (r+x)/(alpha+T) * 2F1(r+x+1, a; a+b+x; -s/(alpha+T)).
        Integrated numerically and without a discount it is equation 10 of Fader, Hardie & Lee, and has no gap at a = 1.
        """
        x, t_x, T = map(_floats, (x, t_x, T))
        pairs, place = np.unique(np.stack([x.ravel(), T.ravel()]), axis=1, return_inverse=True)
        alive = self._if_alive(pairs[0], pairs[1], horizon, discount)[np.ravel(place)].reshape(x.shape)
        return alive * self.p_alive(x, t_x, T)

    def expected_new(self, t: ArrayLike) -> Array:
        """Expected repeat purchases in the first t of a new customer's time (equation 9 of the source)."""
        t = _floats(t)
        first = self.b / (self.a + self.b) if self.modified else 1.0
        u, weights = unit_nodes(_NODES)
        z = t.reshape(-1, 1) * u**2 / self.alpha
        stays = _mean_power(np.full((1, 1), self.r + 1), self.a, np.full((1, 1), self.b + self._extra), z)
        return first * self.r / self.alpha * t * (stays @ (2 * weights * u)).reshape(t.shape)

    def counts(self, T: ArrayLike, most: int) -> Array:
        """Customers expected with 0 .. most - 1 and with most or more repeat purchases after T each: most + 1 sums."""
        from scipy.special import betainc, betaln, gammaln

        lengths, customers = np.unique(_floats(T), return_counts=True)
        T = lengths[:, None]
        x = np.arange(most)[None, :]
        share = T / (self.alpha + T)
        # Purchases while alive are negative binomial; the chance of x and more of them is an incomplete beta.
        exactly = np.exp(gammaln(self.r + x) - gammaln(self.r) - gammaln(x + 1) + self.r * np.log1p(-share)) * share**x
        at_least = np.where(x > 0, betainc(np.maximum(x, 1), self.r, share), 1.0)
        stays = np.exp(betaln(self.a, self.b + x + self._extra) - betaln(self.a, self.b))
        leaves = np.exp(betaln(self.a + 1, self.b + x - 1 + self._extra) - betaln(self.a, self.b))
        leaves = np.where((x > 0) | self.modified, leaves, 0.0)
        chance = stays * exactly + leaves * at_least
        return customers @ np.hstack([chance, np.maximum(1 - chance.sum(axis=1, keepdims=True), 0.0)])

    def simulate(self, rng: np.random.Generator, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, horizon: float) -> Array:
        """One drawn future of each customer: purchases in (T, T + horizon]."""
        x, t_x, T = map(_floats, (x, t_x, T))
        alive = rng.random(x.shape) < self.p_alive(x, t_x, T)
        rate = rng.gamma(self.r + x, 1 / (self.alpha + T))
        leaves = np.clip(rng.beta(self.a, self.b + x + self._extra), 1e-12, 1.0)
        bought = rng.poisson(rate * horizon)
        last = rng.geometric(leaves)
        return np.where(alive, np.minimum(bought, last), 0).astype(float)

    def _if_alive(self, x: Array, T: Array, horizon: float, discount: float) -> Array:
        # Nodes lie denser at the start, where the rate falls fastest: s = horizon * u**2.
        u, weights = unit_nodes(_NODES)
        s, weights = horizon * u**2, 2 * weights * horizon * u
        z = s / (self.alpha + T[:, None])
        stays = _mean_power(self.r + x[:, None] + 1, self.a, self.b + self._extra + x[:, None], z)
        rate = stays * ((self.r + x) / (self.alpha + T))[:, None]
        return (rate * np.exp(-discount * s)) @ weights


def _mean_power(shape: Array, a: float, b: Array, z: Array) -> Array:
    """E[(1 + p z)**-shape] for p from a beta(a, b): 2F1(shape, a; a + b; -z)."""
    from scipy.special import hyp2f1

    shape, b = (np.broadcast_to(part, (len(z), 1)) for part in (shape, b))
    # Pfaff's two transformations: the argument lies in [0, 1), and the smaller power in front does not overflow.
    small = shape < a
    first, second = np.where(small, shape, a + b - shape), np.where(small, b, a)
    with np.errstate(over="ignore", invalid="ignore"):
        total = hyp2f1(first, second, a + b, z / (1 + z)) * (1 + z) ** -np.where(small, shape, a)
    # Where customers hardly differ, or buy without number, the series of scipy gives out.
    large = (np.maximum(np.maximum(shape, b), a) >= _LARGE)[:, 0] | ~np.isfinite(total).all(axis=1)
    if large.any():
        chances, weights = beta_nodes(a, b[large, 0])
        total[large] = sum(
            weight * np.exp(-shape[large] * np.log1p(chance[:, None] * z[large]))
            for chance, weight in zip(chances.T, weights, strict=True)
        )
    return total


def fit(x: ArrayLike, t_x: ArrayLike, T: ArrayLike, modified: bool = False) -> Fitted:
    """Fit BG/NBD (or MBG/NBD) by maximum likelihood. Histories that are alike are reckoned once."""
    rows = pd.DataFrame({"x": _floats(x), "t_x": _floats(t_x), "T": _floats(T)})
    alike = rows.value_counts(sort=False).reset_index(name="n")
    starts = None
    if len(alike) > 2 * _FOR_A_START:
        # A systematic part of the histories says where to start with all of them.
        starts = [list(_fit(alike.iloc[:: len(alike) // _FOR_A_START], modified).value.values())]
    return _fit(alike, modified, starts)


def _fit(alike: pd.DataFrame, modified: bool, starts: list[Sequence[float]] | None = None) -> Fitted:
    x, t_x, T, n = (alike[name].to_numpy(float) for name in ("x", "t_x", "T", "n"))

    def log_likelihood(value: Array) -> tuple[float, Array]:
        each, gradient = _log_likelihood(BgNbd(*value, modified=modified), x, t_x, T)
        return float(n @ each), gradient @ n

    name = "MBG/NBD" if modified else "BG/NBD"
    return maximise(NAMES, log_likelihood, starts or _starts(x, T, n), float(n.sum()), name)


def _starts(x: Array, T: Array, n: Array) -> list[Sequence[float]]:
    pace = max(float(n @ T), 1e-9) / max(float(n @ x), 1.0)
    return [(0.3, 0.3 * pace, 0.8, 2.5), (1.0, pace, 0.3, 3.0), (0.5, 0.2 * pace, 1.5, 1.5), (2.0, pace, 0.1, 1.0)]


def _log_likelihood(model: BgNbd, x: Array, t_x: Array, T: Array) -> tuple[Array, Array]:
    """Log-likelihood of each history, and its gradient by r, alpha, a, b (4 x histories)."""
    from scipy.special import betaln, digamma, gammaln

    r, alpha, a, b, extra = model.r, model.alpha, model.a, model.b, model._extra
    may_have_left = (x > 0) | model.modified
    chances = np.where(may_have_left, b + x - 1 + extra, 1.0)
    stays = -(r + x) * np.log(alpha + T)
    leaves = np.where(may_have_left, np.log(a) - np.log(chances) - (r + x) * np.log(alpha + t_x), -np.inf)
    both = np.logaddexp(stays, leaves)
    each = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x + extra) - betaln(a, b) + both
    left = np.exp(leaves - both)
    common = digamma(a + b) - digamma(a + b + x + extra)
    gradient = np.array(
        [
            digamma(r + x) - digamma(r) + np.log(alpha) - (1 - left) * np.log(alpha + T) - left * np.log(alpha + t_x),
            r / alpha - (r + x) * ((1 - left) / (alpha + T) + left / (alpha + t_x)),
            common + left / a,
            common + digamma(b + x + extra) - digamma(b) - left / chances,
        ]
    )
    return each, gradient


def _floats(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=float)
