"""What a run would do: which notebooks, with which checked values, and a key that changes when anything would."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from cxlab import __version__
from cxlab.batch.parameters import Parameter, check_given, check_value, chosen, read_parameters
from cxlab.batch.scope import check_scope
from cxlab.errors import ParameterError, ProjectError
from cxlab.kpis.packs import PACKS, pack
from cxlab.models.passport.wishes import what_people_wrote
from cxlab.periods import Period
from cxlab.tables.project import SETTINGS_FILE, Project
from cxlab.tables.registers import read_people
from cxlab.tables.store import manifest, sha256

AUDIENCES = ("leaders",)


@dataclass(frozen=True)
class Job:
    """One notebook with its values. `key` is the same only if the result would be the same."""

    stem: str
    source: bytes
    parameters: dict[str, Any]
    key: str
    cells: int

    @property
    def sha(self) -> str:
        """The hash of the notebook's file, short."""
        return hashlib.sha256(self.source).hexdigest()[:7]


@dataclass(frozen=True)
class Plan:
    """A run before it starts. `name` is the folder it is published under, `others` the stems that were not chosen."""

    name: str
    period: Period
    parameters: dict[str, Any]
    jobs: tuple[Job, ...]
    others: tuple[str, ...]
    manifest: dict[str, Any]
    data: str
    version: str
    audience: str = "leaders"

    def leaves_alone(self, name: str) -> bool:
        """Whether a published page is of a notebook or a pack that this run does not make: it stays as it is."""
        made = {job.stem for job in self.jobs}
        stems = {*made, *self.others}
        return name not in made and any(name in (stem, *_pages(stem)) for stem in stems)


def _pages(stem: str) -> list[str]:
    return [f"{stem}-{each}" for each in PACKS]


def make_plan(
    project: Project,
    period: str,
    parameters: Mapping[str, Any] | None = None,
    only: Sequence[str] | None = None,
    audience: str = "leaders",
    packs: Sequence[str] | None = None,
) -> Plan:
    """Check everything that can be checked before a kernel starts. Raises ParameterError, ProjectError.

    A notebook with the parameter `pack` is run once for each of `packs` (default: all that the tables have something
    for), unless the parameter is given.
    """
    when = project.period(period)
    if audience not in AUDIENCES:
        raise ParameterError.unknown("audience", str(audience), AUDIENCES)
    paths = {path.stem: path for path in sorted(project.notebooks.glob("*.ipynb"))}
    stems = _chosen_stems(paths, only, project)
    read = {stem: _read(paths[stem]) for stem in stems}
    declared = {stem: read_parameters(notebook, paths[stem].name) for stem, (_, notebook) in read.items()}
    given = dict(parameters or {})
    if "period" in given:
        raise ParameterError("the period is given once, as in `cxlab run 2026-Q3`, not among the parameters.")
    check_given(given, declared)
    tables = manifest(project.root)
    check_scope(project, tables, when, given)
    data, surroundings = data_digest(project, tables), _surroundings()
    wanted, jobs = _packs(packs, tables), []
    for stem, (source, notebook) in read.items():
        for name, chosen_pack in _runs(stem, declared[stem], given, wanted).items():
            values = chosen(
                {**given, **chosen_pack, **_run_values(declared[stem], when, audience)},
                declared[stem],
                project.fiscal_year_starts,
            )
            key = _digest(_bare(notebook), values, data, surroundings, audience)
            cells = len(notebook.cells) + bool(values)  # papermill adds the cell with the values
            jobs.append(Job(name, source, values, key, cells))
    checked = _checked(given, declared)
    return Plan(
        name=folder_name(when, checked),
        period=when,
        parameters=checked,
        jobs=tuple(jobs),
        others=tuple(stem for stem in paths if stem not in read),
        manifest=tables,
        data=data,
        version=__version__,
        audience=audience,
    )


