"""Behind our own people: statements by favour, and teams against their customers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from cxlab.kpis.dictionary import compare
from cxlab.kpis.people import engagement
from cxlab.kpis.people_link import engagement_link
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.behind import tried

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review


def pieces(page: Review) -> list[Any]:
    """Statements, and what goes with what between teams."""
    return [piece for part in (_items, _link) for piece in tried(partial(part, page))]


def question(page: Review) -> str:
    """About the statement fewest agree with."""
    rows = _statements(page) if "responses" in page.chosen else None
    if rows is None or rows.empty:
        return ""
    low = rows.loc[rows["value"].idxmin()]
    level = prose.value(low["value"], "share", low["low"], low["high"])
    return (
        f"\u201c{low['item']}\u201d finds the least favour ({level}). "
        "What would the people who said so change first, and have we asked them?"
    )


def _statements(page: Review) -> Any:
    options = page.options.get("engagement", {})
    rows = engagement(page.chosen["responses"], page.period, ("item",), **options)
    return rows.dropna(subset=["value"])


def _items(page: Review) -> figures.Drawing | Piece:
    rows = _statements(page)
    if rows.empty:
        return say(f"No statements were rated by our people in {page.period}.")
    options = page.options.get("engagement", {})
    before = engagement(page.chosen["responses"], page.period.previous(), ("item",), **options)
    change = compare(rows, before)[["item", "verdict"]]
    rows = rows.merge(change, on="item", how="left")
    low, high = rows.loc[rows["value"].idxmin()], rows.loc[rows["value"].idxmax()]
    title = (
        f"Most favour for {high['item']} ({prose.value(high['value'], 'share', high['low'], high['high'])}), "
        f"least for {low['item']} ({prose.value(low['value'], 'share', low['low'], low['high'])})"
    )
    return figures.groups(
        rows.drop(columns="verdict"),
        by="item",
        unit="share",
        title=title,
        alt=f"{title}. Share of favourable answers by statement, {page.period}.",
        note=f"Share of favourable answers (4 or 5 of 5) by statement, {page.period}, with 95 % interval.",
    )


def _link(page: Review) -> Piece:
    row = engagement_link(page.chosen["responses"], page.period, **page.options.get("enps", {})).iloc[0]
    said = {
        "go together": "Teams whose people recommend us tend to have customers who do",
        "go opposite ways": "Teams whose people recommend us tend to have customers who do not",
    }.get(row["verdict"], "Whether teams whose people recommend us have customers who do cannot be told")
    reach = (
        f" (rank correlation {row['correlation']:.2f}, {row['low']:.2f} to {row['high']:.2f}, "
        f"{prose.count(row['teams'])} teams)"
        if prose.is_finite(row["low"])
        else f" ({prose.count(row['teams'])} teams have both)"
    )
    return say(f"{said}{reach}.".replace("-0.", "\u22120."), str(row["warning"]))
