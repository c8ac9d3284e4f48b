"""Answers with what was lived through, from tables small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.models.middle.answers import nearest, rating_columns, recommendations
from cxlab.models.middle.experience import ACCOUNT, ASKED, NEAR, experience
from cxlab.models.middle.three import WITH_STAYING, beside_leaving, beside_the_score
from cxlab.models.middle.voices import passives_say
from cxlab.periods import Period

Q2, Q3 = Period.of("2026-Q2"), Period.of("2026-Q3")


def at(*moments: object) -> pd.Series:
    return pd.Series(pd.to_datetime(list(moments))).astype("datetime64[us]")


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    """Four answers of three accounts in Q3, one in Q2, one invitation, one transactional answer, and a success."""
    responses = pd.DataFrame(
        {
            "response_id": ["r1", "r2", "r3", "r4", "r5", "r6", "r7", "s1", "s2"],
            "survey": ["nps"] * 7 + ["success"] * 2,
            "kind": ["relational"] * 6 + ["transactional"] + ["relational"] * 2,
            "customer_id": ["a", "a", "b", "c", "a", "b", "c", "a", "b"],
            "respondent_id": ["a1", "a2", "b1", "c1", "a1", "b2", "c1", "a1", "b9"],
            "sent_at": at(*["2026-08-01"] * 4, "2026-05-01", "2026-08-01", "2026-08-01", None, None),
            "answered_at": at(*["2026-08-03"] * 4, "2026-05-03", None, "2026-08-03", "2026-07-01", "2026-03-01"),
            "score": [9.0, 7.0, 3.0, 10.0, 8.0, np.nan, 1.0, 6.0, 2.0],
            "comment": ["good", "  ", "bad", None, "fine", None, "no", None, None],
            "reliability": ["5", "4", "2", "", "4", "", "1", "", ""],
            "seats": ["10", "10", "250", "30", "10", "250", "30", "", ""],
        }
    )
    tickets = pd.DataFrame(
        {
            "ticket_id": ["t1", "t2", "t3"],
            "customer_id": ["a", "a", "b"],
            "opened_at": at("2026-07-20", "2026-08-02", "2026-03-01"),
            "resolved_at": at(None, None, "2026-03-05"),
        }
    )
    milestones = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c"],
            "journey": "onboarding",
            "milestone": ["x", "y", "x", "x"],
            "due_at": at("2026-01-10", "2026-09-10", "2026-01-10", "2026-01-10"),
            "reached_at": at("2026-01-20", None, "2026-01-05", None),
            "outcome": ["done", None, "done", "failed"],
        }
    )
    usage = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "used_on": at("2026-03-15", "2026-06-15", "2026-06-15"),
            "feature": "sign-ins",
            "value": [7.0, 31.0, 5.0],
        }
    )
    customers = pd.DataFrame(
        {"customer_id": ["a", "b", "c"], "signed_on": at(*["2025-01-01"] * 3), "segment": ["S", "M", "M"]}
    )
    return {
        "responses": responses,
        "tickets": tickets,
        "milestones": milestones,
        "usage": usage,
        "customers": customers,
    }


def test_a_row_an_answer_with_what_was_known_when_it_was_asked_for(tables: dict[str, pd.DataFrame]) -> None:
    lived = experience(tables, Q3)
    frame = lived.frame.set_index("response_id")
    assert frame.index.tolist() == ["r1", "r2", "r3", "r4"] and lived.over == "2026-Q3"
    assert "1 answers of another kind" in lived.remarks[0]
    assert lived.families["reliability"] == ASKED and "seats" not in lived.families
    assert frame["reliability"].fillna(-1).tolist() == [5, 4, 2, -1]
    # t1 was open on 1 August, t2 came a day later and t3 was over in March.
    assert frame["open_tickets"].tolist() == [1, 1, 0, 0] and frame["tickets_90d"].tolist() == [1, 1, 0, 0]
    # Step y is due in September, b's was on time, c's was given up.
    assert frame["late_steps"].tolist() == [1, 1, 0, 0]
    # 31 sign-ins in the 90 days to 1 August, 7 in the 90 before that: log2(32 / 8). b had none before: not known.
    assert frame["use_change"].tolist()[:2] == [2.0, 2.0] and frame["use_change"].isna().tolist()[2:] == [True, True]
    # a1 answered a month before; a2 did not, its account did; b's answer is 155 days away.
    assert frame["success"].fillna(-1).tolist() == [6, 6, 2, -1] and lived.families["success"] == NEAR
    assert lived.better["open_tickets"] == "down" and lived.better["reliability"] == "up"
    assert lived.drivers(ACCOUNT) == ["open_tickets", "tickets_90d", "use_change", "late_steps"]
    assert frame["segment"].tolist() == ["S", "S", "M", "M"] and "segment" in lived.controls
    assert any("effort, emotion" in text for text in lived.missing)


def test_nothing_after_the_invitation_enters(tables: dict[str, pd.DataFrame]) -> None:
    before = experience(tables, Q3).frame
    later = {**tables, "tickets": tables["tickets"].assign(resolved_at=at(None, "2026-08-09", "2026-03-05"))}
    later["usage"] = pd.concat([tables["usage"], tables["usage"].assign(used_on=at(*["2026-08-15"] * 3))])
    pd.testing.assert_frame_equal(before, experience(later, Q3).frame)


def test_several_periods_are_taken_together(tables: dict[str, pd.DataFrame]) -> None:
    lived = experience(tables, [Q3, Q2])
    assert lived.over == "2026-Q2 to 2026-Q3" and len(lived.frame) == 5
    assert lived.frame.set_index("response_id")["period"]["r5"] == "2026-Q2" and "period" in lived.controls
    with pytest.raises(ParameterError, match="no period"):
        experience(tables, [])
    with pytest.raises(ParameterError, match="not a period|give cx.Period"):
        experience(tables, ["2026-Q3"])


def test_what_is_not_there_is_told(tables: dict[str, pd.DataFrame]) -> None:
    bare = tables["responses"].drop(columns=["reliability", "sent_at", "kind", "respondent_id"])
    lived = experience({"responses": bare}, Q3)
    assert lived.drivers(ASKED, ACCOUNT) == [] and len(lived.frame) == 5
    assert {"there is no tickets table", "there is no usage table"} <= set(lived.missing)
    assert any("no rating was asked" in text for text in lived.missing)
    with pytest.raises(TableError, match="no table 'responses'"):
        experience({"customers": tables["customers"]}, Q3)
    with pytest.raises(TableError, match="the table knows nps, success"):
        experience(tables, Period.of("2020-Q1"))
    nameless = tables["responses"].assign(customer_id=None)
    assert any("name no account" in text for text in experience({"responses": nameless}, Q3).missing)


def test_scales(tables: dict[str, pd.DataFrame]) -> None:
    ten = tables["responses"].assign(scale_low=1.0, scale_high=10.0)
    assert "1-10" in " ".join(recommendations({"responses": ten}, Q3)[1])
    with pytest.raises(TableError, match="0-10 scale"):
        recommendations({"responses": tables["responses"].assign(scale_low=1.0, scale_high=5.0)}, Q3)
    with pytest.raises(TableError, match="0-10 scale"):
        recommendations({"responses": tables["responses"].assign(score=99.0)}, Q3)


def test_which_columns_are_ratings() -> None:
    rows = pd.DataFrame(
        {
            "score": [1, 2, 3],
            "ease": ["1", "3", "5"],
            "code": ["0", "1", "1"],
            "hours": [1.5, 2.0, 3.0],
            "seats": [3, 40, 500],
            "floor": ["ground", "first", "second"],
            "ticket_id": ["1", "2", "3"],
        }
    )
    assert rating_columns(rows) == ["ease"] and rating_columns(rows, ["hours"]) == ["hours"]
    with pytest.raises(ParameterError, match="eaes.*ease"):
        rating_columns(rows, ["eaes"])


def test_nearest_takes_the_person_first_and_looks_no_further_than_asked(tables: dict[str, pd.DataFrame]) -> None:
    rows, _ = recommendations(tables, Q3)
    assert nearest(tables, rows, "success", 20).isna().all()
    own = tables["responses"].copy()
    own.loc[own["response_id"] == "s2", ["customer_id", "respondent_id", "answered_at"]] = ["a", "a2", "2026-08-30"]
    assert nearest({"responses": own}, rows, "success", 183).tolist()[:2] == [6, 2]
    assert nearest({"responses": own}, rows, "success", 183, before_only=True).tolist()[:2] == [6, 6]


def test_passives_comments_stand_beside_promoters(tables: dict[str, pd.DataFrame]) -> None:
    rows = passives_say(tables, [Q2, Q3])
    assert rows[["response_id", "group", "comment"]].to_numpy().tolist() == [
        ["r1", "promoter", "good"],
        ["r5", "passive", "fine"],
    ]
    silent = {"responses": tables["responses"].drop(columns="comment")}
    assert passives_say(silent, Q3).empty and "comment" in passives_say(silent, Q3)


def many(seed: int = 3, n: int = 1200, pull: float = 0.6) -> dict[str, pd.DataFrame]:
    """Accounts whose success goes with the score and with staying, effort with neither."""
    rng = np.random.default_rng(seed)
    ids = [f"a{number:04}" for number in range(n)]
    success, effort = rng.integers(1, 8, n).astype(float), rng.integers(1, 8, n).astype(float)
    chance = 1 / (1 + np.exp(-(0.8 + pull * (success - 4))))
    draw = rng.random(n)
    score = np.where(draw < chance * 0.6, 9.0, np.where(draw < chance, 7.0, 4.0))
    left = rng.random(n) < np.where(success <= 3, 0.3, 0.05)
    base = {"customer_id": ids, "respondent_id": [f"{name}-1" for name in ids], "kind": "relational"}
    parts = [
        pd.DataFrame({**base, "survey": name, "score": values, "answered_at": pd.Timestamp(day)})
        for name, values, day in (
            ("success", success, "2026-03-01"),
            ("effort", effort, "2026-03-01"),
            ("nps", score, "2026-05-05"),
        )
    ]
    responses = pd.concat(parts, ignore_index=True)
    responses["response_id"] = [f"r{number}" for number in range(len(responses))]
    responses["answered_at"] = responses["answered_at"].astype("datetime64[us]")
    closed = pd.Series(pd.NaT, index=range(n), dtype="datetime64[us]").mask(left, pd.Timestamp("2026-05-20"))
    customers = pd.DataFrame({"customer_id": ids, "signed_on": pd.Timestamp("2024-01-01"), "closed_on": closed})
    return {"responses": responses, "customers": customers}


@pytest.mark.slow
def test_success_goes_with_the_score_and_with_staying_and_effort_with_neither() -> None:
    tables = many()
    rows = beside_the_score(experience(tables, Q2)).set_index("driver")
    assert rows["verdict"].to_dict() == {"success": "goes with the score", "effort": "cannot tell"}
    assert rows.loc["success", "low"] > 0 and (rows["n"] == 1200).all()
    leaving = beside_leaving(tables, Q2).set_index("driver")
    assert leaving.loc["success", "verdict"] == WITH_STAYING and leaving.loc["effort", "verdict"] == "cannot tell"
    bad = tables["responses"].query("survey == 'success' and score <= 3")["customer_id"]
    gone = tables["customers"].set_index("customer_id")["closed_on"].notna()
    assert leaving.loc["success", "left_bad"] == pytest.approx(gone[bad].mean())
    assert leaving.loc["emotion", "n_good"] == 0 and np.isnan(leaving.loc["emotion", "change"])
    with pytest.raises(ParameterError, match="who left is not known"):
        beside_leaving({"responses": tables["responses"]}, Q2)


def test_few_answers_are_told_as_such() -> None:
    tables = many(n=40)
    assert beside_the_score(experience(tables, Q2))["verdict"].tolist() == ["cannot tell"] * 2
