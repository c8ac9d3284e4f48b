"""Employees: small groups are pooled, and nobody can subtract their way back to them; teams against customers."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from cxlab.errors import TableError
from cxlab.kpis.people import engagement, enps
from cxlab.kpis.people_link import CANNOT_TELL, OPPOSITE, TOGETHER_UP, WARNING, engagement_by_team, engagement_link
from cxlab.kpis.survey import nps
from cxlab.periods import Period
from cxlab.stats.suppression import TOGETHER

Q3 = Period.of("2026-Q3")
POOLED = "small groups together"


def staff(sizes: dict[str, int], score: float = 9.0, survey: str = "enps") -> pd.DataFrame:
    rows = [(f"{team}{place}", team) for team, size in sizes.items() for place in range(size)]
    return pd.DataFrame(rows, columns=["respondent_id", "team"]).assign(
        response_id=lambda frame: frame["respondent_id"],
        survey=survey,
        answered_at=pd.Timestamp("2026-08-10"),
        score=score,
        scale_low=0.0 if survey == "enps" else 1.0,
        scale_high=10.0 if survey == "enps" else 5.0,
    )


def test_enps_by_hand() -> None:
    """Six promoters, two passives, two detractors of ten."""
    rows = staff({"Ash": 10}).assign(score=[10, 9, 9, 10, 9, 10, 7, 8, 6, 0])
    assert enps(rows, Q3)["value"][0] == pytest.approx(40) and enps(rows, Q3)["n"][0] == 10
    five_points = rows.assign(score=4.0, scale_low=1.0, scale_high=5.0)
    with pytest.raises(TableError, match="0-10"):
        enps(five_points, Q3)


def test_one_small_group_takes_the_next_smallest_along() -> None:
    """Bay alone could be had by subtraction from the company's ten plus; Elm, the next smallest, is pooled with it."""
    frame = enps(staff({"Ash": 20, "Bay": 3, "Elm": 7, "Oak": 12}), Q3, "team")
    assert frame.set_index("team")["n"].to_dict() == {"Ash": 20, "Oak": 12, POOLED: 10}
    assert enps(staff({"Ash": 20, "Bay": 3, "Elm": 2}), Q3, "team").set_index("team")["n"].to_dict() == {
        "Ash": 20,
        POOLED: 5,
    }


@pytest.mark.parametrize("seed", range(40))
def test_no_group_below_the_floor_can_be_worked_out(seed: int) -> None:
    """Random teams, by team and by team and place: what is shown and what is not both hold five people or more."""
    rng = np.random.default_rng(seed)
    sizes = {f"t{place}": int(size) for place, size in enumerate(rng.integers(1, 14, rng.integers(2, 8)))}
    rows = staff(sizes)
    rows["place"] = rng.choice(["Oslo", "Lyon"], len(rows))
    whole = enps(rows, Q3)["n"][0]
    for by in ("team", ("team", "place")):
        frame = enps(rows, Q3, by)
        shown = frame[frame["value"].notna()]
        assert (shown["n"] >= 5).all()
        assert frame["n"].sum() == whole
        hidden = whole - shown["n"].sum()
        assert hidden == 0 or hidden >= 5 or whole < 5 or shown.empty
    # A team's own total is known from the coarser table: what the finer one leaves of it is nobody or five and more.
    by_team = enps(rows, Q3, "team").set_index("team")["n"]
    finer = enps(rows, Q3, ("team", "place"))
    for team, total in by_team.items():
        if team != POOLED:
            rest = (
                total
                - finer.loc[(finer["team"] == team) & (finer["place"] != POOLED) & finer["value"].notna(), "n"].sum()
            )
            assert rest == 0 or rest >= 5


def test_engagement_is_the_share_of_fours_and_fives_by_statement() -> None:
    rows = pd.concat(
        [
            staff({"Ash": 8}, survey="engagement").assign(item="tools", score=[1, 2, 3, 4, 5, 4, 2, 1]),
            staff({"Ash": 8}, survey="engagement").assign(item="purpose", score=5.0),
        ]
    )
    frame = engagement(rows, Q3, "item").set_index("item")
    assert frame["value"].to_dict() == {"purpose": 1.0, "tools": pytest.approx(3 / 8)}
    assert engagement(rows, Q3)["value"][0] == pytest.approx(11 / 16)


