"""What a file really is: kind by content, encoding, delimiter; and guards against files that would eat the memory."""

from __future__ import annotations

import codecs
import csv
import difflib
import encodings.aliases
import io
import re
import zipfile
from collections import Counter
from pathlib import Path

from cxlab.errors import InputError

LINE_LIMIT = 16_000_000
"""Bytes one line may hold before the file is taken for damaged."""

_BLOCK = 1 << 20
_SAMPLE = 1 << 17

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
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BY_SUFFIX = {
    ".csv": "text", ".tsv": "text", ".txt": "text", ".tab": "text", ".xlsx": "xlsx", ".xlsm": "xlsx",
    ".parquet": "parquet", ".pq": "parquet", ".jsonl": "json", ".ndjson": "json", ".json": "json",
    ".sav": "sav", ".zsav": "zsav",
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
            file, f"files {'ending in ' + path.suffix if path.suffix else 'without an ending'} are not read; this one is {description}",
            f"Rename it to end in .{found}." if readable
            else "Save it as CSV, TSV, XLSX, Parquet, JSON lines or SPSS .sav"
            + (", after unpacking it" if found in {"zip", "gzip", "bzip2", "xz", "7z", "rar"} else "") + ".",
        )
    agrees = found == expected or (expected == "json" and found == "text") or {found, expected} <= {"sav", "zsav"}
    if not agrees:
        mend = {
            "xlsx": "Rename it to end in .xlsx.", "parquet": "Rename it to end in .parquet.",
            "sav": "Rename it to end in .sav.", "zsav": "Rename it to end in .zsav.",
            "zip": "Unpack it first.", "gzip": "Unpack it first.", "bzip2": "Unpack it first.",
            "xls": "Open it in Excel and save it as .xlsx without a password.",
            "text": "Rename it to end in .csv." if expected != "json" else "",
        }.get(found, "Export it again as CSV or XLSX.")
        raise InputError.at(file, f"the name ends in {path.suffix}, but the content is {description}", mend)
    return expected


def _without_bom(data: bytes) -> str:
    """"utf-16-le" or "utf-16-be" if every other byte of the sample is mostly NUL, else ""."""
    even, odd = data[0::2], data[1::2]
    if len(data) < 4 or b"\x00" not in data:
        return ""
    empty_even, empty_odd = even.count(0) / len(even), odd.count(0) / len(odd)
    if empty_odd > 0.4 and empty_even < 0.05:
        return "utf-16-le"
    if empty_even > 0.4 and empty_odd < 0.05:
        return "utf-16-be"
    return ""


def _scan(path: Path, file: str) -> tuple[bool, bytes]:
    """One pass over the bytes: is it strict UTF-8, and a sample of the lines that are not ASCII.

    Stops with an InputError at a line longer than LINE_LIMIT, before anything that long is held in memory.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    strict, run, lines = True, 0, 1
    sample = bytearray()
    with path.open("rb") as source:
        while block := source.read(_BLOCK):
            end = max(block.rfind(b"\n"), block.rfind(b"\r"))
            if end < 0:
                run += len(block)
                if run > LINE_LIMIT:
                    raise InputError.at(
                        file, f"a cell or line is longer than {LINE_LIMIT // 1_000_000} million characters",
                        "The export is damaged or a quotation mark is never closed; open the file at that row and mend "
                        "it, or export it again.", row=lines,
                    )
            else:
                run = len(block) - end
                lines += max(block.count(b"\n"), block.count(b"\r"))
            if not block.isascii() and len(sample) < _SAMPLE:
                for line in re.split(rb"[\r\n]", block):
                    if not line.isascii():
                        sample += line[:4096] + b"\n"
                        if len(sample) >= _SAMPLE:
                            break
            if strict:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    strict = False
    if strict:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            strict = False
    return strict, bytes(sample)


_TWO_TO_FOUR = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_LIKELY = set("’‘“”„–—…€•·°§«»¿¡£®™´ºª²³½×\u00a0")


def _likelihood(sample: bytes, encoding: str) -> float:
    """Share of the non-ASCII characters that make sense where they stand (letters beside letters, usual marks)."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return -1.0
    good = total = 0
    for place, char in enumerate(text):
        if char < "\x80":
            continue
        total += 1
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if char.isalpha():
            beside = (before.isalpha() and before.islower()) or after.islower()
            # A capital inside a word or a letter alone is what a wrong code page looks like.
            good += 1.0 if beside and not (char.isupper() and before.islower()) else 0.3
        elif char in _LIKELY:
            good += 0.9
    return good / total if total else 1.0


