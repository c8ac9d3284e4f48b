"""Promises judged over and over on simulated companies: what works is found, what does not is not called a success."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from cxlab.models.actions import WORKED
from cxlab.models.actions.judge import design
from cxlab.models.actions.ledger import judged_row, with_verdicts
from cxlab.models.actions.panel import estimate
from tests.models.simulated_promises import a_course, a_promise

pytestmark = pytest.mark.slow

TEAMS = {"units": 12, "n": 75, "before": 8, "after": 2, "length": "quarter"}
REGIONS = {"units": 4, "n": 50, "before": 24, "after": 6}
COMPANY = {"units": 1, "n": 600, "before": 12, "after": 4, "length": "quarter"}
# A team or region goes its own way by 2-3 points for some quarters: about what the spread of real ones looks like.
SHOCKS = {"shock": 0.025, "lasting": 0.6}


def verdicts(times: int, seed: int, **options: object) -> Counter:
    """How often each verdict is given, each promise a ledger of its own."""
    rng = np.random.default_rng(seed)
    rows = [judged_row(a_promise(), a_course(rng, **options), 300) for _ in range(times)]
    return Counter(with_verdicts([row])["verdict"].iloc[0] for row in rows)


def test_of_ledgers_in_which_nothing_worked_at_most_one_in_twenty_says_so() -> None:
    rng, called = np.random.default_rng(20), 0
    for _ in range(60):
        courses = (a_course(rng, **kind, **SHOCKS) for kind in (TEAMS, REGIONS, COMPANY, REGIONS | {"n": 25}))
        rows = [judged_row(a_promise(f"A-{at}"), course, 300) for at, course in enumerate(courses)]
        called += (with_verdicts(rows)["verdict"] == WORKED).any()
    assert called <= 3


@pytest.mark.parametrize("shocks", [{}, SHOCKS], ids=["answers alone", "and shocks that last"])
def test_the_worst_team_that_was_picked_is_no_success(shocks: dict[str, float]) -> None:
    assert verdicts(60, 21, **TEAMS, **shocks, worst=True)[WORKED] <= 3


def test_a_baseline_that_forgot_this_would_fall_into_the_trap() -> None:
    """The trap is one: last quarter against this one, and the worst team seems to rise most of the time."""
    rng, rises = np.random.default_rng(22), 0
    for _ in range(200):
        course = a_course(rng, **TEAMS, worst=True)
        mine = course.rows[course.rows["unit"] == course.here].set_index("slot")
        change = mine.loc[0, "value"] - mine.loc[-1, "value"]
        rises += change > 1.96 * np.sqrt(mine.loc[0, "v"] + mine.loc[-1, "v"])
    assert rises > 0.1 * 200


def test_a_step_is_found() -> None:
    # The size of the sample company's working action: 13 points, three regions, some 45 answers a month.
    assert verdicts(40, 23, units=3, before=27, after=9, n=45, effect=0.13)[WORKED] >= 32


def test_a_ramp_is_found() -> None:
    assert verdicts(40, 24, units=4, before=24, after=9, n=50, effect=0.17, ramp=6)[WORKED] >= 32


def test_a_step_and_a_ramp_of_the_whole_company_are_found() -> None:
    step = {"units": 1, "before": 36, "after": 12, "n": 400, "effect": 0.17}
    assert verdicts(25, 25, **step)[WORKED] >= 20
    assert verdicts(25, 26, **step | {"effect": 0.2}, ramp=4)[WORKED] >= 20


def test_a_group_that_was_rising_already_is_no_success() -> None:
    assert verdicts(40, 27, **REGIONS | {"n": 90}, drift=0.006)[WORKED] <= 2


@pytest.mark.parametrize(
    "options",
    [REGIONS | SHOCKS, TEAMS | SHOCKS, TEAMS | {"shock": 0.03, "lasting": 0.6, "units": 4, "n": 150}],
    ids=["regions by month", "teams by quarter", "regions by quarter"],
)
def test_intervals_hold_the_planted_effect(options: dict[str, float]) -> None:
    rng, held, times = np.random.default_rng(28), 0, 200
    for _ in range(times):
        course = a_course(rng, **options, effect=0.08)
        panel = course.panel
        found = estimate(panel, design(panel, course.slots.length))
        held += found.low <= 0.08 <= found.high
    assert 0.92 * times <= held <= 0.98 * times
