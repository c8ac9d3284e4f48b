"""Improvement, persistence and the split of a change: quiet without differences, right where there is one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from tables_of_teams import SIZES, net_scores, shares

from cxlab.errors import ParameterError
from cxlab.stats.shifts import improvement_sentence, most_improved, persistence, split_change


def flat(values: dict[str, tuple[float, int]], period: str = "now") -> pd.DataFrame:
    """Teams with (value, n); intervals as wide as those of a share of 50 %, in points."""
    rows = [
        {"kpi": "nps", "period": period, "team": team, "value": v, "low": v - 98 / n**0.5, "high": v + 98 / n**0.5}
        | {"n": n, "n_eff": float(n)}
        for team, (v, n) in values.items()
    ]
    return pd.DataFrame(rows)


BEFORE = {"A": (30.0, 400), "B": (32.0, 400), "C": (28.0, 400), "D": (31.0, 400)}


def test_the_one_that_improved_stands_out() -> None:
    now = flat(BEFORE | {"C": (60.0, 400), "D": (0.0, 400), "tiny": (100.0, 3)})
    table = most_improved(now, flat(BEFORE | {"gone": (10.0, 50)}, "before"))
    told = table.set_index("team")
    assert table["team"].iloc[0] == "C" and told.loc["C", "verdict"] == "stands out"
    assert told.loc["D", "verdict"] == "falls behind" and told.loc["A", "verdict"] == "cannot tell"
    assert 0 < told.loc["C", "shrunken"] < told.loc["C", "change"] == 32
    assert told.loc["tiny", "n_before"] == 0 and told.loc["gone", "n"] == 0 and len(table) == 6
    assert told.loc[["tiny", "gone"], ["p", "q", "shrunken"]].isna().all(axis=None)
    assert improvement_sentence(table) == "1 of 4 improved by more than chance and more than the others: C."
    columns = ["kpi", "period", "before", "team", "value", "value_before", "change", "shrunken", "shrunken_low"]
    columns += ["shrunken_high", "p", "q", "verdict", "n", "n_before"]
    assert list(table.columns) == columns


def test_all_improved_alike_so_none_stands_out() -> None:
    now = flat({team: (value + 25, n) for team, (value, n) in BEFORE.items()})
    table = most_improved(now, flat(BEFORE, "before"))
    assert (table["verdict"] == "cannot tell").all() and table["shrunken"].min() > 20
    assert improvement_sentence(table).startswith("No group can be singled out: among 4")


def test_less_can_be_better() -> None:
    now = flat(BEFORE | {"C": (-10.0, 400)})
    assert most_improved(now, flat(BEFORE, "before"), better="down")["team"].iloc[0] == "C"
    assert most_improved(now, flat(BEFORE, "before"), better="down")["verdict"].iloc[0] == "stands out"


def test_too_few_answers_to_say_anything() -> None:
    table = most_improved(flat({"A": (1.0, 2), "B": (5.0, 3)}), flat({"A": (1.0, 2), "B": (5.0, 3)}, "before"))
    assert improvement_sentence(table) == "No group has enough answers in both periods to say who improved."


def test_frames_that_do_not_match_are_refused() -> None:
    with pytest.raises(ParameterError, match="grouped alike"):
        most_improved(flat(BEFORE), flat(BEFORE).rename(columns={"team": "region"}))
    with pytest.raises(ParameterError, match="two periods"):
        persistence([flat(BEFORE)])
    with pytest.raises(ParameterError, match="grouped alike"):
        persistence([flat(BEFORE), flat(BEFORE).assign(kpi="ces")])
    with pytest.raises(ParameterError, match="not a known group column"):
        split_change(flat(BEFORE), flat(BEFORE), by="region")
    with pytest.raises(ParameterError, match="no group has a value"):
        split_change(flat(BEFORE).assign(value=np.nan), flat(BEFORE))


def test_keeping_below_is_counted_by_hand() -> None:
    """D lies below in all 12 periods: 1 in 4,096 by luck; B in 6 of 12."""
    frames = []
    for place in range(12):
        swing = 4.0 if place % 2 else -4.0
        frames.append(
            flat(
                {"A": (40.0 + swing, 300), "B": (32.0 - 2 * swing, 300), "C": (40.0 + swing, 300), "D": (20.0, 300)},
                str(place),
            )
        )
    frames[-1] = pd.concat([frames[-1], flat({"tiny": (-90.0, 2)}, "11")])
    table = persistence(frames).set_index("team")
    assert table.loc["D", ["below", "periods"]].tolist() == [12, 12]
    assert table.loc["D", "p"] == pytest.approx(binom.sf(11, 12, 0.5)) and table.loc["D", "verdict"] == "keeps below"
    assert table.loc["B", "below"] == 6 and table.loc["B", "p"] == pytest.approx(binom.sf(5, 12, 0.5))
    assert table.index[0] == "D" and table.loc["tiny", "periods"] == 0 and np.isnan(table.loc["tiny", "p"])
    assert table.loc["D", "distance"] < table.loc["D", "next"] < 0
    assert (table["first"] == "0").all() and (table["last"] == "11").all()
    up = persistence(frames, better="down").set_index("team")
    assert up.loc["D", "below"] == 0 and up.loc["D", "verdict"] == "cannot tell"


def test_one_large_good_group_does_not_convict_all_others() -> None:
    """Nine alike teams lie below a company that is mostly the tenth; the chance is raised to nine tenths for it."""
    teams = {f"t{place}": (20.0, 50) for place in range(9)} | {"large": (60.0, 5000)}
    table = persistence([flat(teams, str(place)) for place in range(8)])
    assert table["chance"].iloc[0] == pytest.approx(0.9) and (table["verdict"] == "cannot tell").all()


def test_a_change_splits_by_hand() -> None:
    """Two teams at 20 and 60; the good one grows from half to three quarters of the answers and loses 10 points."""
    table = split_change(
        flat({"A": (20.0, 50), "B": (50.0, 150)}), flat({"A": (20.0, 100), "B": (60.0, 100)})
    ).set_index("team")
    assert table.loc["B", "within"] == pytest.approx(-10 * (0.75 + 0.5) / 2)
    assert table["within"].sum() == pytest.approx(-6.25) and table["mix"].sum() == pytest.approx(8.75)
    assert table["contribution"].sum() == pytest.approx(42.5 - 40)


def test_groups_that_come_and_go_are_mix() -> None:
    table = split_change(flat({"A": (20.0, 50), "new": (80.0, 50)}), flat({"A": (20.0, 50), "old": (0.0, 50)}))
    told = table.set_index("team")
    assert told.loc[["new", "old"], "within"].tolist() == [0, 0]
    assert np.isnan(told.loc["new", "value_before"]) and told.loc["new", "share_before"] == 0
    assert told["contribution"].sum() == pytest.approx(50 - 10)


sides = st.dictionaries(st.sampled_from("ABCDEFG"), st.tuples(st.floats(-100, 100), st.integers(1, 5000)), min_size=1)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(sides, sides)
def test_the_split_adds_up(now: dict, before: dict) -> None:
    """To 1e-12 of the scale's width, whatever groups there are."""
    first, second = flat(now), flat(before, "before")
    table = split_change(first, second)
    change = np.average(first["value"], weights=first["n"]) - np.average(second["value"], weights=second["n"])
    assert abs(table["contribution"].sum() - change) <= 200 * 1e-12
    assert abs(table["within"].sum() + table["mix"].sum() - change) <= 200 * 1e-12


