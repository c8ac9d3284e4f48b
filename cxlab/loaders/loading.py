"""All exports of a project into its canonical tables, with an account of every row."""

from __future__ import annotations

import glob
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlab import __version__
from cxlab.errors import CxlabError, InputError
from cxlab.loaders.duplicates import Losers, settle
from cxlab.loaders.intake import Piece, apply, as_set_aside
from cxlab.loaders.mapping import READING_KEYS, Block, parse_block
from cxlab.loaders.masking import Masked
from cxlab.loaders.names import Names
from cxlab.loaders.problems import gathered
from cxlab.loaders.raw import RawExport
from cxlab.loaders.reading import read_raw
from cxlab.loaders.redaction import REGIONS
from cxlab.tables.canonical import TABLES
from cxlab.tables.project import Project
from cxlab.tables.schema import Intake
from cxlab.tables.store import manifest as stored
from cxlab.tables.store import save, sha256

# What may lie ahead: the latest of these says nothing about how fresh the data is.
_PLANNED = {"due_at", "sla_due_at", "renewal_due", "closed_on", "finished_on"}
_PLANS = {"actions", "targets"}


def load_project(project: Project, loaded_at: str | None = None) -> dict[str, Any]:
    """Read every export in data/raw, check it, and replace the tables in data/processed.

    Returns the manifest. `loaded_at` is written into it as given. Raises one InputError that lists the problems of all
    files; nothing is written then.
    """
    blocks = _blocks(project)
    files, problems = _match(project, blocks)
    # Customers first: their names are masked in everybody's comments.
    order = sorted(blocks, key=lambda block: (block.table.name != "customers", block.number))
    readings = Counter((file, _options(block)) for block in order for file in files[block.number])
    cache: dict[Any, RawExport] = {}
    pieces: list[Piece] = []
    known = [str(name) for name in project.redaction.get("names", ())]
    names = Names(known)
    for block in order:
        for file in files[block.number]:
            wanted = (file, _options(block))
            try:
                raw = cache.get(wanted) or read_raw(project.raw / file, block.options, file)
                readings[wanted] -= 1
                cache.pop(wanted, None)
                if readings[wanted]:
                    cache[wanted] = raw
                piece = _piece(project, block, raw, names)
            except CxlabError as problem:
                problems += getattr(problem, "problems", ()) or [str(problem)]
                continue
            pieces.append(piece)
            if block.table.name == "customers" and "name" in piece.table:
                known += piece.table["name"].dropna().unique().tolist()
                names = Names(known)
    intakes: dict[str, Intake] = {}
    settled: dict[int, Losers] = {}
    for name in TABLES:
        mine = [piece for piece in pieces if piece.block.table.name == name]
        if mine:
            try:
                table, losers = settle(mine)
            except CxlabError as problem:
                problems += getattr(problem, "problems", ()) or [str(problem)]
                continue
            settled |= {id(piece): lost for piece, lost in zip(mine, losers, strict=True)}
            intakes[name] = Intake(table, _aside(mine, losers))
    if problems:
        raise gathered(
            problems, "the exports cannot be loaded; nothing was written. Mend these and run `cxlab load` again:"
        )
    account = {
        "cxlab": __version__,
        "loaded_at": loaded_at,
        "as_of": _as_of(intakes),
        "sources": _sources(project, pieces, settled),
        "not_mapped": _not_mapped(project, {file for found in files.values() for file in found}),
    }
    save(project, intakes, account)
    return stored(project.root)


def _blocks(project: Project) -> list[Block]:
    if not project.exports:
        raise InputError(
            f"{project.root / 'cxlab.toml'} configures no exports. Put the files into {project.raw}, run "
            "`cxlab load --suggest FILE` for each and paste what it prints into cxlab.toml."
        )
    blocks, problems = [], []
    for number, given in enumerate(project.exports, start=1):
        try:
            blocks.append(parse_block(given, number))
        except InputError as problem:
            problems += getattr(problem, "problems", ()) or [str(problem)]
    if problems:
        raise gathered(problems, f"{project.root / 'cxlab.toml'} cannot be used; nothing was loaded:")
    return blocks


def _options(block: Block) -> tuple[tuple[str, Any], ...]:
    return tuple((key, block.options[key]) for key in READING_KEYS if key in block.options)


def raw_files(project: Project) -> list[str]:
    """Every file below data/raw as a path with slashes, but for hidden ones and README.md."""
    if not project.raw.is_dir():
        return []
    found = (path.relative_to(project.raw) for path in project.raw.rglob("*") if path.is_file())
    return sorted(
        path.as_posix()
        for path in found
        if path.name != "README.md" and not any(part.startswith((".", "~$")) for part in path.parts)
    )


