"""Any export, by what it is: one door to the readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cxlab.errors import InputError
from cxlab.loaders import delimited, jsonlines, parquet, spss, xlsx
from cxlab.loaders.raw import RawExport
from cxlab.loaders.sniffing import kind_of

_READERS = {
    "text": delimited.read,
    "json": jsonlines.read,
    "xlsx": xlsx.read,
    "parquet": parquet.read,
    "sav": spss.read,
    "zsav": spss.read,
}


def read_raw(path: str | Path, export: dict[str, Any] | None = None, file: str | None = None) -> RawExport:
    """Read one export as text, with its header rows recognised.

    `export` holds the reading options of an [[export]] block (shape, sheet, skip_rows, encoding, delimiter, labels);
    `file` is the name for messages (the file's own if not given). Raises InputError naming file, row and remedy.
    """
    path = Path(path)
    name = file or path.name
    options = export or {}
    if not path.is_file():
        raise InputError.at(name, "there is no such file", f"Looked at {path}.")
    try:
        raw = _READERS[kind_of(path, name)](path, name, options)
    except OSError as problem:
        raise InputError.at(name, f"the file cannot be read ({problem})", "Check its permissions.") from None
    return raw
