"""The pieces of `00-check-the-data`: what came in, what was set aside, and what in it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from cxlab.periods import Period
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.notebook import finding
from cxlab.report.tables import table
from cxlab.tables import checks

_MOST_EXPORTS = 14


@dataclass(frozen=True)
class Checkup:
    """The tables and the manifest of the last load, ready to be examined for a period."""

    tables: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]
    period: Period

    @cached_property
    def came_in(self) -> pd.DataFrame:
        """One row for each export and table: file, table, rows_in, kept, set_aside."""
        return checks.sources(self.manifest)

    def headline(self) -> str:
        """Rows read, kept and set aside, and how many checks found something."""
        rows = self.came_in[["rows_in", "kept", "set_aside"]].sum()
        found = len(self.faults) + len(self._contradictions)
        lead = (
            f"{prose.count(rows['rows_in'])} rows were read, {prose.count(rows['kept'])} kept and "
            f"{prose.count(rows['set_aside'])} set aside with a reason."
        )
        if not found:
            return f"{lead} No check found anything that cannot be."
        return f"{lead} {found} {'check' if found == 1 else 'checks'} found something to ask about."

    def in_short(self) -> Piece:
        """The headline, and until when the data reach."""
        return say(self.headline(), self._reach(), kind="short")

    def _reach(self) -> str:
        as_of = pd.Timestamp(self.manifest["as_of"]) if self.manifest.get("as_of") else None
        if as_of is None:
            return "The tables hold no dates, so nothing can be said about time."
        reach = f"The data reach to {as_of.day} {as_of:%B %Y}"
        if self.period.is_over_by(as_of.to_pydatetime()):
            return f"{reach}: {self.period} is complete."
        if as_of < pd.Timestamp(self.period.start):
            return f"{reach}: nothing is known of {self.period} yet."
        return f"{reach}: {self.period} is not over in them, so its figures will still change."

    def exports(self) -> Piece | figures.Drawing:
        """Rows kept and set aside for each table."""
        if self.came_in.empty:
            return say("No export has been loaded yet.")
        rows = self.came_in.groupby("table", as_index=False, sort=False)[["kept", "set_aside"]].sum()
        share = rows["set_aside"].sum() / max(rows[["kept", "set_aside"]].to_numpy().sum(), 1)
        title = f"{prose.value(share, 'share')} of all rows were set aside, none was lost"
        listed = "; ".join(
            f"{row.table}: {prose.count(row.kept)} kept, {prose.count(row.set_aside)} set aside"
            for row in rows.itertuples()
        )
        return figures.counts(
            rows, by="table", title=title, alt=f"{title}. {listed}.", note="Rows received by table, as a whole each."
        )

    def files(self) -> Piece:
        """Every export with its counts."""
        names = {"file": "Export", "table": "table", "rows_in": "rows in", "set_aside": "set aside"}
        return table(self.came_in, names=names, caption="What came in, export by export", rows=60)

    def reasons(self) -> Piece:
        """Why rows were set aside."""
        rows = checks.reasons(self.manifest)
        if rows.empty:
            return say("No row had to be set aside.")
        return table(rows, names={"why": "Why", "rows": "rows"}, caption="Why rows were set aside", rows=_MOST_EXPORTS)

    def masked(self) -> Piece:
        """How much personal detail was masked in comments."""
        found = checks.masked(self.manifest)
        if not found:
            return say(
                "No e-mail address, phone, card or account number, IP address or known name was found in comments."
            )
        listed = ", ".join(f"{prose.count(count)} × {kind}" for kind, count in found.items())
        return say(f"Masked in comments on the way in: {listed}. Names that no table knows are not recognised.")

    def coverage(self) -> Piece:
        """How far the tables speak of the same accounts."""
        rows = checks.join_coverage(self.tables)
        if rows.empty or "customers" not in self.tables:
            return say("Tables cannot be joined: there is no customers table, or no other table names an account.")
        shares = pd.DataFrame(
            {
                "table": rows["table"],
                "rows": rows["rows"],
                "name an account": rows["with_account"] / rows["rows"].clip(lower=1),
                "of unknown accounts": rows["with_account"] - rows["known"],
                "customers covered": rows["accounts"] / rows["of_accounts"].clip(lower=1),
            }
        )
        units = dict.fromkeys(["name an account", "customers covered"], "share")
        return table(shares, units=units, caption="How far the tables speak of the same accounts")

    def freshness(self) -> Piece:
        """First and last day that each table knows."""
        rows = checks.freshness(self.tables)
        if rows.empty:
            return say("No table holds a date.")
        days = rows.assign(first=rows["first"].dt.strftime("%Y-%m-%d"), last=rows["last"].dt.strftime("%Y-%m-%d"))
        return table(
            days[["table", "first", "last", "rows", "undated"]], caption="From when to when each table reaches"
        )

    @cached_property
    def faults(self) -> pd.DataFrame:
        """Impossible time order, scores off the scale, likely duplicates: table, found, rows, of."""
        parts = [check(self.tables) for check in (checks.time_order, checks.off_scale, checks.duplicates)]
        return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)

    def impossible(self) -> Piece:
        """What cannot be, in numbers."""
        rows = self.faults
        if rows.empty:
            return say("No row ends before it begins, no score lies outside its scale, no row looks like another one.")
        names = {"found": "What was found", "rows": "rows", "of": "of"}
        return table(rows, names=names, caption="What cannot be, or should be looked at")

    @cached_property
    def _contradictions(self) -> pd.DataFrame:
        return checks.contradictions(self.tables)

    def contradictions(self) -> Piece:
        """Tables that disagree on who has left: both are told, nothing is averaged."""
        rows = self._contradictions
        if rows.empty:
            return say("No two tables contradict each other on which accounts have left.")
        return say(*(self._contradiction(row) for row in rows.itertuples()), kind="list")

    def _contradiction(self, row: Any) -> str:
        first = f"{row.first[0].upper()}{row.first[1:]}"
        return (
            f"{first} {_says(row.first)} that {prose.count(row.n_first)} accounts have left, "
            f"{row.second} {_says(row.second)} {prose.count(row.n_second)}; {prose.count(row.both)} are in both, "
            f"{prose.count(row.only_first)} only in the first, {prose.count(row.only_second)} only in the second. "
            "Ask which is right before a churn figure is used."
        )

    def direction(self) -> Piece:
        """Whether scores of different surveys run the same way."""
        rows = checks.score_direction(self.tables)
        if rows.empty:
            return say("Score direction cannot be checked: too few accounts answered two kinds of survey.")
        upside_down = rows[rows["suspicious"]]
        if upside_down.empty:
            return say(
                "Scores of different surveys do not run against each other: no scale seems to be read upside down."
            )
        pairs = "; ".join(
            f"{row.first} and {row.second} ({prose.count(row.accounts)} accounts)" for row in upside_down.itertuples()
        )
        return say(f"These surveys run against each other, one of the scales may be read upside down: {pairs}.")

    def remarks(self) -> Piece:
        """What loading wanted to be known."""
        told = checks.remarks(self.manifest)
        return say(*told, kind="list") if told else say("Loading had nothing to remark.")

    def findings(self) -> list[dict[str, object]]:
        """A risk for everything that was found, at most one of a kind."""
        found = [
            finding("risk", f"{prose.count(row.rows)} of {prose.count(row.of)} {row.table} {row.found}.")
            for row in self.faults.itertuples()
        ]
        found += [finding("question", self._contradiction(row)) for row in self._contradictions.itertuples()]
        return found

    def to_do(self) -> Piece:
        """Who has to look at what."""
        told = [str(each["sentence"]) for each in self.findings()]
        return say(*told, kind="list") if told else say("Nothing needs to be asked before these data are used.")


def _says(who: str) -> str:
    return "say" if who.endswith(("events", "subscriptions")) else "says"
