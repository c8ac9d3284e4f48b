"""Exports of the sample company's systems: help desk, CRM, billing, product, delivery."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.demo import names, truths
from cxlab.demo.draws import stream
from cxlab.demo.shapes import comma_decimal, german, iso, write_delimited, write_sheet
from cxlab.demo.stains import blank_out, pad, repeat_rows, spell, strew

_SUBJECTS = {
    "en": ("Question about {}", "{} not working", "Problem with {}", "{}: please help"),
    "de": ("Frage zu {}", "{} funktioniert nicht", "Störung bei {}", "{}: bitte um Rückruf"),
    "es": ("Consulta sobre {}", "{} no funciona", "Avería en {}", "{}: ¿me ayudan?"),
}


def write_tickets(seed: int, folder: Path, accounts: pd.DataFrame, tickets: pd.DataFrame) -> list[Path]:
    """Write two overlapping help desk exports, semicolons and cp1252. The first shows the state at TICKETS_CUT."""
    rng, dirt = stream(seed, "tickets file"), truths.DIRT["tickets"]
    cut = np.datetime64(truths.TICKETS_CUT, "s")
    number = tickets["number"].to_numpy()
    language = accounts["language"].to_numpy(dtype=object)[number]
    draws = rng.random(len(tickets)).tolist()
    times = ["first_response_at", "resolved_at", "closed_at"]
    frame = tickets[["ticket_id", "opened_at", *times, "sla_due_at", "channel", "priority", "related"]].copy()
    frame["account"] = accounts["customer_id"].to_numpy(dtype=object)[number]
    frame["region"] = pad(rng, accounts["region"].to_numpy(dtype=object)[number])
    frame["team"] = accounts["team"].to_numpy(dtype=object)[number]
    agents = zip(frame["team"], tickets["agent"], strict=True)
    frame["agent"] = [f"{team[:3].upper()}-{agent + 1}" for team, agent in agents]
    frame["category"] = blank_out(rng, tickets["category"], 0.01)
    frame["contacts"] = tickets["contacts"].astype(str)
    for flag in ("reopened", "escalated", "self_service"):
        frame[flag] = spell(rng, tickets[flag])
    for name in ("agent_replies", "customer_replies"):
        frame[name] = tickets[name].astype(str)
    said = spell(stream(seed, "tickets file", "said"), tickets["said"] == 1)
    frame["said"] = np.where(tickets["said"].isna(), "", said)
    frame["detected_by"] = tickets["detected_by"].to_numpy()
    rows = zip(language, tickets["category"], draws, strict=True)
    frame["subject"] = [_SUBJECTS[tongue][int(draw * 4)].format(what) for tongue, what, draw in rows]
    changed = frame[["opened_at", *times]].max(axis=1).to_numpy()
    early = (frame["opened_at"] < cut).to_numpy()
    # In both files: what changed after the first export was taken, and the latest of the rest up to the planted number.
    both = early & (changed >= cut)
    rest = np.flatnonzero(early & ~both)
    both[rest[len(rest) - max(0, min(dirt["overlap"] - int(both.sum()), len(rest))) :]] = True
    first = frame[early].copy()
    for name in times:
        first.loc[first[name] >= cut, name] = pd.NaT
    second = frame[both | ~early]
    fresh = second[~both[second.index]]
    paths = []
    for place, table in enumerate((first, second)):
        rows_out = _ticket_rows(table)
        if place == 1:
            extra = _impossible_tickets(rng, _ticket_rows(fresh.head(200)))
            copies = rows_out[
                rows_out["Ticket ID"].isin(
                    fresh["ticket_id"].iloc[rng.choice(len(fresh), dirt["duplicate"], replace=False)]
                )
            ]
            rows_out = strew(rng, strew(rng, rows_out, copies), extra)
        tail = [";" * (len(rows_out.columns) - 1)] * (dirt["blank_line"] if place == 1 else 0)
        name = ("tickets_until_2025-07.csv", "tickets_since_2025-07.csv")[place]
        paths.append(write_delimited(folder / name, rows_out, ";", "cp1252", tail))
    return paths


def _ticket_rows(table: pd.DataFrame) -> pd.DataFrame:
    state = np.select([table["closed_at"].notna(), table["resolved_at"].notna()], ["closed", "solved"], "open")
    updated = table[["opened_at", "first_response_at", "resolved_at", "closed_at"]].max(axis=1)
    return pd.DataFrame(
        {
            "Ticket ID": table["ticket_id"],
            "Account": table["account"],
            "Status": state,
            "Opened": german(table["opened_at"]),
            "First response": german(table["first_response_at"]),
            "Resolved": german(table["resolved_at"]),
            "Closed": german(table["closed_at"]),
            "SLA due": german(table["sla_due_at"]),
            "Channel": table["channel"],
            "Category": table["category"],
            "Priority": table["priority"],
            "Region": table["region"],
            "Team": table["team"],
            "Agent": table["agent"],
            "Contacts": table["contacts"],
            "Agent replies": np.where(table["first_response_at"].isna(), "0", table["agent_replies"]),
            "Customer replies": table["customer_replies"],
            "Resolved at first contact": np.where(table["closed_at"].isna(), "", table["said"]),
            "Reopened": table["reopened"],
            "Escalated": table["escalated"],
            "Self-service": table["self_service"],
            "Detected by": table["detected_by"],
            "Related to": table["related"],
            "Subject": table["subject"],
            "Last update": german(updated),
        }
    ).astype(object)


def _impossible_tickets(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    """Extra tickets that cannot be right, as copies of real ones under numbers of their own."""
    parts = []
    for kind, columns in (
        (
            "resolved_before_opened",
            {"Resolved": "01.01.2023 09:00", "First response": "", "Closed": "01.01.2023 10:00"},
        ),
        ("unparseable_date", {"Opened": "32.13.2025 08:00"}),
        ("unknown_customer", {"Account": "NG-99999"}),
    ):
        copy = rows.iloc[rng.choice(len(rows), truths.DIRT["tickets"][kind], replace=False)].assign(**columns)
        copy["Ticket ID"] = [f"X-{kind[:3].upper()}-{place:03d}" for place in range(len(copy))]
        parts.append(copy.assign(**{"Related to": ""}))
    return pd.concat(parts, ignore_index=True)


def write_accounts(seed: int, path: Path, accounts: pd.DataFrame, closed_on: np.ndarray) -> Path:
    """Write the CRM's accounts as XLSX: a title above the header, a footer below the last row."""
    rng, dirt = stream(seed, "accounts file"), truths.DIRT["accounts"]
    owner = names.GIVEN["en"], names.FAMILY["en"]
    left = [None if day is None else dt.datetime.combine(day, dt.time()) for day in closed_on.tolist()]
    frame = pd.DataFrame(
        {
            "Account ID": accounts["customer_id"],
            "Account name": pad(rng, accounts["name"]),
            "Status": np.where(np.isnat(closed_on), "Active", "Closed"),
            "Signed": pd.Series(accounts["signed_on"].dt.to_pydatetime(), dtype=object),
            "Closed": pd.Series(left, dtype=object),
            "Region": accounts["region"],
            "Country": accounts["country"],
            "Time zone": accounts["country"].map(names.TIMEZONES),
            "Segment": accounts["segment"],
            "Industry": blank_out(rng, accounts["industry"], 0.03),
            "Size": accounts["size"],
            "Seats": accounts["seats"].astype(object),
            "Plan": accounts["plan"],
            "Sales channel": accounts["channel"],
            "Customer team": pad(rng, accounts["team"]),
            "Webinar attended": spell(rng, accounts["webinar_attended"]),
            "Newsletter": spell(rng, accounts["newsletter"]),
            "Account owner": [f"{owner[0][row % 12]} {owner[1][row % 11]}" for row in range(len(accounts))],
            "Owner e-mail": [
                f"{owner[0][row % 12]}.{owner[1][row % 11]}@northgate.example".lower() for row in range(len(accounts))
            ],
        }
    ).astype(object)
    strange = frame.iloc[rng.choice(len(frame), dirt["closed_before_signed"] + dirt["unparseable_date"])].copy()
    strange["Account ID"] = [f"NG-8{place:04d}" for place in range(len(strange))]
    strange["Account name"] = [f"Test account {place}" for place in range(len(strange))]
    strange["Status"] = "Closed"
    readable = [dt.datetime(2024, 5, 2)] * dirt["closed_before_signed"]
    strange["Signed"] = [*readable, *["31.02.2024"] * dirt["unparseable_date"]]
    strange["Closed"] = dt.datetime(2021, 3, 1)
    table = strew(rng, repeat_rows(rng, frame, dirt["duplicate"]), strange)
    width = len(table.columns)
    blank = [None] * width
    footer = [[f"Records: {len(table)}", *blank[1:]], ["Confidential, for internal use", *blank[1:]]]
    title = [f"{truths.COMPANY}: accounts, exported {truths.AS_OF:%Y-%m-%d %H:%M}", *blank[1:]]
    body = table.to_numpy(dtype=object).tolist()
    return write_sheet(path, "Accounts", [title, list(table.columns), *body, blank, *footer[: dirt["footer"]]])


