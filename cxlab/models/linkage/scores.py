"""Scores of each account in a window of time, by the definitions of the KPIs themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import CxlabError, ParameterError
from cxlab.kpis.net_scores import effort, emotion, success
from cxlab.kpis.survey import ces, csat, nps
from cxlab.models.features.look import tells_of_leaving
from cxlab.models.linkage.panel import Measure
from cxlab.stats.counting import collect, columns_of, frame_of

#: Days before a moment that count as "lately".
WINDOW = dt.timedelta(days=90)

#: survey -> the KPI that codes it, points for one unit of its value, the two ends of its scale in words, and its name.
_CODED: dict[str, tuple[Callable[..., pd.DataFrame], float, float, str, str]] = {
    "nps": (nps, 1.0, 200.0, "promoters against detractors", "NPS"),
    "csat": (csat, 100.0, 100.0, "satisfied against not", "Satisfaction (CSAT)"),
    "ces": (ces, 100.0, 100.0, "found it easy against not", "Ease (CES)"),
    "success": (success, 1.0, 200.0, "could do it against could not", "Success"),
    "effort": (effort, 1.0, 200.0, "easy against hard", "Effort (high is easy)"),
    "emotion": (emotion, 1.0, 200.0, "felt good against felt bad", "Emotion"),
}
SCORES = tuple(_CODED)
_WANTED = (
    *("survey", "customer_id", "answered_at", "score", "sent_at", "kind", "moment", "stage"),
    *("series", "scale_low", "scale_high"),
)
ANSWERED = "answered"


def score_measures(names: Sequence[str]) -> dict[str, Measure]:
    """The measures of these surveys, in points as the KPI has them. Raises ParameterError for an unknown one."""
    for name in names:
        if name not in _CODED:
            raise ParameterError.unknown("score", name, _CODED)
    return {
        name: Measure(name, words, 10.0, "10 points", span=span, span_words=ends, asked=True)
        for name, (_, _, span, ends, words) in _CODED.items()
        if name in names
    }


class Answers:
    """The answers of a responses table to the questions that can be linked, collected once."""

    def __init__(self, responses: Any, options: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        frame = frame_of(responses, "responses", ["survey", "customer_id", "answered_at", "score"], "score_to_money")
        wanted = [name for name in _WANTED if name in columns_of(frame)]
        told = collect(frame.filter(~nw.col("customer_id").is_null()).select(*wanted))
        self._options = options or {}
        self.remarks: list[str] = []
        for column in [name for name in ("moment", "stage") if name in told]:
            exits = tells_of_leaving(told[column].dropna().unique())
            told = told[~told[column].isin(exits)]
            if exits:
                self.remarks.append(
                    f"Answers at the {column} {', '.join(exits)} tell of leaving itself and foretell nothing."
                )
        self._all = told

    def available(self) -> list[str]:
        """Surveys among those that can be linked which somebody has answered with a score."""
        answered = self._all[self._all["score"].notna() & self._all["answered_at"].notna()]
        return [name for name in SCORES if name in set(answered["survey"])]

    def points(self, survey: str, moments: Mapping[str, dt.datetime]) -> pd.DataFrame:
        """Points of each account in the 90 days before each moment: customer_id, period, value, n.

        moments: label -> moment, which itself does not count. Where relational and transactional answers were given,
        those of the kind given more often are taken. Empty with a remark where the KPI refuses the answers.
        """
        rows = self._of_one_kind(survey)
        kpi, scale = _CODED[survey][:2]
        windows = [
            rows[(rows["answered_at"] >= moment - WINDOW) & (rows["answered_at"] < moment)].assign(_cx_window=label)
            for label, moment in moments.items()
        ]
        told = pd.concat(windows, ignore_index=True) if windows else rows.assign(_cx_window="")
        if told.empty:
            return pd.DataFrame(columns=["customer_id", "period", "value", "n"])
        try:
            found = kpi(told, None, ["customer_id", "_cx_window"], **self._options.get(survey, {}))
        except CxlabError as problem:
            self.remarks.append(f"{_CODED[survey][4]} is left out: {str(problem).splitlines()[0]}")
            return pd.DataFrame(columns=["customer_id", "period", "value", "n"])
        found = found.drop(columns="period").rename(columns={"_cx_window": "period"})
        return found.assign(value=found["value"] * scale)[["customer_id", "period", "value", "n"]]

    def _of_one_kind(self, survey: str) -> pd.DataFrame:
        rows = self._all[
            (self._all["survey"] == survey) & self._all["score"].notna() & self._all["answered_at"].notna()
        ]
        kinds = rows["kind"].value_counts() if "kind" in rows else pd.Series(dtype=int)
        if len(kinds) < 2:
            return rows
        most = sorted(kinds.index, key=lambda kind: (-kinds[kind], str(kind)))[0]
        said = f"{_CODED[survey][4]}: of two kinds of question the {most} one is taken, it was answered more often."
        if said not in self.remarks:
            self.remarks.append(said)
        return rows[rows["kind"] == most]

    def answering(self, moments: Mapping[str, dt.datetime]) -> pd.DataFrame:
        """Share of the invitations of the 90 days before each moment that were answered by then: customer_id, period,
        value (0-1), n invitations. Empty where nobody says when it was sent."""
        columns = ["customer_id", "period", "value", "n"]
        if "sent_at" not in self._all:
            return pd.DataFrame(columns=columns)
        parts = []
        for label, moment in moments.items():
            sent = self._all[(self._all["sent_at"] >= moment - WINDOW) & (self._all["sent_at"] < moment)]
            answered = (sent["answered_at"] < moment).to_numpy(float)
            grouped = pd.Series(answered, index=sent["customer_id"].to_numpy()).groupby(level=0)
            found = grouped.agg(["mean", "size"]).rename_axis("customer_id").reset_index()
            parts.append(found.set_axis(["customer_id", "value", "n"], axis=1).assign(period=label))
        found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
        # Where only answers were exported, every invitation is answered and nothing can be learnt from it.
        return found[columns] if found["value"].nunique() > 1 else pd.DataFrame(columns=columns)


def placed(found: pd.DataFrame, customer: pd.Series, period: pd.Series) -> np.ndarray:
    """Values of (customer_id, period, value) in the order of the rows given; NaN where there is none."""
    rows = pd.DataFrame({"customer_id": customer.astype(str).to_numpy(), "period": period.astype(str).to_numpy()})
    known = found[["customer_id", "period", "value"]].astype({"customer_id": str, "period": str, "value": float})
    return rows.merge(known, on=["customer_id", "period"], how="left")["value"].to_numpy(float)
