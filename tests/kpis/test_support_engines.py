"""The support views give the same frames on every engine, as the KPIs do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cxlab.kpis.channels import channel_matrix, response_by_hour
from cxlab.kpis.contact import channel_switching, first_contact_definitions, repeat_chains
from cxlab.kpis.selfservice import deflection_bounds
from cxlab.kpis.workload import backlog
from cxlab.periods import Period

pytestmark = pytest.mark.slow

QUARTER = Period.of("2026-Q2")
ENGINES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "polars": pl.from_pandas,
    "polars lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "duckdb": duckdb.from_df,
    "arrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
}
VIEWS: dict[str, Callable[[dict[str, Any]], pd.DataFrame]] = {
    "definitions": lambda at: first_contact_definitions(at["tickets"], QUARTER),
    "named switches": lambda at: channel_switching(at["tickets"], None, "region", within_days=300),
    "chains": lambda at: repeat_chains(at["tickets"], responses=at["responses"]),
    "backlog": lambda at: backlog(at["tickets"], QUARTER, "region"),
    "bounds": lambda at: deflection_bounds(at["visits"], QUARTER, tickets=at["tickets"]),
    "channels": lambda at: channel_matrix(at["tickets"], QUARTER, responses=at["responses"], cluster="customer_id"),
    "hours": lambda at: response_by_hour(at["tickets"], customers=at["customers"], timezone="Europe/Berlin"),
}


@pytest.fixture(scope="module")
def company(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The small company, with priorities, tickets that name another, answers that name a ticket, and time zones."""
    rng = np.random.default_rng(9)
    n = len(tables["tickets"])
    named = np.where(rng.uniform(size=n) < 0.3, [f"t{place}" for place in rng.integers(0, n, n)], None)
    zones = np.array(["Europe/Berlin", "America/New_York", "Asia/Kolkata"])
    text = lambda values: pd.Series(values, dtype="str")  # noqa: E731
    return {
        "tickets": tables["tickets"].assign(priority=text(rng.choice(["P1", "P2"], n)), related_to=text(named)),
        "responses": tables["responses"].assign(ticket_id=lambda frame: text([f"t{k % n}" for k in range(len(frame))])),
        "customers": tables["customers"].assign(timezone=lambda frame: text(rng.choice(zones, len(frame)))),
        "visits": tables["visits"],
    }


@pytest.mark.filterwarnings("ignore:response_by_hour")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_the_same_on_every_engine(view: str, engine: str, company: dict[str, pd.DataFrame]) -> None:
    wanted = VIEWS[view](company)
    assert len(wanted) > 1 and wanted.select_dtypes("number").notna().any(axis=None)
    found = VIEWS[view]({name: ENGINES[engine](frame) for name, frame in company.items()})
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-9, atol=1e-9)
