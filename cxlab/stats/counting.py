"""The group-by that makes sufficient counts, on whatever engine holds the table (pandas, Polars, DuckDB, Spark ...).

Only sums are asked of the engine; value and interval are made from the small table that comes back. Columns that a KPI
adds for counting start with an underscore and two letters, so that they cannot meet an attribute of an export.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.errors import ParameterError, TableError

_W, _X, _Y = "_cx_w", "_cx_x", "_cx_y"


def frame_of(table: Any, table_name: str, needed: Sequence[str], needed_by: str) -> nw.DataFrame | nw.LazyFrame:
    """The table as a Narwhals frame, with the columns that are needed. Raises TableError otherwise."""
    try:
        frame = nw.from_native(table)
    except TypeError:
        raise TableError(
            f"{needed_by} was given a {type(table).__name__}; give a table: a pandas or Polars frame, a DuckDB "
            "relation, a Spark or Ibis table, or what cx.load and cx.scan return."
        ) from None
    columns = frame.collect_schema().names()
    missing = [name for name in dict.fromkeys(needed) if name not in columns]
    if missing:
        raise TableError.missing(needed_by, table_name, missing, columns)
    return _without_nan(frame, needed)


def _without_nan(frame: nw.DataFrame | nw.LazyFrame, needed: Sequence[str]) -> nw.DataFrame | nw.LazyFrame:
    """Not-a-number is empty, as in pandas: elsewhere it counts as larger than any number, and so as a promoter."""
    if frame.implementation.is_pandas_like():
        return frame
    schema = frame.collect_schema()
    floats = [name for name in dict.fromkeys(needed) if schema[name].is_float()]
    return frame.with_columns(nw.col(name).fill_nan(None) for name in floats) if floats else frame


def columns_of(frame: nw.DataFrame | nw.LazyFrame) -> list[str]:
    """Column names, without reading the table."""
    return frame.collect_schema().names()


def collect(frame: nw.DataFrame | nw.LazyFrame) -> pd.DataFrame:
    """Bring a small table from its engine into pandas."""
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    return frame.to_pandas()


def count(
    frame: nw.DataFrame | nw.LazyFrame,
    by: Sequence[str],
    y: nw.Expr,
    x: nw.Expr | None = None,
    weight: str | None = None,
    cluster: str | None = None,
    extra: Mapping[str, nw.Expr] | None = None,
) -> pd.DataFrame:
    """Sufficient counts of sum(w*y) / sum(w*x) per group, as `cxlab.stats.estimates.Counts` wants them.

    Returns a pandas frame, one row per group, sorted: the `by` columns, n, units, sy, sx, syy, sxy, sxx, sww, and the
    weighted sum of every `extra` expression under its name. Rows with no or a negative weight raise ParameterError.
    Rows of unknown cluster count as a unit each. Without `by` there is always one row, for an empty table with n = 0.
    """
    extra = dict(extra or {})
    one = nw.lit(1.0)
    w = nw.col(weight).cast(nw.Float64) if weight else one
    measured = {_W: w, _Y: w * y.cast(nw.Float64), _X: w * (one if x is None else x.cast(nw.Float64))}
    measured |= {name: w * expression.cast(nw.Float64) for name, expression in extra.items()}
    if weight:
        _check_weights(frame, weight)
    # _Y is always a full column (an expression of the table), so the constants are broadcast along it.
    rows = frame.select(
        *by,
        *([cluster] if cluster and cluster not in by else []),
        **{name: expression for name, expression in measured.items()},
    )
    if cluster:
        known = rows.filter(~nw.col(cluster).is_null())
        unknown = rows.filter(nw.col(cluster).is_null())
        parts = [_from_clusters(known, by, cluster, list(extra)), _from_rows(unknown, by, list(extra))]
    else:
        parts = [_from_rows(rows, by, list(extra))]
    return merge(pd.concat(parts, ignore_index=True), by)


def merge(counts: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Add up counts of disjoint sets of units into coarser groups: regions into the company, exactly.

    Every column that is not in `by` is summed, so leave out the finer group columns.
    """
    sums = [column for column in counts.columns if column not in by]
    if not by:
        return counts[sums].sum().to_frame().T.astype(float)
    grouped = counts.groupby(list(by), dropna=False, sort=True, observed=True)[sums].sum()
    return grouped.reset_index()[[*by, *sums]]


def _check_weights(frame: nw.DataFrame | nw.LazyFrame, weight: str) -> None:
    if not frame.collect_schema()[weight].is_numeric():
        raise ParameterError(f"the column {weight!r} does not hold numbers and cannot be a weight.")
    w = nw.col(weight).cast(nw.Float64)
    bad = collect(frame.select(_cx_bad=((w < 0) | (w > 1e300) | w.is_null()).cast(nw.Int64).sum()))["_cx_bad"].iloc[0]
    if pd.notna(bad) and bad > 0:
        raise ParameterError(
            f"{int(bad)} rows have no weight, a negative or an infinite one in column {weight!r}. Give every answer a "
            "weight, or leave `weight` out."
        )


