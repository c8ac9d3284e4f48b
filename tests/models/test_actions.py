"""Promises judged: parity of the estimates, hand-counted arithmetic, and a small company's ledger from end to end."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.models.actions import (
    CANNOT_TELL,
    DIFFERENCES,
    NO_EVIDENCE,
    TOO_EARLY,
    WORKED,
    action_funnel,
    evaluate_actions,
    ledger,
)
from cxlab.models.actions.judge import design, faults_of, judge, needs
from cxlab.models.actions.ledger import judged_row, with_verdicts
from cxlab.models.actions.panel import NO_SHOCKS, Noise, estimate
from cxlab.models.actions.promise import money, promises_in
from cxlab.models.actions.slots import MONTH, QUARTER, slots_of
from tests.models.simulated_promises import a_course, a_promise, course_of_values


# ------------------------------------------------------------------------------------------ the estimate, by authority
def levels_of(unit: np.ndarray) -> np.ndarray:
    return (unit[:, None] == np.unique(unit)[None, :]).astype(float)


@pytest.mark.slow
def test_difference_in_differences_is_weighted_least_squares_with_two_sets_of_dummies() -> None:
    sm = pytest.importorskip("statsmodels.api")
    panel = a_course(np.random.default_rng(3), units=3, effect=0.1).panel
    x = design(panel, MONTH)
    ours = estimate(panel, x, NO_SHOCKS)
    fit = sm.WLS(panel.y, np.column_stack([levels_of(panel.unit), x]), weights=1 / panel.v).fit()
    assert ours.value == pytest.approx(fit.params[-1], rel=1e-9)
    assert ours.error == pytest.approx(np.sqrt(fit.normalized_cov_params[-1, -1]), rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [Noise(0.0, 0.0, np.inf), Noise(0.03, 0.0, np.inf), Noise(0.04, 0.6, np.inf)])
def test_an_interrupted_series_is_generalised_least_squares(noise: Noise) -> None:
    sm = pytest.importorskip("statsmodels.api")
    panel = a_course(np.random.default_rng(4), units=1, before=30, after=9).panel
    x = design(panel, MONTH)
    assert x.shape[1] == 5  # trend, two for the season, change of slope, effect
    gap = np.abs(panel.slot[:, None] - panel.slot[None, :])
    covariance = np.diag(panel.v) + noise.size**2 * (noise.lasting**gap if noise.lasting else np.eye(len(gap)))
    fit = sm.GLS(panel.y, np.column_stack([np.ones(len(x)), x]), sigma=covariance).fit()
    ours = estimate(panel, x, (noise,))
    assert ours.value == pytest.approx(fit.params[-1], rel=1e-8)
    assert ours.error == pytest.approx(np.sqrt(fit.normalized_cov_params[-1, -1]), rel=1e-8)


@pytest.mark.slow
def test_levels_drawn_toward_each_other_are_generalised_least_squares_too() -> None:
    sm = pytest.importorskip("statsmodels.api")
    panel = a_course(np.random.default_rng(5), units=6, before=10, after=3).panel
    panel = panel.where(np.arange(len(panel.y)) % 7 != 3)  # units need not be measured in every slot
    x = design(panel, MONTH)
    noise = Noise(0.03, 0.5, 0.04)
    same = panel.unit[:, None] == panel.unit[None, :]
    gap = np.abs(panel.slot[:, None] - panel.slot[None, :])
    covariance = np.diag(panel.v) + same * (noise.size**2 * noise.lasting**gap + noise.spread**2)
    fit = sm.GLS(panel.y, np.column_stack([np.ones(len(x)), x]), sigma=covariance).fit()
    ours = estimate(panel, x, (noise,))
    assert (ours.value, ours.error) == pytest.approx(
        (fit.params[-1], np.sqrt(fit.normalized_cov_params[-1, -1])), rel=1e-8
    )


def test_two_groups_before_and_after_by_hand() -> None:
    # here 60 % -> 75 %, elsewhere 70 % -> 72 %: 15 points less 2. Every slot weighs the same.
    seen = np.array([[0.6] * 8 + [0.75] * 4, [0.7] * 8 + [0.72] * 4])
    panel = course_of_values(seen, np.full(seen.shape, 100), 8, 0, QUARTER).panel
    assert (panel.slot < 0).sum() == 14  # the slot before the start is left out on both sides
    found = estimate(panel, design(panel, QUARTER), NO_SHOCKS)
    assert found.value == pytest.approx(0.13, abs=1e-12)
    single = seen.mean() * (1 - seen.mean()) / 100
    assert found.error == pytest.approx(math.sqrt(2 * single / 7 + 2 * single / 4), rel=1e-9)


def test_the_step_of_one_series_by_hand() -> None:
    slots = np.arange(-12, 4)
    seen = (0.5 + 0.01 * slots + np.where(slots >= 0, 0.08, 0.0))[None, :]
    panel = course_of_values(seen, np.full(seen.shape, 400), 12, 0, QUARTER).panel
    assert estimate(panel, design(panel, QUARTER), NO_SHOCKS).value == pytest.approx(0.08, abs=1e-10)
    # A slope that grows by 1 point a slot from the start on: 0, 1, 2, 3 points on top, on average 1.5.
    ramp = (0.5 + 0.01 * slots + np.where(slots >= 0, 0.01 * slots, 0.0))[None, :]
    panel = course_of_values(ramp, np.full(ramp.shape, 400), 12, 0, QUARTER).panel
    assert estimate(panel, design(panel, QUARTER), NO_SHOCKS).value == pytest.approx(0.015, abs=1e-10)


def test_what_the_rows_cannot_tell_is_not_a_number() -> None:
    panel = a_course(np.random.default_rng(1), units=2, before=6, after=2).panel
    only_after = panel.where(panel.slot >= 0)
    assert math.isnan(estimate(only_after, design(only_after, MONTH)).value)


def test_answers_still_missing_by_hand() -> None:
    # Variance 0.0016, of it 0.16 / 200 = 0.0008 by these answers. Wanted for 10 points: (0.1 / 2.8016)^2 = 0.0012741.
    # 0.16 / (0.0012741 - 0.0008) = 337.5, of which 200 are there.
    assert needs(0.04, 0.16, 200, 0.1) == 138
    assert needs(0.04, 0.16, 200, 0.12) == 0  # 2.8016 * 0.04 = 0.112: it would have been seen
    assert math.isnan(needs(0.04, 0.16, 200, 0.05))  # (0.05 / 2.8016)^2 = 0.00032: what is elsewhere is too much alone


# ------------------------------------------------------------------------------------------------------ slots and lines
def test_months_are_counted_from_the_very_day_and_quarters_of_accounts_from_whole_ones() -> None:
    first, until = dt.datetime(2025, 6, 1), dt.datetime(2026, 3, 15)
    slots = slots_of("csat", dt.datetime(2026, 1, 31), first, until, MONTH)
    assert (slots.before, slots.after, slots.left_out) == (7, 2, 3)
    assert slots.edges[0] == dt.datetime(2025, 6, 30)
    assert slots.edges[7:] == (dt.datetime(2026, 1, 31), dt.datetime(2026, 2, 28), dt.datetime(2026, 3, 31))
    early = slots_of("churn_rate", dt.datetime(2026, 1, 5), dt.datetime(2024, 12, 1), dt.datetime(2026, 9, 28), MONTH)
    assert (early.length, early.before, early.after, early.starts_late) == (QUARTER, 4, 3, False)
    assert early.edges[4] == dt.datetime(2026, 1, 1) and early.edges[-1] == dt.datetime(2026, 10, 1)
    late = slots_of("churn_rate", dt.datetime(2026, 2, 5), dt.datetime(2024, 12, 1), dt.datetime(2026, 9, 28), MONTH)
    assert late.starts_late and (late.before, late.after) == (4, 2)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("40,000", 40000),
        ("EUR 1 200.50", 1200.5),
        ("12'000", 12000),
        ("7", 7),
        ("", None),
        ("a lot", None),
        ("1 or 2", None),
    ],
)
def test_amounts_as_people_write_them(text: str, amount: float | None) -> None:
    assert money(text) == amount if amount is not None else math.isnan(money(text))


def test_a_ledger_is_read_with_its_scope() -> None:
    row = {"action_id": "A-1", "started_on": "2026-01-05", "kpi": "csat", "region": " North ", "moment": "visit"}
    table = pd.DataFrame([row | {"expected": "+0.05", "budget": "1,000", "source": "x.csv", "team": None}])
    (promise,) = promises_in(table)
    assert promise.scope == {"region": "North"} and promise.about == {"moment": "visit"}
    assert promise.where == "North (visit)" and promise.size == 0.05 and promise.cost == 1000
    with pytest.raises(cx.CxlabError, match="started_on"):
        promises_in(table.drop(columns="started_on"))


# ------------------------------------------------------------------------------------- a small company, end to end
REGIONS = ("North", "South", "East", "West")


def answers(seed: int = 0, until: str = "2026-10-01") -> pd.DataFrame:
    """Three years of satisfaction after visits: 40 answers a month and region; North gains 20 points in 2026."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2023-10-01", until, freq="D", inclusive="left")
    frame = pd.DataFrame({"answered_at": np.tile(np.repeat(days, 2)[: 2 * len(days)], 4)})
    frame["answered_at"] = frame["answered_at"].astype("datetime64[us]")
    frame["region"] = np.repeat(REGIONS, 2 * len(days))
    started = (frame["region"] == "North") & (frame["answered_at"] >= "2026-01-12")
    happy = rng.random(len(frame)) < 0.65 + 0.2 * started
    frame["score"] = np.where(happy, 5.0, 2.0)
    frame["response_id"] = [f"r{at}" for at in range(len(frame))]
    return frame.assign(survey="csat", moment="visit", customer_id=[f"c{at % 900}" for at in range(len(frame))])


