"""Success, effort and emotion: three questions on seven points, each as the good answers minus the bad ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cxlab.kpis.measure import group_columns, kpi_frame, warn
from cxlab.kpis.survey import answers_to, net_counts, net_estimate, only_scale
from cxlab.periods import Period

THREE = ("success", "effort", "emotion")
# From so many answers on the authors of the rating publish a company's scores.
PUBLISHED_FROM = 100


def success(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Share of customers who could do what they wanted to do (6 or 7 of 7) minus the share who could not (1 to 3), in
    points from -100 to 100.

    Counts answers to the question (survey "success", scale 1-7, 7 is best) with a score, dated by answered_at; other
    scales are refused. Below 100 answers a warning says that the authors would not publish. Interval: adjusted Wald
    (Rocks 2016), as for NPS. Source: Temkin Experience Ratings.
    """
    return _seven_points(responses, "success", period, by, weight, cluster, min_n)


def effort(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Share of customers who found it easy (6 or 7 of 7) minus the share who found it hard (1 to 3), in points from
    -100 to 100.

    Counts answers to the question (survey "effort", scale 1-7, 7 is easiest) with a score; all else as for success.
    Not the Customer Effort Score, which is the share of 5, 6 and 7 (`ces`).
    """
    return _seven_points(responses, "effort", period, by, weight, cluster, min_n)


def emotion(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Share of customers who felt good about it (6 or 7 of 7) minus the share who felt bad (1 to 3), in points from
    -100 to 100.

    Counts answers to the question (survey "emotion", scale 1-7, 7 is best) with a score; all else as for success.
    """
    return _seven_points(responses, "emotion", period, by, weight, cluster, min_n)


def experience_rating(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Success, effort and emotion below one another, and their plain mean as "experience rating".

    A KPI frame. The mean stands only where all three do; its limits are the means of the three limits, which holds
    however much the three questions go together, and is wide where they do not. Its n and n_eff are the smallest of
    the three.
    """
    by = group_columns(by)
    three = [kpi(responses, period, by, weight=weight, cluster=cluster) for kpi in (success, effort, emotion)]
    both = pd.concat(three, ignore_index=True)
    keys = ["period", *by]
    grouped = both.groupby(keys, dropna=False, sort=False)
    numbers = grouped[["value", "low", "high"]].mean().where(grouped["value"].count() == len(THREE))
    mean = numbers.join(grouped[["n", "n_eff"]].min()).reset_index().assign(kpi="experience rating")
    return pd.concat([both, mean[both.columns]], ignore_index=True)


def _seven_points(
    responses: Any,
    survey: str,
    period: Period | None,
    by: str | Sequence[str],
    weight: str | None,
    cluster: str | None,
    min_n: int,
) -> pd.DataFrame:
    by = group_columns(by)
    rows = answers_to(responses, survey, period, by, weight, cluster)
    only_scale(rows, survey, (1.0, 7.0))
    counts = net_counts(rows, by, 6, 3, weight, cluster)
    answers = int(counts["n"].sum())
    # Of the company's number only: groups are smaller by nature, and their intervals say so.
    if not by and 0 < answers < PUBLISHED_FROM:
        warn(f"{survey} rests on {answers} answers; its authors publish a company's score from {PUBLISHED_FROM} on.")
    return kpi_frame(survey, period, by, counts, net_estimate(counts), min_n)
