"""From the fit to points: shares times effects, the gap they add up to, and what each account adds to all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.models.impact.accuracy import Accuracy, doubt
from cxlab.models.impact.fitting import Fit, by_account, fit, limits, repeats_of
from cxlab.models.impact.rows import REMAINDER, Comments
from cxlab.models.impact.told import Topics, spoken
from cxlab.models.impact.unsure import fit_unsure, stand_ins

#: The score of those who mention nothing is taken as it is where at least so many comments do; else the model's.
ENOUGH_SILENT = 30
TOO_UNSURE = (
    "Assignments are too unsure, or too much tied to each other, to tell apart topics that are mentioned together: a "
    "topic may have been given points of those it travels with."
)
#: Comments that a column of the model needs.
_COMMENTS_A_COLUMN = 3

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sum:
    """A sum that comes out. table: see `contributions.Impact`, without q and verdict; gap, remainder, score (of all),
    is_observed (the reference is the score of those who mention nothing, not the model's), remarks."""

    table: pd.DataFrame
    gap: float
    remainder: float
    score: float
    is_observed: bool
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Parts:
    """Shares (k), effects (k), their influences (G x k), degrees of freedom (k) and which effects are told (k)."""

    share: Array
    effect: Array
    of_share: Array
    of_effect: Array
    df: Array
    is_told: NDArray[np.bool_]

    @property
    def points(self) -> Array:
        """Share times effect."""
        return self.share * self.effect

    @property
    def of_points(self) -> Array:
        """Influences on share times effect."""
        return self.share * self.of_effect + self.effect * self.of_share


def reckon(comments: Comments, ground: Array, topics: Topics, accuracy: Accuracy | None = None) -> Sum:
    """Contributions of all topics with a column. ground: constant and controls (weighted mean 0), independent.
    accuracy: the coded sample that chances come from, whose own uncertainty then counts."""
    k, first = topics.matrix.shape[1], ground.shape[1]
    if first + k > len(comments.points) / _COMMENTS_A_COLUMN:
        raise ParameterError(
            f"{first + k} topics and controls are too many for {len(comments.points):,} scored comments: each needs "
            f"{_COMMENTS_A_COLUMN}. Take more periods together, raise min_n, or give fewer controls."
        )
    model, said = fitted(comments, ground, topics.matrix)
    parts, against_average = parts_of(model, comments, topics.matrix, first)
    if accuracy is not None and TOO_UNSURE not in said:
        parts = _doubted(parts, comments, ground, topics, accuracy)
    score = float(np.average(comments.points, weights=comments.weight))
    remarks = list(said)
    total, of_total = float(parts.points.sum()), parts.of_points.sum(axis=1)
    silent = comments.weight * comments.none
    silent_ones = int((comments.none >= 0.5).sum())
    is_observed = silent_ones >= ENOUGH_SILENT
    if is_observed:
        nothing = float(silent @ comments.points / silent.sum())
        gap = score - nothing
        each = comments.weight * (comments.points - score) / comments.weight.sum()
        of_gap = by_account((each - silent * (comments.points - nothing) / silent.sum())[:, None], comments.cluster)[
            :, 0
        ]
    else:
        gap, of_gap = total, of_total
        remarks.append(
            "Every comment mentions some topic: the topics are held against the average comment, and add up to nothing."
            if against_average
            else f"{silent_ones or 'No'} comments mention none of the topics: the score of such is the model's."
        )
    of_gap = np.append(of_gap, np.zeros(len(of_total) - len(of_gap)))
    own = len(topics.own)
    shown = parts.is_told[:own]
    if not shown.all():
        lost = [comments.topics[at] for at in topics.own[~shown]]
        points = float(parts.points[:own][~shown].sum())
        remarks.append(
            f"{spoken(lost)} are always mentioned together or make each other up, so that their points cannot be told "
            f"apart; together {points:+.1f} points go with them, in the remainder."
        )
    value = np.where(shown, parts.points[:own], np.nan)
    remainder = gap - float(np.nansum(value))
    of_remainder = of_gap - parts.of_points[:, :own][:, shown].sum(axis=1)
    low, high, _ = limits(np.array([remainder]), of_remainder[:, None], np.array([len(of_remainder) - 1.0]))
    table = _table(comments, topics, parts, shown, (remainder, low[0], high[0]))
    return Sum(table, gap, remainder, score, is_observed, tuple(remarks))


def fitted(comments: Comments, ground: Array, matrix: Array) -> tuple[Fit, list[str]]:
    """The fit, and what is to be said of it. Memberships of which only the chance is known are corrected."""
    both = np.column_stack([ground, matrix])
    is_unsure = comments.is_unsure and matrix.shape[1] > 0
    if is_unsure and not repeats_of(both, comments.weight).shape[1]:
        truth, square = stand_ins(matrix, comments.weight)
        corrected = fit_unsure(ground, truth, square, comments.points, comments.weight, comments.cluster)
        if corrected is not None:
            return corrected, []
    model = fit(both, comments.points, comments.weight, comments.cluster)
    return model, [TOO_UNSURE] if is_unsure else []


def parts_of(model: Fit, comments: Comments, matrix: Array, first: int) -> tuple[Parts, bool]:
    """Shares and effects of the topics, whose columns begin at `first`; and whether effects are told against the
    average comment, since each mentions exactly one of some topics and no other reference is there."""
    weight = comments.weight / comments.weight.sum()
    share = weight @ matrix
    of_share = by_account(weight[:, None] * (matrix - share), comments.cluster)
    against_average = not model.is_told[0]
    if against_average:
        model = against_the_average(model, np.append(np.zeros(first), share)[None, :], [_padded(of_share, first)])
    return Parts(share, model.beta[first:], of_share, model.influence[:, first:], model.df[first:],
                 model.is_told[first:]), against_average  # fmt: skip


def _doubted(parts: Parts, comments: Comments, ground: Array, topics: Topics, accuracy: Accuracy) -> Parts:
    """The parts with rows added to their influences for what the coded sample leaves unsure."""
    own, k = topics.own, len(topics.own)
    names = list(accuracy.table["topic"])
    order = [names.index(comments.topics[at]) for at in own]
    precision, missed = (rate[order] for rate in accuracy.rates)
    beside = np.column_stack([ground, topics.matrix[:, k:]])
    added = doubt(
        beside, comments.assigned[:, own], comments.points, comments.weight, precision, missed,
        tuple(error[order] for error in accuracy.errors),
    )  # fmt: skip
    wide = [np.column_stack([each, np.zeros((2 * k, topics.matrix.shape[1] - k))]) for each in added]
    return replace(
        parts,
        of_share=np.vstack([parts.of_share, wide[0]]),
        of_effect=np.vstack([parts.of_effect, wide[1]]),
    )


def against_the_average(model: Fit, shares: Array, of_shares: Sequence[Array]) -> Fit:
    """The fit with those repeated combinations settled that a constant is part of: shares (t x p) times coefficients
    are made 0, one equation a constant. of_shares: influences (G x p) for each of them.

    Where every comment mentions exactly one of some topics, all effects may be moved by one amount and the constant
    the other way; then only differences to the average comment mean anything.
    """
    ways = shares @ model.repeats
    back = np.linalg.pinv(ways, rtol=1e-8)
    moved = -back @ (shares @ model.beta)
    beta = model.beta + model.repeats @ moved
    pairs = zip(shares, of_shares, strict=True)
    of_sums = np.column_stack([model.influence @ row + of_row @ beta for row, of_row in pairs])
    influence = model.influence - of_sums @ back.T @ model.repeats.T
    left = model.repeats @ (np.eye(ways.shape[1]) - back @ ways)
    basis, size, _ = np.linalg.svd(left, full_matrices=False)
    return Fit(beta, influence, model.df, basis[:, size > 1e-8])


def _padded(of_share: Array, first: int) -> Array:
    return np.column_stack([np.zeros((len(of_share), first)), of_share])


def _table(
    comments: Comments, topics: Topics, parts: Parts, shown: NDArray[np.bool_], remainder: tuple[float, float, float]
) -> pd.DataFrame:
    """A row a topic and the remainder (value, low, high), without q and verdict."""
    own, k, many = topics.own[shown], len(topics.own), len(comments.topics)
    rest = comments.weight[:, None] * (1 - comments.assigned)
    with np.errstate(divide="ignore", invalid="ignore"):
        without = np.where(rest.sum(axis=0) > 1e-9, comments.points @ rest / rest.sum(axis=0), np.nan)
    low, high, _ = limits(parts.points[:k], parts.of_points[:, :k], parts.df[:k])
    effect_low, effect_high, p = limits(parts.effect[:k], parts.of_effect[:, :k], parts.df[:k])
    columns = {
        "topic": [*comments.topics, REMAINDER],
        "n": [*comments.counts(), len(comments.points)],
        "share": [*np.average(comments.expected, axis=0, weights=comments.weight), np.nan],
        "leave_one_out": [*(np.average(comments.points, weights=comments.weight) - without), np.nan],
    }
    for name, values, last in (
        ("value", parts.points[:k], remainder[0]),
        ("low", low, remainder[1]),
        ("high", high, remainder[2]),
        ("effect", parts.effect[:k], np.nan),
        ("effect_low", effect_low, np.nan),
        ("effect_high", effect_high, np.nan),
        ("p", p, np.nan),
    ):
        column = np.full(many + 1, np.nan)
        column[own], column[-1] = values[shown], last
        columns[name] = column
    return pd.DataFrame(columns)
