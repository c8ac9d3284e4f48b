"""One promise judged: the estimate, the checks that it has to stand, and how many answers are missing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtri

from cxlab.kpis.definitions import DEFINITIONS
from cxlab.models.actions.course import Course
from cxlab.models.actions.panel import Array, Effect, Noise, Panel, estimate
from cxlab.models.actions.promise import Promise
from cxlab.models.actions.slots import FEWEST
from cxlab.stats.comparisons import POWER
from cxlab.stats.estimates import normal_quantile

DIFFERENCES, INTERRUPTED = "difference in differences", "interrupted time series"
#: The smallest change worth acting for, where the ledger states none: so many times the dictionary's margin.
MEANINGFUL = 2.5
#: The course before the start counts as moving when chance alone would move it so less often than this; or than the
#: second, if going on like that would make more than a third of the effect.
_MOVING, _EXPLAINING = 0.05, 0.20
#: Of false dates at most this share may show as large an effect.
_AS_LARGE = 0.1
_FEWEST_DATES = 2
#: Without a comparison: so many slots before and after, or nothing can be told from everything else that happened.
_ALONE_BEFORE, _ALONE_AFTER = {"month": 12, "quarter": 8}, {"month": 6, "quarter": 3}
# Slots that a false date has to have before it.
_LEAST_BEFORE = {"month": 4, "quarter": 2}
# A yearly course needs two years to be told from a trend.
_TWO_YEARS = {"month": 24, "quarter": 8}
_YEAR = {"month": 12, "quarter": 4}
_REACH = float(normal_quantile() + ndtri(POWER))


@dataclass(frozen=True)
class Judged:
    """What is known of one promise. `effect`: in the KPI's unit. `drifted`: how far the slope before would have led by
    itself. `faults`: which checks do not hold, in words, `limits`: what no result could mend. `needs`: answers still
    missing (0: none, NaN: more answers alone would not show it)."""

    method: str
    effect: Effect
    moving: float
    moving_p: float
    drifted: float
    dates: int
    as_large: int
    was_low: bool
    meaningful: float
    needs: float
    before: float
    after: float
    rest_before: float
    rest_after: float
    n_before: int
    n_after: int
    is_young: bool
    limits: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def smallest(self) -> float:
        """The effect that would have been seen four times in five."""
        return _REACH * self.effect.error


def judge(course: Course, promise: Promise, days: float) -> Judged:
    """Estimate and checks. `days`: how long ago the action began."""
    entry = DEFINITIONS[promise.kpi]
    sign = 1.0 if entry.better == "up" else -1.0
    panel, length = course.panel, course.slots.length
    is_alone = len(course.units) == 1
    effect = estimate(panel, design(panel, length))
    past = panel.where(panel.slot < 0)
    moving = _moving(past, length, is_alone)
    sizes = _false_dates(course, effect.likeliest)
    as_large = int((np.abs(sizes) >= abs(effect.value)).sum())
    before, after = _mean(course, True, True), _mean(course, True, False)
    meaningful = abs(promise.size) if promise.size else math.nan
    if not math.isfinite(meaningful):
        meaningful = MEANINGFUL * entry.margin * (abs(before) if entry.relative else 1.0)
    n_before, n_after = (_answers(course, is_before) for is_before in (True, False))
    mine = course.rows[(course.rows["unit"] == course.here) & (course.rows["slot"] >= 0)]
    found = Judged(
        INTERRUPTED if is_alone else DIFFERENCES,
        effect,
        moving.value,
        moving.p,
        moving.value * _distance(panel),
        len(sizes),
        as_large,
        _was_low(course, sign),
        meaningful,
        needs(effect.error, course.single, float(mine["n_eff"].sum()), meaningful),
        before,
        after,
        _mean(course, False, True),
        _mean(course, False, False),
        n_before,
        n_after,
        days < (180 if is_alone else 90),
    )
    found.limits.extend(_limits(found, panel, length, is_alone))
    found.faults.extend(faults_of(found, sign, is_alone))
    return found


def design(panel: Panel, length: str) -> Array:
    """The design of the panel without the units' levels, the effect (its average since the start) in the last column.

    Several units: a column a slot, and the effect on unit 0 (difference in differences). One unit: its trend, its
    yearly course where two years are known, and, once three slots have passed, a change of slope around the average
    effect.
    """
    since = panel.slot >= 0
    if len(np.unique(panel.unit)) > 1:
        slots = np.unique(panel.slot)[1:]
        shared = (panel.slot[:, None] == slots[None, :]).astype(float)
        return np.column_stack([shared, (since & (panel.unit == 0)).astype(float)])
    time = panel.slot.astype(float)
    columns = [time]
    if (panel.slot < 0).sum() >= _TWO_YEARS[length]:
        angle = 2 * np.pi * time / _YEAR[length]
        columns += [np.cos(angle), np.sin(angle)]
    if since.sum() >= 3:
        columns.append(np.where(since, time - time[since].mean(), 0.0))
    return np.column_stack([*columns, since.astype(float)])


def needs(error: float, single: float, n: float, meaningful: float) -> float:
    """How many more answers of the group the action is about would show a change of that size four times in five.

    The variance of the effect has a part that these answers make, `single` / `n`, and a part that they do not: what was
    before, what is elsewhere, what happens from slot to slot. 0 where there are enough, NaN where the second part alone
    is too much.
    """
    wanted = (meaningful / _REACH) ** 2
    if error**2 <= wanted:
        return 0.0
    rest = max(error**2 - single / n, 0.0) if n > 0 else error**2
    return math.ceil(single / (wanted - rest) - n) if wanted > rest else math.nan


def _distance(panel: Panel) -> float:
    """Slots between the middle of what is known before and of what is known since, where the action applies."""
    mine = panel.slot[panel.unit == 0]
    return float(mine[mine >= 0].mean() - mine[mine < 0].mean()) if (mine >= 0).any() else math.nan


def _moving(past: Panel, length: str, is_alone: bool) -> Effect:
    """The slope before the start, of the unit against the others or of the unit alone, a slot."""
    time = past.slot.astype(float)
    if is_alone:
        x = time[:, None]
    else:
        slots = np.unique(past.slot)[1:]
        x = np.column_stack([(past.slot[:, None] == slots[None, :]).astype(float), np.where(past.unit == 0, time, 0.0)])
    return estimate(past, x, lasting=False)


def _false_dates(course: Course, noise: tuple[Noise, ...]) -> Array:
    """The same estimate at every earlier date that leaves enough before and after it, the true time left out."""
    panel, slots = course.panel, course.slots
    past = panel.where(panel.slot < 0)
    known = np.unique(past.slot[past.unit == 0])
    reach = max(1, min(slots.after, len(known) // 3))
    least = _LEAST_BEFORE[slots.length]
    sizes = []
    for date in known:
        since, until = past.slot >= date, past.slot < date + reach
        part = past.where((since & until) | (past.slot < date - slots.left_out))
        moved = Panel(part.y, part.v, part.unit, part.slot - date)
        mine = moved.slot[moved.unit == 0]
        if date + reach > known[-1] + 1 or (mine < 0).sum() < least or not (mine >= 0).any():
            continue
        sizes.append(estimate(moved, design(moved, slots.length), noise).value)
    found = np.array(sizes, dtype=float)
    return found[np.isfinite(found)]


def _limits(found: Judged, panel: Panel, length: str, is_alone: bool) -> list[str]:
    """What keeps any result from being evidence, in words: known before the result is."""
    limits = []
    if is_alone:
        before, after = (panel.slot < 0).sum(), (panel.slot >= 0).sum()
        if before < _ALONE_BEFORE[length] or after < _ALONE_AFTER[length]:
            limits.append("there is nothing to compare it with, and too little time to tell it from all else")
    if found.dates < _FEWEST_DATES:
        limits.append("too little is known from before to try the same at false dates")
    return limits


def faults_of(found: Judged, sign: float, is_alone: bool) -> list[str]:
    """What speaks against an effect that seems to be there, in words."""
    effect, faults = found.effect, []
    is_there = effect.low > 0 or effect.high < 0
    is_closing = not is_alone and found.moving * sign > 0
    is_enough = is_there and found.moving_p < _EXPLAINING and abs(found.drifted) > abs(effect.value) / 3
    if is_closing and (found.moving_p < _MOVING or is_enough):
        faults.append("it was already catching up with the others before the start")
    if is_there and found.as_large > _AS_LARGE * found.dates:
        faults.append("as much shows at false dates, when nothing had begun")
    return faults


def _was_low(course: Course, sign: float) -> bool:
    """Whether the slots just before the start were the worst of all before it."""
    mine = course.rows[(course.rows["unit"] == course.here) & (course.rows["slot"] < 0)]
    step = course.slots.left_out
    if len(mine) < 3 * step:
        return False
    blocks = [
        np.average(part["value"], weights=part["n_eff"])
        for _, part in mine.groupby((-mine["slot"] - 1) // step)
        if len(part)
    ]
    return bool(sign * blocks[0] <= min(sign * np.array(blocks[1:])))


def _mean(course: Course, is_here: bool, is_before: bool) -> float:
    """Average of the unit (or of all others) before the start, without what is left out, or since."""
    rows = course.rows
    mine = rows[(rows["unit"] == course.here) == is_here]
    part = mine[mine["slot"] < -course.slots.left_out] if is_before else mine[mine["slot"] >= 0]
    return float(np.average(part["value"], weights=part["n_eff"])) if len(part) else math.nan


def _answers(course: Course, is_before: bool) -> int:
    rows = course.rows[course.rows["unit"] == course.here]
    part = rows[rows["slot"] < -course.slots.left_out] if is_before else rows[rows["slot"] >= 0]
    return int(part["n"].sum())


def has_enough_before(course: Course) -> bool:
    """Whether the baseline is long enough to be one."""
    rows = course.rows[course.rows["unit"] == course.here]
    return int((rows["slot"] < -course.slots.left_out).sum()) >= FEWEST[course.slots.length]
