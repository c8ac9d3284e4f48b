"""`cxlab check`: what would stop or spoil a run, found without starting a kernel."""

from __future__ import annotations

from pathlib import Path

from cxlab.batch.parameters import check_value, read_parameters
from cxlab.errors import CxlabError
from cxlab.report.lint import lint
from cxlab.tables.project import Project
from cxlab.tables.schema import problems
from cxlab.tables.store import load, manifest, sha256


def check_project(project: Project) -> list[str]:
    """Everything that is wrong with the project's notebooks, their parameters and its tables; a line each.

    An empty list means that nothing has to be mended. A project into which nothing was loaded yet has no tables to
    check.
    """
    paths = sorted(project.notebooks.glob("*.ipynb"))
    faults = [f"{path.name}: {fault}" for path in paths for fault in _notebook(path, project)]
    if not paths:
        faults.append(f"there are no notebooks in {project.notebooks}.")
    return faults + _tables(project)


def _notebook(path: Path, project: Project) -> list[str]:
    import nbformat

    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as problem:
        return [f"not a readable notebook: {problem}. Save it again from JupyterLab."]
    faults = list(lint(notebook))
    try:
        for parameter in read_parameters(notebook, path.name).values():
            check_value(parameter, parameter.default, project.fiscal_year_starts)
    except CxlabError as problem:
        faults.append(str(problem))
    return faults


def _tables(project: Project) -> list[str]:
    """Tables that are not what the last load wrote, or hold values that do not fit their description."""
    if not any(project.processed.glob("*.parquet")):
        return []
    try:
        known = manifest(project.root)["tables"]
    except (CxlabError, KeyError) as problem:
        return [str(problem)]
    faults = []
    for name, about in known.items():
        path = project.processed / f"{name}.parquet"
        if not path.is_file() or sha256(path) != about.get("sha256"):
            faults.append(f"{path} is not as `cxlab load` wrote it. Run `cxlab load` again.")
            continue
        wrong = problems(name, load(name, project.root))
        if len(wrong):
            first = wrong.iloc[0]
            faults.append(
                f"the table {name} has {len(wrong)} values that do not fit, the first in column {first['column']}: "
                f"{first['found']!r}, expected {first['expected']}. Run `cxlab load` again."
            )
    return faults
