"""The honest clock: a censored mixture with a known median, working hours, the flattering figure beside it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from cxlab.errors import ParameterError
from cxlab.kpis.clocks import duration_curve, honest_clock
from cxlab.kpis.onboarding import time_to_first_value
from cxlab.kpis.service import first_response_time, resolution_time
from cxlab.periods import Period
from cxlab.stats.hours import WorkingHours

OPEN = pd.Timestamp("2026-01-01")


def backlog(seed: int, n: int = 60_000) -> tuple[pd.DataFrame, float, dt.datetime]:
    """Tickets opened over 60 days, looked at 10 days later, and the true median in hours.

    Four in ten are easy (exponential, 8 days on average), the others hard (lognormal, median 50 days, sigma .5).
    """
    rng = np.random.default_rng(seed)
    easy = rng.uniform(size=n) < 0.4
    took = np.where(easy, rng.exponential(8, n), 50 * np.exp(0.5 * rng.normal(size=n)))
    opened = OPEN + pd.to_timedelta((rng.uniform(0, 60, n) * 86400).astype(int), unit="s")
    as_of = OPEN + pd.Timedelta(days=70)
    resolved = (opened + pd.to_timedelta((took * 86400).astype(int), unit="s")).to_series(index=range(n))
    frame = pd.DataFrame({"opened_at": opened, "resolved_at": resolved.where(resolved <= as_of)})
    days = np.linspace(0.001, 200, 200_000)
    done = 0.4 * (1 - np.exp(-days / 8)) + 0.6 * norm.cdf(np.log(days / 50) / 0.5)
    return frame, float(days[np.searchsorted(done, 0.5)]) * 24, as_of.to_pydatetime()


def test_median_of_a_censored_mixture_where_the_closed_alone_are_off_by_half() -> None:
    """True median about 30 days, nearly half still open: honest within 2 %, closed-only less than half of it."""
    tickets, truth, as_of = backlog(3)
    clock = honest_clock(tickets, as_of=as_of).iloc[0]
    assert truth / 24 == pytest.approx(30, abs=2) and clock["open"] / clock["n"] > 0.4
    assert clock["value"] == pytest.approx(truth, rel=0.02)
    assert clock["low"] <= truth <= clock["high"]
    assert clock["closed_only"] < 0.5 * truth


def test_any_duration_has_its_flattering_figure_beside() -> None:
    """Reached after 10 and 20 days, one left on day 5, one waits: of four the half are there on day 20, not 15."""
    start = pd.Timestamp("2026-01-05")
    milestones = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "journey": "onboarding",
            "milestone": "first value",
            "started_at": start,
            "reached_at": [start + pd.Timedelta(days=10), start + pd.Timedelta(days=20), pd.NaT, pd.NaT],
        }
    )
    customers = pd.DataFrame({"customer_id": list("abcd"), "closed_on": [pd.NaT, pd.NaT, start, pd.NaT]})
    customers["closed_on"] = [pd.NaT, pd.NaT, start + pd.Timedelta(days=5), pd.NaT]
    as_of = dt.datetime(2026, 3, 1)
    for kpi in ("time_to_first_value", time_to_first_value):
        clock = honest_clock(milestones, kpi=kpi, customers=customers, as_of=as_of).iloc[0]
        assert clock[["value", "closed_only", "open", "gone", "n"]].tolist() == [20, 15, 1, 1, 4]
    curve = duration_curve(milestones, kpi="time_to_first_value", customers=customers, as_of=as_of)
    assert curve["time"].tolist() == [5, 10, 20]
    assert np.allclose(curve["done"], [0, 0.25, 0.5]) and curve["naive"].tolist() == [0, 0.5, 1]
    assert "gone" not in honest_clock(milestones, kpi="time_to_first_value", as_of=as_of)


def test_unknown_durations_are_refused() -> None:
    tickets, _, _ = backlog(1, 10)
    with pytest.raises(ParameterError, match="Did you mean 'resolution_time'"):
        honest_clock(tickets, kpi="resolution_tim")
    with pytest.raises(ParameterError, match="ended is 'closed_at'"):
        duration_curve(tickets, ended="closed_at")


def test_working_hours_by_hand() -> None:
    """Opened Friday 16:00, answered Monday 10:00: 66 hours by the calendar, one on Friday and one on Monday at work.

    The second ticket, opened Saturday and answered on Sunday, took no working time; the third was answered before it
    was opened, also outside working hours, and is set aside whichever clock runs.
    """
    tickets = pd.DataFrame(
        {
            "opened_at": pd.to_datetime(["2026-08-07 16:00", "2026-08-08 10:00", "2026-08-08 10:00"]),
            "first_response_at": pd.to_datetime(["2026-08-10 10:00", "2026-08-09 09:00", "2026-08-08 09:00"]),
        }
    )
    quarter, hours = Period.of("2026-Q3"), WorkingHours()
    found = first_response_time(tickets, quarter, statistic="p90", hours=hours)
    assert found["value"][0] == 2 and found["n"][0] == 2
    assert first_response_time(tickets, quarter, statistic="p90")["value"][0] == 66
    solved = tickets.rename(columns={"first_response_at": "resolved_at"})
    assert resolution_time(solved, quarter, statistic="p90", hours=hours)["value"][0] == 2
    clock = honest_clock(solved, quarter, hours=hours).iloc[0]
    assert (clock["value"], clock["closed_only"], clock["n"]) == (0, 1, 2)
    with pytest.raises(ParameterError, match="give cx.WorkingHours"):
        resolution_time(solved, quarter, hours="09:00")
