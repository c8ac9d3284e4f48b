"""What drivers are held against: what customers answered in the period, and who left in it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.kpis.retention import left_in
from cxlab.periods import Period
from cxlab.report.pages.behind import collected
from cxlab.report.pages.segments.words import LEFT, SCORE


def outcomes_of(tables: Mapping[str, Any], period: Period, *, is_dated: bool) -> dict[str, tuple[str, pd.Series]]:
    """Outcomes that the tables know: name -> (unit, values by customer_id). Empty where they know none."""
    found = {}
    if "responses" in tables:
        scores = _scores(collected(tables["responses"]), period)
        if len(scores):
            found[SCORE] = "points", scores
    customers = tables.get("customers")
    with suppress(CxlabError):  # no dates of leaving: the other outcome may still be there
        if is_dated and customers is not None:
            found[LEFT] = "share", collected(left_in(customers, period)).set_index("customer_id")["_cx_left"]
        elif customers is not None and "churned" in customers:
            rows = collected(customers).set_index("customer_id")
            found[LEFT] = "share", rows["churned"].astype("boolean").astype("float64")
    return found


def _scores(responses: pd.DataFrame, period: Period) -> pd.Series:
    """Mean answer on likelihood to recommend in the period by customer, of relational surveys where there are both."""
    if not {"customer_id", "score", "survey", "answered_at"} <= set(responses):
        return pd.Series(dtype="float64")
    asked = responses[(responses["survey"] == "nps") & responses["score"].notna()]
    if "kind" in asked and (asked["kind"] == "relational").any():
        asked = asked[asked["kind"] == "relational"]
    at = pd.to_datetime(asked["answered_at"])
    return asked[(at >= period.start) & (at < period.end)].groupby("customer_id")["score"].mean()