def actions(*rows: dict[str, object]) -> pd.DataFrame:
    base = {"kpi": "csat", "owner": "Ann", "topic": "visits", "expected": "Better visits", "finished_on": pd.NaT}
    nothing = {"region": None, "moment": None, "team": None}
    return pd.DataFrame([base | nothing | {"action_id": f"A-{at}"} | row for at, row in enumerate(rows, 1)])


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    promised = actions(
        {"started_on": "2026-01-12", "region": "North", "moment": "visit"},
        {"started_on": "2025-12-01", "region": "South", "moment": "visit"},
        {"started_on": "2026-09-20", "region": "East", "moment": "visit", "owner": None},
        {"started_on": "2026-01-12", "kpi": "joy"},
        {"started_on": "2026-01-12", "kpi": "response_rate"},
        {"started_on": None},
        {"started_on": "2023-12-01", "region": "West"},
        {"started_on": "2026-08-01"},
        {"started_on": "2026-01-12", "region": "Nowhere"},
        {"started_on": "2026-01-12", "kpi": "sla_met"},
    )
    return evaluate_actions({"responses": answers(), "actions": promised}).set_index("action_id")


def test_the_working_promise_is_found_and_the_idle_one_is_not(small: pd.DataFrame) -> None:
    row = small.loc["A-1"]
    assert (row["verdict"], row["grade"], row["method"]) == (WORKED, "B", DIFFERENCES)
    assert row["low"] < 0.2 < row["high"] and row["effect"] == pytest.approx(0.2, abs=0.06)
    assert row["comparison"] == "East, South, West" and row["slot"] == "month"
    assert row["as_large"] == 0 and row["false_dates"] >= 5 and row["q"] <= 0.04
    assert row["after"] - row["before"] == pytest.approx(0.2, abs=0.06)
    assert small.loc["A-2", "verdict"] == NO_EVIDENCE and small.loc["A-2", "grade"] == "B"


