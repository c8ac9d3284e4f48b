"""Packs: sets of KPIs for one audience as data, computed together so that chance is reckoned with over all of them."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.errors import CxlabError, ParameterError, TableError
from cxlab.kpis.accounts import attach
from cxlab.kpis.dictionary import compare, definition
from cxlab.kpis.measure import group_columns
from cxlab.periods import Period
from cxlab.stats.comparisons import FALSE_DISCOVERY, KPI_COLUMNS, as_one_family, groups_of
from cxlab.stats.counting import collect, columns_of

WHOLE = "all"
PACKS: dict[str, tuple[str, ...]] = {
    "exec": (
        "nps",
        "csat",
        "ces",
        "response_rate",
        "retention_rate",
        "churn_rate",
        "net_revenue_retention",
        "gross_revenue_retention",
        "first_response_time",
        "resolution_time",
        "reopen_rate",
        "sla_met",
    ),
}
# Where a survey was put both to everybody and after single contacts, the scorecard shows this kind and says so.
_PREFERRED_KIND = {"nps": "relational", "csat": "transactional", "ces": "transactional"}
_CLUSTERED = ("responses", "tickets")
WAIT_DAYS = 14


@dataclass(frozen=True)
class Scorecard:
    """A pack computed for a period.

    `now`, `before`, `year_before`: KPI frames; a group column holds "all" on the company's rows. `changes` and
    `year_changes`: change frames against the previous period and the same period a year earlier; `families` is how many
    changes were tested together. `missing`: kpi, name, why, for what could not be computed. `remarks`: sentences.
    """

    now: pd.DataFrame
    before: pd.DataFrame
    year_before: pd.DataFrame
    changes: pd.DataFrame
    year_changes: pd.DataFrame
    missing: pd.DataFrame
    remarks: list[str] = field(default_factory=list)

    @property
    def families(self) -> tuple[int, int]:
        """How many changes were tested together: the company's against last period, and all others."""
        is_first = _of_company(self.changes)
        tested, years = self.changes["p"].notna(), int(self.year_changes["p"].notna().sum())
        return int((tested & is_first).sum()), int((tested & ~is_first).sum()) + years


def pack(name: str) -> tuple[str, ...]:
    """The KPI ids of a pack; raises ParameterError with the nearest name."""
    if name not in PACKS:
        raise ParameterError.unknown("pack", name, PACKS)
    return PACKS[name]


def scorecard(
    tables: Mapping[str, Any],
    period: Period,
    by: str | Sequence[str] = (),
    *,
    kpis: str | Sequence[str] = "exec",
    where: Mapping[str, str] | None = None,
    weight: str | None = None,
    min_n: int = 5,
    scores: Mapping[str, Mapping[str, float]] | None = None,
    as_of: str | dt.datetime | None = None,
) -> Scorecard:
    """Every KPI of a pack for a period, for the company and by group, against last period and last year.

    `tables` maps names of canonical tables to frames of any engine (what cx.load or cx.scan give). `kpis` is a pack or
    a list of ids. `where` keeps rows of one region, plan ...; group and filter columns that a table lacks are taken
    from the customers table. `weight` is used where a table has that column. Survey and ticket KPIs are clustered by
    account where customer_id is there. `scores` are thresholds where the company deviates, {"csat": {"top": 4}}.
    `as_of` is how far the data reach, as the manifest says: a period that is not over by then is remarked upon, and
    its retention is not given, since nobody can have left yet. Nothing stops the scorecard: what cannot be computed is
    in `.missing` with the reason.
    """
    by = group_columns(by)
    remarks: list[str] = []
    frames: dict[str, list[pd.DataFrame]] = {"now": [], "before": [], "year_before": []}
    missing = []
    _check_filters(tables, where or {})
    unfinished = _unfinished(period, as_of)
    remarks += [unfinished] if unfinished else []
    for kpi in _wanted(kpis):
        entry = definition(kpi)
        if unfinished and entry.table == "customers":
            missing.append({"kpi": kpi, "name": entry.name, "why": unfinished.rstrip(".")})
            continue
        try:
            table, groups = _with_groups(tables, kpi, by, [*(where or {})], remarks)
            table, options = _prepared(table, kpi, by, where or {}, weight, scores or {}, remarks)
            frames["now"].append(_computed(kpi, table, period, by, groups, min_n, options, remarks))
        except CxlabError as problem:
            missing.append({"kpi": kpi, "name": entry.name, "why": str(problem).split("\n")[0]})
            continue
        for side, span in (("before", period.previous()), ("year_before", period.year_before())):
            try:
                frames[side].append(_computed(kpi, table, span, by, groups, min_n, options, []))
            except CxlabError as problem:
                # Another scale a year ago takes away the comparison, not today's value.
                remarks.append(f"{entry.name} is not compared with {span.label}: {str(problem).splitlines()[0]}")
        whole = frames["now"][-1].iloc[0]
        if pd.isna(whole["value"]):
            missing.append({"kpi": kpi, "name": entry.name, "why": _no_value(int(whole["n"]), min_n, period)})
    now, before, year_before = (_joined(parts, by) for parts in frames.values())
    changes, year_changes = _weighed(compare(now, before), compare(now, year_before), by)
    return Scorecard(
        now,
        before,
        year_before,
        changes,
        year_changes,
        pd.DataFrame(missing, columns=["kpi", "name", "why"]),
        list(dict.fromkeys(remarks)),
    )


