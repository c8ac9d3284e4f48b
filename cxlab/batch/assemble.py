"""Put a run's folder together: pages, executed notebooks, front page, and result.json as the last file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cxlab.batch import clock
from cxlab.batch.execute import Outcome, plain
from cxlab.batch.front import front_page
from cxlab.batch.outline import words
from cxlab.batch.pages import day_words, period_words
from cxlab.batch.plan import Job, Plan
from cxlab.batch.publish import (
    DONE,
    RESULT,
    as_json,
    is_intact,
    link,
    publish,
    read_result,
    write_durably,
)
from cxlab.batch.render import Provenance, Stop, render_notebook
from cxlab.tables.project import Project
from cxlab.tables.store import sha256


def entry_of(project: Project, plan: Plan, job: Job, outcome: Outcome, staged: Path, seconds: float) -> dict[str, Any]:
    """Write a notebook's page and its executed copy into the staging folder; gives its line for result.json."""
    import nbformat

    ran_at = clock.stamp()
    about = str((outcome.record or {}).get("about") or "")
    facts = {
        "stem": job.stem,
        "about": about,
        "company": project.company,
        "period": period_words(plan.period),
        "data_to": day_words(plan.manifest.get("as_of")),
        "provenance": _provenance(plan, job, ran_at, seconds),
    }
    try:
        page = render_notebook(outcome.notebook, **facts, stop=_stop(outcome))
    except OSError:
        raise
    except Exception as problem:  # a page that cannot be made must not take the other pages with it
        message = plain(f"its page could not be made ({type(problem).__name__}: {problem})")
        outcome = replace(outcome, status="failed", message=message, heading="", record=None)
        page = render_notebook(nbformat.v4.new_notebook(), **facts, stop=_stop(outcome))
    files = {
        f"{job.stem}.html": write_durably(staged / f"{job.stem}.html", page.encode("utf-8", "replace")),
        f"{job.stem}.ipynb": write_durably(
            staged / f"{job.stem}.ipynb", (nbformat.writes(outcome.notebook) + "\n").encode("utf-8", "replace")
        ),
    }
    entry = {
        "stem": job.stem,
        "title": about or words(page[page.index("<h1>") : page.index("</h1>")]),
        "key": job.key,
        "status": outcome.status,
        "heading": outcome.heading,
        "message": outcome.message,
        "cell": outcome.stopped_at,
        "parameters": job.parameters,
        "record": outcome.record,
        "ran_at": ran_at,
        "seconds": seconds,
        "files": files,
        "unchanged": False,
        "carried": False,
    }
    write_entry(staged, entry)
    return entry


def _stop(outcome: Outcome) -> Stop | None:
    if outcome.status == "ok":
        return None
    return Stop(outcome.status, outcome.heading, outcome.message, outcome.stopped_at or 0)


def write_entry(staged: Path, entry: Mapping[str, Any]) -> None:
    """Mark a notebook as finished, after its files: should the run be cut short, the next one need not repeat it."""
    write_durably(staged / f"{entry['stem']}{DONE}", as_json(entry))


def _provenance(plan: Plan, job: Job, ran_at: str, seconds: float) -> Provenance:
    rows = rows_of(plan.manifest)
    return Provenance(
        notebook=job.sha,
        version=plan.version,
        data=plan.data[:7],
        tables={name: str(each.get("sha256", ""))[:7] for name, each in plan.manifest.get("tables", {}).items()},
        rows_in=rows["in"],
        rows_set_aside=rows["set_aside"],
        parameters={name: ", ".join(v) if isinstance(v, list) else v for name, v in job.parameters.items()},
        ran_at=ran_at,
        seconds=seconds,
    )


def rows_of(manifest: Mapping[str, Any]) -> dict[str, int]:
    """How many rows were received, kept and set aside, over all sources of a manifest."""
    blocks = [block for source in manifest.get("sources", []) for block in source.get("blocks", [])]
    return {
        "in": sum(int(block.get("rows_in", 0)) for block in blocks),
        "kept": sum(int(block.get("rows_kept", 0)) for block in blocks),
        "set_aside": sum(int(block.get("rows_set_aside", 0)) for block in blocks),
    }


def carried_over(plan: Plan, published: Path, staged: Path) -> list[dict[str, Any]]:
    """Reports of notebooks that were not chosen this time: kept as they were published, and marked as such."""
    result, kept = read_result(published), []
    for entry in result["notebooks"] if result else []:
        if plan.leaves_alone(entry["stem"]) and is_intact(published, entry["files"]):
            for name in entry["files"]:
                link(published / name, staged / name)
            kept.append({**entry, "carried": True, "unchanged": False})
    return kept


def finish(
    project: Project, plan: Plan, staged: Path, published: Path, entries: Sequence[Mapping[str, Any]], seconds: float
) -> None:
    """Write the front page and result.json, then publish. Raises OSError; the published folder is then as before."""
    result: dict[str, Any] = {
        "cxlab": plan.version,
        "company": project.company,
        "audience": plan.audience,
        "period": {
            "label": plan.period.label,
            "words": period_words(plan.period),
            "start": plan.period.start.isoformat(),
            "end": plan.period.end.isoformat(),
        },
        "parameters": plan.parameters,
        "as_of": plan.manifest.get("as_of"),
        "data": plan.data,
        "rows": rows_of(plan.manifest),
        "ran_at": clock.stamp(),
        "seconds": seconds,
        "notebooks": sorted(entries, key=lambda entry: entry["stem"]),
    }
    write_durably(staged / "index.html", front_page(result).encode("utf-8", "replace"))
    marks = list(staged.glob(f"*{DONE}"))
    result["files"] = {path.name: sha256(path) for path in sorted(staged.iterdir()) if path not in marks}
    write_durably(staged / RESULT, as_json(result))
    for mark in marks:
        mark.unlink()
    publish(staged, published)
