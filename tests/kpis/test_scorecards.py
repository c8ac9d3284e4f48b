"""The scorecard: attributes from the customers table, filters, what is missing and why, one account of chance."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import false_discovery_control

from cxlab.errors import ParameterError, TableError
from cxlab.kpis import unheard
from cxlab.kpis.accounts import attach
from cxlab.kpis.definitions import DEFINITIONS
from cxlab.kpis.packs import PACKS, pack
from cxlab.kpis.scorecards import scorecard, trend
from cxlab.kpis.survey import nps
from cxlab.kpis.targets import targets_of
from cxlab.periods import Period
from cxlab.tables.canonical import TABLES

Q2 = Period.of("2026-Q2")
NOW = Period.of("2026-Q3")


def test_pack_names() -> None:
    assert {kpi for each in PACKS.values() for kpi in each.kpis} == set(DEFINITIONS)
    assert pack("exec").name == "exec" and len(pack("exec").kpis) >= 4
    others = [kpi for each in PACKS.values() if each.name != "exec" for kpi in each.kpis]
    assert sorted(others) == sorted(set(others)), "a KPI with two homes would be told apart from chance in two families"
    assert all(set(each.tables) <= set(TABLES) for each in PACKS.values())
    with pytest.raises(ParameterError, match="Did you mean 'exec'"):
        pack("excec")


# --- attach --------------------------------------------------------------------------------------------------------
ROWS = pd.DataFrame({"customer_id": ["a", "b", "x", None], "score": [1.0, 2.0, 3.0, 4.0]})
ACCOUNTS = pd.DataFrame({"customer_id": ["a", "b", "c"], "region": ["N", "S", "N"], "plan": ["p", "q", "p"]})


@pytest.mark.parametrize("engine", ["pandas", "polars", "lazy", "duckdb"])
def test_attributes_of_the_account_are_added_on_the_tables_own_engine(engine: str) -> None:
    connection = duckdb.connect()
    put = {
        "pandas": lambda frame: frame,
        "polars": pl.from_pandas,
        "lazy": lambda frame: pl.from_pandas(frame).lazy(),
        "duckdb": connection.from_df,
    }[engine]
    given = put(ROWS)
    joined = attach(given, put(ACCOUNTS), ["region"])
    assert type(joined) is type(given)
    frame = {"polars": lambda t: t.to_pandas(), "lazy": lambda t: t.collect().to_pandas(), "duckdb": lambda t: t.df()}
    found = frame.get(engine, lambda t: t)(joined).sort_values("score", ignore_index=True)
    assert found["score"].tolist() == [1, 2, 3, 4]
    assert found["region"].fillna("-").tolist() == ["N", "S", "-", "-"] and "plan" not in found


def test_what_the_table_says_itself_is_kept() -> None:
    own = ROWS.assign(region="mine")
    assert attach(own, ACCOUNTS, ["region"]) is own
    assert attach(own, None, ["region"]) is own


def test_a_lazy_table_takes_an_eager_customers_table() -> None:
    joined = attach(pl.from_pandas(ROWS).lazy(), pl.from_pandas(ACCOUNTS), ["plan"]).collect()
    assert joined.height == 4 and "plan" in joined.columns


@pytest.mark.parametrize(
    "table, customers, column",
    [(ROWS, None, "region"), (ROWS, ACCOUNTS, "continent"), (ROWS[["score"]], ACCOUNTS, "region")],
)
def test_nobody_knows_the_attribute(table: pd.DataFrame, customers: pd.DataFrame | None, column: str) -> None:
    with pytest.raises(TableError, match=f"neither its table nor the customers table says {column}"):
        attach(table, customers, [column])


# --- scorecard -----------------------------------------------------------------------------------------------------
def test_the_whole_company(tables: dict) -> None:
    card = scorecard(tables, Q2)
    assert card.now["kpi"].tolist() == list(PACKS["exec"].kpis)
    assert card.missing.empty and len(card.changes) == len(card.year_changes) == len(PACKS["exec"].kpis)
    assert card.changes["before"].unique() == ["2026-Q1"] and card.year_changes["before"].unique() == ["2025-Q2"]
    alone = nps(tables["responses"], Q2, cluster="customer_id", min_n=5)
    pd.testing.assert_frame_equal(card.now.iloc[:1].reset_index(drop=True), alone)


def test_groups_stand_below_the_company(tables: dict) -> None:
    """Groups come from the customers table, where a table does not say them itself."""
    bare = {name: frame.drop(columns="region") if name == "responses" else frame for name, frame in tables.items()}
    card = scorecard(bare, Q2, "region", kpis=["nps", "reopen_rate"])
    rows = card.now[card.now["kpi"] == "nps"]
    assert rows["region"].tolist()[0] == "all" and set(rows["region"][1:].dropna()) == {"North", "South"}
    assert rows["n"].iloc[1:].sum() == rows["n"].iloc[0]
    assert set(card.changes.columns) >= {"region", "verdict", "margin", "smallest_detectable"}
    same = scorecard(tables, Q2, ("region",), kpis=["nps", "reopen_rate"])
    pd.testing.assert_frame_equal(card.now, same.now)


def test_chance_is_reckoned_with_over_all_that_is_shown(tables: dict) -> None:
    """q is Benjamini-Hochberg within each of the two families, whose sizes are told."""
    card = scorecard(tables, Q2, "region", kpis=["nps", "csat", "ces", "response_rate", "churn_rate", "reopen_rate"])
    first, others = card.families
    company = card.changes["region"].eq("all")
    one = card.changes.loc[company].dropna(subset=["p"])
    rest = pd.concat([card.changes.loc[~company], card.year_changes]).dropna(subset=["p"])
    assert (first, others) == (len(one), len(rest)) and first == 6 and others > 10
    for family in (one, rest):
        assert np.allclose(family["q"], false_discovery_control(family["p"]), atol=1e-12)
        moved = family["verdict"].str.startswith("moved")
        assert (family.loc[moved, "q"] <= 0.04).all()


def test_a_filter_keeps_one_part(tables: dict) -> None:
    card = scorecard(tables, Q2, kpis=["nps", "churn_rate"], where={"region": "North"})
    north = {name: frame[frame["region"] == "North"] for name, frame in tables.items()}
    pd.testing.assert_frame_equal(card.now, scorecard(north, Q2, kpis=["nps", "churn_rate"]).now)


def test_a_filter_that_nobody_knows_is_refused_with_the_near_one(tables: dict) -> None:
    with pytest.raises(ParameterError, match=r"'Nroth' is not a known region. Did you mean 'North'"):
        scorecard(tables, Q2, where={"region": "Nroth"})
    with pytest.raises(ParameterError, match="continent"):
        scorecard(tables, Q2, where={"continent": "Asia"})


def test_small_groups_are_hidden(tables: dict) -> None:
    card = scorecard(tables, Q2, "parent", kpis=["nps"], min_n=8)
    small = card.now["n"] < 8
    assert small.any() and card.now.loc[small, "value"].isna().all() and card.now.loc[~small, "value"].notna().all()


def test_a_project_that_has_only_responses_says_what_is_missing(tables: dict) -> None:
    card = scorecard({"responses": tables["responses"]}, Q2)
    assert card.now["kpi"].tolist() == ["nps", "csat", "ces", "enps", "review_rating"]
    why = card.missing.set_index("kpi")["why"]
    assert why["resolution_time"] == "there is no tickets table"
    assert why["retention_rate"] == "there is no customers table"
    assert len(why) == 5 and set(card.missing.columns) == {"kpi", "name", "why"}


def test_no_tables_at_all() -> None:
    card = scorecard({}, Q2, "region")
    assert (
        len(card.missing) == len(PACKS["exec"].kpis)
        and card.now.empty
        and card.changes.empty
        and sum(card.families) == 0
    )


def test_reasons_name_the_column_or_the_count(tables: dict) -> None:
    few = tables["responses"][tables["responses"]["survey"] == "ces"].dropna(subset=["score"])
    few = few[few["answered_at"].between("2026-04-01", "2026-06-30")].head(3)
    lacking = {"responses": few, "tickets": tables["tickets"].drop(columns="reopened")}
    why = scorecard(lacking, Q2, kpis=["nps", "ces", "reopen_rate"]).missing.set_index("kpi")["why"]
    assert why["nps"] == "nothing to count in 2026-Q2"
    assert why["ces"] == "only 3 in 2026-Q2; fewer than 5 are not shown"
    assert "reopen_rate needs reopened" in why["reopen_rate"]


def test_groups_that_a_table_does_not_know_leave_the_companys_row(tables: dict) -> None:
    card = scorecard({"responses": tables["responses"].drop(columns="parent")}, Q2, "parent", kpis=["nps"])
    assert card.now["parent"].tolist() == ["all"] and card.now["value"].notna().all()
    assert any("shown for the company only" in remark for remark in card.remarks)


def test_another_scale_a_year_ago_takes_only_the_comparison_away(tables: dict) -> None:
    """Two scales within the period of a year ago: that side cannot be computed; today's value can."""
    rows = tables["responses"].copy()
    old = rows["survey"].eq("csat") & rows["answered_at"].between("2025-04-01", "2025-05-01")
    rows.loc[old, "scale_high"] = 7.0
    card = scorecard({"responses": rows}, Q2, kpis=["csat"])
    assert card.now["value"].notna().all() and card.missing.empty
    assert card.changes["change"].notna().all() and card.year_changes["verdict"].tolist() == ["cannot tell"]
    assert any("not compared with 2025-Q2" in remark for remark in card.remarks)


