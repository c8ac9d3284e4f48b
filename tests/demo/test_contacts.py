"""Tickets: how much contact they took, and the visits to the help centre before them."""

from __future__ import annotations

import zoneinfo

import numpy as np
import pandas as pd
import pytest

from cxlab.demo import truths

pytestmark = pytest.mark.slow
WEEK = pd.Timedelta(days=7)


def close(hits: pd.Series, share: float) -> bool:
    """Whether the mean of booleans is within three standard errors of `share`."""
    return abs(hits.mean() - share) < 3 * (share * (1 - share) / len(hits)) ** 0.5


@pytest.fixture(scope="module")
def tickets(company: object) -> pd.DataFrame:
    """Tickets of known accounts in order of time; `plan`, and hours to and since the next and last alike."""
    table = company.tickets()
    table = table[table["Account"].isin(company.accounts().index)].sort_values(["Opened", "Ticket ID"])
    table["plan"] = company.accounts()["Plan"].reindex(table["Account"]).to_numpy()
    opened = table.groupby(["Account", "Category"])["Opened"]
    table["until_next"], table["since_last"] = opened.shift(-1) - table["Opened"], table["Opened"] - opened.shift(1)
    return table


@pytest.fixture(scope="module")
def settled(tickets: pd.DataFrame) -> pd.DataFrame:
    """Resolved tickets of quarters in which hardly any is open."""
    return tickets[(tickets["Opened"] < "2026-04-01") & tickets["Resolved"].notna()]


def test_replies_are_as_many_as_stated(settled: pd.DataFrame) -> None:
    ours, theirs = settled["Agent replies"].astype(int), settled["Customer replies"].astype(int)
    assert close(ours < 2, truths.one_touch_share())
    assert close(theirs == 0, truths.no_reply_share())
    assert (theirs == settled["Contacts"].astype(int) - 1).all()
    assert ((ours == 0) == settled["First response"].isna()).all()


def test_customers_say_so_where_they_were_asked_and_answered(tickets: pd.DataFrame) -> None:
    closed = tickets[tickets["Closed"].notna()]
    said = closed["Resolved at first contact"]
    answers, yes = truths.SAID_RESOLVED
    assert close(said != "", answers)
    assert close(said[said != ""].str.lower().isin(["yes", "true", "1"]), yes)
    assert (tickets.loc[tickets["Closed"].isna(), "Resolved at first contact"] == "").all()


def test_tickets_repeat_as_stated(tickets: pd.DataFrame) -> None:
    named = tickets[tickets["Category"] != "N/A"]
    repeats = named["until_next"] <= WEEK
    plans = tickets["plan"].value_counts(normalize=True).to_dict()
    assert close(repeats, truths.repeat_share(plans))
    assert truths.repeat_share(plans) == pytest.approx(truths.REPEATS, abs=0.002)
    # Most of them are changes of channel; the rest is chance.
    assert truths.CHANNEL_SWITCH_SHARE < truths.REPEATS < truths.CHANNEL_SWITCH_SHARE + 0.02


def test_first_contacts_resolve_the_matter_as_stated(tickets: pd.DataFrame) -> None:
    first = tickets[
        (tickets["Category"] != "N/A") & ~(tickets["since_last"] <= WEEK) & (tickets["Opened"] < "2026-09-20")
    ]
    good = (first["Resolved"] - first["Opened"] <= WEEK) & ~(first["until_next"] <= WEEK)
    good &= ~first["Reopened"].str.lower().isin(["yes", "true", "1"])
    plans = tickets["plan"].value_counts(normalize=True).to_dict()
    assert close(good, truths.first_contact_resolution(plans))


