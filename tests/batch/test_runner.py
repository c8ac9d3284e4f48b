"""The promises of a run: one failure never loses another, nothing half-written, the unchanged is not run again."""

import json
import re

import nbformat
import pytest

from cxlab.batch import assemble, runner
from cxlab.batch.progress import Progress
from cxlab.batch.publish import only_runner
from cxlab.batch.runner import run
from cxlab.errors import ParameterError, ProjectError, RunError
from cxlab.tables.store import sha256

from .toys import code, contents, notebook, project, text

pytestmark = pytest.mark.slow

REGION = 'period: str = "2026-Q3"\nregion: str = ""  # only this region'
WARNS = "import warnings; warnings.warn('A-WARNING'); print('SAID', sorted({'a', 'b'}))"


def statuses(result):
    return {each.stem: each.status for each in result.notebooks}


def without_times(files):
    """Pages without the time they were made, notebooks as they are; result.json left out."""
    return {
        name: re.sub(rb"<time .*?</time>", b"", data)
        for name, data in files.items()
        if not name.endswith("result.json")
    }


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """Six notebooks of which four fail, each in its own way; run once."""
    toy = project(
        tmp_path_factory.mktemp("pack"),
        {
            "00-good": notebook(WARNS, title="Is it good?", headline="It is good."),
            "10-good-too": notebook(code("print('HIDDEN')", "hide"), parameters=REGION, headline="So is this."),
            "20-raises": notebook(
                "print('BEFORE')", text("## The <b>middle</b>"), "1 / 0", text("## Never"), "print('NO')"
            ),
            "30-killed": notebook(text("## Deep"), "import os; os.kill(os.getpid(), 9)"),
            "40-exits": notebook("import sys; sys.exit(0)"),
            "50-hangs": notebook("import time; time.sleep(60)"),
        },
    )
    steps: list[Progress] = []
    return toy, run(toy, "2026-Q3", workers=3, timeout=5, on_progress=steps.append), steps


def test_one_failure_never_loses_another(pack):
    toy, result, _ = pack
    assert result.exit_code == 1 and result.folder == toy.reports / "2026-Q3"
    assert statuses(result) == {
        "00-good": "ok",
        "10-good-too": "ok",
        "20-raises": "failed",
        "30-killed": "died",
        "40-exits": "incomplete",
        "50-hangs": "timeout",
    }
    names = {path.name for path in result.folder.iterdir()}
    assert names == {"index.html", "result.json"} | {
        f"{stem}.{end}" for stem in statuses(result) for end in ("html", "ipynb")
    }
    assert list((toy.reports / ".staging").iterdir()) == [toy.reports / ".staging" / "lock"]


def test_good_pages_are_good(pack):
    _, result, _ = pack
    page = (result.folder / "00-good.html").read_text()
    assert "SAID" in page and "A-WARNING" not in page and "RECORD-TWIN" not in page and "import" not in page
    assert "Toy &amp; Sons · third quarter 2026 · data to 30 September 2026" in page
    assert "1,234 rows received, 34 set aside" in page and "period 2026-Q3" in page and "responses 7c1e9a0" in page
    assert "HIDDEN" not in (result.folder / "10-good-too.html").read_text()


def test_failed_ones_keep_what_they_had(pack):
    _, result, _ = pack
    page = (result.folder / "20-raises.html").read_text()
    assert "This report is not finished" in page and "BEFORE" in page and "ZeroDivisionError: division by zero" in page
    assert "1 / 0" not in page and "Traceback" not in page and "Not reached: Never; How we counted." in page
    kept = nbformat.read(result.folder / "20-raises.ipynb", 4)
    assert any("1 / 0" in cell.source and cell.outputs for cell in kept.cells if cell.cell_type == "code")


def test_the_index_tells_every_one_of_them(pack):
    toy, result, _ = pack
    for page, base in ((toy.reports / "index.html", "2026-Q3/"), (result.folder / "index.html", "")):
        html = page.read_text()
        assert "4 of 6 reports are not finished" in html
        for stem in statuses(result):
            assert f'href="{base}{stem}.html"' in html
        for said in (
            "It is good.",
            "So is this.",
            "ZeroDivisionError",
            "The computation died",
            "took too long",
            "“Deep”",
        ):
            assert said in html


