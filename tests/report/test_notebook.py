import datetime as dt
import json

import nbformat
import numpy as np
import pandas as pd
import pytest

from cxlab.errors import CxlabError, ParameterError
from cxlab.periods import Period
from cxlab.report.notebook import MIME, finding, read_outputs, record, recorded
from cxlab.report.plain import plain


def test_plain_json_out_of_anything_a_notebook_computes():
    given = {
        "a": np.int64(3),
        "b": np.float32(0.5),
        "c": float("nan"),
        "d": np.inf,
        "e": pd.NA,
        "f": pd.NaT,
        "g": pd.Timestamp("2026-01-31 10:00"),
        "h": dt.date(2026, 1, 31),
        "i": np.bool_(True),
        "j": (1, [None]),
        "k": pd.Series([1, np.nan]),
        "l": np.array([1.0, 2.0]),
        "m": Period.of("2026-Q3"),
        "n": np.datetime64("2026-01-01"),
        "o": pd.DataFrame({"x": pd.array([1, None], dtype="Int64"), "when": pd.to_datetime(["2026-01-01", None])}),
        5: "\ud800",
        "p": pd.Categorical(["a"])[0],
        "q": np.datetime64("NaT"),
        "r": pd.Index(["a"]),
    }
    out = plain(given)
    assert json.loads(json.dumps(out, allow_nan=False)) == {
        "a": 3,
        "b": 0.5,
        "c": None,
        "d": None,
        "e": None,
        "f": None,
        "g": "2026-01-31T10:00:00",
        "h": "2026-01-31",
        "i": True,
        "j": [1, [None]],
        "k": [1.0, None],
        "l": [1.0, 2.0],
        "m": "2026-Q3",
        "n": "2026-01-01T00:00:00",
        "o": [{"x": 1, "when": "2026-01-01T00:00:00"}, {"x": None, "when": None}],
        "5": "?",
        "p": "a",
        "q": None,
        "r": ["a"],
    }


@pytest.mark.parametrize("strange", [{1, 2}, object(), b"x", lambda: 1, pd.Timedelta("1h"), 1j, {(1, 2): 3}])
def test_what_cannot_be_said_plainly_is_refused_with_its_place(strange):
    with pytest.raises(CxlabError, match="more"):
        recorded("h", more={"deep": [strange]})


def test_a_finding_has_every_field():
    found = finding("win", "NPS goes with invoices.", kpi="nps", value=np.float64(31), low=np.nan, verdict="improved")
    assert list(found) == ["kind", "sentence", "kpi", "scope", "value", "low", "high", "verdict", "grade", "owner"]
    assert found["value"] == 31.0 and found["low"] is None and found["grade"] == "D"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"kind": "wins"}, "Did you mean 'win'"),
        ({"verdict": "up"}, "verdict"),
        ({"grade": "E"}, "grade"),
        ({"sentence": " "}, "no sentence"),
        ({"value": "31"}, "value"),
        ({"owner": 3}, "owner"),
        ({"value": True}, "value"),
    ],
)
def test_a_wrong_field_is_named(wrong, named):
    with pytest.raises(CxlabError, match=named):
        finding(**({"kind": "win", "sentence": "x"} | wrong))


def test_the_record_is_checked_before_anything_is_shown():
    with pytest.raises(CxlabError, match="no headline"):
        recorded("")
    with pytest.raises(CxlabError, match="cx.finding"):
        recorded("h", findings=["x"])
    with pytest.raises(CxlabError, match="not a list"):
        recorded("h", findings=finding("win", "x"))
    with pytest.raises(ParameterError, match=r"findings\[0\]"):
        recorded("h", findings=[{"kind": "win", "sentence": "x", "colour": "red"}])
    with pytest.raises(CxlabError, match="KPI frame"):
        recorded("h", kpis=[1])


def test_what_is_recorded_is_read_back(monkeypatch, kpis):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append((data, raw)))
    record("NPS rose.", findings=[finding("win", "NPS rose.")], kpis=kpis, rows=np.int64(12))
    data, raw = shown[0]
    assert raw and data["text/plain"] == "NPS rose.\nwin (D): NPS rose.\n[4 KPI rows recorded]"
    cell = nbformat.v4.new_code_cell(
        "x",
        outputs=[
            nbformat.v4.new_output("stream", text="hello"),
            nbformat.v4.new_output("display_data", data=data),
        ],
    )
    notebook = nbformat.reads(nbformat.writes(nbformat.v4.new_notebook(cells=[cell])), as_version=4)
    (content,) = read_outputs(notebook)
    assert content["headline"] == "NPS rose." and content["rows"] == 12 and type(content) is dict
    assert content["kpis"][3] == {
        "kpi": "ttfv",
        "value": None,
        "low": None,
        "high": None,
        "n": 3.0,
        "period": "2026-Q3",
        "n_eff": 3.0,
    }
    assert content["findings"][0]["grade"] == "D" and MIME in data


def test_a_notebook_without_records_gives_none():
    assert read_outputs({"cells": [{"cell_type": "code", "outputs": [{"output_type": "stream"}]}]}) == []
    assert read_outputs({}) == []
