"""Findings about the data, by hand, and a manifest put into words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.tables import checks

EMPTY: dict[str, pd.DataFrame] = {}


def when(*texts: str | None) -> pd.Series:
    return pd.to_datetime(pd.Series(list(texts))).astype("datetime64[us]")


def rows(frame: pd.DataFrame) -> list[list]:
    return frame.to_numpy().tolist()


def test_time_order() -> None:
    """Of two resolved tickets one ended before it began; same moment is no fault; the open one has no order."""
    tickets = pd.DataFrame(
        {
            "opened_at": when("2026-01-02", "2026-01-02", "2026-01-02", "2026-01-02"),
            "resolved_at": when("2026-01-01", "2026-01-03", None, "2026-01-02"),
        }
    )
    assert rows(checks.time_order({"tickets": tickets})) == [["tickets", "resolved before they were opened", 1, 3]]
    assert checks.time_order({"tickets": tickets[["opened_at"]]}).empty


def test_off_scale() -> None:
    """By the row's own scale, else by the survey's standard; a survey without a standard has none."""
    responses = pd.DataFrame(
        {
            "survey": ["nps", "nps", "csat", "csat", "note", "ces"],
            "score": [10.0, 11.0, 7.0, 7.0, 99.0, np.nan],
            "scale_low": [np.nan, np.nan, 1.0, np.nan, np.nan, np.nan],
            "scale_high": [np.nan, np.nan, 7.0, np.nan, np.nan, np.nan],
        }
    )
    found = checks.off_scale({"responses": responses})
    assert found[["rows", "of"]].to_numpy().tolist() == [[1, 2], [1, 2]]
    assert "csat" in found["found"][0] and "nps" in found["found"][1]
    assert len(checks.off_scale({"responses": responses[["survey", "score"]]})) == 2
    assert checks.off_scale({"responses": responses[["survey"]]}).empty


def test_duplicates_are_same_content_under_two_keys() -> None:
    responses = pd.DataFrame(
        {
            "response_id": ["r1", "r2", "r3", "r4"],
            "survey": ["nps"] * 4,
            "customer_id": ["a", "a", None, None],
            "score": [9.0] * 4,
            "answered_at": when(*["2026-01-01"] * 4),
            "source": ["x", "y", "x", "x"],
        }
    )
    found = checks.duplicates({"responses": responses})
    assert found["rows"].tolist() == [1] and "different response_id" in found["found"][0]  # anonymous ones may agree
    subscriptions = pd.DataFrame(
        {"customer_id": ["a", "b"], "month": when("2026-01-01", "2026-01-01"), "mrr": [1.0, 1.0]}
    )
    assert checks.duplicates({"subscriptions": subscriptions, "orders": subscriptions}).empty


def test_join_coverage() -> None:
    customers = pd.DataFrame({"customer_id": ["a", "b", "c"]})
    responses = pd.DataFrame({"customer_id": ["a", "a", "x", None]})
    found = checks.join_coverage({"customers": customers, "responses": responses, "targets": pd.DataFrame({"kpi": []})})
    assert rows(found) == [["responses", 4, 3, 2, 1, 3]]
    assert rows(checks.join_coverage({"responses": responses})) == [["responses", 4, 3, 0, 0, 0]]


def test_freshness() -> None:
    responses = pd.DataFrame({"answered_at": when("2026-01-01", None, "2026-03-01")})
    found = checks.freshness({"responses": responses, "targets": pd.DataFrame({"kpi": ["nps"]})}).iloc[0]
    assert (found["first"], found["last"]) == (pd.Timestamp("2026-01-01"), pd.Timestamp("2026-03-01"))
    assert (found["rows"], found["undated"]) == (3, 1)


def leaving() -> dict[str, pd.DataFrame]:
    """Four opinions on who has left: flag a; closing date a, b; exit event c; subscriptions b (nothing after April).

    The subscriptions run from March to May: a was closed before that, which they cannot show.
    """
    return {
        "customers": pd.DataFrame(
            {
                "customer_id": ["a", "b", "c"],
                "churned": pd.array([True, False, None], dtype="boolean"),
                "closed_on": when("2026-01-01", "2026-04-20", None),
            }
        ),
        "milestones": pd.DataFrame(
            {
                "customer_id": ["c", "a", "b"],
                "journey": ["exit", "onboarding", "exit"],
                "reached_at": when("2026-01-01", "2026-01-01", None),
            }
        ),
        "subscriptions": pd.DataFrame(
            {
                "customer_id": ["a", "a", "b", "b", "c"],
                "month": when("2026-03-01", "2026-05-01", "2026-04-01", "2026-05-01", "2026-05-01"),
                "mrr": [1.0, 1.0, 1.0, 0.0, 1.0],
            }
        ),
    }


def test_tables_that_contradict_each_other_are_reported_not_averaged() -> None:
    found = checks.contradictions(leaving())
    assert list(checks.departures(leaving()).values()) == [{"a"}, {"a", "b"}, {"c"}, {"b"}]
    numbers = {
        (row.first.split()[-1], row.second.split()[-1]): (row.n_first, row.n_second, row.both, row.only_first)
        for row in found.itertuples()
    }
    assert numbers == {
        ("flag", "date"): (1, 2, 1, 0),
        ("flag", "events"): (1, 1, 0, 1),
        ("date", "events"): (2, 1, 0, 2),
        ("flag", "subscriptions"): (0, 1, 0, 0),  # without a, whom the subscriptions cannot show
        ("events", "subscriptions"): (1, 1, 0, 1),
    }  # closing date and subscriptions agree on b


def test_tables_that_agree_are_no_contradiction() -> None:
    tables = leaving()
    agreeing = {"customers": tables["customers"].assign(churned=pd.array([True, True, False], dtype="boolean"))}
    assert checks.contradictions(agreeing).empty
    assert checks.departures({"customers": tables["customers"][["customer_id"]]}) == {}


@pytest.mark.parametrize("sign, suspicious", [(1, False), (-1, True)])
def test_a_scale_read_upside_down_is_suspected(sign: int, suspicious: bool) -> None:
    rng = np.random.default_rng(1)
    mood = rng.normal(size=80)
    responses = pd.DataFrame(
        {
            "customer_id": [f"c{place}" for place in range(80)] * 2,
            "survey": ["nps"] * 80 + ["ces"] * 80,
            "score": np.concatenate([mood + rng.normal(size=80), sign * mood + rng.normal(size=80)]),
        }
    )
    found = checks.score_direction({"responses": responses}).iloc[0]
    assert found["accounts"] == 80 and bool(found["suspicious"]) is suspicious
    assert np.sign(found["correlation"]) == sign
    assert not checks.score_direction({"responses": responses}, least=100)["suspicious"].any()


def test_the_direction_of_few_or_constant_scores_is_not_judged() -> None:
    few = pd.DataFrame({"customer_id": ["a", "b"] * 2, "survey": ["nps", "nps", "ces", "ces"], "score": [1.0, 2, 3, 4]})
    assert checks.score_direction({"responses": few}).empty
    same = pd.DataFrame(
        {"customer_id": [*map(str, range(20))] * 2, "survey": ["nps"] * 20 + ["ces"] * 20, "score": 5.0}
    )
    assert checks.score_direction({"responses": same}).empty


def test_no_tables_no_findings() -> None:
    for check in (checks.time_order, checks.off_scale, checks.duplicates, checks.join_coverage, checks.freshness):
        assert check(EMPTY).empty
    assert checks.contradictions(EMPTY).empty and checks.score_direction(EMPTY).empty


MANIFEST = {
    "sources": [
        {
            "file": "a.csv",
            "blocks": [
                {
                    "table": "tickets", "rows_in": 10, "rows_kept": 7, "rows_set_aside": 3,
                    "why": {"no time": 2, "twice": 1}, "masked": {"email": 2}, "warnings": ["two headers"],
                    "columns_left_out": ["Phone"],
                }
            ],
        },
        {
            "file": "b.csv",
            "blocks": [
                {
                    "table": "tickets", "rows_in": 5, "rows_kept": 4, "rows_set_aside": 1, "why": {"no time": 1},
                    "masked": {"email": 1, "phone": 4}, "warnings": ["two headers"],
                }
            ],
        },
    ],
    "not_mapped": ["c.csv"],
}  # fmt: skip


def test_the_manifest_in_words() -> None:
    assert rows(checks.sources(MANIFEST)) == [["a.csv", "tickets", 10, 7, 3], ["b.csv", "tickets", 5, 4, 1]]
    assert rows(checks.reasons(MANIFEST)) == [["tickets", "no time", 3], ["tickets", "twice", 1]]
    assert checks.masked(MANIFEST) == {"email": 3, "phone": 4}
    assert checks.remarks(MANIFEST) == [
        "a.csv and 1 more like it: two headers",
        "a.csv: left out as personal: Phone",
        "c.csv: not mapped to any table",
    ]
    assert checks.reasons({"sources": []}).empty and checks.sources({"sources": []}).empty
