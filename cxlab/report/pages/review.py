"""The pieces of `10-read-the-scorecard`: a pack of measures told in sentences, tiles, figures and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from cxlab.errors import TableError
from cxlab.kpis.accounts import only
from cxlab.kpis.dictionary import definition, dictionary
from cxlab.kpis.packs import PACKS, pack
from cxlab.kpis.scorecards import WHOLE, Scorecard
from cxlab.kpis.targets import targets_of
from cxlab.periods import Period
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say, show
from cxlab.report.matrix import matrix
from cxlab.report.pages import behind, closing, fair, unheard
from cxlab.report.pages.promises import Promises
from cxlab.report.tables import table
from cxlab.report.tiles import tiles
from cxlab.stats.comparisons import CANNOT_TELL, FLAT, groups_of
from cxlab.tables.project import Project


class Tables(dict[str, Any]):
    """Tables by name; one that is not there is told in the reader's words."""

    def __missing__(self, name: str) -> Any:
        raise TableError(f"there is no {name} table")


@dataclass(frozen=True)
class Review:
    """A scorecard and what it was made of, ready to be shown.

    card: what cx.scorecard gives. course: what cx.trend gives. tables: the canonical tables. pack: whose measures they
    are. where: the filter the card was made with. project: whose settings hold (cx.Project.find()).
    """

    card: Scorecard
    course: pd.DataFrame
    tables: Mapping[str, Any]
    period: Period
    pack: str = "exec"
    where: Mapping[str, str] = field(default_factory=dict)
    project: Project | None = None

    @property
    def by(self) -> str | None:
        """The first group column, if the scorecard has one."""
        return next(iter(groups_of(self.card.now)), None)

    @property
    def about(self) -> str:
        """What the page is about, where it is not about everything."""
        return "" if self.pack == "exec" else pack(self.pack).title

    @property
    def options(self) -> Mapping[str, Mapping[str, Any]]:
        """What the company sets otherwise, KPI by KPI."""
        return self.project.standards["scores"] if self.project else {}

    @property
    def moments(self) -> Sequence[str]:
        """The moments of the customer's journey as the company declares them, in order."""
        return self.project.journey.get("moments", ()) if self.project else ()

    @cached_property
    def chosen(self) -> Tables:
        """The tables with the rows of the filter alone."""
        return Tables(only(self.tables, self.where)[0])

    @cached_property
    def targets(self) -> pd.DataFrame | None:
        """The goals, as the targets table has them."""
        return self.frame("targets")

    @cached_property
    def promises(self) -> Promises:
        """What was promised, and whether it worked by the end of the period."""
        journey = self.project.journey if self.project else {}
        named = {"wins": journey["wins"]} if "wins" in journey else {}
        return Promises(Tables(self.tables), self.period, self.where, self.options, **named)

    def frame(self, name: str) -> pd.DataFrame | None:
        """A small table, brought from its engine; None where there is none."""
        return None if name not in self.chosen else behind.collected(self.chosen[name])

    def company(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The company's rows of a KPI or change frame, without the group columns."""
        if self.by is None:
            return frame
        return frame[frame[self.by] == WHOLE].drop(columns=self.by).reset_index(drop=True)

    def groups(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The groups' rows of a KPI or change frame."""
        return frame.iloc[:0] if self.by is None else frame[frame[self.by] != WHOLE].reset_index(drop=True)

    def headline(self) -> str:
        """What moved in the company, how much is flat, how much cannot be told."""
        if self.company(self.card.now)["value"].notna().sum() == 0:
            told = behind.headline(self)
            return told or f"Nothing could be computed for {self.period}: the tables hold nothing for it."
        return prose.headline(self.company(self.card.changes), dictionary())

    def in_short(self) -> Piece:
        """The headline and how many changes were weighed against chance together."""
        first, others = self.card.families
        tested = (
            f"Tested together, so that chance alone rarely shows up as news: {prose.some(first, 'change')} since "
            f"{self.period.previous()}, and {prose.some(others, 'other')}, by group and against last year."
            if first
            else ""
        )
        return say(self.headline(), tested, kind="short")

    def tiles(self) -> Piece:
        """One tile a measure, company-wide, against last period and the same period last year."""
        if self.pack in PACKS and not pack(self.pack).kpis:
            return say("This page has no measures of its own: what was rated stands further down.")
        changes = pd.concat([self.company(self.card.changes), self.company(self.card.year_changes)], ignore_index=True)
        now = self.company(self.card.now)
        return tiles(
            now[now["value"].notna()],
            changes,
            dictionary=dictionary(),
            trend=self.course,
            targets=targets_of(self.targets, self.period),
            notes=self._notes(),
        )

    def _notes(self) -> dict[str, str]:
        """The naive figure in small print under the honest one, and what silence could do to a score."""
        notes = dict(unheard.notes(self))
        for row in self.clocks.itertuples():
            if pd.notna(row.closed_only):
                naive = prose.value(row.closed_only, definition(row.kpi).unit)
                notes[row.kpi] = f"leaving out the {prose.count(row.open)} still open would say {naive}"
        return notes

    @cached_property
    def clocks(self) -> pd.DataFrame:
        """The honest median of every duration beside the naive one."""
        known = self.company(self.card.now).dropna(subset=["value"])["kpi"]
        return behind.clocks(self, [kpi for kpi in known if definition(kpi).unit in ("hours", "days")])

    def leading_kpi(self) -> str | None:
        """The measure to draw: the surest mover, else the first that has a value."""
        changes = self.company(self.card.changes)
        moved = changes[~changes["verdict"].isin([FLAT, CANNOT_TELL])].sort_values(["q", "p"], kind="stable")
        known = self.company(self.card.now).dropna(subset=["value"])
        candidates = [*moved["kpi"], *known["kpi"]]
        return candidates[0] if candidates else None

    def by_group(self) -> None:
        """One measure by group in fair order, what else is fair to say of groups, and every measure by group."""
        show(*self.compared())

    def compared(self) -> list[Any]:
        """The pieces of `by_group`."""
        if self.by is None:
            return [say("There is no comparison of groups: no grouping was asked for.")]
        rows = self.groups(self.card.now)
        if rows["value"].notna().sum() == 0:
            return [say(f"There is no comparison of groups: no measure has enough answers by {self.by}.")]
        every = matrix(
            rows,
            self.groups(self.card.changes),
            by=self.by,
            dictionary=dictionary(),
            caption=f"Every measure by {self.by}, with the verdict since {self.period.previous()}",
        )
        return [*fair.pieces(self), every]

    def over_time(self, kpi: str | None = None) -> Piece | figures.Drawing:
        """One measure over the last periods with its interval band."""
        kpi = kpi or self.leading_kpi()
        rows = self.course[self.course["kpi"] == kpi] if kpi else self.course.iloc[:0]
        if rows["value"].notna().sum() < 2:
            return say("There is no course to draw yet: fewer than two periods hold a value.")
        about = definition(kpi)
        changes = self.company(self.card.changes)
        row = changes[changes["kpi"] == kpi].iloc[0]
        title = prose.sentence(row, prose.define(dictionary(), kpi)).rstrip(".")
        return figures.trend(
            rows,
            unit=about.unit,
            title=title,
            alt=f"{title}. From {rows['period'].iloc[0]} to {rows['period'].iloc[-1]}: "
            + ", ".join(prose.value(value, about.unit) for value in rows["value"] if pd.notna(value))
            + ".",
            note=f"{about.name}, whole company, with 95 % interval.",
            target=targets_of(self.targets, self.period).get(kpi),
        )

    def behind(self) -> None:
        """What stands behind the measures of this pack."""
        show(*behind.pieces(self))

    def unheard(self) -> None:
        """Who did not answer, and what that could do to the scores."""
        show(*unheard.pieces(self))

    def missing(self) -> Piece:
        """What could not be computed, why, and what to bear in mind."""
        pieces = [f"{row['name']}: {row['why']}." for _, row in self.card.missing.iterrows()] + self.card.remarks
        return say(*pieces, kind="list") if pieces else say("Every measure of the pack could be computed.")

    def findings(self) -> list[dict[str, object]]:
        """What to record: at most three findings, one point of view, one question."""
        return closing.findings(self)

    def closing(self) -> Piece:
        """What to take into the meeting: three findings, one point of view, one question."""
        return closing.told(self)

    def definitions(self) -> Piece:
        """What each measure of the page means, and where that comes from."""
        words = dictionary()
        if self.card.now.empty:
            return say("No measure could be computed, so there is none to define.")
        used = words[words["kpi"].isin(self.card.now["kpi"])]
        return table(
            used[["name", "definition", "source"]].reset_index(drop=True),
            names={"name": "Measure", "definition": "What it counts", "source": "Source"},
            caption="The measures of this page",
            rows=len(used),
        )

    def kpis(self) -> pd.DataFrame:
        """What the index page needs of every measure: value, interval, n and verdict, company-wide."""
        verdicts = self.company(self.card.changes).set_index("kpi")["verdict"]
        now = self.company(self.card.now)
        return now.assign(verdict=now["kpi"].map(verdicts))
