"""Raw exports look like the systems they come from, hold the planted dirt and no impossible times beyond it."""

from __future__ import annotations

import csv
import json

import pandas as pd
import pytest
from openpyxl import load_workbook

from cxlab.demo import truths

pytestmark = pytest.mark.slow

DIRT = truths.DIRT


def test_qualtrics_has_three_header_rows_behind_a_byte_order_mark(company: object) -> None:
    path = company.raw / "surveys/nps_2026-Q3.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        names, texts, ids = (row for row, _ in zip(csv.reader(file), range(3), strict=False))
    assert len(names) == len(texts) == len(ids)
    assert {"Status", "IPAddress", "RecipientEmail", "RecipientFirstName", "ResponseId"} <= set(names)
    assert all(json.loads(cell)["ImportId"] for cell in ids)
    assert json.loads(ids[names.index("Q1")]) == {"ImportId": "QID1"}
    assert "recommend" in texts[names.index("Q1")]


def test_surveymonkey_has_two_header_rows(company: object) -> None:
    sheet = load_workbook(company.raw / "surveys/transactional.xlsx", read_only=True)["Responses"]
    first, second, third = (list(row) for row in sheet.iter_rows(max_row=3, values_only=True))
    assert first[0] == "Respondent ID"
    assert second[:4] == [None] * 4
    assert second[-3:] == ["Response", "Response", "Open-Ended Response"]
    assert str(third[0]).isdigit()


def test_crm_has_a_title_above_and_footers_below(company: object) -> None:
    sheet = load_workbook(company.raw / "crm/accounts.xlsx", read_only=True)["Accounts"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0].startswith(truths.COMPANY)
    assert rows[1][0] == "Account ID"
    assert rows[-2][0] == f"Records: {len(rows) - 5}"
    assert not any(rows[-3])


