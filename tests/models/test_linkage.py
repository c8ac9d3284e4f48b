"""Score and money: regressions against statsmodels, ledgers by hand, checks one by one, grades and refusals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.metrics import r2_score, roc_auc_score

import cxlab as cx
from cxlab.errors import ParameterError, TableError
from cxlab.models.columns import understand
from cxlab.models.linkage import asking_adds, checks, evidence, score_to_money
from cxlab.models.linkage.asking import asking_of
from cxlab.models.linkage.classes import by_class
from cxlab.models.linkage.grades import graded
from cxlab.models.linkage.links import link
from cxlab.models.linkage.money import before_scores, money_of
from cxlab.models.linkage.panel import Measure
from cxlab.models.linkage.regression import Ground, Layout, by_period, effect, lay_out
from cxlab.models.linkage.scores import Answers
from cxlab.models.linkage.validity import validity
from tests.models.linked_accounts import NPS, panel

Q3 = cx.Period.of("2026-Q3")


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    who = np.repeat(np.arange(60), 5)
    x = rng.normal(size=(300, 3)) + rng.normal(size=(60, 1))[who]
    d = x[:, 0] + rng.normal(size=300)
    y = 0.3 * d + x @ [1.0, -1.0, 0.5] + rng.normal(size=60)[who] + rng.normal(size=300)
    return y, d, x, who


def plain(matrix: np.ndarray) -> Layout:
    return Layout(matrix, tuple(f"x{at}" for at in range(matrix.shape[1])))


def test_effect_and_its_error_are_those_of_statsmodels(rows) -> None:
    y, d, x, who = rows
    found = effect(y, d, Ground.on(np.empty((300, 0)), plain(x)), who)
    theirs = sm.OLS(y, sm.add_constant(np.column_stack([d, x])))
    clustered = theirs.fit(cov_type="cluster", cov_kwds={"groups": who}, use_t=True)
    assert found.value == pytest.approx(clustered.params[1])
    assert found.se == pytest.approx(clustered.bse[1])
    assert found.se_plain == pytest.approx(theirs.fit().bse[1])
    assert (found.df, found.accounts, found.rows) == (295, 60, 300)
    low, high, p = found.interval()
    assert (low, high) == pytest.approx(tuple(clustered.conf_int()[1]))
    assert p == pytest.approx(clustered.pvalues[1])


def test_columns_that_repeat_others_change_nothing(rows) -> None:
    y, d, x, who = rows
    once = effect(y, d, Ground.on(np.empty((300, 0)), plain(x)), who)
    twice = effect(y, d, Ground.on(np.ones((300, 1)), plain(np.column_stack([x, x[:, 0] + 2 * x[:, 1]]))), who)
    assert (twice.value, twice.se, twice.df) == pytest.approx((once.value, once.se, once.df))
    nothing = effect(y, 2 * x[:, 1] + 1, Ground.on(np.empty((300, 0)), plain(x)), who)
    assert np.isnan(nothing.value)


def test_periods_are_taken_out(rows) -> None:
    y, d, x, who = rows
    order = np.tile(np.arange(5), 60)
    shifted_y = y + 10 * order
    fixed = effect(shifted_y, d, Ground.on(by_period(order), plain(x)), who)
    dummies = pd.get_dummies(order, drop_first=True).to_numpy(float)
    theirs = sm.OLS(shifted_y, sm.add_constant(np.column_stack([d, dummies, x]))).fit()
    assert fixed.value == pytest.approx(theirs.params[1])


def test_a_bend_is_followed_where_rows_allow_and_gaps_are_flagged() -> None:
    rng = np.random.default_rng(2)
    use = rng.normal(size=600)
    frame = pd.DataFrame({"use": np.where(rng.random(600) < 0.1, np.nan, use), "plan": rng.choice(["a", "b"], 600)})
    layout = lay_out(understand(frame))
    assert layout.of.count("use") == 7  # the line, five bends, the flag
    assert layout.of.count("plan") == 1
    assert layout.matrix.mean(axis=0) == pytest.approx(np.zeros(8), abs=1e-12)
    assert layout.matrix.std(axis=0) == pytest.approx(np.ones(8))
    few = lay_out(understand(frame.head(60)))
    assert few.of.count("use") == 2


def test_difference_of_two_links_is_that_of_a_stacked_regression(rows) -> None:
    y, d, x, who = rows
    before = y - 0.1 * d + np.random.default_rng(4).normal(size=300)
    ground = Ground.on(np.empty((300, 0)), plain(x))
    forward, backward = effect(y, d, ground, who), effect(before, d, ground, who)
    value, low, high, _ = checks.apart(forward, backward, who)
    z = sm.add_constant(np.column_stack([d, x]))
    stacked = np.block([[z, np.zeros_like(z)], [np.zeros_like(z), z]])
    both = sm.OLS(np.concatenate([y, before]), stacked)
    theirs = both.fit(cov_type="cluster", cov_kwds={"groups": np.tile(who, 2), "use_correction": False})
    contrast = np.zeros(10)
    contrast[1], contrast[6] = 1, -1
    test = theirs.t_test(contrast)
    small = np.sqrt(60 / 59 * 299 / 295)
    assert value == pytest.approx(float(test.effect[0]))
    assert (high - low) / 2 == pytest.approx(float(test.sd[0, 0]) * small * 2.000995, rel=1e-5)


def test_what_a_hidden_cause_like_a_seen_one_would_leave_is_that_of_nested_regressions(rows) -> None:
    y, d, x, who = rows
    names = ("a", "b", "b")
    ground = Ground.on(np.empty((300, 0)), Layout(x, names))
    found = effect(y, d, ground, who)
    secret = checks.hidden(found, y, d, ground)
    for name in ("a", "b"):
        others = x[:, [at for at in range(3) if names[at] != name]]
        columns = names.count(name)

        def left_over(target: np.ndarray, *parts: np.ndarray) -> float:
            return float(sm.OLS(target, sm.add_constant(np.column_stack(parts))).fit().ssr)

        of_d = 1 - left_over(d, x) / left_over(d, others)
        of_y = 1 - left_over(y, d, x) / left_over(y, d, others)
        of_d, of_y = (max(1 - (1 - share) * (295 + columns) / 295, 0) for share in (of_d, of_y))
        bias = checks.bias_of(found.se_plain, found.df, *checks.as_strong_as(of_d, of_y))
        assert secret.strengths[name] == pytest.approx(abs(found.value) - float(bias))
    assert secret.left == min(secret.strengths.values())
    assert secret.strengths[secret.benchmark] == secret.left
    assert secret.value == pytest.approx(float(checks.robustness_value(found.value / found.se_plain, found.df)))


def test_gain_out_of_time_is_that_of_sklearn_on_later_periods(rows) -> None:
    from sklearn.linear_model import Ridge

    y, d, x, who = rows
    order = np.tile(np.arange(5), 60)
    hit = (y > 0).astype(float)
    for target, is_share, score in ((hit, True, roc_auc_score), (y, False, r2_score)):
        told = checks.gain(target, checks.Known.of(x, order), d[:, None], who, is_share=is_share)
        foretold = np.full((300, 2), np.nan)
        for period in (2, 3, 4):  # the first half is never held back
            train, test = order < period, order == period
            if train.sum() < 100:
                continue
            for column, columns in enumerate((x, np.column_stack([x, d]))):
                foretold[test, column] = Ridge(1.0).fit(columns[train], target[train]).predict(columns[test])
        judged = ~np.isnan(foretold[:, 0])
        assert told.base == pytest.approx(score(target[judged], foretold[judged, 0]))
        assert told.full == pytest.approx(score(target[judged], foretold[judged, 1]))
        assert told.value == pytest.approx(told.full - told.base)
        assert told.low < told.value < told.high
        assert told.judged == judged.sum()


def test_gain_is_not_told_from_too_little() -> None:
    x, y = np.zeros((40, 1)), np.tile([0.0, 1.0], 20)
    known = checks.Known.of(x, np.repeat([0, 1], 20))
    assert checks.gain(y, known, x, np.arange(40), is_share=True) is None


def test_a_score_that_says_nothing_new_gains_exactly_nothing(rows) -> None:
    y, _, x, who = rows
    told = checks.gain(y, checks.Known.of(x, np.tile(np.arange(5), 60)), np.zeros((300, 1)), who, is_share=False)
    assert (told.value, told.low, told.high) == (0.0, 0.0, 0.0)


def test_area_counts_pairs() -> None:
    hits = np.array([True] * 10 + [False] * 10)
    told = np.array([3.0] * 5 + [1.0] * 5 + [2.0] * 10)
    value, low, high = checks.area(hits, told, np.arange(20))
    assert value == 0.5
    assert low < 0.5 < high
    assert checks.area(hits[:15], told[:15], np.arange(15)) is None


# ------------------------------------------------------------------------------------------------- money and scores


def months(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "month", "mrr"])
    return frame.assign(month=pd.to_datetime(frame["month"]))


def test_money_after_and_before_by_hand() -> None:
    rows = []
    paid = {  # December, March, June, September
        "grows": (100, 100, 100, 120),
        "leaves": (100, 90, 90, None),
        "doubles twice": (100, 100, 100, 400),
        "new": (None, None, 50, 50),
    }
    for name, amounts in paid.items():
        for month, amount in zip(("2025-12", "2026-03", "2026-06", "2026-09"), amounts, strict=True):
            rows += [] if amount is None else [(name, f"{month}-01", float(amount))]
    found = money_of(months(rows), Q3)
    assert found.loc["grows", ["start", "growth", "revenue"]].tolist() == [100, pytest.approx(0.2), 20]
    assert found.loc["leaves", "revenue"] == -90
    assert np.isnan(found.loc["leaves", "growth"])
    assert found.loc["doubles twice", "growth"] == 1.0
    # The scores are of April to June: what went before ends in March and is as long as the period.
    assert found.loc["leaves", ["growth_before", "revenue_before", "left_before"]].tolist() == pytest.approx(
        [-0.1, -10, 0.1]
    )
    assert found.loc["grows", "left_before"] == 0
    assert found.loc["new", ["growth_before", "paid_before"]].isna().all()
    assert before_scores(Q3).end == cx.Period.of("2026-Q1").end
    assert before_scores(cx.Period.of("2026-07")).end == cx.Period.of("2026-03").end


def test_months_that_the_table_does_not_reach_are_not_known() -> None:
    found = money_of(months([("a", "2026-06-01", 10.0), ("a", "2026-09-01", 12.0)]), cx.Period.of("2028-Q1"))
    assert found.empty


def answers(rows: list[tuple[str, str, str, float | None, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "survey", "answered_at", "score", "moment"])
    frame["answered_at"] = pd.to_datetime(frame["answered_at"], format="mixed")
    return frame.assign(sent_at=frame["answered_at"], scale_low=0.0, scale_high=10.0)


def test_scores_are_those_of_the_last_ninety_days_and_of_the_kpi() -> None:
    rows = [
        ("a", "nps", "2026-06-30 23:00", 9, "x"),
        ("a", "nps", "2026-05-01", 6, "x"),
        ("a", "nps", "2026-07-01 00:00", 0, "x"),  # the period has begun
        ("a", "nps", "2026-04-01", 0, "x"),  # 91 days before
        ("b", "nps", "2026-06-01", 8, "x"),
        ("c", "nps", "2026-06-01", 0, "contract ended"),
    ]
    told = Answers(answers(rows))
    points = told.points("nps", {"2026-Q3": Q3.start}).set_index("customer_id")
    assert points["value"].to_dict() == {"a": 0.0, "b": 0.0}
    assert points["n"].to_dict() == {"a": 2, "b": 1}
    assert any("contract ended" in remark for remark in told.remarks)
    assert told.available() == ["nps"]


def test_answering_knows_only_what_had_come_by_then() -> None:
    frame = answers(
        [("a", "nps", "2026-06-30", 9, "x"), ("a", "nps", "2026-07-05", 9, "x"), ("b", "nps", "2026-06-01", 9, "x")]
    )
    frame["sent_at"] = pd.to_datetime(["2026-06-01", "2026-06-20", "2026-06-01"])
    share = Answers(frame).answering({"2026-Q3": Q3.start}).set_index("customer_id")["value"]
    assert share.to_dict() == {"a": 0.5, "b": 1.0}
    assert Answers(frame.drop(columns="sent_at")).answering({"2026-Q3": Q3.start}).empty


def test_answers_on_another_scale_are_left_out_and_said() -> None:
    frame = answers([("a", "nps", "2026-06-01", 5, "x")]).assign(scale_low=1.0, scale_high=5.0)
    told = Answers(frame)
    assert told.points("nps", {"2026-Q3": Q3.start}).empty
    assert any("NPS is left out" in remark for remark in told.remarks)


def test_classes_by_hand() -> None:
    made = panel(0, accounts=50, periods=1)
    values = pd.DataFrame({"nps": [100.0] * 20 + [0.0] * 20 + [np.nan] * 10})
    left = np.zeros(50)
    left[[0, 1, 20]] = 1
    growth = pd.Series(np.where(left == 1, np.nan, np.r_[np.full(30, 0.1), np.zeros(20)]))
    outcomes = pd.DataFrame({"left": left, "growth": growth, "revenue": 0.0})
    due = understand(pd.DataFrame({"renewal_due": np.r_[np.ones(20), np.zeros(30)]}))
    made = dataclasses.replace(made, values=values, outcomes=outcomes, controls=due)
    assert by_class(made, "nps", months=1)["due"].sum() == 0  # who renews within a month is not known
    rows = by_class(made, "nps").set_index("class")
    assert rows["n"].tolist() == [20, 20, 0, 10]
    assert rows.loc["promoters", "left"] == pytest.approx(0.1)
    assert rows.loc["passives or mixed", "left"] == pytest.approx(0.05)
    assert np.isnan(rows.loc["no answer", "left"])  # ten are too few
    assert (rows.loc["promoters", "due"], rows.loc["promoters", "renewed"]) == (20, pytest.approx(0.9))
    assert np.isnan(rows.loc["promoters", "more"])  # eighteen stayed, which is too few
    assert (rows.loc["promoters", "left_low"], rows.loc["promoters", "left_high"]) == pytest.approx(
        (0.0279, 0.3010), abs=1e-3
    )


def test_validity_is_the_area_under_the_curve_group_by_group() -> None:
    made = panel(3, accounts=400, on_left=-0.004)
    plans = pd.DataFrame({"plan": np.where(np.arange(2400) % 2, "a", "b"), "use": made.controls.frame["use"]})
    made = dataclasses.replace(made, controls=understand(plans))
    found = validity(made, "plan").set_index("group")
    known = made.values["nps"].notna()
    left, score = made.outcomes["left"][known], made.values["nps"][known]
    assert found.loc["all", "auc"] == pytest.approx(roc_auc_score(left, -score))
    mine = (plans["plan"] == "a")[known]
    assert found.loc["a", "auc"] == pytest.approx(roc_auc_score(left[mine], -score[mine]))
    assert found.loc["all", "verdict"] == "foretells"
    assert found.loc["all", "n"] == known.sum() == found.loc["a", "n"] + found.loc["b", "n"]
    with pytest.raises(ParameterError, match="plans"):
        validity(made, "plans")


# ------------------------------------------------------------------------------------------------------ grades


def row(**changed: object) -> pd.DataFrame:
    base = {"measure": "nps", "q": 0.001, "low": 0.1, "high": 0.5}
    base |= dict.fromkeys(("gains", "is_quiet", "comes_after", "is_robust"), True)
    return pd.DataFrame([base | changed]).astype({"gains": object, "is_quiet": object})


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"q": 0.2}, "cannot be told from chance"),
        ({"low": -0.1}, "cannot be told from chance"),
        ({"gains": False}, "no better out of time"),
        ({"gains": None}, "too few periods"),
        ({"is_quiet": False}, "cannot have moved"),
        ({"is_quiet": None, "comes_after": None}, "no money from before"),
        ({"comes_after": False}, "not clearly larger"),
        ({"is_robust": False}, "would erase it"),
        ({"is_robust": None}, "nothing else is known"),
    ],
)
def test_anything_that_fails_or_could_not_be_tested_is_a_correlation(changed: dict[str, object], says: str) -> None:
    told = graded(row(**changed), {"nps": NPS}).iloc[0]
    assert told["grade"] == "D"
    assert says in told["why"]


def test_grades_above_c_take_an_assignment() -> None:
    assert graded(row(), {"nps": NPS})["grade"].tolist() == ["C"]
    drawn = dataclasses.replace(NPS, design="randomised")
    assert graded(row(gains=None, is_quiet=None, is_robust=False), {"nps": drawn})["grade"].tolist() == ["A"]
    assert graded(row(q=0.3), {"nps": drawn})["grade"].tolist() == ["D"]
    other = dataclasses.replace(NPS, design="quasi-experiment")
    assert graded(row(gains=None), {"nps": other})["grade"].tolist() == ["B"]
    assert graded(row(is_quiet=False), {"nps": other})["grade"].tolist() == ["D"]


def test_evidence_words() -> None:
    table = graded(pd.concat([row(), row(gains=False), row(q=0.5)]), {"nps": NPS})
    assert [evidence(each) for _, each in table.iterrows()] == ["evidence", "weak", "none"]


def test_a_planted_link_stands_and_is_told_in_all_its_units() -> None:
    links = link(panel(2, on_growth=0.002))
    told = links.table.set_index("outcome")
    growth = told.loc["growth"]
    assert growth["grade"] == "C"
    assert growth["low"] < 0.002 < growth["high"]
    assert growth["span"] == pytest.approx(20 * growth["value"])
    assert growth["raw"] > growth["value"] > 0  # use moves both, so that more of it is seen than there is
    assert growth["benchmark"] == "use"
    assert 0 < growth["left_over"] < growth["value"]
    assert growth["left_over"] <= growth["size_left"]
    assert told.loc["left", "events"] == links.panel.outcomes["left"][links.panel.values["nps"].notna()].sum()
    assert told.loc["left", "grade"] == "D"


def test_same_panel_same_table() -> None:
    pd.testing.assert_frame_equal(link(panel(5)).table, link(panel(5)).table)


def test_without_money_from_before_nothing_is_more_than_a_correlation() -> None:
    made = panel(2, on_growth=0.002)
    told = link(dataclasses.replace(made, past=made.past * np.nan)).table.set_index("outcome").loc["growth"]
    assert told["grade"] == "D"
    assert "no money from before" in told["why"]


def test_too_few_accounts_are_said() -> None:
    links = link(panel(0, accounts=20, periods=2))
    assert links.table.empty
    assert "too few accounts" in " ".join(links.remarks)


# ------------------------------------------------------------------------------------------------ value of asking


def test_asking_adds_where_the_score_knows_more(shared_data) -> None:
    staff = pd.read_csv(shared_data / "ibm-hr-attrition" / "attrition.csv")
    asked = [name for name in staff if name.endswith("Satisfaction")] + ["JobInvolvement"]
    left = staff["Attrition"].eq("Yes")
    told = asking_adds(staff.drop(columns="Attrition"), asked, left).table.iloc[0]
    assert told["verdict"] == "adds"
    assert 0.77 < told["base"] < 0.82
    assert 0.015 < told["low"] < told["gain"] < 0.06
    null = staff.assign(**{name: np.random.default_rng(0).permutation(staff[name]) for name in asked})
    assert asking_adds(null.drop(columns="Attrition"), asked, left).table.iloc[0]["verdict"] != "adds"


def test_asking_refuses_what_was_not_asked() -> None:
    frame = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0)})
    with pytest.raises(ParameterError, match="asked for"):
        asking_adds(frame, ["c"], np.zeros(20))
    with pytest.raises(ParameterError, match="one yes or no"):
        asking_adds(frame, ["a"], np.zeros(19))
    quiet = panel(0, accounts=30)
    nobody = {"nps": dataclasses.replace(NPS, asked=False)}
    with pytest.raises(ParameterError, match="nobody was asked"):
        asking_of(dataclasses.replace(quiet, measures=nobody))


def test_asking_of_a_score_that_foretells(monkeypatch: pytest.MonkeyPatch) -> None:
    told = asking_of(panel(1, accounts=900, on_left=-0.008)).table.set_index("outcome")
    assert told.loc["left", "verdict"] == "adds"
    assert told.loc["growth", "verdict"] != "adds"


# ----------------------------------------------------------------------------------------------------- refusals


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ParameterError, match="trail"):
        score_to_money({}, [])
    undated = pd.DataFrame({"customer_id": ["a", "b"], "churned": [True, False], "plan": ["x", "y"]})
    with pytest.raises(TableError, match="closed_on"):
        score_to_money({"customers": undated}, [Q3])


def test_a_measure_is_not_adjusted_for_itself() -> None:
    made = panel(4)
    use = Measure("use", "Use", 1.0, "one ordinary step", family="use")
    both = dataclasses.replace(made, measures={"use": use}, values=made.controls.frame[["use"]])
    told = link(both).table.set_index("outcome").loc["growth"]
    assert told["value"] == pytest.approx(0.01, abs=0.004)  # what was planted
    assert link(both, without=("use",)).table.set_index("outcome").loc["growth", "value"] == told["value"]
