"""Whole searches for segments: noise is told from structure, names and borders stay, planted differences are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

import cxlab as cx
from cxlab.errors import ParameterError
from cxlab.models.segments import CONSTRUCTIVE, NATURAL, REPRODUCIBLE, Segments, match, movement
from cxlab.models.segments.picture import between

pytestmark = pytest.mark.slow


def framed(x: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(x, columns=[f"x{n}" for n in range(x.shape[1])])


def hills(rng: np.random.Generator, n: int, centres: np.ndarray, noise: int = 2) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers around centres, with columns that have nothing to do with it."""
    kind = rng.choice(len(centres), n)
    return framed(
        np.hstack([centres[kind] + rng.normal(size=(n, centres.shape[1])), rng.normal(size=(n, noise))])
    ), kind


THREE = np.array([[0.0, 0.0, 0.0], [6.0, 0.0, 0.0], [0.0, 6.0, 6.0]])


def noise(kind: str, rng: np.random.Generator, n: int = 160) -> np.ndarray:
    if kind == "normal":
        return rng.normal(size=(n, 5))
    if kind == "correlated":
        return rng.multivariate_normal(np.zeros(5), 0.5 + 0.5 * np.eye(5), size=n)
    if kind == "flat":
        return rng.uniform(size=(n, 4))
    if kind == "square":  # cut into its quarters again and again, without any structure
        return rng.uniform(size=(n, 2))
    return rng.normal(size=(n, 2)) @ rng.normal(size=(2, 7)) + rng.normal(size=(n, 7))  # "factors": two common causes


@pytest.fixture(scope="module")
def of_noise() -> dict[str, list[str]]:
    """Grades of groupings of pure noise, twenty data sets."""
    kinds = {"normal": 5, "correlated": 5, "flat": 5, "square": 2, "factors": 3}
    return {
        kind: [cx.find_segments(framed(noise(kind, np.random.default_rng([3, at]))), at).grade for at in range(times)]
        for kind, times in kinds.items()
    }


def test_segments_of_pure_noise_are_graded_constructive(of_noise: dict[str, list[str]]) -> None:
    """At least 95 of 100, and never natural."""
    grades = [grade for each in of_noise.values() for grade in each]
    assert len(grades) == 20
    assert grades.count(CONSTRUCTIVE) >= 19, of_noise
    assert NATURAL not in grades


def test_planted_segments_are_natural_and_found() -> None:
    frame, kind = hills(np.random.default_rng(0), 300, THREE)
    found = cx.find_segments(frame)
    assert (found.grade, found.k) == (NATURAL, 3)
    assert adjusted_rand_score(kind, found.labels) > 0.97
    assert found.stability > 0.95 and found.depth < 0.2
    *_, depth = between(found)
    assert depth < 0.2


def test_segments_in_few_directions_of_many_are_found() -> None:
    """Four groups in two of five directions; k-means alone is easily lost among the three that say nothing."""
    square = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0], [6.0, 6.0]])
    frame, kind = hills(np.random.default_rng(5), 600, square, noise=3)
    found = cx.find_segments(frame, 0)
    assert (found.grade, found.k) == (NATURAL, 4)
    assert adjusted_rand_score(kind, found.labels) > 0.9


def test_a_continuum_that_is_cut_alike_each_time_is_reproducible() -> None:
    """Five measures of one thing that every customer has more or less of."""
    rng = np.random.default_rng(0)
    found = cx.find_segments(framed(rng.uniform(0, 10, size=(250, 1)) + rng.normal(size=(250, 5)) * 0.7), 0)
    assert found.grade == REPRODUCIBLE
    assert found.stability >= 0.8
    *_, depth = between(found)
    assert depth > 0.5


