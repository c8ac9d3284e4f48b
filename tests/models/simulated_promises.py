"""Simulated courses of a measure around the start of an action, with planted truth."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd

from cxlab.models.actions.course import Course
from cxlab.models.actions.promise import Promise
from cxlab.models.actions.slots import LEFT_OUT, Slots

A_YEAR = 365.0


def a_promise(action_id: str = "A-1", kpi: str = "csat", **more: object) -> Promise:
    """A promise that began on the first of January 2026."""
    said = {"owner": "somebody", "topic": "support", "expected": "", "size": math.nan, "cost": math.nan}
    return Promise(action_id, dt.datetime(2026, 1, 1), None, kpi, **{**said, **more})


def a_course(
    rng: np.random.Generator,
    units: int = 4,
    before: int = 24,
    after: int = 6,
    n: float = 50,
    *,
    shock: float = 0.0,
    lasting: float = 0.0,
    apart: float = 0.03,
    effect: float = 0.0,
    ramp: int = 1,
    drift: float = 0.0,
    worst: bool = False,
    level: float = 0.75,
    length: str = "month",
) -> Course:
    """Shares of satisfied answers of `units` groups: levels `apart` (sd), a course in common, shocks of one group alone
    that decay by `lasting` a slot, and an effect on one group that is reached after `ramp` slots. `drift`: what that
    group gains a slot by itself. `worst`: the group is the one that looked worst in the three months before."""
    slots = np.arange(-before, after)
    shocks = np.zeros((units, len(slots)))
    shocks[:, 0] = rng.normal(0, shock, units)
    for at in range(1, len(slots)):
        shocks[:, at] = lasting * shocks[:, at - 1] + rng.normal(0, shock * np.sqrt(1 - lasting**2), units)
    truth = level + rng.normal(0, apart, (units, 1)) + rng.normal(0, 0.02, len(slots)) + shocks
    truth[0] += effect * np.clip((slots + 1) / ramp, 0, 1) * (slots >= 0) + drift * slots
    answers = np.maximum(rng.poisson(n, truth.shape), 1)
    seen = rng.binomial(answers, np.clip(truth, 0.01, 0.99)) / answers
    here = 0
    if worst:
        step = LEFT_OUT if length == "month" else 1
        last = slice(before - step, before)
        here = int(np.argmin((seen * answers)[:, last].sum(1) / answers[:, last].sum(1)))
    return course_of_values(seen, answers, before, here, length)


def course_of_values(seen: np.ndarray, answers: np.ndarray, before: int, here: int, length: str) -> Course:
    """A course of shares seen (units x slots) out of so many answers."""
    units, count = seen.shape
    single = float(np.mean(seen) * (1 - np.mean(seen)))
    rows = pd.DataFrame(
        {
            "unit": np.repeat([f"u{at:02}" for at in range(units)], count),
            "slot": np.tile(np.arange(-before, count - before), units),
            "value": seen.ravel(),
            "n": answers.ravel(),
            "n_eff": answers.ravel().astype(float),
            "v": single / answers.ravel(),
        }
    )
    return Course(rows, f"u{here:02}", Slots(length, before, count - before, ()), single)
