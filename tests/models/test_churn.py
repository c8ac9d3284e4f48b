"""Churn on small made frames: what it refuses and sets aside, alarms, scores and effects against authorities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
from scipy.interpolate import BSpline
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

import cxlab as cx
from cxlab.errors import ParameterError
from cxlab.models.churn import Churn
from cxlab.models.churn.alarms import few_alarms, running_numbers
from cxlab.models.churn.alarms import remarks as remarks_on
from cxlab.models.churn.calibration import calibration, lift, trustworthiness
from cxlab.models.churn.copies import find_copies
from cxlab.models.churn.design import NOT_ASKED, without_line
from cxlab.models.churn.doubles import reduce
from cxlab.models.churn.drivers import BOTH, LESS, MORE, associations, grouped
from cxlab.models.churn.folds import joined, plan
from cxlab.models.churn.labels import read_labels
from cxlab.models.churn.leaks import NEARLY_CERTAIN, find_leaks
from cxlab.models.churn.recalibration import PLAIN, recalibrated
from cxlab.models.churn.scores import Rated, differences, score
from cxlab.models.columns import CATEGORY, FLAG, NUMBER, understand
from cxlab.stats.comparisons import CANNOT_TELL


def odds(log_odds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))


def firm(n: int = 3000, seed: int = 5) -> tuple[pd.DataFrame, np.ndarray]:
    """Late onboarding goes with more leaving, a named contact with less, the plan with more; months with neither."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "late": rng.choice(["yes", "no"], n, p=[0.4, 0.6]),
            "contact": rng.random(n) < 0.3,
            "plan": rng.choice(["basic", "plus"], n, p=[0.6, 0.4]),
            "months": rng.integers(1, 60, n),
        }
    )
    log_odds = -1 + 0.9 * (frame["late"] == "yes") - 0.7 * frame["contact"] + 0.5 * (frame["plan"] == "plus")
    return frame, odds(log_odds.to_numpy(), rng)


@pytest.fixture(scope="module")
def found() -> Churn:
    frame, left = firm()
    words = {"late": "onboarding was late", "months": "months since signing"}
    return cx.explain_churn(frame, left, meaning=words, families={"late": "journey"})


# ------------------------------------------------------------------------------------------------- what is found


def test_steps_and_p_values_are_those_of_statsmodels(found: Churn) -> None:
    """Average marginal effects of flags and levels; the pull is weak enough to leave them alone."""
    frame, left = firm()
    flags = frame.assign(late=frame["late"] == "yes", plan=frame["plan"] == "plus").astype(float)
    logit = sm.Logit(left, sm.add_constant(flags)).fit(disp=0)
    effects = logit.get_margeff(dummy=True, count=True).summary_frame()
    drivers = found.drivers.set_index("driver")
    for name in ("late", "contact", "plan"):
        own = 100 * effects.loc[name]
        row = drivers.loc[name]
        assert row["points"] == pytest.approx(own["dy/dx"], abs=0.2)
        assert row["low"] == pytest.approx(own.iloc[-2], abs=0.3)
        assert row["high"] == pytest.approx(own.iloc[-1], abs=0.3)
        assert np.log(row["p"]) == pytest.approx(np.log(logit.pvalues[name]), rel=0.05)


def test_verdicts_words_and_controls(found: Churn) -> None:
    drivers = found.drivers
    real = drivers[~drivers["is_control"]].set_index("driver")
    assert real["verdict"].to_dict() == {"late": MORE, "contact": LESS, "plan": MORE, "months": CANNOT_TELL}
    assert real["step"].to_dict() == {
        "late": "no to yes", "contact": "no to yes", "plan": "basic to plus", "months": "14 to 44"
    }  # fmt: skip
    assert real["words"]["late"] == "onboarding was late" and real["words"]["plan"] == "plan"
    assert real["family"].to_dict() == {"late": "journey", "contact": "", "plan": "", "months": ""}
    assert (real["n"] == 3000).all() and real["importance"].is_monotonic_decreasing
    controls = drivers[drivers["is_control"]]
    assert len(controls) == 4 and (controls["verdict"] == CANNOT_TELL).all() and controls["q"].isna().all()
    assert "shuffled copy of onboarding was late" in set(controls["words"])
    assert found.noise_floor == controls["importance"].max() < real["importance"]["plan"]
    # Importance is what unseen rows lose: its interval holds it, and a null one is about none.
    assert (drivers["importance_low"] <= drivers["importance"]).all()
    assert abs(real["importance"]["months"]) < 0.002 < real["importance"]["late"]


