"""What every KPI does alike: choose rows, ask for counts, give back a KPI frame."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.periods import Period
from cxlab.stats.comparisons import KPI_COLUMNS
from cxlab.stats.counting import collect, columns_of, frame_of
from cxlab.stats.estimates import Estimate

ALL_TIME = "all"
# What a KPI frame, or the counting of one, calls its own columns.
_RESERVED = (
    {*KPI_COLUMNS, "units", "sy", "sx", "syy", "sxy", "sxx", "sww"}
    | {"promoters", "detractors"}
    | {"seconds", "done", "running", "squares"}
)
Frame = nw.DataFrame | nw.LazyFrame


def group_columns(by: str | Sequence[str]) -> list[str]:
    """`by` as a list of column names; a single name may stand alone."""
    names = [by] if isinstance(by, str) else list(by)
    if len(set(names)) < len(names):
        raise ParameterError(f"`by` names a column twice: {', '.join(names)}.")
    return names


def rows_of(
    table: Any,
    table_name: str,
    kpi: str,
    needed: Sequence[str],
    by: Sequence[str],
    weight: str | None = None,
    cluster: str | None = None,
) -> Frame:
    """The table as a Narwhals frame with everything that the KPI needs; raises TableError or ParameterError."""
    reserved = _RESERVED & {*by, weight, cluster}
    if reserved:
        raise ParameterError(
            f"{kpi} cannot be grouped, weighted or clustered by {', '.join(sorted(reserved))}: KPI frames use that "
            "name. Give the column another one under [export.columns] in cxlab.toml."
        )
    return frame_of(table, table_name, [*needed, *by, *filter(None, [weight, cluster])], kpi)


def within(frame: Frame, clock: str, period: Period | None) -> Frame:
    """The rows whose `clock` lies in the period: start included, end not. No period keeps every row that is dated."""
    when = nw.col(clock)
    if period is None:
        return frame.filter(~when.is_null())
    check_period(period)
    return frame.filter(when >= period.start, when < period.end)


def check_period(period: Period | None) -> None:
    """A text is not a period: raises ParameterError."""
    if period is not None and not isinstance(period, Period):
        raise ParameterError(f'the period is {period!r}; give cx.Period.of("2026-Q3") or None for all rows.')


def label(period: Period | None) -> str:
    """What stands in the period column."""
    return ALL_TIME if period is None else period.label


def kpi_frame(
    kpi: str, period: Period | None, by: Sequence[str], groups: pd.DataFrame, estimate: Estimate, min_n: int = 1
) -> pd.DataFrame:
    """The house's one result shape; groups with fewer than `min_n` keep their n and lose their value."""
    if min_n < 1:
        raise ParameterError(f"min_n is {min_n}; it must be 1 or more.")
    shown = estimate.n >= min_n
    return pd.DataFrame(
        {
            "kpi": kpi,
            "period": label(period),
            **{column: groups[column].to_numpy() for column in by},
            "value": np.where(shown, estimate.value, np.nan),
            "low": np.where(shown, estimate.low, np.nan),
            "high": np.where(shown, estimate.high, np.nan),
            "n": estimate.n.astype(np.int64),
            "n_eff": estimate.n_eff,
        }
    )


def refuse_pooled_kinds(rows: Frame, kpi: str, by: Sequence[str]) -> None:
    """Relational and transactional answers are different questions: one number over both means nothing."""
    if "kind" not in columns_of(rows) or "kind" in by:
        return
    kinds = sorted(str(kind) for kind in collect(rows.select("kind").unique())["kind"].dropna() if str(kind).strip())
    if len(kinds) > 1:
        raise TableError(
            f"{kpi} would pool {' and '.join(kinds)} answers. Filter the table on `kind`, or pass by=('kind', ...)."
        )


def scale_of(rows: Frame, kpi: str) -> tuple[float, float] | None:
    """The one scale on which the answers were given; None where the table does not say. Two scales are refused."""
    if not {"scale_low", "scale_high"} <= set(columns_of(rows)):
        return None
    scales = collect(rows.select("scale_low", "scale_high").unique()).dropna().drop_duplicates()
    pairs = sorted((float(low), float(high)) for low, high in scales.itertuples(index=False, name=None))
    if len(pairs) > 1:
        listed = ", ".join(f"{low:g}-{high:g}" for low, high in pairs)
        raise TableError(f"{kpi} would mix answers on different scales ({listed}). Filter the table to one of them.")
    return pairs[0] if pairs else None


def refuse_off_scale(rows: Frame, kpi: str, scale: tuple[float, float]) -> None:
    """A code outside the scale, 11 for "don't know" say, would be counted as a very good answer."""
    score = nw.col("score")
    span = collect(rows.select(score.min().alias("least"), score.max().alias("most"))).iloc[0]
    if pd.notna(span["least"]) and not scale[0] <= span["least"] <= span["most"] <= scale[1]:
        raise TableError(
            f"{kpi} found scores from {span['least']:g} to {span['most']:g} on a scale of {scale[0]:g}-{scale[1]:g}. "
            "Declare codes that are no answers under `missing`, or map scale_low and scale_high, in cxlab.toml."
        )


def latest(rows: Frame, clocks: Sequence[str]) -> dt.datetime | None:
    """The last moment that any of these columns knows: the data's own today. None for an empty table."""
    known = [clock for clock in clocks if clock in columns_of(rows)]
    last = collect(rows.select(*(nw.col(clock).max() for clock in known))).max(axis=None) if known else None
    return None if last is None or pd.isna(last) else pd.Timestamp(last).to_pydatetime()


def warn(text: str) -> None:
    """A remark that does not stop the work; the scorecard prints it beside the number."""
    warnings.warn(text, UserWarning, stacklevel=3)
