"""A small company in four tables, with empty groups, open tickets and unknown accounts, for every KPI alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

START = pd.Timestamp("2025-01-01")


def moments(rng: np.random.Generator, n: int, days: int) -> pd.Series:
    return pd.Series(START + pd.to_timedelta(rng.integers(0, days * 86400, n), unit="s"))


def company(seed: int = 0, accounts: int = 90, rows: int = 900) -> dict[str, pd.DataFrame]:
    """Canonical tables customers, responses, tickets and subscriptions, 2025-01 to 2026-09."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"c{place:03d}" for place in range(accounts)], dtype=object)
    region = rng.choice(np.array(["North", "South", None], dtype=object), accounts, p=[0.5, 0.4, 0.1])
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "region": region,
            "parent": rng.choice(np.array([*(f"p{place}" for place in range(30)), None], dtype=object), accounts),
            "weight": rng.choice([0.5, 1.0, 2.0], accounts),
            "signed_on": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 900, accounts), unit="D"),
        }
    )
    left = customers["signed_on"] + pd.to_timedelta(rng.integers(200, 2500, accounts), unit="D")
    customers["closed_on"] = left.where(left < pd.Timestamp("2026-10-01"))

    asked = rng.choice(np.array([*ids, None], dtype=object), rows)
    responses = pd.DataFrame(
        {
            "response_id": [f"r{place}" for place in range(rows)],
            "survey": rng.choice(["nps", "csat", "ces"], rows),
            "customer_id": asked,
            "sent_at": moments(rng, rows, 635),
            "weight": rng.uniform(0.3, 3, rows).round(3),
        }
    )
    replied = rng.uniform(size=rows) < 0.6
    waited = pd.to_timedelta(rng.exponential(3 * 86400, rows).astype(int), unit="s")
    responses["answered_at"] = (responses["sent_at"] + waited).where(replied)
    low = responses["survey"].map({"nps": 0.0, "csat": 1.0, "ces": 1.0})
    high = responses["survey"].map({"nps": 10.0, "csat": 5.0, "ces": 7.0})
    score = np.round(low + (high - low) * rng.beta(4, 1.5, rows))
    responses["score"] = score.where(replied & (rng.uniform(size=rows) < 0.97))
    responses["scale_low"], responses["scale_high"] = low, high

    tickets = pd.DataFrame(
        {
            "ticket_id": [f"t{place}" for place in range(rows)],
            "customer_id": rng.choice(np.array([*ids, None], dtype=object), rows),
            "opened_at": moments(rng, rows, 635),
            "weight": rng.uniform(0.3, 3, rows).round(3),
            "reopened": pd.array(rng.uniform(size=rows) < 0.1, dtype="boolean"),
        }
    )
    first = tickets["opened_at"] + pd.to_timedelta(rng.exponential(4 * 3600, rows).astype(int), unit="s")
    done = tickets["opened_at"] + pd.to_timedelta(rng.exponential(40 * 3600, rows).astype(int), unit="s")
    tickets["first_response_at"] = first.where(rng.uniform(size=rows) < 0.95)
    tickets["resolved_at"] = done.where(rng.uniform(size=rows) < 0.9)
    tickets["closed_at"] = (done + pd.Timedelta(days=2)).where(rng.uniform(size=rows) < 0.85)
    tickets["sla_due_at"] = tickets["opened_at"] + pd.Timedelta(hours=72)
    tickets.loc[::40, "reopened"] = pd.NA

    month = pd.date_range("2025-01-01", "2026-09-01", freq="MS")
    subscriptions = customers[["customer_id", "region", "parent", "weight"]].merge(
        pd.Series(month, name="month"), "cross"
    )
    base = pd.Series(rng.lognormal(6, 1, accounts), ids)
    subscriptions["mrr"] = subscriptions["customer_id"].map(base) * rng.uniform(0.95, 1.06, len(subscriptions))
    subscriptions = subscriptions[rng.uniform(size=len(subscriptions)) > 0.02].reset_index(drop=True)

    regions = pd.Series(region, ids)
    responses["region"], tickets["region"] = responses["customer_id"].map(regions), tickets["customer_id"].map(regions)
    tables = {"customers": customers, "responses": responses, "tickets": tickets, "subscriptions": subscriptions}
    return {name: as_stored(frame) for name, frame in tables.items()}


def as_stored(frame: pd.DataFrame) -> pd.DataFrame:
    """The types in which canonical tables are stored."""
    frame = frame.copy()
    for column in frame:
        kind = str(frame[column].dtype)
        if kind.startswith("datetime"):
            frame[column] = frame[column].astype("datetime64[us]")
        elif kind in ("object", "str"):
            frame[column] = frame[column].astype("str")
        elif kind.startswith(("int", "float")):
            frame[column] = frame[column].astype("float64")
    return frame


@pytest.fixture(scope="session")
def tables() -> dict[str, pd.DataFrame]:
    """The small company. Do not write into it: the battery shows that no KPI does either."""
    return company()