def test_curves_by_level_and_point(found: Churn) -> None:
    curve = found.curves["late"]
    assert curve["x"].tolist() == [0.0, 1.0] and curve["n"].sum() == 3000
    assert curve["points"][1] - curve["points"][0] == pytest.approx(found.drivers.set_index("driver")["points"]["late"])
    assert list(found.curves["plan"].columns) == ["level", "churn", "points", "low", "high", "n"]
    months = found.curves["months"]
    assert months["x"].is_monotonic_increasing and months["n"].sum() == 3000
    assert ((months["low"] <= 0) & (months["high"] >= 0)).mean() > 0.8
    assert found.interactions.empty and found.surfaces == {}


def test_scores_are_those_of_scikit_learn(found: Churn) -> None:
    _, left = firm()
    frame = found.predictions
    assert list(frame.columns) == ["chance", "left"] and frame["left"].astype(bool).tolist() == left.tolist()
    chance = frame["chance"].to_numpy()
    assert found.score["auc"] == pytest.approx(roc_auc_score(left, chance))
    assert found.score["brier"] == pytest.approx(brier_score_loss(left, chance))
    assert found.score["log_loss"] == pytest.approx(log_loss(left, chance))
    assert found.score["average_precision"] == pytest.approx(average_precision_score(left, chance))
    assert found.score["n"] == 3000 and found.score["left"] == left.sum()
    assert found.score["base_rate"] == pytest.approx(left.mean())
    assert found.score["auc_low"] < found.score["auc"] < found.score["auc_high"]
    assert found.alarms.empty


def test_same_seed_same_everything_whatever_the_engine(found: Churn) -> None:
    frame, left = firm()
    again = cx.explain_churn(pl.from_pandas(frame), pl.Series(left))
    assert again.predictions["chance"].tolist() == found.predictions["chance"].tolist()
    columns = ["driver", "importance", "points", "low", "high", "p"]
    pd.testing.assert_frame_equal(again.drivers[columns], found.drivers[columns], check_exact=True)
    other = cx.explain_churn(frame, left, seed=1)
    assert other.predictions["chance"].tolist() != found.predictions["chance"].tolist()


def test_new_customers_are_read_as_the_old_ones_were(found: Churn) -> None:
    new = pd.DataFrame(
        {"plan": ["plus", "gold"], "months": ["12", "900"], "late": [True, "no"], "contact": [0, 1]}, index=["x", "y"]
    )
    chance = found.predict(new)
    assert chance.index.tolist() == ["x", "y"] and chance.between(0, 1).all()
    plain = pd.DataFrame({"late": ["yes"], "contact": [False], "plan": ["plus"], "months": [12]})
    assert chance["x"] == pytest.approx(found.predict(plain).iloc[0])
    # Beyond what was seen the curve stays where it ended.
    ends = plain.assign(months=[59]), plain.assign(months=[900])
    assert found.predict(ends[0]).iloc[0] == pytest.approx(found.predict(ends[1]).iloc[0])
    with pytest.raises(ParameterError, match="lack: plan"):
        found.predict(plain.drop(columns="plan"))


# ------------------------------------------------------------------------------------------------- labels and folds


def test_labels_in_many_words_and_their_errors() -> None:
    index = pd.RangeIndex(80)
    said = ["Yes", "no"] * 40
    assert read_labels(said, index).left.tolist() == [True, False] * 40
    assert read_labels(np.array([1, 0] * 40), index).left.tolist() == [True, False] * 40
    assert read_labels(pl.Series([True, False] * 40), index).left.sum() == 40
    shuffled = pd.Series(said, index=index).sample(frac=1, random_state=0)
    assert read_labels(shuffled, index).left.tolist() == [True, False] * 40
    with pytest.raises(ParameterError, match="79 values and the features have 80 rows"):
        read_labels(said[:79], index)
    with pytest.raises(ParameterError, match="'churned'"):
        read_labels(["churned", "stayed"] * 40, index)
    with pytest.raises(ParameterError, match="29 customers left and 51 stayed; it takes at least 30 .* .1 more"):
        read_labels([True] * 29 + [False] * 51, index)
    with pytest.raises(ParameterError, match="80 customers left and 0 stayed"):
        read_labels([True] * 80, index)
    with pytest.raises(ParameterError, match="one value a row"):
        read_labels("yes", index)


