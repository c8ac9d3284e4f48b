"""Tables about segments: who they are, the rule, measures, drivers, other names for the same customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxlab.errors import TableError
from cxlab.kpis.dictionary import definition
from cxlab.models.rfm import rfm, rfm_summary
from cxlab.models.segments.measures import FOUND
from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.behind import collected
from cxlab.report.pages.segments import words
from cxlab.report.tables import table
from cxlab.stats.comparisons import CANNOT_TELL, MOVED_UP

if TYPE_CHECKING:
    from cxlab.report.pages.segments.page import Grouping

_ROWS = 40


def segments(page: Grouping) -> Piece:
    """Name, customers, share, what they are worth, how well each is found again."""
    groups = page.groups
    rows = groups.profile
    shown = pd.DataFrame(
        {
            "segment": [words.called(groups, name) for name in rows["segment"]],
            "customers": rows["customers"],
            "share": rows["share"],
        }
    )
    if groups.order and groups.order in rows:
        shown["worth"] = rows[groups.order]
    shown["found_again"] = rows["stability"]
    worth = groups.meaning.get(groups.order, groups.order)
    return table(
        shown,
        units={"share": "share", "found_again": "share", "worth": "currency"},
        names={"found_again": "found again", "worth": f"{worth}, on average"},
        caption="Segments, " + ("those worth most first" if groups.order else "the largest first"),
    )


def rule(page: Grouping) -> list[Piece]:
    """A rule a person can apply, and how often it is right."""
    groups = page.groups
    found = groups.rules.assign(segment=[words.called(groups, name) for name in groups.rules["segment"]])
    return [
        table(
            found[["segment", "rule", "customers", "right"]],
            units={"right": "share"},
            names={"rule": "if", "right": "of these in the segment"},
            caption="A rule to tell the segments without a computer",
        ),
        say(
            f"Tried on customers it was not made from, the rule puts {words.share(groups.right)} of them where the "
            "full grouping does.",
            kind="fine",
        ),
    ]


def measures(page: Grouping) -> list[Piece]:
    """Every measure by segment with interval and verdict, those that can be told apart first."""
    groups, rows = page.groups, page.measures
    lines = []
    for kpi, part in rows.groupby("kpi", sort=False):
        about = definition(str(kpi))
        cells = part.set_index(FOUND)
        line: dict[str, Any] = {"measure": about.name}
        for name in groups.names:
            line[words.letter(groups, name)] = _cell(cells.loc[name], about.unit) if name in cells.index else "\u2013"
        told = part[part["verdict"].notna() & (part["verdict"] != CANNOT_TELL)]
        line["told"] = _told(page, told, "neither" if kpi in words.MADE_OF else about.better)
        line["place"] = told["q"].min() if len(told) else np.inf
        lines.append(line)
    shown = pd.DataFrame(lines).sort_values("place", kind="stable").drop(columns="place").reset_index(drop=True)
    against = "each other" if groups.k == 2 else "all customers"
    legend = "; ".join(words.called(groups, name) for name in groups.names)
    some = int((shown["told"] != "cannot tell").sum())
    return [
        say(f"{some} of {len(shown)} measures can be told apart between segments in {page.period}. {legend}."),
        table(
            shown,
            rows=_ROWS,
            names={"told": "told apart"},
            caption=f"Every measure by segment, {page.period}: value, 95 % interval, and what can be told",
        ),
        say(
            f"Segments are compared with {against}, all comparisons as one family. Customers count where they stood "
            "when the period began. Use, contacts and the like are what segments are made of: that those differ is "
            "built in.",
            kind="fine",
        ),
    ]


def _cell(row: pd.Series, unit: str) -> str:
    if not prose.is_finite(row["value"]) and not (prose.is_finite(row["n"]) and row["n"] > 0):
        return "\u2013"
    if prose.is_missing(row["value"]):
        return f"n {prose.count(row['n'])}, too few"
    value = prose.value(row["value"], unit, row["low"], row["high"], bare=True)
    if not (prose.is_finite(row["low"]) or prose.is_finite(row["high"])):
        return value
    return f"{value} ({prose.interval(row['low'], row['high'], unit, bare=True)})"


def _told(page: Grouping, told: pd.DataFrame, better: str) -> str:
    if told.empty:
        return "cannot tell"
    parts = []
    for _, row in told.iterrows():
        more = row["verdict"] == MOVED_UP
        good = {"up": more, "down": not more}.get(better)
        word = ("higher" if more else "lower") if good is None else ("better" if good else "worse")
        parts.append(f"{words.letter(page.groups, row[FOUND])} {word}")
    return ", ".join(dict.fromkeys(parts))


def drivers(page: Grouping) -> list[Piece]:
    """Drivers by segment: the surest differences, then the surest effects."""
    pieces = []
    for outcome, (unit, rows) in page.outcomes.items():
        lines = []
        for _, part in rows.groupby("driver", sort=False):
            first = part.iloc[0]
            line: dict[str, Any] = {"driver": first["words"]}
            for row in part.itertuples():
                told = prose.is_finite(row.effect)
                line[words.letter(page.groups, row.segment)] = (
                    words.effect(row.effect, row.low, row.high, unit) if told else "too few"
                )
            line["differs"] = "yes" if first["differs"] else "cannot tell"
            line["place"] = (not first["differs"], np.inf if pd.isna(first["q"]) else first["q"])
            lines.append(line)
        lines.sort(key=lambda line: line["place"])
        shown = pd.DataFrame(lines).drop(columns="place")
        letters = [words.letter(page.groups, name) for name in page.groups.names]
        shown = shown[["driver", *(name for name in letters if name in shown), "differs"]]
        pieces.append(
            table(
                shown,
                rows=8,
                names={"differs": "differs between segments"},
                caption=f"What goes with {outcome}, by segment: one typical step of each driver, surest first",
            )
        )
    return pieces


def own(page: Grouping) -> list[Piece]:
    """The company's own segments beside the found ones. Raises TableError where there are none."""
    from sklearn.metrics import adjusted_rand_score

    customers = collected(page.chosen["customers"]) if "customers" in page.chosen else pd.DataFrame()
    if "segment" not in customers:
        raise TableError("the customers table has no segment of the company's own to compare with")
    ours = customers.set_index("customer_id")["segment"].reindex(page.groups.labels.index)
    known = ours.notna()
    if ours[known].nunique() < 2:
        raise TableError("the customers table has no two segments of the company's own to compare with")
    found = page.groups.labels[known]
    same = adjusted_rand_score(ours[known].to_numpy(), found.to_numpy())
    shares = pd.crosstab(ours[known].to_numpy(), found.to_numpy(), normalize="index").reindex(columns=page.groups.names)
    count = ours[known].value_counts()
    shown = shares.fillna(0.0).rename(columns={name: words.letter(page.groups, name) for name in shares})
    letters = list(shown.columns)
    shown.insert(0, "customers", count.reindex(shown.index).to_numpy())
    shown.insert(0, "our_segment", shown.index)
    word = "say the same" if same >= 0.8 else "overlap" if same >= 0.3 else "have little to do with each other"
    return [
        say(
            f"Our own segments and the found ones {word}: they agree to {same:.2f} of 1, where 0 is what chance gives."
        ),
        table(
            shown.reset_index(drop=True),
            units=dict.fromkeys(letters, "share"),
            names={"our_segment": "Our segment"},
            caption="Of each segment of ours, the share that is in each found one",
        ),
    ]


