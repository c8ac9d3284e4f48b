"""What we promised, and whether it worked: the ledger of actions told to those who made the promises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.kpis.dictionary import definition
from cxlab.models.actions import (
    CANNOT_TELL,
    NO_EVIDENCE,
    TOO_EARLY,
    VERDICTS,
    WORKED,
    Ledger,
    action_funnel,
    ledger,
)
from cxlab.models.actions.promise import promises_in
from cxlab.models.wins import JOURNEY, customer_wins, voice_of, wins_share
from cxlab.periods import Period
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.notebook import finding
from cxlab.report.pages.promises.words import about_of, day, effect, measure_of, sentence, story, verdict, why
from cxlab.report.tables import table, verbatim
from cxlab.stats.counting import collect

Found = dict[str, object]
#: Promises that began in so many days before the period's end are told to the leaders, the others to those who keep
#: the ledger.
RECENT = 366
_LISTED = 30
_NAMED = 3


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
        """For those who keep the ledger: insight, action and result by quarter, every promise, what has no owner, and
        the stories to be told."""
        told = self.stories()
        told = [say("To be told at the top:"), *told] if told else []
        return [self._funnel(), self._table(self.rows, with_cost=True), *self._owners(), *told]

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
            f"{row['promise']} began on {day(row['started_on'])}, and nothing shows that it moved {about_of(row)}. "
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
        """For the top, each promise of the last year that worked: before, after, how sure, who did it, and a voice."""
        rows = self.recent[self.recent["verdict"] == WORKED].sort_values(["q", "action_id"], kind="stable")
        return [piece for _, row in rows.iterrows() for piece in (story(row), *self._voice(row))]

    def _voice(self, row: pd.Series) -> list[Piece]:
        """What a customer wrote where the promise applies, since it was kept."""
        made = {each.action_id: each for each in promises_in(collect(nw.from_native(self.tables["actions"])))}
        promise = made[row["action_id"]]
        if "responses" not in self.tables or promise.started_on is None:
            return []
        where = {**promise.scope, **promise.about}
        said = voice_of(self.tables["responses"], row["kpi"], where, promise.started_on, self.period.end)
        return [verbatim([said])] if said else []

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
                "for": f"{measure_of(row)}, {row['scope']}" if row["scope"] != "all" else measure_of(row),
                "owner": row["owner"],
                "since": day(row["started_on"]),
                "result": verdict(row),
                "change by itself": effect(row),
                "why": why(row),
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
