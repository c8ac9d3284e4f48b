"""Two logistic regressions of one score, one for each cut, and what every single answer contributes to their results.

Contributions (influence functions) make everything that follows one sum: standard errors that know that an account
answers several times, the covariance between the two cuts, and the tests that need it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from cxlab.errors import ParameterError
from cxlab.stats.estimates import student_quantile
from cxlab.stats.propensity import sums_per_cluster

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

#: The lowest score above each cut, and how the cut is written.
CUTS = {"6|7": 7.0, "8|9": 9.0}
#: Answers on the rarer side of a cut: at least so many, and so many a column of the model.
FEWEST, FEWEST_A_COLUMN = 20, 5
FEWEST_ACCOUNTS = 20
#: A log-odds per standard deviation beyond this is a column that tells the two sides apart without fail.
_SEPARATED = 6.0


@dataclass(frozen=True)
class Moves:
    """What happens when everybody who can be moved one step is: a row a driver.

    Attributes: `effect` (drivers x cuts) points per 100 moved, `slope` (drivers x cuts) log-odds per step, `of_effect`
    and `of_slope` their covariance matrices (cut by cut, drivers within a cut), `movable` how many answers can be
    moved, `df` degrees of freedom, `crossed` the share of answers for which the fit makes 9 likelier than 7.
    """

    effect: Array
    slope: Array
    of_effect: Array
    of_slope: Array
    movable: Array
    df: float
    crossed: float

    def reach(self, errors: Array) -> Array:
        """Half the width of a 95 % interval with these standard errors."""
        return float(student_quantile(np.asarray(self.df))) * errors


def refuse_thin(score: Array, columns: int, accounts: int) -> None:
    """Raise ParameterError where a cut has too few answers on one side for so many columns, or accounts are too few."""
    needed = max(FEWEST, FEWEST_A_COLUMN * columns)
    for cut, lowest in CUTS.items():
        above = int((score >= lowest).sum())
        rarer = min(above, len(score) - above)
        if rarer < needed:
            raise ParameterError(
                f"the cut {cut} has {rarer} answers on its rarer side; {columns} drivers and controls need {needed}. "
                "Take more periods together, or fewer drivers."
            )
    if accounts < FEWEST_ACCOUNTS:
        raise ParameterError(
            f"the answers come from {accounts} accounts; {FEWEST_ACCOUNTS} are the least that show how much accounts "
            "differ. Take more periods or groups together."
        )


def moves(drivers: Array, controls: Array, score: Array, weight: Array, cluster: Codes | None, steps: Array) -> Moves:
    """Fit both cuts and move everybody one step, driver by driver.

    `steps` are signed; who would leave the range of values seen is not moved. Raises ParameterError where a driver
    tells the two sides of a cut apart without fail (there is no finite estimate then).
    """
    n, many = drivers.shape
    matrix = np.column_stack([np.ones(n), drivers, controls])
    can = _can_be_moved(drivers, steps)
    effects, slopes, of_effects, of_slopes, chances = [], [], [], [], []
    for cut, lowest in CUTS.items():
        beta = _fitted(matrix, score >= lowest, weight, cut)
        chance = expit(matrix @ beta)
        chances.append(chance)
        part = weight * chance * (1 - chance)
        inverse = np.linalg.pinv((matrix * part[:, None]).T @ matrix)
        of_beta = ((weight * ((score >= lowest) - chance))[:, None] * matrix) @ inverse
        moved = [
            _moved(matrix, beta, chance, of_beta, weight * can[:, at], at + 1, step) for at, step in enumerate(steps)
        ]
        effects.append([effect for effect, _ in moved])
        of_effects += [influence for _, influence in moved]
        slopes.append(beta[1 : many + 1] * steps)
        of_slopes.append(of_beta[:, 1 : many + 1] * steps)
    # The two small-sample factors are those of Stata and statsmodels for clustered logistic regressions.
    groups = n if cluster is None else int(cluster.max()) + 1
    factor = groups / (groups - 1) * (n - 1) / max(n - matrix.shape[1], 1)
    of_effect, of_slope = (
        factor * sums.T @ sums
        for sums in (
            sums_per_cluster(np.column_stack(of_effects), cluster),
            sums_per_cluster(np.column_stack(of_slopes), cluster),
        )
    )
    return Moves(
        100 * np.array(effects).T,
        np.array(slopes).T,
        1e4 * of_effect,
        of_slope,
        can.sum(axis=0),
        groups - 1,
        float(np.average(chances[1] > chances[0] + 1e-9, weights=weight)),
    )


def _can_be_moved(drivers: Array, steps: Array) -> NDArray[np.bool_]:
    """Who stays within the range of values seen."""
    moved = drivers + steps
    return (moved >= drivers.min(axis=0) - 1e-9) & (moved <= drivers.max(axis=0) + 1e-9)


def _fitted(matrix: Array, above: NDArray[np.bool_], weight: Array, cut: str) -> Array:
    """Coefficients of an unpenalised logistic regression, intercept first."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    spread = matrix[:, 1:].std(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=60)
        model.fit(matrix[:, 1:], above, sample_weight=weight)
    if np.abs(model.coef_[0] * spread).max() > _SEPARATED:
        raise ParameterError(
            f"a driver or control tells the answers on the two sides of the cut {cut} apart without fail, so that its "
            "effect has no bounds. Leave out what repeats the score, or take more answers together."
        )
    return np.concatenate([model.intercept_, model.coef_[0]])


def _moved(
    matrix: Array, beta: Array, chance: Array, of_beta: Array, weight: Array, at: int, step: float
) -> tuple[float, Array]:
    """Average change of the chance of being above the cut when column `at` moves one step, and its influences."""
    then = expit(matrix @ beta + step * beta[at])
    share = weight / weight.sum()
    change = then - chance
    effect = float(share @ change)
    now_slope, then_slope = chance * (1 - chance), then * (1 - then)
    gradient = (share * (then_slope - now_slope)) @ matrix
    gradient[at] += step * (share @ then_slope)
    return effect, of_beta @ gradient + share * (change - effect)
