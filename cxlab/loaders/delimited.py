"""CSV, TSV and other delimited text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxlab.errors import InputError
from cxlab.loaders.encoding import LINE_LIMIT, encoding_of
from cxlab.loaders.raw import CELL_LIMIT, RawExport, lay_out, too_long
from cxlab.loaders.sniffing import delimiter_of

_SAMPLE = 1 << 16
_LONE_RETURN = re.compile(r"\r(?!\n)")
_TWICE = re.compile("[ÃÂ][\u0080-\u00bf\u0152-\u017e\u2018-\u2122]|â€")


# Stands in for a carriage return inside a cell while csv takes the line apart (a private-use character).
_RETURN = "\ue00d"


class _Lines:
    """Lines of a text file with a bound on their length; counts NUL characters, which are taken out.

    In a file whose lines end in line feeds a lone carriage return belongs to a cell; csv would end the row there.
    """

    def __init__(self, source: io.TextIOWrapper, file: str, returns_end_lines: bool) -> None:
        self.source, self.file, self.nul, self.number = source, file, 0, 0
        self.returns_end_lines, self.returns = returns_end_lines, False

    def __iter__(self) -> Iterator[str]:
        while line := self.source.readline(LINE_LIMIT + 1):
            self.number += 1
            if len(line) > LINE_LIMIT:
                raise _too_long(self.file, self.number)
            if "\x00" in line:
                self.nul += line.count("\x00")
                line = line.replace("\x00", "")
            if not self.returns_end_lines and line.find("\r", 0, -2) >= 0:
                self.returns = True
                line = _LONE_RETURN.sub(_RETURN, line)
            yield line


def _too_long(file: str, row: int) -> InputError:
    return too_long(
        file,
        "The export is damaged or a quotation mark is never closed; open the file at that row and mend it, or export "
        "it again.",
        row,
    )


def _misfit(file: str, encoding: str, row: int | None) -> InputError:
    return InputError.at(
        file,
        f"the bytes do not fit the encoding {encoding}",
        "Take the encoding line out of this export's block, or write the right one.",
        row=row,
    )


def _delimiter(export: dict[str, Any], file: str, sample: str) -> str:
    declared = str(export.get("delimiter", "auto"))
    if declared == "auto":
        return delimiter_of(sample)
    declared = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";"}.get(declared, declared)
    if len(declared) != 1:
        raise InputError.at(
            file, f"delimiter = {declared!r} is not one character", 'Write for example delimiter = ";".'
        )
    return declared


def read(path: Path, file: str, export: dict[str, Any]) -> RawExport:
    """Read delimited text as it stands; `file` is the name used in messages.

    Works record by record, so memory is bounded by the text itself. Raises InputError for undecodable bytes, a
    cell beyond CELL_LIMIT, an empty file.
    """
    encoding, errors, warnings = encoding_of(path, file, str(export.get("encoding", "auto")))
    with path.open("r", encoding=encoding, errors=errors, newline="") as source:
        try:
            sample = source.read(_SAMPLE)
        except UnicodeError:
            raise _misfit(file, encoding, None) from None
    old_mac = len(_LONE_RETURN.findall(sample)) > sample.count("\n")
    with path.open("r", encoding=encoding, errors=errors, newline="" if old_mac else "\n") as source:
        skipped = 0
        first = re.match(r"\ufeff?sep=(.)\r?\n", sample)
        if first:
            # Excel's own hint line: it names the delimiter and is no data.
            source.readline()
            skipped, sample = 1, sample[first.end() :]
        delimiter = first[1] if first and "delimiter" not in export else _delimiter(export, file, sample)
        # Blanks before a quotation mark would otherwise make it part of the text.
        blanks = re.search(re.escape(delimiter) + ' +"', sample) is not None
        lines = _Lines(source, file, old_mac)
        records = csv.reader(iter(lines), delimiter=delimiter, skipinitialspace=blanks)
        before = csv.field_size_limit(CELL_LIMIT)
        counted = _Counted(records, skipped, lines)
        try:
            raw = lay_out(iter(counted), file, export, ragged=True, encoding=encoding, skipped=skipped)
        except csv.Error as problem:
            if "field larger" in str(problem):
                raise _too_long(file, counted.number + 1) from None
            raise InputError.at(
                file, f"the text cannot be taken apart ({problem})", "Export it again as CSV.", row=counted.number + 1
            ) from None
        except UnicodeError:
            raise _misfit(file, encoding, counted.number + 1) from None
        finally:
            csv.field_size_limit(before)
    if lines.nul:
        warnings.append(f"{lines.nul} NUL characters were taken out")
    warnings += _encoded_twice(raw)
    return RawExport(**{**raw.__dict__, "warnings": tuple(warnings)})


class _Counted:
    """Records with a count of those already given, for messages."""

    def __init__(self, records: Iterator[list[str]], number: int, lines: _Lines) -> None:
        self.records, self.number, self.lines = records, number, lines

    def __iter__(self) -> Iterator[list[str]]:
        for record in self.records:
            if self.lines.returns:
                record = [cell.replace(_RETURN, "\r") for cell in record]
            yield record
            self.number += 1


def _encoded_twice(raw: RawExport) -> list[str]:
    """A warning if the text looks like UTF-8 that was read as cp1252 and saved again ("prÃ©cis")."""
    found, example = 0, ""
    for name in raw.frame.columns:
        column = raw.frame[name]
        hits = column[column.str.contains("Ã|Â|â€", regex=True)]
        hits = hits[[_TWICE.search(text) is not None for text in hits]]
        if len(hits):
            found += len(hits)
            if not example:
                match = _TWICE.search(hits.iloc[0])
                middle = match.start() if match else 0
                example = hits.iloc[0][max(0, middle - 10) : middle + 10]
    if not found:
        return []
    return [f"{found} cells look encoded twice (for example {example!r}); ask for the export again as UTF-8"]
