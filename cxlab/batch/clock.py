"""The one place in cxlab that reads the clock. Everything else is given a Period or an `as_of`."""

from __future__ import annotations

import datetime as dt
import os
import time


def _pinned() -> dt.datetime | None:
    """The moment that SOURCE_DATE_EPOCH pins the clock to, for runs that must be the same to the byte."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC) if seconds.isdigit() else None


def now() -> dt.datetime:
    """This moment, in UTC, to the second."""
    return (_pinned() or dt.datetime.now(dt.UTC)).replace(microsecond=0)


def stamp() -> str:
    """This moment as ISO text, for example 2026-10-04T09:12:00+00:00."""
    return now().isoformat()


def ticks() -> float:
    """A steady count of seconds for measuring how long something took. Stands still while the clock is pinned."""
    return 0.0 if _pinned() else time.monotonic()
