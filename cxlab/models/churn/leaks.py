"""Features that know the outcome: one that alone tells who left, or a value that only leavers have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.churn.calibration import shares
from cxlab.models.churn.scores import Rated
from cxlab.models.columns import FLAG, NUMBER

Array = NDArray[np.float64]
#: A single feature with such an area under the curve knows the outcome; from the second on it is suspected to.
SURE, SUSPECT = 0.97, 0.90
#: A value that only leavers have: held by this many leavers, and by nearly no one else.
_ROWS, _PURE = 20, 0.995
_BINS = 20
NEARLY_CERTAIN, LIKELY = "nearly certain", "likely"


@dataclass(frozen=True)
class Leak:
    """A feature that knows the outcome: its area under the curve alone, what gives it away in words, how sure."""

    column: str
    auc: float
    what: str
    sure: str


def find_leaks(frame: pd.DataFrame, kinds: Mapping[str, str], left: NDArray[np.bool_]) -> list[Leak]:
    """Look at every feature by itself, the clearest leak first."""
    found = []
    base = float(left.mean())
    for name, kind in kinds.items():
        code, words = _codes(frame[name], kind)
        gaps = frame[name].isna().to_numpy()
        size = np.bincount(code).astype(float)
        hits = np.bincount(code, left.astype(float))
        auc, telling = _alone(code, left), []
        if auc >= SUSPECT:
            telling.append(f"alone it tells who left (AUC {auc:.2f})")
        low = shares(hits, size)[1]
        pure = np.flatnonzero((hits >= _ROWS) & (hits >= _PURE * size) & (low > max(0.85, (1 + base) / 2)))
        caught = int(hits[pure].max()) if len(pure) else 0
        if caught:
            at = pure[np.argmax(hits[pure])]
            many = "all" if hits[at] == size[at] else f"{hits[at]:,.0f}"
            telling.append(f"of {size[at]:,.0f} customers with {words[at]} {many} left")
        elif gaps.any() and left[~gaps].sum() >= _ROWS and left[~gaps].mean() >= max(_PURE, (1 + base) / 2):
            telling.append("only those who left have a value")
            caught = int(left[~gaps].sum())
        if telling:
            is_sure = auc >= SURE or caught >= 2 * _ROWS
            found.append(Leak(name, auc, ", and ".join(telling), NEARLY_CERTAIN if is_sure else LIKELY))
    return sorted(found, key=lambda leak: (-leak.auc, list(kinds).index(leak.column)))


def _codes(values: pd.Series, kind: str) -> tuple[NDArray[np.int64], list[str]]:
    """Levels or twentieths of a feature as codes, with their words; missing cells are one of their own."""
    if kind != NUMBER or values.nunique() <= _BINS:
        code, levels = pd.factorize(values, sort=True, use_na_sentinel=False)
        return code.astype(np.int64), [_said(level, kind) for level in levels]
    x = values.to_numpy(float)
    edges = np.unique(np.nanquantile(x, np.linspace(0, 1, _BINS + 1)))[1:-1]
    code = np.where(np.isnan(x), len(edges) + 1, np.searchsorted(edges, x, side="right"))
    ends = [f"{edge:,.4g}" for edge in edges]
    words = [
        f"less than {ends[0]}",
        *(f"{a} to {b}" for a, b in zip(ends, ends[1:], strict=False)),
        f"{ends[-1]} or more",
    ]
    return code.astype(np.int64), [*words, "no value"]


def _said(level: object, kind: str) -> str:
    if pd.isna(level):
        return "no value"
    return f"\u201c{'yes' if level else 'no'}\u201d" if kind == FLAG else f"\u201c{level}\u201d"


def _alone(code: NDArray[np.int64], left: NDArray[np.bool_], parts: int = 5) -> float:
    """Area under the curve of a feature's own rates of leaving, each row's from the other four parts of the rows."""
    order = np.argsort(left, kind="stable")
    part = np.empty(len(left), dtype=np.int64)
    part[order] = np.arange(len(left)) % parts
    count, base = int(code.max()) + 1, left.mean()
    chance = np.empty(len(left))
    for own in range(parts):
        others = part != own
        n = np.bincount(code[others], minlength=count)
        hits = np.bincount(code[others], left[others].astype(float), count)
        rate = (hits + base) / (n + 1)
        chance[~others] = rate[code[~others]]
    return Rated.of(left, chance).auc
