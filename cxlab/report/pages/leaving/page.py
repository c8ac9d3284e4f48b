"""The page of who leaves, told in sentences and shown in pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.kpis.retention import churn_rate
from cxlab.models.survival import DIFFER
from cxlab.report import prose
from cxlab.report.notebook import finding
from cxlab.report.pages.leaving import calls, drivers, foretelling, money
from cxlab.report.pages.leaving import staying as stays
from cxlab.report.pages.leaving.known import Known
from cxlab.report.pages.modelled import Modelled


@dataclass(frozen=True)
class Leaving(Known, Modelled):
    """Who leaves, what goes with it, what it may cost, and whom to call. What it is made of stands in `Known`."""

    def headline(self) -> str:
        """How many left, what goes with it, and what is at risk."""
        said = [self._left()]
        try:
            said.append(drivers.sentence(self.model))
        except CxlabError as problem:
            said.append(f"what goes with leaving cannot be told: {_first(problem)}")
        try:
            month = self.risk.row("month")
            said.append(f"revenue of {money.amount(month)} a month is at risk next {self.kind}")
        except CxlabError:
            pass
        return "; ".join(said) + "."

    def _left(self) -> str:
        try:
            rate = self.rate
        except CxlabError as problem:
            return f"Who left is not known: {_first(problem)}"
        if not prose.is_finite(rate["value"]):
            return f"Nobody was there when {self.period} began"
        limits = prose.interval(rate["low"], rate["high"], "share")
        state = prose.value(rate["value"], "share", rate["low"], rate["high"])
        if not self.is_dated:
            return f"{state} of {prose.count(rate['n'])} customers are flagged as gone ({limits})"
        where = f" of {', '.join(map(str, self.where.values()))}" if self.where else ""
        return f"{state} of the customers{where} left in {self.period} ({limits})"

    def found(self) -> list[dict[str, object]]:
        """What is at risk, what goes with leaving, and who leaves sooner than others."""
        return [each for make in (self._at_risk, self._goes_with, self._sooner) for each in _unless(make)]

    def _at_risk(self) -> list[dict[str, object]]:
        month = self.risk.row("month")
        sentence = money.sentence(self.risk, self.kind)
        values = {name: float(month[name]) for name in ("value", "low", "high")}
        return [finding("risk", sentence, scope=dict(self.where) or None, grade="C", **values)]

    def _goes_with(self) -> list[dict[str, object]]:
        return [finding("risk", text, kpi="churn_rate", grade="C") for text in drivers.findings(self.model)]

    def _sooner(self) -> list[dict[str, object]]:
        tests = stays.tested(self.stay)
        if tests.empty or tests["verdict"][0] != DIFFER:
            return []
        by = str(tests["by"][0])
        worst = stays.stands_out(self.stay.groups(by))
        if worst.empty:
            return []
        row = worst.iloc[0]
        sentence = f"{stays.whom(by, row[by])} leave {stays.often(row)} as all customers of the same tenure."
        return [finding("risk", sentence, scope={by: str(row[by])}, grade="D")]

    def view(self) -> str:
        """What we would do: work on what goes with leaving and can be changed, and call by value."""
        try:
            text = drivers.view(self.model)
        except CxlabError:
            return "Note the day on which customers leave: without it nobody can see leaving come."
        try:
            top = self.call_list.top(calls.LENGTH)
        except CxlabError:
            return text
        return f"{text} Call the {len(top)} on the list, and leave out some by lot to learn what calls save."

    def question(self) -> str:
        """One question: about what nobody knows yet."""
        if not self.has_chances:
            return "Who can say on which day each customer left, and from when on that was written down?"
        if self.past_calls is None:
            return (
                "What share of those who would leave does a call keep? Nobody knows it here: who decides by lot whom "
                "of the next list we do not call?"
            )
        return "Which of the reasons on the list can we change before the next renewal, and who owns it?"

    def kpis(self) -> pd.DataFrame | None:
        """Churn of the period, as a KPI frame; None where it is not dated."""
        if not self.is_dated:
            return None
        return churn_rate(self.customers, self.period)

    # --------------------------------------------------------------------------------------------------- what is shown

    def foretelling(self) -> None:
        """How well leaving is foretold, whether the chances come true, and what looks too good to be so."""
        self.shown(*(lambda part=part: part(self.model) for part in foretelling.PARTS))

    def drivers(self) -> None:
        """What goes with leaving: steps, curves, and what acts together."""
        self.shown(*(lambda part=part: part(self.model) for part in drivers.PARTS))

    def stays(self) -> None:
        """How long customers stay, and when in their life they leave."""
        self.shown(lambda: stays.pieces(self.stay))

    def money(self) -> None:
        """Revenue at risk, and the cost of doing nothing."""
        self.shown(lambda: money.pieces(self.risk, self.at_risk_by(), self.kind))

    def calls(self) -> None:
        """Whom to call, and what is known of calls."""
        self.shown(lambda: calls.pieces(self.call_list, self.kind, foretelling.is_blind(self.model)))

    def counted(self) -> Sequence[str]:
        """What leaving means, what the model learned from, and what the tables could not give."""
        return [text for make in (self._label, self._learned, self._stayed) for text in _unless(make)]

    def _label(self) -> list[str]:
        if not self.is_dated:
            return [
                "Leaving: the flag `churned` of the customers table. Nothing says when, so no chance for a coming "
                "period can be named, and how long customers stay cannot be told."
            ]
        return [
            f"Leaving: there when the {self.kind} began and closed before it ended, as the churn rate counts it.",
            "Drivers go with leaving; that changing one would keep anybody has not been shown.",
        ]

    def _learned(self) -> list[str]:
        snaps = self.snaps
        said = []
        if snaps.dated:
            periods = snaps.periods
            said.append(
                f"The model looks at customers as they were known when each {self.kind} began, "
                f"{prose.count(len(snaps.features))} times in all, {periods[0]} to {periods[-1]}, and never at "
                f"anything dated later; {prose.count(snaps.left.sum())} of them left in the {self.kind}."
            )
            if self.where:
                said.append(
                    "What goes with leaving is learned from all customers; who left, what is at risk, the list and how "
                    f"long customers stay are of {', '.join(map(str, self.where.values()))} alone."
                )
        left_out = self._features[1]
        if left_out:
            said.append(
                f"With {prose.count(snaps.left.sum())} leavings {len(left_out)} features are left out: the use of "
                "single features beside use in all, and what is known of fewer than half of the customers."
            )
        said += [*foretelling.counted(self.model, snaps.dated), *snaps.remarks, *snaps.missing]
        return said

    def _stayed(self) -> list[str]:
        return [*self.stay.remarks, "Groups are those of today: a customer counts with the plan it has now."]


def _unless(make: Callable[[], list[Any]]) -> list[Any]:
    """What is made; nothing where the tables cannot give it."""
    try:
        return make()
    except CxlabError:
        return []


def _first(problem: CxlabError) -> str:
    return str(problem).splitlines()[0].rstrip(".")
