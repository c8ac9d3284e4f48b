"""XLSX, Parquet, JSON lines and SPSS as text; the messy sets."""

from __future__ import annotations

import datetime as dt
import json

import openpyxl
import pandas as pd
import pytest

from cxlab.errors import CxlabError, InputError
from cxlab.loaders.reading import read_raw


def _book(path, rows, title="Data", **others):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for name, state in others.items():
        more = book.create_sheet(name)
        more.append(["x"])
        more.sheet_state = state
    book.save(path)
    return path


def test_xlsx_cells_become_text(tmp_path):
    moment = dt.datetime(2026, 3, 1, 14, 5)
    path = _book(
        tmp_path / "a.xlsx",
        [
            ["id", "when", "day", "number", "flag", "late"],
            [1, moment, dt.date(2026, 3, 1), 0.1 + 0.2, True, None],
            [2.0, None, None, 1e16, False, "x"],
            [],
            [None, " "],
        ],
    )
    raw = read_raw(path)
    assert raw.frame.iloc[0].tolist() == ["1", "2026-03-01 14:05:00", "2026-03-01", "0.3", "true", ""]
    assert raw.frame.iloc[1].tolist() == ["2", "", "", "1e+16", "false", "x"]
    assert raw.row.tolist() == [2, 3] and raw.sheet == "Data" and raw.rows_in == 2


def test_xlsx_sheets(tmp_path):
    path = _book(tmp_path / "a.xlsx", [["a"], [1]], Notes="visible", Secret="hidden")
    raw = read_raw(path)
    assert "others: 'Notes'" in raw.warnings[0]
    assert list(read_raw(path, {"sheet": "Secret"}).frame.columns) == ["x"]
    with pytest.raises(InputError, match="no sheet 'Date'.*'Data', 'Notes', 'Secret'"):
        read_raw(path, {"sheet": "Date"})


def test_damaged_workbook(tmp_path):
    path = _book(tmp_path / "a.xlsx", [["a"], [1]])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="a.xlsx"):
        read_raw(path)


def test_qualtrics_saved_as_a_workbook(tmp_path):
    path = _book(
        tmp_path / "q.xlsx",
        [
            ["ResponseId", "Q1"],
            ["Response ID", "How likely?"],
            ['{"ImportId":"_recordId"}', '{"ImportId":"QID1"}'],
            ["R_1", 9],
        ],
    )
    raw = read_raw(path)
    assert (raw.shape, raw.frame["Q1"].tolist(), raw.labels["Q1"]) == ("qualtrics", ["9"], "How likely?")


def test_parquet(tmp_path):
    frame = pd.DataFrame(
        {
            "id": [1, 2],
            "score": [9.0, None],
            "share": [0.1, 2.5],
            "at": pd.to_datetime(["2026-03-01 14:05", None]),
            "flag": pd.array([True, None], dtype="boolean"),
            "text": ["a", None],
            "list": [[1, 2], None],
            "kind": pd.Categorical(["x", "y"]),
        }
    )
    path = tmp_path / "a.parquet"
    frame.to_parquet(path)
    raw = read_raw(path)
    assert raw.frame.iloc[0].tolist()[:3] == ["1", "9", "0.1"]
    assert raw.frame["at"][0].startswith("2026-03-01 14:05:00") and raw.frame["at"][1] == ""
    assert raw.frame["flag"].tolist() == ["true", ""] and raw.frame["list"].tolist() == ["[1, 2]", ""]
    assert raw.frame["kind"].tolist() == ["x", "y"] and raw.row.tolist() == [1, 2]
    path.write_bytes(path.read_bytes()[:-100] + b"PAR1")
    with pytest.raises(InputError, match="cannot be read"):
        read_raw(path)


def test_json_lines(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"id": 1, "price": 1.10, "who": {"name": "x", "tags": ["a"]}}\n\nnot json\n[1]\n'
        '{"id": 2, "ok": true, "price": null}\n'
    )
    raw = read_raw(path)
    assert list(raw.frame.columns) == ["id", "price", "who.name", "who.tags", "ok"]
    assert raw.frame.values.tolist() == [["1", "1.10", "x", '["a"]', ""], ["2", "", "", "", "true"]]
    assert raw.row.tolist() == [1, 5] and raw.aside_row.tolist() == [3, 4] and raw.blank_rows == 1
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"a": 1}, {"a": 2}, "x"], indent=1))
    raw = read_raw(path)
    assert raw.frame["a"].tolist() == ["1", "2"] and len(raw.aside) == 1


