"""What is said in public: stars of reviews, for the company and its locations, beside what customers tell us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.kpis.gaps import gaps, side_by_side
from cxlab.kpis.measure import group_columns, kpi_frame, label
from cxlab.kpis.survey import answers_to, csat, only_scale
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import count

STARS = (1.0, 5.0)
# The difference between two shares that would not matter.
_MARGIN = 0.02
_PERSONS = {"employee", "agent"}


def review_rating(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    people: bool = False,
) -> pd.DataFrame:
    """Average number of stars in public reviews, from 1 to 5.

    Counts reviews (survey "review") with a score, dated by answered_at; other scales are refused. By person (employee)
    only with people=True: a public rating of one person rests on few reviews and follows them around. Interval: of a
    mean with half a review added at either end of the scale (see `estimates.ratio_of_sums`), within 1 to 5. Source:
    mean of stars, as review sites show it.
    """
    by = group_columns(by)
    _refuse_persons(by, people)
    rows = answers_to(responses, "review", period, by, weight, cluster, kpi="review_rating")
    only_scale(rows, "review_rating", STARS)
    counts = count(rows, by, nw.col("score").cast(nw.Float64), weight=weight, cluster=cluster)
    found = estimates.ratio_of_sums(estimates.Counts.of(counts), bounds=STARS)
    value = np.clip(found.value, *STARS)
    within_scale = estimates.Estimate(
        value, np.fmin(found.low, value), np.minimum(found.high, STARS[1]), found.n, found.n_eff
    )
    return kpi_frame("review_rating", period, by, counts, within_scale, min_n)


def review_gap(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = ("location",),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    people: bool = False,
) -> pd.DataFrame:
    """Public reviews against our own survey: share of 4 and 5 stars minus share satisfied, by location.

    Review sites and surveys are answered by different people: a gap says that one of them hears a part of the
    customers. One row a group of either, one in all with by=(). Columns: period, the `by` columns, review, review_low,
    review_high, review_n (share of reviews with 4 or 5 stars), survey, survey_low, survey_high, survey_n (satisfaction
    as `csat` counts it), then what `gaps.gaps` gives (review minus survey, with verdict "higher", "lower", "alike"
    within 2 points of a hundred, or "cannot tell").
    """
    by = group_columns(by)
    _refuse_persons(by, people)
    rows = answers_to(responses, "review", period, by, weight, cluster, kpi="review_gap")
    only_scale(rows, "review_gap", STARS)
    counts = count(rows, by, (nw.col("score") >= 4).cast(nw.Float64), weight=weight, cluster=cluster)
    public = kpi_frame("review", period, by, counts, estimates.share(estimates.Counts.of(counts)))
    asked = csat(responses, period, by, weight=weight, cluster=cluster)
    one, other = side_by_side(public, asked, by)
    named = {
        f"{side}{end}": frame[column]
        for side, frame in (("review", one), ("survey", other))
        for end, column in (("", "value"), ("_low", "low"), ("_high", "high"), ("_n", "n"))
    }
    frame = pd.DataFrame({"period": label(period), **{name: one[name] for name in by}, **named})
    frame[["review_n", "survey_n"]] = frame[["review_n", "survey_n"]].fillna(0).astype(np.int64)
    return pd.concat([frame, gaps(one, other, _MARGIN)], axis=1)


def _refuse_persons(by: Sequence[str], people: bool) -> None:
    named = sorted(_PERSONS & {name.lower() for name in by})
    if named and not people:
        raise ParameterError(
            f"reviews by {' and '.join(named)} rate single persons. Group by location or team, or say people=True "
            "where those concerned have agreed to it."
        )
