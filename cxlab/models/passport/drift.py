"""What became of the topics in a period: kept, split, merged, new, gone, returned. A report; it changes no count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.passport.matching import GONE, KEPT, MERGED, NEW, QUIET, RETURNED, SCATTERED, SPLIT, match
from cxlab.models.passport.presence import Presence, presence
from cxlab.models.passport.register import Event, PeriodCount, Register
from cxlab.models.topics.encoders import to_unit
from cxlab.models.topics.known import Known

COLUMNS = [
    *("topic", "name", "kind", "comments", "share", "expected"),
    *("overlap", "centroid", "terms", "score", "others", "said"),
]


def no_drift() -> pd.DataFrame:
    """The report of a run that takes nothing in."""
    return pd.DataFrame(columns=COLUMNS)


def drift_of(
    register: Register,
    counted: PeriodCount,
    known: Known,
    topics: NDArray[np.object_],
    clusters: NDArray[np.int64],
    comment: NDArray[np.int64],
    unit: NDArray[np.float32],
    cluster_terms: Sequence[Sequence[str]],
    smallest: int,
) -> pd.DataFrame:
    """One row a topic that was looked for: what a clustering that knows nothing of the register makes of it.

    counted: the period, already in the register. topics (n,): id under which each part counts, None without; clusters
    (n,): the free clustering; comment (n,), unit (n, d): as in `match`. Columns: kind; comments, and expected by the
    topic's last share (nan: never there before); overlap, centroid, terms, score with the cluster it is found again in
    (nan without one); others (ids that a merger joins); said.
    """
    counts = register.comments(counted)
    standing = list(counts)
    place = {topic: at for at, topic in enumerate(standing)}
    sums = np.zeros((len(standing), len(register.centre)), dtype=np.float32)
    for topic, centroid in zip(known.ids, known.centroids, strict=True):
        sums[place[register.standing(topic)]] += centroid
    labels = np.array([place.get(topic, -1) for topic in topics], dtype=np.int64)
    terms = [register[topic].terms for topic in standing] if len(cluster_terms) else []
    found = match(labels, clusters, comment, unit, to_unit(sums), terms, cluster_terms) if len(unit) else None
    rows = []
    for at, topic in enumerate(standing):
        lived = _lived(register, topic, counted, smallest)
        kind, others = found.fate(at, smallest) if found is not None else (QUIET, [])
        partner = int(found.partner[at]) if found is not None else -1
        entry = register[topic]
        if entry.born == counted.period:
            kind = NEW
        elif lived.gone:
            kind = GONE
        elif lived.returned:
            kind = RETURNED
        rows.append(
            {
                "topic": topic,
                "name": entry.name,
                "kind": kind,
                "comments": counts[topic],
                "share": counts[topic] / counted.comments if counted.comments else float("nan"),
                "expected": lived.expected,
                **{
                    name: float(getattr(found, name)[at, partner]) if partner >= 0 else float("nan")
                    for name in ("overlap", "centroid", "score")
                },
                "terms": float(found.terms[at, partner]) if partner >= 0 and terms else float("nan"),
                "others": [standing[other] for other in others] if kind == MERGED else [],
            }
        )
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    table["said"] = [_said(row, register, counted) for row in table.to_dict("records")]
    return table


def _lived(register: Register, topic: str, counted: PeriodCount, smallest: int) -> Presence:
    """Whether the topic was there, over the periods up to this one from the one in which it was born on."""
    counts = []
    for each in register.periods:
        found = register.comments(each)
        if min(register[topic].born_on, counted.start) <= each.start <= counted.start and topic in found:
            counts.append((found[topic], each.comments))
    return presence(counts, smallest)[-1]


def told_by_counts(register: Register, counted: PeriodCount, drift: pd.DataFrame, smallest: int) -> tuple[Event, ...]:
    """The events of a period: everything in its drift that is not as before. Who is gone already is not gone again."""
    earlier = [each for each in register.periods if each.start < counted.start]
    events = []
    for row in drift.to_dict("records"):
        topic, kind = row["topic"], row["kind"]
        if kind in (KEPT, QUIET, SCATTERED):
            continue
        if kind == GONE and earlier and topic in register.comments(earlier[-1]):
            if _lived(register, topic, earlier[-1], smallest).gone:
                continue
        expected = round(float(row["expected"]), 1) if row["expected"] == row["expected"] else -1.0
        others = tuple(row["others"])
        events.append(Event(counted.period, kind, topic, others, int(row["comments"]), expected, row["said"]))
    return tuple(events)


def _said(row: dict, register: Register, counted: PeriodCount) -> str:
    name, n = f"{row['topic']} “{row['name']}”", f"{row['comments']:,} of {counted.comments:,} comments"
    entry = register[row["topic"]]
    expected = f"{row['expected']:,.0f}" if row["expected"] == row["expected"] else ""
    others = ", ".join(f"{each} “{register[each].name}”" for each in row["others"])
    return {
        KEPT: f"{name} is found again by a fresh clustering ({n}; {row['overlap']:.0%} of the comments in common).",
        SPLIT: f"{name} falls into two or more themes now ({n}). Write split = yes in its row to count them apart.",
        MERGED: f"{name} is one theme with {others} now ({n}). Write merge_into in its row to count them together.",
        NEW: f"{name} is new in {counted.period} ({n})"
        + (f", a part of {entry.split_from}." if entry.split_from else "."),
        GONE: f"{name} is gone: {n}, where {expected or 'some'} were to be expected by its last share.",
        RETURNED: f"{name} is back ({n}).",
        QUIET: f"{name} has too few comments to be found again by a fresh clustering ({n}).",
        SCATTERED: f"{name} lies scattered over several themes of a fresh clustering ({n}); read some of its comments.",
    }[row["kind"]]