def test_a_young_promise_is_too_early(small: pd.DataFrame) -> None:
    assert small.loc["A-3", "verdict"] == TOO_EARLY and small.loc["A-3", "owner"] == ""
    assert small.loc["A-8", "verdict"] == TOO_EARLY and small.loc["A-8", "grade"] == "D"
    assert "nothing to compare it with" in small.loc["A-8", "why"]
    assert small.loc["A-8", "comparison"] == "" and math.isnan(small.loc["A-8", "q"])


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ("A-4", "“joy” is no measure of the dictionary"),
        ("A-5", "response rate is an activity"),
        ("A-6", "it has no start"),
        ("A-7", "before the start can be measured"),
        ("A-9", "nothing was measured for Nowhere"),
        ("A-10", "there is no tickets table"),
    ],
)
def test_what_cannot_be_judged_says_why(small: pd.DataFrame, action: str, why: str) -> None:
    assert small.loc[action, "verdict"] == CANNOT_TELL and why in small.loc[action, "why"]
    assert math.isnan(small.loc[action, "effect"]) and small.loc[action, "grade"] == "D"


@pytest.mark.slow
def test_others_promises_do_not_spoil_the_comparison() -> None:
    # West is said to have begun something two weeks later: from then on it is no comparison, before it still is one.
    promised = actions(
        {"started_on": "2026-01-12", "region": "South", "moment": "visit"},
        {"started_on": "2026-01-12", "region": "North", "moment": "visit"},
        {"started_on": "2026-01-12", "region": "South", "moment": "visit"},
    )
    found = ledger({"responses": answers(), "actions": promised})
    course = found.courses["A-1"].rows
    assert course.loc[(course["unit"] == "North") & (course["slot"] >= 0)].empty
    assert len(course[(course["unit"] == "North") & (course["slot"] < 0)]) > 20
    table = found.table.set_index("action_id")
    # North's 20 points would be 7 points against South if North stayed in the comparison.
    assert abs(table.loc["A-1", "effect"]) < 0.06
    assert table.loc["A-1", "grade"] == "D" and "“Better visits” began there too" in table.loc["A-1", "why"]
    assert table.loc["A-2", "verdict"] == WORKED


