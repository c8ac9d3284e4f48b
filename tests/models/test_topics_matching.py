"""Registered topics against a free clustering: kept, split, merged by hand and planted; gone and returned by counts."""

from __future__ import annotations

import numpy as np
import pytest

from cxlab.models.passport.matching import KEPT, MERGED, QUIET, SCATTERED, SPLIT, match
from cxlab.models.passport.newcomers import closeness, is_new, joined, likeness, new_themes
from cxlab.models.passport.presence import presence
from cxlab.models.passport.register import Register
from cxlab.models.topics.known import radius_of
from tests.models.planted_topics import Planted, hear, id_of, leiden

AXES = np.eye(6, dtype=np.float32)


def parts(*runs: tuple[int, int, int, int]) -> tuple[np.ndarray, ...]:
    """(count, topic, cluster, axis) runs of parts, each a comment of its own, all parts of a run in one direction."""
    counts = [run[0] for run in runs]
    topic, cluster, axis = (np.repeat([run[place] for run in runs], counts) for place in (1, 2, 3))
    return topic, cluster, np.arange(len(topic)), AXES[axis]


def test_the_numbers_of_a_match_by_hand() -> None:
    topics = np.array([0, 0, 0, 1, 1, -1])
    clusters = np.array([1, 1, 0, 0, 0, 0])
    comment = np.array([0, 0, 1, 1, 2, 3])  # the first comment holds two parts, the second both topics
    unit = AXES[[0, 0, 0, 1, 1, 2]]
    found = match(
        topics, clusters, comment, unit, AXES[:2], [("bill", "late"), ("login",)], [("login", "x"), ("bill",)]
    )
    assert found.both.tolist() == [[1, 1], [2, 0]]
    assert found.of_topic.tolist() == [2, 2] and found.of_cluster.tolist() == [3, 1]
    np.testing.assert_allclose(found.overlap, [[1 / 4, 1 / 2], [2 / 3, 0]])
    # cluster 0 holds one part along the first axis, two along the second, one along the third
    np.testing.assert_allclose(found.centroid, [[1 / 6**0.5, 1], [2 / 6**0.5, 0]], rtol=1e-6)
    np.testing.assert_allclose(found.terms, [[0, 1 / 2], [1 / 2, 0]])
    assert found.score[0, 1] == pytest.approx(0.5 * 0.5 + 0.3 * 1 + 0.2 * 0.5)
    assert found.partner.tolist() == [1, 0]
    without = match(topics, clusters, comment, unit, AXES[:2])
    assert without.score[0, 1] == pytest.approx((0.5 * 0.5 + 0.3 * 1) / 0.8)


def test_pairs_are_chosen_together_and_not_one_after_the_other() -> None:
    # Topic 0 overlaps cluster 0 most, but so does topic 1, which has no other place to go.
    topic, cluster, comment, unit = parts((40, 0, 0, 0), (25, 0, 1, 0), (30, 1, 0, 1))
    found = match(topic, cluster, comment, unit, AXES[:2])
    assert found.overlap[0, 0] > found.overlap[0, 1] and found.partner.tolist() == [1, 0]


def test_fates() -> None:
    topic, cluster, comment, unit = parts(
        *((40, 0, 0, 0), (5, 0, 1, 1)),  # kept
        *((30, 1, 1, 1), (25, 1, 2, 2)),  # two pieces that point different ways: split
        *((20, 2, 3, 3), (18, 3, 3, 3)),  # two topics of one direction in one cluster: merged
        *((20, 4, 4, 4), (20, 4, 5, 4)),  # two pieces of one direction: the clustering's chance
        *((4, 5, 0, 5),),  # quiet
    )
    found = match(topic, cluster, comment, unit, AXES)
    fates = [found.fate(at, smallest=10) for at in range(6)]
    assert fates == [(KEPT, []), (SPLIT, []), (MERGED, [3]), (MERGED, [2]), (KEPT, []), (QUIET, [])]


