"""People and accounts around the middle: the three, advocates, passives' comments, detractors who wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cxlab.models.middle.advocates import advocates
from cxlab.models.middle.experience import Experience
from cxlab.models.middle.recovery import WITHIN_DAYS, detractor_recovery, follow_ups
from cxlab.models.middle.three import WITH_LEAVING, WITH_SCORE, WITH_STAYING, beside_leaving, beside_the_score
from cxlab.models.middle.voices import PASSIVE, passives_say
from cxlab.periods import Period
from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.tables import table
from cxlab.stats.comparisons import CANNOT_TELL

_SHOWN = 10


def three(lived: Experience) -> list[Any]:
    """Success, effort, emotion and the surveys after events, one at a time."""
    rows = beside_the_score(lived)
    if rows.empty:
        return [say("Nobody who answered was asked about success, effort or emotion near the answer.")]
    lines = [
        {
            "Asked": row["meaning"],
            "answers with both": prose.count(row["n"]),
            "NPS per point": _reach(row),
            "told": row["verdict"],
        }
        for _, row in rows.iterrows()
    ]
    seen = rows.loc[rows["verdict"] == WITH_SCORE, "driver"].tolist()
    said = (
        f"Of these, {', '.join(seen)} can be told to go with the score."
        if seen
        else "None of these can be told to go with the score here."
    )
    return [
        table(
            pd.DataFrame(lines),
            caption="Asked of the same person, else the account, within half a year of the score: points of NPS per "
            "100 customers one point higher",
        ),
        say(said),
    ]


def _reach(row: pd.Series) -> str:
    if not prose.is_finite(row["gain"]):
        return "too few"
    size = prose.change(row["gain"], "points", row["low"], row["high"]).split(" ")[0]
    return f"{size} ({prose.interval(row['low'], row['high'], 'points', of_change=True, bare=True)})"


def three_and_leaving(tables: Mapping[str, Any], period: Period, over: int) -> list[Any]:
    """Who left after a good and after a bad answer."""
    rows = beside_leaving(tables, period.trail(over))
    rows = rows[(rows["n_good"] > 0) & (rows["n_bad"] > 0)]
    if rows.empty:
        return [
            say("Whether the three go with staying cannot be told: too few accounts answered before a period began.")
        ]
    names = {WITH_STAYING: "goes with staying", WITH_LEAVING: "goes with leaving", CANNOT_TELL: CANNOT_TELL}
    lines = [
        {
            "Asked": row["driver"],
            "gave 6\u20137": prose.count(row["n_good"]),
            "left after it": prose.value(row["left_good"], "share", 0, 0.1),
            "gave 1\u20133": prose.count(row["n_bad"]),
            "left after that": prose.value(row["left_bad"], "share", 0, 0.1),
            "told": names[row["verdict"]],
        }
        for _, row in rows.iterrows()
    ]
    return [table(pd.DataFrame(lines), caption="Accounts by their last answer before a period, and who left in it")]


def advocates_of(tables: Mapping[str, Any], periods: Sequence[Period], as_of: dt.datetime) -> list[Any]:
    """From those who answered to those who may be asked, and the first of them."""
    found = advocates(tables, periods, as_of=as_of)
    steps = found.steps
    pieces: list[Any] = [
        table(
            steps,
            names={"condition": "Accounts that", "accounts": "are left"},
            caption=f"Who may be asked to speak for us, {found.over}: one condition after the other",
        )
    ]
    if not found.ids:
        return [*pieces, say("No account meets all of these.")]
    share = len(found.ids) / max(int(steps["accounts"].iloc[0]), 1)
    pieces.append(
        say(
            f"{prose.some(len(found.ids), 'account')} may be asked for a reference or a review, "
            f"{prose.value(share, 'share', 0, 1)} of those that answered. How many were asked and agreed is in no "
            "table yet."
        )
    )
    shown = found.frame[found.frame["advocate"]].copy()
    shown["last_answer"] = pd.to_datetime(shown["last_answer"]).dt.normalize()
    wanted = ["customer_id", "promoters", "passives", "last_answer", "tenure_days", "use_change"]
    wanted = [name for name in wanted if shown[name].notna().any()]
    pieces.append(
        table(
            shown[wanted].reset_index(drop=True),
            rows=_SHOWN,
            units={"tenure_days": "days", "use_change": "share"},
            names={
                "customer_id": "Account",
                "last_answer": "last answer",
                "tenure_days": "with us for",
                "use_change": "use against before",
            },
            caption="The first to ask: most promoters, then longest with us",
        )
    )
    if found.missing:
        pieces.append(say(f"Not checked: {'; '.join(found.missing)}.", kind="fine"))
    return pieces


def passives_of(tables: Mapping[str, Any], period: Period) -> Piece:
    """How many passives left a comment."""
    rows = passives_say(tables, period)
    theirs = int((rows["group"] == PASSIVE).sum())
    if not theirs:
        return say(f"No passive left a comment in {period}.")
    others = len(rows) - theirs
    return say(
        f"{prose.some(theirs, 'passive')} left a comment in {period}, beside {prose.count(others)} promoters. What "
        "they speak of more than promoters do is for the report on comments."
    )


def waiting(tables: Mapping[str, Any], period: Period, as_of: dt.datetime) -> list[Any]:
    """How long detractors wait, and who still does."""
    found = follow_ups(tables, period, as_of=as_of)
    if found.frame.empty:
        return [say(f"Nobody gave a 0\u20136 in {period}.")]
    middle, low, high = found.clock.quantile(0.5)
    said = [
        f"{prose.count(len(found.frame))} answers of {period} were a 0\u20136. Half of them are in contact with us "
        f"within {prose.value(middle, 'days', low, high)} ({prose.interval(low, high, 'days', bare=True)}), those "
        f"still waiting counted as waiting. A contact here is {found.contact}."
        if prose.is_finite(middle)
        else f"{prose.count(len(found.frame))} answers of {period} were a 0\u20136, and fewer than half have been in "
        f"contact with us so far. A contact here is {found.contact}."
    ]
    if found.queue.empty:
        return [say(*said, "Nobody waits.")]
    shown = found.queue[[name for name in found.queue if name not in ("response_id", "respondent_id")]].copy()
    shown["answered_at"] = shown["answered_at"].dt.normalize()
    return [
        say(*said),
        table(
            shown,
            rows=_SHOWN,
            units={"age": "days"},
            names={"customer_id": "Account", "answered_at": "answered", "age": "waiting for"},
            caption=f"{prose.some(len(shown), 'detractor')} without any contact since, the longest wait first",
        ),
    ]


def recovered(tables: Mapping[str, Any], period: Period, as_of: dt.datetime) -> list[Any]:
    """Detractors contacted and not contacted, later; observational and said so."""
    rows = detractor_recovery(tables, period.trail(8), as_of=as_of)
    rows = rows[(rows["n_contacted"] > 0) & (rows["n_others"] > 0)]
    if rows.empty:
        return [say("What became of earlier detractors cannot be told: no later answers of the same people yet.")]
    lines = [
        {
            "Later": {"left": "left within a year"}.get(row["outcome"], f"gave {row['outcome']}"),
            "contacted": f"{prose.value(row['contacted'], 'share', 0, 1)} of {prose.count(row['n_contacted'])}",
            "not contacted": f"{prose.value(row['others'], 'share', 0, 1)} of {prose.count(row['n_others'])}",
            "difference": prose.interval(row["low"], row["high"], "share", of_change=True),
            "told": row["verdict"],
        }
        for _, row in rows.iterrows()
    ]
    first = rows.iloc[0]
    pieces = [
        table(
            pd.DataFrame(lines),
            caption=f"Detractors of the last eight quarters, contacted within {WITHIN_DAYS:g} days or not, looked at "
            "from then on: an observation, since who is contacted differs in more than that",
        )
    ]
    if first["outcome"] == "7 or more" and first["verdict"] == CANNOT_TELL:
        share = prose.value(first["others"], "share", 0, 1)
        pieces.append(
            say(
                f"{share} of those nobody contacted gave a 7 or more the next time as well: a low answer is often "
                "followed by a better one. A problem that was mended is no proof of loyalty."
            )
        )
    return pieces
