"""Tickets per account and the backlog: ledgers, and how often the intervals hold."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import quantile_test
from statsmodels.stats.rates import confint_poisson

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.workload import backlog, backlog_age, contact_rate
from cxlab.periods import Period

JUNE = Period.of("2026-06")
OVER = dt.datetime(2026, 7, 10)
# June has 30 days. a was there throughout, b from the 16th (15 days), c until the 10th (10 days), d since the 16th and
# until the 20th (5 days), e came later, f had left before, nobody knows when g signed.
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": list("abcdefg"),
        "signed_on": ["2024-01-01", "2026-06-16", "2024-01-01", "2026-06-16", "2026-07-01", "2024-01-01", None],
        "closed_on": [None, None, "2026-06-10", "2026-06-20", None, "2026-05-31", None],
        "region": ["North", "North", "South", "South", "South", "South", "South"],
    }
).astype({"signed_on": "datetime64[us]", "closed_on": "datetime64[us]"})


def opened(*rows: tuple[str | None, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "opened_at"])
    return frame.assign(opened_at=frame["opened_at"].astype("datetime64[us]"))


TICKETS = opened(
    ("a", "2026-06-01 00:00"), ("a", "2026-06-30 23:59"), ("a", "2026-07-01 00:00"), ("a", "2026-05-31 23:59"),
    ("b", "2026-06-20 09:00"), ("b", "2026-06-10 09:00"),  # the second before b was a customer
    ("c", "2026-06-10 22:00"), ("c", "2026-06-11 00:00"),  # on the last day, and after it
    ("f", "2026-06-05 09:00"), ("x", "2026-06-05 09:00"), (None, "2026-06-05 09:00"),
)  # fmt: skip


def test_contact_rate_ledger() -> None:
    """a 2 tickets, b 1, c 1, d none, in 1 + 15/30 + 10/30 + 5/30 = 2 account-months."""
    frame = contact_rate(CUSTOMERS, JUNE, tickets=TICKETS, as_of=OVER)
    assert frame["value"][0] == pytest.approx(4 / 2) and frame["n"][0] == 4
    grouped = contact_rate(CUSTOMERS, JUNE, "region", tickets=TICKETS, as_of=OVER).set_index("region")
    assert grouped["value"].to_dict() == pytest.approx({"North": 3 / 1.5, "South": 1 / 0.5})
    assert grouped["n"].to_dict() == {"North": 2, "South": 2}


def test_half_a_period_is_no_quiet_period() -> None:
    """As of the end of the 15th: a's one ticket in half a month and c's in ten days, two in 25/30 account-months."""
    frame = contact_rate(CUSTOMERS, JUNE, tickets=TICKETS, as_of=dt.datetime(2026, 6, 16))
    assert frame["value"][0] == pytest.approx(2 / (25 / 30)) and frame["n"][0] == 2


def test_without_a_period_from_the_first_ticket_to_the_last() -> None:
    tickets = opened(("a", "2026-06-01 00:00"), ("a", "2026-06-02 00:00"), ("b", "2026-06-30 00:00"))
    frame = contact_rate(CUSTOMERS.iloc[:1], None, tickets=tickets)
    assert frame["value"][0] == 2 and frame["n"][0] == 1


def test_interval_against_statsmodels_where_accounts_are_alike() -> None:
    many = pd.DataFrame({"customer_id": [f"c{place}" for place in range(80)]}).assign(
        signed_on=pd.Timestamp("2024-01-01").as_unit("us"), closed_on=pd.NaT
    )
    many["closed_on"] = many["closed_on"].astype("datetime64[us]")
    tickets = opened(*((f"c{place}", "2026-06-10 09:00") for place in range(25)))
    frame = contact_rate(many, JUNE, tickets=tickets, as_of=OVER).iloc[0]
    low, high = confint_poisson(25, 80, method="exact-c")
    assert (frame["value"], frame["low"], frame["high"]) == pytest.approx((25 / 80, low, high), rel=1e-6)
    # The same 25 tickets from five accounts say far less.
    few = opened(*((f"c{place % 5}", f"2026-06-{place + 1:02d} 09:00") for place in range(25)))
    wide = contact_rate(many, JUNE, tickets=few, as_of=OVER).iloc[0]
    assert wide["value"] == frame["value"] and wide["high"] - wide["low"] > 2 * (high - low)


def test_the_other_table_is_asked_for() -> None:
    with pytest.raises(TableError, match="contact_rate needs the table tickets beside"):
        contact_rate(CUSTOMERS, JUNE)


# Open at the end of June, in days: 30 (a), 20 (b), 10 (c), 0.5 (d). Over in June: e, f. Opened in July: g.
# h was resolved in July: still open in June, since 5 days.
OPEN = pd.DataFrame(
    [
        ("a", "2026-06-01 00:00", None, None), ("b", "2026-06-11 00:00", None, None),
        ("c", "2026-06-21 00:00", None, "2026-07-20 00:00"), ("d", "2026-06-30 12:00", None, None),
        ("e", "2026-06-01 00:00", "2026-06-02 00:00", None), ("f", "2026-06-01 00:00", None, "2026-06-30 23:59"),
        ("g", "2026-07-01 00:00", None, None), ("h", "2026-06-26 00:00", "2026-07-01 00:00", None),
    ],
    columns=["ticket_id", "opened_at", "resolved_at", "closed_at"],
).astype({name: "datetime64[us]" for name in ("opened_at", "resolved_at", "closed_at")})  # fmt: skip


def test_backlog_age_is_a_snapshot_at_the_end_of_the_period() -> None:
    frame = backlog_age(OPEN, JUNE)
    assert frame["value"][0] == 10 and frame["n"][0] == 5  # 0.5, 5, 10, 20, 30
    assert backlog_age(OPEN, Period.of("2026-05"))["n"][0] == 0


def test_backlog_age_of_a_period_that_is_not_over() -> None:
    """As of the 21st a, b and f are open, since 20, 10 and 20 days; c is being opened."""
    frame = backlog_age(OPEN, JUNE, as_of=dt.datetime(2026, 6, 21))
    assert frame["value"][0] == 20 and frame["n"][0] == 3
    assert backlog_age(OPEN, None, as_of=dt.datetime(2026, 6, 21))["value"][0] == 20
    assert backlog_age(OPEN, JUNE, as_of=dt.datetime(2026, 5, 31))["n"][0] == 0


def test_a_group_with_nothing_open_stands_there_with_none() -> None:
    rows = OPEN.assign(team=["Ash"] * 4 + ["Elm"] * 2 + ["Ash"] * 2)
    frame = backlog_age(rows, JUNE, "team").set_index("team")
    assert frame["n"].to_dict() == {"Ash": 5, "Elm": 0} and np.isnan(frame.loc["Elm", "value"])


def test_backlog_by_age() -> None:
    frame = backlog(OPEN, JUNE, bins=(1, 10, 30))
    assert frame["age"].tolist() == ["under 1 day", "1 to 10 days", "10 to 30 days", "30 days or more"]
    assert frame["open"].tolist() == [1, 1, 2, 1] and frame["share"].tolist() == [0.2, 0.2, 0.4, 0.2]
    assert set(frame["total"]) == {5} and set(frame["median"]) == {10} and set(frame["p90"]) == {30}
    assert backlog(OPEN, JUNE, bins=(1,))["age"].tolist() == ["under 1 day", "1 day or more"]
    grouped = backlog(OPEN.assign(team="Ash"), JUNE, "team")
    assert grouped["open"].sum() == 5 and set(grouped["team"]) == {"Ash"}
    assert backlog(OPEN.iloc[:0], JUNE)["open"].sum() == 0


@pytest.mark.parametrize("bins", [(), (0, 1), (3, 1), (-1, 2)])
def test_age_classes_must_rise(bins: tuple) -> None:
    with pytest.raises(ParameterError, match="age classes"):
        backlog(OPEN, JUNE, bins=bins)


def ages(rng: np.random.Generator, n: int) -> tuple[np.ndarray, pd.DataFrame]:
    days = rng.lognormal(1.0, 1.2, n)
    since = pd.Timestamp(JUNE.end) - pd.to_timedelta((days * 86400).astype(int), unit="s")
    rows = pd.DataFrame({"opened_at": since, "resolved_at": pd.NaT}).astype("datetime64[us]")
    return days, rows


def test_the_interval_is_about_that_of_order_statistics() -> None:
    """scipy's exact one counts ranks: ours is at most a few ranks from it."""
    days, rows = ages(np.random.default_rng(2), 200)
    found = backlog_age(rows, JUNE, as_of=OVER).iloc[0]
    exact = quantile_test(days, p=0.5).confidence_interval(0.95)
    ranks = [int((days <= value + 1e-4).sum()) for value in (found["low"], exact.low, found["high"], exact.high)]
    assert abs(ranks[0] - ranks[1]) <= 3 and abs(ranks[2] - ranks[3]) <= 3


@pytest.mark.slow
@pytest.mark.parametrize("n", [8, 25, 100])
def test_the_interval_of_the_median_age_holds(n: int) -> None:
    rng = np.random.default_rng(n)
    true, held = np.exp(1.0), 0
    for _ in range(150):
        found = backlog_age(ages(rng, n)[1], JUNE, as_of=OVER).iloc[0]
        held += found["low"] <= true <= found["high"]
    assert held / 150 >= 0.91
