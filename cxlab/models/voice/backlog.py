"""From topics to a product backlog: asked by how many accounts worth how much, as a complaint or as a request."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.models.voice.mentions import (
    accounts_of,
    heard,
    last_revenue,
    revenue_touched,
    shares,
    side_by_side,
    texts_of,
)
from cxlab.periods import Period

COMPLAINT, REQUEST = "complaint", "request"


def backlog(
    members: pd.DataFrame,
    comments: pd.DataFrame,
    topics: pd.DataFrame,
    *,
    period: Period | None = None,
    subscriptions: pd.DataFrame | None = None,
    kinds: pd.DataFrame | None = None,
    lives: pd.DataFrame | None = None,
    routes: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every topic as a line of the product backlog, the one that touches most accounts first.

    `kinds`: what the parts of comments are: comment (row of `comments`), topic, kind ("complaint", "request", anything
    else). `lives`: what `life_cycle` says. `routes`: what `owners_of` says. area is `product_area` of the people's
    file, else the owner. Columns: area, topic, name, owner; n, heard, share, low, high (of comments; accounts as
    clusters); accounts, paying, revenue, revenue_share, revenue_low, revenue_high (`revenue_touched`: the sum is of
    those who said so, the share with its interval is of all revenue heard); requests, request_share, request_low,
    request_high and complaints, complaint_share, complaint_low, complaint_high (comments that ask or complain, of those
    that hold the topic); state, trend (of `lives`). What was not given is NaN or "".
    """
    members, comments = side_by_side(members, comments)
    _check_kinds(kinds, len(comments))
    there = heard(comments, period)
    mine, rows = members[there], comments[there]
    accounts = accounts_of(rows)
    known = topics.set_index("topic").reindex(mine.columns)
    table = shares(mine, accounts).rename(columns={"value": "share"}).drop(columns="n_eff")
    owner = texts_of(known, "owner")
    if routes is not None:
        owner = routes.set_index("topic")["owner"].reindex(table.index).fillna("")
    area = texts_of(known, "product_area")
    front = pd.DataFrame({"area": area.where(area != "", owner), "name": texts_of(known, "name"), "owner": owner})
    until = None if period is None else pd.Timestamp(period.end)
    table = front.join(table).join(revenue_touched(mine, accounts, last_revenue(subscriptions, until)))
    for kind in (REQUEST, COMPLAINT):
        table = table.join(_of_kind(mine, accounts, kinds, kind))
    told = lives.set_index("topic").reindex(table.index) if lives is not None else None
    table["state"] = "" if told is None else told["state"].fillna("")
    table["trend"] = np.nan if told is None else told["trend"]
    table = table.rename_axis("topic").reset_index()
    order = ["area", "topic", *[name for name in table if name not in ("area", "topic")]]
    by = "accounts" if table["accounts"].notna().any() else "n"
    return table[order].sort_values(
        [by, "n", "topic"], ascending=[False, False, True], kind="stable", ignore_index=True
    )


def by_area(
    members: pd.DataFrame,
    comments: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    period: Period | None = None,
    subscriptions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The backlog by product area, every comment and account counted once an area: asked by n accounts worth so much.

    `lines` is what `backlog` gives. Columns: area ("" for topics without one), topics (ids), n, heard, share, low,
    high, accounts, paying, revenue, revenue_share, revenue_low, revenue_high; the area that touches most accounts is
    first.
    """
    members, comments = side_by_side(members, comments)
    there = heard(comments, period)
    mine, rows = members[there], comments[there]
    groups = {area: part["topic"].tolist() for area, part in lines.groupby("area", sort=True)}
    merged = pd.DataFrame({area: mine[ids].any(axis=1) for area, ids in groups.items()}, index=mine.index)
    until = None if period is None else pd.Timestamp(period.end)
    table = shares(merged, accounts_of(rows)).rename(columns={"value": "share"}).drop(columns="n_eff")
    table = table.join(revenue_touched(merged, accounts_of(rows), last_revenue(subscriptions, until)))
    table.insert(0, "topics", pd.Series(groups).reindex(table.index))
    by = "accounts" if table["accounts"].notna().any() else "n"
    table = table.rename_axis("area").reset_index()
    return table.sort_values([by, "n", "area"], ascending=[False, False, True], kind="stable", ignore_index=True)


def _of_kind(members: pd.DataFrame, accounts: pd.Series | None, kinds: pd.DataFrame | None, kind: str) -> pd.DataFrame:
    """Comments that are of that kind on each topic, as a share of the comments that hold it."""
    columns = [f"{kind}s", *(f"{kind}_{end}" for end in ("share", "low", "high"))]
    if kinds is None:
        return pd.DataFrame(np.nan, index=members.columns, columns=columns)
    chosen = kinds[kinds["kind"] == kind]
    found = []
    for topic in members.columns:
        holds = members.index[members[topic]]
        asks = pd.DataFrame({topic: holds.isin(chosen.loc[chosen["topic"] == topic, "comment"])})
        part = shares(asks, None if accounts is None else accounts.loc[holds].to_numpy()).iloc[0]
        found.append((int(part["n"]), part["value"], part["low"], part["high"]))
    return pd.DataFrame(found, index=members.columns, columns=columns)


def _check_kinds(kinds: pd.DataFrame | None, rows: int) -> None:
    if kinds is None:
        return
    lost = [name for name in ("comment", "topic", "kind") if name not in kinds]
    if lost:
        raise TableError.missing("complaint and request", "kinds", lost, kinds.columns)
    if not kinds["comment"].between(0, rows - 1).all():
        raise ParameterError(
            f"kinds names comments that are not among the {rows:,} given; `comment` is the row of `comments`, from 0."
        )
