"""What customers are worth and what serving them takes, as pieces of the page."""

from __future__ import annotations

import math
import re
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.models.value.frames import accuracy
from cxlab.models.value.valuation import Valuation
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.tables import table
from cxlab.stats.counting import collect, columns_of

_MONEY_NAME = re.compile(r"charge|revenue|\bmrr\b|\barr\b|spend|price|payment|fee", re.IGNORECASE)
#: A column is one of money where so many of its cells are numbers.
_MOSTLY = 0.95
_RULES = {"model": "the model", "naive": "a plain rule", "constant": "a plainer one"}
_KINDS = {"kept": "customers kept", "purchases": "purchases", "spend": "money"}


def group_of(tables: Any, by: str) -> pd.Series | None:
    """The attribute of each customer, by customer_id; None where the table does not know it."""
    customers = tables.get("customers")
    if customers is None or by not in columns_of(nw.from_native(customers)):
        return None
    frame = collect(nw.from_native(customers).select("customer_id", by))
    return frame.drop_duplicates("customer_id").set_index("customer_id")[by]


def value_pieces(value: Valuation, groups: pd.Series | None, by: str, min_n: int) -> list[Any]:
    """Engine and sum in words, value by group, what the hold-out showed, what was checked and refused."""
    said = [value_sentence(value), value.why]
    if value.refused:
        return [say(*said), say(*value.refused, kind="list"), *_tested(value)]
    pieces: list[Any] = [say(*said)]
    if groups is not None:
        rows = value.by(groups, by, min_n=min_n)
        rows = rows[rows["value"].notna()]
        if len(rows):
            pieces += [_by_group(rows, value, by), _sums(rows, by)]
    return [*pieces, *_tested(value)]


def money(x: object) -> str:
    """Money of a forecast, with the three digits that it can bear at most."""
    return prose.value(_rounded(x), "currency")


def _rounded(x: object) -> object:
    if not prose.is_finite(x) or abs(float(x)) < 1000:
        return x
    return round(float(x), 2 - math.floor(math.log10(abs(float(x)))))


def _forecast(x: object, kind: str) -> str:
    """Customers and purchases are counted, money is rounded."""
    return money(x) if kind in ("revenue", "spend") else prose.count(x)


def _between(low: object, high: object) -> str:
    return f"{money(low)} to {money(high)}"


def value_sentence(value: Valuation) -> str:
    """What all customers are expected to bring, with the plain rule beside it."""
    if value.refused:
        return f"What customers will bring over {value.over} is not told: an assumption of the model is broken."
    total = value.total
    naive = float(value.table["naive_value"].sum())
    tenth = value.concentration(0.1)
    return (
        f"{prose.count(len(value.table))} customers are expected to bring {money(total['value'])} over {value.over} "
        f"({_between(total['low'], total['high'])}; a plain rule says {money(naive)}); the tenth that is worth most "
        f"holds {prose.value(tenth, 'share')} of it."
    )


def _extremes(rows: pd.DataFrame, value: str, low: str, high: str) -> tuple[pd.Series, pd.Series] | None:
    """The rows with most and least, where their intervals do not meet; None where nobody could tell them apart."""
    if len(rows) < 2:
        return None
    most, least = rows.loc[rows[value].idxmax()], rows.loc[rows[value].idxmin()]
    return (most, least) if most[low] > least[high] else None


def _by_group(rows: pd.DataFrame, value: Valuation, by: str) -> figures.Drawing:
    each = rows.assign(
        **{name: rows[name] / rows["n"] for name in ("value", "low", "high")},
    )
    ends = _extremes(each, "value", "low", "high")
    title = (
        f"A customer of {ends[0][by]} is worth {money(ends[0]['value'])}, one of {ends[1][by]} "
        f"{money(ends[1]['value'])}"
        if ends
        else f"What a customer is worth does not clearly differ by {by.replace('_', ' ')}"
    )
    listed = "; ".join(
        f"{row[by]} {money(row['value'])} ({_between(row['low'], row['high'])})" for _, row in each.iterrows()
    )
    return figures.groups(
        each,
        by=by,
        unit="currency",
        better="neither",
        title=title,
        alt=f"{title}. {listed}.",
        note=f"Expected value a customer over {value.over}, discounted, with the 95 % interval of that expectation; "
        f"number beside the name: customers. Engine: {value.engine}.",
    )


def _sums(rows: pd.DataFrame, by: str) -> Piece:
    columns = {
        by: by,
        "n": "customers",
        "value": "expected",
        "low": "from",
        "high": "to",
        "could_low": "may come from",
        "could_high": "to (chance included)",
        "naive": "plain rule",
    }
    shown = rows[list(columns)].copy()
    for name in ("value", "low", "high", "could_low", "could_high", "naive"):
        shown[name] = [_rounded(x) for x in shown[name]]
    return table(shown, names=columns, caption="Expected value of all of them, in money")


def _tested(value: Valuation) -> list[Piece]:
    pieces = [say(value.holdout_says or "There is too little time after which to hold the model against what came.")]
    if len(value.holdout):
        rows = accuracy(value)
        shown = pd.DataFrame(
            {
                "what": [_KINDS.get(name, name) for name in rows["measure"]],
                "foretold by": [_RULES.get(name, name) for name in rows["rule"]],
                "foretold": [_forecast(x, kind) for x, kind in zip(rows["foretold"], rows["measure"], strict=True)],
                "came": [_forecast(x, kind) for x, kind in zip(rows["actual"], rows["measure"], strict=True)],
                "off by": rows["bias"],
                "typical miss a customer": [f"{float(f'{x:.2g}'):,g}" for x in rows["rmse"]],
            }
        )
        pieces.append(
            table(shown, units={"off by": "share"}, caption="The hold-out: a later time that the model had not seen")
        )
    if len(value.checks):
        pieces.append(table(value.checks, caption="What the model takes for granted, and whether it holds"))
    return pieces