def test_rows_without_a_label_get_a_chance_and_are_told() -> None:
    frame, left = firm(600)
    labels = pd.Series(left, dtype=object)
    labels[:40] = None
    model = cx.explain_churn(frame, labels)
    assert model.score["n"] == 560 and "40 of 600 rows do not say" in model.remarks[0]
    assert model.predictions["chance"].notna().all() and model.predictions["left"].isna().sum() == 40
    expected = model.predict(frame.iloc[:40])
    assert model.predictions["chance"][:40].tolist() == pytest.approx(expected.tolist())


def test_later_periods_are_tested_by_earlier_ones() -> None:
    left = np.tile([True, False], 200)
    times = np.repeat(np.arange(8), 50)
    chosen = plan(left, 0, None, times)
    assert chosen.is_later and len(chosen.folds) == 5
    for train, test in chosen.folds:
        assert times[train].max() < times[test].min() and set(train) == set(np.flatnonzero(times < times[test].min()))
    # 25 leave in a period: the first with 30 before it is the third.
    assert times[chosen.tested].min() == 2 and len(chosen.tested) == 300
    flat = plan(left, 0, None, np.zeros(400, dtype=int))
    assert not flat.is_later and "do not allow" in flat.remarks[0] and len(flat.tested) == 400


def test_rows_of_a_customer_and_copies_stay_together() -> None:
    rng = np.random.default_rng(0)
    left, group = rng.random(500) < 0.3, rng.integers(0, 200, 500)
    copies = np.arange(500)
    copies[400:] = copies[:100]
    for chosen, code in ((plan(left, 0, group), group), (plan(left, 0, None, None, copies), copies)):
        assert all(not set(code[train]) & set(code[test]) for train, test in chosen.folds)
    both = joined(group, copies)
    assert len(np.unique(both)) < min(len(np.unique(group)), len(np.unique(copies)))
    assert all(not set(both[a]) & set(both[b]) for a, b in plan(left, 0, group, None, copies).folds)
    with pytest.raises(ParameterError, match="groups has 3 values"):
        cx.explain_churn(pd.DataFrame({"x": rng.normal(size=100)}), [True, False] * 50, groups=[1, 2, 3])


def test_periods_go_through_to_the_predictions() -> None:
    frame, left = firm(1600)
    period = np.repeat(["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"], 400)
    model = cx.explain_churn(frame, left, groups=np.tile(np.arange(400), 4), times=period)
    told = model.predictions
    assert told["period"].tolist() == period.tolist()
    assert told["chance"].isna().tolist() == (period == "2026-Q1").tolist()
    assert model.score["n"] == 1200 and "learned on earlier periods" in " ".join(model.remarks)


def test_nothing_to_look_at_is_said() -> None:
    with pytest.raises(ParameterError, match="no column can be used .*same in every row"):
        cx.explain_churn(pd.DataFrame({"country": ["DE"] * 100}), [True, False] * 50)
    with pytest.raises(ParameterError, match="not a list"):
        cx.explain_churn([1, 2], [True, False])


# ----------------------------------------------------------------------------------------------------------- alarms


def test_a_feature_that_knows_the_outcome() -> None:
    frame, left = firm(1500)
    rng = np.random.default_rng(1)
    leaky = frame.assign(refund=np.where(left & (rng.random(1500) < 0.95), "closing", "none"))
    model = cx.explain_churn(leaky, left)
    (alarm,) = model.alarms.to_dict("records")
    assert alarm["kind"] == "leak" and alarm["column"] == "refund" and alarm["sure"] == NEARLY_CERTAIN
    assert "Take refund out" in alarm["remedy"] and "\u201cclosing\u201d all left" in alarm["what"]
    without = cx.explain_churn(frame, left)
    assert f"Without it the AUC is {without.score['auc']:.3f}" in alarm["remedy"]
    assert without.alarms.empty and model.score["auc"] > 0.95


