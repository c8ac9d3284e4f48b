"""Groups compared fairly: places with the range they could have, and what luck alone would have done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.kpis.dictionary import attention, definition, league, most_improved, persistence
from cxlab.kpis.scorecards import WHOLE, trend
from cxlab.kpis.targets import targets_of
from cxlab.report import figures, prose
from cxlab.report.html import say
from cxlab.stats.attention import ATTENTION, MOVES_TOTAL, TOO_LITTLE, influence
from cxlab.stats.comparisons import CANNOT_TELL
from cxlab.stats.ranking import ABOVE, BELOW
from cxlab.stats.shifts import improvement_sentence, split_change
from cxlab.stats.shrinkage import consistency

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review

LOOK_BACK = 8
_KEEPS_BELOW = "keeps below"


def pieces(page: Review) -> list[Any]:
    """The measure that stands for the page by group, in fair order, and what else is fair to say of the groups."""
    kpi = _compared(page)
    if kpi is None:
        return [say(f"No measure can be ranked by {page.by}: fewer than two groups have enough answers.")]
    now = _of(page, page.card.now, kpi)
    return [_figure(page, kpi, now), say(*_sentences(page, kpi, now), kind="list")]


def _compared(page: Review) -> str | None:
    """The leading measure if its groups can be ranked, else the first whose groups can."""
    rows = page.groups(page.card.now).dropna(subset=["value", "low", "high"])
    enough = rows.groupby("kpi", sort=False).size()
    kpis = [kpi for kpi in enough.index[enough >= 2] if definition(kpi).better != "neither"]
    lead = page.leading_kpi()
    return lead if lead in kpis else next(iter(kpis), None)


def _of(page: Review, frame: pd.DataFrame, kpi: str) -> pd.DataFrame:
    """One measure by group; answers of no known group are no group."""
    rows = page.groups(frame)
    return rows[(rows["kpi"] == kpi) & rows[page.by].notna()].reset_index(drop=True)


def _figure(page: Review, kpi: str, now: pd.DataFrame) -> figures.Drawing:
    about, by = definition(kpi), str(page.by)
    table = league(now[now["n"] > 0])
    shown = table.assign(
        as_counted=table["value"],
        value=table["shrunken"],
        low=table["shrunken_low"],
        high=table["shrunken_high"],
        verdict=table["tier"],
    )
    title = _title(about.name, by, table)
    listed = "; ".join(
        f"{row[by]} {prose.value(row['shrunken'], about.unit)}, place {_places(row)}, {row['tier']}"
        for _, row in table.iterrows()
    )
    return figures.groups(
        shown,
        by=by,
        unit=about.unit,
        company=page.company(page.card.now).set_index("kpi")["value"].get(kpi),
        title=title,
        alt=f"{title}. {about.name} by {by} in {page.period}: {listed}.",
        note=f"{about.name} by {by}, {page.period}. Full dot: the fair value with its 95 % interval, drawn toward the "
        "company by as much as chance alone moves a group of that size; ring: as counted. Number beside the name: "
        "answers. Colour only where a group can be told from all others together.",
    )


def _title(name: str, by: str, table: pd.DataFrame) -> str:
    told = [
        f"{' and '.join(map(str, table.loc[table['tier'] == tier, by]))} {word}"
        for tier, word in ((ABOVE, "stands clearly above"), (BELOW, "clearly below"))
        if (table["tier"] == tier).any()
    ]
    unsure = int((table["tier"] == CANNOT_TELL).sum())
    if not told:
        return f"{name}: no {by} can be told apart from the others"
    rest = f"; for {unsure} of {len(table)} we cannot tell" if unsure else ""
    return f"{name}: {', '.join(told)}{rest}"


def _places(row: pd.Series) -> str:
    low, high = int(row["rank_low"]), int(row["rank_high"])
    return f"{low}" if low == high else f"{low} to {high}"


def _sentences(page: Review, kpi: str, now: pd.DataFrame) -> list[str]:
    """Each of these may have nothing to say; none may stop the others."""
    parts: tuple[Callable[[Review, str, pd.DataFrame], str], ...] = (
        _ranks,
        _real,
        _improved,
        _below_for_long,
        _made_of,
        _alone,
        _attention,
    )
    said = []
    for part in parts:
        try:
            said.append(part(page, kpi, now))
        except CxlabError:  # too few groups or periods for this one
            continue
    return [sentence for sentence in said if sentence]


def _ranks(page: Review, kpi: str, now: pd.DataFrame) -> str:
    table = league(now[now["n"] > 0])
    ranked = table[~table["pooled"]]
    if len(ranked) < 3:
        return ""
    first = ranked.iloc[0]
    small = int(table["pooled"].sum())
    rest = f" Groups with fewer than 5 answers ({small}) stand where the company stands." if small else ""
    return (
        f"{first[page.by]} comes first as things stand, but could truly hold place {_places(first)} of {len(ranked)}: "
        f"the ranges hold for all groups at once.{rest}"
    )


def _real(page: Review, kpi: str, now: pd.DataFrame) -> str:
    row = consistency(now).iloc[0]
    if pd.isna(row["real"]):
        return ""
    about = definition(kpi)
    if row["low"] == 0:
        if (league(now[now["n"] > 0])["tier"] != CANNOT_TELL).any():  # the picture says already who stands apart
            return ""
        return (
            f"The differences between groups are no larger than chance makes them ({_percent(row['real'])} seem real)."
        )
    size = prose.change(row["value"], about.unit, row["low"], row["high"], signed=False, is_real=True)
    return f"About {_percent(row['real'])} of the differences seen are real: groups truly differ by some {size}."


def _percent(share: float) -> str:
    return prose.value(share, "share", 0, 1)


def _improved(page: Review, kpi: str, now: pd.DataFrame) -> str:
    before = _of(page, page.card.before, kpi)
    return "" if before.empty else f"Most improved: {improvement_sentence(most_improved(now, before))}"


def _below_for_long(page: Review, kpi: str, now: pd.DataFrame) -> str:
    """The period that made us look does not count: the worst of one period come back by themselves."""
    standards = page.project.standards if page.project else {}
    periods = page.period.previous().trail(LOOK_BACK)
    rows = trend(page.tables, [kpi], periods, page.by, where=page.where, **standards)
    rows = rows[(rows[page.by] != WHOLE) & rows[page.by].notna()]
    frames = [
        part.reset_index(drop=True) for _, part in rows.groupby("period", sort=False) if part["value"].notna().any()
    ]
    if len(frames) < 4:
        return ""
    table = persistence(frames)
    low = table[table["verdict"] == _KEEPS_BELOW]
    if low.empty:
        return (
            f"In the {len(frames)} periods before this one no group kept below the company more often than luck would."
        )
    names = [f"{row[page.by]} ({int(row['below'])} of {int(row['periods'])} periods)" for _, row in low.iterrows()]
    return f"Below the company for longer than luck explains: {', '.join(names)}. A place for coaching, not for blame."


def _is_mean(kpi: str) -> bool:
    """Whether the total is the mean of the groups weighted by n."""
    return definition(kpi).unit in ("points", "share", "stars") and definition(kpi).table != "subscriptions"


def _made_of(page: Review, kpi: str, now: pd.DataFrame) -> str:
    before = _of(page, page.card.before, kpi)
    if before.empty or not _is_mean(kpi):
        return ""
    parts, unit = split_change(now, before), definition(kpi).unit
    whole, within, mix = (prose.change(parts[name].sum(), unit) for name in ("contribution", "within", "mix"))
    return f"The total changed by {whole}: {within} within groups, {mix} by the mix of groups having changed."


def _alone(page: Review, kpi: str, now: pd.DataFrame) -> str:
    if not _is_mean(kpi) or len(now) < 3:
        return ""
    table = influence(now)
    alone = table[table["verdict"] == MOVES_TOTAL]
    if alone.empty:
        return "No single group makes the total what it is."
    unit, row = definition(kpi).unit, alone.iloc[0]
    return (
        f"{row[page.by]} alone moves the total: without it, it would be {prose.value(row['without'], unit)} "
        f"instead of {prose.value(row['total'], unit)}."
    )


def _attention(page: Review, kpi: str, now: pd.DataFrame) -> str:
    goal = targets_of(page.targets, page.period).get(kpi)
    if goal is None:
        return ""
    table = attention(now, goal)
    named = [", ".join(map(str, table.loc[table["list"] == each, page.by])) for each in (ATTENTION, TOO_LITTLE)]
    parts = [f"need attention: {named[0]}"] if named[0] else []
    parts += [f"too little data to say: {named[1]}"] if named[1] else []
    told = "; ".join(parts) or "no group misses it"
    return f"Against the goal of {prose.value(goal, definition(kpi).unit)}: {told}."
