"""How often teams in no order at all would be said to go with their customers."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from cxlab.kpis.people_link import CANNOT_TELL, OPPOSITE, TOGETHER_UP, engagement_link
from cxlab.periods import Period

Q3 = Period.of("2026-Q3")


def teams(order: tuple[int, ...]) -> pd.DataFrame:
    """Teams of ten people and ten customers; promoters rise by team among people, in this order among customers."""
    rows = [
        (survey, f"t{team}", 10.0 if place <= good else 0.0)
        for survey, goods in (("enps", range(len(order))), ("nps", order))
        for team, good in enumerate(goods)
        for place in range(10)
    ]
    frame = pd.DataFrame(rows, columns=["survey", "team", "score"])
    return frame.assign(answered_at=pd.Timestamp("2026-08-01"))


def told(order: tuple[int, ...]) -> str:
    return engagement_link(teams(order), Q3)["verdict"][0]


@pytest.mark.parametrize("number", [4, pytest.param(5, marks=pytest.mark.slow)])
def test_chance_alone_is_told_at_most_once_in_twenty(number: int) -> None:
    """Every order of so many teams: of four, two in 24 are ranked exactly alike or the other way, too many to tell."""
    verdicts = [told(order) for order in permutations(range(number))]
    assert np.mean([verdict != CANNOT_TELL for verdict in verdicts]) <= 0.05


def test_five_teams_in_one_order_are_told() -> None:
    assert told((0, 1, 2, 3, 4)) == TOGETHER_UP and told((4, 3, 2, 1, 0)) == OPPOSITE
    four = engagement_link(teams((0, 1, 2, 3)), Q3).iloc[0]
    assert four["correlation"] == pytest.approx(1) and np.isnan(four["low"]) and four["verdict"] == CANNOT_TELL
