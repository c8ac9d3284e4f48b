"""A reporting period is a value: half-open, spelled one way."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from cxlab.errors import ParameterError

_SHAPE = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|W(?P<week>\d{2})|(?P<month>\d{2})))?", re.ASCII)


def _month(year: int, month: int) -> dt.datetime:
    """The first instant of a month; `month` may run over twelve."""
    return dt.datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


@dataclass(frozen=True)
class Period:
    """A window of time: `start` is included, `end` is not.

    Attributes: `label` as written by people ("2026-Q3"), `start` and `end` as naive datetimes in the company's own
    time, `fiscal_year_starts` the first month (1-12) of the company's year.
    """

    label: str
    start: dt.datetime
    end: dt.datetime
    fiscal_year_starts: int = 1

    @classmethod
    def of(cls, text: str, fiscal_year_starts: int = 1) -> Period:
        """Read "2026", "2026-Q3", "2026-03" or "2026-W07" (ISO week).

        Years and quarters follow the fiscal year; a fiscal year that does not start in January is named after the
        calendar year in which it ends. Months and weeks are always calendar ones. Raises ParameterError.
        """
        text = str(text)  # papermill makes a number of 2026
        match = _SHAPE.fullmatch(text)
        if match is None or int(match["year"]) == 0:
            raise ParameterError(
                f"{text!r} is not a period. Write a year (2026), a quarter (2026-Q3), a month (2026-03) "
                "or an ISO week (2026-W07)."
            )
        if not 1 <= fiscal_year_starts <= 12:
            raise ParameterError(f"the fiscal year's first month is {fiscal_year_starts}; it must be a month, 1 to 12.")
        year = int(match["year"])
        try:
            if match["week"]:
                start = dt.datetime.fromisocalendar(year, int(match["week"]), 1)
                return cls(text, start, start + dt.timedelta(days=7), fiscal_year_starts)
            if match["month"]:
                month = int(match["month"])
                if not 1 <= month <= 12:
                    raise ValueError("month must be in 01..12")
                return cls(text, _month(year, month), _month(year, month + 1), fiscal_year_starts)
            opening = year if fiscal_year_starts == 1 else year - 1
            first = fiscal_year_starts + (3 * (int(match["quarter"]) - 1) if match["quarter"] else 0)
            length = 3 if match["quarter"] else 12
            return cls(text, _month(opening, first), _month(opening, first + length), fiscal_year_starts)
        except (ValueError, OverflowError) as problem:
            raise ParameterError(f"{text!r} is not a period: {problem}.") from None

    @property
    def kind(self) -> str:
        """ "year", "quarter", "month" or "week"."""
        match = _SHAPE.fullmatch(self.label)
        return next((kind for kind in ("quarter", "week", "month") if match and match[kind]), "year")

    def _relabelled(self, label: str) -> Period:
        return Period.of(label, self.fiscal_year_starts)

    def previous(self) -> Period:
        """The period of the same kind that ends where this one starts."""
        year = int(self.label[:4])
        if self.kind == "year":
            return self._relabelled(f"{year - 1:04d}")
        if self.kind == "quarter":
            quarter = int(self.label[-1])
            return self._relabelled(f"{year:04d}-Q{quarter - 1}" if quarter > 1 else f"{year - 1:04d}-Q4")
        if self.kind == "month":
            month = int(self.label[-2:])
            return self._relabelled(f"{year:04d}-{month - 1:02d}" if month > 1 else f"{year - 1:04d}-12")
        iso = (self.start - dt.timedelta(days=7)).isocalendar()
        return self._relabelled(f"{iso.year:04d}-W{iso.week:02d}")

    def year_before(self) -> Period:
        """The same period a year earlier. ISO week 53 falls back to week 52 where the year before has none."""
        year, rest = int(self.label[:4]) - 1, self.label[4:]
        if self.kind == "week" and rest == "-W53":
            try:
                return self._relabelled(f"{year:04d}{rest}")
            except ParameterError:
                rest = "-W52"
        return self._relabelled(f"{year:04d}{rest}")

    def is_over_by(self, as_of: dt.datetime) -> bool:
        """Whether data whose last event is at `as_of` can be taken to cover the period.

        Few companies hear from a customer on every day: events in the last tenth of the period are enough.
        """
        return as_of >= self.end - (self.end - self.start) / 10

    def trail(self, length: int) -> list[Period]:
        """The last `length` periods of the same kind, oldest first, this one included."""
        periods = [self]
        while len(periods) < length:
            periods.append(periods[-1].previous())
        return periods[::-1]

    def __str__(self) -> str:
        return self.label
