"""The two cuts in every segment or region: where they can be told, and whether they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from cxlab.errors import ParameterError
from cxlab.models.middle.two_cut import MARGIN, OTHER_WAY, two_cuts
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, FLAT, adjust
from cxlab.stats.estimates import normal_quantile

HELPS = "goes with the score"
DIFFERS, ALIKE = "differs between groups", "no difference seen"
_COLUMNS = ["group", "driver", "meaning", "n", "lower", "upper", "gain", "low", "high", "p", "q", "verdict"]


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
    """`two_cuts` group by group, false discoveries held over all groups and drivers at once.

    Returns two frames. By group: group, driver, meaning, n (answers used), lower, upper, gain, low, high, p, q, verdict
    ("goes with the score", "the other way", "flat", "cannot tell"; p, q and verdict are those of the gain). A group
    with too few answers keeps its n and has no value. By driver: driver, meaning, groups (with a value), least, most
    (gains), p, q (that all groups gain alike; Cochran's Q), verdict ("differs between groups", "no difference seen",
    "cannot tell"). Rows without a group are left out.
    """
    frame = pd.DataFrame(drivers).reset_index(drop=True)
    label = pd.Series(np.asarray(groups, dtype=object))
    if len(label) != len(frame):
        raise ParameterError(f"two_cuts_by got {len(frame):,} answers and {len(label):,} groups; give one each.")
    pick = _picker(frame, score, cluster, weight, controls)
    parts = []
    for name in sorted(label.dropna().unique(), key=str):
        mine = (label == name).to_numpy(bool)
        try:
            fit = two_cuts(**pick(mine), meaning=meaning, better=better, steps=steps)
            parts.append(fit.gain.assign(group=name, n=fit.n, p=fit.gain["p_gain"]))
        except ParameterError:
            empty = pd.DataFrame({"driver": frame.columns}).assign(group=name, n=int(mine.sum()))
            empty["meaning"] = [(meaning or {}).get(each, str(each).replace("_", " ")) for each in empty["driver"]]
            parts.append(empty.reindex(columns=[*_COLUMNS]))
    found = pd.concat([part.reindex(columns=_COLUMNS) for part in parts], ignore_index=True)
    numbers = ["lower", "upper", "gain", "low", "high", "p"]
    found = found.astype(dict.fromkeys(numbers, float))
    found["q"] = adjust(found["p"])
    found["verdict"] = [_said(row) for row in found.itertuples()]
    return found, _compared(found)


def _picker(frame: pd.DataFrame, score: ArrayLike, cluster: Any, weight: Any, controls: Any) -> Any:
    def pick(mine: np.ndarray) -> dict[str, Any]:
        beside = None if controls is None else pd.DataFrame(controls).reset_index(drop=True)[mine]
        return {
            "drivers": frame[mine].reset_index(drop=True),
            "score": np.asarray(score, dtype=float)[mine],
            "cluster": None if cluster is None else np.asarray(cluster, dtype=object)[mine],
            "weight": None if weight is None else np.asarray(weight, dtype=float)[mine],
            "controls": beside,
        }

    return pick


def _said(row: Any) -> str:
    if not row.q <= FALSE_DISCOVERY:
        return FLAT if row.low >= -MARGIN and row.high <= MARGIN else CANNOT_TELL
    return HELPS if row.gain > 0 else OTHER_WAY


def _compared(found: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for driver, part in found.groupby("driver", sort=False):
        known = part.dropna(subset=["gain", "low", "high"])
        p = float("nan")
        if len(known) > 1:
            precision = (2 * normal_quantile() / (known["high"] - known["low"])) ** 2
            middle = np.average(known["gain"], weights=precision)
            p = float(chdtrc(len(known) - 1, float((precision * (known["gain"] - middle) ** 2).sum())))
        rows.append((driver, part["meaning"].iloc[0], len(known), known["gain"].min(), known["gain"].max(), p))
    frame = pd.DataFrame(rows, columns=["driver", "meaning", "groups", "least", "most", "p"])
    frame["q"] = adjust(frame["p"])
    frame["verdict"] = np.where(frame["q"].isna(), CANNOT_TELL, np.where(frame["q"] <= FALSE_DISCOVERY, DIFFERS, ALIKE))
    return frame