@pytest.fixture(scope="module")
def mixed() -> tuple[pd.DataFrame, np.ndarray]:
    """Two kinds of customers told by numbers, a count, a flag and a plan; two columns of noise, gaps, money."""
    rng = np.random.default_rng(5)
    big = rng.random(300) < 0.35
    frame = pd.DataFrame(
        {
            "use": np.where(big, 70, 12) + rng.normal(size=300) * 5,
            "visits": rng.poisson(np.where(big, 30, 2)),
            "trained": rng.random(300) < np.where(big, 0.9, 0.2),
            "plan": np.where(rng.random(300) < 0.9, np.where(big, "Pro", "Free"), "Team"),
            "region": rng.choice(["N", "S", "E", "W"], 300),
            "newsletter": rng.random(300) < 0.5,
            "mrr": np.where(big, 900, 1500) + rng.normal(size=300) * 100,
        },
        index=[f"c{n:03}" for n in range(300)],
    )
    frame.loc[frame.index[:30], "use"] = np.nan
    return frame, big


@pytest.fixture(scope="module")
def of_mixed(mixed: tuple[pd.DataFrame, np.ndarray]) -> Segments:
    return cx.find_segments(mixed[0], 7, meaning={"use": "sign-ins in the last 90 days"})


def test_numbers_flags_and_kinds_together(mixed: tuple[pd.DataFrame, np.ndarray], of_mixed: Segments) -> None:
    frame, big = mixed
    assert of_mixed.grade == NATURAL and of_mixed.k == 2
    assert adjusted_rand_score(big, of_mixed.labels) > 0.97
    assert of_mixed.labels.index.equals(frame.index)
    # Those worth most first, though they are the larger group with the smaller use here.
    assert of_mixed.order == "mrr" and of_mixed.profile["mrr"].is_monotonic_decreasing
    assert of_mixed.names[0] == of_mixed.profile["segment"].iloc[0]
    assert of_mixed.profile["customers"].sum() == 300 and of_mixed.profile["share"].sum() == pytest.approx(1)
    assert all("newsletter" not in name and "region" not in name for name in of_mixed.names)
    assert len(of_mixed.rules) == 2 and of_mixed.right > 0.95
    assert any("30 of 300" in each for each in of_mixed.remarks)


def test_the_same_seed_gives_the_same_bit_for_bit(mixed: tuple[pd.DataFrame, np.ndarray], of_mixed: Segments) -> None:
    again = cx.find_segments(mixed[0], 7, meaning={"use": "sign-ins in the last 90 days"})
    pd.testing.assert_series_equal(again.labels, of_mixed.labels)
    for name in ("profile", "tried", "differences", "rules"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(of_mixed, name), check_exact=True)


def test_without_money_the_largest_comes_first(mixed: tuple[pd.DataFrame, np.ndarray]) -> None:
    found = cx.find_segments(mixed[0].drop(columns="mrr"), 7)
    assert found.order == "" and found.profile["customers"].is_monotonic_decreasing
    with pytest.raises(ParameterError, match="wealth"):
        cx.find_segments(mixed[0], order_by="wealth")


def test_flags_and_kinds_alone_show_no_gap() -> None:
    """A yes and a no always lie apart: that is no gap between kinds of customers."""
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({f"flag{n}": rng.random(200) < 0.5 for n in range(3)})
    frame["plan"], frame["count"] = rng.choice(["a", "b", "c"], 200), rng.poisson(0.7, 200)
    assert cx.find_segments(frame, 0).grade == CONSTRUCTIVE


def test_what_is_too_little_is_refused() -> None:
    with pytest.raises(ParameterError, match="fewer than 50"):
        cx.find_segments(framed(np.zeros((30, 3))))


# ------------------------------------------------------------------------------------------- from run to run


def later(frame: pd.DataFrame, rng: np.random.Generator, changed: np.ndarray, to: np.ndarray) -> pd.DataFrame:
    """The same customers a quarter later: a little different all, some of them wholly; some gone and some new."""
    after = frame + rng.normal(size=frame.shape) * 0.1
    after.loc[changed, list(frame.columns[:3])] = to + rng.normal(size=(changed.sum(), 3))
    newcomers = after.sample(25, random_state=1).set_axis([f"new{n}" for n in range(25)])
    return pd.concat([after.iloc[10:], newcomers])


