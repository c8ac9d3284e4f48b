"""The group-by that makes sufficient counts, on whatever engine holds the table (pandas, Polars, DuckDB, Spark ...).

Only sums are asked of the engine; value and interval are made from the small table that comes back. Columns that a KPI
adds for counting start with an underscore and two letters, so that they cannot meet an attribute of an export.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.errors import ParameterError, TableError

_X, _Y, _BAD = "_cx_x", "_cx_y", "_cx_bad"
LEAST, MOST = "_cx_least", "_cx_most"
SUFFICIENT = ("n", "units", "sy", "sx", "syy", "sxy", "sxx", "sww")


def frame_of(table: Any, table_name: str, needed: Sequence[str], needed_by: str) -> nw.DataFrame | nw.LazyFrame:
    """The table as a Narwhals frame, with the columns that are needed. Raises TableError otherwise."""
    try:
        frame = nw.from_native(table)
    except TypeError:
        raise TableError(
            f"{needed_by} was given a {type(table).__name__}; give a table: a pandas or Polars frame, a DuckDB "
            "relation, a Spark or Ibis table, or what cx.load and cx.scan return."
        ) from None
    if frame.implementation.is_ibis():
        from cxlab.stats import dialects

        frame = dialects.understood(frame)
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
    span: str | None = None,
) -> pd.DataFrame:
    """Sufficient counts of sum(w*y) / sum(w*x) per group, as `cxlab.stats.estimates.Counts` wants them.

    Returns a pandas frame, one row per group, sorted: the `by` columns, n, units, sy, sx, syy, sxy, sxx, sww, and the
    weighted sum of every `extra` expression under its name; with `span`, a column, also its LEAST and MOST, and the
    groups unsorted. Rows with no or a negative weight raise ParameterError. Rows of unknown cluster count as a unit
    each. Without `by` there is always one row, for an empty table with n = 0. The table is read once, be it weighted,
    clustered or neither.
    """
    frame = _flattened(frame)
    w = _weight(frame, weight)
    measured = {_Y: y} | ({} if x is None else {_X: x}) | dict(extra or {})
    measured = {name: part.cast(nw.Float64) for name, part in measured.items()}
    if w is not None:
        measured = {name: w * part for name, part in measured.items()}
        # What is not weighted and not divided by anything has x = 1 on every row: its sums are n, nobody need add them.
        measured = {_X: w} | measured | {_BAD: _is_bad(weight).cast(nw.Float64)}
    spans = {} if span is None else {LEAST: nw.col(span), MOST: nw.col(span)}
    rows = frame.select(*by, *([cluster] if cluster and cluster not in by else []), **measured, **spans)
    y, x = nw.col(_Y), nw.col(_X)
    rows = rows.with_columns(syy=y * y, **({"sxy": x * y, "sxx": x * x} if _X in measured else {}))
    sums = [*measured, "syy", *(("sxy", "sxx") if _X in measured else ())]
    counted = _from_clusters(rows, by, cluster, sums, spans) if cluster else _summed(rows, by, sums, spans)
    if _BAD in counted:
        _refuse_bad_weights(counted.pop(_BAD).sum(), weight)
    counted = counted.rename(columns={_Y: "sy", _X: "sx"})
    if "sx" not in counted:
        counted = counted.assign(sx=counted["n"])
        if not cluster:  # each answer is a unit, whose x is 1
            counted = counted.assign(sxy=counted["sy"], sxx=counted["n"])
    if not cluster:
        counted = counted.assign(units=counted["n"], sww=counted["sxx"])
    counted = counted[[*by, *SUFFICIENT, *(extra or {}), *spans]]
    return counted if spans else merge(counted, by)


def merge(counts: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Add up counts of disjoint sets of units into coarser groups: regions into the company, exactly.

    Every column that is not in `by` is summed, so leave out the finer group columns.
    """
    sums = [column for column in counts.columns if column not in by]
    if not by:
        return counts[sums].sum().to_frame().T.astype(float)
    grouped = counts.groupby(list(by), dropna=False, sort=True, observed=True)[sums].sum()
    return grouped.reset_index()[[*by, *sums]]


def _flattened(frame: nw.DataFrame | nw.LazyFrame) -> nw.DataFrame | nw.LazyFrame:
    if not frame.implementation.is_ibis():
        return frame
    from cxlab.stats import dialects

    return dialects.flattened(frame)


def _weight(frame: nw.DataFrame | nw.LazyFrame, weight: str | None) -> nw.Expr | None:
    if weight is None:
        return None
    if not frame.collect_schema()[weight].is_numeric():
        raise ParameterError(f"the column {weight!r} does not hold numbers and cannot be a weight.")
    w = nw.col(weight).cast(nw.Float64)
    return nw.when(_is_bad(weight)).then(nw.lit(0.0)).otherwise(w)


def _is_bad(weight: str) -> nw.Expr:
    w = nw.col(weight).cast(nw.Float64)
    return (w < 0) | (w > 1e300) | w.is_null()