@pytest.mark.slow
def test_nothing_after_the_moment_asked_about_is_seen() -> None:
    promised = actions({"started_on": "2026-01-12", "region": "North"})
    period = cx.Period.of("2026-Q1")
    now = evaluate_actions({"responses": answers(), "actions": promised}, period)
    moved = answers()
    later = moved["answered_at"] >= pd.Timestamp(period.end)
    moved.loc[later, "score"] = 1.0
    again = evaluate_actions({"responses": moved, "actions": promised}, period)
    pd.testing.assert_frame_equal(now, again)
    assert now["n_after"].iloc[0] < 200
    assert len(evaluate_actions({"responses": moved, "actions": promised}, cx.Period.of("2025-Q4"))) == 0


@pytest.mark.slow
def test_a_scope_of_two_columns_is_held_against_everybody_else() -> None:
    table = answers()
    table["team"] = np.where(np.arange(len(table)) % 2, "Elm", "Oak")
    promised = actions({"started_on": "2026-01-12", "region": "North", "team": "Elm"})
    row = evaluate_actions({"responses": table, "actions": promised}).iloc[0]
    assert row["scope"] == "North, Elm" and row["comparison"] == "elsewhere"
    # Elm of North gains 20 points; elsewhere one in seven answers is Oak's of North, which gains as much.
    assert row["effect"] == pytest.approx(0.2 * 6 / 7, abs=0.09) and row["slot"] == "month"


@pytest.mark.slow
def test_a_column_that_the_measure_does_not_know_is_said_to_be_left_out() -> None:
    promised = actions({"started_on": "2026-01-12", "region": "North", "plant": "Lyon"})
    row = evaluate_actions({"responses": answers(), "actions": promised}).iloc[0]
    assert row["scope"] == "North" and "does not know plant" in row["why"] and row["verdict"] == WORKED


def test_a_ledger_without_lines_and_no_ledger() -> None:
    assert evaluate_actions({"actions": actions({"started_on": "2026-01-12"}).iloc[:0]}).empty
    with pytest.raises(cx.CxlabError, match="no table 'actions'"):
        evaluate_actions({"responses": answers()})


