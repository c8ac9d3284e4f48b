"""What agents write down against what customers say, or a community against a survey: the same topics on both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.models.voice.mentions import accounts_of, by_account, changed, heard, shares, side_by_side
from cxlab.periods import Period
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust
from cxlab.stats.estimates import student_quantile

ALIKE = "alike"
#: Shares that differ by less than this are alike.
MARGIN = 0.02
#: A side does not speak of a topic where its share is, for certain, below this part of the other's.
HARDLY = 0.2
_CELLS = ("both", "first_only", "second_only", "neither")
_ADDED = np.array([0.5, 0.25, 0.25, 0.5])
_STEP = 1e-6

Array = NDArray[np.float64]


def both_sides(
    first: tuple[pd.DataFrame, pd.DataFrame],
    second: tuple[pd.DataFrame, pd.DataFrame],
    *,
    names: tuple[str, str] = ("agents", "customers"),
    topics: pd.DataFrame | None = None,
    period: Period | None = None,
    margin: float = MARGIN,
) -> pd.DataFrame:
    """Share of every topic on both sides and how it differs. A row a topic, the largest difference first.

    Each side is (members, comments): which topics each text holds, by the same known topics, and the rows of the texts
    (answered_at, customer_id). Accounts are clusters on either side. Columns, with "agents" and "customers" standing
    for `names`: topic, name; n_agents, heard_agents, share_agents, low_agents, high_agents, and so for customers;
    change (agents' share less customers'), low, high, p, q (Benjamini-Hochberg over the topics); verdict ("agents
    more", "customers more", "alike" where the whole interval lies within `margin`, "cannot tell"); only ("agents" or
    "customers" where the other side's share is for certain below a fifth of theirs, else "").
    """
    sides = []
    for members, comments in (first, second):
        told, rows = side_by_side(members, comments)
        counts = heard(rows, period)
        sides.append(shares(told[counts], accounts_of(rows[counts])))
    if set(sides[0].index) != set(sides[1].index):
        raise ParameterError(
            "the two sides were not assigned to the same topics; assign both by the same known topics first."
        )
    one, other = sides[0], sides[1].reindex(sides[0].index)
    moved = changed(one, other)
    q = adjust(moved["p"])
    sure = q <= FALSE_DISCOVERY
    more = [sure & (moved["low"] > 0), sure & (moved["high"] < 0)]
    alike = (moved["low"] >= -margin) & (moved["high"] <= margin)
    table = pd.DataFrame(index=one.index)
    if topics is not None:
        table["name"] = topics.set_index("topic")["name"].reindex(table.index).fillna("")
    for label, side in zip(names, (one, other), strict=True):
        columns = {"n": "n", "heard": "heard", "value": "share", "low": "low", "high": "high"}
        table = table.join(side[list(columns)].set_axis([f"{new}_{label}" for new in columns.values()], axis=1))
    table = table.join(moved[["change", "low", "high", "p"]]).assign(q=q)
    table["verdict"] = np.select([*more, alike], [f"{names[0]} more", f"{names[1]} more", ALIKE], CANNOT_TELL)
    hardly = [more[0] & (other["high"] < HARDLY * one["low"]), more[1] & (one["high"] < HARDLY * other["low"])]
    table["only"] = np.select(hardly, list(names), "")
    order = table["change"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index()


def same_units(
    first: tuple[pd.DataFrame, Sequence[object]], second: tuple[pd.DataFrame, Sequence[object]]
) -> pd.DataFrame:
    """How far two sides name the same topics of the same ticket or account. A row a topic, in the order of `first`.

    Each side is (members, units): which topics each text holds, and the ticket, account, or account and quarter it is
    about. Only units that both sides speak of count, each once. Columns: topic, units, both, first_only, second_only,
    neither (units), kappa (Cohen 1960, Educational and Psychological Measurement 20:37-46: 1 full agreement, 0 no more
    than chance), low, high (see `kappa`); NaN where a side names a topic of every unit or of none.
    """
    sides = [by_account(members.astype(bool).reset_index(drop=True), list(units)) for members, units in (first, second)]
    if set(sides[0].columns) != set(sides[1].columns):
        raise ParameterError(
            "the two sides were not assigned to the same topics; assign both by the same known topics."
        )
    shared = sides[0].index.intersection(sides[1].index)
    one = sides[0].loc[shared].to_numpy(bool)
    other = sides[1].loc[shared, sides[0].columns].to_numpy(bool)
    cells = np.stack([one & other, one & ~other, ~one & other, ~one & ~other]).sum(axis=1).T.astype(float)
    kappas = [kappa(row) for row in cells]
    table = pd.DataFrame(cells.astype(int), columns=list(_CELLS))
    table.insert(0, "topic", list(sides[0].columns))
    table.insert(1, "units", len(shared))
    table[["kappa", "low", "high"]] = np.array(kappas, dtype=float).reshape(len(table), 3)
    return table


def kappa(cells: Sequence[float]) -> tuple[float, float, float]:
    """Cohen's kappa of two yes/no raters with its 95 % interval, from the counts (both, first only, second only,
    neither).

    The interval is the infinitesimal jackknife's over units on Fisher's scale with Student's t, half a unit added to
    either cell of agreement and a quarter to the others: without them two raters who agree by chance on something rare
    are covered 36-86 % of the time, because no unit happens to be in both; with them 92.5 % at the least
    (tests/models/test_voice_notes.py). NaN where a rater says yes to all units or to none.
    """
    counts = np.asarray(cells, dtype=float)
    n = counts.sum()
    value = float(_kappas(counts[None, :])[0]) if n > 0 else np.nan
    if n < 3 or np.isnan(value):
        return value, np.nan, np.nan
    p = counts + _ADDED
    p /= p.sum()
    # What a little more of each cell does to the coefficient.
    moved = (1 - _STEP) * p + _STEP * np.eye(4)
    middle, *around = _fisher(_kappas(np.vstack([p, moved])))
    influence = (np.array(around) - middle) / _STEP
    reach = float(student_quantile(np.array(n - 1.0))) * np.sqrt(p @ influence**2 / n)
    low, high = np.tanh([middle - reach, middle + reach])
    return value, float(min(low, value)), float(max(high, value))


def _kappas(cells: Array) -> Array:
    n = cells.sum(axis=1)
    one, other = (cells[:, 0] + cells[:, 1]) / n, (cells[:, 0] + cells[:, 2]) / n
    chance = one * other + (1 - one) * (1 - other)
    varied = (one > 0) & (one < 1) & (other > 0) & (other < 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(varied, ((cells[:, 0] + cells[:, 3]) / n - chance) / (1 - chance), np.nan)


def _fisher(value: Array) -> Array:
    return np.arctanh(np.clip(value, -0.99999, 0.99999))
