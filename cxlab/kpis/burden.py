"""How much we ask of people: invitations a person, weariness after many, the same answer given twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.measure import check_period
from cxlab.periods import Period
from cxlab.stats import estimates
from cxlab.stats.counting import collect, columns_of, count, frame_of

_UNITS = {"respondent_id": "persons", "customer_id": "accounts"}


def survey_burden(responses: Any, period: Period | None = None, *, most: int = 3, days: int = 90) -> pd.DataFrame:
    """How often persons and accounts are asked, and how many are asked too often.

    Asked too often is whoever had more than `most` invitations within any `days` that end in the period. Several
    surveys sent to one person at the same moment are one invitation. Persons are told apart by respondent_id, accounts
    by customer_id; rows without are left out.

    Columns: unit ("persons", "accounts"; only what the table can tell), asked (units invited in the period),
    invitations, mean and highest (invitations a unit in the period), over (asked too often), value, low, high (their
    share with Wilson's interval), repeated (invitations by which somebody was asked again within a day).
    """
    invited = _invitations(responses, period, days, "survey_burden")
    rows = []
    for column, unit in _UNITS.items():
        if column not in invited or invited[column].isna().all():
            continue
        mine = _counted(invited[invited[column].notna()].drop_duplicates([column, "sent_at"]), column, days)
        mine = mine[mine["_cx_now"]]
        if mine.empty:
            continue
        each = mine.groupby(column)["_cx_window"].agg(["size", "max"])
        over = each["max"] > most
        spread = _share(over.astype(float).to_frame("hit"))
        again = int((_counted(mine, column, 1)["_cx_earlier"] > 0).sum())
        counts = (len(each), len(mine), each["size"].mean(), int(each["size"].max()), int(over.sum()))
        rows.append((unit, *counts, *spread, again))
    columns = ["unit", "asked", "invitations", "mean", "highest", "over", "value", "low", "high", "repeated"]
    return pd.DataFrame(rows, columns=columns)


def response_fatigue(
    responses: Any,
    period: Period | None = None,
    *,
    days: int = 90,
    most: int = 4,
    within_days: float = 14,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Response rate by how many invitations the person had had in the `days` before: does asking wear people out?

    Persons are told apart by respondent_id, where the table has none by customer_id. An invitation is answered when the
    answer came within `within_days`; invitations that have not had so long by `as_of` (default: the last event in the
    table) are left out, and so are those sent less than `days` after the table begins, before which nobody knows how
    often was asked. Who is asked often differs from who is not in other ways too: the rate goes with the number.

    Columns: previous (0, 1, ...; `most` stands for as many or more), invitations, persons, value, low, high (share
    answered; Wilson, persons as clusters).
    """
    if within_days <= 0:
        raise ParameterError(f"within_days is {within_days}; give a number of days above 0.")
    everything = _invitations(responses, None, days, "response_fatigue")
    who = next((name for name in _UNITS if name in everything and everything[name].notna().any()), None)
    columns = ["previous", "invitations", "persons", "value", "low", "high"]
    if who is None:
        if everything.empty:
            return pd.DataFrame(columns=columns)
        raise TableError("response_fatigue needs respondent_id or customer_id to know who was asked before.")
    rows = everything[everything[who].notna()]
    # One invitation may ask two surveys: it is answered when either is.
    rows = rows.groupby([who, "sent_at"], as_index=False)["answered_at"].min()
    rows = _counted(rows, who, days)
    end = as_of or rows[["sent_at", "answered_at"]].max().max()
    begun = rows["sent_at"].min() + pd.Timedelta(days=days)
    kept = (rows["sent_at"] >= begun) & (rows["sent_at"] <= pd.Timestamp(end) - pd.Timedelta(days=within_days))
    rows = rows[kept & _in(rows["sent_at"], period)]
    rows = rows.assign(
        previous=rows["_cx_earlier"].clip(upper=most),
        hit=(rows["answered_at"] - rows["sent_at"] <= pd.Timedelta(days=within_days)).astype(float),
    )
    counts = count(nw.from_native(rows, eager_only=True), ["previous"], nw.col("hit"), cluster=who)
    estimate = estimates.share(estimates.Counts.of(counts))
    parts = (counts["previous"], counts["n"], counts["units"], estimate.value, estimate.low, estimate.high)
    frame = pd.DataFrame(dict(zip(columns, parts, strict=True)))
    return frame.astype({"previous": int, "invitations": int, "persons": int})


def repeated_answers(responses: Any, period: Period | None = None, *, days: int = 7) -> pd.DataFrame:
    """Answers of one person to one survey that follow another within so many days: one voice counted twice.

    The same moment is not asked about twice, other moments may be: answers about different moments do not count as
    repeated, nor do those to different statements. Persons by respondent_id, else customer_id.

    Columns: survey, answers (of known persons), repeated, persons (who repeated), value, low, high (share repeated,
    Wilson).
    """
    check_period(period)
    frame = frame_of(responses, "responses", ["survey", "answered_at"], "repeated_answers")
    have = columns_of(frame)
    who = next((name for name in _UNITS if name in have), None)
    if who is None:
        raise TableError("repeated_answers needs respondent_id or customer_id to know who answered.")
    about = [name for name in ("survey", "moment", "item") if name in have]
    rows = collect(frame.select("answered_at", who, *about).filter(~nw.col("answered_at").is_null()))
    rows = rows[rows[who].notna()].rename(columns={"answered_at": "sent_at"})
    rows["sent_at"] = pd.to_datetime(rows["sent_at"])
    if rows.empty:
        return pd.DataFrame(columns=["survey", "answers", "repeated", "persons", "value", "low", "high"])
    rows["_cx_voice"] = rows.groupby([who, *about], dropna=False).ngroup()
    # Of two at the very same moment the second repeats the first: both cannot be first.
    rows = _counted(rows, "_cx_voice", days)
    rows["hit"] = (rows["_cx_window"] > 1).astype(float)
    first = ~rows.duplicated(["_cx_voice", "sent_at"]) & (rows["_cx_earlier"] == 0)
    rows.loc[first, "hit"] = 0.0
    rows = rows[_in(rows["sent_at"], period)]
    found = [
        (survey, len(part), int(part["hit"].sum()), part.loc[part["hit"] > 0, who].nunique(), *_share(part))
        for survey, part in rows.groupby("survey")
    ]
    return pd.DataFrame(found, columns=["survey", "answers", "repeated", "persons", "value", "low", "high"])


def _invitations(responses: Any, period: Period | None, days: int, needed_by: str) -> pd.DataFrame:
    """Invitations of the period and of the `days` before it, with `_cx_now` for those of the period."""
    check_period(period)
    if days <= 0:
        raise ParameterError(f"days is {days}; give a number of days above 0.")
    frame = frame_of(responses, "responses", ["sent_at", "answered_at"], needed_by)
    frame = frame.filter(~nw.col("sent_at").is_null())
    if period is not None:
        frame = frame.filter(
            nw.col("sent_at") >= nw.lit(period.start - dt.timedelta(days=days)), nw.col("sent_at") < period.end
        )
    rows = collect(frame.select("sent_at", "answered_at", *(name for name in _UNITS if name in columns_of(frame))))
    rows[["sent_at", "answered_at"]] = rows[["sent_at", "answered_at"]].apply(pd.to_datetime)
    return rows.assign(_cx_now=_in(rows["sent_at"], period))


def _in(moments: pd.Series, period: Period | None) -> pd.Series:
    if period is None:
        return pd.Series(True, index=moments.index)
    return (moments >= period.start) & (moments < period.end)


def _counted(rows: pd.DataFrame, who: str, days: int) -> pd.DataFrame:
    """With `_cx_earlier` (of the same unit, strictly earlier, within so many days) and `_cx_window` (itself and those
    of the same moment too)."""
    code = pd.factorize(rows[who])[0]
    second = (rows["sent_at"] - rows["sent_at"].min()).dt.total_seconds().to_numpy(float)
    width = days * 86400.0
    # Every unit on a stretch of one line, far enough from the next that no window reaches over.
    stretch = (second.max() if len(second) else 0.0) + width + 1.0
    place = code * stretch + second
    line = np.sort(place)
    before = np.searchsorted(line, place - width, side="left")
    earlier = np.searchsorted(line, place, side="left") - before
    return rows.assign(_cx_earlier=earlier, _cx_window=np.searchsorted(line, place, side="right") - before)


def _share(rows: pd.DataFrame) -> tuple[float, float, float]:
    counts = count(nw.from_native(rows, eager_only=True), [], nw.col("hit"))
    estimate = estimates.share(estimates.Counts.of(counts))
    return float(estimate.value[0]), float(estimate.low[0]), float(estimate.high[0])
