"""Survey measures moment by moment, and by who answers: those who buy and those who use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.accounts import attach
from cxlab.kpis.dictionary import compare, definition
from cxlab.kpis.gaps import gaps, side_by_side
from cxlab.kpis.measure import group_columns, label
from cxlab.kpis.survey import response_rate
from cxlab.periods import Period
from cxlab.stats.counting import columns_of, frame_of
from cxlab.tables.canonical import SURVEYS

_SCORE = ("value", "low", "high")
_CHANGE = ("value_before", "change", "p", "q", "smallest_detectable", "verdict")


def moments_table(
    responses: Any,
    period: Period,
    kpi: str = "csat",
    *,
    by: str | Sequence[str] = "moment",
    order: Sequence[str] | None = None,
    target: float | None = None,
    customers: Any = None,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 5,
) -> pd.DataFrame:
    """One survey KPI at every moment of the journey: how much is heard there, how good it is, where to look first.

    `by` is "moment" or "stage", or either with further columns (taken from `customers` where the answers lack them).
    Rows stand in `order`, then by name; answers without a moment are left out. Columns: kpi, period, the `by` columns,
    n (answers), invited, response_rate, value, low, high, value_before, change, change_low, change_high, p, q,
    smallest_detectable, verdict (against the previous period, all moments one family), goal, gap, priority. The goal is
    `target`, else the best value among moments with `min_n` answers; the gap is how far a moment falls short of it, 0
    where it does not. Priority is volume times gap, in answers: how many more good answers the moment would give at
    the goal, its volume being the invitations, where the table has sent_at, else the answers.
    """
    entry = definition(kpi)
    if kpi not in SURVEYS:
        raise ParameterError(f"{kpi} is not asked in a survey; moments have survey KPIs, such as csat, ces or nps.")
    by = group_columns(by)
    rows = frame_of(attach(responses, customers, by), "responses", ["survey", *by], "moments_table")
    rows = rows.filter(nw.col("survey") == kpi, ~nw.col(by[0]).is_null())
    design = {"weight": weight, "cluster": cluster, "min_n": min_n}
    table = rows.to_native()
    now, before = (entry.function(table, span, by, **design) for span in (period, period.previous()))
    changes = compare(now, before)
    changes = changes[changes["n"] > 0].rename(columns={"low": "change_low", "high": "change_high"})
    frame = now.merge(changes[[*by, *_CHANGE, "change_low", "change_high"]], on=by, how="left")
    frame = _with_invitations(frame, table, period, by, rows)
    sign = 1.0 if entry.better == "up" else -1.0
    heard = frame.loc[frame["n"] >= min_n, "value"] * sign
    goal = heard.max() * sign if target is None else float(target)
    frame["goal"] = goal
    frame["gap"] = np.maximum((goal - frame["value"]) * sign, 0.0).where(frame["value"].notna())
    volume = frame["invited"].where(frame["invited"].notna(), frame["n"])
    frame["priority"] = volume * frame["gap"] / (100 if entry.unit == "points" else 1)
    wanted = {name: place for place, name in enumerate(order or ())}
    frame["_cx_place"] = frame[by[0]].map(wanted).fillna(len(wanted))
    frame = frame.sort_values(["_cx_place", *by], kind="stable", ignore_index=True)
    columns = [
        "kpi",
        "period",
        *by,
        "n",
        "invited",
        "response_rate",
        *_SCORE,
        *_CHANGE[:2],
        "change_low",
        "change_high",
    ]
    return frame[[*columns, *_CHANGE[2:], "goal", "gap", "priority"]]


def _with_invitations(frame: pd.DataFrame, table: Any, period: Period, by: list[str], rows: Any) -> pd.DataFrame:
    """`invited` and `response_rate` where the table has sent_at; a moment that nobody answered gets a row too."""
    if "sent_at" not in columns_of(rows):
        return frame.assign(invited=np.nan, response_rate=np.nan)
    asked = response_rate(table, period, by)[[*by, "n", "value"]]
    asked = asked.rename(columns={"n": "invited", "value": "response_rate"})
    mixed = {column: object for column in by if frame[column].dtype != asked[column].dtype}
    both = frame.astype(mixed).merge(asked.astype(mixed), on=by, how="outer")
    both["n"] = both["n"].fillna(0).astype(np.int64)
    kpi = frame["kpi"].iloc[0] if len(frame) else None
    both["kpi"], both["period"] = both["kpi"].fillna(kpi), both["period"].fillna(label(period))
    return both


def role_gap(
    responses: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    kpi: str = "nps",
    buyer: str | Sequence[str] = "buyer",
    user: str | Sequence[str] = "user",
    weight: str | None = None,
    cluster: str | None = None,
) -> pd.DataFrame:
    """A survey KPI among those who buy and those who use, and the difference between them.

    `buyer` and `user` are values of the column `role` (one or several), as the export spells them; other roles are left
    out. One row, or one a group. Columns: kpi, period, the `by` columns, buyer, buyer_low, buyer_high, buyer_n, user,
    user_low, user_high, user_n, then what `gaps.gaps` gives (buyer minus user, with verdict). Raises TableError when
    nobody has one of the roles, naming those there are.
    """
    entry, by = definition(kpi), group_columns(by)
    if kpi not in SURVEYS:
        raise ParameterError(f"{kpi} is not asked in a survey: nobody answers it in a role.")
    rows = frame_of(responses, "responses", ["role"], "role_gap")
    sides = []
    for wanted in (buyer, user):
        names = [wanted] if isinstance(wanted, str) else list(wanted)
        mine = rows.filter(nw.col("role").is_in(names))
        sides.append(entry.function(mine.to_native(), period, by, weight=weight, cluster=cluster))
    if not all(side["n"].sum() for side in sides):
        known = entry.function(rows.to_native(), period, ("role",))["role"].dropna()
        raise TableError(
            f"role_gap found no answers to {kpi} of {buyer!r} or of {user!r}. Roles that answered: "
            f"{', '.join(map(str, known)) or 'none'}. Name them: buyer=..., user=..."
        )
    one, other = side_by_side(*sides, by)
    named = {
        f"{role}{end}": side[column]
        for role, side in (("buyer", one), ("user", other))
        for end, column in (("", "value"), ("_low", "low"), ("_high", "high"), ("_n", "n"))
    }
    frame = pd.DataFrame({"kpi": kpi, "period": label(period), **{name: one[name] for name in by}, **named})
    frame[["buyer_n", "user_n"]] = frame[["buyer_n", "user_n"]].fillna(0).astype(np.int64)
    return pd.concat([frame, gaps(one, other, entry.margin)], axis=1)
