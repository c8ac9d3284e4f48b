"""What became of segments in a period: who moved, what moved with them, and whether the borders still fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.models.segments import come_and_gone
from cxlab.models.segments.finding import STILL_FITS
from cxlab.models.segments.following import CAME, WENT
from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.notebook import finding
from cxlab.report.pages.modelled import Found
from cxlab.report.pages.segments import words
from cxlab.report.tables import table
from cxlab.stats.comparisons import CANNOT_TELL, FALSE_DISCOVERY, adjust

if TYPE_CHECKING:
    from cxlab.report.pages.segments.page import Grouping

_ROWS = 8
#: Where fewer stay over a period, a segment is not what a customer is.
_STATES = 0.7


def moved(page: Grouping) -> list[Piece]:
    """How many stayed, and who went where."""
    rows = page.moved
    both = rows[(rows["from"] != CAME) & (rows["to"] != WENT)]
    stayed = both.loc[both["from"] == both["to"], "customers"].sum()
    shown = rows.pivot(index="from", columns="to", values="customers").fillna(0).astype("int64")
    order = [name for name in [*page.groups.names, *shown.index, *shown.columns] if name not in (CAME, WENT)]
    order = list(dict.fromkeys(order))
    shown = shown.reindex([name for name in [*order, CAME] if name in shown.index])
    shown = shown[[name for name in [*order, WENT] if name in shown.columns]]
    frame = shown.rename(columns={name: f"to {words.letter(page.groups, name)}" for name in page.groups.names})
    frame.insert(0, "stood_in", [words.called(page.groups, str(name)) for name in shown.index])
    said = [
        f"Of {prose.count(both['customers'].sum())} customers there throughout {page.period}, "
        f"{words.share(stayed / both['customers'].sum())} stayed in their segment and "
        f"{prose.count(both['customers'].sum() - stayed)} moved."
    ]
    said += [sentence for sentence, _, q in _flows(page) if q <= FALSE_DISCOVERY]
    if len(said) == 1 and stayed < both["customers"].sum():
        said.append("As many may have moved one way as the other: no direction can be told from chance.")
    if stayed < _STATES * both["customers"].sum():
        said.append("So many move that these are states customers pass through rather than kinds of customers.")
    return [
        say(*said),
        table(
            frame.reset_index(drop=True),
            names={"stood_in": "Stood in"},
            caption=f"Where customers of each segment went in {page.period}",
        ),
    ]


def _flows(page: Grouping) -> list[tuple[str, pd.Series, float]]:
    """Pairs of segments with the surer direction: a sentence, the larger flow's row, and q over all pairs."""
    from scipy.stats import binomtest

    rows = page.moved
    found, p = [], []
    for _, row in rows.iterrows():
        if row["from"] == row["to"] or row["from"] == CAME or row["to"] == WENT:
            continue
        back = rows[(rows["from"] == row["to"]) & (rows["to"] == row["from"])]["customers"]
        other = int(back.iloc[0]) if len(back) else 0
        if row["customers"] < other or (row["customers"] == other and row["from"] > row["to"]):
            continue
        p.append(binomtest(int(row["customers"]), int(row["customers"]) + other).pvalue)
        found.append(
            (
                f"{prose.some(int(row['customers']), 'customer')} went from \u201c{row['from']}\u201d to "
                f"\u201c{row['to']}\u201d and {prose.count(other)} the other way, more than chance would do.",
                row,
            )
        )
    return [(sentence, row, float(q)) for (sentence, row), q in zip(found, adjust(p), strict=True)]


def findings(page: Grouping) -> list[Found]:
    """The surest direction in which customers moved; a risk where it is toward segments worth less."""
    try:
        flows = sorted((each for each in _flows(page) if each[2] <= FALSE_DISCOVERY), key=lambda each: each[2])
    except CxlabError:
        return []
    if not flows or not page.groups.order:
        return []
    sentence, row, _ = flows[0]
    place = page.groups.names.index
    if row["from"] not in page.groups.names or row["to"] not in page.groups.names:
        return []
    kind = "risk" if place(row["to"]) > place(row["from"]) else "win"
    return [finding(kind, sentence, scope={"segment": row["from"]})]


def what_changed(page: Grouping) -> list[Piece]:
    """Which features changed for those who moved."""
    rows = page.changed
    sure = rows[rows["verdict"] != CANNOT_TELL].head(_ROWS)
    if sure.empty:
        return [say("No feature can be told to have changed more for those who moved than for those who stayed.")]
    shown = pd.DataFrame(
        {
            "feature": sure["words"],
            "movers": [_short(x) for x in sure["movers"]],
            "stayers": [_short(x) for x in sure["stayers"]],
            "difference": [f"{_short(r.difference)} ({_short(r.low)} to {_short(r.high)})" for r in sure.itertuples()],
        }
    )
    return [
        table(
            shown.reset_index(drop=True),
            rows=_ROWS,
            names={"feature": "What changed", "movers": "for those who moved", "stayers": "for those who stayed"},
            caption="What changed for customers who moved, against those who stayed, on average; surest first",
        ),
        say(
            "Moving is told by these very features, so this is what the movement consists of, and not why.", kind="fine"
        ),
    ]


def _short(x: float) -> str:
    """A number of any size in few digits."""
    decimals = 0 if abs(x) >= 100 else 1 if abs(x) >= 1 else 2
    return f"{x:,.{decimals}f}".replace("-", prose.MINUS)


def still_fits(page: Grouping) -> Piece:
    """New and gone segments, and whether the borders still fit today's customers."""
    groups = page.groups
    if page.then is None and page.drawn_at is None:
        return say("The segments were drawn anew: no earlier moment is known to compare them with.")
    said = []
    if page.then is not None:
        new, gone = come_and_gone(page.then, groups.labels)
        said += [f"New since {page.period.previous()}: {', '.join(new)}."] if new else []
        said += [f"Gone since {page.period.previous()}: {', '.join(gone)}."] if gone else []
        said += [] if new or gone else ["No segment is new and none is gone."]
    if prose.is_finite(groups.agreement):
        fits = groups.agreement >= STILL_FITS
        said.append(
            f"Drawn anew from today's customers the borders would agree with these to {groups.agreement:.2f} of 1: "
            + (
                "they still fit."
                if fits
                else "today's customers show gaps that the old borders do not see, so the segments were drawn anew."
                if not groups.kept_from_before
                else "they would be drawn elsewhere, and are kept so that names mean the same all year."
            )
        )
    return say(*said)