def _from_rows(rows: nw.DataFrame | nw.LazyFrame, by: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    squared = rows.with_columns(
        syy=nw.col(_Y) * nw.col(_Y), sxy=nw.col(_X) * nw.col(_Y), sxx=nw.col(_X) * nw.col(_X), _cx_one=nw.lit(1.0)
    )
    wanted = {"n": "_cx_one", "sy": _Y, "sx": _X, "syy": "syy", "sxy": "sxy", "sxx": "sxx"}
    small = _summed(squared, by, wanted | {name: name for name in names})
    small.insert(len(by) + 1, "units", small["n"])
    return small.assign(sww=small["sxx"])


def _from_clusters(
    rows: nw.DataFrame | nw.LazyFrame, by: Sequence[str], cluster: str, names: Sequence[str]
) -> pd.DataFrame:
    keys = [*by, cluster] if cluster not in by else list(by)
    per_unit = (
        rows.with_columns(_cx_ww=nw.col(_X) * nw.col(_X))
        .group_by(*keys)
        .agg(
            nw.col(_Y).sum().alias(_Y),
            nw.col("_cx_ww").sum().alias("_cx_ww"),
            nw.col(_X).sum().alias(_X),
            nw.len().alias("_cx_n"),
            *(nw.col(name).sum().alias(name) for name in names),
        )
    )
    squared = per_unit.with_columns(
        syy=nw.col(_Y) * nw.col(_Y), sxy=nw.col(_X) * nw.col(_Y), sxx=nw.col(_X) * nw.col(_X), _cx_one=nw.lit(1.0)
    )
    wanted = {"n": "_cx_n", "units": "_cx_one", "sy": _Y, "sx": _X, "syy": "syy", "sxy": "sxy", "sxx": "sxx"}
    wanted |= {"sww": "_cx_ww"}
    return _summed(squared, by, wanted | {name: name for name in names})


def _summed(rows: nw.DataFrame | nw.LazyFrame, by: Sequence[str], wanted: Mapping[str, str]) -> pd.DataFrame:
    """One small pandas frame: `by`, and for each wanted name the sum of its column (0 where there is no row)."""
    sums = [nw.col(column).sum().alias(f"_cx_s_{name}") for name, column in wanted.items()]
    small = collect(rows.group_by(*by).agg(*sums) if by else rows.select(*sums))
    small = small.rename(columns={f"_cx_s_{name}": name for name in wanted})
    small[list(wanted)] = small[list(wanted)].astype(float).fillna(0.0)
    return small[[*by, *wanted]]


def _seconds(moment: nw.Expr) -> nw.Expr:
    """Whole seconds since year 1, from calendar parts: subtracting two times is not the same thing on every engine."""
    years = moment.dt.year().cast(nw.Int64) - 1
    days = years * 365 + years // 4 - years // 100 + years // 400 + moment.dt.ordinal_day().cast(nw.Int64)
    hours = days * 24 + moment.dt.hour().cast(nw.Int64)
    return (hours * 60 + moment.dt.minute().cast(nw.Int64)) * 60 + moment.dt.second().cast(nw.Int64)


def count_durations(
    frame: nw.DataFrame | nw.LazyFrame,
    by: Sequence[str],
    started: str,
    ended: str,
    as_of: Any,
    weight: str | None = None,
    cluster: str | None = None,
    stopped: Sequence[str] = (),
) -> pd.DataFrame:
    """Durations in whole seconds, counted: what `cxlab.stats.durations.completion` wants, group by group.

    A row runs from `started` to `ended`, or to `as_of` while `ended` is empty or later; a row whose watching ended
    without an end (a column of `stopped` is filled, `ended` is not) runs to the first of these. Rows that start after
    `as_of` or end before they start are left out: they cannot be, and the data check reports them. Returns the `by`
    columns, the `cluster` column if any, seconds, done, running (sums of weights), n, squares (sum of squared weights).
    """
    if weight:
        _check_weights(frame, weight)
    start, end, now = nw.col(started), nw.col(ended), nw.lit(as_of)
    over = ~end.is_null() & (end <= now)
    w = nw.col(weight).cast(nw.Float64) if weight else nw.lit(1.0)
    watched = now
    for stop in stopped:
        gone = ~nw.col(stop).is_null() & (nw.col(stop) <= watched)
        watched = nw.when(gone).then(nw.col(stop)).otherwise(watched)
    rows = (
        frame.filter(~start.is_null(), start <= now)
        .with_columns(_cx_end=nw.when(over).then(end).otherwise(watched), _cx_over=over)
        .with_columns(seconds=_seconds(nw.col("_cx_end")) - _seconds(start))
        .filter(nw.col("seconds") >= 0)
        .with_columns(
            done=nw.when(nw.col("_cx_over")).then(w).otherwise(nw.lit(0.0)),
            running=nw.when(nw.col("_cx_over")).then(nw.lit(0.0)).otherwise(w),
            _cx_squares=w * w,
        )
    )
    keys = [*by, *([cluster] if cluster and cluster not in by else []), "seconds"]
    small = collect(
        rows.group_by(*keys).agg(
            nw.col("done").sum(),
            nw.col("running").sum(),
            nw.len().alias("n"),
            nw.col("_cx_squares").sum().alias("squares"),
        )
    )
    numbers = ["seconds", "done", "running", "n", "squares"]
    small[numbers] = small[numbers].astype(float)
    return small.sort_values(keys, ignore_index=True, na_position="last")
