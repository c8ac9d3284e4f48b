"""The planted promises on the sample company's raw exports: the one that worked is found, nothing else is."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlab as cx
from cxlab.demo import truths
from cxlab.models.actions import NO_EVIDENCE, TOO_EARLY, WORKED, evaluate_actions

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def evaluated(company: object, nps: pd.DataFrame) -> pd.DataFrame:
    """Every promise on CSAT and NPS, judged at the end of the last quarter."""
    asked = company.transactional()
    csat = asked.rename(columns={"account_id": "customer_id", "csat": "score"})
    csat = csat[["answered_at", "score", "customer_id", "region", "team", "moment"]].assign(survey="csat")
    csat["region"] = csat["region"].str.strip()
    columns = {"AccountId": "customer_id", "Region": "region", "Team": "team"}
    relational = nps.rename(columns=columns)[["answered_at", "score", *columns.values()]].assign(survey="nps")
    responses = pd.concat([csat, relational.dropna(subset=["score"])], ignore_index=True)
    actions = pd.read_csv(company.raw / "programme/actions.csv", dtype=str)
    actions = actions[actions["kpi"].isin(["csat", "nps"])]
    period = cx.Period.of(truths.QUARTERS[-1])
    return evaluate_actions({"responses": responses, "actions": actions}, period).set_index("action_id")


def test_the_working_action_is_found_with_its_size(evaluated: pd.DataFrame) -> None:
    row = evaluated.loc[truths.WORKING_ACTION["action_id"]]
    assert (row["verdict"], row["grade"]) == (WORKED, "B")
    assert row["low"] < truths.WORKING_ACTION["effect"] < row["high"]


def test_the_idle_action_is_not(evaluated: pd.DataFrame) -> None:
    row = evaluated.loc[truths.IDLE_ACTION["action_id"]]
    assert (row["verdict"], row["grade"]) == (NO_EVIDENCE, "B")
    assert row["low"] < truths.IDLE_ACTION["effect"] < row["high"]


def test_nothing_else_worked_least_of_all_what_the_rise_of_the_last_quarter_would_flatter(
    evaluated: pd.DataFrame,
) -> None:
    others = evaluated.drop(index=truths.WORKING_ACTION["action_id"])
    assert len(others) == 5 and WORKED not in set(others["verdict"])
    for action in ("A-09", "A-10"):
        row = evaluated.loc[action]
        assert (row["verdict"], row["grade"], row["comparison"]) == (TOO_EARLY, "D", "")
        assert row["after"] > row["before"] + 5 and "nothing to compare it with" in row["why"]
