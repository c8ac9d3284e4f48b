"""What leaving may cost: revenue at risk, and a year in which nothing is done."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.models.risk import RevenueAtRisk
from cxlab.report import prose
from cxlab.report.html import say
from cxlab.report.tables import table

_ROWS = {
    "leavers": "customers leaving",
    "month": "their revenue of a month",
    "yearly": "the same over twelve months",
    "nothing done": "not received within a year, with nothing done",
}


def pieces(risk: RevenueAtRisk, groups: pd.DataFrame, next_one: str) -> list[Any]:
    """The amounts with their intervals, where the doubt comes from, by group, and what was assumed."""
    shown: list[Any] = [say(sentence(risk, next_one)), _amounts(risk, next_one), say(_doubt(risk, next_one))]
    if len(groups) > 1:
        shown.append(_by(groups, next_one))
    shown.append(say("What this takes for granted:"))
    shown.append(say(*risk.assumptions, _average(risk, next_one), kind="list"))
    return shown


def sentence(risk: RevenueAtRisk, next_one: str) -> str:
    """Revenue at risk, and the cost of doing nothing, in one sentence each."""
    month, year = risk.row("month"), risk.row("nothing done")
    return (
        f"Recurring revenue of {amount(month)} a month is at risk in the next {next_one}, "
        f"{prose.value(month['share'], 'share')} of all there is. With nothing done, {amount(year)} would not be "
        f"received within a year, {prose.value(year['share'], 'share')} of a year's recurring revenue."
    )


def amount(row: pd.Series) -> str:
    """An amount with its interval: "12,300 (8,400 to 17,100)", as many digits as it can carry."""
    value, low, high = (rounded(row[name], row["high"] - row["low"]) for name in ("value", "low", "high"))
    return f"{value:,.0f} ({low:,.0f} to {high:,.0f})"


def rounded(x: float, width: float) -> float:
    """Rounded to about a fiftieth of the interval's width: money is not more exact than its interval."""
    step = 1.0
    while step * 10 <= width / 5:
        step *= 10
    return round(float(x) / step) * step


def _amounts(risk: RevenueAtRisk, next_one: str) -> Any:
    rows = []
    for what, words in _ROWS.items():
        row = risk.row(what)
        width = row["high"] - row["low"]
        limits = (f"{rounded(row[side], width):,.0f}" for side in ("low", "high"))
        share = prose.value(row["share"], "share")
        rows.append((words, f"{rounded(row['value'], width):,.0f}", " to ".join(limits), share))
    return table(
        pd.DataFrame(rows, columns=["what", "expected", "between", "of all"]),
        names={"what": "In the next " + next_one, "between": "19 times in 20 between", "of all": "share of all"},
        caption=f"{prose.count(risk.accounts)} customers with {risk.revenue:,.0f} of recurring revenue a month",
    )


def _doubt(risk: RevenueAtRisk, next_one: str) -> str:
    chance = round(10 * risk.by_chance) * 10
    text = (
        f"About {chance}{prose.THIN}% of this doubt is chance: the same probabilities can come out so or so, and a few "
        f"large accounts weigh most. The rest is doubt about the level of leaving, which no {next_one} shares with the "
        "one before it."
    )
    if risk.unknown:
        text += f" {prose.some(risk.unknown, 'customer')} without known revenue count as leavers and not as money."
    return text


def _by(groups: pd.DataFrame, next_one: str) -> Any:
    by = str(groups.columns[0])
    return table(
        groups,
        units={"revenue": "currency", "at_risk": "currency", "share": "share"},
        names={
            "revenue": "revenue of a month",
            "at_risk": f"at risk in the next {next_one}",
            "share": "share of its own",
        },
        caption=f"Expected loss by {by.replace('_', ' ')}, largest first",
    )


def _average(risk: RevenueAtRisk, next_one: str) -> str:
    row = risk.row("nothing done")
    other = rounded(risk.average_instead, row["high"] - row["low"])
    return f"If after the next {next_one} everybody had the average risk instead, {other:,.0f} would not be received."
