"""What was found about churn, each part computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.churn import alarms as alarming
from cxlab.models.churn import calibration as calibrating
from cxlab.models.churn import checks as checking
from cxlab.models.churn.copies import Copies
from cxlab.models.churn.doubles import Reduced
from cxlab.models.churn.driver_table import Learned, driver_table, noise_floor, without_pair
from cxlab.models.churn.drivers import associations, grouped
from cxlab.models.churn.effects import Effects, spoken
from cxlab.models.churn.folds import Plan, plan
from cxlab.models.churn.labels import Labels
from cxlab.models.churn.leaks import Leak
from cxlab.models.churn.readable import CrossFitted, Readable, cross_fit, learn
from cxlab.models.churn.reading import as_learned
from cxlab.models.churn.recalibration import Recalibration, recalibrated
from cxlab.models.churn.scores import Rated, score
from cxlab.models.churn.threads import one_thread
from cxlab.models.columns import Columns
from cxlab.stats.estimates import normal_quantile

Array = NDArray[np.float64]
_WHAT = "explain_churn"


@dataclass(frozen=True)
class Churn:
    """What goes with leaving. Made by `explain_churn`; parts that take longer are computed when first asked for.

    columns: how the features were read. remarks: sentences on what was read otherwise than written, and how the model
    was tried. plan: the folds. model: the readable model, learned from all labelled rows.
    """

    columns: Columns
    reduced: Reduced
    labels: Labels
    plan: Plan
    model: Readable
    fitted: CrossFitted
    recalibration: Recalibration
    copies: Copies
    seed: int
    meaning: Mapping[str, str]
    families: Mapping[str, str]
    index: pd.Index
    periods: NDArray[np.object_] | None = None
    additive: CrossFitted | None = None
    tests: pd.DataFrame = field(default_factory=pd.DataFrame)
    numbering: Sequence[str] = ()
    leaks: Sequence[Leak] = ()
    remarks: Sequence[str] = ()

    # ------------------------------------------------------------------------------------------------ how good it is

    @cached_property
    def _frame(self) -> pd.DataFrame:
        """The rows that say whether the customer left."""
        return self.reduced.frame[self.labels.known]

    @cached_property
    def _left(self) -> NDArray[np.bool_]:
        return self.labels.left[self.labels.known]

    @cached_property
    def _chance(self) -> Array:
        return recalibrated(self.fitted.chance, self._left, self.plan)[0]

    @cached_property
    def _tested(self) -> tuple[NDArray[np.bool_], Array, NDArray[np.int64] | None]:
        """Who left, chance and cluster of the rows that were tested."""
        rows = self.plan.tested
        return self._left[rows], self._chance[rows], self.plan.code_of(rows)

    @cached_property
    def score(self) -> pd.Series:
        """How well unseen rows were foretold: auc, brier, log_loss with intervals (`_low`, `_high`), average_precision,
        base_rate, n, left, calibration_slope and calibration_intercept with intervals, reliability, resolution,
        uncertainty."""
        left, chance, cluster = self._tested
        more = calibrating.trustworthiness(left, chance, cluster)
        return pd.concat([score(left, chance, cluster), pd.Series(more)]).rename("score")

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """One row a row of the features, same index: chance (of a model that has not seen the row), left, and period.

        The chance is missing for the earliest periods, which no earlier ones foretell. Rows without a label have no
        `left`, and their chance is that of the whole model.
        """
        chance = np.full(len(self.labels.known), np.nan)
        chance[self.labels.known] = self._chance
        unknown = ~self.labels.known
        if unknown.any():
            chance[unknown] = self._of_whole_model(self.reduced.frame[unknown])
        left = pd.array(self.labels.left, dtype="boolean")
        left[unknown] = pd.NA
        frame = pd.DataFrame({"chance": chance, "left": left}, index=self.index)
        return frame if self.periods is None else frame.assign(period=self.periods)

    def predict(self, features: Any) -> pd.Series:
        """Chance of leaving (0-1) of further customers, a row each, index kept. Raises ParameterError."""
        frame = as_learned(features, self.reduced.frame, self.reduced.kinds, _WHAT)
        with one_thread():
            return pd.Series(self._of_whole_model(frame), frame.index, name="chance")

    def _of_whole_model(self, frame: pd.DataFrame) -> Array:
        return self.recalibration.apply(self.model.chance(frame))

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """Tenths of the tested rows by chance: bin, predicted, observed (share that left), low, high, n."""
        return calibrating.calibration(*self._tested[:2])

    def lift(self, lengths: Sequence[int] | None = None, success: float = 0.2) -> pd.DataFrame:
        """What lists of the likeliest leavers among the tested rows find: see `cxlab.models.churn.calibration.lift`."""
        return calibrating.lift(*self._tested[:2], lengths, success)

    @cached_property
    def checks(self) -> pd.DataFrame:
        """The model beside gradient boosting, straight lines only and, where it has pairs, itself without them."""
        rows = self.plan.tested
        left, chance, cluster = self._tested
        with one_thread():
            others = {
                checking.BOOSTING: checking.boosted(self._frame, self.reduced.kinds, self._left, self.plan, self.seed),
                checking.LINEAR: checking.straight(self.fitted, self._frame, self._left, self.plan),
            }
        if self.additive is not None:
            others[checking.ADDITIVE] = self.additive.chance
        return checking.beside(left, chance, {name: each[rows] for name, each in others.items()}, cluster)

    # --------------------------------------------------------------------------------------------- what goes with it

    @cached_property
    def groups(self) -> list[list[str]]:
        """Features that are one driver, the leading one first."""
        with one_thread():
            surely = {name: self.told.p_value([name]) for name in self.reduced.kinds}
            return grouped(associations(self._frame, self.reduced.kinds), surely)

    @cached_property
    def drivers(self) -> pd.DataFrame:
        """One row a driver, the most important first, and shuffled copies as controls: see
        `cxlab.models.churn.driver_table.driver_table`."""
        learned = Learned(
            self._frame,
            self.reduced.kinds,
            self._left,
            self.plan,
            self.told,
            self.fitted,
            self.groups,
            self.seed,
        )
        with one_thread():
            table = driver_table(learned, self._effects, self.meaning, self.families)
        doubles = {
            stays: [gone for gone, own in self.reduced.same.items() if own == stays] for stays in self.reduced.kinds
        }
        table["members"] = [
            tuple(each for name in members for each in (name, *doubles.get(name, []))) for members in table["members"]
        ]
        return table

    @property
    def noise_floor(self) -> float:
        """The largest importance among the shuffled copies."""
        return noise_floor(self.drivers)

    @cached_property
    def told(self) -> Readable:
        """The same model without the shrinkage that foretelling asks for: what effects are read from."""
        with one_thread():
            design, pulls = self.model.design, self.model.pulls
            cluster, bent = self.plan.cluster, design.bent
            return learn(self._frame, self.reduced.kinds, self._left, design.names, pulls, cluster, False, bent)

    @cached_property
    def _effects(self) -> Effects:
        return Effects(self.told, self._frame, self.groups, self.seed)

    @cached_property
    def curves(self) -> dict[str, pd.DataFrame]:
        """Feature -> x or level, churn (0-1) if every customer had it, points (against churn as is), low, high, n."""
        with one_thread():
            return {name: self._effects.curve(name) for name in self.reduced.kinds}

    @cached_property
    def surfaces(self) -> dict[tuple[str, str], pd.DataFrame]:
        """Pair -> its two features, churn (0-1) expected at each combination, points, low, high, n."""
        with one_thread():
            return {pair: self._effects.surface(*pair) for pair in self.model.design.names}

    @cached_property
    def interactions(self) -> pd.DataFrame:
        """Pairs of features that act together, the one that helps most first; empty where the additive model suffices.

        first, second, words, p_adjusted (over all pairs tried), found_in (of `folds` training parts), folds, gain
        (rise of the log loss of unseen rows without it), low, high, most and least (where leaving is expected most
        and least, in words).
        """
        rows = []
        for pair in self.model.design.names:
            with one_thread():
                rise = without_pair(self.fitted, self._frame, self._left, self.plan, pair)
            test = self.tests[(self.tests["first"] == pair[0]) & (self.tests["second"] == pair[1])].iloc[0]
            reach = normal_quantile() * rise.std() / np.sqrt(len(rise))
            ends = self._ends(pair)
            words = " and ".join(self.meaning.get(name, name) for name in pair)
            found = sum(pair in own for own in self.fitted.pairs)
            mean = float(rise.mean())
            rows.append(
                (*pair, words, test["p_adjusted"], found, len(self.plan.folds), mean, mean - reach, mean + reach, *ends)
            )
        columns = [
            "first",
            "second",
            "words",
            "p_adjusted",
            "found_in",
            "folds",
            "gain",
            "low",
            "high",
            "most",
            "least",
        ]
        table = pd.DataFrame(rows, columns=columns)
        return table.sort_values("gain", ascending=False, kind="stable").reset_index(drop=True)

    def _ends(self, pair: tuple[str, str]) -> tuple[str, str]:
        """Where a pair's surface is highest and lowest among combinations that customers have, in words."""
        surface = self.surfaces[pair]
        there = surface[surface["n"] >= max(5, 0.005 * surface["n"].sum())]
        there = there if len(there) else surface
        said = []
        for at in (there["churn"].idxmax(), there["churn"].idxmin()):
            row = there.loc[at]
            parts = [f"{self.meaning.get(name, name)} {spoken(row[name], self.reduced.kinds[name])}" for name in pair]
            said.append(f"{parts[0]} with {parts[1]}: {100 * row['churn']:.0f} %")
        return said[0], said[1]

    # ------------------------------------------------------------------------------------------------ what to beware of

    @cached_property
    def alarms(self) -> pd.DataFrame:
        """What threatens score or drivers: kind, column, what, sure, remedy, sentence. Empty when all is well."""
        with one_thread():
            found = self._leaks() + self._copied()
        fewer = int(min(self._left.sum(), (~self._left).sum()))
        found += alarming.double_alarms(self.reduced.same) + alarming.numbering_alarms(self.numbering)
        found += alarming.few_alarms(fewer, len(self.groups))
        return alarming.as_frame(found)

    def _leaks(self) -> list[dict[str, str]]:
        auc = Rated.of(*self._tested[:2]).auc
        if not self.leaks:
            return alarming.implausible(auc)
        taken = {leak.column for leak in self.leaks}
        rest = {name: kind for name, kind in self.reduced.kinds.items() if name not in taken}
        without = None
        if rest:
            chance = cross_fit(self._frame, rest, self._left, self.plan, self.model.pulls).chance[self.plan.tested]
            without = Rated.of(self._tested[0], chance).auc
        return alarming.leak_alarms(self.leaks, auc, without)

    def _copied(self) -> list[dict[str, str]]:
        if not self.copies.are_many:
            return []
        rows = len(self._left)
        honest = Rated.of(*self._tested[:2]).auc
        drawn = plan(self._left, self.seed)
        flattered = Rated.of(
            self._left, cross_fit(self._frame, self.reduced.kinds, self._left, drawn, self.model.pulls).chance
        ).auc
        boosted = [
            Rated.of(
                self._left[each.tested],
                checking.boosted(self._frame, self.reduced.kinds, self._left, each, self.seed)[each.tested],
            ).auc
            for each in (self.plan, drawn)
        ]
        return alarming.copy_alarms(self.copies, rows, honest, flattered, (boosted[0], boosted[1]))
