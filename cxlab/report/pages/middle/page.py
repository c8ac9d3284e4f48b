"""The page of the movable middle: computed once, told in sentences, shown in pieces."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.kpis.accounts import only
from cxlab.kpis.survey import nps
from cxlab.models.middle.experience import ACCOUNT, ASKED, Experience, experience
from cxlab.models.middle.importance import Importance, driver_importance
from cxlab.models.middle.two_cut import BOTH, DELIGHTER, HYGIENE, TwoCuts, two_cuts
from cxlab.periods import Period
from cxlab.report.html import Piece, say, show
from cxlab.report.notebook import finding
from cxlab.report.pages.behind import of_kind, tried
from cxlab.report.pages.middle import accounts, pictures, words
from cxlab.report.pages.modelled import Modelled

_GRADE = "C"


@dataclass(frozen=True)
class MovableMiddle(Modelled):
    """Answers of `over` periods up to `period` and what goes with their score.

    `where` narrows the company ({"region": "DACH"}), `by` are the attributes to compare, `as_of` is until when the
    data reach. Nothing is computed before it is asked for.
    """

    tables: Mapping[str, Any]
    period: Period
    over: int = 4
    where: Mapping[str, str] = field(default_factory=dict)
    by: Sequence[str] = ("segment", "region")
    as_of: dt.datetime | str | None = None
    seed: int = 0

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """The tables with the rows asked for."""
        return only(self.tables, self.where)[0] if self.where else dict(self.tables)

    @property
    def periods(self) -> list[Period]:
        """The period and those before it that are taken together."""
        return self.period.trail(self.over)

    @cached_property
    def until(self) -> dt.datetime:
        """The end of the period, or the end of the data where that comes first."""
        end = pd.Timestamp(self.as_of) if self.as_of is not None else pd.Timestamp(self.period.end)
        return min(end, pd.Timestamp(self.period.end)).to_pydatetime()

    @cached_property
    def _lived(self) -> Experience | CxlabError:
        try:
            return experience(self.chosen, self.periods)
        except CxlabError as problem:
            return problem

    @property
    def lived(self) -> Experience:
        """The answers and what their people had lived through. Raises CxlabError."""
        if isinstance(self._lived, CxlabError):
            raise self._lived
        return self._lived

    @cached_property
    def _fitted(self) -> TwoCuts | CxlabError:
        try:
            return two_cuts(**self.arguments(), seed=self.seed)
        except CxlabError as problem:
            return problem

    @property
    def fitted(self) -> TwoCuts:
        """The two cuts. Raises CxlabError."""
        if isinstance(self._fitted, CxlabError):
            raise self._fitted
        return self._fitted

    def arguments(self, but: str = "") -> dict[str, Any]:
        """What the models are given: drivers, score, accounts, controls (all `but` one), words. Raises CxlabError."""
        lived = self.lived
        names = lived.drivers(ASKED, ACCOUNT)
        beside = [name for name in lived.controls if name != but]
        return {
            "drivers": lived.frame[names],
            "score": lived.frame["score"].to_numpy(float),
            "cluster": None if lived.frame["customer_id"].isna().all() else lived.frame["customer_id"],
            "controls": lived.frame[beside] if beside else None,
            "meaning": lived.meaning,
            "better": lived.better,
            "steps": lived.steps,
        }

    @cached_property
    def importance(self) -> Importance:
        """How much of the score goes with each driver. Raises CxlabError."""
        given = self.arguments()
        return driver_importance(
            given["drivers"], given["score"], self.seed, cluster=given["cluster"], meaning=given["meaning"]
        )

    def headline(self) -> str:
        """The strongest lever at 8|9, and what must not slip at 6|7."""
        if isinstance(self._lived, CxlabError):
            return (
                f"What keeps customers from a nine cannot be told for {self.period}: nobody answered the "
                "recommendation question in these tables."
            )
        if isinstance(self._fitted, CxlabError):
            return f"What keeps customers from a nine cannot be told: {words.first_line(self._fitted)}."
        return words.headline(self.fitted, self.lived)

    def found(self) -> list[dict[str, object]]:
        """The levers, the strongest first: what lifts is a win to be had, what must not slip a risk."""
        if isinstance(self._lived, CxlabError) or isinstance(self._fitted, CxlabError):
            return []
        kinds = {DELIGHTER: "win", BOTH: "win", HYGIENE: "risk"}
        rows = words.told(self.fitted)
        return [
            finding(
                kinds[row["verdict"]],
                words.lever(row, self.lived),
                kpi="nps",
                value=row["gain"],
                low=row["low"],
                high=row["high"],
                grade=_GRADE,
            )
            for _, row in rows.iterrows()
        ]

    def view(self) -> str:
        """What we would work on for sevens and eights, and what we would guard."""
        if isinstance(self._lived, CxlabError) or isinstance(self._fitted, CxlabError):
            return (
                "Ask the recommendation question (0\u201310) with three to five statements rated beside it: without "
                "them nobody can say what keeps a seven from a nine."
            )
        return words.view(self.fitted, self.lived)

    def question(self) -> str:
        """About the strongest lever, or about what to ask."""
        if isinstance(self._lived, CxlabError) or isinstance(self._fitted, CxlabError):
            return "Which three things would a customer have to rate for us to know what to mend?"
        return words.question(self.fitted, self.lived)

    def _each(self, *parts: Callable[[], Any]) -> None:
        """Show the parts; where nobody answered the question, one sentence instead of the same one again and again."""
        if isinstance(self._lived, CxlabError):
            show(say("This, too, needs answers to the recommendation question."))
            return
        show(*(piece for part in parts for piece in tried(part)))

    def two_cuts(self) -> None:
        """The picture of the two cuts, who stands where, and the table of gains."""
        if isinstance(self._lived, CxlabError):
            show(say(f"This cannot be told: {words.first_line(self._lived)}."))
            return
        self._each(lambda: pictures.cuts(self.fitted, self.lived), lambda: pictures.gains(self.fitted, self.lived))

    def importances(self) -> None:
        """Shares of the score's spread with the grey zone."""
        self._each(lambda: pictures.importances(self.importance, self._fitted))

    def groups(self) -> None:
        """Segment by segment, region by region."""
        parts = [lambda name=name: pictures.by_group(self, name) for name in self.by if name not in self.where]
        self._each(*parts)

    def success_effort_emotion(self) -> None:
        """Which of the three goes with the score, and with staying."""
        self._each(
            lambda: accounts.three(self.lived), lambda: accounts.three_and_leaving(self.chosen, self.period, self.over)
        )

    def around(self) -> None:
        """Advocates, what passives say, detractors who wait."""
        self._each(
            lambda: accounts.advocates_of(self.chosen, self.periods, self.until),
            lambda: accounts.passives_of(self.chosen, self.period),
            lambda: accounts.waiting(self.chosen, self.period, self.until),
            lambda: accounts.recovered(self.chosen, self.period, self.until),
        )

    def kpis(self) -> pd.DataFrame | None:
        """The period's NPS, where it can be counted."""
        try:
            rows = nps(of_kind(self.chosen["responses"], "relational"), self.period)
        except (CxlabError, KeyError):
            return None
        return rows if rows["n"].sum() else None

    def counted(self) -> list[str]:
        """Rows, periods, method and what to bear in mind."""
        if isinstance(self._lived, CxlabError):
            text = words.first_line(self._lived)
            return [f"{text[0].upper()}{text[1:]}."]
        said = words.counted(self.lived, self.periods, None if isinstance(self._fitted, CxlabError) else self.fitted)
        if self.where:
            said.insert(0, f"Only {', '.join(f'{name} {value}' for name, value in self.where.items())}.")
        return said

    def how(self) -> Piece:
        """How it was counted, as a list."""
        return say(*self.counted(), kind="list")
