"""Customers' own successes: the planted share is there, each once, of accounts that were still there."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlab.demo import truths

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wins(company: object) -> pd.DataFrame:
    return pd.read_csv(company.raw / "crm/customer_wins.csv", parse_dates=["date"])


def test_successes_are_as_often_as_planted_and_of_the_kinds_named(company: object, wins: pd.DataFrame) -> None:
    assert set(wins["what"]) == set(truths.CUSTOMER_WIN_KINDS)
    assert not wins.duplicated(["account", "what"]).any()
    accounts = company.accounts()
    quarter = wins["date"].dt.to_period("Q").astype(str).str.replace("Q", "-Q")
    assert set(quarter) == set(truths.QUARTERS)
    for name, count in quarter.value_counts().items():
        start = pd.Period(name.replace("-", "")).start_time
        active = ((accounts["Signed"] < start) & ~(accounts["Closed"] < start)).sum()
        assert 0.8 * truths.CUSTOMER_WINS <= count / active <= 1.05 * truths.CUSTOMER_WINS


def test_nobody_has_a_success_after_leaving_or_before_signing(company: object, wins: pd.DataFrame) -> None:
    account = company.accounts().reindex(wins["account"])
    assert account["Signed"].notna().all()
    assert (account["Signed"].to_numpy() <= wins["date"].to_numpy()).all()
    assert not (account["Closed"].to_numpy() <= wins["date"].to_numpy()).any()
