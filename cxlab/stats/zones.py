"""Local time of other zones from the company's own clock, summer time included, on any engine."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.stats.counting import _seconds

_STEP = "15min"  # every zone has its changes on a quarter of an hour, whatever the company's own zone


def is_zone(name: str) -> bool:
    """Whether this is the IANA name of a time zone."""
    try:
        return ZoneInfo(name) is not None
    except (KeyError, ValueError, OSError):
        return False


def offsets(zone: str, home: str, first: dt.datetime, last: dt.datetime) -> tuple[tuple[dt.datetime, int], ...]:
    """How many seconds `zone` is ahead of `home`, from which moment on `home`'s clock: one piece per change.

    The hour that a clock shows twice is taken as the first of the two.
    """
    grid = pd.date_range(pd.Timestamp(first).normalize(), pd.Timestamp(last) + pd.Timedelta(days=1), freq=_STEP)
    here = grid.tz_localize(ZoneInfo(home), ambiguous=np.ones(len(grid), dtype=bool), nonexistent="shift_forward")
    ahead = (here.tz_convert(ZoneInfo(zone)).tz_localize(None) - here.tz_localize(None)) // pd.Timedelta(seconds=1)
    ahead = ahead.to_numpy()
    begins = np.flatnonzero(np.concatenate([[True], ahead[1:] != ahead[:-1]]))
    return tuple((grid[place].to_pydatetime(), int(ahead[place])) for place in begins)


def local_seconds(
    moment: nw.Expr, zone: nw.Expr, zones: Iterable[str], home: str, first: dt.datetime, last: dt.datetime
) -> nw.Expr:
    """Seconds since year 1 on the clock of each row's `zone`, of moments from `first` to `last` on `home`'s clock.

    Calendar parts, comparisons and integers only, so that every engine gives the same. Rows of a zone that is not
    among `zones` stay on the clock of `home`.
    """
    alike: dict[tuple, list[str]] = defaultdict(list)
    for name in sorted(zones):
        alike[offsets(name, home, first, last)].append(name)
    local = _seconds(moment)
    for pieces, names in alike.items():
        ahead = nw.lit(pieces[0][1])
        for begins, seconds in pieces[1:]:
            ahead = nw.when(moment >= begins).then(nw.lit(seconds)).otherwise(ahead)
        local = local + nw.when(zone.is_in(names)).then(ahead).otherwise(nw.lit(0))
    return local
