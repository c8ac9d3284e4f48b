"""Spells watched from some time on: risk sets with late entry (left truncation), log-rank test, event rates."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv

from cxlab.stats.estimates import LEVEL

Array = NDArray[np.float64]


def risk_sets(times: Array, enter: Array, leave: Array, ended: NDArray[np.bool_]) -> tuple[Array, Array]:
    """How many spells end at each of `times` (rising), and how many are watched just before it.

    A spell is watched after it entered and until it leaves; one that enters at the very time is not yet. `ended` says
    that it left by the event, not by the end of watching.
    """
    ends = np.sort(leave[ended])
    happened = np.searchsorted(ends, times, side="right") - np.searchsorted(ends, times, side="left")
    entered = np.searchsorted(np.sort(enter), times, side="left")
    gone = np.searchsorted(np.sort(leave), times, side="left")
    return happened.astype(float), (entered - gone).astype(float)


def watched_from(enter: Array, leave: Array, enough: int) -> float:
    """The earliest time at which so many spells are watched at once; infinite where there never are."""
    opened, shut = np.sort(enter), np.sort(leave)
    watched = np.arange(1, len(opened) + 1) - np.searchsorted(shut, opened, side="right")
    there = watched >= enough
    return float(opened[np.argmax(there)]) if there.any() else float("inf")


def log_rank(names: ArrayLike, enter: Array, leave: Array, ended: NDArray[np.bool_]) -> tuple[float, int]:
    """Mantel's (1966) chi-squared over all groups and its degrees of freedom; ties by the hypergeometric variance."""
    names = np.asarray(names)
    times = np.unique(leave[ended])
    everywhere, at_risk = risk_sets(times, enter, leave, ended)
    parts = [risk_sets(times, *(part[names == name] for part in (enter, leave, ended))) for name in np.unique(names)]
    observed, watched = (np.array([part[side] for part in parts]) for side in (0, 1))
    share = watched / np.maximum(at_risk, 1)
    surplus = (observed - everywhere * share).sum(axis=1)[:-1]
    spread = everywhere * (at_risk - everywhere) / np.maximum(at_risk - 1, 1)
    variance = (np.diag((spread * share).sum(axis=1)) - (spread * share) @ share.T)[:-1, :-1]
    return float(surplus @ np.linalg.pinv(variance) @ surplus), int(np.linalg.matrix_rank(variance))


def event_rate(events: float, exposure: float) -> tuple[float, float, float]:
    """Events over exposure with Garwood's exact limits (1936, Biometrika 28:437-442); NaN without exposure."""
    if exposure <= 0:
        return (float("nan"),) * 3
    tail = (1 - LEVEL) / 2
    low = float(gammaincinv(events, tail)) if events else 0.0
    return events / exposure, low / exposure, float(gammaincinv(events + 1, 1 - tail)) / exposure
