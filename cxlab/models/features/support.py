"""What the customer needed help with: cases, waiting, effort, and visits to self-service."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from cxlab.kpis.measure import Frame
from cxlab.models.features.look import (
    COUNT,
    DAYS,
    HOURS,
    SHARE,
    YEAR,
    Look,
    any_of,
    days_between,
    days_since,
    happened,
    mean_of,
    number_if,
    per_customer,
)
from cxlab.stats.counting import collect, columns_of

_ENDS = ("resolved_at", "closed_at")
_MOMENTS = (*_ENDS, "first_response_at", "sla_due_at")
#: What a case says of itself in the end; no date says since when.
_STATES = ("contacts", "escalated", "reopened")
#: Means over the cases of the last year.
_MEANS = {
    "days": ("case_days", "days a case of the last year took, or has been open so far, on average", DAYS),
    "hours": ("wait", "hours waited for a first answer, on average over the last year", HOURS),
    "contacts": ("contacts_per_ticket", "contacts a case of the last year took, on average", COUNT),
    "escalated": ("escalated", "share of the cases of the last year that were escalated", SHARE),
    "reopened": ("reopened", "share of the cases of the last year that were opened again", SHARE),
}
_GIVES = "how often they ask for help, what is open and how long they wait"


def read(look: Look) -> None:
    """Cases of the recent window, what is open, waiting and effort over a year, and visits to self-service."""
    _visits(look)
    rows = look.rows("tickets", ["opened_at"], _GIVES, [*_MOMENTS, *_STATES], ["contacts"])
    rows = None if rows is None else look.known("tickets", rows, ["opened_at"], _GIVES, _MOMENTS)
    if rows is None:
        return
    sums = look.by_customer("tickets", _summed(look, rows))
    if sums is None:
        return
    _told(look, sums)


def _summed(look: Look, rows: Frame) -> pd.DataFrame:
    """Sums by customer of everything that the columns there are can tell."""
    has = set(columns_of(rows))
    ends = [name for name in _ENDS if name in has]
    final = _final(rows, ends)
    opened, over, until = nw.col("opened_at"), nw.col("_cx_over"), nw.col("_cx_until")
    recent, year = opened >= look.back(look.recent_days), nw.col("_cx_year")
    end = [nw.col(name) for name in ends]
    rows = rows.with_columns(
        _cx_over=any_of([happened(name) for name in ends] or [nw.lit(False)]),
        _cx_until=nw.coalesce(*end, nw.lit(look.as_of)),
        _cx_year=opened >= look.back(YEAR),
    )
    # A case that ended before it began cannot be: the data check reports it, its duration counts nowhere.
    timed = year & (until >= opened)
    parts = {
        "recent": number_if(recent),
        "earlier": number_if((opened >= look.back(2 * look.recent_days)) & ~recent),
        "last_opened": opened,
    }
    if ends:
        parts |= {
            "still": number_if(~over),
            "first_still": nw.when(~over).then(opened),
            "days": number_if(timed, days_between(opened, until)),
            "n_days": number_if(timed),
        }
    if ends and "sla_due_at" in has:
        parts["overdue"] = number_if(~over & happened("sla_due_at"))
    if "first_response_at" in has:
        rows = rows.with_columns(_cx_answer=nw.coalesce(nw.col("first_response_at"), until))
        answer = nw.col("_cx_answer")
        waited = year & (answer >= opened)
        parts["hours"] = number_if(waited, days_between(opened, answer) * 24.0)
        parts["n_hours"] = number_if(waited)
    for name in [name for name in _STATES if name in has and final is not None]:
        said = ~nw.col(name).is_null() & final & year
        parts[f"n_{name}"] = number_if(said)
        parts[name] = number_if(said, nw.col(name).cast(nw.Float64).fill_null(0.0))
    return per_customer(rows, **parts)


def _told(look: Look, sums: pd.DataFrame) -> None:
    def add(name: str, values: pd.Series, meaning: str, unit: str = COUNT, absent: float | None = None) -> None:
        look.found.add("tickets", "support", name, values, meaning, unit, absent)

    days = look.recent_days
    add("tickets", sums["recent"], f"cases opened {look.recently}", absent=0.0)
    if look.found.spans["tickets"][0] <= look.back(2 * days):
        meaning = f"cases opened {look.recently} more than in the {days} days before"
        add("tickets_change", sums["recent"] - sums["earlier"], meaning, absent=0.0)
    add("days_since_ticket", days_since(sums["last_opened"], look.as_of), "days since the last case was opened", DAYS)
    if "still" in sums:
        oldest = days_since(sums["first_still"], look.as_of)
        add("open_tickets", sums["still"], "cases open", absent=0.0)
        add("oldest_open", oldest, "days the oldest open case has been open", DAYS, 0.0)
    else:
        look.found.lacks("The table of tickets has no resolved_at; with it, what is open would be known.")
    if "overdue" in sums:
        add("overdue_tickets", sums["overdue"], "open cases past the time promised", absent=0.0)
    for part, (name, meaning, unit) in _MEANS.items():
        if part in sums:
            add(name, mean_of(sums[part], sums[f"n_{part}"]), meaning, unit)
    states = [name for name in _STATES if name in sums]
    if states:
        look.found.remark(
            f"What a case says of itself in the end ({', '.join(states)}) bears no date: it counts once a case is over."
        )


def _final(rows: Frame, ends: list[str]) -> nw.Expr | None:
    """Whether nothing more was to come of a case. Where cases are closed some time after they are resolved (as most
    resolved ones are), a case can be reopened until it is closed; otherwise it is over when it is resolved."""
    if not ends:
        return None
    known = {name: happened(name) for name in ends}
    if len(ends) == 1:
        return known[ends[0]]
    number = collect(rows.select(**{name: number_if(part).sum() for name, part in known.items()})).iloc[0]
    if number["closed_at"] >= 0.5 * number["resolved_at"]:
        return known["closed_at"]
    return any_of(list(known.values()))


def _visits(look: Look) -> None:
    gives = "how often they help themselves"
    rows = look.rows("visits", ["visited_at"], gives)
    rows = None if rows is None else look.known("visits", rows, ["visited_at"], gives)
    if rows is None:
        return
    recent = number_if(nw.col("visited_at") >= look.back(look.recent_days))
    sums = look.by_customer("visits", per_customer(rows, recent=recent))
    if sums is not None:
        look.found.add(
            "visits", "support", "visits", sums["recent"], f"visits to self-service {look.recently}", COUNT, 0.0
        )
