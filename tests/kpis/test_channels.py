"""Channels brought to one mix of cases, and waiting by the hour on the customer's own clock."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.channels import channel_matrix, response_by_hour
from cxlab.periods import Period

AUGUST = Period.of("2026-08")
LATE = dt.datetime(2026, 10, 1)
DAY = pd.Timestamp("2026-08-03 09:00")


def cases(rng: np.random.Generator | None, cells: dict[tuple[str, str], tuple[int, float]]) -> pd.DataFrame:
    """Tickets by (channel, category): how many, and the share reopened, exact or drawn."""
    parts = []
    for (channel, category), (n, share) in cells.items():
        hit = np.arange(n) < round(n * share) if rng is None else rng.uniform(size=n) < share
        parts.append(pd.DataFrame({"channel": channel, "category": category, "reopened": hit}))
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(
        ticket_id=[f"t{place}" for place in rows.index],
        opened_at=pd.Series([DAY] * len(rows)).astype("datetime64[us]"),
        priority="P3",
        resolved_at=pd.Series([DAY + pd.Timedelta("1D")] * len(rows)).astype("datetime64[us]"),
    )


# Hard cases are reopened four times as often in either channel; the phone gets most of them.
MIX = {
    ("phone", "hard"): (80, 0.2),
    ("phone", "easy"): (20, 0.05),
    ("chat", "hard"): (20, 0.2),
    ("chat", "easy"): (80, 0.05),
}


def test_direct_standardisation_by_hand() -> None:
    """Phone 17 %, chat 8 %; on the company's mix, half hard and half easy, both 12.5 %."""
    frame = channel_matrix(cases(None, MIX), AUGUST, as_of=LATE)
    reopened = frame[frame["kpi"] == "reopen_rate"].set_index("channel")
    assert reopened["value"].to_dict() == pytest.approx({"phone": 0.17, "chat": 0.08})
    assert reopened["adjusted"].to_dict() == pytest.approx({"phone": 0.125, "chat": 0.125})
    assert reopened["company"].tolist() == pytest.approx([0.125, 0.125])
    assert reopened["difference"].abs().max() < 1e-12 and (reopened["covered"] == 1).all()
    assert (reopened["n"] == 100).all() and set(frame["period"]) == {"2026-08"}
    assert set(frame["kpi"]) == {"resolution_time", "reopen_rate"}  # what the columns allow


def test_a_channel_that_never_gets_some_cases_is_not_adjusted() -> None:
    mix = {**MIX, ("letter", "easy"): (30, 0.05)}
    frame = channel_matrix(cases(None, mix), AUGUST, as_of=LATE).set_index(["kpi", "channel"])
    letter = frame.loc[("reopen_rate", "letter")]
    assert letter["covered"] == pytest.approx(130 / 230) and np.isnan(letter["adjusted"]) and letter["n"] == 30
    assert not np.isnan(frame.loc[("reopen_rate", "phone"), "adjusted"])


def test_satisfaction_after_tickets_and_first_contacts() -> None:
    rows = cases(None, MIX).assign(customer_id=lambda frame: frame["ticket_id"])
    answers = pd.DataFrame(
        {
            "ticket_id": rows["ticket_id"],
            "survey": "csat",
            "score": np.where(rows["category"] == "hard", 2.0, 5.0),
            "scale_low": 1.0,
            "scale_high": 5.0,
            "answered_at": DAY,
        }
    )
    frame = channel_matrix(rows, AUGUST, responses=answers, as_of=LATE).set_index(["kpi", "channel"])
    assert frame.loc[("csat", "phone"), "value"] == pytest.approx(0.2)
    assert frame.loc[("csat", "phone"), "adjusted"] == pytest.approx(0.5)
    assert frame.loc[("first_contact_resolution", "chat"), "value"] == pytest.approx(0.92)


def test_the_mix_must_be_columns() -> None:
    with pytest.raises(TableError, match="channel_matrix needs priorty.*is it 'priority'"):
        channel_matrix(cases(None, MIX), AUGUST, mix=("category", "priorty"))
    for mix in ((), "category"):
        with pytest.raises(ParameterError, match="mix is"):
            channel_matrix(cases(None, MIX), AUGUST, mix=mix)


def test_tickets_without_category_or_of_other_periods_do_no_harm() -> None:
    rows = cases(None, MIX)
    rows.loc[rows["category"] == "easy", "category"] = None
    old = cases(None, {("phone", "odd"): (50, 1.0)}).assign(opened_at=pd.Timestamp("2026-01-05").as_unit("us"))
    frame = channel_matrix(pd.concat([rows, old], ignore_index=True), AUGUST, as_of=LATE)
    assert frame[frame["kpi"] == "reopen_rate"]["adjusted"].tolist() == pytest.approx([0.125, 0.125])


