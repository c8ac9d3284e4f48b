"""What every KPI does alike, where the battery does not reach."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from cxlab.errors import TableError
from cxlab.kpis.measure import count_and_look, group_columns, label, latest, look, scale_of, within
from cxlab.periods import Period
from cxlab.stats.counting import count


def test_labels() -> None:
    assert label(None) == "all" and label(Period.of("2026-W07")) == "2026-W07"


def test_by() -> None:
    assert group_columns("region") == ["region"] and group_columns(()) == [] and group_columns(["a", "b"]) == ["a", "b"]


def test_a_period_includes_its_start_and_not_its_end() -> None:
    frame = nw.from_native(pd.DataFrame({"at": pd.to_datetime(["2026-06-30", "2026-07-01", "2026-10-01", None])}))
    assert len(within(frame, "at", Period.of("2026-Q3"))) == 1
    assert len(within(frame, "at", None)) == 3


def test_the_data_know_their_own_today() -> None:
    frame = nw.from_native(
        pd.DataFrame({"a": pd.to_datetime(["2026-01-01", None]), "b": pd.to_datetime(["2025-01-01", "2026-02-01"])})
    )
    assert latest(frame, ["a", "b", "c"]) == dt.datetime(2026, 2, 1)
    assert latest(frame, ["c"]) is None
    assert latest(frame.filter(nw.col("a").is_null()), ["a"]) is None


def test_scale_is_what_the_rows_say() -> None:
    rows = pd.DataFrame({"scale_low": [1.0, 1.0, np.nan], "scale_high": [5.0, 5.0, np.nan]})
    assert scale_of(nw.from_native(rows), "csat") == (1, 5)
    assert scale_of(nw.from_native(rows[2:]), "csat") is None
    assert scale_of(nw.from_native(rows[["scale_low"]]), "csat") is None


ANSWERS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", None],
        "kind": ["relational", None, "relational", "relational"],
        "scale_low": [0.0, 0.0, 0.0, np.nan],
        "scale_high": [10.0, 10.0, 10.0, np.nan],
        "score": [9.0, 3.0, 10.0, 11.0],
    }
)


@pytest.mark.parametrize("cluster", [None, "customer_id"])
def test_counting_and_looking_in_one_reading_gives_what_two_would(cluster: str | None) -> None:
    """Account a stands in two kinds, one of them not told: it stays one account."""
    rows, hit = nw.from_native(ANSWERS), nw.col("score") >= 9
    counts, seen = count_and_look(rows, "nps", [], hit, cluster=cluster)
    pd.testing.assert_frame_equal(counts, count(rows, [], hit, cluster=cluster))
    assert counts["units"][0] == (3 if cluster else 4)
    assert seen == look(rows, "nps")
    assert (seen.kinds, seen.scales, seen.least, seen.most) == (("relational",), ((0.0, 10.0),), 3, 11)
    with pytest.raises(TableError, match="scores from 3 to 11 on a scale of 0-10"):
        seen.refuse_off_scale((0, 10))


def test_what_says_nothing_of_itself_is_one_question() -> None:
    seen = look(nw.from_native(ANSWERS[["score"]][:0]), "nps")
    assert seen.scale is None and seen.kinds == seen.series == ()
    seen.refuse_off_scale((0, 10))
    with pytest.raises(TableError, match="would mix versions of the question .series: no name, v2"):
        look(nw.from_native(ANSWERS.assign(series=["v2", " v2", "v2", None])), "nps").refuse_mixed_series([])
