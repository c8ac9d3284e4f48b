"""The table of drivers: what each goes with, how surely, and shuffled copies beside them as what chance alone shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.churn.design import Array
from cxlab.models.churn.drivers import BOTH, LESS, MORE, importance
from cxlab.models.churn.effects import Effects
from cxlab.models.churn.folds import Plan
from cxlab.models.churn.readable import CrossFitted, Readable, cross_fit, learn
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust

#: Drivers of which a shuffled copy is made, the most important ones first.
CONTROLS = 5


@dataclass(frozen=True)
class Learned:
    """What the table is made from: frame and kinds of the rows learned from, the whole model (not shrunk) and the
    folds' models (shrunk)."""

    frame: pd.DataFrame
    kinds: Mapping[str, str]
    left: NDArray[np.bool_]
    plan: Plan
    model: Readable
    fitted: CrossFitted
    groups: Sequence[Sequence[str]]
    seed: int


def driver_table(
    learned: Learned, effects: Effects, words: Mapping[str, str], families: Mapping[str, str]
) -> pd.DataFrame:
    """One row a driver, the most important first, then the controls.

    Columns: driver (the feature that leads the group), words, members (tuple of features), family, importance (rise of
    the log loss of unseen rows when its values are exchanged between customers), importance_low, importance_high,
    step (what one step is), points, low, high (points of churn that go with it, 95 %), p, q (Benjamini-Hochberg over
    the drivers), verdict, n (rows that have a value), is_control.

    A driver has a verdict where q is at most 0.04 and its importance is above that of every control; that it goes with
    leaving up and down where its curve surely rises and falls, or its step alone shows no direction.
    """
    groups = [list(group) for group in learned.groups]
    table = _rows(learned, learned.model, learned.fitted, groups, effects).assign(is_control=False)
    controls = _controls(learned, table.sort_values("importance", ascending=False, kind="stable")["driver"][:CONTROLS])
    floor = float(controls["importance"].max()) if len(controls) else 0.0
    table["q"] = adjust(table["p"])
    controls["q"] = np.nan
    table = pd.concat([table, controls], ignore_index=True)
    clear = (table["q"] <= FALSE_DISCOVERY) & (table["importance"] > floor)
    one_way = clear & ~table["turns"].astype(bool)
    table["verdict"] = np.select(
        [one_way & (table["low"] > 0), one_way & (table["high"] < 0), clear], [MORE, LESS, BOTH], CANNOT_TELL
    )
    table["words"] = [_worded(row, words) for row in table.itertuples()]
    table["family"] = [families.get(name, "") for name in table["driver"]]
    order = ["driver", "words", "members", "family", "importance", "importance_low", "importance_high", "step"]
    order += ["points", "low", "high", "p", "q", "verdict", "n", "is_control"]
    table = table.sort_values(["is_control", "importance"], ascending=[True, False], kind="stable")
    return table[order].reset_index(drop=True)


def _worded(row: object, words: Mapping[str, str]) -> str:
    if row.is_control:
        own = row.driver.removeprefix(_SHUFFLED)
        return f"shuffled copy of {words.get(own, own)}"
    return words.get(row.driver, row.driver)


_SHUFFLED = "shuffled "


def _rows(
    learned: Learned, model: Readable, fitted: CrossFitted, groups: Sequence[Sequence[str]], effects: Effects
) -> pd.DataFrame:
    rise = importance(fitted, learned.frame, learned.left, learned.plan, groups, learned.seed)
    rows = []
    for group, (value, low, high) in zip(groups, rise.to_numpy(), strict=True):
        step = effects.step(group[0])
        rows.append(
            {
                "driver": group[0],
                "members": tuple(group),
                "importance": value,
                "importance_low": low,
                "importance_high": high,
                "step": step.words,
                "points": step.points,
                "low": step.low,
                "high": step.high,
                "p": model.p_value(group),
                "turns": effects.turns(group[0]),
                "n": effects.count(group[0]),
            }
        )
    return pd.DataFrame(rows)


def _controls(learned: Learned, names: Sequence[str]) -> pd.DataFrame:
    """Shuffled copies of these features put into the model beside the real ones, and what they seem to go with."""
    rng = np.random.default_rng([learned.seed, len(learned.left)])
    copies = {
        f"{_SHUFFLED}{name}": learned.frame[name].to_numpy()[rng.permutation(len(learned.frame))] for name in names
    }
    frame = learned.frame.assign(**copies)
    kinds = dict(learned.kinds) | {copy: learned.kinds[copy.removeprefix(_SHUFFLED)] for copy in copies}
    start = learned.model.pulls
    model = learn(frame, kinds, learned.left, learned.model.design.names, start, learned.plan.cluster, shrink=False)
    fitted = cross_fit(frame, kinds, learned.left, learned.plan, start, pairs=learned.fitted.pairs)
    beside = Learned(frame, kinds, learned.left, learned.plan, model, fitted, learned.groups, learned.seed)
    groups = [[copy] for copy in copies]
    return _rows(beside, model, fitted, groups, Effects(model, frame, groups, learned.seed)).assign(is_control=True)


def noise_floor(table: pd.DataFrame) -> float:
    """The largest importance among the controls: what chance alone reaches."""
    return float(table.loc[table["is_control"], "importance"].max())


def without_pair(
    fitted: CrossFitted, frame: pd.DataFrame, left: NDArray[np.bool_], plan: Plan, pair: tuple[str, str]
) -> Array:
    """How much larger each tested row's log loss is without a pair's own part; 0 where a fold has no such pair."""
    rise = np.zeros(len(left))
    for model, (_, test) in zip(fitted.models, plan.folds, strict=True):
        blocks = [block for block in model.design.blocks if block.features == pair]
        if blocks:
            matrix = model.design.matrix(frame.iloc[test])
            whole = model.fit.log_odds(matrix)
            part = matrix[:, blocks[0].columns] @ model.fit.coefficients[1:][blocks[0].columns]
            y = left[test]
            rise[test] = np.logaddexp(0, whole - part) - y * (whole - part) - np.logaddexp(0, whole) + y * whole
    return rise[plan.tested]
