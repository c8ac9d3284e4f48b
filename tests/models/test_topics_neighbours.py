"""Communities of shared neighbours: the graph against one made by hand, planted topics, and rows that are odd."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cxlab.models.topics.clustering import Clustering, apart
from cxlab.models.topics.few import FEW
from cxlab.models.topics.neighbours import NeighbourLeiden, centroids, nearest, shared_neighbours

Vectors = NDArray[np.float32]


def unit(x: NDArray[np.float64]) -> Vectors:
    return (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype(np.float32)


def planted(topics: int, rows: int, spread: float = 0.3, seed: int = 1) -> tuple[Vectors, NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    which = np.repeat(np.arange(topics), rows)
    return unit(unit(rng.normal(size=(topics, 30)))[which] + spread * rng.normal(size=(len(which), 30)) / 5), which


def agreement(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))


def by_hand(rows: Vectors, neighbours: int) -> NDArray[np.float64]:
    """The definition, with sets: itself and the k nearest; linked if near one way; Jaccard of the neighbourhoods."""
    hoods = []
    for row in range(len(rows)):
        others = sorted(
            (each for each in range(len(rows)) if each != row), key=lambda each: -float(rows[row] @ rows[each])
        )
        hoods.append({row, *others[:neighbours]})
    graph = np.zeros((len(rows), len(rows)))
    for one in range(len(rows)):
        for other in range(len(rows)):
            if one != other and (one in hoods[other] or other in hoods[one]):
                graph[one, other] = len(hoods[one] & hoods[other]) / len(hoods[one] | hoods[other])
    return graph


@pytest.mark.parametrize("neighbours", [1, 4, 15])
def test_graph_is_the_definition(neighbours: int) -> None:
    rows = unit(np.random.default_rng(neighbours).normal(size=(60, 5)))
    found = shared_neighbours(rows, neighbours)
    assert found.toarray() == pytest.approx(by_hand(rows, neighbours), abs=1e-6)
    assert found.has_sorted_indices
    assert (found.data > 0).all()


def test_graph_on_a_circle() -> None:
    # 0, 10, 25, 90 and 105 degrees, one neighbour each: {0,1} {1,0} {2,1} {3,4} {4,3}.
    angle = np.radians([0, 10, 25, 90, 105])
    found = shared_neighbours(unit(np.column_stack([np.cos(angle), np.sin(angle)])), 1).toarray()
    expected = np.zeros((5, 5))
    expected[0, 1] = expected[1, 0] = expected[3, 4] = expected[4, 3] = 1
    expected[1, 2] = expected[2, 1] = 1 / 3
    assert found == pytest.approx(expected)


def test_graph_beyond_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = unit(np.random.default_rng(3).normal(size=(50, 6)))
    whole = shared_neighbours(rows, 5).toarray()
    monkeypatch.setattr("cxlab.models.topics.neighbours._BLOCK", 7)
    assert shared_neighbours(rows, 5).toarray() == pytest.approx(whole)


def test_copies_are_their_own_neighbours_first() -> None:
    rows = np.repeat(unit(np.eye(3)), 20, axis=0)
    found = shared_neighbours(rows, 5).toarray()
    assert (found.diagonal() == 0).all()
    linked = found > 0
    assert not linked[:20, 20:].any()
    assert linked.any(axis=1).all()


def test_planted_topics_are_found_and_numbered_by_size() -> None:
    rows, which = planted(6, 80)
    keep = np.flatnonzero((which > 0) | (np.arange(len(which)) < 30))
    model = NeighbourLeiden(resolution=1.0).fit(rows[keep])
    assert agreement(model.labels_, which[keep]) > 0.99
    sizes = np.bincount(model.labels_)
    assert sizes.tolist() == sorted(sizes, reverse=True)
    assert sizes[-1] == 30
    assert np.linalg.norm(model.centroids_, axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    assert (model.predict(rows[keep]) == model.labels_).mean() > 0.99


def test_length_of_rows_does_not_matter_and_rows_are_not_touched() -> None:
    rows, _ = planted(4, 60)
    longer = rows * np.random.default_rng(0).uniform(0.5, 20, size=(len(rows), 1)).astype(np.float32)
    before = longer.copy()
    assert (NeighbourLeiden().fit_predict(longer) == NeighbourLeiden().fit_predict(rows)).all()
    assert (longer == before).all()


def test_rows_of_zeros_are_in_no_topic() -> None:
    rows, _ = planted(4, 60)
    rows[[0, 100]] = 0
    model = NeighbourLeiden().fit(rows)
    assert np.flatnonzero(model.labels_ < 0).tolist() == [0, 100]
    assert model.predict(rows[[0, 1, 100]])[[0, 2]].tolist() == [-1, -1]
    nothing = NeighbourLeiden().fit(np.zeros((30, 8), dtype=np.float32))
    assert nothing.labels_.tolist() == [-1] * 30
    assert nothing.centroids_.shape == (0, 8)
    assert nothing.predict(rows[:3, :8]).tolist() == [-1] * 3


@pytest.mark.parametrize(("count", "smallest", "label"), [(0, 1, 0), (1, 1, 0), (1, 2, -1), (2, 2, 0), (14, 15, -1)])
def test_very_few_rows(count: int, smallest: int, label: int) -> None:
    rows = unit(np.eye(4)[0] + 0.01 * np.random.default_rng(2).normal(size=(count, 4)))
    model = NeighbourLeiden(resolution=1.0, smallest=smallest)
    assert model.fit_predict(rows).tolist() == [label] * count


def test_small_clusters_go_to_the_nearest_other() -> None:
    # Five rows beside the first of two topics are too few for a topic.
    rng = np.random.default_rng(4)
    middle = unit(np.array([[1, 0, 0, 0], [0, 0, 1, 0], [1, 1.2, 0, 0]], dtype=float))
    rows = unit(middle[np.repeat([0, 1, 2], [60, 50, 5])] + 0.02 * rng.normal(size=(115, 4)))
    assert NeighbourLeiden(4, 0.3, smallest=1).fit(rows).labels_.max() >= 2
    assert NeighbourLeiden(4, 0.05, smallest=15).fit_predict(rows)[110:].tolist() == [0] * 5


def test_a_sample_is_clustered_and_the_rest_assigned() -> None:
    rows, which = planted(5, 200)
    model = NeighbourLeiden(resolution=1.0, most=300).fit(rows)
    assert agreement(model.labels_, which) > 0.99
    assert (model.labels_ >= 0).all()
    assert (model.labels_ == NeighbourLeiden(resolution=1.0, most=300).fit(rows).labels_).all()


def test_same_seed_same_labels_and_parameters_for_scikit_learn() -> None:
    rows, _ = planted(8, 60, spread=1.2)
    one, again = (NeighbourLeiden(seed=3).fit_predict(rows) for _ in range(2))
    assert (one == again).all()
    model = NeighbourLeiden(7, 2.0, 4, most=9, trials=2, seed=5)
    assert NeighbourLeiden(**model.get_params()).get_params() == model.get_params()
    assert model.get_params()["neighbours"] == 7


def test_centroids_and_nearest_by_hand() -> None:
    rows = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], dtype=np.float32)
    middle = centroids(rows, np.array([0, 0, 1, -1]))
    assert middle == pytest.approx(np.array([[0.5**0.5, 0.5**0.5], [-1, 0]]), abs=1e-6)
    assert nearest(rows, middle).tolist() == [0, 0, 1, 1]
    assert centroids(rows, np.full(4, -1)).shape == (0, 2)


def test_few_rows_are_put_together_only_where_alike() -> None:
    rng = np.random.default_rng(5)
    alike = unit(np.eye(40)[0] + 0.05 * rng.normal(size=(10, 40)))
    other = unit(np.eye(40)[1] + 0.05 * rng.normal(size=(6, 40)))
    rows = np.vstack([alike, other, unit(rng.normal(size=(30, 40)))])
    assert len(rows) < FEW
    labels = Clustering()(rows, 0)
    assert labels[:10].tolist() == [0] * 10
    assert labels[10:16].tolist() == [1] * 6
    assert (labels[16:] < 0).mean() > 0.8
    assert Clustering()(rows[:19], 0).tolist() == [-1] * 19  # below twenty nothing is grouped
    assert Clustering()(np.zeros((0, 40), np.float32), 0).tolist() == []


def test_groups_are_clustered_apart() -> None:
    rows, which = planted(3, 100)
    group = np.tile([0, 1], 150)
    labels = apart(Clustering(resolution=1.0), rows, 0, group)
    assert not set(labels[group == 0]) & set(labels[group == 1])
    for each in (0, 1):
        assert agreement(labels[group == each], which[group == each]) == pytest.approx(1)
