"""[[export]] blocks: checked whole, with near misses."""

from __future__ import annotations

import pytest

from cxlab.errors import InputError
from cxlab.loaders.mapping import parse_block

COLUMNS = {"response_id": "id", "survey": {"value": "nps"}}


def test_a_good_block():
    block = parse_block(
        {
            "file": "a.csv",
            "table": "responses",
            "missing": ["?", 99],
            "dates": "day-first",
            "where": {"Status": 0},
            "columns": {**COLUMNS, "score": {"from": "Q1", "missing": ["11"]}},
        },
        1,
    )
    score = next(source for source in block.sources if source.target == "score")
    assert score.missing == {"?", "99", "11"} and score.dates == "day-first"
    assert block.where == {"Status": ("0",)} and block.key == ("response_id",)


def test_all_problems_of_a_block_come_at_once():
    with pytest.raises(InputError) as error:
        parse_block(
            {
                "file": "../../etc/passwd",
                "table": "responses",
                "dattes": "day-first",
                "dates": "days-first",
                "decimal": ";",
                "skip_rows": "1",
                "timezone": "Mars/Base",
                "keep": "some",
                "key": ["respons_id"],
                "columns": {
                    "response_id": {"from": "a", "value": "b"},
                    "survey": {"value": "npss"},
                    "answerd_at": "x",
                    "score": {"frm": "Q1"},
                    "closed": {"from": "c", "after": "opened", "unit": "weeks"},
                    "row": "row",
                    "comment": {"template": "no column"},
                    "own": {"from": "z", "kind": "integer"},
                },
            },
            3,
        )
    problems = error.value.problems
    text = str(error.value)
    assert len(problems) >= 15
    for expected in (
        "'dattes' is not a known key (did you mean 'dates'?)",
        "leaves data/raw",
        "'days-first'",
        "decimal = ';'",
        "skip_rows = '1' is of the wrong type",
        "Mars/Base",
        "keep = 'some'",
        "did you mean 'response_id'?",
        "exactly one of from, value, template (found: from, value)",
        "'npss' is not one of",
        "did you mean 'nps'?",
        "did you mean 'answered_at'?",
        "'frm' is not a known key (did you mean 'from'?)",
        "after = 'opened'",
        "unit = 'weeks'",
        "the name is kept for cxlab's own column",
        "names no column",
        "kind = 'integer'",
    ):
        assert expected in text, expected


def test_missing_required_columns_and_unknown_table():
    with pytest.raises(InputError, match="needs survey; map it"):
        parse_block({"file": "a.csv", "table": "responses", "columns": {"response_id": "id"}}, 1)
    with pytest.raises(InputError, match="did you mean 'responses'"):
        parse_block({"file": "a.csv", "table": "response", "columns": COLUMNS}, 1)
    with pytest.raises(InputError, match="file is missing.*\n.*table is missing"):
        parse_block({}, 1)


def test_a_column_of_ones_own_is_allowed():
    block = parse_block(
        {
            "file": "a.csv",
            "table": "responses",
            "columns": {**COLUMNS, "ticket": "t", "answerd_at": {"from": "x", "kind": "text"}},
        },
        1,
    )
    assert [source.kind for source in block.sources] == ["text"] * 4
