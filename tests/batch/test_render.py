import re

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from cxlab.batch.render import Provenance, Stop, render_notebook
from cxlab.report.notebook import MIME

from .toys import text

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==\n"


def shown(*outputs, tags=(), source="secret_code()"):
    return new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def html_of(*cells, **more):
    return render_notebook(new_notebook(cells=[text("# Title & *more*\n\nPurpose."), *cells]), **more)


def display(form, data, **metadata):
    return new_output("display_data", data={form: data, "text/plain": "TWIN"}, metadata=metadata)


def test_a_page_is_one_file_without_code():
    html = html_of(
        shown(new_output("stream", name="stdout", text="said <b>\x1b[31m!\x1b[0m"), source="secret_code()"),
        shown(new_output("stream", name="stderr", text="a warning")),
        shown(display("text/html", "<p>shown</p>")),
        shown(new_output("execute_result", data={"text/plain": "<42>"}, execution_count=3)),
    )
    assert "secret_code" not in html and "a warning" not in html and "TWIN" not in html
    assert "said &lt;b&gt;!" in html and "<p>shown</p>" in html and "&lt;42&gt;" in html
    assert "In [" not in html and "Out[" not in html and "<script" not in html and "jp-" not in html
    assert not re.search(r"(?:src|href)=\"(?!data:|#|index\.html)", html)


def test_title_language_and_landmarks():
    html = html_of(text("# Second title"), company="A & B", period="third quarter 2026", data_to="30 September 2026")
    assert "<title>Title &amp; more · third quarter 2026 · A &amp; B</title>" in html and '<html lang="en">' in html
    assert html.count("<h1>") == 1 and "<h1>Title &amp; <em>more</em></h1>" in html
    assert "A &amp; B · third quarter 2026 · data to 30 September 2026" in html
    for landmark in ("<header>", '<main id="main">', "<footer>", '<a class="skip" href="#main">', "<nav "):
        assert landmark in html


def test_headings_make_the_contents_after_the_lead():
    html = html_of(text("Lead."), text("## One\n\na"), text("## Two"), text("## How we counted"))
    contents = html[html.index('<nav class="toc"') : html.index('<h2 id="s-one">')]
    assert re.findall(r'<a href="#(.*?)">(.*?)</a>', contents) == [
        ("s-one", "One"),
        ("s-two", "Two"),
        ("s-how-we-counted", "How we counted"),
    ]
    assert html.index("Lead.") < html.index('<nav class="toc"')


@pytest.mark.parametrize("tag", ["hide", "parameters", "injected-parameters"])
def test_cells_that_are_not_for_readers_are_left_out(tag):
    assert "HIDDEN" not in html_of(shown(display("text/html", "HIDDEN"), tags=[tag]))


def test_a_record_and_its_twin_are_not_shown():
    html = html_of(
        shown(new_output("display_data", data={MIME: {"headline": "H"}, "text/plain": "TWIN"}), tags=["outputs"])
    )
    assert "TWIN" not in html and "headline" not in html


def test_scripts_widgets_and_the_unknown_are_never_shown():
    html = html_of(
        shown(display("application/javascript", "alert(1)")),
        shown(new_output("display_data", data={"application/javascript": "alert(2)"})),
        shown(new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": "M"}})),
        shown(new_output("display_data", data={"application/vnd.other+json": {"x": "OTHER"}})),
        shown(new_output("display_data", data={"text/latex": "$$LATEX$$"})),
    )
    assert "alert" not in html and "OTHER" not in html and "LATEX" not in html and "model_id" not in html


def test_every_picture_has_words():
    html = html_of(
        shown(display("image/png", PIXEL, **{"image/png": {"alt": 'NPS "up" to 31'}})),
        text("## Loyalty rose"),
        shown(display("image/png", PIXEL)),
        shown(display("image/jpeg", PIXEL)),
        shown(display("text/html", '<img src="data:image/png;base64,AA==">')),
        text("![](data:image/png;base64,AA==)"),
    )
    assert "No description has been provided" not in html
    assert 'alt="NPS &quot;up&quot; to 31"' in html
    assert html.count("Figure under “Loyalty rose”") == 4 == html.count("<img ") - 1
    assert "\n" not in re.search(r'src="(data:image/png[^"]*)"', html)[1]


def test_a_picture_with_a_page_of_its_own_is_shown_as_that():
    picture = (
        '<figure class="cx"><picture><source media="(max-width: 30rem)" srcset="data:image/png;base64,AA==">'
        '<img src="data:image/png;base64,BB==" alt="said"></picture></figure>'
    )
    html = html_of(shown(new_output("display_data", data={"image/png": PIXEL, "text/html": picture})))
    assert picture in html and html.count("<img ") == 1


def test_dollars_are_not_mathematics():
    html = html_of(text("It costs $5 and $10."), shown(display("text/markdown", "costs $5 and $10")))
    assert html.count("$5 and $10") == 2


def test_a_stopped_notebook_says_so_and_shows_what_it_had():
    error = new_output("error", ename="ValueError", evalue="<b>x</b>", traceback=["TRACEBACK secret_code()"])
    html = html_of(
        text("## One"),
        shown(display("text/html", "<p>before</p>")),
        text("## Two"),
        shown(error),
        text("## Three\n\nprose"),
        shown(display("text/html", "AFTER")),
        stop=Stop("failed", "Two", "ValueError: <b>x</b>", 4),
        stem="20-x",
    )
    assert "This report is not finished" in html and "It stopped under “Two”" in html
    assert "ValueError: &lt;b&gt;x&lt;/b&gt;" in html and "Not reached: Three." in html
    assert "<p>before</p>" in html and "AFTER" not in html and "TRACEBACK" not in html and "prose" not in html
    assert '<a href="20-x.ipynb">' in html


def test_the_foot_says_where_the_numbers_come_from():
    html = html_of(
        stem="10-x",
        provenance=Provenance(
            "4e898b5",
            "0.1.0",
            "aec3304",
            {"responses": "7c1e9a1"},
            18344,
            242,
            {"period": "2026-Q3", "region": "R&D"},
            "2026-10-04T09:12:00+00:00",
            3.21,
        ),
    )
    foot = html[html.index("<footer>") :]
    for said in (
        "18,344 rows received, 242 set aside",
        "period 2026-Q3, region R&amp;D",
        "cxlab 0.1.0 · notebook 10-x 4e898b5 · data aec3304",
        "responses 7c1e9a1",
        "4 October 2026, 09:12 UTC, in 3.2 s",
        "registered marks of Bain &amp; Company",
    ):
        assert said in foot


def test_the_same_notebook_gives_the_same_bytes():
    cells = [shown(display("text/html", "<h2>a</h2><table><tr><td>1</td></tr></table>")), text("## b")]
    assert html_of(*cells) == html_of(*cells)


def test_a_big_table_is_quick():
    import time

    table = "<table>" + ("<tr>" + "<td>12.5</td>" * 20 + "</tr>") * 2500 + "</table>"  # 0.7 MB
    html_of()
    began = time.process_time()
    html_of(shown(display("text/html", table)))
    assert time.process_time() - began < 3  # nbconvert's own pass takes 6 s a MB
