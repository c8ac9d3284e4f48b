"""Whom to call: value saved and not risk decides, by a ledger; what calls save is found, refused, or called unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import CxlabError, ParameterError
from cxlab.models.calling import HARMS, NO_EVIDENCE, WORKS, saved_by_calls, whom_to_call

#: Five customers: probability of leaving, revenue of a month.
LEDGER = pd.DataFrame(
    {"p": [0.60, 0.30, 0.05, 0.30, 0.90], "mrr": [100.0, 400, 3_000, 400, np.nan]},
    index=["a", "b", "c", "d", "e"],
)


def test_order_is_by_value_saved_on_a_hand_ledger() -> None:
    """At stake in a year: c 3,000 * 12 * 5 % = 1,800; b and d 1,440; a 720; nothing known of e, the riskiest of all."""
    calls = whom_to_call(LEDGER["p"], LEDGER["mrr"], {"c": ["no use in 90 days", "a case is open"]}, saves=0.25)
    table = calls.table
    assert list(table.index) == ["c", "b", "d", "a", "e"] and table["rank"].tolist() == [1, 2, 3, 4, 5]
    assert table["at_stake"].tolist() == pytest.approx([1_800, 1_440, 1_440, 720, 0])
    assert table["saved"].tolist() == pytest.approx([450, 360, 360, 180, 0])
    assert table["by_risk"].tolist() == [5, 3, 4, 2, 1]
    assert table.loc["c", "why"] == "no use in 90 days; a case is open" and table.loc["a", "why"] == ""
    assert calls.without_revenue == 1 and list(calls.top(10).index) == ["c", "b", "d", "a"]
    assert calls.among_riskiest(2) == 0 and calls.among_riskiest(4) == 3  # b, d and a; e is among the riskiest instead


def test_the_order_does_not_depend_on_the_assumed_share() -> None:
    orders = [list(whom_to_call(LEDGER["p"], LEDGER["mrr"], saves=share).table.index) for share in (0.05, 0.2, 1.0)]
    assert orders[0] == orders[1] == orders[2]


def test_lists_by_value_save_at_least_as_much_as_lists_by_risk() -> None:
    calls = whom_to_call(LEDGER["p"], LEDGER["mrr"], saves=0.25)
    lists = calls.lists([1, 2, 5, 50]).set_index("calls")
    assert lists.loc[1].tolist() == pytest.approx([450, 0, 1_350 / 5])
    assert lists.loc[2].tolist() == pytest.approx([810, 180, 2 * 1_350 / 5])
    assert lists.loc[5].tolist() == pytest.approx([1_350] * 3) and len(lists) == 3
    assert (lists["by_value"] >= lists["by_risk"]).all()


def test_lost_causes_fall_off_the_list() -> None:
    """Two of three places go to those who may stay, if whoever is all but gone cannot be kept."""
    p = pd.Series({"gone": 0.97, "torn": 0.5, "calm": 0.2})
    calls = whom_to_call(p, pd.Series({"gone": 100.0, "torn": 100, "calm": 200}))
    assert list(calls.table.index) == ["gone", "torn", "calm"]
    assert calls.kept_if_lost_causes(1) == 0 and calls.kept_if_lost_causes(2) == 1 and calls.kept_if_lost_causes(3) == 3


def test_share_saved_by_hand_and_in_bands_of_risk() -> None:
    """Of 100 called 8 left, of 100 others 20. Risk ratio 0.4, log error sqrt(1/8 - 1/100 + 1/20 - 1/100) = 0.394."""
    called = np.repeat([True, False], 100)
    left = np.r_[np.arange(100) < 8, np.arange(100) < 20]
    found = saved_by_calls(called, left)
    error = np.sqrt(1 / 8 - 1 / 100 + 1 / 20 - 1 / 100)
    assert found.value == pytest.approx(0.6)
    assert (found.low, found.high) == pytest.approx(
        (1 - 0.4 * np.exp(1.96 * error), 1 - 0.4 * np.exp(-1.96 * error)), abs=1e-4
    )
    assert (found.called, found.called_left, found.others, found.others_left) == (100, 8, 100, 20)
    assert found.verdict == WORKS and not found.by_lot


def test_those_called_were_the_riskier_ones() -> None:
    """Calls halve leaving, but the riskiest were called: without bands of risk calls seem to cost customers."""
    rng = np.random.default_rng(5)
    risk = np.where(rng.random(8_000) < 0.5, 0.05, 0.4)
    called = rng.random(8_000) < np.where(risk > 0.2, 0.8, 0.2)
    left = rng.random(8_000) < risk * np.where(called, 0.5, 1.0)
    assert saved_by_calls(called, left).verdict != WORKS
    found = saved_by_calls(called, left, risk)
    assert found.verdict == WORKS and found.low < 0.5 < found.high


def test_evidence_replaces_the_assumption_only_where_calls_work() -> None:
    called = np.repeat([True, False], 100)
    works = saved_by_calls(called, np.r_[np.arange(100) < 8, np.arange(100) < 20], by_lot=True)
    nothing = saved_by_calls(called, np.r_[np.arange(100) < 19, np.arange(100) < 20])
    harms = saved_by_calls(called, np.r_[np.arange(100) < 40, np.arange(100) < 15])
    assert (works.verdict, nothing.verdict, harms.verdict) == (WORKS, NO_EVIDENCE, HARMS)
    known = whom_to_call(LEDGER["p"], LEDGER["mrr"], evidence=works)
    assert known.known and known.saves == pytest.approx(0.6)
    for evidence in (nothing, harms, None):
        calls = whom_to_call(LEDGER["p"], LEDGER["mrr"], saves=0.2, evidence=evidence)
        assert not calls.known and calls.saves == 0.2


def test_what_cannot_be_told_is_refused_in_words() -> None:
    called, left = np.repeat([True, False], [5, 100]), np.arange(105) % 4 == 0
    with pytest.raises(CxlabError, match="5 customers called and 100 not called.*by lot"):
        saved_by_calls(called, left)
    with pytest.raises(CxlabError, match="nobody left"):
        saved_by_calls(np.repeat([True, False], 50), np.r_[np.zeros(50, bool), np.arange(50) < 10])
    with pytest.raises(ParameterError, match="of one length"):
        saved_by_calls([True], [True, False])
    for saves in (0, 1.5):
        with pytest.raises(ParameterError, match="saves"):
            whom_to_call(LEDGER["p"], LEDGER["mrr"], saves=saves)
    with pytest.raises(ParameterError, match="twice"):
        whom_to_call(pd.Series([0.1, 0.2], index=["a", "a"]), LEDGER["mrr"])
    with pytest.raises(ParameterError, match="from 0 to 1"):
        whom_to_call(LEDGER["p"] + 1, LEDGER["mrr"])


@pytest.mark.slow
def test_share_saved_is_covered_and_idle_calls_are_rarely_praised() -> None:
    hits, praised, looks = 0, 0, 1_500
    for seed in range(looks):
        rng = np.random.default_rng(seed)
        risk = rng.beta(1, 8, 800)
        called = rng.random(800) < 0.5
        left = rng.random(800) < risk * np.where(called, 0.7, 1.0)
        found = saved_by_calls(called, left, risk, by_lot=True)
        hits += found.low <= 0.3 <= found.high
        idle = saved_by_calls(called, rng.random(800) < risk, risk)
        praised += idle.verdict == WORKS
    assert 0.92 < hits / looks < 0.98 and praised / looks <= 0.035, (hits / looks, praised / looks)
