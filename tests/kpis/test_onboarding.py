"""Onboarding, implementation, integration by hand, with leavers and young cohorts; and the sample company's truths."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import cxlab as cx
from cxlab.demo import build, truths
from cxlab.errors import ParameterError, TableError
from cxlab.kpis.onboarding import (
    implementation_time,
    integration_success,
    onboarding_completion,
    time_to_first_value,
)
from cxlab.loaders.loading import load_project
from cxlab.periods import Period
from cxlab.tables.project import Project

START = pd.Timestamp("2026-01-10 09:00")
Q1 = Period.of("2026-Q1")
AS_OF = dt.datetime(2026, 6, 1)


def later(days: list[float | None]) -> pd.Series:
    return (START + pd.to_timedelta(pd.Series(days, dtype=float), unit="D")).astype("datetime64[us]")


def steps(reached: list[float | None], milestone: str = "first value", journey: str = "onboarding", **columns: object):
    """One step a customer, begun at one moment, reached after so many days; None is not reached."""
    frame = pd.DataFrame({"customer_id": [f"c{place}" for place in range(len(reached))], "journey": journey})
    return frame.assign(milestone=milestone, started_at=START, reached_at=later(reached), **columns)


def customers(closed: list[float | None], signed: float = -5) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": [f"c{place}" for place in range(len(closed))]})
    frame["signed_on"] = (START + pd.Timedelta(days=signed)).normalize()
    return frame.assign(closed_on=later(closed).dt.normalize())


def one(frame: pd.DataFrame) -> tuple[float, int]:
    return frame["value"][0], frame["n"][0]


# Eight accounts: there after 10, 20, 30, 40 days; two left on days 15 and 25; one failed, one waits.
REACHED = [10, 20, 30, 40, None, None, None, None]
LEFT = [None, None, None, None, 15, 25, None, None]


def test_first_value_ledger() -> None:
    """Nobody is censored before day 40, so shares are plain: 1/8, 2/8, 3/8, 4/8 of all who began."""
    rows = steps(REACHED, outcome=["done"] * 4 + ["failed"] * 3 + ["open"])
    accounts = customers(LEFT)
    assert one(time_to_first_value(rows, Q1, customers=accounts, as_of=AS_OF)) == (40, 8)
    by_day = time_to_first_value(rows, Q1, customers=accounts, statistic="done_by", within_days=30, as_of=AS_OF)
    assert one(by_day) == (pytest.approx(3 / 8), 8)
    assert one(time_to_first_value(rows, Q1, customers=accounts, statistic="p75", as_of=AS_OF)) == (np.inf, 8)


def test_who_left_is_lost_who_waits_may_still_come() -> None:
    """Looked at on day 22.5: two there, one left on day 15 (14.6 by midnight), the rest waits.

    With the leaver as lost 2 of 8; the next day nothing is known.
    """
    rows, end = steps(REACHED), (START + pd.Timedelta(days=22.5)).to_pydatetime()
    done = time_to_first_value(rows, Q1, customers=customers(LEFT), statistic="done_by", within_days=22, as_of=end)
    assert one(done) == (pytest.approx(2 / 8), 8)
    unknown = time_to_first_value(rows, Q1, customers=customers(LEFT), statistic="done_by", within_days=23, as_of=end)
    assert np.isnan(unknown["value"][0])


def test_the_contract_may_start_the_clock() -> None:
    """Signed 5.375 days earlier: by day 36 three are there, of eight and the one without a row, which waits too."""
    rows, accounts = steps(REACHED), customers([*LEFT, None, None])
    accounts.loc[9, "signed_on"] = pd.Timestamp("2025-01-01")  # before the table begins: nothing is known
    rows["started_at"] = accounts["signed_on"].iloc[0]  # the table begins on the day of signing
    found = time_to_first_value(
        rows, Q1, customers=accounts, start="signed_on", statistic="done_by", within_days=36, as_of=AS_OF
    )
    assert one(found) == (pytest.approx(3 / 9), 9)
    with pytest.raises(TableError, match="needs the customers table"):
        time_to_first_value(rows, Q1, start="signed_on")
    with pytest.raises(ParameterError, match="not a known start"):
        time_to_first_value(rows, Q1, start="signed")


def test_the_journeys_first_step_starts_the_clock() -> None:
    """Steps begun one after another: first value was begun on day 7 and reached on day 10, which is ten days."""
    kick_off = steps([7], "kick-off")
    second = steps([10]).assign(started_at=START + pd.Timedelta(days=7))
    rows = pd.concat([kick_off, second], ignore_index=True)
    assert one(time_to_first_value(rows, Q1, as_of=AS_OF)) == (10, 1)


def test_reached_before_started_is_left_out() -> None:
    assert one(time_to_first_value(steps([-3, 8]), Q1, as_of=AS_OF)) == (8, 1)
    assert one(onboarding_completion(steps([-3, 8]), Q1, as_of=AS_OF)) == (1, 1)


def test_what_the_table_has_is_named() -> None:
    rows = steps(REACHED, "Go!")
    with pytest.raises(TableError, match="milestone 'first value'.*It has: Go!"):
        time_to_first_value(rows, Q1)
    with pytest.raises(TableError, match="journey 'implementation'.*It has: onboarding"):
        implementation_time(rows, Q1)
    assert one(time_to_first_value(rows, Q1, milestone="Go!", as_of=AS_OF)) == (40, 8)


def test_implementation_from_kick_off_and_from_the_contract() -> None:
    """Live after 50, 90 and 120 days, one open: from the contract 5.375 days more; who has none is not counted."""
    rows = steps([50, 90, 120, None], "live", "implementation")
    assert one(implementation_time(rows, Q1, as_of=AS_OF)) == (90, 4)
    accounts = customers([None] * 6, signed=0)
    found = implementation_time(rows, Q1, customers=accounts, start="signed_on", as_of=AS_OF)
    assert one(found) == (pytest.approx(90.375), 4)


def test_completion_counts_cohorts_that_had_the_time() -> None:
    """Done by day 90 of those begun 90 days or more before: 80, 90 and exactly 90 days yes, 91 no, left no, open no.

    Two that began in March have not had 90 days by June 1, one of them done already: left out.
    """
    rows = steps([80, 90, 91, None, None, 10, None])
    rows.loc[5:, "started_at"] += pd.Timedelta(days=60)
    rows.loc[5, "reached_at"] += pd.Timedelta(days=60)
    assert one(onboarding_completion(rows, Q1, as_of=AS_OF)) == (2 / 5, 5)
    assert one(onboarding_completion(rows, Q1, as_of=AS_OF, within_days=30)) == (1 / 7, 7)
    # By the day on which the 90 days were over: April, and June, of which nothing is known yet.
    in_time = {"dated": "end", "as_of": AS_OF}
    assert one(onboarding_completion(rows, Period.of("2026-Q2"), **in_time)) == (2 / 5, 5)
    assert onboarding_completion(rows, Q1, **in_time)["n"][0] == 0
    with pytest.raises(ParameterError, match="way to date"):
        onboarding_completion(rows, Q1, dated="begin")
    with pytest.raises(ParameterError, match="whole number of days"):
        onboarding_completion(rows, Q1, within_days=0)


def test_the_last_step_is_the_one_promised_latest() -> None:
    """Training is promised on day 60, first value on day 45: two of three are through."""
    rows = pd.concat(
        [
            steps([70, 75, 80]).assign(due_at=START + pd.Timedelta(days=45)),
            steps([20, 30, None], "training done").assign(due_at=START + pd.Timedelta(days=60)),
        ],
        ignore_index=True,
    )
    assert one(onboarding_completion(rows, Q1, as_of=AS_OF)) == (pytest.approx(2 / 3), 3)
    assert one(onboarding_completion(rows, Q1, as_of=AS_OF, milestone="first value")) == (1, 3)
    # Without promises the day reached tells.
    assert one(onboarding_completion(rows.drop(columns="due_at"), Q1, as_of=AS_OF)) == (1, 3)


def test_integration_ledger() -> None:
    """Six tried, one too young: working by day 90 are two of five; abandoned, failed after going live, late are not."""
    rows = steps([10, 80, None, 20, 95, 5], "crm connected", "integration")
    rows["outcome"] = ["done", "done", "failed", "failed", "done", "done"]
    rows.loc[5, ["started_at", "reached_at"]] += pd.Timedelta(days=70)
    assert one(integration_success(rows, Q1, as_of=AS_OF)) == (2 / 5, 5)
    assert one(integration_success(rows, Q1, as_of=AS_OF, within_days=100)) == (3 / 5, 5)
    assert one(integration_success(rows, Q1, as_of=AS_OF, within_days=30)) == (2 / 6, 6)
    assert one(integration_success(rows.drop(columns="outcome"), Q1, as_of=AS_OF)) == (3 / 5, 5)


def test_groups_may_stand_in_the_customers_table() -> None:
    accounts = customers(LEFT).assign(region=["N", "S"] * 4)
    for kpi in (time_to_first_value, onboarding_completion):
        found = kpi(steps(REACHED), Q1, "region", customers=accounts, as_of=AS_OF)
        assert found["region"].tolist() == ["N", "S"] and found["n"].tolist() == [4, 4]


@pytest.fixture(scope="module")
def northgate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """The sample company, loaded."""
    root: Path = tmp_path_factory.mktemp("northgate")
    build(root)
    load_project(Project.find(root))
    return {name: cx.load(name, root) for name in ("customers", "milestones", "tickets", "usage")}


@pytest.mark.slow
def test_planted_first_value_comes_back(northgate: dict[str, pd.DataFrame]) -> None:
    """The median of all who sign is where half get there: at quantile .5 / (1 - failing) of those who do not fail."""
    middle, sigma = truths.FIRST_VALUE
    expected = middle * np.exp(sigma * norm.ppf(0.5 / (1 - truths.ONBOARDING_FAILS)))
    for quarters in (None, Period.of("2026"), Period.of("2026-Q2")):
        found = time_to_first_value(
            northgate["milestones"], quarters, customers=northgate["customers"], start="signed_on"
        ).iloc[0]
        assert found["low"] <= expected <= found["high"]
    whole = time_to_first_value(northgate["milestones"], customers=northgate["customers"], start="signed_on").iloc[0]
    assert whole["value"] == pytest.approx(expected, rel=0.02)


@pytest.mark.slow
def test_planted_failures_come_back(northgate: dict[str, pd.DataFrame]) -> None:
    rows, accounts = northgate["milestones"], northgate["customers"]
    # Those who stay: leavers are a second reason not to get there.
    stayed = rows[rows["customer_id"].isin(accounts.loc[accounts["closed_on"].isna(), "customer_id"])]
    working = integration_success(stayed[stayed["milestone"] != "webhooks"], within_days=240).iloc[0]
    assert working["low"] <= 1 - truths.INTEGRATION_FAILS <= working["high"]
    there = time_to_first_value(stayed, statistic="done_by", within_days=240).iloc[0]
    assert there["low"] <= 1 - truths.ONBOARDING_FAILS <= there["high"]


@pytest.mark.slow
def test_the_latest_quarter_is_not_flattered(northgate: dict[str, pd.DataFrame]) -> None:
    """Of those who signed in 2026-Q3 a third is under way: the closed alone look a week faster than they are."""
    clock = cx.honest_clock(
        northgate["milestones"], Period.of("2026-Q3"), kpi="time_to_first_value", customers=northgate["customers"],
        start="signed_on",
    ).iloc[0]  # fmt: skip
    middle, _ = truths.FIRST_VALUE
    assert clock["closed_only"] < middle - 3 < clock["value"] and clock["low"] <= middle <= clock["high"]
