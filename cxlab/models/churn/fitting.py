"""A penalised logistic regression that finds by itself how strongly each curve is to be straightened."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from cxlab.models.churn.design import BENDS, Array, Block

#: The pull on lines, flags and levels: that of a normal prior with a standard deviation of 2 in log odds (for a
#: number per standard deviation), weak enough to leave intervals alone and strong enough for a level without leavers.
#: For foretelling it may be stronger, as the data say, up to a prior with a standard deviation of a third.
WEAK, STRONG = 0.25, 10.0
#: Pulls begin here and stay between these ends.
_START, _LEAST, _MOST = 10.0, 1e-3, 1e6
#: A curve is never pulled wholly straight: it may always be off its line by some third of a unit of log odds. Without
#: this a bend that few rows speak for is denied, and the intervals there with it. Where there are fewer leavers (or
#: stayers) a curve than this, such bends are no longer affordable, and the limit rises with the square.
_MOST_ON_BENDS, _ROWS_A_CURVE = 10.0, 40.0
#: A block with less than this effective number of coefficients at this pull is straight: it leaves the calculation.
_STRAIGHT, _HARD = 0.02, 1e3
#: Rounds of finding pulls at most, and by how much a step is shortened at most. The pulls have settled when none that
#: matters moves by so much (log); then the coefficients are followed to the end.
_ROUNDS, _SHORTEST, _SETTLED = 40, 1e-3, 0.05


@dataclass(frozen=True)
class Fit:
    """Intercept first, then one coefficient a column; `pulls` and `freedom` per block, `covariance` of all.

    The covariance is the Bayesian one, whose intervals hold on the average over a curve (Nychka 1988; Marra & Wood
    2012, Scandinavian Journal of Statistics 39:53-74). `freedom` is a block's effective number of coefficients.
    """

    coefficients: Array
    covariance: Array
    pulls: Array
    freedom: Array

    def log_odds(self, matrix: Array) -> Array:
        """Log odds of leaving, one per row."""
        return self.coefficients[0] + matrix @ self.coefficients[1:]

    def chance(self, matrix: Array) -> Array:
        """Chance of leaving (0-1), one per row."""
        return expit(self.log_odds(matrix))


def fit(
    matrix: Array,
    left: NDArray[np.bool_],
    blocks: Sequence[Block],
    start: Sequence[float | None] = (),
    cluster: NDArray[np.int64] | None = None,
    shrink: bool = True,
) -> Fit:
    """Fit by scikit-learn's LogisticRegression, and the pull on each estimated block by restricted likelihood.

    The pull follows the generalised Fellner-Schall steps of Wood & Fasiolo (2017, Biometrics 73:1071-1081), which
    for a block is its effective number of coefficients over the sum of their squares. `start` are pulls to begin from,
    one a block or None. With `cluster` the part of the covariance that comes from sampling is that of whole clusters.

    What foretells best is not what estimates best: with `shrink` lines, flags and levels are pulled together as
    strongly as the data say, which makes chances neither too bold nor too timid but effects too small; without, the
    pull stays weak, and intervals hold.
    """
    left = np.asarray(left, dtype=bool)
    y = left.astype(float)
    estimated = np.array([block.is_estimated for block in blocks])
    width = np.array([block.width for block in blocks])
    thin = max(1.0, thinness(sum(block.kind == BENDS for block in blocks), left))
    most = np.array([_MOST_ON_BENDS * thin**2 if block.kind == BENDS else _MOST for block in blocks])
    pulls = np.where(estimated, _START, WEAK)
    for place, pull in enumerate(start):
        pulls[place] = pulls[place] if pull is None else pull
    freedom, first_of = width.astype(float), np.cumsum(width) - width
    beta, base = np.zeros(matrix.shape[1]), float(np.log(y.mean() / (1 - y.mean())))
    settled = False
    for round_ in range(_ROUNDS + 1):
        straight = estimated & (freedom < _STRAIGHT) & (pulls >= _HARD)
        pulls[straight] = _MOST
        used, pull = np.flatnonzero(np.repeat(~straight, width)), np.repeat(pulls, width)
        beta[np.repeat(straight, width)] = 0.0
        part = matrix if len(used) == len(beta) else matrix[:, used]
        if settled:
            beta[used], base = _coefficients(part, y, pull[used], beta[used], base)
        chance = expit(base + part @ beta[used])
        information = _information(part, chance)
        covariance = np.linalg.inv(information + np.diag(np.concatenate([[0.0], pull[used]])))
        lost = np.zeros(len(beta))
        lost[used] = np.diag(covariance)[1:] * pull[used]
        freedom = np.where(straight, 0.0, width - np.add.reduceat(lost, first_of))
        if settled:
            break
        # One of Newton's steps a round is enough while the pulls still move (Gu 1992).
        slope = np.concatenate([[(y - chance).sum()], (y - chance) @ part - pull[used] * beta[used]])
        base, beta[used] = _downhill(part, y, pull[used], base, beta[used], covariance @ slope)
        squares = np.add.reduceat(beta**2, first_of)
        wanted = np.clip(np.maximum(freedom, 1e-9) / np.maximum(squares, 1e-12), _LEAST, most)
        shared = np.clip(
            freedom[~estimated].sum() / max(squares[~estimated].sum(), 1e-12), WEAK, STRONG if shrink else WEAK
        )
        then = np.where(estimated, np.where(straight, pulls, wanted), shared)
        # What hardly bends any more need not be followed to the end.
        moved = np.abs(np.log(then / pulls)) * np.minimum(freedom, 1.0)
        settled = bool(moved.max() < _SETTLED) or round_ == _ROUNDS - 1
        pulls = then
    if cluster is not None:
        covariance = _clustered(part, y - expit(base + part @ beta[used]), information, covariance, cluster)
    whole = np.diag(np.concatenate([[0.0], 1 / pull]))
    places = np.concatenate([[0], used + 1])
    whole[np.ix_(places, places)] = covariance
    return Fit(np.concatenate([[base], beta]), whole, pulls, freedom)


def thinness(curves: int, left: NDArray[np.bool_]) -> float:
    """Above 1 where the rarer outcome has fewer than 40 rows a curve."""
    return _ROWS_A_CURVE * curves / max(min(int(left.sum()), int((~left).sum())), 1)


def _downhill(matrix: Array, y: Array, pull: Array, base: float, beta: Array, step: Array) -> tuple[float, Array]:
    """Coefficients after a step, halved until the penalised likelihood is no worse than before."""
    here, ahead = base + matrix @ beta, step[0] + matrix @ step[1:]

    def loss(size: float) -> float:
        log_odds, own = here + size * ahead, beta + size * step[1:]
        return float(np.logaddexp(0, log_odds).sum() - y @ log_odds + pull @ own**2 / 2)

    before, size = loss(0.0), 1.0
    while loss(size) > before + 1e-9 and size > _SHORTEST:
        size /= 2
    return base + size * step[0], beta + size * step[1:]


def _coefficients(matrix: Array, y: Array, pull: Array, beta: Array, base: float) -> tuple[Array, float]:
    """Penalised maximum likelihood from a warm start.

    An equal pull on scaled columns is each block's own on the plain ones.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    scale = 1 / np.sqrt(pull)
    model = LogisticRegression(C=1.0, solver="newton-cholesky", warm_start=True, tol=1e-5, max_iter=50)
    model.coef_, model.intercept_, model.classes_ = (beta / scale)[None, :], np.array([base]), np.array([0.0, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(matrix * scale, y)
    return model.coef_[0] * scale, float(model.intercept_[0])


def _information(matrix: Array, chance: Array) -> Array:
    weight = np.maximum(chance * (1 - chance), 1e-12)
    inner, edge = (matrix * weight[:, None]).T @ matrix, weight @ matrix
    return np.block([[np.array([[weight.sum()]]), edge[None, :]], [edge[:, None], inner]])


def _clustered(
    matrix: Array, residual: Array, information: Array, covariance: Array, cluster: NDArray[np.int64]
) -> Array:
    """The covariance with the scores' own spread between clusters in place of what independent rows would have."""
    scores = np.column_stack([residual, residual[:, None] * matrix])
    sums = np.zeros((cluster.max() + 1, scores.shape[1]))
    np.add.at(sums, cluster, scores)
    between = sums.T @ sums * len(sums) / (len(sums) - 1)
    return covariance + covariance @ (between - information) @ covariance
