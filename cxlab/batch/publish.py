"""From staging to published: everything is made beside, and a finished folder is renamed into place.

reports/.staging/lock            held (flock) by the one runner at work
reports/.staging/run-<token>/    a run in the making; `<stem>.done.json` marks a finished notebook
reports/.staging/old--<name>     a published folder on its way out; put back if the way was cut short
reports/<name>/                  a published run; result.json, written last, holds the hash of every file
reports/index.html               rebuilt from the result.json files, replaced in one step
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cxlab.batch.kernels import sweep
from cxlab.errors import RunError
from cxlab.tables.store import replace_file, sha256

STAGING = ".staging"
RESULT = "result.json"
DONE = ".done.json"
_OLD = "old--"
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


@contextmanager
def only_runner(reports: Path) -> Iterator[Path]:
    """Hold the reports folder for this runner; gives the staging folder. Raises RunError when it cannot be used."""
    staging = reports / STAGING
    try:
        staging.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=reports, prefix=".try-"):
            pass
        lock = (staging / "lock").open("a+", encoding="utf-8")
    except OSError as problem:
        raise RunError(
            f"{reports} cannot be written: {problem.strerror or problem}. Nothing was run. "
            "Make it a folder you may write to, or move what stands in its place."
        ) from problem
    with lock:
        _lock(lock, reports)
        try:
            yield staging
        finally:
            lock.truncate(0)


def _lock(lock: Any, reports: Path) -> None:
    try:
        import fcntl
    except ImportError:  # not on Windows; two runners there are not kept apart
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        who = lock.read().strip() or "unknown"
        raise RunError(
            f"another run is at work on {reports} (process {who}). Wait until it has finished, then run again."
        ) from None
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()


def recover(reports: Path) -> list[Path]:
    """Tidy up after runs that did not end properly; gives their staging folders, whose finished notebooks still count.

    Call with the lock held: then whatever is in staging is nobody's any more.
    """
    staging, left = reports / STAGING, []
    for folder in sorted(staging.iterdir()):
        if folder.name.startswith(_OLD):
            target = reports / folder.name.removeprefix(_OLD)
            if target.exists():
                shutil.rmtree(folder, ignore_errors=True)
            else:
                os.rename(folder, target)
        elif folder.is_dir():
            sweep(folder.name)
            left.append(folder)
    for stray in [*reports.glob(".index.html.*"), *reports.glob(".try-*")]:
        stray.unlink(missing_ok=True)
    return left


def is_intact(folder: Path, files: Mapping[str, str]) -> bool:
    """Whether all these files (name -> sha256) are in the folder, unchanged."""
    try:
        return bool(files) and all(sha256(folder / name) == known for name, known in files.items())
    except OSError:
        return False


def write_durably(path: Path, data: bytes) -> str:
    """Write a new file and wait until it is on the disk; gives its sha256."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(data).hexdigest()


def link(source: Path, target: Path) -> None:
    """The same file in another folder, without copying where the file system can do that."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def as_json(content: Any) -> bytes:
    """Content as JSON that every reader understands: not-a-number and infinity become null."""
    return (json.dumps(_finite(content), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _finite(content: Any) -> Any:
    if isinstance(content, float) and not math.isfinite(content):
        return None
    if isinstance(content, Mapping):
        return {str(name): _finite(each) for name, each in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(each) for each in content]
    return content


def read_result(folder: Path) -> dict[str, Any] | None:
    """The result.json of a published (or staged) folder; None if there is none or it is damaged."""
    return _read(folder / RESULT, ("period", "notebooks", "files"))


def read_done(folder: Path) -> Iterator[dict[str, Any]]:
    """The entries of the notebooks that were finished in a staging folder."""
    for path in sorted(folder.glob(f"*{DONE}")):
        entry = _read(path, ("stem", "key", "status", "files"))
        if entry is not None:
            yield entry


def _read(path: Path, needed: tuple[str, ...]) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and all(name in content for name in needed) else None


def publish(staged: Path, target: Path) -> None:
    """Put a finished folder where readers look, in one step; what was there before goes afterwards."""
    _sync_folder(staged)
    if not target.exists():
        os.rename(staged, target)
    elif not _exchange(staged, target):
        old = target.parent / STAGING / f"{_OLD}{target.name}"
        os.rename(target, old)
        os.rename(staged, target)
        shutil.rmtree(old, ignore_errors=True)
    _sync_folder(target.parent)
    shutil.rmtree(staged, ignore_errors=True)  # after an exchange this is the old report


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step (Linux renameat2); False where the system cannot."""
    import ctypes

    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    return call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0


def replace_page(path: Path, data: bytes) -> None:
    """Replace a page in one step and wait until the folder knows."""
    replace_file(path, data)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some file systems cannot
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
