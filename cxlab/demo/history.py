"""Twelve quarters of the sample company: tickets, usage, who leaves and why, and what they pay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.demo import truths
from cxlab.demo.accounts import first_value
from cxlab.demo.draws import DAY, at, later, lognormal, pick, quarter_days, stream

_CHANNELS = ("e-mail", "chat", "phone", "portal")
_PRICE = {"Starter": 190.0, "Team": 520.0, "Business": 1_450.0, "Enterprise": 4_200.0}


@dataclass
class History:
    """What happened. `closed_on` (datetime64[D], NaT: stayed) is in account order; `states` holds per quarter the
    drivers of every account when it began (dict of arrays, with the masks `active` and `asked`)."""

    closed_on: np.ndarray
    tickets: pd.DataFrame
    intensity: np.ndarray
    months: np.ndarray
    states: dict[str, dict[str, np.ndarray]]


def live_through(seed: int, accounts: pd.DataFrame, journeys: pd.DataFrame) -> History:
    """Run the quarters one after the other: conditions at the start, who leaves, tickets until then."""
    count = len(accounts)
    opening, closing = quarter_days(truths.QUARTERS[0])[0], quarter_days(truths.QUARTERS[-1])[1]
    months = np.arange(opening.astype("datetime64[M]") - 1, closing.astype("datetime64[M]"))
    signed = accounts["signed_on"].to_numpy().astype("datetime64[D]")
    seats = accounts["seats"].to_numpy()
    sign_ins = np.round(seats[:, None] * _intensity(seed, count, len(months))).astype(int)
    value = first_value(journeys)
    due, reached = (value[name].to_numpy().astype("datetime64[s]") for name in ("due_at", "would_reach_at"))
    history = History(np.full(count, np.datetime64("NaT", "D")), pd.DataFrame(), sign_ins, months, {})
    parts: list[pd.DataFrame] = []
    open_until = (np.array([], dtype=int), np.array([], dtype="datetime64[s]"))  # account, resolved of tickets so far
    for quarter in truths.QUARTERS:
        rng = stream(seed, "history", quarter)
        start, end = quarter_days(quarter)
        active = (signed < start) & np.isnat(history.closed_on)
        before = start.astype("datetime64[M]") - 1
        known = signed < before.astype("datetime64[D]")
        month = sign_ins[:, int((before - months[0]).astype(int))]
        state = {
            "active": active,
            "open_tickets": np.minimum(
                np.bincount(open_until[0][open_until[1] >= start], minlength=count), truths.MAX_OPEN_TICKETS
            ),
            "low_usage": (known & (month < truths.LOW_USAGE * seats)).astype(int),
            "late_onboarding": ((due < start) & ~(reached <= due)).astype(int),
            "renewal_due": _renews(signed, start, end).astype(int),
            "starter_plan": (accounts["plan"] == "Starter").to_numpy().astype(int),
        }
        attributes = {
            "webinar_attended": accounts["webinar_attended"].to_numpy(),
            "log_seats": np.log(seats),
            "newsletter": accounts["newsletter"].to_numpy(),
            "partner_sale": (accounts["channel"] == "partner").to_numpy(),
        }
        log_odds = np.full(count, truths.CHURN_INTERCEPT)
        for name, effect in truths.CHURN_DRIVERS.items():
            log_odds += effect * state[name]
        for name, effect in truths.NULL_DRIVERS.items():
            log_odds += effect * attributes[name]
        leaves = active & (rng.random(count) < 1 / (1 + np.exp(-log_odds)))
        day = rng.integers(0, 3, count)
        left_on = (start.astype("datetime64[M]") + day).astype("datetime64[D]") + rng.integers(1, 28, count) * DAY
        history.closed_on = np.where(leaves, left_on, history.closed_on)
        state["asked"] = active & ~leaves & (signed < start - 60 * DAY)
        history.states[quarter] = state
        tickets = _tickets(seed, quarter, accounts, signed, history.closed_on)
        _add_replies(stream(seed, "ticket replies", quarter), tickets)
        parts.append(tickets)
        open_until = (
            np.concatenate([open_until[0], tickets["number"].to_numpy()]),
            np.concatenate([open_until[1], tickets["resolved_at"].to_numpy().astype("datetime64[s]")]),
        )
    history.tickets = _as_of_now(pd.concat(parts, ignore_index=True))
    return history


def _renews(signed: np.ndarray, start: np.datetime64, end: np.datetime64) -> np.ndarray:
    """Whether a yearly contract (from the day of signing) ends in [start, end): by month, and not in the first year."""
    months = start.astype("datetime64[M]") + np.arange(3)
    since = months[None, :].astype(int) - signed.astype("datetime64[M]").astype(int)[:, None]
    return ((since > 0) & (since % 12 == 0)).any(axis=1)


def _intensity(seed: int, count: int, months: int) -> np.ndarray:
    """Sign-ins per seat and month (accounts x months): a level of the account's own and slow ups and downs."""
    rng = stream(seed, "usage")
    level = np.log(10.0) + 0.45 * rng.standard_normal(count)
    wave, table = 0.4 * rng.standard_normal(count), np.empty((count, months))
    for month in range(months):
        wave = 0.8 * wave + 0.25 * rng.standard_normal(count)
        table[:, month] = level + wave
    return np.exp(table)


