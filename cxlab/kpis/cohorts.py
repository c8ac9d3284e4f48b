"""Cohorts: of those who signed in the same period, how many were still there so much later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.kpis.measure import group_columns, latest, rows_of
from cxlab.stats import estimates
from cxlab.stats.counting import collect

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_FOR_GOOD = 10**6
_COLUMNS = ("cohort", "age", "n", "active", "value", "low", "high")


def cohort_triangle(
    customers: Any, as_of: dt.datetime | None = None, every: str = "quarter", by: str | Sequence[str] = ()
) -> pd.DataFrame:
    """Share of the accounts of a cohort that were still customers at each age.

    A cohort signed in one calendar month, quarter or year (`every`); age counts whole periods of that length since an
    account's own signing. An account is active at an age unless it was closed before that day. Only cells that every
    account of the cohort has reached by `as_of` (default: the last date in the table) are given: a younger one would
    show who left early and not who will leave later. Columns: the `by` columns, cohort ("2026-Q3"), age (1, 2 ...), n
    (accounts signed), active (accounts), value, low, high (share 0-1, Wilson 1927). Raises ParameterError.
    """
    if every not in _MONTHS:
        raise ParameterError.unknown("length of a cohort", str(every), _MONTHS)
    by, length = group_columns(by), _MONTHS[every]
    rows = rows_of(customers, "customers", "cohort_triangle", ["signed_on", "closed_on"], by)
    as_of = as_of or latest(rows, ["signed_on", "closed_on"])
    rows = rows.filter(~nw.col("signed_on").is_null())
    here = nw.col("closed_on").is_null()
    signed = nw.col("signed_on")
    # pandas makes no whole numbers of the parts of an empty date.
    closed = nw.when(here).then(signed).otherwise(nw.col("closed_on"))
    months = _months(closed) - _months(signed) - (closed.dt.day() < signed.dt.day()).cast(nw.Int64)
    lived = nw.when(here).then(nw.lit(_FOR_GOOD).cast(nw.Int64)).otherwise(months)
    small = collect(
        rows.with_columns(_cx_cohort=_months(signed) // length, _cx_lived=lived)
        .group_by(*by, "_cx_cohort", "_cx_lived")
        .agg(nw.len().alias("n"))
    )
    parts = [_cells(group, key, by, length, every, as_of) for key, group in _groups(small, [*by, "_cx_cohort"])]
    columns = [*by, *_COLUMNS]
    cells = pd.DataFrame([cell for part in parts for cell in part], columns=columns[: len(by) + 4])
    n, active = cells["n"].to_numpy(float), cells["active"].to_numpy(float)
    share = estimates.share(estimates.Counts(n, n, active, n, active, active, n))
    return cells.assign(value=share.value, low=share.low, high=share.high)


def _months(moment: nw.Expr) -> nw.Expr:
    return moment.dt.year().cast(nw.Int64) * 12 + moment.dt.month().cast(nw.Int64) - 1


def _groups(small: pd.DataFrame, keys: list[str]) -> Any:
    return small.groupby(keys, dropna=False, sort=True) if len(small) else []


def _cells(group: pd.DataFrame, key: tuple, by: list[str], length: int, every: str, as_of: dt.datetime) -> list[tuple]:
    """The cells of one cohort, youngest age first."""
    *names, cohort = key
    lived = group["_cx_lived"].to_numpy(float)
    accounts = group["n"].to_numpy(float)
    cells, age = [], 1
    # Everybody of the cohort has reached the age when its last possible day has.
    while _start((int(cohort) + 1 + age) * length) <= as_of + dt.timedelta(days=1):
        active = accounts[lived >= age * length].sum()
        cells.append((*names, _label(int(cohort) * length, every), age, int(accounts.sum()), int(active)))
        age += 1
    return cells


def _start(month: int) -> dt.datetime:
    return dt.datetime(month // 12, month % 12 + 1, 1)


def _label(month: int, every: str) -> str:
    year, place = divmod(month, 12)
    return {"month": f"{year}-{place + 1:02d}", "quarter": f"{year}-Q{place // 3 + 1}", "year": str(year)}[every]