def test_two_topics_in_one_cluster_that_point_different_ways_are_no_merger() -> None:
    topic, cluster, comment, unit = parts((30, 0, 0, 0), (12, 1, 0, 1))
    found = match(topic, cluster, comment, unit, AXES[:2])
    assert [found.fate(at, 10)[0] for at in (0, 1)] == [KEPT, SCATTERED]


def test_without_topics_or_clusters_nothing_matches() -> None:
    topic, cluster, comment, unit = parts((12, 0, -1, 0))
    found = match(topic, cluster, comment, unit, AXES[:1])
    assert found.partner.tolist() == [-1] and found.fate(0, 5) == (SCATTERED, [])
    nothing = match(np.full(12, -1), np.zeros(12, dtype=int), comment, unit, AXES[:0])
    assert nothing.partner.tolist() == []


def test_a_planted_split_is_told_and_counts_stay_with_the_topic() -> None:
    planted = Planted(themes=6, seed=2)
    heard, truth = planted.even("2026-Q1", count=80)
    first = hear(Register(), heard, cluster=leiden)
    topic = id_of(first, truth, "theme 0")
    whole, one, other = planted.spare[0], planted.spare[20], planted.spare[21]
    planted.themes["theme 0"] = np.sqrt(0.7) * whole + np.sqrt(0.3) * one
    planted.themes["twin"] = np.sqrt(0.7) * whole + np.sqrt(0.3) * other
    heard, truth = planted.even("2026-Q2", count=80)
    updated = hear(first.register, heard, cluster=leiden)
    assert updated.register.ids == first.register.ids
    assert {id_of(updated, truth, "theme 0"), id_of(updated, truth, "twin")} == {topic}
    drift = updated.drift.set_index("topic")
    assert drift.loc[topic, "kind"] == "split" and (drift["kind"].drop(topic) == "kept").all()
    assert "falls into two or more themes" in drift.loc[topic, "said"]
    assert drift.loc[topic, "comments"] > 1.8 * drift.loc[topic, "expected"] * 0.6


def test_a_planted_merger_is_told_with_both_names() -> None:
    planted = Planted(themes=6, seed=2)
    common, one, other = planted.spare[20:23]
    first_way, second_way = (np.sqrt(0.6) * common + np.sqrt(0.4) * each for each in (one, other))
    planted.themes |= {"theme 0": first_way, "theme 1": second_way}
    heard, truth = planted.even("2026-Q1", count=80)
    first = hear(Register(), heard, cluster=leiden)
    pair = [id_of(first, truth, "theme 0"), id_of(first, truth, "theme 1")]
    middle = (first_way + second_way) / np.linalg.norm(first_way + second_way)
    planted.themes["theme 0"] = planted.themes["theme 1"] = middle
    heard, truth = planted.even("2026-Q2", count=80)
    updated = hear(first.register, heard, cluster=leiden)
    drift = updated.drift.set_index("topic")
    assert drift.loc[pair, "kind"].tolist() == ["merged", "merged"]
    assert drift.loc[pair[0], "others"] == [pair[1]] and drift.loc[pair[1], "others"] == [pair[0]]
    assert (drift["kind"].drop(pair) == "kept").all()
    assert updated.register.ids == first.register.ids and pair[0] != pair[1]


@pytest.mark.slow
def test_nothing_is_told_where_nothing_happened() -> None:
    """Ten companies of three quarters in which only chance varies: hardly an event after the first."""
    told = rows = 0
    for seed in range(10):
        planted, register = Planted(themes=10, seed=200 + seed), Register()
        for number in range(3):
            heard, _ = planted.even(f"2026-Q{number + 1}", count=40)
            updated = hear(register, heard, cluster=leiden)
            register = updated.register
            if number:
                told += len(updated.events)
                rows += len(updated.drift)
    assert rows == 200 and told <= 2


