"""Measures of what customers answered: NPS, CSAT, CES, and how many answered at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.measure import (
    Frame,
    group_columns,
    kpi_frame,
    latest,
    refuse_off_scale,
    refuse_pooled_kinds,
    rows_of,
    scale_of,
    warn,
    within,
)
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import count

_TABLE = "responses"


def nps(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
) -> pd.DataFrame:
    """Share of customers who would recommend us with 9 or 10, minus the share who gave 0 to 6, in points from -100
    to 100.

    Counts answers to the recommendation question (survey "nps") with a score, dated by answered_at. Leaves out
    invitations without answer. A 1-10 scale is counted with a warning: it has one code fewer for detractors. Interval:
    adjusted Wald (Rocks 2016, The American Statistician 70:365-372). Source: Reichheld 2003, Harvard Business Review.
    Raises TableError when relational and transactional answers, or different scales, would be pooled.
    """
    by = group_columns(by)
    rows = _answers(responses, "nps", period, by, weight, cluster)
    scale = scale_of(rows, "nps")
    if scale == (1.0, 10.0):
        warn("nps was asked on a 1-10 scale, the standard is 0-10: compare it with no one else's.")
    elif scale not in (None, (0.0, 10.0)):
        raise TableError(f"nps was asked on a {scale[0]:g}-{scale[1]:g} scale; it is defined for 0-10 only.")
    refuse_off_scale(rows, "nps", scale or (0.0, 10.0))
    score = nw.col("score")
    promoter, detractor = (score >= 9).cast(nw.Float64), (score <= 6).cast(nw.Float64)
    counts = count(
        rows,
        by,
        promoter - detractor,
        weight=weight,
        cluster=cluster,
        extra={"promoters": promoter, "detractors": detractor},
    )
    estimate = estimates.net_score(estimates.Counts.of(counts), counts["promoters"], counts["detractors"])
    return kpi_frame("nps", period, by, counts, estimate, min_n)


def csat(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    top: float | None = None,
) -> pd.DataFrame:
    """Share of satisfied answers: 4 or 5 on a scale from 1 to 5.

    Counts answers to the satisfaction question (survey "csat") with a score, dated by answered_at. On any other scale
    `top`, the lowest code that counts as satisfied, has to be given. Interval: Wilson (1927). Source: top-2-box
    convention of the field. Raises TableError when different scales, or relational and transactional answers, would
    be pooled.
    """
    return _top_box(responses, "csat", (1.0, 5.0), 4.0, top, period, by, weight, cluster, min_n)


def ces(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    top: float | None = None,
) -> pd.DataFrame:
    """Share who agree that we made it easy: 5, 6 or 7 on a scale from 1 (strongly disagree) to 7 (strongly agree).

    Counts answers to the effort question in its second form (CES 2.0, survey "ces") with a score, dated by answered_at.
    The first form, 1-5 with low meaning little effort, runs the other way and is refused, as is any mixture. Interval:
    Wilson (1927). Source: Gartner's Customer Effort Score 2.0.
    """
    return _top_box(responses, "ces", (1.0, 7.0), 5.0, top, period, by, weight, cluster, min_n)


def response_rate(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    within_days: float | None = None,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Share of invitations that were answered.

    Counts invitations of every survey, dated by sent_at. With `within_days` only answers so many days after the
    invitation count, and only invitations that had so many days by `as_of` (default: the last answer in the table),
    so that young invitations do not look like refusals. Interval: Wilson (1927). Source: AAPOR response rate 1 for a
    list sample.
    """
    by = group_columns(by)
    rows = rows_of(responses, _TABLE, "response_rate", ["sent_at", "answered_at"], by, weight, cluster)
    answered = ~nw.col("answered_at").is_null()
    if within_days is not None:
        if within_days <= 0:
            raise ParameterError(f"within_days is {within_days}; give a number of days above 0.")
        wait = dt.timedelta(days=within_days)
        end = as_of or latest(rows, ["answered_at"])
        if end is not None:
            rows = rows.filter(nw.col("sent_at") <= end - wait)
        answered = answered & (nw.col("answered_at") <= nw.col("sent_at") + nw.lit(wait))
    rows = within(rows, "sent_at", period)
    hit = nw.when(answered).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
    counts = count(rows, by, hit, weight=weight, cluster=cluster)
    return kpi_frame("response_rate", period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def _answers(
    responses: Any, survey: str, period: Period | None, by: list[str], weight: str | None, cluster: str | None
) -> Frame:
    rows = rows_of(responses, _TABLE, survey, ["survey", "answered_at", "score"], by, weight, cluster)
    rows = within(rows.filter(nw.col("survey") == survey, ~nw.col("score").is_null()), "answered_at", period)
    refuse_pooled_kinds(rows, survey, by)
    return rows


def _top_box(
    responses: Any,
    survey: str,
    standard: tuple[float, float],
    standard_top: float,
    top: float | None,
    period: Period | None,
    by: str | Sequence[str],
    weight: str | None,
    cluster: str | None,
    min_n: int,
) -> pd.DataFrame:
    by = group_columns(by)
    rows = _answers(responses, survey, period, by, weight, cluster)
    scale = scale_of(rows, survey)
    if top is None and scale not in (None, standard):
        raise TableError(
            f"{survey} was asked on a {scale[0]:g}-{scale[1]:g} scale; the standard is "
            f"{standard[0]:g}-{standard[1]:g}. "
            f"Say which code is the lowest good one: top=..., or [scores.{survey}] top = ... in cxlab.toml."
        )
    lowest = standard_top if top is None else top
    if scale is not None and not scale[0] < lowest <= scale[1]:
        raise ParameterError(f"top is {lowest:g}, outside the scale {scale[0]:g}-{scale[1]:g}.")
    if scale is not None or top is None:
        refuse_off_scale(rows, survey, scale or standard)
    counts = count(rows, by, (nw.col("score") >= lowest).cast(nw.Float64), weight=weight, cluster=cluster)
    return kpi_frame(survey, period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)
