"""Wins worth celebrating: improvements that chance does not explain, and what customers themselves achieved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.errors import TableError
from cxlab.kpis.dictionary import definition
from cxlab.kpis.measure import group_columns, kpi_frame
from cxlab.kpis.retention import left_in
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.comparisons import MOVED_DOWN, MOVED_UP, groups_of
from cxlab.stats.counting import collect, columns_of, frame_of
from cxlab.tables.canonical import SURVEYS

#: The journey under which customers' own successes stand in the milestones table, unless [journey] wins says otherwise.
JOURNEY = "customer success"
_SUPPORTED = ("kpi", "scope", "value", "value_before", "change", "low", "high", "q", "period", "before")
_WINS = ("customer_id", "won_on", "what")


def supported_wins(*changes: pd.DataFrame) -> pd.DataFrame:
    """The improvements among changes: moved in the dictionary's better direction, the surest first. A row each.

    Takes change frames as `cx.compare` or a scorecard give them, whose verdicts are taken as they are: tested together,
    and taken back where silence could have made them. Activities, which have no better direction, are no wins. Returns
    kpi, scope (groups in words, "all" for the company), value, value_before, change, low, high (of the change), q,
    period, before.
    """
    rows = []
    for frame in changes:
        groups = groups_of(frame)
        for row in frame.to_dict("records"):
            good = {"up": MOVED_UP, "down": MOVED_DOWN}.get(definition(row["kpi"]).better)
            if good is not None and row["verdict"] == good:
                named = [str(row[name]) for name in groups if not pd.isna(row[name]) and row[name] != "all"]
                rows.append({**{name: row.get(name) for name in _SUPPORTED}, "scope": ", ".join(named) or "all"})
    found = pd.DataFrame(rows, columns=list(_SUPPORTED))
    return found.sort_values(["q", "kpi", "scope"], kind="stable", ignore_index=True)


def customer_wins(
    milestones: Any,
    period: Period | None = None,
    *,
    journey: str = JOURNEY,
) -> pd.DataFrame:
    """What customers achieved in the period, as somebody wrote it down: one row a success, the latest first.

    Takes the rows of the milestones table whose journey is `journey`, dated by reached_at; a success that failed or is
    open is none. Accounts are named by their id only. Returns customer_id, won_on, what. Raises TableError where the
    table has no such journey.
    """
    wanted = ["customer_id", "journey", "milestone", "reached_at"]
    rows = frame_of(milestones, "milestones", wanted, "customer_wins").filter(nw.col("journey") == journey)
    found = collect(rows.select(*wanted)).dropna(subset=["reached_at"])
    if found.empty:
        raise TableError(
            f"nobody wrote down what customers achieved: the milestones table has no journey {journey!r}. Map a list "
            "of customers' own successes to it, or name its journey under [journey] wins in cxlab.toml."
        )
    if period is not None:
        found = found[(found["reached_at"] >= period.start) & (found["reached_at"] < period.end)]
    found = found.rename(columns={"milestone": "what", "reached_at": "won_on"})[list(_WINS)]
    return found.sort_values(["won_on", "customer_id", "what"], ascending=[False, True, True], ignore_index=True)


def wins_share(
    customers: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    milestones: Any,
    journey: str = JOURNEY,
    min_n: int = 1,
) -> pd.DataFrame:
    """Share of the accounts we had when the period began of which a success of their own was written down in it.

    A measure of how well we know our customers, not of how well they do. A KPI frame with kpi "wins_share"; accounts as
    in the retention rate. Interval: Wilson (1927).
    """
    by = group_columns(by)
    wins = customer_wins(milestones, period, journey=journey)
    rows = collect(left_in(customers, period).select("customer_id", *by))
    rows = rows.assign(won=rows["customer_id"].isin(wins["customer_id"]).astype(float))
    keyed = rows if by else rows.assign(_all=0)
    counted = keyed.groupby(by or ["_all"], dropna=False, sort=True)["won"].agg(["size", "sum"]).reset_index()
    n, hits = counted["size"].to_numpy(float), counted["sum"].to_numpy(float)
    counts = estimates.Counts(n, n, hits, n, hits, hits, n)
    return kpi_frame("wins_share", period, by, counted, estimates.share(counts), min_n)


def voice_of(
    responses: Any, kpi: str, where: Mapping[str, str], since: dt.datetime, until: dt.datetime, longest: int = 240
) -> str:
    """What a content customer wrote there and then: the latest comment to the best score; empty where there is none.

    `where`: columns of the responses table and the value wanted. Only questions that are a survey of their own have
    comments. Comments are taken as the table has them (masked when they were loaded), those longer than `longest`
    characters or shorter than four words are passed over.
    """
    frame = nw.from_native(responses)
    known = columns_of(frame)
    if kpi not in SURVEYS or not {"comment", "score", "survey", "answered_at", *where} <= set(known):
        return ""
    clock = nw.col("answered_at")
    frame = frame.filter(nw.col("survey") == kpi, clock >= since, clock < until, ~nw.col("comment").is_null())
    for name, value in where.items():
        frame = frame.filter(nw.col(name) == value)
    said = collect(frame.select("answered_at", "score", "comment"))
    text = said["comment"].astype(str).str.strip()
    said = said.assign(comment=text)[(text.str.len() <= longest) & (text.str.count(r"\s") >= 3)]
    best = said[said["score"] == said["score"].max()].sort_values(["answered_at", "comment"], kind="stable")
    return str(best["comment"].iloc[-1]) if len(best) else ""


def stories(evaluated: pd.DataFrame, wins: pd.DataFrame) -> pd.DataFrame:
    """What can be told to the top: promises that worked, then improvements that no promise explains. A row each.

    evaluated: what `evaluate_actions` gives; wins: what `supported_wins` gives. Returns title (the topic or the KPI's
    id), kpi, scope, action_id and owner (empty for an improvement), before, after, change, low, high (of the change, by
    the comparison with others where there is one), grade ("B" for a promise, "D" for an improvement).
    """
    worked = evaluated[evaluated["verdict"] == "worked"].sort_values(["q", "action_id"], kind="stable")
    told = {(row["kpi"], row["scope"]) for _, row in worked.iterrows()}
    rows: list[Mapping[str, object]] = [
        {
            "title": row["topic"] or row["kpi"],
            **{name: row[name] for name in ("kpi", "scope", "action_id", "owner", "before", "after")},
            **{"change": row["effect"], "low": row["low"], "high": row["high"], "grade": row["grade"]},
        }
        for _, row in worked.iterrows()
    ]
    rows += [
        {
            "title": row["kpi"],
            **{"kpi": row["kpi"], "scope": row["scope"], "action_id": "", "owner": "", "before": row["value_before"]},
            **{"after": row["value"], "change": row["change"], "low": row["low"], "high": row["high"], "grade": "D"},
        }
        for _, row in wins.iterrows()
        if (row["kpi"], row["scope"]) not in told
    ]
    columns = ["title", "kpi", "scope", "action_id", "owner", "before", "after", "change", "low", "high", "grade"]
    return pd.DataFrame(rows, columns=columns)
