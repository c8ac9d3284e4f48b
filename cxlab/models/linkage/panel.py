"""Accounts quarter by quarter: what was measured before, what is known besides, what the money did after and before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.columns import Columns
from cxlab.models.linkage.regression import Layout, lay_out

LEFT, GROWTH, REVENUE = "left", "growth", "revenue"


@dataclass(frozen=True)
class Outcome:
    """What follows. words: as a sentence goes on ("leaving"). unit: share or currency. better: up or down.
    placebo: what stands in for it before the score, in words."""

    name: str
    words: str
    unit: str
    better: str
    placebo: str

    @property
    def is_share(self) -> bool:
        """Whether it happens or not (leaving), rather than being an amount."""
        return self.name == LEFT


OUTCOMES = {
    outcome.name: outcome
    for outcome in (
        Outcome(LEFT, "leaving", "share", "down", "share of its revenue that it had given up before"),
        Outcome(GROWTH, "revenue growth of those who stay", "share", "up", "revenue growth before"),
        Outcome(REVENUE, "monthly revenue an account, leavers counted", "currency", "up", "change of revenue before"),
    )
}


@dataclass(frozen=True)
class Measure:
    """Something known of an account in the 90 days before a period.

    step: the change that an effect is told for, `step_words` the same in words. span: from worst to best class (0:
    none), `span_words` likewise. better: up, down, or neither where nobody can say. asked: it came from a question
    to the customer. family: as in the features. design: "" observed, "randomised" or "quasi-experiment" where
    somebody assigned it.
    """

    name: str
    words: str
    step: float
    step_words: str
    better: str = "up"
    span: float = 0.0
    span_words: str = ""
    asked: bool = False
    family: str = "voice"
    design: str = ""


@dataclass(frozen=True)
class Panel:
    """Rows are accounts in periods; all frames have the same rows, index 0 to n-1.

    customer: the account. period: label. order: number of the period. values: a column a measure, in its own unit,
    NaN where nothing is known. earlier: the same measures half a year before, where known. outcomes and past: columns
    left, growth, revenue (past: what stands in for each before the score was given), NaN where not known. controls:
    what is known besides, as features; families: control -> family. size: the control that says how large an account
    is, "" for none.
    """

    customer: pd.Series
    period: pd.Series
    order: NDArray[np.int64]
    values: pd.DataFrame
    outcomes: pd.DataFrame
    past: pd.DataFrame
    controls: Columns | None
    measures: Mapping[str, Measure]
    earlier: pd.DataFrame = field(default_factory=pd.DataFrame)
    families: Mapping[str, str] = field(default_factory=dict)
    meaning: Mapping[str, str] = field(default_factory=dict)
    size: str = ""
    worth: pd.Series | None = None
    remarks: Sequence[str] = ()

    @property
    def accounts(self) -> NDArray[np.int64]:
        """A number for every account, row by row."""
        return pd.factorize(self.customer)[0].astype(np.int64)

    def layout(self) -> Layout:
        """All controls laid out for least squares."""
        if self.controls is None or not self.controls.kinds:
            return Layout(np.empty((len(self.order), 0)), ())
        return lay_out(self.controls)

    def of(self, names: Sequence[str]) -> Panel:
        """The same panel with these measures alone."""
        kept = {name: self.measures[name] for name in names}
        return replace(self, measures=kept, values=self.values[list(kept)])
