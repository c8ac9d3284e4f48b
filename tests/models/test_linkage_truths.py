"""Simulations of the promise: planted links are found with honest intervals, confounded ones are not believed."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlab.models.linkage.asking import asking_of
from cxlab.models.linkage.links import link
from tests.models.linked_accounts import panel

pytestmark = pytest.mark.slow


def told(times: int, **planted: object) -> pd.DataFrame:
    return pd.concat([link(panel(seed, **planted)).table for seed in range(times)]).set_index("outcome")


def test_a_planted_link_is_covered_and_graded_c() -> None:
    found = told(100, accounts=450, on_growth=0.002, on_left=-0.002, lasting=0.5)
    for outcome, truth in (("growth", 0.002), ("left", -0.002)):
        rows = found.loc[outcome]
        assert 0.92 <= ((rows["low"] <= truth) & (truth <= rows["high"])).mean() <= 0.995
    growth = found.loc["growth"]
    assert (growth["grade"] == "C").mean() >= 0.80  # a placebo at the 5 % level takes one in twenty away
    assert growth["is_real"].astype(bool).mean() >= 0.97


def test_where_nothing_is_planted_nothing_stands() -> None:
    found = told(100, accounts=400)
    assert (found["grade"] == "D").mean() >= 0.99
    for outcome in ("growth", "revenue", "left"):
        rows = found.loc[outcome]
        assert 0.90 <= ((rows["low"] <= 0) & (rows["high"] >= 0)).mean() <= 1.0
        assert (rows["placebo_p"] <= 0.05).mean() <= 0.10


def test_placebos_fire_five_times_in_a_hundred() -> None:
    found = told(110, accounts=300, periods=4, on_growth=0.002)
    assert 0.02 <= (found["placebo_p"] <= 0.05).mean() <= 0.08


@pytest.mark.parametrize("is_size_seen", [True, False])
def test_a_link_that_company_size_makes_is_graded_d(is_size_seen: bool) -> None:
    """Size moves score and money alike; where it is seen it is adjusted away, where it is hidden the placebo fires."""
    found = told(60, accounts=450, size_on_score=0.7, size_on_money=0.02, is_size_seen=is_size_seen)
    assert (found["grade"] == "D").mean() >= 0.95
    raw = found.loc["growth"]
    assert ((raw["raw_low"] > 0) | (raw["raw_high"] < 0)).mean() >= 0.95  # as it looks, the link is there
    if is_size_seen:
        assert ((raw["low"] <= 0) & (raw["high"] >= 0)).mean() >= 0.90
    else:
        assert (raw["placebo_p"] <= 0.05).mean() >= 0.95
        assert (raw["comes_after"].astype(bool)).mean() <= 0.06


def test_asking_about_nothing_adds_nothing() -> None:
    verdicts = [asking_of(panel(seed, accounts=300)).table["verdict"].tolist() for seed in range(50)]
    adds = sum(word == "adds" for words in verdicts for word in words)
    assert adds <= 0.05 * 150
