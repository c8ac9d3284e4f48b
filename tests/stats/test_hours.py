"""Working hours: held against numpy's business days and pandas' business hours, on nights, weekends, holidays."""

from __future__ import annotations

import datetime as dt

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from cxlab.errors import ParameterError
from cxlab.stats.counting import collect
from cxlab.stats.hours import WEEKDAYS, WorkingHours

OFFICE = WorkingHours()
HOLIDAYS = ("2026-01-01", "2026-04-03", "2026-05-25", "2026-07-04", "2026-12-25")  # the 4th of July is a Saturday


def seconds(hours: WorkingHours, start: object, end: object) -> list[int | None]:
    frame = pd.DataFrame({"start": start, "end": end}).astype("datetime64[us]")
    counted = collect(nw.from_native(frame).select(hours.seconds(nw.col("start"), nw.col("end")).alias("seconds")))
    return [None if pd.isna(value) else int(value) for value in counted["seconds"]]


def by_numpy(hours: WorkingHours, start: pd.Timestamp, end: pd.Timestamp) -> int:
    """Full days by numpy.busday_count, first and last day by clipping them to the opening hours."""
    if end < start:
        return -by_numpy(hours, end, start)
    mask = [day in hours.days for day in WEEKDAYS]
    rest = {"weekmask": mask, "holidays": np.array(hours.holidays, dtype="datetime64[D]")}
    whole = int(np.busday_count(start.date(), end.date(), **rest)) * hours.seconds_a_day
    opens = pd.Timedelta(hours=int(hours.opens[:2]), minutes=int(hours.opens[3:]))

    def on_its_day(moment: pd.Timestamp) -> int:
        if not np.is_busday(moment.date(), **rest):
            return 0
        since = moment - moment.normalize() - opens
        return int(np.clip(since.total_seconds(), 0, hours.seconds_a_day))

    return whole + on_its_day(end) - on_its_day(start)


@pytest.mark.parametrize(
    "start, end, hours",
    [
        ("2026-08-03 10:00", "2026-08-03 12:30", 2.5),  # a Monday
        ("2026-08-03 22:00", "2026-08-04 09:15", 0.25),  # through the night
        ("2026-08-07 16:00", "2026-08-10 10:00", 2.0),  # through the weekend
        ("2026-08-08 10:00", "2026-08-09 20:00", 0.0),  # within it
        ("2026-08-03 00:00", "2026-08-10 00:00", 40.0),  # a week
        ("2026-08-04 12:00", "2026-08-03 12:00", -8.0),  # the wrong way round
        ("2026-12-24 16:00", "2026-12-28 10:00", 2.0),  # Christmas is a Friday
    ],
)
def test_cases_by_hand(start: str, end: str, hours: float) -> None:
    assert seconds(WorkingHours(holidays=HOLIDAYS), [start], [end]) == [hours * 3600]


def test_an_empty_moment_stays_empty() -> None:
    assert seconds(OFFICE, [None, "2026-08-03 10:00"], ["2026-08-03 10:00", None]) == [None, None]


@pytest.mark.parametrize("opening", [("09:00", "17:00"), ("00:00", "24:00"), ("07:30", "12:15"), ("13:00", "24:00")])
@pytest.mark.parametrize("days", [WEEKDAYS[:5], WEEKDAYS, ("Mon", "Wed", "Thu", "Sat"), ("Sun",)])
def test_as_numpy_counts_business_days(opening: tuple[str, str], days: tuple[str, ...]) -> None:
    """Random moments of four years, on the second: nights, weekends, holidays, ends before starts."""
    rng = np.random.default_rng([len(days), int(opening[0][:2])])
    moments = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 4 * 365 * 86400, (2, 150)).ravel(), unit="s")
    edges = [pd.Timestamp(f"{day} {clock}") for day in HOLIDAYS for clock in ("00:00", "09:00", "17:00", "23:59:59")]
    start, end = [*moments[:150], *edges], [*moments[150:], *edges[::-1]]
    for holidays in ((), HOLIDAYS):
        hours = WorkingHours(*opening, days=days, holidays=holidays)
        wanted = [by_numpy(hours, one, other) for one, other in zip(start, end, strict=True)]
        assert seconds(hours, start, end) == wanted


def test_as_pandas_adds_business_hours() -> None:
    """pandas moves forward by hours of business; we count them back."""
    rng = np.random.default_rng(5)
    starts = pd.Timestamp("2026-03-01") + pd.to_timedelta(rng.integers(0, 120 * 86400, 40), unit="s")
    worked = rng.integers(1, 60, 40)
    step = [pd.offsets.CustomBusinessHour(n=int(hours), holidays=list(HOLIDAYS)) for hours in worked]
    ends = [start + offset for start, offset in zip(starts, step, strict=True)]
    assert seconds(WorkingHours(holidays=HOLIDAYS), starts, ends) == [int(hours) * 3600 for hours in worked]


def test_all_day_every_day_is_the_calendar() -> None:
    rng = np.random.default_rng(6)
    start, end = (pd.Timestamp("2023-12-25") + pd.to_timedelta(rng.integers(0, 9e7, 50), unit="s") for _ in range(2))
    always = WorkingHours("00:00", "24:00", WEEKDAYS)
    assert seconds(always, start, end) == ((end - start) // pd.Timedelta(seconds=1)).tolist()


@pytest.mark.parametrize("engine", ["polars", "polars lazy", "duckdb"])
def test_every_engine_counts_alike(engine: str) -> None:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            name: (pd.Timestamp("2025-11-01") + pd.to_timedelta(rng.integers(0, 4e7, 200), unit="s")).astype(
                "datetime64[us]"
            )
            for name in ("start", "end")
        }
    )
    frame.loc[::20, "end"] = pd.NaT
    hours = WorkingHours("08:30", "18:00", WEEKDAYS[:6], HOLIDAYS)
    native = {
        "polars": lambda: pl.from_pandas(frame),
        "polars lazy": lambda: pl.from_pandas(frame).lazy(),
        "duckdb": lambda: duckdb.from_df(frame),
    }[engine]()
    counted = collect(nw.from_native(native).select("start", s=hours.seconds(nw.col("start"), nw.col("end"))))
    found = counted.sort_values("start")["s"].tolist()
    wanted = frame.assign(s=seconds(hours, frame["start"], frame["end"])).sort_values("start")["s"].tolist()
    assert np.array_equal(np.array(found, float), np.array(wanted, float), equal_nan=True)


def test_hours_are_a_value_whatever_the_settings_hand_over() -> None:
    given = WorkingHours(
        "09:00", "17:00", ["Fri", "Mon"], [dt.date(2026, 12, 25), "2026-12-25", dt.datetime(2026, 1, 1)]
    )
    assert given == WorkingHours("09:00", "17:00", ("Mon", "Fri"), ("2026-01-01", "2026-12-25"))
    assert hash(given) and given.days == ("Mon", "Fri")


@pytest.mark.parametrize(
    "options, message",
    [
        ({"opens": "17:00", "closes": "09:00"}, "open at 17:00 and close at 09:00"),
        ({"opens": "9"}, "opens is '9'"),
        ({"closes": "25:00"}, "closes is '25:00'"),
        ({"days": ("Mon", "Tus")}, "'Tus' is not a known weekday. Did you mean 'Tue'"),
        ({"days": "Mon"}, "the working days are 'Mon'"),
        ({"days": ()}, "the working days are"),
        ({"holidays": ("25.12.2026",)}, "the holiday '25.12.2026' is not a date"),
    ],
)
def test_senseless_hours_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        WorkingHours(**options)
