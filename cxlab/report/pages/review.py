"""The pieces of `10-read-the-scorecard`: a scorecard told in sentences, tiles, figures and findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from cxlab.kpis import service
from cxlab.kpis.dictionary import definition, dictionary
from cxlab.kpis.disagreements import disagreements
from cxlab.kpis.packs import WHOLE, Scorecard, targets_of
from cxlab.periods import Period
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.notebook import finding
from cxlab.report.tables import table
from cxlab.report.tiles import tiles
from cxlab.stats.comparisons import CANNOT_TELL, FLAT, groups_of

_MOST_FINDINGS = 6


@dataclass(frozen=True)
class Review:
    """A scorecard and what it was made of, ready to be shown.

    card: what cx.scorecard gives. course: what cx.trend gives. tables: the canonical tables. targets: that table.
    """

    card: Scorecard
    course: pd.DataFrame
    tables: Mapping[str, Any]
    period: Period
    targets: pd.DataFrame | None = None

    @property
    def by(self) -> str | None:
        """The first group column, if the scorecard has one."""
        return next(iter(groups_of(self.card.now)), None)

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
            return f"Nothing could be computed for {self.period}: the tables hold nothing for it."
        return prose.headline(self.company(self.card.changes), dictionary())

    def in_short(self) -> Piece:
        """The headline and how many changes were weighed against chance together."""
        first, others = self.card.families
        tested = (
            f"{first} changes since {self.period.previous()} and {others} others, by group and against last year, "
            "were each tested together, so that chance alone rarely shows up as news."
            if first
            else ""
        )
        return say(self.headline(), tested, kind="short")

    def tiles(self) -> Piece:
        """One tile a measure, company-wide, against last period and the same period last year."""
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
        """The naive median in small print under the honest one."""
        notes = {}
        for row in self._clocks.itertuples():
            if pd.notna(row.closed_only):
                naive = prose.value(row.closed_only, "hours")
                lacking = "resolved" if row.kpi == "resolution_time" else "answered"
                notes[row.kpi] = f"leaving out the {prose.count(row.open)} not {lacking} would say {naive}"
        return notes

    @cached_property
    def _clocks(self) -> pd.DataFrame:
        done = set(self.card.now.loc[self.card.now["value"].notna(), "kpi"])
        parts = [
            service.honest_clock(self.tables["tickets"], self.period, ended=ended)
            for kpi, ended in (("resolution_time", "resolved_at"), ("first_response_time", "first_response_at"))
            if kpi in done
        ]
        columns = ["kpi", "period", "value", "low", "high", "closed_only", "open", "n"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    def leading_kpi(self) -> str | None:
        """The measure to draw: the surest mover, else the first that has a value."""
        changes = self.company(self.card.changes)
        moved = changes[~changes["verdict"].isin([FLAT, CANNOT_TELL])].sort_values(["q", "p"], kind="stable")
        known = self.company(self.card.now).dropna(subset=["value"])
        candidates = [*moved["kpi"], *known["kpi"]]
        return candidates[0] if candidates else None

    def by_group(self, kpi: str | None = None) -> Piece | figures.Drawing:
        """One measure by group with its interval, the title saying which groups changed."""
        kpi = kpi or self.leading_kpi()
        rows = self.groups(self.card.now)
        rows = rows[(rows["kpi"] == kpi) & (rows["n"] > 0)] if kpi else rows
        if self.by is None or kpi is None or rows["value"].notna().sum() == 0:
            reason = "no grouping was asked for" if self.by is None else f"no measure has enough answers by {self.by}"
            return say(f"There is no comparison of groups: {reason}.")
        about = definition(kpi)
        company = self.company(self.card.now).set_index("kpi")["value"].get(kpi)
        title = self._group_title(kpi)
        return figures.groups(
            rows,
            by=self.by,
            unit=about.unit,
            better=about.better,
            company=company,
            title=title,
            alt=f"{title} {about.name} by {self.by} in {self.period}: " + self._listed(rows, about.unit),
            note=f"{about.name} by {self.by}, {self.period}, with 95 % interval. Number beside the name: answers. "
            "Colour is kept for what can be told apart.",
        )

    def _group_title(self, kpi: str) -> str:
        about = definition(kpi)
        changes = self.groups(self.card.changes)
        changes = changes[changes["kpi"] == kpi]
        said = [(str(row[self.by]), prose.verdict(row, about.better)) for _, row in changes.iterrows()]
        told = [
            f"{word} in {' and '.join(names)}"
            for word in ("improved", "worsened")
            if (names := [name for name, verdict in said if verdict == word])
        ]
        open_ones = sum(verdict == CANNOT_TELL for _, verdict in said)
        if not told:
            return f"{about.name}: no {self.by} changed in a way that can be told from chance"
        rest = f"; for {open_ones} of {len(said)} we cannot tell" if open_ones else ""
        return f"{about.name} {', '.join(told)}{rest}"

    def _listed(self, rows: pd.DataFrame, unit: str) -> str:
        parts = [
            f"{row[self.by]} {prose.value(row['value'], unit)} ({prose.interval(row['low'], row['high'], unit)})"
            for _, row in rows.iterrows()
            if pd.notna(row["value"])
        ]
        return "; ".join(parts) + "."

    def group_table(self) -> Piece:
        """What moved in which group; a plain sentence when nothing did."""
        changes = self.groups(self.card.changes)
        moved = changes[~changes["verdict"].isin([FLAT, CANNOT_TELL])]
        if moved.empty:
            return say(f"In no group did any measure move in a way that can be told from chance: {self._weighed()}.")
        return table(
            moved.drop(columns=["p", "margin"]),
            dictionary=dictionary(),
            caption=f"What moved by {self.by} since {self.period.previous()}",
        )

    def _weighed(self) -> str:
        changes = self.groups(self.card.changes)
        flat = int((changes["verdict"] == FLAT).sum())
        return f"of {len(changes)} changes {flat} are flat and {len(changes) - flat} cannot be told"

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

    def waiting(self) -> Piece | figures.Drawing:
        """How long a resolution takes, every ticket counted, beside the flattering curve of closed ones."""
        clocks = self._clocks.set_index("kpi")
        if "resolution_time" not in clocks.index:
            return say("How long customers wait cannot be told: there are no tickets with a resolution in the period.")
        row = clocks.loc["resolution_time"]
        curve = service.duration_curve(self.tables["tickets"], self.period)
        honest, naive = prose.value(row["value"], "hours"), prose.value(row["closed_only"], "hours")
        title = f"Half of all tickets take {honest} or more"
        return figures.durations(
            curve,
            unit="hours",
            title=title,
            alt=f"{title}; the closed ones alone would say {naive}. {prose.count(row['open'])} of "
            f"{prose.count(row['n'])} tickets are not resolved.",
            note=f"Tickets opened in {self.period}. Leaving the {prose.count(row['open'])} unresolved ones out would "
            f"say {naive}.",
            since="the ticket was opened",
            honest="every ticket counted",
            naive="closed tickets only",
            until=self._worth_drawing(curve),
        )

    def _worth_drawing(self, curve: pd.DataFrame) -> float | None:
        """Hours up to a little beyond the nine tenths: the long tail would squeeze what matters."""
        reached = curve.loc[curve["done"] >= 0.9, "time"]
        return float(reached.iloc[0]) * 1.25 if len(reached) else None

    @cached_property
    def _disagreements(self) -> pd.DataFrame:
        return disagreements(self.tables, self.period)

    def disagreements(self) -> Piece:
        """Accounts of which two measures say different things."""
        rows = self._disagreements
        if rows.empty:
            return say(
                "No two measures can be held against each other: that takes scores and usage, revenue or tickets."
            )
        return table(
            rows,
            units={"value": "share", "low": "share", "high": "share"},
            names={
                "who": "Accounts",
                "what": "that",
                "accounts": "how many",
                "of": "of",
                "value": "share",
                "low": "from",
                "high": "to",
            },
            caption="Accounts whose measures point different ways",
        )

    def missing(self) -> Piece:
        """What could not be computed, why, and what to bear in mind."""
        pieces = [
            f"{row.name_}: {row.why}." for row in self.card.missing.rename(columns={"name": "name_"}).itertuples()
        ]
        pieces += self.card.remarks
        return say(*pieces, kind="list") if pieces else say("Every measure of the pack could be computed.")

    def findings(self) -> list[dict[str, object]]:
        """Wins, losses and, for the worst of what cannot be told, nothing: a finding needs a verdict."""
        found = []
        for frame, scope_of in ((self.company(self.card.changes), None), (self.groups(self.card.changes), self.by)):
            moved = frame[~frame["verdict"].isin([FLAT, CANNOT_TELL])].sort_values(["q", "p"], kind="stable")
            for _, row in moved.iterrows():
                about = prose.define(dictionary(), row["kpi"])
                better = prose.verdict(row, about["better"]) == "improved"
                scope = str(row[scope_of]) if scope_of else None
                own = self._own(row, scope_of)
                found.append(
                    finding(
                        "win" if better else "loss",
                        prose.sentence(row, about, now=own, scope=scope or ""),
                        kpi=row["kpi"],
                        scope={scope_of: scope} if scope else None,
                        verdict=row["verdict"],
                        **{name: own[name] for name in ("value", "low", "high")},
                    )
                )
        return [*found[:_MOST_FINDINGS], *self._question()]

    def _own(self, change: pd.Series, scope_of: str | None) -> pd.Series:
        """The KPI-frame row that a change row speaks of: it has the value's own interval."""
        now = self.groups(self.card.now) if scope_of else self.company(self.card.now)
        same = now[now["kpi"] == change["kpi"]]
        return (same[same[scope_of] == change[scope_of]] if scope_of else same).iloc[0]

    def _question(self) -> list[dict[str, object]]:
        """One question for the meeting: the disagreement that concerns most promoters."""
        rows = self._disagreements
        rows = rows[(rows["who"] == "promoters") & (rows["accounts"] > 0)]
        if rows.empty:
            return []
        top = rows.sort_values("accounts", ascending=False, kind="stable").iloc[0]
        return [
            finding(
                "question",
                f"{prose.count(top['accounts'])} of {prose.count(top['of'])} {top['who']} {top['what']}. "
                "What do they know that their score does not tell?",
            )
        ]

    def closing(self) -> Piece:
        """What to take into the meeting: the findings, then the question."""
        found = self.findings()
        told = [str(each["sentence"]) for each in found if each["kind"] != "question"]
        asked = [str(each["sentence"]) for each in found if each["kind"] == "question"]
        first = say(*told, kind="list") if told else say("Nothing moved that can be told from chance; keep the course.")
        second = say(f"One question for the meeting. {asked[0]}", kind="ask") if asked else say("")
        return Piece(first.html + (second.html if asked else ""), f"{first.text}\n{second.text}".strip())

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
