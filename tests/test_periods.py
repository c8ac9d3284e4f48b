"""Periods: spelled one way, half-open, by fiscal year, by ISO week."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import ParameterError
from cxlab.periods import Period


def span(text: str, fiscal_year_starts: int = 1) -> tuple[str, str]:
    period = Period.of(text, fiscal_year_starts)
    return period.start.date().isoformat(), period.end.date().isoformat()


@pytest.mark.parametrize(
    "text, starts, first, after",
    [
        ("2026", 1, "2026-01-01", "2027-01-01"),
        ("2026-Q1", 1, "2026-01-01", "2026-04-01"),
        ("2026-Q4", 1, "2026-10-01", "2027-01-01"),
        ("2026-02", 1, "2026-02-01", "2026-03-01"),
        ("2024-12", 1, "2024-12-01", "2025-01-01"),
        # A fiscal year is named after the calendar year in which it ends.
        ("2026", 4, "2025-04-01", "2026-04-01"),
        ("2026-Q1", 4, "2025-04-01", "2025-07-01"),
        ("2026-Q4", 4, "2026-01-01", "2026-04-01"),
        ("2026-Q2", 12, "2026-03-01", "2026-06-01"),
        ("2026-Q3", 7, "2026-01-01", "2026-04-01"),
        ("2026", 12, "2025-12-01", "2026-12-01"),
        # Months and weeks are calendar ones whatever the fiscal year.
        ("2026-02", 4, "2026-02-01", "2026-03-01"),
        ("2026-W01", 4, "2025-12-29", "2026-01-05"),
        ("2026-W53", 1, "2026-12-28", "2027-01-04"),
        ("2020-W53", 1, "2020-12-28", "2021-01-04"),
        ("2024-W01", 1, "2024-01-01", "2024-01-08"),
    ],
)
def test_spans(text: str, starts: int, first: str, after: str) -> None:
    assert span(text, starts) == (first, after)
    assert str(Period.of(text, starts)) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "26", "2026-Q5", "2026-Q0", "2026-q1", "2026Q1", "2026-13", "2026-00", "2026-W54", "2026-W00", "2025-W53",
        "2026-W7", "2026-1", " 2026", "2026 ", "2026\n", "0000", "0000-Q1", "2026-Q1-01", "2026-01-01", "last quarter",
        "../../x", "-2026", "٢٠٢٦", "２０２６", "2026-Q²", "9999", "9999-12", "9999-W52", None, 2026.0, "20266",
    ],
)  # fmt: skip
def test_rubbish_is_refused_by_name(text: object) -> None:
    with pytest.raises(ParameterError, match="is not a period"):
        Period.of(text)


@pytest.mark.parametrize("first", [0, 13, -1])
def test_a_fiscal_year_starts_in_a_month(first: int) -> None:
    with pytest.raises(ParameterError, match="must be a month, 1 to 12"):
        Period.of("2026", first)


def test_a_year_given_as_a_number_is_one() -> None:
    """papermill turns -p period 2026 into a number."""
    assert Period.of(2026).kind == "year" and Period.of(2026).previous().label == "2025"


def test_neighbours() -> None:
    def around(text: str) -> tuple[str, str]:
        return Period.of(text).previous().label, Period.of(text).year_before().label

    assert around("2026") == ("2025", "2025")
    assert around("2026-Q1") == ("2025-Q4", "2025-Q1")
    assert around("2026-Q3") == ("2026-Q2", "2025-Q3")
    assert around("2026-01") == ("2025-12", "2025-01")
    assert around("2026-W01") == ("2025-W52", "2025-W01")
    assert around("2027-W01") == ("2026-W53", "2026-W01")
    assert around("2026-W53") == ("2026-W52", "2025-W52")  # 2025 has 52 weeks


def test_trail() -> None:
    assert [str(period) for period in Period.of("2026-Q2").trail(4)] == ["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]
    assert [str(period) for period in Period.of("2026-Q2").trail(1)] == ["2026-Q2"]


def test_before_the_first_year_there_is_nothing() -> None:
    with pytest.raises(ParameterError):
        Period.of("0001").previous()
    with pytest.raises(ParameterError):
        Period.of("0001", 4)


years = st.integers(1900, 2200).map("{:04d}".format)
labels = st.one_of(
    years,
    st.builds("{}-Q{}".format, years, st.integers(1, 4)),
    st.builds("{}-{:02d}".format, years, st.integers(1, 12)),
    st.builds("{}-W{:02d}".format, years, st.integers(1, 52)),
)


@settings(derandomize=True, deadline=None)
@given(labels, st.integers(1, 12))
def test_periods_of_a_kind_follow_each_other_without_gap_or_overlap(label: str, starts: int) -> None:
    period = Period.of(label, starts)
    before = period.previous()
    assert before.kind == period.kind and before.end == period.start and before.start < before.end
    assert Period.of(before.label, starts) == before
    assert before.fiscal_year_starts == starts


@settings(derandomize=True, deadline=None)
@given(labels, st.integers(1, 12))
def test_the_year_before_is_a_year_before(label: str, starts: int) -> None:
    period = Period.of(label, starts)
    back = period.year_before()
    assert back.kind == period.kind
    days = (period.start - back.start).days
    assert days in (365, 366) if period.kind != "week" else days in (52 * 7, 53 * 7)
    steps = {"year": 1, "quarter": 4, "month": 12}.get(period.kind)
    if steps:
        assert back == period.trail(steps + 1)[0]


@settings(derandomize=True, deadline=None)
@given(st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2150, 1, 1)), st.integers(1, 12))
def test_every_moment_lies_in_one_quarter_of_its_year(moment: dt.datetime, starts: int) -> None:
    found = [
        (year, quarter)
        for year in (moment.year, moment.year + 1)
        for quarter in range(1, 5)
        if (period := Period.of(f"{year}-Q{quarter}", starts)).start <= moment < period.end
    ]
    assert len(found) == 1
    whole = Period.of(str(found[0][0]), starts)
    assert whole.start <= moment < whole.end


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_a_period_or_a_clear_error(text: str) -> None:
    try:
        period = Period.of(text)
    except ParameterError as problem:
        assert repr(text) in str(problem)
    else:
        assert period.label == text and period.start < period.end


@pytest.mark.parametrize(
    ("last_event", "is_over"),
    [("2026-10-04", True), ("2026-09-30", True), ("2026-09-22", True), ("2026-09-20", False), ("2026-07-01", False)],
)
def test_events_in_the_last_tenth_cover_a_period(last_event: str, is_over: bool) -> None:
    assert Period.of("2026-Q3").is_over_by(dt.datetime.fromisoformat(last_event)) is is_over
