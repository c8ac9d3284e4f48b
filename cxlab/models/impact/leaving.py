"""Topics that go with leaving: who spoke of what in a period, who left in the next, and whether that held later on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.retention import left_in
from cxlab.models.columns import understand
from cxlab.models.impact.fitting import fit, independent, limits
from cxlab.models.impact.rows import memberships, of_same_length
from cxlab.models.impact.told import spoken
from cxlab.models.linkage.checks import Gain, Known, gain
from cxlab.models.linkage.regression import by_period, lay_out
from cxlab.models.middle.answers import periods_of
from cxlab.periods import Period
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust
from cxlab.stats.counting import collect

WITH_LEAVING, WITH_STAYING = "goes with leaving", "goes with staying"
#: Of the periods, so many of the latest are kept to check on: a third, one at least.
_LATER = 3
#: Accounts in periods, and leavers among them, that anything can be said from.
_FEWEST_ROWS, _FEWEST_LEFT = 100, 10
_YEARS, _COMMENTS = "years since signing", "number of comments"
_DAYS_A_YEAR = 365.25
_COLUMNS = (
    *("topic", "n", "left_with", "left_without", "points", "low", "high", "p", "q"),
    *("earlier", "earlier_low", "earlier_high", "later", "later_low", "later_high", "holds", "grade", "why", "verdict"),
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Leaving:
    """Topics beside leaving.

    table: a row a topic, columns topic, n (accounts in periods that spoke of it), left_with, left_without (share of the
    accounts that left in the next period, 0-1, of those that did and of those that did not), points (percentage points
    by which leaving is higher where it was spoken of, all topics and controls reckoned together), low, high (95 %), p,
    q (false discoveries over the topics), the same difference in the earlier periods and in the later ones with their
    intervals, holds (told from chance in both by itself, one-sided 5 %, the same way; None where it cannot be
    tried), grade ("C" where q is at most 4 % and it holds, else "D"), why it is no better, verdict ("goes with
    leaving", "goes with staying", "cannot tell").
    gain: what all topics add out of time to foretelling who leaves from the controls (AUC), None where too few left.
    n accounts in periods, left how many of them left, first_checked: label of the first later period, remarks.
    """

    table: pd.DataFrame
    gain: Gain | None
    n: int
    left: int
    first_checked: str
    remarks: tuple[str, ...]


def leaving(
    said: pd.DataFrame,
    members: pd.DataFrame,
    customers: Any,
    periods: Sequence[Period],
    *,
    controls: Sequence[str] = (),
    min_n: int = 20,
    seed: int = 0,
) -> Leaving:
    """Whether accounts that spoke of a topic in a period left in the next one more often than others that spoke.

    said: a row a comment with customer_id and answered_at; members: its topics, row by row. customers: the table
    with customer_id, signed_on, closed_on and the `controls` (region, segment, plan; as they are today). periods: at
    least three, each beginning where the one before ends; leaving in the first is not looked at, and comments in the
    last are not. An account counts once a period, if it commented in it and was still there at its end. Reckoned with
    besides the controls: period, years since signing, how many comments the account gave.

    Least squares on percentage points, errors by account (`fitting.fit`). It is no experiment: grade "C" at best.
    Nothing is drawn at random; `seed` is there because every model of the house takes one. Raises TableError where
    leaving is not known, ParameterError where too few commented or left.
    """
    spans = periods_of(periods)
    if len(spans) < 3 or any(one.end != other.start for one, other in zip(spans, spans[1:], strict=False)):
        raise ParameterError(
            "leaving: give at least three periods, each beginning where the one before ends, such as "
            'cx.Period.of("2026-Q3").trail(8).'
        )
    topics, spoke = memberships(members, "leaving")
    of_same_length("leaving", len(spoke), said=said)
    for name in ("customer_id", "answered_at"):
        if name not in said:
            raise TableError.missing("leaving", "responses", [name], said.columns)
    rows = _rows(said, topics, spoke, customers, spans, controls)
    gone = rows["_left"].to_numpy(float)
    if len(rows) < _FEWEST_ROWS or min(gone.sum(), len(gone) - gone.sum()) < _FEWEST_LEFT:
        raise ParameterError(
            f"leaving: {len(rows):,} accounts in periods commented and {int(gone.sum())} of them left in the next; "
            f"{_FEWEST_ROWS} and {_FEWEST_LEFT} are the least that say anything. Take more periods."
        )
    columns = understand(rows[[*controls, _YEARS, _COMMENTS]], "leaving")
    beside = lay_out(columns).matrix
    order, account = rows["_order"].to_numpy(np.int64), pd.factorize(rows["customer_id"])[0].astype(np.int64)
    mentioned = rows[[f"topic {name}" for name in topics]].to_numpy(float)
    last = len(spans) - 1
    later = order >= last - max(1, last // _LATER)
    table = _table(topics, mentioned, 100 * gone, np.column_stack([by_period(order), beside]), account, later, min_n)
    aside = columns.set_aside[columns.set_aside["column"].isin(list(controls))]
    remarks = [f"The control {name} is set aside: {why}." for name, why in aside.itertuples(index=False)]
    rare = table.loc[table["points"].isna(), "topic"].tolist()
    if rare:
        remarks.append(
            f"{spoken(rare)}: fewer than {min_n} accounts spoke of each, or it is spoken of where the controls say so."
        )
    frequent = mentioned[:, table["points"].notna().to_numpy(bool)]
    found = gain(gone, Known.of(beside, order), frequent, account, is_share=True) if frequent.shape[1] else None
    first = spans[int(order[later].min())].label if later.any() else ""
    return Leaving(table, found, len(rows), int(gone.sum()), first, (*remarks, *columns.remarks))


def _rows(
    said: pd.DataFrame,
    topics: Sequence[str],
    spoke: Array,
    customers: Any,
    spans: Sequence[Period],
    controls: Sequence[str],
) -> pd.DataFrame:
    """A row an account that commented in a period and was there at its end: topics, controls, whether it left then."""
    when = pd.to_datetime(said["answered_at"]).reset_index(drop=True)
    mentions = pd.DataFrame(spoke, columns=[f"topic {name}" for name in topics])
    mentions["customer_id"] = said["customer_id"].reset_index(drop=True).astype(object)
    mentions[_COMMENTS] = 1.0
    parts = []
    for order, (span, then) in enumerate(zip(spans, spans[1:], strict=False)):
        mine = mentions[((when >= span.start) & (when < span.end) & mentions["customer_id"].notna()).to_numpy(bool)]
        by_account = mine.groupby("customer_id", sort=True).agg(
            {**{f"topic {name}": "max" for name in topics}, _COMMENTS: "sum"}
        )
        here = left_in(customers, then)
        lacking = [name for name in controls if name not in here.columns]
        if lacking:
            raise TableError.missing("leaving", "customers", lacking, here.columns)
        wanted = list(dict.fromkeys(["customer_id", "signed_on", *controls, "_cx_left"]))
        accounts = collect(here.select(*wanted)).astype({"customer_id": object}).drop_duplicates("customer_id")
        joined = accounts.merge(by_account.reset_index(), on="customer_id", how="inner").sort_values("customer_id")
        signed = pd.to_datetime(joined["signed_on"])
        joined[_YEARS] = (pd.Timestamp(then.start) - signed).dt.days / _DAYS_A_YEAR
        joined[_COMMENTS] = np.log(joined[_COMMENTS])
        parts.append(joined.rename(columns={"_cx_left": "_left"}).assign(_order=order))
    return pd.concat(parts, ignore_index=True)


def _table(
    topics: Sequence[str], mentioned: Array, points: Array, beside: Array, account: Array, later: Array, min_n: int
) -> pd.DataFrame:
    n = (mentioned >= 0.5).sum(axis=0)
    weight = np.ones(len(points))
    with np.errstate(divide="ignore", invalid="ignore"):
        with_it = points @ mentioned / mentioned.sum(axis=0)
        without = points @ (1 - mentioned) / (1 - mentioned).sum(axis=0)
    table = pd.DataFrame({"topic": list(topics), "n": n, "left_with": with_it / 100, "left_without": without / 100})
    for (value, low, high), rows in (
        (("points", "low", "high"), weight > 0),
        (("earlier", "earlier_low", "earlier_high"), ~later),
        (("later", "later_low", "later_high"), later),
    ):
        found = _fitted(mentioned[rows], points[rows], beside[rows], account[rows], min_n if rows.all() else min_n // 2)
        for name, values in zip((value, low, high, f"p_{value}"), found, strict=True):
            table[name] = values
    table["p"] = table["p_points"]
    table["q"] = adjust(table["p"])
    both = table["earlier"].notna() & table["later"].notna()
    alike = np.sign(table["earlier"]) == np.sign(table["later"])
    # Two-sided 10 % the same way is one-sided 5 %.
    is_held = alike & (table["p_earlier"] <= 0.10) & (table["p_later"] <= 0.10)
    holds = [bool(held) if known else None for held, known in zip(is_held, both, strict=True)]
    table["holds"] = pd.Series(holds, dtype=object)
    told = (table["q"] <= FALSE_DISCOVERY) & ((table["low"] > 0) | (table["high"] < 0))
    table["grade"] = np.where(told & is_held & both, "C", "D")
    table["why"] = [_why(*row) for row in zip(told, table["holds"], strict=True)]
    table["verdict"] = np.select([told & (table["points"] > 0), told], [WITH_LEAVING, WITH_STAYING], CANNOT_TELL)
    return table[list(_COLUMNS)]


def _why(is_told: bool, holds: bool | None) -> str:
    if not is_told:
        return "it cannot be told from chance once the rest is known"
    if holds is None:
        return "too few spoke of it to try it on later periods"
    return "" if holds else "it does not show by itself in both the earlier and the later periods"


def _at_least(influence: Array, ground: Array, mentioned: Array, points: Array) -> Array:
    """How much wider each topic's error must be (k), so that it is no smaller than if the topic had no part in leaving.

    Where two of 200 accounts left, the sandwich only sees those two: an error of next to nothing, and certainty about
    an accident. With as many leaving as elsewhere the error is that of a share (a score test's variance).
    """
    from numpy.linalg import lstsq, pinv

    share = points.mean()
    usual = ground @ lstsq(ground, points, rcond=None)[0]
    usual = np.clip(usual, share / 4, 100 - share / 4)
    arms = pinv(np.column_stack([ground, mentioned])).T[:, ground.shape[1] :]
    least = (usual * (100 - usual)) @ arms**2
    seen = (influence**2).sum(axis=0)
    return np.sqrt(np.maximum(1.0, np.divide(least, seen, out=np.ones_like(seen), where=seen > 0)))


def _fitted(
    mentioned: Array, points: Array, beside: Array, account: Array, min_n: int
) -> tuple[Array, Array, Array, Array]:
    """value, low, high, p by topic; NaN where too few spoke of it or it cannot be told apart."""
    blank = np.full(mentioned.shape[1], np.nan)
    n = (mentioned >= 0.5).sum(axis=0)
    own = np.flatnonzero((n >= min_n) & (len(points) - n >= min_n))
    weight = np.ones(len(points))
    ground = np.column_stack([weight, beside[:, independent(beside)]])
    if not own.size or len(points) < 3 * (ground.shape[1] + own.size):
        return blank, blank, blank, blank
    codes = np.unique(account, return_inverse=True)[1].astype(np.int64)
    model = fit(np.column_stack([ground, mentioned[:, own]]), points, weight, codes)
    mine = ground.shape[1] + np.arange(own.size)
    own, mine = own[model.is_told[mine]], mine[model.is_told[mine]]
    influence = model.influence[:, mine]
    influence = influence * _at_least(influence, ground, mentioned[:, own], points)
    found = (model.beta[mine], *limits(model.beta[mine], influence, model.df[mine]))
    columns = []
    for values in found:
        column = blank.copy()
        column[own] = values
        columns.append(column)
    return tuple(columns)
