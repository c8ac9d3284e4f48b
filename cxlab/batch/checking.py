"""`cxlab check`: what can be told to be wrong before anything runs."""

from __future__ import annotations

import nbformat

from cxlab.batch.parameters import read_parameters
from cxlab.errors import CxlabError
from cxlab.report.lint import lint
from cxlab.tables import schema, store
from cxlab.tables.project import Project


def check_project(project: Project) -> list[str]:
    """Everything to mend in the notebooks, their parameters and the stored tables, a line each; empty when all is well."""
    faults = []
    for path in sorted(project.notebooks.glob("*.ipynb")):
        try:
            notebook = nbformat.read(path, as_version=4)
        except Exception as problem:  # nbformat raises many kinds; the reader needs the file and the reason
            faults.append(f"{path.name}: cannot be read as a notebook ({problem})")
            continue
        faults += [f"{path.name}: {fault}" for fault in lint(notebook)]
        try:
            read_parameters(notebook, path.name)
        except CxlabError as problem:
            faults.append(str(problem))
    return faults + _tables(project)


def _tables(project: Project) -> list[str]:
    """Rows of stored tables that do not fit their description; nothing where nothing was loaded yet."""
    if not (project.processed / store.MANIFEST).is_file():
        return []
    faults = []
    for name in store.table_names(project.root):
        wrong = schema.problems(name, store.load(name, project.root))
        if len(wrong):
            first = wrong.iloc[0]
            faults.append(
                f"the table {name} has {len(wrong)} values that do not fit, the first in column {first['column']}: "
                f"{first['found']!r}, expected {first['expected']}. Run `cxlab load` again."
            )
    return faults
