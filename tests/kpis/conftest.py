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

    subscriptions["renewal_due"] = subscriptions["month"].where(subscriptions["month"].dt.month % 6 == 5)

    responses = pd.concat([responses, other_answers(seed, customers)], ignore_index=True)
    tickets = with_handling(seed, tickets)
    tables = {"customers": customers, "responses": responses, "tickets": tickets, "subscriptions": subscriptions}
    tables |= {"milestones": milestones(seed, customers), **use(seed, customers)}
    known = customers.set_index("customer_id")
    for name in ("responses", "tickets", "milestones", "usage", "visits", "entitlements"):
        frame = tables[name]
        for column in ("region", "parent", *(["weight"] if "weight" not in frame else [])):
            frame[column] = frame["customer_id"].map(known[column])
        frame["weight"] = frame["weight"].fillna(1.0)
    return {name: as_stored(frame) for name, frame in tables.items()}


def other_answers(seed: int, customers: pd.DataFrame, rows: int = 1200) -> pd.DataFrame:
    """Surveys beside NPS, CSAT and CES: success, effort, emotion, enps, engagement, review."""
    rng = np.random.default_rng([seed, 1])
    survey = rng.choice(["success", "effort", "emotion", "enps", "engagement", "review"], rows)
    frame = pd.DataFrame(
        {
            "response_id": [f"o{place}" for place in range(rows)],
            "survey": survey,
            "customer_id": rng.choice(np.array([*customers["customer_id"], None], dtype=object), rows),
            "sent_at": moments(rng, rows, 635),
            "weight": rng.uniform(0.3, 3, rows).round(3),
            "item": np.where(survey == "engagement", rng.choice(["purpose", "tools", "recognition"], rows), None),
            "location": np.where(survey == "review", rng.choice(["Oslo", "Lyon", "Porto"], rows), None),
            "team": rng.choice(np.array(["Ash", "Bay", "Elm", None], dtype=object), rows),
        }
    )
    frame["answered_at"] = frame["sent_at"] + pd.to_timedelta(rng.exponential(2 * 86400, rows).astype(int), unit="s")
    low = frame["survey"].map({"enps": 0.0}).fillna(1.0)
    high = frame["survey"].map({"enps": 10.0, "engagement": 5.0, "review": 5.0}).fillna(7.0)
    frame["score"] = np.round(low + (high - low) * rng.beta(3, 1.5, rows))
    frame["scale_low"], frame["scale_high"] = low, high
    return frame


def with_handling(seed: int, tickets: pd.DataFrame) -> pd.DataFrame:
    """How tickets were handled: subject, channel, replies, escalation, who noticed."""
    rng, rows = np.random.default_rng([seed, 2]), len(tickets)
    flag = lambda share: pd.array(rng.uniform(size=rows) < share, dtype="boolean")  # noqa: E731
    return tickets.assign(
        category=rng.choice(
            np.array(["Login", "Invoice", "Reports", None], dtype=object), rows, p=[0.4, 0.3, 0.25, 0.05]
        ),
        channel=rng.choice(["e-mail", "chat", "phone"], rows),
        agent_replies=rng.integers(1, 5, rows),
        customer_replies=rng.integers(0, 4, rows),
        contacts=rng.integers(1, 5, rows),
        said_resolved=flag(0.7),
        escalated=flag(0.15),
        self_service=flag(0.2),
        detected_by=np.where(rng.uniform(size=rows) < 0.2, "us", "customer"),
    )


def milestones(seed: int, customers: pd.DataFrame) -> pd.DataFrame:
    """Three journeys of most accounts, some steps failed, some open; starts spread over 2025-01 to 2026-09."""
    rng = np.random.default_rng([seed, 3])
    steps = (
        ("onboarding", "kick-off", 6), ("onboarding", "first value", 30), ("onboarding", "training done", 50),
        ("implementation", "live", 80), ("integration", "crm connected", 40), ("integration", "single sign-on", 25),
    )  # fmt: skip
    parts = []
    for journey, milestone, days in steps:
        n = len(customers)
        started = moments(np.random.default_rng([seed, 4]), n, 600)
        took = pd.to_timedelta((days * 86400 * rng.lognormal(0, 0.5, n)).astype(int), unit="s")
        fails = rng.uniform(size=n) < 0.1
        reached = (started + took).where(~fails & (started + took < pd.Timestamp("2026-09-28")))
        outcome = np.where(fails, "failed", np.where(reached.notna(), "done", "open"))
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": customers["customer_id"],
                    "journey": journey,
                    "milestone": milestone,
                    "started_at": started,
                    "due_at": started + pd.Timedelta(days=days * 1.3),
                    "reached_at": reached,
                    "outcome": outcome,
                }  # fmt: skip
            )
        )
    return pd.concat(parts, ignore_index=True)


def use(seed: int, customers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Monthly use of features, what accounts are entitled to, visits to self-service."""
    rng = np.random.default_rng([seed, 5])
    features = ["reports", "alerts", "api", "mobile", "assistant"]
    grid = customers[["customer_id"]].merge(pd.Series(features, name="feature"), "cross")
    entitled = pd.array(rng.uniform(size=len(grid)) < 0.7, dtype="boolean")
    asked = moments(rng, len(grid), 600).dt.normalize().where(rng.uniform(size=len(grid)) < 0.15)
    more = np.random.default_rng([seed, 50])
    asked = asked.fillna(moments(more, len(grid), 600).dt.normalize().where(more.uniform(size=len(grid)) < 0.5))
    entitlements = grid.assign(entitled=entitled, asked_on=asked)
    months = pd.Series(pd.date_range("2025-01-01", "2026-09-01", freq="MS"), name="used_on")
    usage = grid[rng.uniform(size=len(grid)) < 0.6].merge(months, "cross")
    usage = usage[rng.uniform(size=len(usage)) < 0.5].reset_index(drop=True)
    usage["value"] = rng.poisson(12, len(usage))
    visits = pd.DataFrame(
        {
            "visit_id": [f"v{place}" for place in range(800)],
            "visited_at": moments(rng, 800, 635),
            "customer_id": rng.choice(np.array([*customers["customer_id"], None], dtype=object), 800),
            "channel": rng.choice(["knowledge base", "community"], 800),
            "category": rng.choice(["Login", "Invoice", "Reports"], 800),
        }
    )
    return {"entitlements": entitlements, "usage": usage, "visits": visits}


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
