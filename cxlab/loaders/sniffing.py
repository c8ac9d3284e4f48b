"""What a file really is: kind by content, encoding, delimiter; and guards against files that would eat the memory."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from pathlib import Path

from cxlab.errors import InputError

"""Bytes one line may hold before the file is taken for damaged."""


_MAGIC = (
    (b"PAR1", "a Parquet file", "parquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls) or a password-protected one", "xls"),
    (b"$FL2", "an SPSS file", "sav"),
    (b"$FL3", "a compressed SPSS file", "zsav"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture", "png"),
    (b"\xff\xd8\xff", "a JPEG picture", "jpeg"),
    (b"GIF8", "a GIF picture", "gif"),
    (b"%PDF-", "a PDF document", "pdf"),
    (b"\x1f\x8b", "a gzip archive", "gzip"),
    (b"BZh", "a bzip2 archive", "bzip2"),
    (b"\xfd7zXZ\x00", "an xz archive", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z"),
    (b"Rar!", "a RAR archive", "rar"),
    (b"SQLite format 3\x00", "an SQLite database", "sqlite"),
    (b"{\\rtf", "an RTF document", "rtf"),
    (b"ARROW1", "an Arrow file", "arrow"),
    (b"\x7fELF", "a program", "elf"),
)
_BY_SUFFIX = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".tab": "text",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".sav": "sav",
    ".zsav": "zsav",
}
_DELIMITERS = (",", ";", "\t", "|")


def _zip_kind(path: Path) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return "a damaged zip archive or workbook", "zip"
    if any(name.startswith("xl/") for name in names):
        if any(name.endswith("workbook.bin") for name in names):
            return "a binary Excel workbook (.xlsb)", "xlsb"
        return "an Excel workbook (.xlsx)", "xlsx"
    if any(name.startswith("word/") for name in names):
        return "a Word document", "docx"
    if "content.xml" in names:
        return "an OpenDocument file", "ods"
    return "a zip archive", "zip"


def content(path: Path) -> tuple[str, str]:
    """What the file holds by its first bytes: a description and a short kind ("text" if nothing else fits)."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"PK\x03\x04") or start.startswith(b"PK\x05\x06"):
        return _zip_kind(path)
    for magic, description, kind in _MAGIC:
        if start.startswith(magic):
            return description, kind
    if re.match(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|table|\?xml)", start, re.IGNORECASE):
        return "an HTML or XML page", "html"
    return "plain text", "text"


def kind_of(path: Path, file: str) -> str:
    """Which reader takes the file: "text", "json", "xlsx", "parquet", "sav" or "zsav".

    The ending says what is expected, the content must agree. Raises InputError naming what the file really is.
    """
    if path.stat().st_size == 0:
        raise InputError.at(file, "the file is empty (0 bytes)", "Export it again, or take it out of data/raw.")
    expected = _BY_SUFFIX.get(path.suffix.lower())
    description, found = content(path)
    if expected is None:
        readable = found in {"xlsx", "parquet", "sav", "zsav"}
        raise InputError.at(
            file,
            f"files {'ending in ' + path.suffix if path.suffix else 'without an ending'} are not read; this one is "
            f"{description}",
            f"Rename it to end in .{found}."
            if readable
            else "Save it as CSV, TSV, XLSX, Parquet, JSON lines or SPSS .sav"
            + (", after unpacking it" if found in {"zip", "gzip", "bzip2", "xz", "7z", "rar"} else "")
            + ".",
        )
    agrees = found == expected or (expected == "json" and found == "text") or {found, expected} <= {"sav", "zsav"}
    if not agrees:
        mend = {
            "xlsx": "Rename it to end in .xlsx.",
            "parquet": "Rename it to end in .parquet.",
            "sav": "Rename it to end in .sav.",
            "zsav": "Rename it to end in .zsav.",
            "zip": "Unpack it first.",
            "gzip": "Unpack it first.",
            "bzip2": "Unpack it first.",
            "xls": "Open it in Excel and save it as .xlsx without a password.",
            "text": "Rename it to end in .csv." if expected != "json" else "",
        }.get(found, "Export it again as CSV or XLSX.")
        raise InputError.at(file, f"the name ends in {path.suffix}, but the content is {description}", mend)
    return expected


def delimiter_of(sample: str) -> str:
    """The delimiter among , ; tab | under which most records of the sample have one number of cells, more than one."""
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        try:
            records = [
                record
                for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True)
            ]
        except csv.Error:
            continue
        # The sample may end in the middle of a record.
        records = [record for record in (records[:-1] if len(records) > 3 else records) if any(record)]
        widths = Counter(len(record) for record in records)
        wide = [(count, width) for width, count in widths.items() if width > 1]
        if not wide:
            continue
        count, width = max(wide)
        score = (round(count / len(records), 2), width)
        if score > best_score:
            best, best_score = delimiter, score
    return best