def trend(
    tables: Mapping[str, Any],
    kpis: str | Sequence[str],
    periods: Sequence[Period],
    *,
    where: Mapping[str, str] | None = None,
    weight: str | None = None,
    min_n: int = 5,
    scores: Mapping[str, Mapping[str, float]] | None = None,
) -> pd.DataFrame:
    """The company's KPI frame over several periods; KPIs that cannot be computed are left out.

    `kpis` is a pack or a list of ids, the other options are those of `scorecard`.
    """
    rows = []
    for kpi in _wanted(kpis):
        definition(kpi)
        try:
            table, _ = _with_groups(tables, kpi, [], [*(where or {})], [])
            table, options = _prepared(table, kpi, [], where or {}, weight, scores or {}, [])
            rows += [_computed(kpi, table, period, [], [], min_n, options, []) for period in periods]
        except CxlabError:
            continue
    return _joined(rows, [])


def targets_of(targets: pd.DataFrame | None, period: Period) -> dict[str, float]:
    """Company-wide targets for the period: kpi -> value in the KPI's unit. A dated target wins over an undated one."""
    if targets is None or targets.empty:
        return {}
    scoped = [c for c in targets.columns if c not in ("kpi", "value", "period", "owner", "source")]
    company = targets[targets[scoped].isna().all(axis=1)] if scoped else targets
    span = company["period"] if "period" in company else pd.Series(None, index=company.index, dtype="str")
    year = period.label[:4]
    found: dict[str, float] = {}
    for mask in (span.isna(), span == year, span == period.label):
        found |= dict(zip(company.loc[mask, "kpi"], company.loc[mask, "value"].astype(float), strict=True))
    return found


def _of_company(changes: pd.DataFrame) -> pd.Series:
    """Which rows of a change frame are the company's own."""
    return (changes[groups_of(changes)] == WHOLE).all(axis=1)


