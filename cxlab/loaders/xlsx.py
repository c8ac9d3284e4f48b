"""Excel workbooks (.xlsx): one sheet, as text."""

from __future__ import annotations

import datetime as dt
import re
import warnings as warning_filter
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxlab.errors import InputError
from cxlab.loaders.raw import CELL_LIMIT, RawExport, lay_out, too_long

PART_LIMIT = 600_000_000
"""Bytes one part of the workbook may unpack to; a workbook of a million full rows stays below."""

_EXACT_DAY = re.compile(r"[hHsS]|AM/PM", re.IGNORECASE)


def read(path: Path, file: str, export: dict[str, Any]) -> RawExport:
    """Read one sheet: the one named by `sheet`, else the only or first visible one.

    Dates become ISO text, whole numbers lose the ".0" that Excel gives them, formulas give their last value. Raises
    InputError for a damaged workbook, an unknown sheet, a cell or a part that is too large.
    """
    import openpyxl

    try:
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                if part.file_size > PART_LIMIT:
                    raise InputError.at(
                        file,
                        f"the workbook unpacks to {part.file_size // 1_000_000} MB ({part.filename})",
                        "Export it as CSV instead.",
                    )
        with warning_filter.catch_warnings():
            # openpyxl remarks on styles and validations that do not matter for the values.
            warning_filter.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except InputError:
        raise
    except Exception as problem:  # openpyxl lets through whatever its XML and zip layers raise
        raise InputError.at(
            file,
            f"the workbook cannot be opened ({type(problem).__name__}: {problem})",
            "Open it in Excel and save it again as .xlsx.",
        ) from problem
    try:
        sheet, remarks = _sheet(book, file, export.get("sheet"))
        sheet.reset_dimensions()
        errors: dict[str, int] = {}
        with warning_filter.catch_warnings():
            warning_filter.simplefilter("ignore")
            raw = lay_out(
                _records(sheet, file, errors), file, export, ragged=False, sheet=sheet.title, warnings=remarks
            )
    except InputError:
        raise
    except Exception as problem:
        raise InputError.at(
            file,
            f"the sheet cannot be read ({type(problem).__name__}: {problem})",
            "Open it in Excel and save it again as .xlsx.",
        ) from problem
    finally:
        book.close()
    if errors:
        found = ", ".join(f"{text} ({count})" for text, count in sorted(errors.items()))
        return RawExport(
            **{**raw.__dict__, "warnings": (*raw.warnings, f"cells with Excel errors were read as empty: {found}")}
        )
    return raw


def _sheet(book: Any, file: str, wanted: str | None) -> tuple[Any, list[str]]:
    """The sheet to read, and a remark about those left unread."""
    sheets = list(book.worksheets)
    visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    if wanted is not None:
        chosen = next((sheet for sheet in sheets if sheet.title == wanted), None)
        if chosen is None:
            raise InputError.at(
                file,
                f"there is no sheet {wanted!r}",
                f"The workbook has: {', '.join(repr(sheet.title) for sheet in sheets)}.",
            )
        return chosen, []
    if not visible:
        raise InputError.at(file, "the workbook has no visible sheet", 'Name one: sheet = "...".')
    others = [repr(sheet.title) for sheet in visible[1:]]
    return visible[0], [f"only the sheet {visible[0].title!r} was read; others: {', '.join(others)}"] if others else []


def _records(sheet: Any, file: str, errors: dict[str, int]) -> Iterator[list[str]]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        record = []
        for cell in cells:
            value = cell.value
            if value is None:
                record.append("")
            elif isinstance(value, str):
                if cell.data_type == "e":
                    errors[value] = errors.get(value, 0) + 1
                    value = ""
                if len(value) > CELL_LIMIT:
                    raise too_long(file, "Mend that cell and export again.", number)
                record.append(value)
            else:
                record.append(as_text(value, getattr(cell, "number_format", "")))
        while record and not record[-1]:
            record.pop()
        yield record


def as_text(value: Any, number_format: str = "") -> str:
    """A cell's value as text: ISO for dates, no ".0" for whole numbers, 15 digits as Excel itself keeps."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        short = format(value, ".15g")
        return short if "e" not in short else repr(value)
    if isinstance(value, dt.datetime):
        if value.microsecond:
            # Excel keeps days as fractions: 14:05:59.999997 is 14:06.
            value = (value + dt.timedelta(milliseconds=500)).replace(microsecond=0)
        midnight = value.time() == dt.time(0)
        return (
            value.date().isoformat() if midnight and not _EXACT_DAY.search(number_format) else value.isoformat(sep=" ")
        )
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return str(value.total_seconds() / 3600)
    return str(value)
