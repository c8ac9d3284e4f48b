"""One run: notebooks in parallel, each outcome decided here, everything published by renaming a finished folder."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlab.batch import clock
from cxlab.batch.assemble import carried_over, entry_of, finish, write_entry
from cxlab.batch.execute import execute, no_place
from cxlab.batch.index import rebuild_index
from cxlab.batch.kernels import new_token, reap
from cxlab.batch.plan import Job, Plan, data_digest, make_plan
from cxlab.batch.progress import Progress
from cxlab.batch.publish import is_intact, link, only_runner, read_done, read_result, recover
from cxlab.errors import ParameterError, ProjectError, RunError
from cxlab.tables.project import Project
from cxlab.tables.store import manifest

UNCHANGED = "skipped-unchanged"
_LONGEST_GOODBYE = 20.0  # seconds that kernels get to be gone after a signal


@dataclass(frozen=True)
class NotebookResult:
    """What became of one notebook of a run.

    `status` is ok, skipped-unchanged, failed, died, timeout, incomplete, or not-run (the run was stopped before).
    """

    stem: str
    status: str
    seconds: float = 0.0
    heading: str = ""
    message: str = ""
    page: Path | None = None


@dataclass(frozen=True)
class RunResult:
    """What became of a run. `exit_code`: 0 all well, 1 some notebooks failed, 130 or 143 stopped by a signal.

    `folder` is the published folder, `index` the list of all runs; both None when the run was stopped.
    """

    exit_code: int
    notebooks: tuple[NotebookResult, ...]
    folder: Path | None = None
    index: Path | None = None
    seconds: float = 0.0


class _Stop:
    """Whether the run has to end early: the number of a signal, or an error of the machine."""

    def __init__(self) -> None:
        self.signal = 0
        self.error: RunError | None = None

    def __bool__(self) -> bool:
        return bool(self.signal or self.error)


def run(
    project: Project,
    period: str,
    parameters: Mapping[str, Any] | None = None,
    only: Sequence[str] | None = None,
    workers: int | None = None,
    audience: str = "leaders",
    force: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    timeout: float | None = 1800.0,
    packs: Sequence[str] | None = None,
) -> RunResult:
    """Run the project's notebooks (or `only` these stems) for a period and publish their reports.

    A notebook that knows packs makes a page of each of `packs` (default: all there are tables for). `parameters` go to
    the notebooks that declare them. `workers` notebooks run at a time (a core each, if not given);
    `timeout` is seconds per cell. What has not changed is not run again unless `force`. A failed notebook is a line on
    the index page, never a missing one. Raises ParameterError and ProjectError before a kernel starts, and RunError
    when the machine is at fault (disk full, reports folder not writable); reports published before are then untouched.
    """
    plan = make_plan(project, period, parameters, only, audience, packs)
    workers = _workers(workers)
    began, token = clock.ticks(), new_token()
    with only_runner(project.reports) as staging, _signals() as stop:
        staged, published = staging / token, project.reports / plan.name
        try:
            left = recover(project.reports)
            staged.mkdir()
            kept = {} if force else _unchanged(plan, staged, [published, *left])
            entries = _run_all(project, plan, staged, token, workers, timeout, kept, stop, on_progress or _nobody)
            if not stop and not _is_same_data(project, plan):
                stop.error = RunError(
                    "the tables changed while the run was at work, so its numbers do not belong together. "
                    "Nothing was published. Wait until `cxlab load` has finished, then run again."
                )
            if stop:
                return _stopped(plan, entries, kept, stop, clock.ticks() - began)
            if not _is_published(published, plan, kept):
                entries += carried_over(plan, published, staged)
                finish(project, plan, staged, published, entries, clock.ticks() - began)
            index = rebuild_index(project)
        except OSError as problem:
            raise no_place(problem, staged) from problem
        for folder in [*left, staged]:
            shutil.rmtree(folder, ignore_errors=True)
    results = tuple(
        _result(each, published, kept) for each in entries if each["stem"] in {job.stem for job in plan.jobs}
    )
    code = 0 if all(each.status in ("ok", UNCHANGED) for each in results) else 1
    return RunResult(code, results, published, index, clock.ticks() - began)


def _workers(given: int | None) -> int:
    if given is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if type(given) is not int or given < 1:
        raise ParameterError(f"{given!r} workers is not possible. Give a whole number, 1 or more.")
    return given


def _nobody(step: Progress) -> None:
    """Nobody listens."""


def _is_same_data(project: Project, plan: Plan) -> bool:
    try:
        return data_digest(project, manifest(project.root)) == plan.data
    except ProjectError:  # a load is at work just now
        return False


def _unchanged(plan: Plan, staged: Path, places: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """Notebooks that need not run: finished before with the same key, every file verified. Linked into `staged`."""
    wanted, kept = {job.stem: job for job in plan.jobs}, {}
    for place in places:
        result = read_result(place)
        for entry in [*(result["notebooks"] if result else []), *read_done(place)]:
            job = wanted.get(entry.get("stem", ""))
            is_same = job is not None and entry.get("key") == job.key and entry.get("status") == "ok"
            if job is None or not is_same or job.stem in kept or not is_intact(place, entry["files"]):
                continue
            for name in entry["files"]:
                link(place / name, staged / name)
            kept[job.stem] = {**entry, "unchanged": place == places[0], "carried": False}
            write_entry(staged, kept[job.stem])
    return kept


def _is_published(published: Path, plan: Plan, kept: Mapping[str, Any]) -> bool:
    """Whether nothing changed at all, so that the published folder stays as it is."""
    result, made = read_result(published), {job.stem for job in plan.jobs}
    return (
        result is not None
        and all(entry["stem"] in made or plan.leaves_alone(entry["stem"]) for entry in result["notebooks"])
        and all(job.stem in kept and kept[job.stem]["unchanged"] for job in plan.jobs)
        and is_intact(published, result["files"])
    )


def _run_all(
    project: Project,
    plan: Plan,
    staged: Path,
    token: str,
    workers: int,
    timeout: float | None,
    kept: Mapping[str, dict[str, Any]],
    stop: _Stop,
    hear: Callable[[Progress], None],
) -> list[dict[str, Any]]:
    """Run what has to be run; gives the entries of all notebooks that came to an end, in the plan's order."""
    entries = dict(kept)

    def tell(step: Progress) -> None:
        with suppress(Exception):  # a display must never cost a report
            hear(step)

    def one(job: Job) -> dict[str, Any] | None:
        if stop:
            return None
        began = clock.ticks()
        tell(Progress(job.stem, "running", 0, job.cells))
        outcome = execute(
            job.source,
            job.parameters,
            project.root,
            f"{token}.{job.stem}",
            timeout,
            lambda cell: tell(Progress(job.stem, "running", cell + 1, max(job.cells, cell + 1))),
        )
        if stop:  # its kernel was killed by us, which says nothing about the notebook
            return None
        seconds = clock.ticks() - began
        entry = entry_of(project, plan, job, outcome, staged, seconds)
        tell(Progress(job.stem, outcome.status, job.cells, job.cells, seconds, _where(entry)))
        return entry

    for job in plan.jobs:
        tell(Progress(job.stem, "unchanged" if job.stem in kept else "waiting", 0, job.cells))
    todo = [job for job in plan.jobs if job.stem not in kept]
    if todo:
        import nbconvert.exporters  # noqa: F401 - two threads must not import these at the same time
        import papermill  # noqa: F401

    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="notebook") as pool:
        futures: dict[Future[dict[str, Any] | None], Job] = {pool.submit(one, job): job for job in todo}
        waiting, deadline = set(futures), None
        while waiting:
            done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                entry = _entry(future, staged, stop)
                if entry is not None:
                    entries[entry["stem"]] = entry
            if stop:
                deadline = deadline or time.monotonic() + _LONGEST_GOODBYE
                waiting = {future for future in waiting if not future.cancel()}
                reap(token)
                if time.monotonic() > deadline:
                    break
    reap(token)
    for job in plan.jobs:
        if job.stem not in entries:
            tell(Progress(job.stem, "not run", 0, job.cells))
    return [entries[job.stem] for job in plan.jobs if job.stem in entries]


