"""The two cuts in every segment or region: where they can be told, and whether groups differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from cxlab.errors import ParameterError
from cxlab.models.middle.fitting import CUTS
from cxlab.models.middle.two_cut import two_cuts
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust
from cxlab.stats.estimates import normal_quantile

HELPS, OTHER_WAY, TOO_FEW = "goes with the score", "the other way", "too few"
DIFFERS, ALIKE = "differs between groups", "no difference seen"
_EFFECTS = ["group", "driver", "meaning", "cut", "n", "effect", "low", "high", "p", "q", "verdict"]
_GAINS = ["group", "driver", "gain", "low", "high", "p"]


def two_cuts_by(
    drivers: Any,
    score: ArrayLike,
    groups: ArrayLike,
    seed: int = 0,
    *,
    cluster: Any = None,
    weight: ArrayLike | None = None,
    controls: Any = None,
    meaning: Mapping[str, str] | None = None,
    better: Mapping[str, str] | None = None,
    steps: Mapping[str, float] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`two_cuts` group by group, false discoveries held over all groups, drivers and cuts at once.

    Returns two frames. Effects: group, driver, meaning, cut, n (answers used), effect, low, high, p, q, verdict ("goes
    with the score", "the other way", "cannot tell", "too few"). A group with too few answers keeps its n and has no
    value. Drivers: driver, meaning, groups (with a value), least, most (gains), p, q (that all groups gain alike;
    Cochran's Q), verdict ("differs between groups", "no difference seen", "cannot tell"). Rows without a group are left
    out.
    """
    frame = pd.DataFrame(drivers).reset_index(drop=True)
    label = pd.Series(np.asarray(groups, dtype=object))
    if len(label) != len(frame):
        raise ParameterError(f"two_cuts_by got {len(frame):,} answers and {len(label):,} groups; give one each.")
    beside = None if controls is None else pd.DataFrame(controls).reset_index(drop=True)
    effects, gains = [], []
    for name in sorted(label.dropna().unique(), key=str):
        mine = (label == name).to_numpy(bool)
        try:
            fit = two_cuts(
                frame[mine].reset_index(drop=True),
                np.asarray(score, dtype=float)[mine],
                seed,
                cluster=None if cluster is None else np.asarray(cluster, dtype=object)[mine],
                weight=None if weight is None else np.asarray(weight, dtype=float)[mine],
                controls=None if beside is None else beside[mine],
                meaning=meaning,
                better=better,
                steps=steps,
            )
        except ParameterError:
            effects.append(_too_few(name, frame.columns, meaning or {}, int(mine.sum())))
            continue
        effects.append(fit.effects.drop(columns=["q", "seen", "odds_ratio"]).assign(group=name, n=fit.n))
        gains.append(fit.gain.assign(group=name)[_GAINS])
    if not effects:
        raise ParameterError("two_cuts_by found no answer with a group.")
    found = pd.concat([part.reindex(columns=_EFFECTS) for part in effects], ignore_index=True)
    found = found.astype(dict.fromkeys(("effect", "low", "high", "p"), float))
    found["q"] = adjust(found["p"])
    gained = pd.concat(gains, ignore_index=True) if gains else pd.DataFrame(columns=_GAINS)
    # As for the company: a cut is told where both cuts together differ from nothing, too.
    either = dict(zip(zip(gained["group"], gained["driver"], strict=True), adjust(gained["p"]), strict=True))
    both = np.array([either.get(key, np.nan) for key in zip(found["group"], found["driver"], strict=True)])
    sure = (found["q"] <= FALSE_DISCOVERY).to_numpy(bool) & (both <= FALSE_DISCOVERY)
    up = (found["effect"] > 0).to_numpy(bool)
    found["verdict"] = np.select([found["effect"].isna(), sure & up, sure], [TOO_FEW, HELPS, OTHER_WAY], CANNOT_TELL)
    return found, _compared(found, gained)


def _too_few(name: Any, drivers: pd.Index, meaning: Mapping[str, str], n: int) -> pd.DataFrame:
    rows = [(driver, meaning.get(driver, str(driver).replace("_", " ")), cut) for driver in drivers for cut in CUTS]
    return pd.DataFrame(rows, columns=["driver", "meaning", "cut"]).assign(group=name, n=n)


def _compared(found: pd.DataFrame, gains: pd.DataFrame) -> pd.DataFrame:
    rows = []
    words = dict(zip(found["driver"], found["meaning"], strict=True))
    for driver in words:
        known = gains[gains["driver"] == driver]
        p = float("nan")
        if len(known) > 1:
            precision = (2 * normal_quantile() / (known["high"] - known["low"]).to_numpy(float)) ** 2
            gain = known["gain"].to_numpy(float)
            middle = np.average(gain, weights=precision)
            p = float(chdtrc(len(known) - 1, float((precision * (gain - middle) ** 2).sum())))
        rows.append((driver, words[driver], len(known), known["gain"].min(), known["gain"].max(), p))
    frame = pd.DataFrame(rows, columns=["driver", "meaning", "groups", "least", "most", "p"])
    frame["q"] = adjust(frame["p"])
    told = np.where(frame["q"] <= FALSE_DISCOVERY, DIFFERS, ALIKE)
    frame["verdict"] = np.where(frame["q"].isna(), CANNOT_TELL, told)
    return frame
