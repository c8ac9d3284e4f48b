"""The audit is quiet on honest answers and sees each planted trick."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import hypergeom

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.integrity import _expected_top, _tail, score_integrity
from cxlab.periods import Period

QUARTER = Period.of("2026-Q2")
START, END = pd.Timestamp(QUARTER.start), pd.Timestamp(QUARTER.end)
COLUMNS = ["period", "check", "team", "measure", "value", "expected", "low", "high", "n", "p", "q", "verdict"]
EDGES = [-2.2, -1.9, -1.7, -1.5, -1.3, -1.0, -0.8, -0.4, 0.2, 0.7]  # of an NPS with many nines and tens


def scores(rng: np.random.Generator, n: int, pleased: float = 0.0) -> np.ndarray:
    return np.searchsorted(EDGES, rng.standard_normal(n) + pleased).astype(float)


def answers(rng: np.random.Generator, teams: dict[str, tuple[int, float]]) -> pd.DataFrame:
    """Teams with (answers a quarter, how pleased); this quarter and the one before, evenly over the days."""
    parts = []
    for team, (n, pleased) in teams.items():
        for start in (START - pd.Timedelta(days=91), START):
            when = start + pd.to_timedelta(rng.integers(0, 91 * 86400 - 1, n), unit="s")
            parts.append(pd.DataFrame({"team": team, "answered_at": when, "score": scores(rng, n, pleased)}))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(survey="nps", response_id=[f"r{place}" for place in range(len(table))])


TEAMS = {"A": (300, 0.0), "B": (300, 0.3), "C": (300, -0.2), "D": (300, 0.1), "E": (60, 0.2), "F": (9, 0.0)}


def odd(table: pd.DataFrame) -> list[tuple[str, str]]:
    named = table[table["verdict"] == "looks odd"]
    return list(zip(named["check"], named["team"], strict=True))


def this_quarter(table: pd.DataFrame, team: str) -> pd.Series:
    return (table["team"] == team) & (table["answered_at"] >= START)


def test_honest_answers_look_like_nothing() -> None:
    table = score_integrity(answers(np.random.default_rng(1), TEAMS), QUARTER, "team")
    assert list(table.columns) == COLUMNS
    assert odd(table) == [] and len(table) == 3 * len(TEAMS)
    assert (table.loc[table["n"] < 20, "verdict"] == "cannot tell").all()
    assert (table.loc[table["team"] == "A", "verdict"] == "nothing odd").all()
    assert (table["period"] == "2026-Q2").all() and table["measure"].str.startswith(("share", "mean")).all()


def test_begging_for_tens_is_seen() -> None:
    """A third of B's sevens to nines become tens."""
    rng = np.random.default_rng(2)
    table = answers(rng, TEAMS)
    begged = this_quarter(table, "B") & table["score"].between(7, 9) & (rng.uniform(size=len(table)) < 0.5)
    table.loc[begged, "score"] = 10.0
    found = score_integrity(table, QUARTER, "team")
    assert odd(found) == [("top code", "B")]
    row = found[(found["check"] == "top code") & (found["team"] == "B")].iloc[0]
    assert row["value"] > row["high"] - 0.2 > 0 and row["low"] > row["expected"]
    truly = (table.loc[this_quarter(table, "B"), "score"] == 10).mean()
    assert row["value"] == pytest.approx(truly) and row["n"] == 300


def test_a_rush_in_the_last_days_is_seen() -> None:
    rng = np.random.default_rng(3)
    table = answers(rng, TEAMS)
    late = this_quarter(table, "C") & (rng.uniform(size=len(table)) < 0.2)
    table.loc[late, "answered_at"] = END - pd.Timedelta(hours=30)
    found = score_integrity(table, QUARTER, "team")
    assert odd(found) == [("last days", "C")]
    row = found[(found["check"] == "last days") & (found["team"] == "C")].iloc[0]
    here = table[this_quarter(table, "C")]
    assert row["value"] == pytest.approx((here["answered_at"] >= END - pd.Timedelta(days=7)).mean())
    assert row["expected"] == pytest.approx(7 / 91)


