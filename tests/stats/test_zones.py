"""Local time: against pandas' own conversion, over the changes of summer time, on every engine."""

from __future__ import annotations

import datetime as dt

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cxlab.stats.counting import collect
from cxlab.stats.zones import is_zone, local_seconds, offsets

ZONES = ("Europe/Berlin", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
FIRST, LAST = dt.datetime(2025, 1, 1), dt.datetime(2026, 12, 31)
HOUR = 3600


def test_offsets_between_two_zones_that_change_on_different_days() -> None:
    """New York changes on 8 March and 1 November 2026, Berlin on 29 March and 25 October."""
    found = offsets("America/New_York", "Europe/Berlin", dt.datetime(2026, 1, 1), LAST)
    assert [seconds // HOUR for _, seconds in found] == [-6, -5, -6, -5, -6]
    assert [str(begins)[:10] for begins, _ in found[1:]] == ["2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01"]
    assert offsets("Europe/Paris", "Europe/Berlin", FIRST, LAST) == ((FIRST, 0),)


@pytest.mark.parametrize("engine", ["pandas", "polars lazy", "duckdb", "arrow"])
@pytest.mark.parametrize("home", ["Europe/Berlin", "America/New_York"])
def test_as_pandas_converts(engine: str, home: str) -> None:
    rng = np.random.default_rng(3)
    n = 600
    moments = pd.Series(FIRST + pd.to_timedelta(rng.integers(0, 729 * 86400, n), unit="s"))
    real = moments.dt.tz_localize(home, ambiguous=np.ones(n, dtype=bool), nonexistent="NaT")
    frame = pd.DataFrame({"at": moments.astype("datetime64[us]"), "zone": rng.choice(ZONES, n)})[real.notna()]
    native = {
        "pandas": lambda: frame,
        "polars lazy": lambda: pl.from_pandas(frame).lazy(),
        "duckdb": lambda: duckdb.from_df(frame),
        "arrow": lambda: pa.Table.from_pandas(frame, preserve_index=False),
    }[engine]()
    local = local_seconds(nw.col("at"), nw.col("zone"), ZONES, home, FIRST, LAST)
    found = collect(nw.from_native(native).select("at", "zone", s=local)).sort_values(["at", "zone"], ignore_index=True)
    for zone, part in found.groupby("zone"):
        here = part["at"].dt.tz_localize(home, ambiguous=np.ones(len(part), dtype=bool))
        there = here.dt.tz_convert(zone).dt.tz_localize(None)
        days = [moment.toordinal() for moment in there]
        clock = there.dt.hour * HOUR + there.dt.minute * 60 + there.dt.second
        assert part["s"].tolist() == (np.array(days) * 86400 + clock).tolist()


def test_what_is_a_zone() -> None:
    assert is_zone("Europe/Berlin") and is_zone("UTC")
    assert not is_zone("Berlin time") and not is_zone("../etc") and not is_zone("")
