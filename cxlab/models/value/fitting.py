"""Maximum likelihood for the few positive parameters of a value model: several starts, doubt on the log scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.stats.estimates import normal_quantile

Array = NDArray[np.float64]
#: Parameters are sought between exp(-12) and exp(12): beyond, a model has become a simpler one.
_EDGE = 12.0
_FIRST_STEPS = 20
#: The largest standard error of a log parameter that is reckoned with: a factor of 150 either way is "not known".
_LOOSEST = 5.0


@dataclass(frozen=True)
class Fitted:
    """Positive parameters found by maximum likelihood.

    names: as published. log_value: their logarithms. covariance: of the logarithms, from the observed information.
    n: customers. at_edge: parameters that ran to the end of their range, where the data cannot tell them from 0 or
    infinity.
    """

    names: tuple[str, ...]
    log_value: Array
    covariance: Array
    log_likelihood: float
    n: float
    at_edge: tuple[str, ...]

    @property
    def value(self) -> dict[str, float]:
        """Parameter -> estimate."""
        return dict(zip(self.names, np.exp(self.log_value).tolist(), strict=True))

    def table(self) -> pd.DataFrame:
        """One row a parameter: parameter, value, low, high (95 %, made on the log scale)."""
        reach = normal_quantile() * np.sqrt(np.diag(self.covariance))
        return pd.DataFrame(
            {
                "parameter": self.names,
                "value": np.exp(self.log_value),
                "low": np.exp(self.log_value - reach),
                "high": np.exp(self.log_value + reach),
            }
        )

    def draws(self, rng: np.random.Generator, size: int) -> Array:
        """`size` rows of parameters as uncertain as the fit leaves them."""
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        noise = rng.standard_normal((size, len(self.names)))
        return np.exp(np.clip(self.log_value + noise @ root.T, -_EDGE - _LOOSEST, _EDGE + _LOOSEST))

    def slopes(self, worth: Callable[[Sequence[float]], Array], step: float = 1e-4) -> Array:
        """How values change with each log parameter: parameters x values, by central differences."""
        rows = []
        for place in range(len(self.names)):
            shift = np.zeros(len(self.names))
            shift[place] = step
            rows.append((worth(np.exp(self.log_value + shift)) - worth(np.exp(self.log_value - shift))) / (2 * step))
        return np.array(rows)


def variance_of(slopes: Array, covariance: Array) -> Array:
    """Delta-method variance of values (columns of `slopes`) under the covariance of the log parameters."""
    return np.einsum("iv,ij,jv->v", slopes, covariance, slopes)


def log_interval(value: Array, variance: Array) -> tuple[Array, Array]:
    """95 % limits of positive values, on the log scale, so that none falls below 0."""
    value = np.asarray(value, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        factor = np.exp(normal_quantile() * np.sqrt(np.maximum(variance, 0.0)) / value)
    factor = np.where(value > 0, factor, 1.0)
    return value / factor, value * factor


def maximise(
    names: Sequence[str],
    log_likelihood: Callable[[Array], tuple[float, Array]],
    starts: Sequence[Sequence[float]],
    n: float,
    what: str,
) -> Fitted:
    """Fit `names` from several starts and keep the best; the order of the starts is fixed, so is the result.

    `log_likelihood` takes the parameters (not their logarithms) and gives the sum over customers and its gradient by
    parameter. Raises ParameterError where no start comes to an end that is a maximum.
    """
    from scipy.optimize import OptimizeResult, minimize

    def objective(theta: Array) -> tuple[float, Array]:
        value = np.exp(theta)
        total, gradient = log_likelihood(value)
        if not np.isfinite(total):
            return 1e10, np.zeros(len(theta))
        return -total / n, -gradient * value / n

    def descended(theta: Array, steps: int) -> OptimizeResult:
        options = {"ftol": 1e-14, "gtol": 1e-9, "maxiter": steps, "maxcor": 20}
        bounds = [(-_EDGE, _EDGE)] * len(names)
        return minimize(objective, theta, jac=True, method="L-BFGS-B", bounds=bounds, options=options)

    # A few steps from every start show which valley is the deepest.
    found = [descended(np.clip(np.log(start), -_EDGE, _EDGE), _FIRST_STEPS) for start in starts]
    best = min(found, key=lambda result: result.fun if np.isfinite(result.fun) else np.inf)
    if not best.fun < 1e9:
        raise ParameterError(f"{what} could not be fitted: from no start was a likelihood found. Look at the rows.")
    best = descended(best.x, 1000)
    theta, information = _polished(objective, best.x)
    at_edge = tuple(name for name, at in zip(names, theta, strict=True) if abs(at) > _EDGE - 0.05)
    return Fitted(tuple(names), theta, _covariance(information, n), -objective(theta)[0] * n, float(n), at_edge)


def _polished(objective: Callable[[Array], tuple[float, Array]], theta: Array) -> tuple[Array, Array]:
    """Newton steps from where L-BFGS stopped, as long as they lead down; the information at the end."""
    for _ in range(4):
        information = _information(objective, theta)
        if np.linalg.eigvalsh(information)[0] <= 1e-10:
            break
        value, gradient = objective(theta)
        step = theta - np.linalg.solve(information, gradient)
        if np.abs(step).max() > _EDGE or not objective(step)[0] < value:
            break
        theta = step
    return theta, _information(objective, theta)


def _information(objective: Callable[[Array], tuple[float, Array]], theta: Array, step: float = 1e-4) -> Array:
    rows = []
    for place in range(len(theta)):
        shift = np.zeros(len(theta))
        shift[place] = step
        rows.append((objective(theta + shift)[1] - objective(theta - shift)[1]) / (2 * step))
    rows = np.array(rows)
    return (rows + rows.T) / 2


def _covariance(information: Array, n: float) -> Array:
    """Covariance of log parameters; directions the data say nothing about stay at the loosest."""
    values, vectors = np.linalg.eigh(information * n)
    return (vectors / np.maximum(values, _LOOSEST**-2)) @ vectors.T
