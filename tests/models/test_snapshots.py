"""Snapshots: customers as known when a period began, the one label, and what is left out and why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import cxlab as cx
from cxlab import cli
from cxlab.demo import truths
from cxlab.demo.accounts import make_accounts, plan_journeys
from cxlab.demo.history import live_through
from cxlab.errors import ParameterError, TableError
from cxlab.kpis.retention import churn_rate
from cxlab.models.features import customer_features
from cxlab.models.snapshots import UNDATED, Snapshots, snapshots
from cxlab.periods import Period

Q1, Q2, Q3, Q4 = (Period.of(f"2026-Q{number}") for number in range(1, 5))


def days(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts), format="ISO8601")).astype("datetime64[us]")


def company() -> dict[str, pd.DataFrame]:
    """a stays. b leaves in Q1, c on the first day of Q2 (so in Q2), d is won in Q1 and leaves in Q3, e is won in Q3."""
    customers = pd.DataFrame(
        {
            "customer_id": list("bacde"),
            "signed_on": days("2025-01-01", "2025-01-01", "2025-06-01", "2026-02-01", "2026-08-01"),
            "closed_on": days("2026-03-31", None, "2026-04-01", "2026-09-30", None),
            "plan": ["Basic", "Plus", "Basic", "Plus", "Plus"],
        }
    )
    tickets = pd.DataFrame(
        {
            "customer_id": list("aabdc"),
            "opened_at": days("2025-09-01", "2026-06-30", "2025-12-31", "2026-09-29", "2026-01-05"),
            "resolved_at": days("2025-09-02", "2026-07-10", None, None, "2026-01-06"),
        }
    )
    return {"customers": customers, "tickets": tickets}


@pytest.fixture(scope="module")
def found() -> Snapshots:
    """Of the company above, three quarters, asked for in disorder."""
    return snapshots(company(), [Q3, Q1, Q2, Q2])


def test_rows_and_label_by_hand(found: Snapshots) -> None:
    assert found.dated and found.periods == ["2026-Q1", "2026-Q2", "2026-Q3"]
    assert found.customer.tolist() == list("abc") + list("acd") + list("ad")
    assert found.period.tolist() == ["2026-Q1"] * 3 + ["2026-Q2"] * 3 + ["2026-Q3"] * 2
    assert found.left.tolist() == [False, True, False, False, True, False, False, True]
    assert found.left.dtype == bool and found.features.index.tolist() == list(range(8))
    assert found.features["open_tickets"].tolist() == [0, 1, 0, 0, 0, 0, 1, 0]
    assert found.features["plan"].tolist() == ["Plus", "Basic", "Basic", "Plus", "Basic", "Plus", "Plus", "Plus"]
    assert list(found.meaning) == list(found.features) == list(found.families) == list(found.units)
    assert found.meaning["open_tickets"] == "cases open" and found.families["open_tickets"] == "support"


def test_every_row_is_what_was_known_when_its_period_began(found: Snapshots) -> None:
    for period in (Q1, Q3):
        part = found.only(period.label)
        then = customer_features(company(), period).frame
        assert part.customer.tolist() == then.index.tolist() and set(part.period) == {period.label}
        known = part.features.set_index(part.customer).dropna(axis=1, how="all")
        pd.testing.assert_frame_equal(known, then[known.columns], check_names=False, check_index_type=False)


def test_the_label_is_that_of_the_churn_rate(found: Snapshots) -> None:
    for period in (Q1, Q2, Q3):
        rate = churn_rate(company()["customers"], period).iloc[0]
        part = found.only(period.label)
        assert (len(part.left), part.left.mean()) == (rate["n"], rate["value"])


def test_later_events_change_labels_only() -> None:
    tables = company()
    expected = snapshots(tables, [Q1, Q2])
    tables["tickets"] = tables["tickets"].assign(
        resolved_at=tables["tickets"]["resolved_at"].where(tables["tickets"]["resolved_at"] < Q2.start, None)
    )
    tables["customers"]["closed_on"] = days("2026-01-01", None, None, "2026-09-30", None)
    found = snapshots(tables, [Q1, Q2])
    first = expected.period == "2026-Q1"
    pd.testing.assert_frame_equal(found.features[first], expected.features[first])
    assert found.left[found.period == "2026-Q2"].sum() == 0 and expected.left.sum() == 2


def test_periods_that_cannot_be_learnt_from_are_left_out_and_named() -> None:
    """The data end on September 30; nobody had left before 2026; tickets begin on September 1, 2025."""
    asked = [Period.of("2025-Q3"), Period.of("2025-Q4"), Q1, Q2, Q3, Q4]
    found = snapshots(company(), asked)
    assert found.periods == ["2026-Q1", "2026-Q2", "2026-Q3"]
    text = "\n".join(found.remarks)
    for label in ("2025-Q3", "2025-Q4"):
        assert f"{label} is left out: the first to have left, as far as is known, left on 31 March 2026." in text
    assert "2026-Q4 is left out: it is not over in the data, which end on 29 September 2026." in text
    tables = company()
    tables["tickets"]["opened_at"] = tables["tickets"]["opened_at"].clip(lower=pd.Timestamp("2025-12-01"))
    found = snapshots(tables, [Q1, Q2, Q3])
    assert found.periods == ["2026-Q2", "2026-Q3"]
    assert "2026-Q1 is left out: what tickets held in the 90 days before it is not known." in found.remarks
    with pytest.raises(TableError, match="no period that can be learnt from. 2026-Q4 is left out"):
        snapshots(company(), [Q4])
    with pytest.raises(ParameterError, match="not a known period"):
        found.only("2026-Q1")
    with pytest.raises(ParameterError, match="the period is"):
        snapshots(company(), ["2026-Q1"])


def test_a_table_that_covers_few_periods_gives_its_columns_up() -> None:
    visits = pd.DataFrame({"customer_id": list("aa"), "visited_at": days("2026-03-20", "2026-08-01")})
    found = snapshots(company() | {"visits": visits}, [Q1, Q2, Q3])
    assert found.periods == ["2026-Q1", "2026-Q2", "2026-Q3"] and "visits" not in found.features
    assert "The table of visits covers 1 of 3 periods only, so it gives no features." in found.remarks
    ended = company() | {"visits": visits.assign(visited_at=days("2025-06-01", "2025-07-01"))}
    assert "visits" not in snapshots(ended, [Q1, Q2, Q3]).features


def test_a_column_means_the_same_in_every_period() -> None:
    """Reports overtake sign-ins in spring; the main feature stays that of the first look."""
    usage = pd.DataFrame(
        {
            "customer_id": list("abacda"),
            "used_on": days("2025-09-15", "2025-12-01", "2026-02-01", "2026-02-02", "2026-04-03", "2026-09-29"),
            "feature": ["sign-ins", "sign-ins", "reports", "reports", "reports", "alerts"],
            "value": 2.0,
        }
    )
    found = snapshots(company() | {"usage": usage}, [Q1, Q2, Q3])
    assert found.meaning["main_use"] == "sign-ins in the last 30 days" and found.options["features"] == ("sign-ins",)
    assert found.features["use_of_sign_ins"].tolist() == [0, 2, 0, 0, 0, 0, 0, 0]
    now = found.at(company() | {"usage": usage}, "2026-10-01")
    assert now.frame.index.tolist() == ["a", "e"] and list(now.frame) == list(found.features)
    assert now.frame["use_of_sign_ins"].tolist() == [0, 0] and now.frame["use"].tolist() == [2, 0]


def test_a_column_that_begins_later_keeps_its_type() -> None:
    steps = pd.DataFrame(
        {"customer_id": list("aa"), "journey": "onboarding", "milestone": ["kick-off", "first value"],
         "started_at": days("2025-09-01", "2026-02-01"), "due_at": days("2025-09-02", "2026-02-10"),
         "reached_at": days("2025-09-02", "2026-09-29")}
    )  # fmt: skip
    found = snapshots(company() | {"milestones": steps}, [Q1, Q2])
    assert found.features["first_value_late"].dtype == "boolean"
    assert found.features["first_value_late"].isna().tolist() == [True] * 3 + [False, True, True]


def test_tables_without_dates_do_not_enter() -> None:
    """Entitlements often know of today's customers only: a gap in them would tell who left."""
    granted = pd.DataFrame({"customer_id": ["a"], "feature": ["x"], "entitled": [True]})
    usage = pd.DataFrame({"customer_id": list("ab"), "used_on": days("2025-09-01", "2026-09-29"), "feature": "x"})
    found = snapshots(company() | {"entitlements": granted, "usage": usage}, [Q1, Q2])
    assert "entitled_used" not in found.features
    assert any("entitlements bears no date" in sentence for sentence in found.missing)


