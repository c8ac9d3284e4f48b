"""What goes with a 7 rather than a 6, and what with a 9 rather than an 8: two cuts, each with its own weights.

With p7 the share of answers of 7 or more and p9 that of 9 or more, NPS = 100 (p7 + p9 - 1). What a driver does to p7
and what it does to p9 therefore add up to what it does to NPS, exactly. One logistic regression a cut, coefficients
free to differ (partial proportional odds: Peterson & Harrell 1990, Applied Statistics 39:205-217; Brant 1990,
Biometrics 46:1171-1178, for the test that they are equal), tied together by a covariance that knows about accounts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc, stdtr

from cxlab.models.middle.fitting import CUTS, Moves, moves, refuse_thin
from cxlab.models.middle.rows import complete_rows, step_of
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, FLAT, adjust

HYGIENE, DELIGHTER, BOTH = "hygiene", "delighter", "both"
#: It goes with the score, but at which cut more cannot be told; or it goes the other way than was said to be better.
SOMEWHERE, OTHER_WAY = "matters, cut unclear", "the other way"
VERDICTS = (HYGIENE, DELIGHTER, BOTH, SOMEWHERE, OTHER_WAY, FLAT, CANNOT_TELL)
#: A gain of fewer points per 100 customers moved would not matter: NPS's own margin in the dictionary.
MARGIN = 3.0

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TwoCuts:
    """What goes with the score at each cut.

    `effects`: driver, meaning, cut, effect (points of NPS per 100 customers moved one step in the better direction),
    low, high, odds_ratio, p, q, seen. `gain`: a row a driver: driver, meaning, step (signed), lower, upper (the two
    effects), gain (their sum), low, high, p_gain (of the sum), p, q (of both cuts together), p_same, q_same (that the
    two log-odds are equal; q where it decides something), movable (share of answers that can be moved), verdict. `n`
    answers, `accounts`, `shares` (detractors, passives, promoters), `crossed` (share of answers for which the two fits
    contradict each other), `set_aside` (column, why) and `remarks`.
    """

    effects: pd.DataFrame
    gain: pd.DataFrame
    n: int
    accounts: int
    shares: tuple[float, float, float]
    crossed: float
    set_aside: pd.DataFrame
    remarks: list[str] = field(default_factory=list)


def two_cuts(
    drivers: Any,
    score: ArrayLike,
    seed: int = 0,
    *,
    cluster: Any = None,
    weight: ArrayLike | None = None,
    controls: Any = None,
    meaning: Mapping[str, str] | None = None,
    better: Mapping[str, str] | None = None,
    steps: Mapping[str, float] | None = None,
) -> TwoCuts:
    """Fit the two cuts of a 0-10 score on drivers of experience, a row an answer.

    drivers: numbers and flags (texts belong into `controls`, which are reckoned with and not shown). cluster: accounts,
    rows without one count for themselves. better: driver -> "up" (default) or "down"; moving is always for the better.
    steps: driver -> size of a step; 1 for ratings, counts and flags, else a standard deviation in round numbers.
    Nothing here is drawn at random; `seed` is there because every model of the house takes one.

    A driver is flagged where both cuts together differ from nothing (Wald's test, false discoveries over drivers held
    at 4 %), a cut where besides its own q is at most 4 %. "hygiene" and "delighter" want one cut flagged, the other
    not, and the two log-odds surely different: that one cut cannot be told is no proof that it does not matter.
    Interval: delta method over accounts (its coverage is simulated in tests/models). Rows with a gap are left out;
    drivers known for fewer than 60 % of the answers are set aside. Raises ParameterError where answers are too few.
    """
    rows = complete_rows(drivers, score, cluster, weight, controls)
    signs = {name: -1.0 if (better or {}).get(name, "up") == "down" else 1.0 for name in rows.names}
    sizes = np.array([signs[name] * step_of(rows, name, steps or {}) for name in rows.names])
    refuse_thin(rows.score, len(rows.names) + rows.controls.shape[1], rows.accounts)
    fit = moves(rows.drivers, rows.controls, rows.score, rows.weight, rows.cluster, sizes)
    effects, gain = tables(fit, rows.names, sizes, meaning or {}, len(rows.score))
    share = [np.average(kind, weights=rows.weight) for kind in (rows.score < 7, rows.score >= 9)]
    remarks = list(rows.remarks)
    if fit.crossed > 0.01:
        remarks.append(
            f"For {fit.crossed:.0%} of the answers the two cuts contradict each other (a 9 would be likelier than a "
            "7): straight lines do not describe those answers well."
        )
    return TwoCuts(
        effects,
        gain,
        len(rows.score),
        rows.accounts,
        (share[0], 1 - share[0] - share[1], share[1]),
        fit.crossed,
        rows.set_aside,
        remarks,
    )


def tables(
    fit: Moves, names: Sequence[str], steps: Array, meaning: Mapping[str, str], n: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frames `effects` and `gain` of a fit."""
    many = len(names)
    words = [meaning.get(name, name.replace("_", " ")) for name in names]
    error = np.sqrt(np.diag(fit.of_effect)).reshape(2, many).T
    p = 2 * stdtr(fit.df, -np.abs(fit.effect) / np.where(error > 0, error, np.inf))
    both = np.array([_either(fit, at, many) for at in range(many)])
    q_driver, q_cut = adjust(both), adjust(p.ravel()).reshape(p.shape)
    seen = (q_cut <= FALSE_DISCOVERY) & (q_driver <= FALSE_DISCOVERY)[:, None]
    reach = fit.reach(error)
    effects = pd.DataFrame(
        [
            (names[at], words[at], cut, fit.effect[at, c], fit.effect[at, c] - reach[at, c],
             fit.effect[at, c] + reach[at, c], np.exp(fit.slope[at, c]), p[at, c], q_cut[at, c], bool(seen[at, c]))
            for at in range(many) for c, cut in enumerate(CUTS)
        ],
        columns=["driver", "meaning", "cut", "effect", "low", "high", "odds_ratio", "p", "q", "seen"],
    )  # fmt: skip
    total = fit.effect.sum(axis=1)
    cross = np.array([fit.of_effect[at, many + at] for at in range(many)])
    wide = fit.reach(np.sqrt(np.maximum((error**2).sum(axis=1) + 2 * cross, 0.0)))
    same = np.array([_same(fit, at, many) for at in range(many)])
    q_same = adjust(np.where(seen.any(axis=1) & ~(seen & (fit.effect > 0)).all(axis=1), same, np.nan))
    gain = pd.DataFrame(
        {
            "driver": list(names),
            "meaning": words,
            "step": steps,
            "lower": fit.effect[:, 0],
            "upper": fit.effect[:, 1],
            "gain": total,
            "low": total - wide,
            "high": total + wide,
            "p_gain": 2 * stdtr(fit.df, -np.abs(total) / np.where(wide > 0, wide / fit.reach(np.ones(1)), np.inf)),
            "p": both,
            "q": q_driver,
            "p_same": same,
            "q_same": q_same,
            "movable": fit.movable / n,
        }
    )
    gain["verdict"] = [
        _verdict(seen[at], fit.effect[at], q_driver[at], q_same[at], gain["low"][at], gain["high"][at], total[at])
        for at in range(many)
    ]
    return effects, gain


