"""What the page of open comments is made of: computed when it is first asked for, and once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import CxlabError, TableError
from cxlab.kpis.accounts import attach, only
from cxlab.models.impact import Impact, Leaving, change, contributions, foretell, held_back, leaving
from cxlab.models.impact.foretold import Foretold
from cxlab.models.impact.reassigned import reassigned
from cxlab.models.middle.voices import PASSIVE, PROMOTER
from cxlab.models.passport.conversation import Conversation, Told, listen
from cxlab.models.passport.register import Register
from cxlab.models.texts.preparing import prepare
from cxlab.models.topics.coded import Coding, judge, sample_to_code
from cxlab.models.topics.encoders import STATIC
from cxlab.models.topics.quotes import Printed, all_comments, masked, quotes
from cxlab.models.topics.units import units_of
from cxlab.models.topics.vectors import encode_once
from cxlab.periods import Period
from cxlab.report.pages.behind import collected
from cxlab.stats.counting import columns_of

#: Surveys whose comments are customers' own words about us; employees', notes and posts are heard apart.
ASKED = ("nps", "csat", "ces", "success", "effort", "emotion", "review")
#: What is reckoned with beside the topics where a survey has it.
CONTROLS = ("region", "segment", "moment")
#: Fewer comments with a score than this say nothing about what goes with it.
FEWEST_SCORED = 30
_KEPT = ("response_id", "customer_id", "respondent_id", "answered_at", "survey", "score", "scale_high", "comment")
_MORE = ("language", "moment", "region", "team", "channel", "ticket_id", "voice", "segment")


@dataclass(frozen=True)
class Voices:
    """Comments of `over` periods up to `period` by the topics of a register.

    `where` narrows the company ({"region": "DACH"}); then nothing enters the register. `settings` is `[topics]` of
    cxlab.toml, `moments` those of [journey]; `notes` are sentences on the register as it was read, `coded`
    comments that people coded by hand. `as_of` is until when the data reach.
    """

    tables: Mapping[str, Any]
    period: Period
    register: Register = field(default_factory=Register)
    over: int = 5
    where: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    moments: Sequence[str] = ()
    notes: Sequence[str] = ()
    coded: pd.DataFrame | None = None
    as_of: dt.datetime | None = None
    seed: int = 0

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """The tables with the rows asked for."""
        return only(self.tables, self.where)[0] if self.where else dict(self.tables)

    @cached_property
    def comments(self) -> pd.DataFrame:
        """Every comment in the responses table, whoever wrote it: a row each, RangeIndex.

        Raises TableError where there is none.
        """
        if "responses" not in self.chosen:
            raise TableError.absent("responses", self.tables)
        table = collected(attach(self.chosen["responses"], self.chosen.get("customers"), _borrowed(self.chosen)))
        if "comment" not in table:
            raise TableError.missing("hearing comments", "responses", ["comment"], list(table.columns))
        said = table[table["comment"].notna() & table["answered_at"].notna()]
        return said[[name for name in (*_KEPT, *_MORE) if name in said]].reset_index(drop=True)

    @cached_property
    def conversation(self) -> Conversation:
        """Customers' comments period by period. Raises CxlabError where nothing was said."""
        own = self.comments[self.comments["survey"].isin(ASKED)].reset_index(drop=True)
        if own.empty:
            raise CxlabError("no customer's comment is in the responses table. Map the column with the open answers.")
        smallest = self.settings.get("smallest")
        return listen(
            own,
            self.period.trail(self.over),
            self.register,
            encoder=str(self.settings.get("encoder", STATIC)),
            smallest=int(smallest) if smallest else None,
            narrowed=", ".join(f"{column} {value}" for column, value in self.where.items()),
            seed=self.seed,
            **({"resolution": float(self.settings["resolution"])} if "resolution" in self.settings else {}),
        )

    @property
    def now(self) -> Told:
        """The period's comments and topics."""
        return self.conversation.now

    @property
    def before(self) -> Told | None:
        """The period before, if anything was said in it."""
        return self.conversation.before

    @cached_property
    def table(self) -> pd.DataFrame:
        """Topics of the period, the most spoken of first: those with at least one comment."""
        table = self.now.topics.table
        return table[table["n"] > 0].reset_index(drop=True)

    @cached_property
    def survey(self) -> str:
        """The survey whose score is looked at: NPS where 30 comments have one, else the survey with most."""
        rows = self.now.rows
        scored = rows.loc[rows["score"].notna(), "survey"].value_counts()
        if scored.empty:
            raise CxlabError("no comment of the period has a score. Map the score that was given with it.")
        return "nps" if scored.get("nps", 0) >= FEWEST_SCORED else str(scored.index[0])

    def scored(self, told: Told) -> np.ndarray:
        """Scores of a period's comments, NaN for those of other surveys."""
        rows = told.rows
        return rows["score"].astype(float).where(rows["survey"] == self.survey).to_numpy(dtype=float)

    @cached_property
    def spoken(self) -> list[Told]:
        """The periods in which anything was said."""
        return [each for each in self.conversation.told if len(each.rows)]

    @property
    def span(self) -> str:
        """All of these periods in words."""
        first, last = self.spoken[0].period, self.spoken[-1].period
        return str(last) if first.start == last.start else f"{first} to {last}"

    @cached_property
    def impact(self) -> Impact:
        """Points of the score that go with each topic, all periods together and each reckoned with.

        One period seldom has mentions enough to tell anything. Raises ParameterError where too few have a score.
        """
        told = self.spoken
        beside = _together([self._controls(each).assign(period=str(each.period)) for each in told])
        if len(told) < 2:
            beside = beside.drop(columns="period")
        scores = np.concatenate([self._heard_scores(each) for each in told])
        accounts = [_accounts(each) for each in told]
        cluster = None if any(each is None for each in accounts) else np.concatenate(accounts)

        def reckoned(members: pd.DataFrame) -> Impact:
            return contributions(
                members, scores, controls=beside, cluster=cluster, measure=self._measure, seed=self.seed
            )

        members = [self.held(each) for each in told]
        drawn = zip(*(each.topics.refits for each in told), strict=False)
        again = [_together([_filled(*pair) for pair in zip(each, members, strict=True)]) for each in drawn]
        return reassigned(reckoned(_flags(members)), [frame.fillna(False).astype(bool) for frame in again], reckoned)

    def _heard_scores(self, told: Told) -> np.ndarray:
        return np.where(told.topics.prepared.comments["heard"], self.scored(told), np.nan)

    @cached_property
    def change(self) -> pd.DataFrame:
        """The change of the score since the period before, split. Raises CxlabError where there was none."""
        if self.before is None:
            raise CxlabError(f"nothing was said in the period before {self.period}, so no change can be split.")
        one, other = self.before, self.now
        controls = [self._controls(each) for each in (one, other)]
        both = [name for name in controls[0] if name in controls[1]]
        return change(
            self.held(one),
            self._heard_scores(one),
            self.held(other),
            self._heard_scores(other),
            controls_before=controls[0][both] if both else None,
            controls_now=controls[1][both] if both else None,
            cluster_before=_accounts(one),
            cluster_now=_accounts(other),
            measure=self._measure,
        )

    def held(self, told: Told) -> pd.DataFrame:
        """Comments of a period x topics of the period looked at (bool), whenever these were found.

        So a topic that was found late is not taken for one that nobody spoke of before.
        """
        today = self.now.topics
        return today.members if told is self.now else today.held_by(told.topics)

    @property
    def _measure(self) -> str:
        return "nps" if self.survey == "nps" else "mean"

    def _controls(self, told: Told) -> pd.DataFrame:
        scored = told.rows[~np.isnan(self.scored(told))]
        return told.rows[[name for name in CONTROLS if name in scored and scored[name].nunique() > 1]]

    @cached_property
    def held_back(self) -> pd.DataFrame:
        """Topics that passives speak of more than promoters, all periods together. Raises CxlabError."""
        members = _flags([self.held(each) for each in self.spoken])
        rows = _together([each.rows for each in self.spoken])
        score = rows["score"].where(rows["survey"] == "nps")
        group = np.select([score >= 9, score >= 7], [PROMOTER, PASSIVE], "")
        return held_back(members, group, cluster=rows.get("customer_id"))

    @cached_property
    def leaving(self) -> Leaving:
        """Topics that go with leaving in the period after. Raises CxlabError where leaving is not known."""
        if "customers" not in self.chosen:
            raise TableError.absent("customers", self.tables)
        members = _flags([self.held(each) for each in self.spoken])
        said = _together([each.rows for each in self.spoken])
        if "customer_id" not in said:
            raise TableError.missing("whether topics go with leaving", "responses", ["customer_id"], list(said.columns))
        customers = collected(self.chosen["customers"])
        controls = [name for name in ("region", "segment", "plan") if name in customers]
        spans = [each.period for each in self.conversation.told]
        return leaving(said, members, customers, spans, controls=controls, seed=self.seed)

    def others(self, *surveys: str) -> pd.DataFrame:
        """Comments of the period in surveys that nobody scored (note, community): rows, RangeIndex."""
        when = pd.to_datetime(self.comments["answered_at"])
        own = (when >= self.period.start) & (when < self.period.end) & self.comments["survey"].isin(surveys)
        return self.comments[own].reset_index(drop=True)

    @cached_property
    def foretold(self) -> Foretold:
        """What those who were not asked would have scored, from their words. Raises CxlabError where it cannot be."""
        scored = _together([each.rows for each in self.spoken])
        scored = scored[(scored["survey"] == self.survey) & scored["score"].notna()]
        others = self.others("community", "note")
        if others.empty:
            raise CxlabError("there are no posts or notes without a score in the period.")
        both = pd.concat([scored.assign(group="asked"), others.assign(group=others["survey"], score=np.nan)])
        both = both.reset_index(drop=True)
        prepared = prepare(both["comment"], language=both.get("language"))
        units = units_of(prepared).drop_duplicates("comment")
        whole = units.assign(text=prepared.comments["text"].reindex(units["comment"]).to_numpy())
        rows = both.loc[units["comment"]].reset_index(drop=True)
        return foretell(
            encode_once(self.now.topics.encoder, whole),
            rows["score"].astype(float).to_numpy(),
            group=rows["group"].to_numpy(),
            language=whole["language"].to_numpy(),
            cluster=rows["customer_id"].to_numpy() if "customer_id" in rows else None,
            measure=self._measure,
            seed=self.seed,
        )

    @cached_property
    def coding(self) -> Coding:
        """How far topics agree with people's codes. Raises CxlabError where nobody coded a comment of these periods."""
        if self.coded is None or "response_id" not in self.comments:
            raise CxlabError("nobody has coded a sample of comments by hand yet")
        members = _flags([each.topics.members for each in self.spoken])
        main = pd.concat(
            [pd.Series(each.topics.labels, each.rows["response_id"], dtype=object) for each in self.spoken]
        )
        names = self.conversation.now.topics.names
        members = members[[topic for topic in names["topic"] if topic in members]]
        key = "response_id" if "response_id" in self.coded else "comment"
        known = (
            self.coded[self.coded[key].astype(str).isin(main.index.astype(str))] if key in self.coded else self.coded
        )
        if known.empty:
            raise CxlabError("none of the comments that people coded by hand is of these periods")
        return judge(known, main.where(main.isin(names["topic"]), None), members, names, source="topics-coded.csv")

    def to_code(self, n: int = 100) -> pd.DataFrame:
        """Comments of the period for people to code, without their topics: save it as topics-coded.csv beside
        cxlab.toml once `code` is filled."""
        told = self.now
        rows = told.rows.assign(
            comment=told.rows["response_id"],
            text=masked(told.topics.prepared.comments["text"].tolist(), self.names_of_people),
            topic=told.topics.labels,
        )
        return sample_to_code(rows[told.topics.prepared.comments["heard"].to_numpy()], n, self.seed)

    @cached_property
    def quotes(self) -> pd.DataFrame:
        """Quotes by rule: representative and contrary ones of every topic with enough voices."""
        units, rows = self.now.topics.units, self.now.rows
        own = rows.reindex(units["comment"]).reset_index(drop=True)
        parts = units.assign(score=own["score"].where(own["survey"] == "nps").astype(float))
        if "customer_id" in own:
            parts = parts.assign(customer=own["customer_id"])
        return quotes(parts, min_n=5, names=self.names_of_people)

    @cached_property
    def printed(self) -> Printed:
        """Every comment of the period under each of its topics, masked."""
        comments = self.now.topics.prepared.comments
        return all_comments(
            comments["text"].tolist(),
            self.now.topics.members,
            self.table,
            why=comments["why"].tolist(),
            customer=_accounts(self.now),
            names=self.names_of_people,
        )

    @cached_property
    def names_of_people(self) -> Sequence[str]:
        """Names that quotes must not show."""
        customers = self.chosen.get("customers")
        if customers is None:
            return ()
        table = collected(customers)
        return tuple(table["name"].dropna().astype(str)) if "name" in table else ()


def _together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True)


def _flags(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Memberships of several periods as one frame; a topic that a period did not know is not held there."""
    return _together([frame.astype(object) for frame in frames]).fillna(False).astype(bool)


def _filled(again: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """A refit's memberships, with those of the fit for topics that the refit of this period did not find."""
    found = [topic for topic in again if topic in members]
    lost = [topic for topic in members if topic not in again]
    return pd.concat([again[found], members[lost]], axis=1).astype(object)


def _accounts(told: Told) -> Any:
    return told.rows["customer_id"].to_numpy() if "customer_id" in told.rows else None


def _borrowed(tables: Mapping[str, Any]) -> list[str]:
    """Controls that responses lack and may take from the customers table."""
    if "customers" not in tables or "customer_id" not in columns_of(nw.from_native(tables["responses"])):
        return []
    have = columns_of(nw.from_native(tables["customers"]))
    return [name for name in ("region", "segment") if name in have]
