"""The register of topics and people's file about topics, on disk: whole or not at all, no run over another."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cxlab.errors import InputError, ProjectError
from cxlab.tables.project import Project
from cxlab.tables.store import write_atomically


@dataclass(frozen=True)
class Stored:
    """A text as found on disk. `text` is None where there is no file; `stamp` says which version of it was seen.

    `mark`: whether the file begins with a byte-order mark, which spreadsheets need to read UTF-8; it is not in `text`.
    """

    path: Path
    text: str | None
    stamp: str
    mark: bool = False


def read_register(project: Project) -> Stored:
    """The register of topics as text; what it says is read by `Register.from_json`. Raises ProjectError."""
    return _read(
        project.topics_register,
        "Put a copy of the file back, or delete it and run again: the register is then built anew from the comments.",
    )


def write_register(project: Project, text: str, seen: Stored) -> Stored:
    """Replace the register, unless somebody else did since `seen` was read. Raises ProjectError, the old one kept."""
    return _replace(project.topics_register, text, seen, "Run again: the run then builds on what the other one found.")


def read_people(project: Project) -> Stored:
    """People's file about topics as text; what it says is read by `read_wishes`. Raises InputError or ProjectError."""
    return _read(project.topics_file, 'Save it again as "CSV UTF-8 (comma delimited)".')


def read_coded(project: Project) -> Stored:
    """Comments that people coded by hand, as text: `topics-coded.csv` beside people's file. Raises as `read_people`."""
    return _read(project.topics_coded, 'Save it again as "CSV UTF-8 (comma delimited)".')


def write_people(project: Project, text: str, seen: Stored) -> Stored:
    """Write people's file, unless somebody else did since `seen` was read: what people wrote is never lost.

    Raises ProjectError, the file untouched.
    """
    mark = seen.mark or seen.text is None
    return _replace(project.topics_file, text, seen, "Run again: their words then stay in it.", mark)


def _read(path: Path, mend: str) -> Stored:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Stored(path, None, "")
    except OSError as problem:
        raise ProjectError(f"{path} could not be read: {problem}. Make it a file that you may read.") from problem
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        row = data.count(b"\n", 0, problem.start) + 1
        raise InputError.at(str(path), "the bytes are not UTF-8 text", mend, row=row) from None
    return Stored(path, text, _stamp(data), data.startswith(codecs.BOM_UTF8))


def _replace(path: Path, text: str, seen: Stored, mend: str, mark: bool = False) -> Stored:
    data = text.encode("utf-8-sig" if mark else "utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ProjectError(f"the folder {path.parent} could not be made: {problem}.") from problem
    with _alone(path.parent):
        now = _read_stamp(path)
        if now != seen.stamp:
            raise ProjectError(f"{path} was changed by somebody else while this run was at work. {mend}")
        if _stamp(data) != now:  # the same words: the file keeps its date
            write_atomically(path, data)
    return Stored(path, text, _stamp(data), mark)


def _read_stamp(path: Path) -> str:
    try:
        return _stamp(path.read_bytes())
    except FileNotFoundError:
        return ""
    except OSError as problem:
        raise ProjectError(f"{path} could not be read: {problem}. Make it a file that you may read.") from problem


def _stamp(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One run at a time looks and replaces. The lock is the folder's own, so no file of ours is left behind.

    Where folders cannot be locked (Windows, some network drives) the stamp still tells, but for the blink in between.
    """
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
