"""A register carried from one encoder to another: the same comments, read by both, say where each topic lies now."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.models.passport.newcomers import directions
from cxlab.models.passport.register import ENCODER_CHANGED, Event, Place, Register, rounded
from cxlab.models.topics.encoders import to_unit
from cxlab.models.topics.known import Known, radius_of

#: Parts that a topic needs for them to say where it lies: fewer may be strays.
FEWEST = 15
#: A topic has come over where at least this share of its parts goes to it again.
AGAIN = 0.5
_RIDGE = 1.0
BY_COMMENTS, BY_OTHERS = "its comments", "the comments of others"


@dataclass(frozen=True)
class CarriedOver:
    """A register in the new encoder's space, and how well it came over.

    table, one row a topic: topic, parts, by (what said where it lies: its own comments, or those of others where it has
    too few), again (share of its parts that go to it again; nan without parts), over (whether that is at least half).
    share: topics that came over, of those with comments of their own. parts_again: share of all parts with a topic that
    keep it. said: a sentence.
    """

    register: Register
    table: pd.DataFrame
    share: float
    parts_again: float
    said: str


def carry_over(register: Register, old: NDArray[np.float32], new: NDArray[np.float32], encoder: str) -> CarriedOver:
    """Carry all topics to another encoder by parts that both have read: those of the latest period, or of more.

    old (n, d), new (n, e): vectors of the same n parts by the register's encoder and by `encoder`. The parts go to the
    topics of today; the mean of a topic's parts in the new space is its direction there. Where fewer than 15 parts
    do, the direction goes through the linear map that takes all parts over (ridge regression). Counts of earlier
    periods stay. Raises ParameterError where the parts do not fit together or are too few.
    """
    if len(old) != len(new) or old.shape[1:] != (len(register.centre),):
        raise ParameterError(
            f"{len(old)} parts in {old.shape[-1]} dimensions and {len(new)} in the new encoder's do not fit the "
            f"register, which has {len(register.centre)} dimensions ({register.encoder}). "
            "Read the same parts with both encoders."
        )
    day = max((each.start for each in register.periods), default="9999-12-31")
    known = register.known_on(day)
    best = known.assign(old).best if len(old) else np.array([], dtype=np.int64)
    if (best >= 0).sum() < FEWEST:
        raise ParameterError(
            f"{int((best >= 0).sum())} parts hold a topic of the register; at least {FEWEST} are needed to carry it "
            "over. Give the comments of a period in which they were spoken of, or build the register anew."
        )
    middle = rounded(new[np.abs(new).sum(axis=1) > 0].mean(axis=0, dtype=np.float64))
    space = Known(encoder, np.array(middle, dtype=np.float32), (), np.empty((0, new.shape[1])), np.empty(0))
    unit = space.centred(new)
    taken_over = _linear(known.centred(old), unit)
    places: dict[str, Place] = {}
    for at, topic in enumerate(known.ids):
        rows = np.flatnonzero(best == at)
        if len(rows) >= FEWEST:
            direction = directions(unit, [rows])[0]
            places[topic] = Place.of(register[topic].places[0].since, direction, radius_of(unit[rows] @ direction))
    usual = float(np.median([place.radius for place in places.values()])) if places else 0.0
    entries = []
    for entry in register.entries:
        since = entry.places[0].since
        last = np.array(entry.places[-1].centroid, dtype=np.float32)[None]
        place = places.get(entry.id) or Place.of(
            since, to_unit((to_unit(last) @ taken_over).astype(np.float32))[0], usual
        )
        entries.append(replace(entry, places=(place,)))
    carried = replace(register, encoder=encoder, centre=middle, entries=tuple(entries))
    now = carried.known_on(day).assign(new).best
    rows = []
    for at, topic in enumerate(known.ids):
        own = best == at
        again = float((now[own] == at).mean()) if own.any() else float("nan")
        by = BY_COMMENTS if topic in places else BY_OTHERS
        rows.append((topic, int(own.sum()), by, again, topic in places and again >= AGAIN))
    table = pd.DataFrame(rows, columns=["topic", "parts", "by", "again", "over"])
    own = table[table["by"] == BY_COMMENTS]
    part = float(own["over"].mean()) if len(own) else 0.0
    parts_again = float((now == best)[best >= 0].mean())
    said = (
        f"The encoder changed from {register.encoder} to {encoder}. {int(own['over'].sum())} of {len(own)} topics with "
        f"comments came over with most of them, and {parts_again:.0%} of what held a topic keeps it; "
        f"{len(table) - len(own)} with too few comments were placed by those of others. Earlier counts stay."
    )
    period = register.periods[-1].period if register.periods else ""
    event = Event(period, ENCODER_CHANGED, "", (), len(own), -1.0, said)
    return CarriedOver(replace(carried, events=(*carried.events, event)), table, part, parts_again, said)


def _linear(old: NDArray[np.float32], new: NDArray[np.float32]) -> NDArray[np.float64]:
    """The map (d, e) that takes the rows of one space nearest to those of the other (ridge regression)."""
    square = old.T.astype(np.float64) @ old + _RIDGE * np.eye(old.shape[1])
    return np.linalg.solve(square, old.T.astype(np.float64) @ new)
