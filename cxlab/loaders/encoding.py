"""The encoding of a text file: marks, UTF-8, UTF-16, and only then a weighing of code pages."""

from __future__ import annotations

import codecs
import difflib
import encodings.aliases
import re
from pathlib import Path

from cxlab.errors import InputError

LINE_LIMIT = 16_000_000


_BLOCK = 1 << 20


_SAMPLE = 1 << 17


_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _without_bom(data: bytes) -> str:
    """ "utf-16-le" or "utf-16-be" if every other byte of the sample is mostly NUL, else ""."""
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
                        file,
                        f"a cell or line is longer than {LINE_LIMIT // 1_000_000} million characters",
                        "The export is damaged or a quotation mark is never closed; open the file at that row and mend "
                        "it, or export it again.",
                        row=lines,
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
        raise InputError.at(
            file,
            "the content is binary, not text (NUL bytes throughout)",
            "Export it again as CSV or XLSX.",
            row=start.count(b"\n", 0, at) + 1,
        )
    if declared != "auto":
        return _declared(path, file, declared, bom, wide, strict, sample)
    if wide:
        return wide, "strict", []
    if strict:
        return "utf-8-sig" if bom else "utf-8", "strict", []
    high = sum(byte > 127 for byte in sample)
    fits = sum(len(found) for found in _TWO_TO_FOUR.findall(sample))
    if bom or fits > 0.9 * high:
        return (
            "utf-8-sig" if bom else "utf-8",
            "replace",
            [
                "nearly all of it is UTF-8, but some bytes are not and read as \ufffd; export it again if those "
                "letters matter"
            ],
        )
    found = _single_byte(sample)
    return (
        found,
        "replace",
        [f'the file is not UTF-8 and was read as {found}; if letters look wrong, declare encoding = "..."'],
    )


def _declared(
    path: Path, file: str, declared: str, bom: str, wide: str, strict: bool, sample: bytes
) -> tuple[str, str, list[str]]:
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        known = sorted(set(encodings.aliases.aliases) | set(encodings.aliases.aliases.values()))
        near = difflib.get_close_matches(declared.lower().replace("-", "_"), known, n=1)
        hint = f" Did you mean {near[0].replace('_', '-')!r}?" if near else ""
        raise InputError.at(
            file, f"encoding = {declared!r} is not known", f"Leave it out to have it recognised.{hint}"
        ) from None
    if name == "utf-8" and bom == "utf-8-sig":
        name = "utf-8-sig"
    really = wide or ("utf-8" if strict and sample else "")
    says_wide = name.startswith(("utf-16", "utf-32"))
    single = not says_wide and not name.startswith("utf-8")
    if (bool(wide) != says_wide) or (single and really == "utf-8"):
        raise InputError.at(
            file,
            f"declared as encoding = {declared!r}, but the bytes are {really or 'of another encoding'}",
            "Take the encoding line out of this export's block, or write "
            + (f'encoding = "{really}".' if really else "the right one."),
        )
    if name.startswith("utf-8") and not strict:
        row, byte = _first_misfit(path)
        raise InputError.at(
            file,
            f"declared as encoding = {declared!r}, but byte 0x{byte:02x} there does not fit it",
            f"The bytes look like {_single_byte(sample)}: take the encoding line out or write that.",
            row=row,
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