def test_spss_codes_labels_and_user_missing(shared_data):
    path = shared_data / "sfo-survey" / "2017_subset_DERIVED.sav"
    raw = read_raw(path)
    assert raw.rows_in == 2831 and raw.labels["NETPRO"] == "Likelihood to recommend SFO (0-10)"
    # 11 is declared as user-missing, so it is empty; the codes stay text.
    assert "11" not in set(raw.frame["NETPRO"]) and {"0", "10", ""} <= set(raw.frame["NETPRO"])
    scores = raw.frame["NETPRO"][raw.frame["NETPRO"] != ""].astype(float)
    assert len(scores) == 2746
    assert round(100 * ((scores >= 9).mean() - (scores <= 6).mean()), 2) == 39.84
    assert "English" in set(read_raw(path, {"labels": True}).frame["LANG"])


def test_sfo_csv_and_sav_agree(shared_data):
    survey = read_raw(shared_data / "sfo-survey" / "2017_SFO_Customer_Survey.csv").frame
    derived = read_raw(shared_data / "sfo-survey" / "2017_subset_DERIVED.sav").frame
    assert derived["RESPNUM"].tolist() == survey["RESPNUM"].tolist()
    assert derived["NETPRO"].tolist() == survey["NETPRO"].replace("11", "").tolist()


@pytest.mark.slow
def test_no_messy_file_crashes(shared_data):
    tables = errors = 0
    for folder in ("messy-csvkit", "messy-frictionless", "messy-derived", "messy-naughty-strings"):
        for path in sorted((shared_data / folder).iterdir()):
            try:
                raw = read_raw(path)
            except CxlabError as error:
                errors += 1
                assert path.name in str(error) and len(str(error)) > 40
            else:
                tables += 1
                assert raw.rows_in == len(raw.frame) + len(raw.aside) == len(raw.row) + len(raw.aside_row)
                assert raw.frame.columns.is_unique and all(raw.frame.columns)
                assert all(str(kind) == "str" for kind in raw.frame.dtypes)
                assert not raw.frame.isna().any().any()
    assert tables > 130 and errors < 45


@pytest.mark.parametrize(
    ("file", "rows", "aside"),
    [
        ("messy-csvkit/bad.csv", 1, 2),
        ("messy-csvkit/test_utf16_little.csv", 2, 0),
        ("messy-csvkit/test_utf16_big.csv", 2, 0),
        ("messy-csvkit/mac_newlines.csv", 2, 0),
        ("messy-csvkit/test_latin1.csv", 2, 0),
        ("messy-csvkit/test_skip_lines.csv", 1, 0),
        ("messy-frictionless/duplicate-headers.csv", 2, 0),
        ("messy-frictionless/blank-rows-multiple.csv", 2, 0),
        ("messy-frictionless/structure-errors.csv", 2, 1),
        ("messy-frictionless/[table].csv", 2, 0),
        ("messy-frictionless/leading-zeros.csv", 3, 0),
        ("messy-frictionless/bom.csv", 2, 0),
        ("messy-frictionless/latin1.csv", 2, 0),
        ("messy-derived/formula_injection_cells.csv", 32, 0),
    ],
)
def test_rows_of_messy_files(shared_data, file, rows, aside):
    raw = read_raw(shared_data / file)
    assert (len(raw.frame), len(raw.aside)) == (rows, aside)


def test_leading_zeros_and_accents_are_kept(shared_data):
    assert read_raw(shared_data / "messy-frictionless" / "leading-zeros.csv").frame["value"].tolist() == [
        "01",
        "002",
        "00003",
    ]
    assert read_raw(shared_data / "messy-csvkit" / "test_latin1.csv").frame["c"].tolist() == ["3", "©"]
    assert read_raw(shared_data / "messy-frictionless" / "latin1.csv").frame["name"].tolist() == ["english", "©"]