def test_answers_that_became_all_alike_are_seen() -> None:
    table = answers(np.random.default_rng(4), TEAMS)
    copied = this_quarter(table, "D") & (np.random.default_rng(5).uniform(size=len(table)) < 0.6)
    table.loc[copied, "score"] = 8.0
    assert ("answers all alike", "D") in odd(score_integrity(table, QUARTER, "team"))


def company(rng: np.random.Generator, accounts: int = 600) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Customers, responses of two quarters, tickets; each account invited with 60 % chance in this one."""
    ids = np.array([f"c{place:03d}" for place in range(accounts)])
    customers = pd.DataFrame({"customer_id": ids, "signed_on": pd.Timestamp("2024-01-01"), "closed_on": pd.NaT})
    customers["region"] = rng.choice(["North", "South"], accounts)
    before = pd.DataFrame(
        {"customer_id": ids, "sent_at": START - pd.Timedelta(days=40), "score": scores(rng, accounts)}
    )
    before["answered_at"] = before["sent_at"] + pd.Timedelta(days=1)
    asked = ids[rng.uniform(size=accounts) < 0.6]
    sent = START + pd.to_timedelta(rng.integers(0, 80, len(asked)), unit="D")
    now = pd.DataFrame({"customer_id": asked, "sent_at": sent, "score": scores(rng, len(asked))})
    now["answered_at"] = now["sent_at"] + pd.to_timedelta(rng.integers(3600, 10 * 86400, len(asked)), unit="s")
    responses = pd.concat([before, now], ignore_index=True).assign(survey="nps")
    tickets = pd.DataFrame({"customer_id": rng.choice(ids, 200), "opened_at": START - pd.Timedelta(days=5)})
    tickets["resolved_at"] = pd.Series(pd.NaT, index=tickets.index, dtype="datetime64[ns]")
    return customers, responses, tickets


def test_choosing_whom_to_ask_is_seen() -> None:
    customers, responses, tickets = company(np.random.default_rng(6))
    honest = score_integrity(responses, QUARTER, customers=customers, tickets=tickets)
    assert "looks odd" not in set(honest["verdict"])
    assert honest["check"].tolist()[-2:] == ["unhappy accounts not asked", "accounts with open tickets not asked"]
    late = responses["sent_at"] >= START
    troubled = responses["customer_id"].isin(tickets["customer_id"])
    spared = responses[~(late & troubled & (np.random.default_rng(7).uniform(size=len(responses)) < 0.6))]
    found = score_integrity(spared, QUARTER, customers=customers, tickets=tickets).set_index("check")
    row = found.loc["accounts with open tickets not asked"]
    assert row["verdict"] == "looks odd" and row["value"] < row["expected"]
    asked = set(spared.loc[spared["sent_at"] >= START, "customer_id"])
    bad = set(tickets["customer_id"])
    assert row["value"] == pytest.approx(len(asked & bad) / len(asked)) and row["expected"] == len(bad) / 600
    said = responses[~late].set_index("customer_id")["score"]
    unhappy = responses["customer_id"].isin(said[said < said.median()].index)
    kept = responses[~(late & unhappy & (np.random.default_rng(8).uniform(size=len(responses)) < 0.5))]
    found = score_integrity(kept, QUARTER, customers=customers).set_index("check")
    assert found.loc["unhappy accounts not asked", "verdict"] == "looks odd"


def test_accounts_that_left_need_not_be_asked() -> None:
    """All unhappy accounts closed before the quarter: nobody was left out."""
    customers, responses, _ = company(np.random.default_rng(9))
    said = responses[responses["sent_at"] < START].set_index("customer_id")["score"]
    gone = customers["customer_id"].isin(said[said < said.median()].index)
    customers.loc[gone, "closed_on"] = START - pd.Timedelta(days=3)
    left = responses[
        ~(responses["customer_id"].isin(customers.loc[gone, "customer_id"]) & (responses["sent_at"] >= START))
    ]
    found = score_integrity(left, QUARTER, customers=customers).set_index("check")
    assert found.loc["unhappy accounts not asked", "verdict"] != "looks odd"


def test_invitations_by_group_where_the_customers_table_knows_it() -> None:
    customers, responses, tickets = company(np.random.default_rng(10))
    by_region = responses.merge(customers[["customer_id", "region"]], on="customer_id")
    found = score_integrity(by_region, QUARTER, "region", customers=customers, tickets=tickets)
    assert found.groupby("check")["region"].apply(list).map(sorted).tolist() == [["North", "South"]] * 5
    team = responses.assign(team="only")
    found = score_integrity(team, QUARTER, "team", customers=customers, tickets=tickets).set_index("check")
    assert pd.isna(found.loc["unhappy accounts not asked", "team"])
    assert np.isnan(found.loc["top code", "p"])  # there is no other team to compare with


def test_every_engine_says_the_same() -> None:
    customers, responses, tickets = company(np.random.default_rng(11))
    team = np.where(responses["score"].index % 3 == 0, "A", "B")
    tables = [responses.assign(team=team), customers, tickets]
    expected = score_integrity(tables[0], QUARTER, "team", customers=tables[1], tickets=tables[2])
    connection = duckdb.connect()
    frames = [pl.from_pandas(table) for table in tables]
    dated = frames[1].with_columns(pl.col("signed_on").cast(pl.Date), pl.col("closed_on").cast(pl.Date))
    for one, two, three in (
        (frames[0], dated, frames[2]),
        tuple(frame.lazy() for frame in frames),
        tuple(connection.from_df(table) for table in tables),
    ):
        found = score_integrity(one, QUARTER, "team", customers=two, tickets=three)
        pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_nothing_to_audit() -> None:
    table = answers(np.random.default_rng(12), {"A": (30, 0.0)})
    assert len(score_integrity(table, Period.of("2031-Q1"), "team")) == 0
    assert len(score_integrity(table.head(0), QUARTER, "team")) == 0
    week = score_integrity(table, Period.of("2026-W20"), "team")
    assert "last days" not in set(week["check"])
    with pytest.raises(ParameterError, match="audits a period"):
        score_integrity(table, None)
    with pytest.raises(TableError):
        score_integrity(table.drop(columns="score"), QUARTER)


def test_the_tail_is_scipys() -> None:
    for caught, n, bad, all_ in ((0, 5, 3, 20), (2, 12, 6, 20), (4, 15, 9, 20), (6, 12, 6, 20)):
        assert _tail(caught, n, bad, all_) == pytest.approx(hypergeom.cdf(caught, all_, bad, n))


def test_a_group_that_is_only_more_pleased_is_expected_to_be() -> None:
    """Shifted along the scale as a whole, its share of tens is as expected."""
    rng = np.random.default_rng(13)
    others = np.bincount(scores(rng, 50_000).astype(int), minlength=11).astype(float)
    own = np.bincount(scores(rng, 20_000, 0.5).astype(int), minlength=11).astype(float)
    expected, p = _expected_top(own, others)
    assert expected == pytest.approx(own[-1] / own.sum(), abs=0.03) and p > 0.01
    own[-1] *= 1.6
    assert _expected_top(own, others)[1] < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("size", [25, 80, 400])
def test_at_most_one_honest_audit_in_twenty_names_anything(size: int) -> None:
    """Eight teams that differ truly in how pleased their customers are, nothing done."""
    rng = np.random.default_rng(60)
    alarms = 0
    for _ in range(200):
        teams = {f"t{place}": (size, 0.25 * rng.standard_normal()) for place in range(8)}
        alarms += bool(odd(score_integrity(answers(rng, teams), QUARTER, "team")))
    assert alarms / 200 <= 0.05


@pytest.mark.slow
def test_honest_invitations_are_not_named() -> None:
    rng = np.random.default_rng(61)
    alarms = 0
    for _ in range(150):
        customers, responses, tickets = company(rng, 250)
        found = score_integrity(responses, QUARTER, customers=customers, tickets=tickets)
        alarms += (found["verdict"] == "looks odd").any()
    assert alarms / 150 <= 0.05
