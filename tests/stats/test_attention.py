"""Attention, too little data, fine; and the one location that makes the company what it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tables_of_teams import net_scores, shares

from cxlab.errors import ParameterError
from cxlab.stats.attention import LISTS, attention, influence


def frame(seed: int = 1) -> pd.DataFrame:
    """Teams far below, at, and far above a target of 30, and one of four answers."""
    return net_scores(np.random.default_rng(seed), np.array([400, 30, 400, 4]), np.array([0, 30, 60, 30]))


def test_lists_are_told_apart() -> None:
    table = attention(frame(), 30)
    told = table.set_index("team")
    assert told["list"].to_dict() == {
        "team 000": "attention",
        "team 001": "too little data",
        "team 002": "fine",
        "team 003": "too little data",
    }
    assert [LISTS.index(name) for name in table["list"]] == sorted(LISTS.index(name) for name in table["list"])
    assert told.loc["team 000", "missed"] > 0.99 and told.loc["team 002", "missed"] < 0.01
    assert told.loc["team 001", "needed"] > 30 and (told["target"] == 30).all()
    assert list(table.columns)[-5:] == ["target", "shrunken", "missed", "needed", "list"]


def test_less_can_be_better_and_the_company_alone_can_be_asked() -> None:
    told = attention(frame(), 30, better="down").set_index("team")
    assert told.loc["team 000", "list"] == "fine" and told.loc["team 002", "list"] == "attention"
    company = frame().drop(columns="team").head(1)
    assert attention(company, 30)["list"].tolist() == ["attention"]
    unknown = company.assign(value=np.nan, low=np.nan, high=np.nan, n=0, n_eff=0.0)
    told = attention(unknown, 30).iloc[0]
    assert told["list"] == "too little data" and np.isnan(told["missed"]) and np.isnan(told["needed"])


@pytest.mark.parametrize("options", [{"target": np.nan}, {"target": 3, "sure": 0.4}, {"target": 3, "better": "x"}])
def test_what_cannot_be_meant_is_refused(options: dict) -> None:
    with pytest.raises(ParameterError):
        attention(frame(), **options)


def test_one_location_makes_the_company_worse() -> None:
    """Nineteen at 85 % and one, with a third of the answers, at 50 %."""
    p = np.where(np.arange(20) == 7, 0.5, 0.85)
    table = influence(shares(np.random.default_rng(2), np.where(np.arange(20) == 7, 950, 100), p))
    first = table.iloc[0]
    assert first["team"] == "team 007" and first["verdict"] == "moves the total"
    assert first["low"] <= first["effect"] <= first["high"] < 0
    assert (table["verdict"].iloc[1:] == "cannot tell").all()
    assert table["share"].sum() == pytest.approx(1)


def test_without_is_what_the_others_make() -> None:
    cards = frame()
    table = influence(cards)
    for _, row in table.iterrows():
        rest = cards[cards["team"] != row["team"]]
        assert row["without"] == pytest.approx(np.average(rest["value"], weights=rest["n"]))
        assert row["total"] == pytest.approx(np.average(cards["value"], weights=cards["n"]))
    assert (influence(cards, margin=1000)["verdict"] == "cannot tell").all()


def test_influence_of_one_of_several_columns() -> None:
    parts = [frame(seed).assign(site=site) for seed, site in ((1, "x"), (2, "y"), (3, "z"))]
    table = influence(pd.concat(parts, ignore_index=True), by="site")
    assert sorted(table["site"]) == ["x", "y", "z"] and table["n"].tolist() == [834] * 3
    with pytest.raises(ParameterError, match="not a known group column"):
        influence(frame(), by="site")
    with pytest.raises(ParameterError, match="two groups"):
        influence(frame().head(1))


@pytest.mark.slow
def test_equal_locations_move_nothing() -> None:
    rng = np.random.default_rng(40)
    sizes = np.repeat([8, 20, 60, 200, 1000], 4)
    alarms = sum((influence(shares(rng, sizes, 0.9))["verdict"] == "moves the total").any() for _ in range(300))
    assert alarms / 300 <= 0.05


@pytest.mark.slow
def test_teams_on_the_target_are_seldom_called_out() -> None:
    """Twenty teams of 8 to 200 answers that meet the target exactly: at most one list in ten names any."""
    rng = np.random.default_rng(41)
    sizes = np.repeat([8, 20, 60, 200], 5)
    alarms = sum((attention(net_scores(rng, sizes), 30)["list"] == "attention").any() for _ in range(300))
    assert alarms / 300 <= 0.10
