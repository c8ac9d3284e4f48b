"""Two periods in one least squares, so that accounts that answered in both are known to be the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.models.impact.fitting import Fit, by_account, fit, repeats_of
from cxlab.models.impact.reckoning import TOO_UNSURE, against_the_average
from cxlab.models.impact.rows import Comments
from cxlab.models.impact.told import repeats_ground, spoken
from cxlab.models.impact.unsure import LEAST_RELIABLE, fit_unsure, reliability, stand_ins

#: A control that differs in fewer comments than this of a period has one slope for both.
_FEWEST_OF_A_LEVEL = 5
_COMMENTS_A_COLUMN = 3

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Stacked:
    """Both periods' comments in one model; all arrays by period hold the period before first.

    points, weight (n), cluster (n, the same code for the same account in both), is_now (n). share, effect (2 x k) of
    the k topics with numbers, of_share, of_effect (2 x G x k) their influences. mix (2 x c): means of the control
    columns; slope (2 x c); of_mix, of_slope (2 x G x c). df (2 x k). one_effect (k): the topic has one effect for both
    periods, since one of them has too few mentions. is_told (k). remarks.
    """

    topics: tuple[str, ...]
    places: Places
    points: Array
    weight: Array
    cluster: Places
    is_now: Mask
    share: Array
    effect: Array
    of_share: Array
    of_effect: Array
    df: Array
    mix: Array
    slope: Array
    of_mix: Array
    of_slope: Array
    one_effect: Mask
    is_told: Mask
    remarks: tuple[str, ...]


def codes_of_both(before: Comments, now: Comments, cluster_before: object, cluster_now: object) -> Places:
    """Accounts of both periods as whole numbers from 0, the period before first; nameless ones stand for themselves."""
    if cluster_before is None or cluster_now is None:
        return np.concatenate([before.cluster, now.cluster + before.cluster.max() + 1])
    names = [
        pd.Series(np.asarray(given, dtype=object))[side.kept]
        for given, side in ((cluster_before, before), (cluster_now, now))
    ]
    codes, ids = pd.factorize(pd.concat(names, ignore_index=True), sort=False)
    codes = codes.astype(np.int64)
    alone = codes < 0
    codes[alone] = len(ids) + np.arange(int(alone.sum()))
    return codes


def stack(before: Comments, now: Comments, controls: Array, cluster: Places, min_n: int) -> Stacked:
    """Fit both periods. controls (n x c): columns laid out over both. Raises ParameterError for too few comments."""
    sides = (before, now)
    is_now = np.repeat([False, True], [len(side.points) for side in sides])
    weight = np.concatenate([side.weight for side in sides])
    points = np.concatenate([side.points for side in sides])
    in_period = np.column_stack([~is_now, is_now]).astype(float)
    part = in_period * weight[:, None] / (in_period.T @ weight)
    mix = part.T @ controls
    controls = controls - mix.mean(axis=0)
    layout, control_at = _by_period(controls, in_period, _varies_enough(controls, in_period))
    ground = np.column_stack([in_period, layout])
    own, has_own, remarks = _topics_with_numbers(sides, ground, is_now, weight, min_n)
    chance = np.concatenate([side.expected for side in sides])
    is_unsure = any(side.is_unsure for side in sides)
    if is_unsure:
        pairs = [stand_ins(side.expected, side.weight) for side in sides]
        truth, square = (np.concatenate([pair[at] for pair in pairs]) for at in (0, 1))
    else:
        truth, square = chance, chance**2
    rarer = np.setdiff1d(np.arange(chance.shape[1]), own)
    columns, topic_at = _by_period(truth[:, own], in_period, has_own.all(axis=0))
    squares, _ = _by_period(square[:, own], in_period, has_own.all(axis=0))
    together = (1 - np.prod(1 - chance[:, rarer], axis=1))[:, None] * in_period
    together = together[:, ~repeats_ground(together, ground, weight)]
    matrix = np.column_stack([ground, columns, together])
    if matrix.shape[1] > len(points) / _COMMENTS_A_COLUMN:
        raise ParameterError(
            f"{matrix.shape[1]} topics and controls of both periods are too many for {len(points):,} scored comments: "
            f"each needs {_COMMENTS_A_COLUMN}. Take longer periods, raise min_n, or give fewer controls."
        )
    share = part.T @ chance[:, own]
    of_share = np.stack([by_account(part[:, [t]] * (chance[:, own] - share[t]), cluster) for t in (0, 1)])
    topic_at, control_at = topic_at + ground.shape[1], control_at + 2
    model, rest = None, np.column_stack([columns, together])
    if is_unsure and rest.shape[1]:
        if not repeats_of(matrix, weight).shape[1]:
            model = fit_unsure(ground, rest, np.column_stack([squares, together**2]), points, weight, cluster)
        remarks += [TOO_UNSURE] if model is None else []
    model = model or fit(matrix, points, weight, cluster)
    if not model.is_told[:2].all():
        model = _settled(model, share, of_share, topic_at)
        remarks.append(
            "Every comment mentions some topic: topics are held against the average comment of their period, and what "
            "moved for all alike stands in everything else."
        )
    return Stacked(
        before.topics, own, points, weight, cluster, is_now, share, model.beta[topic_at], of_share,
        np.stack([model.influence[:, at] for at in topic_at]), model.df[topic_at], mix - mix.mean(axis=0),
        model.beta[control_at], np.stack([by_account(part[:, [t]] * (controls + (mix.mean(axis=0) - mix[t])), cluster)
                                          for t in (0, 1)]),
        np.stack([model.influence[:, at] for at in control_at]), ~has_own.all(axis=0),
        model.is_told[topic_at].all(axis=0), tuple(remarks),
    )  # fmt: skip


def _varies_enough(columns: Array, in_period: Array) -> Mask:
    """Columns that differ from their commonest value in some comments of either period."""
    enough = []
    for at in range(columns.shape[1]):
        each = [pd.Series(columns[side > 0, at]).round(9).value_counts() for side in in_period.T]
        enough.append(all(int(counts.iloc[1:].sum()) >= _FEWEST_OF_A_LEVEL for counts in each))
    return np.array(enough, dtype=bool)


def _by_period(columns: Array, in_period: Array, is_split: Mask) -> tuple[Array, Places]:
    """Columns split into one a period, or kept as one; and where each period finds its own (2 x columns)."""
    parts, at, place = [], np.zeros((2, columns.shape[1]), dtype=np.int64), 0
    for name in range(columns.shape[1]):
        parts.append(columns[:, [name]] * in_period if is_split[name] else columns[:, [name]])
        at[:, name] = (place, place + 1) if is_split[name] else (place, place)
        place += 2 if is_split[name] else 1
    return np.column_stack(parts) if parts else np.empty((len(columns), 0)), at


def _topics_with_numbers(
    sides: tuple[Comments, Comments], ground: Array, is_now: Mask, weight: Array, min_n: int
) -> tuple[Places, Mask, list[str]]:
    """Places of the topics that have mentions enough in a period at least, in which (2 x those), and what to say."""
    names, has_own = sides[0].topics, []
    for side, rows in zip(sides, (~is_now, is_now), strict=True):
        good = side.counts() >= min_n
        if side.is_unsure:
            good &= reliability(side.expected, side.weight) >= LEAST_RELIABLE
        has_own.append(good & ~repeats_ground(side.expected, ground[rows], weight[rows]))
    flags = np.array(has_own)
    own = np.flatnonzero(flags.any(axis=0))
    lost, one = np.flatnonzero(~flags.any(axis=0)), own[~flags[:, own].all(axis=0)]
    remarks = []
    if lost.size:
        remarks.append(
            f"{spoken([names[at] for at in lost])}: too few mentions in both periods (fewer than {min_n}), or not to "
            "be told apart from the controls; what goes with them is in everything else."
        )
    if one.size:
        remarks.append(
            f"{spoken([names[at] for at in one])}: enough mentions in one of the periods only, so that the effect is "
            "taken to be the same in both and all change is more or less talk."
        )
    return own, flags[:, own], remarks


def _settled(model: Fit, share: Array, of_share: Array, topic_at: Places) -> Fit:
    """Effects against the average comment of their period."""
    rows, of_rows = np.zeros((2, len(model.beta))), np.zeros((2, len(model.influence), len(model.beta)))
    for t in (0, 1):
        rows[t, topic_at[t]] = share[t]
        of_rows[t][:, topic_at[t]] = of_share[t]
    return against_the_average(model, rows, list(of_rows))
