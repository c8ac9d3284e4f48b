"""What people see while a run is at work: a live display on a terminal, one plain line a notebook elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

ENDS = ("ok", "unchanged", "failed", "died", "timeout", "incomplete", "not run")
_WORDS = {"ok": "done", "timeout": "took too long", "incomplete": "not finished"}


@dataclass(frozen=True)
class Progress:
    """One step of one notebook. `state` is waiting, running or one of ENDS; `cell` of `cells` while it runs."""

    stem: str
    state: str
    cell: int = 0
    cells: int = 0
    seconds: float = 0.0
    note: str = ""


def line(step: Progress) -> str:
    """A finished notebook in one line: "10-read-the-scorecard  done in 3.2 s"."""
    took = f" in {step.seconds:.1f} s" if step.seconds and step.state != "unchanged" else ""
    note = " ".join(step.note.split())
    return f"{step.stem}  {_WORDS.get(step.state, step.state)}{took}" + (f"  {note[:200]}" if note else "")


@contextmanager
def show_progress(stream: IO[str] | None = None) -> Iterator[Callable[[Progress], None]]:
    """Gives the function to hand to `run(on_progress=...)`. Writes to `stream`, standard error if none is given."""
    out = stream or sys.stderr
    if out.isatty():
        with _live(out) as hear:
            yield hear
        return
    lock = threading.Lock()

    def hear_plainly(step: Progress) -> None:
        if step.state in ENDS:
            with lock:
                out.write(line(step) + "\n")
                out.flush()

    yield hear_plainly


@contextmanager
def _live(out: IO[str]) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    colours = {"ok": "green", "unchanged": "dim", "running": "", "waiting": "dim", "not run": "dim"}
    columns = (TextColumn("{task.description}"), BarColumn(24), TextColumn("{task.fields[said]}"), TimeElapsedColumn())
    lock = threading.Lock()
    tasks: dict[str, int] = {}
    with Bars(*columns, console=Console(file=out)) as bars:

        def hear(step: Progress) -> None:
            with lock:
                if step.stem not in tasks:
                    tasks[step.stem] = bars.add_task(escape(step.stem), total=step.cells or 1, said="", start=False)
                task = tasks[step.stem]
                colour = colours.get(step.state, "red")
                note = f" {' '.join(step.note.split())[:100]}" if step.note else ""
                said = (
                    f"cell {step.cell} of {step.cells}"
                    if step.state == "running"
                    else _WORDS.get(step.state, step.state)
                )
                said = escape(said + note)
                if step.state == "running" and step.cell <= 1:
                    bars.start_task(task)
                done = step.cells if step.state in ("ok", "unchanged") else step.cell
                bars.update(
                    task, total=step.cells or 1, completed=done, said=f"[{colour}]{said}[/]" if colour else said
                )
                if step.state in ENDS:
                    bars.stop_task(task)

        yield hear
