"""Pictures of segments: what lies between two of them, what they are like, which driver matters where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxlab.models.segments import NATURAL
from cxlab.models.segments.judging import GAP
from cxlab.models.segments.naming import brief
from cxlab.models.segments.picture import between
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.segments import words

if TYPE_CHECKING:
    from cxlab.report.pages.segments.page import Grouping

_MOST_ROWS = 12
#: Densities in between, as a share of the lower peak, that are called a dip, and that are as good as none.
_DIP, _LEVEL = 0.75, 0.9
_PLAIN = {"share": "share", "money": "currency", "days": "days", "hours": "hours"}


def why(page: Grouping) -> Piece:
    """The grade in words."""
    return say(words.grade(page.groups), *page.groups.why())


def in_between(page: Grouping) -> figures.Drawing:
    """Customers of the two segments nearest to each other, along what tells them apart. Raises ParameterError."""
    groups = page.groups
    first, second, frame, depth = between(groups)
    two = "the two segments" if groups.k == 2 else "any two segments" if depth <= GAP else "the two nearest segments"
    middle = f"in between customers stand {words.share(depth)} as densely as in the thinner of the two"
    if groups.grade == NATURAL and depth <= GAP:
        title = f"There is a gap between {two}: {middle}"
    elif depth < _DIP:
        title = f"There is a dip, not a gap, between {two}: {middle}"
    elif depth < _LEVEL:
        title = f"There is no gap between {two}: {middle}"
    else:
        title = f"There is no gap between {two}: customers stand as densely on the border as beside it"
    names = {name: words.called(groups, name) for name in (first, second)}
    return figures.gap(
        frame,
        first=names[first],
        second=names[second],
        title=title,
        alt=f"{title}. Two hills, {names[first]} and {names[second]}, and their sum.",
        note="How densely customers stand along the direction that tells the two apart best, learned from one half of "
        "the customers and drawn for the other half. Upper line: both together. A gap would be a valley in it.",
        along="like the one segment \u2190 \u2192 like the other",
    )


def profile(page: Grouping) -> figures.Drawing:
    """What distinguishes the segments, feature by feature."""
    groups = page.groups
    rows = groups.distinguishing(_MOST_ROWS)
    rows = rows.assign(place=np.arange(len(rows)))
    cells = groups.differences.merge(rows, on=["feature", "level"], how="inner")
    cells = cells.sort_values("place", kind="stable")
    cells = cells.assign(
        row=[_row_name(each) for each in cells.itertuples()],
        column=[words.letter(groups, name) for name in cells["segment"]],
        text=[_written(each, groups.units.get(each.feature, "")) for each in cells.itertuples()],
    )
    order = {words.letter(groups, name): at for at, name in enumerate(groups.names)}
    cells = cells.sort_values(
        ["place", "column"], key=lambda c: c.map(order) if c.name == "column" else c, kind="stable"
    )
    sizes = groups.profile.set_index("segment")
    heads = {words.letter(groups, name): words.share(sizes.loc[name, "share"]) for name in groups.names}
    listed = "; ".join(words.called(groups, name) for name in groups.names)
    top = cells.iloc[0]
    title = f"What sets the segments apart most: {prose.inside(top['row'])}"
    said = "; ".join(f"{row.row}: {row.column} {row.text}" for row in cells.head(3 * groups.k).itertuples())
    return figures.contrasts(
        cells,
        rows="row",
        columns="column",
        heads=heads,
        title=title,
        alt=f"{title}. {listed}. {said}.",
        note=f"{listed}. Means, and shares of customers, by segment; under the letter its share of the customers. "
        "Darker: further from all other customers (blue above them, grey below).",
    )


def _row_name(row: Any) -> str:
    text = str(row.words)
    text = f"{brief(text)}: {row.level}" if row.level else text
    return text[:1].upper() + text[1:]


def _written(row: Any, unit: str) -> str:
    x = row.value
    if not prose.is_finite(x):
        return "\u2013"
    if row.level or unit == "yes or no" or (0 <= row.low and row.high <= 1 and unit == ""):
        return words.share(x)
    if unit in _PLAIN:
        text = prose.value(x, _PLAIN[unit], row.low, row.high, bare=unit in ("days", "hours"))
        return text
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:,.1f}".replace("-", prose.MINUS)


def matters(page: Grouping) -> figures.Drawing | Piece:
    """The driver whose effect differs most surely between segments; a sentence where none does."""
    for outcome, (unit, rows) in page.outcomes.items():
        differs = rows[rows["differs"]]
        if differs.empty:
            continue
        driver = differs[differs["driver"] == differs["driver"].iloc[0]].dropna(subset=["effect"])
        driver = driver.sort_values("segment", key=lambda column: column.map(page.groups.names.index), kind="stable")
        shown = pd.DataFrame(
            {
                "segment": [words.called(page.groups, name) for name in driver["segment"]],
                "value": driver["effect"].to_numpy(),
                "low": driver["low"].to_numpy(),
                "high": driver["high"].to_numpy(),
                "seen": ((driver["low"] > 0) | (driver["high"] < 0)).to_numpy(),
            }
        )
        title = f"\u201c{_cap(driver['words'].iloc[0])}\u201d goes with {outcome} differently by segment"
        said = "; ".join(
            f"{row.segment} {words.effect(row.effect, row.low, row.high, unit)}" for row in driver.itertuples()
        )
        return figures.forest(
            shown,
            by="segment",
            unit=unit,
            better="neither",
            title=title,
            alt=f"{title}. {said}.",
            note=f"Difference in {outcome} with {driver['step'].iloc[0]}, by segment, with 95 % interval. Other things "
            "are not held fixed: it goes with the outcome, and need not be why.",
        )
    names = " and ".join(page.outcomes)
    tested = sum(rows["driver"].nunique() for _, rows in page.outcomes.values())
    return say(
        f"No driver can be told to matter more in one segment than in another: of {prose.count(tested)} comparisons "
        f"with {names} none holds once chance is reckoned with over all of them."
    )


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]