def _tickets(seed: int, quarter: str, accounts: pd.DataFrame, signed: np.ndarray, closed: np.ndarray) -> pd.DataFrame:
    """Tickets opened in a quarter, channel switches included, with times as they will be in the end."""
    rng = stream(seed, "tickets", quarter)
    start, end = quarter_days(quarter)
    begin = np.maximum(signed + DAY, start)
    stop = np.minimum(np.where(np.isnat(closed), end, closed), end)
    days = np.maximum((stop - begin) / DAY, 0)
    rate = accounts["plan"].map(truths.TICKETS_A_QUARTER).to_numpy(dtype=float)
    number = np.repeat(np.arange(len(accounts)), rng.poisson(rate * days / 91))
    total = len(number)
    opened = at(begin[number] + (rng.random(total) * days[number]).astype(int) * DAY, rng, 6.0, 20.0)
    frame = pd.DataFrame(
        {
            "number": number,
            "opened_at": opened,
            "channel": pick(rng, _CHANNELS, (0.42, 0.26, 0.18, 0.14), total),
            "category": pick(rng, tuple(truths.TICKET_CATEGORIES), tuple(truths.TICKET_CATEGORIES.values()), total),
            "first": np.arange(total),
        }
    )
    # The customer changes channel and starts over: a second ticket on the same matter within two days.
    again = frame[rng.random(total) < truths.CHANNEL_SWITCH_SHARE].copy()
    again["opened_at"] = later(again["opened_at"].to_numpy().astype("datetime64[s]"), rng.uniform(0.3, 40, len(again)))
    again["channel"] = again["channel"].map({"e-mail": "phone", "chat": "phone", "portal": "chat", "phone": "e-mail"})
    frame["switched"], again["switched"] = False, True
    still = np.isnat(closed[again["number"]]) | (again["opened_at"].to_numpy() < closed[again["number"]])
    again = again[still & (again["opened_at"].to_numpy() < end)]
    frame = pd.concat([frame, again], ignore_index=True)
    total = len(frame)
    opened = frame["opened_at"].to_numpy().astype("datetime64[s]")
    priority = pick(rng, tuple(truths.PRIORITIES), tuple(truths.PRIORITIES.values()), total)
    median = np.array([truths.RESOLUTION_HOURS[name] for name in priority], dtype=float)
    hours = lognormal(rng, median, truths.RESOLUTION_SIGMA, total)
    stuck = rng.random(total) < truths.STUCK_SHARE
    hours = np.where(stuck, 24 * lognormal(rng, *truths.STUCK_DAYS, total), hours)
    wait = np.minimum(lognormal(rng, *truths.FIRST_RESPONSE_HOURS, total), 0.9 * hours)
    frame["priority"] = priority
    frame["resolved_at"] = later(opened, hours)
    frame["first_response_at"] = later(opened, wait)
    frame["closed_at"] = later(frame["resolved_at"].to_numpy().astype("datetime64[s]"), rng.uniform(1, 72, total))
    frame["sla_due_at"] = later(opened, np.array([truths.SLA_HOURS[name] for name in priority], dtype=float))
    frame["no_response"] = rng.random(total) < truths.NO_RESPONSE
    frame["reopened"] = rng.random(total) < truths.REOPENED
    frame["escalated"] = rng.random(total) < np.where(stuck, *truths.ESCALATED)
    frame["contacts"] = 1 + rng.poisson(truths.CUSTOMER_REPLIES, total) + stuck
    frame["self_service"] = (frame["channel"] == "portal") & (rng.random(total) < 0.6)
    frame["detected_by"] = np.where(rng.random(total) < truths.FOUND_BY_US, "monitoring", "customer")
    frame["agent"] = rng.integers(0, 6, total)
    order = np.argsort(opened, kind="stable")
    # Ids grow with time; "first" turns from a position into the id of the ticket that this one repeats.
    ids = np.empty(total, dtype=object)
    ids[order] = [f"T{quarter[2:4]}{quarter[-1]}-{place:06d}" for place in range(1, total + 1)]
    frame["ticket_id"] = ids
    frame["related"] = np.where(frame["switched"], ids[frame["first"].to_numpy()], "")
    return frame.iloc[order].reset_index(drop=True)


