"""One export through one block: conversion, reasons, attributes, masking."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlab.errors import InputError

TICKETS = """[[export]]
file = "t.csv"
table = "tickets"
missing = ["?"]
{more}
[export.columns]
ticket_id = {{ template = "{{A}}-{{B}}" }}
opened_at = "opened"
resolved_at = {{ from = "hours", after = "opened_at", unit = "hours" }}
reopened = {{ from = "reopens", above = 0 }}
channel = {{ from = "ch", values = {{ 1 = "phone" }} }}
"""


def test_every_way_to_fill_a_column(trial):
    trial.put(
        "t.csv",
        "A,B,opened,hours,reopens,ch,team\n1,x,2026-01-01 10:00,1.5,2,1,North\n"
        "2,x,2026-01-02,,0,7,?\n3,,2026-01-02,1,0,7,S\n",
    )
    trial.toml(TICKETS.format(more=""))
    (block,) = trial.blocks(trial.load())
    table = trial.table("tickets")
    assert table["ticket_id"].tolist() == ["1-x", "2-x"]
    assert table["resolved_at"][0] == pd.Timestamp("2026-01-01 11:30") and pd.isna(table["resolved_at"][1])
    assert table["reopened"].tolist() == [True, False] and table["channel"].tolist() == ["phone", "7"]
    # "team" has the name of a canonical column that is not mapped: kept, but not in its place.
    assert table["team (as exported)"].tolist()[0] == "North" and table["team (as exported)"].isna()[1]
    assert "team" not in table and "map team" in block["warnings"][0]
    assert table["source"].unique().tolist() == ["t.csv"]
    assert block["rows_in"] == 3 and block["rows_kept"] == 2 and block["why"] == {"ticket_id is empty": 1}
    aside = trial.aside("tickets")
    assert (
        aside["row"].tolist() == [4]
        and aside["A"].tolist() == ["3"]
        and aside["why"].tolist() == ["ticket_id is empty (required)"]
    )


def test_rows_that_do_not_convert_are_set_aside_with_column_value_and_expectation(trial, survey_block):
    trial.put(
        "nps.csv",
        "id,date,score\nr1,2026-01-01,9\nr2,soon,8\nr3,2026-01-01,eleven\n"
        "r4,2026-01-01,12\n,2026-01-01,3\nr6,x,y\nr7,1\nTotal,,5\n",
    )
    trial.toml(survey_block())
    (block,) = trial.blocks(trial.load())
    aside = trial.aside("responses").set_index("row")["why"]
    assert trial.table("responses")["response_id"].tolist() == ["r1", "Total"]
    assert aside[3] == "answered_at (column 'date'): 'soon' is not a date and time, such as 2026-03-31 14:05"
    assert aside[4].startswith("score: 'eleven' is not a number")
    assert "outside the scale 0 to 10 of nps" in aside[5] and 'missing = ["12"]' in aside[5]
    assert aside[6] == "response_id is empty (required)"
    assert aside[7].count("; ") == 1 and aside[8].startswith("too short")
    assert block["rows_in"] == 8 == block["rows_kept"] + block["rows_set_aside"]
    assert sum(block["why"].values()) == block["rows_set_aside"] == 6


def test_scale_columns_are_held(trial, survey_block):
    trial.put("nps.csv", "id,date,score,top\nr1,2026-01-01,5,5\nr2,2026-01-01,6,5\nr3,2026-01-01,6,7\n")
    trial.toml(survey_block(columns='scale_low = { value = 1 }\nscale_high = "top"').replace('"nps" }', '"csat" }'))
    trial.load()
    assert trial.table("responses")["response_id"].tolist() == ["r1", "r3"]


def test_where(trial, survey_block):
    trial.put("nps.csv", "id,date,score,Status\nr1,2026-01-01,5,IP Address\nr2,bad/date,5,Survey Preview\n")
    trial.toml(survey_block(more='where = { Status = ["IP Address", "0"] }'))
    (block,) = trial.blocks(trial.load())
    assert block["why"] == {"Status is not '0' or 'IP Address'": 1}


def test_ambiguous_dates_and_absent_columns_are_reported_together_and_nothing_is_written(trial, survey_block):
    trial.put("nps.csv", "id,date,score\nr1,03/04/2026,5\n")
    trial.put("other.csv", "idd,date,scores\nr1,2026-03-04,5\n")
    trial.toml(survey_block() + survey_block("other.csv"))
    with pytest.raises(InputError) as error:
        trial.load()
    text = str(error.value)
    assert "nps.csv, column 'date'" in text and "'03/04/2026'" in text and 'dates = "day-first"' in text
    assert (
        "other.csv: there is no column 'id'" in text
        and "did you mean 'idd'?" in text
        and "did you mean 'scores'?" in text
    )
    assert not (trial.root / "data" / "processed").exists()


def test_a_header_lying_lower_is_hinted_at(trial, survey_block):
    trial.put("nps.csv", "Report of today,,\n,,\nid,date,score\nr1,2026-01-01,5\n")
    trial.toml(survey_block())
    with pytest.raises(InputError, match="the header seems to be row 3: add skip_rows = 2"):
        trial.load()
    trial.toml(survey_block(more="skip_rows = 2"))
    assert trial.blocks(trial.load())[0]["rows_kept"] == 1


def test_all_rows_bad_names_the_reasons_with_examples(trial, survey_block):
    trial.put("nps.csv", "id,date,score\n" + "".join(f"r{n},2026-01-01,x{n}\n" for n in range(5)) + "r9,never,3\n")
    trial.toml(survey_block())
    with pytest.raises(InputError) as error:
        trial.load()
    text = str(error.value)
    assert "nps.csv: all 6 rows would be set aside" in text and "5 because score is not a number" in text
    assert "row 2: score: 'x0'" in text and "1 because answered_at" in text


def test_personal_columns_are_left_out_everywhere_and_comments_masked(trial, survey_block):
    trial.put("crm.csv", "id,name\nc1,Acme Robotics GmbH\nc2,Apple\n")
    trial.put(
        "nps.csv",
        (
            "id,date,score,why,Recipient E-mail,First Name,Last Name,ip,notes,region\n"
            'r1,2026-01-01,9,"We at Acme Robotics say thanks. Ana",ana@acme.example,Ana,Ruiz,10.0.0.1,'
            "call +49 30 1234567 today please,EU\n"
            'r2,2026-01-01,9,"Ana Ruiz helped; apple pie",bo@x.example,Bo,Li,10.0.0.2,,EU\n'
            'r3,2026-01-01,a@b.de,"mail bo@x.example, Apple",c@x.example,Cy,Da,10.0.0.3,from 10.1.1.1 we saw it,EU\n'
        ),
    )
    customers = (
        '[[export]]\nfile = "crm.csv"\ntable = "customers"\n[export.columns]\ncustomer_id = "id"\nname = "name"\n'
    )
    trial.toml(survey_block(columns='comment = "why"\nregion = "region"') + customers)
    blocks = trial.blocks(trial.load())
    nps = next(block for block in blocks if block["table"] == "responses")
    table, aside = trial.table("responses"), trial.aside("responses")
    assert table["comment"].tolist() == ["We at [name] say thanks. [name]", "[name] helped; apple pie"]
    assert table["notes"].tolist()[0] == "call [phone] today please"
    assert nps["columns_left_out"] == [
        "Recipient E-mail (its name)",
        "First Name (its name)",
        "Last Name (its name)",
        "ip (its name)",
    ]
    everything = table.to_csv() + aside.to_csv()
    for secret in ("ana@", "bo@x", "10.0.0", "10.1.1.1", "1234567", "Ruiz", "a@b.de", "Acme"):
        assert secret not in everything, secret
    assert aside["why"][2 - 2].startswith("score: '[e-mail]' is not a number")
    assert nps["masked"]["name"] >= 3 and nps["masked"]["phone"] == 1


def test_keep(trial, survey_block):
    trial.put("nps.csv", "id,date,score,plan,size,email\nr1,2026-01-01,9,P,L,x@y.de\n")
    for keep, expected in (('"all"', {"plan", "size"}), ('"none"', set()), ('["plan", "email"]', {"plan"})):
        trial.toml(survey_block(more=f"keep = {keep}"))
        trial.load()
        assert (
            set(trial.table("responses").columns) - {"response_id", "survey", "answered_at", "score", "source"}
            == expected
        )


def test_excel_damage_is_a_warning(trial, survey_block):
    trial.put("nps.csv", "id,date,score,size\nr1,2026-01-01,9,Jun-25\nr2,2026-01-01,9,26-100\n")
    trial.toml(survey_block())
    (block,) = trial.blocks(trial.load())
    assert "'Jun-25' (1) = '6-25'" in block["warnings"][0]


def test_a_constant_date_and_an_export_without_rows(trial, survey_block):
    trial.put("nps.csv", "id,date,score\n")
    trial.toml(survey_block())
    (block,) = trial.blocks(trial.load())
    assert block["rows_in"] == 0 and "no rows" in block["warnings"][-1]
    assert len(trial.table("responses")) == 0 and str(trial.table("responses")["answered_at"].dtype) == "datetime64[us]"
