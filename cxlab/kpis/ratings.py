"""Ratings of maturity as rounds: which ratings one assessment consists of, and mean levels by group of raters."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import TableError
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import collect, count, frame_of

EVERYBODY = "all"
SCALE = (1.0, 5.0)


def assessment(ratings: Any, when: Period | dt.date | None, within_days: int, needed_by: str) -> pd.DataFrame:
    """The ratings that one assessment consists of, the last of every rater and element."""
    rows = rounds(ratings, needed_by)
    if isinstance(when, Period):
        return last_of_each(rows[(rows["assessed_on"] >= when.start) & (rows["assessed_on"] < when.end)], None)
    if when is not None:
        rows = rows[rows["assessed_on"] <= pd.Timestamp(when)]
    return last_of_each(rows, within_days)


def last_of_each(rows: pd.DataFrame, within_days: int | None) -> pd.DataFrame:
    """The last round: ratings of so many days up to the last one; of two by one rater of one element the later."""
    if within_days is not None and len(rows):
        rows = rows[rows["assessed_on"] > rows["assessed_on"].max() - pd.Timedelta(days=within_days)]
    rows = rows.sort_values(["assessed_on", "element", "_cx_rater", "level"], kind="stable")
    return rows.drop_duplicates(["element", "_cx_rater"], keep="last").reset_index(drop=True)


def rounds(ratings: Any, needed_by: str) -> pd.DataFrame:
    """All ratings in pandas, every rater with a code of their own."""
    rows = collect(frame_of(ratings, "maturity", ["assessed_on", "element", "level"], needed_by))
    rows = rows[rows["level"].notna() & rows["assessed_on"].notna()].reset_index(drop=True)
    wrong = rows.loc[~rows["level"].between(*SCALE), "level"]
    if len(wrong):
        raise TableError(
            f"{needed_by} found the level {wrong.iloc[0]:g}; levels go from {SCALE[0]:g} to {SCALE[1]:g}. Declare "
            "codes that are no ratings under `missing` in cxlab.toml."
        )
    group = rows["group"].fillna("").astype(str) if "group" in rows else pd.Series("", index=rows.index)
    coded = rows["rater"].notna() if "rater" in rows else pd.Series(False, index=rows.index)
    rater = rows["rater"].astype(str) if "rater" in rows else pd.Series("", index=rows.index)
    own = "row " + pd.Series(rows.index.astype(str), index=rows.index)
    return rows.assign(
        assessed_on=pd.to_datetime(rows["assessed_on"]),
        level=rows["level"].astype(float),
        _cx_coded=coded,
        _cx_rater=(group + "\t" + rater).where(coded, own),
    )


def mean_levels(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean level with interval by element and group, everybody first: element, group, value, low, high, n."""
    parts = [rows.assign(group=EVERYBODY)]
    parts += [rows[rows["group"].notna()]] if "group" in rows else []
    found = []
    for part in parts:
        counts = count(nw.from_native(part, eager_only=True), ["element", "group"], nw.col("level"))
        estimate = estimates.ratio_of_sums(estimates.Counts.of(counts), bounds=SCALE)
        spread = {"value": estimate.value, "low": estimate.low, "high": np.minimum(estimate.high, SCALE[1])}
        found.append(counts[["element", "group"]].assign(**spread, n=counts["n"].astype(int)))
    return pd.concat(found, ignore_index=True).sort_values("element", kind="stable", ignore_index=True)
