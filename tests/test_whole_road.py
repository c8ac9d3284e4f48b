"""The main job on the sample company: exports, tables, run, pages; and the planted truths found at its end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

import cxlab as cx
from cxlab import cli
from cxlab.demo import truths
from cxlab.kpis.packs import PACKS
from cxlab.report.notebook import read_outputs

pytestmark = pytest.mark.slow
NOTEBOOKS = (
    "00-check-the-data",
    "10-read-the-scorecard",
    *(f"10-read-the-scorecard-{name}" for name in PACKS if name != "exec"),
    "20-follow-the-journey",
    "30-meet-the-segments",
    "40-explain-churn",
    "60-move-the-middle",
    "70-follow-the-money",
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder in which the whole road was walked once."""
    root = tmp_path_factory.mktemp("company")
    assert cli.main(["demo", "--root", str(root)]) == 0
    assert cli.main(["load", "--root", str(root)]) == 0
    assert cli.main(["run", "latest", "--root", str(root)]) == 0
    return root


@pytest.fixture(scope="module")
def folder(company: Path) -> Path:
    return company / "reports" / "2026-Q3"


def records(folder: Path, stem: str) -> dict:
    return read_outputs(nbformat.read(folder / f"{stem}.ipynb", 4))[0]


def test_every_page_is_there_and_needs_nothing(company: Path, folder: Path) -> None:
    pages = [company / "reports" / "index.html", *(folder / f"{stem}.html" for stem in ("index", *NOTEBOOKS))]
    for page in pages:
        text = page.read_text()
        assert text.startswith("<!doctype html>") and "default-src 'none'" in text
        assert "<script" not in text.lower() and 'src="http' not in text and "No description has been" not in text
        assert "registered marks" in text
    assert "import cxlab" not in (folder / "10-read-the-scorecard.html").read_text()


def test_rows_in_are_rows_kept_and_set_aside(company: Path) -> None:
    manifest = cx.manifest(company)
    blocks = [block for source in manifest["sources"] for block in source["blocks"]]
    assert all(b["rows_in"] == b["rows_kept"] + b["rows_set_aside"] for b in blocks)
    for name, table in manifest["tables"].items():
        assert table["rows"] == len(cx.load(name, company))
        aside = sum(b["rows_set_aside"] for b in blocks if b["table"] == name)
        assert aside == len(cx.set_aside(name, company))
    assert manifest["not_mapped"] == []


def test_planted_dirt_is_found_to_the_row(company: Path) -> None:
    aside = cx.set_aside("tickets", company)["why"]
    dirt = truths.DIRT["tickets"]
    assert aside.str.contains("superseded|duplicate").sum() == dirt["overlap"] + dirt["duplicate"]
    assert aside.str.contains("opened_at").sum() == dirt["unparseable_date"]
    tables = {name: cx.load(name, company) for name in cx.table_names(company)}
    order = cx.checks.time_order(tables).set_index("table")["rows"]
    assert order["tickets"] == dirt["resolved_before_opened"]
    assert order["customers"] == truths.DIRT["accounts"]["closed_before_signed"]
    assert order["milestones"] == truths.DIRT["milestones"]["reached_before_started"]


def test_nps_of_every_segment_and_quarter_is_the_planted_one(company: Path) -> None:
    responses = cx.attach(cx.load("responses", company), cx.load("customers", company), ["segment"])
    inside = []
    for quarter in truths.QUARTERS:
        frame = cx.nps(responses, cx.Period.of(quarter), by="segment", cluster="customer_id").dropna(subset=["segment"])
        truth = [truths.observed_nps(segment, quarter) for segment in frame["segment"]]
        inside += list((frame["low"] <= truth) & (truth <= frame["high"]))
    assert len(inside) == 4 * len(truths.QUARTERS)
    assert sum(inside) >= 0.88 * len(inside)


def test_the_verdicts_tell_what_was_planted(folder: Path) -> None:
    record = records(folder, "10-read-the-scorecard")
    verdicts = {row["kpi"]: row["verdict"] for row in record["kpis"]}
    assert verdicts["nps"] == "moved up"
    assert sum(str(verdict).startswith("moved") for verdict in verdicts.values()) <= 2
    assert set(verdicts) == set(cx.pack("exec").kpis)
    assert record["findings"][0]["kind"] == "win" and "improved" in record["headline"]


def test_the_models_tell_what_was_planted(folder: Path) -> None:
    record = records(folder, "40-explain-churn")
    churn = record["headline"] + " ".join(each["sentence"] for each in record["findings"])
    assert "open cases" in churn and "webinar" not in churn and "newsletter" not in churn
    middle = records(folder, "60-move-the-middle")["headline"]
    assert "helpfulness" in middle and "reliability" in middle and "newsletter" not in middle
    promises = records(folder, "10-read-the-scorecard")["findings"]
    assert any("worked" in each["sentence"] and each["grade"] == "B" for each in promises)


def test_personal_details_and_hostile_comments_reach_no_page(company: Path, folder: Path) -> None:
    comments = cx.load("responses", company)["comment"].dropna()
    assert not comments.str.contains(r"[\w.]+@[\w.]+\.\w+").any()
    assert sum(cx.checks.masked(cx.manifest(company)).values()) > 100
    for page in folder.glob("*.html"):
        assert "onerror" not in page.read_text()


def test_what_has_not_changed_is_not_run_again(company: Path, folder: Path, capsys: pytest.CaptureFixture) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert cli.main(["run", "2026-Q3", "--root", str(company)]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    told = capsys.readouterr()
    assert (told.out + told.err).count("unchanged") >= len(NOTEBOOKS)


def test_loading_twice_changes_nothing(company: Path, tmp_path: Path) -> None:
    def tables(root: Path) -> dict:
        return json.loads((root / "data" / "processed" / "manifest.json").read_text())["tables"]

    shutil.copytree(company / "data" / "raw", tmp_path / "data" / "raw")
    shutil.copy(company / "cxlab.toml", tmp_path)
    again = tmp_path / "data" / "raw" / "helpdesk"
    for path in list(again.glob("*.csv")):
        shutil.copy(path, path.with_name(f"again_{path.name}"))
    settings = (tmp_path / "cxlab.toml").read_text()
    (tmp_path / "cxlab.toml").write_text(settings.replace('"helpdesk/tickets_', '"helpdesk/*tickets_'))
    assert cli.main(["load", "--root", str(tmp_path)]) == 0
    assert {name: table["rows"] for name, table in tables(tmp_path).items()} == {
        name: table["rows"] for name, table in tables(company).items()
    }


def test_plain_papermill_runs_the_notebooks_too(company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import papermill

    monkeypatch.setenv("CXLAB_ROOT", str(company))
    house = Path(cx.__file__).parents[1] / "notebooks"
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(
        house / f"{NOTEBOOKS[1]}.ipynb", out, {"period": "2026-Q2", "by": "segment"}, progress_bar=False
    )
    assert read_outputs(nbformat.read(out, 4))[0]["kpis"][0]["period"] == "2026-Q2"


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
def test_the_pages_in_a_real_browser(visit: Callable, company: Path, folder: Path, width: int, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    seen = visit(width, dark)
    for path in (company / "reports" / "index.html", *(folder / f"{stem}.html" for stem in ("index", *NOTEBOOKS))):
        page = seen.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name
        grave = [each for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")]
        assert grave == [], path.name
    assert seen.complained == [] and seen.asked == []
