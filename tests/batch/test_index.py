import json
import re

import pytest

from cxlab.batch.index import rebuild_index

from .test_front import entry, result
from .toys import project


@pytest.fixture
def toy(tmp_path):
    toy = project(tmp_path, {})
    toy.reports.mkdir()
    return toy


def publish(toy, name, content):
    folder = toy.reports / name
    folder.mkdir()
    (folder / "index.html").write_text("x")
    (folder / "result.json").write_text(content if isinstance(content, str) else json.dumps(content))


def of(label, end, *entries, **more):
    period = {"label": label, "words": f"words of {label}", "start": "2026-01-01T00:00:00", "end": end}
    return result(*(entries or (entry("00-a"),)), period=period, **more)


def test_without_runs_the_page_says_how_to_make_one(toy):
    assert "No reports yet" in rebuild_index(toy).read_text()


def test_the_newest_run_comes_first_and_links_are_relative(toy):
    publish(toy, "2026-Q1", of("2026-Q1", "2026-04-01T00:00:00"))
    publish(toy, "2026-Q2", of("2026-Q2", "2026-07-01T00:00:00"))
    publish(toy, "2026-Q2--region-EMEA", of("2026-Q2", "2026-07-01T00:00:00", parameters={"region": "EMEA"}))
    publish(toy, "2026-03", of("2026-03", "2026-04-01T00:00:00"))
    html = rebuild_index(toy).read_text()
    links = re.findall(r'href="(.*?)"', html)
    assert [link for link in links if link.endswith("/index.html")] == [
        "2026-Q2--region-EMEA/index.html",
        "2026-03/index.html",
        "2026-Q1/index.html",
    ]
    assert "2026-Q2/00-a.html" in links and not any(link.startswith(("/", "http", "file")) for link in links)
    assert "words of 2026-Q2, region EMEA" in html and html.index("words of 2026-Q2") < html.index("Other runs")


def test_failures_of_earlier_runs_are_counted(toy):
    publish(toy, "2026-Q2", of("2026-Q2", "2026-07-01T00:00:00"))
    failed = entry("10-b", status="failed", record=None)
    publish(toy, "2026-Q1", of("2026-Q1", "2026-04-01T00:00:00", entry("00-a"), failed))
    assert "1 of 2 not finished" in rebuild_index(toy).read_text()


@pytest.mark.parametrize(
    "content",
    ["", "{", '{"period": {}, "notebooks": [], "files": {}}', '{"period": 1, "notebooks": [{"stem": 1}], "files": {}}'],
)
def test_a_damaged_run_is_named_and_costs_no_other(toy, content):
    publish(toy, "2026-Q2", of("2026-Q2", "2026-07-01T00:00:00"))
    publish(toy, "2026-Q3", content)
    html = rebuild_index(toy).read_text()
    assert "words of 2026-Q2" in html and "damaged" in html and "<h3>2026-Q3</h3>" in html


def test_only_damaged_runs(toy):
    publish(toy, "2026-Q3", "")
    assert "cannot be read; run them again: 2026-Q3" in rebuild_index(toy).read_text()


def test_other_folders_are_left_alone(toy):
    (toy.reports / "notes").mkdir()
    (toy.reports / "README.md").write_text("x")
    assert "damaged" not in rebuild_index(toy).read_text()
