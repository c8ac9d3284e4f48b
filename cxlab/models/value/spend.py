"""What a purchase is worth: the Gamma-Gamma model on (x, mean spend of the x repeat purchases).

Spends of a customer vary around their own mean (gamma: p), the means vary between customers (inverse gamma: q,
gamma), and neither has to do with how often they buy. Source: Fader, Hardie & Lee (2005), JMR 42:415-430; Fader &
Hardie (2013), "The Gamma-Gamma Model of Monetary Value".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cxlab.models.value.fitting import Array, Fitted, maximise

NAMES = ("p", "q", "gamma")


@dataclass(frozen=True)
class GammaGamma:
    """Gamma-Gamma with shapes p and q and scale gamma (in money)."""

    p: float
    q: float
    gamma: float

    @property
    def population_mean(self) -> float:
        """Mean spend of a customer about whom nothing is known: p * gamma / (q - 1). Infinite for q up to 1."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else float("inf")

    def log_likelihood(self, x: ArrayLike, mean: ArrayLike) -> Array:
        """Log-likelihood of each mean of x purchases."""
        return _log_likelihood(self, np.asarray(x, float), np.asarray(mean, float))[0]

    def expected(self, x: ArrayLike, mean: ArrayLike) -> Array:
        """Expected mean spend of a customer who bought x times again for `mean`: p(gamma + x mean)/(px + q - 1).

        A weighted mean of their own and everybody's; `mean` counts for nothing where x is 0.
        """
        x = np.asarray(x, float)
        mean = np.where(x > 0, np.asarray(mean, float), 0.0)
        return self.p * (self.gamma + x * mean) / (self.p * x + self.q - 1)

    def simulate(self, rng: np.random.Generator, x: ArrayLike, mean: ArrayLike, purchases: ArrayLike) -> Array:
        """One drawn sum of the next `purchases` (whole numbers) of each customer."""
        x, purchases = np.asarray(x, float), np.asarray(purchases, float)
        mean = np.where(x > 0, np.asarray(mean, float), 0.0)
        rate = rng.gamma(self.p * x + self.q, 1 / (self.gamma + x * mean))
        return np.where(purchases > 0, rng.gamma(np.maximum(self.p * purchases, 1e-9)) / rate, 0.0)


def fit(x: ArrayLike, mean: ArrayLike) -> Fitted:
    """Fit Gamma-Gamma to customers with x >= 1 repeat purchases of a positive mean."""
    x, mean = np.asarray(x, float), np.asarray(mean, float)
    size = float(np.median(mean))

    def log_likelihood(value: Array) -> tuple[float, Array]:
        each, gradient = _log_likelihood(GammaGamma(*value), x, mean)
        return float(each.sum()), gradient.sum(axis=1)

    starts = [(p, q, size * (q - 0.5) / p) for p, q in ((6.0, 4.0), (1.5, 3.0), (15.0, 2.0), (3.0, 10.0))]
    return maximise(NAMES, log_likelihood, starts, float(len(x)), "Gamma-Gamma")


def _log_likelihood(model: GammaGamma, x: Array, mean: Array) -> tuple[Array, Array]:
    """Log-likelihood of each mean, and its gradient by p, q, gamma (3 x customers)."""
    from scipy.special import digamma, gammaln

    p, q, gamma = model.p, model.q, model.gamma
    shape, total = p * x, gamma + x * mean
    each = (
        gammaln(shape + q)
        - gammaln(shape)
        - gammaln(q)
        + q * np.log(gamma)
        + (shape - 1) * np.log(mean)
        + shape * np.log(x)
        - (shape + q) * np.log(total)
    )
    both = digamma(shape + q)
    gradient = np.array(
        [
            x * (both - digamma(shape) + np.log(mean) + np.log(x) - np.log(total)),
            both - digamma(q) + np.log(gamma) - np.log(total),
            q / gamma - (shape + q) / total,
        ]
    )
    return each, gradient
