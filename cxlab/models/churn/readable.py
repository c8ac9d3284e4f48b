"""The readable model, learned on some rows and asked about others, and its search for pairs that act together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.churn.design import Array, Design
from cxlab.models.churn.fitting import Fit, fit
from cxlab.models.churn.folds import Plan
from cxlab.models.churn.pairs import PairSide, candidates, product

Pair = tuple[str, str]
#: A pair is taken in where chance would show one as strong among all pairs once in a thousand searches.
STRICT = 1e-3
_MOST_PAIRS, _ROUNDS, _A_ROUND = 10, 5, 4


@dataclass(frozen=True)
class Readable:
    """A learned model: its design, its fit, and the columns of the rows it was learned from."""

    design: Design
    fit: Fit
    matrix: Array

    def chance(self, frame: pd.DataFrame) -> Array:
        """Chance of leaving (0-1) for rows of any frame with these features."""
        return self.fit.chance(self.design.matrix(frame))


def learn(
    frame: pd.DataFrame,
    kinds: Mapping[str, str],
    left: NDArray[np.bool_],
    pairs: Sequence[Pair] = (),
    start: Array | None = None,
    cluster: NDArray[np.int64] | None = None,
) -> Readable:
    """Learn an additive model, with pairs if named. `start` are pulls of the first blocks to begin from."""
    design = Design.learn(frame, kinds, pairs)
    matrix = design.matrix(frame)
    if start is not None:
        missing = len(design.blocks) - len(start)
        # A training part may lack what makes a block (its only gaps, say); then it starts on its own.
        start = np.concatenate([start, np.ones(missing)]) if len(pairs) >= missing >= 0 else None
    return Readable(design, fit(matrix, left, design.blocks, start, cluster), matrix)


def search(
    frame: pd.DataFrame, kinds: Mapping[str, str], left: NDArray[np.bool_], start: Array | None = None
) -> tuple[list[Pair], pd.DataFrame]:
    """Pairs of features that go with leaving beyond what each does alone, the strongest first.

    Every pair is held against what the model misses by a score test of its products, given all columns of the model
    (Rao 1948); the clearest ones enter, the model is fitted anew and the rest are tested again, until none is left
    that would show up by chance in one of a thousand searches (Bonferroni over all pairs). Returns the pairs and a
    frame first, second, p, p_adjusted.
    """
    wanted, pairs, rows = candidates(frame, dict(kinds)), [], []
    sides = {name: PairSide.learn(name, kinds[name], frame[name]) for name in {n for pair in wanted for n in pair}}
    model = learn(frame, kinds, left, (), start)
    for _ in range(_ROUNDS):
        rest = [pair for pair in wanted if pair not in pairs]
        if not rest:
            break
        p = _tests(model, frame, left, [(sides[a], sides[b]) for a, b in rest])
        clear = [at for at in np.argsort(p, kind="stable") if p[at] * len(wanted) <= STRICT]
        room = min(_A_ROUND, _MOST_PAIRS - len(pairs))
        if not clear or room <= 0:
            break
        for at in clear[:room]:
            pairs.append(rest[at])
            rows.append((*rest[at], p[at], min(1.0, p[at] * len(wanted))))
        model = learn(frame, kinds, left, pairs, model.fit.pulls)
    return pairs, pd.DataFrame(rows, columns=["first", "second", "p", "p_adjusted"])


def _tests(
    model: Readable, frame: pd.DataFrame, left: NDArray[np.bool_], pairs: Sequence[tuple[PairSide, PairSide]]
) -> Array:
    """p-value of each pair: chi-square of the scores of its products given the model's own columns."""
    from scipy.stats import chi2

    chance = model.fit.chance(model.matrix)
    residual, weight = left - chance, chance * (1 - chance)
    own = np.column_stack([np.ones(len(left)), model.matrix])
    weighted = own * weight[:, None]
    pull = np.concatenate([[0.0], np.repeat(model.fit.pulls, [block.width for block in model.design.blocks])])
    inverse = np.linalg.inv(weighted.T @ own + np.diag(pull))
    found = []
    for first, second in pairs:
        # Coarse first: a line and one bend a side is what most pairs show themselves by; finer ones cost power.
        least = 1.0
        for degree in (2, 4):
            columns = product(first, second, frame, degree)
            columns = columns - columns.mean(axis=0)
            shared = weighted.T @ columns
            spread = (columns * weight[:, None]).T @ columns - shared.T @ inverse @ shared
            value, vector = np.linalg.eigh(spread)
            kept = value > 1e-6 * max(value[-1], 1e-12)
            statistic = float(((vector.T @ (columns.T @ residual))[kept] ** 2 / value[kept]).sum())
            least = min(least, 2 * float(chi2.sf(statistic, kept.sum())))
        found.append(min(1.0, least))
    return np.array(found)


@dataclass(frozen=True)
class CrossFitted:
    """Chances of tested rows from models that have not seen them (NaN elsewhere), with the models, fold by fold."""

    chance: Array
    models: list[Readable]
    pairs: list[list[Pair]]


def cross_fit(
    frame: pd.DataFrame,
    kinds: Mapping[str, str],
    left: NDArray[np.bool_],
    plan: Plan,
    start: Array | None = None,
    with_pairs: bool = False,
) -> CrossFitted:
    """Learn on each training part and ask about its test part; with pairs, each training part searches for its own."""
    chance, models, found = np.full(len(left), np.nan), [], []
    for train, test in plan.folds:
        part = frame.iloc[train]
        pairs = search(part, kinds, left[train], start)[0] if with_pairs else []
        models.append(learn(part, kinds, left[train], pairs, start))
        found.append(pairs)
        chance[test] = models[-1].chance(frame.iloc[test])
    return CrossFitted(chance, models, found)
