"""Behind maturity: levels by element and group, where groups see it differently, what changed since last time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlab.kpis.maturity import maturity, maturity_agreement, maturity_change, maturity_gaps, programme_level
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.notebook import finding
from cxlab.report.pages.behind import tried
from cxlab.report.tables import table
from cxlab.stats.comparisons import CANNOT_TELL, FLAT

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review

_ALL = "all elements"
_APART = {"rates higher": "higher", "rates lower": "lower"}


def headline(page: Review) -> str:
    """The programme's level and what holds it back."""
    if "maturity" not in page.chosen:
        return ""
    whole = programme_level(_levels(page)).query("group == 'all'")
    if whole.empty or pd.isna(whole["reached"].iloc[0]):
        return ""
    row = whole.iloc[0]
    return (
        f"The programme stands on level {row['reached']:.0f} of 5, held back by {row['held_back_by']} "
        f"({prose.count(row['elements'])} elements rated)."
    )


def pieces(page: Review) -> list[Any]:
    """The grid of levels, who sees it differently, agreement, change."""
    parts = (_grid, _rule, _gaps, _agreement, _change)
    return [piece for part in parts for piece in tried(partial(part, page))]


def findings(page: Review) -> list[dict[str, object]]:
    """Groups that see the whole programme differently: the disagreement is the finding."""
    if "maturity" not in page.chosen:
        return []
    rows = _differences(page)
    whole = rows[(rows["element"] == _ALL) & rows["verdict"].isin(_APART)].sort_values("q", kind="stable")
    return [
        finding("risk", _apart(row), scope={"group": f"{row['group']}, {row['other']}"}) for _, row in whole.iterrows()
    ]


def question(page: Review) -> str:
    """About the widest gap between groups."""
    if "maturity" not in page.chosen:
        return ""
    rows = _differences(page)
    rows = rows[(rows["element"] == _ALL) & rows["verdict"].isin(_APART)]
    if rows.empty:
        return "Which one element would we lift next, and who would notice first?"
    row = rows.loc[rows["difference"].abs().idxmax()]
    upper, lower = (row["group"], row["other"]) if row["difference"] > 0 else (row["other"], row["group"])
    return f"What do {lower} see every day that {upper} do not see?"


def _levels(page: Review) -> pd.DataFrame:
    return maturity(page.chosen["maturity"], page.period)


def _differences(page: Review) -> pd.DataFrame:
    return maturity_gaps(page.chosen["maturity"], page.period)


def _grid(page: Review) -> figures.Drawing | Piece:
    rows = _levels(page)
    if rows.empty:
        return say(f"Nobody rated the programme in {page.period}.")
    whole = rows[rows["group"] == "all"].sort_values("value", kind="stable")
    order = whole["element"].tolist()
    low, high = whole.iloc[0], whole.iloc[-1]
    title = (
        f"{str(high['element']).capitalize()} stands highest ({prose.value(high['value'], 'levels')}), "
        f"{low['element']} lowest ({prose.value(low['value'], 'levels')})"
    )
    cells = rows.assign(place=rows["element"].map(order.index)).sort_values(["place", "group"], kind="stable")
    return figures.grid(
        cells,
        rows="element",
        columns="group",
        unit="levels",
        title=title,
        alt=f"{title}. Mean level, 1 to 5, by element and group of raters: "
        + "; ".join(f"{row['element']} {prose.value(row['value'], 'levels')}" for _, row in whole.iterrows())
        + ".",
        note=f"Mean level, 1 to 5, by element and group; {prose.count(whole['n'].max())} raters, {page.period}.",
    )


def _rule(page: Review) -> Piece:
    rows = programme_level(_levels(page))
    lines = [
        f"{row['group']}: level {row['reached']:.0f}, held back by {row['held_back_by']}."
        for _, row in rows.iterrows()
        if pd.notna(row["reached"])
    ]
    return (
        say(*lines, str(rows["rule"].iloc[0]), kind="list") if lines else say("No level is reached by anybody's count.")
    )


def _apart(row: pd.Series) -> str:
    size = prose.change(abs(row["difference"]), "levels", row["low"], row["high"], signed=False, is_real=True)
    where = "the programme" if row["element"] == _ALL else str(row["element"])
    group = str(row["group"])
    return f"{group[:1].upper()}{group[1:]} rate {where} {_APART[row['verdict']]} than {row['other']}, by {size}."


def _gaps(page: Review) -> Piece:
    rows = _differences(page)
    told = rows[rows["verdict"].isin(_APART)].sort_values(["q", "p"], kind="stable")
    if told.empty:
        return say(f"No two groups see the programme differently in a way that can be told ({len(rows)} compared).")
    return say(*[_apart(row) for _, row in told.head(8).iterrows()], kind="list")


def _agreement(page: Review) -> Piece:
    row = maturity_agreement(page.chosen["maturity"], page.period).query("group == 'all'").iloc[0]
    if not prose.is_finite(row["alpha"]):
        return say("How far raters agree cannot be told: too few rated the same elements.")
    return say(
        f"How far raters agree on what is strong and what is weak: Krippendorff's alpha {row['alpha']:.2f} "
        f"({row['alpha_low']:.2f} to {row['alpha_high']:.2f}); below 0.67 the picture is as much the raters' as the "
        "programme's.".replace("(-", "(\u2212")
    )


def _change(page: Review) -> Piece:
    rows = maturity_change(page.chosen["maturity"], page.period)
    rows = rows[rows["group"] == "all"]
    if rows.empty:
        return say("There was no assessment before to compare with.")
    moved = rows[~rows["verdict"].isin([FLAT, CANNOT_TELL])]
    shown = rows.assign(
        change=[prose.change(row["change"], "levels", row["low"], row["high"]) for _, row in rows.iterrows()],
        interval=[
            prose.interval(row["low"], row["high"], "levels", of_change=True, bare=True) for _, row in rows.iterrows()
        ],
        verdict=[prose.verdict(row, "up") for _, row in rows.iterrows()],
    )
    before = pd.Timestamp(rows["before"].iloc[0])
    told = prose.some(len(moved), "element") if len(moved) else "no element"
    return table(
        shown[["element", "value", "value_before", "change", "interval", "verdict", "paired"]],
        units={"value": "levels", "value_before": "levels"},
        names={"value_before": "before", "paired": "raters in both"},
        caption=f"Since the assessment of {before.day} {before:%B %Y} {told} moved",
    )
