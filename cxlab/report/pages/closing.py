"""What to take into the meeting: three findings, one point of view, one question, all computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cxlab.kpis.dictionary import definition, dictionary
from cxlab.kpis.targets import targets_of
from cxlab.report import prose
from cxlab.report.html import Piece
from cxlab.report.notebook import finding
from cxlab.report.pages import behind
from cxlab.report.pages.modelled import MOST, Found, meeting
from cxlab.stats.comparisons import CANNOT_TELL, FLAT

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review


def findings(page: Review) -> list[Found]:
    """At most three wins, losses and risks, the surest first; then the point of view and the question.

    Beside the page about everything, a pack that has nothing to tell does not tell the front page to do nothing.
    """
    found = _all(page)
    return [each for each in found if each["kind"] != "action" or each["kpi"] or each["scope"] or not page.about]


def _all(page: Review) -> list[Found]:
    found = [*_moved(page), *behind.findings(page)][:MOST]
    return [*found, _view(page, found), question(page)]


def told(page: Review) -> Piece:
    """The same for a reader. Where fewer than three things can be told, what cannot be told is said instead."""
    found = _all(page)
    said = [str(each["sentence"]) for each in found if each["kind"] not in ("action", "question")]
    said += _untold(page, said)[: MOST - len(said)]
    view, asked = (
        next(str(each["sentence"]) for each in found if each["kind"] == kind) for kind in ("action", "question")
    )
    return meeting(said, view, asked, nothing="Nothing can be told of this period.")


def _moved(page: Review) -> list[Found]:
    """The company's moves, then the groups', each as sure as can be."""
    found = []
    for frame, scope_of in ((page.company(page.card.changes), None), (page.groups(page.card.changes), page.by)):
        moved = frame[~frame["verdict"].isin([FLAT, CANNOT_TELL])].sort_values(["q", "p"], kind="stable")
        for _, row in moved.iterrows():
            about = prose.define(dictionary(), row["kpi"])
            if about["better"] == "neither":  # an activity is no result
                continue
            better = prose.verdict(row, about["better"]) == "improved"
            scope = str(row[scope_of]) if scope_of else None
            own = _own(page, row, scope_of)
            found.append(
                finding(
                    "win" if better else "loss",
                    prose.sentence(row, about, now=own, scope=scope or ""),
                    kpi=row["kpi"],
                    scope={scope_of: scope} if scope else None,
                    verdict=row["verdict"],
                    **{name: own[name] for name in ("value", "low", "high")},
                )
            )
    return found


def _own(page: Review, change: pd.Series, scope_of: str | None) -> pd.Series:
    """The KPI-frame row that a change row speaks of: it has the value's own interval."""
    now = page.groups(page.card.now) if scope_of else page.company(page.card.now)
    same = now[now["kpi"] == change["kpi"]]
    return (same[same[scope_of] == change[scope_of]] if scope_of else same).iloc[0]


def _untold(page: Review, said: list[str]) -> list[str]:
    """Sentences on the pack's first measures that did not move, for a page with few findings."""
    changes = page.company(page.card.changes)
    rows = changes[changes["verdict"].isin([FLAT, CANNOT_TELL]) & changes["value"].notna()]
    now = page.company(page.card.now).set_index("kpi")
    return [
        prose.sentence(row, prose.define(dictionary(), row["kpi"]), now={**now.loc[row["kpi"]], "kpi": row["kpi"]})
        for _, row in rows.iterrows()
    ]


def _view(page: Review, found: list[Found]) -> Found:
    """What we would do: about the surest loss, else a goal that is missed for certain, else the surest win."""
    losses = [each for each in found if each["kind"] in ("loss", "risk")]
    if losses:
        about = _subject(losses[0])
        return finding(
            "action",
            f"Look at {about} first: of all that can be told from chance it is the surest that needs mending. Agree on "
            "one owner and one step before anything else is discussed.",
            kpi=losses[0]["kpi"],
            scope=losses[0]["scope"],
        )
    missed = _missed(page)
    if missed:
        return finding(
            "action",
            f"{missed[0]} Nothing that could be told from chance got worse, so work on that goal.",
            kpi=missed[1],
        )
    wins = [each for each in found if each["kind"] == "win"]
    if wins:
        return finding(
            "action",
            f"Keep what was changed around {_subject(wins[0])}, and write down what it was: this gain is real, and "
            "nothing that could be told from chance got worse.",
            kpi=wins[0]["kpi"],
            scope=wins[0]["scope"],
        )
    return finding(
        "action",
        "Keep the course. Nothing here can be told from chance, and acting on single ups and downs would be acting on "
        "noise; larger samples or a longer period come first.",
    )


def _subject(found: Found) -> str:
    """ "satisfaction in DACH"; what is no measure is called by its scope."""
    kpi, scope = found["kpi"], found["scope"]
    where = ", ".join(map(str, scope.values())) if isinstance(scope, dict) else ""
    if not kpi:
        return f"\u201c{where}\u201d" if where else "what is named above"
    name = prose.inside(definition(str(kpi)).name)
    return f"{name} in {where}" if where else name


def _missed(page: Review) -> tuple[str, str] | None:
    """The goal that is furthest from being met, of those of which it is certain that they are not."""
    now = page.company(page.card.now).set_index("kpi")
    worst: tuple[float, str, str] | None = None
    for kpi, goal in targets_of(page.targets, page.period).items():
        if kpi not in now.index or pd.isna(now.loc[kpi, "low"]) or pd.isna(now.loc[kpi, "high"]):
            continue
        about, row = definition(kpi), now.loc[kpi]
        gap = row["low"] - goal if about.better == "down" else goal - row["high"]
        share = gap / max(abs(goal), 1e-9)
        if gap > 0 and (worst is None or share > worst[0]):
            level = prose.value(row["value"], about.unit, row["low"], row["high"])
            worst = (
                share,
                f"{about.name} is at {level} and misses its goal of {prose.value(goal, about.unit)} for certain.",
                kpi,
            )
    return None if worst is None else worst[1:]


def question(page: Review) -> Found:
    """One question for the meeting: the pack's own, else about what the page could not see."""
    own = behind.question(page)
    if own:
        return finding("question", own)
    changes = page.company(page.card.changes)
    unsure = changes[(changes["verdict"] == CANNOT_TELL) & changes["smallest_detectable"].notna()]
    if unsure.empty:
        return finding("question", "What would have to be measured before this page could tell more?")
    row = unsure.iloc[0]
    about = definition(row["kpi"])
    seen = prose.change(row["smallest_detectable"], about.unit, row["low"], row["high"], signed=False, is_real=True)
    return finding(
        "question",
        f"For {prose.inside(about.name)} we could not have seen a change smaller than {seen}. "
        "Would a smaller one matter, and if so, whom do we have to ask that we do not ask today?",
        kpi=row["kpi"],
    )
