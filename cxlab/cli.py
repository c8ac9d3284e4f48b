"""The command line: a thin door, every verb is one call below."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cxlab import __version__
from cxlab.errors import CxlabError, ParameterError, RunError

OK, SOME_FAILED, USAGE, MACHINE = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb. Returns 0 when all is well, 1 when some notebooks failed, 2 for input that cannot be used, 3 when
    the machine is at fault (disk full, folder not writable)."""
    given = _parser().parse_args(arguments)
    try:
        return given.verb(given)
    except RunError as problem:
        print(f"cxlab: {problem}", file=sys.stderr)
        return MACHINE
    except CxlabError as problem:
        print(f"cxlab: {problem}", file=sys.stderr)
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cxlab", description="From exports of survey tool, helpdesk, CRM and billing to pages leaders can trust."
    )
    parser.add_argument("--version", action="version", version=f"cxlab {__version__}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    root = argparse.ArgumentParser(add_help=False)
    root.add_argument(
        "--root", metavar="DIR", help="the project's folder (default: the nearest with cxlab.toml, or here)"
    )

    demo = verbs.add_parser("demo", parents=[root], help="write the sample company's exports into data/raw")
    demo.add_argument("--scale", type=float, default=1.0, metavar="X", help="X times the usual size (default 1)")
    demo.add_argument("--seed", type=int, metavar="N", help="another company of the same kind")
    demo.add_argument("--if-empty", action="store_true", help="do nothing when data/raw already holds exports")
    demo.set_defaults(verb=_demo)

    load = verbs.add_parser("load", parents=[root], help="data/raw -> data/processed, with what was set aside and why")
    load.add_argument("--suggest", metavar="FILE", help="print a mapping for FILE to paste into cxlab.toml")
    load.set_defaults(verb=_load)

    run = verbs.add_parser("run", parents=[root], help="run the notebooks for a period and publish their reports")
    run.add_argument("period", help="2026, 2026-Q3, 2026-03 or 2026-W07; 'latest' for the last complete quarter")
    run.add_argument("--by", metavar="COLUMN", help="group by this attribute (region, team, segment ...)")
    run.add_argument(
        "-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE", help="a notebook parameter"
    )
    run.add_argument("--only", action="append", metavar="STEM", help="only this notebook; may be given again")
    run.add_argument(
        "--packs", metavar="NAMES", help="pages of these packs only, with commas between: exec,support (default: all)"
    )
    run.add_argument("--workers", type=int, metavar="N", help="notebooks at a time (default: one per core)")
    run.add_argument("--audience", default="leaders", help="who reads the pages: leaders (no code, no jargon)")
    run.add_argument("--force", action="store_true", help="run again what has not changed")
    run.add_argument("--timeout", type=float, default=1800.0, metavar="SECONDS", help="longest a cell may take")
    run.set_defaults(verb=_run)

    check = verbs.add_parser("check", parents=[root], help="lint notebooks and their parameters, settings and tables")
    check.set_defaults(verb=_check)
    return parser


def _demo(given: argparse.Namespace) -> int:
    from cxlab.demo import build
    from cxlab.loaders.loading import raw_files
    from cxlab.tables.project import Project

    if given.root:
        Path(given.root).mkdir(parents=True, exist_ok=True)
    project = Project.find(given.root)
    if given.if_empty and raw_files(project):
        print(f"{project.raw} already holds exports; the sample company is not needed.")
        return OK
    for path in build(project.root, scale=given.scale, seed=given.seed):
        print(f"wrote {path}")
    return OK


def _load(given: argparse.Namespace) -> int:
    from cxlab.batch import clock
    from cxlab.loaders import load_project, suggest
    from cxlab.tables.project import Project

    if given.suggest:
        print(suggest(Path(given.suggest)))
        return OK
    manifest = load_project(Project.find(given.root), loaded_at=clock.stamp())
    for source in manifest["sources"]:
        for block in source["blocks"]:
            print(
                f"{source['file']} -> {block['table']}: {block['rows_in']:,} rows, {block['rows_kept']:,} kept, "
                f"{block['rows_set_aside']:,} set aside"
            )
            for why, rows in block["why"].items():
                print(f"    {rows:,} {why}")
            for warning in block.get("warnings", []):
                print(f"    note: {warning}")
    for file in manifest.get("not_mapped", []):
        print(f"{file}: not mapped to any table; `cxlab load --suggest {file}` proposes a mapping")
    return OK


def _run(given: argparse.Namespace) -> int:
    from cxlab.batch import run, show_progress
    from cxlab.tables.project import Project
    from cxlab.tables.store import manifest

    project = Project.find(given.root)
    parameters = dict(_pair(text) for text in given.parameters)
    if given.by is not None:
        parameters["by"] = given.by
    period = given.period
    if period == "latest":
        period = project.latest_quarter(manifest(project.root).get("as_of")).label
    with show_progress() as on_progress:
        result = run(
            project,
            period,
            parameters,
            only=given.only,
            workers=given.workers,
            audience=given.audience,
            force=given.force,
            on_progress=on_progress,
            timeout=given.timeout,
            packs=None if given.packs is None else [name.strip() for name in given.packs.split(",") if name.strip()],
        )
    for notebook in result.notebooks:
        if notebook.message:
            print(f"{notebook.stem}: {notebook.status} at {notebook.heading or 'its start'}: {notebook.message}")
    if result.index:
        print(f"open {result.index}")
    return result.exit_code


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ParameterError(f"-p {text!r} is not NAME=VALUE. Write, for example, -p region=DACH.")
    return name.strip(), value


def _check(given: argparse.Namespace) -> int:
    from cxlab.batch.check import check_project
    from cxlab.tables.project import Project

    project = Project.find(given.root)
    faults = check_project(project)
    for fault in faults:
        print(fault)
    print(f"{len(faults)} to mend." if faults else "nothing to mend.")
    return SOME_FAILED if faults else OK
