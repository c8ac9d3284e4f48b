"""What we promised, and whether it worked: the ledger of actions told to those who made the promises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.kpis.definitions import DEFINITIONS
from cxlab.kpis.dictionary import definition
from cxlab.models.actions import (
    CANNOT_TELL,
    INTERRUPTED,
    NO_EVIDENCE,
    TOO_EARLY,
    VERDICTS,
    WORKED,
    Ledger,
    action_funnel,
    ledger,
)
from cxlab.models.wins import JOURNEY, customer_wins, wins_share
from cxlab.periods import Period
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.notebook import finding
from cxlab.report.tables import table
from cxlab.stats.counting import collect

Found = dict[str, object]
#: Promises that began in so many days before the period's end are told to the leaders, the others to those who keep
#: the ledger.
RECENT = 366
_LISTED = 30
_NAMED = 5
# What one unit of a KPI is counted in.
_COUNTED = {"responses": "answer", "tickets": "ticket", "visits": "visit"}


@dataclass(frozen=True)
class Promises:
    """The ledger of a project at the end of a period.

    tables: the canonical tables, whatever the page is narrowed to (a comparison needs the others). where: the page's
    filter; promises to others are not shown. scores: thresholds where the company deviates. wins: the journey under
    which customers' own successes stand.
    """

    tables: Mapping[str, Any]
    period: Period
    where: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    wins: str = JOURNEY

    @cached_property
    def ledger(self) -> Ledger:
        """Every promise judged. Raises TableError where there is no ledger."""
        return ledger(self.tables, self.period, scores=self.scores)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The judged promises that concern those the page is about."""
        found = self.ledger.table
        if not self.where or found.empty:
            return found
        kept = collect(nw.from_native(self.tables["actions"]))
        for column, wanted in self.where.items():
            if column in kept:
                kept = kept[kept[column].isna() | (kept[column].astype(str) == wanted)]
        return found[found["action_id"].isin(kept["action_id"].astype(str))].reset_index(drop=True)

    @property
    def recent(self) -> pd.DataFrame:
        """The promises of the last year."""
        return self.rows[self.rows["started_on"] >= self.period.end - dt.timedelta(days=RECENT)]

    def headline(self) -> str:
        """How many promises of the last year worked, and how many not."""
        rows = self.recent
        if rows.empty:
            return f"No promise to act began in the year before the end of {self.period}."
        counts = rows["verdict"].value_counts()
        said = {
            WORKED: "{} worked",
            NO_EVIDENCE: "for {} there is no evidence",
            TOO_EARLY: "for {} it is too early",
            CANNOT_TELL: "{} cannot be judged",
        }
        words = [text.format(counts[word]) for word, text in said.items() if word in counts]
        return f"Of {prose.some(len(rows), 'promise')} of the last year {', '.join(words)}."

    def pieces(self) -> list[Any]:
        """For the leaders: the promises of the last year, and the picture of the surest one that worked."""
        rows = self.recent
        if rows.empty:
            return [say(self.headline())]
        drawn = self.picture()
        return [say(self.headline()), self._table(rows, with_cost=False), *([drawn] if drawn is not None else [])]

    def everything(self) -> list[Any]:
        """For those who keep the ledger: insight, action and result by quarter, every promise, what has no owner."""
        return [self._funnel(), self._table(self.rows, with_cost=True), *self._owners()]

    def findings(self) -> list[Found]:
        """Promises of the last year that worked, the surest first."""
        rows = self.recent[self.recent["verdict"] == WORKED].sort_values(["q", "action_id"], kind="stable")
        return [
            finding(
                "win",
                sentence(row),
                kpi=row["kpi"],
                scope=None if row["scope"] == "all" else str(row["scope"]),
                value=float(row["effect"]),
                low=float(row["low"]),
                high=float(row["high"]),
                verdict="improved",
                grade=str(row["grade"]),
                owner=row["owner"] or None,
            )
            for _, row in rows.iterrows()
        ]

    def question(self) -> str:
        """About the latest promise that was given time and shows nothing; empty for none."""
        rows = self.recent
        idle = rows[(rows["verdict"] == NO_EVIDENCE) & (rows["grade"] == "B")]
        if idle.empty:
            return ""
        row = idle.sort_values(["started_on", "action_id"], kind="stable").iloc[-1]
        return (
            f"{row['promise']} began on {day(row['started_on'])}, and nothing shows that it moved {_about(row)}. "
            "Do we stop it, change it, or give it longer?"
        )

    def picture(self) -> figures.Drawing | None:
        """The surest promise that worked, before and after, beside the others; None where none did."""
        rows = self.recent[self.recent["verdict"] == WORKED].sort_values(["q", "action_id"], kind="stable")
        if rows.empty:
            return None
        row = rows.iloc[0]
        about, course = definition(row["kpi"]), self.ledger.courses[row["action_id"]].in_quarters()
        if about.unit == "share":
            course[["low", "high"]] = course[["low", "high"]].clip(0, 1)
        title = sentence(row).rstrip(".")
        before, after = (prose.value(row[name], about.unit, row["low"], row["high"]) for name in ("before", "after"))
        rest = ""
        if row["comparison"]:
            unmoved = (
                prose.value(row[name], about.unit, row["low"], row["high"]) for name in ("rest_before", "rest_after")
            )
            rest = " Elsewhere it went from {} to {}.".format(*unmoved)
        return figures.before_and_after(
            course,
            unit=about.unit,
            title=title,
            alt=f"{title}. {row['scope']} went from {before} before to {after} since.{rest}",
            here=str(row["scope"]).split(" (")[0],
            elsewhere="elsewhere" if row["comparison"] else "",
            start=f"since {day(row['started_on'])}",
            note=f"{about.name} in stretches of three months, with 95 % interval. The last three months before the "
            "start are not part of the comparison, since a bad quarter is often why something is promised.",
        )

    def stories(self) -> list[Piece]:
        """A paragraph for the top on each promise that worked: before, after, how sure, who did what."""
        rows = self.recent[self.recent["verdict"] == WORKED].sort_values(["q", "action_id"], kind="stable")
        return [story(row) for _, row in rows.iterrows()]

    def celebrations(self) -> list[Piece]:
        """What customers achieved themselves in the period, to congratulate them."""
        found = customer_wins(self.tables["milestones"], self.period, journey=self.wins)
        if found.empty:
            return [say(f"No success of a customer's own was written down in {self.period}.")]
        many = f"{prose.count(len(found))} successes" if len(found) > 1 else "1 success"
        share = ""
        if "customers" in self.tables:
            among = wins_share(
                self.tables["customers"], self.period, milestones=self.tables["milestones"], journey=self.wins
            ).iloc[0]
            known = prose.value(among["value"], "share", among["low"], among["high"])
            share = f", at {known} of the accounts we had when it began"
        named = [f"{row['customer_id']} {row['what']} ({day(row['won_on'])})." for _, row in found.iterrows()]
        told = f"{many} of customers' own written down in {self.period}{share}. Has anybody congratulated them?"
        return [
            say(told),
            say("The latest:", *named[:_NAMED], kind="list") if len(named) > _NAMED else say(*named, kind="list"),
        ]

    def _table(self, rows: pd.DataFrame, with_cost: bool) -> Piece:
        place = rows["verdict"].map({word: at for at, word in enumerate(VERDICTS)})
        order = rows.assign(_place=place).sort_values(["_place", "started_on"], ascending=[True, False], kind="stable")
        lines = []
        for _, row in order.iterrows():
            line = {
                "we promised": row["promise"],
                "for": f"{_measure(row)}, {row['scope']}" if row["scope"] != "all" else _measure(row),
                "owner": row["owner"],
                "since": day(row["started_on"]),
                "result": verdict(row),
                "change by itself": effect(row),
                "why": _why(row),
            }
            if with_cost:
                line["grade"] = row["grade"] if row["verdict"] != CANNOT_TELL else ""
                line["cost"] = prose.value(row["cost"], "currency") if prose.is_finite(row["cost"]) else ""
            lines.append(line)
        return table(
            pd.DataFrame(lines),
            rows=_LISTED,
            names={"change by itself": "change, held against the others"},
            caption="What we promised, and whether it worked",
        )

    def _funnel(self) -> Piece:
        start = self.period.fiscal_year_starts
        rows = action_funnel(self.rows, start)
        whole = rows.iloc[-1]
        named, began, judged, worked = (prose.count(whole[n]) for n in ("insights", "started", "evaluated", "worked"))
        return table(
            rows,
            units={"cost": "currency"},
            names={"no_evidence": "no evidence", "too_early": "too early", "cannot_tell": "cannot tell"},
            rows=_LISTED,
            caption=f"From insight to action to result: {named} topics named, {began} actions begun, {judged} could be "
            f"judged, {worked} worked",
        )

    def _owners(self) -> list[Piece]:
        nobody = self.rows[self.rows["owner"] == ""]
        return [say(f"Nobody owns {', '.join(nobody['action_id'])}.")] if len(nobody) else []


def sentence(row: Mapping[str, Any]) -> str:
    """What became of a promise, as a leader would repeat it."""
    said, measure, since = row["verdict"], _about(row), f"since {day(row['started_on'])}"
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


def _measure(row: Mapping[str, Any]) -> str:
    return definition(row["kpi"]).name if row["kpi"] in DEFINITIONS else str(row["kpi"])


def _about(row: Mapping[str, Any]) -> str:
    """ "satisfaction in DACH (ticket closed)"."""
    name = prose.inside(_measure(row))
    return name if row["scope"] == "all" else f"{name}{',' if ',' in name else ''} in {row['scope']}"


def _why(row: Mapping[str, Any]) -> str:
    said = str(row["why"])
    if row["verdict"] == WORKED and prose.is_finite(row["false_dates"]):
        dates = prose.some(int(row["false_dates"]), "false date")
        said = "; ".join(filter(None, [f"none of {dates} shows as much", said]))
    elif not said and prose.is_finite(row["smallest_detectable"]):
        unit = definition(row["kpi"]).unit
        seen = prose.change(row["smallest_detectable"], unit, row["low"], row["high"], signed=False, is_real=True)
        said = f"a change of {seen} would have been seen"
    return said