def paid_today(tables: Any) -> list[Piece]:
    """What the customers table states of money, of all and of those flagged as gone; nothing where it states none.

    It is what accounts pay today, not what they paid month by month: nothing in it came after a score.
    """
    customers = tables.get("customers")
    if customers is None or tables.get("subscriptions") is not None:
        return []
    frame = collect(nw.from_native(customers))
    named = [name for name in frame.columns if _MONEY_NAME.search(name)]
    numbers = {name: pd.to_numeric(frame[name], errors="coerce") for name in named}
    numbers = {name: values for name, values in numbers.items() if values.notna().mean() >= _MOSTLY}
    if not numbers:
        return []
    said = say(
        f"The customers table states {', '.join(numbers)}: that is an attribute of today, not what an account paid "
        "month by month, so nothing can be told from it that came after a score or what a customer will bring."
    )
    if "churned" not in frame:
        return [said]
    gone = frame["churned"].astype("boolean").fillna(False).to_numpy(bool)
    shown = pd.DataFrame(
        [
            (name, values.sum(), values[gone].sum(), values[gone].sum() / values.sum())
            for name, values in numbers.items()
        ],
        columns=["stated", "by all customers", "by those flagged as gone", "share"],
    )
    return [said, table(shown, units={"share": "share"}, caption="What accounts state, added up")]


def serve_pieces(rows: pd.DataFrame, by: str, measure: str, unit: str, has_days: bool) -> list[Any]:
    """Contacts an account by group as a picture, and beside the CX measure and the revenue as a table."""
    known = rows[rows["contacts"].notna()]
    if known.empty:
        return [say("What serving customers takes cannot be told: no group has enough accounts with tickets counted.")]
    pieces: list[Any] = [_contacts(known, by), _serve_table(known, by, measure, unit)]
    if not has_days:
        pieces.append(
            say("Nothing says when accounts left: all that ever signed count as there, so these rates are low.")
        )
    return pieces


def _contacts(rows: pd.DataFrame, by: str) -> figures.Drawing:
    drawn = rows.rename(columns={"contacts": "value", "contacts_low": "low", "contacts_high": "high", "accounts": "n"})
    ends = _extremes(drawn, "value", "low", "high")
    title = (
        f"{ends[0][by]} takes {ends[0]['value']:.1f} contacts an account, {ends[1][by]} {ends[1]['value']:.1f}"
        if ends
        else f"How many contacts an account takes does not clearly differ by {by.replace('_', ' ')}"
    )
    listed = "; ".join(
        f"{row[by]} {row['value']:.1f} ({row['low']:.1f} to {row['high']:.1f})" for _, row in drawn.iterrows()
    )
    return figures.groups(
        drawn,
        by=by,
        unit="rate",
        better="neither",
        title=title,
        alt=f"{title}. {listed}.",
        note="Contacts of the tickets opened in the period per active account, with 95 % intervals; number beside "
        "the name: accounts.",
    )


def _serve_table(rows: pd.DataFrame, by: str, measure: str, unit: str) -> Piece:
    def spread(row: pd.Series, name: str, kind: str) -> str:
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        if not prose.is_finite(row[name]):
            return "–"
        return f"{prose.value(row[name], kind, low, high, bare=True)} ({prose.interval(low, high, kind, bare=True)})"

    shown = pd.DataFrame({by: rows[by], "accounts": rows["accounts"].astype(int)})
    lines = [row for _, row in rows.iterrows()]
    shown["contacts an account"] = [spread(row, "contacts", "rate") for row in lines]
    if rows["replies"].notna().any():
        shown["our replies"] = [spread(row, "replies", "rate") for row in lines]
    if rows["score"].notna().any():
        shown[measure] = [spread(row, "score", unit) for row in lines]
    if rows["revenue"].notna().any():
        shown["revenue an account"] = [prose.value(x, "currency") for x in rows["revenue"].round()]
        shown["contacts for 1,000 of it"] = [f"{x:.2f}" if prose.is_finite(x) else "–" for x in rows["per_thousand"]]
    if rows["cost"].notna().any():
        shown["cost an account"] = [spread(row, "cost", "currency") for row in lines]
        shown["of its revenue"] = [prose.value(x, "share") for x in rows["cost_share"]]
    return table(shown, caption="What serving takes, what they say and what they pay, in the period")


def serve_sentence(rows: pd.DataFrame, by: str) -> str:
    """The group that takes most contacts for its revenue; empty where revenue is not known or none stands out."""
    known = rows[rows["per_thousand"].notna()].copy()
    for side in ("low", "high"):
        known[side] = known["per_thousand"] * known[f"contacts_{side}"] / known["contacts"]
    ends = _extremes(known, "per_thousand", "low", "high")
    if ends is None:
        return ""
    most, least = ends
    return (
        f"{most[by]} takes {most['per_thousand']:.2f} contacts for each 1,000 of revenue, {least[by]} "
        f"{least['per_thousand']:.2f}."
    )
