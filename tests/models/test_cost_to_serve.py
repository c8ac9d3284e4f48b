"""Cost to serve against a ledger counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import cxlab as cx
from cxlab.errors import ParameterError, TableError
from cxlab.kpis.workload import contact_rate

Q3 = cx.Period.of("2026-Q3")


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    """Ten accounts of plan A with two tickets of three and one contacts; ten of plan B with one that nobody counted."""
    names = [f"a{number}" for number in range(10)] + [f"b{number}" for number in range(10)]
    customers = pd.DataFrame({"customer_id": names, "plan": ["A"] * 10 + ["B"] * 10})
    customers["signed_on"] = pd.Timestamp("2025-01-01")
    customers["closed_on"] = pd.Series([pd.NaT] * 20).astype("datetime64[ns]")
    opened = ["2026-07-05", "2026-08-05", "2026-08-06", "2026-04-01", "2026-09-30"]
    tickets = pd.DataFrame(
        {
            "ticket_id": list("vwxyz"),
            "customer_id": ["a1", "a1", "b2", "a3", "b9"],
            "opened_at": pd.to_datetime(opened),
            "contacts": [3.0, 1.0, np.nan, 9.0, 1.0],
            "agent_replies": [2.0, 0.0, 1.0, 5.0, np.nan],
        }
    )
    months = pd.date_range("2026-07-01", periods=3, freq="MS")
    subscriptions = pd.DataFrame(
        [(name, month, 100.0 if name[0] == "a" else 10.0) for name in names for month in months],
        columns=["customer_id", "month", "mrr"],
    )
    responses = pd.DataFrame({"customer_id": names, "survey": "nps", "score": [10.0] * 10 + [3.0] * 10})
    responses["answered_at"] = pd.Timestamp("2026-08-01")
    return {"customers": customers, "tickets": tickets, "subscriptions": subscriptions, "responses": responses}


def test_by_hand(tables: dict[str, pd.DataFrame]) -> None:
    rows = cx.cost_to_serve(tables, Q3, "plan", cost_per_contact=50.0).set_index("plan")
    assert rows["accounts"].tolist() == [10, 10]
    assert rows["contacts"].tolist() == pytest.approx([0.4, 0.2])  # 3 + 1; one that nobody counted and 1
    assert rows["replies"].tolist() == pytest.approx([0.2, 0.1])
    assert rows["cost"].tolist() == pytest.approx([20.0, 10.0])
    assert rows["revenue"].tolist() == [300.0, 30.0]
    assert rows["cost_share"].tolist() == pytest.approx([20 / 300, 10 / 30])
    assert rows["per_thousand"].tolist() == pytest.approx([400 / 300, 200 / 30])
    assert rows["score"].tolist() == [100.0, -100.0]
    assert (rows["contacts_low"] < rows["contacts"]).all()
    assert (rows["contacts"] < rows["contacts_high"]).all()


def test_with_one_contact_a_ticket_it_is_the_contact_rate(tables: dict[str, pd.DataFrame]) -> None:
    tickets = tables["tickets"].drop(columns=["contacts", "agent_replies"])
    rows = cx.cost_to_serve({**tables, "tickets": tickets}, Q3, "plan")
    rate = contact_rate(tables["customers"], Q3, "plan", tickets=tickets)
    for ours, theirs in (("contacts", "value"), ("contacts_low", "low"), ("contacts_high", "high")):
        assert rows[ours].tolist() == pytest.approx(rate[theirs].tolist())
    assert rows["replies"].isna().all()


def test_without_a_price_effort_is_told_in_contacts(tables: dict[str, pd.DataFrame]) -> None:
    rows = cx.cost_to_serve({name: tables[name] for name in ("customers", "tickets")}, Q3, "plan")
    assert rows[["cost", "cost_share", "revenue", "score", "per_thousand"]].isna().all(axis=None)
    assert rows["contacts"].notna().all()


def test_any_engine_and_small_groups(tables: dict[str, pd.DataFrame]) -> None:
    lazy = {name: pl.from_pandas(frame).lazy() for name, frame in tables.items()}
    pd.testing.assert_frame_equal(
        cx.cost_to_serve(lazy, Q3, "plan"), cx.cost_to_serve(tables, Q3, "plan"), check_dtype=False
    )
    small = cx.cost_to_serve(tables, Q3, "plan", min_n=11)
    assert small["accounts"].tolist() == [10, 10]
    assert small[["contacts", "revenue", "score", "cost"]].isna().all(axis=None)


def test_refusals(tables: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(TableError, match="tickets"):
        cx.cost_to_serve({"customers": tables["customers"]}, Q3, "plan")
    with pytest.raises(TableError, match="closed_on"):
        cx.cost_to_serve({**tables, "customers": tables["customers"].drop(columns="closed_on")}, Q3, "plan")
    with pytest.raises(ParameterError, match="measure"):
        cx.cost_to_serve(tables, Q3, "plan", measure="happiness")
    with pytest.raises(ParameterError, match="cost_per_contact"):
        cx.cost_to_serve(tables, Q3, "plan", cost_per_contact=0)
