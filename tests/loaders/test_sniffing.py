"""Encoding, delimiter, what a file really is, and guards against hostile sizes."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from cxlab.errors import InputError
from cxlab.loaders.delimited import read
from cxlab.loaders.encoding import encoding_of
from cxlab.loaders.reading import read_raw
from cxlab.loaders.sniffing import delimiter_of

TEXT = "name;comment\nMüller;Größe passt für uns, schön\nPérez;El niño está aquí, ¿sí?\n"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
        ("mac-roman", "mac-roman"),
    ],
)
def test_encodings_are_recognised(tmp_path, encoding, expected):
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert encoding_of(path, "a.csv")[0] == expected
    raw = read_raw(path)
    assert raw.frame["name"].tolist() == ["Müller", "Pérez"]
    assert raw.frame["comment"].tolist() == ["Größe passt für uns, schön", "El niño está aquí, ¿sí?"]


def test_other_scripts_are_not_taken_for_western(tmp_path, shared_data):
    # Four names are too little to tell Greek from Cyrillic: the reader is told, and can declare it.
    path = shared_data / "messy-frictionless" / "table-infer-iso-8859-7.csv"
    raw = read_raw(path)
    assert raw.warnings and "declare encoding" in raw.warnings[0]
    assert read_raw(path, {"encoding": "iso-8859-7"}).frame["name"][0] == "Λεωνιδας"
    text = (
        "id,comment\n1,Всё работает хорошо, но поддержка отвечает медленно\n2,Очень доволен сервисом, спасибо большое\n"
    )
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode("cp1251"))
    assert "работает" in read_raw(path, {"delimiter": ";"}).frame.iloc[0, 0]


def test_a_few_broken_bytes_do_not_turn_utf8_into_something_else(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + "é,ü\n".encode() * 200 + b"\xff,x\n")
    raw = read_raw(path)
    assert raw.frame["a"][0] == "é"
    assert "\ufffd" in raw.frame["a"].iloc[-1]
    assert "not and read as" in raw.warnings[0]


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("a,b\n1,2\n3,4\n", ","),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("a\tb\n1, 2\t3\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ("comment\nhello, world\nplain\n", ","),
        ('"x;y","b"\n"1;2;3","c"\n"1","d"\n', ","),
    ],
)
def test_delimiters(sample, delimiter):
    assert delimiter_of(sample) == delimiter


def test_excel_hint_line_names_the_delimiter(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("sep=|\na|b\n1,2|3\n")
    raw = read_raw(path)
    assert raw.frame.to_dict("list") == {"a": ["1,2"], "b": ["3"]}
    assert raw.row.tolist() == [3]


def _zip(names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "really"),
    [
        (_zip(["xl/workbook.xml", "[Content_Types].xml"]), "an Excel workbook"),
        (_zip(["data.csv"]), "a zip archive"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "a PNG picture"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "an old Excel workbook"),
        (b"\x1f\x8b\x08" + b"\x00" * 50, "a gzip archive"),
        (b"PAR1" + b"\x00" * 40, "a Parquet file"),
        (b"<!DOCTYPE html><html><table>", "an HTML or XML page"),
        (b"a,b\n" + bytes(range(256)) * 100 + b"\x00" * 40_000, "binary"),
    ],
)
def test_binary_renamed_csv_says_what_it_is(tmp_path, content, really):
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match="export.csv") as error:
        read_raw(path)
    assert really in str(error.value)


def test_csv_renamed_xlsx_and_other_endings(tmp_path):
    path = tmp_path / "export.xlsx"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="plain text.*Rename it to end in .csv"):
        read_raw(path)
    path = tmp_path / "export.csv.zip"
    path.write_bytes(_zip(["a.csv"]))
    with pytest.raises(InputError, match="unpacking"):
        read_raw(path)


def test_empty_files(tmp_path):
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    with pytest.raises(InputError, match="empty.csv: the file is empty"):
        read_raw(path)
    path.write_bytes(b"\r\n  \r\n")
    with pytest.raises(InputError, match="no row with anything in it"):
        read_raw(path)
    with pytest.raises(InputError, match="no such file"):
        read_raw(tmp_path / "absent.csv")


@pytest.mark.parametrize(
    ("written", "declared", "message"),
    [
        ("cp1252", "utf-8", "row 2.*|byte 0xfc"),
        ("utf-8", "cp1252", "bytes are utf-8"),
        ("utf-8", "utf-16", "bytes are utf-8"),
        ("utf-16", "utf-8", "bytes are utf-16"),
        ("utf-8", "utf-9", "not known"),
    ],
)
def test_wrong_encoding_declared(tmp_path, written, declared, message):
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(written))
    with pytest.raises(InputError, match=message) as error:
        read(path, "a.csv", {"encoding": declared})
    assert "a.csv" in str(error.value) and declared in str(error.value)


def test_right_encoding_declared_is_silent(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode("cp1252"))
    raw = read(path, "a.csv", {"encoding": "cp1252"})
    assert raw.frame["name"][0] == "Müller" and not raw.warnings


@pytest.mark.parametrize("fill", [b"x", b"\x00", b"x\n", b"\xc3\xa9"])
def test_a_cell_of_500_megabytes_stops_quickly(tmp_path, fill):
    path = tmp_path / "huge.csv"
    size = 500_000_000
    with path.open("wb") as file:
        file.write(b'id,comment\n1,short\n2,"')
        if fill == b"\x00":
            file.truncate(size)
        else:
            block = fill * (1_000_000 // len(fill))
            # Enough to be over every limit; the rest is a hole, which costs no disk.
            for _ in range(40):
                file.write(block)
            file.truncate(size)
    began = time.process_time()
    try:
        with pytest.raises(InputError, match=r"huge\.csv, row [23]") as error:
            read_raw(path)
    finally:
        path.unlink()
    assert time.process_time() - began < 10
    assert "longer than" in str(error.value) or "binary" in str(error.value)


def test_a_megabyte_of_comment_is_fine(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("id,comment\n1," + "word " * 200_000 + "\n2,x\n")
    raw = read_raw(path)
    assert raw.frame["comment"].str.len().tolist() == [1_000_000, 1]
