"""Start a kernel that dies with the runner that started it. Run as a file, in the kernel's own process.

Not imported by anything: `kernels.py` gives this path to the interpreter. Python's own "-m ipykernel_launcher" leaves
kernels behind when the runner is killed at a bad moment (measured: one was still alive after 22 minutes).
"""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from pathlib import Path


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends; elsewhere ipykernel's own polling has to do."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    set_parent_death_signal = 1
    ctypes.CDLL(None, use_errno=True).prctl(set_parent_death_signal, signal.SIGKILL)
    if os.environ.get("JPY_PARENT_PID", str(os.getppid())) != str(os.getppid()):
        os._exit(1)  # the runner ended before the line above took hold


def main() -> None:
    """Become a kernel. The arguments are those of ipykernel."""
    die_with_parent()
    if importlib.util.find_spec("cxlab") is None:  # run from a checkout that is not installed
        sys.path.append(str(Path(__file__).resolve().parents[2]))
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()


if __name__ == "__main__":
    main()
