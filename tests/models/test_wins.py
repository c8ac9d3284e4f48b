"""Wins worth celebrating, by hand: improvements that chance does not explain, and customers' own successes."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlab as cx
from cxlab.models.wins import customer_wins, stories, supported_wins, voice_of, wins_share

NOW = cx.Period.of("2026-Q3")


def change(kpi: str, verdict: str, q: float, region: str | None = None) -> dict[str, object]:
    row = {"kpi": kpi, "period": "2026-Q3", "before": "2026-Q2", "value": 0.8, "value_before": 0.7, "change": 0.1}
    row |= {"low": 0.05, "high": 0.15, "p": q / 2, "q": q, "smallest_detectable": 0.05, "margin": 0.02}
    return row | {"verdict": verdict, "n": 100, "n_before": 100} | ({"region": region} if region else {})


def test_only_a_move_in_the_better_direction_is_a_win() -> None:
    company = pd.DataFrame(
        [
            change("csat", "moved up", 0.03),
            change("nps", "moved down", 0.001),
            change("ces", "flat", 0.9),
            change("enps", "cannot tell", 0.04),
            change("resolution_time", "moved down", 0.002),
            change("response_rate", "moved up", 0.0001),  # an activity
        ]
    )
    groups = pd.DataFrame([change("csat", "moved up", 0.01, "North"), change("csat", "moved up", 0.2, "all")])
    found = supported_wins(company, groups)
    assert found[["kpi", "scope"]].to_numpy().tolist() == [
        ["resolution_time", "all"],
        ["csat", "North"],
        ["csat", "all"],
        ["csat", "all"],
    ]
    assert found.loc[0, ["value", "value_before", "change", "low", "high"]].tolist() == [0.8, 0.7, 0.1, 0.05, 0.15]
    assert supported_wins(company.iloc[1:4]).empty


@pytest.fixture
def milestones() -> pd.DataFrame:
    rows = [
        ("a", "customer success", "won an award", "2026-07-02"),
        ("b", "customer success", "opened a second site", "2026-09-30"),
        ("a", "customer success", "doubled its users", "2026-09-30"),
        ("c", "customer success", "won an award", "2026-10-01"),  # the next quarter
        ("c", "customer success", "won an award", None),
        ("d", "onboarding", "first value", "2026-08-01"),
    ]
    frame = pd.DataFrame(rows, columns=["customer_id", "journey", "milestone", "reached_at"])
    return frame.assign(reached_at=pd.to_datetime(frame["reached_at"]))


def test_what_customers_achieved_the_latest_first(milestones: pd.DataFrame) -> None:
    found = customer_wins(milestones, NOW)
    assert found[["customer_id", "what"]].to_numpy().tolist() == [
        ["a", "doubled its users"],
        ["b", "opened a second site"],
        ["a", "won an award"],
    ]
    assert len(customer_wins(milestones)) == 4
    with pytest.raises(cx.CxlabError, match=r"no journey 'triumphs'.*\[journey\] wins"):
        customer_wins(milestones, journey="triumphs")


def test_the_share_of_accounts_with_a_success_counts_each_account_once(milestones: pd.DataFrame) -> None:
    customers = pd.DataFrame({"customer_id": list("abcdef"), "region": ["N", "N", "N", "S", "S", "S"]})
    customers["signed_on"] = pd.to_datetime(["2025-01-01"] * 5 + ["2026-08-01"])
    customers["closed_on"] = pd.to_datetime([None, None, None, None, "2026-05-01", None])
    row = wins_share(customers, NOW, milestones=milestones).iloc[0]
    assert (row["kpi"], row["value"], row["n"]) == ("wins_share", 0.5, 4)  # a and b of a, b, c, d
    assert row["low"] == pytest.approx(0.15, abs=0.001) and row["high"] == pytest.approx(0.85, abs=0.001)  # Wilson
    by = wins_share(customers, NOW, "region", milestones=milestones).set_index("region")
    assert by["value"].tolist() == [pytest.approx(2 / 3), 0.0] and by["n"].tolist() == [3, 1]
    assert pd.isna(wins_share(customers, NOW, "region", milestones=milestones, min_n=2)["value"].iloc[1])


def test_stories_are_promises_that_worked_and_then_what_no_promise_tells() -> None:
    said = {"topic": "slow support", "owner": "Ann", "before": 0.7, "after": 0.8, "effect": 0.09, "low": 0.04}
    said |= {"high": 0.14, "grade": "B", "q": 0.01}
    evaluated = pd.DataFrame(
        [
            said | {"action_id": "A-1", "kpi": "csat", "scope": "North", "verdict": "worked"},
            said | {"action_id": "A-2", "kpi": "nps", "scope": "all", "verdict": "no evidence"},
        ]
    )
    groups = pd.DataFrame([change("csat", "moved up", 0.01, "North"), change("csat", "moved up", 0.02, "South")])
    found = stories(evaluated, supported_wins(groups))
    assert found[["title", "scope", "action_id", "change", "grade"]].to_numpy().tolist() == [
        ["slow support", "North", "A-1", 0.09, "B"],
        ["csat", "South", "", 0.1, "D"],
    ]
    assert stories(evaluated.iloc[1:], supported_wins(groups.iloc[:0])).empty


def test_a_voice_is_the_latest_of_the_most_content_that_says_something() -> None:
    rows = [
        ("csat", "North", 5.0, "2026-07-01", "You were quick this time"),
        ("csat", "North", 5.0, "2026-08-01", "At last somebody answers on Sundays"),
        ("csat", "North", 5.0, "2026-08-02", "Great"),  # says too little
        ("csat", "North", 4.0, "2026-08-03", "It was better than last year"),
        ("csat", "South", 5.0, "2026-08-03", "Somewhere else altogether, not North"),
        ("csat", "North", 5.0, "2026-10-01", "Said after the end of it"),
        ("nps", "North", 10.0, "2026-08-03", "Asked another question than that"),
        ("csat", "North", 5.0, "2026-08-04", "word " * 80),
    ]
    table = pd.DataFrame(rows, columns=["survey", "region", "score", "answered_at", "comment"])
    table["answered_at"] = pd.to_datetime(table["answered_at"])
    start = pd.Timestamp("2026-06-01").to_pydatetime()
    assert voice_of(table, "csat", {"region": "North"}, start, NOW.end) == "At last somebody answers on Sundays"
    assert voice_of(table, "csat", {"region": "East"}, start, NOW.end) == ""
    assert voice_of(table, "csat", {"team": "Elm"}, start, NOW.end) == ""
    assert voice_of(table, "sla_met", {}, start, NOW.end) == ""
