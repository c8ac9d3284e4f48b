"""The page about segments: what it looks at, and what it says of it in a headline, findings and a question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import CxlabError, TableError
from cxlab.kpis.accounts import only
from cxlab.kpis.dictionary import definition
from cxlab.models.features import Features, customer_features
from cxlab.models.segments import (
    Segments,
    find_segments,
    movement,
    segment_drivers,
    segment_measures,
    what_moved,
)
from cxlab.models.segments.measures import FOUND
from cxlab.periods import Period
from cxlab.report.notebook import finding
from cxlab.report.pages.modelled import Found, Modelled
from cxlab.report.pages.segments import movements, pictures, tabled, words
from cxlab.report.pages.segments.outcomes import outcomes_of
from cxlab.stats.comparisons import CANNOT_TELL, MOVED_UP

#: What says how we are organised, or what we called customers so far, is not what they are like.
NOT_THEIRS = ("team", "segment")
#: Borders are drawn where at least so many customers were there, of those there are now.
_ENOUGH, _ENOUGH_SHARE = 100, 0.5


@dataclass(frozen=True)
class Grouping(Modelled):
    """Customers in segments at the end of a period, and what became of these in it.

    tables: canonical table -> pandas frame (cx.load). where: {"region": "DACH"} or nothing. standards: min_n and scores
    as cx.scorecard takes them. Borders are those drawn from the customers at the beginning of the (fiscal) year, so
    that all reports of a year speak of the same segments; without enough customers then, those at the period's start.
    """

    tables: Mapping[str, Any]
    period: Period
    where: Mapping[str, str] = field(default_factory=dict)
    standards: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """The tables with the rows asked for."""
        return only(self.tables, self.where)[0] if self.where else dict(self.tables)

    @cached_property
    def now(self) -> Features:
        """Customers as known at the end of the period."""
        return self._features(self.period.end)

    @cached_property
    def before(self) -> Features | None:
        """Customers as known when the period began; None where nothing bears a date."""
        return self._features(self.period.start) if self.is_dated else None

    @property
    def is_dated(self) -> bool:
        """Whether the tables know when anything was."""
        customers = self.chosen.get("customers")
        return bool(self.now.spans) or (customers is not None and "signed_on" in customers)

    def _features(self, moment: dt.datetime, **options: Any) -> Features:
        found = customer_features(self.chosen, moment, **options)
        return replace(found, frame=found.frame.drop(columns=[name for name in NOT_THEIRS if name in found.frame]))

    @cached_property
    def drawn_at(self) -> dt.datetime | None:
        """The moment from whose customers the borders are; None where today's are the only ones."""
        if not self.is_dated:
            return None
        first = self.period.fiscal_year_starts
        months = (self.period.start.month - first) % 12
        year_start = pd.Timestamp(self.period.start).to_period("M").to_timestamp() - pd.DateOffset(months=months)
        for moment in dict.fromkeys((year_start.to_pydatetime(), self.period.start)):
            try:
                there = len(self._at(moment).frame)
            except CxlabError:
                continue
            if there >= max(_ENOUGH, _ENOUGH_SHARE * len(self.now.frame)):
                return moment
        return None

    def _at(self, moment: dt.datetime) -> Features:
        known = {self.period.start: self.before} if moment == self.period.start else {}
        return known.get(moment) or self._features(moment)

    @property
    def is_of_the_year(self) -> bool:
        """Whether the borders are those of the beginning of the year."""
        return self.drawn_at is not None and self.drawn_at.month == self.period.fiscal_year_starts

    @cached_property
    def groups(self) -> Segments:
        """The segments of the customers there at the period's end."""
        return find_segments(self._alike, self.seed, previous=self._base)

    @cached_property
    def _base(self) -> Segments | None:
        if self.drawn_at is None:
            return None
        try:
            then = self._at(self.drawn_at)
            return find_segments(self._shared(then), self.seed)
        except CxlabError:
            return None

    @property
    def _alike(self) -> Features:
        """Today's features that were there when the borders were drawn, too."""
        return self.now if self.drawn_at is None else self._shared(self.now)

    def _shared(self, features: Features) -> Features:
        frames = [self.now.frame, self._at(self.drawn_at).frame] if self.drawn_at else [self.now.frame]
        both = [name for name in self.now.frame if all(name in frame for frame in frames)]
        return replace(features, frame=features.frame[both])

    @cached_property
    def then(self) -> pd.Series | None:
        """Segments of the customers there when the period began, by the same borders; None where that is not known."""
        if self.before is None or self._base is None or not self.groups.kept_from_before:
            return None
        lacking = [name for name in self._alike.frame if name not in self.before.frame]
        frame = self.before.frame.assign(**dict.fromkeys(lacking, np.nan))
        return self._base.assign(frame)

    @cached_property
    def placed(self) -> pd.Series:
        """Where customers stood when the period began; those who came in it, where they stand at its end."""
        return self.groups.labels if self.then is None else self.then.combine_first(self.groups.labels)

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every KPI by segment. Raises TableError where there is none."""
        found = segment_measures(self.chosen, self.placed, self.period, names=self.groups.names, **dict(self.standards))
        if found.empty:
            raise TableError(f"the tables give no measure by customer in {self.period}")
        return found

    @cached_property
    def moved(self) -> pd.DataFrame:
        """Who went from which segment to which. Raises TableError where nothing bears a date."""
        if self.then is None:
            raise TableError(
                "who moved between segments needs customers as they were at two moments, and "
                + ("nothing in the tables bears a date" if not self.is_dated else "too few were there before")
            )
        return movement(self.then, self.groups.labels, self.groups.names)

    @cached_property
    def changed(self) -> pd.DataFrame:
        """What changed for those who moved, against those who stayed. Raises CxlabError."""
        if self.then is None:
            raise TableError("what moved cannot be told without an earlier moment")
        columns = self._alike.frame.columns
        old = self.before.frame.reindex(columns=columns)
        return what_moved(old, self._alike.frame, self.then, self.groups.labels, self.now.meaning)

    @cached_property
    def outcomes(self) -> dict[str, tuple[str, pd.DataFrame]]:
        """Drivers by segment, for each outcome there is: name -> (unit, frame)."""
        found = {}
        for name, (unit, outcome) in outcomes_of(self.chosen, self.period, is_dated=self.is_dated).items():
            try:
                features, labels = self._known_before()
                found[name] = unit, segment_drivers(features, labels, outcome, meaning=self.now.meaning)
            except CxlabError:  # too few answers, or nobody left: the other outcome may still be there
                continue
        if not found:
            raise TableError(
                "which driver matters where needs an outcome: answers on likelihood to recommend, or who has left"
            )
        return found

    def _known_before(self) -> tuple[pd.DataFrame, pd.Series]:
        """What was known of customers before the outcome, and their segment then."""
        if self.then is not None:
            return self.before.frame, self.then
        everyone = self._features(self.period.end, only_active=False)
        return everyone.frame, self.groups.assign(everyone.frame.reindex(columns=self._alike.frame.columns))

    def headline(self) -> str:
        """Whether there are segments, and which."""
        return words.headline(self.groups)

    def found(self) -> list[Found]:
        """What sets a segment apart in a measure, where customers went, and which driver matters only somewhere."""
        return [*self._apart(), *movements.findings(self), *self._matters()]

    def _apart(self) -> list[Found]:
        try:
            rows = self.measures
        except CxlabError:
            return []
        told = rows[~rows["verdict"].isin([CANNOT_TELL]) & rows["verdict"].notna()].sort_values(
            ["q", "p"], kind="stable"
        )
        for _, row in told.iterrows():
            about = definition(row["kpi"])
            if about.better == "neither" or row["kpi"] in words.MADE_OF:
                continue
            good = (row["verdict"] == MOVED_UP) == (about.better == "up")
            return [
                finding(
                    "win" if good else "loss",
                    words.apart(row, len(self.groups.names)),
                    kpi=row["kpi"],
                    scope={"segment": row[FOUND]},
                    value=row["value"],
                    low=row["low"],
                    high=row["high"],
                )
            ]
        return []

    def _matters(self) -> list[Found]:
        try:
            outcomes = self.outcomes
        except CxlabError:
            return []
        for name, (unit, rows) in outcomes.items():
            differs = rows[rows["differs"]]
            if len(differs):
                driver = differs[differs["driver"] == differs["driver"].iloc[0]]
                return [finding("risk", words.matters(name, unit, driver))]
        return []

    def view(self) -> str:
        """What we would do with such a grouping."""
        return words.view(self.groups)

    def question(self) -> str:
        """One question for the meeting."""
        return words.question(self.groups)

    def counted(self) -> list[str]:
        """How it was counted."""
        return words.counted(self)

    def kpis(self) -> pd.DataFrame | None:
        """The measures by segment, as a KPI frame; None where there are none."""
        try:
            return self.measures[["kpi", "period", FOUND, "value", "low", "high", "n", "n_eff"]]
        except CxlabError:
            return None

    def real(self) -> None:
        """Whether the grouping is real: the grade in words, and what lies between the two largest segments."""
        self.shown(lambda: pictures.why(self), lambda: pictures.in_between(self))

    def who(self) -> None:
        """What the segments are like, and a rule to tell them."""
        self.shown(lambda: pictures.profile(self), lambda: tabled.segments(self), lambda: tabled.rule(self))

    def other_names(self) -> None:
        """The company's own segments beside the found ones, and customers by what they bought."""
        self.shown(lambda: tabled.own(self), lambda: tabled.by_purchases(self))

    def measured(self) -> None:
        """Every measure by segment."""
        self.shown(lambda: tabled.measures(self))

    def movement(self) -> None:
        """Who moved, what moved with them, which segments are new or gone."""
        self.shown(lambda: movements.moved(self))
        self.shown(lambda: movements.what_changed(self) if self.then is not None else [])
        self.shown(lambda: movements.still_fits(self))

    def drivers(self) -> None:
        """Which driver matters where."""
        self.shown(lambda: [pictures.matters(self), *tabled.drivers(self)])