def _match(project: Project, blocks: list[Block]) -> tuple[dict[int, list[str]], list[str]]:
    """Which files each block takes, and a problem for each block that takes none."""
    known = raw_files(project)
    files: dict[int, list[str]] = {}
    problems = []
    for block in blocks:
        exact = [file for file in known if file == block.file]
        pattern = f"{glob.escape(str(project.raw))}/{block.file}"
        # A name such as "[table].csv" is first taken as it stands.
        found = exact or sorted(
            {Path(path).relative_to(project.raw).as_posix() for path in glob.glob(pattern, recursive=True)} & set(known)
        )
        files[block.number] = found
        if not found:
            have = f"There are: {', '.join(known[:20])}." if known else f"{project.raw} is empty."
            problems.append(f"{block.name}: no file below data/raw matches {block.file!r}. {have}")
    return files, problems


def _piece(project: Project, block: Block, raw: RawExport, names: Names) -> Piece:
    comments = [source.column for source in block.sources if source.target == "comment"]
    regions = project.redaction.get("regions", REGIONS)
    regions = [regions] if isinstance(regions, str) else regions
    return apply(block, raw, Masked(raw, names, comments, regions))


def _aside(pieces: list[Piece], losers: list[Losers]) -> pd.DataFrame:
    """All rows of a table that were set aside, as text, with source, row and why last."""
    frames = []
    for piece, lost in zip(pieces, losers, strict=True):
        frames.append(piece.aside)
        if len(lost.places):
            frames.append(as_set_aside(piece.raw, piece.masked, piece.place[lost.places], lost.whys))
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame(
            {
                "source": pd.Series([], dtype="str"),
                "row": pd.Series([], dtype="int64"),
                "why": pd.Series([], dtype="str"),
            }
        )
    whole = pd.concat(frames, ignore_index=True)
    last = ["source", "row", "why"]
    whole = whole[[name for name in whole.columns if name not in last] + last]
    texts = [name for name in whole.columns if name != "row"]
    return whole.astype(dict.fromkeys(texts, "str"))


def _sources(project: Project, pieces: list[Piece], settled: dict[int, Losers]) -> list[dict[str, Any]]:
    """The account per file and block: rows in are rows kept and rows set aside, always."""
    files: dict[str, dict[str, Any]] = {}
    for piece in sorted(pieces, key=lambda piece: (piece.raw.file, piece.block.number)):
        path = project.raw / piece.raw.file
        entry = files.setdefault(
            piece.raw.file,
            {
                "file": piece.raw.file,
                "sha256": sha256(path),
                "bytes": path.stat().st_size,
                "shape": piece.raw.shape,
                "encoding": piece.raw.encoding,
                "blocks": [],
            },
        )
        lost = settled[id(piece)]
        aside = len(piece.aside) + len(lost.places)
        kept = len(piece.table) - len(lost.places)
        if kept + aside != piece.raw.rows_in:
            # A guard for ourselves: nothing disappears silently.
            raise InputError(
                f"{piece.raw.file}: {piece.raw.rows_in} rows in, but {kept} kept and {aside} set aside. "
                "This is a mistake in cxlab; please report it with the file's header."
            )
        entry["blocks"].append(
            {
                "table": piece.block.table.name,
                "rows_in": piece.raw.rows_in,
                "rows_kept": kept,
                "rows_set_aside": aside,
                "blank_rows": piece.raw.blank_rows,
                "why": dict(Counter([*piece.kinds, *lost.kinds]).most_common()),
                "columns_left_out": piece.left_out,
                "masked": {kind: int(n) for kind, n in sorted(piece.masked.counts.items()) if n},
                "warnings": list(dict.fromkeys(piece.warnings)),
            }
            | ({"sheet": piece.raw.sheet} if piece.raw.sheet else {})
        )
    return list(files.values())


def _as_of(intakes: dict[str, Intake]) -> str | None:
    """The latest moment that any table knows of, planned dates aside."""
    latest = [
        intake.table[column.name].max()
        for name, intake in intakes.items()
        for column in TABLES[name].columns
        if name not in _PLANS
        and column.kind in ("time", "date", "month")
        and column.name not in _PLANNED
        and column.name in intake.table
    ]
    latest = [moment for moment in latest if not pd.isna(moment)]
    return pd.Timestamp(np.max(latest)).isoformat() if latest else None


def _not_mapped(project: Project, mapped: set[str]) -> list[str]:
    return [file for file in raw_files(project) if file not in mapped]