@pytest.mark.slow
def test_every_engine_gives_the_same_verdicts() -> None:
    pl = pytest.importorskip("polars")
    duckdb = pytest.importorskip("duckdb")
    table = answers()
    promised = actions({"started_on": "2026-01-12", "region": "North", "moment": "visit"}, {"started_on": "2025-12-01"})
    expected = evaluate_actions({"responses": table, "actions": promised})
    lazy = {"responses": pl.from_pandas(table).lazy(), "actions": promised}
    pd.testing.assert_frame_equal(evaluate_actions(lazy), expected)
    with duckdb.connect() as connection:
        pd.testing.assert_frame_equal(
            evaluate_actions({"responses": connection.from_df(table), "actions": promised}), expected
        )


@pytest.mark.slow
def test_an_account_measure_goes_by_quarters() -> None:
    rng = np.random.default_rng(2)
    signed = pd.to_datetime(["2023-01-01"] * 4000).astype("datetime64[us]")
    days = rng.exponential(20 * 91, 4000)  # five in a hundred leave a quarter
    closed = pd.Series(pd.Timestamp("2023-10-01") + pd.to_timedelta(days, unit="D")).dt.floor("D")
    closed = closed.where(closed < "2026-10-01").astype("datetime64[us]")
    customers = pd.DataFrame({"customer_id": range(4000), "signed_on": signed, "closed_on": closed})
    customers["region"] = np.array(REGIONS)[np.arange(4000) % 4]
    promised = actions({"started_on": "2025-10-06", "kpi": "churn_rate", "region": "North"})
    row = evaluate_actions({"customers": customers, "actions": promised}).iloc[0]
    assert (row["slot"], row["slots_before"], row["slots_after"], row["verdict"]) == ("quarter", 6, 4, NO_EVIDENCE)
    assert 0.03 < row["before"] < 0.07


# ----------------------------------------------------------------------------------------------------- checks
def test_a_gap_that_was_closing_before_is_flagged_and_takes_the_verdict_away() -> None:
    course = a_course(np.random.default_rng(8), n=400, drift=0.008, effect=0.1, apart=0.0)
    found = judge(course, a_promise(), 200)
    assert found.moving_p < 0.001 and found.moving > 0
    assert found.drifted == pytest.approx(0.008 * (2.5 + 14), rel=0.3)
    assert "it was already catching up with the others before the start" in found.faults
    row = with_verdicts([judged_row(a_promise(), course, 200)]).iloc[0]
    assert row["low"] > 0 and row["verdict"] == NO_EVIDENCE and row["grade"] == "D"
    # The same effect without the drift is found.
    steady = a_course(np.random.default_rng(8), n=400, effect=0.1, apart=0.0)
    assert with_verdicts([judged_row(a_promise(), steady, 200)]).iloc[0]["verdict"] == WORKED


def test_as_much_at_false_dates_takes_the_verdict_away() -> None:
    # The group leaps up and down by 15 points for months on end, long before anything began.
    seen = np.full((3, 30), 0.7)
    seen[0] = [*[0.6] * 10, *[0.85] * 14, *[0.9] * 6]
    course = course_of_values(seen, np.full(seen.shape, 300), 24, 0, MONTH)
    found = judge(course, a_promise(), 180)
    assert found.dates >= 5 and found.as_large > 0.1 * found.dates
    sure = replace(found, effect=replace(found.effect, low=0.01))
    assert faults_of(sure, 1.0, False)[-1] == "as much shows at false dates, when nothing had begun"


def test_the_worst_quarter_before_the_start_is_left_out_and_said() -> None:
    seen = np.full((4, 30), 0.7) + np.random.default_rng(0).normal(0, 0.01, (4, 30))
    seen[0, 21:24] = 0.4
    course = course_of_values(seen, np.full(seen.shape, 100), 24, 0, MONTH)
    row = with_verdicts([judged_row(a_promise(), course, 180)]).iloc[0]
    assert row["was_low"] and "which were the worst, are left out" in row["why"]
    assert abs(row["effect"]) < 0.03 and row["verdict"] == NO_EVIDENCE
    assert row["before"] == pytest.approx(0.7, abs=0.01)


