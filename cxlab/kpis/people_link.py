"""Employees and customers side by side: do teams whose people recommend us have customers who do?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlab.kpis.measure import label
from cxlab.kpis.people import FLOOR, enps
from cxlab.kpis.survey import nps
from cxlab.periods import Period
from cxlab.stats.correlation import correlation_interval
from cxlab.stats.suppression import TOGETHER

TOGETHER_UP, OPPOSITE, CANNOT_TELL = "go together", "go opposite ways", "cannot tell"
# Of four teams in no order at all one in twelve is ranked exactly alike or exactly the other way round.
_TELLING = 5
WARNING = (
    "Teams are compared, not people: what holds between teams need not hold within one, and teams may differ in their "
    "customers rather than in their people."
)


def engagement_by_team(
    responses: Any, period: Period | None = None, by: str = "team", *, floor: int = FLOOR, cluster: str | None = None
) -> pd.DataFrame:
    """Employees' and customers' recommendation for every team that has both.

    Columns: period, the `by` column, enps, enps_low, enps_high, enps_n, nps, nps_low, nps_high, nps_n. Teams below the
    floor are one row "small groups together", whose nps is empty: their customers are not pooled. `cluster` is for the
    customers' answers.
    """
    people, customers = enps(responses, period, by, floor=floor), nps(responses, period, by, cluster=cluster)
    columns = ("value", "low", "high", "n")
    ours = people.rename(columns={name: f"enps_{name}" for name in columns}).rename(columns={"enps_value": "enps"})
    theirs = customers.rename(columns={name: f"nps_{name}" for name in columns}).rename(columns={"nps_value": "nps"})
    names = ["enps", "enps_low", "enps_high", "enps_n"]
    both = (
        ours[[by, *names]]
        .astype({by: object})
        .merge(theirs[[by, *(name.replace("enps", "nps") for name in names)]].astype({by: object}), on=by, how="left")
    )
    both = both[both[by].notna() & (both["nps"].notna() | (both[by] == TOGETHER))].reset_index(drop=True)
    both.insert(0, "period", label(period))
    return both


def engagement_link(
    responses: Any, period: Period | None = None, by: str = "team", *, floor: int = FLOOR, cluster: str | None = None
) -> pd.DataFrame:
    """Whether teams whose people recommend us are those whose customers do: rank correlation over teams.

    One row: period, teams (with both values, without those shown together), correlation (Spearman's), low, high (95 %,
    Fisher's z with Bonett & Wright's variance 2000), verdict ("go together", "go opposite ways", "cannot tell"),
    warning (the ecological fallacy, for the page). No interval below five teams: of four, chance alone ranks too many
    alike. Both scores are estimates, which makes the correlation smaller than that of the true ones.
    """
    teams = engagement_by_team(responses, period, by, floor=floor, cluster=cluster)
    teams = teams[teams["enps"].notna() & teams["nps"].notna()]
    ranks = teams[["enps", "nps"]].rank()
    varied = len(teams) >= 2 and (ranks.nunique() > 1).all()
    correlation = float(np.corrcoef(ranks["enps"], ranks["nps"])[0, 1]) if varied else float("nan")
    enough = len(teams) >= _TELLING
    low, high = correlation_interval(correlation, len(teams) if enough else 0, 1 + correlation**2 / 2)
    verdict = TOGETHER_UP if low > 0 else OPPOSITE if high < 0 else CANNOT_TELL
    return pd.DataFrame(
        [(label(period), len(teams), correlation, low, high, verdict, WARNING)],
        columns=["period", "teams", "correlation", "low", "high", "verdict", "warning"],
    )
