"""Behind support: four readings of one figure, how long customers wait and when, what is open, who came back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd
from scipy.special import ndtr

from cxlab.kpis.channels import channel_matrix, response_by_hour
from cxlab.kpis.contact import first_contact_definitions, repeat_chains
from cxlab.kpis.dictionary import definition
from cxlab.kpis.selfservice import deflection_bounds
from cxlab.kpis.workload import backlog
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.behind import tried
from cxlab.report.pages.waits import waiting
from cxlab.report.tables import table
from cxlab.stats.comparisons import FALSE_DISCOVERY, adjust
from cxlab.stats.counting import columns_of
from cxlab.stats.estimates import normal_quantile

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review

_SHARE = dict.fromkeys(("value", "low", "high", "share", "least", "most", "changed_channel", "easy"), "share")


def pieces(page: Review) -> list[Any]:
    """First contact, waiting, hours of the week, backlog, repeats, channels, self-service."""
    parts = (_first_contact, _waits, _hours, _backlog, _repeats, _channels, _deflection)
    return [piece for part in parts for piece in tried(partial(part, page))]


def question(page: Review) -> str:
    """About the oldest of what is open."""
    if "tickets" not in page.chosen:
        return ""
    ages = backlog(page.chosen["tickets"], page.period)
    if ages.empty or not ages["total"].iloc[0]:
        return ""
    oldest = ages[ages["open"] > 0].iloc[-1]
    return (
        f"{prose.count(oldest['open'])} of {prose.count(oldest['total'])} open tickets are {oldest['age']} old. "
        "Who decides whether they are answered or closed, and what do those customers hear from us meanwhile?"
    )


def _first_contact(page: Review) -> Piece:
    rows = first_contact_definitions(page.chosen["tickets"], page.period, cluster=_account(page))
    shown = rows.assign(missing=rows["missing"].where(rows["value"].isna(), ""))
    wanted = ["meaning", "value", "low", "high", "n", *(["missing"] if shown["missing"].any() else [])]
    return table(
        shown[wanted],
        units=_SHARE,
        names={"meaning": "First contact resolution read as", "low": "from", "high": "to", "missing": "would need"},
        caption="One name, four figures: the house's own reading first, the share reopened last",
    )


def _account(page: Review) -> str | None:
    return "customer_id" if "customer_id" in columns_of(nw.from_native(page.chosen["tickets"])) else None


def _waits(page: Review) -> list[Any]:
    return [waiting(page, "first_response_time"), waiting(page, "resolution_time")]


def _hours(page: Review) -> figures.Drawing | Piece:
    rows = response_by_hour(page.chosen["tickets"], page.period, customers=page.chosen.get("customers"), **_clock(page))
    known = rows.dropna(subset=["value"])
    if known.empty:
        return say("When customers wait longest cannot be told: too few tickets in any hour of the week.")
    own = "on the customer's own clock" if (rows["clock"] == "customer").all() else "on the company's clock"
    title = _hours_title(known)
    blocks = rows.assign(
        hours=[f"{a:02.0f}-{b:02.0f}" for a, b in zip(rows["hour_from"], rows["hour_to"], strict=True)]
    )
    return figures.grid(
        blocks,
        rows="weekday",
        columns="hours",
        unit="hours",
        title=title,
        alt=f"{title}. Median hours to the first answer by weekday and hour of asking.",
        note=f"Median hours to the first answer, {own}, tickets of {page.period}. A dot: too few tickets to say.",
    )


def _hours_title(known: pd.DataFrame) -> str:
    """Which hours can be told from the others; among so many cells the longest wait is usually chance."""
    usual = float(np.average(known["value"], weights=known["n"]))
    side = np.where(known["value"] > usual, known["value"] - known["low"], known["high"] - known["value"])
    score = np.abs(known["value"] - usual) / (side / normal_quantile())
    told = known[(adjust(2 * ndtr(-score)) <= FALSE_DISCOVERY) & (known["value"] > usual)]
    if told.empty:
        return f"No hour of the week can be told apart: whoever asks waits about {prose.value(usual, 'hours')}"
    row = told.loc[told["value"].idxmax()]
    return (
        f"Who asks on {row['weekday']} from {row['hour_from']:02.0f} to {row['hour_to']:02.0f} waits longest: "
        f"{prose.value(row['value'], 'hours', row['low'], row['high'])}, where {prose.value(usual, 'hours')} is usual"
    )


def _clock(page: Review) -> dict[str, str]:
    zone = page.project.hours.get("timezone") if page.project else None
    return {"timezone": zone} if zone else {}


def _backlog(page: Review) -> Piece:
    rows = backlog(page.chosen["tickets"], page.period)
    if rows.empty or not rows["total"].iloc[0]:
        return say(f"No ticket was open at the end of {page.period}.")
    first = rows.iloc[0]
    return table(
        rows[["age", "open", "share", "low", "high"]],
        units=_SHARE,
        names={"age": "Waiting for", "open": "open tickets", "low": "from", "high": "to"},
        caption=f"{prose.count(first['total'])} tickets were open at the end of {page.period}: half of them for "
        f"{prose.value(first['median'], 'days')} or more, one in ten for {prose.value(first['p90'], 'days')} or more",
    )


def _repeats(page: Review) -> Piece:
    rows = repeat_chains(page.chosen["tickets"], page.period, responses=page.chosen.get("responses"))
    wanted = ["contacts", "chains", "share", "low", "high", "changed_channel", "easy"]
    return table(
        rows[[name for name in wanted if rows[name].notna().any()]],
        units=_SHARE,
        names={
            "contacts": "Contacts it took",
            "chains": "matters",
            "low": "from",
            "high": "to",
            "changed_channel": "changed channel",
            "easy": "found it easy",
        },
        caption="How many contacts a matter took, and how easy customers found it",
    )


def _channels(page: Review) -> Piece:
    rows = channel_matrix(page.chosen["tickets"], page.period, responses=page.chosen.get("responses"))
    lines = []
    for _, row in rows.iterrows():
        about = definition(row["kpi"])
        limits = (row["difference_low"], row["difference_high"])
        apart = prose.is_finite(limits[0]) and (limits[0] > 0 or limits[1] < 0)
        lines.append(
            {
                "measure": about.name,
                "channel": row["channel"],
                "as it is": prose.value(row["value"], about.unit, row["low"], row["high"]),
                "on the same cases": prose.value(
                    row["adjusted"], about.unit, row["adjusted_low"], row["adjusted_high"]
                ),
                "against all": prose.change(row["difference"], about.unit, *limits) if apart else "cannot tell",
                "n": prose.count(row["n"]),
            }
        )
    return table(
        pd.DataFrame(lines), rows=40, caption="Channels, as they are and as they would be on the same mix of cases"
    )


def _deflection(page: Review) -> Piece:
    if "visits" not in page.chosen:
        return say("Whether self-service helps cannot be told: there is no visits table.")
    rows = deflection_bounds(page.chosen["visits"], page.period, tickets=page.chosen["tickets"])
    return table(
        rows[["matched", "value", "low", "high", "n", "unknown", "least", "most"]],
        units=_SHARE,
        names={
            "matched": "No ticket afterwards, looking at",
            "value": "known visitors",
            "low": "from",
            "high": "to",
            "unknown": "unknown visits",
            "least": "if all unknown came back",
            "most": "if none did",
        },
        caption="Visits to self-service that no ticket followed: an estimate between two bounds",
    )