def _add_replies(rng: np.random.Generator, tickets: pd.DataFrame) -> None:
    """Add agent_replies (as they will be in the end), customer_replies, and what the customer `said` in the end: yes,
    no or nothing (1.0, 0.0, NaN) to "did the first contact resolve it?"."""
    total = len(tickets)
    tickets["customer_replies"] = tickets["contacts"] - 1
    one = np.where(tickets["customer_replies"] == 0, *truths.ONE_AGENT_REPLY.values())
    more = 2 + rng.poisson(0.5 * tickets["customer_replies"].to_numpy())
    tickets["agent_replies"] = np.where(rng.random(total) < one, 1, more)
    answers, yes = truths.SAID_RESOLVED
    said = (rng.random(total) < yes).astype(float)
    tickets["said"] = np.where(rng.random(total) < answers, said, np.nan)


def _as_of_now(tickets: pd.DataFrame) -> pd.DataFrame:
    """Blank what had not happened at AS_OF. `ends_at` keeps the time of resolution as it will be."""
    tickets["ends_at"] = tickets["resolved_at"]
    for column in ("first_response_at", "resolved_at", "closed_at"):
        tickets.loc[tickets[column] >= np.datetime64(truths.AS_OF), column] = pd.NaT
    tickets.loc[tickets["no_response"], "first_response_at"] = pd.NaT
    return tickets


def bill(seed: int, accounts: pd.DataFrame, history: History) -> pd.DataFrame:
    """One row per account and month billed: the first full month to the month before it left.

    Columns customer_id, month (datetime64[M] as [s]), mrr (currency, two decimals), plan, renewal_due.
    """
    rng = stream(seed, "billing")
    months, count = history.months[1:], len(accounts)
    level = accounts["plan"].map(_PRICE).to_numpy(dtype=float) * (accounts["seats"].to_numpy() / 30) ** 0.25
    change = np.ones((count, len(months)))
    for (chance, low, high), sign in ((truths.EXPANSION, 1), (truths.CONTRACTION, -1)):
        happens = rng.random(change.shape) < chance
        change = np.where(happens, change * (1 + sign * rng.uniform(low, high, change.shape)), change)
    mrr = np.round(lognormal(rng, level, 0.25, count)[:, None] * np.cumprod(change, axis=1), 2)
    signed = accounts["signed_on"].to_numpy().astype("datetime64[M]")
    left = history.closed_on.astype("datetime64[M]")
    billed = (months[None, :] > signed[:, None]) & ~(months[None, :] >= left[:, None])
    account, month = np.nonzero(billed)
    renewal = signed[account] + 12 * ((months[month] - signed[account]).astype(int) // 12 + 1)
    return pd.DataFrame(
        {
            "customer_id": accounts["customer_id"].to_numpy()[account],
            "month": months[month].astype("datetime64[s]"),
            "mrr": mrr[account, month],
            "plan": accounts["plan"].to_numpy()[account],
            "renewal_due": renewal.astype("datetime64[D]").astype("datetime64[s]"),
        }
    )


def use(seed: int, accounts: pd.DataFrame, history: History) -> pd.DataFrame:
    """Monthly use for the months the product keeps: customer_id, used_on (month's first day), feature, value."""
    rng = stream(seed, "features")
    months = history.months[-truths.USAGE_MONTHS :]
    sign_ins = history.intensity[:, -truths.USAGE_MONTHS :]
    signed = accounts["signed_on"].to_numpy().astype("datetime64[M]")
    left = history.closed_on.astype("datetime64[M]")
    there = (months[None, :] > signed[:, None]) & ~(months[None, :] > left[:, None])
    account, month = np.nonzero(there)
    large = accounts["plan"].isin(("Business", "Enterprise")).to_numpy()[account]
    reports = rng.poisson(0.3 * sign_ins[account, month])
    parts = (
        ("sign-ins", sign_ins[account, month], np.ones(len(account), bool)),
        ("reports", reports, np.ones(len(account), bool)),
        ("automations", rng.poisson(0.1 * sign_ins[account, month]), large),
    )
    frames = [
        pd.DataFrame(
            {
                "customer_id": accounts["customer_id"].to_numpy()[account[mask]],
                "used_on": months[month[mask]].astype("datetime64[s]"),
                "feature": feature,
                "value": value[mask].astype(float),
            }
        )
        for feature, value, mask in parts
    ]
    return pd.concat(frames, ignore_index=True)
