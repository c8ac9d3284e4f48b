"""Worlds of comments in which it is known what goes with the score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

TOPICS = ("slow", "innocent", "price", "regional", "ease", "null", "people", "errors")
#: Points of NPS that a mention goes with. "innocent" travels with "slow", "regional" is nearly DACH's alone.
EFFECT = np.array([-40.0, 0.0, -18.0, -5.0, 18.0, 0.0, 22.0, -24.0])
#: "innocent" is said by 55 % of those who say "slow" and by 1.5 % of others, "regional" by 16 % in DACH, else 2 %.
SHARE = np.array([0.10, 0.0685, 0.09, 0.0578, 0.12, 0.05, 0.03, 0.02])
TRUTH = SHARE * EFFECT
REGIONS = ("North America", "DACH", "Iberia", "Nordics")
REGION_SHARE = (0.34, 0.27, 0.19, 0.20)
REGION_POINTS = np.array([3.0, -20.0, 5.0, -2.0])


@dataclass(frozen=True)
class World:
    """members, score (0-10), controls (region), account (codes, each its own where accounts do not matter)."""

    members: pd.DataFrame
    score: np.ndarray
    controls: pd.DataFrame
    account: np.ndarray


def scores_of(rng: np.random.Generator, points: np.ndarray) -> np.ndarray:
    """Scores 3, 8 and 10 of which the mean NPS is `points` a comment, with 30 % passives."""
    mean = np.clip(points / 100, -0.69, 0.69)
    draw = rng.random(len(mean))
    return np.where(draw < (0.7 - mean) / 2, 3, np.where(draw < (0.7 - mean) / 2 + 0.3, 8, 10))


def world(seed: object, n: int, is_clustered: bool = False) -> World:
    """`n` comments. Clustered: four an account, which has a mood of its own and says "ease" over and over."""
    rng = np.random.default_rng(seed)
    account = rng.integers(0, n // 4, n) if is_clustered else np.arange(n)
    mood = np.clip(rng.normal(size=n), -2, 2)[account] if is_clustered else np.zeros(n)
    region = rng.choice(4, n, p=REGION_SHARE)
    draw = rng.random((n, len(TOPICS)))
    chance = np.broadcast_to(SHARE, draw.shape).copy()
    said = draw < chance
    chance[:, 1] = np.where(said[:, 0], 0.55, 0.015)
    chance[:, 3] = np.where(region == 1, 0.16, 0.02)
    if is_clustered:
        chance[:, 4] = np.where(rng.random(n)[account] < 0.2, 0.44, 0.04)
    said = draw < chance
    points = 15 + said @ EFFECT + REGION_POINTS[region] + 12 * mood
    return World(
        pd.DataFrame(said, columns=list(TOPICS)),
        scores_of(rng, points),
        pd.DataFrame({"region": np.array(REGIONS)[region]}),
        account,
    )


def misheard(seed: object, members: pd.DataFrame, found: float = 0.8, imagined: float = 0.015) -> pd.DataFrame:
    """Assignments that find so large a share of the mentions, and so large a share of the others besides."""
    truth = members.to_numpy(bool)
    draw = np.random.default_rng(seed).random(truth.shape)
    return pd.DataFrame(np.where(truth, draw < found, draw < imagined), columns=members.columns)


def sure_of(assigned: pd.DataFrame, found: float = 0.8, imagined: float = 0.015) -> pd.DataFrame:
    """How probable it is that each assignment of `misheard` is right."""
    right = found * SHARE / (found * SHARE + imagined * (1 - SHARE))
    missed = (1 - found) * SHARE / ((1 - found) * SHARE + (1 - imagined) * (1 - SHARE))
    return pd.DataFrame(np.where(assigned, right, 1 - missed), columns=assigned.columns)
