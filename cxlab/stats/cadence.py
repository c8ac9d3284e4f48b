"""How often a number is worth reporting: the shortest period in which a change that matters could be seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from cxlab.errors import ParameterError
from cxlab.periods import Period
from cxlab.stats.comparisons import POWER, groups_of
from cxlab.stats.estimates import LEVEL
from cxlab.stats.shrinkage import doubt_of

# Mean Gregorian lengths in days.
LENGTHS = {"week": 7.0, "month": 365.2425 / 12, "quarter": 365.2425 / 4, "year": 365.2425}
NEVER = "not within a year"
CADENCES = (*LENGTHS, NEVER)


def cadence(
    frame: pd.DataFrame,
    change: float | Mapping[str, float],
    *,
    days: float | None = None,
    relative: Mapping[str, bool] | None = None,
) -> pd.DataFrame:
    """The shortest reporting period at which a change of that size would be seen four times in five.

    Answers are taken to come in at the pace of the frame's period, whose length is read from its label, or given in
    `days` where that says nothing ("all"). `change` is in the KPI's unit, one number or one per KPI id; a share of the
    value where `relative` says so. `week`, `month`, `quarter` and `year` hold the smallest change between two
    successive periods of that length that is detected with 80 % probability at the 5 % level (two-sided, Student's t);
    empty where a period would not bring two answers. `cadence` is "week", "month", "quarter", "year" or "not within a
    year"; empty without a value or interval. The frame may hold several KPIs and groups. Returns kpi, period, the
    groups, value, n, n_per_week, change, week, month, quarter, year, cadence.

    Durations and shares of money spread like the square root of n only roughly: take the answer as a rule of thumb.
    """
    if "period" not in frame.columns or "n_eff" not in frame.columns:
        raise ParameterError("cadence wants a KPI frame, as cx.nps and the others return.")
    span = np.array([_days(label, days) for label in frame["period"]], dtype=float)
    value, n, n_eff = (frame[name].to_numpy(float) for name in ("value", "n", "n_eff"))
    error = np.full(len(frame), np.nan)
    for _, places in frame.groupby(["kpi", "period"], sort=False).indices.items():
        error[places] = doubt_of(frame.iloc[places]).error
    wanted = _wanted(frame, change, relative or {}, value)
    columns = {name: _detectable(error, n_eff, span, length) for name, length in LENGTHS.items()}
    seen = np.column_stack([columns[name] <= wanted for name in LENGTHS])
    chosen = np.where(seen.any(axis=1), np.array(list(LENGTHS), dtype=object)[seen.argmax(axis=1)], NEVER)
    return pd.DataFrame(
        {
            "kpi": frame["kpi"],
            "period": frame["period"],
            **{column: frame[column] for column in groups_of(frame)},
            "value": value,
            "n": frame["n"],
            "n_per_week": n / span * LENGTHS["week"],
            "change": wanted,
            **columns,
            "cadence": np.where(np.isfinite(error) & np.isfinite(wanted), chosen, None),
        }
    ).reset_index(drop=True)


def _detectable(error: NDArray, n_eff: NDArray, span: NDArray, length: float) -> NDArray:
    """Smallest detectable change between two periods of `length` days."""
    with np.errstate(invalid="ignore", divide="ignore"):
        n = n_eff * length / span
        df = 2 * (n - 1)
        reach = stdtrit(np.maximum(df, 1), (1 + LEVEL) / 2) + ndtri(POWER)
        change = reach * error * np.sqrt(2 * span / length)
    return np.where(n >= 2, change, np.nan)


def _days(label: object, days: float | None) -> float:
    if days is not None:
        if not days > 0:
            raise ParameterError(f"days is {days}; give the length of the frame's period in days.")
        return float(days)
    try:
        period = Period.of(str(label))
    except ParameterError:
        raise ParameterError(
            f"the frame's period {label!r} does not say how long it is. Compute the KPI for a period, or give `days`."
        ) from None
    return (period.end - period.start).total_seconds() / 86400


def _wanted(
    frame: pd.DataFrame, change: float | Mapping[str, float], relative: Mapping[str, bool], value: NDArray
) -> NDArray:
    """The change to be seen, row by row, in the KPI's unit."""
    if isinstance(change, Mapping):
        unknown = sorted(set(frame["kpi"]) - set(change))
        if unknown:
            raise ParameterError(f"no change is given for {', '.join(unknown)}: change={{'{unknown[0]}': ...}}.")
        size = frame["kpi"].map(dict(change)).to_numpy(float)
    else:
        size = np.full(len(frame), float(change))
    if not (size > 0).all():
        raise ParameterError("the change to be seen must be above 0, in the KPI's unit.")
    share = frame["kpi"].map(lambda kpi: bool(relative.get(kpi, False))).to_numpy(bool)
    return np.where(share, size * np.abs(value), size)