def test_options_are_those_of_the_features() -> None:
    with pytest.raises(ParameterError, match="'only_active' is not a known option"):
        snapshots(company(), [Q1], only_active=False)
    found = snapshots(company(), [Q1, Q2, Q3], recent_days=30)
    assert found.meaning["tickets"] == "cases opened in the last 30 days" and found.options["recent_days"] == 30


def test_what_says_who_left() -> None:
    with pytest.raises(TableError, match="need the customers table"):
        snapshots({"tickets": company()["tickets"]}, [Q1])
    undated = company()["customers"].drop(columns="closed_on")
    with pytest.raises(TableError, match="closed_on"):
        snapshots({"customers": undated}, [Q1])
    with pytest.raises(TableError, match="knows of nobody who left"):
        snapshots({"customers": undated.assign(closed_on=pd.NaT)}, [Q1])
    flagged = undated.assign(closed_on=pd.NaT, churned=[True, False, True, False, None])
    found = snapshots({"customers": flagged}, [Q1])
    assert not found.dated and found.left.tolist() == [False, True, True, False]


def test_only_customers_with_dates_is_enough() -> None:
    found = snapshots({"customers": company()["customers"]}, [Q1, Q2, Q3])
    assert list(found.features) == ["plan", "tenure"] and found.left.sum() == 3
    assert "There is no table of tickets" in " ".join(found.missing)


