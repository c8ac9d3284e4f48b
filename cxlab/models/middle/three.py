"""Success, effort and emotion: which of the three goes with the score, and which with staying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import CxlabError, ParameterError
from cxlab.kpis.retention import left_in
from cxlab.models.middle.answers import nearest, periods_of
from cxlab.models.middle.experience import NEAR, NEAR_DAYS, SUCCESS_EFFORT_EMOTION, Experience
from cxlab.models.middle.two_cut import two_cuts
from cxlab.periods import Period
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust, difference
from cxlab.stats.counting import collect
from cxlab.stats.estimates import Counts, share

WITH_SCORE, WITH_STAYING, WITH_LEAVING = "goes with the score", "goes with staying", "goes with leaving"
_GOOD, _BAD = 6.0, 3.0


def beside_the_score(lived: Experience) -> pd.DataFrame:
    """How the score goes with each survey answered near it, one at a time, since few answer several.

    A row a survey: driver, meaning, n (answers with both), lower, upper, gain (points of NPS per 100 customers one
    point higher), low, high, p, q, verdict. Controls are reckoned with.
    """
    rows, frame = [], lived.frame
    for name in lived.drivers(NEAR):
        known = frame[name].notna().to_numpy(bool)
        row: dict[str, Any] = {"driver": name, "meaning": lived.meaning[name], "n": int(known.sum())}
        try:
            fit = two_cuts(
                frame.loc[known, [name]].reset_index(drop=True),
                frame.loc[known, "score"].to_numpy(float),
                cluster=frame.loc[known, "customer_id"],
                controls=frame.loc[known, lived.controls] if lived.controls else None,
            )
            row |= (
                fit.gain.iloc[0][["lower", "upper", "gain", "low", "high", "p_gain"]].rename({"p_gain": "p"}).to_dict()
            )
        except ParameterError:  # too few answered both
            pass
        rows.append(row)
    columns = ["driver", "meaning", "n", "lower", "upper", "gain", "low", "high", "p"]
    found = pd.DataFrame(rows).reindex(columns=columns)
    found[columns[3:]] = found[columns[3:]].astype(float)
    found["q"] = adjust(found["p"])
    told = (found["q"] <= FALSE_DISCOVERY) & (found["gain"] > 0)
    found["verdict"] = np.where(told, WITH_SCORE, CANNOT_TELL)
    return found


def beside_leaving(tables: Mapping[str, Any], periods: Period | Sequence[Period]) -> pd.DataFrame:
    """How many accounts left in a period, of those whose last answer before it was good (6-7) or bad (1-3).

    Counts accounts there when a period started whose latest answer to success, effort or emotion is at most half a year
    old by then; an account counts once a period. A row a measure: driver, n_good, left_good, n_bad, left_bad (shares),
    change (bad minus good), low, high, p, q, verdict. Raises TableError where leaving is not known.
    """
    spans = periods_of(periods)
    if "customers" not in tables:
        raise ParameterError("who left is not known: there is no customers table with signed_on and closed_on.")
    counts: dict[str, dict[str, list[float]]] = {name: {"good": [], "bad": []} for name in SUCCESS_EFFORT_EMOTION}
    for span in spans:
        accounts = collect(left_in(tables["customers"], span).select("customer_id", "_cx_left"))
        accounts["answered_at"] = pd.Timestamp(span.start).as_unit("us")
        for name, sides in counts.items():
            try:
                last = nearest(tables, accounts, name, NEAR_DAYS, before_only=True)
            except CxlabError:
                continue
            sides["good"] += accounts.loc[last >= _GOOD, "_cx_left"].tolist()
            sides["bad"] += accounts.loc[last <= _BAD, "_cx_left"].tolist()
    sides = {side: _shares([counts[name][side] for name in counts]) for side in ("good", "bad")}
    changed = difference(sides["bad"], sides["good"])
    found = pd.DataFrame({"driver": list(counts)})
    for side, frame in sides.items():
        found[f"n_{side}"], found[f"left_{side}"] = frame["n_eff"].astype(int), frame["value"]
    found = found.join(changed[["change", "low", "high", "p"]])
    found["q"] = adjust(found["p"])
    sure = found["q"] <= FALSE_DISCOVERY
    found["verdict"] = np.select([sure & (found["change"] > 0), sure], [WITH_STAYING, WITH_LEAVING], CANNOT_TELL)
    return found


def _shares(left: Sequence[Sequence[float]]) -> pd.DataFrame:
    n, hits = (np.array([fold(each) for each in left], dtype=float) for fold in (len, sum))
    found = share(Counts(n, n, hits, n, hits, hits, n))
    return pd.DataFrame({name: getattr(found, name) for name in ("value", "low", "high", "n_eff")})
