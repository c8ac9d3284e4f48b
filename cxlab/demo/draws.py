"""Seeded random streams, one per purpose, so that a change in one export leaves the others as they were."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

DAY = np.timedelta64(1, "D")


def stream(seed: int, *purpose: object) -> np.random.Generator:
    """A generator of its own for (seed, purpose). The same arguments give the same draws on every machine."""
    return np.random.default_rng([seed, *(zlib.crc32(str(part).encode()) for part in purpose)])


def pick(rng: np.random.Generator, choices: Sequence[object], shares: Sequence[float], count: int) -> np.ndarray:
    """`count` draws (object array) from `choices`; `shares` need not add up to 1."""
    edges = np.cumsum(np.asarray(shares, dtype=float))
    position = np.searchsorted(edges / edges[-1], rng.random(count), side="right")
    return np.array(choices, dtype=object)[np.minimum(position, len(choices) - 1)]


def lognormal(rng: np.random.Generator, median: float | np.ndarray, sigma: float, count: int) -> np.ndarray:
    """`count` lognormal draws (float array) with that median (scalar or one each)."""
    return median * np.exp(sigma * rng.standard_normal(count))


def quarter_days(quarter: str) -> tuple[np.datetime64, np.datetime64]:
    """First day of `quarter` ("2026-Q3") and first day after it."""
    first = np.datetime64(f"{quarter[:4]}-{3 * int(quarter[-1]) - 2:02d}", "M")
    return first.astype("datetime64[D]"), (first + 3).astype("datetime64[D]")


def at(day: np.ndarray, rng: np.random.Generator, opens: float = 7.0, closes: float = 19.0) -> np.ndarray:
    """A moment (datetime64[s], whole minutes) within office hours on each `day` (datetime64[D])."""
    minutes = (rng.uniform(opens, closes, len(day)) * 60).astype(int)
    return day.astype("datetime64[s]") + minutes * np.timedelta64(60, "s")


def later(moment: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """`moment` plus `hours`, cut to whole minutes (datetime64[s])."""
    return moment + np.maximum(hours * 60, 1).astype(np.int64) * np.timedelta64(60, "s")
