"""Is a cut real? Whether it repeats on other customers like these, and whether there is a gap between its groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from cxlab.models.segments.cuts import ALGORITHMS, Labels, cut, cuts
from cxlab.models.segments.space import Array, Space

KS = range(2, 9)
#: Mean adjusted Rand index of refits on bootstrap samples from which we say that a cut repeats.
REPEATS = 0.80
#: A gap: between two groups the density falls to this share of the lower of the two peaks, or lower.
GAP = 0.50
#: No group may be smaller than this share of the customers: a handful of odd ones is no segment.
SMALLEST = 0.02
REFITS = 8
_FIRST_REFITS, _HOPELESS = 3, 0.55
#: A cut repeats better than shuffled columns do: it disagrees at most half as much as they on average, and beats the
#: best of them.
_DISAGREES, _BEYOND_MOST = 0.5, 0.05
_SHUFFLES, _SHUFFLED_REFITS, _FEW_DIRECTIONS = 12, 6, 3
_CLOUDS = 10
_MOST_JUDGED = 800
_MOST_SHAPED = 20
_BINS = 256


@dataclass(frozen=True)
class Ground:
    """Customers laid out for judging: `x` all coordinates, the first `numbers` of them from numbers, `smooth` those in
    which a density can be told."""

    space: Space
    frame: pd.DataFrame
    x: Array
    numbers: int
    smooth: Array
    seed: int

    @classmethod
    def of(cls, space: Space, frame: pd.DataFrame, seed: int) -> Ground:
        """Lay customers out; no more of them than it takes to judge."""
        if len(frame) > _MOST_JUDGED:
            chosen = np.sort(np.random.default_rng([seed, 6]).choice(len(frame), _MOST_JUDGED, replace=False))
            frame = frame.iloc[chosen]
        return cls(space, frame, *space.of(frame), space.smooth(frame, np.random.default_rng([seed, 1])), seed)

    @property
    def least(self) -> int:
        """The fewest customers that may be a group."""
        return max(5, int(np.ceil(SMALLEST * len(self.x))))


def refits(x: Array, numbers: int, algorithm: str, ks: Sequence[int], times: int, seed: int) -> dict[int, list[Labels]]:
    """Groups of all customers by cuts learned on bootstrap samples of them, for each k.

    A cut whose first refits have little to do with each other is not refitted further: it will not repeat.
    """
    rng = np.random.default_rng([seed, 2])
    drawn: dict[int, list[Labels]] = {k: [] for k in ks}
    for done in range(times):
        sample, start = rng.integers(0, len(x), len(x)), int(rng.integers(2**31))
        if done == _FIRST_REFITS:
            ks = [k for k in ks if agreement(drawn[k]) >= _HOPELESS]
        if ks:
            for k, rule in cuts(algorithm, x[sample], numbers, ks, start).items():
                drawn[k].append(rule(x))
    return drawn


def agreement(drawn: list[Labels]) -> float:
    """Mean adjusted Rand index (Hubert & Arabie 1985) of all pairs of cuts: 1 the same groups, 0 as by chance."""
    from sklearn.metrics import adjusted_rand_score

    return float(np.mean([adjusted_rand_score(one, other) for one, other in combinations(drawn, 2)]))


def tried(ground: Ground) -> tuple[pd.DataFrame, dict[tuple[str, int], list[Labels]]]:
    """Every algorithm and k: algorithm, k, stability (Dolnicar & Leisch 2010), smallest (customers in its smallest
    group); and the refits themselves. Mixtures are left out where there are too many directions to learn a shape."""
    rows, drawn = [], {}
    for algorithm in ALGORITHMS:
        if algorithm == "mixture" and ground.x.shape[1] > _MOST_SHAPED:
            continue
        for k, labels in refits(ground.x, ground.numbers, algorithm, KS, REFITS, ground.seed).items():
            smallest = np.median([np.bincount(each, minlength=k).min() for each in labels])
            rows.append({"algorithm": algorithm, "k": k, "stability": agreement(labels), "smallest": int(smallest)})
            drawn[algorithm, k] = labels
    return pd.DataFrame(rows), drawn


def is_beyond_shuffled(ground: Ground, algorithm: str, k: int, stability: float) -> bool:
    """Whether a cut repeats better than it would if the columns had nothing to do with each other.

    Some clouds without any structure repeat all the same (a square is cut into its four quarters again and again):
    each column is shuffled by itself, and the same cut is repeated there. In few directions, where that happens, the
    best of all numbers of groups is what has to be beaten, since the best was chosen here.
    """
    rng = np.random.default_rng([ground.seed, 3])
    by_chance: list[float] = []
    while len(by_chance) < _SHUFFLES:
        x, numbers = ground.space.shuffled(ground.frame, rng)
        seed = ground.seed + len(by_chance)
        again = refits(x, numbers, algorithm, [k], _SHUFFLED_REFITS, seed)
        others = KS if x.shape[1] <= _FEW_DIRECTIONS else ()
        more = refits(x, numbers, "k-means", others, _SHUFFLED_REFITS, seed)
        by_chance.append(max(map(agreement, [*again.values(), *more.values()])))
        if stability < by_chance[-1] + _BEYOND_MOST:
            return False
    return bool(1 - stability <= _DISAGREES * (1 - np.mean(by_chance)))


def depth(ground: Ground, algorithm: str, k: int) -> float:
    """How shallow the shallowest valley between two groups is: 1 no valley, 0 nobody in between."""
    return _depth(ground.x, ground.numbers, ground.smooth, algorithm, k, ground.seed)


def is_deeper_than_clouds(ground: Ground, algorithm: str, k: int, found: float) -> bool:
    """Whether the valleys are deeper than the same cut finds in clouds without gaps, normal and flat ones."""
    rng = np.random.default_rng([ground.seed, 4])
    for at in range(2 * _CLOUDS):
        x, numbers, smooth = ground.space.cloud(ground.frame, rng, flat=bool(at % 2))
        if _depth(x, numbers, smooth, algorithm, k, ground.seed + at) <= found:
            return False
    return True


def _depth(x: Array, numbers: int, smooth: Array, algorithm: str, k: int, seed: int) -> float:
    """Cuts and directions are learned on one half of the customers and looked at in the other, both ways."""
    if not smooth.shape[1]:
        return 1.0
    halves = np.array_split(np.random.default_rng([seed, 5]).permutation(len(x)), 2)
    worst = []
    for learn, look in (halves, halves[::-1]):
        rule = cut(algorithm, x[learn], numbers, k, seed)
        known, seen = rule(x[learn]), rule(x[look])
        pairs = combinations(range(k), 2)
        worst.append(max(_between(smooth[learn], known, smooth[look], seen, *pair) for pair in pairs))
    return float(np.mean(worst))


def _between(learn: Array, known: Labels, look: Array, seen: Labels, one: int, other: int) -> float:
    """The depth of the valley between two groups, along the direction that tells them apart best (Fisher 1936)."""
    if min((known == one).sum(), (known == other).sum(), (seen == one).sum(), (seen == other).sum()) < 3:
        return 1.0
    direction = axis(learn, known, one, other)
    return valley(look[seen == one] @ direction, look[seen == other] @ direction)


def axis(rows: Array, labels: Labels, one: int, other: int) -> Array:
    """The direction along which two groups differ most against how they spread, of length one."""
    first, second = rows[labels == one], rows[labels == other]
    apart = second.mean(axis=0) - first.mean(axis=0)
    within = (np.cov(first, rowvar=False) * (len(first) - 1) + np.cov(second, rowvar=False) * (len(second) - 1)) / max(
        len(first) + len(second) - 2, 1
    )
    within = np.reshape(within, (len(apart), len(apart))) + 0.05 * np.eye(len(apart))
    direction = np.linalg.solve(within, apart)
    length = np.linalg.norm(direction)
    return direction / length if length > 0 else direction


def valley(first: Array, second: Array) -> float:
    """The density at the deepest point between two groups' middles, as a share of the lower peak beside it."""
    _, density, (start, end) = profile(first, second)
    if end <= start:
        return 1.0
    inner = np.arange(start, end + 1)
    left, right = np.maximum.accumulate(density)[inner], np.maximum.accumulate(density[::-1])[::-1][inner]
    return float(np.min(density[inner] / np.maximum(np.minimum(left, right), 1e-300)))


def profile(first: Array, second: Array) -> tuple[Array, Array, tuple[int, int]]:
    """Places along an axis, how dense customers of both groups lie there, and where the two middles are."""
    from scipy.ndimage import gaussian_filter1d

    both = np.concatenate([first, second])
    within = np.sqrt((first.var() * len(first) + second.var() * len(second)) / len(both))
    width = max(1.06 * within * len(both) ** -0.2, 1e-9)
    low, high = both.min() - 3 * width, both.max() + 3 * width
    edges = np.linspace(low, high, _BINS + 1)
    density = np.histogram(both, edges)[0] / (len(both) * (edges[1] - edges[0]))
    density = gaussian_filter1d(density, width / (edges[1] - edges[0]), mode="constant")
    middles = sorted((float(np.median(first)), float(np.median(second))))
    start, end = (int(np.clip(np.searchsorted(edges, middle) - 1, 0, _BINS - 1)) for middle in middles)
    return (edges[:-1] + edges[1:]) / 2, density, (start, end)
