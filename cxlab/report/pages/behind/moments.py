"""Behind the moments: what is heard at each, how good it is, where most could be won, before against after."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlab.kpis.dictionary import definition
from cxlab.kpis.moments import moments_table, role_gap
from cxlab.kpis.paired import paired_change
from cxlab.periods import Period
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.behind import of_kind, tried
from cxlab.report.tables import table

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review

_PAIRED = ("csat", "ces", "effort", "success", "emotion", "nps")


def pieces(page: Review) -> list[Any]:
    """Moments in order, the pre and post change, buyers against users."""
    return [piece for part in (_moments, _paired, _roles) for piece in tried(partial(part, page))]


def question(page: Review) -> str:
    """About the moment where most could be won."""
    if "responses" not in page.chosen:
        return ""
    rows = heard(page)
    if rows.empty or not rows["priority"].max() > 0:
        return ""
    top = rows.loc[rows["priority"].idxmax()]
    return (
        f"At \u201c{top['moment']}\u201d about {prose.count(top['priority'])} more customers would have been satisfied "
        "had it been as good as our best moment. What do we do there that we do not do here?"
    )


def heard(page: Review, kpi: str = "csat") -> pd.DataFrame:
    """The moments table of the survey after events."""
    rows = of_kind(page.chosen["responses"], "transactional")
    return moments_table(rows, page.period, kpi, order=list(page.moments) or None)


def _moments(page: Review) -> list[Any]:
    rows = heard(page)
    if rows.empty or rows["value"].notna().sum() == 0:
        return [say(f"No moment was asked about in {page.period}.")]
    return [picture(page, rows), listed(page, rows)]


def picture(page: Review, rows: pd.DataFrame) -> figures.Drawing:
    """Satisfaction at each moment, in the order of the journey."""
    known = rows.dropna(subset=["value"])
    low = known.loc[known["value"].idxmin()]
    title = (
        f"\u201c{low['moment']}\u201d is the weakest moment: "
        f"{prose.value(low['value'], 'share', low['low'], low['high'])} satisfied"
    )
    return figures.groups(
        rows.drop(columns="verdict"),
        by="moment",
        unit="share",
        title=title,
        alt=f"{title}. Satisfaction by moment: "
        + "; ".join(f"{row['moment']} {prose.value(row['value'], 'share')}" for _, row in known.iterrows())
        + ".",
        note=f"{definition('csat').name} by moment, {page.period}, in the order of the journey; number: answers.",
    )


def listed(page: Review, rows: pd.DataFrame) -> Piece:
    """Volume, score, change and where most could be won."""
    lines = [
        {
            "Moment": row["moment"],
            "invited": prose.count(row["invited"]) if prose.is_finite(row["invited"]) else "\u2013",
            "answered": prose.value(row["response_rate"], "share", 0, 1)
            if prose.is_finite(row["response_rate"])
            else "\u2013",
            "satisfied": f"{prose.value(row['value'], 'share', row['low'], row['high'])} "
            f"({prose.interval(row['low'], row['high'], 'share', bare=True)})"
            if prose.is_finite(row["value"])
            else "too few to say",
            "verdict": prose.verdict(row, "up"),
            "could have seen": prose.change(row["smallest_detectable"], "share", signed=False)
            if prose.is_finite(row["smallest_detectable"])
            else "\u2013",
            "could be won": prose.count(row["priority"]) if prose.is_finite(row["priority"]) else "\u2013",
        }
        for _, row in rows.iterrows()
    ]
    return table(
        pd.DataFrame(lines),
        caption=f"Moments in order, verdict since {page.period.previous()}; could be won: how many more would be "
        "satisfied, were the moment as good as the best",
    )


def _paired(page: Review) -> Piece:
    """Over the year, since few are asked twice within a quarter."""
    year = Period.of(page.period.label[:4], page.period.fiscal_year_starts)
    rows = {kpi: paired_change(page.chosen["responses"], year, survey=kpi).iloc[0] for kpi in _PAIRED}
    said = [_pair(kpi, row) for kpi, row in rows.items() if row["pairs"]]
    return say(*said, kind="list") if said else say(f"Nobody was asked both before and after an experience in {year}.")


def _pair(kpi: str, row: pd.Series) -> str:
    about = definition(kpi)
    word = prose.verdict(row, about.better)
    size = prose.change(row["change"], about.unit, row["low"], row["high"])
    reach = prose.interval(row["low"], row["high"], about.unit, of_change=True, bare=True)
    gone = prose.count(row["pre_only"])
    return (
        f"{about.name}, the same {prose.count(row['pairs'])} people before and after: {word}, {size} ({reach}). "
        f"{gone} answered before only."
    )


def _roles(page: Review) -> Piece:
    roles = page.project.roles if page.project else {}
    row = role_gap(of_kind(page.chosen["responses"], "relational"), page.period, **roles).iloc[0]
    sides = [
        f"{name}s {prose.value(row[name], 'points', row[f'{name}_low'], row[f'{name}_high'])}"
        f" (n {prose.count(row[f'{name}_n'])})"
        for name in ("buyer", "user")
    ]
    said = {
        "higher": "buyers recommend us more",
        "lower": "users recommend us more",
        "alike": "both recommend us alike",
    }
    told = said.get(row["verdict"], "which is more cannot be told")
    return say(f"Those who buy and those who use: {' and '.join(sides)}; {told}.")
