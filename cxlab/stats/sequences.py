"""What comes before and after: each row's neighbours in time, per customer and subject, on any engine."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from cxlab.stats.counting import _seconds

Frame = nw.DataFrame | nw.LazyFrame
#: Seconds further away than any date: where there is no neighbour.
NEVER = 10**12
DAY = 86400


def windowed(rows: Frame) -> Frame:
    """The rows on an engine that can look at neighbours; DuckDB reads an Arrow table in place."""
    if isinstance(rows, nw.DataFrame) and rows.implementation.is_pyarrow():
        return rows.lazy("duckdb")
    return rows


def in_time(rows: Frame, clock: str, alike: Sequence[str], row_id: str) -> Frame:
    """Rows with _cx_at (their moment in seconds), _cx_gap_before and _cx_gap_after.

    The gaps are the seconds to the row before and after with the same values in the columns `alike`, NEVER where there
    is none. Rows of one moment come in the order of `row_id`. Rows without a moment or one of `alike` are left out: it
    cannot be told what they follow.
    """
    known = rows.filter(~nw.col(clock).is_null(), *(~nw.col(name).is_null() for name in alike))
    timed = windowed(known).with_columns(_cx_at=_seconds(nw.col(clock)))
    at, order = nw.col("_cx_at"), ["_cx_at", row_id]
    timed = timed.with_columns(
        _cx_gap_before=at.shift(1).over(*alike, order_by=order),
        _cx_gap_after=at.shift(-1).over(*alike, order_by=order),
    )
    return timed.with_columns(
        _cx_gap_before=(at - nw.col("_cx_gap_before")).fill_null(NEVER),
        _cx_gap_after=(nw.col("_cx_gap_after") - at).fill_null(NEVER),
    )


def next_elsewhere(rows: Frame, alike: Sequence[str], place: str, row_id: str) -> Frame:
    """Rows of `in_time` with _cx_gap_elsewhere: seconds to the next row alike whose `place` is another, else NEVER.

    The next row elsewhere begins the next run of rows in one place, so that one look at neighbours is enough.
    """
    order = ["_cx_at", row_id]
    at, here, before = nw.col("_cx_at"), nw.col(place), nw.col("_cx_place_before")
    far = nw.lit(2 * NEVER)
    runs = rows.with_columns(_cx_place_before=here.shift(1).over(*alike, order_by=order))
    runs = runs.with_columns(_cx_run=nw.when(~before.is_null(), before != here).then(at).otherwise(far))
    runs = runs.with_columns(_cx_run=nw.col("_cx_run").shift(-1).over(*alike, order_by=order).fill_null(2 * NEVER))
    runs = runs.with_columns(_cx_run=nw.col("_cx_run").cum_min(reverse=True).over(*alike, order_by=order))
    return runs.with_columns(_cx_gap_elsewhere=nw.col("_cx_run") - at)