@pytest.mark.parametrize(("sign", "verdict"), [(1, "go together"), (-1, "go opposite ways")])
def test_teams_against_their_customers(sign: int, verdict: str) -> None:
    rng = np.random.default_rng(5)
    parts = []
    for place in range(12):
        happy = 0.1 + 0.07 * place
        pleased = happy if sign > 0 else 1 - happy
        for survey, share in (("enps", happy), ("nps", pleased)):
            scores = np.where(np.arange(60) < 60 * share, 10.0, 3.0)
            parts.append(staff({f"t{place:02}": 60}, score=rng.permutation(scores)).assign(survey=survey))
    row = engagement_link(pd.concat(parts), Q3).iloc[0]
    assert row["teams"] == 12 and row["verdict"] == verdict and "Teams are compared" in row["warning"]


def answers(survey: str, scores: list[float], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"survey": survey, "score": scores, "answered_at": pd.Timestamp("2026-08-01")}).assign(
        **columns
    )


def test_enps_ledger() -> None:
    """The same ten answers as customers' NPS: (4 - 3) / 10."""
    scores = [9, 10, 10, 9, 7, 8, 8, 0, 6, 6]
    frame = enps(answers("enps", scores), Q3)
    assert frame["value"][0] == pytest.approx(10) and frame["n"][0] == 10
    alike = nps(answers("nps", scores), Q3)
    pd.testing.assert_frame_equal(frame.drop(columns="kpi"), alike.drop(columns="kpi"))


def test_the_five_point_variant_is_refused() -> None:
    """5 would be the promoter there; declared, or plain from forty answers of which none is above 5."""
    for rows in (
        answers("enps", [5, 4], scale_low=1.0, scale_high=5.0),
        answers("enps", [5, 4, 3, 5] * 10),
        answers("enps", [5, 4, 3, 5] * 10, scale_low=np.nan, scale_high=np.nan),
    ):
        with pytest.raises(TableError, match="asked on five points"):
            enps(rows, Q3)
    with pytest.raises(TableError, match="1-10 scale; it is defined for 0-10 only"):
        enps(answers("enps", [5, 9], scale_low=1.0, scale_high=10.0), Q3)
    assert enps(answers("enps", [5, 4, 3, 5] * 10, scale_low=0.0, scale_high=10.0), Q3)["value"][0] == -100
    assert enps(answers("enps", [5, 4, 3, 5, 2]), Q3)["value"][0] == -100


TEAMS = pd.concat(
    [
        answers("enps", [9] * 6 + [0] * 4, team="Ash"),  # 20
        answers("enps", [10] * 6, team="Bay"),  # 100
        answers("enps", [0, 10, 10], team="Elm"),  # three people, 33
        answers("enps", [8] * 20, team="Fir"),  # 0
    ],
    ignore_index=True,
)


def test_small_groups_are_one_row_that_keeps_their_answers() -> None:
    """Elm has three people; alone its answers would be the company's less the others'. Bay joins: 8 promoters, 1
    detractor of 9."""
    frame = enps(TEAMS, Q3, by="team")
    assert frame["team"].tolist() == ["Ash", "Fir", TOGETHER] and frame["n"].tolist() == [10, 20, 9]
    assert frame["value"].tolist() == pytest.approx([20, 0, 100 * 7 / 9])
    alone = enps(TEAMS[TEAMS["team"].isin(["Bay", "Elm"])], Q3)
    assert frame[["value", "low", "high", "n_eff"]].iloc[2].tolist() == pytest.approx(
        alone[["value", "low", "high", "n_eff"]].iloc[0].tolist()
    )
    assert enps(TEAMS, Q3, by="team", floor=3)["team"].tolist() == ["Ash", "Bay", "Elm", "Fir"]
    assert enps(TEAMS, Q3, by="team", floor=7)["n"].tolist() == [10, 20, 9]
    assert enps(TEAMS, Q3, by="team", min_n=15)["value"].notna().tolist() == [False, True, False]


def test_a_company_below_the_floor_keeps_n_and_loses_its_value() -> None:
    few = TEAMS[TEAMS["team"] == "Elm"]
    for frame in (enps(few, Q3), enps(few, Q3, by="team")):
        assert frame["n"].tolist() == [3] and frame[["value", "low", "high"]].isna().all(axis=None)
    assert enps(few, Q3, floor=3)["value"][0] == pytest.approx(100 / 3)


