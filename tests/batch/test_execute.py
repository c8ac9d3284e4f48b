"""Every way in which a notebook can end. papermill says "completed" for most of these."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

from cxlab.batch import execute as ex
from cxlab.batch.kernels import new_token
from cxlab.errors import RunError

from .toys import code, notebook, processes_with, text

pytestmark = pytest.mark.slow


def outcome(*cells, timeout=60.0, values=None, **more):
    content = nbformat.writes(notebook(text("## The *middle*"), *cells, **more)).encode()
    return ex.execute(content, values or {"period": "2026-Q2"}, ex.Path("/tmp"), new_token() + ".toy", timeout)


WAYS = {
    "ok": ("1 + 1", "ok", ""),
    "raises": ("1 / 0", "failed", "ZeroDivisionError: division by zero"),
    "killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "died", "died"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "died", "died"),
    "exit": ("import sys; sys.exit(0)", "incomplete", "stopped here without an error"),
    "exit with an error": ("import sys; sys.exit('no good')", "failed", "SystemExit: no good"),
    "hangs": ("import time; time.sleep(60)", "timeout", "after 1 seconds"),
    "asks": ("input('?')", "failed", "StdinNotImplementedError"),
    "memory": (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30)); x = bytearray(4 << 30)",
        "failed",
        "MemoryError",
    ),
}


@pytest.fixture(scope="module")
def ended():
    """All the ways, run side by side."""
    with ThreadPoolExecutor(3) as pool:
        futures = {
            way: pool.submit(outcome, cell, timeout=1 if way == "hangs" else 60) for way, (cell, _, _) in WAYS.items()
        }
        return {way: future.result() for way, future in futures.items()}


@pytest.mark.parametrize("way", WAYS)
def test_the_end_is_told_as_it_was(ended, way):
    _, status, message = WAYS[way]
    assert ended[way].status == status and message in ended[way].message
    if status != "ok":
        assert ended[way].heading == "The middle" and ended[way].stopped_at == 5 and ended[way].record is None


@pytest.mark.parametrize("way", [way for way in WAYS if way != "ok"])
def test_what_came_after_the_end_is_not_called_done(ended, way):
    result = ended[way].notebook
    assert all(
        not cell.outputs and cell.execution_count is None for cell in result.cells[6:] if cell.cell_type == "code"
    )
    assert result.cells[3].execution_count is not None  # what was done before is kept
    assert result.metadata.cxlab.status == WAYS[way][1] and "papermill" not in nbformat.writes(result)


def test_the_record_is_read_and_parameters_arrive(ended):
    assert ended["ok"].record == {"headline": "All is well.", "findings": [], "kpis": []}
    assert 'period = "2026-Q2"' in ended["ok"].notebook.cells[2].source


def test_ids_are_fixed_and_times_are_gone(ended):
    result = ended["ok"].notebook
    assert [cell.id for cell in result.cells] == [f"cell-{number:02d}" for number in range(len(result.cells))]
    assert "time" not in json.dumps(result.metadata) and all("execution" not in cell.metadata for cell in result.cells)


def test_a_notebook_that_records_nothing_is_not_finished():
    assert outcome("1", ends=False).message.startswith("The notebook has no cell tagged 'outputs'")
    empty = outcome(code("1", "outputs"), ends=False)
    assert empty.status == "incomplete" and "recorded nothing" in empty.message


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_what_a_cell_started_is_gone_and_nothing_stays_behind():
    mark = new_token()
    cell = (
        "import os, subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True, "
        f"env={{**os.environ, 'TOY': {mark!r}}})\nopen('stray.txt', 'w').write('x')"
    )
    before = set(os.listdir("."))
    assert outcome(cell).status == "ok"
    assert processes_with(mark) == [] and set(os.listdir(".")) == before


def test_no_installed_kernel_is_needed_and_this_interpreter_is_used(monkeypatch, tmp_path):
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    def none(self, name):
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", none)
    result = outcome(f"import sys; assert sys.executable == {sys.executable!r}")
    assert result.status == "ok", result.message


def test_braces_in_texts_and_paths_are_left_alone(monkeypatch, tmp_path):
    import tempfile

    short = ex.Path("/tmp") / f"cx{{x}}{os.getpid()}"
    short.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    try:
        assert outcome("'{period}'").status == "ok"
    finally:
        monkeypatch.undo()
        short.rmdir()


def test_no_space_is_the_machines_fault(monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device", "/x/after.ipynb")

    monkeypatch.setattr(ex, "_papermill", full)
    with pytest.raises(RunError, match=r"/x/after.ipynb could not be written: No space left.*untouched"):
        outcome("1")


def test_the_heading_above_is_the_nearest():
    content = notebook(text("## First\n\ntext\n\n### `Second` ##"), "1")
    assert ex.heading_above(content, 4) == "Second" and ex.heading_above(content, 2) == "Is all well?"


def test_messages_lose_their_colours_and_their_length():
    assert ex.plain("\x1b[0;31mValueError\x1b[0m: x") == "ValueError: x"
    assert len(ex.plain("x" * 5000)) == 600 and len(ex.plain("x" * 5000, longest=None)) == 5000
