"""New, growing, fading, fixed, returned or steady: what became of every topic over the quarters, never from few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from cxlab.errors import ParameterError, TableError
from cxlab.models.voice.mentions import accounts_of, heard, shares, side_by_side
from cxlab.periods import Period
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust, difference
from cxlab.stats.estimates import Counts, Estimate, share

NEW, GROWING, FADING, FIXED, RETURNED, STEADY = "new", "growing", "fading", "fixed", "returned", "steady"
STATES = (NEW, GROWING, FADING, FIXED, RETURNED, STEADY, CANNOT_TELL)
#: A topic was not there, or is gone, where its share is for certain below this part of its other share.
GONE = 0.25
#: A share that changes by less than this is steady; a thousand comments a quarter can show so little, not less.
MARGIN = 0.03
#: Comments in a period, and mentions over all periods, below which nothing is said.
FEWEST_HEARD, FEWEST_MENTIONS = 30, 10
#: The latest period is held against so many before it; a trend needs so many.
_BACK, _TREND = 4, 4
STEP, TWO, TREND, PROMISE, GAP = "last period", "last two periods", "trend", "promise", "gap"

Array = NDArray[np.float64]


def counts_by_period(members: pd.DataFrame, comments: pd.DataFrame, periods: Sequence[Period]) -> pd.DataFrame:
    """How many comments of every period hold every topic: topic, period (label), n, heard, n_eff; periods as given.

    n_eff is what the comments heard are worth, accounts being clusters.
    """
    members, comments = side_by_side(members, comments)
    parts = []
    for period in periods:
        there = heard(comments, period)
        table = shares(members[there], accounts_of(comments[there])).reset_index()
        parts.append(table.assign(period=period.label)[["topic", "period", "n", "heard", "n_eff"]])
    return pd.concat(parts, ignore_index=True)


def life_cycle(
    counts: pd.DataFrame,
    *,
    promises: pd.DataFrame | None = None,
    fiscal_year_starts: int = 1,
    margin: float = MARGIN,
) -> pd.DataFrame:
    """What state every topic is in at the last period of `counts`. A row a topic, in the order of `counts`.

    `counts`: topic, period (labels, oldest first), n (or comments), heard and, where known, n_eff; what
    `counts_by_period` gives, or the register's history. `promises`: topic, started_on, action_id, as `promises_on`
    gives them.

    Four questions are put to every topic that was mentioned often enough: does the last period differ from the (up to)
    four before it; do the last two from all before; is there a trend (Cochran 1954, Armitage 1955, with the spread
    between periods beyond chance taken in, Student's t); does what came after a promise differ from the four periods
    before it. A fifth, whether it had gone in between, only where there is room for it. q (Benjamini-Hochberg) is over
    all questions and topics: where nothing happens, at most 5 % of pages show any state but the last two
    (tests/models/test_voice_life_cycle.py).

    new: for certain more than before, and before, for certain, less than a quarter of now. returned: it was there, then
    less than a quarter of that, and is back. fixed: for certain less since somebody promised to act on it, and not more
    again; that it fell is certain, not why. growing, fading: by the first or third question. steady: the interval of
    the change lies within `margin`. Else "cannot tell".

    Columns: topic, state, rests_on ("last period", "last two periods", "trend", "promise", "gap", ""), n, heard, share,
    low, high (last period), share_before, change, change_low, change_high (first question), q (of what the state rests
    on, else of the first question), trend (change of the share a period), trend_q, first_heard (first period with a
    mention), promises (action ids, by start).
    """
    labels, topics, hits, worth, said, comments = _tables(counts)
    begun = _starts(promises, topics)
    middles = [_middle(label, fiscal_year_starts) for label in labels]
    course = _Course(hits, worth, (said.sum(axis=1) >= FEWEST_MENTIONS) & (worth[:, -1] >= FEWEST_HEARD))
    after = [_first_after(begun.get(topic, []), middles) for topic in topics]
    asked = {
        STEP: course.compared(-1, _BACK),
        TWO: course.compared(-2, len(labels)),
        TREND: course.trend(),
        PROMISE: course.since(after),
        GAP: course.gap(),
    }
    q = adjust(np.concatenate([table["p"].to_numpy(float) for table in asked.values()]))
    for table, part in zip(asked.values(), np.split(q, len(asked)), strict=True):
        table["q"] = part
        table["up"] = (part <= FALSE_DISCOVERY) & (table["low"] > 0)
        table["down"] = (part <= FALSE_DISCOVERY) & (table["high"] < 0)
    told = [_state({name: table.iloc[row] for name, table in asked.items()}, margin) for row in range(len(topics))]
    rests = [asked[on or STEP]["q"].iloc[row] for row, (_, on) in enumerate(told)]
    step, last = asked[STEP], _estimate(hits[:, -1], worth[:, -1])
    first = [next((label for label, n in zip(labels, row, strict=True) if n > 0), "") for row in said]
    return pd.DataFrame(
        {
            "topic": topics,
            "state": [state for state, _ in told],
            "rests_on": [on for _, on in told],
            "n": said[:, -1].astype(int),
            "heard": comments[:, -1].astype(int),
            "share": last["value"],
            "low": last["low"],
            "high": last["high"],
            "share_before": step["before"],
            "change": step["change"],
            "change_low": step["low"],
            "change_high": step["high"],
            "q": rests,
            "trend": asked[TREND]["change"],
            "trend_q": asked[TREND]["q"],
            "first_heard": first,
            "promises": [", ".join(action for _, action in begun.get(topic, [])) for topic in topics],
        }
    )


def _state(asked: dict[str, pd.Series], margin: float) -> tuple[str, str]:
    """The state and the question it rests on."""
    step, two, trend, promise = (asked[name] for name in (STEP, TWO, TREND, PROMISE))
    if asked[GAP]["up"]:
        return RETURNED, GAP
    for name in (STEP, TWO):
        if asked[name]["up"] and asked[name]["from_nothing"]:
            return NEW, name
    if promise["down"] and not step["up"]:
        return FIXED, PROMISE
    for name, each in ((STEP, step), (TREND, trend)):
        if each["up"] or each["down"]:
            return GROWING if each["up"] else FADING, name
    if step["low"] >= -margin and step["high"] <= margin:
        return STEADY, ""
    return CANNOT_TELL, ""


@dataclass(frozen=True)
class _Course:
    """Effective mentions and comments (topics x periods), and which topics are often enough spoken of.

    Every question gives a row a topic: before, change, low, high, p (NaN where it cannot be put), from_nothing.
    """

    hits: Array
    worth: Array
    enough: NDArray[np.bool_]

    def compared(self, edge: int, back: int) -> pd.DataFrame:
        """The periods from `edge` on against the `back` before them, pooled."""
        count = self.hits.shape[1]
        first = max(count + edge, 0)
        since = np.zeros((len(self.hits), count), dtype=bool)
        until = since.copy()
        since[:, first:], until[:, max(0, first - back) : first] = True, True
        table = self._against(since, until)
        every = np.zeros_like(since)
        every[:, :first] = True
        table["from_nothing"] = self._is_hardly(every, since)
        return table

    def since(self, first: list[int]) -> pd.DataFrame:
        """The periods from `first` on (one a topic, 0: no promise) against the four before."""
        place = np.arange(self.hits.shape[1])[None, :]
        start = np.array(first, dtype=int).reshape(-1, 1)
        return self._against((place >= start) & (start > 0), (place < start) & (place >= start - _BACK))

    def gap(self) -> pd.DataFrame:
        """There, gone, and back in the last one or two periods: the plainest way to see it so, p for all tried."""
        count = self.hits.shape[1]
        place = np.broadcast_to(np.arange(count), self.hits.shape)
        best, tried = self._nothing(), 0
        for back in (1, 2):
            for gone in range(1, count - back):
                edge = count - back - gone
                there, away, again = place < edge, (place >= edge) & (place < count - back), place >= count - back
                tried += 1
                seen = self.enough & self._is_hardly(away, there) & self._is_hardly(away, again)
                if not seen.any():
                    continue
                up, fell = self._against(again, away), self._against(away, there)
                up["p"] = np.maximum(up["p"], fell["p"]).where(seen)
                better = up["p"].notna() & ~(up["p"] >= best["p"])
                best = best.where(~better, up)
        best["p"] = np.minimum(best["p"] * tried, 1.0)
        return best

    def trend(self) -> pd.DataFrame:
        """Change of the share a period, over all periods."""
        table = self._nothing()
        known = [_slope(self.hits[row], self.worth[row]) for row in np.flatnonzero(self.enough)]
        if known:
            table.loc[self.enough, ["before", "change", "low", "high", "p"]] = np.array(known)
        return table

    def _nothing(self) -> pd.DataFrame:
        rows = range(len(self.hits))
        return pd.DataFrame(np.nan, rows, ["before", "change", "low", "high", "p"]).assign(from_nothing=False)

    def _pooled(self, part: NDArray[np.bool_]) -> pd.DataFrame:
        return _estimate((self.hits * part).sum(axis=1), (self.worth * part).sum(axis=1))

    def _against(self, now: NDArray[np.bool_], before: NDArray[np.bool_]) -> pd.DataFrame:
        one, other = self._pooled(now), self._pooled(before)
        moved = difference(one, other)[["change", "low", "high", "p"]]
        put = self.enough & (one["n_eff"] >= FEWEST_HEARD) & (other["n_eff"] >= FEWEST_HEARD)
        return moved.assign(before=other["value"]).where(put).assign(from_nothing=False)

    def _is_hardly(self, one: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether the first share is for certain below a quarter of the second."""
        sides = [_share((self.hits * part).sum(axis=1), (self.worth * part).sum(axis=1)) for part in (one, other)]
        return sides[0].high < GONE * sides[1].low


def _slope(hits: Array, worth: Array) -> tuple[float, ...]:
    """Mean share, slope, low, high and p of the test for a trend in shares; NaN where it cannot be made."""
    there = worth >= FEWEST_HEARD
    time, y, n = np.arange(len(hits))[there].astype(float), hits[there], worth[there]
    p = y.sum() / n.sum()
    if there.sum() < _TREND or not 0 < p < 1:
        return (np.nan,) * 5
    centred = time - n @ time / n.sum()
    squares = n @ centred**2
    slope = float(centred @ (y - n * p) / squares)
    degrees = len(time) - 2
    chi2 = np.sum((y - n * p) ** 2 / (n * p * (1 - p)))
    alone = p * (1 - p) / squares
    error = float(np.sqrt(alone * max(1.0, (chi2 - slope**2 / alone) / degrees)))
    reach = float(stdtrit(degrees, 0.975)) * error
    return p, slope, slope - reach, slope + reach, float(2 * stdtr(degrees, -abs(slope / error)))


def _first_after(begun: Sequence[tuple[pd.Timestamp, str]], middles: Sequence[pd.Timestamp]) -> int:
    """The first period of which most lies after the latest promise that leaves one; 0 where there is none."""
    for start, _ in reversed(begun):
        first = sum(middle < start for middle in middles)
        if 0 < first < len(middles):
            return first
    return 0


def _tables(counts: pd.DataFrame) -> tuple[list[str], list[str], Array, Array, Array, Array]:
    """Labels of the periods, topics, and per topic and period: effective mentions and comments, mentions, comments."""
    given = counts.rename(columns={"comments": "n"}) if "n" not in counts else counts
    lost = [name for name in ("topic", "period", "n", "heard") if name not in given]
    if lost:
        raise TableError.missing("life_cycle", "counts", lost, counts.columns)
    if given.duplicated(["topic", "period"]).any():
        raise ParameterError("life_cycle: a topic has two rows for one period; give one each.")
    if not len(given):
        return [], [], *(np.zeros((0, 1)) for _ in range(4))
    labels, topics = (list(dict.fromkeys(given[name].astype(str))) for name in ("period", "topic"))
    wide = given.assign(topic=given["topic"].astype(str), period=given["period"].astype(str)).pivot(
        index="topic", columns="period"
    )
    comments = wide["heard"].reindex(columns=labels).max(axis=0).fillna(0).to_numpy(float)
    said = wide["n"].reindex(index=topics, columns=labels).fillna(0).to_numpy(float)
    heard_ = np.broadcast_to(comments, said.shape)
    worth = heard_.astype(float)
    if "n_eff" in given:
        worth = wide["n_eff"].reindex(index=topics, columns=labels).to_numpy(float)
        worth = np.where(np.isnan(worth), heard_, np.minimum(worth, heard_))
    with np.errstate(divide="ignore", invalid="ignore"):
        hits = np.where(heard_ > 0, said / heard_ * worth, 0.0)
    return labels, topics, hits, worth, said, heard_


def _share(hits: Array, worth: Array) -> Estimate:
    return share(Counts(worth, worth, hits, worth, hits, hits, worth))


def _estimate(hits: Array, worth: Array) -> pd.DataFrame:
    found = _share(hits, worth)
    return pd.DataFrame({name: getattr(found, name) for name in ("value", "low", "high", "n_eff")})


def _starts(promises: pd.DataFrame | None, topics: Sequence[str]) -> dict[str, list[tuple[pd.Timestamp, str]]]:
    """Per topic the starts of its promises and their ids, the earliest first."""
    begun: dict[str, list[tuple[pd.Timestamp, str]]] = {}
    for row in [] if promises is None else promises.to_dict("records"):
        start = pd.Timestamp(row["started_on"])
        if str(row["topic"]) in topics and not pd.isna(start):
            begun.setdefault(str(row["topic"]), []).append((start, str(row.get("action_id", ""))))
    return {topic: sorted(each) for topic, each in begun.items()}


def _middle(label: str, fiscal_year_starts: int) -> pd.Timestamp:
    period = Period.of(label, fiscal_year_starts)
    return pd.Timestamp(period.start + (period.end - period.start) / 2)
