"""Which way a scale runs: two questions of one return that should go together and do not."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.kpis.measure import warn, within
from cxlab.periods import Period
from cxlab.stats.correlation import correlation_interval
from cxlab.stats.counting import collect, columns_of, frame_of

_COLUMNS = ["survey", "against", "n", "correlation", "low", "high"]


def direction(
    responses: Any, period: Period | None = None, survey: str = "ces", against: str = "csat", min_pairs: int = 20
) -> pd.DataFrame:
    """Whether two questions of one return point the same way: correlation of their scores with its interval.

    A return is what one person (respondent_id, else customer_id) sent at one moment. Columns: survey, against, n
    (returns that answer both), correlation (Pearson's), low, high (Fisher's z, 95 %). One row; none where the table
    does not say who answered, or with fewer than `min_pairs` returns, or where one score never varies.
    """
    rows = frame_of(responses, "responses", ["survey", "answered_at", "score"], "direction")
    who = next((name for name in ("respondent_id", "customer_id") if name in columns_of(rows)), None)
    if who is None:
        return pd.DataFrame(columns=_COLUMNS)
    asked, score = nw.col("survey"), nw.col("score").cast(nw.Float64)
    rows = within(
        rows.filter(asked.is_in([survey, against]), ~score.is_null(), ~nw.col(who).is_null()), "answered_at", period
    )
    nothing = nw.lit(0.0)
    returns = (
        rows.with_columns(
            _cx_y=nw.when(asked == survey).then(score).otherwise(nothing),
            _cx_ny=nw.when(asked == survey).then(nw.lit(1.0)).otherwise(nothing),
            _cx_x=nw.when(asked == against).then(score).otherwise(nothing),
            _cx_nx=nw.when(asked == against).then(nw.lit(1.0)).otherwise(nothing),
        )
        .group_by(who, "answered_at")
        .agg(*(nw.col(name).sum() for name in ("_cx_y", "_cx_ny", "_cx_x", "_cx_nx")))
        .filter(nw.col("_cx_ny") > 0, nw.col("_cx_nx") > 0)
        .with_columns(_cx_y=nw.col("_cx_y") / nw.col("_cx_ny"), _cx_x=nw.col("_cx_x") / nw.col("_cx_nx"))
    )
    y, x = nw.col("_cx_y"), nw.col("_cx_x")
    sums = returns.select(
        n=nw.col("_cx_ny").count(), y=y.sum(), x=x.sum(), yy=(y * y).sum(), xx=(x * x).sum(), xy=(x * y).sum()
    )
    n, sy, sx, syy, sxx, sxy = collect(sums).astype(float).iloc[0]
    if n < max(min_pairs, 4):
        return pd.DataFrame(columns=_COLUMNS)
    spread = (syy - sy**2 / n) * (sxx - sx**2 / n)
    if spread <= 1e-9 * n:
        return pd.DataFrame(columns=_COLUMNS)
    correlation = float(np.clip((sxy - sx * sy / n) / np.sqrt(spread), -1, 1))
    low, high = correlation_interval(correlation, n)
    return pd.DataFrame([(survey, against, int(n), correlation, low, high)], columns=_COLUMNS)


def warn_of_direction(responses: Any, period: Period | None) -> None:
    """A remark where effort plainly goes against satisfaction: 7 should mean easy, and easy should mean satisfied."""
    for row in direction(responses, period).itertuples():
        if row.high < 0:
            warn(
                f"the effort scale seems to run the other way: in {row.n} returns that answer both, those who "
                f"found it easier are less satisfied (correlation {row.correlation:.2f}, {row.low:.2f} to "
                f"{row.high:.2f}). Check whether 1 or 7 means easy, and map the codes accordingly in cxlab.toml."
            )
