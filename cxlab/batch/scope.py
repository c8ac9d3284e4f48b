"""Do the data know what a run asks for? Told before a kernel starts, with the nearest name that exists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlab.errors import ParameterError
from cxlab.kpis.packs import pack
from cxlab.periods import Period
from cxlab.tables.project import Project
from cxlab.tables.store import load

# Parameters that name a column; any other whose name is a column is a filter on it.
_COLUMNS = ("by", "weight")


def check_scope(project: Project, manifest: Mapping[str, Any], period: Period, given: Mapping[str, Any]) -> None:
    """Raises ParameterError for a period after the data, a column that no table has, a value that no table holds,
    a pack that there is not."""
    as_of = manifest.get("as_of")
    if as_of and period.start > dt.datetime.fromisoformat(as_of).replace(tzinfo=None):
        raise ParameterError(f"{period} lies after the data, which end on {as_of[:10]}. Load newer exports first.")
    columns = {name: set(about.get("columns", ())) for name, about in manifest["tables"].items()}
    known = sorted(set().union(*columns.values()))
    for name, value in given.items():
        if not isinstance(value, str) or not value:
            continue
        if name in _COLUMNS and value not in known:
            raise ParameterError.unknown(f"column for {name!r}", value, known)
        if name == "pack":
            pack(value)
        elif name not in _COLUMNS and name in known:
            _check_filter(project, [table for table, has in columns.items() if name in has], name, value)


def _check_filter(project: Project, tables: list[str], column: str, value: str) -> None:
    held: set[str] = set()
    for table in tables:
        if (project.processed / f"{table}.parquet").is_file():
            values: pd.Series = load(table, project.root)[column]
            held |= set(values.dropna().astype(str).unique())
    if held and value not in held:
        raise ParameterError.unknown(column, value, sorted(held))
