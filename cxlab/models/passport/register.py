"""The register of topics: what makes a topic the same one next quarter. Pure data; `register_text` writes and reads it.

Comments are stored nowhere: a period keeps how many comments hold which topics together, so that topics that people put
together later still have exact counts in every earlier period.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.models.topics.encoders import to_unit
from cxlab.models.topics.known import Known
from cxlab.stats.estimates import Counts, share

#: Decimals of what is stored. A cosine is then off by less than 0.001, and the file is the same byte for byte.
DECIMALS = 4
_ID = re.compile(r"T(\d{2,})", re.ASCII)
ENCODER_CHANGED = "encoder changed"
#: Events that people bring about; all others are found anew whenever a period is heard.
BY_PEOPLE = ("renamed", "put together", "taken apart", "muted", "unmuted", "owned", ENCODER_CHANGED)
TREND = ["topic", "period", "comments", "heard", "share", "low", "high"]


def rounded(numbers: Iterable[float]) -> tuple[float, ...]:
    """Numbers as the register keeps them; never -0.0."""
    values = np.round(np.asarray(list(numbers), dtype=np.float64), DECIMALS) + 0.0
    return tuple(float(value) for value in values)


@dataclass(frozen=True)
class Place:
    """Where a topic lies from a day on: `since` (ISO date), direction (d,), least cosine at which a part belongs."""

    since: str
    centroid: tuple[float, ...]
    radius: float

    @classmethod
    def of(cls, since: str, centroid: Iterable[float], radius: float) -> Place:
        """A place in the precision of the register."""
        return cls(since, rounded(centroid), rounded([radius])[0])


@dataclass(frozen=True)
class Wishes:
    """What people want of a topic; "" and False where they say nothing. `merge_into` is an id."""

    name: str = ""
    owner: str = ""
    merge_into: str = ""
    split: bool = False
    mute: bool = False
    touchpoint: str = ""
    product_area: str = ""


@dataclass(frozen=True)
class Entry:
    """A topic: id (T01 ... never used again), `called` (the name the machine gave), terms, born (period and its first
    day), places from the oldest on, what people wish, and where it was split: the children hold from `split_on` on."""

    id: str
    called: str
    terms: tuple[str, ...]
    born: str
    born_on: str
    places: tuple[Place, ...]
    wishes: Wishes = Wishes()
    split_from: str = ""
    split_into: tuple[str, ...] = ()
    split_on: str = ""

    @property
    def name(self) -> str:
        """What people call it, else what the machine does."""
        return self.wishes.name or self.called

    def place(self, day: str) -> Place:
        """Where it lay on a day; before its first place, there."""
        return next((place for place in reversed(self.places) if place.since <= day), self.places[0])

    def stood(self, day: str) -> bool:
        """Whether comments were assigned to it on a day: it was born, and not yet split."""
        return self.born_on <= day and (not self.split_on or day < self.split_on)


@dataclass(frozen=True)
class PeriodCount:
    """What was heard in a period: label, first day, the day after, encoder, comments, and how many of them held exactly
    which topics (ids as assigned, before people put any together). `topics_of`: the day whose topics were used."""

    period: str
    start: str
    end: str
    topics_of: str
    encoder: str
    comments: int
    held: tuple[tuple[tuple[str, ...], int], ...]


@dataclass(frozen=True)
class Event:
    """Something that happened to a topic in a period: kind, its id, other topics that took part, comments now and the
    number expected by its share before (-1 where there is none), and a sentence."""

    period: str
    kind: str
    topic: str
    others: tuple[str, ...]
    comments: int
    expected: float
    said: str


@dataclass(frozen=True)
class Register:
    """All topics ever found, and what was heard of them. An empty one is `Register()`.

    encoder: name of the encoder whose space the topics lie in; centre (d,): what is subtracted from its vectors.
    """

    encoder: str = ""
    centre: tuple[float, ...] = ()
    entries: tuple[Entry, ...] = ()
    periods: tuple[PeriodCount, ...] = ()
    events: tuple[Event, ...] = field(default=())

    def __getitem__(self, topic: str) -> Entry:
        """The topic of an id. Raises ParameterError."""
        for entry in self.entries:
            if entry.id == topic:
                return entry
        raise ParameterError.unknown("topic", topic, (entry.id for entry in self.entries))

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id there ever was, oldest first."""
        return tuple(entry.id for entry in self.entries)

    def next_ids(self, count: int) -> tuple[str, ...]:
        """Ids that no topic ever had."""
        last = max((number_of(entry.id) for entry in self.entries), default=0)
        return tuple(f"T{number:02d}" for number in range(last + 1, last + 1 + count))

    def standing(self, topic: str) -> str:
        """The id under which a topic's comments count: its own, or that of the topic people put it into."""
        seen = [topic]
        while (target := self[seen[-1]].wishes.merge_into) and target not in seen:
            seen.append(target)
        return seen[-1]

    def record(self, period: str) -> PeriodCount | None:
        """What was heard in the period of this label, if it was heard."""
        return next((each for each in self.periods if each.period == period), None)

    def day_of(self, start: str) -> str:
        """The day whose topics hold for a period that begins on `start`.

        A period keeps the topics it was heard with, so that its counts stay; one that is heard for the first time gets
        those of the latest period.
        """
        heard = next((each.topics_of for each in self.periods if each.start == start), None)
        return heard or max([start, *(each.start for each in self.periods)])

    def known(self, start: str) -> Known:
        """The topics that the comments of a period which begins on `start` (ISO date) are assigned to.

        Ids are those of the single topics; `standing` gives the one that counts. The same period always gets the same.
        """
        return self.known_on(self.day_of(start))

    def known_on(self, day: str) -> Known:
        """The topics as they were on a day."""
        chosen = [entry for entry in self.entries if entry.stood(day)]
        places = [entry.place(day) for entry in chosen]
        shape = (len(chosen), len(self.centre))
        centroids = np.array([place.centroid for place in places], dtype=np.float32).reshape(shape)
        return Known(
            encoder=self.encoder,
            centre=np.array(self.centre, dtype=np.float32),
            ids=tuple(entry.id for entry in chosen),
            centroids=to_unit(centroids),
            radius=np.array([place.radius for place in places], dtype=np.float32),
        )

    def comments(self, period: PeriodCount) -> dict[str, int]:
        """Comments of a period by topic, topics put together counted once; those that were looked for, in order."""
        found = dict.fromkeys(
            (self.standing(entry.id) for entry in self.entries if entry.stood(period.topics_of)), 0
        )  # fmt: skip
        for ids, count in period.held:
            for topic in {self.standing(each) for each in ids}:
                found[topic] = found.get(topic, 0) + count
        return found

    def trend(self) -> pd.DataFrame:
        """Topic by period: comments that hold it, comments heard, share with Wilson's 95 % interval.

        A topic has no row for a period that was counted before the topic was known: nobody looked for it. Muted topics
        are here too. Rows in the order of the periods.
        """
        rows = [
            (topic, each.period, count, each.comments)
            for each in self.periods
            for topic, count in self.comments(each).items()
        ]
        table = pd.DataFrame(rows, columns=TREND[:4]).astype({"comments": "int64", "heard": "int64"})
        y, n = (table[name].to_numpy(dtype=float) for name in ("comments", "heard"))
        estimate = share(Counts(n=n, units=n, sy=y, sx=n, syy=y, sxy=y, sxx=n))
        return table.assign(share=estimate.value, low=estimate.low, high=estimate.high)

    def last_seen(self, topic: str) -> str:
        """The last period in which a comment held the topic; "" where none did."""
        return next((p.period for p in reversed(self.periods) if self.comments(p).get(topic)), "")

    def table(self) -> pd.DataFrame:
        """One row a topic that stands (neither split nor put into another): topic, name, terms, owner, muted, born,
        last_seen, touchpoint, product_area, named (by people), together (ids that were put into it)."""
        rows = []
        for entry in self.entries:
            if entry.wishes.merge_into or (entry.split_into and not self.members(entry.id)):
                continue
            wishes = entry.wishes
            rows.append(
                {
                    "topic": entry.id,
                    "name": entry.name,
                    "terms": list(entry.terms),
                    "owner": wishes.owner,
                    "muted": wishes.mute,
                    "born": entry.born,
                    "last_seen": self.last_seen(entry.id),
                    "touchpoint": wishes.touchpoint,
                    "product_area": wishes.product_area,
                    "named": bool(wishes.name),
                    "together": self.members(entry.id),
                }
            )
        columns = "topic name terms owner muted born last_seen touchpoint product_area named together".split()
        return pd.DataFrame(rows, columns=columns)

    def members(self, topic: str) -> list[str]:
        """Ids of the other topics that people put into this one."""
        return [each.id for each in self.entries if each.id != topic and self.standing(each.id) == topic]

    def with_entry(self, entry: Entry) -> Register:
        """A register in which this entry takes the place of the one of its id, or comes last."""
        if entry.id not in self.ids:
            return replace(self, entries=(*self.entries, entry))
        return replace(self, entries=tuple(entry if old.id == entry.id else old for old in self.entries))

    def with_period(self, period: PeriodCount, events: Iterable[Event]) -> Register:
        """A register with a period counted (anew); of its earlier events only what people did stays beside `events`."""
        others = [each for each in self.periods if each.start != period.start]
        told = [event for event in self.events if event.period != period.period or event.kind in BY_PEOPLE]
        order = {each.period: each.start for each in (*others, period)}
        return replace(
            self,
            periods=tuple(sorted((*others, period), key=lambda each: each.start)),
            events=tuple(sorted((*told, *events), key=lambda event: order.get(event.period, ""))),
        )


def number_of(topic: str) -> int:
    """The number in an id. Raises ParameterError where it is none."""
    match = _ID.fullmatch(topic)
    if match is None:
        raise ParameterError(f"{topic!r} is no topic's id; ids are T01, T02 and so on.")
    return int(match[1])


def held_by(comment: NDArray[np.int64], topics: NDArray[np.int64], ids: tuple[str, ...], comments: int) -> tuple:
    """How many of `comments` hold which topics, from the parts: comment (n,) a part is of, place (n,) in `ids` or -1.

    Comments that hold no topic come first, with no ids.
    """
    pairs = np.unique(np.stack([comment, topics], axis=1)[topics >= 0], axis=0)
    counted: dict[tuple[str, ...], int] = {}
    starts = np.flatnonzero(np.r_[True, np.diff(pairs[:, 0]) != 0]) if len(pairs) else np.array([], dtype=int)
    for group in np.split(pairs[:, 1], starts[1:]) if len(pairs) else []:
        key = tuple(sorted((ids[place] for place in group), key=number_of))
        counted[key] = counted.get(key, 0) + 1
    left = comments - len(starts)
    if left:
        counted[()] = left
    return tuple(sorted(counted.items(), key=lambda item: [number_of(each) for each in item[0]]))
