"""Scorecards: the KPIs of a pack computed together, so that chance is reckoned with over all of them."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pandas as pd

from cxlab.errors import CxlabError, TableError
from cxlab.kpis.accounts import attach, only
from cxlab.kpis.answering import WhoAnswers
from cxlab.kpis.dictionary import compare, definition
from cxlab.kpis.measure import group_columns
from cxlab.kpis.packs import pack
from cxlab.kpis.unheard import reconsidered
from cxlab.periods import Period
from cxlab.stats.comparisons import FALSE_DISCOVERY, KPI_COLUMNS, as_one_family, groups_of
from cxlab.stats.counting import collect, columns_of

WHOLE = "all"
# Where a survey was put both to everybody and after single contacts, the scorecard shows this kind and says so.
_PREFERRED_KIND = {
    **dict.fromkeys(("nps", "success", "effort", "emotion"), "relational"),
    **dict.fromkeys(("csat", "ces"), "transactional"),
}
# One row is an account there; everywhere else an account has several.
_BY_ACCOUNT = ("customers", "subscriptions")
# While a period runs nobody can have left it, and not everybody has come.
_KNOWN_AT_THE_END = ("retention_rate", "churn_rate", "new_logos", "adoption_breadth")
# What a scorecard asks of a KPI that has to wait for something: it shows those of whom it is known by now.
_USUAL: dict[str, dict[str, Any]] = {
    "response_rate": {"within_days": 14},
    "onboarding_completion": {"dated": "end"},
    "integration_success": {"dated": "end"},
}
# Whose answers belong together, where it is not the account.
_CLUSTERS = {"engagement": "respondent_id", "enps": "respondent_id"}


@dataclass(frozen=True)
class Scorecard:
    """A pack computed for a period.

    `now`, `before`, `year_before`: KPI frames; a group column holds "all" on the company's rows. `changes` and
    `year_changes`: change frames against the previous period and the same period a year earlier; `families` is how many
    changes were tested together. `missing`: kpi, name, why, for what could not be computed. `remarks`: sentences.
    `answers`: what is known of those who did not answer, survey by survey, where that was asked for.
    """

    now: pd.DataFrame
    before: pd.DataFrame
    year_before: pd.DataFrame
    changes: pd.DataFrame
    year_changes: pd.DataFrame
    missing: pd.DataFrame
    remarks: list[str] = field(default_factory=list)
    answers: dict[str, WhoAnswers] = field(default_factory=dict)

    @property
    def families(self) -> tuple[int, int]:
        """How many changes were tested together: the company's against last period, and all others."""
        is_first = _of_company(self.changes)
        tested, years = self.changes["p"].notna(), int(self.year_changes["p"].notna().sum())
        return int((tested & is_first).sum()), int((tested & ~is_first).sum()) + years


def scorecard(
    tables: Mapping[str, Any],
    period: Period,
    by: str | Sequence[str] = (),
    *,
    kpis: str | Sequence[str] = "exec",
    where: Mapping[str, str] | None = None,
    weight: str | None = None,
    min_n: int = 5,
    scores: Mapping[str, Mapping[str, Any]] | None = None,
    as_of: str | dt.datetime | None = None,
    silence: bool = False,
) -> Scorecard:
    """Every KPI of a pack for a period, for the company and by group, against last period and last year.

    `tables` maps names of canonical tables to frames of any engine (what cx.load or cx.scan give). `kpis` is a pack or
    a list of ids. `where` keeps rows of one region, plan ...; group and filter columns that a table lacks are taken
    from the customers table. `weight` is used where a table has that column. Survey and ticket KPIs are clustered by
    account where customer_id is there. `scores` are thresholds where the company deviates, {"csat": {"top": 4}}.
    `as_of` is how far the data reach, as the manifest says: a period that is not over by then is remarked upon, and
    its retention is not given, since nobody can have left yet. With `silence` a survey's change counts as one only if
    those who did not answer could not plausibly have made it (cx.who_answers; some seconds a survey). Nothing stops the
    scorecard: what cannot be computed is in `.missing` with the reason.
    """
    by = group_columns(by)
    remarks: list[str] = []
    frames: dict[str, list[pd.DataFrame]] = {"now": [], "before": [], "year_before": []}
    missing = []
    tables, refused = only(tables, where or {})
    unfinished = _unfinished(period, as_of)
    remarks += [unfinished] if unfinished else []
    for kpi in _wanted(kpis):
        entry = definition(kpi)
        if unfinished and kpi in _KNOWN_AT_THE_END:
            missing.append({"kpi": kpi, "name": entry.name, "why": unfinished.rstrip(".")})
            continue
        try:
            table, groups = _with_groups(tables, refused, kpi, by, remarks)
            table, options = _prepared(table, kpi, by, weight, scores or {}, remarks)
            options |= _beside(tables, kpi, groups)
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
    answers: dict[str, WhoAnswers] = {}
    if silence:
        surveys = _surveys(tables, now["kpi"].unique(), by)
        (changes, year_changes), answers, taken = reconsidered(
            [changes, year_changes], tables, period, surveys, scores or {}
        )
        remarks += taken
    return Scorecard(
        now,
        before,
        year_before,
        changes,
        year_changes,
        pd.DataFrame(missing, columns=["kpi", "name", "why"]),
        list(dict.fromkeys(remarks)),
        answers,
    )


