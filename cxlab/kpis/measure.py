"""What every KPI does alike: choose rows, ask for counts, give back a KPI frame."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.periods import Period
from cxlab.stats.comparisons import KPI_COLUMNS
from cxlab.stats.counting import LEAST, MOST, collect, columns_of, count, frame_of, merge
from cxlab.stats.estimates import Estimate

ALL_TIME = "all"
# What a KPI frame, or the counting of one, calls its own columns.
_RESERVED = (
    {*KPI_COLUMNS, "units", "sy", "sx", "syy", "sxy", "sxx", "sww"}
    | {"promoters", "detractors"}
    | {"seconds", "done", "gone", "running", "squares"}
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


@dataclass(frozen=True)
class Seen:
    """What the answers say of themselves: kinds, versions of the question, scales, the smallest and largest score."""

    kpi: str
    kinds: tuple[str, ...]
    series: tuple[str, ...]
    scales: tuple[tuple[float, float], ...]
    least: float
    most: float

    @classmethod
    def of(cls, kpi: str, found: pd.DataFrame) -> Seen:
        """From a small frame with one row per combination of what `_TELLING` names."""
        kinds = found["kind"].dropna().astype(str) if "kind" in found else ()
        series = ["" if pd.isna(name) else str(name).strip() for name in found["series"]] if "series" in found else ()
        scales = found[["scale_low", "scale_high"]].dropna() if {"scale_low", "scale_high"} <= {*found} else None
        pairs = () if scales is None else {(float(low), float(high)) for low, high in scales.itertuples(index=False)}
        return cls(
            kpi,
            tuple(sorted({kind for kind in kinds if kind.strip()})),
            tuple(sorted(set(series))),
            tuple(sorted(pairs)),
            float(found[LEAST].min()) if LEAST in found else np.nan,
            float(found[MOST].max()) if MOST in found else np.nan,
        )

    def refuse_pooled_kinds(self, by: Sequence[str]) -> None:
        """Relational and transactional answers are different questions: one number over both means nothing."""
        if len(self.kinds) > 1 and "kind" not in by:
            raise TableError(
                f"{self.kpi} would pool {' and '.join(self.kinds)} answers. Filter the table on `kind`, or pass "
                "by=('kind', ...)."
            )

    def refuse_mixed_series(self, by: Sequence[str]) -> None:
        """A new wording, scale or channel makes a new question: answers before and after it are not one number."""
        if len(self.series) > 1 and "series" not in by:
            listed = ", ".join(name or "no name" for name in self.series)
            raise TableError(
                f"{self.kpi} would mix versions of the question (series: {listed}); a new version breaks the series. "
                "Filter the table on `series`, or pass by=('series', ...)."
            )

    @property
    def scale(self) -> tuple[float, float] | None:
        """The one scale on which the answers were given; None where the table does not say. Two scales are refused."""
        if len(self.scales) > 1:
            listed = ", ".join(f"{low:g}-{high:g}" for low, high in self.scales)
            raise TableError(
                f"{self.kpi} would mix answers on different scales ({listed}). Filter the table to one of them."
            )
        return self.scales[0] if self.scales else None

    def refuse_off_scale(self, scale: tuple[float, float]) -> None:
        """A code outside the scale, 11 for "don't know" say, would be counted as a very good answer."""
        if not np.isnan(self.least) and not scale[0] <= self.least <= self.most <= scale[1]:
            raise TableError(
                f"{self.kpi} found scores from {self.least:g} to {self.most:g} on a scale of {scale[0]:g}-{scale[1]:g}."
                " Declare codes that are no answers under `missing`, or map scale_low and scale_high, in cxlab.toml."
            )


def look(rows: Frame, kpi: str) -> Seen:
    """What these answers say of themselves, in one reading of the table."""
    telling = _telling(rows)
    scored = "score" in columns_of(rows)
    ends = [nw.col("score").min().alias(LEAST), nw.col("score").max().alias(MOST)] if scored else [nw.len()]
    return Seen.of(kpi, collect(rows.group_by(*telling).agg(*ends) if telling else rows.select(*ends)))


def count_and_look(
    rows: Frame,
    kpi: str,
    by: Sequence[str],
    y: nw.Expr,
    weight: str | None = None,
    cluster: str | None = None,
    extra: Mapping[str, nw.Expr] | None = None,
) -> tuple[pd.DataFrame, Seen]:
    """`counting.count`, and what `look` sees, in the same reading of the table."""
    finer = [name for name in _telling(rows) if name not in (*by, cluster)]
    counts = count(rows, [*by, *finer], y, weight=weight, cluster=cluster, extra=extra, span="score")
    seen = Seen.of(kpi, counts)
    if cluster and len(counts[finer].drop_duplicates()) > 1:
        # An account that is in two of the finer groups would be two units there; it is one.
        return count(rows, by, y, weight=weight, cluster=cluster, extra=extra), seen
    return merge(counts.drop(columns=[*finer, LEAST, MOST]), by), seen


def _telling(rows: Frame) -> list[str]:
    columns = columns_of(rows)
    return [name for name in ("kind", "series", "scale_low", "scale_high") if name in columns]


def refuse_pooled_kinds(rows: Frame, kpi: str, by: Sequence[str]) -> None:
    """`Seen.refuse_pooled_kinds` of these rows; raises TableError."""
    if "kind" in columns_of(rows) and "kind" not in by:
        look(rows.select("kind"), kpi).refuse_pooled_kinds(by)


def scale_of(rows: Frame, kpi: str) -> tuple[float, float] | None:
    """`Seen.scale` of these rows; raises TableError for two scales."""
    said = {"scale_low", "scale_high"} <= set(columns_of(rows))
    return look(rows.select("scale_low", "scale_high"), kpi).scale if said else None


def refuse_off_scale(rows: Frame, kpi: str, scale: tuple[float, float]) -> None:
    """`Seen.refuse_off_scale` of these rows; raises TableError."""
    look(rows.select("score"), kpi).refuse_off_scale(scale)


def latest(rows: Frame, clocks: Sequence[str]) -> dt.datetime | None:
    """The last moment that any of these columns knows: the data's own today. None for an empty table."""
    known = [clock for clock in clocks if clock in columns_of(rows)]
    last = collect(rows.select(*(nw.col(clock).max() for clock in known))).max(axis=None) if known else None
    return None if last is None or pd.isna(last) else pd.Timestamp(last).to_pydatetime()


def warn(text: str) -> None:
    """A remark that does not stop the work; the scorecard prints it beside the number."""
    warnings.warn(text, UserWarning, stacklevel=3)
