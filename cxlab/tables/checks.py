"""Is the data fit to be believed? Checks over the canonical tables; every finding is a row, nothing is mended here."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pandas as pd

from cxlab.tables.canonical import TABLES

Tables = Mapping[str, pd.DataFrame]
_COLUMNS = ["table", "found", "rows", "of"]

# Pairs of moments of one row of which the first cannot come after the second, and what it is called when it does.
_ORDER = (
    ("customers", "signed_on", "closed_on", "closed before they were signed"),
    ("responses", "sent_at", "answered_at", "answered before they were sent"),
    ("tickets", "opened_at", "first_response_at", "answered before they were opened"),
    ("tickets", "opened_at", "resolved_at", "resolved before they were opened"),
    ("tickets", "resolved_at", "closed_at", "closed before they were resolved"),
    ("milestones", "started_at", "reached_at", "reached before they were started"),
    ("actions", "started_on", "finished_on", "finished before they were started"),
)
# What makes an answer somebody's: two anonymous answers may well be the same.
_IDENTIFYING = ("customer_id", "respondent_id", "comment")
_BILLED = "the subscriptions"
AGAINST = -0.1
STANDARD_SCALES = {"nps": (0, 10), "enps": (0, 10), "csat": (1, 5), "ces": (1, 7), "review": (1, 5)}


def sources(manifest: Mapping[str, Any]) -> pd.DataFrame:
    """What came in, a row for each export and the table it went to: file, table, rows_in, kept, set_aside."""
    rows = [
        (source["file"], block["table"], block["rows_in"], block["rows_kept"], block["rows_set_aside"])
        for source in manifest["sources"]
        for block in source["blocks"]
    ]
    return pd.DataFrame(rows, columns=["file", "table", "rows_in", "kept", "set_aside"])


def reasons(manifest: Mapping[str, Any]) -> pd.DataFrame:
    """Why rows were set aside, most frequent first: table, why, rows."""
    rows = [
        (block["table"], why, count)
        for source in manifest["sources"]
        for block in source["blocks"]
        for why, count in block["why"].items()
    ]
    frame = pd.DataFrame(rows, columns=["table", "why", "rows"])
    return frame.groupby(["table", "why"], as_index=False)["rows"].sum().sort_values("rows", ascending=False)


def masked(manifest: Mapping[str, Any]) -> dict[str, int]:
    """How many personal details were masked in comments, by kind."""
    found: dict[str, int] = {}
    for source in manifest["sources"]:
        for block in source["blocks"]:
            for kind, count in block.get("masked", {}).items():
                found[kind] = found.get(kind, 0) + count
    return found


def remarks(manifest: Mapping[str, Any]) -> list[str]:
    """What loading wanted to be known: warnings, columns left out as personal, files without a mapping."""
    heard: dict[str, list[str]] = {}
    for source in manifest["sources"]:
        for block in source["blocks"]:
            said = list(block.get("warnings", []))
            if block.get("columns_left_out"):
                said.append(f"left out as personal: {', '.join(block['columns_left_out'])}")
            for remark in said:
                heard.setdefault(remark, []).append(source["file"])
    told = []
    for remark, files in heard.items():
        files = list(dict.fromkeys(files))
        others = f" and {len(files) - 1} more like it" if len(files) > 1 else ""
        told.append(f"{files[0]}{others}: {remark}")
    told += [f"{file}: not mapped to any table" for file in manifest.get("not_mapped", [])]
    return list(dict.fromkeys(told))


def _frame(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=_COLUMNS)


def time_order(tables: Tables) -> pd.DataFrame:
    """Rows in which something ended before it began. Columns: table, found, rows, of."""
    rows = []
    for name, first, second, found in _ORDER:
        frame = tables.get(name)
        if frame is None or not {first, second} <= set(frame.columns):
            continue
        both = frame[first].notna() & frame[second].notna()
        wrong = int((frame.loc[both, second] < frame.loc[both, first]).sum())
        if wrong:
            rows.append((name, found, wrong, int(both.sum())))
    return _frame(rows)


def off_scale(tables: Tables) -> pd.DataFrame:
    """Scores outside the scale that the row states or the survey has by standard. Columns: table, found, rows, of."""
    responses = tables.get("responses")
    if responses is None or "score" not in responses:
        return _frame([])
    rows = []
    for survey, part in responses[responses["score"].notna()].groupby("survey"):
        low, high = STANDARD_SCALES.get(survey, (float("-inf"), float("inf")))
        lows = part["scale_low"].fillna(low) if "scale_low" in part else low
        highs = part["scale_high"].fillna(high) if "scale_high" in part else high
        wrong = int(((part["score"] < lows) | (part["score"] > highs)).sum())
        if wrong:
            rows.append(("responses", f"have a score outside the scale of {survey}", wrong, len(part)))
    return _frame(rows)


def duplicates(tables: Tables) -> pd.DataFrame:
    """Rows that look like another one: same content under two keys. Columns: table, found, rows, of."""
    rows = []
    for name, frame in tables.items():
        key = set(TABLES[name].key)
        content = [column for column in frame.columns if column not in key | {"source"}]
        if not key or not content or frame.empty or name in ("subscriptions", "usage", "milestones", "customers"):
            continue
        whose = [column for column in _IDENTIFYING if column in frame]
        filled = frame[(frame[content].notna().sum(axis=1) >= 3) & frame[whose].notna().any(axis=1)]
        again = int(filled.duplicated(content).sum())
        if again:
            rows.append(
                (
                    name,
                    f"have the same content as another one under a different {', '.join(sorted(key))}",
                    again,
                    len(frame),
                )
            )
    return _frame(rows)


def join_coverage(tables: Tables) -> pd.DataFrame:
    """How far the tables speak of the same accounts.

    Columns: table, rows, with_account (rows that name an account), known (of these, rows whose account is in the
    customers table), accounts (customers that the table speaks of at all), of_accounts (customers).
    """
    customers = tables.get("customers")
    known = set(customers["customer_id"].dropna()) if customers is not None else set()
    rows = []
    for name, frame in tables.items():
        if name == "customers" or "customer_id" not in frame:
            continue
        named = frame["customer_id"].dropna()
        rows.append((name, len(frame), len(named), int(named.isin(known).sum()), len(known & set(named)), len(known)))
    return pd.DataFrame(rows, columns=["table", "rows", "with_account", "known", "accounts", "of_accounts"])


def freshness(tables: Tables) -> pd.DataFrame:
    """First and last moment that each table knows, by its clock. Columns: table, clock, first, last, rows, undated."""
    rows = []
    for name, frame in tables.items():
        clock = TABLES[name].clock
        if clock and clock in frame:
            when = frame[clock]
            rows.append((name, clock, when.min(), when.max(), len(frame), int(when.isna().sum())))
    return pd.DataFrame(rows, columns=["table", "clock", "first", "last", "rows", "undated"])


def departures(tables: Tables) -> dict[str, set[str]]:
    """Which accounts have left, according to each table that has an opinion."""
    told: dict[str, set[str]] = {}
    customers, subscriptions = tables.get("customers"), tables.get("subscriptions")
    if customers is not None and "churned" in customers:
        flagged = customers.loc[customers["churned"].fillna(False).astype(bool), "customer_id"]
        told["the customers table's flag"] = set(flagged)
    if customers is not None and "closed_on" in customers and customers["closed_on"].notna().any():
        told["the customers table's closing date"] = set(customers.loc[customers["closed_on"].notna(), "customer_id"])
    milestones = tables.get("milestones")
    if milestones is not None and {"journey", "reached_at"} <= set(milestones.columns):
        left = milestones[(milestones["journey"] == "exit") & milestones["reached_at"].notna()]
        if len(left):
            told["the exit events"] = set(left["customer_id"])
    if subscriptions is not None and len(subscriptions):
        paying = subscriptions[subscriptions["mrr"] > 0]
        last = paying.groupby("customer_id")["month"].max()
        told[_BILLED] = set(last[last < subscriptions["month"].max()].index)
    return told


def _unseen_by_subscriptions(tables: Tables) -> set[str]:
    """Accounts closed when subscriptions cannot show it: only between their first and their last month can they."""
    customers, subscriptions = tables.get("customers"), tables.get("subscriptions")
    if subscriptions is None or subscriptions.empty or customers is None or "closed_on" not in customers:
        return set()
    opening, last_month = subscriptions["month"].min() + pd.offsets.MonthBegin(1), subscriptions["month"].max()
    outside = (customers["closed_on"] < opening) | (customers["closed_on"] >= last_month)
    return set(customers.loc[outside, "customer_id"])


def contradictions(tables: Tables) -> pd.DataFrame:
    """Where two tables disagree on who has left. Both are shown; which is right is a question for their owners.

    Against the subscriptions only closings count that these can show: after their first month and before their last.
    Columns: first, second (who says so), n_first, n_second, both, only_first, only_second (accounts).
    """
    rows, unseen = [], _unseen_by_subscriptions(tables)
    for (one, left), (other, right) in combinations(departures(tables).items(), 2):
        if _BILLED in (one, other):
            left, right = left - unseen, right - unseen
        if left != right:
            rows.append((one, other, len(left), len(right), len(left & right), len(left - right), len(right - left)))
    return pd.DataFrame(rows, columns=["first", "second", "n_first", "n_second", "both", "only_first", "only_second"])


def score_direction(tables: Tables, least: int = 50) -> pd.DataFrame:
    """Do the scores of one account run the same way? Rank correlation of account means between pairs of surveys.

    A clearly negative one suggests that one of the scales was read upside down. Columns: first, second, accounts,
    correlation, suspicious (at least `least` accounts and an upper 95 % limit below -0.1, Fisher's z).
    """
    responses = tables.get("responses")
    columns = ["first", "second", "accounts", "correlation", "suspicious"]
    if responses is None or not {"customer_id", "score"} <= set(responses.columns):
        return pd.DataFrame(columns=columns)
    means = responses.dropna(subset=["customer_id", "score"]).pivot_table("score", "customer_id", "survey", "mean")
    rows = []
    for one, other in combinations(means.columns, 2):
        both = means[[one, other]].dropna()
        if len(both) < 10 or both[one].nunique() < 2 or both[other].nunique() < 2:
            continue
        correlation = float(both[one].rank().corr(both[other].rank()))
        rows.append(
            (one, other, len(both), correlation, len(both) >= least and _upper(correlation, len(both)) < AGAINST)
        )
    return pd.DataFrame(rows, columns=columns)


def _upper(correlation: float, n: int) -> float:
    """Upper 95 % limit of a correlation by Fisher's z."""
    import math

    inside = min(max(correlation, -0.999999), 0.999999)
    return math.tanh(math.atanh(inside) + 1.959964 / math.sqrt(n - 3))