def test_the_result_holds_the_hash_of_every_file(pack):
    _, result, _ = pack
    told = json.loads((result.folder / "result.json").read_text())
    assert {path.name for path in result.folder.iterdir()} == {*told["files"], "result.json"}
    assert all(sha256(result.folder / name) == known for name, known in told["files"].items())
    assert told["rows"] == {"in": 1234, "kept": 1200, "set_aside": 34} and len(told["data"]) == 64


def test_progress_is_told_for_every_notebook(pack):
    _, result, steps = pack
    ends = {step.stem: step.state for step in steps if step.state not in ("waiting", "running")}
    assert ends == statuses(result)
    assert max(step.cell for step in steps if step.stem == "00-good") == 7
    assert "under “The <b>middle</b>”: ZeroDivisionError" in next(s.note for s in steps if s.state == "failed")


@pytest.fixture
def toy(tmp_path):
    return project(
        tmp_path, {"00-a": notebook("print(object.__name__, set('abc'))"), "10-b": notebook(parameters=REGION)}
    )


def test_the_unchanged_is_skipped_and_the_changed_is_not(toy):
    assert run(toy, "2026-Q3").exit_code == 0
    before, made = contents(toy.reports), (toy.reports / "2026-Q3").stat().st_ino
    again = run(toy, "2026-Q3")
    assert statuses(again) == dict.fromkeys(["00-a", "10-b"], "skipped-unchanged") and again.exit_code == 0
    assert contents(toy.reports) == before and (toy.reports / "2026-Q3").stat().st_ino == made

    nbformat.write(notebook("2 + 2"), toy.notebooks / "00-a.ipynb")
    assert statuses(run(toy, "2026-Q3")) == {"00-a": "ok", "10-b": "skipped-unchanged"}
    html = (toy.reports / "index.html").read_text()
    assert html.count("unchanged, not run again") == 1


def test_a_forced_run_gives_the_same_bytes(toy, monkeypatch):
    run(toy, "2026-Q3")
    before = contents(toy.reports)
    assert statuses(run(toy, "2026-Q3", force=True)) == {"00-a": "ok", "10-b": "ok"}
    after = contents(toy.reports)
    assert without_times(after) == without_times(before)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    run(toy, "2026-Q3", force=True)
    pinned = contents(toy.reports)
    run(toy, "2026-Q3", force=True)
    assert contents(toy.reports) == pinned  # result.json too


def test_what_is_damaged_is_noticed_and_made_again(toy):
    run(toy, "2026-Q3")
    good = contents(toy.reports)
    folder = toy.reports / "2026-Q3"
    (folder / "00-a.html").write_bytes(good["2026-Q3/00-a.html"][:500])
    assert statuses(run(toy, "2026-Q3")) == {"00-a": "ok", "10-b": "skipped-unchanged"}
    (folder / "index.html").write_text("")
    assert set(statuses(run(toy, "2026-Q3")).values()) == {"skipped-unchanged"}
    assert b"The reports" in (folder / "index.html").read_bytes()
    (folder / "result.json").write_bytes(b'{"period"')
    assert statuses(run(toy, "2026-Q3")) == {"00-a": "ok", "10-b": "ok"}
    assert set(contents(toy.reports)) == set(good)


def test_parameters_reach_the_notebooks_that_declare_them(toy):
    nbformat.write(notebook("print('REGION IS', region)", parameters=REGION), toy.notebooks / "10-b.ipynb")
    result = run(toy, "2026-Q3", {"region": "North America"})
    assert result.folder.name == "2026-Q3--region-North-America" and result.exit_code == 0
    assert "REGION IS North America" in (result.folder / "10-b.html").read_text()
    assert "region North America" in (toy.reports / "index.html").read_text()