def test_relational_nps_is_preferred_and_that_is_said(tables: dict) -> None:
    rows = tables["responses"].assign(
        kind=np.where(np.arange(len(tables["responses"])) % 2, "relational", "transactional")
    )
    card = scorecard({"responses": rows}, Q2, kpis=["nps", "csat"])
    by_hand = nps(rows[rows["kind"] == "relational"], Q2, cluster="customer_id")
    assert card.now["value"][0] == by_hand["value"][0]
    assert any("Net Promoter Score is that of relational surveys" in remark for remark in card.remarks)
    assert len(card.remarks) == 2


def test_thresholds_and_weights_of_the_company(tables: dict) -> None:
    strict = scorecard(tables, Q2, kpis=["csat"], scores={"csat": {"top": 5}})
    assert strict.now["value"][0] < scorecard(tables, Q2, kpis=["csat"]).now["value"][0]
    weighted = scorecard(tables, Q2, kpis=["nps"], weight="weight")
    assert weighted.now["n_eff"][0] < scorecard(tables, Q2, kpis=["nps"]).now["n_eff"][0]
    assert scorecard(tables, Q2, kpis=["nps"], weight="absent").now["value"].notna().all()


def test_remarks_are_said_once() -> None:
    rows = pd.DataFrame({"survey": "nps", "score": [9.0] * 9, "answered_at": pd.Timestamp("2026-05-01")})
    card = scorecard({"responses": rows.assign(scale_low=1.0, scale_high=10.0, g="a")}, Q2, "g", kpis=["nps"])
    assert [remark for remark in card.remarks if "1-10" in remark] == card.remarks[:1]


