"""The tables on disk: load, scan, save, and the manifest that says where every row came from."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import ProjectError, TableError
from cxlab.tables import engines
from cxlab.tables.canonical import TABLES
from cxlab.tables.project import Project
from cxlab.tables.schema import Intake, known

MANIFEST = "manifest.json"
SET_ASIDE = "set-aside"


def sha256(path: Path) -> str:
    """The hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file in one step: a reader sees the old one or the new one, never a part. Raises OSError."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def write_atomically(path: Path, data: bytes) -> None:
    """`replace_file`, with the folder made if need be; raises ProjectError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
    except OSError as problem:
        raise ProjectError(
            f"{path} could not be written: {problem}. The file that was there is untouched."
        ) from problem


def manifest(root: str | Path | None = None) -> dict[str, Any]:
    """What the last `cxlab load` read, kept and set aside. Raises ProjectError when nothing has been loaded."""
    return _manifest(Project.find(root))


def _manifest(project: Project) -> dict[str, Any]:
    path = project.processed / MANIFEST
    if not path.is_file():
        raise ProjectError(
            f"no tables in {project.processed}: either nothing was loaded yet or the last load did not finish. "
            "Run `cxlab load` (or `cxlab demo` first, for the sample company)."
        )
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or not isinstance(found.get("tables"), dict):
            raise ValueError("it does not name any tables")
        return found
    except ValueError as problem:
        raise _damaged(path, problem) from None


def _damaged(path: Path, problem: object) -> ProjectError:
    return ProjectError(f"{path} is damaged ({problem}). Run `cxlab load` again.")


def table_names(root: str | Path | None = None) -> list[str]:
    """Names of the canonical tables that the project has, in the house's order; with a warehouse those it has."""
    project = Project.find(root)
    if engines.is_warehouse(project):
        return list(engines.in_warehouse(project))
    return [name for name in TABLES if name in _manifest(project)["tables"]]


def _stored(name: str, root: str | Path | None) -> tuple[Project, Path]:
    known(name)
    project = Project.find(root)
    have = _manifest(project)["tables"]
    path = project.processed / f"{name}.parquet"
    if name not in have:
        raise TableError.absent(name, have)
    if not path.is_file():
        raise _damaged(path, "the file is gone, though the last load wrote it")
    return project, path


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as problem:
        raise _damaged(path, problem) from None


def load(name: str, root: str | Path | None = None) -> pd.DataFrame:
    """A canonical table as a pandas frame. Raises TableError when the project has none of that name."""
    _, path = _stored(name, root)
    return _read(path)


def scan(name: str, root: str | Path | None = None) -> Any:
    """A canonical table on the project's engine: a DuckDB relation, a frame of Polars, Spark or pandas, an Ibis table.

    Nothing is read until a KPI asks for its counts (pandas excepted), so that a table may be larger than memory. With a
    warehouse in [engine] it is the table there. Raises NotInstalled, ProjectError or TableError.
    """
    known(name)
    project = Project.find(root)
    if engines.is_warehouse(project):
        return engines.from_warehouse(project, name)
    project, path = _stored(name, root)
    if project.engine == "pandas":
        return _read(path)
    _check_footer(path)
    return engines.on_files(project, path)


def upload(root: str | Path | None = None) -> list[str]:
    """Copy the tables that `cxlab load` wrote into the warehouse that [engine] names; gives back their names there.

    A table of the same name is replaced, one after the other: not all or nothing. Who fills the warehouse otherwise
    does not need this. Raises ProjectError when the engine reads the files themselves.
    """
    project = Project.find(root)
    if not engines.is_warehouse(project):
        raise ProjectError(
            f"the engine {project.engine!r} reads the files of `cxlab load` as they are: there is nothing to upload. "
            'A warehouse is [engine] name = "ibis" with a url, path or connect.'
        )
    names = [name for name in TABLES if name in _manifest(project)["tables"]]
    for name in names:
        engines.to_warehouse(project, name, _stored(name, root)[1])
    return [engines.in_warehouse(project)[name] for name in names]


def _check_footer(path: Path) -> None:
    """Engines read lazily: a damaged file would show only later, and in the engine's words."""
    import pyarrow.parquet

    try:
        pyarrow.parquet.read_schema(path)
    except (OSError, ValueError) as problem:
        raise _damaged(path, problem) from None


def set_aside(name: str, root: str | Path | None = None) -> pd.DataFrame:
    """The rows of a table that did not fit, as received, with `source`, `row` and `why`. Empty when all fitted."""
    known(name)
    path = Project.find(root).processed / SET_ASIDE / f"{name}.parquet"
    return _read(path) if path.is_file() else pd.DataFrame({"source": [], "row": [], "why": []})


def save(project: Project, intakes: Mapping[str, Intake], manifest: dict[str, Any]) -> None:
    """Replace the project's tables by these, all or nothing.

    Everything is written beside first. The manifest goes before the first table is replaced and comes back last, so
    that a load that was interrupted in between is noticed by the next reader instead of being believed.
    """
    staging = None
    try:
        project.processed.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=project.processed, prefix=".staging-"))
        (staging / SET_ASIDE).mkdir()
        described = {}
        for name, intake in intakes.items():
            data = _parquet(intake.table)
            (staging / f"{name}.parquet").write_bytes(data)
            if len(intake.set_aside):
                (staging / SET_ASIDE / f"{name}.parquet").write_bytes(_parquet(intake.set_aside))
            described[name] = {
                "rows": len(intake.table),
                "columns": [str(column) for column in intake.table.columns],
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        (project.processed / MANIFEST).unlink(missing_ok=True)
        for old in [*project.processed.glob("*.parquet"), *(project.processed / SET_ASIDE).glob("*.parquet")]:
            old.unlink()
        (project.processed / SET_ASIDE).mkdir(exist_ok=True)
        for new in sorted(staging.rglob("*.parquet")):
            os.replace(new, project.processed / new.relative_to(staging))
        text = json.dumps({**manifest, "tables": described}, indent=1, ensure_ascii=False)
        write_atomically(project.processed / MANIFEST, text.encode())
    except OSError as problem:
        raise ProjectError(f"the tables could not be written to {project.processed}: {problem}.") from problem
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def _parquet(frame: pd.DataFrame) -> bytes:
    """The same frame gives the same bytes: the hash in the manifest then tells whether a table changed."""
    buffer = io.BytesIO()
    frame.reset_index(drop=True).to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()
