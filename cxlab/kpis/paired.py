"""Before and after: what changed for the same people, and how many of them answered only once."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from scipy.special import stdtr

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.dictionary import definition
from cxlab.kpis.gaps import gaps, side_by_side
from cxlab.kpis.measure import Frame, group_columns, label, latest
from cxlab.kpis.people import FLOOR
from cxlab.kpis.survey import answers_to, only_scale
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.comparisons import CANNOT_TELL, adjust, verdicts
from cxlab.stats.counting import collect, columns_of, count, frame_of
from cxlab.tables.canonical import SURVEYS

# What an answer is worth: +1 from the first number up, -1 up to the second, 0 between; or 1 from the number up, else 0.
_NET = {"nps": (9, 6), "enps": (9, 6), "success": (6, 3), "effort": (6, 3), "emotion": (6, 3)}
_TOP = {"csat": 4, "ces": 5, "engagement": 4, "review": 4}
_SCALES = {"nps": (0.0, 10.0), "enps": (0.0, 10.0), "csat": (1.0, 5.0), "engagement": (1.0, 5.0), "review": (1.0, 5.0)}
_SEVEN = (1.0, 7.0)
_OF_EMPLOYEES = ("enps", "engagement")
_NUMBERS = ["pre", "post", "change", "low", "high", "p", "q", "pre_of_pairs", "pre_of_others"]
_NUMBERS += ["difference", "difference_low", "difference_high"]


def paired_change(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    survey: str = "csat",
    key: str | None = None,
    within_days: float | None = None,
    as_of: dt.datetime | None = None,
    weight: str | None = None,
    cluster: str | None = None,
    floor: int = FLOOR,
) -> pd.DataFrame:
    """Change from before to after an experience (column `phase`: pre, post) among those who answered both times.

    A pair is the first answer of a person (`key`, default respondent_id, else customer_id) before, and the first after
    it that came afterwards; each counts as in the survey's KPI: points for nps, enps, success, effort and emotion,
    shares for csat, ces, engagement and review. The period holds those whose first answer lies in it, before or, where
    there is none, after. With `within_days` only answers so many days after the first count, and only people whose
    first answer was so many days before `as_of` (default: the last answer in the table). Group, weight and cluster are
    those of the first answer. Answers without a phase are not of the question; those without a person are set aside.
    Employees' answers (enps, engagement) are paired for the whole company only, and have no values where fewer than
    `floor` people answered both times, or only before, or only after: the rest would give them away.

    Interval: of the mean difference, person by person (paired Student's t; with half a pair added at either end, after
    Agresti & Min 2005, Statistics in Medicine 24:729-740); q and verdict over all rows. One row, or one a group.
    Columns: survey, period, the `by` columns, pairs, pre_only, post_only, set_aside (answers, whole table), pre, post
    (of the pairs), change, low, high, p, q, margin, verdict, then who dropped out: pre_of_pairs, pre_of_others (value
    before, of those who did not answer again), difference, difference_low, difference_high, attrition ("higher": those
    who stayed were better off from the start, "lower", "alike", "cannot tell").
    """
    if survey not in {*_NET, *_TOP}:
        raise ParameterError.unknown(
            "survey with a scale", survey, [name for name in SURVEYS if name in {*_NET, *_TOP}]
        )
    by = group_columns(by)
    if survey in _OF_EMPLOYEES and by:
        raise ParameterError(
            f"paired_change follows single people, and {survey} is asked of employees: small groups would be given "
            "away. Leave `by` out, or compare the groups of two periods without pairing."
        )
    rows = frame_of(responses, "responses", ["survey", "answered_at", "score", "phase"], "paired_change")
    who = key or next((name for name in ("respondent_id", "customer_id") if name in columns_of(rows)), None)
    if who is None:
        raise TableError.missing("paired_change", "responses", ["respondent_id"], columns_of(rows))
    if within_days is not None and within_days <= 0:
        raise ParameterError(f"within_days is {within_days}; give a number of days above 0.")
    # The same survey may be put to everybody too, without a phase: another question, of another kind.
    paired = rows.filter(nw.col("phase").is_in(["pre", "post"])).to_native()
    rows = answers_to(paired, survey, None, by, weight, cluster, needed=[who, "phase"], kpi="paired_change")
    only_scale(rows, survey, _SCALES.get(survey, _SEVEN))
    usable = ~nw.col(who).is_null()
    set_aside = int(collect(rows.select(_cx_lost=(~usable).cast(nw.Int64).sum()))["_cx_lost"].fillna(0).iloc[0])
    end = as_of or latest(rows, ["answered_at"])
    people = _people(rows.filter(usable), who, survey, list(dict.fromkeys([*by, *filter(None, [weight, cluster])])))
    people = _of_period(people, period, within_days, end)
    frame = _summed(people, survey, period, by, weight, cluster, set_aside)
    return _without_small(frame, floor) if survey in _OF_EMPLOYEES else frame


def _people(rows: Frame, who: str, survey: str, carry: list[str]) -> pd.DataFrame:
    """One row a person: pre and post (mean worth of the first answer), pre_at, post_at, attributes of the first."""
    score = nw.col("score")
    if survey in _NET:
        good, bad = _NET[survey]
        worth = (score >= good).cast(nw.Float64) - (score <= bad).cast(nw.Float64)
    else:
        worth = (score >= _TOP[survey]).cast(nw.Float64)
    rows = rows.with_columns(_cx_worth=worth)
    before = _first(rows.filter(nw.col("phase") == "pre"), who, "pre", carry)
    later = rows.filter(nw.col("phase") == "post").join(before.select(who, "_cx_pre_at"), on=who, how="left")
    after = nw.col("_cx_pre_at").is_null() | (nw.col("answered_at") >= nw.col("_cx_pre_at"))
    pre, post = collect(before), collect(_first(later.filter(after), who, "post", carry))
    both = pre.merge(post, on=who, how="outer", suffixes=("", "_cx_later"))
    for name in carry:
        if name != who:
            both[name] = both[name].where(both["_cx_pre_at"].notna(), both[f"{name}_cx_later"])
    return both


def _first(rows: Frame, who: str, phase: str, carry: list[str]) -> Frame:
    start = rows.group_by(who).agg(nw.col("answered_at").min().alias(f"_cx_{phase}_at"))
    carried = [nw.col(name).min().alias(name) for name in carry if name != who]
    return (
        rows.join(start, on=who, how="inner")
        .filter(nw.col("answered_at") == nw.col(f"_cx_{phase}_at"))
        .group_by(who)
        .agg(
            nw.col("_cx_worth").mean().alias(f"_cx_{phase}"),
            nw.col("answered_at").min().alias(f"_cx_{phase}_at"),
            *carried,
        )
    )


def _of_period(
    people: pd.DataFrame, period: Period | None, within_days: float | None, end: dt.datetime | None
) -> pd.DataFrame:
    started = people["_cx_pre_at"].where(people["_cx_pre_at"].notna(), people["_cx_post_at"])
    if within_days is not None and end is not None:
        wait = pd.Timedelta(days=within_days)
        late = people["_cx_post_at"] > people["_cx_pre_at"] + wait
        people.loc[late, ["_cx_post", "_cx_post_at"]] = [np.nan, pd.NaT]
        people, started = people[started + wait <= end], started[started + wait <= end]
    if period is not None:
        inside = (started >= period.start) & (started < period.end)
        people = people[inside]
    return people.reset_index(drop=True)


def _summed(
    people: pd.DataFrame,
    survey: str,
    period: Period | None,
    by: list[str],
    weight: str | None,
    cluster: str | None,
    set_aside: int,
) -> pd.DataFrame:
    unit = 100.0 if survey in _NET else 1.0
    before, after = people["_cx_pre"].notna(), people["_cx_post"].notna()
    people = people.assign(_cx_change=people["_cx_post"] - people["_cx_pre"])
    whole = pd.Series(True, people.index)
    everybody = _estimated(people, whole, "_cx_pre", by, None, None, (-unit, unit))

    def part(which: pd.Series, column: str) -> pd.DataFrame:
        least = -unit if survey in _NET or column == "_cx_change" else 0.0
        found = _estimated(people, which, column, by, weight, cluster, (least, unit))
        return side_by_side(found, everybody, by)[0]

    pairs, pre, post = (part(before & after, name) for name in ("_cx_change", "_cx_pre", "_cx_post"))
    others, only_post = part(before & ~after, "_cx_pre"), part(after & ~before, "_cx_post")
    low, high = pairs["low"].to_numpy(float), pairs["high"].to_numpy(float)
    df = np.maximum(pairs["n_eff"].to_numpy(float) - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Below 0.05 exactly where the interval leaves out zero.
        p = 2 * stdtr(df, -np.abs(low + high) / (high - low) * estimates.student_quantile(df))
    margin = _margin(survey)
    q = adjust(p)
    counted = {"pairs": pairs, "pre_only": others, "post_only": only_post}
    frame = pd.DataFrame(
        {
            "survey": survey,
            "period": label(period),
            **{name: pairs[name] for name in by},
            **{name: frame["n"].fillna(0).astype(np.int64) for name, frame in counted.items()},
            "set_aside": set_aside,
            "pre": pre["value"],
            "post": post["value"],
            "change": pairs["value"],
            "low": low,
            "high": high,
            "p": p,
            "q": q,
            "margin": margin,
            "verdict": verdicts(pairs["value"], low, high, q, np.full(len(pairs), margin)),
            "pre_of_pairs": pre["value"],
            "pre_of_others": others["value"],
        }
    )
    stayed = gaps(pre, others, margin).rename(columns={"verdict": "attrition"})
    return pd.concat([frame, stayed[["difference", "difference_low", "difference_high", "attrition"]]], axis=1)


def _without_small(frame: pd.DataFrame, floor: int) -> pd.DataFrame:
    """No values where pairs, pre_only or post_only are some people, but fewer than the floor."""
    people = frame[["pairs", "pre_only", "post_only"]]
    small = ((people > 0) & (people < floor)).any(axis=1)
    frame.loc[small, _NUMBERS] = np.nan
    frame.loc[small, ["verdict", "attrition"]] = CANNOT_TELL
    return frame


def _estimated(
    people: pd.DataFrame,
    which: pd.Series,
    column: str,
    by: list[str],
    weight: str | None,
    cluster: str | None,
    bounds: tuple[float, float],
) -> pd.DataFrame:
    """value, low, high, n, n_eff per group; half an answer is added at either bound, in the unit of the survey."""
    rows = people.loc[which, list(dict.fromkeys([*by, *filter(None, [weight, cluster]), column]))]
    y = nw.col(column) * bounds[1]
    counts = count(nw.from_native(rows), by, y, weight=weight, cluster=cluster)
    counted = estimates.Counts.of(counts)
    found = estimates.ratio_of_sums(counted, bounds=bounds)
    # A net score can change by twice its range: the lower limit, cut off at the bound, is the upper one of minus y.
    turned = dataclasses.replace(counted, sy=-counted.sy, sxy=-counted.sxy)
    low = -estimates.ratio_of_sums(turned, bounds=(-bounds[1], -bounds[0])).high
    farthest = 2.0 if column == "_cx_change" and bounds[1] > 1 else 1.0
    limits = {"low": np.maximum(low, farthest * bounds[0]), "high": np.minimum(found.high, farthest * bounds[1])}
    numbers = {name: getattr(found, name) for name in ("value", "n", "n_eff")} | limits
    return pd.DataFrame({**{name: counts[name] for name in by}, **numbers})


def _margin(survey: str) -> float:
    return definition("nps" if survey in _NET else "csat").margin
