"""What was planted in the ratings beside the NPS comes back from the raw exports, and changed nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlab.demo import SMALLEST_SCALE, build, ratings, truths
from cxlab.demo.draws import stream
from cxlab.models.middle.by_group import ALIKE, two_cuts_by
from cxlab.models.middle.importance import driver_importance
from cxlab.models.middle.two_cut import BOTH, CANNOT_TELL, DELIGHTER, FLAT, HYGIENE, two_cuts

pytestmark = pytest.mark.slow

NAMES = list(truths.RATING_EFFECT)
COLUMNS = [f"Q3_{place}" for place in range(1, len(NAMES) + 1)]


@pytest.fixture(scope="module")
def answers(nps: pd.DataFrame) -> pd.DataFrame:
    """Good answers with the statements as numbers, under the names of the truths."""
    rows = nps[nps["score"].notna()].reset_index(drop=True)
    return rows.assign(**{name: pd.to_numeric(rows[column]) for name, column in zip(NAMES, COLUMNS, strict=True)})


def test_the_planted_log_odds_come_back_at_both_cuts(answers: pd.DataFrame) -> None:
    fit = two_cuts(answers[NAMES], answers["score"], cluster=answers["AccountId"])
    error = (np.log(fit.effects["odds_ratio"]) - [x for pair in truths.RATING_EFFECT.values() for x in pair]).abs()
    assert (error < 0.08).all(), fit.effects.assign(error=error)
    assert fit.gain["verdict"].tolist()[:3] == [HYGIENE, DELIGHTER, BOTH]
    assert fit.gain["verdict"].iloc[3] in (CANNOT_TELL, FLAT)
    assert fit.crossed < 0.005


@pytest.mark.parametrize("quarters", [truths.QUARTERS[-4:], truths.QUARTERS[:4]])
def test_a_year_is_enough(answers: pd.DataFrame, quarters: tuple[str, ...]) -> None:
    rows = answers[answers["quarter"].isin(quarters)]
    gain = two_cuts(rows[NAMES], rows["score"], cluster=rows["AccountId"]).gain
    assert gain["verdict"].tolist()[:3] == [HYGIENE, DELIGHTER, BOTH]
    assert gain["verdict"].iloc[3] in (CANNOT_TELL, FLAT)


def test_the_idle_statement_has_a_share_and_stays_in_the_grey_zone(answers: pd.DataFrame) -> None:
    rows = answers[answers["quarter"].isin(truths.QUARTERS[-4:])]
    table = driver_importance(rows[NAMES], rows["score"], cluster=rows["AccountId"]).table.set_index("driver")
    assert table["told"].to_dict() == dict.fromkeys(NAMES[:3], True) | {"newsletter_use": False}
    assert table.loc["newsletter_use", "share"] > 0.04
    alone = np.corrcoef(rows["newsletter_use"].fillna(3.7), rows["score"])[0, 1]
    assert alone > 0.06


@pytest.mark.parametrize("by", ["Region", "Segment"])
def test_no_group_differs(answers: pd.DataFrame, by: str) -> None:
    rows = answers[answers["quarter"].isin(truths.QUARTERS[-4:])]
    _, drivers = two_cuts_by(rows[NAMES], rows["score"], rows[by], cluster=rows["AccountId"])
    assert (drivers["verdict"] == ALIKE).all() and (drivers["groups"] == 4).all()


def test_shares_and_gaps_are_as_stated(answers: pd.DataFrame, nps: pd.DataFrame) -> None:
    for name in NAMES:
        shares = answers[name].value_counts(normalize=True)
        # Promoters answer oftener: what is planted are the shares among answers, at the mean over all quarters.
        assert np.allclose(shares.reindex(truths.RATING_SHARES), list(truths.RATING_SHARES.values()), atol=0.02), name
        assert answers[name].isna().mean() == pytest.approx(truths.RATINGS_SKIPPED, abs=0.006)
    assert (nps.loc[nps["score"].isna(), COLUMNS] == "").all().all()


def test_classes_are_those_that_answers_show(answers: pd.DataFrame) -> None:
    score = answers["score"]
    found = [(score <= 6).mean(), score.between(7, 8).mean(), (score >= 9).mean()]
    assert np.allclose(found, truths.answered_shares(), atol=0.02) and sum(truths.answered_shares()) == 1


def test_given_the_stated_classes_the_two_cuts_are_exact() -> None:
    """The chances of sets of ratings, by arithmetic: no draw, no noise. The idle one and the other cut of a must and of
    a delight are nought but for the few sets in which the lines would cross."""
    sets, chances = ratings._sets_and_chances()
    usual, steps = chances.sum(axis=1), list(truths.RATING_EFFECT.values())
    assert np.allclose(chances.sum(axis=0), truths.answered_shares(), atol=2e-4)
    for cut, above in ((0, chances[:, 1:].sum(axis=1)), (1, chances[:, 2])):
        odds = np.log(above / (usual - above))
        crossed = chances[:, 1] < 1e-12
        slope = np.linalg.lstsq(np.column_stack([np.ones(len(sets)), sets])[~crossed], odds[~crossed], rcond=None)[0]
        assert np.allclose(slope[1:], [pair[cut] for pair in steps], atol=1e-9)
    assert usual[chances[:, 1] < 1e-12].sum() < 0.001


def test_ratings_come_from_a_stream_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever they are, every other file and every other column of the survey stays as it is, byte for byte."""
    build(tmp_path / "as it is", scale=SMALLEST_SCALE)
    nothing = {name: np.nan for name in NAMES}
    monkeypatch.setattr(
        "cxlab.demo.surveys.draw_ratings", lambda rng, score: {k: np.full(len(score), x) for k, x in nothing.items()}
    )
    build(tmp_path / "without", scale=SMALLEST_SCALE)
    for path in sorted((tmp_path / "without/data/raw").rglob("*.*")):
        twin = tmp_path / "as it is" / path.relative_to(tmp_path / "without")
        if not path.name.startswith("nps_"):
            assert path.read_bytes() == twin.read_bytes(), path.name
            continue
        bare, full = (pd.read_csv(each, dtype=str, keep_default_na=False) for each in (path, twin))
        pd.testing.assert_frame_equal(bare.drop(columns=COLUMNS), full.drop(columns=COLUMNS))
        assert (bare[COLUMNS].iloc[2:] == "").all().all() and (full[COLUMNS].iloc[2:] != "").any().all()


def test_the_same_stream_gives_the_same_ratings() -> None:
    score = np.array([0.0, 7.0, 10.0, np.nan])
    first, again = (ratings.draw_ratings(stream(1, "x"), score) for _ in range(2))
    assert all(np.array_equal(first[name], again[name], equal_nan=True) for name in NAMES)
    assert all(np.isnan(values[3]) for values in first.values())