def by_purchases(page: Grouping) -> list[Piece]:
    """Customers by recency, frequency and money. Raises TableError where there are no orders."""
    if "orders" not in page.chosen:
        raise TableError(
            "customers by what they bought (recency, frequency, money) need a table of orders, which is not there"
        )
    bought = rfm(page.chosen["orders"], page.period.end)
    rows = rfm_summary(bought)
    most = rows.sort_values("share_of_revenue", ascending=False, kind="stable").iloc[0]
    once = float((bought["frequency"] == 1).mean())
    said = [
        f"\u201c{most['segment']}\u201d ({most['meaning']}) are {words.share(most['share'])} of those who ever bought "
        f"and {words.share(most['share_of_revenue'])} of what was bought."
    ]
    if once > 0.2:
        said.append(
            f"{words.share(once)} bought once only, so that fifths by how often cannot be of equal size: equal "
            "customers have equal scores."
        )
    return [
        say(*said),
        table(
            rows,
            units={"share": "share", "share_of_revenue": "share", "revenue": "currency", "per_order": "currency"},
            names={"share_of_revenue": "of the revenue", "per_order": "an order"},
            caption=f"Customers by what they bought, as of the end of {page.period}",
        ),
        say(
            "Recency, frequency and money are scored in fifths and named as the R package rfm does. It is a sorting by "
            "what was bought, and no finding about kinds of customers.",
            kind="fine",
        ),
    ]
