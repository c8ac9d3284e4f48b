"""Working hours: the seconds between two moments in which somebody was there to answer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw

from cxlab.errors import ParameterError
from cxlab.stats.counting import _seconds

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = 86400
_SOME_DAY = dt.datetime(2000, 1, 1)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)


@dataclass(frozen=True)
class WorkingHours:
    """When somebody is there: from `opens` to `closes` ("HH:MM", "24:00" is midnight) on `days`, except on `holidays`.

    `days` are names of WEEKDAYS, `holidays` dates or ISO texts (2026-12-25), all in the company's own time. Raises
    ParameterError for anything else, and where a day would close before it opens.
    """

    opens: str = "09:00"
    closes: str = "17:00"
    days: Sequence[str] = ("Mon", "Tue", "Wed", "Thu", "Fri")
    holidays: Sequence[dt.date | str] = ()

    def __post_init__(self) -> None:
        if _second_of_day("opens", self.opens) >= _second_of_day("closes", self.closes):
            raise ParameterError(
                f"working hours open at {self.opens} and close at {self.closes}; give hours within one day, the "
                'opening first ("00:00" to "24:00" is all day).'
            )
        if isinstance(self.days, str) or not self.days:
            raise ParameterError(f"the working days are {self.days!r}; give a list such as {list(WEEKDAYS[:5])}.")
        for day in self.days:
            if day not in WEEKDAYS:
                raise ParameterError.unknown("weekday", str(day), WEEKDAYS)
        # What comes from a settings file is a list: as tuples the hours are a value that can be compared and kept.
        object.__setattr__(self, "days", tuple(day for day in WEEKDAYS if day in self.days))
        object.__setattr__(self, "holidays", tuple(sorted({_date(day) for day in self.holidays})))

    def seconds(self, start: nw.Expr, end: nw.Expr) -> nw.Expr:
        """Working seconds from `start` to `end`, whole numbers, empty where a moment is empty.

        Calendar parts and integers only, so that every engine gives the same. With `end` before `start` it is minus the
        seconds from `end` to `start`, which is 0 where nobody worked in between: whether a duration is possible at all
        must be asked of the calendar.
        """
        worked = self._since_the_first_monday(end) - self._since_the_first_monday(start)
        return nw.when(~start.is_null(), ~end.is_null()).then(worked)

    @property
    def seconds_a_day(self) -> int:
        """How long a working day is."""
        return _second_of_day("closes", self.closes) - _second_of_day("opens", self.opens)

    def _since_the_first_monday(self, moment: nw.Expr) -> nw.Expr:
        """Working seconds since 0001-01-01, which was a Monday in the calendar that everybody uses."""
        # Calendar parts of nothing are no whole numbers on some engines; what is reckoned here for it is not used.
        known = moment.fill_null(_SOME_DAY)
        weekday = known.dt.weekday().cast(nw.Int64) - 1
        hours = known.dt.hour().cast(nw.Int64)
        second = (hours * 60 + known.dt.minute().cast(nw.Int64)) * 60 + known.dt.second().cast(nw.Int64)
        # Monday's midnight is a whole number of weeks: dividing is exact, where // makes ten lines of SQL of one.
        weeks = ((_seconds(known) - second - (weekday + 1) * _DAY) / (7 * _DAY)).cast(nw.Int64)
        working = [WEEKDAYS.index(name) for name in self.days]
        # Working days before this one: of full weeks, of the week begun (run by run of days), less the holidays.
        days = weeks * len(working)
        for first, length in _runs(working):
            days = days + (weekday - first).clip(0, length)
        open_today = weekday.is_in(working)
        for holiday in self.holidays:
            if holiday.weekday() in working:
                begins = dt.datetime.combine(holiday, dt.time())
                over = known >= begins + dt.timedelta(days=1)
                days = days - nw.when(over).then(nw.lit(1)).otherwise(nw.lit(0))
                open_today = open_today & ((known < begins) | over)
        today = (second - _second_of_day("opens", self.opens)).clip(0, self.seconds_a_day)
        return days * self.seconds_a_day + nw.when(open_today).then(today).otherwise(nw.lit(0))


def _runs(days: Sequence[int]) -> list[tuple[int, int]]:
    """First day and length of each run of neighbouring days: Monday to Friday is one."""
    runs: list[tuple[int, int]] = []
    for day in days:
        if runs and day == sum(runs[-1]):
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((day, 1))
    return runs


def _second_of_day(name: str, text: str) -> int:
    if not isinstance(text, str) or not _CLOCK.fullmatch(text):
        raise ParameterError(f'working hours: {name} is {text!r}; write a time of day such as "09:00".')
    return int(text[:2]) * 3600 + int(text[3:]) * 60


def _date(day: dt.date | str) -> dt.date:
    if isinstance(day, dt.datetime):
        return day.date()
    if isinstance(day, dt.date):
        return day
    try:
        return dt.date.fromisoformat(str(day))
    except ValueError:
        raise ParameterError(f"the holiday {day!r} is not a date; write it as 2026-12-25.") from None