def test_too_early_is_a_matter_of_answers_that_can_still_come() -> None:
    # A small group: after four months a change that was promised (20 points) could not have been seen yet.
    course = a_course(np.random.default_rng(11), units=6, before=24, after=4, n=12)
    row = with_verdicts([judged_row(a_promise(size=0.2), course, 122)]).iloc[0]
    assert row["verdict"] == TOO_EARLY
    error = row["smallest_detectable"] / 2.801585
    wanted, rest = (0.2 / 2.801585) ** 2, error**2 - course.single / row["n_after"]
    assert row["needs"] == math.ceil(course.single / (wanted - rest) - row["n_after"])
    assert row["smallest_detectable"] > 0.2 == row["meaningful"]
    # A year later they have not come: that is no evidence.
    late = with_verdicts([judged_row(a_promise(size=0.2), course, 365)]).iloc[0]
    assert late["verdict"] == NO_EVIDENCE and math.isnan(late["needs"])


def test_where_less_is_better_a_fall_is_what_works() -> None:
    course = a_course(np.random.default_rng(12), n=150, effect=-0.15, level=0.5)
    worked = with_verdicts([judged_row(a_promise(kpi="reopen_rate"), course, 180)]).iloc[0]
    assert worked["verdict"] == WORKED and worked["effect"] < 0
    assert with_verdicts([judged_row(a_promise(), course, 180)]).iloc[0]["verdict"] == NO_EVIDENCE


def test_one_result_among_many_promises_has_to_be_surer() -> None:
    course = a_course(np.random.default_rng(15), n=45, effect=0.1)
    row = judged_row(a_promise(), course, 180)
    alone = with_verdicts([row]).iloc[0]
    assert alone["verdict"] == WORKED
    idle = [row | {"p": 0.5, "effect": 0.0, "low": -0.1, "action_id": f"B-{at}"} for at in range(40)]
    assert with_verdicts([row, *idle]).iloc[0]["q"] == pytest.approx(min(41 * alone["p"], 0.5))


# ----------------------------------------------------------------------------------------------------- the funnel
def test_insight_action_and_result_by_quarter() -> None:
    nothing = pd.NaT
    table = pd.DataFrame(
        [
            ("A", "price", "Ann", "2026-01-05", "2026-03-01", "its", WORKED, 100.0),
            ("B", "price", "", "2026-02-05", nothing, "did", NO_EVIDENCE, 50.0),
            ("C", "speed", "Bob", "2026-04-01", nothing, "did", TOO_EARLY, math.nan),
            ("D", "", "Bob", "2026-05-01", nothing, "", CANNOT_TELL, math.nan),
            ("E", "help", "Bob", nothing, nothing, "", CANNOT_TELL, 1.0),
        ],
        columns=["action_id", "topic", "owner", "started_on", "finished_on", "method", "verdict", "cost"],
    )
    for name in ("started_on", "finished_on"):
        table[name] = pd.to_datetime(table[name])
    found = action_funnel(table).set_index("quarter")
    assert found.index.tolist() == ["2026-Q1", "2026-Q2", "all"]
    counted = ["insights", "started", "finished", "evaluated", WORKED, "no_evidence", "too_early", "cannot_tell"]
    assert found.loc["2026-Q1", [*counted, "without_owner", "cost"]].tolist() == [1, 2, 1, 2, 1, 1, 0, 0, 1, 150]
    assert found.loc["2026-Q2", counted].tolist() == [1, 2, 0, 1, 0, 0, 1, 1] and math.isnan(
        found.loc["2026-Q2", "cost"]
    )
    assert found.loc["all", counted].tolist() == [3, 5, 1, 3, 1, 1, 1, 2]
    assert action_funnel(table, 4)["quarter"].tolist() == ["2026-Q4", "2027-Q1", "all"]
