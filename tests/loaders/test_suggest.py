"""Proposed mappings parse, and load when pasted."""

from __future__ import annotations

import datetime as dt
import tomllib

import openpyxl
import pytest

from cxlab.loaders import suggest

pytestmark = pytest.mark.slow


def _load(trial, *paths):
    text = "\n".join(suggest(path) for path in paths)
    tomllib.loads(text)
    trial.toml(text)
    return text, trial.blocks(trial.load())


def test_qualtrics(trial):
    path = trial.put(
        "surveys/q.csv",
        (
            "EndDate,Status,IPAddress,ResponseId,RecipientEmail,ExternalReference,UserLanguage,Q1,Q2\n"
            "End Date,Response Type,IP Address,Response ID,Recipient Email,External Data Reference,User Language,"
            "How likely are you to recommend us?,What is the main reason for your score?\n"
            + ",".join(f'"{{""ImportId"":""x{place}""}}"' for place in range(9))
            + "\n"
            "2026-01-01 10:00:00,IP Address,1.2.3.4,R_1,a@b.de,u1,EN,9,The team was friendly and quick to answer\n"
            "2026-01-02 10:00:00,Survey Preview,1.2.3.4,R_2,a@b.de,u2,EN,0,just trying the survey out for myself\n"
            "2026-01-03 10:00:00,IP Address,1.2.3.4,R_3,a@b.de,u3,DE,11,\n"
        ),
    )
    text, (block,) = _load(trial, path)
    table = trial.table("responses")
    assert 'survey = { value = "nps" }' in text and 'comment = "Q2"' in text and 'shape = "qualtrics"' in text
    assert "left out as personal: IPAddress, RecipientEmail" in text and 'file = "surveys/q.csv"' in text
    assert (
        table["response_id"].tolist() == ["R_1", "R_3"] and table["score"].tolist()[0] == 9 and table["score"].isna()[1]
    )


def test_surveymonkey_with_two_scores(trial):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(
        [
            "Respondent ID",
            "Collector ID",
            "End Date",
            "Email Address",
            "Overall, how satisfied are you?",
            "The company made it easy to get this done.",
            "Anything to tell us?",
            "Which products?",
            None,
        ]
    )
    sheet.append([None, None, None, None, "Response", "Response", "Open-Ended Response", "Alpha", "Beta"])
    for place in range(4):
        sheet.append(
            [
                100 + place,
                7,
                dt.datetime(2026, 1, 13, 10, place),
                "a@b.de",
                1 + place,
                2 + place,
                "It was all fine for us, thanks",
                "Alpha",
                None,
            ]
        )
    path = trial.raw / "s.xlsx"
    book.save(path)
    text, blocks = _load(trial, path)
    assert [block["rows_kept"] for block in blocks] == [4, 4]
    table = trial.table("responses")
    assert set(table["survey"]) == {"csat", "ces"} and table["response_id"].is_unique
    assert 'template = "{Respondent ID}-csat"' in text
    assert "Which products? | Alpha" in table


def test_german_helpdesk_and_spanish_billing(trial):
    tickets = trial.put(
        "tickets.csv",
        (
            "Ticketnummer;Kundennummer;Erstellt am;Gelöst am;Priorität;Kategorie;Zuletzt geändert\n"
            "T1;K1;13.01.2026 08:00;14.01.2026 09:00;hoch;Login;14.01.2026 09:00\n"
            "T2;K1;01.02.2026 08:00;;k.A.;Login;01.02.2026 08:00\n"
        ),
        "cp1252",
    )
    billing = trial.put(
        "facturas.csv",
        "ID cliente;Mes;MRR;Plan;Próxima renovación\n"
        "K1;2026-01;1.234,50;Pro;31.12.2026\nK2;2026-01;99,00;Basic;01.06.2026\n",
    )
    text, _ = _load(trial, tickets, billing)
    assert 'order_by = "Zuletzt geändert"' in text and 'decimal = ","' in text and 'missing = ["k.A."]' in text
    assert trial.table("tickets")["ticket_id"].tolist() == ["T1", "T2"] and trial.table("tickets")["priority"].isna()[1]
    assert trial.table("subscriptions")["mrr"].tolist() == [1234.5, 99.0]


def test_crm_with_a_title_line(trial):
    path = trial.put(
        "crm.csv",
        "Accounts of today,,,\nAccount ID,Account name,Segment,Owner e-mail\nA1,Acme,SMB,x@y.de\nA2,Bolt,SMB,x@y.de\n",
    )
    text, _ = _load(trial, path)
    assert "skip_rows = 1" in text and trial.table("customers")["name"].tolist() == ["Acme", "Bolt"]


def test_what_cannot_be_told_is_a_comment(trial):
    path = trial.put("t.csv", "Ticket ID,Created\n1,01/02/2026\n")
    text = suggest(path)
    assert '# dates = "day-first"  # unsure: "01/02/2026"' in text
    path = trial.put("x.csv", "foo,bar\n1,2\n")
    text = suggest(path)
    tomllib.loads(text)
    assert "# response_id = " in text and "not recognised" in text


@pytest.mark.parametrize(
    "file",
    [
        "sfo-survey/2017_SFO_Customer_Survey.csv",
        "surveymonkey-cncf/CNCF_Maintainers_Survey_2021_H2.csv",
        "telco-churn/Telco-Customer-Churn.csv",
        "ravenstack-saas/ravenstack_feature_usage.csv",
        "qualtrics-sample/sample.csv",
        "cfpb-sample/complaints_sample.csv",
        "messy-derived/title_rows_and_footer.csv",
        "rfm-orders/rfm_data_orders.csv",
        "nhs-fft-phase1/text_data.csv",
        "surveygizmo-jupyter2015/20160115235816-SurveyExport.csv",
        "messy-frictionless/table.xlsx",
        "sfo-survey/2017_subset_DERIVED.sav",
    ],
)
def test_real_exports_get_valid_toml(shared_data, file):
    text = suggest(shared_data / file)
    assert tomllib.loads(text)["export"][0]["file"] == file.split("/")[-1]


def test_unguessed_lines_do_not_break_toml(trial):
    path = trial.put("odd.csv", '"a ""quoted"" name\nwith break","#x = 1",\\u00e9\n1,2,3\n')
    tomllib.loads(suggest(path))


def test_the_sample_company_can_be_suggested(trial):
    demo = pytest.importorskip("cxlab.demo")
    demo.build(trial.root, scale=0.1)
    # One export of each shape; the NPS files are all alike.
    for name in (
        "surveys/nps_2023-Q4.csv",
        "surveys/employees.sav",
        "reviews/reviews.tsv",
        "crm/accounts.xlsx",
        "product/usage.parquet",
        "delivery/milestones.jsonl",
        "billing/recurring_revenue.csv",
    ):
        block = tomllib.loads(suggest(trial.raw / name))["export"][0]
        assert block["file"] == name and len(block["columns"]) >= 3
