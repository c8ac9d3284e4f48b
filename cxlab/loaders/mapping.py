"""The [[export]] blocks of cxlab.toml: read, checked whole, and held against the columns of a file."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cxlab.loaders.conversion import KINDS, Reading
from cxlab.loaders.dates import ORDERS, SPECIAL
from cxlab.loaders.headers import SHAPES
from cxlab.loaders.problems import gathered, near
from cxlab.tables.canonical import TABLES, Column, Table

READING_KEYS = ("shape", "sheet", "skip_rows", "encoding", "delimiter", "labels")
_BLOCK_KEYS = {
    "file": str,
    "table": str,
    "shape": str,
    "sheet": str,
    "skip_rows": int,
    "encoding": str,
    "delimiter": str,
    "labels": bool,
    "dates": (str, list),
    "decimal": str,
    "thousands": str,
    "timezone": str,
    "missing": list,
    "order_by": str,
    "key": list,
    "where": dict,
    "keep": (str, list),
    "columns": dict,
}
_SOURCE_KEYS = {
    "from": str,
    "value": (str, int, float, bool, dt.date, dt.time),
    "template": str,
    "values": dict,
    "missing": list,
    "dates": (str, list),
    "decimal": str,
    "thousands": str,
    "timezone": str,
    "after": str,
    "unit": str,
    "above": (int, float),
    "kind": str,
}
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
RESERVED = ("source", "row", "why")
_PART = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Source:
    """Where one column of a canonical table comes from: `column`, `value` or `template`, and how it is read."""

    target: str
    kind: str
    required: bool
    column: str = ""
    value: str | None = None
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    dates: Any = None
    decimal: str | None = None
    thousands: str | None = None
    zone: str | None = None
    after: str = ""
    unit: str = "hours"
    above: float | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns of the export that this one needs."""
        return (self.column,) if self.column else tuple(_PART.findall(self.template))

    def reading(self, file: str) -> Reading:
        """The declarations for conversion.convert."""
        return Reading(
            file,
            self.column or self.template or "(constant)",
            self.target,
            self.dates,
            self.decimal,
            self.thousands,
            self.missing,
            self.zone,
        )


@dataclass(frozen=True)
class Block:
    """One [[export]] block, checked. `options` are the reading options for read_raw."""

    number: int
    file: str
    table: Table
    options: dict[str, Any]
    sources: tuple[Source, ...]
    missing: frozenset[str]
    dates: Any
    decimal: str | None
    thousands: str | None
    zone: str | None
    order_by: str
    key: tuple[str, ...]
    own_key: bool
    where: Mapping[str, tuple[str, ...]]
    keep: str | tuple[str, ...]

    @property
    def name(self) -> str:
        """How messages call the block."""
        return f"[[export]] {self.number} ({self.file} -> {self.table.name})"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _texts(values: Iterable[Any]) -> frozenset[str]:
    return frozenset(_text(value).strip() for value in values)


def _typed(given: Mapping[str, Any], known: Mapping[str, Any], where: str, problems: list[str]) -> dict[str, Any]:
    """The entries with a known key and a usable type; the others are reported."""
    good = {}
    for key, value in given.items():
        if key not in known:
            problems.append(f"{where}: {key!r} is not a known key{near(key, known)}; known: {', '.join(known)}")
        elif not isinstance(value, known[key]) or (isinstance(value, bool) and known[key] in (int, (int, float))):
            problems.append(f"{where}: {key} = {value!r} is of the wrong type")
        else:
            good[key] = value
    return good


def _check_reading(given: Mapping[str, Any], where: str, problems: list[str]) -> None:
    dates = given.get("dates")
    for form in dates if isinstance(dates, list) else [dates] if dates else []:
        if not isinstance(form, str) or not (form in ORDERS + SPECIAL or "%" in form):
            problems.append(
                f'{where}: dates = {form!r} is neither {", ".join(ORDERS + SPECIAL)} nor a format such as "%d.%m.%Y"'
            )
    if given.get("decimal") not in (None, ".", ","):
        problems.append(f'{where}: decimal = {given["decimal"]!r} must be "." or ","')
    if given.get("thousands") is not None and len(given["thousands"]) != 1:
        problems.append(f"{where}: thousands = {given['thousands']!r} must be one character")
    if given.get("timezone") is not None:
        import zoneinfo

        try:
            zoneinfo.ZoneInfo(given["timezone"])
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            problems.append(
                f'{where}: timezone = {given["timezone"]!r} is not known; write for example "Europe/Berlin"'
            )