def test_trend(tables: dict) -> None:
    frame = trend(tables, ["nps", "resolution_time"], Q2.trail(4))
    assert frame["period"].tolist() == ["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"] * 2
    assert frame.iloc[3]["value"] == scorecard(tables, Q2, kpis=["nps"]).now["value"][0]
    assert trend({"responses": tables["responses"]}, "exec", Q2.trail(2))["kpi"].nunique() == 5
    assert trend({}, ["nps"], Q2.trail(2)).empty
    with pytest.raises(ParameterError, match="not a known KPI"):
        trend(tables, ["npss"], [Q2])


def test_a_trend_takes_from_a_scorecard_what_that_holds(tables: dict) -> None:
    card = scorecard(tables, Q2, "region", kpis=["nps", "retention_rate"])
    fresh = trend(tables, ["nps", "retention_rate"], Q2.trail(6))
    pd.testing.assert_frame_equal(trend(tables, ["nps", "retention_rate"], Q2.trail(6), known=card), fresh)
    by_group = trend(tables, ["nps"], Q2.trail(2), "region")
    assert set(by_group["region"].dropna()) == {"all", "North", "South"}


def test_tables_beside_are_filtered_and_grouped_alike(tables: dict) -> None:
    card = scorecard(tables, Q2, "region", kpis=["contact_rate"], where={"region": "North"})
    north = {
        name: frame[frame["region"] == "North"] for name, frame in tables.items() if name in ("customers", "tickets")
    }
    by_hand = DEFINITIONS["contact_rate"].function(north["customers"], Q2, tickets=north["tickets"], min_n=5)
    assert card.now["value"].tolist() == pytest.approx([by_hand["value"][0]] * 2)


