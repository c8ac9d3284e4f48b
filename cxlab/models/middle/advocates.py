"""Who may be asked to speak for us: promoters who use the product, have been here a while and have nothing open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import CxlabError
from cxlab.kpis.invitations import known_then
from cxlab.kpis.measure import latest
from cxlab.models.middle.answers import in_words, periods_of, recommendations
from cxlab.periods import Period
from cxlab.stats.counting import collect, columns_of

#: Days since signing, and the share of the use of 90 days before that is not yet a fall.
TENURE_DAYS, STILL_USED = 365, 0.8
_PROMOTERS = "a promoter and no detractor among its last answers"


@dataclass(frozen=True)
class Advocates:
    """`frame`: a row an account that answered, the surest advocates first: customer_id, promoters, passives,
    detractors (people, by their last answer), last_answer, tenure_days, open_tickets, use_change (1 = as before),
    advocate, why_not. `steps`: condition, accounts (still in after it). `over` the periods in words, `missing` what
    could not be checked."""

    frame: pd.DataFrame
    steps: pd.DataFrame
    over: str
    missing: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """The accounts that may be asked."""
        return self.frame.loc[self.frame["advocate"], "customer_id"].tolist()


def advocates(
    tables: Mapping[str, Any],
    periods: Period | Sequence[Period],
    *,
    as_of: dt.datetime | None = None,
    tenure_days: float = TENURE_DAYS,
    still_used: float = STILL_USED,
) -> Advocates:
    """Accounts whose people recommend us, checked one condition after the other.

    Of every person the last answer in the periods counts. Then: not closed by `as_of` (default: the end of the last
    period, or the last answer if that is earlier), signed at least `tenure_days` ago, no open ticket, use of the last
    90 days at least `still_used` of that of the 90 before. What a table does not say is not held against an account and
    is told. Raises TableError where nobody answered.
    """
    spans = periods_of(periods)
    rows, _ = recommendations(tables, spans)
    end = pd.Timestamp(as_of or min(spans[-1].end, _last_answer(tables) or spans[-1].end)).as_unit("us")
    frame = _people(rows[rows["customer_id"].notna()])
    missing = [f"there is no {name} table" for name in ("customers", "tickets", "usage") if name not in tables]
    asked = pd.DataFrame({"customer_id": frame["customer_id"], "response_id": frame["customer_id"]})
    asked = asked.assign(survey="nps", answered=True, sent_at=end, answered_at=end, score=np.nan)
    then = _then(tables, asked, missing)
    earlier = _then(tables, asked.assign(sent_at=end - pd.Timedelta(days=90)), [])
    frame["tenure_days"] = then.get("tenure_days", np.nan)
    frame["open_tickets"] = then.get("open_tickets", np.nan)
    use = next((name for name in then if name.startswith("use")), None)
    before = earlier[use] if use in earlier else np.nan
    frame["use_change"] = then[use] / before.where(before > 0) if use in earlier else np.nan
    checks = {
        _PROMOTERS: (frame["promoters"] > 0) & (frame["detractors"] == 0),
        "still a customer": ~_gone(tables, frame["customer_id"], end),
        f"with us for {tenure_days:g} days or more": ~(frame["tenure_days"] < tenure_days),
        "nothing open with support": ~(frame["open_tickets"] > 0),
        f"use at {100 * still_used:.0f}\u202f% or more of that 90 days before": ~(frame["use_change"] < still_used),
    }
    passed, why = pd.Series(True, index=frame.index), pd.Series("", index=frame.index)
    steps = [("answered", len(frame))]
    for name, holds in checks.items():
        why = why.where(~(passed & ~holds), f"not {name}")
        passed &= holds
        steps.append((name, int(passed.sum())))
    frame["advocate"], frame["why_not"] = passed, why
    frame = frame.sort_values(
        ["advocate", "promoters", "tenure_days", "customer_id"], ascending=[False, False, False, True], kind="stable"
    )
    return Advocates(
        frame.reset_index(drop=True), pd.DataFrame(steps, columns=["condition", "accounts"]), in_words(spans), missing
    )


def _last_answer(tables: Mapping[str, Any]) -> dt.datetime | None:
    return latest(nw.from_native(tables["responses"]), ["answered_at"])


def _people(rows: pd.DataFrame) -> pd.DataFrame:
    """Per account how many people are promoters, passives and detractors by their last answer."""
    who = rows["respondent_id"] if "respondent_id" in rows else rows["response_id"]
    person = who.where(who.notna(), rows["response_id"])
    last = rows.assign(person=person).sort_values(["answered_at", "response_id"]).drop_duplicates("person", keep="last")
    kinds = pd.DataFrame(
        {
            "customer_id": last["customer_id"].astype(str),
            "promoters": (last["score"] >= 9).astype(int),
            "passives": last["score"].between(7, 8).astype(int),
            "detractors": (last["score"] <= 6).astype(int),
            "last_answer": last["answered_at"],
        }
    ).groupby("customer_id", sort=True)
    summed = kinds[["promoters", "passives", "detractors"]].sum().join(kinds["last_answer"].max())
    return summed.reset_index()


def _then(tables: Mapping[str, Any], asked: pd.DataFrame, missing: list[str]) -> pd.DataFrame:
    if asked.empty:
        return pd.DataFrame(index=asked.index)
    try:
        return known_then({**tables, "responses": asked}, asked, "nps", None)[0]
    except CxlabError as problem:
        missing.append(str(problem).splitlines()[0])
        return pd.DataFrame(index=asked.index)


def _gone(tables: Mapping[str, Any], accounts: pd.Series, end: pd.Timestamp) -> pd.Series:
    """Closed by `end`; the undated flag of an export counts where nothing is dated."""
    if "customers" not in tables:
        return pd.Series(False, index=accounts.index)
    frame = nw.from_native(tables["customers"])
    named = [name for name in ("closed_on", "churned") if name in columns_of(frame)]
    small = collect(frame.select("customer_id", *named)).drop_duplicates("customer_id").set_index("customer_id")
    if "closed_on" in named:
        gone = pd.to_datetime(small["closed_on"]) < end
    elif "churned" in named:
        gone = small["churned"].fillna(False).astype(bool)
    else:
        return pd.Series(False, index=accounts.index)
    return accounts.map(gone).fillna(False).astype(bool)