def parse_block(given: Mapping[str, Any], number: int) -> Block:
    """Check one [[export]] block (the `number`-th, from 1). All its problems are raised at once as one InputError."""
    label = f"[[export]] {number}" + (f" ({given['file']})" if isinstance(given.get("file"), str) else "")
    problems: list[str] = []
    block = _typed(given, _BLOCK_KEYS, label, problems)
    for needed, example in (("file", "surveys/nps_*.csv"), ("table", "responses")):
        if not block.get(needed):
            problems.append(f'{label}: {needed} is missing; write for example {needed} = "{example}"')
    file = block.get("file", "")
    if file.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", file) or re.match(r"[A-Za-z]:", file):
        problems.append(f"{label}: file = {file!r} leaves data/raw; write a path below data/raw")
    if block.get("table") and block["table"] not in TABLES:
        problems.append(
            f"{label}: {block['table']!r} is not a canonical table{near(block['table'], TABLES)}; "
            f"there are: {', '.join(TABLES)}"
        )
    if block.get("shape", "auto") not in SHAPES:
        problems.append(
            f"{label}: shape = {block['shape']!r} is not known{near(block['shape'], SHAPES)}; "
            f"there are: {', '.join(SHAPES)}"
        )
    if block.get("skip_rows", 0) < 0:
        problems.append(f"{label}: skip_rows must be 0 or more")
    _check_reading(block, label, problems)
    keep = block.get("keep", "all")
    if isinstance(keep, str) and keep not in ("all", "none"):
        problems.append(f'{label}: keep = {keep!r} must be "all", "none" or a list of column names')
    table = TABLES.get(block.get("table", ""))
    sources: list[Source] = []
    if table is not None:
        sources = _sources(block, table, label, problems)
    key = tuple(block.get("key", table.key if table else ()))
    mapped = {source.target for source in sources}
    if table is not None and "key" in block:
        problems += [
            f"{label}: key names {name!r}, which is not mapped{near(str(name), block.get('columns', {}))}"
            for name in key
            if name not in mapped
        ]
    if problems or table is None:
        raise gathered(problems, f"{label} cannot be used:")
    return Block(
        number=number,
        file=file,
        table=table,
        options={name: block[name] for name in READING_KEYS if name in block},
        sources=tuple(sources),
        missing=_texts(block.get("missing", ())),
        dates=block.get("dates"),
        decimal=block.get("decimal"),
        thousands=block.get("thousands"),
        zone=block.get("timezone"),
        order_by=block.get("order_by", ""),
        key=key,
        own_key="key" in block,
        where={
            name: tuple(_texts(values if isinstance(values, list) else [values]))
            for name, values in block.get("where", {}).items()
        },
        keep=keep if isinstance(keep, str) else tuple(str(name) for name in keep),
    )


def _sources(block: dict[str, Any], table: Table, label: str, problems: list[str]) -> list[Source]:
    columns = block.get("columns", {})
    if not columns:
        problems.append(f"{label}: [export.columns] is missing; `cxlab load --suggest FILE` proposes one")
    sources = []
    for target, given in columns.items():
        where = f"{label}, {target}"
        declared = table.column(target)
        spec = _typed(
            {"from": given} if isinstance(given, str) else given if isinstance(given, dict) else {"": given},
            _SOURCE_KEYS,
            where,
            problems,
        )
        if target in RESERVED:
            problems.append(f"{where}: the name is kept for cxlab's own column; choose another")
        if declared is None and "kind" not in spec:
            hint = near(target, [column.name for column in table.columns], cutoff=0.86)
            if hint:
                problems.append(
                    f"{where}: the table {table.name!r} has no such column{hint}; for a column of your own add "
                    'kind = "text"'
                )
        if spec.get("kind", "text") not in KINDS:
            problems.append(f"{where}: kind = {spec['kind']!r} is not one of {', '.join(KINDS)}")
        elif declared is not None and spec.get("kind", declared.kind) != declared.kind:
            problems.append(f"{where}: kind = {spec['kind']!r}, but the table declares {declared.kind!r}; leave it out")
        _check_reading(spec, where, problems)
        given_by = [name for name in ("from", "value", "template") if name in spec]
        if len(given_by) != 1:
            problems.append(
                f"{where}: write exactly one of from, value, template (found: {', '.join(given_by) or 'none'})"
            )
            continue
        if "template" in spec and not _PART.search(spec["template"]):
            problems.append(
                f'{where}: template = {spec["template"]!r} names no column; write for example "{{Account}}-{{No}}"'
            )
        if "after" in spec and spec["after"] not in columns:
            problems.append(f"{where}: after = {spec['after']!r} is not mapped{near(spec['after'], columns)}")
        if spec.get("unit", "hours") not in UNITS:
            problems.append(f"{where}: unit = {spec['unit']!r} is not one of {', '.join(UNITS)}")
        sources.append(_source(block, target, declared, spec, where, problems))
    missing = [name for name in table.required if name not in columns]
    if columns and missing:
        problems.append(
            f"{label}: the table {table.name!r} needs {', '.join(missing)}; map "
            f"{'them' if len(missing) > 1 else 'it'} under [export.columns]"
        )
    return sources


def _source(
    block: dict[str, Any], target: str, declared: Column | None, spec: dict[str, Any], where: str, problems: list[str]
) -> Source:
    kind = declared.kind if declared else spec.get("kind", "text")
    value = _text(spec["value"]) if "value" in spec else None
    if value is not None and declared is not None and declared.choices and value not in declared.choices:
        problems.append(
            f"{where}: {value!r} is not one of {', '.join(declared.choices)}{near(value, declared.choices)}"
        )
    return Source(
        target=target,
        kind=kind,
        required=bool(declared and declared.required),
        column=spec.get("from", ""),
        value=value,
        template=spec.get("template", ""),
        values={_text(old): _text(new) for old, new in spec.get("values", {}).items()},
        missing=_texts(spec.get("missing", ())) | _texts(block.get("missing", ())),
        dates=spec.get("dates", block.get("dates")),
        decimal=spec.get("decimal", block.get("decimal")),
        thousands=spec.get("thousands", block.get("thousands")),
        zone=spec.get("timezone", block.get("timezone")),
        after=spec.get("after", ""),
        unit=spec.get("unit", "hours"),
        above=spec.get("above"),
    )
