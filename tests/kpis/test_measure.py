"""What every KPI does alike, where the battery does not reach."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.kpis.measure import group_columns, label, latest, scale_of, within
from cxlab.periods import Period


def test_labels() -> None:
    assert label(None) == "all" and label(Period.of("2026-W07")) == "2026-W07"


def test_by() -> None:
    assert group_columns("region") == ["region"] and group_columns(()) == [] and group_columns(["a", "b"]) == ["a", "b"]


def test_a_period_includes_its_start_and_not_its_end() -> None:
    frame = nw.from_native(pd.DataFrame({"at": pd.to_datetime(["2026-06-30", "2026-07-01", "2026-10-01", None])}))
    assert len(within(frame, "at", Period.of("2026-Q3"))) == 1
    assert len(within(frame, "at", None)) == 3


def test_the_data_know_their_own_today() -> None:
    frame = nw.from_native(
        pd.DataFrame({"a": pd.to_datetime(["2026-01-01", None]), "b": pd.to_datetime(["2025-01-01", "2026-02-01"])})
    )
    assert latest(frame, ["a", "b", "c"]) == dt.datetime(2026, 2, 1)
    assert latest(frame, ["c"]) is None
    assert latest(frame.filter(nw.col("a").is_null()), ["a"]) is None


def test_scale_is_what_the_rows_say() -> None:
    rows = pd.DataFrame({"scale_low": [1.0, 1.0, np.nan], "scale_high": [5.0, 5.0, np.nan]})
    assert scale_of(nw.from_native(rows), "csat") == (1, 5)
    assert scale_of(nw.from_native(rows[2:]), "csat") is None
    assert scale_of(nw.from_native(rows[["scale_low"]]), "csat") is None
