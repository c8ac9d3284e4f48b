"""The change of a score between two periods, split into more talk, worse talk, who talks, and everything else.

In each period score = constant + sum of (share x effect) + mix of controls x slopes. The difference of two products is
split at the middle: the change of the share counts with the mean effect, the change of the effect with the mean share
(Kitagawa 1955, Journal of the American Statistical Association 50:1168-1194; for regressions Oaxaca 1973 and Blinder
1973). Controls are centred at the mean mix of both periods, so that the change of the constant is that of a comment
that mentions nothing, at the same mix, whichever level of a control is left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError
from cxlab.models.columns import as_pandas
from cxlab.models.impact.fitting import by_account, limits
from cxlab.models.impact.rows import MEAN, as_points, comments_of, controls_of
from cxlab.models.impact.stacked import Stacked, codes_of_both, stack
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust

WHO_TALKS, EVERYTHING_ELSE, ALL = "who talks", "everything else", "all"
MORE_TALK, LESS_TALK, WORSE_TALK, BETTER_TALK = "more talk", "less talk", "worse talk", "better talk"
_COLUMNS = (
    *("topic", "n_before", "n", "share_before", "share", "effect_before", "effect"),
    *("more_talk", "more_low", "more_high", "worse_talk", "worse_low", "worse_high", "change", "low", "high"),
    *("p_more", "q_more", "p_worse", "q_worse", "verdict"),
)
_OF_TOPICS = ("share_before", "share", "effect_before", "effect")

Array = NDArray[np.float64]


def change(
    members_before: pd.DataFrame,
    score_before: ArrayLike,
    members_now: pd.DataFrame,
    score_now: ArrayLike,
    *,
    controls_before: Any = None,
    controls_now: Any = None,
    cluster_before: ArrayLike | None = None,
    cluster_now: ArrayLike | None = None,
    weight_before: ArrayLike | None = None,
    weight_now: ArrayLike | None = None,
    sure_before: pd.DataFrame | None = None,
    sure_now: pd.DataFrame | None = None,
    measure: str | None = None,
    min_n: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    """What the change of the score among those who comment is made of; parts add up to it.

    Arguments as in `contributions`, once for each period; a topic that one side does not have was not mentioned there.
    Accounts that stand in both periods are taken as the same.

    A row a topic, then "who talks" (the mix of the controls changed), "everything else" (comments that mention nothing
    score differently at the same mix, and what stands in no row) and "all". Columns topic, n_before, n (mentions),
    share_before, share (0-1), effect_before, effect (points for a comment that mentions it), more_talk (points of the
    change that go with being mentioned more or less often), more_low, more_high (95 %), worse_talk (with being
    mentioned by people who score lower or higher than such people did, everything else being the same), worse_low,
    worse_high, change (the sum of the two, or the whole of the row), low, high, p_more, q_more, p_worse, q_worse (false
    discoveries over both parts of all topics), verdict: "more talk", "less talk", "worse talk", "better talk", two of
    them joined by "and", or "cannot tell". The rows above "all" add up to its change; more_talk and worse_talk of "all"
    are the sums over the topics.

    A topic with at least `min_n` mentions in one period only has one effect for both: it has appeared or gone, and all
    is more or less talk. Attributes of the frame: score_before, score, measure, who (control -> its points of "who
    talks"), remarks. Nothing is drawn at random; `seed` is there because every model of the house takes one. Raises
    ParameterError as `contributions` does, and where only one period has controls.
    """
    if (controls_before is None) != (controls_now is None):
        raise ParameterError("change: only one of the two periods has controls. Give both, or none.")
    names = list(dict.fromkeys([*map(str, members_before.columns), *map(str, members_now.columns)]))
    earlier, later = (
        side.rename(columns=str).reindex(columns=names, fill_value=False) for side in (members_before, members_now)
    )
    given = ((cluster_before, weight_before, sure_before, earlier), (cluster_now, weight_now, sure_now, later))
    measure = measure or _measure(score_before, score_now)
    before, now = (
        comments_of(
            topics, score, cluster=cluster, weight=weight, measure=measure, sure=_sure(sure, names), what="change"
        )
        for score, (cluster, weight, sure, topics) in zip((score_before, score_now), given, strict=True)
    )
    frame, rows = None, len(earlier) + len(later)
    if controls_before is not None:
        frame = pd.concat(
            [
                as_pandas(side.to_frame() if isinstance(side, pd.Series) else side, "change")
                for side in (controls_before, controls_now)
            ],
            ignore_index=True,
        )
    beside = controls_of(frame, rows, np.concatenate([before.kept, now.kept]), "change")
    both = stack(before, now, beside.matrix, codes_of_both(before, now, cluster_before, cluster_now), min_n)
    table, who = _split(both, beside.of)
    table["n_before"] = [*before.counts(), *[len(before.points)] * 3]
    table["n"] = [*now.counts(), *[len(now.points)] * 3]
    q = adjust(np.concatenate([table["p_more"], table["p_worse"]]))
    table["q_more"], table["q_worse"] = np.split(q, 2)
    table["verdict"] = [_verdict(row) for row in table.to_dict("records")]
    table.loc[table.index[-3:], "verdict"] = ""
    table = table[list(_COLUMNS)]
    remarks = [f"The period before: {each}" for each in before.remarks] + [
        f"This period: {each}" for each in now.remarks
    ]
    table.attrs |= {
        "score_before": float(np.average(before.points, weights=before.weight)),
        "score": float(np.average(now.points, weights=now.weight)),
        "measure": measure,
        "who": who,
        "remarks": (*remarks, *beside.remarks, *both.remarks),
    }
    return table


def _measure(*scores: ArrayLike) -> str:
    """The measure that the scores of both periods together are."""
    values = pd.to_numeric(
        pd.Series(np.concatenate([np.asarray(each, dtype=object) for each in scores])), errors="coerce"
    )
    known = values[np.isfinite(values.to_numpy(float))].to_numpy(float)
    return as_points(known)[1] if known.size else MEAN


def _sure(sure: pd.DataFrame | None, names: list[str]) -> pd.DataFrame | None:
    """That a topic unknown to a period was not mentioned there is sure."""
    return None if sure is None else sure.rename(columns=str).reindex(columns=names, fill_value=1.0)


def _split(both: Stacked, control_names: tuple[str, ...]) -> tuple[pd.DataFrame, dict[str, float]]:
    """The table without counts, q and verdict; and what each control adds to "who talks"."""
    share, effect, told = both.share, both.effect, both.is_told
    steps, of_steps = np.diff(share, axis=0)[0], np.diff(both.of_share, axis=0)[0]
    turns, of_turns = np.diff(effect, axis=0)[0], np.diff(both.of_effect, axis=0)[0]
    more = steps * effect.mean(axis=0)
    of_more = of_steps * effect.mean(axis=0) + steps * both.of_effect.mean(axis=0)
    worse = turns * share.mean(axis=0)
    of_worse = of_turns * share.mean(axis=0) + turns * both.of_share.mean(axis=0)
    moved, of_moved = np.diff(both.mix, axis=0)[0], np.diff(both.of_mix, axis=0)[0]
    by_column = moved * both.slope.mean(axis=0)
    of_who = (of_moved * both.slope.mean(axis=0) + moved * both.of_slope.mean(axis=0)).sum(axis=1)
    total, of_total = _change_of(both)
    rest = total - float(by_column.sum()) - float((more + worse)[told].sum())
    of_rest = of_total - of_who - (of_more + of_worse)[:, told].sum(axis=1)

    df, n = both.df.min(axis=0), len(both.topics)
    place = {WHO_TALKS: n, EVERYTHING_ELSE: n + 1, ALL: n + 2}
    columns = {name: np.full(n + 3, np.nan) for name in _COLUMNS if name not in ("topic", "n_before", "n", "verdict")}
    rows = both.places[told]
    for name, values in zip(_OF_TOPICS, (*share, *effect), strict=True):
        columns[name][rows] = values[told]
    for names, value, influence in (
        (("more_talk", "more_low", "more_high", "p_more"), more, of_more),
        (("worse_talk", "worse_low", "worse_high", "p_worse"), worse, of_worse),
        (("change", "low", "high"), more + worse, of_more + of_worse),
    ):
        for name, values in zip(names, (value, *limits(value, influence, df)), strict=False):
            columns[name][rows] = values[told]
    accounts = np.array([len(of_total) - 1.0])
    for row, names, value, influence in (
        (WHO_TALKS, ("change", "low", "high"), float(by_column.sum()), of_who),
        (EVERYTHING_ELSE, ("change", "low", "high"), rest, of_rest),
        (ALL, ("change", "low", "high"), total, of_total),
        (ALL, ("more_talk", "more_low", "more_high"), float(more[told].sum()), of_more[:, told].sum(axis=1)),
        (ALL, ("worse_talk", "worse_low", "worse_high"), float(worse[told].sum()), of_worse[:, told].sum(axis=1)),
    ):
        low, high, _ = limits(np.array([value]), influence[:, None], accounts)
        for name, number in zip(names, (value, low[0], high[0]), strict=True):
            columns[name][place[row]] = number
    table = pd.DataFrame({"topic": [*both.topics, *place], **columns})
    who: dict[str, float] = {}
    for name, points in zip(control_names, by_column, strict=True):
        who[name] = who.get(name, 0.0) + float(points)
    return table, who


def _change_of(both: Stacked) -> tuple[float, Array]:
    """Change of the score and what each account adds to it."""
    value, influence = [], []
    for side in (~both.is_now, both.is_now):
        part = np.where(side, both.weight, 0.0) / both.weight[side].sum()
        mean = float(part @ both.points)
        value.append(mean)
        influence.append(by_account((part * (both.points - mean))[:, None], both.cluster)[:, 0])
    return value[1] - value[0], influence[1] - influence[0]


def _verdict(row: dict[str, Any]) -> str:
    parts = []
    for q, low, high, moved, words in (
        ("q_more", "more_low", "more_high", row["share"] - row["share_before"], (MORE_TALK, LESS_TALK)),
        ("q_worse", "worse_low", "worse_high", row["effect_before"] - row["effect"], (WORSE_TALK, BETTER_TALK)),
    ):
        if row[q] <= FALSE_DISCOVERY and (row[low] > 0 or row[high] < 0):
            parts.append(words[0] if moved > 0 else words[1])
    return " and ".join(parts) or CANNOT_TELL
