"""Contributions by hand, beside statsmodels, adding up whatever comes, and where topics cannot be told apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import ParameterError
from cxlab.models.impact import HIGHER, LOWER, contributions, share_changes, shares
from cxlab.models.impact.rows import as_points
from cxlab.stats.comparisons import CANNOT_TELL, adjust
from tests.models.impact_worlds import EFFECT, TOPICS, world


def by_hand() -> tuple[pd.DataFrame, np.ndarray]:
    """100 comments: 60 mention nothing (30 promoters, 30 passives), 40 price (10 promoters, 30 detractors)."""
    price = np.arange(100) >= 60
    score = np.array([9] * 30 + [8] * 30 + [10] * 10 + [2] * 30)
    return pd.DataFrame({"price": price}), score


def test_one_topic_by_hand() -> None:
    impact = contributions(*by_hand())
    row, remainder = (impact.table.iloc[at] for at in (0, 1))
    assert (impact.score, impact.reference, impact.gap, impact.measure) == (10.0, 50.0, -40.0, "nps")
    assert impact.is_observed and (impact.n, impact.accounts) == (100, 100)
    # 40 % of the comments, each 100 points below the others: -50 against 50.
    assert (row["n"], row["share"], row["verdict"]) == (40, 0.4, LOWER)
    assert (row["effect"], row["value"]) == (pytest.approx(-100.0), pytest.approx(-40.0))
    assert row["leave_one_out"] == pytest.approx(-40.0)
    assert (remainder["topic"], remainder["verdict"], remainder["n"]) == ("remainder", "", 100)
    assert remainder["value"] == pytest.approx(0.0, abs=1e-12)
    # Effect: two independent means. Variances 2500 and 7500 (each over n - 1), Welch's degrees of freedom about 53.
    error = np.sqrt(2500 / 59 + 7500 / 39)
    assert row["effect_high"] - row["effect"] == pytest.approx(2.0 * error, rel=0.01)


def test_a_weight_of_two_is_the_comment_twice_for_the_value() -> None:
    members, score = by_hand()
    weight = np.where(np.arange(100) % 3 == 0, 2, 1)
    twice = np.repeat(np.arange(100), weight)
    one = contributions(members, score, weight=weight)
    other = contributions(members.iloc[twice], score[twice])
    for name in ("value", "effect", "share", "leave_one_out"):
        assert np.allclose(one.table[name], other.table[name], equal_nan=True)
    assert one.gap == pytest.approx(other.gap)


def test_the_same_answer_four_times_over_is_one_answer() -> None:
    w = world(3, 400)
    four = np.tile(np.arange(400), 4)
    one = contributions(w.members, w.score, controls=w.controls).table
    given = {"members": w.members.iloc[four], "score": w.score[four], "controls": w.controls.iloc[four], "min_n": 40}
    known = one["n"].ge(10) & one["value"].notna()
    together, apart = (
        contributions(**given, cluster=account).table[known] for account in (np.tile(np.arange(400), 4), None)
    )
    width = (one["high"] - one["low"])[known]
    assert np.allclose(together["value"], one["value"][known])
    assert ((together["high"] - together["low"]) / width).between(0.95, 1.05).all()
    assert ((apart["high"] - apart["low"]) / width).between(0.40, 0.53).all()


def test_points_are_those_of_statsmodels_with_accounts() -> None:
    import statsmodels.api as sm

    w = world(4, 1500, is_clustered=True)
    weight = np.random.default_rng(1).uniform(0.5, 2.0, 1500)
    table = contributions(w.members, w.score, controls=w.controls, cluster=w.account, weight=weight).table[:-1]
    points = 100.0 * (w.score >= 9) - 100.0 * (w.score <= 6)
    dummies = pd.get_dummies(w.controls["region"], drop_first=True)
    design = sm.add_constant(pd.concat([w.members, dummies], axis=1).astype(float))
    theirs = sm.WLS(points, design, weights=weight).fit(cov_type="cluster", cov_kwds={"groups": w.account})
    assert np.allclose(table["effect"], theirs.params[list(TOPICS)], atol=1e-8)
    # Ours are corrected for leverage and take Student's quantile: never narrower by more than a hair, wider with few.
    ours, width = (table["effect_high"] - table["effect_low"]) / 2, 1.96 * theirs.bse[list(TOPICS)].to_numpy()
    assert (ours / width).between(0.98, 1.15).all()
    share = np.average(w.members, axis=0, weights=weight)
    assert np.allclose(table["value"], share * theirs.params[list(TOPICS)], atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(40, 200),
    k=st.integers(1, 6),
    has_controls=st.booleans(),
    is_weighted=st.booleans(),
    is_partial=st.booleans(),
    is_nps=st.booleans(),
    min_n=st.integers(1, 30),
    full=st.sampled_from(["none", "one-hot", "twins", "constant"]),
    is_unsure=st.booleans(),
)
def test_the_sum_comes_out_whatever_comes(
    seed: int, n: int, k: int, has_controls: bool, is_weighted: bool, is_partial: bool, is_nps: bool, min_n: int,
    full: str, is_unsure: bool,
) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    values = (rng.random((n, k)) < rng.uniform(0.02, 0.6, k)).astype(float)
    if full == "one-hot":
        values = np.eye(k)[rng.integers(0, k, n)]
    if full == "twins":
        values = np.column_stack([values, values[:, 0]])
    if full == "constant":
        values = np.column_stack([values, np.ones(n), np.zeros(n)])
    if is_partial and full == "none":
        values = values * rng.random(values.shape)
    members = pd.DataFrame(values).rename(columns=lambda at: f"t{at}")
    score = rng.integers(0, 11, n).astype(float) if is_nps else rng.normal(3, 1, n)
    score[0], score[1] = (9.0, np.nan) if is_nps else (3.0, np.nan)
    controls = pd.DataFrame({"region": rng.choice(["a", "b", None], n), "size": rng.normal(size=n)})
    impact = contributions(
        members,
        score,
        controls=controls if has_controls else None,
        weight=rng.uniform(0.1, 3, n) if is_weighted else None,
        cluster=rng.integers(0, n // 3, n),
        sure=pd.DataFrame(rng.uniform(0.8, 1.0, values.shape), columns=members.columns) if is_unsure else None,
        min_n=min_n,
    )
    assert abs(impact.table["value"].sum() - impact.gap) < 1e-9
    assert abs(impact.score - impact.reference - impact.gap) < 1e-9
    assert impact.table["value"].iloc[-1] == impact.remainder
    assert impact.table["topic"].tolist() == [*members.columns, "remainder"]
    shown = impact.table[:-1].dropna(subset=["value"])
    assert (shown["n"] >= min_n).all()


def test_a_topic_that_all_or_nobody_mentions_is_told_and_stands_in_the_remainder() -> None:
    w = world(5, 600)
    members = w.members[["slow", "price"]].assign(all=True, nobody=False)
    impact = contributions(members, w.score, controls=w.controls)
    table = impact.table.set_index("topic")
    assert table.loc[["all", "nobody"], ["value", "p", "q"]].isna().all(axis=None)
    assert table.loc[["all", "nobody"], "verdict"].tolist() == [CANNOT_TELL, CANNOT_TELL]
    assert any("Every comment mentions all" in line for line in impact.remarks)
    assert any(line.startswith("nobody: fewer than 10") for line in impact.remarks)
    alone = contributions(w.members[["slow", "price"]], w.score, controls=w.controls).table.set_index("topic")
    assert np.allclose(table.loc[["slow", "price"], "effect"], alone.loc[["slow", "price"], "effect"])


def test_two_topics_always_together_are_said_to_be_one() -> None:
    w = world(6, 900)
    members = w.members.assign(twin=w.members["slow"])
    impact = contributions(members, w.score, controls=w.controls)
    alone = contributions(w.members, w.score, controls=w.controls)
    table, single = impact.table.set_index("topic"), alone.table.set_index("topic")
    assert table.loc[["slow", "twin"], "value"].isna().all()
    (said,) = [line for line in impact.remarks if "cannot be told apart" in line]
    assert said.startswith("slow and twin are always mentioned together")
    assert f"together {single.loc['slow', 'value']:+.1f} points" in said
    others = [name for name in TOPICS if name != "slow"]
    assert np.allclose(table.loc[others, "value"], single.loc[others, "value"])
    assert impact.remainder == pytest.approx(alone.remainder + single.loc["slow", "value"])


def test_a_topic_that_is_a_region_is_left_to_the_region() -> None:
    w = world(7, 900)
    impact = contributions(w.members.assign(dach=w.controls["region"] == "DACH"), w.score, controls=w.controls)
    assert np.isnan(impact.table.set_index("topic").loc["dach", "value"])
    assert any("dach is mentioned exactly where the controls say so" in line for line in impact.remarks)


def test_one_topic_each_is_held_against_the_average_comment() -> None:
    rng = np.random.default_rng(8)
    label, score = rng.integers(0, 3, 900), rng.integers(0, 11, 900)
    impact = contributions(pd.DataFrame(np.eye(3, dtype=bool)[label], columns=list("abc")), score)
    points = 100.0 * (score >= 9) - 100.0 * (score <= 6)
    means = np.array([points[label == each].mean() for each in range(3)])
    assert impact.gap == pytest.approx(0.0, abs=1e-9) and not impact.is_observed
    assert np.allclose(impact.table["effect"][:3], means - points.mean())
    assert impact.table["value"][:3].sum() == pytest.approx(0.0, abs=1e-9)
    # The mean of a third less that of all: its variance is made by hand from the three groups.
    n = np.bincount(label)
    var = np.array([points[label == each].var(ddof=1) / n[each] for each in range(3)])
    part = n / n.sum()
    error = np.sqrt([(1 - part[0]) ** 2 * var[0] + part[1] ** 2 * var[1] + part[2] ** 2 * var[2]])
    half = (impact.table["effect_high"] - impact.table["effect_low"])[0] / 2
    assert half == pytest.approx(1.97 * error[0], rel=0.03)
    assert any("Every comment mentions some topic" in line for line in impact.remarks)


def test_rarer_topics_stand_together_in_the_remainder() -> None:
    w = world(9, 1000)
    wide, narrow = (contributions(w.members, w.score, min_n=n) for n in (10, 45))
    rare = narrow.table["n"].lt(45).to_numpy()[:-1]
    assert 1 <= rare.sum() < len(TOPICS)
    assert narrow.table["value"][:-1].isna().tolist() == rare.tolist()
    assert wide.table["value"].notna().all()
    assert narrow.gap == pytest.approx(wide.gap)


def test_what_is_measured_follows_the_scores() -> None:
    assert as_points(np.array([0.0, 6, 7, 8, 9, 10]))[0].tolist() == [-100, -100, 0, 0, 100, 100]
    assert as_points(np.array([1.0, 5]))[1] == "mean" and as_points(np.array([7.0, 1]))[1] == "mean"
    assert as_points(np.array([8.0, 1]))[1] == "nps" and as_points(np.array([8.5, 1]))[1] == "mean"
    assert as_points(np.array([5.0, 1]), "nps")[0].tolist() == [-100, -100]
    with pytest.raises(ParameterError, match="run from -1 to 5"):
        as_points(np.array([5.0, -1]), "nps")
    with pytest.raises(ParameterError, match="'npss' is not a known measure"):
        as_points(np.array([5.0]), "npss")


def test_order_of_rows_and_topics_does_not_matter() -> None:
    w = world(10, 700, is_clustered=True)
    mixed = np.random.default_rng(0).permutation(700)
    one = contributions(w.members, w.score, controls=w.controls, cluster=w.account)
    other = contributions(
        w.members.iloc[mixed, ::-1], w.score[mixed], controls=w.controls.iloc[mixed], cluster=w.account[mixed]
    )
    columns = ["value", "low", "high", "effect", "p", "q"]
    both = [each.table[:-1].set_index("topic").loc[list(TOPICS), columns] for each in (one, other)]
    assert np.allclose(both[0], both[1])


def test_false_discoveries_are_held_over_volume_and_impact_together() -> None:
    w, before = world(11, 900), world(12, 900)
    more = before.members.assign(price=before.members["price"] & (np.arange(900) % 4 == 0))
    table = contributions(w.members, w.score, controls=w.controls, before=more).table
    rows = table[:-1]
    q = adjust(np.concatenate([rows["p"], rows["p_share"]]))
    assert np.allclose(rows["q"], q[: len(rows)]) and np.allclose(rows["q_share"], q[len(rows) :])
    price = table.set_index("topic").loc["price"]
    assert price["talk"] == "more talk" and price["share_change"] > 0.04
    assert table["talk"].iloc[-1] == ""
    alone = share_changes(w.members, more).set_index("topic")
    assert alone.loc["price", "p_share"] == price["p_share"]


def test_shares_are_the_houses_shares() -> None:
    members = pd.DataFrame({"a": [True] * 3 + [False] * 7, "b": [False] * 10})
    names, found = shares(members)
    assert names == ("a", "b") and found["value"].tolist() == [0.3, 0.0]
    assert (found["low"][0], found["high"][0]) == (pytest.approx(0.1078, abs=1e-4), pytest.approx(0.6032, abs=1e-4))


def test_the_verdict_has_three_words() -> None:
    table = contributions(*(lambda w: (w.members, w.score))(world(13, 6000))).table.set_index("topic")
    assert table.loc["slow", "verdict"] == LOWER and table.loc["ease", "verdict"] == HIGHER
    assert table.loc["innocent", "verdict"] == CANNOT_TELL
    assert (np.sign(table["effect"][:-1]) == np.sign(table["value"][:-1])).all() and EFFECT[0] < 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": np.arange(5)}, "600 rows of members and 5 of score"),
        ({"score": np.full(600, np.nan)}, "0 comments have a score"),
        ({"members": pd.DataFrame({"a": [2.0] * 600})}, "outside 0 to 1"),
        ({"members": pd.DataFrame({"a": ["x"] * 600})}, "hold texts"),
        ({"members": pd.DataFrame({"remainder": [True] * 600})}, "Rename it"),
        ({"weight": np.full(600, -1.0)}, "negative or missing"),
        ({"controls": pd.DataFrame({"r": ["a"] * 5})}, "5 of controls"),
        ({"sure": pd.DataFrame({"a": [0.5] * 600})}, "other topics or rows"),
        ({"members": pd.DataFrame(np.eye(600)[:, :300]), "min_n": 1}, "too many for 600 scored comments"),
    ],
)
def test_what_does_not_fit_is_said(change: dict, message: str) -> None:
    w = world(14, 600)
    with pytest.raises(ParameterError, match=message):
        contributions(**({"members": w.members, "score": w.score} | change))
