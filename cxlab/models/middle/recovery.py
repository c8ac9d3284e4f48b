"""What became of detractors: who was contacted afterwards and who still waits, and what later answers said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import TableError
from cxlab.kpis.measure import latest
from cxlab.models.contacts import NEXT_TICKET, next_ticket
from cxlab.models.middle.answers import in_words, periods_of, recommendations
from cxlab.periods import Period
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust, difference
from cxlab.stats.counting import collect, columns_of
from cxlab.stats.durations import Completion, completion
from cxlab.stats.estimates import Counts, share

#: A contact within so many days after the answer counts as following it up; later answers count from then on.
WITHIN_DAYS, LATER_DAYS = 30.0, 365.0
BETTER, WORSE = "more recovered", "fewer recovered"
_DAY = pd.Timedelta(days=1)
_OWN_DATE = "followed_up_at"


@dataclass(frozen=True)
class FollowUps:
    """Detractors' answers and the contact after them.

    `frame`: response_id, customer_id, answered_at, score, contacted_at, days (until the contact, or waited so far),
    contacted, and region, team, segment where known. `queue`: those still waiting whose account has not left, the
    longest wait first, with age (days). `clock` (Kaplan-Meier, days), `contact` what counts as one, in words; `over`.
    """

    frame: pd.DataFrame
    queue: pd.DataFrame
    clock: Completion
    contact: str
    over: str


def follow_ups(
    tables: Mapping[str, Any], periods: Period | Sequence[Period], *, as_of: dt.datetime | None = None
) -> FollowUps:
    """How long detractors wait until somebody is in contact with them, those still waiting counted as waiting.

    A contact is `followed_up_at` of the answer where the export has it; else the first ticket that the account opened
    after the answer. The clock of an account stops unanswered when it leaves. `as_of` (default: the last answer or
    ticket) is the moment of looking. Raises TableError where neither says anything.
    """
    spans = periods_of(periods)
    rows, _ = recommendations(tables, spans)
    frame = rows[rows["score"] <= 6].reset_index(drop=True)
    contacted, contact = _contacts(tables, frame)
    end = pd.Timestamp(as_of or _moment_of_looking(tables)).as_unit("us")
    frame["contacted_at"] = contacted.where(contacted <= end)
    left = _left_at(tables, frame["customer_id"])
    stop = left.where(left < end, end)
    done = frame["contacted_at"].notna() & ~(frame["contacted_at"] > stop)
    until = frame["contacted_at"].where(done, stop)
    frame["days"] = ((until - frame["answered_at"]) / _DAY).clip(lower=0)
    frame["contacted"] = done
    shown = ["response_id", "customer_id", "respondent_id", "answered_at", "score", "region", "segment", "team"]
    shown = [name for name in shown if name in frame]
    kept = frame[[*shown, "contacted_at", "days", "contacted"]]
    waiting = kept[~done & ~(left <= end)].drop(columns=["contacted_at", "contacted"]).rename(columns={"days": "age"})
    queue = waiting.sort_values(["age", "response_id"], ascending=[False, True], kind="stable", ignore_index=True)
    curve = completion(frame["days"], done.astype(float), (~done).astype(float), cluster=frame["customer_id"])
    return FollowUps(kept, queue, curve, contact, in_words(spans))


def detractor_recovery(
    tables: Mapping[str, Any],
    periods: Period | Sequence[Period],
    *,
    within_days: float = WITHIN_DAYS,
    later_days: float = LATER_DAYS,
    as_of: dt.datetime | None = None,
) -> pd.DataFrame:
    """Detractors contacted within `within_days` and those who were not: what became of both. Observational.

    Everything is looked at from `within_days` after the answer on, for both alike, so that being still there is not
    taken for having been helped: the first later answer of the same person within `later_days`, and whether the account
    had left by then. Accounts that had left before are left out. Two rows: outcome ("7 or more", "9 or 10", "left"),
    n_contacted, contacted (share), n_others, others, change, low, high, p, q, verdict ("more recovered", "fewer
    recovered", "cannot tell"; for "left" the other way round). Who is contacted differs from who is not in much else.
    """
    spans = periods_of(periods)
    rows, _ = recommendations(tables, spans)
    end = pd.Timestamp(as_of or _moment_of_looking(tables)).as_unit("us")
    frame = rows[(rows["score"] <= 6) & (rows["answered_at"] <= end - within_days * _DAY)].reset_index(drop=True)
    contacted, _ = _contacts(tables, frame)
    start = frame["answered_at"] + within_days * _DAY
    left = _left_at(tables, frame["customer_id"])
    there = ~(left <= start)
    helped = (contacted <= start).fillna(False)
    score = _later_score(tables, frame, start, later_days)
    full = frame["answered_at"] <= end - (within_days + later_days) * _DAY
    outcomes = {"7 or more": (score >= 7, score.notna()), "9 or 10": (score >= 9, score.notna())}
    if left.notna().any():
        outcomes["left"] = (left <= start + later_days * _DAY, full)
    sides = []
    for side in (helped, ~helped):
        parts = [(hit[there & known & side], int((there & known & side).sum())) for hit, known in outcomes.values()]
        sides.append(_shares([int(hit.sum()) for hit, _ in parts], [n for _, n in parts]))
    found = pd.DataFrame({"outcome": list(outcomes)})
    for name, side in zip(("contacted", "others"), sides, strict=True):
        found[f"n_{name}"], found[name] = side["n_eff"].astype(int), side["value"]
    found = found.join(difference(*sides)[["change", "low", "high", "p"]])
    found["q"] = adjust(found["p"])
    good = np.where(found["outcome"] == "left", -found["change"], found["change"])
    sure = found["q"] <= FALSE_DISCOVERY
    found["verdict"] = np.select([sure & (good > 0), sure], [BETTER, WORSE], CANNOT_TELL)
    return found


def _contacts(tables: Mapping[str, Any], frame: pd.DataFrame) -> tuple[pd.Series, str]:
    """First contact after each answer, and what counts as one."""
    if _OWN_DATE in frame and frame[_OWN_DATE].notna().any():
        moment = pd.to_datetime(frame[_OWN_DATE], errors="coerce").astype("datetime64[us]")
        return moment.where(moment >= frame["answered_at"]), "the follow-up that the survey notes"
    if "tickets" not in tables:
        raise TableError(
            "whether a detractor was contacted is not known: the answers have no column followed_up_at, and there is "
            "no tickets table. Map one of them."
        )
    tickets = collect(nw.from_native(tables["tickets"]).select("customer_id", "opened_at"))
    return next_ticket(frame["customer_id"], frame["answered_at"], tickets), NEXT_TICKET


def _moment_of_looking(tables: Mapping[str, Any]) -> dt.datetime:
    moments = [latest(nw.from_native(tables["responses"]), ["answered_at"])]
    if "tickets" in tables:
        moments.append(latest(nw.from_native(tables["tickets"]), ["opened_at"]))
    return max(moment for moment in moments if moment is not None)


def _left_at(tables: Mapping[str, Any], accounts: pd.Series) -> pd.Series:
    """When each account left; empty where it has not, or where nothing says so."""
    frame = nw.from_native(tables["customers"]) if "customers" in tables else None
    if frame is None or "closed_on" not in columns_of(frame):
        return pd.Series(pd.NaT, index=accounts.index, dtype="datetime64[us]")
    small = collect(frame.select("customer_id", "closed_on")).drop_duplicates("customer_id").set_index("customer_id")
    return accounts.map(pd.to_datetime(small["closed_on"])).astype("datetime64[us]")


def _later_score(tables: Mapping[str, Any], frame: pd.DataFrame, start: pd.Series, days: float) -> pd.Series:
    """The first answer of the same person after `start`, within `days` of it; NaN where there is none."""
    if "respondent_id" not in frame or frame.empty:
        return pd.Series(np.nan, index=frame.index)
    table = nw.from_native(tables["responses"])
    mine = table.filter(nw.col("survey") == "nps", ~nw.col("score").is_null())
    if "kind" in columns_of(table):
        mine = mine.filter((nw.col("kind") == "relational") | nw.col("kind").is_null())
    later = collect(mine.select("respondent_id", "answered_at", "score")).dropna()
    later = later.rename(columns={"answered_at": "later_at"}).astype({"respondent_id": object})
    later["later_at"] = pd.to_datetime(later["later_at"]).astype("datetime64[us]")
    left = pd.DataFrame({"respondent_id": frame["respondent_id"].astype(object), "start": start}, index=frame.index)
    left["start"] = left["start"].astype("datetime64[us]")
    joined = pd.merge_asof(
        left.assign(place=left.index).dropna().sort_values(["start", "place"], kind="stable"),
        later.sort_values(["later_at", "respondent_id"], kind="stable"),
        left_on="start",
        right_on="later_at",
        by="respondent_id",
        direction="forward",
        tolerance=pd.Timedelta(days=days),
    )
    return joined.set_index("place")["score"].reindex(frame.index)


def _shares(hits: Sequence[int], n: Sequence[int]) -> pd.DataFrame:
    hit, count = np.asarray(hits, dtype=float), np.asarray(n, dtype=float)
    found = share(Counts(count, count, hit, count, hit, hit, count))
    return pd.DataFrame({name: getattr(found, name) for name in ("value", "low", "high", "n_eff")})
