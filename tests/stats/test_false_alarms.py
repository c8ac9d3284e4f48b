"""Nothing happened: how often do we say that something did? Something did: how often do we see it?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.kpis.definitions import DEFINITIONS
from cxlab.kpis.dictionary import compare
from cxlab.kpis.scorecards import scorecard
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.comparisons import FLAT, MOVED_DOWN, MOVED_UP, difference, verdicts
from cxlab.stats.durations import completion

TEAMS = 20
PACKS = 200


def counts(y: list[np.ndarray], x: list[np.ndarray] | None = None) -> estimates.Counts:
    """Sufficient counts of one array of answers per team."""
    x = [np.ones(len(part)) for part in y] if x is None else x
    pairs = list(zip(y, x, strict=True))
    sizes = np.array([float(len(part)) for part in y])
    return estimates.Counts(
        sizes,
        sizes,
        np.array([a.sum() for a, _ in pairs]),
        np.array([b.sum() for _, b in pairs]),
        np.array([(a * a).sum() for a, _ in pairs]),
        np.array([(a * b).sum() for a, b in pairs]),
        np.array([(b * b).sum() for _, b in pairs]),
    )


def frame(kpi: str, period: str, estimate: estimates.Estimate) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kpi": kpi,
            "period": period,
            "team": [f"team {place}" for place in range(len(estimate.n))],
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "n": estimate.n,
            "n_eff": estimate.n_eff,
        }
    )


def net_scores(rng: np.random.Generator, sizes: np.ndarray, period: str, mix=(0.15, 0.25, 0.6)) -> pd.DataFrame:
    answers = [rng.choice([-1.0, 0.0, 1.0], size, p=mix) for size in sizes]
    positive, negative = [(part > 0).sum() for part in answers], [(part < 0).sum() for part in answers]
    return frame("nps", period, estimates.net_score(counts(answers), positive, negative))


def shares(rng: np.random.Generator, sizes: np.ndarray, period: str, p: float, kpi: str = "csat") -> pd.DataFrame:
    answers = [(rng.uniform(size=size) < p).astype(float) for size in sizes]
    return frame(kpi, period, estimates.share(counts(answers)))


def revenue(rng: np.random.Generator, sizes: np.ndarray, period: str) -> pd.DataFrame:
    start = [rng.lognormal(6, 0.8, size) for size in sizes]
    fate = [rng.choice([0.0, 0.8, 1.0, 1.3], size, p=(0.05, 0.05, 0.7, 0.2)) for size in sizes]
    sums = counts([a * b for a, b in zip(start, fate, strict=True)], start)
    return frame("net_revenue_retention", period, estimates.ratio_of_sums(sums, bounds=(0, 2)))


def medians(rng: np.random.Generator, sizes: np.ndarray, period: str) -> pd.DataFrame:
    rows = []
    for size in sizes:
        took, watched = rng.lognormal(2, 1, size), rng.uniform(0, 60, size)
        ended = took <= watched
        curve = completion(np.minimum(took, watched), ended, ~ended)
        rows.append([*curve.quantile(0.5), curve.n, curve.n_eff])
    return frame("resolution_time", period, estimates.Estimate(*np.array(rows).T))


def unequal(rng: np.random.Generator, least: int, most: int) -> np.ndarray:
    """Team sizes, the largest far larger than the smallest."""
    return np.exp(rng.uniform(np.log(least), np.log(most), TEAMS)).astype(int)


def share_of_alarms(make, packs: int, least: int, most: int, seed: int) -> float:
    """Of packs in which nothing changed, the share that shows any team that moved."""
    rng = np.random.default_rng(seed)
    alarms = 0
    for _ in range(packs):
        sizes = unequal(rng, least, most)
        changes = compare(make(rng, sizes, "now"), make(rng, sizes, "before"))
        assert len(changes) % TEAMS == 0
        alarms += changes["verdict"].isin([MOVED_UP, MOVED_DOWN]).any()
    return alarms / packs


MAKERS = {
    "nps": net_scores,
    "share of 90 %": lambda rng, sizes, period: shares(rng, sizes, period, 0.9),
    "share of 50 %": lambda rng, sizes, period: shares(rng, sizes, period, 0.5),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("least, most", [(5, 100), (20, 800)])
def test_at_most_one_pack_in_twenty_cries_wolf(kind: str, least: int, most: int) -> None:
    """A/A: 20 unequal teams, no true change."""
    assert share_of_alarms(MAKERS[kind], PACKS, least, most, seed=11) <= 0.05


@pytest.mark.slow
def test_more_packs_of_middling_teams_confirm_it() -> None:
    """More packs, so that the 5 % is not met by luck."""
    assert share_of_alarms(net_scores, 600, 10, 300, seed=12) <= 0.05


@pytest.mark.slow
def test_a_pack_of_several_kpis_is_one_family() -> None:
    """80 changes of four kinds of estimate (net score, share, ratio of sums, median) stand under one control."""

    def mixed(rng, sizes, period):
        return pd.concat(
            [
                net_scores(rng, sizes, period),
                shares(rng, sizes, period, 0.85),
                revenue(rng, sizes, period),
                medians(rng, sizes, period),
            ],
            ignore_index=True,
        )

    assert share_of_alarms(mixed, PACKS, 15, 150, seed=13) <= 0.05


@pytest.mark.slow
def test_a_whole_scorecard_without_change_is_quiet() -> None:
    """What a leader sees: company and 20 teams, against last quarter and last year, in the scorecard's two families."""
    rng = np.random.default_rng(17)
    quarters = [Period.of(label) for label in ("2026-Q2", "2026-Q1", "2025-Q2")]
    alarms = 0
    for _ in range(PACKS):
        sizes = unequal(rng, 10, 200)
        total = sizes.sum()
        responses = pd.concat(
            [
                pd.DataFrame(
                    {
                        "survey": "nps",
                        "team": np.repeat([f"team {place}" for place in range(TEAMS)], sizes),
                        "answered_at": pd.Timestamp(quarter.start),
                        "score": rng.choice([5.0, 8.0, 10.0], total, p=(0.15, 0.25, 0.6)),
                    }
                )
                for quarter in quarters
            ]
        )
        card = scorecard({"responses": responses}, quarters[0], "team", kpis=["nps"])
        assert card.families == (1, 2 * TEAMS + 1)
        alarms += pd.concat([card.changes, card.year_changes])["verdict"].isin([MOVED_UP, MOVED_DOWN]).any()
    assert alarms / PACKS <= 0.05


