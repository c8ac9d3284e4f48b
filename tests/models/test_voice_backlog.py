"""The backlog: each account once, complaint or request, needs unmet, wins at hand, what escalations are about."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.models.voice import (
    backlog,
    by_area,
    escalation_reasons,
    left_within,
    owners_of,
    quick_wins,
    unmet_needs,
)
from cxlab.models.voice.mentions import shares

TOPICS = pd.DataFrame(
    {
        "topic": ["T01", "T02", "T03"],
        "name": ["reports slow", "price went up", "sync breaks"],
        "owner": ["Ann", "", "Ann"],
        "product_area": ["Reporting", "", None],
    }
)


@pytest.fixture
def members() -> pd.DataFrame:
    table = {"T01": [1, 1, 0, 0, 1], "T02": [0, 0, 1, 0, 0], "T03": [0, 1, 1, 0, 0]}
    return pd.DataFrame(table).astype(bool)


@pytest.fixture
def comments() -> pd.DataFrame:
    return pd.DataFrame({"customer_id": ["a", "a", "b", "c", "d"]})


def test_a_line_says_how_many_accounts_worth_how_much_and_what_they_want(
    members: pd.DataFrame, comments: pd.DataFrame
) -> None:
    kinds = pd.DataFrame(
        {
            "comment": [0, 1, 4, 4, 2],
            "topic": ["T01", "T01", "T01", "T01", "T03"],
            "kind": ["request", "complaint", "request", "complaint", "praise"],
        }
    )
    months = pd.DataFrame({"customer_id": ["a", "b"], "month": pd.Timestamp("2026-09-01"), "mrr": [100.0, 50.0]})
    lives = pd.DataFrame({"topic": ["T01"], "state": ["growing"], "trend": [0.01]})
    found = backlog(
        members, comments, TOPICS, subscriptions=months, kinds=kinds, lives=lives, routes=owners_of(TOPICS)
    ).set_index("topic")
    assert found.index.tolist() == ["T01", "T03", "T02"]
    assert found["area"].tolist() == ["Reporting", "Ann", ""]
    assert found.loc["T01", ["n", "accounts", "paying", "revenue", "requests", "complaints"]].tolist() == [
        3, 2, 1, 100.0, 2, 2,
    ]  # fmt: skip
    assert found.loc["T01", "request_share"] == pytest.approx(2 / 3)
    assert found.loc["T01", "request_low"] < 2 / 3 < found.loc["T01", "request_high"]
    assert found.loc["T03", ["requests", "complaints", "state"]].tolist() == [0, 0, ""]
    assert found.loc["T01", ["state", "trend"]].tolist() == ["growing", 0.01]


def test_an_area_counts_comments_and_accounts_of_its_topics_once(members: pd.DataFrame, comments: pd.DataFrame) -> None:
    topics = TOPICS.assign(product_area=["Platform", "", "Platform"])
    months = pd.DataFrame({"customer_id": ["a", "b"], "month": pd.Timestamp("2026-09-01"), "mrr": [100.0, 50.0]})
    lines = backlog(members, comments, topics, subscriptions=months)
    found = by_area(members, comments, lines, subscriptions=months).set_index("area")
    assert found.loc["Platform", ["n", "accounts", "revenue"]].tolist() == [4, 3, 150.0]
    assert sorted(found.loc["Platform", "topics"]) == ["T01", "T03"]
    assert lines.loc[lines["area"] == "Platform", "accounts"].sum() == 4, "added up, one account would count twice"


def test_kinds_of_other_comments_are_refused(members: pd.DataFrame, comments: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="not among the 5"):
        backlog(members, comments, TOPICS, kinds=pd.DataFrame({"comment": [7], "topic": ["T01"], "kind": ["request"]}))
    with pytest.raises(TableError, match="kind"):
        backlog(members, comments, TOPICS, kinds=pd.DataFrame({"comment": [1], "topic": ["T01"]}))


def test_unmet_needs_are_said_often_by_those_who_score_low() -> None:
    rng = np.random.default_rng(4)
    count = 1_500
    has = rng.random((count, 3)) < [0.25, 0.03, 0.25]
    score = np.clip(np.round(rng.normal(8 - 2 * has[:, 0] - 2 * has[:, 1], 1.5)), 0, 10)
    members = pd.DataFrame(has, columns=["T01", "T02", "T03"])
    found = unmet_needs(members, pd.DataFrame({"score": score}), TOPICS).set_index("topic")
    assert found["unmet"].to_dict() == {"T01": True, "T02": False, "T03": False}
    assert found.loc["T02", "gap_high"] < 0, "low as well, but few say it"
    assert found.loc["T01", "gap"] == pytest.approx(-2, abs=0.2)
    assert found.loc["T01", "score"] == pytest.approx(score[has[:, 0]].mean())
    assert found.loc["T03", "gap_low"] < 0 < found.loc["T03", "gap_high"]


def test_unmet_needs_want_a_score(members: pd.DataFrame, comments: pd.DataFrame) -> None:
    with pytest.raises(TableError, match="score"):
        unmet_needs(members, comments, TOPICS)


@pytest.fixture(scope="module")
def places() -> tuple[pd.DataFrame, pd.DataFrame]:
    """T01 comes from one of four teams only, T02 and T03 from everywhere."""
    rng = np.random.default_rng(6)
    count = 2_000
    team = rng.choice(["Aspen", "Birch", "Cedar", "Elm"], count)
    members = pd.DataFrame({"T01": (team == "Birch") & (rng.random(count) < 0.3), "T02": rng.random(count) < 0.1})
    members["T03"] = (team == "Elm") & (rng.random(count) < 0.3)
    region = rng.choice(["North", "South"], count)
    return members, pd.DataFrame({"team": team, "region": region, "customer_id": [f"c{row}" for row in range(count)]})


def test_a_quick_win_has_one_owner_a_certain_loss_and_few_places(places: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    impact = pd.DataFrame(
        {"topic": ["T02", "T01", "T03"], "value": [-3.0, -2.0, -1.0], "low": [-4.0] * 3, "high": [-1.0, -0.5, 0.5]}
    )
    found = quick_wins(*places, owners_of(TOPICS.assign(owner=["Ann", "Bo", "Cy"])), impact).set_index("topic")
    assert found.index.tolist() == ["T02", "T01"], "a loss that may be none is no win at hand"
    assert found.loc["T01", ["owner", "place", "where", "quick"]].tolist() == ["Ann", "team", "Birch", True]
    assert found.loc["T01", "spread"] == pytest.approx(0.25, abs=0.01)
    assert found.loc["T01", "lift"] == pytest.approx(4, abs=0.3)
    assert not found.loc["T02", "quick"]
    assert found.loc["T02", "spread"] > 0.9
    ownerless = quick_wins(*places, owners_of(TOPICS.assign(owner="")), impact)
    assert not ownerless["quick"].any()


@pytest.mark.slow
def test_topics_from_everywhere_are_rarely_called_narrow() -> None:
    rng = np.random.default_rng(8)
    impact = pd.DataFrame({"topic": [f"T{k}" for k in range(10)], "value": -1.0, "low": -2.0, "high": -0.5})
    routes = pd.DataFrame({"topic": impact["topic"], "name": "x", "owner": "Ann"})
    wrong = 0
    for _ in range(100):
        rows = pd.DataFrame({"team": rng.choice(list("abcdefgh"), 600), "region": rng.choice(list("xyz"), 600)})
        members = pd.DataFrame(rng.random((600, 10)) < 0.08, columns=impact["topic"].tolist())
        wrong += quick_wins(members, rows, routes, impact)["quick"].any()
    assert wrong <= 5


def notes_of(count: int, seed: int, **chances: tuple[float, float, float]) -> tuple[pd.DataFrame, ...]:
    """Notes, 30 % escalated, 20 % of customers who left; chances of a topic on others, escalated, left."""
    rng = np.random.default_rng(seed)
    escalated, left = rng.random(count) < 0.3, rng.random(count) < 0.2
    chance = np.array(list(chances.values()))
    share = np.where(escalated[:, None], chance[:, 1], np.where(left[:, None], chance[:, 2], chance[:, 0]))
    members = pd.DataFrame(rng.random((count, len(chances))) < share, columns=list(chances))
    return members, pd.DataFrame({"customer_id": [f"c{k}" for k in range(count)]}), escalated, pd.Series(left)


def test_what_escalations_are_about_and_whether_leaving_is_about_the_same() -> None:
    found = escalation_reasons(
        *notes_of(4_000, 1, a=(0.1, 0.4, 0.1), b=(0.1, 0.1, 0.3), c=(0.2, 0.2, 0.2), d=(0.1, 0.3, 0.3))
    )
    table = found.table.set_index("topic")
    assert table["verdict"].to_dict() == {"a": "more", "d": "more", "c": "cannot tell", "b": "less"}
    # The others hold those who left, of whom 30 % say b: 14 % of all others.
    assert table.loc[["b", "d", "c"], "left_verdict"].tolist() == ["more", "more", "cannot tell"]
    assert found.shared == ("d",)
    assert table.index[:2].tolist() == ["a", "d"]
    assert table.loc["a", "change"] == pytest.approx(0.3, abs=0.04)
    assert table["covers"].is_monotonic_increasing
    assert table.loc["a", "covers"] == pytest.approx(table.loc["a", "share"])
    # 1 - 0.6 * 0.7 for either of the first two.
    assert table.loc["d", "covers"] == pytest.approx(0.58, abs=0.04)
    assert found.overlap_low < found.overlap < found.overlap_high < 1


def test_what_is_not_known_yet_counts_on_neither_side() -> None:
    members, notes, escalated, left = notes_of(1_000, 2, a=(0.1, 0.2, 0.3), b=(0.2, 0.2, 0.2))
    half = left.astype(object).where(np.arange(1_000) < 500, None)
    found = escalation_reasons(members, notes, escalated, half)
    assert found.left == left[:500].sum()
    alone = escalation_reasons(members, notes, escalated)
    assert (alone.left, alone.shared) == (0, ())
    assert np.isnan(alone.overlap)
    assert "left_n" not in alone.table


def test_who_left_after_a_note() -> None:
    notes = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d", None, "a"],
            "answered_at": pd.to_datetime(
                ["2026-01-10", "2026-01-10", "2026-01-10", "2026-06-01", "2026-01-10", "2026-04-01"]
            ),
        }
    )
    closed = pd.to_datetime(["2026-03-01", "2026-12-01", None, None])
    customers = pd.DataFrame({"customer_id": list("abcd"), "closed_on": closed})
    found = left_within(notes, customers, dt.datetime(2026, 10, 4))
    # Left within 180 days; later; never; not known yet; no account; written after it had left.
    assert found.tolist() == [True, False, False, None, None, None]
    with pytest.raises(TableError, match="closed_on"):
        left_within(notes, customers.drop(columns="closed_on"), dt.datetime(2026, 10, 4))


@pytest.mark.slow
@pytest.mark.parametrize("is_alike", [True, False])
def test_the_interval_of_the_overlap_holds_the_truth(is_alike: bool) -> None:
    """Also where both are about the very same, at the end of the scale: percentiles would hold that in none."""
    first = np.array([0.3, 0.1, 0.15, 0.05, 0.1])
    second = first if is_alike else np.array([0.1, 0.1, 0.15, 0.05, 0.25])
    truth = np.minimum(first / first.sum(), second / second.sum()).sum()
    rng = np.random.default_rng(3)
    held, trials = 0, 60
    for trial in range(trials):
        members = pd.DataFrame(np.vstack([rng.random((250, 5)) < first, rng.random((120, 5)) < second]))
        escalated = np.arange(370) < 250
        found = escalation_reasons(
            members, pd.DataFrame(index=range(370)), escalated, pd.Series(~escalated), seed=trial
        )
        held += found.overlap_low <= truth <= found.overlap_high
    assert held >= 53


@pytest.mark.slow
def test_the_interval_of_a_share_of_revenue_holds_the_truth() -> None:
    """Accounts pay very different amounts (lognormal): 94.5-98.5 % were seen."""
    rng = np.random.default_rng(1)
    for n, spread, chance in ((60, 1.0, 0.05), (150, 1.5, 0.2), (400, 1.2, 0.5)):
        pays = np.exp(spread * rng.standard_normal(20_000))
        says = rng.random(20_000) < chance
        truth = pays[says].sum() / pays.sum()
        held = 0
        for _ in range(400):
            rows = rng.choice(20_000, n, replace=False)
            found = shares(pd.DataFrame({"t": says[rows]}), weight=pays[rows]).iloc[0]
            held += found["low"] <= truth <= found["high"]
        assert held / 400 > 0.925, (n, spread, chance, held / 400)
