"""Changes: against statsmodels and scipy, by hand, and what compare does with frames that do not match."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, norm
from scipy.stats import t as student
from statsmodels.stats.proportion import confint_proportions_2indep

from cxlab.errors import ParameterError
from cxlab.stats import estimates
from cxlab.stats.comparisons import adjust, as_one_family, compare, difference, verdicts


def share_frame(hits: list[int], n: list[int], period: str = "now", **groups: list) -> pd.DataFrame:
    hits, n = np.asarray(hits, float), np.asarray(n, float)
    estimate = estimates.share(estimates.Counts(n, n, hits, n, hits, hits, n))
    return pd.DataFrame(
        {
            "kpi": "csat",
            "period": period,
            **groups,
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "n": n,
            "n_eff": estimate.n_eff,
        }
    )


def test_adjusted_p_are_those_of_scipy() -> None:
    p = np.random.default_rng(1).uniform(size=50) ** 2
    assert np.allclose(adjust(p), false_discovery_control(p), atol=1e-12)
    holes = np.concatenate([p, [np.nan, np.nan]])
    assert np.allclose(adjust(holes)[:50], false_discovery_control(p), atol=1e-12)
    assert np.isnan(adjust(holes)[50:]).all()
    assert adjust([]).size == 0 and np.isnan(adjust([np.nan])).all()


@pytest.mark.parametrize(
    "hits, n", [((56, 48), (70, 80)), ((9, 3), (10, 10)), ((10, 0), (10, 20)), ((50, 50), (99, 99))]
)
def test_shares_differ_as_newcombe_says(hits: tuple[int, int], n: tuple[int, int]) -> None:
    """Ours is wider by Student's quantile on Welch's degrees of freedom over the normal one; without that, the same."""
    now, before = share_frame([hits[0]], [n[0]]), share_frame([hits[1]], [n[1]])
    change = difference(now, before).iloc[0]
    expected = confint_proportions_2indep(hits[0], n[0], hits[1], n[1], method="newcomb", compare="diff")
    half = [(frame["high"] - frame["low"]).iloc[0] / 2 for frame in (now, before)]
    df = (half[0] ** 2 + half[1] ** 2) ** 2 / (half[0] ** 4 / (n[0] - 1) + half[1] ** 4 / (n[1] - 1))
    wider = student.ppf(0.975, df) / norm.ppf(0.975)
    assert change["change"] + (change["low"] - change["change"]) / wider == pytest.approx(expected[0], abs=1e-9)
    assert change["change"] + (change["high"] - change["change"]) / wider == pytest.approx(expected[1], abs=1e-9)
    assert wider > 1


def test_large_samples_need_no_factor() -> None:
    change = difference(share_frame([560_000], [700_000]), share_frame([480_000], [800_000])).iloc[0]
    expected = confint_proportions_2indep(560_000, 700_000, 480_000, 800_000, method="newcomb", compare="diff")
    assert (change["low"], change["high"]) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("hits", [(30, 50), (20, 39), (45, 45), (0, 60)])
def test_p_and_interval_agree(hits: tuple[int, int]) -> None:
    """The interval excludes zero exactly where p is below 5 %."""
    change = difference(share_frame([hits[0]], [60]), share_frame([hits[1]], [60])).iloc[0]
    assert (change["low"] > 0 or change["high"] < 0) == (change["p"] < 0.05)
    assert 0 <= change["p"] <= 1


def test_smallest_detectable_by_hand() -> None:
    """Two shares of one half, n = 400 each: 2.8016 standard errors of the difference, about 9.9 points."""
    change = difference(share_frame([200], [400]), share_frame([200], [400])).iloc[0]
    assert change["p"] == 1 and change["change"] == 0
    assert change["smallest_detectable"] == pytest.approx(2.8016 * np.sqrt(0.5 / 400), rel=0.01)


def test_without_an_interval_there_is_no_test() -> None:
    endless = share_frame([30], [60]).assign(high=np.inf)
    for now, before in ((endless, share_frame([30], [60])), (share_frame([30], [60]), endless)):
        row = difference(now, before).iloc[0]
        assert row["change"] == 0 and row[["low", "high", "p", "smallest_detectable"]].isna().all()
    assert difference(endless.assign(value=np.inf), share_frame([30], [60])).iloc[0].isna().all()


def test_verdicts() -> None:
    """moved up, moved down, small but moved, not certain enough after control, flat, wide, unknown."""
    rows = [
        (5, 1, 9, 0.01, 3, "moved up"),
        (-5, -9, -1, 0.01, 3, "moved down"),
        (1, 0.5, 1.5, 0.001, 3, "moved up"),
        (5, 1, 9, 0.2, 3, "cannot tell"),
        (1, -1, 2.9, 0.5, 3, "flat"),
        (1, -1, 3.1, 0.5, 3, "cannot tell"),
        (1, -1, 2, 0.5, np.nan, "cannot tell"),
        (np.nan, np.nan, np.nan, np.nan, 3, "cannot tell"),
    ]
    *columns, expected = zip(*rows, strict=True)
    assert verdicts(*columns) == list(expected)


def test_change_frame_has_the_house_columns() -> None:
    frame = compare(
        share_frame([30], [60], "2026-Q3", region=["N"]), share_frame([20], [60], "2026-Q2", region=["N"]), margin=0.02
    )
    assert list(frame.columns) == (
        ["kpi", "period", "before", "region", "value", "value_before", "change", "low", "high", "p", "q"]
        + ["smallest_detectable", "margin", "verdict", "n", "n_before"]
    )
    row = frame.iloc[0]
    assert (row["period"], row["before"], row["n"], row["n_before"]) == ("2026-Q3", "2026-Q2", 60, 60)
    assert row["change"] == pytest.approx(10 / 60) and row["margin"] == 0.02


@pytest.mark.parametrize(
    "now, before",
    [
        (["N", None, "S"], ["S", "W", None]),
        ([1.0, np.nan, 2.0], [2.0, 3.0, np.nan]),
        (pd.array([True, None, False], dtype="boolean"), pd.array([False, True, None], dtype="boolean")),
        (["all", 1, 2], ["all", "x", 2]),
    ],
)
def test_every_group_of_either_side_is_kept(now: list, before: list) -> None:
    """Empty groups meet, whatever the type; the order is that of the first frame, then come the others."""
    one = share_frame([30, 20, 10], [60, 60, 60], team=now)
    two = share_frame([20, 20, 20], [50, 50, 50], "before", team=before)
    frame = compare(one, two)
    first, second, both = ([str(team) for team in side["team"]] for side in (one, two, frame))
    mates = set(first) & set(second)
    assert both[:3] == first and len(both) == 6 - len(mates)
    assert {team for team, change in zip(both, frame["change"], strict=True) if change == change} == mates
    assert set(frame.loc[frame["change"].isna(), "verdict"]) <= {"cannot tell"}


def test_a_side_without_groups_is_no_obstacle() -> None:
    none = share_frame([], [], "before", team=[])
    some = share_frame([1, 2], [5, 5], team=["a", "b"])
    assert len(compare(some, none)) == len(compare(none, some)) == 2
    assert compare(none, none).empty


def test_margins_may_be_relative_to_the_value_before() -> None:
    now, before = share_frame([30], [60]), share_frame([24], [60], "before")
    assert compare(now, before, margin={"csat": 0.1}, relative={"csat": True})["margin"][0] == pytest.approx(0.04)
    assert compare(now, before, margin={"csat": 0.1})["margin"][0] == 0.1
    assert np.isnan(compare(now, before, margin={"nps": 3})["margin"][0])


def test_frames_that_cannot_be_compared_are_refused() -> None:
    plain, grouped = share_frame([1], [5]), share_frame([1], [5], region=["N"])
    with pytest.raises(ParameterError, match="not grouped alike"):
        compare(plain, grouped)
    with pytest.raises(ParameterError, match="several rows for"):
        compare(share_frame([1, 2], [5, 5]), plain)
    two = pd.concat([share_frame([1], [5], region=["N"]), share_frame([1], [5], "later", region=["S"])])
    with pytest.raises(ParameterError, match="several periods"):
        compare(two, two)


def test_one_family_over_several_frames() -> None:
    one = compare(share_frame([40, 30], [60, 60], g=["a", "b"]), share_frame([22, 30], [60, 60], "x", g=["a", "b"]))
    two = compare(share_frame([40], [60], g=["a"]), share_frame([30], [60], "y", g=["a"]))
    together = as_one_family([one, two])
    p = np.concatenate([one["p"], two["p"]])
    assert np.allclose(np.concatenate([frame["q"] for frame in together]), false_discovery_control(p), atol=1e-12)
    assert [len(frame) for frame in together] == [2, 1]
    assert as_one_family([]) == []
