"""Pictures and tables of the two cuts, of importance, and of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.models.middle.by_group import DIFFERS, HELPS, OTHER_WAY, two_cuts_by
from cxlab.models.middle.experience import Experience
from cxlab.models.middle.importance import Importance
from cxlab.models.middle.two_cut import DELIGHTER, HYGIENE, TwoCuts
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.middle import words
from cxlab.report.tables import table

if TYPE_CHECKING:
    from cxlab.report.pages.middle.page import MovableMiddle

_PANELS = {"6|7": "a 7 rather than a 6", "8|9": "a 9 rather than an 8"}


def cuts(fitted: TwoCuts, lived: Experience) -> list[Any]:
    """Who stands where, and a dot a driver and cut."""
    detractors, passives, promoters = (prose.value(share, "share", 0, 1) for share in fitted.shares)
    rows = fitted.effects.assign(panel=fitted.effects["cut"].map(_PANELS))
    verdicts = fitted.gain.set_index("driver")["verdict"].map(words.SHORT)
    rows["aside"] = rows["driver"].map(verdicts)
    order = fitted.gain.assign(size=-fitted.gain["gain"].abs()).sort_values("size", kind="stable")["driver"].tolist()
    rows = rows.sort_values("driver", key=lambda names: names.map(order.index), kind="stable")
    title = _title(fitted)
    listed = "; ".join(
        f"{row['meaning']}: {prose.change(row['lower'], 'points', 0, 12)} at 6|7, "
        f"{prose.change(row['upper'], 'points', 0, 12)} at 8|9, {words.SHORT[row['verdict']]}"
        for _, row in fitted.gain.iterrows()
    )
    drawing = figures.panels(
        rows.rename(columns={"effect": "value"}),
        by="meaning",
        panel="panel",
        unit="points",
        aside="aside",
        title=title,
        alt=f"{title}. Points of NPS per 100 customers moved one step: {listed}.",
        note=f"Points of NPS per 100 customers moved one step for the better, 95\u202f% intervals, {lived.over}; grey: "
        "cannot be told from none.",
    )
    stand = (
        f"Where {prose.count(fitted.n)} answers stand: {detractors} at 0\u20136, {passives} at 7\u20138, {promoters} "
        "at 9\u201310. To move a passive is to cross the right-hand cut; to keep one, not to cross the left-hand one."
    )
    return [say(stand), drawing]


def _title(fitted: TwoCuts) -> str:
    rows = fitted.gain
    musts, delights = (rows.loc[rows["verdict"] == kind, "meaning"].tolist() for kind in (HYGIENE, DELIGHTER))
    if musts and delights:
        return f"\u201c{musts[0]}\u201d goes with a 7, \u201c{delights[0]}\u201d with a 9: two different jobs"
    told = words.told(fitted)
    if told.empty:
        return "Nothing goes with either cut that could be told from chance"
    return f"\u201c{told.iloc[0]['meaning']}\u201d goes with more points than anything else that can be told"


def gains(fitted: TwoCuts, lived: Experience) -> Piece:
    """The table behind the picture."""
    rows = fitted.gain.sort_values("gain", ascending=False, kind="stable")
    lines = [
        {
            "One step": words.step(row, lived),
            "at 6|7": _points(row["lower"]),
            "at 8|9": _points(row["upper"]),
            "NPS": _points(row["gain"]),
            "from": _points(row["low"]),
            "to": _points(row["high"]),
            "could be moved": prose.value(row["movable"], "share", 0, 1),
            "what it is": words.SHORT[row["verdict"]],
        }
        for _, row in rows.iterrows()
    ]
    return table(
        pd.DataFrame(lines),
        caption="Expected points of NPS per 100 customers moved one step for the better: the two cuts add up to the "
        "NPS",
        rows=30,
    )


def _points(x: float) -> str:
    """A cell has room for the number only."""
    return prose.change(x, "points", 0, 12).split(" ")[0] if prose.is_finite(x) else "\u2013"


def importances(found: Importance, fitted: TwoCuts | CxlabError) -> list[Any]:
    """Bars with the grey zone, and what the zone is for."""
    rows = found.table
    told = rows[rows["told"]]
    title = (
        f"\u201c{told.iloc[0]['meaning']}\u201d has the largest share of what goes with the score"
        if len(told)
        else "No driver has more of the score than one without any link would get"
    )
    listed = "; ".join(
        f"{row['meaning']} {prose.value(row['share'], 'share', 0, 1)}{'' if row['told'] else ' (inside the grey zone)'}"
        for _, row in rows.iterrows()
    )
    drawing = figures.zones(
        rows.rename(columns={"share": "value"}),
        by="meaning",
        unit="share",
        title=title,
        alt=f"{title}. Shares: {listed}.",
        zone_name="grey: what travelling along would give",
        note=f"Shares of the {prose.value(found.r2, 'share', 0, 0.2)} of the score's spread that go with these "
        f"drivers, averaged over all orders; 95 % intervals over accounts, {prose.count(found.n)} answers.",
    )
    said = _trap(rows, fitted)
    return [drawing, say(*said)] if said else [drawing]


def _trap(rows: pd.DataFrame, fitted: TwoCuts | CxlabError) -> list[str]:
    """What this measure makes of drivers inside the grey zone, and whom it does not see."""
    told = set() if isinstance(fitted, CxlabError) else set(words.told(fitted)["driver"])
    inside, said = rows[~rows["told"]], []
    idle, hidden = inside[~inside["driver"].isin(told)], inside[inside["driver"].isin(told)]
    if len(idle):
        top = idle.iloc[0]
        said.append(
            f"\u201c{top['meaning']}\u201d gets {prose.value(top['share'], 'share', 0, 1)} although it may have "
            "nothing of its own: a driver without any link that merely travels with the others would get up to "
            f"{prose.value(top['grey'], 'share', 0, 1)}. Read no rank into the grey ones."
        )
    if len(hidden):
        said.append(
            f"\u201c{hidden.iloc[0]['meaning']}\u201d is grey here and told above: one number for the whole scale "
            "hardly sees what counts at one cut only."
        )
    return said


def by_group(page: MovableMiddle, name: str) -> list[Any]:
    """Gains by segment or region, and whether they differ."""
    lived = page.lived
    if name not in lived.frame or lived.frame[name].nunique() < 2:
        return [say(f"The answers do not say their {name}, so they cannot be compared by it.")]
    found, compared = two_cuts_by(**page.arguments(name), groups=lived.frame[name])
    order = page.fitted.gain.sort_values("gain", ascending=False, kind="stable")["driver"].tolist()
    names = list(dict.fromkeys(found["group"]))
    counts = found.groupby("group", sort=False)["n"].max()
    heads = {each: f"{each} ({prose.count(counts[each])})" for each in names}
    cells = {key: _cell(part) for key, part in found.groupby(["driver", "group"], sort=False)}
    meaning = dict(zip(found["driver"], found["meaning"], strict=True))
    lines = [
        {"One step": meaning[driver], **{heads[each]: cells.get((driver, each), "\u2013") for each in names}}
        for driver in order
        if driver in meaning
    ]
    differing = compared.loc[compared["verdict"] == DIFFERS, "meaning"].tolist()
    said = (
        f"By {name} the gain differs for {', '.join(differing)}."
        if differing
        else f"No driver's gain differs by {name} that could be told from chance."
        if (compared["groups"] > 1).any()
        else f"There are too few answers to compare drivers by {name}: take more periods together."
    )
    return [
        table(
            pd.DataFrame(lines),
            caption=f"Points of NPS per 100 customers moved one step, by {name} (answers), at the cuts where they "
            "can be told; false discoveries held over the whole table",
            rows=30,
        ),
        say(said),
    ]


def _cell(part: pd.DataFrame) -> str:
    """The cuts at which something can be told, with their effects; else why not."""
    told = part[part["verdict"].isin((HELPS, OTHER_WAY))]
    if len(told):
        return ", ".join(f"{row['cut']} {_points(row['effect'])}" for _, row in told.iterrows())
    return str(part["verdict"].iloc[0])
