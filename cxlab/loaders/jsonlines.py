"""JSON lines (one object a line), or one JSON array of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cxlab.errors import InputError
from cxlab.loaders.encoding import LINE_LIMIT, encoding_of
from cxlab.loaders.headers import unique_names
from cxlab.loaders.raw import CELL_LIMIT, Columns, RawExport, text_frame, too_long


def read(path: Path, file: str, export: dict[str, Any]) -> RawExport:
    """Read JSON lines; nested objects become columns "a.b", lists stay JSON text, numbers keep their spelling.

    Lines that are no JSON object are set aside. Raises InputError for an empty file, a line that is too long, or a
    .json file that is no array of objects.
    """
    encoding, errors, warnings = encoding_of(path, file, str(export.get("encoding", "auto")))
    names: dict[str, int] = {}
    rows: list[tuple[int, dict[str, str]]] = []
    misfits: list[tuple[int, str, str]] = []
    blank = 0
    try:
        with path.open("r", encoding=encoding, errors=errors) as source:
            start = source.read(64).lstrip("\ufeff \t\r\n")
            source.seek(0)
            parsed = _array(source.read(), file) if start.startswith("[") else _lines(source, file)
            for number, value, text in parsed:
                if value is None and not text:
                    blank += 1
                elif isinstance(value, dict):
                    flat = _flat(value)
                    for name, cell in flat.items():
                        if len(cell) > CELL_LIMIT:
                            raise too_long(file, "Mend that line and export again.", number, name)
                        names.setdefault(name, len(names))
                    rows.append((number, flat))
                else:
                    misfits.append((number, text, "not a JSON object"))
    except UnicodeError:
        raise InputError.at(
            file, f"the bytes do not fit the encoding {encoding}", "Take the encoding line out."
        ) from None
    if not rows:
        raise InputError.at(
            file,
            "no line holds a JSON object",
            "Export it as JSON lines, one object a line.",
            row=misfits[0][0] if misfits else None,
        )
    order = list(names)
    columns = Columns(unique_names([name.strip() for name in order]))
    for number, flat in rows:
        columns.add([flat.get(name, "") for name in order], number)
    frame, at = columns.frame()
    return RawExport(
        file=file,
        frame=frame,
        row=at,
        aside=text_frame([[text[:CELL_LIMIT]] for _, text, _ in misfits], ["line"]),
        aside_row=np.array([number for number, _, _ in misfits], dtype=np.int64),
        aside_why=tuple(why for _, _, why in misfits),
        encoding=encoding,
        blank_rows=blank,
        warnings=tuple(warnings),
    )


def _parse(text: str) -> Any:
    # Numbers stay as written: 007 is no JSON anyway, and 1.10 must not become 1.1.
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=lambda constant: "")


def _lines(source: Any, file: str) -> Iterator[tuple[int, Any, str]]:
    number = 0
    while line := source.readline(LINE_LIMIT + 1):
        number += 1
        if len(line) > LINE_LIMIT:
            raise InputError.at(
                file,
                f"the line is longer than {LINE_LIMIT // 1_000_000} million characters",
                "Export it again with one object a line.",
                row=number,
            )
        text = line.strip().lstrip("\ufeff")
        if not text:
            yield number, None, ""
            continue
        try:
            yield number, _parse(text), text
        except (ValueError, RecursionError):
            yield number, None, text


def _array(text: str, file: str) -> Iterator[tuple[int, Any, str]]:
    try:
        values = _parse(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as problem:
        raise InputError.at(file, f"the file is not valid JSON ({problem})", "Export it as JSON lines.") from None
    for number, value in enumerate(values, start=1):
        yield number, value, json.dumps(value, ensure_ascii=False)


def _flat(value: dict[str, Any], before: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, cell in value.items():
        if isinstance(cell, dict) and cell:
            flat |= _flat(cell, f"{before}{name}.")
        elif cell is None:
            flat[before + name] = ""
        elif isinstance(cell, bool):
            flat[before + name] = "true" if cell else "false"
        elif isinstance(cell, str):
            flat[before + name] = cell
        else:
            flat[before + name] = json.dumps(cell, ensure_ascii=False)
    return flat
