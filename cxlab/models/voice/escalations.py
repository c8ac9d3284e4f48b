"""What escalations and leaving are about: a Pareto of the notes' topics, and how far the two have the same reasons."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError, TableError
from cxlab.models.voice.mentions import accounts_of, changed, heard, shares, side_by_side, units_of
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust

MORE, LESS = "more", "less"
#: Leaving within so many days after a note counts as leaving after it.
LEFT_WITHIN = 180.0
_DRAWS = 1_000
_SIDES = ("value", "low", "high")

Array = NDArray[np.float64]


@dataclass(frozen=True)
class EscalationReasons:
    """`table`: a row a topic, most escalated notes first (see `escalation_reasons`). `overlap`, `overlap_low`,
    `overlap_high`: how far escalations and leaving are about the same (0 nothing, 1 the same topics in the same parts;
    NaN without leaving); escalated, left: notes behind them. shared: topics over-represented in both."""

    table: pd.DataFrame
    overlap: float
    overlap_low: float
    overlap_high: float
    escalated: int
    left: int
    shared: tuple[str, ...]


def escalation_reasons(
    members: pd.DataFrame,
    notes: pd.DataFrame,
    escalated: pd.Series,
    left: pd.Series | None = None,
    *,
    topics: pd.DataFrame | None = None,
    seed: int = 0,
) -> EscalationReasons:
    """Topics of notes on what was escalated against all other notes, and of those who left against those who stayed.

    `notes` are texts (responses of the survey "note", or comments), `members` their topics row by row, `escalated` and
    `left` booleans row by row; rows where `left` is empty are not known yet and count on neither side. Accounts are
    clusters. Columns of the table: topic, name; n, share, low, high (of escalated notes), others (share of all other
    notes), change, change_low, change_high, p, q, verdict ("more", "less", "cannot tell"; Benjamini-Hochberg over the
    topics of both questions); covers (share of escalated notes that hold this or a topic above it, the Pareto line)
    with covers_low, covers_high; left_n, left_share, left_low, left_high, stayed, left_change, left_change_low,
    left_change_high, left_p, left_q, left_verdict. The overlap is the sum over topics of the smaller of their parts in
    all mentions (Renkonen 1938), less what chance alone takes from it, with the basic interval of 1,000 draws of
    accounts (Davison & Hinkley 1997, 5.2: percentiles never hold the truth of two mixes that are alike), whose upper
    end is 1 where one mix would give as much in common one time in twenty. What an escalation is about goes with it; it
    need not be its reason.
    """
    members, notes = side_by_side(members, notes)
    if len(escalated) != len(notes):
        raise ParameterError(f"escalated has {len(escalated):,} rows, there are {len(notes):,} notes; give one a note.")
    counts = heard(notes)
    flags = pd.Series(np.asarray(escalated, dtype=bool) & counts)
    others = pd.Series(~flags.to_numpy() & counts)
    accounts = accounts_of(notes)
    sides = [_side(members, accounts, part) for part in (flags, others)]
    table = _against(*sides)
    if left is not None:
        gone = pd.Series(np.asarray(left, dtype=object))
        known = gone.notna().to_numpy() & counts
        went = gone.where(gone.notna(), False).astype(bool).to_numpy() & known
        after = _against(_side(members, accounts, went), _side(members, accounts, known & ~went))
        names = {name: "stayed" if name == "others" else f"left_{name}" for name in after}
        table = table.join(after.rename(columns=names))
    tests = [name for name in ("p", "left_p") if name in table]
    q = adjust(table[tests].to_numpy(float).T.ravel()).reshape(len(tests), -1)
    for name, values in zip(tests, q, strict=True):
        lead = name.removesuffix("p")
        sure = values <= FALSE_DISCOVERY
        table[f"{lead}q"] = values
        up, down = table[f"{lead}change_low"] > 0, table[f"{lead}change_high"] < 0
        table[f"{lead}verdict"] = np.select([sure & up, sure & down], [MORE, LESS], CANNOT_TELL)
    table = table.sort_values("n", ascending=False, kind="stable")
    table = table.join(_pareto(members[flags.to_numpy()], accounts, flags, table.index.tolist()))
    if topics is not None:
        table.insert(0, "name", topics.set_index("topic")["name"].reindex(table.index).fillna(""))
    if left is None:
        return EscalationReasons(table.reset_index(), np.nan, np.nan, np.nan, int(flags.sum()), 0, ())
    overlap = _overlap(members, accounts, flags.to_numpy(), went, seed)
    shared = table.index[(table["verdict"] == MORE) & (table["left_verdict"] == MORE)]
    return EscalationReasons(table.reset_index(), *overlap, int(flags.sum()), int(went.sum()), tuple(shared))


def left_within(
    notes: pd.DataFrame, customers: pd.DataFrame, as_of: dt.datetime, *, days: float = LEFT_WITHIN
) -> pd.Series:
    """Whether the account left within `days` after each note: True, False, or empty where that is not known by `as_of`.

    Notes without a known account, and those written after the account had left, are empty too. Raises TableError
    where nothing says who left.
    """
    if "closed_on" not in customers:
        raise TableError.missing("left_within", "customers", ["closed_on"], customers.columns)
    closed = pd.to_datetime(customers.drop_duplicates("customer_id").set_index("customer_id")["closed_on"])
    when = pd.to_datetime(notes["answered_at"])
    gone = pd.to_datetime(notes["customer_id"].map(closed))
    span = pd.Timedelta(days=days)
    went = ((gone >= when) & (gone <= when + span) & (gone <= pd.Timestamp(as_of))).astype(object)
    told = notes["customer_id"].isin(closed.index) & ~(gone < when)
    ripe = when + span <= pd.Timestamp(as_of)
    return went.where(told & (ripe | went.astype(bool)), None)


def _side(members: pd.DataFrame, accounts: pd.Series | None, part: pd.Series | NDArray[np.bool_]) -> pd.DataFrame:
    part = np.asarray(part, dtype=bool)
    return shares(members[part], None if accounts is None else accounts[part])


def _against(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    moved = changed(one, other)
    table = one[["n", *_SIDES]].rename(columns={"value": "share"}).assign(others=other["value"])
    return table.assign(change=moved["change"], change_low=moved["low"], change_high=moved["high"], p=moved["p"])


def _pareto(members: pd.DataFrame, accounts: pd.Series | None, flags: pd.Series, order: list[object]) -> pd.DataFrame:
    """Share of the rows that hold the topic or one before it, in that order."""
    upto = members[order].cummax(axis=1)
    found = shares(upto, None if accounts is None else accounts[flags.to_numpy()])
    return found[list(_SIDES)].set_axis(["covers", "covers_low", "covers_high"], axis=1)


def _overlap(
    members: pd.DataFrame,
    accounts: pd.Series | None,
    escalated: NDArray[np.bool_],
    went: NDArray[np.bool_],
    seed: int,
) -> tuple[float, float, float]:
    """Sum of the smaller parts, with the interval of draws of accounts."""
    unit = units_of(accounts, len(members))
    units = int(unit.max()) + 1 if len(unit) else 0
    sums = []
    for part in (escalated, went):
        table = np.zeros((units, members.shape[1]))
        np.add.at(table, unit[part], members.to_numpy(float)[part])
        sums.append(table)
    value = float(_parts_in_common(*(table.sum(axis=0)[None, :] for table in sums))[0])
    if np.isnan(value):
        return (np.nan,) * 3
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(units, np.full(units, 1 / units), size=_DRAWS)
    drawn = _parts_in_common(*(draws @ table for table in sums))
    ends = 2 * value - np.nanquantile(drawn, [0.975, 0.025])
    middle, low, high = np.clip([2 * value - np.nanmean(drawn), *ends], 0.0, 1.0)
    if value >= _of_one_mix(members.to_numpy(float), escalated, went, rng):
        high = 1.0
    return float(middle), float(low), float(high)


def _of_one_mix(
    mentions: Array, escalated: NDArray[np.bool_], went: NDArray[np.bool_], rng: np.random.Generator
) -> float:
    """What part in common two samples of these sizes out of one mix have at least, 95 times in 100."""
    pool = np.vstack([mentions[escalated], mentions[went]])
    first = int(escalated.sum())
    found = np.empty(_DRAWS)
    for draw in range(_DRAWS):
        order = rng.permutation(len(pool))
        sides = [pool[part].sum(axis=0)[None, :] for part in (order[:first], order[first:])]
        found[draw] = _parts_in_common(*sides)[0]
    return float(np.nanquantile(found, 0.05))


def _parts_in_common(one: Array, other: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [side / side.sum(axis=1, keepdims=True) for side in (one, other)]
    return np.minimum(*parts).sum(axis=1)
