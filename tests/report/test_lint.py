import copy

import nbformat
import pytest

from cxlab.report.lint import lint


def text(source):
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source, *tags):
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def good() -> dict:
    """The smallest notebook that keeps every rule."""
    cells = [
        text("# How are we doing?\n\nLeaders decide where to look. Intervals are `95 %` ones, P75 and B2B are names."),
        code('period: str = "2026-Q3"  # the quarter to report\nregions: list = ["a#b"]  # which', "parameters"),
        code(
            'import cxlab as cx\nresponses = cx.load("responses")\nnow = cx.nps(responses, cx.Period.of(period))',
            "setup",
        ),
        text("## In short"),
        code('cx.say(cx.prose.headline(now, cx.dictionary()), kind="short")'),
    ]
    for name in ("Where we stand", "By region", "What goes with it, which is not a cause"):
        cells += [
            text(f"## {name}\n\n1. See [the book](https://x.example/12)."),
            code('cx.table(now, caption=", ".join(["a"]))'),
        ]
    cells += [
        text("## How we counted\n\nNever because of one team."),
        text("Small print."),
        code('cx.record(headline="x", findings=[cx.finding("win", f"{now} goes with it")])', "outputs"),
    ]
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python"},
        },
    }


def test_a_good_notebook_passes():
    assert lint(good()) == []
    assert lint(nbformat.from_dict({**good(), "nbformat": 4, "nbformat_minor": 5})) == []
    as_lines = good()
    for cell in as_lines["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    assert lint(as_lines) == []


def changed(at, **fields):
    notebook = good()
    notebook["cells"][at].update(fields)
    return notebook


BAD_CODE = {
    "def f():\n    return 1": "defines 'f'",
    "class A: pass": "defines 'A'",
    "a = (lambda x: x)(1); b = (lambda x: x)(2)": "lambdas",
    "now.merge(now)": "calls merge",
    "now.join(now)": "calls join",
    'open("x")': "calls open",
    'import pandas as pd\npd.read_csv("x")': "calls read_csv",
    'now.to_excel("x")': "calls to_excel",
    'a = "../data/raw/x"': "names a file",
    'a = "responses.csv"': "names a file",
    "now.to_html(escape=False)": "escape=False",
    "now.to_html(render_links=True)": "render_links=True",
    "now.style": ".style",
    'Markdown(f"> {now}")': "builds Markdown",
    'HTML(f"<li>{now}")': "raw HTML",
    'display(Javascript("x"))': "raw Javascript",
    'print("x")': "prints",
    "%matplotlib inline": "No magics",
    "!ls": "No magics",
    "\n".join(f"a{i} = now" for i in range(16)): "16 lines",
    'cx.finding("win", "A causes B")': "a finding of grade D says 'causes'",
}


@pytest.mark.parametrize(("source", "fault"), BAD_CODE.items())
def test_code_that_a_notebook_may_not_hold(source, fault):
    found = lint(changed(4, source=source))
    assert len(found) == 1 and found[0].startswith("cell 5: ") and fault in found[0], found


@pytest.mark.parametrize(
    "source",
    [
        'cx.finding("win", "A causes B", grade="A")',
        '", ".join(["a"])',
        'f"{now}".join("ab")',
        "cx.read_outputs(now)",
        "now.sort_values(key=lambda x: x)",
        'cx.table(now, caption="Answers per region / team")',
        'Markdown("fixed words")',
    ],
)
def test_code_that_it_may_hold(source):
    assert lint(changed(4, source=source)) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("## NPS was 31.", "the number '31'"),
        ("In 2026 we grew", "the number '2026'"),
        ("It is 1,214 of", "'1,214'"),
        ("Up 3.5 points", "'3.5'"),
        ("Billing causes churn", "'causes'"),
        ("It drives loyalty", "'drives'"),
        ("Because of billing", "'Because of'"),
        ("# Again?", "second title"),
        ("a <script>x</script>", "raw HTML"),
        ("  ", "no heading or sentence"),
    ],
)
def test_words_that_a_notebook_may_not_hold(source, fault):
    found = lint(changed(3, source=source))
    assert len(found) == 1 and fault in found[0], found


@pytest.mark.parametrize(
    "source",
    [
        "`31` stays",
        "```\n31\n```",
        "Q3 and P90",
        "An experiment (grade A): it causes calm",
        "This is not a cause.",
        "We never say it drives churn",
        "Drivers and reasons",
    ],
)
def test_words_that_it_may_hold(source):
    assert lint(changed(3, source=source)) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("a = 1  # x", "line 1 is not a parameter"),
        ("a: int = 1", "'a' has no meaning"),
        ('a: str = "#x"', "'a' has no meaning"),
        ("a: str = f()  # x", "not a parameter"),
        ("import os", "not a parameter"),
        ("# nothing", "no parameter"),
        ("a: int  # x", "not a parameter"),
    ],
)
def test_parameters_are_literals_with_a_meaning(source, fault):
    found = lint(changed(1, source=source))
    assert len(found) == 1 and fault in found[0], found


@pytest.mark.parametrize(
    ("at", "fields", "fault"),
    [
        (0, {"source": "# How we are doing"}, "not a question"),
        (0, {"source": "How are we doing?"}, "does not open with the title"),
        (4, {"outputs": [{"output_type": "stream"}]}, "Clear all outputs"),
        (4, {"execution_count": 3}, "Clear all outputs"),
        (4, {"metadata": {"tags": ["injected-parameters"]}}, "not of the house"),
        (4, {"metadata": {"tags": ["setup"]}}, "2 cells carry the tag 'setup'"),
        (2, {"metadata": {"tags": ["hide"]}}, "0 cells carry the tag 'setup'"),
        (3, {"metadata": {"tags": ["hide", "outputs"]}}, "on a text cell"),
        (13, {"source": "1"}, "does not record"),
    ],
)
def test_the_shape_of_a_notebook(at, fields, fault):
    assert any(fault in found for found in lint(changed(at, **fields))), lint(changed(at, **fields))


def test_length_order_and_metadata():
    short, long, swapped, bare = (copy.deepcopy(good()) for _ in range(4))
    del short["cells"][4:6]
    long["cells"][3:3] = [text("Words.")] * 8
    swapped["cells"].append(swapped["cells"].pop(2))
    bare["metadata"] = {}
    assert "12 cells" in lint(short)[0] and "22 cells" in lint(long)[0]
    assert any("first code cell" in found for found in lint(swapped))
    assert any("not the last one" in found for found in lint(swapped))
    assert len(lint(bare)) == 2 and "python3" in lint(bare)[0]
    assert lint({})  # an empty notebook is told so, and nothing breaks


def test_an_unintroduced_cell_is_told():
    notebook = good()
    notebook["cells"].insert(5, code("cx.table(now)"))
    assert lint(notebook) == ["cell 6: no heading or sentence stands before it. Say in words what it shows."]
