"""First contact resolution, channels changed, chains: ledgers, published examples, and the week that is too young."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.contact import (
    FIRST_CONTACT,
    channel_switching,
    first_contact_definitions,
    first_contact_resolution,
    repeat_chains,
)
from cxlab.periods import Period

AUGUST = Period.of("2026-08")
LATE = dt.datetime(2026, 10, 1)
START = pd.Timestamp("2026-08-03 09:00")


def tickets(rows: list[tuple], *names: str) -> pd.DataFrame:
    """One row per (customer, day after the 3rd of August, further columns `names`)."""
    frame = pd.DataFrame([row[2:] for row in rows], columns=list(names))
    frame.insert(0, "ticket_id", [f"t{place}" for place in range(len(rows))])
    frame.insert(1, "customer_id", [row[0] for row in rows])
    opened = START + pd.to_timedelta([row[1] for row in rows], unit="D")
    frame.insert(2, "opened_at", opened.astype("datetime64[us]"))
    return frame if "category" in frame else frame.assign(category="Login")


def one(frame: pd.DataFrame) -> tuple[float, int]:
    return frame["value"].iloc[0], int(frame["n"].iloc[0])


# Customer a: back on day 5 (within 7), and on day 20 anew. b: back after 8 days, twice a first contact. c: the second
# is about something else. d: reopened. e: still open. Then one without a customer and g without a subject.
LEDGER = tickets(
    [
        ("a", 0, "Login", False, 1),
        ("a", 5, "Login", False, 6),
        ("a", 20, "Login", False, 21),
        ("b", 0, "Login", False, 1),
        ("b", 8, "Login", False, 9),
        ("c", 0, "Login", False, 1),
        ("c", 2, "Invoice", False, 3),
        ("d", 0, "Login", True, 1),
        ("e", 0, "Login", False, np.nan),
        (None, 1, "Login", False, 2),
        ("g", 1, None, False, 2),
    ],
    "category", "reopened", "resolved",
)  # fmt: skip
LEDGER["resolved_at"] = (START + pd.to_timedelta(LEDGER.pop("resolved"), unit="D")).astype("datetime64[us]")


def test_the_ledger() -> None:
    """First contacts are a0, a20, b0, b8, c0, c2, d0, e0; settled are a20, b0, b8, c0, c2."""
    assert one(first_contact_resolution(LEDGER, AUGUST, as_of=LATE)) == (5 / 8, 8)


def test_the_window_decides_what_a_repeat_is() -> None:
    """Within four days nobody came back: a5 is a first contact too. Within eight also b8 repeats b0."""
    assert one(first_contact_resolution(LEDGER, AUGUST, within_days=4, as_of=LATE)) == (7 / 9, 9)
    assert one(first_contact_resolution(LEDGER, AUGUST, within_days=8, as_of=LATE)) == (3 / 7, 7)


def test_resolved_too_late_is_not_resolved_at_first_contact() -> None:
    late = LEDGER.assign(
        resolved_at=LEDGER["resolved_at"].mask(LEDGER["ticket_id"] == "t3", START + pd.Timedelta("8D"))
    )
    assert one(first_contact_resolution(late, AUGUST, as_of=LATE)) == (4 / 8, 8)
    assert one(first_contact_resolution(LEDGER.drop(columns="resolved_at"), AUGUST, as_of=LATE)) == (6 / 8, 8)


def test_unknown_whether_reopened_is_left_out() -> None:
    unsure = LEDGER.assign(reopened=LEDGER["reopened"].astype("boolean").mask(LEDGER["ticket_id"] == "t7"))
    assert one(first_contact_resolution(unsure, AUGUST, as_of=LATE)) == (5 / 7, 7)
    assert one(first_contact_resolution(LEDGER.drop(columns="reopened"), AUGUST, as_of=LATE)) == (6 / 8, 8)


def test_follow_ups_are_looked_for_after_the_period_too() -> None:
    rows = tickets([("a", 27, True), ("a", 30, True)], "reopened").assign(reopened=False)  # 30 August and 2 September
    assert one(first_contact_resolution(rows, AUGUST, as_of=LATE)) == (0, 1)
    assert one(first_contact_resolution(rows, Period.of("2026-09"), as_of=LATE))[1] == 0  # a repeat is no new matter


def test_only_matured_contacts_count() -> None:
    """Day 0 has had its seven days by day 7 and not a second before."""
    rows = tickets([("a", 0), ("b", 3)])
    exactly = (START + pd.Timedelta("7D")).to_pydatetime()
    assert one(first_contact_resolution(rows, AUGUST, as_of=exactly)) == (1, 1)
    assert first_contact_resolution(rows, AUGUST, as_of=exactly - dt.timedelta(seconds=1))["n"][0] == 0
    assert first_contact_resolution(rows, AUGUST)["n"][0] == 0  # the table itself ends on day 3


def test_what_comes_after_as_of_is_not_known_yet() -> None:
    rows = tickets([("a", 0), ("a", 6.9)])
    assert one(first_contact_resolution(rows, AUGUST, within_days=2, as_of=dt.datetime(2026, 8, 9))) == (1, 1)


def test_two_tickets_of_one_moment_are_told_apart_by_their_id() -> None:
    rows = tickets([("a", 0), ("a", 0)])
    for frame in (rows, rows[::-1]):
        assert one(first_contact_resolution(frame, AUGUST, as_of=LATE)) == (0, 1)


def test_sqm_group_280_of_400_customers() -> None:
    """Their example: 400 customers called, 280 of them needed no further contact: 70 %, not 280 of 520 calls."""
    first = [(f"c{place}", 0.01 * (place % 300)) for place in range(400)]
    again = [(f"c{place}", 0.01 * (place % 300) + 2) for place in range(280, 400)]
    assert one(first_contact_resolution(tickets(first + again), AUGUST, as_of=LATE)) == (0.7, 400)


def test_zendesk_one_touch() -> None:
    """Fewer than two answers of ours, of the tickets solved: 0, 1, 1 of 0, 1, 1, 2, 5; the open one does not count."""
    replies = [0, 1, 1, 2, 5, 1]
    rows = tickets([(f"c{place}", place, count) for place, count in enumerate(replies)], "agent_replies")
    solved = rows["opened_at"] + pd.Timedelta("1D")
    rows["resolved_at"] = solved.where(rows["ticket_id"] != "t5")
    assert one(first_contact_resolution(rows, AUGUST, definition="one_touch", as_of=LATE)) == (3 / 5, 5)


def test_freshservice_no_customer_interaction() -> None:
    """Customer interaction must be 0 for resolved tickets, however often we answered."""
    rows = tickets(
        [("a", 0, 0, 4), ("b", 0, 2, 1), ("c", 0, 0, 1), ("d", 0, 0, 0)], "customer_replies", "agent_replies"
    )
    rows["resolved_at"] = (rows["opened_at"] + pd.Timedelta("1D")).where(rows["customer_id"] != "d")
    assert one(first_contact_resolution(rows, AUGUST, definition="no_interaction", as_of=LATE)) == (2 / 3, 3)


def test_said_resolved_counts_those_who_were_asked() -> None:
    said = pd.array([True, True, False, None], dtype="boolean")
    rows = tickets([(name, 0) for name in "abcd"]).assign(said_resolved=said)
    assert one(first_contact_resolution(rows, AUGUST, definition="said_resolved", as_of=LATE)) == (2 / 3, 3)


def test_errors_name_the_definitions_and_the_columns() -> None:
    with pytest.raises(ParameterError, match="Did you mean 'one_touch'"):
        first_contact_resolution(LEDGER, AUGUST, definition="onetouch")
    with pytest.raises(TableError, match="needs category"):
        first_contact_resolution(LEDGER.drop(columns="category"), AUGUST)
    with pytest.raises(TableError, match="needs agent_replies"):
        first_contact_resolution(LEDGER, AUGUST, definition="one_touch")
    for function in (first_contact_resolution, channel_switching):
        with pytest.raises(ParameterError, match="within_days is -1"):
            function(LEDGER.assign(channel="phone"), AUGUST, within_days=-1)


def test_four_definitions_side_by_side() -> None:
    frame = first_contact_definitions(LEDGER.assign(customer_replies=0), AUGUST, as_of=LATE).set_index("definition")
    assert list(frame.index) == [*FIRST_CONTACT, "reopened"]
    assert tuple(frame.loc["no_repeat", ["value", "n"]]) == (5 / 8, 8)
    assert tuple(frame.loc["no_interaction", ["value", "n"]]) == (1, 10)
    assert tuple(frame.loc["reopened", ["value", "n"]]) == (1 / 10, 10)
    assert frame.loc["one_touch", "missing"] == "agent_replies" and frame.loc["one_touch", "n"] == 0
    assert frame["value"].isna().tolist() == [False, True, True, False, False]
    without = first_contact_definitions(LEDGER.drop(columns="reopened"), AUGUST).iloc[-1]
    assert without["missing"] == "reopened" and np.isnan(without["value"])


def test_the_youngest_week_flatters_and_ours_does_not() -> None:
    """71.8 % need no second contact; who comes back does so after some two days, all within seven.

    As of the end of a week its contacts have not had their seven days: counted naively they show 80 %.
    """
    rng = np.random.default_rng(12)
    n, truth, delay = 30_000, 0.718, 2.0
    day = rng.uniform(0, 21, n)
    back = rng.uniform(size=n) > truth
    wait = -delay * np.log(1 - rng.uniform(size=n) * (1 - np.exp(-7 / delay)))
    rows = tickets(
        [(f"c{place}", when) for place, when in enumerate(day)]
        + [(f"c{place}", day[place] + wait[place]) for place in np.flatnonzero(back)]
    )
    now = (START + pd.Timedelta("21D")).to_pydatetime()
    seen = rows[rows["opened_at"] <= now]
    week = seen.groupby("customer_id")["opened_at"].agg(["min", "size"])
    last = week[week["min"] > now - dt.timedelta(days=7)]
    assert (last["size"] == 1).mean() == pytest.approx(0.801, abs=0.015)
    frame = first_contact_resolution(rows, AUGUST, as_of=now).iloc[0]
    assert frame["low"] < truth < frame["high"] and frame["high"] - frame["low"] < 0.02
    assert first_contact_resolution(rows, AUGUST)["value"][0] == pytest.approx(truth, abs=0.01)


# a: e-mail, then phone after a day. b: chat twice, phone on the third day. c: two channels, five days apart. d: one.
SWITCHES = tickets(
    [
        ("a", 0, "e-mail"), ("a", 1, "phone"), ("b", 0, "chat"), ("b", 1, "chat"), ("b", 2.5, "phone"),
        ("c", 0, "chat"), ("c", 5, "phone"), ("d", 0, "phone"), ("e", 0, None),
    ],
    "channel",
)  # fmt: skip


def test_channel_switching_by_customer_and_subject() -> None:
    """Matters are a0, b0, c0, c5, d0; a and b had to change channel within three days."""
    assert one(channel_switching(SWITCHES, AUGUST, as_of=LATE)) == (2 / 5, 5)
    assert one(channel_switching(SWITCHES, AUGUST, within_days=6, as_of=LATE)) == (3 / 4, 4)


def test_channel_switching_by_what_the_export_says() -> None:
    """t1 repeats t0 elsewhere; t3 repeats t2 in the same channel; t6 repeats t5 too late. First: t0, t2, t4, t5, t7."""
    related = [None, "t0", "", "t2", None, None, "t5", None, None]
    rows = SWITCHES.assign(related_to=related)
    assert one(channel_switching(rows, AUGUST, as_of=LATE)) == (1 / 5, 5)
    assert one(channel_switching(rows, AUGUST, within_days=6, as_of=LATE)) == (2 / 5, 5)
    assert one(channel_switching(rows.drop(columns="customer_id"), AUGUST, as_of=LATE)) == (1 / 5, 5)


def test_a_channel_changed_counts_once_matured() -> None:
    now = (START + pd.Timedelta("3D")).to_pydatetime()
    assert one(channel_switching(SWITCHES, AUGUST, as_of=now)) == (2 / 4, 4)


CHAINED = tickets(
    [
        ("a", 0, "e-mail"), ("a", 5, "phone"), ("a", 11, "phone"),  # one chain of three in two channels
        ("b", 0, "chat"), ("b", 8, "chat"),  # two of one
        ("c", 0, "chat"), ("c", 1, "chat"), ("c", 2, "chat"), ("c", 3, "chat"), ("c", 4, "chat"),  # one of five
        ("d", 1, "chat"), ("d", 1.5, "e-mail"),  # one of two
    ],
    "channel",
)  # fmt: skip


def test_repeat_chains_ledger() -> None:
    frame = repeat_chains(CHAINED, AUGUST, as_of=LATE)
    assert frame["contacts"].tolist() == ["1", "2", "3", "4 or more"]
    assert frame["chains"].tolist() == [2, 1, 1, 1] and frame["tickets"].tolist() == [2, 2, 3, 5]
    assert frame["share"].tolist() == [0.4, 0.2, 0.2, 0.2]
    assert frame["changed_channel"].tolist() == [0, 1, 1, 0]
    assert frame["easy"].isna().all() and (frame["answers"] == 0).all()
    assert repeat_chains(CHAINED.drop(columns="channel"), AUGUST, as_of=LATE)["changed_channel"].isna().all()


def test_repeat_chains_with_what_customers_said() -> None:
    """Easy is 5 to 7: the answers to t0 and t2 are of the chain of three, t3's of one of one."""
    answers = pd.DataFrame(
        {
            "ticket_id": ["t0", "t2", "t3", None, "t99"],
            "survey": "ces",
            "score": [2.0, 6.0, 7.0, 7.0, 7.0],
            "answered_at": START,
            "scale_low": 1.0,
            "scale_high": 7.0,
        }
    )
    frame = repeat_chains(CHAINED, AUGUST, responses=answers, as_of=LATE).set_index("contacts")
    assert frame.loc["3", ["easy", "answers"]].tolist() == [0.5, 2]
    assert frame.loc["1", ["easy", "answers"]].tolist() == [1.0, 1]
    assert frame.loc["2", "answers"] == 0 and np.isnan(frame.loc["2", "easy"])
    plain = repeat_chains(CHAINED, AUGUST, responses=answers.drop(columns="ticket_id"), as_of=LATE)
    assert (plain["answers"] == 0).all()


def test_chains_that_began_too_late_or_elsewhere_are_left_out() -> None:
    """By the tenth only what began by the third counts: d's chain began a day later."""
    frame = repeat_chains(CHAINED, AUGUST, as_of=(START + pd.Timedelta("7D")).to_pydatetime())
    assert frame["chains"].tolist() == [1, 1, 0, 1]  # b so far once, a so far twice, c five times
    assert repeat_chains(CHAINED, Period.of("2026-07"), as_of=LATE)["chains"].sum() == 0