def _weighed(changes: pd.DataFrame, years: pd.DataFrame, by: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Verdicts in two families at half the level each: the company's changes since last period, then all others.

    In one family the headline would be the harder to see the more groups are looked at beside it.
    """
    half = FALSE_DISCOVERY / 2
    is_first = _of_company(changes)
    (first,) = as_one_family([changes[is_first]], half)
    groups, years = as_one_family([changes[~is_first], years], half)
    return pd.concat([first, groups]).sort_index(), years


def _wanted(kpis: str | Sequence[str]) -> tuple[str, ...]:
    return pack(kpis) if isinstance(kpis, str) else tuple(kpis)


def _check_filters(tables: Mapping[str, Any], where: Mapping[str, str]) -> None:
    """A filter that no table knows would leave nothing, quietly: the nearest value that exists is offered instead."""
    for column, wanted in where.items():
        known: set[str] = set()
        for table in tables.values():
            frame = nw.from_native(table)
            if column in columns_of(frame):
                known |= set(collect(frame.select(column).unique())[column].dropna().astype(str))
        if wanted not in known:
            raise ParameterError.unknown(column, wanted, sorted(known))


def _with_groups(
    tables: Mapping[str, Any], kpi: str, by: list[str], filters: list[str], remarks: list[str]
) -> tuple[Any, list[str]]:
    """The KPI's table with the attributes to group and filter by; without groups where nobody knows them."""
    entry = definition(kpi)
    if entry.table not in tables:
        raise TableError(f"there is no {entry.table} table")
    table = attach(tables[entry.table], tables.get("customers"), filters)
    try:
        return attach(table, tables.get("customers"), by), by
    except TableError as problem:
        remarks.append(f"{entry.name} is shown for the company only: {str(problem).splitlines()[0]}")
        return table, []


def _prepared(
    table: Any,
    kpi: str,
    by: list[str],
    where: Mapping[str, str],
    weight: str | None,
    scores: Mapping[str, Mapping[str, float]],
    remarks: list[str],
) -> tuple[Any, dict[str, Any]]:
    """The KPI's table with filters applied, and the options to call the KPI with."""
    entry = definition(kpi)
    frame = nw.from_native(table)
    for column, wanted in where.items():
        frame = frame.filter(nw.col(column) == wanted)
    columns = columns_of(frame)
    kind = _PREFERRED_KIND.get(kpi)
    if kind and {"kind", "survey"} <= set(columns) and "kind" not in by:
        asked = collect(frame.filter(nw.col("survey") == kpi).select("kind").unique())["kind"].dropna()
        if len(asked) > 1:
            frame = frame.filter(nw.col("kind") == kind)
            remarks.append(f"{entry.name} is that of {kind} surveys; the other kind asks a different question.")
    options: dict[str, Any] = dict(scores.get(kpi, {}))
    if kpi == "response_rate":
        options["within_days"] = WAIT_DAYS
    if weight and weight in columns:
        options["weight"] = weight
    if entry.table in _CLUSTERED and "customer_id" in columns:
        options["cluster"] = "customer_id"
    return frame.to_native(), options


def _computed(
    kpi: str,
    table: Any,
    period: Period,
    by: list[str],
    groups: list[str],
    min_n: int,
    options: Mapping[str, Any],
    remarks: list[str],
) -> pd.DataFrame:
    """The company's row, then its groups', with what the KPI wanted to remark."""
    function = definition(kpi).function
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", UserWarning)
        whole = function(table, period, min_n=min_n, **options)
        parts = [function(table, period, groups, min_n=min_n, **options)] if groups else []
    remarks += [str(remark.message) for remark in heard if remark.category is UserWarning]
    for place, column in enumerate(by):
        whole.insert(2 + place, column, WHOLE)
    return pd.concat([whole, *(part for part in parts if len(part))], ignore_index=True)


def _joined(parts: Sequence[pd.DataFrame], by: Sequence[str]) -> pd.DataFrame:
    if parts:
        return pd.concat(parts, ignore_index=True)
    return pd.DataFrame(columns=[*KPI_COLUMNS[:2], *by, *KPI_COLUMNS[2:]])


def _unfinished(period: Period, as_of: str | dt.datetime | None) -> str:
    """A remark when the data end before the period does, else nothing."""
    if as_of is None:
        return ""
    end = pd.Timestamp(as_of).tz_localize(None).to_pydatetime()
    if period.is_over_by(end):
        return ""
    return f"{period} is not over in the data, which end on {end.day} {end:%B %Y}; its figures will still change."


def _no_value(n: int, min_n: int, period: Period) -> str:
    if n == 0:
        return f"nothing to count in {period.label}"
    return f"only {n} in {period.label}; fewer than {min_n} are not shown"
