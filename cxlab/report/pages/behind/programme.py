"""Behind goals and listening: will goals be met, are they sound, how often to look, and whom we hear."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlab.kpis.burden import response_fatigue, survey_burden
from cxlab.kpis.definitions import DEFINITIONS
from cxlab.kpis.dictionary import cadence, definition
from cxlab.kpis.integrity import ALIKE, ODD, score_integrity
from cxlab.kpis.listening import moments_covered
from cxlab.kpis.scorecards import scorecard
from cxlab.kpis.sources import join_coverage, source_inventory
from cxlab.kpis.target_lint import lint_targets
from cxlab.kpis.targets import MET, NOT_MET, target_progress
from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.notebook import finding
from cxlab.report.pages.behind import of_kind, tried
from cxlab.report.tables import table

if TYPE_CHECKING:
    from cxlab.kpis.scorecards import Scorecard
    from cxlab.report.pages.review import Review

_LISTED = 24
_UNITS = dict.fromkeys(("value", "low", "high", "rate", "keyed", "joined"), "share")


def pieces(page: Review) -> list[Any]:
    """Goals, what is wrong with them, how often to look, promises, moments, accounts, sources, burden, integrity."""
    goals = partial(_goals, page)
    parts = (_promises, _moments, _accounts, _sources, _burden, _integrity)
    return [*tried(goals), *(piece for part in parts for piece in tried(partial(part, page)))]


def findings(page: Review) -> list[dict[str, object]]:
    """The two ends of the journey must be heard."""
    return unheard_ends(_heard(page))


def unheard_ends(rows: pd.DataFrame) -> list[dict[str, object]]:
    """A finding for the first or last moment where nobody was heard."""
    ends = rows[(rows["status"] == "blind") & rows["mandatory"]] if len(rows) else rows
    return [
        finding("risk", f"Nobody was heard at \u201c{name}\u201d, an end of the journey.", scope={"moment": name})
        for name in ends.get("moment", [])
    ]


def question(page: Review) -> str:
    """About moments nobody listens to."""
    rows = _heard(page)
    blind = rows[rows["status"] == "blind"] if len(rows) else rows
    if blind.empty:
        return ""
    names = " and ".join(f"\u201c{name}\u201d" for name in blind["moment"].head(3))
    return f"Nobody tells us how {names} went for them. What would we rather not hear there?"


def _heard(page: Review) -> pd.DataFrame:
    (made,) = tried(partial(moments_covered, page.chosen, page.period, page.moments))
    return made if isinstance(made, pd.DataFrame) else pd.DataFrame()


def _goals(page: Review) -> list[Any]:
    goals = page.targets
    if goals is None or goals.empty:
        return [say("There are no goals: the project has no targets table.")]
    card = _measured(page, goals)
    return [_progress(page, goals, card), _faults(page, goals, card), _cadence(page, card)]


def _measured(page: Review, goals: pd.DataFrame) -> Scorecard:
    """Every measure that a goal is about, in the page's own groups."""
    kpis = [kpi for kpi in dict.fromkeys(goals["kpi"]) if kpi in DEFINITIONS]
    standards = page.project.standards if page.project else {}
    return scorecard(page.tables, page.period, page.by or (), kpis=kpis, where=page.where, **standards)


def _progress(page: Review, goals: pd.DataFrame, card: Scorecard) -> Piece:
    rows = target_progress(card.now, goals, page.period, before=card.before)
    lines = []
    for _, row in rows.iterrows():
        unit = definition(row["kpi"]).unit if row["kpi"] in DEFINITIONS else "points"
        known = prose.is_finite(row["value"])
        lines.append(
            {
                "goal": _called(row["kpi"], row["scope"]),
                "should be": prose.value(row["target"], unit),
                "is": f"{prose.value(row['value'], unit, row['low'], row['high'])} "
                f"({prose.interval(row['low'], row['high'], unit, bare=True)})"
                if known
                else "not yet known",
                "chance that it is met": prose.value(row["probability"], "share", 0, 1) if known else "\u2013",
                "that is": {MET: "met", NOT_MET: "not met"}.get(row["verdict"], row["verdict"]),
                "on its way": row["on_track"],
                "owner": row["owner"],
            }
        )
    met, missed = ((rows["verdict"] == word).sum() for word in (MET, NOT_MET))
    return table(
        pd.DataFrame(lines),
        rows=_LISTED,
        caption=f"Of {prose.some(len(rows), 'goal')} {met} are met for certain and {missed} are not; for the others we "
        "cannot tell",
    )


def _faults(page: Review, goals: pd.DataFrame, card: Scorecard) -> Piece:
    rows = lint_targets(goals, card.now, page.period)
    if rows.empty:
        return say("Every goal has a measure, a baseline, a date, an owner and a size that could be seen.")
    said = [f"{_called(row['kpi'], row['scope'])}: {row['says']}" for _, row in rows.head(_LISTED).iterrows()]
    return say(f"What is wrong with our goals ({prose.some(len(rows), 'remark')}):", *said, kind="list")


