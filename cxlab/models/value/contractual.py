"""Renewals of a contract: the shifted beta-geometric model, and the beta-discrete-Weibull that checks it.

Each customer fails to renew with their own chance, the same at every renewal (beta: alpha, beta). Retention of a
cohort then rises with tenure, because those who leave easily have left. Source: Fader & Hardie (2007), Journal of
Interactive Marketing 21:76-90, and (2010), Marketing Science 29:85-93. In the beta-discrete-Weibull (Fader, Hardie,
Liu, Davin & Steenburgh 2018, JMR) a customer's own chance changes with tenure: c > 1 rises, c < 1 falls, c = 1 is the
model above.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxlab.errors import ParameterError
from cxlab.models.value.fitting import Array, Fitted, maximise
from cxlab.models.value.quadrature import beta_nodes

NAMES = ("alpha", "beta")
#: The Weibull's exponent is no parameter of the model proper.
WEIBULL_NAMES = (*NAMES, "c")


@dataclass(frozen=True)
class ShiftedBetaGeometric:
    """sBG with parameters alpha and beta; c is the Weibull's exponent, 1 in the model proper.

    A renewal is counted 1, 2, 3 ...: a customer who left at renewal t has paid t periods.
    """

    alpha: float
    beta: float
    c: float = 1.0

    def survival(self, t: ArrayLike) -> Array:
        """Share of a cohort that has renewed t times: B(alpha, beta + t**c) / B(alpha, beta)."""
        from scipy.special import betaln

        t = np.asarray(t, dtype=float)
        return np.exp(betaln(self.alpha, self.beta + t**self.c) - betaln(self.alpha, self.beta))

    def retention(self, t: ArrayLike) -> Array:
        """Share of those who come to renewal t (1, 2 ...) that renews: (beta + t - 1)/(alpha + beta + t - 1)."""
        t = np.asarray(t, dtype=float)
        if self.c == 1.0:
            return (self.beta + t - 1) / (self.alpha + self.beta + t - 1)
        return self.survival(t) / self.survival(t - 1)

    def lifetime(self, discount: float) -> float:
        """DEL: expected payments of a new customer, the first at once, each later by one period discounted once.

        2F1(1, beta; alpha + beta; 1/(1 + discount)), `discount` a period's rate. The booking m(1+d)/(1+d-r) of the
        field, with the first payment counted.
        """
        return float(1 + self.residual(np.ones(1), discount)[0] / (1 + discount))

    def residual(self, renewal: ArrayLike, discount: float, periods: float = np.inf) -> Array:
        """DERL: expected payments of a customer who stands just before the `renewal`-th renewal, that one undiscounted.

        ((beta+n-1)/(alpha+beta+n-1)) 2F1(1, beta+n; alpha+beta+n; 1/(1+discount)) (Fader & Hardie 2010), or only those
        of the next `periods`. `discount` is a period's rate and must be above 0 where periods is infinite.
        """
        if np.isinf(periods) and not discount > 0:
            raise ParameterError("a lifetime without end needs a discount above 0; or say how many periods count.")
        n = np.asarray(renewal, dtype=float)
        unique, place = np.unique(n, return_inverse=True)
        if self.c == 1.0 and np.isinf(periods):
            # Scipy's series gives out where customers hardly differ; the mean over their chances is the same.
            leaves, weights = beta_nodes(self.alpha, self.beta + unique - 1)
            worth = ((1 - leaves) * (1 + discount) / (leaves + discount)) @ weights
        else:
            steps = int(periods) if np.isfinite(periods) else int(np.ceil(40 / np.log1p(discount)))
            later = np.arange(steps)
            kept = self.survival(unique[:, None] + later) / self.survival(unique - 1)[:, None]
            worth = kept @ (1 + discount) ** -later.astype(float)
        return worth[np.ravel(place)].reshape(n.shape)

    def simulate(self, rng: np.random.Generator, renewal: ArrayLike, discount: float, periods: float = np.inf) -> Array:
        """One drawn future of each customer who stands before the `renewal`-th renewal: payments as in `residual`."""
        n = np.asarray(renewal, dtype=float)
        leaves = np.clip(rng.beta(self.alpha, self.beta + (n - 1) ** self.c), 1e-15, 1 - 1e-15)
        waits = np.log(1 - rng.random(n.shape)) / np.log1p(-leaves)
        kept = np.floor(((n - 1) ** self.c + waits) ** (1 / self.c) - (n - 1) + 1e-9)
        kept = np.minimum(kept, periods)
        if discount == 0:
            return kept
        return -np.expm1(-kept * np.log1p(discount)) * (1 + discount) / discount


def fit(renewals: pd.DataFrame) -> Fitted:
    """Fit sBG to counted renewals, one row a renewal: renewal (1, 2 ...), at_risk (came to it), lost (did not renew).

    Customers still there, and those whose records begin late, count at the renewals that were watched, and at no
    other: nothing else is needed for right-censoring and left truncation.
    """
    t, at_risk, lost = _counted(renewals)

    def log_likelihood(value: Array) -> tuple[float, Array]:
        alpha, beta = value
        kept, out = at_risk - lost, alpha + beta + t - 1
        total = lost @ np.log(alpha / out) + kept @ np.log((beta + t - 1) / out)
        both = -(at_risk @ (1 / out))
        return float(total), np.array([lost.sum() / alpha + both, kept @ (1 / (beta + t - 1)) + both])

    share = np.clip(lost.sum() / at_risk.sum(), 1e-6, 1 - 1e-6)
    starts = [(weight * share, weight * (1 - share)) for weight in (1.0, 5.0, 50.0)]
    return maximise(NAMES, log_likelihood, starts, float(at_risk.max()), "the shifted beta-geometric model")


def fit_weibull(renewals: pd.DataFrame) -> Fitted:
    """Fit the beta-discrete-Weibull to the same counts; parameters alpha, beta, c."""
    from scipy.special import betaln, digamma

    t, at_risk, lost = _counted(renewals)
    kept = at_risk - lost

    def log_likelihood(value: Array) -> tuple[float, Array]:
        alpha, beta, c = value
        now, before = t**c, (t - 1) ** c
        step = np.minimum(betaln(alpha, beta + now) - betaln(alpha, beta + before), -1e-300)
        goes = -np.expm1(step)
        total = kept @ step + np.where(lost > 0, lost * np.log(np.maximum(goes, 1e-300)), 0.0).sum()
        weight = kept - lost * np.exp(step) / np.maximum(goes, 1e-300)
        with np.errstate(divide="ignore", invalid="ignore"):
            grow_now, grow_before = now * np.log(t), np.where(t > 1, before * np.log(np.maximum(t - 1, 1)), 0.0)
        at_now, at_before = digamma(alpha + beta + now), digamma(alpha + beta + before)
        by_beta_now = digamma(beta + now) - at_now
        by_beta_before = digamma(beta + before) - at_before
        gradient = np.array(
            [
                weight @ (at_before - at_now),
                weight @ (by_beta_now - by_beta_before),
                weight @ (by_beta_now * grow_now - by_beta_before * grow_before),
            ]
        )
        return float(total), gradient

    share = np.clip(lost.sum() / at_risk.sum(), 1e-6, 1 - 1e-6)
    starts = [(weight * share, weight * (1 - share), c) for weight in (1.0, 10.0) for c in (0.7, 1.0, 1.6)]
    return maximise(WEIBULL_NAMES, log_likelihood, starts, float(at_risk.max()), "the beta-discrete-Weibull model")


def cohort(kept: ArrayLike) -> pd.DataFrame:
    """Counted renewals of one cohort from how many were left: kept[0] at the start, kept[1] after a renewal ..."""
    kept = np.asarray(kept, dtype=float)
    if len(kept) < 2 or (np.diff(kept) > 0).any() or (kept < 0).any():
        raise ParameterError("a cohort needs two numbers or more, each at most the one before and none below 0.")
    return pd.DataFrame({"renewal": np.arange(1, len(kept)), "at_risk": kept[:-1], "lost": -np.diff(kept)})


def _counted(renewals: pd.DataFrame) -> tuple[Array, Array, Array]:
    rows = renewals[renewals["at_risk"] > 0]
    t, at_risk, lost = (rows[name].to_numpy(float) for name in ("renewal", "at_risk", "lost"))
    if not len(t):
        raise ParameterError("no renewal was watched, so that there is nothing to fit.")
    return t, at_risk, lost
