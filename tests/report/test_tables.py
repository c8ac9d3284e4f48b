import re

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import CxlabError
from cxlab.report.digits import MINUS, THIN
from cxlab.report.html import clean, escape, say
from cxlab.report.tables import table, verbatim


def test_customer_text_is_inert_in_every_place_of_a_table(payload, assert_inert):
    frame = pd.DataFrame({payload: [payload, "b"], "n": [1, 2]}, index=pd.Index([payload, "x"], name=payload + " "))
    html = table(frame, caption=payload, names={"n": payload}).html
    assert_inert(html, allowed={"div", "table", "caption", "thead", "tbody", "tr", "th", "td"})


def test_customer_text_is_inert_in_verbatims_and_sentences(payload, assert_inert):
    assert_inert(
        verbatim([payload], notes=[payload], caption=payload).html, allowed={"div", "blockquote", "p", "footer"}
    )
    for kind in ("", "short", "fine", "ask", "list"):
        assert_inert(say(payload, kind=kind).html, allowed={"p", "div", "ul", "li"})


def test_numbers_stand_right_with_real_minus_and_thousands():
    frame = pd.DataFrame({"team": ["a", "b"], "rows": [12345, -3], "rate": [0.5, np.nan], "year": [2025, 2026]})
    html = table(frame).html
    assert f'<td class="r">{MINUS}3</td>' in html and '<td class="r">12,345</td>' in html
    assert '<td class="r">2026</td>' in html and '<td class="r">–</td>' in html
    assert '<th scope="col">team</th>' in html and '<th scope="row">a</th>' in html


def test_types_are_written_as_people_write_them():
    when = pd.to_datetime(["2026-01-31", "2026-02-01"])
    frame = pd.DataFrame({"when": when, "ok": pd.array([True, None], dtype="boolean"), "mixed": [True, "x"]})
    text = repr(table(frame))
    assert "2026-01-31" in text and "yes" in text and "–" in text and "True" not in text


def test_only_so_many_rows_then_how_many_more():
    piece = table(pd.DataFrame({"a": range(1000)}), rows=3)
    assert piece.html.count("<tr>") == 5 and "and 997 more rows" in piece.html and "and 997 more rows" in piece.text


def test_an_empty_table_says_so():
    assert "No rows." in table(pd.DataFrame({"a": []})).html


def test_a_kpi_frame_is_written_in_its_own_units(kpis, changes, dictionary):
    text = table(kpis, dictionary=dictionary).text
    assert f"82.4{THIN}%" in text and "27.1 to 33.0" in text and "not yet known" in text and "n eff" not in text
    html = table(changes, dictionary=dictionary).html
    assert "improved</span>" in html and 'class="chip unsure"' in html and "moved up" not in html
    assert "+1.9 to +12.5" in html and "2025-Q3" in html
    once = table(changes[changes["before"] == "2026-Q2"], dictionary=dictionary, caption="What moved").html
    assert "<caption>What moved (2026-Q3 against 2026-Q2)</caption>" in once and ">period<" not in once


def test_mistakes_are_named():
    with pytest.raises(CxlabError, match="DataFrame"):
        table([1])
    with pytest.raises(CxlabError, match="one name"):
        table(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(CxlabError, match="at least one"):
        table(pd.DataFrame({"a": [1]}), rows=0)
    with pytest.raises(CxlabError, match=r"\[text\]"):
        verbatim("one")
    with pytest.raises(CxlabError, match="one note"):
        verbatim(["a"], notes=[])
    with pytest.raises(CxlabError, match="short"):
        say("x", kind="big")


def test_comments_are_cut_counted_and_left_out_when_empty():
    piece = verbatim(["word " * 400, None, "", np.nan, *["x"] * 9], limit=3)
    quotes = re.findall("<blockquote", piece.html)
    assert len(quotes) == 3 and "and 7 more comments" in piece.html and "…" in piece.html
    assert max(len(line) for line in piece.text.splitlines()) < 620
    assert "No comments to show." in verbatim([]).html


def test_marks_that_could_mirror_a_page_are_taken_out():
    assert escape("a\x00b\u202ec\ud800d<") == "abcd&lt;" and clean(None) == clean(np.nan) == clean(pd.NA) == ""
