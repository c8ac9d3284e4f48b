"""Neighbours in time against a plain search, on every engine."""

from __future__ import annotations

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cxlab.stats.counting import collect
from cxlab.stats.sequences import NEVER, in_time, next_elsewhere

ALIKE = ("customer", "subject")
ENGINES = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "polars lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "duckdb": duckdb.from_df,
    "arrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
}


def contacts(seed: int, n: int = 250) -> pd.DataFrame:
    """Few customers and moments, so that neighbours, ties and empty values abound."""
    rng = np.random.default_rng(seed)
    at = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 200, n), unit="h")
    return pd.DataFrame(
        {
            "id": [f"t{place:03d}" for place in rng.permutation(n)],
            "at": pd.Series(at).astype("datetime64[us]").mask(rng.uniform(size=n) < 0.05),
            "customer": rng.choice(np.array(["a", "b", "c", None], dtype=object), n),
            "subject": rng.choice(np.array(["x", "y", None], dtype=object), n, p=[0.6, 0.3, 0.1]),
            "place": rng.choice(["phone", "chat", "e-mail"], n, p=[0.7, 0.2, 0.1]),
        }
    )


def by_search(frame: pd.DataFrame) -> pd.DataFrame:
    """Row by row, without any window."""
    known = frame.dropna().sort_values(["at", "id"])
    found = []
    for row in known.itertuples():
        same = [other for other in known.itertuples() if (other.customer, other.subject) == (row.customer, row.subject)]
        order = [other.id for other in same].index(row.id)
        gap = lambda other, row=row: abs(int((other.at - row.at).total_seconds()))  # noqa: E731
        before, after = same[:order][-1:], same[order + 1 :]
        elsewhere = [other for other in after if other.place != row.place]
        found.append((row.id, *(gap(some[0]) if some else NEVER for some in (before, after[:1], elsewhere))))
    return pd.DataFrame(found, columns=["id", "before", "after", "elsewhere"]).sort_values("id", ignore_index=True)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", [1, 2])
def test_neighbours_as_a_plain_search_finds_them(engine: str, seed: int) -> None:
    frame = contacts(seed)
    rows = in_time(nw.from_native(ENGINES[engine](frame)), "at", ALIKE, "id")
    found = collect(next_elsewhere(rows, ALIKE, "place", "id")).sort_values("id", ignore_index=True)
    wanted = by_search(frame)
    assert found["id"].tolist() == wanted["id"].tolist()
    assert found["_cx_gap_before"].tolist() == wanted["before"].tolist()
    assert found["_cx_gap_after"].tolist() == wanted["after"].tolist()
    never = wanted["elsewhere"] == NEVER
    assert found.loc[~never, "_cx_gap_elsewhere"].tolist() == wanted.loc[~never, "elsewhere"].tolist()
    assert (found.loc[never, "_cx_gap_elsewhere"] >= NEVER).all()