def _verdict(
    seen: NDArray[np.bool_], effect: Array, q: float, q_same: float, low: float, high: float, total: float
) -> str:
    if not q <= FALSE_DISCOVERY:
        return FLAT if low >= -MARGIN and high <= MARGIN else CANNOT_TELL
    larger = int(np.argmax(np.abs(effect)))
    if effect[larger] < 0 or total < 0:
        return OTHER_WAY
    if seen.all() and (effect > 0).all():
        return BOTH
    # The other cut has to be surely weaker, not merely unseen.
    if seen[larger] and q_same <= FALSE_DISCOVERY:
        return (HYGIENE, DELIGHTER)[larger]
    return SOMEWHERE


def _either(fit: Moves, at: int, many: int) -> float:
    """Wald's test that a driver has no effect at either cut: F on two and df - 1 degrees of freedom.

    Where nobody is a passive the two cuts are one and the same, and so is the test.
    """
    place = [at, many + at]
    effect, covariance = fit.effect[at], fit.of_effect[np.ix_(place, place)]
    if not np.isfinite(covariance).all() or fit.df < 2:
        return float("nan")
    rank = int(np.linalg.matrix_rank(covariance, hermitian=True, rtol=1e-8))
    if rank == 0:
        return float("nan")
    statistic = float(effect @ np.linalg.pinv(covariance, rtol=1e-8, hermitian=True) @ effect) / rank
    return float(fdtrc(rank, fit.df - rank + 1, max(statistic * (fit.df - rank + 1) / fit.df, 0.0)))


def _same(fit: Moves, at: int, many: int) -> float:
    """Brant's test for one driver, with the covariance of accounts: that its log-odds are the same at both cuts."""
    place = [at, many + at]
    covariance = fit.of_slope[np.ix_(place, place)]
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    if not variance > 0:
        return float("nan")
    return float(2 * stdtr(fit.df, -abs(fit.slope[at, 0] - fit.slope[at, 1]) / np.sqrt(variance)))
