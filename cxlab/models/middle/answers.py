"""Answers to the recommendation question, and answers to other surveys near them in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.measure import check_period
from cxlab.periods import Period
from cxlab.stats.counting import collect, columns_of, frame_of
from cxlab.tables.canonical import TABLES

RELATIONAL = "relational"
#: What an export brought along that is no rating, whatever it holds.
_NO_RATING = ("source", "ticket_id", "weight")


def periods_of(periods: Period | Sequence[Period]) -> list[Period]:
    """One or several periods as a list, oldest first. Raises ParameterError for anything else."""
    given = [periods] if isinstance(periods, Period) else list(periods)
    if not given:
        raise ParameterError('no period was given; give cx.Period.of("2026-Q3") or several of them.')
    for period in given:
        check_period(period)
    return sorted(given, key=lambda period: period.start)


def in_words(periods: Sequence[Period]) -> str:
    """ "2026-Q3", or "2025-Q4 to 2026-Q3"."""
    return periods[0].label if len(periods) == 1 else f"{periods[0].label} to {periods[-1].label}"


def recommendations(
    tables: Mapping[str, Any], periods: Period | Sequence[Period], kind: str = RELATIONAL
) -> tuple[pd.DataFrame, list[str]]:
    """Answers to the recommendation question in the periods, a row each, in order of response_id; and remarks.

    All columns of the table but those that no answer fills. Where answers of several kinds are there, those of `kind`
    are kept and the others told. Raises TableError where there are none, or on a scale that is not 0-10.
    """
    spans = periods_of(periods)
    if "responses" not in tables:
        raise TableError.absent("responses", tables)
    frame = frame_of(tables["responses"], "responses", ["survey", "answered_at", "score"], "the movable middle")
    asked = frame.filter(nw.col("survey") == "nps", ~nw.col("score").is_null())
    when = nw.col("answered_at")
    rows = collect(asked.filter(when >= spans[0].start, when < spans[-1].end))
    inside = np.zeros(len(rows), dtype=bool)
    moment = pd.to_datetime(rows["answered_at"])
    for span in spans:
        inside |= ((moment >= span.start) & (moment < span.end)).to_numpy(bool)
    rows = rows[inside]
    remarks = []
    if "kind" in rows and rows["kind"].nunique() > 1:
        others = int((rows["kind"] != kind).sum())
        rows = rows[rows["kind"] == kind]
        remarks.append(f"{others:,} answers of another kind are left out: only {kind} ones answer the same question.")
    if rows.empty:
        surveys = sorted(collect(frame.select("survey").unique())["survey"].dropna().astype(str))
        raise TableError(
            f"nobody answered the recommendation question (survey nps, 0-10) in {in_words(spans)}; the table knows "
            f"{', '.join(surveys) or 'no survey'}. Map the export that asks it to responses."
        )
    _check_scale(rows, remarks)
    rows = rows.dropna(axis=1, how="all").assign(answered_at=pd.to_datetime(rows["answered_at"]))
    for name in ("response_id", "customer_id"):
        if name not in rows:
            rows[name] = None if name == "customer_id" else [f"row {place}" for place in range(len(rows))]
    return rows.sort_values(["response_id", "answered_at"], ignore_index=True), remarks


def _check_scale(rows: pd.DataFrame, remarks: list[str]) -> None:
    scales = rows[["scale_low", "scale_high"]].drop_duplicates().dropna() if "scale_low" in rows else pd.DataFrame()
    found = {(float(low), float(high)) for low, high in scales.itertuples(index=False)}
    if found - {(0.0, 10.0), (1.0, 10.0)} or rows["score"].min() < 0 or rows["score"].max() > 10:
        raise TableError(
            f"the recommendation question has scores from {rows['score'].min():g} to {rows['score'].max():g}; the cuts "
            "6|7 and 8|9 are those of a 0-10 scale. Map scale_low and scale_high, or declare codes that are no answers."
        )
    if (1.0, 10.0) in found:
        remarks.append("The question was asked on a 1-10 scale, which has one code fewer for detractors.")


def rating_columns(rows: pd.DataFrame, asked: Sequence[str] | None = None) -> list[str]:
    """Columns of the answers that are ratings: whole numbers within 0-10, at least three of them, beyond cxlab's own.

    `asked` names them instead. Raises ParameterError for a name that the table does not have.
    """
    from cxlab.models.columns import NUMBER, understand

    if asked is not None:
        for name in asked:
            if name not in rows:
                raise ParameterError.unknown("column of the answers", name, rows.columns)
        return list(asked)
    brought = [name for name in rows if TABLES["responses"].column(str(name)) is None and name not in _NO_RATING]
    if not brought:
        return []
    columns = understand(rows[brought], "experience")
    return [name for name in columns.of_kind(NUMBER) if _is_rating(columns.frame[name].dropna())]


def _is_rating(known: pd.Series) -> bool:
    return bool((known == known.round()).all() and known.between(0, 10).all() and known.nunique() >= 3)


def nearest(
    tables: Mapping[str, Any],
    rows: pd.DataFrame,
    survey: str,
    days: float,
    kind: str | None = RELATIONAL,
    before_only: bool = False,
) -> pd.Series:
    """The score of another survey nearest to each answer, at most `days` away: the same person's, else the account's.

    NaN where there is none. `rows` needs answered_at, customer_id and, for persons, respondent_id. With several answers
    at the same distance the earlier counts.
    """
    frame = nw.from_native(tables["responses"])
    have = columns_of(frame)
    reach = dt.timedelta(days=days)
    when = nw.col("answered_at")
    first, last = rows["answered_at"].min().to_pydatetime(), rows["answered_at"].max().to_pydatetime()
    mine = frame.filter(nw.col("survey") == survey, ~nw.col("score").is_null(), when >= first - reach)
    mine = mine.filter(when <= last + reach)
    if kind is not None and "kind" in have:
        mine = mine.filter((nw.col("kind") == kind) | nw.col("kind").is_null())
    names = [name for name in ("customer_id", "respondent_id") if name in have and name in rows]
    small = collect(mine.select("answered_at", "score", *names))
    small["answered_at"] = pd.to_datetime(small["answered_at"]).astype("datetime64[us]")
    found = pd.Series(np.nan, index=rows.index)
    for name in ("respondent_id", "customer_id"):
        if name in names and len(small):
            found = found.fillna(_nearest_by(rows, small, name, reach, before_only))
    return found


def _nearest_by(
    rows: pd.DataFrame, small: pd.DataFrame, name: str, reach: dt.timedelta, before_only: bool
) -> pd.Series:
    left = rows.loc[rows[name].notna(), [name, "answered_at"]].assign(place=lambda each: each.index)
    left["answered_at"] = left["answered_at"].astype("datetime64[us]")
    right = small.loc[small[name].notna(), [name, "answered_at", "score"]]
    if left.empty or right.empty:
        return pd.Series(np.nan, index=rows.index)
    order = ["answered_at", name, "score"]
    joined = pd.merge_asof(
        left.astype({name: object}).sort_values(["answered_at", "place"], kind="stable"),
        right.astype({name: object}).sort_values(order, kind="stable"),
        on="answered_at",
        by=name,
        direction="backward" if before_only else "nearest",
        tolerance=pd.Timedelta(reach),
    )
    return joined.set_index("place")["score"].reindex(rows.index)
