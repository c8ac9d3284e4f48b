"""Goals, listening, burden and entitlements, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.kpis.burden import survey_burden
from cxlab.kpis.entitlements import asked_not_entitled, entitlement_use
from cxlab.kpis.listening import accounts_heard, moments_covered
from cxlab.kpis.sources import join_coverage, source_inventory
from cxlab.kpis.target_lint import lint_targets
from cxlab.kpis.targets import target_progress, targets_of
from cxlab.periods import Period

Q3 = Period.of("2026-Q3")


def measured(kpi: str, value: float, low: float, high: float, n: int = 400, **groups: str) -> pd.DataFrame:
    numbers = {"value": value, "low": low, "high": high, "n": n, "n_eff": float(n)}
    return pd.DataFrame([{"kpi": kpi, "period": "2026-Q3", **groups, **numbers}])


def goals(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["kpi", "value", "period", "region", "owner", "baseline"])


def test_a_dated_goal_wins_over_an_undated_one() -> None:
    table = goals(
        ("nps", 20, None, None, "A", None), ("nps", 30, "2026", None, "A", None), ("nps", 9, "2025", None, "", 1)
    )
    assert targets_of(table, Q3) == {"nps": 30}


def test_progress_tells_met_not_met_and_cannot_tell() -> None:
    now = pd.concat([measured("nps", 38, 33, 43), measured("reopen_rate", 0.06, 0.05, 0.07)])
    table = goals(
        ("nps", 30, "2026", None, "CX", 20),
        ("nps", 36, "2026-Q3", None, "CX", 20),
        ("reopen_rate", 0.04, "2026", None, "", 0.07),
    )
    rows = target_progress(now, table[table["period"] != "2026-Q3"], Q3).set_index("kpi")
    assert rows.loc["nps", "verdict"] == "met" and rows.loc["nps", "probability"] > 0.99
    assert rows.loc["reopen_rate", "verdict"] == "not met" and rows.loc["reopen_rate", "distance"] == pytest.approx(
        -0.02
    )
    # Three quarters of the year are over: from 0.07 the line to 0.04 stands at 0.0475, and 0.05 to 0.07 lies behind.
    assert rows.loc["reopen_rate", "on_track"] == "behind"
    unsure = target_progress(now, table.iloc[[1]], Q3).iloc[0]
    assert unsure["verdict"] == "cannot tell" and 0.5 < unsure["probability"] < 0.9


def test_a_goal_of_a_region_looks_for_its_row() -> None:
    now = pd.concat([measured("nps", 38, 33, 43, region="all"), measured("nps", 10, 2, 18, region="North")])
    table = goals(("nps", 30, "2026", "North", "CX", 5), ("nps", 30, "2026", "South", "CX", 5))
    rows = target_progress(now, table, Q3).set_index("scope")
    assert rows.loc["region: North", "verdict"] == "not met" and np.isnan(rows.loc["region: South", "value"])


def test_probabilities_are_calibrated() -> None:
    """Of goals given 60 to 90 % some three in four are truly met (4,000 draws, seeded)."""
    rng = np.random.default_rng(2)
    truth, error = rng.normal(0, 4, 4000), 4.0
    seen = truth + rng.normal(0, error, 4000)
    shrunk, left = seen / 2, error / np.sqrt(2)  # what is known of the truth once it was seen
    given = []
    for value in shrunk[:600]:
        now = measured("nps", value, value - 1.96 * left, value + 1.96 * left)
        given.append(target_progress(now, goals(("nps", 0, "2026", None, "A", -9)), Q3)["probability"][0])
    told = np.array(given)
    some = (told > 0.6) & (told < 0.9)
    assert abs((truth[:600][some] >= 0).mean() - told[some].mean()) < 0.07


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (("npss", 30, "2026", None, "A", 10), "unknown KPI"),
        (("response_rate", 0.4, "2026", None, "A", 0.3), "activity"),
        (("nps", 30, "2026", None, None, 10), "no owner"),
        (("nps", 30, None, None, "A", 10), "no date"),
        (("nps", 30, "soon", None, "A", 10), "unreadable date"),
        (("nps", 30, "2026", None, "A", None), "no baseline"),
        (("csat", 35, "2026", None, "A", 0.3), "out of range"),
        (("nps", 30, "2026", None, "A", 40), "behind its baseline"),
        (("nps", 39, "2026", None, "A", 38), "not detectable"),
    ],
)
def test_every_fault_of_a_goal_is_named(row: tuple, fault: str) -> None:
    found = lint_targets(goals(row), measured("nps", 38, 33, 43), Q3)
    assert fault in set(found["fault"]) and found["says"].str.len().gt(20).all()


def test_a_sound_goal_has_no_fault() -> None:
    assert lint_targets(goals(("nps", 60, "2026", None, "CX", 30)), measured("nps", 38, 33, 43), Q3).empty


# --- listening ------------------------------------------------------------------------------------------------------
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": list("abcde"),
        "signed_on": pd.to_datetime(["2025-01-01"] * 4 + ["2026-11-01"]),
        "closed_on": pd.to_datetime([None, None, "2026-08-01", "2026-02-01", None]),
    }
)
RESPONSES = pd.DataFrame(
    {
        "response_id": [f"r{n}" for n in range(44)],
        "respondent_id": [f"p{n}" for n in range(44)],
        "customer_id": ["a"] * 40 + ["b", "b", None, "d"],
        "survey": "csat",
        "moment": ["call"] * 40 + ["setup"] * 4,
        "sent_at": pd.Timestamp("2026-08-01"),
        "answered_at": [pd.Timestamp("2026-08-02")] * 40 + [pd.Timestamp("2026-08-03")] + [pd.NaT] * 3,
        "score": [5.0] * 41 + [np.nan] * 3,
    }
)


def test_three_accounts_of_which_two_are_heard() -> None:
    """d left before and e came after; of a, b and c two answered."""
    row = accounts_heard(CUSTOMERS, Q3, responses=RESPONSES).iloc[0]
    assert row["n"] == 3 and row["value"] == pytest.approx(2 / 3)


def unasked(customer: str) -> pd.DataFrame:
    """RESPONSES with a note and a community post about an account that answered no survey, in the same quarter."""
    rows = [
        {"response_id": f"u-{survey}", "customer_id": customer, "survey": survey, "answered_at": "2026-08-03"}
        for survey in ("note", "community")
    ]
    more = pd.DataFrame(rows).assign(answered_at=lambda frame: pd.to_datetime(frame["answered_at"]))
    return pd.concat([RESPONSES, more], ignore_index=True)


def test_notes_and_posts_are_no_answers_of_an_account() -> None:
    silent = ({"a", "b", "c", "d", "e"} - set(RESPONSES["customer_id"])).pop()
    asked = accounts_heard(CUSTOMERS, Q3, responses=RESPONSES).iloc[0]
    row = accounts_heard(CUSTOMERS, Q3, responses=unasked(silent)).iloc[0]
    assert row["n"] == asked["n"] == 3 and row["value"] == asked["value"] == pytest.approx(2 / 3)


def test_notes_and_posts_do_not_join_a_survey_to_an_account() -> None:
    silent = ({"a", "b", "c", "d", "e"} - set(RESPONSES["customer_id"])).pop()
    table = join_coverage({"customers": CUSTOMERS, "responses": unasked(silent)}, Q3).set_index("data")
    assert table.loc["survey", "accounts"] == 2 and table.loc["survey", "n"] == 3


def test_moments_are_heard_thin_or_blind() -> None:
    table = moments_covered({"responses": RESPONSES}, Q3, ["first visit", "setup", "call"]).set_index("moment")
    assert table["status"].to_dict() == {"first visit": "blind", "setup": "thin", "call": "heard"}
    assert table["mandatory"].to_dict() == {"first visit": True, "setup": False, "call": True}
    assert table.loc["call", "answers"] == 40
    undeclared = moments_covered({"responses": RESPONSES}, Q3)
    assert not undeclared["mandatory"].any() and set(undeclared["moment"]) == {"call", "setup"}


def test_which_data_come_together() -> None:
    tickets = pd.DataFrame({"ticket_id": ["t"], "customer_id": ["b"], "opened_at": [pd.Timestamp("2026-07-05")]})
    table = join_coverage({"customers": CUSTOMERS, "responses": RESPONSES, "tickets": tickets}, Q3).set_index("data")
    assert table.loc["survey", "accounts"] == 2 and table.loc["ticket", "accounts"] == 1
    assert table.loc["survey", "n"] == 3
    inventory = source_inventory({"customers": CUSTOMERS, "tickets": tickets}).set_index("table")
    assert inventory["rows"].to_dict() == {"customers": 5, "tickets": 1} and inventory.loc["tickets", "joined"] == 1


def test_who_is_asked_too_often() -> None:
    """Four persons at five different moments each; one of them at one only."""
    rows = pd.DataFrame(
        [(f"p{who}", pd.Timestamp("2026-08-01") + pd.Timedelta(days=day)) for who in range(3) for day in range(5)]
        + [("p9", pd.Timestamp("2026-08-01"))],
        columns=["respondent_id", "sent_at"],
    ).assign(survey="nps", answered_at=pd.NaT, response_id=lambda frame: frame.index.astype(str))
    row = survey_burden(rows, Q3).set_index("unit").loc["persons"]
    assert row["asked"] == 4 and row["over"] == 3 and row["value"] == 0.75 and row["highest"] == 5


# --- entitlements ---------------------------------------------------------------------------------------------------
ENTITLEMENTS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "b", "c"],
        "feature": ["x", "y", "x", "y", "x"],
        "entitled": pd.array([True, True, True, False, False], dtype="boolean"),
        "asked_on": pd.to_datetime([None, "2026-07-03", None, "2026-08-01", None]),
    }
)
USAGE = pd.DataFrame(
    {
        "customer_id": ["a", "b", "b"],
        "feature": ["x", "y", "x"],
        "used_on": pd.to_datetime(["2026-07-01", "2026-07-01", "2026-04-01"]),
        "value": [3.0, 1.0, 2.0],
    }
)


def test_used_of_entitled_and_asked_in_vain() -> None:
    """Of a-x, a-y, b-x only a-x was used in the quarter; of two wishes one was not granted."""
    row = entitlement_use(ENTITLEMENTS, Q3, usage=USAGE).iloc[0]
    assert row["n"] == 3 and row["value"] == pytest.approx(1 / 3)
    wish = asked_not_entitled(ENTITLEMENTS, Q3).iloc[0]
    assert wish["n"] == 2 and wish["value"] == 0.5
