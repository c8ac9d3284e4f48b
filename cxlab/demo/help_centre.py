"""Visits to the help centre of the sample company: some are followed by a ticket, the planted share is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.demo import truths
from cxlab.demo.draws import DAY, at, pick, quarter_days, stream
from cxlab.demo.history import History
from cxlab.demo.shapes import iso, write_delimited
from cxlab.demo.stains import repeat_rows, strew

#: More seconds than any moment counts: account times this plus moment is one number that sorts by both.
_SPAN = 2**40


def visit_help_centre(seed: int, accounts: pd.DataFrame, history: History, count: int) -> pd.DataFrame:
    """`count` visits in the last four quarters, in order of time.

    Columns visited_at, number (of the account, -1 unknown), channel, region, category. Exactly the share DEFLECTED of
    the visits of known accounts has no ticket of that account in the DEFLECTION_HOURS after it.
    """
    rng = stream(seed, "visits")
    start, end = quarter_days(truths.QUARTERS[-4])[0], quarter_days(truths.QUARTERS[-1])[1]
    unknown = round(count * truths.VISITS_UNKNOWN)
    alone = round((count - unknown) * truths.DEFLECTED)
    parts = [
        _before_tickets(rng, accounts, history.tickets, start, count - unknown - alone),
        _far_from_tickets(rng, accounts, history, (start, end), alone),
    ]
    days = start + rng.integers(0, int((end - start) / DAY), unknown) * DAY
    parts.append(pd.DataFrame({"visited_at": at(days, rng, 0.0, 24.0), "number": -1, "category": None}))
    table = pd.concat(parts, ignore_index=True)
    subject = pick(rng, tuple(truths.TICKET_CATEGORIES), tuple(truths.TICKET_CATEGORIES.values()), len(table))
    table["category"] = np.where(table["category"].isna(), subject, table["category"])
    table["channel"] = pick(rng, tuple(truths.VISIT_CHANNELS), tuple(truths.VISIT_CHANNELS.values()), len(table))
    known = accounts["region"].to_numpy(dtype=object)[table["number"]]
    guessed = pick(rng, truths.REGIONS, truths.REGION_SHARES, len(table))
    table["region"] = np.where(table["number"] >= 0, known, guessed)
    return table.sort_values("visited_at", kind="stable").reset_index(drop=True)


def _before_tickets(
    rng: np.random.Generator, accounts: pd.DataFrame, tickets: pd.DataFrame, start: np.datetime64, count: int
) -> pd.DataFrame:
    """Visits up to DEFLECTION_HOURS before `count` different tickets, on the subject of the ticket."""
    signed = accounts["signed_on"].to_numpy().astype("datetime64[D]")[tickets["number"].to_numpy()]
    late = tickets[tickets["opened_at"].to_numpy() >= np.maximum(signed, start) + 4 * DAY]
    chosen = late.iloc[np.sort(rng.choice(len(late), count, replace=False))]
    back = rng.uniform(0.05, truths.DEFLECTION_HOURS - 0.5, count)
    return pd.DataFrame(
        {
            "visited_at": chosen["opened_at"].to_numpy().astype("datetime64[s]")
            - (back * 60).astype(int) * np.timedelta64(60, "s"),
            "number": chosen["number"].to_numpy(),
            "category": chosen["category"].to_numpy(dtype=object),
        }
    )


def _far_from_tickets(
    rng: np.random.Generator,
    accounts: pd.DataFrame,
    history: History,
    span: tuple[np.datetime64, np.datetime64],
    count: int,
) -> pd.DataFrame:
    """`count` visits of accounts while they are customers, without a ticket of theirs in the hours that follow."""
    start, end = span
    tickets = history.tickets
    opened = tickets["opened_at"].to_numpy().astype("datetime64[s]").astype(np.int64)
    keys = np.append(np.sort(tickets["number"].to_numpy() * _SPAN + opened), _SPAN * (len(accounts) + 1))
    signed = accounts["signed_on"].to_numpy().astype("datetime64[D]")
    gone = np.where(np.isnat(history.closed_on), end, history.closed_on)
    numbers, moments, found = [], [], 0
    while found < count:
        number = rng.integers(0, len(accounts), 2 * count)
        moment = at(start + rng.integers(0, int((end - start) / DAY), 2 * count) * DAY, rng, 0.0, 24.0)
        key = number * _SPAN + moment.astype(np.int64)
        following = keys[np.searchsorted(keys, key)] - key
        fits = (following > truths.DEFLECTION_HOURS * 3_600 + 60) & (moment >= signed[number] + DAY)
        fits &= moment < gone[number]
        numbers.append(number[fits])
        moments.append(moment[fits])
        found += int(fits.sum())
    return pd.DataFrame(
        {
            "visited_at": np.concatenate(moments)[:count],
            "number": np.concatenate(numbers)[:count],
            "category": None,
        }
    )


def write_visits(seed: int, path: Path, accounts: pd.DataFrame, visits: pd.DataFrame) -> Path:
    """Write visits as a CSV; the account is empty where nobody was signed in."""
    rng, dirt = stream(seed, "visits file"), truths.DIRT["visits"]
    number = visits["number"].to_numpy()
    frame = pd.DataFrame(
        {
            "Visit": [f"V{1_000_000 + 3 * row}" for row in range(len(visits))],
            "Visited at": iso(visits["visited_at"]),
            "Account": np.where(number >= 0, accounts["customer_id"].to_numpy(dtype=object)[number], ""),
            "Source": visits["channel"],
            "Subject": visits["category"],
            "Region": visits["region"],
            "Language": accounts["language"].to_numpy(dtype=object)[number],
        }
    ).astype(object)
    parts = []
    for kind, columns in (
        ("unparseable_date", {"Visited at": "yesterday"}),
        ("unknown_customer", {"Account": "NG-99998"}),
    ):
        copy = frame.iloc[rng.choice(len(frame), dirt[kind], replace=False)].assign(**columns)
        parts.append(copy.assign(Visit=[f"V9{kind[:3].upper()}{place:03d}" for place in range(len(copy))]))
    return write_delimited(path, strew(rng, repeat_rows(rng, frame, dirt["duplicate"]), pd.concat(parts)))
