"""Advocates, follow-ups and recovery on ledgers counted by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import TableError
from cxlab.models.middle.advocates import advocates
from cxlab.models.middle.recovery import BETTER, detractor_recovery, follow_ups
from cxlab.periods import Period

Q3 = Period.of("2026-Q3")
AS_OF = dt.datetime(2026, 9, 30)


def at(*moments: object) -> pd.Series:
    return pd.Series(pd.to_datetime(list(moments))).astype("datetime64[us]")


def answers(*rows: tuple[str, str, float, str], **columns: list) -> pd.DataFrame:
    """Account, person, score, day of the answer; sent a day before."""
    frame = pd.DataFrame(rows, columns=["customer_id", "respondent_id", "score", "answered_at"]).assign(**columns)
    frame["answered_at"] = at(*frame["answered_at"])
    frame["sent_at"] = frame["answered_at"] - pd.Timedelta(days=1)
    return frame.assign(response_id=[f"r{place}" for place in range(len(frame))], survey="nps")


def test_advocates_one_condition_after_the_other() -> None:
    responses = answers(
        ("best", "b1", 9, "2026-08-01"),
        ("best", "b2", 10, "2026-08-02"),
        ("changed", "c1", 3, "2026-07-05"),
        ("changed", "c1", 9, "2026-08-05"),
        ("mixed", "m1", 10, "2026-08-01"),
        ("mixed", "m2", 4, "2026-08-01"),
        ("passive", "p1", 8, "2026-08-01"),
        ("gone", "g1", 9, "2026-08-01"),
        ("young", "y1", 9, "2026-08-01"),
        ("open", "o1", 9, "2026-08-01"),
        ("less", "l1", 9, "2026-08-01"),
    )
    names = ["best", "changed", "mixed", "passive", "gone", "young", "open", "less"]
    customers = pd.DataFrame(
        {
            "customer_id": names,
            "signed_on": at(*["2024-01-01"] * 5, "2026-03-01", "2024-01-01", "2024-01-01"),
            "closed_on": at(*[None] * 4, "2026-09-10", *[None] * 3),
        }
    )
    tickets = pd.DataFrame(
        {
            "ticket_id": ["t1", "t2"],
            "customer_id": ["open", "best"],
            "opened_at": at("2026-09-01", "2026-09-01"),
            "resolved_at": at(None, "2026-09-03"),
        }
    )
    usage = pd.DataFrame(
        {
            "customer_id": ["best", "best", "less", "less"],
            "used_on": at("2026-05-15", "2026-08-15", "2026-05-15", "2026-08-15"),
            "feature": "sign-ins",
            "value": [10.0, 9.0, 10.0, 7.0],
        }
    )
    tables = {"responses": responses, "customers": customers, "tickets": tickets, "usage": usage}
    found = advocates(tables, Q3, as_of=AS_OF)
    assert found.ids == ["best", "changed"] and found.missing == []
    assert found.steps["accounts"].tolist() == [8, 6, 5, 4, 3, 2]
    why = found.frame.set_index("customer_id")["why_not"]
    assert "no detractor" in why["mixed"] and "promoter" in why["passive"] and "customer" in why["gone"]
    assert "365 days" in why["young"] and "open" in why["open"] and "use at 80" in why["less"] and why["best"] == ""
    best = found.frame.iloc[0]
    assert best["promoters"] == 2 and best["use_change"] == pytest.approx(0.9) and best["open_tickets"] == 0
    # What nobody knows is not held against an account, and is told.
    bare = advocates({"responses": responses}, Q3)
    assert len(bare.ids) == 6 and bare.missing == [f"there is no {n} table" for n in ("customers", "tickets", "usage")]


def test_detractors_wait_until_somebody_is_in_contact() -> None:
    responses = answers(
        ("a", "a1", 2, "2026-08-01"),
        ("b", "b1", 5, "2026-08-11"),
        ("c", "c1", 6, "2026-08-21"),
        ("d", "d1", 0, "2026-08-31"),
        ("e", "e1", 9, "2026-08-31"),
    )
    tickets = pd.DataFrame(
        {
            "ticket_id": ["t0", "t1", "t2", "t3"],
            "customer_id": ["b", "a", "a", "d"],
            "opened_at": at("2026-08-01", "2026-08-06", "2026-08-20", "2026-10-15"),
        }
    )
    customers = pd.DataFrame({"customer_id": ["c"], "signed_on": at("2024-01-01"), "closed_on": at("2026-08-26")})
    found = follow_ups({"responses": responses, "tickets": tickets, "customers": customers}, Q3, as_of=AS_OF)
    rows = found.frame.set_index("customer_id")
    assert rows["contacted"].to_dict() == {"a": True, "b": False, "c": False, "d": False}
    assert rows["days"].to_dict() == {"a": 5, "b": 50, "c": 5, "d": 30}
    assert found.queue["customer_id"].tolist() == ["b", "d"] and found.queue["age"].tolist() == [50, 30]
    assert found.clock.n == 4 and found.clock.done_by(5)[0] == pytest.approx(1 / 4)
    noted = responses.assign(followed_up_at=at(None, "2026-08-12", None, None, None))
    own = follow_ups({"responses": noted}, Q3, as_of=AS_OF)
    assert own.frame.set_index("customer_id")["contacted"].to_dict() == {"a": False, "b": True, "c": False, "d": False}
    assert "survey notes" in own.contact and "ticket" in found.contact
    with pytest.raises(TableError, match="followed_up_at"):
        follow_ups({"responses": responses}, Q3)


def test_recovery_is_looked_at_from_the_same_day_on_for_both() -> None:
    """a was contacted in time and came back; b was contacted too late to count and stayed low; c left before the look
    began and is in neither group; d's next answer comes before the look begins and does not count."""
    responses = answers(
        ("a", "a1", 2, "2025-07-01"),
        ("a", "a1", 9, "2025-10-01"),
        ("b", "b1", 2, "2025-07-01"),
        ("b", "b1", 5, "2025-10-01"),
        ("c", "c1", 2, "2025-07-01"),
        ("d", "d1", 2, "2025-07-01"),
        ("d", "d1", 10, "2025-07-20"),
        ("f", "f1", 2, "2026-09-20"),
    )
    tickets = pd.DataFrame(
        {
            "ticket_id": ["t1", "t2"],
            "customer_id": ["a", "b"],
            "opened_at": at("2025-07-10", "2025-09-10"),
        }
    )
    customers = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "signed_on": at(*["2024-01-01"] * 4),
            "closed_on": at(None, "2026-01-01", "2025-07-15", None),
        }
    )
    tables = {"responses": responses, "tickets": tickets, "customers": customers}
    rows = detractor_recovery(tables, Q3.trail(5), as_of=AS_OF).set_index("outcome")
    assert rows["n_contacted"].to_dict() == {"7 or more": 1, "9 or 10": 1, "left": 1}
    assert rows["n_others"].to_dict() == {"7 or more": 1, "9 or 10": 1, "left": 2}
    assert rows["contacted"].to_dict() == {"7 or more": 1, "9 or 10": 1, "left": 0}
    assert rows["others"].to_dict() == {"7 or more": 0, "9 or 10": 0, "left": 0.5}
    assert (rows["verdict"] == "cannot tell").all()


def test_a_difference_is_told_where_there_is_one() -> None:
    rng = np.random.default_rng(1)
    first, later, tickets = [], [], []
    for number in range(400):
        name, helped = f"a{number}", number % 2 == 0
        first.append((name, name, 3, "2025-07-01"))
        good = rng.random() < (0.8 if helped else 0.4)
        later.append((name, name, 8 if good else 4, "2025-10-01"))
        if helped:
            tickets.append((f"t{number}", name, "2025-07-03"))
    opened = pd.DataFrame(tickets, columns=["ticket_id", "customer_id", "opened_at"])
    opened["opened_at"] = at(*opened["opened_at"])
    tables = {"responses": answers(*first, *later), "tickets": opened}
    rows = detractor_recovery(tables, Period.of("2025-Q3"), as_of=AS_OF).set_index("outcome")
    assert rows.loc["7 or more", "verdict"] == BETTER and rows.loc["9 or 10", "verdict"] == "cannot tell"
    assert "left" not in rows.index