def write_billing(seed: int, path: Path, bills: pd.DataFrame) -> Path:
    """Write recurring revenue by account and month, decimal comma, a total below."""
    rng, dirt = stream(seed, "billing file"), truths.DIRT["billing"]
    frame = pd.DataFrame(
        {
            "Customer no.": bills["customer_id"],
            "Period": [text[:7] for text in iso(bills["month"])],
            "Plan": bills["plan"],
            "MRR (USD)": comma_decimal(bills["mrr"].tolist()),
            "Next renewal": german(bills["renewal_due"], clock=False),
        }
    ).astype(object)
    extra = frame.iloc[rng.choice(len(frame), dirt["unparseable_amount"])].reset_index(drop=True)
    extra["Customer no."] = [f"NG-98{place:03d}" for place in range(len(extra))]
    extra["MRR (USD)"] = "see contract"
    total = [f"Total;;;{comma_decimal([bills['mrr'].sum()])[0]};"] * dirt["footer"]
    return write_delimited(path, strew(rng, repeat_rows(rng, frame, dirt["duplicate"]), extra), ";", "utf-8", total)


def write_usage(seed: int, path: Path, usage: pd.DataFrame, taken_up: pd.DataFrame) -> Path:
    """Write monthly use by feature as Parquet; features that accounts take up one by one stand below the others."""
    usage = repeat_rows(stream(seed, "usage file"), usage, truths.DIRT["usage"]["duplicate"])
    table = pd.concat([usage, taken_up], ignore_index=True)
    table.columns = ["account", "month", "feature", "value"]
    table.to_parquet(path, index=False)
    return path


def write_milestones(seed: int, path: Path, milestones: pd.DataFrame) -> Path:
    """Write steps of journeys as JSON lines, one object a step."""
    rng, dirt = stream(seed, "milestones file"), truths.DIRT["milestones"]
    frame = pd.DataFrame(
        {
            "account": milestones["customer_id"],
            "journey": milestones["journey"],
            "step": milestones["milestone"],
            **{
                new: [text.replace(" ", "T") or None for text in iso(milestones[old])]
                for new, old in (("started", "started_at"), ("due", "due_at"), ("reached", "reached_at"))
            },
            "outcome": milestones["outcome"],
            "owner": milestones["owner"],
            "reason": milestones["reason"],
        }
    ).astype(object)
    done = frame[(frame["outcome"] == "done") & (frame["journey"] == "integration")]
    wrong = done.iloc[rng.choice(len(done), dirt["reached_before_started"], replace=False)]
    wrong = wrong.drop_duplicates("account").assign(step="webhooks", reached="2018-01-01T09:00:00")
    table = strew(rng, repeat_rows(rng, frame, dirt["duplicate"]), wrong)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in table.to_dict("records"))
    return path