def test_an_undated_flag_gives_one_cross_section_of_attributes() -> None:
    customers = pd.DataFrame(
        {
            "customer_id": list("dcba"),
            "signed_on": days("2025-01-01", "2025-01-01", "2025-01-01", "2025-01-01"),
            "churned": pd.array([True, False, None, False], dtype="boolean"),
            "plan": ["Basic", "Plus", "Plus", "Basic"],
            "churn_score": [90, 10, 20, 30],
        }
    )
    exits = pd.DataFrame({"customer_id": ["d", "a"], "journey": "exit", "reached_at": days("2025-05-01", "2025-06-01")})
    found = snapshots({"customers": customers, "milestones": exits, "tickets": company()["tickets"]}, [Q1])
    assert found.customer.tolist() == list("acd") and found.left.tolist() == [False, False, True]
    assert list(found.features) == ["plan"] and set(found.period) == {UNDATED} and not found.dated
    text = " ".join(found.remarks)
    assert "Nothing says when the 1 customer flagged as gone left" in text and "By its name churn_score" in text
    assert "a day for 2 customers, 1 have the flag; 1 are in both, so the two do not agree" in text
    there = found.at({"customers": customers}, "2026-01-01")
    assert there.frame.index.tolist() == ["a", "c"] and list(there.frame) == ["plan"]


@pytest.mark.slow
def test_engines_agree(found: Snapshots) -> None:
    duckdb = pytest.importorskip("duckdb")
    expected = found

    def relation(frame: pd.DataFrame) -> object:
        return duckdb.from_arrow(pl.from_pandas(frame).to_arrow())

    for engine in (pl.from_pandas, lambda frame: pl.from_pandas(frame).lazy(), relation):
        found = snapshots({name: engine(table) for name, table in company().items()}, [Q1, Q2, Q3])
        pd.testing.assert_frame_equal(found.features, expected.features)
        assert found.left.equals(expected.left) and found.remarks == expected.remarks


