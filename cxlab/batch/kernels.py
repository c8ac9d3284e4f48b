"""Kernels for a run: over ipc in a folder of their own, with this interpreter, and never left behind."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

MARK = "CXLAB_RUN"
_groups: dict[str, list[int]] = {}  # token -> process groups of the kernels started under it
_SOCKET_PATH_LIMIT = 90  # of the 107 bytes that a Unix socket's path may have


def new_token() -> str:
    """A name for one run that no other process carries in its environment."""
    return f"run-{secrets.token_hex(8)}"


def environment(root: Path, token: str, scratch: Path) -> dict[str, str]:
    """What a kernel sees: this process's environment, pinned where it would change results. PYTHONPATH is untouched."""
    env = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    env |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return env | {
        "PYTHONHASHSEED": "0",
        "CXLAB_ROOT": str(root),
        "IPYTHONDIR": str(scratch / "ipython"),  # nobody's personal start-up files in a report
        MARK: token,
    }


@contextmanager
def scratch_folder(token: str) -> Iterator[Path]:
    """A short-lived folder for one kernel's sockets and stray files. Its name tells a later run whose it was."""
    base = tempfile.gettempdir()
    folder = Path(
        tempfile.mkdtemp(
            prefix=f"cxlab-{token.split('.')[0]}-", dir="/tmp" if len(base) > _SOCKET_PATH_LIMIT - 50 else base
        )
    )
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kernel_class(scratch: Path, env: dict[str, str]) -> type:
    """A kernel manager class for one kernel, to be handed to papermill as `kernel_manager_class`.

    ipc with a folder of its own: tcp ports are raced for by neighbours, and the default ipc address is shared
    (papermill#511, measured). The kernel spec is made here, so that no installed "python3" spec decides which
    interpreter and which packages a report is computed with.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    work = scratch / "work"
    work.mkdir(exist_ok=True)

    class ReportKernel(AsyncKernelManager):
        """A kernel of this interpreter over ipc."""

        def __init__(self, **given: Any) -> None:
            super().__init__(
                **given, transport="ipc", ip=str(scratch / "k"), connection_file=str(scratch / "kernel.json")
            )
            main = Path(__file__).with_name("kernel_main.py")
            argv = [sys.executable, "-P", str(main), "-f", "{connection_file}", "--HistoryManager.enabled=False"]
            self._kernel_spec = KernelSpec(argv=argv, display_name="cxlab", language="python")

        async def start_kernel(self, **given: Any) -> None:
            """Start with the pinned environment, in an empty folder of its own."""
            await super().start_kernel(**{**given, "env": env, "cwd": str(work)})
            _groups.setdefault(env[MARK], []).append(self.provisioner.pid)

    return ReportKernel


def reap(token: str) -> list[int]:
    """Kill every process that carries `token`, or `token.anything`, in its environment: kernels and their children.

    Returns the process ids. Where there is no /proc, only the kernels' own process groups can be found.
    """
    if not Path("/proc/self/environ").exists():
        return _kill_groups(token)
    _groups.pop(token, None)
    needle = f"{MARK}={token}".encode()
    killed = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        pid = int(entry.parent.name)
        with suppress(OSError):
            carried = entry.read_bytes().split(b"\0")
            if pid != os.getpid() and any(each == needle or each.startswith(needle + b".") for each in carried):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
    return killed


def _kill_groups(token: str) -> list[int]:
    """Kill the process groups of this runner's kernels that belong to `token`; jupyter_client makes one for each."""
    killed = []
    for name in [each for each in _groups if each == token or each.startswith(f"{token}.")]:
        for group in _groups.pop(name):
            with suppress(OSError):
                os.killpg(group, signal.SIGKILL)
                killed.append(group)
    return killed


def sweep(token: str) -> None:
    """Remove what a run that did not end properly left behind: processes and scratch folders."""
    reap(token)
    for base in {tempfile.gettempdir(), "/tmp"}:
        for folder in Path(base).glob(f"cxlab-{token}-*"):
            shutil.rmtree(folder, ignore_errors=True)
