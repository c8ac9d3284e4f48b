"""What the people who answered had lived through: a row an answer, its score and what may have gone with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import CxlabError
from cxlab.kpis.invitations import known_then
from cxlab.models.middle.answers import in_words, nearest, periods_of, rating_columns, recommendations
from cxlab.periods import Period
from cxlab.stats.counting import collect, columns_of, frame_of

#: Where a driver comes from: asked beside the score, known of the account when it was asked, answered near it.
ASKED, ACCOUNT, NEAR = "asked", "account", "near"
SUCCESS_EFFORT_EMOTION = ("success", "effort", "emotion")
NEAR_DAYS = 183.0
_LATER_SURVEYS = {
    "success": "could do what they came for (1\u20137)",
    "effort": "found it easy (1\u20137)",
    "emotion": "felt good about it (1\u20137)",
    "csat": "satisfied after an event (1\u20135)",
    "ces": "found it easy after an event (1\u20137)",
}
_OF_ACCOUNT = {
    "open_tickets": ("one open ticket fewer", "down"),
    "tickets_90d": ("one ticket fewer in 90 days", "down"),
    "late_steps": ("one late promise fewer", "down"),
    "use_change": ("use doubled within 90 days", "up"),
}
#: A step of what is no count: one doubling.
_STEPS = {"use_change": 1.0}
#: What may only be reckoned with: nobody can move a customer to another region or make a contract older.
_CONTROLS = ("segment", "region", "plan")
_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Experience:
    """Answers to the recommendation question with what may go with their score.

    `frame`: response_id, customer_id, respondent_id, answered_at, period, score, the drivers (numbers, NaN where not
    known), the controls, and the texts one may group by. `meaning`: driver -> words. `better`: driver -> "up" or
    "down". `families`: driver -> "asked", "account" or "near". `controls`: columns to reckon with. `over`: the periods
    in words. `steps`: driver -> size of a step, where it is not the usual. `missing`: what could not be said and which
    table would allow it; `remarks`: what was left out.
    """

    frame: pd.DataFrame
    meaning: dict[str, str]
    better: dict[str, str]
    families: dict[str, str]
    controls: list[str]
    over: str
    steps: dict[str, float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def drivers(self, *families: str) -> list[str]:
        """Names of the drivers of these families, in order."""
        return [name for name, family in self.families.items() if family in families]


def experience(
    tables: Mapping[str, Any],
    periods: Period | Sequence[Period],
    *,
    asked: Sequence[str] | None = None,
    meaning: Mapping[str, str] | None = None,
) -> Experience:
    """Answers of the periods with their drivers: ratings asked beside the score, the account's state, other surveys.

    Ratings are the answers' own columns of whole numbers from 0 to 10 (or those that `asked` names; `meaning` gives
    words). Of the account, as it stood when the invitation went out: open tickets, tickets of the last 90 days,
    promised steps that came late, use against the 90 days before. Near: success, effort, emotion, csat and ces of the
    same person, else the account, at most half a year away. Raises TableError where nobody answered.
    """
    spans = periods_of(periods)
    rows, remarks = recommendations(tables, spans)
    ratings = rating_columns(rows, asked)
    missing = [] if ratings else ["no rating was asked beside the score: map such columns of the survey to responses"]
    words = {name: name.replace("_", " ") for name in ratings} | dict(meaning or {})
    better, families = dict.fromkeys(ratings, "up"), dict.fromkeys(ratings, ASKED)
    kept = ["response_id", "customer_id", "respondent_id", "answered_at", "score", "weight"]
    kept += [name for name in ("region", "segment", "plan", "team", "role", "language", "comment") if name in rows]
    frame = rows[[name for name in kept if name in rows]].copy()
    frame["period"] = _labels(frame["answered_at"], spans)
    for name in ratings:
        frame[name] = pd.to_numeric(rows[name], errors="coerce").astype(float)
    known, more, lacking = _of_account(tables, rows)
    for name, values in known.items():
        frame[name] = values
        if name in _OF_ACCOUNT:
            words[name], better[name] = _OF_ACCOUNT[name]
            families[name] = ACCOUNT
    for survey, said in _LATER_SURVEYS.items():
        values = nearest(tables, rows, survey, NEAR_DAYS, None if survey in ("csat", "ces") else "relational")
        if values.notna().any():
            frame[survey] = values
            words[survey], better[survey], families[survey] = said, "up", NEAR
    absent = [name for name in SUCCESS_EFFORT_EMOTION if name not in families]
    if absent:
        missing.append(f"nobody who answered was asked about {', '.join(absent)} within half a year of the answer")
    controls = [name for name in (*_CONTROLS, "tenure", "period") if name in frame and frame[name].nunique() > 1]
    steps = {name: size for name, size in _STEPS.items() if name in families}
    return Experience(
        frame, words, better, families, controls, in_words(spans), steps, [*missing, *lacking], [*remarks, *more]
    )


def _labels(moments: pd.Series, spans: Sequence[Period]) -> pd.Series:
    label = pd.Series("", index=moments.index, dtype=object)
    for span in spans:
        label[((moments >= span.start) & (moments < span.end)).to_numpy(bool)] = span.label
    return label


def _of_account(tables: Mapping[str, Any], rows: pd.DataFrame) -> tuple[dict[str, pd.Series], list[str], list[str]]:
    """What was known of the account when it was asked: columns, remarks, and what is missing."""
    lacking = [f"there is no {name} table" for name in ("tickets", "milestones", "usage") if name not in tables]
    if rows["customer_id"].isna().all():
        return {}, [], ["the answers name no account, so that nothing of the account is known"]
    sent = pd.to_datetime(rows["sent_at"]) if "sent_at" in rows else pd.Series(pd.NaT, index=rows.index)
    asked = rows.assign(answered=True, sent_at=sent.fillna(rows["answered_at"]).astype("datetime64[us]"))
    # Answers before these periods are not needed: known_then is given the answers themselves as its history.
    near = {**tables, "responses": asked}
    found: dict[str, pd.Series] = {}
    remarks: list[str] = []
    try:
        then, told = known_then(near, asked, "nps", None)
        remarks += [text for text in told if "set aside" in text]
        for name in ("open_tickets", "tickets_90d", "region", "segment", "plan"):
            if name in then:
                found[name] = then[name]
        if "tenure_days" in then:
            found["tenure"] = np.log1p(then["tenure_days"])
        use = next((name for name in then if name.startswith("use")), None)
        if use is not None:
            found["use_change"] = _change(near, asked, then[use], use)
    except CxlabError as problem:
        lacking.append(str(problem).splitlines()[0])
    try:
        if "milestones" in tables:
            found["late_steps"] = _late_steps(tables["milestones"], asked)
    except CxlabError as problem:
        lacking.append(str(problem).splitlines()[0])
    return found, remarks, lacking


def _change(tables: Mapping[str, Any], asked: pd.DataFrame, now: pd.Series, use: str) -> pd.Series:
    """Doublings of the use of 90 days against the 90 before; not known for accounts that were not there then."""
    earlier = asked.assign(sent_at=asked["sent_at"] - 90 * _DAY)
    then, _ = known_then({"usage": tables["usage"], "responses": earlier}, earlier, "nps", None)
    if use not in then:
        return pd.Series(np.nan, index=asked.index)
    before = then[use]
    known = (before > 0) | (now > 0)
    return np.log2((now + 1) / (before + 1)).clip(-3, 3).where(known & (before > 0))


def _late_steps(milestones: Any, asked: pd.DataFrame) -> pd.Series:
    """Steps promised for a day before each invitation that were not reached by their day."""
    rows = frame_of(milestones, "milestones", ["customer_id", "due_at", "reached_at"], "experience")
    if "outcome" in columns_of(rows):
        rows = rows.filter(~(nw.col("outcome") == "failed") | nw.col("outcome").is_null())
    small = collect(rows.filter(~nw.col("due_at").is_null()).select("customer_id", "due_at", "reached_at"))
    due, reached = pd.to_datetime(small["due_at"]), pd.to_datetime(small["reached_at"])
    late = small.assign(due_at=due)[~(reached <= due)]
    pairs = asked[["customer_id", "sent_at"]].assign(place=asked.index)
    both = pairs.astype({"customer_id": object}).merge(late.astype({"customer_id": object}), on="customer_id")
    counted = both.loc[both["due_at"] < both["sent_at"], "place"].value_counts()
    return counted.reindex(asked.index, fill_value=0).astype(float)