def test_telco_is_one_cross_section(shared_data: Path) -> None:
    telco = pd.read_csv(shared_data / "telco-churn/Telco-Customer-Churn.csv", dtype=str)
    telco = telco.rename(columns={"customerID": "customer_id", "Churn": "churned"})
    telco["churned"] = telco["churned"].eq("Yes")
    found = snapshots({"customers": telco}, [Q1])
    assert (len(found.left), int(found.left.sum()), found.dated) == (7043, 1869, False)
    assert len(found.features.columns) == 19 and found.units["Contract"] == "kind" and found.units["tenure"] == "number"
    assert found.features["TotalCharges"].isna().sum() == 11 and found.features["Partner"].dtype == "boolean"


def test_ravenstack_contradicts_itself_and_is_told(shared_data: Path) -> None:
    folder = shared_data / "ravenstack-saas"
    accounts = pd.read_csv(folder / "ravenstack_accounts.csv").rename(
        columns={"account_id": "customer_id", "signup_date": "signed_on", "churn_flag": "churned", "plan_tier": "plan"}
    )
    exits = pd.read_csv(folder / "ravenstack_churn_events.csv").rename(
        columns={"account_id": "customer_id", "churn_date": "reached_at"}
    )
    found = snapshots({"customers": accounts, "milestones": exits.assign(journey="exit")}, [Q1])
    assert not found.dated and (len(found.left), int(found.left.sum())) == (500, 110)
    assert any("for 352 customers, 110 have the flag; 75 are in both" in remark for remark in found.remarks)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company at a fifth of its size, through the loader with all its dirt."""
    root = tmp_path_factory.mktemp("sample")
    assert cli.main(["demo", "--root", str(root), "--scale", "0.2"]) == 0
    assert cli.main(["load", "--root", str(root)]) == 0
    return root


@pytest.mark.slow
def test_what_was_planted_is_in_the_features(sample: Path) -> None:
    """The five conditions that the sample company's leaving depends on are there, account by account."""
    accounts = make_accounts(truths.SEED, round(0.2 * truths.ACCOUNTS))
    states = live_through(truths.SEED, accounts, plan_journeys(truths.SEED, accounts)).states
    tables = {name: cx.load(name, root=sample) for name in cx.table_names(sample)}
    found = snapshots(tables, Period.of("2026-Q3").trail(8))
    assert found.periods == list(truths.QUARTERS[-7:])
    assert "2024-Q4 is left out: what usage held in the 90 days before it is not known." in found.remarks
    assert "The table of visits covers 3 of 8 periods only, so it gives no features." in found.remarks
    features = found.features
    mine = pd.DataFrame(
        {
            "open_tickets": features["open_tickets"].clip(upper=truths.MAX_OPEN_TICKETS),
            "low_usage": features["main_use_per_seat"] < truths.LOW_USAGE,
            "late_onboarding": features["first_value_late"].fillna(False),
            "renewal_due": features["renewal_due"].fillna(False),
            "starter_plan": features["plan"] == "Starter",
        }
    ).astype(int)
    assert set(mine) == set(truths.CHURN_DRIVERS)
    for quarter in found.periods:
        there = states[quarter]["active"]
        planted = pd.DataFrame(states[quarter], index=accounts["customer_id"])[there].sort_index()
        rows = (found.period == quarter).to_numpy()
        known = pd.Index(found.customer[rows])
        assert len(known.intersection(planted.index)) >= 0.99 * len(planted)
        planted = planted.reindex(known).dropna()
        at = mine[rows].set_index(known).loc[planted.index]
        for name in mine:
            assert np.mean(at[name] == planted[name]) >= 0.97, (quarter, name)
            assert abs(at[name].mean() - planted[name].mean()) < 0.01, (quarter, name)


@pytest.mark.slow
def test_the_sample_company_on_its_own_engine(sample: Path) -> None:
    periods = Period.of("2026-Q3").trail(2)
    names = cx.table_names(sample)
    expected = snapshots({name: cx.load(name, root=sample) for name in names}, periods)
    found = snapshots({name: cx.scan(name, root=sample) for name in names}, periods)
    pd.testing.assert_frame_equal(found.features, expected.features)
    assert found.left.equals(expected.left) and found.remarks == expected.remarks
    assert len(expected.features.columns) > 50