@pytest.mark.slow
def test_channels_that_differ_in_their_cases_only_are_told_apart_without_adjustment_only() -> None:
    rng = np.random.default_rng(8)
    alike, apart, runs = 0, 0, 60
    cells = {key: (4 * n, share) for key, (n, share) in MIX.items()}
    for _ in range(runs):
        frame = channel_matrix(cases(rng, cells), AUGUST, as_of=LATE)
        phone = frame[(frame["kpi"] == "reopen_rate") & (frame["channel"] == "phone")].iloc[0]
        alike += phone["difference_low"] <= 0 <= phone["difference_high"]
        apart += phone["low"] > phone["company"]
    assert alike / runs >= 0.95 and apart / runs >= 0.5


def asked(hours: list[int], waits: list[float | None], **columns: object) -> pd.DataFrame:
    """Opened so many hours after Monday 09:00, answered after `waits` hours; None is waiting."""
    opened = DAY + pd.to_timedelta(hours, unit="h")
    first = opened + pd.to_timedelta(pd.Series(waits, dtype=float), unit="h")
    return pd.DataFrame({"opened_at": opened, "first_response_at": first}).astype("datetime64[us]").assign(**columns)


def test_response_by_hour_on_the_companys_clock() -> None:
    """Three on Monday at nine wait 1, 2 and still; one on Tuesday at one at night."""
    rows = asked([0, 0, 0, 16], [1, 2, None, 5])
    frame = response_by_hour(rows, AUGUST, min_n=2, as_of=LATE).set_index(["weekday", "hour_from"])
    assert len(frame) == 42 and set(frame["clock"]) == {"company"}
    assert tuple(frame.loc[("Mon", 8), ["value", "n", "hour_to"]]) == (2, 3, 12)
    assert frame.loc[("Tue", 0), "n"] == 1 and np.isnan(frame.loc[("Tue", 0), "value"])
    assert frame["n"].sum() == 4


def test_response_by_hour_on_the_customers_clock() -> None:
    """Monday 9:00 in Berlin is Monday 3:00 in New York and 12:30 in Kolkata; Monday 2:00 is Sunday 20:00."""
    rows = asked([0, 0, -7, 0], [1, 2, 3, 4], customer_id=["ny", "in", "ny", "nowhere"])
    customers = pd.DataFrame(
        {"customer_id": ["ny", "in", "nowhere"], "timezone": ["America/New_York", "Asia/Kolkata", None]}
    )
    with pytest.warns(UserWarning, match="1 tickets of accounts without a time zone are set aside"):
        frame = response_by_hour(rows, AUGUST, customers=customers, timezone="Europe/Berlin", block_hours=1, min_n=1)
    found = frame[frame["n"] > 0].set_index(["weekday", "hour_from"])["value"].to_dict()
    assert found == {("Mon", 3): 1, ("Mon", 12): 2, ("Sun", 20): 3} and set(frame["clock"]) == {"customer"}


def test_summer_time_is_minded() -> None:
    """On 12 March 2026 New York has changed its clock and Berlin has not: five hours apart, not six."""
    rows = asked([0], [1], customer_id="ny").assign(
        opened_at=pd.Timestamp("2026-03-12 12:00").as_unit("us"),
        first_response_at=pd.Timestamp("2026-03-12 13:00").as_unit("us"),
        timezone="America/New_York",
    )
    frame = response_by_hour(rows, None, timezone="Europe/Berlin", block_hours=1, min_n=1)
    assert frame[frame["n"] > 0][["weekday", "hour_from"]].to_numpy().tolist() == [["Thu", 7]]


def test_without_the_companys_zone_or_any_of_the_customers_it_is_the_companys_clock() -> None:
    rows = asked([0], [1], customer_id="a")
    nowhere = pd.DataFrame({"customer_id": ["a"], "timezone": [None]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for options in ({"customers": nowhere}, {"timezone": "UTC"}, {"timezone": "UTC", "customers": nowhere}):
            frame = response_by_hour(rows, AUGUST, min_n=1, **options)
            assert set(frame["clock"]) == {"company"} and frame["n"].sum() == 1


def test_to_the_resolution_and_nothing_at_all() -> None:
    rows = asked([0, 0], [1, 2]).rename(columns={"first_response_at": "resolved_at"})
    assert response_by_hour(rows, AUGUST, ended="resolved_at", min_n=1)["value"].max() == 1
    empty = response_by_hour(rows, Period.of("2020"), ended="resolved_at")
    assert len(empty) == 42 and empty["n"].sum() == 0 and empty["value"].isna().all()


def test_senseless_options_are_refused() -> None:
    rows = asked([0], [1], timezone="CET time")
    with pytest.raises(ParameterError, match="block_hours is 5"):
        response_by_hour(rows, AUGUST, block_hours=5)
    with pytest.raises(ParameterError, match="Did you mean 'resolved_at'"):
        response_by_hour(rows, AUGUST, ended="resolved")
    with pytest.raises(ParameterError, match="'Berlin' is not a time zone"):
        response_by_hour(rows, AUGUST, timezone="Berlin")
    with pytest.raises(TableError, match="'CET time' as timezone"):
        response_by_hour(rows, AUGUST, timezone="UTC")
