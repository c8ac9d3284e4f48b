"""Run one notebook with papermill, and decide by ourselves whether it succeeded.

papermill saves "completed" for cells that never ran when a kernel dies, times out or exits (measured), so nothing it
writes about success is believed: no exception, every code cell executed, the outputs cell ran, a record exists.
"""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlab.batch.kernels import environment, kernel_class, reap, scratch_folder
from cxlab.errors import RunError
from cxlab.report.notebook import MIME as RECORD

NO_PLACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.M)
_LONGEST_MESSAGE = 600


@dataclass(frozen=True)
class Outcome:
    """What became of a notebook.

    `status` is ok, failed, died, timeout or incomplete. `notebook` is the executed node, as far as it came;
    `stopped_at` is the index of the cell it did not get past, `heading` the nearest heading above that cell, `message`
    the reason.
    """

    status: str
    notebook: Any
    record: dict[str, Any] | None = None
    stopped_at: int | None = None
    heading: str = ""
    message: str = ""


def execute(
    source: bytes,
    parameters: dict[str, Any],
    root: Path,
    token: str,
    timeout: float | None = None,
    on_cell: Callable[[int], None] | None = None,
) -> Outcome:
    """Execute the notebook with these (checked) parameters in a kernel of its own.

    `timeout` is seconds per cell; `on_cell` hears the number of each cell as it starts. Nothing is written outside a
    scratch folder. Raises RunError when the machine, not the notebook, is at fault (no space to write).
    """
    import nbformat

    reached = [0]

    def started(cell: Any, cell_index: int) -> None:
        reached[0] = cell_index
        if on_cell is not None:
            on_cell(cell_index)

    with scratch_folder(token) as scratch:
        before, after = scratch / "before.ipynb", scratch / "after.ipynb"
        try:
            before.write_bytes(source)
            status, message = _papermill(before, after, parameters, timeout, started, scratch, root, token)
            executed = after if after.exists() else before
            content = _stable(json.loads(executed.read_text(encoding="utf-8")))
            notebook = nbformat.reads(json.dumps(content), as_version=4)
        except OSError as problem:
            raise no_place(problem, scratch) from problem
        finally:
            reap(token)
    stopped_at: int | None = reached[0]
    if status == "ok":
        status, message, stopped_at = _judge(notebook)
    if status != "ok":
        notebook.metadata["cxlab"]["status"] = status
        notebook.metadata["cxlab"]["stopped_at"] = stopped_at
        for cell in notebook.cells[(stopped_at or 0) + 1 :]:
            if cell.cell_type == "code":  # papermill calls these completed
                cell.execution_count, cell.outputs = None, []
    return Outcome(
        status,
        notebook,
        record_of(notebook) if status == "ok" else None,
        stopped_at,
        heading_above(notebook, stopped_at) if stopped_at is not None else "",
        message,
    )


def no_place(problem: OSError, where: Path) -> RunError:
    """The error for a disk that is full or cannot be written."""
    return RunError(
        f"{problem.filename or where} could not be written: {problem.strerror or problem}. Reports published before "
        "are untouched. Make room (or mend the permissions) and run again; notebooks that were finished are not "
        "run twice."
    )


def _papermill(
    before: Path,
    after: Path,
    parameters: dict[str, Any],
    timeout: float | None,
    started: Callable[..., None],
    scratch: Path,
    root: Path,
    token: str,
) -> tuple[str, str]:
    import logging

    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # outcomes are told by the runner, once
    try:
        papermill.execute_notebook(
            _literal(before),
            _literal(after),
            parameters=parameters,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=None,
            autosave_cell_every=0,
            execution_timeout=timeout,
            kernel_manager_class=kernel_class(scratch, environment(root, token, scratch)),
            shutdown_kernel="immediate",
            record_timing=False,
            on_cell_start=started,
        )
    except PapermillExecutionError as problem:
        return "failed", plain(f"{problem.ename}: {problem.evalue}")
    except CellTimeoutError:
        return "timeout", f"The cell was still running after {timeout:g} seconds and was stopped."
    except DeadKernelError:
        return "died", "The computation died (often: not enough memory). Nothing after this point was computed."
    except OSError as problem:
        if problem.errno in NO_PLACE:
            raise
        return "failed", plain(f"{type(problem).__name__}: {problem}")
    except Exception as problem:  # a notebook must never take the other notebooks down with it
        status = "died" if "died" in str(problem).lower() else "failed"
        return status, plain(f"{type(problem).__name__}: {problem}")
    return "ok", ""


def _literal(path: Path) -> str:
    """papermill passes paths through str.format."""
    return str(path.resolve()).replace("{", "{{").replace("}", "}}")


def _stable(content: dict[str, Any]) -> dict[str, Any]:
    """The notebook without what differs between two equal runs: random ids, times, paths, papermill's markers."""
    cells = [
        cell for cell in content["cells"] if "papermill-error-cell-tag" not in cell.get("metadata", {}).get("tags", [])
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:02d}"
        for noise in ("papermill", "execution", "execution_time"):
            cell.setdefault("metadata", {}).pop(noise, None)
    content["cells"] = cells
    given = content["metadata"].pop("papermill", {}).get("parameters", {})
    content["metadata"]["cxlab"] = {"status": "ok", "parameters": given}
    content["nbformat"], content["nbformat_minor"] = 4, 5
    return content


def _judge(notebook: Any) -> tuple[str, str, int | None]:
    """Whether a notebook that raised nothing really came to its end: status, message, the cell it stopped at."""
    tagged = False
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        exits = any(output.get("ename") == "SystemExit" for output in cell.outputs)
        if exits or cell.execution_count is None:
            return "incomplete", "The notebook stopped here without an error, before its end.", index
        tagged = tagged or "outputs" in cell.metadata.get("tags", [])
    last = len(notebook.cells) - 1
    if not tagged:
        return "incomplete", "The notebook has no cell tagged 'outputs', so it recorded nothing.", last
    if record_of(notebook) is None:
        return "incomplete", "The notebook ran to its end but recorded nothing (cx.record in its last cell).", last
    return "ok", "", None


def record_of(notebook: Any) -> dict[str, Any] | None:
    """What the notebook recorded for the index page: the last record among its outputs, None if there is none."""
    found = None
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(RECORD)
            if isinstance(record, str):
                record = json.loads(record)
            found = record if isinstance(record, dict) else found
    return found


def heading_above(notebook: Any, index: int) -> str:
    """The nearest markdown heading at or above a cell, as plain text."""
    for cell in reversed(notebook.cells[: index + 1]):
        headings = _HEADING.findall(cell.source) if cell.cell_type == "markdown" else []
        if headings:
            return re.sub(r"[*_`]", "", headings[-1])
    return ""


def plain(text: str, longest: int | None = _LONGEST_MESSAGE) -> str:
    """A message without terminal colours, cut to a length a page can hold."""
    text = _ANSI.sub("", text).strip()
    return text if longest is None or len(text) <= longest else text[: longest - 1] + "…"
