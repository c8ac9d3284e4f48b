"""The impact that adds up: points of the score that go with each topic, all topics reckoned together.

One weighted least squares of the score on all topics and controls: score = reference + sum of (effect x mention) + mix
of controls. A topic's contribution is its share of the comments times its effect, so that contributions add up to the
distance between the average comment and one that mentions nothing, at the same mix of controls. What a topic merely
travels with goes to the topic it travels with, which leaving the mentioners out ("score without them") cannot do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxlab.models.impact.accuracy import Accuracy
from cxlab.models.impact.reckoning import reckon
from cxlab.models.impact.rows import REMAINDER, comments_of, controls_of
from cxlab.models.impact.told import sort_out
from cxlab.models.impact.volume import share_changes, talk
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust

LOWER, HIGHER = "goes with a lower score", "goes with a higher score"
_COLUMNS = (
    *("topic", "n", "share", "value", "low", "high", "effect", "effect_low", "effect_high"),
    *("leave_one_out", "p", "q", "verdict"),
)


@dataclass(frozen=True)
class Impact:
    """What adds up to the gap between all who commented and those who mention none of the topics.

    table: a row a topic in the order given and a last row "remainder", columns topic, n (comments that mention it; in
    the last row all), share (of all, 0-1; where `sure` is given, of those that really do), value (points of the score
    that go with it), low, high (95 %), effect (points for a comment that mentions it, everything else being the same),
    effect_low, effect_high, leave_one_out (score of all less the score without its mentioners: what is usually printed,
    and what no sum can be made of), p, q (false discoveries over the topics), verdict. A topic without a value has too
    few mentions or cannot be told apart: what goes with it is in the remainder. `value` adds up to `gap`.
    score: of all. reference: of those who mention none (`is_observed`), or of such a comment by the model where
    too few are there. gap = score - reference. measure: "nps" or "mean". n comments, accounts. remarks: sentences.
    """

    table: pd.DataFrame
    gap: float
    remainder: float
    score: float
    reference: float
    is_observed: bool
    measure: str
    n: int
    accounts: int
    remarks: tuple[str, ...]


def contributions(
    members: pd.DataFrame,
    score: ArrayLike,
    *,
    controls: Any = None,
    cluster: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    measure: str | None = None,
    sure: pd.DataFrame | Accuracy | None = None,
    before: pd.DataFrame | None = None,
    before_cluster: ArrayLike | None = None,
    before_weight: ArrayLike | None = None,
    min_n: int = 10,
    seed: int = 0,
) -> Impact:
    """How many points of the score go with each topic; contributions and remainder add up to the gap.

    members: comments x topics, true or false or a degree from 0 to 1. score: a number each (NaN: left out). controls:
    frame or column of what else goes with the score (region, segment, moment, quarter); "unknown" is a level of its
    own. cluster: accounts. measure: "nps" (0-10, in points) or "mean", see `rows.as_points`. before: members of the
    period before; adds n_before, share_before, share_change, share_low, share_high, p_share, q_share and talk ("more
    talk", "less talk", "cannot tell"), in one family with the impacts. Topics with fewer than `min_n` mentions get no
    row of numbers; together they are reckoned with and stand in the remainder.

    sure: of the same form as members, the probability that each assignment (and each non-assignment) is right whatever
    the score; or what a sample coded by people says (`accuracy_of`), whose own uncertainty then counts too. Errors pull
    effects towards zero and hand points of a topic to those it travels with; sums are corrected for both, and shares
    are those of what is truly said (`unsure.stand_ins`). Drawing memberships at random would put the pull in a second
    time. Intervals widen by what is not known. Assumes that whether an assignment is wrong has nothing to do with the
    score, the controls and the other topics. Without `sure` assignments count as right.

    Intervals: influences of accounts on the product of share and effect (delta method), corrected for leverage, with
    Student's quantile on the accounts that an effect rests on (`fitting.fit`); simulated coverage is in
    tests/models/test_impact_truths.py. Nothing is drawn at random; `seed` is there because every model of the house
    takes one. Raises ParameterError where fewer than 30 comments have a score, or forms do not fit.
    """
    coded = sure if isinstance(sure, Accuracy) else None
    chances = coded.sure(members) if coded is not None else sure
    comments = comments_of(members, score, cluster=cluster, weight=weight, measure=measure, sure=chances)
    beside = controls_of(controls, len(comments.kept), comments.kept)
    base = comments.weight @ beside.matrix / comments.weight.sum()
    ground = np.column_stack([np.ones(len(comments.points)), beside.matrix - base])
    topics = sort_out(comments, ground, min_n)
    found = reckon(comments, ground, topics, coded)
    table = found.table
    if before is not None:
        changed = share_changes(
            members, before, cluster=cluster, before_cluster=before_cluster, weight=weight, before_weight=before_weight
        )
        table = table.merge(changed, on="topic", how="left")
    tests = [name for name in ("p", "p_share") if name in table]
    q = np.split(adjust(np.concatenate([table[name] for name in tests])), len(tests))
    table = table.assign(**{name.replace("p", "q", 1): each for name, each in zip(tests, q, strict=True)})
    sure_of = (table["q"] <= FALSE_DISCOVERY) & ((table["low"] > 0) | (table["high"] < 0))
    table["verdict"] = np.select([sure_of & (table["value"] < 0), sure_of], [LOWER, HIGHER], CANNOT_TELL)
    if before is not None:
        table["talk"] = talk(table)
        table.loc[table["topic"] == REMAINDER, "talk"] = ""
    table.loc[table["topic"] == REMAINDER, "verdict"] = ""
    return Impact(
        table[[*_COLUMNS, *(name for name in table if name not in _COLUMNS)]],
        found.gap, found.remainder, found.score, found.score - found.gap, found.is_observed, comments.measure,
        len(comments.points), int(comments.cluster.max()) + 1,
        (*comments.remarks, *beside.remarks, *topics.remarks, *found.remarks),
    )  # fmt: skip
