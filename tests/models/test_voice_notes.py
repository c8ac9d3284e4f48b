"""Two sides on the same topics: what differs, what only one of them sees, and agreement beyond chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.models.voice import both_sides, same_units
from cxlab.models.voice.notes import kappa
from cxlab.periods import Period


def side(n: int, **hits: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`n` texts of which the first so many hold each topic, each of an account of its own."""
    members = pd.DataFrame({topic: np.arange(n) < count for topic, count in hits.items()})
    when = pd.Timestamp("2026-08-01")
    return members, pd.DataFrame({"customer_id": [f"c{row}" for row in range(n)], "answered_at": when})


def test_who_says_more_and_what_only_one_side_says() -> None:
    agents = side(1_000, a=150, b=150, c=0, d=100, e=0)
    customers = side(2_000, a=0, b=150, c=200, d=204, e=0)
    found = both_sides(agents, customers).set_index("topic")
    assert found["verdict"].to_dict() == {
        "a": "agents more", "b": "agents more", "c": "customers more", "d": "cannot tell", "e": "alike",
    }  # fmt: skip
    assert found["only"].to_dict() == {"a": "agents", "b": "", "c": "customers", "d": "", "e": ""}
    assert found.loc["b", ["share_agents", "share_customers"]].tolist() == [0.15, 0.075]
    assert found.loc["b", "change"] == pytest.approx(0.075)
    assert np.isnan(found.loc["e", "p"]), "what nobody mentions is no test that others pay for"
    assert found.index[0] == "a"


def test_alike_needs_enough_to_say_so() -> None:
    many = both_sides(side(20_000, a=2_000), side(20_000, a=2_020))
    few = both_sides(side(200, a=20), side(200, a=20))
    assert many["verdict"].tolist() == ["alike"]
    assert few["verdict"].tolist() == ["cannot tell"]


def test_small_sides_cannot_show_that_the_other_says_nothing() -> None:
    found = both_sides(side(1_000, a=150), side(60, a=0))
    assert found["verdict"].tolist() == ["agents more"]
    assert found["only"].tolist() == [""]


def test_sides_have_the_names_given_and_only_the_period_counts() -> None:
    members, rows = side(100, a=50)
    rows.loc[:49, "answered_at"] = pd.Timestamp("2020-01-01")
    found = both_sides(
        (members, rows), side(100, a=50), names=("community", "survey"), period=Period.of("2026-Q3"),
        topics=pd.DataFrame({"topic": ["a"], "name": ["price"]}),
    )  # fmt: skip
    row = found.iloc[0]
    assert (row["name"], row["heard_community"], row["n_community"], row["heard_survey"]) == ("price", 50, 0, 100)
    assert row["verdict"] == "survey more"


def test_the_same_topics_are_needed() -> None:
    with pytest.raises(ParameterError, match="same topics"):
        both_sides(side(10, a=1), side(10, b=1))


def test_kappa_of_a_table_worked_by_hand() -> None:
    # Cohen's own arithmetic: observed 0.70, by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5, kappa 0.4.
    value, low, high = kappa([20, 5, 10, 15])
    assert value == pytest.approx(0.4)
    # statsmodels' asymptotic standard error is 0.1288: half-width 0.252 to 0.259 on Student's quantile.
    assert low == pytest.approx(0.12, abs=0.04)
    assert high == pytest.approx(0.63, abs=0.04)


def test_kappa_agrees_with_statsmodels_in_large_samples() -> None:
    from statsmodels.stats.inter_rater import cohens_kappa

    cells = [900, 210, 340, 4_100]
    theirs = cohens_kappa(np.array([[cells[0], cells[1]], [cells[2], cells[3]]]))
    value, low, high = kappa(cells)
    assert value == pytest.approx(theirs.kappa, abs=1e-12)
    assert (low, high) == pytest.approx((theirs.kappa_low, theirs.kappa_upp), abs=2e-3)


def test_kappa_of_nothing_varied_is_unknown_and_of_full_agreement_has_a_limit() -> None:
    assert np.isnan(kappa([0, 0, 10, 90])).all()
    value, low, high = kappa([10, 0, 0, 30])
    assert (value, high) == (1.0, 1.0)
    assert 0.5 < low < 0.95


def test_units_count_once_and_only_where_both_sides_spoke() -> None:
    ours = pd.DataFrame({"a": [True, False, False, True]})
    theirs = pd.DataFrame({"a": [False, True, True, False]})
    found = same_units((ours, ["x", "x", "y", None]), (theirs, ["x", "x", "y", "z"]))
    row = found.iloc[0]
    assert row[["units", "both", "first_only", "second_only", "neither"]].tolist() == [2, 1, 0, 1, 0]


@pytest.mark.slow
@pytest.mark.parametrize("n", [30, 60, 200, 800])
def test_intervals_of_kappa_hold_the_truth(n: int) -> None:
    """Also where two raters agree no more than chance on something rare, where the plain jackknife holds it in 36 %."""
    rng = np.random.default_rng(n)
    for cells in ([0.1, 0.1, 0.1, 0.7], [0.01, 0.09, 0.09, 0.81], [0.0025, 0.0475, 0.0475, 0.9025],
                  [0.05, 0.02, 0.05, 0.88], [0.45, 0.03, 0.02, 0.5]):  # fmt: skip
        p = np.array(cells)
        one, other = p[0] + p[1], p[0] + p[2]
        chance = one * other + (1 - one) * (1 - other)
        truth = (p[0] + p[3] - chance) / (1 - chance)
        found = np.array([kappa(each) for each in rng.multinomial(n, p, size=1_500)])
        known = ~np.isnan(found[:, 1])
        held = ((found[known, 1] <= truth) & (truth <= found[known, 2])).mean()
        assert held > 0.915, (cells, held)