def _called(kpi: str, scope: str) -> str:
    name = definition(kpi).name if kpi in DEFINITIONS else kpi
    return name if scope == "all" else f"{name}, {scope}"


def _cadence(page: Review, card: Scorecard) -> Piece:
    rows = cadence(page.company(card.now).dropna(subset=["value", "low", "high"]))
    lines = [
        {
            "measure": definition(row["kpi"]).name,
            "a change of": prose.change(row["change"], definition(row["kpi"]).unit, signed=False, is_real=True),
            "is seen when reported by": row["cadence"] or "cannot tell",
            "a quarter shows": prose.change(row["quarter"], definition(row["kpi"]).unit, signed=False, is_real=True),
        }
        for _, row in rows.iterrows()
    ]
    return table(
        pd.DataFrame(lines), caption="How often each measure is worth reporting: the shortest period that shows it"
    )


def _promises(page: Review) -> list[Any]:
    if "actions" not in page.tables:
        return [say("There is no ledger of promises: the project has no actions table.")]
    return page.promises.everything()


def _moments(page: Review) -> Piece:
    return moments_piece(_heard(page), bool(page.moments))


def moments_piece(rows: pd.DataFrame, is_declared: bool) -> Piece:
    """Which moments are heard, thin or blind."""
    if rows.empty:
        return say("Which moments nobody listens to cannot be told: no answer says at which moment it was given.")
    return table(
        rows[["moment", "mandatory", "status", "events", "invitations", "answers", "rate"]],
        units=_UNITS,
        names={
            "mandatory": "must be heard",
            "status": "is",
            "events": "happened",
            "invitations": "asked",
            "answers": "answered",
            "rate": "share",
        },
        caption="Moments of the journey and whether we listen there"
        if is_declared
        else "Moments found in the answers; which are missing cannot be told before cxlab.toml lists them",
    )


def _accounts(page: Review) -> Piece:
    return accounts_piece(join_coverage(page.chosen, page.period))


def accounts_piece(rows: pd.DataFrame) -> Piece:
    """Of which accounts something is known, source by source."""
    known = rows.dropna(subset=["value"])
    if known.empty:
        return say("Of which accounts something is known cannot be told.")
    return table(
        known[["data", "accounts", "value", "low", "high", "n"]],
        units=_UNITS,
        names={"data": "We have", "value": "share", "low": "from", "high": "to", "n": "of all"},
        caption="Of how many active accounts something is known in the period",
    )


def _sources(page: Review) -> Piece:
    rows = source_inventory(page.tables)
    return table(
        rows[["table", "rows", "first", "last", "age_days", "joined"]],
        units=_UNITS,
        names={"age_days": "days old", "joined": "of a known account"},
        caption="The tables, how far they reach, and whether they can be joined",
    )


def _burden(page: Review) -> Piece:
    rows = survey_burden(page.chosen["responses"], page.period)
    fatigue = response_fatigue(page.chosen["responses"], page.period)
    said = []
    for _, row in rows.iterrows():
        share = prose.value(row["value"], "share", row["low"], row["high"])
        asked = f"{prose.count(row['asked'])} {row['unit']} asked in {page.period.label}"
        said.append(f"{prose.count(row['over'])} of {asked} had more than 3 invitations within 90 days ({share}).")
    told = fatigue.dropna(subset=["value"])
    if len(told) > 1:
        (_, first), (_, last) = (next(part.iterrows()) for part in (told.head(1), told.tail(1)))
        fresh, weary = (prose.value(row["value"], "share", row["low"], row["high"]) for row in (first, last))
        said.append(
            f"Of invitations to people not asked in the 90 days before, {fresh} are answered; of those to people asked "
            f"{prose.count(last['previous'])} times or more, {weary}."
        )
    return say(*said, kind="list") if said else say("How often people are asked cannot be told.")


def _integrity(page: Review) -> Piece:
    rows = score_integrity(
        of_kind(page.chosen["responses"], "relational"),
        page.period,
        customers=page.chosen.get("customers"),
        tickets=page.chosen.get("tickets"),
    )
    odd = rows[rows["verdict"] == ODD]
    if odd.empty:
        return say(
            f"Can scores be taken at face value? {prose.some(len(rows), 'check')} of answers and invitations found "
            "nothing that looks odd."
        )
    return say(
        "Can scores be taken at face value? A reason to ask, not a proof:",
        *[
            f"{row['check']}: {row['measure']} is {_as_found(row['value'], row['check'])}, where "
            f"{_as_found(row['expected'], row['check'])} would be expected (n {prose.count(row['n'])})."
            for _, row in odd.iterrows()
        ],
        kind="list",
    )


def _as_found(x: float, check: str) -> str:
    """All checks measure shares, but for the spread of answers, which is in codes of the scale."""
    return f"{x:.2f}" if check == ALIKE else prose.value(x, "share")
