"""Scores foretold for comments without one: calibrated, covered, refused where comments tell nothing."""

from __future__ import annotations

import numpy as np
import pytest

from cxlab.errors import ParameterError
from cxlab.models.impact import foretell
from cxlab.models.impact.ridge import cross_fit, learn


def comments(seed: object, n: int = 1500, drift: float = 0.0, account: bool = False) -> dict:
    """Vectors of 40 numbers of which one direction tells the mood; a community that is gloomier; eight kinds."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 40))
    way = rng.normal(size=40)
    way /= np.linalg.norm(way)
    community = rng.random(n) < 0.3
    vectors[community] -= 0.4 * way
    kind = np.where(community, 8, rng.integers(0, 8, n))
    off = drift * rng.normal(size=9)
    mood = vectors @ way + rng.normal(size=n) + off[kind]
    score = np.clip(np.round(7.5 + 1.8 * mood), 0, 10)
    return {"vectors": vectors, "score": score, "community": community, "kind": kind, "off": off}


def mean_points(drift: float) -> float:
    """NPS of very many comments of a community with this drift."""
    rng = np.random.default_rng(0)
    mood = rng.normal(size=400_000) - 0.4 + rng.normal(size=400_000) + drift
    score = np.clip(np.round(7.5 + 1.8 * mood), 0, 10)
    return 100 * float((score >= 9).mean() - (score <= 6).mean())


def test_ridge_is_that_of_scikit_learn_at_the_same_penalty() -> None:
    from sklearn.linear_model import Ridge as Theirs

    made = comments(1, 500)
    points = made["score"].astype(float)
    mine = learn(made["vectors"], points)
    rows = made["vectors"] - made["vectors"].mean(axis=0)
    # The penalty that was chosen follows from the normal equations.
    penalty = float(np.median((rows.T @ (points - points.mean()) - rows.T @ rows @ mine.slope) / mine.slope))
    theirs = Theirs(alpha=penalty).fit(made["vectors"], points)
    assert penalty > 0 and np.allclose(mine.slope, theirs.coef_, atol=1e-8)
    assert np.allclose(mine.foretell(made["vectors"]), theirs.predict(made["vectors"]))


def test_nobodys_own_account_has_a_part_in_what_is_foretold() -> None:
    made = comments(2, 400)
    account = np.arange(400) // 4
    one, _ = cross_fit(made["vectors"], made["score"], account, seed=0)
    other = made["score"].copy()
    other[:4] = 10 - other[:4]
    two, _ = cross_fit(made["vectors"], other, account, seed=0)
    assert np.allclose(one[:4], two[:4]) and not np.allclose(one[4:], two[4:])


def test_foretold_scores_are_marked_and_given_ones_stay() -> None:
    made = comments(3)
    score = np.where(made["community"], np.nan, made["score"])
    found = foretell(made["vectors"], score, group=np.where(made["community"], "community", "survey"))
    given = ~made["community"]
    assert (found.comments["is_foretold"].to_numpy() == made["community"]).all()
    points = 100.0 * (made["score"] >= 9) - 100.0 * (made["score"] <= 6)
    assert (found.comments["points"].to_numpy()[given] == points[given]).all()
    assert found.groups["how"].tolist() == ["foretold", "given"]
    assert found.groups["n_scored"].tolist() == [0, given.sum()]
    assert found.correlation > 0.5 and found.slope_low < 1 < found.slope_high
    survey = found.groups.set_index("group").loc["survey"]
    assert survey["value"] == pytest.approx(points[given].mean())
    assert "nobody gave them" in found.remarks[0]
    assert any("take for granted" in line for line in found.remarks) and np.isnan(found.drift)


def test_the_same_seed_gives_the_same_and_languages_count() -> None:
    made = comments(4)
    language = np.where(made["kind"] % 2, "de", "en")
    score = made["score"] - 3.0 * (language == "de")
    score = np.where(made["community"], np.nan, np.clip(score, 0, 10))
    one, two = (foretell(made["vectors"], score, language=language, seed=5) for _ in range(2))
    plain = foretell(made["vectors"], score, seed=5)
    assert one.comments.equals(two.comments) and one.groups.equals(two.groups)
    assert one.correlation > plain.correlation + 0.05


def test_what_comments_do_not_tell_is_not_foretold() -> None:
    made = comments(5)
    shuffled = np.random.default_rng(0).permutation(made["score"])
    with pytest.raises(ParameterError, match="do not tell the score"):
        foretell(made["vectors"], shuffled)
    with pytest.raises(ParameterError, match="150 comments have a score; 200"):
        foretell(made["vectors"], np.where(np.arange(1500) < 150, made["score"], np.nan))
    with pytest.raises(ParameterError, match="finite numbers"):
        foretell(made["vectors"][:10], made["score"])


def test_drift_is_seen_where_kinds_differ() -> None:
    for drift, low, high in ((0.0, 0.0, 6.0), (0.8, 12.0, 60.0)):
        made = comments(6, 3000, drift)
        score = np.where(made["community"], np.nan, made["score"])
        found = foretell(made["vectors"], score, kind=made["kind"])
        assert low <= found.drift <= high


@pytest.mark.slow
def test_a_group_with_some_scores_is_covered_and_surer_than_by_those_alone() -> None:
    hit, width, alone, truth = [], [], [], mean_points(0.0)
    for seed in range(200):
        made = comments([7, seed])
        rng = np.random.default_rng([8, seed])
        score = np.where(made["community"] & (rng.random(1500) < 0.8), np.nan, made["score"])
        group = np.where(made["community"], "community", "survey")
        row = foretell(made["vectors"], score, group=group).groups.set_index("group").loc["community"]
        assert row["how"] == "partly foretold"
        hit.append(row["low"] <= truth <= row["high"])
        some = score[made["community"] & ~np.isnan(score)]
        points = 100.0 * (some >= 9) - 100.0 * (some <= 6)
        alone.append(2 * 1.98 * points.std(ddof=1) / np.sqrt(len(points)))
        width.append(row["high"] - row["low"])
    assert 0.91 <= np.mean(hit) <= 0.985
    assert np.mean(width) < 0.92 * np.mean(alone)


@pytest.mark.slow
@pytest.mark.parametrize("drift", [0.0, 0.4])
def test_a_group_without_scores_is_covered_even_where_kinds_differ(drift: float) -> None:
    hit, blind = [], []
    for seed in range(80):
        made = comments([9, seed], 1200, drift=drift)
        score = np.where(made["community"], np.nan, made["score"])
        group = np.where(made["community"], "community", "survey")
        truth = mean_points(float(made["off"][8]))
        for kind, into in ((made["kind"], hit), (None, blind)):
            row = foretell(made["vectors"], score, group=group, kind=kind).groups.set_index("group").loc["community"]
            into.append(row["low"] <= truth <= row["high"])
    assert 0.90 <= np.mean(hit)
    assert (np.mean(blind) < 0.75) == (drift > 0)  # what taking the same for granted everywhere costs
