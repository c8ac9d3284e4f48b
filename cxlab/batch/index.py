"""reports/index.html: the newest run's front page and the list of all runs, from their result.json files alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxlab.batch.front import front_of, page_of
from cxlab.batch.pages import Page, show
from cxlab.batch.publish import STAGING, read_result, replace_page
from cxlab.tables.project import Project


def rebuild_index(project: Project) -> Path:
    """Write reports/index.html anew, in one step. Raises OSError; the old page then stays.

    The newest period comes first; a run with parameters follows the run without. A folder whose result.json cannot
    be read is named as damaged, never left out.
    """
    runs, damaged = [], []
    folders = [each for each in sorted(project.reports.iterdir()) if each.is_dir() and each.name != STAGING]
    for folder in folders:
        result = read_result(folder)
        if result is not None and _can_be_told(result):
            runs.append((folder.name, result))
        elif any(folder.glob("*.html")):
            damaged.append(folder.name)
    runs.sort(key=lambda run: run[0])
    runs.sort(key=lambda run: not run[1]["parameters"], reverse=True)
    runs.sort(key=lambda run: (run[1]["period"]["end"], run[1]["period"]["start"]), reverse=True)
    path = project.reports / "index.html"
    replace_page(path, _page(project, runs, damaged).encode("utf-8", "replace"))
    return path


def _can_be_told(result: Mapping[str, Any]) -> bool:
    """Whether the result has everything that a page needs; one by another version of cxlab may not."""
    try:
        page_of(result), _earlier("", result), result["rows"]["in"], result["seconds"], result["data"], result["cxlab"]
    except (KeyError, TypeError, AttributeError, ValueError):
        return False
    return True


def _page(project: Project, runs: list[tuple[str, dict[str, Any]]], damaged: list[str]) -> str:
    if not runs:
        page = Page(title=f"Customer experience review · {project.company}", eyebrow=[project.company])
        return show("empty.html.j2", page, damaged=damaged)
    newest, result = runs[0]
    return show(
        "front.html.j2",
        page_of(result),
        front=front_of(result),
        result=result,
        base=f"{newest}/",
        earlier=[_earlier(name, each) for name, each in runs[1:]],
        damaged=damaged,
    )


def _earlier(name: str, result: Mapping[str, Any]) -> dict[str, Any]:
    front = front_of(result)
    asked = [f"{key} {given}" for key, given in sorted(result["parameters"].items())]
    return {
        "folder": name,
        "title": ", ".join([result["period"]["words"], *asked]),
        "headline": front.headline,
        "failed": len(front.failed),
        "count": len(front.reports),
        "ran_at": result["ran_at"],
    }
