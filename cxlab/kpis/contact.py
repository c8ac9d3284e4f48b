"""Whether one contact was enough: first contact resolution in four readings, channels changed, chains of contacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.kpis.measure import Frame, group_columns, kpi_frame, label, latest, rows_of, within
from cxlab.kpis.service import reopen_rate
from cxlab.kpis.survey import ces
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import _seconds, collect, columns_of, count
from cxlab.stats.sequences import DAY, NEVER, in_time, next_elsewhere, windowed

_TABLE = "tickets"
_CLOCKS = ("opened_at", "first_response_at", "resolved_at", "closed_at")
_NEVER, _SOME_DAY = dt.datetime(1, 1, 1), dt.datetime(2000, 1, 1)
# A ticket is alike another when the same customer asks about the same subject, in whatever channel.
_ALIKE = ("customer_id", "category")
#: The four definitions of first contact resolution: id, what it says, what it needs of the tickets table.
FIRST_CONTACT = {
    "no_repeat": ("no further contact on the same subject within the window, not reopened", _ALIKE),
    "one_touch": ("one answer of ours was enough (of those resolved)", ("agent_replies", "resolved_at")),
    "said_resolved": ("the customer said so (of those asked)", ("said_resolved",)),
    "no_interaction": ("no answer by the customer was needed (of those resolved)", ("customer_replies", "resolved_at")),
}
_LONGEST = 4


def first_contact_resolution(
    tickets: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    definition: str = "no_repeat",
    within_days: float = 7,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Share of first contacts that settled the matter: resolved, not reopened, and the customer did not come back on
    the same subject in any channel within seven days.

    Counts tickets opened in the period and at least `within_days` before `as_of` (default: the last event in the
    table): younger ones have not had the time to be repeated and would flatter the figure. Follow-ups are looked for in
    the whole table, after the period too. A ticket that follows another one of the same customer and subject
    (category) within `within_days` is a repeat, not a new matter, and is not counted itself (SQM counts customers, not
    calls). Resolved must have been within those days, where the table has resolved_at; "reopened" is asked where the
    table has it, and tickets of which it is not known are left out. Left out as well, since nobody can tell what they
    repeat: tickets without customer or without category.

    `definition` may name another reading of the same matured tickets: "one_touch" (Zendesk: fewer than two answers of
    ours, of those resolved by as_of), "said_resolved" (the customer says so, of those asked), "no_interaction"
    (Freshservice: no answer by the customer, of those resolved by as_of). Interval: Wilson (1927). Source: SQM Group.
    """
    by = group_columns(by)
    if definition not in FIRST_CONTACT:
        raise ParameterError.unknown("definition of first contact resolution", str(definition), FIRST_CONTACT)
    kpi = "first_contact_resolution"
    needed = ["ticket_id", "opened_at", *FIRST_CONTACT[definition][1]]
    rows = rows_of(tickets, _TABLE, kpi, needed, by, weight, cluster)
    rows, end = _known_by(rows, as_of)
    rows = _first_contacts(rows, within_days) if definition == "no_repeat" else rows
    rows = within(rows, "opened_at", period).filter(nw.col("opened_at") <= _days_before(end, within_days))
    have = columns_of(rows)
    if definition == "no_repeat":
        good = nw.col("_cx_gap_after") > within_days * DAY
        if "reopened" in have:
            rows = rows.filter(~nw.col("reopened").is_null())
            good = good & ~nw.col("reopened").cast(nw.Boolean)
        if "resolved_at" in have:
            good = good & (nw.col("_cx_took") <= within_days * DAY)
    elif definition == "said_resolved":
        rows = rows.filter(~nw.col("said_resolved").is_null())
        good = nw.col("said_resolved").cast(nw.Boolean)
    else:
        replies, fewest = ("agent_replies", 2) if definition == "one_touch" else ("customer_replies", 1)
        rows = rows.filter(~nw.col("resolved_at").is_null(), nw.col("resolved_at") <= end, ~nw.col(replies).is_null())
        good = nw.col(replies) < fewest
    counts = count(rows, by, _as_share(good), weight=weight, cluster=cluster)
    return kpi_frame(kpi, period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def first_contact_definitions(
    tickets: Any,
    period: Period | None = None,
    *,
    cluster: str | None = None,
    within_days: float = 7,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """The four definitions of first contact resolution side by side, and how often tickets were reopened.

    Returns one row each, the house's own first and the share reopened last: definition, meaning, period, value, low,
    high, n, missing (columns the table would have to have; empty where the value is known). A first contact resolution
    that rises with the share reopened is no improvement.
    """
    have = columns_of(rows_of(tickets, _TABLE, "first_contact_definitions", ["ticket_id", "opened_at"], []))
    rows = []
    for definition, (meaning, needed) in FIRST_CONTACT.items():
        missing = ", ".join(name for name in needed if name not in have)
        if not missing:
            options = {"definition": definition, "within_days": within_days, "as_of": as_of, "cluster": cluster}
            found = first_contact_resolution(tickets, period, **options).iloc[0]
        rows.append((definition, meaning, *(_nothing() if missing else _reading(found)), missing))
    if "reopened" in have:
        found = reopen_rate(tickets, period, cluster=cluster).iloc[0]
        rows.append(("reopened", "opened again after it was resolved", *_reading(found), ""))
    else:
        rows.append(("reopened", "opened again after it was resolved", *_nothing(), "reopened"))
    frame = pd.DataFrame(rows, columns=["definition", "meaning", "value", "low", "high", "n", "missing"])
    frame.insert(2, "period", label(period))
    return frame


def channel_switching(
    tickets: Any,
    period: Period | None = None,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    min_n: int = 1,
    within_days: float = 3,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Share of matters for which the customer had to change the channel and start over within three days.

    Counts first contacts opened in the period and at least `within_days` before `as_of` (default: the last event in the
    table). Where the export says which ticket another one repeats (column related_to), a matter is a ticket that
    repeats none, and it changed channel when a ticket in another channel repeats it within `within_days`. Otherwise a
    matter is a ticket without an earlier one of the same customer and subject (category) within those days, and it
    changed channel when a later one came in another; tickets without customer, category or channel are left out then.
    Interval: Wilson (1927). Source: house; SQM Group counts channels used to resolve one issue alike.
    """
    by = group_columns(by)
    kpi, length = "channel_switching", within_days * DAY
    rows = rows_of(tickets, _TABLE, kpi, ["ticket_id", "opened_at", "channel"], by, weight, cluster)
    named = "related_to" in columns_of(rows)
    if not named:
        rows = rows_of(tickets, _TABLE, kpi, ["ticket_id", "opened_at", "channel", *_ALIKE], by, weight, cluster)
    rows, end = _known_by(rows, as_of)
    rows = rows.filter(~nw.col("channel").is_null())
    if named:
        rows = _repeated_elsewhere(windowed(rows).with_columns(_cx_at=_seconds(nw.col("opened_at"))))
    else:
        rows = next_elsewhere(in_time(rows, "opened_at", _ALIKE, "ticket_id"), _ALIKE, "channel", "ticket_id")
        rows = rows.filter(nw.col("_cx_gap_before") > length)
    rows = within(rows, "opened_at", period).filter(nw.col("opened_at") <= _days_before(end, within_days))
    counts = count(rows, by, _as_share(nw.col("_cx_gap_elsewhere") <= length), weight=weight, cluster=cluster)
    return kpi_frame(kpi, period, by, counts, estimates.share(estimates.Counts.of(counts)), min_n)


def repeat_chains(
    tickets: Any,
    period: Period | None = None,
    *,
    responses: Any = None,
    within_days: float = 7,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """How many contacts a matter took, from its first one on, and how easy customers found it.

    A chain are tickets of one customer on one subject, each within `within_days` of the one before. Chains that began
    in the period and at least `within_days` before `as_of` are counted; one still running counts as long as it is so
    far. Returns one row per length (1, 2, 3, 4 and longer): contacts ("1" ... "4 or more"), chains, share, low, high
    (share of chains, Wilson), tickets (in them), changed_channel (share that used more than one channel; empty without
    a channel column), easy, easy_low, easy_high, answers (share of CES answers to any of its tickets that found it
    easy; empty unless `responses` has a ticket_id).
    """
    rows = rows_of(tickets, _TABLE, "repeat_chains", ["ticket_id", "opened_at", *_ALIKE], [])
    rows, end = _known_by(rows, as_of)
    timed = in_time(rows, "opened_at", _ALIKE, "ticket_id")
    begins = nw.when(nw.col("_cx_gap_before") > within_days * DAY).then(nw.lit(1)).otherwise(nw.lit(0))
    timed = timed.with_columns(_cx_begins=begins)
    timed = timed.with_columns(_cx_chain=nw.col("_cx_begins").cum_sum().over(*_ALIKE, order_by=["_cx_at", "ticket_id"]))
    key = [*_ALIKE, "_cx_chain"]
    has_channel = "channel" in columns_of(timed)
    place = nw.col("channel") if has_channel else nw.col("category")
    chains = timed.group_by(*key).agg(
        nw.len().alias("_cx_length"),
        nw.col("opened_at").min().alias("_cx_began"),
        place.min().alias("_cx_one"),
        place.max().alias("_cx_other"),
    )
    chains = within(chains, "_cx_began", period).filter(nw.col("_cx_began") <= _days_before(end, within_days))
    length = nw.col("_cx_length")
    chains = chains.with_columns(_cx_bin=nw.when(length > _LONGEST).then(nw.lit(_LONGEST)).otherwise(length))
    several = _as_share(nw.col("_cx_one") != nw.col("_cx_other")).alias("_cx_several")
    small = collect(
        chains.with_columns(several)
        .group_by("_cx_bin")
        .agg(nw.len().alias("chains"), length.sum().alias("tickets"), nw.col("_cx_several").sum())
    )
    small = small.astype(float).set_index("_cx_bin").reindex(range(1, _LONGEST + 1), fill_value=0.0)
    n = np.full(_LONGEST, small["chains"].sum())
    hits = small["chains"].to_numpy()
    share = estimates.share(estimates.Counts(n, n, hits, n, hits, hits, n))
    changed = small["_cx_several"] / small["chains"].where(small["chains"] > 0)
    frame = pd.DataFrame(
        {
            "contacts": [*(str(length) for length in range(1, _LONGEST)), f"{_LONGEST} or more"],
            "chains": hits.astype(np.int64),
            "share": share.value,
            "low": share.low,
            "high": share.high,
            "tickets": small["tickets"].to_numpy().astype(np.int64),
            "changed_channel": changed.to_numpy() if has_channel else np.nan,
        }
    )
    easy = _ease(timed.join(chains.select(*key, "_cx_bin"), on=key, how="inner"), responses)
    return frame.assign(**{name: easy[name].to_numpy() for name in easy})


def answers_to(tickets: Frame, responses: Any, needed_by: str, survey: str, columns: Sequence[str]) -> Frame | None:
    """Answers to one survey that name their ticket (ticket_id), with these columns of it; None where none do."""
    if responses is None:
        return None
    answers = rows_of(responses, "responses", needed_by, ["survey", "score", "answered_at"], [])
    if "ticket_id" not in columns_of(answers):
        return None
    wanted = ("survey", "score", "answered_at", "scale_low", "scale_high", "ticket_id")
    kept = [name for name in wanted if name in columns_of(answers)]
    answers = answers.filter(nw.col("survey") == survey, ~nw.col("ticket_id").is_null()).select(*kept)
    known = tickets.select("ticket_id", *columns)
    if isinstance(known, nw.LazyFrame) and isinstance(answers, nw.DataFrame):
        answers = answers.lazy("duckdb") if answers.implementation.is_pyarrow() else answers.lazy()
    return answers.join(known, on="ticket_id", how="inner")


def _ease(tickets: Frame, responses: Any) -> pd.DataFrame:
    """Columns easy, easy_low, easy_high, answers by length of the chain."""
    answers = answers_to(tickets, responses, "repeat_chains", "ces", ["_cx_bin"])
    index = range(1, _LONGEST + 1)
    if answers is None:
        return pd.DataFrame({"easy": np.nan, "easy_low": np.nan, "easy_high": np.nan, "answers": 0}, index=index)
    found = ces(answers, None, by="_cx_bin").set_index("_cx_bin")[["value", "low", "high", "n"]].reindex(index)
    found.columns = ["easy", "easy_low", "easy_high", "answers"]
    return found.assign(answers=found["answers"].fillna(0).astype(np.int64))


def _known_by(rows: Frame, as_of: dt.datetime | None) -> tuple[Frame, dt.datetime]:
    """What had been opened by then, and that moment: the last event in the table unless it is given."""
    end = as_of or latest(rows, _CLOCKS) or _NEVER
    return rows.filter(nw.col("opened_at") <= end), end


def _days_before(end: dt.datetime, days: float) -> dt.datetime:
    if days < 0:
        raise ParameterError(f"within_days is {days:g}; it must be 0 or more.")
    return end - dt.timedelta(days=days) if end > _NEVER else end


def _as_share(good: nw.Expr) -> nw.Expr:
    return nw.when(good).then(nw.lit(1.0)).otherwise(nw.lit(0.0))


def _first_contacts(rows: Frame, within_days: float) -> Frame:
    """Tickets that do not repeat one, with _cx_gap_after and _cx_took, the seconds until resolved (NEVER if open)."""
    timed = in_time(rows, "opened_at", _ALIKE, "ticket_id").filter(nw.col("_cx_gap_before") > within_days * DAY)
    if "resolved_at" not in columns_of(timed):
        return timed
    resolved = nw.col("resolved_at")
    took = _seconds(resolved.fill_null(_SOME_DAY)) - nw.col("_cx_at")
    return timed.with_columns(_cx_took=nw.when(~resolved.is_null()).then(took).otherwise(nw.lit(NEVER)))


def _repeated_elsewhere(timed: Frame) -> Frame:
    """Tickets that repeat none, with _cx_gap_elsewhere: seconds until one in another channel that names them."""
    names = nw.col("related_to")
    repeats = ~names.is_null() & (names != "")
    first = timed.filter(~repeats)
    again = timed.filter(repeats).select(ticket_id=names, _cx_again=nw.col("_cx_at"), _cx_channel=nw.col("channel"))
    pairs = first.select("ticket_id", "_cx_at", "channel").join(again, on="ticket_id", how="inner")
    gap = nw.col("_cx_again") - nw.col("_cx_at")
    pairs = pairs.filter(nw.col("channel") != nw.col("_cx_channel"), gap >= 0)
    soonest = pairs.with_columns(_cx_gap=gap).group_by("ticket_id").agg(nw.col("_cx_gap").min().alias("_cx_gap"))
    joined = first.join(soonest, on="ticket_id", how="left")
    return joined.with_columns(_cx_gap_elsewhere=nw.col("_cx_gap").fill_null(NEVER))


def _reading(found: pd.Series) -> tuple[float, float, float, int]:
    return float(found["value"]), float(found["low"]), float(found["high"]), int(found["n"])


def _nothing() -> tuple[float, float, float, int]:
    return np.nan, np.nan, np.nan, 0
