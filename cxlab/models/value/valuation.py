"""What every engine gives back: parameters with their doubt, a row a customer, totals, checks and the hold-out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.value.fitting import Array, log_interval, variance_of
from cxlab.stats.estimates import normal_quantile

#: A gain in error below this share of it is no gain.
_MATTERS = 0.01
HOLDS, NOTED, BROKEN, UNCHECKED = "holds", "noted", "broken", "not checked"


@dataclass(frozen=True)
class Doubt:
    """Where the intervals of values come from.

    slopes: log parameters x customers, how each value changes with each parameter. covariance: of the log parameters.
    chance: variance of what a customer may really bring around what is expected.
    """

    slopes: Array
    covariance: Array
    chance: Array


@dataclass(frozen=True)
class Valuation:
    """What customers are worth, by which engine, how surely, and what speaks against it.

    engine, why: the engine in its usual name, and a sentence on why it was chosen. unit, horizon: of time. as_of.
    parameters: Series by published name, with log_likelihood. uncertainty: parameter, value, low, high.
    table: one row a customer; value, low, high are what is expected over the horizon, discounted, with the 95 %
    interval of that expectation (what one really brings varies far more).
    holdout: what the model and the naive rules foretold for a later time, and what came. checks: check, verdict
    ("holds", "noted", "broken", "not checked"), finding. refused: sentences; where there are any, values are empty.
    remarks: sentences on the data.
    """

    engine: str
    why: str
    unit: str
    horizon: float
    as_of: pd.Timestamp
    parameters: pd.Series
    uncertainty: pd.DataFrame
    table: pd.DataFrame
    holdout: pd.DataFrame
    checks: pd.DataFrame
    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    holdout_says: str = ""
    doubt: Doubt | None = None
    #: What later sums and charts of this engine need; see cxlab.models.value.frames.
    material: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def over(self) -> str:
        """The horizon in words."""
        if np.isinf(self.horizon):
            return "the whole lifetime"
        many = f"{self.unit[:-1]}ies" if self.unit.endswith("y") and self.unit != "day" else f"{self.unit}s"
        return f"the next {self.horizon:g} {self.unit if self.horizon == 1 else many}"

    @property
    def total(self) -> pd.Series:
        """value, low, high of all customers together, and could_low, could_high: what may really come."""
        return (
            self.by(pd.Series("all", index=self.table["customer_id"]))
            .iloc[0][["value", "low", "high", "could_low", "could_high"]]
            .astype(float)
        )

    def by(self, groups: pd.Series, name: str = "group", min_n: int = 1) -> pd.DataFrame:
        """A KPI frame of the value of each group; `groups` is a Series by customer_id.

        kpi, period (the horizon), `name`, value (sum, in money), low, high (of what is expected), n, n_eff, then
        could_low, could_high (95 % interval of what may really come, chance included), per_customer, naive.
        Customers without a group are left out. Raises ParameterError where no customer is named.
        """
        keyed = groups[~groups.index.duplicated()]
        keyed.index = keyed.index.astype(str)
        group = keyed.reindex(self.table["customer_id"])
        if not group.notna().any():
            raise ParameterError("none of the customers valued is named in the groups; index them by customer_id.")
        known = group.notna().to_numpy()
        names = sorted(group[known].unique(), key=str)
        rows = []
        for label in names:
            inside = known & (group == label).fillna(False).to_numpy(bool)
            rows.append((label, int(inside.sum()), *self._sum_of(inside), self._naive(inside)))
        columns = [name, "n", "value", "low", "high", "could_low", "could_high", "naive"]
        frame = pd.DataFrame(rows, columns=columns)
        frame.insert(0, "kpi", "customer_value")
        frame.insert(1, "period", self.over)
        frame["n_eff"], frame["per_customer"] = frame["n"].astype(float), frame["value"] / frame["n"]
        frame.loc[frame["n"] < min_n, ["value", "low", "high", "could_low", "could_high", "per_customer", "naive"]] = (
            np.nan
        )
        order = ["kpi", "period", name, "value", "low", "high", "n", "n_eff"]
        return frame[[*order, "could_low", "could_high", "per_customer", "naive"]]

    def concentration(self, share: float = 0.1) -> float:
        """Share of all value that lies with the most valuable `share` of the customers; NaN where refused."""
        value = np.sort(self.table["value"].to_numpy(float))[::-1]
        if not len(value) or not np.isfinite(value).all() or value.sum() <= 0:
            return float("nan")
        top = share * len(value)
        whole = int(top)
        part = value[whole] * (top - whole) if whole < len(value) else 0.0
        return float((value[:whole].sum() + part) / value.sum())

    def _naive(self, inside: Array) -> float:
        return float(self.table["naive_value"].to_numpy(float)[inside].sum())

    def _sum_of(self, inside: Array) -> tuple[float, ...]:
        value = float(self.table["value"].to_numpy(float)[inside].sum())
        if self.doubt is None or not np.isfinite(value):
            return (np.nan,) * 5
        slope = self.doubt.slopes[:, inside].sum(axis=1)[:, None]
        of_fit = variance_of(slope, self.doubt.covariance)
        low, high = log_interval(np.array([value]), of_fit)
        could_low, could_high = log_interval(np.array([value]), of_fit + self.doubt.chance[inside].sum())
        return value, float(low[0]), float(high[0]), float(could_low[0]), float(could_high[0])


def customer_intervals(value: Array, doubt: Doubt) -> tuple[Array, Array]:
    """95 % limits of what is expected of each customer."""
    return log_interval(value, variance_of(doubt.slopes, doubt.covariance))


def checks_frame(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    """check, verdict, finding."""
    return pd.DataFrame(rows, columns=["check", "verdict", "finding"])


def paired_verdict(model: Array, naive: Array, actual: Array, squared_only: bool = False) -> str:
    """Whether the model's errors are clearly smaller than the naive rule's: "better", "worse" or "cannot tell".

    Judged customer by customer on squared errors; where a few huge ones decide those, on absolute errors, provided that
    the squared ones point the same way. `squared_only` is for outcomes that are yes or no.
    """
    if len(actual) < 2:
        return "cannot tell"
    signs = []
    for power in (2, 1):
        gap = np.abs(naive - actual) ** power - np.abs(model - actual) ** power
        error = gap.std(ddof=1) / np.sqrt(len(gap))
        clear = abs(gap.mean()) > max(normal_quantile() * error, _MATTERS * (np.abs(naive - actual) ** power).mean())
        signs.append((np.sign(gap.mean()), clear))
    (squared, sure), (absolute, also_sure) = signs
    if not (sure or (also_sure and squared == absolute and not squared_only)):
        return "cannot tell"
    return "better" if squared > 0 else "worse"