def test_answers_without_a_team_are_a_group_too() -> None:
    rows = pd.concat([TEAMS, answers("enps", [10] * 7, team=None)], ignore_index=True)
    frame = enps(rows, Q3, by="team")
    assert frame["team"].isna().sum() == 1 and frame["n"].sum() == len(rows)


def test_people_are_counted_not_answers() -> None:
    """Four people who answered twice are four, below the floor; six others in another team join them."""
    rows = pd.concat(
        [
            answers("enps", [9] * 8, team="Ash", respondent_id=[f"a{place % 4}" for place in range(8)]),
            answers("enps", [9] * 6, team="Bay", respondent_id=[f"b{place}" for place in range(6)]),
            answers("enps", [9] * 9, team="Elm", respondent_id=None),
        ],
        ignore_index=True,
    )
    assert enps(rows, Q3, by="team")["team"].tolist() == ["Elm", TOGETHER]
    assert enps(rows.drop(columns="respondent_id"), Q3, by="team")["team"].tolist() == ["Ash", "Bay", "Elm"]


def statements(team: str, people: int, scores: dict[str, float]) -> pd.DataFrame:
    return pd.concat([answers("engagement", [score] * people, team=team, item=item) for item, score in scores.items()])


def test_engagement_ledger() -> None:
    """4, 5, 5, 3, 1: three of five are favourable. Two statements: each its row."""
    frame = engagement(answers("engagement", [4, 5, 5, 3, 1]), Q3)
    assert frame["value"][0] == 3 / 5 and frame["n"][0] == 5
    rows = pd.concat([statements("Ash", 6, {"tools": 5, "purpose": 1}), statements("Ash", 3, {"tools": 2})])
    items = engagement(rows, Q3, by="item").set_index("item")
    assert items["value"].to_dict() == {"tools": 6 / 9, "purpose": 0} and items["n"].to_dict() == {
        "tools": 9,
        "purpose": 6,
    }
    with pytest.raises(TableError, match="1-7 scale; it is defined for 1-5 only"):
        engagement(answers("engagement", [4], scale_low=1.0, scale_high=7.0), Q3)


def test_two_people_with_ten_statements_are_two_people() -> None:
    many = {f"s{place}": 4 for place in range(10)}
    rows = pd.concat([statements("Ash", 12, many), statements("Bay", 2, many), statements("Elm", 6, many)])
    whole, by_item = engagement(rows, Q3, by="team"), engagement(rows, Q3, by=("team", "item"))
    assert whole["team"].tolist() == ["Ash", TOGETHER] and whole["n"].tolist() == [120, 80]
    assert set(by_item["team"]) == {"Ash", TOGETHER} and len(by_item) == 20
    assert set(by_item["item"]) == set(many) and by_item["n"].sum() == 200


def test_a_statement_few_answered_takes_its_team_along() -> None:
    """Three of Ash's six answered the second statement: by statement Ash stands with Bay, on every statement alike."""
    rows = pd.concat(
        [
            statements("Ash", 6, {"tools": 4}),
            statements("Ash", 3, {"pay": 4}),
            statements("Bay", 9, {"tools": 4, "pay": 1}),
            statements("Elm", 30, {"tools": 1, "pay": 4}),
        ]
    )
    frame = engagement(rows, Q3, by=("team", "item"))
    assert set(frame["team"]) == {"Elm", TOGETHER} and len(frame) == 4
    assert "Ash" in set(engagement(rows, Q3, by="team")["team"])


def test_a_statement_that_few_answered_at_all_does_not_stand_alone() -> None:
    """Parking has three; the company's number less the others would give it, so the next smallest keeps still too."""
    rows = pd.concat(
        [
            statements("Ash", 40, {"tools": 4, "pay": 2}),
            statements("Ash", 30, {"food": 2}),
            statements("Ash", 3, {"parking": 1}),
        ]
    )
    frame = engagement(rows, Q3, by="item").set_index("item")
    assert frame["n"].to_dict() == {"food": 30, "parking": 3, "pay": 40, "tools": 40}
    assert frame["value"].notna().to_dict() == {"food": False, "parking": False, "pay": True, "tools": True}


