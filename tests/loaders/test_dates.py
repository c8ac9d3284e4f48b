"""Points in time from text: declared, proved, or asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.loaders.dates import OrderAsked, parse


def _parse(texts, declared=None, zone=None):
    return [str(value)[:19] for value in parse(pd.Series(texts, dtype="str"), declared, zone).values]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-01", "2024-03-01T00:00:00"),
        ("2024-03-01 14:05", "2024-03-01T14:05:00"),
        ("2024-03-01T14:05:06Z", "2024-03-01T14:05:06"),
        ("2024-03-01T14:05:06.123456+02:00", "2024-03-01T14:05:06"),
        ("2024/3/1 2:05 PM", "2024-03-01T14:05:00"),
        ("20240301", "2024-03-01T00:00:00"),
        ("2024-03", "2024-03-01T00:00:00"),
        ("1 Mar 2024", "2024-03-01T00:00:00"),
        ("March 1, 2024 12:00 AM", "2024-03-01T00:00:00"),
        ("1. März 2024", "2024-03-01T00:00:00"),
        ("1 de marzo de 2024", "2024-03-01T00:00:00"),
        ("Fri, 1 Mar 2024 10:00:00 +0000", "2024-03-01T10:00:00"),
        ("01-Mar-24", "2024-03-01T00:00:00"),
        ("Mar 2024", "2024-03-01T00:00:00"),
        ("03/2024", "2024-03-01T00:00:00"),
        ("31/01/2024 23:59:59", "2024-01-31T23:59:59"),
        ("31.01.2024", "2024-01-31T00:00:00"),
        ("01/31/2024 12:15 PM", "2024-01-31T12:15:00"),
        ("01/01/2024", "2024-01-01T00:00:00"),
        ("2024-02-30", "NaT"),
        ("2023-02-29", "NaT"),
        ("2024-13-01", "NaT"),
        ("2024-01-01 25:00", "NaT"),
        ("9999-12-31", "NaT"),
        ("0001-01-01", "NaT"),
        ("yesterday", "NaT"),
        ("45000", "NaT"),
        ("1.5", "NaT"),
        ("13:45", "NaT"),
        ("2024-01-01 13:00 PM", "NaT"),
    ],
)
def test_what_needs_no_declaration(text, expected):
    assert _parse([text]) == [expected]


@pytest.mark.parametrize("texts", [["03/04/2024"], ["03/04/2024", "05/05/2024"], ["01-02-13", "13-02-01"], ["3.4.24"]])
def test_an_ambiguous_order_is_asked_for(texts):
    with pytest.raises(OrderAsked) as asked:
        _parse(texts)
    assert asked.value.examples and not asked.value.contradictory


def test_both_orders_in_one_column_are_asked_for():
    with pytest.raises(OrderAsked) as asked:
        _parse(["13/02/2024", "02/13/2024"])
    assert asked.value.contradictory


def test_one_value_proves_the_order_of_its_column():
    assert _parse(["03/04/2024", "13/04/2024"])[0].startswith("2024-04-03")
    assert _parse(["03/04/2024", "04/13/2024"])[0].startswith("2024-03-04")


def test_declared_orders_and_formats():
    assert _parse(["03/04/2024", "2024-12-31"], "day-first") == ["2024-04-03T00:00:00", "2024-12-31T00:00:00"]
    assert _parse(["03/04/24"], "month-first") == ["2024-03-04T00:00:00"]
    assert _parse(["24-03-04"], "year-first") == ["2024-03-04T00:00:00"]
    assert _parse(["04|03|2024", "2024-01-02"], "%d|%m|%Y") == ["2024-03-04T00:00:00", "2024-01-02T00:00:00"]
    assert _parse(["03/04/2024", "03/04/2024 01:00 PM"], ["%d/%m/%Y", "%m/%d/%Y %I:%M %p"]) == [
        "2024-04-03T00:00:00",
        "2024-03-04T13:00:00",
    ]
    assert _parse(["45000.5", "x"], "excel") == ["2023-03-15T12:00:00", "NaT"]
    assert _parse(["1700000000", "1700000000000"], "unix") == ["2023-11-14T22:13:20"] * 2


def test_values_that_contradict_the_declaration_are_remarked():
    moments = parse(pd.Series(["03/04/2024", "04/13/2024"], dtype="str"), "day-first")
    assert np.isnat(moments.values[1]) and "cannot be day-first" in moments.remarks[0]


def test_offsets():
    one = parse(pd.Series(["2024-07-01T12:00:00+02:00", "2024-07-02T12:00:00+02:00"], dtype="str"))
    assert str(one.values[0])[:16] == "2024-07-01T12:00" and not one.remarks
    several = parse(pd.Series(["2024-07-01T12:00:00+02:00", "2024-07-01T12:00:00Z"], dtype="str"))
    assert [str(value)[11:16] for value in several.values] == ["10:00", "12:00"] and "offsets" in several.remarks[0]
    assert _parse(["2024-07-01T12:00:00Z", "2024-01-01T12:00:00Z"], zone="Europe/Berlin") == [
        "2024-07-01T14:00:00",
        "2024-01-01T13:00:00",
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.datetimes(
            min_value=pd.Timestamp("1901-01-01").to_pydatetime(), max_value=pd.Timestamp("2099-12-31").to_pydatetime()
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(
        [
            ("%d/%m/%Y %H:%M:%S", "day-first"),
            ("%m-%d-%Y %I:%M:%S %p", "month-first"),
            ("%Y.%m.%d %H:%M:%S", None),
            ("%d %b %Y %H:%M:%S", None),
            ("%B %d, %Y %H:%M:%S", None),
        ]
    ),
)
def test_written_dates_come_back(moments, how):
    form, order = how
    whole = [moment.replace(microsecond=0) for moment in moments]
    read = parse(pd.Series([moment.strftime(form) for moment in whole], dtype="str"), order).values
    assert read.tolist() == whole
