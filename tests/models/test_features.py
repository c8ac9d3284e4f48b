"""Features by hand, family by family: one row per customer, every cell counted on paper."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.models.features import FAMILIES, Features, customer_features
from cxlab.models.features.look import tells_of_leaving
from cxlab.periods import Period
from cxlab.tables import engines
from cxlab.tables.project import Project

AS_OF = dt.datetime(2026, 7, 1)


def days(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts), format="ISO8601")).astype("datetime64[us]")


def people(*ids: str, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": list(ids), "signed_on": pd.Timestamp("2024-07-01"), **columns})


def look(as_of: object = AS_OF, customers: pd.DataFrame | None = None, **tables: pd.DataFrame) -> Features:
    given = {"customers": people("a", "b", "c") if customers is None else customers, **tables}
    options = {name: given.pop(name) for name in ("recent_days", "undated", "only_active", "features") if name in given}
    return customer_features(given, as_of, **options)


def cells(found: Features, column: str) -> list[object]:
    """The column as a list, with None where nothing is known."""
    return [None if pd.isna(cell) else cell for cell in found.frame[column]]


def test_one_row_per_customer_there_and_what_they_are() -> None:
    """a is there, b closed on the day itself and is still there, c closed the day before, d signs on the day."""
    customers = pd.DataFrame(
        {
            "customer_id": ["b", "a", "c", "d", None],
            "signed_on": days("2026-06-01", "2025-07-01", "2025-01-01", "2026-07-01", "2025-01-01"),
            "closed_on": days("2026-07-01", None, "2026-06-30", None, None),
            "name": ["B", "A", "C", "D", "E"],
            "plan": [" Basic", "Plus", "Plus", "Odd", "Plus"],
            "seats": ["12", "3", "4", "many", "5"],
            "trial": ["YES", "no", "true", "maybe", "no"],
            "churn_reason": ["price", None, "price", None, None],
            "owner": ["Ann", "Bob", "Cy", "Di", "Ed"],
            "contract_signed": days("2026-06-01", "2025-07-01", "2025-01-01", "2026-07-01", "2025-01-01"),
        }
    )
    found = look(customers=customers)
    assert found.frame.index.tolist() == ["a", "b"] and found.frame.index.name == "customer_id"
    assert list(found.frame) == ["plan", "seats", "trial", "tenure"]
    assert cells(found, "plan") == ["Plus", "Basic"] and cells(found, "seats") == [3.0, 12.0]
    assert cells(found, "trial") == [False, True] and found.frame["trial"].dtype == "boolean"
    assert found.frame["tenure"].tolist() == pytest.approx([365 / 30.4375, 30 / 30.4375])
    assert "By its name churn_reason tells of leaving itself, so it is no feature." in found.remarks
    assert any("(plan, seats, trial) bears no date" in remark for remark in found.remarks)
    everybody = look(customers=customers, only_active=False)
    assert everybody.frame.index.tolist() == ["a", "b", "c"]


def test_every_column_says_what_it_is() -> None:
    found = look(tickets=pd.DataFrame({"customer_id": ["a"], "opened_at": days("2026-06-01")}))
    for described in (found.meaning, found.families, found.units, found.sources):
        assert list(described) == list(found.frame)
    assert set(found.families.values()) <= set(FAMILIES)
    assert found.meaning["tickets"] == "cases opened in the last 90 days" and found.units["tickets"] == "number"
    assert found.of_family("support") == ["tickets", "days_since_ticket"] and found.as_of == AS_OF


def test_tables_that_are_not_there_are_named() -> None:
    found = look()
    text = " ".join(found.missing)
    assert list(found.frame) == ["tenure"]
    for name in ("usage", "tickets", "visits", "milestones", "responses", "subscriptions", "orders"):
        assert f"There is no table of {name}; with one, " in text
    found = look(usage=pd.DataFrame({"customer_id": ["a"], "value": [1.0]}))
    assert "The table of usage has no used_on; with it, how much they use" in " ".join(found.missing)
    empty = pd.DataFrame({"customer_id": pd.Series([], dtype=object), "opened_at": days()})
    found = look(tickets=empty)
    assert "The table of tickets knows of nothing before 1 July 2026" in " ".join(found.missing)
    assert list(found.frame) == ["tenure"]
    strange = pd.DataFrame({"customer_id": ["S-1"], "opened_at": days("2026-06-01")})
    found = look(tickets=strange)
    assert "Not one customer_id in the table of tickets is in the customers table" in " ".join(found.missing)
    assert list(found.frame) == ["tenure"] and "tickets" not in found.spans


def tickets() -> pd.DataFrame:
    """a: 1 took two days and 3 contacts; 2 is open since June 1 and late; 3 is resolved after as_of, so open.
    b: 4 was opened exactly at as_of; 5 is over a year old; 6 of February was resolved but is not closed: what it says
    of itself does not count yet. 7 ended before it began."""
    opened = ("2026-06-10", "2026-06-01", "2026-06-29", "2026-07-01", "2025-06-30", "2026-02-10", "2026-05-01")
    resolved = ("2026-06-12", None, "2026-07-02", None, "2025-07-01", "2026-02-14", "2026-04-30")
    closed = ("2026-06-13", None, "2026-07-03", None, "2025-07-02", "2026-07-01", "2026-04-30")
    return pd.DataFrame(
        {
            "ticket_id": list("1234567"),
            "customer_id": list("aaabbbb"),
            "opened_at": days(*opened),
            "first_response_at": days("2026-06-10 06:00", None, "2026-07-01", None, "2025-07-01", "2026-02-11", None),
            "resolved_at": days(*resolved),
            "closed_at": days(*closed),
            "sla_due_at": days("2026-06-11", "2026-06-03", "2026-07-04", None, None, None, None),
            "contacts": [3.0, 9.0, 9.0, 9.0, 9.0, 9.0, np.nan],
            "escalated": pd.array([False, True, True, True, True, True, True], dtype="boolean"),
            "reopened": pd.array([True, True, True, True, True, True, None], dtype="boolean"),
        }
    )


def test_support_by_hand() -> None:
    found = look(tickets=tickets())
    assert cells(found, "tickets") == [3.0, 1.0, 0.0]
    assert cells(found, "tickets_change") == [3.0, 0.0, 0.0]
    assert cells(found, "days_since_ticket") == [2.0, 61.0, None]
    assert cells(found, "open_tickets") == [2.0, 0.0, 0.0] and cells(found, "overdue_tickets") == [1.0, 0.0, 0.0]
    assert cells(found, "oldest_open") == [30.0, 0.0, 0.0]
    assert cells(found, "case_days") == [(2 + 30 + 2) / 3, 4.0, None]
    assert cells(found, "wait") == [(6 + 30 * 24 + 2 * 24) / 3, 24.0, None]
    assert cells(found, "contacts_per_ticket") == [3.0, None, None]
    assert cells(found, "escalated") == [0.0, 1.0, None] and cells(found, "reopened") == [1.0, None, None]
    assert any("(contacts, escalated, reopened) bears no date" in remark for remark in found.remarks)


def test_states_of_a_case_count_from_its_end() -> None:
    """Where nothing is closed after it is resolved, a case is over when it is resolved."""
    found = look(tickets=tickets().drop(columns="closed_at"))
    assert cells(found, "contacts_per_ticket") == [3.0, 9.0, None]
    assert cells(found, "escalated") == [0.0, 1.0, None]
    found = look(tickets=tickets().assign(closed_at=pd.NaT))
    assert cells(found, "contacts_per_ticket") == [3.0, 9.0, None]
    found = look(tickets=tickets()[["customer_id", "opened_at", "contacts"]])
    assert "contacts_per_ticket" not in found.frame and "has no resolved_at" in " ".join(found.missing)


def test_change_of_cases_needs_a_table_that_reaches_back() -> None:
    later = tickets()[tickets()["opened_at"] >= "2026-05-01"]
    found = look(tickets=later)
    assert "tickets_change" not in found.frame
    assert "The table of tickets begins on 1 May 2026: counts over a longer time see only part." in found.remarks
    found = look("2026-12-01", tickets=later)
    assert any("The table of tickets ends on 1 July 2026" in remark for remark in found.remarks)


def test_visits_by_hand() -> None:
    visits = pd.DataFrame(
        {"customer_id": ["a", "a", None, "b", "b"],
         "visited_at": days("2026-06-30", "2026-04-02", "2026-06-30", "2026-04-01 23:59", "2026-07-01")}
    )  # fmt: skip
    assert cells(look(visits=visits), "visits") == [2.0, 0.0, 0.0]


def usage() -> pd.DataFrame:
    """Daily use. The last 90 days begin on April 2, the 90 before on January 2, the last 30 on June 1."""
    return pd.DataFrame(
        {
            "customer_id": list("aaaaabb") + ["c", None],
            "used_on": days("2026-06-30", "2026-06-01", "2026-04-02", "2026-04-01", "2026-07-01",
                            "2026-01-02", "2025-12-31", "2026-03-05", "2026-06-30"),
            "feature": ["sign-ins", "reports", "sign-ins", "sign-ins", "alerts",
                        "sign-ins", "reports", "sign-ins", "sign-ins"],
            "value": [4.0, 2.0, 6.0, 8.0, 99.0, 5.0, 7.0, 0.0, 99.0],
        }
    )  # fmt: skip


def test_use_by_hand() -> None:
    customers = people("a", "b", "c", seats=[2, 0, 4])
    found = look(customers=customers, usage=usage())
    assert cells(found, "use") == [12.0, 0.0, 0.0]
    assert cells(found, "use_change") == [0.5, -1.0, None]
    assert cells(found, "features_used") == [2.0, 0.0, 0.0]
    assert cells(found, "days_since_use") == [1.0, 180.0, None]
    assert cells(found, "use_of_sign_ins") == [10.0, 0.0, 0.0] and cells(found, "use_of_reports") == [2.0, 0.0, 0.0]
    assert "use_of_alerts" not in found.frame and found.features == ["sign-ins", "reports"]
    assert cells(found, "main_use") == [4.0, 0.0, 0.0] and cells(found, "main_use_per_seat") == [2.0, None, 0.0]
    assert found.meaning["main_use_per_seat"] == "sign-ins in the last 30 days, for each seat"


def test_features_can_be_chosen() -> None:
    found = look(usage=usage(), features=("reports",))
    assert "use_of_sign_ins" not in found.frame and cells(found, "main_use") == [2.0, 0.0, 0.0]
    many = pd.DataFrame(
        {"customer_id": ["a"] * 10, "feature": [f"f{place}" for place in range(10)],
         "value": np.arange(10.0) + 1}
    ).assign(used_on=pd.Timestamp("2026-06-03"))  # fmt: skip
    assert look(usage=many).features == ["f9", "f8", "f7", "f6", "f5", "f4", "f3", "f2"]


def test_use_of_newcomers_is_not_compared() -> None:
    """Who signed within a window has not had a whole one."""
    customers = people("a", "b", "c")
    customers["signed_on"] = days("2026-01-01", "2026-01-02", "2026-06-01")
    found = look(customers=customers, usage=usage())
    assert cells(found, "use_change") == [0.5, None, None]
    assert cells(found, "main_use") == [4.0, 0.0, None]


def test_use_kept_by_the_month_counts_when_the_month_is_over() -> None:
    """A row of June holds all of June, so in the middle of June it is not known yet."""
    monthly = pd.DataFrame(
        {
            "customer_id": list("aaaaaa") + ["b"],
            "used_on": days(*(f"2026-0{month}-01" for month in range(1, 7)), "2026-03-01"),
            "feature": "sign-ins",
            "value": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 9.0],
        }
    )
    found = look("2026-07-01", usage=monthly)
    assert cells(found, "use") == [15.0, 0.0, 0.0] and cells(found, "use_change") == [1.5, -1.0, None]
    assert cells(found, "main_use") == [6.0, 0.0, 0.0] and cells(found, "days_since_use") == [0.0, 91.0, None]
    for middle in ("2026-06-01", "2026-06-15", "2026-06-30 23:59"):
        found = look(middle, usage=monthly)
        assert cells(found, "use") == [12.0, 9.0, 0.0] and cells(found, "main_use") == [5.0, 0.0, 0.0]
    assert found.meaning["use"] == "use of everything added up, in the last 3 months"
    assert any("kept by the month" in remark for remark in found.remarks)


def test_use_without_amounts_or_names_counts_rows() -> None:
    found = look(usage=usage()[["customer_id", "used_on"]])
    assert cells(found, "use") == [3.0, 0.0, 0.0] and "features_used" not in found.frame


def test_entitlements_are_of_today() -> None:
    granted = pd.DataFrame(
        {
            "customer_id": list("aaab"),
            "feature": ["sign-ins", "reports", "alerts", "sign-ins"],
            "entitled": pd.array([True, True, True, False], dtype="boolean"),
            "asked_on": days(None, "2026-06-30", "2025-06-30", "2026-07-01"),
        }
    )
    found = look(usage=usage(), entitlements=granted)
    assert cells(found, "entitled_used") == [pytest.approx(2 / 3), None, None]
    assert cells(found, "features_asked") == [1.0, 0.0, 0.0]
    assert "What customers may use bears no date: it is what is granted today." in found.remarks
    found = look(usage=usage(), entitlements=granted, undated=False)
    assert "entitled_used" not in found.frame and "entitlements bears no date" in " ".join(found.missing)


def milestones() -> pd.DataFrame:
    """a: first value on time, training late, integration still open and overdue. b: first value reached the day after
    as_of, due in June. c: only an exit."""
    rows = [
        ("a", "onboarding", "kick-off", "2026-01-01", "2026-01-05", "2026-01-03"),
        ("a", "onboarding", "first value", "2026-01-03", "2026-01-31", "2026-01-31"),
        ("a", "onboarding", "training", "2026-02-01", "2026-02-10", "2026-02-11"),
        ("a", "integration", "live", "2026-03-01", "2026-06-30", None),
        ("a", "integration", "webhooks", "2026-06-01", "2026-07-01", None),
        ("b", "onboarding", "kick-off", "2026-05-01", "2026-05-05", "2026-05-05"),
        ("b", "onboarding", "first value", "2026-05-05", "2026-06-15", "2026-07-02"),
        ("b", "onboarding", "training", "2026-07-02", "2026-08-01", None),
        ("c", "exit", "churned", "2026-06-01", "2026-06-02", "2026-06-30"),
    ]
    frame = pd.DataFrame(rows, columns=["customer_id", "journey", "milestone", "started_at", "due_at", "reached_at"])
    return frame.assign(**{name: days(*frame[name]) for name in ("started_at", "due_at", "reached_at")})


def test_journey_by_hand() -> None:
    found = look(milestones=milestones())
    assert cells(found, "steps_open") == [2.0, 1.0, 0.0]
    assert cells(found, "steps_late") == [2.0, 1.0, 0.0] and cells(found, "steps_overdue") == [1.0, 1.0, 0.0]
    assert cells(found, "late_share") == [2 / 4, 1 / 2, None]
    assert cells(found, "first_value") == [True, False, None]
    assert cells(found, "first_value_late") == [False, True, None]
    assert cells(found, "days_to_first_value") == [30.0, None, None]
    assert "Milestones of the journey exit tell of leaving itself, so they are no features." in found.remarks
    later = look("2026-07-03", milestones=milestones())
    assert cells(later, "first_value") == [True, True, None] and cells(later, "first_value_late") == [False, True, None]
    assert cells(later, "days_to_first_value") == [30.0, 62.0, None]


def test_journeys_without_promises_or_first_value() -> None:
    found = look(milestones=milestones().drop(columns=["due_at", "started_at"]))
    assert "steps_late" not in found.frame and "steps_open" not in found.frame
    assert "has no due_at" in " ".join(found.missing) and "first_value_late" not in found.frame
    assert cells(found, "first_value") == [True, None, None]
    found = customer_features(
        {"customers": people("a"), "milestones": milestones()}, AS_OF, first_value=("onboarding", "go-live")
    )
    assert "has no step 'go-live' in a journey 'onboarding'" in " ".join(found.missing)
    assert "first_value" not in found.frame


def test_what_tells_of_leaving() -> None:
    names = ["exit", "Exit survey", "churned", "Offboarding", "off-boarding", "contract ended", "cancellation",
             "termination", "leaving", "left_on", "churn_score", "win-back", "close_reason", "Attrition"]  # fmt: skip
    assert tells_of_leaving(names) == sorted(names)
    assert tells_of_leaving(["onboarding", "ticket closed", "renewal decided", "leaflet", "existing", None, 3]) == []


def responses() -> pd.DataFrame:
    """a answered NPS with 9 and 6 in time and 0 after; one invitation got nothing, one was answered only later.
    b answered CSAT on an old scale and on the new one, and when the contract ended. c was never asked."""
    rows = [
        ("nps", "relational", "a", "2026-06-01", "2026-06-02", 9.0, 10.0, "survey"),
        ("nps", "relational", "a", "2025-07-01", "2025-07-02", 6.0, 10.0, "survey"),
        ("nps", "relational", "a", "2025-06-30", "2025-06-30", 1.0, 10.0, "survey"),
        ("nps", "relational", "a", "2026-06-20", "2026-07-01", 0.0, 10.0, "survey"),
        ("nps", "relational", "a", "2026-06-21", None, None, None, "survey"),
        ("nps", "relational", "a", "2026-07-01", None, None, None, "survey"),
        ("csat", "transactional", "b", "2026-01-10", "2026-01-11", 80.0, 100.0, "ticket closed"),
        ("csat", "transactional", "b", "2026-05-10", "2026-05-11", 4.0, 5.0, "ticket closed"),
        ("csat", "transactional", "b", "2026-05-12", "2026-05-12", 2.0, 5.0, "ticket closed"),
        ("csat", "transactional", "b", "2026-05-12", "2026-05-12", 1.0, 5.0, "contract ended"),
        ("enps", "relational", "b", "2026-05-12", "2026-05-12", 1.0, 10.0, None),
    ]
    columns = ["survey", "kind", "customer_id", "sent_at", "answered_at", "score", "scale_high", "moment"]
    frame = pd.DataFrame(rows, columns=columns).assign(scale_low=lambda rows: rows["scale_high"] * 0)
    return frame.assign(**{name: days(*frame[name]) for name in ("sent_at", "answered_at")})


def test_voice_by_hand() -> None:
    found = look(responses=responses())
    assert cells(found, "nps_relational") == [7.5, None, None]
    assert cells(found, "csat_transactional") == [None, 3.0, None]
    assert cells(found, "answers") == [1.0, 2.0, 0.0] and cells(found, "days_since_answer") == [29.0, 50.0, None]
    assert cells(found, "questions") == [4.0, 3.0, 0.0] and cells(found, "unanswered") == [0.5, 0.0, None]
    assert not [name for name in found.frame if name.startswith("enps")]
    assert "csat: only answers to its latest version count, a new one breaks the series." in found.remarks
    assert "Answers at the moment contract ended tell of leaving itself, so they are no features." in found.remarks
    found = look(responses=responses().drop(columns=["sent_at", "kind"]))
    assert "nps" in found.frame and "unanswered" not in found.frame
    assert "The table of responses has no sent_at; with it, who does not answer would be known." in found.missing


def test_answers_before_an_experience_do_not_count() -> None:
    asked = responses().assign(phase=["pre", *["post"] * 10])
    assert cells(look(responses=asked), "nps_relational") == [6.0, None, None]


def subscriptions() -> pd.DataFrame:
    """a grew from 100 to 120 a quarter ago and to 150 in May; b pays 80, no longer in June; c is new, first billed in
    July."""
    rows = [
        *(("a", f"2025-{month:02d}-01", 100.0, "2026-04-15") for month in (6, 12)),
        ("a", "2026-03-01", 120.0, "2026-04-15"),
        ("a", "2026-06-01", 150.0, "2026-08-15"),
        ("a", "2026-07-01", 999.0, "2027-08-15"),
        ("b", "2026-03-01", 80.0, "2026-10-02"),
        ("c", "2026-07-01", 60.0, "2027-06-01"),
    ]
    frame = pd.DataFrame(rows, columns=["customer_id", "month", "mrr", "renewal_due"])
    return frame.assign(**{name: days(*frame[name]) for name in ("month", "renewal_due")})


def test_recurring_revenue_by_hand() -> None:
    customers = people("a", "b", "c")
    customers["signed_on"] = days("2025-01-01", "2025-01-01", "2026-06-10")
    found = look(customers=customers, subscriptions=subscriptions())
    assert cells(found, "mrr") == [150.0, 0.0, None]
    assert cells(found, "mrr_change") == [0.25, -1.0, None] and cells(found, "mrr_change_year") == [0.5, None, None]
    assert cells(found, "months_to_renewal") == [pytest.approx(45 / 30.4375), None, None]
    assert cells(found, "renewal_due") == [True, None, None]
    for middle in ("2026-07-01", "2026-07-20", "2026-07-31 12:00"):
        assert cells(look(middle, customers=customers, subscriptions=subscriptions()), "mrr")[0] == 150.0
    found = look("2026-04-01", customers=customers, subscriptions=subscriptions())
    assert cells(found, "mrr") == [120.0, 80.0] and cells(found, "renewal_due") == [True, False]
    assert cells(look("2026-07-01", subscriptions=subscriptions().drop(columns="renewal_due")), "mrr")[0] == 150.0


def test_a_renewal_in_three_months_is_not_within_them() -> None:
    one = subscriptions().iloc[[3]]
    for due, soon in (("2026-07-01", True), ("2026-09-30", True), ("2026-10-01", False), ("2026-06-30", None)):
        found = look(customers=people("a"), subscriptions=one.assign(renewal_due=pd.Timestamp(due)))
        assert cells(found, "renewal_due") == [soon]


def test_orders_by_hand() -> None:
    orders = pd.DataFrame(
        {
            "customer_id": list("aaaab"),
            "ordered_at": days("2025-01-01", "2026-01-01", "2026-06-01", "2026-07-01", "2025-06-30"),
            "amount": [10.0, 20.0, 60.0, 999.0, 5.0],
        }
    )
    found = look(orders=orders)
    assert cells(found, "days_since_order") == [30.0, 366.0, None]
    assert cells(found, "orders") == [1.0, 0.0, 0.0] and cells(found, "orders_year") == [2.0, 0.0, 0.0]
    assert cells(found, "spent") == [80.0, 0.0, 0.0] and cells(found, "order_value") == [30.0, 5.0, None]
    assert cells(found, "order_gap") == [(365 + 151) / 2, None, None]
    alone = customer_features({"orders": orders}, AS_OF)
    assert alone.frame.index.tolist() == ["a", "b"] and cells(alone, "spent") == [80.0, 0.0]
    assert "whoever is named by an event before then counts as one" in alone.remarks[0]


def test_an_attribute_makes_room_for_a_feature_of_its_name() -> None:
    customers = people("a", "b", "c", mrr=[1.0, 2.0, 3.0], tenure=[7, 8, 9])
    found = look(customers=customers, subscriptions=subscriptions())
    assert cells(found, "mrr_today") == [1.0, 2.0, 3.0] and cells(found, "mrr")[0] == 150.0
    assert cells(found, "tenure_today") == [7.0, 8.0, 9.0] and found.sources["mrr_today"] == "customers"


def test_a_flag_without_date_leaves_out_who_has_gone() -> None:
    flagged = pd.DataFrame({"customer_id": list("abc"), "churned": [True, False, None], "plan": list("xyz")})
    found = customer_features({"customers": flagged}, AS_OF)
    assert found.frame.index.tolist() == ["b", "c"] and list(found.frame) == ["plan"]
    assert "1 customer flagged as gone is left out, though nothing says when they left." in found.remarks
    assert "The table of customers has no signed_on" in " ".join(found.missing)
    everybody = customer_features({"customers": flagged}, AS_OF, only_active=False)
    assert everybody.frame.index.tolist() == list("abc")


def test_moments_that_can_be_given() -> None:
    expected = look().frame
    for as_of in (dt.date(2026, 7, 1), "2026-07-01", pd.Timestamp(AS_OF), Period.of("2026-Q3"), np.datetime64(AS_OF)):
        found = look(as_of)
        assert found.as_of == AS_OF
        pd.testing.assert_frame_equal(found.frame, expected)
    for wrong in ("2026-Q3", None, 2026, "soon"):
        with pytest.raises(ParameterError, match="give a date"):
            look(wrong)
    with pytest.raises(ParameterError, match="without a time zone"):
        look(pd.Timestamp("2026-07-01", tz="UTC"))


def test_tables_that_cannot_be_looked_at() -> None:
    with pytest.raises(TableError, match="no table that names customers"):
        customer_features({}, AS_OF)
    with pytest.raises(TableError, match="more than one row for 1 customer, 'a'"):
        customer_features({"customers": people("a", "a")}, AS_OF)
    with pytest.raises(ParameterError, match="1 or more"):
        look(recent_days=0)
    nobody = look(customers=people("a").assign(signed_on=pd.NaT))
    assert nobody.frame.empty and any(
        "1 customer without a day of signing is left out." == text for text in nobody.remarks
    )


def ledger() -> dict[str, pd.DataFrame]:
    """All tables of this file at once."""
    return {
        "customers": people("a", "b", "c", seats=["2", "3", "4"], plan=["x", None, "y"]),
        "tickets": tickets(),
        "usage": usage(),
        "milestones": milestones(),
        "responses": responses(),
        "subscriptions": subscriptions(),
    }


def test_engines_agree() -> None:
    duckdb = pytest.importorskip("duckdb")
    expected = customer_features(ledger(), AS_OF)
    assert len(expected.frame.columns) == 40

    def relation(frame: pd.DataFrame) -> object:
        return duckdb.from_arrow(pl.from_pandas(frame).to_arrow())

    for engine in (lambda frame: pl.from_pandas(frame).lazy(), relation):
        found = customer_features({name: engine(frame) for name, frame in ledger().items()}, AS_OF)
        pd.testing.assert_frame_equal(found.frame, expected.frame)
        assert (found.meaning, found.missing, found.remarks, found.spans, found.features) == (
            expected.meaning, expected.missing, expected.remarks, expected.spans, expected.features
        )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["arrow", "ibis duckdb", "ibis sqlite"])
def test_other_engines_agree(engine: str, tmp_path: Path) -> None:
    for name, table in ledger().items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    paths = {name: tmp_path / f"{name}.parquet" for name in ledger()}
    if engine == "arrow":
        tables = {name: pyarrow.parquet.read_table(path) for name, path in paths.items()}
    elif engine == "ibis duckdb":
        project = Project(tmp_path, engine="ibis")
        tables = {name: engines.on_files(project, path) for name, path in paths.items()}
    else:
        settings = {"backend": "sqlite", "path": "warehouse.sqlite", "prefix": "cx_"}
        project = Project(tmp_path, engine="ibis", engine_settings=settings)
        for name, path in paths.items():
            engines.to_warehouse(project, name, path)
        tables = {name: engines.from_warehouse(project, name) for name in paths}
    pd.testing.assert_frame_equal(customer_features(tables, AS_OF).frame, customer_features(ledger(), AS_OF).frame)