_RUN = re.compile(rb"[\x80-\xff]{3,}")


def _single_byte(sample: bytes) -> str:
    western = {name: _likelihood(sample, name) for name in ("cp1252", "mac-roman", "latin-1")}
    best = max(western, key=lambda name: western[name])
    high = sum(byte > 127 for byte in sample)
    # Western text strews single accents among plain letters; whole words beyond ASCII are another script.
    foreign = sum(len(run) for run in _RUN.findall(sample)) > high / 2
    if high >= 16 and (foreign or western[best] < 0.6):
        from charset_normalizer import from_bytes

        guess = from_bytes(sample[: 1 << 16], cp_exclusion=["utf_16", "utf_16_be", "utf_16_le", "utf_32"]).best()
        if guess is not None:
            return guess.encoding
    return best if western[best] >= 0 else "latin-1"


def encoding_of(path: Path, file: str, declared: str = "auto") -> tuple[str, str, list[str]]:
    """Encoding of a text file, how to treat bytes that do not fit ("strict" or "replace"), and warnings.

    Looks for a byte order mark, UTF-16 without one, strict UTF-8, and only then weighs code pages on a sample. A
    declared encoding is held against the bytes. Raises InputError for a declared encoding that is unknown or wrong, for
    binary content and for a line beyond LINE_LIMIT.
    """
    with path.open("rb") as source:
        start = source.read(_SAMPLE)
    bom = next((name for mark, name in _BOMS if start.startswith(mark)), "")
    wide = bom if bom.startswith(("utf-16", "utf-32")) else _without_bom(start)
    strict, sample = _scan(path, file)
    if not wide and start.count(0) > len(start) * 0.1:
        at = start.index(0)
        raise InputError.at(file, "the content is binary, not text (NUL bytes throughout)",
                            "Export it again as CSV or XLSX.", row=start.count(b"\n", 0, at) + 1)
    if declared != "auto":
        return _declared(path, file, declared, bom, wide, strict, sample)
    if wide:
        return wide, "strict", []
    if strict:
        return "utf-8-sig" if bom else "utf-8", "strict", []
    high = sum(byte > 127 for byte in sample)
    fits = sum(len(found) for found in _TWO_TO_FOUR.findall(sample))
    if bom or fits > 0.9 * high:
        return "utf-8-sig" if bom else "utf-8", "replace", [
            "nearly all of it is UTF-8, but some bytes are not and read as \ufffd; export it again if those letters matter"
        ]
    found = _single_byte(sample)
    return found, "replace", [
        f"the file is not UTF-8 and was read as {found}; if letters look wrong, declare encoding = \"...\""
    ]


def _declared(
    path: Path, file: str, declared: str, bom: str, wide: str, strict: bool, sample: bytes
) -> tuple[str, str, list[str]]:
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        known = sorted(set(encodings.aliases.aliases) | set(encodings.aliases.aliases.values()))
        near = difflib.get_close_matches(declared.lower().replace("-", "_"), known, n=1)
        hint = f" Did you mean {near[0].replace('_', '-')!r}?" if near else ""
        raise InputError.at(file, f"encoding = {declared!r} is not known", f"Leave it out to have it recognised.{hint}") from None
    if name == "utf-8" and bom == "utf-8-sig":
        name = "utf-8-sig"
    really = wide or ("utf-8" if strict and sample else "")
    says_wide = name.startswith(("utf-16", "utf-32"))
    single = not says_wide and not name.startswith("utf-8")
    if (bool(wide) != says_wide) or (single and really == "utf-8"):
        raise InputError.at(
            file, f"declared as encoding = {declared!r}, but the bytes are {really or 'of another encoding'}",
            "Take the encoding line out of this export's block, or write "
            + (f'encoding = "{really}".' if really else "the right one."),
        )
    if name.startswith("utf-8") and not strict:
        row, byte = _first_misfit(path)
        raise InputError.at(
            file, f"declared as encoding = {declared!r}, but byte 0x{byte:02x} there does not fit it",
            f"The bytes look like {_single_byte(sample)}: take the encoding line out or write that.", row=row,
        )
    return name, "strict", []


def _first_misfit(path: Path) -> tuple[int, int]:
    """Line (1-based) and value of the first byte that is not UTF-8."""
    with path.open("rb") as source:
        for number, line in enumerate(source, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as problem:
                return number, line[problem.start]
    return 0, 0


def delimiter_of(sample: str) -> str:
    """The delimiter among , ; tab | under which most records of the sample have the same number of cells, more than one."""
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        try:
            records = [record for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter,
                                                       skipinitialspace=True)]
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
