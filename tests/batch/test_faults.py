"""The runner itself is hit: signals, a full disk. What readers see stays whole, and nothing is left behind."""

import json
import signal
import subprocess
import sys
import time

import pytest

from cxlab.batch import plan
from cxlab.batch.runner import run

from .toys import contents, notebook, processes_with, project

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")]

RUN = """
import resource, sys
from cxlab.batch import plan, run
from cxlab.errors import RunError
from cxlab.tables.project import Project
plan._surroundings = lambda: "the same"
root, limit = sys.argv[1], int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    sys.exit(run(Project.read(__import__("pathlib").Path(root)), "2026-Q3", workers=2).exit_code)
except RunError as problem:
    sys.exit(print(problem, file=sys.stderr) or 3)
"""
WAITS = """
import os, pathlib, subprocess, time
root = pathlib.Path(os.environ["CXLAB_ROOT"])
if (root / "slow").exists():
    subprocess.Popen(["sleep", "300"], start_new_session=True)
    (root / "marker").touch()
    time.sleep(300)
"""
FILLS = """
import os, pathlib
print("x" * 400_000 if (pathlib.Path(os.environ["CXLAB_ROOT"]) / "big").exists() else "little")
"""


@pytest.fixture(autouse=True)
def same_surroundings(monkeypatch):
    """Somebody who edits the package while the tests run must not make them fail."""
    monkeypatch.setattr(plan, "_surroundings", lambda: "the same")


def change_tables(toy):
    path = toy.processed / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "as_of": "2026-10-31T00:00:00"}))


def until(is_so, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)], ids=["term", "int", "kill"]
)
def test_a_runner_that_is_stopped_leaves_the_report_and_no_kernel(tmp_path, number, code):
    toy = project(tmp_path, {"00-quick": notebook("1"), "10-waits": notebook(WAITS)})
    assert run(toy, "2026-Q3").exit_code == 0
    before = contents(toy.reports)
    change_tables(toy)
    (tmp_path / "slow").touch()
    process = subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path), "0"], stderr=subprocess.PIPE)
    until(lambda: (tmp_path / "marker").exists() and list(toy.reports.glob(".staging/*/00-quick.done.json")))
    assert len(processes_with(f"CXLAB_ROOT={tmp_path}")) == 2  # the kernel and what its cell started
    process.send_signal(number)
    assert process.wait(30) == code, process.stderr.read()
    process.stderr.close()
    left = 1 if number == signal.SIGKILL else 0  # nobody was there to end what the cell started; the next run does
    until(lambda: len(processes_with(f"CXLAB_ROOT={tmp_path}")) <= left, 5)
    assert contents(toy.reports) == before

    (tmp_path / "slow").unlink()
    again = run(toy, "2026-Q3")
    assert {each.stem: each.status for each in again.notebooks} == {"00-quick": "skipped-unchanged", "10-waits": "ok"}
    assert processes_with(f"CXLAB_ROOT={tmp_path}") == []
    assert [path.name for path in (toy.reports / ".staging").iterdir()] == ["lock"]
    assert again.exit_code == 0 and contents(toy.reports) != before


def test_a_full_disk_is_told_and_the_report_stays(tmp_path):
    toy = project(tmp_path, {"00-a": notebook(FILLS), "10-b": notebook("1")})
    assert run(toy, "2026-Q3").exit_code == 0
    before = contents(toy.reports)
    change_tables(toy)
    (tmp_path / "big").touch()
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path), "200000"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 3 and "could not be written" in done.stderr and "untouched" in done.stderr, done.stderr
    assert contents(toy.reports) == before
    assert run(toy, "2026-Q3").exit_code == 0
