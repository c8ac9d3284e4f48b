"""Stability grades are true: planted topics are found again, cuts through one cloud are not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.models.topics.neighbours import NeighbourLeiden
from cxlab.models.topics.stability import Fit, grade, overlaps, stability_of


def unit(x: NDArray[np.float64]) -> NDArray[np.float32]:
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def planted(topics: int, rows: int, spread: float, seed: int = 1) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Rows about topics whose directions are drawn at random in 30 dimensions."""
    rng = np.random.default_rng(seed)
    centres, which = unit(rng.normal(size=(topics, 30))), np.repeat(np.arange(topics), rows)
    return unit(centres[which] + spread * rng.normal(size=(topics * rows, 30))), which


def leiden(vectors: NDArray[np.float32], seed: int) -> NDArray[np.int64]:
    return NeighbourLeiden(seed=seed).fit(vectors).labels_


def k_means(k: int) -> Fit:
    def fit(vectors: NDArray[np.float32], seed: int) -> NDArray[np.int64]:
        from sklearn.cluster import KMeans

        return KMeans(k, n_init=1, random_state=seed).fit(vectors).labels_

    return fit


def test_overlaps_by_hand() -> None:
    base = np.array([0, 0, 0, 0, 1, 1, 1, -1, -1, 2])
    again = np.array([5, 5, 5, 1, 1, 1, -1, 5, -1, -1])
    # topic 0 with cluster 5: 3 in both, 4 + 4 - 3 in either. Topic 1 with cluster 1: 2 of 3 + 3 - 2. Topic 2 with none.
    assert overlaps(base, again, np.array([0, 1, 2])).max(axis=1) == pytest.approx([3 / 5, 2 / 4, 0.0])
    assert overlaps(base, again, np.array([1])).max(axis=1) == pytest.approx([2 / 4])
    assert overlaps(base, np.full(10, -1), np.array([0, 1])).shape == (2, 0)


@pytest.mark.parametrize(
    ("jaccard", "chance", "letter"),
    [
        (0.75, 0.1, "A"),
        (0.7499, 0.1, "B"),
        (0.6, 0.1, "B"),
        (0.59, 0.1, "C"),
        (0.5, 0.1, "C"),
        (0.49, 0.1, "D"),
        (1, 0.9, "D"),
    ],
)
def test_thresholds(jaccard: float, chance: float, letter: str) -> None:
    assert grade(jaccard, chance) == letter


def test_a_fit_that_always_agrees_is_an_a_and_one_that_never_does_a_d() -> None:
    which = np.repeat([0, 1, 2, 3], 50)
    vectors = np.eye(4, dtype=np.float32)[which]
    same = stability_of(vectors, which, lambda x, seed: x.argmax(axis=1))
    assert same.table["grade"].tolist() == ["A"] * 4
    assert (same.table["jaccard"] == 1).all() and same.resampled == 1 and same.seeds == 1
    assert (same.table[["recovered", "dissolved"]].to_numpy() == [1, 0]).all()
    drawn = stability_of(vectors, which, lambda x, seed: np.random.default_rng(seed).integers(0, 4, len(x)))
    assert drawn.table["grade"].tolist() == ["D"] * 4
    assert abs(drawn.resampled) < 0.05 and abs(drawn.seeds) < 0.05
    assert drawn.table["jaccard"].to_numpy() == pytest.approx(drawn.table["chance"].to_numpy(), abs=0.05)


def test_one_topic_that_holds_everything_tells_nothing() -> None:
    found = stability_of(np.ones((60, 2), dtype=np.float32), np.zeros(60, dtype=int), lambda x, seed: np.zeros(len(x)))
    assert found.table["jaccard"].tolist() == [1.0] and found.table["grade"].tolist() == ["D"]


def test_rows_of_one_comment_are_sampled_together() -> None:
    comments = np.repeat(np.arange(50), 4)
    vectors = np.column_stack([comments, np.arange(200)]).astype(np.float32)
    seen = []

    def fit(x: NDArray[np.float32], seed: int) -> NDArray[np.int64]:
        seen.append(x[:, 0])
        return np.zeros(len(x), dtype=int)

    stability_of(vectors, comments % 2, fit, groups=comments, times=3, other_seeds=0)
    assert len(seen) == 3
    for drawn in seen:
        assert np.unique(drawn, return_counts=True)[1].tolist() == [4] * 40
    assert not np.array_equal(seen[0], seen[1])


def test_the_same_seed_gives_the_same_grades() -> None:
    vectors, which = planted(3, 40, 0.5)
    one, other = (stability_of(vectors, which, k_means(3), times=4, seed=7) for _ in range(2))
    assert one.table.equals(other.table) and one.seeds == other.seeds
    assert not one.table.equals(stability_of(vectors, which, k_means(3), times=4, seed=8).table)


def test_what_cannot_be_judged_is_an_error() -> None:
    with pytest.raises(ParameterError, match="one label a row"):
        stability_of(np.ones((3, 2)), [0], leiden)
    with pytest.raises(ParameterError, match="between 0 and 1"):
        stability_of(np.ones((3, 2)), [0, 0, 0], leiden, share=1.0)
    with pytest.raises(ParameterError, match="no comments"):
        stability_of(np.ones((0, 2)), [], leiden)


def test_no_topic_at_all() -> None:
    assert stability_of(np.eye(4, dtype=np.float32), [-1] * 4, leiden).table.empty


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.1, 0.2, 0.3])
def test_planted_topics_are_graded_a_or_b(spread: float) -> None:
    vectors, which = planted(6, 80, spread)
    found = stability_of(vectors, which, leiden)
    assert set(found.table["grade"]) <= {"A", "B"}
    assert found.seeds >= 0.85 and found.resampled >= 0.7
    assert set(stability_of(vectors, which, k_means(6)).table["grade"]) <= {"A", "B"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_cuts_through_one_cloud_are_graded_d(seed: int) -> None:
    cloud = unit(np.random.default_rng(seed).normal(size=(400, 30)))
    for k in (2, 6):
        cut = k_means(k)
        assert set(stability_of(cloud, cut(cloud, 0), cut, other_seeds=0).table["grade"]) == {"D"}, k
    letters = stability_of(cloud, leiden(cloud, 0), leiden, other_seeds=0).table["grade"]
    assert (letters == "D").mean() >= 0.8 and set(letters) <= {"C", "D"}


@pytest.mark.slow
def test_planted_topics_keep_their_grade_beside_comments_without_any() -> None:
    vectors, _ = planted(3, 150, 0.12)
    mixed = np.vstack([vectors, unit(np.random.default_rng(4).normal(size=(300, 30)))])
    labels = leiden(mixed, 0)
    table = stability_of(mixed, labels, leiden).table.set_index("topic")
    for own in np.split(labels[:450], 3):
        assert table["grade"][np.bincount(own).argmax()] in ("A", "B")


@pytest.mark.slow
def test_a_topic_cut_in_two_by_hand_is_seen_through() -> None:
    vectors, which = planted(4, 80, 0.15)
    halved = np.where((which == 0) & (np.arange(len(which)) % 2 == 0), 4, which)
    table = stability_of(vectors, halved, leiden).table.set_index("topic")
    assert table["grade"][[1, 2, 3]].tolist() == ["A"] * 3
    assert set(table["grade"][[0, 4]]) <= {"C", "D"}