def test_helpdesk_is_cp1252_with_semicolons_and_german_dates(company: object) -> None:
    raw = (company.raw / "helpdesk/tickets_since_2025-07.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert "ö" in raw.decode("cp1252")
    first = company.ticket_files()[0]
    assert first["Opened"].str.fullmatch(r"\d\d\.\d\d\.\d{4} \d\d:\d\d").all()


def test_other_shapes(company: object) -> None:
    assert (company.raw / "reviews/reviews.tsv").read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")
    reviews = pd.read_csv(company.raw / "reviews/reviews.tsv", sep="\t", encoding="utf-16")
    assert set(reviews["Location"].str.strip()) > {"Berlin", "Zürich", "Madrid"}
    billing = pd.read_csv(company.raw / "billing/recurring_revenue.csv", sep=";", dtype=str)
    assert billing["MRR (USD)"].str.fullmatch(r"\d{1,3}(\.\d{3})*,\d\d").mean() > 0.99
    import pyreadstat

    _, about = pyreadstat.read_sav(company.raw / "surveys/employees.sav")
    assert list(about.variable_value_labels["TEAM"].values()) == list(truths.TEAM_SHARES)


def test_nps_dirt_is_as_stated(company: object) -> None:
    rows = pd.concat([company.nps_file(quarter) for quarter in truths.QUARTERS])
    dirt = DIRT["nps"]
    assert (rows["Status"] == "Survey Preview").sum() == dirt["preview"]
    assert rows.duplicated().sum() == rows["ResponseId"].duplicated().sum() == dirt["duplicate"]
    once = rows.drop_duplicates("ResponseId")
    assert (~pd.to_numeric(once["Q1"]).dropna().between(0, 10)).sum() == dirt["off_scale"]
    dates = pd.to_datetime(once["EndDate"].replace("", None), errors="coerce")
    assert (dates.isna() & (once["EndDate"] != "")).sum() == dirt["unparseable_date"]
    known = set(company.accounts().index) | {""}
    assert (~once["AccountId"].isin(known)).sum() == dirt["unknown_customer"]
    assert once["Q2"].str.contains(r"<script|^=|onerror", regex=True).sum() > 3
    assert once["Q2"].str.contains("@").sum() > 20


def test_ticket_dirt_is_as_stated(company: object) -> None:
    first, second = (table[table["Ticket ID"] != ""] for table in company.ticket_files())
    dirt = DIRT["tickets"]
    assert len(set(first["Ticket ID"]) & set(second["Ticket ID"])) == dirt["overlap"]
    assert second["Ticket ID"].duplicated().sum() == dirt["duplicate"]
    assert not first["Ticket ID"].duplicated().any()
    extra = second[second["Ticket ID"].str.startswith("X-")]
    opened = pd.to_datetime(extra["Opened"], format="%d.%m.%Y %H:%M", errors="coerce")
    assert opened.isna().sum() == dirt["unparseable_date"]
    assert (pd.to_datetime(extra["Resolved"], format="%d.%m.%Y %H:%M") < opened).sum() == dirt["resolved_before_opened"]
    assert (extra["Account"] == "NG-99999").sum() == dirt["unknown_customer"]
    blank = company.ticket_files()[1]
    assert (blank == "").all(axis=1).sum() == dirt["blank_line"]


def test_the_first_ticket_export_shows_the_state_of_its_day(company: object) -> None:
    first = company.ticket_files()[0]
    for column in ("Opened", "Resolved", "Closed", "Last update"):
        times = pd.to_datetime(first[column].replace("", None), format="%d.%m.%Y %H:%M")
        assert times.max() < truths.TICKETS_CUT
    later = company.ticket_files()[1].drop_duplicates("Ticket ID").set_index("Ticket ID")["Status"]
    then = first.set_index("Ticket ID")["Status"]
    both = then.index.intersection(later.index)
    assert (then[both] != later[both]).sum() > 30


def test_other_dirt_is_as_stated(company: object) -> None:
    sheet = pd.read_excel(company.raw / "crm/accounts.xlsx", header=1, dtype=object)
    assert sheet[sheet["Status"].notna()]["Account ID"].duplicated().sum() == DIRT["accounts"]["duplicate"]
    usage = pd.read_parquet(company.raw / "product/usage.parquet")
    assert usage.duplicated(["account", "month", "feature"]).sum() == DIRT["usage"]["duplicate"]
    known = set(company.accounts().index)
    for name, file, separator, key, account, day in (
        ("visits", "product/help_centre.csv", ",", ["Visit"], "Account", "Visited at"),
        ("entitlements", "billing/entitlements.csv", ";", ["Customer no.", "Feature"], "Customer no.", "Requested on"),
        ("yearly_review", "surveys/yearly_review.csv", ",", ["id"], "account", "answered"),
    ):
        table = pd.read_csv(company.raw / file, sep=separator, dtype=str, keep_default_na=False)
        once = table.drop_duplicates(key)
        assert len(table) - len(once) == table.duplicated().sum() == DIRT[name]["duplicate"]
        dates = pd.to_datetime(once[day], format="%d.%m.%Y" if separator == ";" else "ISO8601", errors="coerce")
        unparseable = dates.isna() & (once[day] != "")
        assert unparseable.sum() == DIRT[name]["unparseable_date"]
        assert (~once.loc[~unparseable, account].isin(known | {""})).sum() == DIRT[name]["unknown_customer"]
    lines = (company.raw / "delivery/milestones.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) - len(set(lines)) == DIRT["milestones"]["duplicate"]
    steps = pd.DataFrame([json.loads(line) for line in lines])
    assert (steps["reached"] < steps["started"]).sum() == DIRT["milestones"]["reached_before_started"]


def test_goals_are_good_but_for_the_four_that_are_not(company: object) -> None:
    goals = pd.read_csv(company.raw / "programme/targets.csv", dtype={"period": "str"})
    assert goals["baseline"].isna().sum() == 1
    assert goals["period"].isna().sum() == 1
    assert goals.loc[goals["kpi"].ne("nps") & (goals["value"] > 30) & (goals["baseline"] < 1), "value"].tolist() == [35]
    step = (goals["value"] - goals["baseline"])[goals["kpi"] == "csat"]
    assert (step < 0.01).sum() == 1
    company_wide = goals[goals["region"].isna()]
    assert not company_wide.duplicated(["kpi", "period"]).any()


def test_steps_have_owners_and_those_that_failed_a_reason(company: object) -> None:
    steps = company.milestones()
    assert steps["owner"].str.fullmatch(r"(ONB|DEL|INT)-[1-4]").all()
    failed = steps["outcome"] == "failed"
    assert (steps["reason"].notna() == failed).all()
    why = steps.loc[failed & (steps["reason"] != truths.LEFT), "reason"]
    for reason, share in truths.MILESTONE_REASONS.items():
        assert abs((why == reason).mean() - share) < 3 * (share * (1 - share) / len(why)) ** 0.5


def test_times_are_in_order_and_before_the_export(company: object, nps: pd.DataFrame) -> None:
    as_of = pd.Timestamp(truths.AS_OF)
    sent = pd.to_datetime(nps["InviteSent"])
    late = nps["answered_at"].notna()
    assert (nps["answered_at"][late] > sent[late]).all()
    assert (nps["answered_at"].dt.to_period("Q").astype(str).str.replace("Q", "-Q") == nps["quarter"])[late].all()
    tickets = company.tickets()
    assert ~(tickets["First response"] < tickets["Opened"]).any()
    assert ~(tickets["Resolved"] < tickets["Opened"]).any()
    assert ~(tickets["Resolved"] < tickets["First response"]).any()
    assert ~(tickets["Closed"] < tickets["Resolved"]).any()
    assert tickets[["Opened", "Resolved", "Closed"]].max().max() < as_of
    assert tickets["Resolved"].isna().sum() > 50
    assert tickets["First response"].isna().sum() > 300
    steps = company.milestones()
    assert ~(steps["reached"] < steps["started"]).any()
    assert (steps["reached"].isna() == (steps["outcome"] != "done")).all()
    accounts = company.accounts()
    assert ~(accounts["Closed"] < accounts["Signed"]).any()
    survey = company.transactional()
    assert (survey["answered_at"] > pd.to_datetime(survey["Start Date"], format="%m/%d/%Y %I:%M:%S %p")).all()


def test_nobody_is_billed_asked_or_served_after_leaving(company: object, nps: pd.DataFrame) -> None:
    closed = company.accounts()["Closed"]
    billing = pd.read_csv(company.raw / "billing/recurring_revenue.csv", sep=";", dtype=str)
    billing = billing[billing["Customer no."].isin(closed.index)]
    left = closed.reindex(billing["Customer no."]).to_numpy()
    assert ~((pd.to_datetime(billing["Period"]) + pd.offsets.MonthEnd()) >= left).any()
    assert ~(pd.to_datetime(nps["InviteSent"]) > closed.reindex(nps["AccountId"]).to_numpy()).any()
    tickets = company.tickets()
    day = tickets["Opened"].dt.normalize()
    assert ~(day > closed.reindex(tickets["Account"]).to_numpy()).any()


def test_revenue_expands_contracts_and_churns(company: object) -> None:
    billing = pd.read_csv(company.raw / "billing/recurring_revenue.csv", sep=";", dtype=str)
    plain = billing["MRR (USD)"].str.replace(".", "").str.replace(",", ".")
    billing["mrr"] = pd.to_numeric(plain, errors="coerce")
    billing = billing.drop_duplicates(["Customer no.", "Period"])
    table = billing.pivot(index="Customer no.", columns="Period", values="mrr")
    before, after = table["2026-06"], table["2026-09"]
    there = before.notna()
    assert (after > before).sum() > 30
    assert (after < before).sum() > 10
    assert after[there].isna().sum() > 30
    assert after[~there].notna().sum() > 30


def test_comments_come_in_three_languages_and_many_kinds(nps: pd.DataFrame) -> None:
    written = nps[nps["Q2"] != ""]
    assert written.groupby("UserLanguage").size().min() > 500
    assert written["Q2"].nunique() > 2_000
    assert not written["Q2"].str.contains(r"\{(?:n|what|mail|phone)\}", regex=True).any()
