"""The chance of answering, from what was known when the invitation was sent; one array element an invitation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from cxlab.stats.estimates import normal_quantile

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]

# Levels of a text feature that fewer than this share of the invitations have are taken together.
RARE = 0.02
OTHER, UNKNOWN = "other", "unknown"
RIDGE = 1.0


@dataclass(frozen=True)
class Design:
    """Features as numbers, one column a number or a level of a text.

    `columns`: feature, level (empty for a number), is_base (the level that the model leaves out). `natural` has a
    column each in the feature's own unit, `seen` as the model sees it (amounts logged); `matrix` those that the model
    uses, standardised.
    """

    columns: pd.DataFrame
    natural: Array
    seen: Array
    matrix: Array


def design(features: pd.DataFrame, logged: Sequence[str] = ()) -> Design:
    """Numbers standardised (empty ones set to the mean), texts as one column a level but the most frequent one.

    Empty texts are "unknown". Levels rarer than 2 % are taken together as "other", and with the most frequent one
    where even together they are rarer. Features that are the same for all are left out. Of those in `logged`
    (amounts, 0 or more) the model sees log(1 + amount).
    """
    natural, seen, names = [], [], []
    for feature in features.columns:
        values = features[feature]
        if pd.api.types.is_numeric_dtype(values):
            numbers = values.to_numpy(float, na_value=np.nan)
            if np.nanmax(numbers, initial=-np.inf) > np.nanmin(numbers, initial=np.inf):
                natural.append(np.where(np.isnan(numbers), np.nanmean(numbers), numbers))
                seen.append(np.log1p(np.maximum(natural[-1], 0)) if feature in logged else natural[-1])
                names.append((feature, "", False))
            continue
        texts = _levels(values)
        levels = texts.value_counts().sort_index().sort_values(ascending=False, kind="stable").index
        if len(levels) > 1:
            natural += [(texts == level).to_numpy(float) for level in levels]
            seen += natural[-len(levels) :]
            names += [(feature, level, place == 0) for place, level in enumerate(levels)]
    empty = np.empty((len(features), 0))
    natural, seen = (np.column_stack(parts) if parts else empty for parts in (natural, seen))
    columns = pd.DataFrame(names, columns=["feature", "level", "is_base"])
    used = seen[:, ~columns["is_base"].to_numpy(bool)]
    # Amounts that are all below 0 are the same for everybody once logged.
    return Design(columns, natural, seen, (used - used.mean(axis=0)) / _spread(used))


def _levels(values: pd.Series) -> pd.Series:
    texts = values.astype(object).where(values.notna(), UNKNOWN).astype(str)
    share = texts.value_counts(normalize=True).sort_index()
    rare = texts.map(share) < RARE
    return texts.where(~rare, OTHER if rare.mean() >= RARE else share.idxmax())


def _spread(columns: Array) -> Array:
    spread = columns.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


@dataclass(frozen=True)
class Propensity:
    """Fitted chances of answering (0-1), the design with intercept, coefficients (intercept first), inverse Hessian."""

    chance: Array
    matrix: Array
    coefficients: Array
    inverse: Array

    def covariance(self, answered: Mask, cluster: Codes | None = None) -> Array:
        """Sandwich covariance of the coefficients, rows of one cluster taken together."""
        scores = sums_per_cluster((answered - self.chance)[:, None] * self.matrix, cluster)
        return self.inverse @ (scores.T @ scores) @ self.inverse


def propensity(matrix: Array, answered: Mask, ridge: float = RIDGE) -> Propensity:
    """Logistic regression of answering on standardised features, coefficients but the intercept pulled towards 0.

    `ridge` is half the weight of their squares in the penalised likelihood times two, scikit-learn's 1 / C.
    """
    full = np.column_stack([np.ones(len(answered)), matrix])
    penalty = np.full(full.shape[1], float(ridge))
    penalty[0] = 0.0
    y = np.asarray(answered, float)
    share = y.mean()
    beta = np.zeros(full.shape[1])
    beta[0] = np.log(share / (1 - share))

    def loss(b: Array) -> float:
        eta = full @ b
        return float(np.logaddexp(0, eta).sum() - y @ eta + penalty @ b**2 / 2)

    now = loss(beta)
    for _ in range(50):
        chance = expit(full @ beta)
        slope = full.T @ (y - chance) - penalty * beta
        hessian = (full * (chance * (1 - chance))[:, None]).T @ full + np.diag(penalty)
        step = np.linalg.solve(hessian, slope)
        size = 1.0
        while (then := loss(beta + size * step)) > now + 1e-12 and size > 1e-6:
            size /= 2
        beta, now = beta + size * step, min(then, now)
        if np.abs(size * step).max() < 1e-9:
            break
    chance = expit(full @ beta)
    hessian = (full * (chance * (1 - chance))[:, None]).T @ full + np.diag(penalty)
    return Propensity(chance, full, beta, np.linalg.inv(hessian))


def balance(
    known: Design, fitted: Propensity, answered: Mask, weight: Array, cluster: Codes | None = None
) -> pd.DataFrame:
    """What goes with answering, and how well weighting (`weight`, 0 for the silent) evens it out.

    Returns feature, level (empty for a number), invited, answered, weighted (means, or shares of a level), smd_before,
    smd_after (answered or weighted minus invited, as the model sees them, in standard deviations of the invited),
    odds_ratio of answering per standard deviation, or for a level against the most frequent one, others held
    equal, with its low and high.
    """
    means = {
        "invited": np.full(len(weight), 1 / len(weight)),
        "answered": answered / answered.sum(),
        "weighted": weight / weight.sum(),
    }
    frame = known.columns[["feature", "level"]].assign(**{name: w @ known.natural for name, w in means.items()})
    spread = _spread(known.seen)
    for name, of in (("smd_before", "answered"), ("smd_after", "weighted")):
        frame[name] = (means[of] - means["invited"]) @ known.seen / spread
    is_base = known.columns["is_base"].to_numpy(bool)
    # Levels were standardised like numbers: back to belonging or not.
    scale = np.where(known.columns["level"] == "", 1.0, 1 / spread)[~is_base]
    reach = normal_quantile() * np.sqrt(np.diag(fitted.covariance(answered, cluster)))[1:] * scale
    slope = fitted.coefficients[1:] * scale
    for name, logs in (("odds_ratio", slope), ("low", slope - reach), ("high", slope + reach)):
        frame[name] = np.where(is_base & (name == "odds_ratio"), 1.0, np.nan)
        frame.loc[~is_base, name] = np.exp(logs)
    return frame


def sums_per_cluster(rows: Array, cluster: Codes | None) -> Array:
    """Sums of rows per cluster, whose codes count from 0; the rows themselves without."""
    if cluster is None:
        return rows
    sums = np.zeros((int(cluster.max()) + 1, rows.shape[1]))
    np.add.at(sums, cluster, rows)
    return sums
