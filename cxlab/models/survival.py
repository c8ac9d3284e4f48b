"""How long customers stay: Kaplan-Meier over tenure where some came into view late, hazard of leaving, log-rank test.

Accounts that signed before leavings were recorded are known only because they were still there when recording began.
Counted from the day they signed they make staying look far too easy; they enter the risk set at the tenure they had
when recording began (left truncation; Klein & Moeschberger 2003, 4.6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc

from cxlab.errors import CxlabError, ParameterError
from cxlab.models.records import records_begin
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust
from cxlab.stats.counting import collect, frame_of
from cxlab.stats.durations import Completion, of_risk_sets
from cxlab.stats.late_entry import event_rate, log_rank, risk_sets, watched_from

Array = NDArray[np.float64]
DAYS_OF_MONTH, DAYS_OF_QUARTER = 365.25 / 12, 365.25 / 4
#: Ends of the tenure bands of the hazard, in months.
BANDS = (3, 6, 12, 24, 36, 60)
DIFFER = "differ"
#: A curve begins at the tenure from which so many are watched, and a group needs so many to be told.
_WATCHED = 10
_FEWEST = 20
_EXPECTED = 5.0
_SHARES = ["done", "low", "high"]
_TESTED = ["by", "groups", "n", "statistic", "df", "p", "q", "verdict"]


@dataclass(frozen=True)
class Staying:
    """Accounts as spells of tenure, in days: `enter` when each came into view, `leave` when it was last seen.

    `left` says that the spell ended by leaving; `attributes` are the columns to group by. `as_of` is the end of what is
    known, `since` when records of leaving begin (None where all accounts signed later), `late` how many came into view
    late, `set_aside` how many rows could not be used.
    """

    enter: Array
    leave: Array
    left: NDArray[np.bool_]
    attributes: pd.DataFrame
    as_of: dt.datetime
    since: dt.datetime | None
    late: int
    set_aside: int
    remarks: list[str] = field(default_factory=list)

    def curve(self, rows: NDArray[np.bool_] | None = None) -> Completion:
        """Kaplan-Meier over tenure in days; `open` is the share still there. Raises CxlabError for too few.

        Where hardly anybody was watched from the start the curve is about those who stayed until ten were watched.
        """
        enter, leave, left = self._spells(rows)
        start = watched_from(enter, leave, _WATCHED)
        times = np.unique(leave[left & (leave > start)])
        if not len(times):
            raise CxlabError(
                f"how long customers stay cannot be told from {len(leave):,} accounts of which {int(left.sum()):,} "
                f"left: there must be {_WATCHED} watched at once and one of them seen to leave."
            )
        n = float(len(leave))
        return of_risk_sets(times, *risk_sets(times, enter, leave, left), n, n, float(leave.max()))

    def told_from(self) -> float:
        """Tenure in days from which the curve of all can be told; 0 where enough are watched from the start."""
        start = watched_from(self.enter, self.leave, _WATCHED)
        return start if start >= 1 else 0.0

    def hazard(self, bands: Sequence[float] = BANDS) -> pd.DataFrame:
        """Share leaving within a quarter, by how long they have been customers.

        One row a tenure band: from, to (months; to is infinite in the last), value, low, high (shares), n (accounts
        seen in the band), left, quarters (account-quarters watched). The rate of leaving is constant inside a band;
        its interval is that of a Poisson count (Garwood 1936).
        """
        ends = np.array([*sorted(set(bands)), np.inf]) * DAYS_OF_MONTH
        starts = np.concatenate([[0.0], ends[:-1]])
        rows = []
        for start, end in zip(starts, ends, strict=True):
            watched = np.clip(np.minimum(self.leave, end) - np.maximum(self.enter, start), 0, None)
            events = int((self.left & (self.leave > start) & (self.leave <= end)).sum())
            quarters = float(watched.sum()) / DAYS_OF_QUARTER
            rows.append(
                (
                    start / DAYS_OF_MONTH,
                    end / DAYS_OF_MONTH,
                    *event_rate(events, quarters),
                    int((watched > 0).sum()),
                    events,
                )
                + (quarters,)
            )
        columns = ["from", "to", "value", "low", "high", "n", "left", "quarters"]
        frame = pd.DataFrame(rows, columns=columns)
        frame[["value", "low", "high"]] = 1 - np.exp(-frame[["value", "low", "high"]])
        return frame[frame["n"] > 0].reset_index(drop=True)

    def steady(self, bands: Sequence[float] = BANDS) -> float:
        """p of the leavings in the bands had the hazard been the same at every tenure (chi-squared, 5 or more each)."""
        frame = self.hazard(bands)
        expected = frame["quarters"] * frame["left"].sum() / frame["quarters"].sum()
        frame, expected = frame[expected >= _EXPECTED], expected[expected >= _EXPECTED]
        if len(frame) < 2:
            return 1.0
        return float(chdtrc(len(frame) - 1, ((frame["left"] - expected) ** 2 / expected).sum()))

    def groups(self, by: str, horizon: float | None = None, min_n: int = _FEWEST) -> pd.DataFrame:
        """Groups side by side: how long they stay, and how often they leave against all others of the same tenure.

        Columns `by`, n, left, value, low, high (mean months with us within the first `horizon` months; default: the
        longest that all groups were followed, at most 60), expected (leavings had the group left as all do at the
        same tenure), ratio, ratio_low, ratio_high (left over expected; Garwood's interval). Groups below `min_n` keep
        n and lose their values.
        """
        names = self._named(by)
        kept = self._large(names, min_n)
        expected = self._expected(names)
        if horizon is None:
            followed = [self.leave[names == name].max() for name in kept]
            horizon = min(60.0, min(followed, default=0.0) / DAYS_OF_MONTH)
        rows = []
        for name in _in_order(names):
            here = (names == name).to_numpy()
            left, awaited = int(self.left[here].sum()), expected.get(name, 0.0)
            mean, ratio = (np.nan,) * 3, (np.nan,) * 3
            if name in kept:
                mean, ratio = self._mean(here, horizon), event_rate(left, awaited)
            rows.append((name, int(here.sum()), left, *mean, awaited, *ratio))
        own = ["n", "left", "value", "low", "high", "expected", "ratio", "ratio_low", "ratio_high"]
        return pd.DataFrame(rows, columns=[by, *own])

    def _mean(self, here: NDArray[np.bool_], horizon: float) -> tuple[float, float, float]:
        """Restricted mean in months; unknown where nobody of the group was seen to leave."""
        if not self.left[here].any():
            return (np.nan,) * 3
        try:
            mean = self.curve(here).restricted_mean(horizon * DAYS_OF_MONTH)
        except CxlabError:
            return (np.nan,) * 3
        return tuple(each / DAYS_OF_MONTH for each in mean)

    def curves(self, by: str, min_n: int = _FEWEST) -> pd.DataFrame:
        """Share that has left by tenure: by, time (months), done, low, high; a group a curve, the largest last."""
        names = self._named(by)
        parts = []
        for name in sorted(self._large(names, min_n), key=lambda name: int((names == name).sum())):
            here = (names == name).to_numpy()
            if not self.left[here].any():
                continue
            try:
                curve = self.curve(here)
            except CxlabError:
                continue
            shares = {"done": 1 - curve.open, "low": 1 - curve.high, "high": 1 - curve.low}
            parts.append(pd.DataFrame({by: name, "time": curve.time / DAYS_OF_MONTH, **shares}))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[by, "time", *_SHARES])

    def differ(self, by: Sequence[str], min_n: int = _FEWEST) -> pd.DataFrame:
        """Whether groups leave at different rates, tenure by tenure: the log-rank test, one row an attribute.

        Columns by, groups, n, statistic (chi-squared), df, p, q (Benjamini-Hochberg over the rows), verdict ("differ"
        or "cannot tell"). Groups below `min_n` take no part.
        """
        rows = []
        for name in by:
            named = self._named(name)
            kept = self._large(named, min_n)
            if len(kept) > 1:
                here = named.isin(kept).to_numpy()
                statistic, df = log_rank(named[here].to_numpy(), *self._spells(here))
                rows.append((name, len(kept), int(here.sum()), statistic, df, float(chdtrc(df, statistic))))
        frame = pd.DataFrame(rows, columns=_TESTED[:-2])
        frame["q"] = adjust(frame["p"])
        frame["verdict"] = np.where(frame["q"] <= FALSE_DISCOVERY, DIFFER, CANNOT_TELL)
        return frame

    def _spells(self, rows: NDArray[np.bool_] | None) -> tuple[Array, Array, NDArray[np.bool_]]:
        every = slice(None) if rows is None else rows
        return self.enter[every], self.leave[every], self.left[every]

    def _named(self, by: str) -> pd.Series:
        if by not in self.attributes:
            raise ParameterError.unknown("attribute of customers", by, list(self.attributes.columns))
        return self.attributes[by].astype(object).where(self.attributes[by].notna(), "unknown").astype(str)

    def _large(self, names: pd.Series, min_n: int) -> list[str]:
        counted = names.value_counts()
        return [name for name in _in_order(names) if counted[name] >= min_n]

    def _expected(self, names: pd.Series) -> dict[str, float]:
        """Leavings of each group had it left as all do: the log-rank test's own expectation."""
        times = np.unique(self.leave[self.left])
        ended, at_risk = risk_sets(times, self.enter, self.leave, self.left)
        rate = ended / np.maximum(at_risk, 1)
        expected = {}
        for name in _in_order(names):
            here = (names == name).to_numpy()
            _, watched = risk_sets(times, *self._spells(here))
            expected[name] = float((rate * watched).sum())
        return expected


def staying(
    customers: Any, as_of: dt.datetime, since: dt.datetime | None = None, by: Sequence[str] | None = None
) -> Staying:
    """Spells of tenure from a customers table of any engine, as known at `as_of` (leavings from then on are not known).

    since: when records of leaving begin. Without it that is found in the table itself (`records_begin`), because
    exports often hold old accounts but only recent leavings. by: attributes to keep; default all text columns. Rows
    without a signing date, closed before they were signed, or signed after `as_of` are not counted. Raises TableError
    without signed_on and closed_on, and CxlabError where nobody is known to have left.
    """
    frame = collect(frame_of(customers, "customers", ["signed_on", "closed_on"], "how long customers stay"))
    return _of(frame.reset_index(drop=True), pd.Timestamp(as_of), since, by)


def _of(frame: pd.DataFrame, as_of: pd.Timestamp, since: dt.datetime | None, by: Sequence[str] | None) -> Staying:
    signed, closed = (pd.to_datetime(frame[name]) for name in ("signed_on", "closed_on"))
    broken = signed.isna() | (closed < signed)
    usable = ~broken & (signed < as_of)
    frame, signed, closed = (part[usable].reset_index(drop=True) for part in (frame, signed, closed))
    left = (closed < as_of).to_numpy()
    if not left.any():
        raise CxlabError(
            "how long customers stay cannot be told: no account has a day on which it left (closed_on). "
            "Map the day a contract ended to customers.closed_on."
        )
    until = closed.where(left, as_of)
    begin = pd.Timestamp(since) if since is not None else records_begin(signed, closed.where(left), as_of)
    late = np.zeros(len(frame), dtype=bool) if begin is None else (signed < begin).to_numpy()
    # Who left before leavings were recorded cannot be compared with those who did and are not in the table.
    seen = np.ones(len(frame), dtype=bool) if begin is None else ~(left & (until < begin).to_numpy())
    day = np.timedelta64(1, "D")
    entered = signed if begin is None else signed.where(~late, begin)
    enter, leave = ((moment - signed).to_numpy() / day for moment in (entered, until))
    if by is None:
        by = [name for name in frame.columns if name != "customer_id" and _is_group(frame[name])]
    remarks = _remarks(int(broken.sum()), begin, int((late & seen).sum()), int((~seen).sum()))
    return Staying(
        enter[seen],
        # A contract that ended on the day it began lasted half a day: nobody leaves before being there.
        np.maximum(leave, np.where(left, enter + 0.5, enter))[seen],
        left[seen],
        frame.loc[seen, list(by)].reset_index(drop=True),
        as_of.to_pydatetime(),
        None if begin is None or not late.any() else begin.to_pydatetime(),
        int((late & seen).sum()),
        int(broken.sum()),
        remarks,
    )


def _is_group(column: pd.Series) -> bool:
    is_text = not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))
    return bool(is_text and 2 <= column.nunique() <= 12)


def _remarks(broken: int, begin: pd.Timestamp | None, late: int, unseen: int) -> list[str]:
    said = []
    if broken:
        said.append(f"{broken:,} accounts have no day of signing or left before they signed; they are not counted.")
    if begin is not None and late:
        said.append(
            f"Leavings are recorded from {begin:%Y-%m-%d}; {late:,} accounts that signed earlier count from the tenure "
            "they had then, because those that signed with them and left before are not in the table."
        )
    if unseen:
        said.append(f"{unseen:,} accounts left before leavings were recorded; they are not counted.")
    return said


def _in_order(names: pd.Series) -> list[str]:
    return sorted(names.unique())