def test_people_are_no_nameless_group_where_customers_attributes_say_nothing(tables: dict) -> None:
    staff = tables["responses"].assign(region=None).query("survey == 'enps'")
    card = scorecard({"responses": staff}, Q2, "region", kpis=["enps"])
    assert card.now["region"].tolist() == ["all"]


def test_a_cohort_is_shown_when_its_time_is_over(tables: dict) -> None:
    card = scorecard(tables, Q2, kpis=["onboarding_completion"])
    by_hand = DEFINITIONS["onboarding_completion"].function(
        tables["milestones"], Q2, customers=tables["customers"], dated="end", min_n=5
    )
    assert card.now["value"][0] == by_hand["value"][0] and card.now["n"][0] == by_hand["n"][0]


def test_a_change_that_silence_could_have_made_is_taken_back(tables: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge is replaced: tests/kpis/test_who_answers.py shows when it speaks."""
    rows = tables["responses"].query("survey == 'nps'").copy()
    rows.loc[rows["answered_at"] >= Q2.start, "score"] = 10.0
    told = scorecard({"responses": rows}, Q2, kpis=["nps"])
    assert told.changes["verdict"][0] == "moved up" and not told.answers
    monkeypatch.setattr(unheard, "who_answers", lambda *given, **options: "judge")
    monkeypatch.setattr(
        unheard, "downgrade", lambda frame, judges: frame.assign(verdict="cannot tell", why="they could have made it")
    )
    taken = scorecard({"responses": rows}, Q2, kpis=["nps"], silence=True)
    assert taken.changes["verdict"][0] == "cannot tell" and taken.answers == {"nps": "judge"}
    assert any("is not counted as one, they could have made it" in remark for remark in taken.remarks)


# --- targets -------------------------------------------------------------------------------------------------------
def test_the_nearest_target_of_the_company_holds() -> None:
    targets = pd.DataFrame(
        {
            "kpi": ["nps", "nps", "nps", "csat", "csat", "ces"],
            "value": [30, 35, 40, 0.8, 0.9, 0.7],
            "period": [None, "2026", "2026-Q2", None, None, "2025"],
            "region": [None, None, None, None, "North", None],
            "owner": ["a"] * 6,
        }
    )
    assert targets_of(targets, Q2) == {"nps": 40, "csat": 0.8}
    assert targets_of(targets, Period.of("2026-Q3"))["nps"] == 35
    assert targets_of(targets, Period.of("2024-Q3"))["nps"] == 30
    assert targets_of(None, Q2) == {} and targets_of(targets[:0], Q2) == {}
    assert targets_of(targets[["kpi", "value"]][3:4], Q2) == {"csat": 0.8}


# --- how far the data reach ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_of", [None, "2026-10-04T08:00:00", "2026-09-25"])
def test_a_period_that_the_data_cover_has_its_retention(tables: dict, as_of: str | None) -> None:
    card = scorecard(tables, NOW, kpis=("retention_rate",), as_of=as_of)
    assert len(card.now) == 1 and not any("is not over" in remark for remark in card.remarks)


def test_nobody_is_called_retained_before_the_period_is_over(tables: dict) -> None:
    card = scorecard(tables, NOW, kpis=("nps", "retention_rate", "churn_rate"), as_of="2026-08-20")
    assert list(card.missing["kpi"]) == ["retention_rate", "churn_rate"] and list(card.now["kpi"].unique()) == ["nps"]
    told = f"{NOW} is not over in the data, which end on 20 August 2026; its figures will still change."
    assert told in card.remarks and card.missing["why"].iloc[0] + "." == told
