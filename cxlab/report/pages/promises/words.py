"""What became of a promise, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlab.kpis.definitions import DEFINITIONS
from cxlab.kpis.dictionary import definition
from cxlab.models.actions import CANNOT_TELL, INTERRUPTED, TOO_EARLY, WORKED
from cxlab.report import prose
from cxlab.report.html import Piece, say

# What one unit of a KPI is counted in.
_COUNTED = {"responses": "answer", "tickets": "ticket", "visits": "visit"}


def sentence(row: Mapping[str, Any]) -> str:
    """What became of a promise, as a leader would repeat it."""
    said, measure, since = row["verdict"], about_of(row), f"since {day(row['started_on'])}"
    if said == CANNOT_TELL:
        return f"{row['promise']} cannot be judged: {row['why']}."
    if row["method"] == "":
        return f"{row['promise']}: too early to tell, {row['why']}."
    unit = definition(row["kpi"]).unit
    size = prose.change(row["effect"], unit, row["low"], row["high"])
    limits = prose.interval(row["low"], row["high"], unit, of_change=True, bare=True)
    if said == WORKED:
        moved = "rose" if row["effect"] > 0 else "fell"
        by = prose.change(row["effect"], unit, row["low"], row["high"], signed=False, is_real=True)
        more = "against its earlier course" if row["method"] == INTERRUPTED else "against the others"
        return f"{row['promise']} worked: {measure} {moved} by {by} {more} ({limits}) {since}."
    seen = prose.change(row["smallest_detectable"], unit, row["low"], row["high"], signed=False, is_real=True)
    if row["method"] == INTERRUPTED:
        lead = verdict(row) if said == TOO_EARLY else "nothing shows that it worked"
        return (
            f"{row['promise']}: {lead}. {measure[:1].upper()}{measure[1:]}: {size} against its earlier course "
            f"({limits}) {since}; there is nothing else to hold it against, so whatever else happened since is in that "
            "figure."
        )
    if said == TOO_EARLY:
        return (
            f"{row['promise']}: {verdict(row)}. So far {measure} moved by {size} against the others ({limits}) {since}."
        )
    return (
        f"{row['promise']}: nothing shows that it moved {measure} {since}. The change against the others is {size} "
        f"({limits}); one of {seen} would have been seen."
    )


def story(row: Mapping[str, Any]) -> Piece:
    """A promise that worked as a paragraph to be told: what was seen, who did what, before, after, how sure."""
    about = definition(row["kpi"])
    before, after = (prose.value(row[name], about.unit, row["low"], row["high"]) for name in ("before", "after"))
    limits = prose.interval(row["low"], row["high"], about.unit, of_change=True)
    owner = f"{row['owner']} answered it with" if row["owner"] else "The answer was"
    topic = f"Customers spoke of {row['topic']}. " if row["topic"] else ""
    return say(
        f"{topic}{owner} {row['promise']}, begun on {day(row['started_on'])}. {about.name} in {row['scope']} was at "
        f"{before} before and is at {after} since; held against the others that is {limits} by itself."
    )


def verdict(row: Mapping[str, Any]) -> str:
    """The verdict in words, with what is still missing."""
    if row["verdict"] != TOO_EARLY:
        return str(row["verdict"])
    if prose.is_finite(row["needs"]) and row["needs"] > 0:
        noun = _COUNTED.get(definition(row["kpi"]).table, "account")
        return f"{TOO_EARLY}: needs {prose.some(int(row['needs']), f'more {noun}')}"
    return f"{TOO_EARLY}: needs more time"


def effect(row: Mapping[str, Any]) -> str:
    """The change with its interval; a dash where there is none."""
    if not prose.is_finite(row["effect"]):
        return ""
    unit = definition(row["kpi"]).unit
    limits = prose.interval(row["low"], row["high"], unit, of_change=True, bare=True)
    return f"{prose.change(row['effect'], unit, row['low'], row['high'])} ({limits})"


def day(when: object) -> str:
    """A day as it is said: 5 January 2026."""
    return "" if pd.isna(when) else f"{pd.Timestamp(when).day} {pd.Timestamp(when):%B %Y}"


def measure_of(row: Mapping[str, Any]) -> str:
    """The measure's name; its id where the dictionary does not have it."""
    return definition(row["kpi"]).name if row["kpi"] in DEFINITIONS else str(row["kpi"])


def about_of(row: Mapping[str, Any]) -> str:
    """ "satisfaction in DACH (ticket closed)"."""
    name = prose.inside(measure_of(row))
    return name if row["scope"] == "all" else f"{name}{',' if ',' in name else ''} in {row['scope']}"


def why(row: Mapping[str, Any]) -> str:
    """What the verdict rests on, or what it lacks."""
    said = str(row["why"])
    if row["verdict"] == WORKED and prose.is_finite(row["false_dates"]):
        dates = prose.some(int(row["false_dates"]), "false date")
        said = "; ".join(filter(None, [f"none of {dates} shows as much", said]))
    elif not said and prose.is_finite(row["smallest_detectable"]):
        unit = definition(row["kpi"]).unit
        seen = prose.change(row["smallest_detectable"], unit, row["low"], row["high"], signed=False, is_real=True)
        said = f"a change of {seen} would have been seen"
    return said
