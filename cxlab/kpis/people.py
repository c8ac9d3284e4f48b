"""What employees answered, without giving anybody away: groups below the floor are shown together, never hidden."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import TableError
from cxlab.kpis.measure import Frame, group_columns, kpi_frame
from cxlab.kpis.survey import answers_to, net_counts, net_estimate, only_scale
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import collect, columns_of, count, merge
from cxlab.stats.suppression import TOGETHER, size_of, small_groups, together

FLOOR = 5
FAVOURABLE = 4.0
# Many answers and none above 5: a scale from 1 to 5 that nobody declared.
_LOOKS_LIKE_FIVE = 30


def enps(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    floor: int = FLOOR,
) -> pd.DataFrame:
    """Share of employees who would recommend us as a place to work with 9 or 10, minus the share who gave 0 to 6, in
    points from -100 to 100.

    Counts answers of the survey "enps" with a score, dated by answered_at, on 0-10 only: the variant on five points
    counts other people as promoters and is refused. Groups of fewer than `floor` people, and as many more as
    subtraction needs, are one row "small groups together" (see `pooled`). Interval: adjusted Wald (Rocks 2016).
    Source: Reichheld's arithmetic for NPS.
    """
    by = group_columns(by)
    rows = answers_to(responses, "enps", period, by, weight, cluster)
    _refuse_five_points(rows)
    only_scale(rows, "enps", (0.0, 10.0))
    counts, hidden = pooled(rows, net_counts(rows, by, 9, 6, weight, cluster), by, floor)
    return _without(kpi_frame("enps", period, by, counts, net_estimate(counts), min_n), hidden)


def engagement(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    floor: int = FLOOR,
) -> pd.DataFrame:
    """Share of favourable answers, 4 or 5 on a scale from 1 to 5, to the statements of the employee survey.

    Counts answers of the survey "engagement" with a score, dated by answered_at; other scales are refused. Without
    `item` in `by` all statements count alike; by=("item",) gives each its row, and statements are never taken for
    small groups. Groups of fewer than `floor` people, and as many more as subtraction needs, are one row "small groups
    together" (see `pooled`). Interval: Wilson (1927); pass cluster="respondent_id" where one person answers several
    statements. Source: favourable-share convention of employee surveys.
    """
    by = group_columns(by)
    rows = answers_to(responses, "engagement", period, by, weight, cluster)
    only_scale(rows, "engagement", (1.0, 5.0))
    favourable = (nw.col("score") >= FAVOURABLE).cast(nw.Float64)
    counts, hidden = pooled(rows, count(rows, by, favourable, weight=weight, cluster=cluster), by, floor)
    estimate = estimates.share(estimates.Counts.of(counts))
    return _without(kpi_frame("engagement", period, by, counts, estimate, min_n), hidden)


def pooled(rows: Frame, counts: pd.DataFrame, by: list[str], floor: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Counts by group with the groups that must not stand alone added up, and which rows are still too small.

    Size is people: an answer of somebody who gave several (respondent_id, where it is there) counts as the part it is
    of them; of several statements (`item`) the one that most people answered counts or, grouped by statement, the least
    answered one of each group. A row is still too small where all there is has fewer people than the floor. Protected
    are this table and those by its first columns in the same period; what several periods, filters or columns that nest
    give away together is not seen here.
    """
    groups = [name for name in by if name != "item"]
    people = _people(rows, groups)
    if by == ["item"]:
        # A statement is no group of people: it keeps its row, without a value where too few rated it, or where its
        # value would give those away beside the company's. The same few people may have rated two such statements,
        # which two therefore do not hide each other: one that enough people rated keeps still too.
        statements = counts["item"].astype(object).fillna("")
        rated = people.iloc[0].reindex(statements).fillna(0.0) if len(people) else np.zeros(len(counts))
        rated = np.asarray(rated, dtype=float)
        few = rated < (floor if floor > 1 else 0)
        if few.any() and not few.all():
            few[np.where(few, np.inf, rated).argmin()] = True
        return counts, few
    layers = [name for name in people.columns if name not in groups]
    if "item" not in by:
        # One statement stands for the people of every group; the most answered one comes nearest to all of them.
        layers = [people[layers].sum().idxmax()] if layers else []
    sizes = people[layers].to_numpy(float)
    if not groups:
        return counts, np.full(len(counts), floor > 1 and size_of(sizes) < floor)
    alone = small_groups(people[groups], sizes, floor)
    if not alone.any():
        return counts, np.zeros(len(counts), dtype=bool)
    place = dict(zip(_plain(people[groups]), alone, strict=True))
    hidden = np.array([place[key] for key in _plain(counts[groups])], dtype=bool)
    merged = merge(counts.assign(**together(counts[groups], hidden)), by)
    pool = (merged[groups] == TOGETHER).all(axis=1)
    merged = pd.concat([merged[~pool], merged[pool]], ignore_index=True)
    too_few = size_of(sizes[alone]) < floor
    return merged, np.arange(len(merged)) >= (~pool).sum() if too_few else np.zeros(len(merged), dtype=bool)


def _people(rows: Frame, groups: list[str]) -> pd.DataFrame:
    """People per group, one row a group in sorted order; one column a statement, a single one without statements."""
    known = columns_of(rows)
    item = ["item"] if "item" in known else []
    who = ["respondent_id"] if "respondent_id" in known else []
    keys = list(dict.fromkeys([*groups, *item, *who]))
    if keys:
        small = collect(rows.group_by(*keys).agg(nw.len().alias("_cx_n")))
    else:
        small = collect(rows.select(nw.col("score").count().alias("_cx_n")))
    small["_cx_n"] = small["_cx_n"].astype(float)
    if who:
        # Whoever answered twice is half a person each time; who is unknown is somebody else every time.
        answers = small.groupby([*who, *item], dropna=False)["_cx_n"].transform("sum")
        small["_cx_n"] = small["_cx_n"].where(small["respondent_id"].isna(), small["_cx_n"] / answers)
    small["_cx_item"] = small["item"].astype(object).fillna("") if item else ""
    if not groups:
        return small.groupby("_cx_item")["_cx_n"].sum().to_frame().T.reset_index(drop=True)
    summed = small.groupby([*groups, "_cx_item"], dropna=False, sort=True)["_cx_n"].sum()
    return summed.unstack("_cx_item", fill_value=0.0).reset_index().rename_axis(columns=None)


def _plain(keys: pd.DataFrame) -> list[tuple]:
    return [tuple("" if pd.isna(part) else part for part in key) for key in keys.itertuples(index=False, name=None)]


def _without(frame: pd.DataFrame, hidden: np.ndarray) -> pd.DataFrame:
    """Rows of fewer people than the floor keep their n and lose their value."""
    frame.loc[hidden, ["value", "low", "high"]] = np.nan
    return frame


def _refuse_five_points(rows: Frame) -> None:
    known = columns_of(rows)
    declared = {"scale_low", "scale_high"} <= set(known)
    score = nw.col("score")
    wanted = {"most": score.max(), "n": score.count()}
    if declared:
        wanted["highest"] = nw.col("scale_high").max()
    found = collect(rows.select(**wanted)).iloc[0]
    stated = declared and pd.notna(found["highest"])
    if (stated and found["highest"] == 5) or (not stated and found["n"] >= _LOOKS_LIKE_FIVE and found["most"] <= 5):
        raise TableError(
            "enps was asked on five points, where 5 would be the promoter: that is another measure and cannot be put "
            "beside the one on 0-10. Ask on 0-10, or map these answers to the survey engagement."
        )
