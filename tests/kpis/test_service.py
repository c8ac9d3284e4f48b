"""First response, resolution, reopened, service level: hand ledgers with open tickets in them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.service import (
    duration_curve,
    first_response_time,
    honest_clock,
    reopen_rate,
    resolution_time,
    sla_met,
)
from cxlab.periods import Period

Q3 = Period.of("2026-Q3")
OPEN = pd.Timestamp("2026-08-03 08:00")
AS_OF = dt.datetime(2026, 8, 4, 8)


def tickets(hours: list[float | None], **columns: object) -> pd.DataFrame:
    """Opened at one moment, resolved after so many hours; None is still open."""
    after = pd.to_timedelta(pd.Series(hours, dtype=float), unit="h")
    return pd.DataFrame({"opened_at": OPEN, "resolved_at": (OPEN + after).astype("datetime64[us]")}).assign(**columns)


def one(frame: pd.DataFrame) -> tuple[float, float, float]:
    return tuple(frame[["value", "low", "high"]].iloc[0])


# Done after 1, 2, 3 and 4 hours, four still open after 24: the honest median is 4 hours (half are done by then), that
# of the closed ones alone 2.5.
LEDGER = tickets([1, 2, 3, 4, None, None, None, None])


def test_resolution_time_counts_open_tickets_as_running() -> None:
    frame = resolution_time(LEDGER, Q3, as_of=AS_OF)
    assert one(frame)[0] == 4 and frame["n"][0] == 8
    clock = honest_clock(LEDGER, Q3, as_of=AS_OF).iloc[0]
    assert (clock["value"], clock["closed_only"], clock["open"], clock["n"]) == (4, 2.5, 4, 8)
    assert clock["kpi"] == "resolution_time" and clock["low"] <= 4 <= clock["high"]


def test_the_median_is_unknown_while_fewer_than_half_are_done() -> None:
    value, low, high = one(resolution_time(tickets([1, 2, None, None, None]), Q3, as_of=AS_OF))
    assert value == high == np.inf and low == 1


def test_every_statistic_by_hand() -> None:
    """Ten tickets done after 1 ... 10 hours, as of 24 hours later.

    Mean up to 4 hours: 1 + .9 + .8 + .7. Done within 3 hours: 3 of 10.
    """
    rows = tickets([*range(1, 11)])
    read = {
        "median": 5,
        "p75": 8,
        "p90": 9,
    }
    for statistic, expected in read.items():
        assert one(resolution_time(rows, Q3, statistic=statistic, as_of=AS_OF))[0] == expected
    mean = resolution_time(rows, Q3, statistic="mean", within_hours=4, as_of=AS_OF)
    assert one(mean)[0] == pytest.approx(3.4)
    done = resolution_time(rows, Q3, statistic="done_by", within_hours=3, as_of=AS_OF)
    assert one(done)[0] == pytest.approx(0.3)


@pytest.mark.parametrize("statistic", ["done_by", "mean"])
def test_a_statistic_up_to_some_hour_needs_the_hour(statistic: str) -> None:
    with pytest.raises(ParameterError, match=f"'{statistic}' needs within_hours"):
        resolution_time(LEDGER, Q3, statistic=statistic)


def test_unknown_statistic() -> None:
    with pytest.raises(ParameterError, match="Did you mean 'median'"):
        resolution_time(LEDGER, Q3, statistic="mediam")


def test_the_last_event_in_the_table_is_its_own_today() -> None:
    """Ticket two is open; the table last heard of ticket one after five hours, so two ran for five hours."""
    curve = duration_curve(tickets([5, None]), Q3)
    assert curve["time"].tolist() == [5] and curve["done"].tolist() == [0.5] and curve["naive"].tolist() == [1.0]


def test_what_happens_after_as_of_is_not_known_yet() -> None:
    rows = tickets([1, 30, 40])  # as of 24 hours after opening only one is done
    assert one(resolution_time(rows, Q3, as_of=AS_OF))[0] == np.inf
    assert honest_clock(rows, Q3, as_of=AS_OF)["open"][0] == 2
    assert resolution_time(rows, Q3, as_of=dt.datetime(2026, 8, 3, 7))["n"][0] == 0  # nothing was opened yet


def test_impossible_times_are_left_out() -> None:
    rows = tickets([-1, 2, 2])
    frame = resolution_time(rows, Q3, as_of=AS_OF)
    assert frame["n"][0] == 2 and one(frame)[0] == 2


def test_a_ticket_closed_without_resolution_was_watched_until_then() -> None:
    """Open after 24 hours it would be at risk at hour 3; closed after one it is not: at risk then are two."""
    rows = tickets([3, 3, None]).assign(closed_at=[pd.NaT, pd.NaT, OPEN + pd.Timedelta(hours=1)])
    assert duration_curve(rows, Q3, as_of=AS_OF)["done"].tolist() == [1.0]
    assert duration_curve(rows.drop(columns="closed_at"), Q3, as_of=AS_OF)["done"].tolist() == [pytest.approx(2 / 3)]


def test_first_response_ledger() -> None:
    """Answered after 1, 2 and 6 hours; one was resolved after 3 without an answer, one is waiting.

    After 1: 4/5 wait. After 2: 3/5. The resolved one leaves at 3. After 6 (two at risk): 3/10. Median 6 hours.
    """
    first = [OPEN + pd.Timedelta(hours=hours) for hours in (1, 2, 6)] + [pd.NaT, pd.NaT]
    rows = tickets([None, None, 8, 3, None], first_response_at=first)
    curve = duration_curve(rows, Q3, ended="first_response_at", as_of=AS_OF)
    assert curve["time"].tolist() == [1, 2, 6]
    assert np.allclose(curve["done"], [0.2, 0.4, 0.7])
    frame = first_response_time(rows, Q3, as_of=AS_OF)
    assert one(frame)[0] == 6 and frame["n"][0] == 5
    clock = honest_clock(rows, Q3, ended="first_response_at", as_of=AS_OF).iloc[0]
    assert (clock["kpi"], clock["closed_only"]) == ("first_response_time", 2)
    with pytest.raises(ParameterError, match="ended is 'closed_at'"):
        honest_clock(rows, Q3, ended="closed_at")


def test_tickets_of_unknown_account_are_not_one_account() -> None:
    rng = np.random.default_rng(1)
    rows = tickets([*rng.exponential(10, 200)], customer_id=pd.Series([None] * 200, dtype="str"))
    plain, clustered = resolution_time(rows, Q3), resolution_time(rows, Q3, cluster="customer_id")
    assert clustered["n_eff"][0] == pytest.approx(200, rel=0.02)
    assert one(clustered) == pytest.approx(one(plain), rel=0.1)
    numbered = resolution_time(
        rows.assign(customer_id=np.where(np.arange(200) < 9, 1.0, np.nan)), Q3, cluster="customer_id"
    )
    assert numbered["n"][0] == 200


def test_weights_count() -> None:
    """Weights 3 and 1: three quarters are done at the first."""
    rows = tickets([1, 9], w=[3.0, 1.0])
    frame = resolution_time(rows, Q3, weight="w", statistic="done_by", within_hours=2, as_of=AS_OF)
    assert one(frame)[0] == pytest.approx(0.75) and frame["n_eff"][0] == pytest.approx(16 / 10)


def test_reopen_rate_ledger() -> None:
    """Of eight tickets: five ended and known, of which two were opened again; one open, one not known, one too old."""
    rows = tickets(
        [1, 2, 3, 4, None, None, 5, 1], reopened=pd.array([1, 0, 1, 0, 0, 1, None, 1], dtype="Int64").astype("boolean")
    )
    rows["closed_at"] = [pd.NaT] * 4 + [OPEN] + [pd.NaT] * 3  # the fifth was closed without a resolution
    rows.loc[7, "opened_at"] = pd.Timestamp("2026-01-01")
    frame = reopen_rate(rows, Q3)
    assert frame["n"][0] == 5 and one(frame)[0] == 2 / 5
    assert reopen_rate(rows.drop(columns="closed_at"), Q3)["n"][0] == 4


def test_service_level_by_the_clock() -> None:
    """Promised within two hours, as of hour 24 for all but the last.

    Done after 1 and exactly 2: met. After 3, and open: missed. Promised by hour 30 and open: not yet due, left out.
    Promised by hour 30 and done: met. Without a promise: left out.
    """
    hours = [1, 2, 3, None, None, 5, 1]
    due = [2, 2, 2, 2, 30, 30, None]
    rows = tickets(hours, sla_due_at=OPEN + pd.to_timedelta(pd.Series(due, dtype=float), unit="h"))
    frame = sla_met(rows, Q3, as_of=AS_OF)
    assert frame["n"][0] == 5 and one(frame)[0] == 3 / 5
    later = sla_met(rows, Q3, as_of=AS_OF + dt.timedelta(days=1))
    assert later["n"][0] == 6 and one(later)[0] == 3 / 6


def test_service_level_by_the_help_desks_own_word() -> None:
    """True, false, unknown."""
    rows = tickets([1, 2, 3], sla_met=pd.array([True, False, None], dtype="boolean"))
    frame = sla_met(rows, Q3)
    assert frame["n"][0] == 2 and one(frame)[0] == 1 / 2


def test_service_level_needs_one_or_the_other() -> None:
    with pytest.raises(TableError, match="sla_met needs sla_due_at"):
        sla_met(tickets([1]), Q3)
