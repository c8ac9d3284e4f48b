"""The steps of a journey as pictures and tables: who gets how far, how long it takes, who is stuck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlab.kpis.clocks import duration_curve
from cxlab.kpis.milestones import milestone_funnel, stall_list
from cxlab.periods import Period
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.tables import table

_MOST_STALLED = 8


def funnel(tables: Mapping[str, Any], period: Period, journey: str, within_days: float = 90) -> Any:
    """Bars of the share that reaches each step, everybody who began counted; of the period before where those of this
    one could not be followed so long yet."""
    began, rows = _followed(tables, period, journey, within_days)
    if rows.empty or not rows["started"].iloc[0]:
        return say(f"Nobody began the journey {journey!r} in {began}.")
    first, last = rows.iloc[0], rows.iloc[-1]
    shown = rows.assign(value=rows["share"], n=rows["started"], half=[_half(row) for _, row in rows.iterrows()])
    if prose.is_finite(last["share"]):
        reach = prose.interval(last["low"], last["high"], "share", bare=True)
        title = (
            f"{prose.value(last['share'], 'share', last['low'], last['high'])} ({reach}) of those who begin reach "
            f"\u201c{last['milestone']}\u201d within {within_days:.0f} days"
        )
    else:
        title = f"How many reach \u201c{last['milestone']}\u201d cannot be told yet: nobody was followed long enough"
    listed = "; ".join(
        f"{row['milestone']} {prose.value(row['share'], 'share', row['low'], row['high'])}, {_half(row)}"
        for _, row in rows.iterrows()
    )
    return figures.funnel(
        shown,
        by="milestone",
        aside="half",
        title=title,
        alt=f"{title}. {listed}.",
        note=f"{prose.count(first['started'])} accounts that began in {began}. Those still under way count as "
        "waiting, those that left as lost. Number beside the step: accounts that began it.",
    )


def curves(tables: Mapping[str, Any], period: Period, journey: str = "onboarding") -> Any:
    """Each step as a curve over the days since the start, everybody who began counted; of the period before where
    those of this one could not be followed for 90 days yet."""
    period, known = _followed(tables, period, journey, 90)
    names = known["milestone"].tolist()
    parts = []
    for name in names:
        curve = duration_curve(
            tables["milestones"],
            period,
            kpi="time_to_first_value",
            milestone=name,
            **({"customers": tables["customers"]} if "customers" in tables else {}),
        )
        parts.append(curve.assign(step=name))
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["step", "time"])
    if rows.empty:
        return say(f"Nobody began the journey {journey!r} in {period}.")
    last = rows[rows["step"] == names[-1]]
    half = last.loc[last["done"] >= 0.5, "time"]
    title = (
        f"Half of those who began reach \u201c{names[-1]}\u201d by day {half.iloc[0]:.0f}"
        if len(half)
        else f"Fewer than half of those who began have reached \u201c{names[-1]}\u201d so far"
    )
    return figures.curves(
        rows,
        by="step",
        unit="days",
        since="the start",
        title=title,
        alt=f"{title}. Share of accounts that reached each step of {journey}, by days since the start.",
        note=f"Share of the accounts that began in {period} that reached each step. Those not there yet count as "
        "waiting; those that left first never get there.",
    )


def _followed(
    tables: Mapping[str, Any], period: Period, journey: str, within_days: float
) -> tuple[Period, pd.DataFrame]:
    """The funnel of those who began in the period or, while too few days have gone by, in the one before."""
    rows = _rows(tables, period, journey, within_days)
    if len(rows) and rows["share"].notna().all():
        return period, rows
    earlier = _rows(tables, period.previous(), journey, within_days)
    return (period.previous(), earlier) if len(earlier) else (period, rows)


def _rows(tables: Mapping[str, Any], period: Period, journey: str, within_days: float) -> pd.DataFrame:
    return milestone_funnel(
        tables["milestones"],
        period,
        customers=tables.get("customers"),
        journey=journey,
        within_days=within_days,
        as_of=None,
    )


def _half(row: pd.Series) -> str:
    if not prose.is_finite(row["median"]):
        return "half not there yet"
    return f"half by day {row['median']:.0f}"


def stalled(tables: Mapping[str, Any], period: Period, journey: str | None) -> Piece:
    """Accounts stuck in a step, the longest first, with who answers for the step."""
    rows = stall_list(tables["milestones"], customers=tables.get("customers"), journey=journey)
    if rows.empty:
        return say("No account is stuck in a step: none is past its day or slower than three in four.")
    wanted = ["customer_id", "journey", "milestone", "days_open", "usual_days", "days_late", "why", "owner"]
    return table(
        rows[[name for name in wanted if name in rows]],
        rows=_MOST_STALLED,
        units={"days_open": "days", "usual_days": "days", "days_late": "days"},
        names={
            "customer_id": "Account",
            "milestone": "stuck before",
            "days_open": "open for",
            "usual_days": "three in four take",
            "days_late": "late by",
        },
        caption=f"{prose.count(len(rows))} accounts are stuck in a step as the data stand",
    )


def stalled_question(tables: Mapping[str, Any], period: Period) -> str:
    """A question about the step in which most are stuck; empty where none is."""
    rows = stall_list(tables["milestones"], customers=tables.get("customers"))
    if rows.empty:
        return ""
    counted = rows.groupby("milestone").size().sort_values(ascending=False, kind="stable")
    return (
        f"{prose.count(counted.iloc[0])} of {prose.count(len(rows))} accounts that are stuck wait for "
        f"\u201c{counted.index[0]}\u201d. What do those who get there fast have that these have not?"
    )
