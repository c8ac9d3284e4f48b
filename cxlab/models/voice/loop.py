"""From what was said to what was done: share of the comments routed, acted on, answered, and days until an answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import TableError
from cxlab.models.contacts import NEXT_TICKET, moments, next_ticket
from cxlab.models.voice.mentions import accounts_of, heard, shares, side_by_side
from cxlab.stats.durations import Completion, completion

#: A contact within so many days after a comment counts as answering it.
WITHIN_DAYS = 30.0
WITH_TOPIC, ROUTED, ACTED_ON, ANSWERED = "with a topic", "routed", "acted on", "answered"
_DAY = pd.Timedelta(days=1)
_OWN_DATE = "followed_up_at"


@dataclass(frozen=True)
class Loop:
    """What became of comments. `steps`: step ("with a topic", "routed", "acted on", "answered"), n, heard, value, low,
    high. The first is a share of the comments heard, the others of those with a topic; "answered" is the share
    contacted within WITHIN_DAYS (Kaplan-Meier), NaN where nothing tells. `clock`: days until a contact, those
    who wait counted as waiting. `contact`: what counts as one, in words, "" where nothing tells."""

    steps: pd.DataFrame
    clock: Completion
    contact: str


def loop_closed(
    members: pd.DataFrame,
    comments: pd.DataFrame,
    routes: pd.DataFrame,
    *,
    promises: pd.DataFrame | None = None,
    tickets: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
    as_of: dt.datetime | None = None,
) -> Loop:
    """Share of the comments with a topic that were routed, acted on and answered, and how long the answer took.

    routed: a topic of the comment has an owner in `routes` (as `owners_of` gives it). acted on: on a topic of the
    comment somebody promised to act, after it or while it was written (`promises` as `promises_on` gives them: begun by
    `as_of`, not finished before the comment). answered: see `first_contacts`; the clock stops unanswered where the
    account left (`customers`), and at `as_of` (default: the last comment or ticket). Accounts are clusters.
    """
    members, comments = side_by_side(members, comments)
    if "answered_at" not in comments:
        raise TableError.missing("the closed loop", "responses", ["answered_at"], comments.columns)
    counts = heard(comments)
    rows, told = comments[counts].reset_index(drop=True), members[counts].reset_index(drop=True)
    when = moments(rows["answered_at"])
    end = _end(when, tickets, as_of)
    there = told.any(axis=1)
    owned = set(routes.loc[routes["owner"] != "", "topic"])
    routed = told[[topic for topic in told if topic in owned]].any(axis=1)
    steps = pd.DataFrame({WITH_TOPIC: there, ROUTED: routed, ACTED_ON: _acted_on(told, when, promises, end)})
    whole = shares(steps[[WITH_TOPIC]], accounts_of(rows))
    mine = rows[there].reset_index(drop=True)
    of_these = shares(steps.loc[there, [ROUTED, ACTED_ON]].reset_index(drop=True), accounts_of(mine))
    clock, contact = _clock(mine, tickets, customers, end)
    value, low, high = clock.done_by(WITHIN_DAYS) if contact and clock.n else (np.nan,) * 3
    done = clock.time <= WITHIN_DAYS
    answered = {"n": int(clock.done[done].sum()), "heard": len(mine), "value": value, "low": low, "high": high}
    table = pd.concat([whole, of_these, pd.DataFrame([answered], index=[ANSWERED])]).rename_axis("step")
    return Loop(table.reset_index()[["step", "n", "heard", "value", "low", "high"]], clock, contact)


def first_contacts(comments: pd.DataFrame, tickets: pd.DataFrame | None = None) -> tuple[pd.Series, str]:
    """The first contact with the author's account after each comment (NaT: none), and what counts as one, in words.

    `followed_up_at` where the survey notes it, else the account's next ticket, as in
    `cxlab.models.middle.recovery.follow_ups`, which does this for detractors. "" where neither is there.
    """
    when = moments(comments["answered_at"])
    if _OWN_DATE in comments and comments[_OWN_DATE].notna().any():
        noted = moments(comments[_OWN_DATE])
        return noted.where(noted >= when), "the follow-up that the survey notes"
    accounts = accounts_of(comments)
    if tickets is None or accounts is None or not {"customer_id", "opened_at"} <= set(tickets):
        return pd.Series(pd.NaT, index=comments.index, dtype="datetime64[us]"), ""
    return next_ticket(accounts, when, tickets), NEXT_TICKET


def _clock(
    rows: pd.DataFrame, tickets: pd.DataFrame | None, customers: pd.DataFrame | None, end: pd.Timestamp
) -> tuple[Completion, str]:
    """Days until the first contact of comments whose account is known; those without an account cannot be followed."""
    accounts = accounts_of(rows)
    known = rows[accounts.notna()].reset_index(drop=True) if accounts is not None else rows.iloc[:0]
    contacted, contact = first_contacts(known, tickets) if len(known) else (pd.Series(dtype="datetime64[us]"), "")
    if not contact:
        return completion([], [], []), ""
    left = pd.Series(pd.NaT, index=known.index, dtype="datetime64[us]")
    if customers is not None and "closed_on" in customers:
        closed = customers.drop_duplicates("customer_id").set_index("customer_id")["closed_on"]
        left = moments(known["customer_id"].map(closed))
    when = moments(known["answered_at"])
    stop = left.where(left < end, end)
    done = contacted.notna() & (contacted <= stop)
    days = ((contacted.where(done, stop) - when) / _DAY).clip(lower=0)
    # Who had left before writing waits for nothing.
    still = ~(left <= when).to_numpy(bool)
    ended, days = done[still].astype(float), days[still]
    return completion(days, ended, 1 - ended, cluster=known.loc[still, "customer_id"]), contact


def _acted_on(told: pd.DataFrame, when: pd.Series, promises: pd.DataFrame | None, end: pd.Timestamp) -> pd.Series:
    acted = pd.Series(False, index=told.index)
    for promise in [] if promises is None else promises.to_dict("records"):
        if promise["topic"] not in told or not pd.Timestamp(promise["started_on"]) <= end:
            continue
        finished = pd.Timestamp(promise.get("finished_on"))
        acted |= told[promise["topic"]] & (True if pd.isna(finished) else finished >= when)
    return acted


def _end(when: pd.Series, tickets: pd.DataFrame | None, as_of: dt.datetime | None) -> pd.Timestamp:
    if as_of is not None:
        return pd.Timestamp(as_of).as_unit("us")
    seen = [when.max()]
    if tickets is not None and "opened_at" in tickets:
        seen.append(moments(tickets["opened_at"]).max())
    return max((moment for moment in seen if not pd.isna(moment)), default=pd.NaT)
