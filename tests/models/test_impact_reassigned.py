"""Rubin's rules over refits, by hand, and what refits find on planted clusters."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cxlab.models.impact import LOWER, Impact, contributions
from cxlab.models.impact.reassigned import reassigned
from cxlab.models.topics.clustering import Clustering, apart, groups_of
from cxlab.models.topics.encoders import to_unit
from cxlab.models.topics.refits import refits
from cxlab.stats.comparisons import CANNOT_TELL


@pytest.fixture(scope="module")
def world() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(5)
    members = pd.DataFrame({"bad": rng.random(800) < 0.2, "idle": rng.random(800) < 0.2})
    return members, rng.normal(5, 2, 800) - 2.0 * members["bad"].to_numpy()


def reckoned(world: tuple[pd.DataFrame, np.ndarray], members: pd.DataFrame) -> Impact:
    return contributions(members, world[1], measure="mean")


def test_the_same_assignment_again_widens_nothing(world: tuple[pd.DataFrame, np.ndarray]) -> None:
    once = reckoned(world, world[0])
    again = reassigned(once, [world[0]] * 4, lambda members: reckoned(world, members))
    pd.testing.assert_frame_equal(again.table, once.table)
    assert once.table["verdict"].tolist()[:2] == [LOWER, CANNOT_TELL]


def test_variances_add_up_by_rubins_rule(world: tuple[pd.DataFrame, np.ndarray]) -> None:
    once = reckoned(world, world[0])
    drawn = [0.1, 0.3, 0.5]  # how far the value is off in three refits: variance 0.04, between 4/3 of it

    def shifted(members: pd.DataFrame) -> Impact:
        table = once.table.copy()
        table["value"] += float(members.attrs["off"])
        return dataclasses.replace(once, table=table)

    frames = [world[0].copy() for _ in drawn]
    for frame, off in zip(frames, drawn, strict=True):
        frame.attrs["off"] = off
    wide = reassigned(once, frames, shifted).table.iloc[0]
    own = once.table.iloc[0]
    expected = np.hypot(own["value"] - own["low"], 1.959964 * np.sqrt(4 / 3 * 0.04))
    assert wide["value"] == own["value"] and wide["value"] - wide["low"] == pytest.approx(expected, rel=1e-6)
    assert wide["p"] > own["p"]


def test_a_topic_that_most_refits_do_not_find_has_no_interval(world: tuple[pd.DataFrame, np.ndarray]) -> None:
    once = reckoned(world, world[0])
    frames = [world[0], *([world[0][["idle"]]] * 3)]
    lost = reassigned(once, frames, lambda members: reckoned(world, members))
    assert np.isnan(lost.table.loc[0, ["low", "high", "p", "q"]].astype(float)).all()
    assert lost.table["verdict"][0] == CANNOT_TELL
    assert lost.table["value"].sum() == pytest.approx(lost.gap, abs=1e-9)


def test_refits_find_planted_clusters_again() -> None:
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(5, 40))
    truth = np.repeat(np.arange(5), 120)
    unit = to_unit((middles[truth] + rng.normal(0, 0.5, (600, 40))).astype(np.float32))
    cluster = Clustering()
    labels = cluster(unit, 0)
    drawn = refits(
        unit,
        labels,
        lambda part, seed, rows: cluster(part, seed),
        group=np.zeros(600, int),
        comment=np.arange(600),
        times=3,
    )
    assert len(drawn) == 3
    for again in drawn:
        assert (again == labels).mean() > 0.95
    # The first half of one cluster as a topic of its own: a refit has one cluster for both halves, so one is unknown.
    halves = np.where((labels == 0) & (np.arange(600) % 2 == 0), labels.max() + 1, labels)
    (again,) = refits(
        unit,
        halves,
        lambda part, seed, rows: cluster(part, seed),
        group=np.zeros(600, int),
        comment=np.arange(600),
        times=1,
    )
    assert len({0, halves.max()} & set(again[labels == 0].tolist())) == 1


def test_groups_are_clustered_each_by_itself() -> None:
    languages = pd.Series(["en"] * 60 + ["de"] * 55 + ["fi"] * 3 + [""] * 2)
    assert groups_of(languages, across=True).tolist() == [0] * 120
    assert groups_of(languages, across=False).tolist() == [0] * 60 + [1] * 55 + [0] * 5
    vectors = np.zeros((4, 2), dtype=np.float32)
    labels = apart(lambda part, seed: np.arange(len(part)) - 1, vectors, 0, np.array([1, 0, 1, 0]))
    assert labels.tolist() == [-1, -1, 1, 0]