def test_unchanged_customers_keep_their_segment_and_its_name() -> None:
    """At least 95 %, whether borders are carried over or drawn anew and matched; what changed moves."""
    rng = np.random.default_rng([8, 0])
    frame, kind = hills(rng, 260, THREE, noise=1)
    frame.index = [f"c{n}" for n in range(260)]
    before = cx.find_segments(frame, 0)
    changed = (kind == 1) & (rng.random(260) < 0.3)
    after = later(frame, rng, changed, THREE[2])
    followed, anew = cx.find_segments(after, 0, previous=before), match(before, cx.find_segments(after, 50))
    stay = frame.index[~changed].intersection(after.index)
    moved = frame.index[changed].intersection(after.index)
    assert (before.labels[stay] == followed.labels[stay]).mean() >= 0.95
    assert (before.labels[stay] == anew.labels[stay]).mean() >= 0.95
    assert (before.labels[moved] != followed.labels[moved]).mean() > 0.95
    assert followed.grade == NATURAL and followed.kept_from_before and followed.agreement > 0.9
    rows = movement(before.labels, followed.labels)
    crossed = rows[(rows["from"] != rows["to"]) & rows["from"].isin(before.names) & rows["to"].isin(before.names)]
    assert crossed["customers"].max() >= 0.9 * len(moved)


def test_identity_holds_even_where_the_groups_are_only_a_cut() -> None:
    """Drawn anew a cut through noise would run elsewhere; carried over it keeps its customers."""
    rng = np.random.default_rng(9)
    frame = framed(rng.normal(size=(160, 4)))
    before = cx.find_segments(frame, 0)
    after = cx.find_segments(frame + rng.normal(size=frame.shape) * 0.02, 1, previous=before)
    assert after.grade == CONSTRUCTIVE and after.kept_from_before
    assert (before.labels == after.labels).mean() >= 0.95


def test_a_segment_that_is_new_is_told() -> None:
    rng = np.random.default_rng(10)
    frame, kind = hills(rng, 220, THREE[:2], noise=1)
    before = cx.find_segments(frame, 0)
    fresh = frame[kind == 0].head(90) + np.array([0.0, 9.0, 9.0, 0.0])
    after = cx.find_segments(pd.concat([frame, fresh.set_axis(range(1000, 1000 + len(fresh)))]), 0, previous=before)
    assert after.grade == NATURAL and not after.kept_from_before and after.agreement < 0.8
    assert set(before.names) < set(after.names) and after.k == 3
    assert (after.labels.loc[1000:] == (set(after.names) - set(before.names)).pop()).mean() > 0.95


# --------------------------------------------------------------------------------------------- drivers, Telco


def test_the_planted_interaction_is_found_and_nulls_are_not() -> None:
    """40 companies with three segments: one driver matters in one of them only, one everywhere, seven nowhere."""
    found, false, tested = 0, 0, 0
    for seed in range(40):
        rng = np.random.default_rng([11, seed])
        frame = framed(rng.normal(size=(500, 8))).assign(flag=rng.random(500) < 0.3, skewed=rng.exponential(size=500))
        where = pd.Series(rng.choice(["A", "B", "C"], 500, p=[0.5, 0.3, 0.2]))
        y = pd.Series(rng.normal(size=500) * 2 + where.map({"A": 0.0, "B": 0.0, "C": 1.4}) * frame["x0"] + frame["x1"])
        rows = cx.segment_drivers(frame, where, y).drop_duplicates("driver").set_index("driver")
        found += bool(rows.loc["x0", "differs"])
        nulls = rows.drop(["x0"])
        false, tested = false + int(nulls["differs"].sum()), tested + len(nulls)
        assert rows.loc["x1", "q"] < 0.04
    assert found >= 38 and false / tested <= 0.05


def test_telco_is_cut_by_internet_and_phone(shared_data: Path) -> None:
    """What is known of IBM's Telco customers: those without internet and those without phone are kinds of their own."""
    table = pd.read_csv(shared_data / "telco-churn" / "Telco-Customer-Churn.csv").set_index("customerID")
    found = cx.find_segments(table.drop(columns="Churn"), 0)
    assert found.grade != CONSTRUCTIVE and found.stability >= 0.8
    inside = pd.crosstab(table["InternetService"], found.labels, normalize="index").loc["No"]
    assert inside.max() > 0.95
    assert found.right > 0.9