def test_only_runs_the_chosen_and_keeps_the_others_reports(toy):
    run(toy, "2026-Q3")
    other = (toy.reports / "2026-Q3" / "10-b.html").read_bytes()
    nbformat.write(notebook("3"), toy.notebooks / "00-a.ipynb")
    result = run(toy, "2026-Q3", only=["00-a"])
    assert statuses(result) == {"00-a": "ok"}
    assert (result.folder / "10-b.html").read_bytes() == other
    assert "from an earlier run" in (result.folder / "index.html").read_text()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"period": "2026-Q3", "parameters": {"region": "../../x"}}, ParameterError),
        ({"period": "2026-Q3", "parameters": {"regoin": "x"}}, ParameterError),
        ({"period": "next quarter"}, ParameterError),
        ({"period": "2026-Q3", "only": ["99-z"]}, ParameterError),
        ({"period": "2026-Q3", "workers": 0}, ParameterError),
        ({"period": "2026-Q3", "audience": "all"}, ParameterError),
    ],
)
def test_a_wrong_request_ends_before_a_kernel_starts(toy, monkeypatch, given, error):
    monkeypatch.setattr(runner, "execute", lambda *args: pytest.fail("a kernel was started"))
    with pytest.raises(error):
        run(toy, **given)
    assert not toy.reports.exists()


def test_no_tables_no_run(toy):
    (toy.processed / "manifest.json").unlink()
    with pytest.raises(ProjectError, match="cxlab load"):
        run(toy, "2026-Q3")


def test_two_runners_do_not_collide(toy, monkeypatch):
    monkeypatch.setattr(runner, "execute", lambda *args: pytest.fail("a kernel was started"))
    with only_runner(toy.reports), pytest.raises(RunError, match="another run is at work"):
        run(toy, "2026-Q3")


def test_something_in_the_way_of_reports_is_told_before_a_kernel_starts(toy, monkeypatch):
    monkeypatch.setattr(runner, "execute", lambda *args: pytest.fail("a kernel was started"))
    toy.reports.write_text("in the way")
    with pytest.raises(RunError, match="cannot be written"):
        run(toy, "2026-Q3")


def test_no_space_for_the_last_file_leaves_the_report_and_what_was_finished(toy, monkeypatch):
    run(toy, "2026-Q3")
    before = contents(toy.reports)
    for stem in ("00-a", "10-b"):
        nbformat.write(notebook("print('newer')"), toy.notebooks / f"{stem}.ipynb")

    def full(path, data):
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(assemble, "publish", full)
        with pytest.raises(RunError, match="No space left.*untouched"):
            run(toy, "2026-Q3")
    assert contents(toy.reports) == before
    assert set(statuses(run(toy, "2026-Q3")).values()) == {"skipped-unchanged"}  # finished, only not published
    assert b"newer" in contents(toy.reports)["2026-Q3/00-a.html"]


def test_tables_that_change_meanwhile_publish_nothing(toy):
    cell = (
        "import json, os, pathlib\npath = pathlib.Path(os.environ['CXLAB_ROOT'], 'data/processed/manifest.json')\n"
        "path.write_text(json.dumps({**json.loads(path.read_text()), 'as_of': '2027-01-01T00:00:00'}))"
    )
    nbformat.write(notebook(cell), toy.notebooks / "00-a.ipynb")
    with pytest.raises(RunError, match="tables changed while the run was at work"):
        run(toy, "2026-Q3")
    assert not (toy.reports / "2026-Q3").exists()


def test_a_page_that_cannot_be_made_is_one_failure_of_many(toy, monkeypatch):
    real = assemble.render_notebook

    def render(notebook, **facts):
        if facts["stem"] == "00-a" and facts["stop"] is None:
            raise ValueError("odd")
        return real(notebook, **facts)

    monkeypatch.setattr(assemble, "render_notebook", render)
    result = run(toy, "2026-Q3")
    assert statuses(result) == {"00-a": "failed", "10-b": "ok"} and result.exit_code == 1
    assert "its page could not be made (ValueError: odd)" in (result.folder / "00-a.html").read_text()


def test_a_broken_display_costs_nothing(toy):
    def broken(step):
        raise RuntimeError("no terminal")

    assert run(toy, "2026-Q3", only=["00-a"], on_progress=broken).exit_code == 0


def test_many_kernels_at_once(tmp_path):
    toy = project(tmp_path, {f"{number:02d}-x": notebook() for number in range(8)})
    assert run(toy, "2026-Q3", workers=8).exit_code == 0