def trend(
    tables: Mapping[str, Any],
    kpis: str | Sequence[str],
    periods: Sequence[Period],
    by: str | Sequence[str] = (),
    *,
    where: Mapping[str, str] | None = None,
    weight: str | None = None,
    min_n: int = 5,
    scores: Mapping[str, Mapping[str, Any]] | None = None,
    known: Scorecard | None = None,
) -> pd.DataFrame:
    """The KPI frame of several periods, for the company and by group; KPIs that cannot be computed are left out.

    `kpis` is a pack or a list of ids, the other options are those of `scorecard`. `known` is a scorecard made with the
    same options: what it holds for the company is taken from there, not computed again.
    """
    by, rows = group_columns(by), []
    told = {} if known is None or by else _told(known)
    tables, refused = only(tables, where or {})
    for kpi in _wanted(kpis):
        definition(kpi)
        try:
            table, groups = _with_groups(tables, refused, kpi, by, [])
            table, options = _prepared(table, kpi, by, weight, scores or {}, [])
            options |= _beside(tables, kpi, groups)
            rows += [
                told[kpi, period.label]
                if (kpi, period.label) in told
                else _computed(kpi, table, period, by, groups, min_n, options, [])
                for period in periods
            ]
        except CxlabError:
            continue
    return _joined(rows, by)


def _told(card: Scorecard) -> dict[tuple[str, str], pd.DataFrame]:
    """The company's rows that a scorecard holds, by KPI and period."""
    frames = [frame for frame in (card.now, card.before, card.year_before) if len(frame)]
    rows = pd.concat([frame[_of_company(frame)][list(KPI_COLUMNS)] for frame in frames]) if frames else card.now
    return {key: part for key, part in rows.drop_duplicates(["kpi", "period"]).groupby(["kpi", "period"])}


def _of_company(changes: pd.DataFrame) -> pd.Series:
    """Which rows of a KPI or change frame are the company's own."""
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
    return pack(kpis).kpis if isinstance(kpis, str) else tuple(kpis)


def _with_groups(
    tables: Mapping[str, Any], refused: Mapping[str, str], kpi: str, by: list[str], remarks: list[str]
) -> tuple[Any, list[str]]:
    """The KPI's table with the attributes to group by; without groups where nobody knows them."""
    entry = definition(kpi)
    if entry.table not in tables:
        raise TableError(refused.get(entry.table, f"there is no {entry.table} table"))
    table = tables[entry.table]
    try:
        return attach(table, tables.get("customers"), by), by
    except TableError as problem:
        remarks.append(f"{entry.name} is shown for the company only: {str(problem).splitlines()[0]}")
        return table, []


def _prepared(
    table: Any,
    kpi: str,
    by: list[str],
    weight: str | None,
    scores: Mapping[str, Mapping[str, Any]],
    remarks: list[str],
) -> tuple[Any, dict[str, Any]]:
    """The rows of the KPI's table that belong together, and the options to call the KPI with."""
    entry = definition(kpi)
    frame = nw.from_native(table)
    columns = columns_of(frame)
    kind = _kind_of(frame, kpi, by)
    if kind:
        frame = frame.filter(nw.col("kind") == kind)
        remarks.append(f"{entry.name} is that of {kind} surveys; the other kind asks a different question.")
    options: dict[str, Any] = {**_USUAL.get(kpi, {}), **scores.get(kpi, {})}
    if weight and weight in columns:
        options["weight"] = weight
    unit = _CLUSTERS.get(kpi, "customer_id")
    if entry.table not in _BY_ACCOUNT and unit in columns:
        options["cluster"] = unit
    return frame.to_native(), options


def _kind_of(frame: nw.DataFrame | nw.LazyFrame, kpi: str, by: Sequence[str]) -> str | None:
    """The kind of survey to keep where the table has both; None where nothing needs to be chosen."""
    kind = _PREFERRED_KIND.get(kpi)
    if kind is None or "kind" in by or not {"kind", "survey"} <= set(columns_of(frame)):
        return None
    asked = collect(frame.filter(nw.col("survey") == kpi).select("kind").unique())["kind"].dropna()
    return kind if len(asked) > 1 else None


def _surveys(tables: Mapping[str, Any], kpis: Sequence[str], by: Sequence[str]) -> dict[str, str | None]:
    """The surveys of customers among the KPIs, each with the kind that the scorecard shows."""
    asked = [kpi for kpi in kpis if kpi in _PREFERRED_KIND]
    return {kpi: _kind_of(nw.from_native(tables["responses"]), kpi, by) for kpi in asked}


def _beside(tables: Mapping[str, Any], kpi: str, groups: Sequence[str]) -> dict[str, Any]:
    """The other tables that the KPI reads, grouped alike where they know how; otherwise its own table does."""
    found = {}
    for name in definition(kpi).beside:
        if name in tables:
            found[name] = tables[name]
            with suppress(TableError):
                found[name] = attach(tables[name], tables.get("customers"), list(groups))
    return found


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
        # Where no row knows its group (employees have no region), one nameless group would repeat the company.
        parts = [part for part in parts if part[groups].notna().any(axis=None)]
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