def test_the_first_response_does_not_know_the_hour(tickets: pd.DataFrame) -> None:
    wait = np.log((tickets["First response"] - tickets["Opened"]) / pd.Timedelta(hours=1)).dropna()
    opened = tickets["Opened"].reindex(wait.index)
    for at_odds in (opened.dt.hour >= 17, opened.dt.day_of_week >= 5):
        late, early = wait[at_odds], wait[~at_odds]
        error = (late.var() / len(late) + early.var() / len(early)) ** 0.5
        assert abs(late.mean() - early.mean()) < 3 * error


def test_some_are_noticed_by_us_and_some_escalated(tickets: pd.DataFrame) -> None:
    assert close(tickets["Detected by"] == "monitoring", truths.FOUND_BY_US)
    stuck, other = truths.ESCALATED
    share = truths.STUCK_SHARE * stuck + (1 - truths.STUCK_SHARE) * other
    assert close(tickets["Escalated"].str.lower().isin(["yes", "true", "1"]), share)


def test_every_account_has_the_time_zone_of_its_country(company: object) -> None:
    zones = company.accounts().groupby("Country")["Time zone"].unique()
    assert zones.str.len().eq(1).all()
    assert {zone for (zone,) in zones} <= zoneinfo.available_timezones()


@pytest.fixture(scope="module")
def visits(company: object) -> pd.DataFrame:
    """Good visits once, with `hours` until the next ticket of the account and that ticket's `about`."""
    table = pd.read_csv(company.raw / "product/help_centre.csv", dtype=str, keep_default_na=False)
    table = table[~table["Visit"].str.startswith("V9")].drop_duplicates("Visit")
    table["at"] = pd.to_datetime(table["Visited at"])
    known = set(company.accounts().index)
    tickets = company.tickets()[["Account", "Opened"]].sort_values("Opened")
    tickets = tickets[tickets["Account"].isin(known)].assign(Account=lambda frame: frame["Account"].astype("str"))
    table["Account"] = table["Account"].astype("str")
    table = pd.merge_asof(
        table.sort_values("at"), tickets, left_on="at", right_on="Opened", by="Account", direction="forward"
    )
    table["hours"] = (table["Opened"] - table["at"]) / pd.Timedelta(hours=1)
    return table


def test_self_service_spares_exactly_the_stated_share_of_tickets(visits: pd.DataFrame) -> None:
    assert len(visits) == truths.VISITS
    assert (visits["Account"] == "").mean() == truths.VISITS_UNKNOWN
    known = visits[visits["Account"] != ""]
    assert (~(known["hours"] <= truths.DEFLECTION_HOURS)).mean() == pytest.approx(truths.DEFLECTED, abs=1e-4)
    assert close(visits["Source"] == "knowledge base", truths.VISIT_CHANNELS["knowledge base"])


def test_visits_are_of_customers_in_the_last_four_quarters(company: object, visits: pd.DataFrame) -> None:
    assert visits["at"].between("2025-10-01", "2026-09-30 23:59").all()
    known = visits[visits["Account"] != ""]
    account = company.accounts().reindex(known["Account"])
    assert (known["at"].to_numpy() > account["Signed"].to_numpy()).all()
    assert ~(known["at"].to_numpy() > account["Closed"].to_numpy()).any()
    assert (known["Region"].to_numpy() == account["Region"].to_numpy()).all()


def test_a_ticket_that_follows_is_on_the_subject_of_the_visit(company: object, visits: pd.DataFrame) -> None:
    followed = visits[(visits["Account"] != "") & (visits["hours"] <= truths.DEFLECTION_HOURS)]
    tickets = company.tickets()[["Account", "Opened", "Category"]]
    pairs = followed[["Visit", "Account", "Subject", "at"]].merge(tickets, on="Account")
    soon = (pairs["Opened"] - pairs["at"]).between(pd.Timedelta(0), pd.Timedelta(hours=truths.DEFLECTION_HOURS))
    alike = pairs[soon & (pairs["Subject"] == pairs["Category"])]
    assert alike["Visit"].nunique() / len(followed) > 0.97  # one category in a hundred is not filled in
