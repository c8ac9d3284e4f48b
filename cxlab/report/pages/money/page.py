"""The page of score and money: computed once, told in sentences, shown in pieces."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.errors import CxlabError
from cxlab.kpis.accounts import only
from cxlab.kpis.dictionary import definition
from cxlab.models.cost_to_serve import cost_to_serve
from cxlab.models.linkage.asking import Asking, asking_of
from cxlab.models.linkage.gather import score_panel, signal_panel, snapshots_of
from cxlab.models.linkage.links import Links, link
from cxlab.models.linkage.money import length_in_months
from cxlab.models.linkage.panel import LEFT
from cxlab.models.value.choice import NONE, choose_engine, value_customers
from cxlab.models.value.valuation import Valuation
from cxlab.periods import Period
from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.notebook import finding
from cxlab.report.pages.modelled import Found, Modelled
from cxlab.report.pages.money import pictures, signals, words, worth
from cxlab.stats.counting import columns_of

_PASSIVE = ("use", "support", "journey")
_BESIDE = ("nps", "csat", "ces")


@dataclass(frozen=True)
class Money(Modelled):
    """Scores and what followed over the last `over` periods up to `period`; what customers are worth and take.

    `where` narrows the company ({"region": "DACH"}), `by` is the attribute to compare, `as_of` until when the data
    reach. cost_per_contact: in money, an assumption of the reader's; 0 tells effort in contacts. options: KPI ->
    options, as project.standards["scores"]. Nothing is computed before it is asked for.
    """

    tables: Mapping[str, Any]
    period: Period
    over: int = 8
    where: Mapping[str, str] = field(default_factory=dict)
    by: str = "segment"
    as_of: dt.datetime | str | None = None
    cost_per_contact: float = 0.0
    min_n: int = 5
    seed: int = 0
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """The tables with the rows asked for."""
        return only(self.tables, self.where)[0] if self.where else dict(self.tables)

    @property
    def until(self) -> dt.datetime:
        """The end of the period, or the end of the data where that comes first."""
        end = pd.Timestamp(self.as_of) if self.as_of else pd.Timestamp(self.period.end)
        return min(end, pd.Timestamp(self.period.end)).to_pydatetime()

    @cached_property
    def _made(self) -> dict[str, Any]:
        return {}

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once; what it cannot make is remembered too and raised again."""
        if name not in self._made:
            try:
                self._made[name] = make()
            except CxlabError as problem:
                self._made[name] = problem
        if isinstance(self._made[name], CxlabError):
            raise self._made[name]
        return self._made[name]

    @property
    def snapshots(self) -> Any:
        """Customers as known when each period began. Raises CxlabError."""
        return self._once("snapshots", lambda: snapshots_of(self.chosen, self.period.trail(self.over)))

    @property
    def links(self) -> Links:
        """Score and money, graded. Raises CxlabError."""
        return self._once("links", lambda: link(self._panel(score_panel)))

    @property
    def signals(self) -> Links:
        """Everything of the last 90 days and money. Raises CxlabError."""
        return self._once("signals", lambda: link(self._known, without=_PASSIVE))

    @property
    def asking(self) -> Asking:
        """What answers add to all else. Raises CxlabError."""
        return self._once("asking", lambda: asking_of(self._known, self.seed))

    @property
    def value(self) -> Valuation:
        """What customers are worth. Raises CxlabError."""
        day = self.until - dt.timedelta(days=1) if self.until == self.period.end else self.until
        return self._once("value", lambda: value_customers(self.chosen, day.date().isoformat()))

    @property
    def served(self) -> pd.DataFrame:
        """What serving takes, by group. Raises CxlabError."""
        return self._once("served", self._served)

    @property
    def _known(self) -> Any:
        return self._once("known", lambda: self._panel(signal_panel))

    def _panel(self, make: Callable[..., Any]) -> Any:
        return make(self.chosen, self.period.trail(self.over), options=self.options, snapshots=self.snapshots)

    @property
    def has_days(self) -> bool:
        """Whether the customers table says when accounts left."""
        customers = self.chosen.get("customers")
        return customers is not None and "closed_on" in columns_of(nw.from_native(customers))

    def _served(self) -> pd.DataFrame:
        given = dict(self.chosen)
        if not self.has_days and given.get("customers") is not None:
            closed = nw.lit(None).cast(nw.Datetime())
            given["customers"] = nw.from_native(given["customers"]).with_columns(closed_on=closed).to_native()
        cost = self.cost_per_contact or None
        for measure in _BESIDE:
            try:
                rows = cost_to_serve(
                    given, self.period, self.by, measure=measure, cost_per_contact=cost, min_n=self.min_n,
                    options=self.options.get(measure, {}),
                )  # fmt: skip
            except CxlabError:
                continue
            if rows["score"].notna().any():
                return rows.assign(measure=measure)
        rows = cost_to_serve(
            {**given, "responses": None}, self.period, self.by, cost_per_contact=cost, min_n=self.min_n
        )
        return rows.assign(measure="")

    def headline(self) -> str:
        """What a point of score is worth, or that it cannot be told."""
        try:
            return words.headline(self.links)
        except CxlabError as problem:
            return f"What customer experience is worth cannot be told from these tables: {words.first_line(problem)}."

    def in_short(self) -> Piece:
        """The headline, then what does come before leaving and whom serving takes most."""
        told = [str(found["sentence"]) for found in self.found()[1:]]
        return say(self.headline(), *told, kind="short")

    def follows(self) -> None:
        """What follows a score: as it looks, among accounts alike, before it; the checks, and what would erase it."""
        self.shown(self._follows)

    def _follows(self) -> list[Any]:
        links = self.links
        if links.table.empty:
            return [say(words.headline(links)), say(*links.remarks, kind="list")]
        return [
            say(words.naive_and_honest(links)),
            pictures.link_picture(links),
            pictures.link_table(links),
            say(words.erased(links)),
            pictures.checks_table(links),
            pictures.classes_table(links, 0 if self.period.kind == "week" else length_in_months(self.period)),
            pictures.arrows(links),
        ]

    def before_money(self) -> None:
        """Which measures of the last 90 days come before leaving and revenue, and what asking adds to the rest."""
        self.shown(self._signals, *([self._asked] if self.is_dated else []))

    def _signals(self) -> list[Any]:
        links = self.signals
        return [
            signals.signals_picture(links),
            signals.signals_table(links),
            signals.validity_table(links, self.by),
        ]

    def _asked(self) -> list[Any]:
        return [say(signals.asking_sentence(self.asking)), signals.asking_table(self.asking)]

    @property
    def is_dated(self) -> bool:
        """Whether accounts can be followed from a score to what came after."""
        try:
            return bool(self.snapshots.dated)
        except CxlabError:
            return False

    def lifetime(self) -> None:
        """What customers are worth: engine, sum, groups, hold-out, assumptions."""
        self.shown(self._valued, lambda: worth.paid_today(self.chosen))

    def _valued(self) -> list[Any]:
        choice = choose_engine(self.chosen)
        if choice.engine == NONE:
            return [say(choice.why, f"One of these would do: {'; '.join(choice.missing)}.")]
        groups = worth.group_of(self.chosen, self.by)
        return worth.value_pieces(self.value, groups, self.by, self.min_n)

    def serving(self) -> None:
        """Contacts and replies an account by group, beside what customers say and pay."""
        self.shown(self._serving)

    def _serving(self) -> list[Any]:
        rows = self.served
        measure = rows["measure"].iloc[0] if len(rows) else ""
        named = definition(measure).name if measure else ""
        unit = definition(measure).unit if measure else "points"
        return worth.serve_pieces(rows, self.by, named, unit, self.has_days)

    def _signal_rows(self) -> pd.DataFrame:
        try:
            table = self.signals.table
        except CxlabError:
            return pd.DataFrame()
        asked = [name for name, measure in self.signals.panel.measures.items() if measure.asked]
        table = table[(table["grade"] != "D") & (table["outcome"] == LEFT) & ~table["measure"].isin(asked)]
        return table.sort_values("q", kind="stable")

    def found(self) -> list[Found]:
        """The link that stands, or that none does; the surest signal; what serving takes."""
        told: list[Found] = []
        try:
            row = words.shown(self.links) if len(self.links.table) else None
        except CxlabError:
            row = None
        if row is not None:
            kind = "risk" if row["grade"] == "D" else "win"
            told.append(finding(kind, words.headline(self.links), grade=row["grade"]))
        for _, signal in self._signal_rows().head(1).iterrows():
            measure = self.signals.panel.measures[signal["measure"]]
            told.append(finding("risk", words.signal(signal, measure), grade=signal["grade"]))
        try:
            served = worth.serve_sentence(self.served, self.by)
        except CxlabError:
            served = ""
        return [*told, *([finding("risk", served)] if served else [])]

    def view(self) -> str:
        """Price a point only where a link stands; else mend what comes before leaving."""
        try:
            links = self.links
        except CxlabError:
            return (
                "We would keep days of signing and leaving, and revenue by the month, before anybody puts a price on a "
                "score."
            )
        names = [prose.inside(self.signals.panel.measures[name].words) for name in self._signal_rows()["measure"]][:2]
        mend = f" What does come before leaving is where we would begin: {words.listed(names)}." if names else ""
        if links.table.empty or words.standing(links).empty:
            return f"We would put no price on a point of a score, in no business case and in no bonus.{mend}"
        return (
            "We would use the value of a point with its interval and with what would erase it printed beside, never "
            f"as a fixed factor.{mend}"
        )

    def question(self) -> str:
        """What it would take to know."""
        try:
            if len(self.links.table):
                return words.question(self.links)
        except CxlabError:
            pass
        return "Which of our systems knows what each account paid month by month, and on which day it left?"

    def counted(self) -> list[str]:
        """Rows, periods, method, and what to bear in mind."""
        said = []
        try:
            links = self.links
            said += [*words.counted(links.panel), *links.remarks]
        except CxlabError as problem:
            said.append(f"Score and money were not linked: {words.first_line(problem)}.")
        try:
            said += self.value.remarks
        except CxlabError:
            said.append("What customers are worth was not modelled.")
        if self.cost_per_contact:
            cost = prose.value(self.cost_per_contact, "currency")
            said.append(f"A contact is taken to cost {cost}: an assumption, given as a parameter.")
        return list(dict.fromkeys(said))
