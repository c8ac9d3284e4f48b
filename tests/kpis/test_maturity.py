"""Maturity: rounds of ratings, levels by the floor rule, groups that differ, change since last time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.maturity import WHOLE, maturity, maturity_agreement, maturity_change, maturity_gaps, programme_level
from cxlab.periods import Period


def ratings(levels: dict[str, dict[str, list[float]]], day: str = "2026-05-04") -> pd.DataFrame:
    """From element -> group -> levels; the raters of a group are numbered."""
    rows = [
        (pd.Timestamp(day), element, level, group, f"{group[0]}{place}")
        for element, groups in levels.items()
        for group, given in groups.items()
        for place, level in enumerate(given)
    ]
    return pd.DataFrame(rows, columns=["assessed_on", "element", "level", "group", "rater"])


LEDGER = ratings(
    {
        "listening": {"bosses": [4, 4, 5], "staff": [2, 3, 3]},
        "action": {"bosses": [3, 3, 3], "staff": [1, 1, 3]},
    }
)


def test_levels_counted_by_hand() -> None:
    found = maturity(LEDGER).set_index(["element", "group"])
    assert found.loc[("listening", "all"), ["value", "n", "median", "reached"]].tolist() == [3.5, 6, 3.5, 3.0]
    # Five of six gave 3 or more, two of six (a third) 5 or 4 and 5: level 3 is the highest with two thirds behind it.
    assert found.loc[("listening", "all"), "agreeing"] == pytest.approx(5 / 6)
    assert found.loc[("action", "all"), ["value", "median", "reached", "agreeing"]].tolist() == [14 / 6, 3, 3, 4 / 6]
    # A mean of 1.67, but two of three see nothing of level 2.
    assert found.loc[("action", "staff"), ["reached", "agreeing"]].tolist() == [1, 1]
    assert found.loc[("listening", "staff"), "reached"] == 3 and found.loc[("listening", "bosses"), "reached"] == 4
    assert ((found["low"] <= found["value"]) & (found["value"] <= found["high"])).all()
    assert (found["low"] >= 1).all() and (found["high"] <= 5).all()


def test_the_floor_rule_names_what_holds_back() -> None:
    found = programme_level(maturity(LEDGER)).set_index("group")
    assert found.loc["all", ["reached", "held_back_by", "elements"]].tolist() == [3, "action, listening", 2]
    assert found.loc["staff", ["reached", "held_back_by"]].tolist() == [1, "action"]
    assert found.loc["staff", "rule"] == "The programme is on level 1: the lowest of its 2 elements, action."


def test_the_share_that_must_agree_is_an_option() -> None:
    def reached(agree: float) -> float:
        return maturity(LEDGER, agree=agree).set_index(["element", "group"]).loc[("action", "all"), "reached"]

    assert (reached(0.5), reached(2 / 3), reached(0.7)) == (3, 3, 1)
    with pytest.raises(ParameterError, match="agree is 1.5"):
        maturity(LEDGER, agree=1.5)


def test_only_the_last_round_counts_and_of_each_rater_the_last_rating() -> None:
    old = ratings({"action": {"bosses": [5, 5, 5]}}, "2025-05-05")
    again = ratings({"action": {"bosses": [4]}}, "2026-05-20")
    both = pd.concat([old, LEDGER, again])
    now = maturity(both).set_index(["element", "group"])
    assert now.loc[("action", "bosses"), ["value", "n"]].tolist() == [pytest.approx(10 / 3), 3]
    then = maturity(both, pd.Timestamp("2025-12-31")).set_index(["element", "group"])
    assert then["value"].tolist() == [5, 5]
    assert maturity(both, Period.of("2025")).equals(then.reset_index())
    assert maturity(both, Period.of("2026-Q2")).equals(now.reset_index())
    # Raters without a code are each somebody else.
    assert maturity(LEDGER.drop(columns="rater"))["n"].tolist() == maturity(LEDGER)["n"].tolist()
    mixed = both.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(maturity(mixed), maturity(both))
    pd.testing.assert_frame_equal(maturity(pl.from_pandas(both)), maturity(both))


def test_a_benchmark_needs_source_and_year() -> None:
    outside = pd.DataFrame({"element": ["action"], "level": [2.1], "source": ["Institute"], "year": [2024]})
    found = maturity(LEDGER, benchmarks=outside).set_index(["element", "group"])
    assert found.loc[("action", "all"), ["benchmark", "benchmark_from"]].tolist() == [2.1, "Institute, 2024"]
    assert found["benchmark"].notna().sum() == 1
    with pytest.raises(ParameterError, match=r"benchmarks need element, level, source and year.*year"):
        maturity(LEDGER, benchmarks=outside.drop(columns="year"))
    with pytest.raises(ParameterError, match="single values"):
        maturity(LEDGER, benchmarks=outside.assign(source=None))


def test_what_cannot_be_a_level_is_refused() -> None:
    with pytest.raises(TableError, match="found the level 7; levels go from 1 to 5"):
        maturity(LEDGER.assign(level=7.0))
    with pytest.raises(TableError, match="maturity_gaps needs the group"):
        maturity_gaps(LEDGER.drop(columns="group"))
    with pytest.raises(TableError, match="maturity needs .*element"):
        maturity(LEDGER.drop(columns="element"))


def test_an_empty_table_has_no_rows() -> None:
    empty = LEDGER.iloc[:0]
    assert len(maturity(empty)) == len(maturity_change(empty)) == len(programme_level(maturity(empty))) == 0
    assert len(maturity_change(LEDGER)) == 0 and "verdict" in maturity_change(LEDGER)


def test_gaps_are_welchs() -> None:
    rng = np.random.default_rng(2)
    one, two = rng.integers(2, 6, 9).astype(float), rng.integers(1, 5, 6).astype(float)
    found = maturity_gaps(ratings({"culture": {"bosses": list(one), "staff": list(two)}}))
    test = stats.ttest_ind(one, two, equal_var=False)
    low, high = test.confidence_interval()
    for row in found.itertuples():
        assert (row.group, row.other, row.n, row.n_other) == ("bosses", "staff", 9, 6)
        assert row.difference == pytest.approx(one.mean() - two.mean())
        assert (row.p, row.low, row.high) == pytest.approx((test.pvalue, low, high))
    assert found["element"].tolist() == [WHOLE, "culture"]


def test_a_gap_is_told_from_none_and_from_too_few_raters() -> None:
    far = maturity_gaps(ratings({"a": {"bosses": [4, 4, 5, 4, 5], "staff": [2, 2, 1, 2, 2]}}))
    assert set(far["verdict"]) == {"rates higher"}
    same = [3, 3, 3, 3, 2, 3, 3, 3, 4, 3] * 3
    assert set(maturity_gaps(ratings({"a": {"bosses": same, "staff": same}}))["verdict"]) == {"alike"}
    few = maturity_gaps(ratings({"a": {"bosses": [4, 5], "staff": [2, 3]}}))
    assert set(few["verdict"]) == {"cannot tell"}
    alone = maturity_gaps(ratings({"a": {"bosses": [4], "staff": [2, 3]}}))
    assert set(alone["verdict"]) == {"cannot tell"} and alone["low"].isna().all()
    # Unanimous groups differ by rounding at least: three against three, one level apart, is no proof of anything big.
    unanimous = maturity_gaps(ratings({"a": {"bosses": [4, 4, 4], "staff": [3, 3, 3]}}))
    assert (unanimous["high"] - unanimous["low"] > 0.5).all()


def test_change_pairs_raters_by_their_codes() -> None:
    rng = np.random.default_rng(4)
    before = rng.integers(1, 4, 8).astype(float)
    now = before + rng.integers(0, 3, 8)
    old, new = (
        ratings({"action": {"staff": list(x)}}, day) for x, day in ((before, "2025-05-04"), (now, "2026-05-04"))
    )
    found = maturity_change(pd.concat([old, new])).set_index(["element", "group"])
    test = stats.ttest_rel(now, before)
    row = found.loc[("action", "staff")]
    assert (row["change"], row["p"], row["paired"]) == pytest.approx(((now - before).mean(), test.pvalue, 8))
    assert (row["low"], row["high"]) == pytest.approx(tuple(test.confidence_interval()))
    assert row["before"] == pd.Timestamp("2025-05-04") and row["verdict"] == "moved up"
    strangers = maturity_change(pd.concat([old.assign(rater=old["rater"] + "x"), new])).set_index(["element", "group"])
    row, test = strangers.loc[("action", "staff")], stats.ttest_ind(now, before, equal_var=False)
    assert (row["change"], row["p"], row["paired"]) == pytest.approx(((now - before).mean(), test.pvalue, 0))


def test_a_new_element_is_no_decline() -> None:
    old = ratings({"action": {"staff": [3, 3, 4, 3]}}, "2025-05-04")
    new = ratings({"action": {"staff": [3, 3, 4, 3]}, "culture": {"staff": [1, 1, 1, 1]}})
    found = maturity_change(pd.concat([old, new])).set_index(["element", "group"])
    assert found.loc[(WHOLE, "all"), "change"] == 0 and ("culture", "all") not in found.index


def test_agreement_by_group() -> None:
    found = maturity_agreement(LEDGER).set_index("group")
    assert found.index.tolist() == ["all", "bosses", "staff"]
    assert found.loc["all", ["elements", "raters"]].tolist() == [2, 6]
    assert found.loc["bosses", "alpha"] > found.loc["all", "alpha"]


def draw(rng: np.random.Generator, gap: float = 0.0, step: float = 0.0, day: str = "2026-05-04") -> pd.DataFrame:
    """Four groups of seven, six elements; the first group rates `gap` higher."""
    base, shift = rng.uniform(1.8, 3.2, 6) if not step else np.linspace(1.8, 3.2, 6) + step, (gap, 0, 0, 0)
    return ratings(
        {
            f"e{place}": {
                f"{name}{above}": list(np.clip(np.round(base[place] + above + rng.normal(0, 0.7, 7)), 1, 5))
                for name, above in zip("abcd", shift, strict=True)
            }
            for place in range(6)
        },
        day,
    )


@pytest.mark.slow
def test_no_gap_is_rarely_called_one_and_a_planted_one_is_found_and_covered() -> None:
    rng = np.random.default_rng(11)
    called = [maturity_gaps(draw(rng))["verdict"].isin(["rates higher", "rates lower"]).any() for _ in range(150)]
    assert np.mean(called) <= 0.09  # 5 % is promised; one standard error of 80 draws is 2.4 %
    found, held = [], []
    for _ in range(60):
        gaps = maturity_gaps(draw(rng, 0.9))
        first = gaps[(gaps["element"] == WHOLE) & (gaps["group"] == "a0.9")]
        found += list(first["verdict"] == "rates higher")
        held += list((first["low"] <= 0.9) & (first["high"] >= 0.9))
    assert np.mean(found) > 0.9 and 0.92 < np.mean(held) < 0.98


@pytest.mark.slow
def test_no_change_is_rarely_called_one() -> None:
    rng, called = np.random.default_rng(12), []
    for _ in range(80):
        both = [draw(rng, 0.0, 1e-9, day) for day in ("2025-05-04", "2026-05-04")]
        called.append(maturity_change(pd.concat(both))["verdict"].str.startswith("moved").any())
    assert np.mean(called) <= 0.09  # 5 % is promised; one standard error of 80 draws is 2.4 %
