"""Text to the declared kind."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlab.errors import InputError
from cxlab.loaders.conversion import Reading, convert, excel_damage


def _convert(texts, kind, **how):
    missing = frozenset(how.pop("missing", ()))
    return convert(pd.Series(texts, dtype="str"), kind, Reading("f.csv", "Col", "target", missing=missing, **how))


def _numbers(texts, **how):
    done = _convert(texts, "number", **how)
    return [None if bad else value for value, bad in zip(done.values, done.bad, strict=True)]


def test_numbers():
    assert _numbers(["1", "-2.5", " 3 ", "1e3", "+4", ".5", "$7", "8 €"]) == [1, -2.5, 3, 1000, 4, 0.5, 7, 8]
    assert _numbers(["abc", "1.2.3", "inf", "nan", "--1", "5%", "1_000", "٣"]) == [None] * 8
    assert _numbers(["1,5", "-1.234,50", "1.234", "2", "3.5"], decimal=",") == [1.5, -1234.5, 1234, 2, None]
    assert _numbers(["1,234.50", "1 234.5", "12,34"], decimal=".") == [1234.5, 1234.5, None]
    assert _numbers(["6,718", "8"], thousands=",") == [6718, 8]


def test_commas_are_asked_about_not_guessed():
    with pytest.raises(InputError, match=r"f\.csv, column 'Col'.*commas.*decimal = "):
        _numbers(["1,5", "2,5"])
    assert _numbers(["1", "2", "3", "1,5"]) == [1, 2, 3, None]


def test_empty_and_missing_texts_are_empty_not_bad():
    done = _convert(["", " ", "?", "7"], "number", missing=["?"])
    assert done.values.isna().tolist() == [True, True, True, False] and not done.bad.any()


def test_counts_and_flags():
    done = _convert(["3", "2.0", "1.5", "-1", "x"], "count")
    assert done.bad.tolist() == [False, False, True, True, True]
    done = _convert(["TRUE", "no", "1", "0", "Y", "f", "maybe", ""], "flag")
    assert done.values.tolist()[:6] == [True, False, True, False, True, False]
    assert done.bad.tolist() == [False] * 6 + [True, False] and str(done.values.dtype) == "boolean"


def test_types_are_those_of_the_stored_tables():
    assert str(_convert(["2024-01-05 10:00"], "time").values.dtype) == "datetime64[us]"
    date = _convert(["2024-01-05 10:00", ""], "date").values
    assert str(date.dtype) == "datetime64[us]" and date[0] == pd.Timestamp("2024-01-05")
    assert _convert(["2024-01-05"], "month").values[0] == pd.Timestamp("2024-01-01")
    assert str(_convert(["1"], "number").values.dtype) == "float64"
    assert str(_convert(["a"], "text").values.dtype) == "str"
    for kind in ("time", "date", "month", "number", "count", "flag", "text"):
        assert len(_convert([], kind).values) == 0
        assert _convert(["", ""], kind).values.isna().all()


def test_an_ambiguous_date_column_asks_with_examples_and_the_line_to_add():
    with pytest.raises(InputError) as error:
        _convert(["03/04/2024", "05/06/2024", "07/08/2024", "09/10/2024"], "date")
    message = str(error.value)
    assert message.startswith("f.csv, column 'Col':")
    assert "'03/04/2024', '05/06/2024', '07/08/2024'" in message and 'dates = "day-first"' in message


def test_excel_damage_is_reported_with_a_proposal():
    values = pd.Series(["Jun-25", "26-100", "01-May", "Jun-25", "More than 1000"], dtype="str")
    (warning,) = excel_damage(values, "no_employees")
    assert "'Jun-25' (2) = '6-25'" in warning and "'01-May' (1) = '1-5'" in warning
    assert not excel_damage(pd.Series(["Jan-24", "Feb-24"], dtype="str"), "month")


def test_real_excel_damage(shared_data):
    frame = pd.read_csv(shared_data / "googleforms-osmi2014" / "survey.csv", dtype=str, keep_default_na=False)
    (warning,) = excel_damage(frame["no_employees"].astype("str"), "no_employees")
    assert "'Jun-25' (290) = '6-25'" in warning and "'01-May' (162) = '1-5'" in warning
