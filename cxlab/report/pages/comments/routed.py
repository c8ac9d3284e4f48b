"""What goes to the people who can act: who answers for which topic, what was promised, and whom else we hear."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import narwhals as nw
import pandas as pd

from cxlab.errors import CxlabError
from cxlab.models.texts.asking import kind_of
from cxlab.models.texts.preparing import prepare
from cxlab.models.topics.hearing import Topics
from cxlab.models.voice import Loop, Packet, backlog, loop_closed, owners_of, packets, promises_on
from cxlab.models.voice.life_cycle import STEADY
from cxlab.models.voice.likeness import Encode
from cxlab.report import prose
from cxlab.report.pages.comments import alike
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.saying import LOOSE, called, listed
from cxlab.report.pages.promises import Promises
from cxlab.stats.comparisons import CANNOT_TELL
from cxlab.stats.counting import collect, columns_of

#: Fewer comments than this about a topic are counted and not told: no table and no quote shows so few voices.
FEWEST = 5
#: Texts that either side needs before two sides are held against each other.
FEWEST_BESIDE = 30
_READ = {
    "subscriptions": ("customer_id", "month", "mrr"),
    "tickets": ("ticket_id", "customer_id", "opened_at", "escalated"),
    "customers": ("customer_id", "closed_on"),
    "actions": ("action_id", "started_on", "finished_on", "topic", "owner"),
}


@dataclass(frozen=True)
class Routed:
    """Topics of a page's period with their owners, promises and packets, computed when they are first asked for.

    Nothing here needs a table but responses: without customers, tickets, subscriptions or actions it tells less.
    """

    page: Voices

    @property
    def topics(self) -> pd.DataFrame:
        """Topics that somebody spoke of in the period, the most spoken of first."""
        return self.page.table

    @property
    def heard(self) -> Topics:
        """The period's comments by topic."""
        return self.page.now.topics

    @property
    def encode(self) -> Encode:
        """What compares words with words."""
        return self.heard.encoder.encode

    @cached_property
    def members(self) -> pd.DataFrame:
        """Comments of the period x `topics`."""
        return self.heard.members[self.topics["topic"].tolist()]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The period's comments, with whether each is heard."""
        return alike.rows_of(self.page.now)

    @property
    def as_of(self) -> dt.datetime:
        """Until when the data reach."""
        return self.page.as_of or self.page.period.end

    def read(self, name: str) -> pd.DataFrame | None:
        """The columns of a table that are needed here; None where there is no such table or it lacks the first."""
        # A promise to others can make somebody the owner of a topic, so that the ledger is not narrowed.
        among = self.page.tables if name == "actions" else self.page.chosen
        if name not in among:
            return None
        frame = nw.from_native(among[name])
        have = [column for column in _READ[name] if column in columns_of(frame)]
        return collect(frame.select(have)) if _READ[name][0] in have else None

    @cached_property
    def subscriptions(self) -> pd.DataFrame | None:
        """What accounts pay by month; None where that is not known."""
        found = self.read("subscriptions")
        return found if found is not None and {"month", "mrr"} <= set(found) else None

    @cached_property
    def customers(self) -> pd.DataFrame | None:
        """Accounts and when they left."""
        return self.read("customers")

    @cached_property
    def tickets(self) -> pd.DataFrame | None:
        """Tickets, when they were opened, whether they were escalated."""
        return self.read("tickets")

    @cached_property
    def routes(self) -> pd.DataFrame:
        """Who answers for every topic, and who says so."""
        owners = self.page.settings.get("owners") or {}
        return owners_of(self.topics, owners=dict(owners), actions=self.read("actions"), encode=self.encode)

    @cached_property
    def promises(self) -> pd.DataFrame:
        """Promises on these topics with their verdicts; none where there is no ledger or it cannot be judged."""
        page = self.page
        try:
            judged = Promises(page.tables, page.period, page.where).rows if "actions" in page.tables else None
        except CxlabError:
            judged = None
        return promises_on(self.topics, judged, self.encode)

    @cached_property
    def loop(self) -> Loop:
        """What became of the period's comments."""
        return loop_closed(
            self.members,
            self.rows,
            self.routes,
            promises=self.promises,
            tickets=self.tickets,
            customers=self.customers,
            as_of=self.as_of,
        )

    @cached_property
    def points(self) -> pd.DataFrame | None:
        """Points that go with each topic; None where too few comments have a score."""
        try:
            table = self.page.impact.table
        except CxlabError:
            return None
        return table[table["topic"].isin(self.topics["topic"])].reset_index(drop=True)

    @cached_property
    def lives(self) -> pd.DataFrame | None:
        """What became of every topic over the periods; None where that cannot be told."""
        try:
            return alike.states(self.page)
        except CxlabError:
            return None

    def news(self, topic: object) -> str:
        """ "new", "growing", "fading", "fixed" or "returned"; "" for a topic of which none of this can be told."""
        states = {} if self.lives is None else dict(zip(self.lives["topic"], self.lives["state"], strict=True))
        return states.get(topic, "") if states.get(topic) not in (STEADY, CANNOT_TELL) else ""

    @cached_property
    def lines(self) -> pd.DataFrame:
        """The product backlog: topics by accounts that speak of them and what these pay, asked or complained."""
        units = self.heard.units[self.heard.units["topic"].isin(self.topics["topic"])]
        said = zip(units["text"], units["language"], strict=True)
        kinds = units[["comment", "topic"]].assign(kind=[kind_of(text, language) for text, language in said])
        return backlog(
            self.members,
            self.rows,
            self.topics,
            period=self.page.period,
            subscriptions=self.subscriptions,
            kinds=kinds,
            lives=self.lives,
            routes=self.routes,
        )

    @cached_property
    def packets(self) -> Sequence[Packet]:
        """One packet an owner, topics that nobody answers for last."""
        page, members, rows = self.page, self.members, self.rows
        before = page.before
        if before is not None:
            held, past = page.held(before)[members.columns.tolist()], alike.rows_of(before)
            members, rows = (pd.concat(both, ignore_index=True) for both in ((held, members), (past, rows)))
        return packets(
            members,
            rows,
            self.topics,
            self.routes,
            period=page.period,
            before=None if before is None else before.period,
            impact=self.points,
            quotes=page.quotes,
            promises=self.promises,
            subscriptions=self.subscriptions,
            tickets=self.tickets,
            customers=self.customers,
            as_of=self.as_of,
        )

    def written(self, *surveys: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Texts of other surveys in all periods of the page, by the period's topics: (texts x topics, their rows).

        The rows say which texts are heard; those that say nothing are set aside as customers' comments are.
        """
        comments = self.page.comments
        return self.held_by(comments[comments["survey"].isin(surveys)])

    def held_by(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Which of the period's topics these texts speak of: (texts x topics, rows with whether each is heard).

        Texts are read period by period, as customers' comments are; those of other times are left out.
        """
        when = pd.to_datetime(rows["answered_at"])
        held, read = [self.members.iloc[:0]], [rows.iloc[:0].assign(heard=False)]
        for span in (each.period for each in self.page.conversation.told):
            own = rows[(when >= span.start) & (when < span.end)]
            if len(own):
                language = own.get("language")
                counts = prepare(own["comment"], language=language).comments["heard"].to_numpy(bool)
                found = self.heard.held_in(own["comment"].tolist(), language)
                held.append(found.reindex(columns=self.members.columns, fill_value=False))
                read.append(own.assign(heard=counts))
        members = pd.concat(held, ignore_index=True).astype(bool)
        return members, pd.concat(read[1:] or read, ignore_index=True)

    @cached_property
    def notes(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """What agents wrote down, by topic."""
        return self.written("note")

    def is_loose(self, topic: object) -> bool:
        """Whether a topic's comments change places when others are drawn."""
        return bool(self.topics.set_index("topic")["grade"].get(topic) == LOOSE)

    def name(self, topic: object) -> str:
        """A topic's name as it stands in a table, marked where it is loose."""
        name = self.topics.set_index("topic")["name"].loc[topic]
        return f"{name} (loose)" if self.is_loose(topic) else str(name)

    def told(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table by topic that a sentence may name: those of topics that are not loose."""
        loose = self.topics.loc[self.topics["grade"] == LOOSE, "topic"]
        return table[~table["topic"].isin(loose)]


def routed(page: Voices) -> Routed:
    """What goes to the people who can act, computed once a page."""
    return page.__dict__.setdefault("routed", Routed(page))


def known(value: object, low: object, high: object, unit: str, *, of_change: bool = False) -> str:
    """A number with its interval: "12.1 % (9.8 to 14.9 %)"; a dash where either is not known."""
    if not prose.is_finite(value) or not (prose.is_finite(low) or prose.is_finite(high)):
        return "–"
    size = prose.change(value, unit, low, high) if of_change else prose.value(value, unit, low, high)
    # The interval stays on one line, in narrow cells too.
    limits = prose.interval(low, high, unit, of_change=of_change, bare=True).replace(" ", "\u00a0")
    return f"{size} ({limits})"


def quoted(names: Sequence[str], most: int = 3) -> str:
    """ "“a”, “b” and 4 more"."""
    rest = len(names) - most
    return listed([*map(called, names[:most]), *([f"{prose.count(rest)} more"] if rest > 0 else [])])


def worth(accounts: object, revenue: object) -> str:
    """ "38 accounts that pay 12,300 a month"; "" where no account is known."""
    if not prose.is_finite(accounts) or not float(accounts):  # type: ignore[arg-type]
        return ""
    who = prose.some(int(accounts), "account")  # type: ignore[call-overload]
    pays = "pays" if accounts == 1 else "pay"
    return f"{who} that {pays} {prose.value(revenue, 'currency')} a month" if prose.is_finite(revenue) else who
