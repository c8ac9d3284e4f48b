"""The pieces of `20-follow-the-journey`: moments, steps, channels and early flags, in the order customers meet them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.kpis.contact import repeat_chains
from cxlab.kpis.dictionary import definition
from cxlab.kpis.first_days import early_warning_record, early_warnings
from cxlab.kpis.listening import moments_covered
from cxlab.kpis.sources import join_coverage
from cxlab.report import prose
from cxlab.report.html import Piece, say, show
from cxlab.report.pages import steps
from cxlab.report.pages.behind import moments, programme, tried
from cxlab.report.pages.review import Review
from cxlab.report.pages.waits import waiting
from cxlab.report.tables import table

#: The measures that follow a customer along the way.
journey_measures = (
    "time_to_first_value",
    "onboarding_completion",
    "implementation_time",
    "integration_success",
    "first_contact_resolution",
    "channel_switching",
    "csat",
    "retention_rate",
)
_COVERED = ["moment", "mandatory", "status"]
_RECORD = ["flag", "n_with", "left_with", "n_without", "left_without", "q", "verdict"]


@dataclass(frozen=True)
class Journey(Review):
    """A scorecard of `cx.journey_measures` and the tables it was made of, ready to be shown."""

    pack: str = "journey"

    @property
    def about(self) -> str:
        """The page is about the journey, as its title says."""
        return ""

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """Which moments are heard; empty where no survey is there."""
        try:
            return moments_covered(self.chosen, self.period, self.moments)
        except CxlabError:
            return pd.DataFrame(columns=_COVERED)

    @cached_property
    def record(self) -> pd.DataFrame:
        """What early flags have meant so far; empty where the tables do not know."""
        try:
            return early_warning_record(self.chosen["customers"], **self._first_tables())
        except (CxlabError, KeyError):
            return pd.DataFrame(columns=_RECORD)

    def _first_tables(self) -> dict[str, Any]:
        return {name: self.chosen[name] for name in ("milestones", "tickets", "usage") if name in self.chosen}

    def headline(self) -> str:
        """How many get there, how long half of them take, how many moments are blind."""
        now = self.company(self.card.now).set_index("kpi")
        said = []
        for kpi, words in (
            ("onboarding_completion", "{} of new customers finish onboarding within 90 days"),
            ("time_to_first_value", "half reach first value within {}"),
            ("channel_switching", "{} of matters had to change the channel"),
        ):
            if kpi in now.index and prose.is_finite(now.loc[kpi, "value"]):
                row = now.loc[kpi]
                said.append(words.format(prose.value(row["value"], definition(kpi).unit, row["low"], row["high"])))
        blind = int((self.coverage["status"] == "blind").sum())
        if blind:
            said.append(f"{blind} of {len(self.coverage)} moments are blind")
        text = "; ".join(said)
        return f"{text[:1].upper()}{text[1:]}." if text else super().headline()

    def moments_in_order(self) -> None:
        """What is heard at each moment, how good it is, where nobody asks, and of whom something is known."""
        show(*(piece for part in (self._heard, self._blind, self._known) for piece in tried(part)))

    def _heard(self) -> list[Any]:
        rows = moments.heard(self)
        if rows.empty or rows["value"].notna().sum() == 0:
            return [say(f"No moment was asked about in {self.period}.")]
        return [moments.picture(self, rows), moments.listed(self, rows)]

    def _blind(self) -> Piece:
        return programme.moments_piece(self.coverage, bool(self.moments))

    def _known(self) -> Piece:
        return programme.accounts_piece(join_coverage(self.chosen, self.period))

    def steps(self) -> None:
        """The steps as curves, and as a funnel."""
        show(
            *tried(partial(steps.curves, self.chosen, self.period)),
            *tried(partial(steps.funnel, self.chosen, self.period, "onboarding")),
        )

    def first_value(self) -> None:
        """How long until first value, everybody counted; and who is stuck."""
        show(
            *tried(partial(waiting, self, "time_to_first_value")),
            *tried(partial(steps.stalled, self.chosen, self.period, None)),
        )

    def channels(self) -> Piece:
        """How many contacts a matter took and how often the channel changed."""
        (piece,) = tried(self._chains)
        return piece

    def _chains(self) -> Piece:
        rows = repeat_chains(self.chosen["tickets"], self.period, responses=self.chosen.get("responses"))
        wanted = ["contacts", "chains", "share", "low", "high", "changed_channel", "easy", "answers"]
        return table(
            rows[[name for name in wanted if rows[name].notna().any()]],
            units=dict.fromkeys(("share", "low", "high", "changed_channel", "easy"), "share"),
            names={
                "contacts": "Contacts it took",
                "chains": "matters",
                "low": "from",
                "high": "to",
                "changed_channel": "changed channel",
                "easy": "found it easy",
            },
            caption="One matter, several contacts: how often, over how many channels, and how easy customers found it",
        )

    def red_flags(self) -> None:
        """New customers with flags, and what each flag has meant so far."""
        show(*tried(self._record_table), *tried(self._flagged))

    def _record_table(self) -> Piece:
        rows = self.record
        if rows.empty:
            return say("What early flags mean cannot be told: the tables know of no earlier customers long enough.")
        return table(
            rows[_RECORD[:5] + ["verdict"]].rename(columns={"verdict": "told"}),
            units={"left_with": "share", "left_without": "share"},
            names={
                "n_with": "accounts with it",
                "left_with": "left soon after",
                "n_without": "without it",
                "left_without": "of these left",
            },
            caption="What early flags have gone with so far (a flag need not be why somebody left)",
        )

    def _flagged(self) -> Piece:
        rows = early_warnings(self.chosen["customers"], as_of=None, **self._first_tables())
        rows = rows[rows["flags"] > 0]
        if rows.empty:
            return say("No new customer has an early flag today.")
        return table(
            rows.drop(columns=["signed_on"]),
            rows=10,
            units={"age": "days", "use_change": "share"},
            names={"customer_id": "Account", "age": "customer for", "use_change": "change of use"},
            caption=f"{prose.count(len(rows))} new customers with an early flag, most flags first",
        )