def test_a_leak_that_only_some_leavers_have() -> None:
    rng = np.random.default_rng(2)
    left = rng.random(2000) < 0.2
    frame = pd.DataFrame({"call": (left & (rng.random(2000) < 0.3)).astype(float), "x": rng.normal(size=2000)})
    (leak,) = find_leaks(frame, {"call": FLAG, "x": NUMBER}, left)
    assert leak.column == "call" and leak.auc < 0.9 and "\u201cyes\u201d all left" in leak.what
    # The same seen in a number that is only filled for leavers, and in its tail.
    gaps = pd.DataFrame({"days": np.where(left & (rng.random(2000) < 0.9), 3.0, np.nan) + rng.random(2000)})
    assert find_leaks(gaps, {"days": NUMBER}, left)[0].sure == NEARLY_CERTAIN
    # Most of a plan leaves: that is churn, not a leak.
    honest = pd.DataFrame({"plan": np.where(rng.random(2000) < 0.7 * left + 0.02, "trial", "full")})
    assert find_leaks(honest, {"plan": CATEGORY}, left) == []


def test_copies_are_told_from_customers_who_are_alike() -> None:
    rng = np.random.default_rng(3)
    rich = pd.DataFrame(rng.normal(size=(900, 6))).rename(columns=str)
    assert not find_copies(rich).are_many
    twice = pd.concat([rich, rich[:60]], ignore_index=True)
    copies = find_copies(twice)
    assert copies.are_many and copies.exact == 120 and copies.rows == 120
    assert (copies.code[:60] == copies.code[900:]).all() and len(np.unique(copies.code)) == 900
    changed = twice.copy()
    changed.loc[900:, "2"] += 1.0
    near = find_copies(changed)
    assert near.are_many and near.exact == 0 and near.near == 120 and (near.code[:60] == near.code[900:]).all()
    # With a few coarse columns nearly everybody has a twin, and nobody was copied.
    coarse = pd.DataFrame(rng.integers(0, 3, (900, 5)).astype(float)).rename(columns=str)
    alike = find_copies(coarse)
    assert alike.exact > 800 and not alike.are_many


@pytest.mark.slow
def test_copied_rows_raise_the_alarm_and_do_not_flatter() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(500, 8))).rename(columns=lambda name: f"x{name}")
    left = rng.random(500) < 0.3
    again = rng.choice(500, 400)
    model = cx.explain_churn(pd.concat([frame, frame.iloc[again]]), np.concatenate([left, left[again]]))
    (alarm,) = model.alarms.to_dict("records")
    assert alarm["kind"] == "copied rows" and "exact copies of another" in alarm["what"]
    assert "copies of a row in the same part" in model.plan.how
    # Nothing foretells here; with copies on both sides boosting would have shone.
    assert model.score["auc"] < 0.6 and "instead of" in alarm["remedy"]
    boosted = float(alarm["remedy"].split("gradient boosting ")[1].split()[0])
    assert boosted > 0.7


def test_columns_that_say_what_others_say() -> None:
    rng = np.random.default_rng(5)
    n = 600
    internet = rng.choice(["DSL", "fibre", "none"], n)
    add_on = np.where(internet == "none", "no internet", rng.choice(["yes", "no"], n))
    minutes = rng.normal(180, 50, n)
    frame = pd.DataFrame(
        {
            "minutes": minutes,
            "charge": np.round(0.17 * minutes, 2),
            "internet": internet,
            "add_on": add_on,
            "code": pd.Series(internet).map({"DSL": "D1", "fibre": "F1", "none": "N1"}),
            "bill": 20 * (internet == "fibre")
            + 10 * (add_on == "yes")
            + 5 * (internet == "DSL")
            + rng.normal(0, 0.1, n),
            "age": rng.normal(40, 10, n),
        }
    )
    kinds = understand(frame).kinds
    reduced = reduce(frame, kinds)
    assert reduced.same == {"charge": "minutes", "code": "internet"}
    assert list(reduced.summed) == ["bill"] and reduced.summed["bill"] > 0.99
    assert list(reduced.kinds) == ["minutes", "internet", "add_on", "age"]
    assert (reduced.frame["add_on"] == NOT_ASKED).tolist() == (internet == "none").tolist()
    told = " ".join(reduced.remarks)
    assert (
        "charge is an exact function of minutes" in told
        and "\u201cno internet\u201d is held by exactly the rows" in told
    )
    model = cx.explain_churn(frame, odds(minutes / 100 - 3, rng))
    assert set(model.alarms["kind"]) == {"exact function"} and set(model.alarms["column"]) == {"charge", "code"}
    members = model.drivers.set_index("driver")["members"]
    assert members["minutes"] == ("minutes", "charge") and members["internet"] == ("internet", "code")
    # Whom the question does not apply to has no part in the step.
    assert model.drivers.set_index("driver")["n"]["add_on"] == (internet != "none").sum()


