"""Accounts of the sample company, and how their onboarding, implementation and integrations go."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.demo import names, truths
from cxlab.demo.draws import DAY, at, lognormal, pick, quarter_days, stream

_PLANS = ("Starter", "Team", "Business", "Enterprise")
_PLAN_SHARES = {
    "Small Business": (0.48, 0.38, 0.14, 0.0),
    "Mid-Market": (0.06, 0.40, 0.46, 0.08),
    "Enterprise": (0.0, 0.06, 0.38, 0.56),
    "Public Sector": (0.12, 0.38, 0.40, 0.10),
}
_SEATS = {"Small Business": 9, "Mid-Market": 45, "Enterprise": 210, "Public Sector": 60}
_SIZES = ((20, "1-20"), (100, "21-100"), (400, "101-400"), (np.inf, "over 400"))
#: Steps of each journey: name, day promised, median day reached, sigma, share failing.
_JOURNEYS = {
    "onboarding": (
        ("kick-off", 10, 6.0, 0.4, 0.0),
        ("first import", 25, 17.0, 0.5, 0.02),
        ("first value", truths.FIRST_VALUE_DUE, *truths.FIRST_VALUE, truths.ONBOARDING_FAILS),
        ("training done", 60, 48.0, 0.4, 0.10),
    ),
    "implementation": (("design agreed", 40, 30.0, 0.4, 0.01), ("live", 120, 95.0, 0.45, 0.06)),
    "integration": (
        ("crm connected", 60, 40.0, 0.6, truths.INTEGRATION_FAILS),
        ("single sign-on", 45, 28.0, 0.6, truths.INTEGRATION_FAILS),
    ),
}
#: Share of accounts that begin a journey, by segment where it matters.
_BEGINS = {"crm connected": 0.55, "single sign-on": 0.35}
#: Who answers for the steps of a journey: a desk of four people each.
_DESKS = {"onboarding": "ONB-", "implementation": "DEL-", "integration": "INT-"}


def make_accounts(seed: int, count: int) -> pd.DataFrame:
    """One row per account ever signed, in order of signing: who they are, never how they fare.

    `number` is the row's position; `contacts` the people known there; `signed_on` datetime64[s].
    """
    rng = stream(seed, "accounts")
    opening, closing = quarter_days(truths.QUARTERS[0])[0], quarter_days(truths.QUARTERS[-1])[1]
    old = int(count * truths.SIGNED_BEFORE)
    days = np.concatenate(
        [
            np.datetime64("2019-01-07") + (rng.beta(1.6, 1.0, old) * 1_700).astype(int) * DAY,
            opening + (rng.random(count - old) * int((closing - opening) / DAY - 3)).astype(int) * DAY,
        ]
    )
    region = pick(rng, truths.REGIONS, truths.REGION_SHARES, count)
    frame = pd.DataFrame({"signed_on": np.sort(days), "region": region})
    frame["number"] = np.arange(count)
    frame["customer_id"] = [f"NG-{10_000 + number}" for number in range(count)]
    for column in ("country", "ending", "language", "dial", "segment", "plan"):
        frame[column] = ""
    for name in truths.REGIONS:
        mine = np.flatnonzero(region == name)
        rows = [row for row in names.COUNTRIES if row[1] == name]
        place = pick(rng, range(len(rows)), [row[2] for row in rows], len(mine)).astype(int)
        for column, part in (("country", 0), ("ending", 3), ("language", 4), ("dial", 5)):
            frame.loc[mine, column] = np.array([row[part] for row in rows], dtype=object)[place]
        frame.loc[mine, "segment"] = pick(rng, truths.SEGMENTS, truths.SEGMENT_SHARES[name], len(mine))
    segment = frame["segment"].to_numpy(dtype=object)
    seats, contacts = np.zeros(count), np.zeros(count, dtype=int)
    for name in truths.SEGMENTS:
        mine = np.flatnonzero(segment == name)
        frame.loc[mine, "plan"] = pick(rng, _PLANS, _PLAN_SHARES[name], len(mine))
        seats[mine] = np.maximum(2, lognormal(rng, _SEATS[name], 0.7, len(mine)).round())
        contacts[mine] = 1 + rng.poisson(truths.CONTACTS[name] - 1, len(mine))
    frame["seats"], frame["contacts"] = seats.astype(int), contacts
    frame["size"] = np.select([seats <= top for top, _ in _SIZES], [label for _, label in _SIZES], "")
    base = names.company_names(rng, count)
    frame["name"] = [f"{name} {ending}" for name, ending in zip(base, frame["ending"], strict=True)]
    frame["domain"] = [name.lower().replace(" ", "-") + ".example" for name in base]
    frame["industry"] = pick(rng, names.INDUSTRIES, (5, 4, 3, 3, 3, 2, 2, 2), count)
    frame["channel"] = pick(rng, ("direct", "partner", "online"), (0.5, 0.3, 0.2), count)
    frame["team"] = _dealt(rng, tuple(truths.TEAM_SHARES), tuple(truths.TEAM_SHARES.values()), count)
    frame["webinar_attended"] = rng.random(count) < 0.35
    frame["newsletter"] = rng.random(count) < 0.5
    return frame


def _dealt(rng: np.random.Generator, choices: tuple[str, ...], shares: tuple[float, ...], count: int) -> np.ndarray:
    """`choices` in exactly their shares (up to rounding), in random order (object array)."""
    place = np.searchsorted(np.cumsum(shares) / sum(shares), (np.arange(count) + 0.5) / count)
    return np.array(choices, dtype=object)[rng.permutation(place)]


def plan_journeys(seed: int, accounts: pd.DataFrame) -> pd.DataFrame:
    """One row per account and step as it would go if the account stayed and time went on.

    Columns customer_id, number (of the account), journey, milestone, started_at, due_at, would_reach_at (NaT where
    the step fails), fails_at. Times datetime64[s].
    """
    rng = stream(seed, "journeys")
    count, parts = len(accounts), []
    signed = accounts["signed_on"].to_numpy().astype("datetime64[D]")
    large = (accounts["segment"] != "Small Business").to_numpy()
    for journey, steps in _JOURNEYS.items():
        reached_before = np.zeros(count)
        for milestone, due, median, sigma, fails in steps:
            taken = np.ones(count, dtype=bool)
            if journey == "implementation":
                taken = large
            elif journey == "integration":
                taken = rng.random(count) < _BEGINS[milestone]
            days = lognormal(rng, median, sigma, count)
            if milestone == "training done":  # training follows first value
                days = np.maximum(days, reached_before + 3)
            reached_before = days
            start = signed + (rng.random(count) * 3 + 1).astype(int) * DAY
            reach = at(signed + days.astype(int) * DAY, rng)
            reach = np.maximum(reach, at(start, rng, 18.0, 19.0))
            failed = rng.random(count) < fails
            part = pd.DataFrame(
                {
                    "number": accounts["number"],
                    "customer_id": accounts["customer_id"],
                    "journey": journey,
                    "milestone": milestone,
                    "started_at": at(start, rng, 7.0, 12.0),
                    "due_at": (signed + due * DAY).astype("datetime64[s]") + np.timedelta64(18, "h"),
                    "would_reach_at": np.where(failed, np.datetime64("NaT", "s"), reach),
                    "fails_at": np.where(failed, reach, np.datetime64("NaT", "s")),
                }
            )
            parts.append(part[taken])
    return pd.concat(parts, ignore_index=True)


def finish_journeys(seed: int, journeys: pd.DataFrame, closed_on: np.ndarray) -> pd.DataFrame:
    """What the export of `journeys` shows at AS_OF, given the day each account left (NaT: still there).

    Columns customer_id, journey, milestone, started_at, due_at, reached_at, outcome (done, failed, open), owner,
    reason (None unless failed).
    """
    rng = stream(seed, "owners and reasons")
    as_of = np.datetime64(truths.AS_OF, "s")
    left = closed_on[journeys["number"].to_numpy()].astype("datetime64[s]")
    horizon = np.where(np.isnat(left), as_of, np.minimum(left, as_of))
    reach = journeys["would_reach_at"].to_numpy().astype("datetime64[s]")
    done = reach < horizon  # NaT compares false
    by_itself = journeys["fails_at"].to_numpy() < horizon
    failed = ~done & (by_itself | ~np.isnat(left))
    table = journeys[["customer_id", "journey", "milestone", "started_at", "due_at"]].copy()
    table["reached_at"] = np.where(done, reach, np.datetime64("NaT", "s"))
    table["outcome"] = np.select([done, failed], ["done", "failed"], "open")
    desk = journeys["journey"].map(_DESKS).to_numpy(dtype=object)
    table["owner"] = desk + rng.integers(1, 5, len(table)).astype(str).astype(object)
    reason = pick(rng, tuple(truths.MILESTONE_REASONS), tuple(truths.MILESTONE_REASONS.values()), len(table))
    table["reason"] = np.where(failed, np.where(by_itself, reason, truths.LEFT), None)
    begun = journeys["started_at"].to_numpy() < horizon
    return table[begun].reset_index(drop=True)


def first_value(journeys: pd.DataFrame) -> pd.DataFrame:
    """due_at and would_reach_at (datetime64[s]) of "first value", one row per account in account order."""
    mine = journeys[journeys["milestone"] == "first value"].sort_values("number")
    return mine[["due_at", "would_reach_at"]].reset_index(drop=True)
