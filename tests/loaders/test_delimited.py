"""Rows as they stand in a delimited file: ragged, blank, with odd line ends."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.loaders.reading import read_raw


def _read(tmp_path, text, **export):
    path = tmp_path / "a.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_raw(path, export)


def test_headers_repeat_and_lack_names(tmp_path):
    raw = _read(tmp_path, "id, category ,category,,category.2,category\n1,a,b,c,d,e\n")
    assert list(raw.frame.columns) == ["id", "category", "category.3", "column 4", "category.2", "category.4"]


def test_ragged_rows_are_set_aside_with_a_reason(tmp_path):
    raw = _read(tmp_path, "a,b,c\n1,2,3\n1,2\n1,2,3,4\n\n,,\n1,2,3,,\nTotal;3\n")
    assert raw.frame.values.tolist() == [["1", "2", "3"], ["1", "2", "3"]]
    assert raw.row.tolist() == [2, 7]
    assert raw.aside_row.tolist() == [3, 4, 8]
    assert [why.split(":")[0] for why in raw.aside_why] == ["too short", "too long", "too short"]
    assert raw.aside.iloc[1].tolist() == ["1", "2", "3", "4"]
    assert raw.blank_rows == 2
    assert raw.rows_in == 5


def test_line_ends(tmp_path):
    assert _read(tmp_path, "a,b\r1,2\r3,4\r").frame.values.tolist() == [["1", "2"], ["3", "4"]]
    assert _read(tmp_path, "a,b\r\n1,2\r\n").frame.values.tolist() == [["1", "2"]]
    lone = _read(tmp_path, 'a,b\n1,x\ry\n2,"p\r\nq"\n')
    assert lone.frame["b"].tolist() == ["x\ry", "p\r\nq"]


def test_nul_characters_are_taken_out_with_a_warning(tmp_path):
    raw = _read(tmp_path, b"a,b\n\x001,2\n" + b"3,4\n" * 20)
    assert raw.frame["a"][0] == "1"
    assert "NUL" in raw.warnings[0]


def test_blanks_before_quotes(tmp_path):
    assert _read(tmp_path, 'a, b\n1, "x, y"\n').frame["b"].tolist() == ["x, y"]


def test_text_encoded_twice_is_noticed(tmp_path):
    raw = _read(tmp_path, "a\nprécis\n".encode().decode("cp1252"))
    assert "encoded twice" in raw.warnings[0]


def test_nothing_is_read_as_missing(tmp_path):
    assert _read(tmp_path, "a,b\nNA,null\nnan,None\n007,1e5\n").frame.values.tolist() == [
        ["NA", "null"],
        ["nan", "None"],
        ["007", "1e5"],
    ]


def test_skip_rows_counts_rows_of_the_file(tmp_path):
    raw = _read(tmp_path, "Report\nmade today;\n\na;b\n1;2\n", skip_rows=3, delimiter=";")
    assert raw.frame.to_dict("list") == {"a": ["1"], "b": ["2"]} and raw.row.tolist() == [5]


_CELLS = st.text(
    alphabet=st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00\ufeff\ue00d"), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(_CELLS, min_size=3, max_size=3), max_size=15))
def test_what_csv_writes_comes_back(tmp_path_factory, rows):
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["one", "two", "three"])
    writer.writerows(rows)
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(buffer.getvalue().encode())
    raw = read_raw(path, {"delimiter": ",", "shape": "plain"})
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert raw.frame.values.tolist() == kept
    assert raw.rows_in == len(kept)


@settings(max_examples=60, deadline=None)
@given(widths=st.lists(st.integers(0, 6), max_size=25))
def test_every_row_is_kept_or_set_aside(tmp_path_factory, widths):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text("a,b,c\n" + "".join(",".join(["x"] * width) + "\n" for width in widths))
    raw = read_raw(path)
    assert len(raw.frame) == widths.count(3)
    assert len(raw.aside) == sum(width not in (0, 3) for width in widths)
    assert len(raw.aside_row) == len(raw.aside_why) == len(raw.aside)
