"""How the customer got going: steps late, steps open, first value."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from cxlab.kpis.measure import Frame
from cxlab.models.features.look import (
    COUNT,
    DAYS,
    FLAG,
    KEY,
    SHARE,
    Look,
    days_since,
    happened,
    mean_of,
    number_if,
    per_customer,
    tells_of_leaving,
)
from cxlab.stats.counting import collect, columns_of

#: Of a step whose day had come: whether it was not there by then.
_LATE = nw.col("reached_at").is_null() | (nw.col("reached_at") > nw.col("due_at"))
_GIVES = "which steps were late and when they got first value"


def read(look: Look) -> None:
    """Steps begun, late and open over all journeys but those of leaving; and the step that is first value."""
    rows = look.rows("milestones", ["journey", "milestone", "reached_at"], _GIVES, ["started_at", "due_at"])
    if rows is None:
        return
    clocks = ("started_at", "due_at", "reached_at")
    rows = look.known("milestones", rows, clocks, _GIVES, only=_not_leaving(look, rows))
    if rows is None:
        return
    due, begun = "due_at" in columns_of(rows), "started_at" in columns_of(rows)
    reached = happened("reached_at")
    parts = {"reached": number_if(reached)}
    if begun:
        parts["open"] = number_if(happened("started_at") & ~reached)
    if due:
        promised = happened("due_at")
        parts |= {
            "promised": number_if(promised),
            "late": number_if(promised & _LATE),
            "overdue": number_if(promised & ~reached),
        }
    sums = look.by_customer("milestones", per_customer(rows, **parts))
    if sums is None:
        return

    def add(name: str, values: pd.Series, meaning: str, unit: str = COUNT, absent: float | None = None) -> None:
        look.found.add("milestones", "journey", name, values, meaning, unit, absent)

    if begun:
        add(
            "steps_open",
            sums["open"],
            "steps of a journey begun and never reached so far, those given up among them",
            absent=0.0,
        )
    if due:
        add("steps_late", sums["late"], "steps of a journey not reached by the day promised", absent=0.0)
        add(
            "steps_overdue",
            sums["overdue"],
            "steps of a journey past the day promised and still not reached",
            absent=0.0,
        )
        add(
            "late_share",
            mean_of(sums["late"], sums["promised"]),
            "share of the steps promised by now that were late",
            SHARE,
        )
    else:
        look.found.lacks("The table of milestones has no due_at; with it, which steps were late would be known.")
    _first_value(look, rows, begun, due)


def _not_leaving(look: Look, rows: Frame) -> list[nw.Expr]:
    """Steps of an exit tell of leaving itself: they are no features."""
    names, conditions = collect(rows.select("journey", "milestone").unique()), []
    for column in ("journey", "milestone"):
        exits = tells_of_leaving(names[column])
        if exits:
            conditions.append(nw.col(column).is_null() | ~nw.col(column).is_in(exits))
            look.found.remark(
                f"Milestones of the {column} {', '.join(exits)} tell of leaving itself, so they are no features."
            )
    return conditions


def _first_value(look: Look, rows: Frame, begun: bool, due: bool) -> None:
    journey, milestone = look.first_value
    is_first_value = nw.col("milestone") == milestone
    reached = is_first_value & happened("reached_at")
    parts = {
        "steps": number_if(is_first_value),
        "reached": number_if(reached),
        "first_reached": nw.when(reached).then(nw.col("reached_at")),
    }
    if begun:
        parts["first_begun"] = nw.col("started_at")
    if due:
        parts["late"] = number_if(is_first_value & happened("due_at") & _LATE)
    sums = per_customer(rows.filter(nw.col("journey") == journey), **parts).set_index(KEY)
    sums = sums[sums["steps"] > 0]
    if sums.empty:
        look.found.lacks(
            f"The table of milestones has no step {milestone!r} in a journey {journey!r}; with it, how long they "
            "waited for first value would be known. Say first_value=(journey, milestone)."
        )
        return

    def add(name: str, values: pd.Series, meaning: str, unit: str) -> None:
        look.found.add("milestones", "journey", name, values, meaning, unit)

    add("first_value", sums["reached"] > 0, "first value was reached", FLAG)
    if due:
        add("first_value_late", sums["late"] > 0, "first value was not reached by the day promised", FLAG)
    start = sums["first_begun"] if begun else look.signed.reindex(sums.index)
    days = days_since(start, look.as_of) - days_since(sums["first_reached"], look.as_of)
    add("days_to_first_value", days.where(days >= 0), "days from the first step to first value", DAYS)