def _chosen_stems(paths: Mapping[str, Path], only: Sequence[str] | None, project: Project) -> list[str]:
    if not paths:
        raise ProjectError(f"there are no notebooks in {project.notebooks}. Put at least one there.")
    if only is not None and not list(only):
        raise ParameterError(f"no notebook was chosen. Known: {', '.join(paths)}.")
    wanted = [name.removesuffix(".ipynb") for name in only] if only is not None else list(paths)
    for name in wanted:
        if name not in paths:
            raise ParameterError.unknown("notebook", name, paths)
    return [stem for stem in paths if stem in wanted]


def _packs(packs: Sequence[str] | None, tables: Mapping[str, Any]) -> list[str]:
    """The packs to make pages of: those asked for, else all for which there is a table."""
    if packs is not None:
        return [pack(name).name for name in packs]
    return [each.name for each in PACKS.values() if set(each.tables) & set(tables["tables"])]


def _runs(
    stem: str, declared: Mapping[str, Parameter], given: Mapping[str, Any], packs: Sequence[str]
) -> dict[str, dict[str, str]]:
    """The pages that a notebook makes, with the value of `pack` for each: the default one keeps the notebook's name."""
    if "pack" not in declared or "pack" in given or not packs:
        return {stem: {}}
    usual = declared["pack"].default
    return {stem if name == usual else f"{stem}-{name}": {"pack": name} for name in packs}


def _read(path: Path) -> tuple[bytes, Any]:
    import nbformat

    try:
        source = path.read_bytes()
        return source, nbformat.reads(source.decode("utf-8"), as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as problem:
        raise ProjectError(f"{path} is not a readable notebook: {problem}. Save it again from JupyterLab.") from None


def _run_values(declared: Mapping[str, Parameter], period: Period, audience: str) -> dict[str, Any]:
    return {name: value for name, value in (("period", period.label), ("audience", audience)) if name in declared}


def _checked(given: Mapping[str, Any], declared: Mapping[str, Mapping[str, Parameter]]) -> dict[str, Any]:
    """The given values as the first notebook that declares them understands them."""
    first = {name: next(each[name] for each in declared.values() if name in each) for name in given}
    return {name: check_value(first[name], value) for name, value in sorted(given.items())}


def folder_name(period: Period, parameters: Mapping[str, Any]) -> str:
    """The folder of a run below reports: "2026-Q3", "2026-Q3--region-North-America".

    Different values have different names.
    """
    return "--".join([period.label, *(f"{name}-{_slug(value)}" for name, value in sorted(parameters.items()))])


def _slug(value: Any) -> str:
    text = "+".join(value) if isinstance(value, list) else str(value)
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", ascii_text).strip("-.")[:40]
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9.]+( [A-Za-z0-9.]+)*", value) and len(value) <= 40:
        return slug  # nothing was lost, so no two values can meet here
    if isinstance(value, bool | int):
        return str(value)
    return "-".join(part for part in (slug, hashlib.sha256(repr(value).encode()).hexdigest()[:6]) if part)


def data_digest(project: Project, tables: Mapping[str, Any]) -> str:
    """One hash over what the numbers depend on besides code: tables, where they came from, the company's settings, and
    what people wish of topics (a run lists new topics in that file, which wishes nothing)."""
    settings = project.root / SETTINGS_FILE
    known = {name: value for name, value in tables.items() if name != "loaded_at"}
    people = what_people_wrote(read_people(project).text)
    return _digest(known, settings.read_text(encoding="utf-8") if settings.is_file() else "", people)


def _bare(notebook: Any) -> list[Any]:
    """A notebook's cells without outputs and counts: running it in JupyterLab does not change it."""
    return [[cell.cell_type, cell.source, sorted(cell.metadata.get("tags", []))] for cell in notebook.cells]


@cache
def _surroundings() -> str:
    """One hash over this package's files, the interpreter and every installed package."""
    package = Path(__file__).resolve().parents[1]
    code = [
        [path.relative_to(package).as_posix(), sha256(path)]
        for path in sorted(package.rglob("*"))
        if path.is_file() and path.suffix != ".ipynb" and "__pycache__" not in path.parts
    ]
    installed = sorted({f"{each.metadata['Name']}=={each.version}" for each in metadata.distributions()})
    return _digest(code, installed, sys.version)


def _digest(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
