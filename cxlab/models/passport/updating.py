"""A period's comments and the register: assigned by the registered topics first, new themes from what does not fit."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.models.passport.drift import drift_of, no_drift, told_by_counts
from cxlab.models.passport.learning import (
    MOVED,
    SPLIT_BY_PEOPLE,
    Naming,
    with_moves,
    with_names,
    with_newcomers,
    with_splits,
    without_later_places,
)
from cxlab.models.passport.newcomers import Cluster
from cxlab.models.passport.register import ENCODER_CHANGED, Event, PeriodCount, Register, held_by, rounded
from cxlab.models.topics.clustering import apart
from cxlab.models.topics.known import Assigned, Known
from cxlab.models.topics.neighbours import SMALLEST
from cxlab.periods import Period


@dataclass(frozen=True)
class Heard:
    """What a period's comments gave, for n parts (sentences that hold a theme).

    period; encoder: its name; vectors (n, d): as the encoder gives them; comment (n,): number of the comment that each
    part is of; comments: how many were heard, those without any such part too. narrowed: what the run is narrowed to
    ("region North"), "" where all comments are here. group (n,): what is clustered by itself (a language), None where
    all is one.
    """

    period: Period
    encoder: str
    vectors: NDArray[np.float32]
    comment: NDArray[np.int64]
    comments: int
    narrowed: str = ""
    group: NDArray[np.int64] | None = None

    @property
    def groups(self) -> NDArray[np.int64]:
        """The group of every part."""
        return np.zeros(len(self.vectors), dtype=np.int64) if self.group is None else self.group

    def __post_init__(self) -> None:
        if len(self.vectors) != len(self.comment) or len(np.unique(self.comment)) > self.comments:
            raise ParameterError(
                f"{self.period}: {len(self.vectors)} vectors, {len(self.comment)} parts and {self.comments} comments "
                "do not fit together. Give one vector and one comment number a part."
            )

    @property
    def start(self) -> str:
        """The first day, as an ISO date."""
        return self.period.start.date().isoformat()

    @property
    def end(self) -> str:
        """The day after the last one, as an ISO date."""
        return self.period.end.date().isoformat()


@dataclass(frozen=True)
class Updated:
    """A register after a period was heard, and the period by its topics.

    known, assigned: the single topics and the parts' places in them. topics (n,): id under which each part counts, None
    where it fits no topic. drift: one row a topic, what a clustering that knows nothing of the register makes of it
    (see `drift_of`). notes: sentences for the reader. written: whether the register took the period in.
    """

    register: Register
    known: Known
    assigned: Assigned
    topics: NDArray[np.object_]
    drift: pd.DataFrame
    events: tuple[Event, ...]
    notes: tuple[str, ...]
    written: bool


def update(
    register: Register,
    heard: Heard,
    cluster: Cluster,
    *,
    naming: Naming | None = None,
    smallest: int = SMALLEST,
    seed: int = 0,
    recount: bool = False,
) -> Updated:
    """Hear a period: assign its comments to the registered topics, find new ones, and tell what drifted.

    The latest period may bring new topics (`smallest` comments at least, far from every registered one), splits that
    people wish, and new directions for topics that moved; the last hold from the next period on. A period heard before
    keeps its topics: heard again it gives the same register, or new counts where its comments changed. One before the
    latest changes no topic; heard there for the first time it is counted with the topics of the latest. `recount`
    counts an earlier period with the topics of the latest. A narrowed run, and a period that overlaps another in the
    register, take nothing in. Raises ParameterError where the encoder is not the register's.
    """
    _check_encoder(register, heard)
    closed = _closed(register, heard, recount)
    if closed:
        return _read_only(register, heard, closed)
    latest = max((each.start for each in register.periods), default="")
    learns = len(heard.vectors) > 0 and (heard.start >= latest or not register.centre)
    day = max(latest, heard.start) if recount else register.day_of(heard.start)
    if learns and not register.centre:
        told = np.abs(heard.vectors).sum(axis=1) > 0
        middle = heard.vectors[told].mean(axis=0, dtype=np.float64) if told.any() else heard.vectors[0]
        register = replace(register, encoder=heard.encoder, centre=rounded(middle))
    unit = register.known_on(day).centred(heard.vectors) if len(heard.vectors) else heard.vectors
    clusters = apart(cluster, unit, seed, heard.groups)
    # What happened once happened, however often the period is heard; moves of the latest period are found anew.
    lasting = (SPLIT_BY_PEOPLE,) if learns else (SPLIT_BY_PEOPLE, MOVED)
    events = [each for each in register.events if each.period == heard.period.label and each.kind in lasting]
    notes: list[str] = []
    if learns:
        before, period, start = register.ids, heard.period.label, heard.start
        register = without_later_places(register, heard.end)
        register, splits, notes = with_splits(register, period, start, unit, heard.comment, cluster, smallest, seed)
        # The period in which the encoder changed was searched by the old one: what the new one hears is no news.
        if not any(each.kind == ENCODER_CHANGED and each.period == period for each in register.events):
            register = with_newcomers(
                register, period, start, unit, heard.comment, clusters, cluster, smallest, seed, heard.groups
            )
        register = with_names(register, start, unit, before, naming)
        register, moves = with_moves(register, period, start, heard.end, unit, smallest)
        events += [*splits, *moves]
    known, assigned = _assigned(register, day, heard)
    counted = PeriodCount(
        period=heard.period.label,
        start=heard.start,
        end=heard.end,
        topics_of=day,
        encoder=register.encoder,
        comments=heard.comments,
        held=held_by(heard.comment, assigned.best, known.ids, heard.comments),
    )
    topics = _standing(register, known, assigned)
    register = register.with_period(counted, events)
    terms = _terms(clusters, naming)
    drift = drift_of(register, counted, known, topics, clusters, heard.comment, unit, terms, smallest)
    events = [*events, *told_by_counts(register, counted, drift, smallest)]
    register = register.with_period(counted, events)
    return Updated(register, known, assigned, topics, drift, tuple(events), tuple(notes), True)


def rebuild(
    periods: Iterable[Heard],
    cluster: Cluster,
    *,
    naming: Naming | None = None,
    smallest: int = SMALLEST,
    seed: int = 0,
) -> Register:
    """A register made anew from the comments of all periods, the oldest first; warns that ids may differ from before.

    What people wrote about topics is applied to it afterwards, as to any register.
    """
    warnings.warn(
        "The register of topics was built anew from the comments: a topic may have another id than before. Hold the "
        "ids in people's file against the names beside them.",
        stacklevel=2,
    )
    register = Register()
    for heard in sorted(periods, key=lambda each: each.start):
        register = update(register, heard, cluster, naming=naming, smallest=smallest, seed=seed).register
    return register


def _check_encoder(register: Register, heard: Heard) -> None:
    if register.encoder and len(heard.vectors) and heard.encoder != register.encoder:
        raise ParameterError(
            f"the register of topics was made with the encoder {register.encoder!r}, these comments were read by "
            f"{heard.encoder!r}. Set the encoder back, or carry the topics over (`carry_over`) with the comments of "
            "the latest period read by both."
        )


def _closed(register: Register, heard: Heard, recount: bool) -> str:
    """Why the register takes nothing in from this run; "" where it does."""
    stays = "The register of topics is read and stays as it is."
    if heard.narrowed:
        return f"This run hears {heard.narrowed} only. {stays}"
    others = [
        each.period
        for each in register.periods
        if each.start < heard.end and heard.start < each.end and (each.start, each.end) != (heard.start, heard.end)
    ]
    if others:
        return f"{heard.period} overlaps {', '.join(others)}, which the register counts. {stays}"
    record = register.record(heard.period.label)
    latest = max((each.start for each in register.periods), default="")
    if record and record.encoder not in ("", register.encoder) and record.start < latest and not recount:
        return f"{heard.period} was counted with the encoder {record.encoder}. Its counts stay. {stays}"
    return ""


def _read_only(register: Register, heard: Heard, why: str) -> Updated:
    known, assigned = _assigned(register, register.day_of(heard.start), heard)
    topics = _standing(register, known, assigned)
    return Updated(register, known, assigned, topics, no_drift(), (), (why,), False)


def _assigned(register: Register, day: str, heard: Heard) -> tuple[Known, Assigned]:
    known = register.known_on(day)
    if not known.ids or not len(heard.vectors):
        return known, known.assign(np.zeros((len(heard.vectors), len(known.centre)), dtype=np.float32))
    return known, known.assign(heard.vectors)


def _standing(register: Register, known: Known, assigned: Assigned) -> NDArray[np.object_]:
    names = np.array([*(register.standing(topic) for topic in known.ids), None], dtype=object)
    return names[assigned.best]


def _terms(clusters: NDArray[np.int64], naming: Naming | None) -> list[tuple[str, ...]]:
    """Terms of each cluster, none without a naming."""
    if naming is None or clusters.max(initial=-1) < 0:
        return []
    found: list[tuple[str, ...]] = [()] * (int(clusters.max()) + 1)
    for row in naming(clusters, []).to_dict("records"):
        found[int(row["topic"])] = tuple(row["terms"])
    return found
