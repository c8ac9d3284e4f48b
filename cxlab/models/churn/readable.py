"""The readable model, learned on some rows and asked about others, and its search for pairs that act together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.churn.design import BENDS, Array, Design, Side
from cxlab.models.churn.fitting import Fit, fit, thinness
from cxlab.models.churn.folds import Plan
from cxlab.models.churn.missed import Missed, p_value_of
from cxlab.models.churn.pairs import PairSide, candidates
from cxlab.models.columns import NUMBER

Pair = tuple[str, str]
Pulls = dict[tuple[tuple[str, ...], str], float]
#: A pair is taken in where chance would show one as strong among all pairs once in a thousand searches.
STRICT = 1e-3
#: Where leavers are few a number bends when a straight one would show so much by chance once in a hundred times.
BENT = 0.01
_MOST_PAIRS, _ROUNDS, _A_ROUND, _MOST_TRIED = 10, 5, 4, 20


@dataclass(frozen=True)
class Readable:
    """A learned model: its design, its fit, and the columns of the rows it was learned from."""

    design: Design
    fit: Fit
    matrix: Array

    def chance(self, frame: pd.DataFrame) -> Array:
        """Chance of leaving (0-1) for rows of any frame with these features."""
        return self.fit.chance(self.design.matrix(frame))

    def p_value(self, features: Sequence[str]) -> float:
        """How surely these features go with leaving at all, alone or in pairs."""
        return p_value_of(self.fit, self.design.blocks, features)

    @property
    def pulls(self) -> Pulls:
        """How strongly each block is pulled, by its features and kind: where a fit of the like may begin."""
        return {(b.features, b.kind): float(p) for b, p in zip(self.design.blocks, self.fit.pulls, strict=True)}


def learn(
    frame: pd.DataFrame,
    kinds: Mapping[str, str],
    left: NDArray[np.bool_],
    pairs: Sequence[Pair] = (),
    start: Pulls | None = None,
    cluster: NDArray[np.int64] | None = None,
    shrink: bool = True,
    bent: Collection[str] | None = None,
) -> Readable:
    """Learn an additive model, with pairs if named.

    `start` are the pulls of another fit to begin from; `shrink` for foretelling, not for effects (see `fitting.fit`).
    `bent` are the numbers whose curve is no straight line. Unless named, these are all numbers; where there are too few
    leavers for so many curves, those whose straight line misses something (score test at 1 %).
    """
    numbers = [name for name, kind in kinds.items() if kind == NUMBER]
    if bent is None and thinness(len(numbers), left) > 1:
        lines = learn(frame, kinds, left, pairs, start, cluster, shrink, ())
        bent = _bending(lines, frame, left, numbers)
        if not bent:
            return lines
        start = lines.pulls
    design = Design.learn(frame, kinds, pairs, bent)
    matrix = design.matrix(frame)
    begin = [(start or {}).get((block.features, block.kind)) for block in design.blocks]
    return Readable(design, fit(matrix, left, design.blocks, begin, cluster, shrink), matrix)


def _bending(model: Readable, frame: pd.DataFrame, left: NDArray[np.bool_], numbers: Sequence[str]) -> list[str]:
    """Numbers whose bends would explain something that the model's straight lines miss."""
    missed = Missed(model.fit, model.matrix, model.design.blocks, left)
    found = []
    for name in numbers:
        bends = [part for kind, part in Side.learn(name, NUMBER, frame[name]).parts(frame[name]) if kind == BENDS]
        if bends and missed.p_values(bends[0], [np.arange(bends[0].shape[1])])[0] <= BENT:
            found.append(name)
    return found