def _entry(future: Future[dict[str, Any] | None], staged: Path, stop: _Stop) -> dict[str, Any] | None:
    """The entry of a notebook that came to an end; errors of the machine stop the run."""
    if future.cancelled():
        return None
    try:
        return future.result()
    except RunError as problem:
        stop.error = stop.error or problem
    except OSError as problem:
        stop.error = stop.error or no_place(problem, staged)
    return None


def _where(entry: Mapping[str, Any]) -> str:
    return f"under “{entry['heading']}”: {entry['message']}" if entry["heading"] else entry["message"]


def _stopped(
    plan: Plan, entries: Sequence[Mapping[str, Any]], kept: Mapping[str, Any], stop: _Stop, seconds: float
) -> RunResult:
    """The result of a run that was stopped. What was finished stays in staging and is not run twice."""
    if stop.error is not None:
        raise stop.error
    ended = {each["stem"]: _result(each, None, kept) for each in entries}
    results = tuple(ended.get(job.stem, NotebookResult(job.stem, "not-run")) for job in plan.jobs)
    return RunResult(128 + stop.signal, results, seconds=seconds)


def _result(entry: Mapping[str, Any], folder: Path | None, kept: Mapping[str, Any]) -> NotebookResult:
    stem = entry["stem"]
    return NotebookResult(
        stem=stem,
        status=UNCHANGED if stem in kept else entry["status"],
        seconds=entry["seconds"] or 0.0,
        heading=entry["heading"],
        message=entry["message"],
        page=folder / f"{stem}.html" if folder is not None else None,
    )


@contextmanager
def _signals() -> Iterator[_Stop]:
    """Turn Ctrl-C and SIGTERM into a flag while the run is at work: it ends in order, without kernels left behind."""
    stop, before = _Stop(), {}

    def note(number: int, frame: Any) -> None:
        stop.signal = stop.signal or number

    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