def test_presence_by_hand() -> None:
    found = presence([(20, 200), (18, 200), (2, 200), (0, 0), (1, 200), (16, 200)], smallest=15)
    assert [each.there for each in found] == [True, True, False, False, False, True]
    assert [each.gone for each in found] == [False, False, True, True, True, False]
    assert [each.returned for each in found] == [False] * 5 + [True]
    assert found[0].expected != found[0].expected and found[2].expected == pytest.approx(18)
    # With a few comments expected, none is no surprise (Poisson: exp(-3) = 0.05 > 0.01).
    assert not presence([(20, 200), (0, 30)], smallest=15)[1].gone
    # A topic that was never there cannot go; the share it had does not count.
    assert [each.gone for each in presence([(3, 200), (0, 0)], smallest=15)] == [False, False]
    # A few strays are no return.
    assert not presence([(100, 200), (0, 200), (20, 200)], smallest=15)[2].returned
    # It goes, comes back smaller, and goes again: expected by the share it came back with.
    again = presence([(100, 200), (0, 200), (40, 200), (3, 200)], smallest=15)
    assert [each.gone for each in again] == [False, True, False, True] and again[3].expected == pytest.approx(40)


def test_what_is_new_by_hand() -> None:
    random = np.random.default_rng(0)

    def cone(axis: int, count: int = 40) -> np.ndarray:
        rows = AXES[axis] + 0.3 * random.normal(size=(count, 6)).astype(np.float32)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    new, old = cone(0), cone(1)
    assert is_new(new, AXES[1:3]) and not is_new(old, AXES[1:3]) and is_new(old, AXES[:0])
    between = (new + old) / np.linalg.norm(new + old, axis=1, keepdims=True)  # cosine 0.7 with each
    assert not is_new(between, AXES[1:3])
    high, low = np.array([0.9, 0.9], dtype=np.float32), np.array([0.6, 0.6], dtype=np.float32)
    assert is_new(between, AXES[1:3], high) and not is_new(between, AXES[1:3], low)
    unit, comment = np.vstack([new, old]), np.arange(80)
    labels = np.repeat([0, 1], 40)
    assert [rows.tolist() for rows in new_themes(unit, comment, labels, AXES[1:3], 15)] == [list(range(40))]
    assert new_themes(unit, comment, labels, AXES[1:3], 41) == []
    assert new_themes(unit, comment // 40, labels, AXES[1:3], 15) == [], "many parts, but of one comment"
    assert radius_of(np.linspace(0, 1, 101)) == pytest.approx(0.02)


def test_closeness_and_likeness_know_the_noise_of_small_groups() -> None:
    assert closeness(AXES[:2]) == pytest.approx(0) and closeness(AXES[[0, 0]]) == pytest.approx(1)
    assert closeness(AXES[:1]) == 1.0
    planted = Planted(seed=0)
    one, other = planted.spare[0], planted.spare[0] * 0.8 + planted.spare[1] * 0.6  # cosine 0.8
    found = []
    for _ in range(200):
        unit = np.vstack([planted.parts(one, 25), planted.parts(other, 25)]).astype(np.float32)
        found.append(likeness(unit, [np.arange(25), np.arange(25, 50)])[0, 1])
    assert np.mean(found) == pytest.approx(0.8, abs=0.01)
    raw = unit[:25].mean(axis=0) @ unit[25:].mean(axis=0)
    assert raw / np.linalg.norm(unit[:25].mean(axis=0)) / np.linalg.norm(unit[25:].mean(axis=0)) < 0.79
    same = planted.parts(one, 90).astype(np.float32)
    thirds = [np.arange(30), np.arange(30, 60), np.arange(60, 90)]
    assert [len(rows) for rows in joined(same, thirds)] == [90]
    assert likeness(same, [np.arange(5), np.array([], dtype=int)])[0, 1] == 0.0
