"""Nothing counts twice, and nothing is lost."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxlab.errors import InputError
from cxlab.loaders import load_project
from cxlab.tables import store
from cxlab.tables.project import Project

TICKETS = (
    '[[export]]\nfile = "t*.csv"\ntable = "tickets"\n{more}\n[export.columns]\nticket_id = "id"\nopened_at = "opened"\n'
    'category = "state"\n'
)
ORDERS = (
    '[[export]]\nfile = "o*.csv"\ntable = "orders"\n[export.columns]\n'
    'customer_id = "c"\nordered_at = "at"\namount = "amount"\n'
)


def test_the_later_row_wins(trial):
    trial.put("t1.csv", "id,opened,state,mod\n1,2026-01-01,new,9\n1,2026-01-01,done,1\n2,2026-01-01,new,1\n")
    trial.put("t2.csv", "id,opened,state,mod\n2,2026-01-01,done,0\n3,2026-01-01,new,\n2,2026-01-01,done,0\n")
    trial.toml(TICKETS.format(more='keep = "none"'))
    manifest = trial.load()
    assert dict(trial.table("tickets")[["ticket_id", "category"]].to_numpy()) == {"1": "done", "2": "done", "3": "new"}
    assert trial.aside("tickets")["why"].tolist() == [
        "superseded: a later row of the same ticket_id (row 3)",
        "superseded: a later row of the same ticket_id (row 4 of t2.csv)",
        "duplicate: identical to row 4",
    ]
    assert all(block["rows_in"] == block["rows_kept"] + block["rows_set_aside"] for block in trial.blocks(manifest))
    trial.toml(TICKETS.format(more='keep = "none"\norder_by = "mod"'))
    trial.load()
    assert dict(trial.table("tickets")[["ticket_id", "category"]].to_numpy()) == {"1": "new", "2": "new", "3": "new"}


def test_order_by_time(trial):
    trial.put("t.csv", "id,opened,state,upd\n1,2026-01-01,a,13/02/2026\n1,2026-01-01,b,01/03/2026\n1,2026-01-01,c,\n")
    trial.toml(TICKETS.format(more='order_by = "upd"'))
    trial.load()
    assert trial.table("tickets")["category"].tolist() == ["b"]


def test_the_same_export_under_two_names_counts_once(trial):
    text = "id,opened,state\n1,2026-01-01,a\n2,2026-01-02,b\n"
    trial.put("t.csv", text)
    trial.toml(TICKETS.format(more=""))
    trial.load()
    once = trial.table("tickets").drop(columns="source")
    trial.put("t_copy.csv", text)
    manifest = trial.load()
    pd.testing.assert_frame_equal(trial.table("tickets").drop(columns="source"), once)
    blocks = {source["file"]: source["blocks"][0] for source in manifest["sources"]}
    assert (
        blocks["t.csv"]["rows_kept"] == 0
        and blocks["t.csv"]["why"] == {"duplicate": 2}
        and blocks["t_copy.csv"]["rows_kept"] == 2
    )


def test_rows_without_a_key_are_united_as_multisets(trial):
    trial.put("o1.csv", "c,at,amount\na,2026-01-01,5\na,2026-01-01,5\nb,2026-01-01,5\n")
    trial.put("o2.csv", "c,at,amount\na,2026-01-01,5\nc,2026-01-01,5\nc,2026-01-01,5\n")
    trial.toml(ORDERS)
    trial.load()
    assert sorted(trial.table("orders")["customer_id"]) == ["a", "a", "b", "c", "c"]
    assert trial.aside("orders")["why"].tolist() == ["duplicate: identical to row 2 of o1.csv"]


def test_loading_twice_gives_the_same_tables(trial):
    trial.put("o1.csv", "c,at,amount\na,2026-01-01,5\n")
    trial.put("t.csv", "id,opened,state\n1,2026-01-01,a\n1,2026-01-02,b\n")
    trial.toml(ORDERS + TICKETS.format(more=""))
    assert trial.load() == trial.load()


def test_one_key_for_two_surveys_is_refused(trial, survey_block):
    trial.put("nps.csv", "id,date,score,csat\nr1,2026-01-01,5,1\n")
    both = survey_block() + survey_block().replace('"nps" }', '"csat" }').replace('score = "score"', 'score = "csat"')
    trial.toml(both)
    with pytest.raises(
        InputError, match="two blocks take different rows of one file under the same key.*response_id = r1.*template"
    ):
        trial.load()
    trial.put("csat.csv", "id,date,score\nr1,2026-01-01,5\n")
    trial.toml(survey_block() + survey_block("csat.csv").replace('"nps" }', '"csat" }'))
    with pytest.raises(InputError, match="different surveys have the same key"):
        trial.load()
    trial.toml(both.replace('table = "responses"', 'table = "responses"\nkey = ["response_id", "survey"]'))
    trial.load()
    assert len(trial.table("responses")) == 2


def test_blocks_of_a_table_must_agree(trial, survey_block):
    trial.put("nps.csv", "id,date,score,seats\nr1,2026-01-01,5,1\n")
    trial.put("b.csv", "id,date,score,seats\nr2,2026-01-01,5,1\n")
    number = 'seats = { from = "seats", kind = "number" }'
    trial.toml(survey_block(columns=number) + survey_block("b.csv"))
    with pytest.raises(InputError, match="'seats' is float64|'seats' is str"):
        trial.load()
    trial.toml(survey_block(more='key = ["response_id", "survey"]') + survey_block("b.csv"))
    with pytest.raises(InputError, match="different keys"):
        trial.load()


_ROWS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["2026-01-01", "2026-01-02", "bad", ""]),
        st.sampled_from(["1", "2", "x", "", "3,4"]),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(_ROWS, min_size=1, max_size=3), keyed=st.booleans())
def test_rows_in_are_rows_kept_and_rows_set_aside(tmp_path_factory, files, keyed):
    root = tmp_path_factory.mktemp("property")
    (root / "data" / "raw").mkdir(parents=True)
    for number, rows in enumerate(files):
        text = "c,at,amount\n" + "a,2026-01-01,1\n" + "".join(",".join(row) + "\n" for row in rows)
        (root / "data" / "raw" / f"o{number}.csv").write_text(text)
    (root / "cxlab.toml").write_text(ORDERS.replace('"orders"', '"orders"\nkey = ["customer_id"]') if keyed else ORDERS)
    manifest = load_project(Project.read(root))
    table, aside = store.load("orders", root), store.set_aside("orders", root)
    assert sum(len(rows) + 1 for rows in files) == len(table) + len(aside)
    for source, rows in zip(manifest["sources"], files, strict=True):
        (block,) = source["blocks"]
        assert block["rows_in"] == len(rows) + 1 == block["rows_kept"] + block["rows_set_aside"]
        assert sum(block["why"].values()) == block["rows_set_aside"] == (aside["source"] == source["file"]).sum()
        assert block["rows_kept"] == (table["source"] == source["file"]).sum()
    good = [
        Counter(
            row for row in [("a", "2026-01-01", "1"), *rows] if row[1].startswith("2026") and row[2] in "123" and row[2]
        )
        for rows in files
    ]
    if keyed:
        assert table["customer_id"].is_unique
        assert set(table["customer_id"]) == {row[0] for counter in good for row in counter}
    else:
        whole: Counter = Counter()
        for counter in good:
            whole |= counter
        assert len(table) == sum(whole.values())
