"""A short rule by which a person can tell which segment a customer is in, and how often it is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlab.models.columns import CATEGORY, FLAG, understand
from cxlab.models.segments.naming import brief
from cxlab.models.segments.units import values_of

RULES = ["segment", "rule", "customers", "right"]
_DEEPEST = 3
_FOLDS = 5
#: A bigger tree has to be right about this many more customers in a hundred.
_WORTH = 0.01
Cond = tuple[str, str, bool, float]  # feature, level, is it above, threshold


def rules(
    features: pd.DataFrame,
    labels: pd.Series,
    meaning: Mapping[str, str],
    units: Mapping[str, str],
    seed: int,
) -> tuple[pd.DataFrame, float]:
    """At most three conditions a line: segment, rule (words), customers (that it holds for), right (share of them that
    are in that segment); and the share of all customers it puts right, learned on four fifths and tried on the rest.

    A shallow decision tree with thresholds rounded to two digits. A segment may have several lines, or none where no
    short rule finds it.
    """
    columns = understand(features, "segments")
    x, of = _table(columns.frame, columns.kinds)
    y = labels.to_numpy()
    leaves = _best_size(x, of, y, seed)
    tree = _tree(x, y, leaves, seed)
    lines = _lines(tree, of)
    rows = []
    for conditions, segment in lines:
        holds = _holds(x, of, conditions)
        if holds.any():
            text = _told(conditions, columns.kinds, meaning, units)
            rows.append((segment, text, int(holds.sum()), float((y[holds] == segment).mean())))
    found = pd.DataFrame(rows, columns=RULES).sort_values("customers", ascending=False, kind="stable")
    return found.reset_index(drop=True), _right(x, of, y, leaves, seed)


def _table(frame: pd.DataFrame, kinds: Mapping[str, str]) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Numbers with gaps at the median, flags, and levels as 0 and 1; and what each column is."""
    x, of = [], []
    for name in frame:
        if kinds[name] == CATEGORY:
            text = frame[name].to_numpy()
            for level in sorted(set(text)):
                x.append((text == level).astype(float))
                of.append((name, level))
        else:
            values = values_of(frame, name)
            x.append(np.where(np.isnan(values), np.nanmedian(values), values))
            of.append((name, ""))
    return np.column_stack(x), of


def _tree(x: np.ndarray, y: np.ndarray, leaves: int, seed: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    least = max(5, len(y) // 200)
    return DecisionTreeClassifier(
        max_depth=_DEEPEST, max_leaf_nodes=leaves, min_samples_leaf=least, random_state=seed
    ).fit(x, y)


def _best_size(x: np.ndarray, of: list[tuple[str, str]], y: np.ndarray, seed: int) -> int:
    k = len(set(y))
    sizes = [size for size in range(max(2, k), 2**_DEEPEST + 1)] or [2**_DEEPEST]
    right = {size: _right(x, of, y, size, seed) for size in sizes}
    best = sizes[0]
    for size in sizes[1:]:
        if right[size] >= right[best] + _WORTH * (size - best):
            best = size
    return best


def _right(x: np.ndarray, of: list[tuple[str, str]], y: np.ndarray, leaves: int, seed: int) -> float:
    """Share put right by the rounded rule, each fifth of the customers tried with a rule learned on the others."""
    parts = np.array_split(np.random.default_rng([seed, 7]).permutation(len(y)), _FOLDS)
    hits = 0
    for at, look in enumerate(parts):
        learn = np.concatenate([part for other, part in enumerate(parts) if other != at])
        if len(set(y[learn])) < 2:
            continue
        for conditions, segment in _lines(_tree(x[learn], y[learn], leaves, seed), of):
            hits += int((y[look][_holds(x[look], of, conditions)] == segment).sum())
    return hits / len(y)


def _lines(tree: Any, of: list[tuple[str, str]]) -> list[tuple[list[Cond], Any]]:
    """The tree read out leaf by leaf, thresholds rounded."""
    t = tree.tree_

    def walk(node: int) -> list[tuple[list[Cond], Any]]:
        if t.children_left[node] < 0:
            return [([], tree.classes_[int(np.argmax(t.value[node][0]))])]
        name, level = of[t.feature[node]]
        at = 0.5 if level else rounded(float(t.threshold[node]))
        below, above = walk(t.children_left[node]), walk(t.children_right[node])
        if len(below) == len(above) == 1 and below[0][1] == above[0][1]:
            return below  # a question that makes no difference is not asked
        return [
            ([(name, level, is_above, at), *conditions], segment)
            for is_above, side in ((False, below), (True, above))
            for conditions, segment in side
        ]

    return walk(0)


def rounded(x: float) -> float:
    """Two significant digits: 1,234 becomes 1,200 and 0.4567 becomes 0.46."""
    if x == 0 or not np.isfinite(x):
        return x
    return float(f"{x:.2g}")


def _holds(x: np.ndarray, of: list[tuple[str, str]], conditions: list[Cond]) -> np.ndarray:
    held = np.ones(len(x), dtype=bool)
    for name, level, above, at in conditions:
        column = x[:, of.index((name, level))]
        held &= column > at if above else column <= at
    return held


def _told(
    conditions: list[Cond], kinds: Mapping[str, str], meaning: Mapping[str, str], units: Mapping[str, str]
) -> str:
    """Conditions in words, those on one feature together."""
    said = []
    for name in dict.fromkeys(each[0] for each in conditions):
        mine = [each for each in conditions if each[0] == name]
        words = meaning.get(name, name.replace("_", " "))
        if kinds[name] == CATEGORY:
            positive = [level for _, level, above, _ in mine if above]
            negative = [level for _, level, above, _ in mine if not above]
            said.append(
                f"{brief(words)} is {positive[0]}" if positive else f"{brief(words)} is not {' or '.join(negative)}"
            )
        elif kinds[name] == FLAG:
            said.append(f"{brief(words)}: {'yes' if mine[-1][2] else 'no'}")
        else:
            above = [at for *_, is_above, at in mine if is_above]
            below = [at for *_, is_above, at in mine if not is_above]
            said.append(_range(words, units.get(name, ""), max(above, default=None), min(below, default=None)))
    return " and ".join(said) or "everybody"


def _range(words: str, unit: str, above: float | None, below: float | None) -> str:
    if above is not None and below is not None:
        return f"{words} above {_number(above, unit)}, up to {_number(below, unit)}"
    return f"{words} above {_number(above, unit)}" if above is not None else f"{words} {_number(below, unit)} or less"


def _number(x: float | None, unit: str) -> str:
    if x is None:
        return ""
    if unit == "share":
        return f"{100 * x:.3g} %".replace("-", "\u2212")
    return (f"{x:,.0f}" if abs(x) >= 100 else f"{x:g}").replace("-", "\u2212")
