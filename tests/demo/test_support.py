"""The support KPIs on the sample company's raw exports: what was planted comes back."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlab.demo import truths
from cxlab.kpis.channels import channel_matrix, response_by_hour
from cxlab.kpis.contact import channel_switching, first_contact_definitions, first_contact_resolution, repeat_chains
from cxlab.kpis.handling import escalation_rate, found_by_us_first
from cxlab.kpis.selfservice import deflection_bounds, self_service_deflection
from cxlab.kpis.service import reopen_rate
from cxlab.kpis.workload import backlog, contact_rate
from cxlab.periods import Period

pytestmark = pytest.mark.slow
YEAR = Period.of("2025")


def flag(texts: pd.Series) -> pd.Series:
    said = texts.str.strip().str.lower()
    return said.isin(["yes", "true", "1"]).astype("boolean").mask(said == "")


@pytest.fixture(scope="module")
def tickets(company: object) -> pd.DataFrame:
    """The tickets table by canonical names, known accounts only, with the plan of the account."""
    raw = company.tickets()
    raw = raw[raw["Account"].isin(company.accounts().index)]
    frame = pd.DataFrame(
        {
            "ticket_id": raw["Ticket ID"],
            "customer_id": raw["Account"],
            "opened_at": raw["Opened"],
            "first_response_at": raw["First response"],
            "resolved_at": raw["Resolved"],
            "closed_at": raw["Closed"],
            "channel": raw["Channel"],
            "category": raw["Category"].mask(raw["Category"] == "N/A"),
            "priority": raw["Priority"],
            "detected_by": raw["Detected by"],
            "related_to": raw["Related to"].mask(raw["Related to"] == ""),
            "reopened": flag(raw["Reopened"]),
            "escalated": flag(raw["Escalated"]),
            "said_resolved": flag(raw["Resolved at first contact"]),
            "agent_replies": raw["Agent replies"].astype(float),
            "customer_replies": raw["Customer replies"].astype(float),
            "plan": company.accounts()["Plan"].reindex(raw["Account"]).to_numpy(),
        }
    )
    return frame.reset_index(drop=True)


@pytest.fixture(scope="module")
def customers(company: object) -> pd.DataFrame:
    accounts = company.accounts().reset_index()
    names = {"Account ID": "customer_id", "Signed": "signed_on", "Closed": "closed_on", "Plan": "plan"}
    return accounts.rename(columns=names)[list(names.values())]


def found(frame: pd.DataFrame, truth: float) -> bool:
    """Whether the truth is within one and a half times the interval: three standard errors."""
    row = frame.iloc[0]
    return abs(row["value"] - truth) < 1.5 * (row["high"] - row["low"]) / 2


def test_first_contact_resolution(tickets: pd.DataFrame) -> None:
    plans = tickets["plan"].value_counts(normalize=True).to_dict()
    assert found(first_contact_resolution(tickets), truths.first_contact_resolution(plans))
    views = first_contact_definitions(tickets).set_index("definition")
    assert (views["missing"] == "").all()
    # Tickets still open have as many replies as they will have in the end: what was resolved is nearly all.
    assert views.loc["one_touch", "value"] == pytest.approx(truths.one_touch_share(), abs=0.015)
    assert views.loc["no_interaction", "value"] == pytest.approx(truths.no_reply_share(), abs=0.015)
    assert views.loc["said_resolved", "value"] == pytest.approx(truths.SAID_RESOLVED[1], abs=0.015)
    assert views.loc["reopened", "value"] == pytest.approx(truths.REOPENED, abs=0.006)


def test_channels_changed_whether_the_export_says_so_or_not(tickets: pd.DataFrame) -> None:
    said = channel_switching(tickets)
    assert found(said, truths.CHANNEL_SWITCH_SHARE)
    guessed = channel_switching(tickets.drop(columns="related_to"))
    # By customer and subject some chance meetings in another channel are taken for a change.
    assert said["value"][0] <= guessed["value"][0] + 0.002 and guessed["value"][0] - said["value"][0] < 0.015


def test_shares_planted(tickets: pd.DataFrame) -> None:
    assert found(found_by_us_first(tickets), truths.FOUND_BY_US)
    assert found(reopen_rate(tickets), truths.REOPENED)
    stuck, usual = truths.ESCALATED
    assert found(escalation_rate(tickets), truths.STUCK_SHARE * stuck + (1 - truths.STUCK_SHARE) * usual)


def test_tickets_per_account_by_plan(tickets: pd.DataFrame, customers: pd.DataFrame) -> None:
    """A year has 365 / 91 such quarters; changes of channel are tickets too."""
    frame = contact_rate(customers, YEAR, "plan", tickets=tickets, as_of=truths.AS_OF).set_index("plan")
    for plan, rate in truths.TICKETS_A_QUARTER.items():
        truth = rate * 365 / 91 * (1 + truths.CHANNEL_SWITCH_SHARE)
        row = frame.loc[plan]
        assert abs(row["value"] - truth) < 1.6 * (row["high"] - row["low"]) / 2, plan
        assert (row["high"] - row["low"]) / row["value"] < 0.25


def test_visits_without_a_ticket(company: object, tickets: pd.DataFrame) -> None:
    raw = pd.read_csv(company.raw / "product/help_centre.csv", dtype=str, keep_default_na=False).drop_duplicates(
        "Visit"
    )
    known = raw["Account"].isin(company.accounts().index)
    visits = pd.DataFrame(
        {
            "visit_id": raw["Visit"],
            "visited_at": pd.to_datetime(raw["Visited at"], errors="coerce"),
            "customer_id": raw["Account"].where(known),
            "category": raw["Subject"].mask(raw["Subject"] == ""),
        }
    )[known | (raw["Account"] == "")]
    frame = self_service_deflection(visits, tickets=tickets, as_of=truths.AS_OF)
    assert frame["value"][0] == pytest.approx(truths.DEFLECTED, abs=0.004)
    bounds = deflection_bounds(visits, tickets=tickets, as_of=truths.AS_OF).set_index("matched").loc["any ticket"]
    assert bounds["unknown"] / (bounds["n"] + bounds["unknown"]) == pytest.approx(truths.VISITS_UNKNOWN, abs=0.015)
    assert bounds["least"] < truths.DEFLECTED < bounds["most"]


def test_no_channel_and_no_hour_is_slower_than_another(tickets: pd.DataFrame) -> None:
    """Nothing is planted: of some twenty intervals a few may miss by chance, and most hold."""
    frame = channel_matrix(tickets, YEAR, as_of=truths.AS_OF)
    assert (frame["covered"] > 0.99).all()
    held = (frame["difference_low"] <= 0) & (frame["difference_high"] >= 0)
    speed = frame["kpi"].isin(["first_response_time", "resolution_time", "reopen_rate"])
    assert held[speed].mean() >= 0.8
    hours = response_by_hour(tickets, YEAR, block_hours=8, as_of=truths.AS_OF).dropna(subset=["value"])
    median = truths.FIRST_RESPONSE_HOURS[0]
    assert ((hours["low"] <= median * 1.05) & (median * 0.95 <= hours["high"])).mean() >= 0.85


def test_who_had_to_come_back_found_it_harder(company: object, tickets: pd.DataFrame) -> None:
    raw = company.transactional()
    answers = pd.DataFrame(
        {
            "ticket_id": raw["ticket"].mask(raw["ticket"] == ""),
            "survey": "ces",
            "score": raw["ces"],
            "answered_at": raw["answered_at"],
            "scale_low": 1.0,
            "scale_high": 7.0,
        }
    )
    frame = repeat_chains(tickets, responses=answers, as_of=truths.AS_OF).set_index("contacts")
    assert (
        frame["chains"].sum() == first_contact_resolution(tickets.drop(columns="reopened"), as_of=truths.AS_OF)["n"][0]
    )
    assert frame.loc["1", "easy"] == pytest.approx(truths.TRUE_CES["ticket closed"], abs=0.03)
    # Half of the answers in a chain of two are to the ticket in the second channel, the others know no difference.
    assert frame.loc["2", "easy_high"] < frame.loc["1", "easy_low"]


def test_the_backlog_is_there(tickets: pd.DataFrame) -> None:
    frame = backlog(tickets, Period.of("2026-Q2"))
    assert frame["open"].sum() == frame["total"].iloc[0] > 100
    # What is stuck stays for weeks: the oldest tenth is older than the median of the stuck.
    assert frame["p90"].iloc[0] > truths.STUCK_DAYS[0] > frame["median"].iloc[0]
