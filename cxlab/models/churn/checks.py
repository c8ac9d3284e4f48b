"""The readable model beside others on the same rows: gradient boosting, which sees all, and straight lines only."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.churn.design import BENDS, NOT_ASKED, TOGETHER, Array
from cxlab.models.churn.fitting import fit
from cxlab.models.churn.folds import Plan
from cxlab.models.churn.readable import CrossFitted
from cxlab.models.churn.scores import Rated, differences
from cxlab.models.columns import CATEGORY

READABLE, ADDITIVE, BOOSTING, LINEAR = "readable model", "without pairs", "gradient boosting", "straight lines"
BETTER, WORSE, ALIKE = "better than the readable model", "worse than the readable model", "cannot tell apart"


def boosted(frame: pd.DataFrame, kinds: Mapping[str, str], left: NDArray[np.bool_], plan: Plan, seed: int) -> Array:
    """Chances of tested rows by scikit-learn's HistGradientBoostingClassifier as it comes, NaN elsewhere."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    columns, is_category = [], []
    for name, kind in kinds.items():
        values = frame[name]
        if kind == CATEGORY:
            codes = values.mask(values == NOT_ASKED).astype("category").cat.codes.to_numpy(float)
            values = pd.Series(np.where(codes < 0, np.nan, codes))
        columns.append(values.to_numpy(float))
        is_category.append(kind == CATEGORY)
    matrix = np.column_stack(columns)
    chance = np.full(len(left), np.nan)
    for train, test in plan.folds:
        # A column without two different values in a training part (not yet asked, say) has nothing to split.
        part = [matrix[train, place] for place in range(matrix.shape[1])]
        held = [place for place, x in enumerate(part) if len(np.unique(x[~np.isnan(x)])) > 1]
        model = HistGradientBoostingClassifier(
            categorical_features=[is_category[place] for place in held], random_state=seed
        )
        model.fit(matrix[np.ix_(train, held)], left[train])
        chance[test] = model.predict_proba(matrix[np.ix_(test, held)])[:, 1]
    return chance


def straight(fitted: CrossFitted, frame: pd.DataFrame, left: NDArray[np.bool_], plan: Plan) -> Array:
    """Chances of tested rows by the same columns without bends and pairs, NaN elsewhere."""
    chance = np.full(len(left), np.nan)
    for model, (train, test) in zip(fitted.models, plan.folds, strict=True):
        blocks = [block for block in model.design.blocks if block.kind not in (BENDS, TOGETHER)]
        columns = np.concatenate([np.arange(block.columns.start, block.columns.stop) for block in blocks])
        line = fit(model.design.matrix(frame.iloc[train])[:, columns], left[train], blocks)
        chance[test] = line.chance(model.design.matrix(frame.iloc[test])[:, columns])
    return chance


def beside(
    left: NDArray[np.bool_], readable: Array, others: Mapping[str, Array], cluster: NDArray[np.int64] | None
) -> pd.DataFrame:
    """Out-of-fold scores side by side: model, auc, brier, log_loss, and for each other model its difference to the
    readable one with 95 % interval (auc_difference, auc_low, auc_high, brier_ likewise) and a verdict by the area."""
    own = Rated.of(left, readable, cluster)
    rows = [{"model": READABLE, "auc": own.auc, "brier": own.brier.mean(), "log_loss": own.loss.mean()}]
    for name, chance in others.items():
        rated = Rated.of(left, chance, cluster)
        apart = differences(rated, own)
        verdict = BETTER if apart["auc_low"] > 0 else WORSE if apart["auc_high"] < 0 else ALIKE
        scores = {"auc": rated.auc, "brier": rated.brier.mean(), "log_loss": rated.loss.mean()}
        rows.append({"model": name} | scores | apart | {"verdict": verdict})
    return pd.DataFrame(rows)
