"""Who answers for a topic, and one packet an owner: what was found, in whose words, and what was promised before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import TableError
from cxlab.models.voice.likeness import LIKE, UNLIKE, Encode, Label, nearest_labels
from cxlab.models.voice.loop import Loop, loop_closed
from cxlab.models.voice.mentions import (
    accounts_of,
    by_account,
    changed,
    heard,
    last_revenue,
    revenue_touched,
    shares,
    side_by_side,
)
from cxlab.periods import Period
from cxlab.stats.comparisons import adjust, verdicts

PEOPLE, SETTINGS, LEDGER = "people's file", "settings", "ledger"
#: A change of a topic's share by less than this does not matter.
MARGIN = 0.02


@dataclass(frozen=True)
class Packet:
    """What one owner gets to read. `owner` is "" for topics that nobody answers for.

    `findings`: a row a topic, most comments first, as `findings` gives them. `quotes` and `promises`: those of these
    topics. comments, accounts, paying, revenue: each counted once, however many of these topics it holds. `loop`: what
    became of these comments.
    """

    owner: str
    findings: pd.DataFrame
    quotes: pd.DataFrame
    promises: pd.DataFrame
    comments: int
    accounts: int
    paying: int
    revenue: float
    loop: Loop


def owners_of(
    topics: pd.DataFrame,
    *,
    owners: Mapping[str, str] | None = None,
    actions: pd.DataFrame | None = None,
    encode: Encode | None = None,
) -> pd.DataFrame:
    """Who answers for every topic. A row a topic: topic, name, owner, said_by, label, likeness.

    First the people's file (a column `owner` of `topics`), then `owners` ([topics] owners: topic id, name or what
    people call it -> owner), then the actions ledger: who promised to act on that topic, the latest promise first.
    `label` is what the latter two call it. Where a label may or may not mean the topic (likeness "unsure") nobody is
    named: a person decides. owner is "" where nobody answers for it, said_by then too.
    """
    nobody = {"owner": "", "said_by": "", "label": "", "likeness": ""}
    table = topics[["topic", "name"]].reset_index(drop=True).assign(**nobody)
    if "owner" in topics:
        table["owner"] = topics["owner"].fillna("").astype(str).str.strip().to_numpy()
        table.loc[table["owner"] != "", "said_by"] = PEOPLE
    for said_by, named in ((SETTINGS, dict(owners or {})), (LEDGER, _ledger_owners(actions))):
        near = nearest_labels(topics, [Label(name) for name in named], encode).reset_index(drop=True)
        for row in table.index[table["owner"] == ""]:
            label, likeness = near.loc[row, ["label", "likeness"]]
            if likeness == LIKE:
                table.loc[row, list(nobody)] = [named[label], said_by, label, likeness]
            elif likeness != UNLIKE and not table.loc[row, "label"]:
                table.loc[row, ["label", "likeness"]] = [label, likeness]
    return table


def _ledger_owners(actions: pd.DataFrame | None) -> dict[str, str]:
    """Topic as the ledger calls it -> owner of its latest promise."""
    if actions is None or not {"topic", "owner"} <= set(actions):
        return {}
    rows = actions.dropna(subset=["topic", "owner"]).astype({"topic": str, "owner": str})
    rows = rows[(rows["topic"].str.strip() != "") & (rows["owner"].str.strip() != "")]
    if "started_on" in rows:
        rows = rows.sort_values("started_on", kind="stable")
    return dict(zip(rows["topic"].str.strip(), rows["owner"].str.strip(), strict=True))


def promises_on(topics: pd.DataFrame, promises: pd.DataFrame | None, encode: Encode | None = None) -> pd.DataFrame:
    """Promises by the topic they are about: topic (id), label (what the ledger calls it), and their own columns.

    `promises` is the actions table or what `evaluate_actions` made of it (then with verdict and why). A topic gets the
    promises of the label that means it (`nearest_labels`, only where that is sure); a promise about two topics has two
    rows. Sorted by topic, then by start.
    """
    if promises is None or "topic" not in promises:
        own = [] if promises is None else [name for name in promises if name != "topic"]
        return pd.DataFrame(columns=["topic", "label", *own])
    said = promises.assign(label=promises["topic"].fillna("").astype(str).str.strip()).drop(columns="topic")
    labels = [name for name in dict.fromkeys(said["label"]) if name]
    near = nearest_labels(topics, [Label(name) for name in labels], encode)
    sure = near.loc[near["likeness"] == LIKE, ["label"]].reset_index()
    joined = sure.merge(said, on="label", how="inner", sort=False)
    order = ["topic", "started_on"] if "started_on" in joined else ["topic"]
    return joined.sort_values(order, kind="stable", ignore_index=True)


def findings(
    members: pd.DataFrame,
    comments: pd.DataFrame,
    topics: pd.DataFrame,
    *,
    period: Period | None = None,
    before: Period | None = None,
    impact: pd.DataFrame | None = None,
    subscriptions: pd.DataFrame | None = None,
    margin: float = MARGIN,
) -> pd.DataFrame:
    """Every topic in numbers, most comments first: the rows from which packets are made.

    Columns: topic, name; n, heard, share, low, high (of the comments heard in `period`; accounts as clusters);
    share_before, change, change_low, change_high, q, verdict (against `before`; Benjamini-Hochberg over all topics);
    points, points_low, points_high (`impact`: topic, value, low, high; what goes with the topic, never what it did);
    accounts, paying, revenue, revenue_share, revenue_low, revenue_high (`revenue_touched`, in the last month known
    before the period's end). What was not given is NaN, its verdict "".
    """
    members, comments = side_by_side(members, comments)
    now = heard(comments, period)
    mine, rows = members[now], comments[now]
    table = shares(mine, accounts_of(rows)).rename(columns={"value": "share"}).drop(columns="n_eff")
    table.insert(0, "name", topics.set_index("topic")["name"].reindex(table.index).fillna(""))
    trend = pd.DataFrame(
        np.nan, index=table.index, columns=["share_before", "change", "change_low", "change_high", "q"]
    ).assign(verdict="")
    if before is not None:
        past = heard(comments, before)
        sides = [shares(members[part], accounts_of(comments[part])) for part in (now, past)]
        moved = changed(*sides)
        q = adjust(moved["p"])
        limit = np.full(len(moved), margin)
        trend = trend.assign(
            share_before=sides[1]["value"],
            change=moved["change"],
            change_low=moved["low"],
            change_high=moved["high"],
            q=q,
            verdict=verdicts(moved["change"], moved["low"], moved["high"], q, limit),
        )
    points = pd.DataFrame(np.nan, index=table.index, columns=["value", "low", "high"])
    if impact is not None:
        lost = [name for name in ("topic", "value", "low", "high") if name not in impact]
        if lost:
            raise TableError.missing("findings by topic", "impact", lost, impact.columns)
        points = impact.set_index("topic")[["value", "low", "high"]].reindex(table.index)
    points.columns = ["points", "points_low", "points_high"]
    until = None if period is None else pd.Timestamp(period.end)
    money = revenue_touched(mine, accounts_of(rows), last_revenue(subscriptions, until))
    table = table.join([trend, points, money]).reset_index()
    return table.sort_values(["n", "topic"], ascending=[False, True], kind="stable", ignore_index=True)


def packets(
    members: pd.DataFrame,
    comments: pd.DataFrame,
    topics: pd.DataFrame,
    routes: pd.DataFrame,
    *,
    period: Period | None = None,
    before: Period | None = None,
    impact: pd.DataFrame | None = None,
    quotes: pd.DataFrame | None = None,
    promises: pd.DataFrame | None = None,
    subscriptions: pd.DataFrame | None = None,
    tickets: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
    as_of: dt.datetime | None = None,
) -> list[Packet]:
    """One packet an owner, those with most comments first, topics without an owner last (owner "").

    `members` (comments x topics, booleans) and `comments` (responses, row by row the same) may hold several periods.
    `routes` as `owners_of` gives them, `promises` as `promises_on` does, `quotes` with a column topic, the other
    arguments as in `findings` and `loop_closed`. Topics of one owner share one packet; q is over all topics.
    """
    members, comments = side_by_side(members, comments)
    table = findings(
        members, comments, topics, period=period, before=before, impact=impact, subscriptions=subscriptions
    )
    now = heard(comments, period)
    mine, rows = members[now].reset_index(drop=True), comments[now].reset_index(drop=True)
    until = None if period is None else pd.Timestamp(period.end)
    revenue = last_revenue(subscriptions, until)
    owner = routes.set_index("topic")["owner"].reindex(table["topic"]).fillna("").to_numpy()
    made = []
    for name in dict.fromkeys(owner):
        part = table[owner == name].reset_index(drop=True)
        ids = part["topic"].tolist()
        said = mine[ids].any(axis=1).to_numpy(bool)
        accounts = accounts_of(rows)
        who = by_account(mine[ids], accounts).any(axis=1) if accounts is not None else pd.Series(dtype=bool)
        pays = revenue.reindex(who.index[who.to_numpy(bool)])
        made.append(
            Packet(
                name,
                part,
                _of_topics(quotes, ids),
                _of_topics(promises, ids),
                int(said.sum()),
                int(who.sum()),
                int((pays > 0).sum()),
                float(pays.sum()) if len(revenue) else np.nan,
                loop_closed(
                    mine.loc[said, ids],
                    rows[said],
                    routes,
                    promises=promises,
                    tickets=tickets,
                    customers=customers,
                    as_of=as_of,
                ),
            )
        )
    return sorted(made, key=lambda packet: (packet.owner == "", -packet.comments))


def _of_topics(frame: pd.DataFrame | None, ids: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=["topic"]) if frame is None else frame[frame["topic"].isin(ids)].reset_index(drop=True)
