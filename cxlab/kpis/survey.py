"""Measures of what customers answered: NPS, CSAT, CES, and how many answered at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.direction import warn_of_direction
from cxlab.kpis.measure import (
    Frame,
    Seen,
    count_and_look,
    group_columns,
    kpi_frame,
    latest,
    look,
    refuse_off_scale,
    refuse_pooled_kinds,
    rows_of,
    scale_of,
    warn,
    within,
)
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import collect, columns_of, count, frame_of

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
    rows = _scored(responses, "nps", period, by, weight, cluster)
    y, outer = _net(9, 6)
    counts, seen = count_and_look(rows, "nps", by, y, weight, cluster, outer)
    scale = _one_question(seen, by)
    if scale == (1.0, 10.0):
        warn("nps was asked on a 1-10 scale, the standard is 0-10: compare it with no one else's.")
    elif scale not in (None, (0.0, 10.0)):
        raise TableError(f"nps was asked on a {scale[0]:g}-{scale[1]:g} scale; it is defined for 0-10 only.")
    seen.refuse_off_scale(scale or (0.0, 10.0))
    return kpi_frame("nps", period, by, counts, net_estimate(counts), min_n)


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
    The first form, 1-5 with low meaning little effort, runs the other way and is refused, as is any mixture. Where
    the answers go plainly against satisfaction in the same returns (`direction`), a warning says that the scale seems
    to run the other way. Interval: Wilson (1927). Source: Gartner's Customer Effort Score 2.0.
    """
    frame = _top_box(responses, "ces", (1.0, 7.0), 5.0, top, period, by, weight, cluster, min_n)
    warn_of_direction(responses, period)
    return frame


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


def series_of(responses: Any, survey: str, period: Period | None = None) -> tuple[str, ...]:
    """Versions of a survey's question that were answered in the period, by the column `series`; "" where it is empty.

    Empty where the table has no such column or nobody answered. Two periods can be compared when both have the same.
    """
    rows = frame_of(responses, _TABLE, ["survey", "answered_at", "score"], "series_of")
    if "series" not in columns_of(rows):
        return ()
    rows = within(rows.filter(nw.col("survey") == survey, ~nw.col("score").is_null()), "answered_at", period)
    return _series_in(rows)


def _series_in(rows: Frame) -> tuple[str, ...]:
    names = collect(rows.select("series").unique())["series"]
    return tuple(sorted({"" if pd.isna(name) else str(name).strip() for name in names}))


def refuse_mixed_series(rows: Frame, kpi: str, by: Sequence[str]) -> None:
    """`Seen.refuse_mixed_series` of these rows; raises TableError."""
    if "series" in columns_of(rows) and "series" not in by:
        look(rows.select("series"), kpi).refuse_mixed_series(by)


def answers_to(
    responses: Any,
    survey: str,
    period: Period | None,
    by: list[str],
    weight: str | None = None,
    cluster: str | None = None,
    needed: Sequence[str] = (),
    kpi: str | None = None,
) -> Frame:
    """Answers with a score to one survey in the period; kinds and versions that must not be pooled raise TableError."""
    rows = _scored(responses, survey, period, by, weight, cluster, needed, kpi)
    refuse_pooled_kinds(rows, kpi or survey, by)
    refuse_mixed_series(rows, kpi or survey, by)
    return rows


def _scored(
    responses: Any,
    survey: str,
    period: Period | None,
    by: list[str],
    weight: str | None,
    cluster: str | None,
    needed: Sequence[str] = (),
    kpi: str | None = None,
) -> Frame:
    needed = ["survey", "answered_at", "score", *needed]
    rows = rows_of(responses, _TABLE, kpi or survey, needed, by, weight, cluster)
    return within(rows.filter(nw.col("survey") == survey, ~nw.col("score").is_null()), "answered_at", period)


def _one_question(seen: Seen, by: list[str]) -> tuple[float, float] | None:
    """The scale of answers to one and the same question; TableError when they are to several."""
    seen.refuse_pooled_kinds(by)
    seen.refuse_mixed_series(by)
    return seen.scale


def only_scale(rows: Frame, kpi: str, scale: tuple[float, float]) -> None:
    """Raises TableError unless the answers were given on this scale, as the table says and as the codes show."""
    found = scale_of(rows, kpi)
    if found not in (None, scale):
        raise TableError(
            f"{kpi} was asked on a {found[0]:g}-{found[1]:g} scale; it is defined for {scale[0]:g}-{scale[1]:g} only."
        )
    refuse_off_scale(rows, kpi, scale)


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
    rows = _scored(responses, survey, period, by, weight, cluster)
    lowest = standard_top if top is None else top
    counts, seen = count_and_look(rows, survey, by, nw.col("score") >= lowest, weight, cluster)
    scale = _one_question(seen, by)
    if top is None and scale not in (None, standard):
        raise TableError(
            f"{survey} was asked on a {scale[0]:g}-{scale[1]:g} scale; the standard is "
            f"{standard[0]:g}-{standard[1]:g}. "
            f"Say which code is the lowest good one: top=..., or [scores.{survey}] top = ... in cxlab.toml."
        )
    if scale is not None and not scale[0] < lowest <= scale[1]:
        raise ParameterError(f"top is {lowest:g}, outside the scale {scale[0]:g}-{scale[1]:g}.")
    if scale is not None or top is None:
        seen.refuse_off_scale(scale or standard)
    return kpi_frame(survey, period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def net_counts(
    rows: Frame, by: list[str], good: float, bad: float, weight: str | None, cluster: str | None
) -> pd.DataFrame:
    """Counts of +1 for scores from `good` up, -1 for scores to `bad` and 0 between, with promoters and detractors."""
    y, outer = _net(good, bad)
    return count(rows, by, y, weight=weight, cluster=cluster, extra=outer)


def _net(good: float, bad: float) -> tuple[nw.Expr, dict[str, nw.Expr]]:
    score = nw.col("score")
    promoter, detractor = (score >= good).cast(nw.Float64), (score <= bad).cast(nw.Float64)
    return promoter - detractor, {"promoters": promoter, "detractors": detractor}


def net_estimate(counts: pd.DataFrame) -> estimates.Estimate:
    """Points with interval from what `net_counts` gives."""
    return estimates.net_score(estimates.Counts.of(counts), counts["promoters"], counts["detractors"])
