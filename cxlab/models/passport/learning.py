"""What a period changes in the register: topics that people wish split, new topics, and directions that moved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.passport.newcomers import (
    SAME_DIRECTION,
    Cluster,
    closeness,
    directions,
    joined,
    new_themes,
)
from cxlab.models.passport.register import Entry, Event, Place, Register
from cxlab.models.topics.clustering import apart
from cxlab.models.topics.encoders import to_unit
from cxlab.models.topics.known import Known, radius_of

#: What names topics: labels of the parts (n,), -1 none, and names that are taken -> topic (label), name, terms.
Naming = Callable[[NDArray[np.int64], list[str]], pd.DataFrame]
#: Events that change where a topic is looked for.
SPLIT_BY_PEOPLE, MOVED = "split by people", "moved"
Unit = NDArray[np.float32]


def nearest_of(known: Known, unit: Unit) -> NDArray[np.int64]:
    """Place in `known.ids` of the topic of each part (n, d) as seen from the centre, -1 none."""
    if not known.ids:
        return np.full(len(unit), -1, dtype=np.int64)
    cosine = unit @ known.centroids.T
    best = cosine.argmax(axis=1)
    return np.where(cosine.max(axis=1) >= known.radius[best], best, -1)


def with_topics(
    register: Register, period: str, start: str, unit: Unit, groups: Sequence[NDArray[np.int64]]
) -> Register:
    """A register with a topic born in the period for each group of rows of `unit`."""
    found = directions(unit, groups)
    for topic, rows, direction in zip(register.next_ids(len(groups)), groups, found, strict=True):
        place = Place.of(start, direction, radius_of(unit[rows] @ direction))
        register = register.with_entry(Entry(topic, f"topic {topic}", (), period, start, (place,)))
    return register


def with_newcomers(
    register: Register,
    period: str,
    start: str,
    unit: Unit,
    comment: NDArray[np.int64],
    clusters: NDArray[np.int64],
    cluster: Cluster,
    smallest: int,
    seed: int,
    group: NDArray[np.int64],
) -> Register:
    """A register with the new topics of a period.

    First among the `clusters` of all its parts, then among clusters of those that fit no topic, over and over until
    nothing new is found: the same comments heard again then find nothing either.
    """
    known = register.known_on(start)
    register = with_topics(
        register,
        period,
        start,
        unit,
        new_themes(unit, comment, clusters, known.centroids, smallest, radius=known.radius),
    )
    while True:
        known = register.known_on(start)
        best = nearest_of(known, unit)
        left = np.flatnonzero(best < 0)
        if len(np.unique(comment[left])) < smallest:
            return register
        # Most of what is left over are the outskirts of all topics: that it fits none is not enough here.
        clusters = apart(cluster, unit[left], seed, group[left])
        themes = new_themes(unit[left], comment[left], clusters, known.centroids, smallest)
        if not themes:
            return register
        register = with_topics(register, period, start, unit, [left[rows] for rows in themes])


def with_splits(
    register: Register,
    period: str,
    start: str,
    unit: Unit,
    comment: NDArray[np.int64],
    cluster: Cluster,
    smallest: int,
    seed: int,
) -> tuple[Register, list[Event], list[str]]:
    """A register in which topics that people wish split have given way to their parts; events, and what could not be.

    Each part needs `smallest` comments of this period; comments of earlier periods stay counted with the whole.
    """
    events, failed = [], []
    for entry in register.entries:
        if not entry.wishes.split or entry.split_into:
            continue
        known = register.known_on(start)
        own = np.flatnonzero(nearest_of(known, unit) == known.ids.index(entry.id))
        pieces = new_themes(unit[own], comment[own], cluster(unit[own], seed), known.centroids[:0], smallest)
        # A clustering cuts an even theme in pieces too: only what points another way is a part.
        groups = joined(unit[own], pieces)
        count = len(np.unique(comment[own]))
        if len(groups) < 2:
            failed.append(
                f"{entry.id} “{entry.name}” could not be split: its {count:,} comments in {period} do not fall into "
                f"two themes of {smallest} comments or more. It stays as it is."
            )
            continue
        children = register.next_ids(len(groups))
        register = with_topics(register, period, start, unit, [own[rows] for rows in groups])
        for child in children:
            register = register.with_entry(replace(register[child], split_from=entry.id))
        register = register.with_entry(replace(entry, split_into=children, split_on=start))
        said = f"{entry.id} “{entry.name}” was split as people wished, into {', '.join(children)}."
        events.append(Event(period, SPLIT_BY_PEOPLE, entry.id, children, count, -1.0, said))
    return register, events, failed


def with_names(register: Register, start: str, unit: Unit, before: Sequence[str], naming: Naming | None) -> Register:
    """A register whose topics that are not in `before` have names and terms; without `naming` only their id."""
    if naming is None or set(register.ids) <= set(before):
        return register
    known = register.known_on(start)
    taken = [name for entry in register.entries if entry.id in before for name in (entry.name, entry.called)]
    table = naming(nearest_of(known, unit), list(dict.fromkeys(taken)))
    for row in table.to_dict("records"):
        entry = register[known.ids[int(row["topic"])]]
        if entry.id not in before:
            terms = tuple(str(term) for term in row["terms"])
            register = register.with_entry(replace(entry, called=str(row["name"]), terms=terms))
    return register


def without_later_places(register: Register, end: str) -> Register:
    """A register without the directions that hold from `end` on: those were found when this period was heard before."""
    for entry in register.entries:
        kept = tuple(place for place in entry.places if place.since < end)
        if kept and kept != entry.places:
            register = register.with_entry(replace(entry, places=kept))
    return register


def with_moves(
    register: Register, period: str, start: str, end: str, unit: Unit, smallest: int
) -> tuple[Register, list[Event]]:
    """A register in which topics that moved have a new direction from `end` on, half-way to where they are now.

    A topic has moved where the cosine between its direction and that of its parts, freed of noise as in `likeness`, is
    below 0.9.
    """
    known, events = register.known_on(start), []
    best = nearest_of(known, unit)
    for at, topic in enumerate(known.ids):
        rows, entry = unit[best == at], register[topic]
        if len(rows) < smallest or entry.born_on == start:
            continue
        mean = rows.mean(axis=0, dtype=np.float64)
        truly = np.sqrt(max(closeness(rows), 1e-9))
        cosine = float(min(known.centroids[at] @ mean / truly, 1.0))
        if cosine >= SAME_DIRECTION:
            continue
        halfway = to_unit((known.centroids[at] + to_unit(mean[None].astype(np.float32))).astype(np.float32))[0]
        place = Place.of(end, halfway, float(known.radius[at]))
        register = register.with_entry(replace(entry, places=(*entry.places, place)))
        said = (
            f"{topic} “{entry.name}” is spoken of in other words than before; from now on it is looked for there too."
        )
        events.append(Event(period, MOVED, topic, (), len(rows), -1.0, said))
    return register, events
