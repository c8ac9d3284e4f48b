"""How sure assignments are: what a coded sample says, and what follows for shares and effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.models.impact import accuracy_of, contributions
from cxlab.models.impact.accuracy import doubt
from cxlab.models.impact.fitting import fit
from cxlab.models.impact.unsure import fit_unsure, reliability, stand_ins
from tests.models.impact_worlds import misheard, sure_of, world


def sample() -> tuple[pd.DataFrame, pd.DataFrame]:
    """100 comments, 20 assigned; of the first 50, read by people, 10 were assigned: 8 rightly, 2 others overlooked."""
    assigned = pd.DataFrame({"price": (np.arange(100) % 5) == 0})
    truth = assigned["price"][:50].to_numpy().copy()
    truth[[0, 5]] = False
    truth[[1, 2]] = True
    return assigned, pd.DataFrame({"price": truth})


def test_a_coded_sample_by_hand() -> None:
    assigned, coded = sample()
    found = accuracy_of(assigned, coded)
    row = found.table.iloc[0]
    assert (row["n_assigned"], row["precision"], row["n_others"], row["missed"]) == (10, 0.8, 40, 0.05)
    # Wilson's intervals of 8 of 10 and 2 of 40.
    ends = row[["precision_low", "precision_high", "missed_low", "missed_high"]].astype(float)
    assert np.allclose(ends, [0.4902, 0.9433, 0.0138, 0.1650], atol=1e-4)
    precision, missed = found.rates
    assert (precision[0], missed[0]) == (pytest.approx(8.5 / 11), pytest.approx(2.5 / 41))
    sure = found.sure(assigned)["price"]
    assert sure[0] == pytest.approx(8.5 / 11) and sure[1] == pytest.approx(1 - 2.5 / 41)


def test_chances_of_nought_and_one_are_least_squares() -> None:
    w = world(1, 800)
    ground, weight = np.ones((800, 1)), np.random.default_rng(0).uniform(0.5, 2, 800)
    members, points = w.members.to_numpy(float), 100.0 * (w.score >= 9) - 100.0 * (w.score <= 6)
    truth, square = stand_ins(members, weight)
    assert np.allclose(truth, members) and np.allclose(square, members)
    one = fit_unsure(ground, truth, square, points, weight, w.account)
    other = fit(np.column_stack([ground, members]), points, weight, w.account)
    assert one is not None and np.allclose(one.beta, other.beta)
    ratio = np.sqrt((one.influence**2).sum(axis=0) / (other.influence**2).sum(axis=0))
    assert ((ratio > 0.99) & (ratio < 1.03)).all()
    assert np.allclose(reliability(members, weight), 1.0)


def test_a_shrunken_effect_is_brought_back_by_the_reliability_by_hand() -> None:
    """Half of 1,000 are assigned; 80 % of those and 20 % of the others speak of it: effects look 60 % as large."""
    assigned = np.arange(1000) < 500
    score = np.where(assigned, 2, 10)  # 200 points apart, as assigned
    sure = pd.DataFrame({"a": np.full(1000, 0.8)})
    row = contributions(pd.DataFrame({"a": assigned}), score, sure=sure).table.iloc[0]
    assert row["share"] == pytest.approx(0.5)
    # The chances are 0.8 and 0.2: 0.6 apart, so -200 points belong to 0.6 of a mention.
    assert row["effect"] == pytest.approx(-200 / 0.6)


def test_intervals_widen_by_what_is_not_known() -> None:
    w = world(2, 3000)
    heard = misheard(3, w.members)
    width = {}
    for name, sure in (
        ("as heard", None),
        ("sure", sure_of(heard)),
        ("coded", accuracy_of(heard, w.members.iloc[:200])),
    ):
        table = contributions(heard, w.score, controls=w.controls, sure=sure).table.set_index("topic")
        width[name] = (table["effect_high"] - table["effect_low"])["price"]
    assert width["as heard"] < width["sure"] < width["coded"]


def test_what_the_sample_leaves_unsure_is_the_derivative() -> None:
    """The sums of `doubt` are those of the fit itself, done again with another rate."""
    w = world(4, 1500)
    heard = misheard(5, w.members).to_numpy(float)[:, [0, 2, 4]]
    ground, weight = np.ones((1500, 1)), np.ones(1500)
    points = 100.0 * (w.score >= 9) - 100.0 * (w.score <= 6)
    precision, missed = np.array([0.85, 0.8, 0.9]), np.array([0.02, 0.015, 0.03])

    def refitted(step: float) -> tuple[np.ndarray, np.ndarray]:
        moved = missed + np.array([0.0, step, 0.0])
        chance = np.where(heard > 0, precision, moved)
        found = fit_unsure(ground, *stand_ins(chance, weight), points, weight, np.arange(1500))
        return chance.mean(axis=0), found.beta[1:]

    on_share, on_effect = doubt(ground, heard, points, weight, precision, missed, (np.full(3, 0.1), np.full(3, 0.01)))
    (share1, effect1), (share0, effect0) = refitted(1e-4), refitted(-1e-4)
    assert np.allclose(on_share[3 + 1], 0.01 * (share1 - share0) / 2e-4, atol=1e-8)
    assert np.allclose(on_effect[3 + 1], 0.01 * (effect1 - effect0) / 2e-4, rtol=1e-5, atol=1e-7)


def test_a_topic_that_is_mostly_guessed_gets_no_number() -> None:
    w = world(6, 1500)
    sure = sure_of(w.members)
    sure["price"] = np.where(w.members["price"], 0.3, 0.95)
    impact = contributions(w.members, w.score, sure=sure)
    table = impact.table.set_index("topic")
    assert np.isnan(table.loc["price", "value"]) and table["value"].notna().sum() == 8
    assert any(line.startswith("price: the assignments are too unsure") for line in impact.remarks)
    assert impact.table["value"].sum() == pytest.approx(impact.gap, abs=1e-9)


def test_one_topic_each_cannot_be_corrected_and_says_so() -> None:
    rng = np.random.default_rng(7)
    members = pd.DataFrame(np.eye(3, dtype=bool)[rng.integers(0, 3, 600)], columns=list("abc"))
    impact = contributions(members, rng.integers(0, 11, 600), sure=members * 0 + 0.9)
    assert any(line.startswith("Assignments are too unsure, or too much tied") for line in impact.remarks)
    assert impact.table["value"].notna().all()


@pytest.mark.parametrize(
    ("assigned", "coded", "message"),
    [
        (sample()[0], sample()[1].rename(columns={"price": "fees"}), "'price' is not a known topic of the coded"),
        (sample()[0], sample()[1].set_axis(range(80, 130)), "from 0 to 99"),
        (sample()[0], sample()[1].set_axis(list("ab") * 25), "from 0 to 99"),
    ],
)
def test_a_sample_that_does_not_fit_is_refused(assigned: pd.DataFrame, coded: pd.DataFrame, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        accuracy_of(assigned, coded)


def test_degrees_are_not_rated_by_a_coded_sample() -> None:
    assigned, coded = sample()
    with pytest.raises(ParameterError, match="hold degrees"):
        accuracy_of(assigned, coded).sure(assigned * 0.5)