@pytest.mark.slow
def test_ten_points_of_nps_are_found_four_times_in_five() -> None:
    """+10 points at n = 1,036 on each side, compared alone."""
    rng = np.random.default_rng(14)
    sizes = np.full(2000, 1036)  # 2,000 comparisons side by side; each alone in its family, so that q is p
    now = net_scores(rng, sizes, "now", mix=(0.175, 0.25, 0.575))
    change = difference(now, net_scores(rng, sizes, "before", mix=(0.225, 0.25, 0.525)))
    verdict = verdicts(change["change"], change["low"], change["high"], change["p"], np.full(2000, 3.0))
    assert 0.75 <= verdict.count(MOVED_UP) / 2000 <= 0.88
    assert 9 < change["smallest_detectable"].median() < 11


def test_ten_answers_are_never_flat() -> None:
    """No data is not the same as no change, whatever the answers were, all equal ones included."""
    rng = np.random.default_rng(15)
    sizes = np.full(200, 10)
    parts = []
    for period in ("now", "before"):
        everyone = frame("ces", period, estimates.share(counts([np.ones(10)] * 200)))
        parts.append(
            pd.concat(
                [
                    net_scores(rng, sizes, period),
                    shares(rng, sizes, period, 0.9),
                    revenue(rng, sizes, period),
                    medians(rng, sizes, period),
                    everyone,
                ],
                ignore_index=True,
            )
        )
    assert set(DEFINITIONS) >= set(parts[0]["kpi"])
    assert FLAT not in set(compare(*parts)["verdict"])


def test_enough_data_can_be_flat() -> None:
    """The verdict exists: 100,000 answers on each side and no change."""
    rng = np.random.default_rng(16)
    size = np.array([100_000])
    change = compare(net_scores(rng, size, "now"), net_scores(rng, size, "before"))
    assert change["verdict"].tolist() == [FLAT]


numbers = st.floats(-100, 100, allow_nan=False)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(numbers, st.floats(0, 50), st.floats(0, 50), st.integers(1, 2000)), min_size=2, max_size=2),
    st.floats(0.01, 20),
)
def test_flat_means_that_the_interval_lies_inside_the_margin(sides: list[tuple], margin: float) -> None:
    """And moved means that it excludes zero."""
    frames = [
        frame("nps", label, estimates.Estimate(*(np.array([part], float) for part in (v, v - down, v + up, n, n))))
        for label, (v, down, up, n) in zip(("now", "before"), sides, strict=True)
    ]
    change = compare(*frames, margin=margin).iloc[0]
    if change["verdict"] == FLAT:
        assert -margin <= change["low"] <= change["high"] <= margin
    if change["verdict"] == MOVED_UP:
        assert change["low"] > 0 and change["q"] <= 0.04
    if change["verdict"] == MOVED_DOWN:
        assert change["high"] < 0 and change["q"] <= 0.04
    if np.isnan(change["low"]):
        assert change["verdict"] == "cannot tell"
