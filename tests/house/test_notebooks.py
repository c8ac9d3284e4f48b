"""The house's own notebooks keep the house's rules."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from cxlab.batch.parameters import check_value, read_parameters
from cxlab.report.lint import lint

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


def test_the_two_notebooks_of_the_main_job_are_there() -> None:
    assert {"00-check-the-data", "10-read-the-scorecard"} <= {path.stem for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_the_rules(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert lint(notebook) == []
    for parameter in read_parameters(notebook, path.name).values():
        assert parameter.meaning
        check_value(parameter, parameter.default)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_enters_git(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None
        assert "papermill" not in cell.metadata and "execution" not in cell.metadata