def test_identifiers_few_leavers_and_scores_that_invite_doubt() -> None:
    frame = pd.DataFrame({"account": np.random.default_rng(0).permutation(200) + 1000.0, "age": np.arange(200.0) ** 2})
    assert running_numbers(frame, {"account": NUMBER, "age": NUMBER}) == ["account"]
    model = cx.explain_churn(frame.assign(account=frame["account"].astype(int)), np.arange(200) % 3 == 0)
    assert model.alarms["column"].tolist()[0] == "account" and list(model.curves) == ["age"]
    assert few_alarms(100, 10) == [] and "20 drivers" in few_alarms(99, 20)[0]["what"]
    assert "100 would be better" in remarks_on(0.8, False, 60, 10)[0]
    assert "resampling" in remarks_on(0.93, False, 999, 10)[0] and remarks_on(0.93, True, 999, 10) == []


def test_what_was_set_aside_is_told() -> None:
    frame, left = firm(600)
    more = frame.assign(customer_id=np.arange(600), country="DE", months=frame["months"].astype(str).replace("7", " "))
    blanks = (frame["months"] == 7).sum()
    told = " ".join(cx.explain_churn(more, left).remarks)
    assert "customer_id is set aside: an identifier" in told and "country is set aside: it is the same" in told
    assert f"months: {blanks} of 600 cells are blank" in told
    mostly = cx.explain_churn(frame, ~left).remarks
    assert any("see that the label is the right way round" in text for text in mostly)


# -------------------------------------------------------------------------------------------------------- the parts


def test_area_and_its_error_by_hand_and_as_a_bootstrap() -> None:
    """Three pairs of four in order; the standard error against 1,500 bootstrap samples."""
    small = Rated.of(np.array([True, False, True, False]), np.array([0.9, 0.5, 0.4, 0.1]))
    assert small.auc == 0.75
    rng = np.random.default_rng(6)
    left = rng.random(400) < 0.3
    chance = 1 / (1 + np.exp(-(rng.normal(size=400) + left)))
    rated = Rated.of(left, chance)
    assert rated.auc == pytest.approx(roc_auc_score(left, chance))
    draws = rng.integers(0, 400, (1500, 400))
    spread = np.std([Rated.of(left[rows], chance[rows]).auc for rows in draws])
    assert np.sqrt((rated.influence**2).sum()) == pytest.approx(spread, rel=0.06)
    # Every row twice, as clusters of two: the same interval as once.
    doubled = Rated.of(np.repeat(left, 2), np.repeat(chance, 2), np.repeat(np.arange(400), 2))
    assert doubled.auc_interval() == pytest.approx(rated.auc_interval(), abs=1e-3)
    same = differences(rated, rated)
    assert same["auc_difference"] == same["auc_high"] == same["brier_low"] == 0
    assert score(left, chance)["brier"] == pytest.approx(brier_score_loss(left, chance))


def test_calibration_by_hand_and_against_statsmodels() -> None:
    rng = np.random.default_rng(7)
    chance = rng.uniform(0.05, 0.95, 4000)
    left = rng.random(4000) < chance
    table = calibration(left, chance)
    assert table["n"].tolist() == [400] * 10 and (table["low"] <= table["observed"]).all()
    assert ((table["low"] <= table["predicted"]) & (table["predicted"] <= table["high"])).sum() >= 9
    logit = np.log(chance / (1 - chance))
    told = trustworthiness(left, chance)
    slope = sm.Logit(left, sm.add_constant(logit)).fit(disp=0)
    assert told["calibration_slope"] == pytest.approx(slope.params[1])
    assert told["calibration_slope_high"] == pytest.approx(slope.conf_int()[1][1], abs=1e-4)
    level = sm.GLM(left.astype(float), np.ones(4000), family=sm.families.Binomial(), offset=logit).fit()
    assert told["calibration_intercept"] == pytest.approx(level.params[0], abs=1e-6)
    # Murphy: the parts make up the Brier score but for what varies within tenths.
    whole = told["reliability"] - told["resolution"] + told["uncertainty"]
    assert whole == pytest.approx(brier_score_loss(left, chance), abs=0.002)