def test_the_split_may_be_by_fewer_columns() -> None:
    rng = np.random.default_rng(1)
    frames = []
    for period in ("now", "before"):
        parts = [net_scores(rng, np.array([30, 50, 70]), period=period).assign(region=region) for region in "NS"]
        frames.append(pd.concat(parts, ignore_index=True))
    coarse, fine = split_change(*frames, by="region"), split_change(*frames)
    assert len(coarse) == 2 and len(fine) == 6
    assert coarse["contribution"].sum() == pytest.approx(fine["contribution"].sum(), abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["net scores", "shares"])
def test_no_change_no_one_stands_out(kind: str) -> None:
    """A/A: in at most 5 % of tables anyone stands out or falls behind; the raw largest change is always someone's."""
    rng = np.random.default_rng(30)
    alarms = 0
    for _ in range(500):
        frames = [
            net_scores(rng, SIZES, period=period) if kind == "net scores" else shares(rng, SIZES, 0.85, period)
            for period in ("now", "before")
        ]
        alarms += (most_improved(*frames)["verdict"] != "cannot tell").any()
    assert alarms / 500 <= 0.05


@pytest.mark.slow
def test_the_worst_of_last_time_do_not_look_improved() -> None:
    """Regression to the mean: teams alike, and the worst of the period before come back by 30 points and more on
    average. Shrunken, that is less than 4, and they hardly ever stand out."""
    rng = np.random.default_rng(31)
    raw, drawn, out = [], [], 0
    for _ in range(200):
        before, now = net_scores(rng, SIZES, period="before"), net_scores(rng, SIZES, period="now")
        worst = before.loc[before["value"].idxmin(), "team"]
        told = most_improved(now, before).set_index("team").loc[worst]
        raw.append(told["change"])
        drawn.append(told["shrunken"])
        out += told["verdict"] == "stands out"
    assert np.mean(raw) > 30
    assert abs(np.mean(drawn)) < 4
    assert out / 200 <= 0.05


@pytest.mark.slow
def test_a_true_improvement_is_found() -> None:
    rng = np.random.default_rng(32)
    score = np.full(20, 20.0)
    found = 0
    for _ in range(100):
        before = net_scores(rng, np.full(20, 200), score, period="before")
        now = net_scores(rng, np.full(20, 200), score + np.eye(20)[3] * 35, period="now")
        told = most_improved(now, before)
        found += told["team"].iloc[0] == "team 003" and told["verdict"].iloc[0] == "stands out"
    assert found / 100 > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["net scores", "shares of 95 %", "shares of 10 %"])
def test_luck_convicts_no_one(kind: str) -> None:
    """A/A: teams alike over 12 periods; in at most 5 % of tables anyone keeps below."""
    rng = np.random.default_rng(33)
    alarms = 0
    for _ in range(200):
        make = {"net scores": lambda: net_scores(rng, SIZES)}.get(
            kind, lambda: shares(rng, SIZES, 0.95 if kind == "shares of 95 %" else 0.1)
        )
        alarms += (persistence([make() for _ in range(12)])["verdict"] == "keeps below").any()
    assert alarms / 200 <= 0.05


@pytest.mark.slow
def test_a_team_that_truly_lies_below_is_found() -> None:
    rng = np.random.default_rng(34)
    score = np.full(12, 30.0)
    score[5] = 5.0
    found = 0
    for _ in range(60):
        table = persistence([net_scores(rng, np.full(12, 100), score) for _ in range(14)])
        found += table.loc[table["verdict"] == "keeps below", "team"].tolist() == ["team 005"]
    assert found / 60 > 0.8
