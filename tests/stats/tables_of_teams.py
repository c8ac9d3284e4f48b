"""KPI frames of simulated teams, made through the house's own estimates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.stats import estimates

# The set-up of the league table's promises: 20 teams, five each of 8, 20, 60 and 200 answers.
SIZES = np.repeat([8, 20, 60, 200], 5)


def kpi_rows(kpi: str, period: str, estimate: estimates.Estimate) -> pd.DataFrame:
    columns = {name: getattr(estimate, name) for name in ("value", "low", "high", "n", "n_eff")}
    names = {"kpi": kpi, "period": period, "team": [f"team {place:03d}" for place in range(len(estimate.n))]}
    return pd.DataFrame(names | columns).astype({"n": int})


def sums(n: np.ndarray, y: np.ndarray, yy: np.ndarray) -> estimates.Counts:
    n = np.asarray(n, dtype=float)
    return estimates.Counts(n, n, y.astype(float), n, yy.astype(float), y.astype(float), n)


def net_scores(
    rng: np.random.Generator,
    sizes: np.ndarray,
    score: np.ndarray | float = 30.0,
    passive: float = 0.25,
    period: str = "x",
) -> pd.DataFrame:
    """`score` is each team's true net score in points."""
    promoter = (1 - passive + np.broadcast_to(score, len(sizes)) / 100) / 2
    drawn = np.array([rng.multinomial(n, [p, passive, 1 - passive - p]) for n, p in zip(sizes, promoter, strict=True)])
    up, down = drawn[:, 0], drawn[:, 2]
    return kpi_rows("nps", period, estimates.net_score(sums(sizes, up - down, up + down), up, down))


def shares(rng: np.random.Generator, sizes: np.ndarray, p: np.ndarray | float, period: str = "x") -> pd.DataFrame:
    hits = rng.binomial(sizes, p)
    return kpi_rows("csat", period, estimates.share(sums(sizes, hits, hits)))
