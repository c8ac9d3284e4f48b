"""Drivers and score made ready: numbers and flags known for most answers, complete rows, accounts as codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError
from cxlab.models.columns import CATEGORY, FLAG, as_pandas, understand
from cxlab.stats.propensity import design

#: A driver known for a smaller share of the answers than this is set aside.
LEAST_KNOWN = 0.6
#: A number of at most so many whole values moves by one, any other by a standard deviation.
_MOST_STEPS = 11

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Complete rows: matrices, names and what was left out."""

    names: list[str]
    flags: set[str]
    drivers: Array
    controls: Array
    score: Array
    weight: Array
    cluster: NDArray[np.int64] | None
    accounts: int
    set_aside: pd.DataFrame
    remarks: list[str]


def complete_rows(drivers: Any, score: ArrayLike, cluster: Any, weight: ArrayLike | None, controls: Any) -> Rows:
    """Numbers and flags known for most answers, and the answers of which all are known. Raises ParameterError."""
    columns = understand(drivers, "two_cuts")
    score = np.asarray(pd.to_numeric(pd.Series(np.asarray(score))), dtype=float)
    _check(columns.frame, score)
    aside = [tuple(row) for row in columns.set_aside.itertuples(index=False)]
    aside += [(name, "a text; give it as a control") for name in columns.of_kind(CATEGORY)]
    scored = ~np.isnan(score)
    names = [name for name in columns.frame.columns if name not in columns.of_kind(CATEGORY)]
    known = columns.frame[names][scored].notna().mean()
    for name in names:
        if known[name] < LEAST_KNOWN:
            aside.append((name, f"known for {known[name]:.0%} of the answers only"))
    names = [name for name in names if known[name] >= LEAST_KNOWN]
    complete = scored & columns.frame[names].notna().all(axis=1).to_numpy(bool)
    weights = np.ones(len(score)) if weight is None else np.asarray(weight, dtype=float)
    if (weights[complete] < 0).any() or np.isnan(weights[complete]).any():
        raise ParameterError("a weight is negative or missing; every answer needs one of 0 or more.")
    complete &= weights > 0
    frame = columns.frame[names][complete]
    varied = [name for name in names if frame[name].nunique() > 1]
    aside += [(name, "it is the same in every complete row") for name in names if name not in varied]
    if not varied:
        raise ParameterError(
            "two_cuts has no driver left: none is a number that varies and is known for most answers. "
            f"Set aside: {'; '.join(f'{name} ({why})' for name, why in aside) or 'nothing'}."
        )
    remarks = list(columns.remarks)
    gone = int(scored.sum() - complete.sum())
    if gone:
        remarks.append(f"{gone:,} of {int(scored.sum()):,} answers are left out: a driver is not known for them.")
    codes, accounts = _codes(cluster, complete)
    beside = np.empty((int(complete.sum()), 0))
    if controls is not None:
        beside = design(as_pandas(controls, "two_cuts").reset_index(drop=True)[complete]).matrix
    return Rows(
        varied,
        set(columns.of_kind(FLAG)),
        frame[varied].to_numpy(float),
        beside,
        score[complete],
        weights[complete] / weights[complete].mean(),
        codes,
        accounts,
        pd.DataFrame(aside, columns=["column", "why"]),
        remarks,
    )


def _check(frame: pd.DataFrame, score: Array) -> None:
    if len(frame) != len(score):
        raise ParameterError(f"two_cuts got {len(frame):,} rows of drivers and {len(score):,} scores; give one each.")
    known = score[~np.isnan(score)]
    if not len(known):
        raise ParameterError("two_cuts got no score at all.")
    if known.min() < 0 or known.max() > 10:
        raise ParameterError(
            f"two_cuts found scores from {known.min():g} to {known.max():g}; the cuts 6|7 and 8|9 are those of 0-10."
        )


def _codes(cluster: Any, complete: NDArray[np.bool_]) -> tuple[NDArray[np.int64] | None, int]:
    """Accounts as whole numbers from 0; who has none stands for himself."""
    if cluster is None:
        return None, int(complete.sum())
    codes, ids = pd.factorize(pd.Series(np.asarray(cluster, dtype=object))[complete], sort=False)
    alone = codes < 0
    codes = codes.astype(np.int64)
    codes[alone] = len(ids) + np.arange(int(alone.sum()))
    return codes, len(ids) + int(alone.sum())


def step_of(rows: Rows, name: str, steps: Mapping[str, float]) -> float:
    """The size of a step of a driver, in its own unit: as `steps` says, else 1 or a standard deviation."""
    if name in steps:
        if not steps[name] > 0:
            raise ParameterError(f"the step of {name} is {steps[name]!r}; give a size above 0.")
        return float(steps[name])
    values = rows.drivers[:, rows.names.index(name)]
    if name in rows.flags or (len(np.unique(values)) <= _MOST_STEPS and (values == values.round()).all()):
        return 1.0
    return float(f"{values.std():.1g}")
