"""Who did not answer, and what they could do to a survey's result."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import CxlabError, ParameterError
from cxlab.kpis.answering import (
    AS_ANSWERED,
    DIFFERS,
    HOLDS,
    ITSELF,
    LATE,
    LEAST_GAP,
    METHODS,
    WAIT_DAYS,
    WEIGHTED,
    WhoAnswers,
    answering,
)
from cxlab.kpis.questions import question, scale_of_unit
from cxlab.periods import Period
from cxlab.stats import silence
from cxlab.stats.comparisons import CANNOT_TELL, MOVED_DOWN, MOVED_UP, compare

GRADES = (HOLDS, DIFFERS, CANNOT_TELL)
#: A weighted result that lies no further from the one as answered is no other result.
MARGIN = {"points": 3.0, "share": 0.02}
_MOVED = (MOVED_UP, MOVED_DOWN)


def who_answers(
    tables: Mapping[str, Any],
    period: Period,
    survey: str = "nps",
    kind: str | None = None,
    *,
    method: str = "inverse",
    calibrate: Sequence[str] = (),
    totals: Mapping[str, Mapping[str, float]] | None = None,
    threshold: float | None = None,
    top: float | None = None,
    wait_days: float = WAIT_DAYS,
    as_of: dt.datetime | None = None,
    compared: bool = True,
) -> WhoAnswers:
    """What a survey's result would be if those who did not answer were like similar customers who did, and how
    different they would have to be for the result to say something else.

    Counts invitations sent in the period (answers after its end belong to it too), at least `wait_days` old by `as_of`
    (default: the last answer). The chance of answering comes from what was known when the invitation was sent
    (`cxlab.kpis.invitations.known_then`): use, tickets, open tickets, tenure, revenue, earlier answers, plan, segment,
    region, role. `method` is "inverse" (one over the chance) or "classes" (five classes of it). `calibrate` names text
    features whose shares are then met exactly, among the invited or as `totals` gives them. Intervals reckon with the
    chances being estimated and with accounts that answer several times.

    Weighting removes what goes with those features only, and half the bias stays where answering depends on two of them
    together (simulated). Where it depends on the answer itself `bounds` holds the truth, `signs` shows how far the
    silent may be off, and `if_answer_rates` what follows from a guess.

    `grade` is "cannot tell" when weighting or plausible silence (see `downgrade`) takes back a change since last period
    that moved, or the side of the `threshold`; "weighted differs" when weighting surely moves the result by 3 points
    (0.02) or more; else "as answered holds". Raises TableError when the survey has no rows for the silent, or fewer
    than 30 answers or 30 silent.
    """
    if method not in METHODS:
        raise ParameterError.unknown("method", method, METHODS)
    asked_for = question(survey, top)
    options = {"method": method, "calibrate": calibrate, "totals": totals, "wait_days": wait_days, "as_of": as_of}
    now = answering(tables, period, asked_for, kind, options)
    parts: dict[str, Any] = {}
    if threshold is not None:
        value, low, high = now.kpi.loc[0, ["value", "low", "high"]]
        scale = scale_of_unit(now.unit)
        parts["tipping_threshold"] = silence.tipping_threshold(value, low, high, now.rate, threshold, scale)
    if compared:
        try:
            before = answering(tables, period.previous(), asked_for, kind, options)
            parts |= _comparison(now, before)
        except CxlabError as problem:
            why = f"Not compared with {period.previous().label}: {str(problem).splitlines()[0]}"
            parts["remarks"] = (*now.remarks, why)
    now = dataclasses.replace(now, **parts)
    return dataclasses.replace(now, grade=_grade(now, threshold))


def downgrade(changes: pd.DataFrame, answers: WhoAnswers | Sequence[WhoAnswers]) -> pd.DataFrame:
    """The change frame with "cannot tell" in place of every "moved" that plausible silence could have made.

    A column `why` says so, empty elsewhere.

    A KPI is judged by the `WhoAnswers` of its survey and period, groups by the company's. A change stays moved when,
    first, the company's moves the same way weighted, and second, its interval lies beyond what the silent could do:
    |change of the response rate| times a gap that both periods share, plus the share of the silent times what the gap
    may have changed by. Both gaps are at least a fortieth of the scale (5 points, 0.025), and larger where signs surely
    show one (the second up to its interval's far end): what is known about the silent, read as if answering depended
    on the answer itself, and late answers. KPIs without a `WhoAnswers`, or whose has no period before, stay as they
    are. What is not known at all can still have made a change: see `WhoAnswers.tipping`.
    """
    frame = changes.assign(why="")
    for judge in [answers] if isinstance(answers, WhoAnswers) else answers:
        if judge.change is None:
            continue
        own, weighted = judge.change["verdict"].iloc[0], judge.weighted_change["verdict"].iloc[0]
        mine = (frame["kpi"] == judge.survey) & (frame["period"] == judge.period) & frame["verdict"].isin(_MOVED)
        near = mine & (np.minimum(frame["low"].abs(), frame["high"].abs()) <= judge.plausible)
        turned = mine & (frame["verdict"] == own) & (weighted != own)
        frame.loc[near, "why"] = "those who did not answer could have made this change"
        frame.loc[turned, "why"] = "it is not certain once answers are weighted for who answered"
        frame.loc[near | turned, "verdict"] = CANNOT_TELL
    return frame


def _comparison(now: WhoAnswers, before: WhoAnswers) -> dict[str, Any]:
    """Change as answered and weighted, tipping values, and how far the change may be off."""
    changed = {
        how: compare(
            *(side.kpi[side.kpi["how"] == how].drop(columns="how") for side in (now, before)), MARGIN[now.unit]
        )
        for how in (AS_ANSWERED, WEIGHTED)
    }
    row = changed[AS_ANSWERED].iloc[0]
    numbers = row["change"], row["low"], row["high"], row["value"]
    differing = LEAST_GAP[now.unit]
    for sign in (ITSELF, LATE):
        new, old = (side.signs.set_index("sign").loc[sign] for side in (now, before))
        apart = abs(new["gap"] - old["gap"])
        noise = np.hypot(new["high"] - new["low"], old["high"] - old["low"]) / 2
        # A gap that changed by less than its own noise says nothing; one that surely changed may have by more yet.
        if apart > noise:
            differing = max(differing, apart + noise)
    common, scale = max(_gap(now), _gap(before)), scale_of_unit(now.unit)
    return {
        "change": changed[AS_ANSWERED],
        "weighted_change": changed[WEIGHTED],
        "tipping": silence.tipping_change(*numbers, now.rate, scale),
        "tipping_same_gap": silence.tipping_same_gap(row["change"], now.rate, before.rate, np.ptp(scale)),
        "plausible": silence.gap_range(now.rate - before.rate, 1 - now.rate, common, differing),
        "before": before,
    }


def _gap(who: WhoAnswers) -> float:
    """The gap that is thought possible in a period: the least one, or the largest that a sign surely shows."""
    told = who.signs[who.signs["sign"].isin([ITSELF, LATE]) & silence.surely(who.signs)]
    return float(max(LEAST_GAP[who.unit], *told["gap"].abs())) if len(told) else LEAST_GAP[who.unit]


def _grade(who: WhoAnswers, threshold: float | None) -> str:
    if who.change is not None and (downgrade(who.change, who)["why"] != "").any():
        return CANNOT_TELL
    if threshold is not None and _side_is_taken_back(who, threshold):
        return CANNOT_TELL
    away, low, high = who.shift
    return DIFFERS if abs(away) >= MARGIN[who.unit] and (low > 0 or high < 0) else HOLDS


def _side_is_taken_back(who: WhoAnswers, threshold: float) -> bool:
    """A result surely on one side of the threshold that is not so weighted, or within reach of a plausible gap."""
    plain, weighted = ((row["low"] - threshold, row["high"] - threshold) for _, row in who.kpi.iterrows())
    if plain[0] <= 0 <= plain[1]:
        return False
    reach = (1 - who.rate) * _gap(who)
    near = min(abs(plain[0]), abs(plain[1])) <= reach
    return near or not (weighted[0] > 0 if plain[0] > 0 else weighted[1] < 0)