def search(
    frame: pd.DataFrame, kinds: Mapping[str, str], left: NDArray[np.bool_], model: Readable
) -> tuple[Readable, pd.DataFrame]:
    """Add to an additive model learned from these rows the pairs that go with leaving beyond what each does alone.

    Every pair is held against what the model misses by a score test of its products; the clearest ones enter, the model
    is fitted anew and the rest are tested again, until none is left that would show up by chance in one of a thousand
    searches (Bonferroni over all pairs). Of more than 20 features only the 20 that most surely go with leaving by
    themselves are tried. Returns the model with them (the one given where there are none) and a frame
    first, second, p, p_adjusted.
    """
    names = _promising(model, kinds)
    wanted, pairs, rows = candidates(frame, {name: kinds[name] for name in names}), [], []
    among = {name for pair in wanted for name in pair}
    sides = {name: PairSide.learn(name, kinds[name], frame[name]).columns(frame[name]) for name in among}
    for _ in range(_ROUNDS):
        rest = [pair for pair in wanted if pair not in pairs]
        if not rest:
            break
        p = _tests(model, left, [(sides[a], sides[b]) for a, b in rest])
        clear = [at for at in np.argsort(p, kind="stable") if p[at] * len(wanted) <= STRICT]
        room = min(_A_ROUND, _MOST_PAIRS - len(pairs))
        if not clear or room <= 0:
            break
        for at in clear[:room]:
            pairs.append(rest[at])
            rows.append((*rest[at], p[at], min(1.0, p[at] * len(wanted))))
        model = learn(frame, kinds, left, pairs, model.pulls, bent=model.design.bent)
    return model, pd.DataFrame(rows, columns=["first", "second", "p", "p_adjusted"])


def _promising(model: Readable, kinds: Mapping[str, str]) -> list[str]:
    """Features to try in pairs, in the order of the columns."""
    if len(kinds) <= _MOST_TRIED:
        return list(kinds)
    p = {name: model.p_value([name]) for name in kinds}
    return [name for name in kinds if name in sorted(kinds, key=p.__getitem__)[:_MOST_TRIED]]


def _tests(model: Readable, left: NDArray[np.bool_], pairs: Sequence[tuple[Array, Array]]) -> Array:
    """p-value of each pair of sides, given the model's own columns.

    Each pair is tried twice, with all its products and with those of the first two columns of a side, since most pairs
    show themselves by a line and a bend, and finer ones cost power; the better p-value is doubled.
    """
    missed = Missed(model.fit, model.matrix, model.design.blocks, left)
    found = []
    for first, second in pairs:
        a, b = first.shape[1], second.shape[1]
        columns = (first[:, :, None] * second[:, None, :]).reshape(len(left), -1)
        few = np.add.outer(np.arange(min(2, a)) * b, np.arange(min(2, b))).ravel()
        found.append(min(1.0, 2 * min(missed.p_values(columns, [few, np.arange(a * b)]))))
    return np.array(found)


@dataclass(frozen=True)
class CrossFitted:
    """Chances of tested rows from models that have not seen them (NaN elsewhere), with the models, fold by fold."""

    chance: Array
    models: list[Readable]

    @property
    def pairs(self) -> list[list[Pair]]:
        """The pairs of each fold's model."""
        return [model.design.names for model in self.models]


def cross_fit(
    frame: pd.DataFrame,
    kinds: Mapping[str, str],
    left: NDArray[np.bool_],
    plan: Plan,
    start: Pulls | None = None,
    pairs: Sequence[Sequence[Pair]] | None = None,
) -> CrossFitted:
    """Learn on each training part and ask about its test part; `pairs` are a list a fold."""
    own = pairs or [[] for _ in plan.folds]
    models = []
    for each, (train, _) in zip(own, plan.folds, strict=True):
        models.append(_light(learn(frame.iloc[train], kinds, left[train], each, start)))
    return _asked(models, frame, left, plan)


def cross_search(
    frame: pd.DataFrame, kinds: Mapping[str, str], left: NDArray[np.bool_], plan: Plan, additive: CrossFitted
) -> CrossFitted:
    """Let each training part look for pairs of its own to add to its additive model."""
    models = []
    for model, (train, _) in zip(additive.models, plan.folds, strict=True):
        part = frame.iloc[train]
        whole = replace(model, matrix=model.design.matrix(part))
        models.append(_light(search(part, kinds, left[train], whole)[0]))
    return _asked(models, frame, left, plan)


def _light(model: Readable) -> Readable:
    """A fold's model without its rows: they can be made again, and five copies of a large table are too many."""
    return replace(model, matrix=model.matrix[:0])


def _asked(models: list[Readable], frame: pd.DataFrame, left: NDArray[np.bool_], plan: Plan) -> CrossFitted:
    chance = np.full(len(left), np.nan)
    for model, (_, test) in zip(models, plan.folds, strict=True):
        chance[test] = model.chance(frame.iloc[test])
    return CrossFitted(chance, models)