def test_chances_that_are_too_bold_are_taken_back_to_their_word() -> None:
    rng = np.random.default_rng(8)
    logit = rng.normal(0, 1, 4000)
    left = rng.random(4000) < 1 / (1 + np.exp(-logit))
    chosen = plan(left, 0)
    honest = 1 / (1 + np.exp(-logit))
    assert recalibrated(honest, left, chosen)[1] == PLAIN
    bold = 1 / (1 + np.exp(-2 * logit))
    changed, learned = recalibrated(bold, left, chosen)
    assert learned.slope == pytest.approx(0.5, abs=0.05)
    assert trustworthiness(left, changed)["calibration_slope"] == pytest.approx(1, abs=0.02)
    assert brier_score_loss(left, changed) < brier_score_loss(left, bold)


def test_lists_by_hand() -> None:
    left = np.array([True, True, False, True, False, False, False, False, True, False])
    chance = np.array([0.9, 0.8, 0.7, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05])
    table = lift(left, chance, [2, 3, 4, 10], success=0.5)
    # The third and the fourth have the same chance: three names find 2.5 leavers.
    assert table["found"].tolist() == [2, 2.5, 3, 4] and table["lift"].tolist() == pytest.approx(
        [2.5, 25 / 12, 1.875, 1]
    )
    assert table["saves"].tolist() == [1, 1.25, 1.5, 2] and table["share_found"].tolist() == [0.5, 0.625, 0.75, 1]
    assert (table["saves_low"] <= table["saves"]).all() and (table["low"] <= table["lift"]).all()
    with pytest.raises(ParameterError, match="cannot be 11 long"):
        lift(left, chance, [11])
    with pytest.raises(ParameterError, match="success"):
        lift(left, chance, [2], success=1.5)


def test_features_that_go_together_are_one_driver() -> None:
    rng = np.random.default_rng(9)
    plan_name = rng.choice(["a", "b", "c"], 800)
    seats = pd.Series(plan_name).map({"a": 5, "b": 50, "c": 500}).to_numpy() + rng.normal(0, 1, 800)
    frame = pd.DataFrame(
        {
            "seats": seats,
            "size": np.where(rng.random(800) < 0.95, plan_name, "a"),
            "plan": plan_name,
            "age": rng.normal(size=800),
            "older": rng.normal(size=800),
        }
    )
    frame["older"] += 2 * frame["age"]
    kinds = {"seats": NUMBER, "size": CATEGORY, "plan": CATEGORY, "age": NUMBER, "older": NUMBER}
    table = associations(frame, kinds)
    assert table.loc["age", "older"] == pytest.approx(frame[["age", "older"]].corr("spearman").iloc[0, 1])
    assert table.loc["plan", "size"] > 0.9 and table.loc["plan", "seats"] > 0.9 and table.loc["plan", "age"] < 0.15
    p = dict.fromkeys(kinds, 0.5) | {"older": 0.01}
    assert grouped(table, p) == [["plan", "size", "seats"], ["older", "age"]]
    assert grouped(table.iloc[:1, :1], p) == [["seats"]]


def test_bends_leave_the_straight_line_alone() -> None:
    """However unevenly knots are spaced, a line has no second differences; the bends span all the rest."""
    knots = np.array([-2.0, -1.5, -1, 0, 0.2, 1, 5, 9, 20, 21, 30.0])
    weights = without_line(knots)
    count = len(knots) - 4
    assert weights.shape == (count, count - 2)
    greville = np.array([knots[j + 1 : j + 4].mean() for j in range(count)])
    line = BSpline(knots, greville, 3)
    assert line(3.3) == pytest.approx(3.3)
    both = np.column_stack([np.ones(count), greville, weights])
    assert np.linalg.matrix_rank(both) == count
    assert np.linalg.pinv(weights) @ (2 + 3 * greville) == pytest.approx(np.zeros(count - 2), abs=1e-8)


def test_a_curve_that_rises_and_falls_is_said_to_do_both() -> None:
    rng = np.random.default_rng(10)
    x = rng.uniform(-2, 2, 2500)
    model = cx.explain_churn(pd.DataFrame({"x": x, "y": rng.normal(size=2500)}), odds(-2 + x**2, rng))
    assert model.drivers["verdict"][0] == BOTH and model.drivers["driver"][0] == "x"