@pytest.mark.parametrize("seed", range(25))
def test_company_region_and_team_seen_together(seed: int) -> None:
    """The attack on frames as a reader has them: company, by region, by region and team; all differences of n."""
    rng = np.random.default_rng(seed)
    teams = [(region, f"{region}{place}") for region in "NS" for place in range(rng.integers(2, 5))]
    rows = pd.concat(
        [answers("enps", list(rng.integers(0, 11, rng.integers(1, 12))), region=r, team=t) for r, t in teams],
        ignore_index=True,
    )
    whole, region = enps(rows, Q3), enps(rows, Q3, by="region")
    both = enps(rows, Q3, by=("region", "team"))
    assert both["n"].sum() == region["n"].sum() == whole["n"][0] == len(rows)
    if len(rows) >= 5:
        assert both["n"].min() >= 5 and region["n"].min() >= 5
    for row in region[region["region"] != TOGETHER].itertuples():
        rest = row.n - both.loc[both["region"] == row.region, "n"].sum()
        assert rest == 0 or rest >= 5


@pytest.mark.parametrize("kpi", [enps, engagement])
def test_kinds_and_versions_are_not_pooled(kpi) -> None:
    rows = answers(kpi.__name__, [4, 5], series=["a", "b"])
    with pytest.raises(TableError, match="would mix versions"):
        kpi(rows, Q3)


def link(pairs: dict[str, tuple[float, float]], people: int = 40) -> pd.DataFrame:
    """Teams with a share of promoters among people and among customers; the others are detractors."""
    parts = []
    for team, (ours, theirs) in pairs.items():
        for survey, share in (("enps", ours), ("nps", theirs)):
            good = round(people * share)
            parts.append(answers(survey, [10] * good + [0] * (people - good), team=team))
    return pd.concat(parts, ignore_index=True)


def test_teams_side_by_side() -> None:
    rows = pd.concat([link({"Ash": (0.5, 0.75), "Bay": (1, 0.25)}), link({"Elm": (1, 1), "Fir": (0, 0)}, people=3)])
    rows = pd.concat([rows, answers("nps", [10] * 4, team="Oak"), answers("enps", [10] * 9, team="Yew")])
    frame = engagement_by_team(rows, Q3).set_index("team")
    assert set(frame.index) == {"Ash", "Bay", TOGETHER} and np.isnan(frame.loc[TOGETHER, "nps"])
    assert frame.loc["Ash", ["enps", "nps", "enps_n", "nps_n"]].tolist() == [0, 50, 40, 40]
    assert frame.loc[TOGETHER, "enps_n"] == 6


def test_link_of_teams() -> None:
    shares = np.linspace(0.1, 0.9, 9)
    noisy = shares[[1, 0, 2, 4, 3, 5, 6, 8, 7]]
    rows = link({f"t{place}": pair for place, pair in enumerate(zip(shares, noisy, strict=True))})
    found = engagement_link(rows, Q3).iloc[0]
    assert found["teams"] == 9 and found["correlation"] == pytest.approx(spearmanr(shares, noisy).statistic)
    assert found["low"] > 0 and found["verdict"] == TOGETHER_UP and found["warning"] == WARNING
    turned = link({f"t{place}": pair for place, pair in enumerate(zip(shares, noisy[::-1], strict=True))})
    assert engagement_link(turned, Q3)["verdict"][0] == OPPOSITE
    for few in (link({"a": (0.1, 0.2), "b": (0.3, 0.4), "c": (0.5, 0.6)}), link({"a": (0.1, 0.2)}), rows.iloc[:0]):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert engagement_link(few, Q3)["verdict"][0] == CANNOT_TELL


def test_two_statements_rated_by_the_same_few_do_not_hide_each_other() -> None:
    """Three people rated both parking and food: six answers, but of three people. Pay keeps still too."""
    rows = pd.concat(
        [
            statements("Ash", 40, {"tools": 4}),
            statements("Ash", 30, {"pay": 2}),
            statements("Ash", 3, {"parking": 1, "food": 1}),
        ]
    )
    shown = engagement(rows, Q3, by="item").set_index("item")["value"].notna()
    assert shown.to_dict() == {"food": False, "parking": False, "pay": False, "tools": True}
    assert engagement(rows, Q3, by="item", floor=1)["value"].notna().all()
