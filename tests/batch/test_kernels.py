import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from cxlab.batch import kernels

from .toys import processes_with

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def test_a_kernel_sees_a_pinned_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    env = kernels.environment(tmp_path, "run-1.a", tmp_path / "scratch")
    assert env["OMP_NUM_THREADS"] == env["OPENBLAS_NUM_THREADS"] == env["MKL_NUM_THREADS"] == "1"
    assert env["PYTHONHASHSEED"] == "0" and env["CXLAB_ROOT"] == str(tmp_path) and env["CXLAB_RUN"] == "run-1.a"
    assert env["PYTHONPATH"] == "/somewhere" and "MPLBACKEND" not in env


def test_scratch_folders_are_short_enough_for_sockets_and_go_away(monkeypatch, tmp_path):
    deep = tmp_path / ("x" * 80)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with kernels.scratch_folder(kernels.new_token() + ".stem") as folder:
        assert folder.is_dir() and len(str(folder)) < kernels._SOCKET_PATH_LIMIT
    assert not folder.exists()


@on_linux
def test_only_processes_of_the_run_are_killed():
    token = kernels.new_token()

    def sleeper(mark):
        return subprocess.Popen(
            ["sleep", "60"], env={"CXLAB_RUN": mark, "PATH": "/usr/bin:/bin"}, start_new_session=True
        )

    mine, other = sleeper(f"{token}.stem"), sleeper(f"{token}x")
    try:
        assert kernels.reap(token) == [mine.pid]
        assert mine.wait(5) == -9 and other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_without_proc_the_kernels_groups_are_killed(monkeypatch):
    token = kernels.new_token()
    mine = subprocess.Popen(["sleep", "60"], start_new_session=True)
    monkeypatch.setitem(kernels._groups, f"{token}.stem", [mine.pid])
    assert kernels._kill_groups(token) == [mine.pid] and mine.wait(5) == -9
    assert kernels._kill_groups(token) == []


@on_linux
def test_sweeping_removes_what_a_run_left():
    token = kernels.new_token()
    folder = Path(tempfile.mkdtemp(prefix=f"cxlab-{token}-"))
    kernels.sweep(token)
    assert not folder.exists()


@on_linux
def test_a_kernel_process_dies_with_its_parent():
    main = Path(kernels.__file__).with_name("kernel_main.py")
    child = (
        "import runpy, sys, time\nrunpy.run_path(sys.argv[1])['die_with_parent']()\n"
        "print(1, flush=True)\ntime.sleep(60)"
    )
    parent = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', *sys.argv[1:]], stdout=subprocess.PIPE)\n"
        "child.stdout.readline(); print('ready', flush=True); time.sleep(60)\n"
    )
    token = kernels.new_token()
    process = subprocess.Popen(
        [sys.executable, "-c", parent, child, str(main)], stdout=subprocess.PIPE, env={"CXLAB_RUN": token}
    )
    assert process.stdout.readline().strip() == b"ready"
    assert len(processes_with(token)) == 2
    process.kill()
    process.wait()
    deadline = time.monotonic() + 5
    while processes_with(token) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_with(token) == []
