"""Tiny projects and notebooks for the tests of the batch floor. Nothing here needs another floor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cxlab.report.notebook import MIME
from cxlab.tables.project import Project

PERIOD = 'period: str = "2026-Q3"  # the period to report on'


def code(source: str, *tags: str) -> Any:
    return new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def text(source: str) -> Any:
    return new_markdown_cell(source)


def outputs(**record: Any) -> Any:
    content = {"headline": "All is well.", "findings": [], "kpis": [], **record}
    return code(
        "import json\nfrom IPython.display import display\n"
        f"display({{{MIME!r}: json.loads({json.dumps(content)!r}), 'text/plain': 'RECORD-TWIN'}}, raw=True)",
        "outputs",
    )


def notebook(
    *cells: Any, title: str = "Is all well?", parameters: str = PERIOD, ends: bool = True, **record: Any
) -> Any:
    """A notebook by the house's rules with `cells` in its middle; strings are code."""
    middle = [code(each) if isinstance(each, str) else each for each in cells]
    head = [text(f"# {title}\n\nWho decides what."), code(parameters, "parameters"), code("import os", "setup")]
    last = [text("## How we counted\n\nWith care."), outputs(**record)] if ends else []
    return new_notebook(cells=[*head, *middle, *last])


def project(root: Path, notebooks: dict[str, Any], **manifest: Any) -> Project:
    """A project folder with these notebooks and a manifest as `cxlab load` would leave it."""
    (root / "notebooks").mkdir(parents=True, exist_ok=True)
    (root / "data" / "processed").mkdir(parents=True, exist_ok=True)
    (root / "cxlab.toml").write_text('[company]\nname = "Toy & Sons"\n', encoding="utf-8")
    for stem, content in notebooks.items():
        nbformat.write(content, root / "notebooks" / f"{stem}.ipynb")
    blocks = [{"table": "responses", "rows_in": 1234, "rows_kept": 1200, "rows_set_aside": 34}]
    content = {
        "cxlab": "0.1.0",
        "loaded_at": "2026-10-01T00:00:00",
        "as_of": "2026-09-30T17:00:00",
        "sources": [{"file": "nps.csv", "sha256": "ab", "blocks": blocks}],
        "tables": {"responses": {"rows": 1200, "columns": [], "sha256": "7c1e9a00ff"}},
        **manifest,
    }
    (root / "data" / "processed" / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    return Project.read(root)


def processes_with(text: str) -> list[int]:
    """Ids of the processes that carry `text` in their environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if (
                text.encode() in entry.read_bytes()
                and (entry.parent / "stat").read_text().split(")")[1].split()[0] != "Z"
            ):
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes, staging left aside."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".staging" not in path.parts
    }
