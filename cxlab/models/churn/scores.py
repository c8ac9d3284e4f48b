"""How well chances foretold who left: scores with 95 % intervals, and two models compared on the same rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.stats.estimates import normal_quantile

Array = NDArray[np.float64]
_TINY = 1e-9


@dataclass(frozen=True)
class Rated:
    """One model's chances on tested rows: area under the curve, Brier score and log loss, and each row's part in them.

    `influence` of the area and `brier`, `loss` a row, so that intervals and differences follow by sums over clusters.
    """

    auc: float
    influence: Array
    brier: Array
    loss: Array
    cluster: NDArray[np.int64] | None

    @classmethod
    def of(cls, left: NDArray[np.bool_], chance: Array, cluster: NDArray[np.int64] | None = None) -> Rated:
        """Rate chances (0-1) against who left.

        The area's influence function is that of DeLong, DeLong & Clarke-Pearson (1988, Biometrics 44:837-845), summed
        over clusters as Obuchowski (1997, Biometrics 53:567-578) does.
        """
        from scipy.stats import rankdata

        above = rankdata(chance)
        yes, no = left, ~left
        m, n = int(yes.sum()), int(no.sum())
        share_below = (above[yes] - rankdata(chance[yes])) / n
        share_above = 1 - (above[no] - rankdata(chance[no])) / m
        auc = float(share_below.mean())
        influence = np.empty(len(left))
        influence[yes], influence[no] = (share_below - auc) / m, (share_above - auc) / n
        y, p = left.astype(float), np.clip(chance, _TINY, 1 - _TINY)
        return cls(auc, influence, (p - y) ** 2, -(y * np.log(p) + (1 - y) * np.log(1 - p)), cluster)

    def auc_interval(self) -> tuple[float, float]:
        """95 % interval of the area, made on the scale of its log odds so that it stays below 1."""
        error = _error(self.influence, self.cluster)
        if not 0 < self.auc < 1:
            return self.auc, self.auc
        centre, reach = np.log(self.auc / (1 - self.auc)), normal_quantile() * error / (self.auc * (1 - self.auc))
        low, high = (1 / (1 + np.exp(-centre - sign * reach)) for sign in (-1, 1))
        return float(low), float(high)

    def mean_interval(self, part: Array) -> tuple[float, float, float]:
        """Mean of `brier` or `loss` with its 95 % interval."""
        mean, reach = float(part.mean()), normal_quantile() * _error((part - part.mean()) / len(part), self.cluster)
        return mean, mean - reach, mean + reach


def _error(influence: Array, cluster: NDArray[np.int64] | None) -> float:
    """Standard error of a statistic from its rows' influences, rows of a cluster taken together."""
    parts = influence if cluster is None else np.bincount(np.unique(cluster, return_inverse=True)[1], influence)
    count = len(parts)
    return float(np.sqrt(np.sum(parts**2) * count / max(count - 1, 1)))


def differences(first: Rated, second: Rated) -> dict[str, float]:
    """First minus second on the same rows: auc_difference and brier_difference, each with `_low` and `_high`."""
    z = normal_quantile()
    auc, brier = first.auc - second.auc, first.brier - second.brier
    found = {}
    for name, value, influence in (
        ("auc", auc, first.influence - second.influence),
        ("brier", float(brier.mean()), (brier - brier.mean()) / len(brier)),
    ):
        reach = z * _error(influence, first.cluster)
        found |= {f"{name}_difference": value, f"{name}_low": value - reach, f"{name}_high": value + reach}
    return found


def gain(new: Rated, old: Rated) -> tuple[float, float, float]:
    """By how much the new model's log loss a row is smaller, with its 95 % interval."""
    less = old.loss - new.loss
    reach = normal_quantile() * _error((less - less.mean()) / len(less), new.cluster)
    return float(less.mean()), float(less.mean() - reach), float(less.mean() + reach)


def score(left: NDArray[np.bool_], chance: Array, cluster: NDArray[np.int64] | None = None) -> pd.Series:
    """auc, brier and log_loss with intervals, average_precision, base_rate, n and left of tested rows."""
    from sklearn.metrics import average_precision_score

    rated = Rated.of(left, chance, cluster)
    low, high = rated.auc_interval()
    brier, loss = rated.mean_interval(rated.brier), rated.mean_interval(rated.loss)
    return pd.Series(
        {
            **{"auc": rated.auc, "auc_low": low, "auc_high": high},
            **dict(zip(("brier", "brier_low", "brier_high"), brier, strict=True)),
            **dict(zip(("log_loss", "log_loss_low", "log_loss_high"), loss, strict=True)),
            "average_precision": float(average_precision_score(left, chance)),
            "base_rate": float(left.mean()),
            "n": float(len(left)),
            "left": float(left.sum()),
        },
        name="score",
    )
