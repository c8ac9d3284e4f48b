"""Sentences about segments, every number computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cxlab.kpis.dictionary import definition
from cxlab.models.segments import CONSTRUCTIVE, NATURAL, Segments
from cxlab.models.segments.cuts import ALGORITHMS
from cxlab.models.segments.measures import FOUND
from cxlab.report import prose
from cxlab.stats.comparisons import MOVED_UP

if TYPE_CHECKING:
    from cxlab.report.pages.segments.page import Grouping

SCORE, LEFT = "likelihood to recommend", "leaving"
#: Measures that segments are made of by nature: that they differ is no finding.
MADE_OF = ("adoption_breadth", "adoption_depth", "contact_rate", "accounts_heard")
_LETTERS = "ABCDEFGH"


def letter(groups: Segments, name: str) -> str:
    """The letter by which a segment is called in pictures: A is the first."""
    return _LETTERS[groups.names.index(name)] if name in groups.names else name


def called(groups: Segments, name: str) -> str:
    """Letter and name of a segment; what is none keeps its name."""
    return f"{letter(groups, name)}: {name}" if name in groups.names else name


def share(x: float) -> str:
    """A share without decimals."""
    return f"{100 * x:.0f}{prose.THIN}%"


def headline(groups: Segments) -> str:
    """Whether there are segments, and which."""
    rows = groups.profile
    listed = [f"\u201c{row.segment}\u201d ({share(row.share)})" for row in rows.itertuples()]
    text = f"{', '.join(listed[:-1])} and {listed[-1]}" if len(listed) > 1 else "".join(listed)
    n = prose.count(len(groups.labels))
    if groups.grade == NATURAL:
        return f"Our {n} customers fall into {groups.k} segments with a gap between them: {text}."
    if groups.grade == CONSTRUCTIVE:
        return (
            f"There are no real segments here: our {n} customers differ by degree. The {groups.k} groups below are a "
            "cut that we made, and other customers like these would be cut elsewhere."
        )
    return (
        f"Our {n} customers are cut into the same {groups.k} segments again and again, though no gap lies between "
        f"them: {text}."
    )


def grade(groups: Segments) -> str:
    """The grade and what it means, in a sentence."""
    meaning = {
        NATURAL: "the segments are there whether or not we look for them",
        CONSTRUCTIVE: "we cut a continuum, and could as well cut it elsewhere",
    }.get(groups.grade, "the borders repeat, but customers near a border could as well stand on its other side")
    return f"Grade of this grouping: {groups.grade}. That is, {meaning}."


def view(groups: Segments) -> str:
    """What we would do."""
    if groups.grade == CONSTRUCTIVE:
        return (
            "Do not build plans, budgets or teams on these groups. Treat customers by what is measured of each (use, "
            "open cases, scores), and speak of groups only to keep a conversation short."
        )
    first = groups.names[0]
    if groups.grade == NATURAL:
        return (
            f"Call the {groups.k} segments by these names everywhere, give each an owner, and set goals by segment "
            f"where the measures above can be told apart. Begin with \u201c{first}\u201d."
        )
    return (
        f"Use the {groups.k} segments to plan and to speak, with the rule above; treat customers near a border by what "
        f"is measured of each. Begin with \u201c{first}\u201d."
    )


def question(groups: Segments) -> str:
    """One question for the meeting."""
    if groups.grade == CONSTRUCTIVE:
        return (
            "Which decision of ours needs groups at all, and would it come out differently if every customer were "
            "treated by what is measured of it?"
        )
    smallest = groups.profile.sort_values("customers", kind="stable").iloc[0]
    return (
        f"What do we do for \u201c{smallest['segment']}\u201d ({prose.count(smallest['customers'])} customers) that we "
        "do not do for all others, and if nothing, why not?"
    )


def apart(row: pd.Series, k: int) -> str:
    """A measure in which a segment can be told from the others."""
    about = definition(row["kpi"])
    value = prose.value(row["value"], about.unit, row["low"], row["high"])
    beside = prose.value(row["others"], about.unit, row["low"], row["high"])
    against = "in the other segment" if k == 2 else "over all customers"
    more = "higher" if row["verdict"] == MOVED_UP else "lower"
    return (
        f"In the segment \u201c{row[FOUND]}\u201d: {prose.inside(about.name)} {value}, {more} than the {beside} "
        f"{against}."
    )


def effect(x: float, low: float, high: float, unit: str) -> str:
    """An effect with its interval."""
    return f"{prose.change(x, unit, low, high)} ({prose.interval(low, high, unit, of_change=True, bare=True)})"


def matters(outcome: str, unit: str, rows: pd.DataFrame) -> str:
    """A driver that goes with the outcome in one segment otherwise than in another."""
    told = rows.dropna(subset=["effect"])
    most = told.loc[told["effect"].abs().idxmax()]
    other = told.loc[(told["effect"] - most["effect"]).abs().idxmax()]
    step = "Yes rather than no" if most["step"].startswith("yes") else "One typical step more"
    of = f"of {outcome}" if outcome == LEFT else f"in {outcome}"
    return (
        f"{step} of \u201c{most['words']}\u201d goes with {effect(most['effect'], most['low'], most['high'], unit)} "
        f"{of} in the segment \u201c{most['segment']}\u201d, but with "
        f"{effect(other['effect'], other['low'], other['high'], unit)} in \u201c{other['segment']}\u201d."
    )


def counted(page: Grouping) -> list[str]:
    """How it was counted."""
    groups = page.groups
    used = len(page._alike.frame.columns) - len(groups.set_aside)
    said = [
        f"{prose.count(len(groups.labels))} customers there at the end of {page.period}, {used} features of each. Team "
        "and the company's own segment do not take part: they say what we call customers, not what these are like.",
        "Skewed counts enter as logarithms, far ends are drawn in, gaps stand in the middle. Features that say the "
        "same count once: each family of numbers is turned into directions of equal weight. A flag or a category "
        "weighs at most half as much as a number, so that none decides alone.",
        f"Tried: {len(ALGORITHMS)} ways to cut ({'; '.join(ALGORITHMS)}) and two to eight groups, each refitted on "
        f"customers drawn anew. Shown: {groups.algorithm}, {groups.k} groups.",
        "Natural: in the half of the customers that had no say, the density between any two groups falls to half of "
        "the thinner peak or lower, and lower than in clouds without gaps. Reproducible: no gap, but the cut repeats, "
        "and better than with every column shuffled. Constructive: neither (Dolnicar & Leisch 2010).",
    ]
    if page.drawn_at is not None and groups.kept_from_before:
        kept = (
            "stay for all reports of the year"
            if page.is_of_the_year
            else "are new: too few customers were there when the year began"
        )
        said.append(
            f"Borders are those of the customers of {page.drawn_at.day} {page.drawn_at:%B %Y}, and {kept}; customers "
            "who did not change stay where they were."
        )
    said.append(
        "That segments differ in the features they are made of is built in; it is no finding. Measures of customers "
        "near a border are shared by both sides."
    )
    said += [*groups.remarks[:4], *page.now.remarks[:4], *page.now.missing]
    return said
