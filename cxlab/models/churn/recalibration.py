"""Chances taken back to their word: where they are too bold on unseen rows, their log odds are shrunk accordingly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from cxlab.models.churn.calibration import logistic, trustworthiness
from cxlab.models.churn.folds import Plan
from cxlab.models.churn.labels import FEWEST

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Recalibration:
    """Log odds become intercept + slope x log odds (Cox 1958)."""

    intercept: float = 0.0
    slope: float = 1.0

    def apply(self, chance: Array) -> Array:
        """Chances taken back to their word."""
        return chance if self == PLAIN else expit(self.intercept + self.slope * logit(chance))


PLAIN = Recalibration()


def recalibrated(chance: Array, left: NDArray[np.bool_], plan: Plan) -> tuple[Array, Recalibration]:
    """Chances of tested rows and what is to be done to those of new ones.

    Nothing where the calibration slope's interval holds 1, or there is no slope. Otherwise each fold is corrected by
    what the other folds show, and where folds follow one another in time by what the earlier ones do.
    """
    tested = plan.tested
    slope = trustworthiness(left[tested], chance[tested], plan.code_of(tested))
    if not (slope["calibration_slope_low"] > 1 or slope["calibration_slope_high"] < 1):
        return chance, PLAIN
    changed = chance.copy()
    for place, (_, test) in enumerate(plan.folds):
        others = plan.folds[:place] if plan.is_later else plan.folds[:place] + plan.folds[place + 1 :]
        rows = np.concatenate([rows for _, rows in others]) if others else np.empty(0, dtype=np.int64)
        if min(left[rows].sum(), (~left[rows]).sum()) >= FEWEST:
            changed[test] = _learned(chance[rows], left[rows]).apply(chance[test])
    return changed, _learned(chance[tested], left[tested])


def _learned(chance: Array, left: NDArray[np.bool_]) -> Recalibration:
    coefficients, _ = logistic(np.column_stack([np.ones(len(chance)), logit(chance)]), left.astype(float))
    # Chances that go the wrong way round say nothing rather than their opposite.
    return (
        Recalibration(coefficients[0], coefficients[1])
        if coefficients[1] > 0
        else Recalibration(float(logit(left.mean())), 0.0)
    )