def _refuse_bad_weights(rows: float, weight: str | None) -> None:
    if rows > 0:
        raise ParameterError(
            f"{int(rows)} rows have no weight, a negative or an infinite one in column {weight!r}. Give every answer a "
            "weight, or leave `weight` out."
        )


def _from_clusters(
    rows: nw.DataFrame | nw.LazyFrame, by: Sequence[str], cluster: str, sums: Sequence[str], spans: Mapping[str, Any]
) -> pd.DataFrame:
    """Sums per unit first, then squares of these; the rows of unknown cluster keep the squares of their own."""
    rows = _flattened(rows)
    keys = [*by, cluster] if cluster not in by else list(by)
    units = rows.group_by(*keys).agg(nw.len().alias("_cx_n"), *_aggregated(sums, spans))
    y, n, alone = nw.col(_Y), nw.col("_cx_n").cast(nw.Float64), nw.col(cluster).is_null()
    weighted = _X in sums
    x = nw.col(_X) if weighted else n
    units = units.with_columns(
        _cx_n=n,
        units=nw.when(alone).then(n).otherwise(nw.lit(1.0)),
        syy=nw.when(alone).then(nw.col("syy")).otherwise(y * y),
        sxy=nw.when(alone).then(nw.col("sxy") if weighted else y).otherwise(x * y),
        sxx=nw.when(alone).then(nw.col("sxx") if weighted else n).otherwise(x * x),
        sww=nw.col("sxx") if weighted else n,
    )
    names = [*dict.fromkeys([*sums, "sxy", "sxx"]), "_cx_n", "units", "sww"]
    return _summed(units, by, names, spans).drop(columns="n").rename(columns={"_cx_n": "n"})


def _aggregated(sums: Sequence[str], spans: Mapping[str, Any]) -> list[nw.Expr]:
    ends = {LEAST: nw.col(LEAST).min(), MOST: nw.col(MOST).max()}
    return [*(nw.col(name).sum() for name in sums), *(ends[name] for name in spans)]


def _summed(
    rows: nw.DataFrame | nw.LazyFrame, by: Sequence[str], sums: Sequence[str], spans: Mapping[str, Any]
) -> pd.DataFrame:
    """One small pandas frame: `by`, n, and for each name the sum of its column (0 where there is no row)."""
    wanted = [nw.len().alias("n"), *_aggregated(sums, spans)]
    small = collect(rows.group_by(*by).agg(*wanted) if by else rows.select(*wanted))
    small[["n", *sums]] = small[["n", *sums]].astype(float).fillna(0.0)
    return small


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
    elapsed: Callable[[nw.Expr, nw.Expr], nw.Expr] | None = None,
) -> pd.DataFrame:
    """Durations in whole seconds, counted: what `cxlab.stats.durations.completion` wants, group by group.

    A row runs from `started` to `ended`, or to `as_of` while `ended` is empty or later; a row whose watching ended
    without an end (a column of `stopped` is filled, `ended` is not) runs to the first of these. Rows that start after
    `as_of` or end before they start are left out: they cannot be, and the data check reports them. `elapsed` makes
    seconds of two moments where not every second counts (`WorkingHours.seconds`). Returns the `by`
    columns, the `cluster` column if any, seconds, done, running (sums of weights), n, squares (sum of squared weights).
    """
    w = _weight(frame, weight)
    start, end, now = nw.col(started), nw.col(ended), nw.lit(as_of)
    over = ~end.is_null() & (end <= now)
    watched = now
    for stop in stopped:
        gone = ~nw.col(stop).is_null() & (nw.col(stop) <= watched)
        watched = nw.when(gone).then(nw.col(stop)).otherwise(watched)
    rows = (
        frame.filter(~start.is_null(), start <= now)
        .with_columns(_cx_end=nw.when(over).then(end).otherwise(watched), _cx_over=over)
        .with_columns(seconds=_seconds(nw.col("_cx_end")) - _seconds(start))
        .filter(nw.col("seconds") >= 0)
    )
    if elapsed is not None:
        rows = rows.with_columns(seconds=elapsed(start, nw.col("_cx_end")))
    one = nw.lit(1.0) if w is None else w
    rows = rows.with_columns(done=nw.when(nw.col("_cx_over")).then(one).otherwise(nw.lit(0.0)))
    weighted = [] if w is None else ["running", "squares", _BAD]
    if w is not None:
        running = nw.when(nw.col("_cx_over")).then(nw.lit(0.0)).otherwise(w)
        rows = rows.with_columns(running=running, squares=w * w, **{_BAD: _is_bad(weight).cast(nw.Float64)})
    keys = [*by, *([cluster] if cluster and cluster not in by else []), "seconds"]
    small = _summed(rows, keys, ["done", *weighted], {})
    if weighted:
        _refuse_bad_weights(small[_BAD].sum(), weight)
    else:
        small = small.assign(running=small["n"] - small["done"], squares=small["n"])
    small["seconds"] = small["seconds"].astype(float)
    small = small[[*keys, "done", "running", "n", "squares"]]
    return small.sort_values(keys, ignore_index=True, na_position="last")
