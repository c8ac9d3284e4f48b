"""The shapes in which real systems export: header rows, encodings, notations. The same data gives the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

_FROZEN = (2026, 10, 4, 8, 0, 0)


def iso(moments: np.ndarray | pd.Series) -> np.ndarray:
    """Moments (datetime64, NaT allowed) as "2026-09-30 14:05:00" (object array, "" for NaT)."""
    return _texts(moments, lambda text: text[:10] + " " + text[11:])


def german(moments: np.ndarray | pd.Series, clock: bool = True) -> np.ndarray:
    """Moments as "30.09.2026 14:05", or "30.09.2026" without `clock` (object array, "" for NaT)."""
    return _texts(moments, lambda text: f"{text[8:10]}.{text[5:7]}.{text[:4]}" + (f" {text[11:16]}" if clock else ""))


def american(moments: np.ndarray | pd.Series) -> np.ndarray:
    """Moments as "09/30/2026 02:05:00 PM" (object array, "" for NaT)."""

    def text_of(text: str) -> str:
        hour = int(text[11:13])
        half = "PM" if hour >= 12 else "AM"
        return f"{text[5:7]}/{text[8:10]}/{text[:4]} {hour % 12 or 12:02d}:{text[14:19]} {half}"

    return _texts(moments, text_of)


def _texts(moments: np.ndarray | pd.Series, write: object) -> np.ndarray:
    stamps = np.datetime_as_string(np.asarray(moments).astype("datetime64[s]"), unit="s").tolist()
    return np.array(["" if text == "NaT" else write(text) for text in stamps], dtype=object)


def comma_decimal(numbers: Iterable[float]) -> list[str]:
    """Numbers as "1.234,50"."""
    return [f"{number:,.2f}".translate(str.maketrans(",.", ".,")) for number in numbers]


def whole(numbers: Iterable[float]) -> list[str]:
    """Whole numbers as text, "" for NaN."""
    return ["" if number != number else str(int(number)) for number in numbers]


def write_delimited(
    path: Path, frame: pd.DataFrame, delimiter: str = ",", encoding: str = "utf-8", tail: Sequence[str] = ()
) -> Path:
    """Write `frame` (texts) with one header row; `tail` are raw lines below it."""
    with path.open("w", encoding=encoding, newline="", errors="replace") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow(frame.columns)
        writer.writerows(_rows(frame))
        file.writelines(line + "\r\n" for line in tail)
    return path


def begin_qualtrics(path: Path, questions: dict[str, tuple[str, str]]) -> Path:
    """Write the three header rows of Qualtrics, UTF-8 with byte order mark. `questions`: column -> (text, ImportId)."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(questions)
        writer.writerow(text for text, _ in questions.values())
        writer.writerow(json.dumps({"ImportId": name}, separators=(",", ":")) for _, name in questions.values())
    return path


def append_rows(path: Path, frame: pd.DataFrame) -> None:
    """Append the rows of `frame` (texts, columns in the file's order) to a comma-separated UTF-8 file."""
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(_rows(frame))


def write_sheet(path: Path, title: str, rows: Iterable[Sequence[object]]) -> Path:
    """Write one XLSX sheet named `title`, row by row; datetimes become cells of that type, None an empty cell."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    book.properties.created = dt.datetime(*_FROZEN)
    raw = io.BytesIO()
    book.save(raw)
    path.write_bytes(_frozen_zip(raw))
    return path


def _frozen_zip(raw: io.BytesIO) -> bytes:
    """The same zip without the time of writing, so that the same data gives the same bytes."""
    fixed = io.BytesIO()
    stamp = "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}Z".format(*_FROZEN)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp.encode(), content)
            new.writestr(zipfile.ZipInfo(name, _FROZEN), content, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()


def write_spss(path: Path, frame: pd.DataFrame, questions: dict[str, str], labels: dict[str, dict[int, str]]) -> Path:
    """Write an SPSS file with question texts and value labels, and without the time of writing in its head."""
    import pyreadstat

    pyreadstat.write_sav(frame, str(path), column_labels=questions, variable_value_labels=labels)
    head = bytearray(path.read_bytes())
    head[92:109] = b"04 Oct 2608:00:00"  # creation date (9 bytes) and time (8) of the file header record
    path.write_bytes(head)
    return path


def _rows(frame: pd.DataFrame) -> Iterable[tuple[object, ...]]:
    columns = [frame[name].tolist() for name in frame.columns]
    return zip(*columns, strict=True)
