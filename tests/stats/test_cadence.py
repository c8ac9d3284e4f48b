"""The advised period is the shortest in which the change would be seen, and no shorter one is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tables_of_teams import net_scores, shares

from cxlab.errors import ParameterError
from cxlab.stats.cadence import CADENCES, LENGTHS, cadence
from cxlab.stats.comparisons import difference


def company(n: int, period: str = "2026-Q3", seed: int = 1) -> pd.DataFrame:
    return net_scores(np.random.default_rng(seed), np.array([n]), 30, period=period).drop(columns="team")


def test_more_answers_shorter_periods() -> None:
    """Ten points of NPS: about 1,000 answers a period are wanted (1,036 at a standard deviation of 81 points)."""
    advised = [cadence(company(n), 10.0)["cadence"].iloc[0] for n in (60_000, 10_000, 1_500, 300, 20)]
    assert advised == ["week", "month", "quarter", "year", "not within a year"]
    assert set(advised) <= set(CADENCES)


def test_the_smallest_change_goes_with_the_root_of_the_time() -> None:
    row = cadence(company(40_000, "2026-W07"), 10.0).iloc[0]
    assert row["quarter"] / row["year"] == pytest.approx(2, rel=0.01)
    assert row["week"] / row["quarter"] == pytest.approx(np.sqrt(LENGTHS["quarter"] / 7), rel=0.01)
    assert row["n_per_week"] == 40_000 and row["change"] == 10
    # Cohen's two-sample formula: (1.96 + 0.84) * sd * sqrt(2 / n), sd = 100 * sqrt(0.75 - 0.09) = 81.2 points.
    assert row["week"] == pytest.approx(2.8016 * 81.24 * np.sqrt(2 / 40_000), rel=0.02)


def test_groups_and_kpis_side_by_side() -> None:
    rng = np.random.default_rng(2)
    both = pd.concat(
        [net_scores(rng, np.array([50, 20_000]), period="2026-01"), shares(rng, np.array([900, 3]), 0.9, "2026-01")]
    )
    table = cadence(both, {"nps": 5, "csat": 0.1}, relative={"csat": True})
    assert table["change"].tolist() == pytest.approx([5, 5, *(0.1 * both["value"].iloc[2:])])
    assert table["team"].tolist() == both["team"].tolist() and len(table) == 4
    assert table["cadence"].iloc[1] == "week" and np.isnan(table["week"].iloc[3])


def test_nothing_known_nothing_advised() -> None:
    frame = company(100).assign(value=np.nan, low=np.nan, high=np.nan, n=0, n_eff=0.0)
    assert cadence(frame, 5)["cadence"].isna().all()


def test_what_is_missing_is_asked_for() -> None:
    with pytest.raises(ParameterError, match="give `days`"):
        cadence(company(100, "all"), 5)
    assert cadence(company(40_000, "all"), 10, days=7)["cadence"].iloc[0] == "week"
    for wrong in ({"change": 0}, {"change": {"ces": 1}}, {"change": 1, "days": 0}):
        with pytest.raises(ParameterError):
            cadence(company(100), **wrong)
    with pytest.raises(ParameterError, match="KPI frame"):
        cadence(company(100).drop(columns="n_eff"), 5)


@pytest.mark.slow
@pytest.mark.parametrize("n_per_week", [40, 150, 600])
def test_a_change_of_the_stated_size_is_seen_four_times_in_five(n_per_week: int) -> None:
    """Two months, the second better by what the advisor calls the smallest detectable change."""
    rng = np.random.default_rng(50)
    n = round(n_per_week * LENGTHS["month"] / 7)
    seen = cadence(company(round(n_per_week * 52.18), "2026"), 10.0)["month"].iloc[0]
    sizes = np.full(1500, n)
    now, before = net_scores(rng, sizes, 30 + seen / 2), net_scores(rng, sizes, 30 - seen / 2)
    assert 0.75 <= (difference(now, before)["p"] <= 0.05).mean() <= 0.88
