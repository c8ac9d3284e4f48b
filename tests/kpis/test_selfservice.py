"""Self-service visits that no ticket followed: a ledger, the bounds, and a plain search beside the window."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.selfservice import deflection_bounds, self_service_deflection
from cxlab.periods import Period

AUGUST = Period.of("2026-08")
START = pd.Timestamp("2026-08-03 09:00")
LATE = dt.datetime(2026, 9, 30)


def at(hours: list[float]) -> pd.Series:
    return pd.Series(START + pd.to_timedelta(hours, unit="h")).astype("datetime64[us]")


# a: ticket after 10 hours, about something else. b: after 72 hours exactly, and before. c: after 73. d: none.
# Nobody knows who v4 and v5 were.
VISITS = pd.DataFrame(
    {
        "visit_id": [f"v{place}" for place in range(6)],
        "visited_at": at([0, 0, 0, 0, 0, 5]),
        "customer_id": ["a", "b", "c", "d", None, None],
        "category": ["Login", "Login", "Login", None, "Login", "Login"],
    }
)
TICKETS = pd.DataFrame(
    {
        "customer_id": ["a", "b", "b", "c", "x", None],
        "opened_at": at([10, -1, 72, 73, 1, 1]),
        "category": ["Invoice", "Login", "Login", "Login", "Login", "Login"],
    }
)


def test_the_ledger() -> None:
    frame = self_service_deflection(VISITS, AUGUST, tickets=TICKETS, as_of=LATE)
    assert frame["value"][0] == 0.5 and frame["n"][0] == 4
    within_two_days = self_service_deflection(VISITS, AUGUST, tickets=TICKETS, within_hours=48, as_of=LATE)
    assert within_two_days["value"][0] == 0.75


def test_on_the_same_subject() -> None:
    """a's ticket is about something else; of d it is not known what the visit was about."""
    frame = self_service_deflection(VISITS, AUGUST, tickets=TICKETS, same_category=True, as_of=LATE)
    assert frame["value"][0] == pytest.approx(2 / 3) and frame["n"][0] == 3


def test_a_ticket_of_the_same_second_follows_the_visit() -> None:
    same = TICKETS.iloc[:1].assign(opened_at=at([0]))
    assert self_service_deflection(VISITS.iloc[:1], AUGUST, tickets=same, as_of=LATE)["value"][0] == 0


def test_one_ticket_follows_every_visit_before_it() -> None:
    visits = pd.DataFrame({"visit_id": [1, 2, 3], "customer_id": "a", "visited_at": at([0, 5, 20])})
    tickets = pd.DataFrame({"customer_id": ["a"], "opened_at": at([10])})
    frame = self_service_deflection(visits, AUGUST, tickets=tickets, as_of=LATE)
    assert frame["value"][0] == pytest.approx(1 / 3) and frame["n"][0] == 3


def test_only_matured_visits_count() -> None:
    """The tickets table ends 73 hours after the visits: without as_of that is how far anybody could know."""
    assert self_service_deflection(VISITS, AUGUST, tickets=TICKETS)["n"][0] == 4
    assert self_service_deflection(VISITS, AUGUST, tickets=TICKETS, within_hours=74)["n"][0] == 0
    assert self_service_deflection(VISITS, AUGUST, tickets=TICKETS.iloc[:0])["n"][0] == 0


def test_bounds() -> None:
    """Two of four known without a ticket, two unknown: between 2/6 and 4/6."""
    frame = deflection_bounds(VISITS, AUGUST, tickets=TICKETS, as_of=LATE).set_index("matched")
    first = frame.loc["any ticket"]
    assert tuple(first[["value", "n", "unknown"]]) == (0.5, 4, 2)
    assert (first["least"], first["most"]) == pytest.approx((2 / 6, 4 / 6))
    assert tuple(frame.loc["same subject", ["n", "unknown"]]) == (3, 3)  # d's visit too cannot be matched by subject
    assert (frame["least"] <= frame["value"]).all() and (frame["value"] <= frame["most"]).all()
    plain = deflection_bounds(VISITS.drop(columns="category"), AUGUST, tickets=TICKETS, as_of=LATE)
    assert plain["matched"].tolist() == ["any ticket"]
    nothing = deflection_bounds(VISITS, Period.of("2020"), tickets=TICKETS).iloc[0]
    assert nothing["n"] == 0 and np.isnan(nothing["least"])


def test_errors() -> None:
    with pytest.raises(TableError, match="self_service_deflection needs the table tickets beside visits"):
        self_service_deflection(VISITS, AUGUST)
    with pytest.raises(ParameterError, match="within_hours is -1"):
        self_service_deflection(VISITS, AUGUST, tickets=TICKETS, within_hours=-1)
    with pytest.raises(TableError, match="needs category"):
        self_service_deflection(VISITS, AUGUST, tickets=TICKETS.drop(columns="category"), same_category=True)


@pytest.mark.parametrize("seed", range(5))
def test_as_a_plain_search_finds_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = np.array(["a", "b", "c", None], dtype=object)
    visits = pd.DataFrame({"visit_id": [f"v{place}" for place in range(80)], "customer_id": rng.choice(names, 80)})
    visits["visited_at"] = at(list(rng.integers(0, 500, 80).astype(float)))
    tickets = pd.DataFrame(
        {"customer_id": rng.choice(names, 12), "opened_at": at(list(rng.integers(0, 600, 12) * 1.0))}
    )
    known = visits.dropna(subset="customer_id")
    hours = pd.Timedelta("72h")
    kept = [
        not any(
            ticket.customer_id == visit.customer_id and visit.visited_at <= ticket.opened_at <= visit.visited_at + hours
            for ticket in tickets.itertuples()
        )
        for visit in known.itertuples()
    ]
    frame = self_service_deflection(visits, None, tickets=tickets, as_of=LATE)
    assert frame["n"][0] == len(known) and frame["value"][0] == pytest.approx(np.mean(kept))
