"""The batch floor: notebooks run by papermill, judged here, rendered without code and published all or nothing."""

from __future__ import annotations

from cxlab.batch.check import check_project
from cxlab.batch.index import rebuild_index
from cxlab.batch.progress import Progress, show_progress
from cxlab.batch.render import render_notebook
from cxlab.batch.runner import NotebookResult, RunResult, run

__all__ = [
    "NotebookResult",
    "Progress",
    "RunResult",
    "check_project",
    "rebuild_index",
    "render_notebook",
    "run",
    "show_progress",
]
