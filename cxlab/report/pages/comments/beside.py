"""Beside the score: what passives speak of, what goes with leaving, and what those say whom nobody asked."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.models.impact import PASSIVES_MORE, PROMOTERS_MORE, WITH_LEAVING, WITH_STAYING
from cxlab.models.impact.foretold import FORETOLD
from cxlab.models.linkage.checks import Gain
from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.saying import graded, has_topics, is_known, listed, marked, score_of, with_names
from cxlab.report.tables import table

_ROWS = 8
#: A foretold score whose interval is this wide, as a share of what scores reach over, says nothing.
WIDEST = 0.2
_NPS_REACH = 200.0
_GROUPS = {"community": "posts in the community", "note": "notes of our own people"}


def passives(page: Voices) -> list[Any]:
    """What passives (7 or 8) speak of more than promoters. Raises CxlabError where nobody was asked for NPS."""
    rows = pd.concat([each.rows for each in page.conversation.told], ignore_index=True)
    if not ((rows["survey"] == "nps") & rows["score"].between(7, 8)).any():
        raise CxlabError("what holds passives back needs comments beside a 7 or 8 for the recommendation question")
    if not has_topics(page):
        return []
    found = graded(page, page.held_back)
    more = found[found["verdict"] == PASSIVES_MORE].head(_ROWS).reset_index(drop=True)
    less = found[found["verdict"] == PROMOTERS_MORE]["name"].iloc[::-1].head(3)
    told = int(found["log_odds"].notna().sum())
    if more.empty:
        shown: list[Any] = [say(f"Of {prose.some(told, 'topic')}, passives speak of none more than promoters do.")]
    else:
        frame = pd.DataFrame(
            {
                "name": [marked(name, grade) for name, grade in zip(more["name"], more["grade"], strict=True)],
                "n": more["n_passive"] + more["n_promoter"],
                "passives": more["share_passive"],
                "promoters": more["share_promoter"],
            }
        )
        heads = {"name": "Topic", "n": "Comments", "passives": "Of passives", "promoters": "Of promoters"}
        shown = [
            table(
                frame,
                names=heads,
                units={"passives": "share", "promoters": "share"},
                caption=f"What passives (7 or 8) speak of more than promoters (9 or 10), {page.span}",
            )
        ]
    if len(less):
        shown.append(say(f"Promoters speak more of {listed([marked(each, '') for each in less])}."))
    return [
        *shown,
        say(
            "Log-odds with a prior, false discoveries over all topics. What goes with an 8 in place of a 9 is no proof "
            "that mending it would gain the 9.",
            kind="fine",
        ),
    ]


def leavers(page: Voices) -> list[Any]:
    """Topics that go with leaving in the period after, their grade and whether they held later. Raises CxlabError."""
    if not is_known(lambda: page.now) or not has_topics(page):
        return []
    found = page.leaving
    rows = graded(page, found.table.rename(columns={"grade": "evidence"}))
    sure = rows[rows["verdict"].isin([WITH_LEAVING, WITH_STAYING])]
    sure = sure.sort_values(["verdict", "evidence", "points"], ascending=[True, True, False], kind="stable")
    asked = int(rows["points"].notna().sum())
    if sure.empty:
        shown: list[Any] = [say(f"Of {prose.some(asked, 'topic')}, none can be told to go with leaving or staying.")]
    else:
        shown = [_leaving_table(sure.reset_index(drop=True))]
    said = [
        f"{prose.count(found.n)} times an account commented in a period and was there at its end; "
        f"{prose.count(found.left)} times it left in the next. All topics reckoned together with period, years since "
        "signing, number of comments, and what we know of the account. Held later: told from chance in the earlier "
        f"periods and again from {found.first_checked} on. Evidence C is an adjusted association that held; D is less."
    ]
    if found.gain is not None:
        said.append(_gained(found.gain))
    return [*shown, say(*said, *(with_names(page, each) for each in found.remarks), kind="fine")]


def _leaving_table(sure: pd.DataFrame) -> Piece:
    frame = pd.DataFrame(
        {
            "name": [marked(name, grade) for name, grade in zip(sure["name"], sure["grade"], strict=True)],
            "n": sure["n"],
            "said": sure["verdict"],
            "with": sure["left_with"],
            "without": sure["left_without"],
            "points": [_points(row) for row in sure.itertuples()],
            "holds": ["not tried" if prose.is_missing(each) else "yes" if each else "no" for each in sure["holds"]],
            "evidence": sure["evidence"],
        }
    )
    return table(
        frame,
        rows=_ROWS,
        names={
            "name": "Topic",
            "n": "Accounts",
            "said": "Verdict",
            "with": "Left, of who spoke of it",
            "without": "Left, of all others",
            "points": "Difference, all else alike",
            "holds": "Held later",
            "evidence": "Evidence",
        },
        units={"with": "share", "without": "share"},
        caption="Accounts that left in the period after they spoke of a topic",
    )


def _points(row: Any) -> str:
    """Percentage points with their interval."""
    value, low, high = row.points / 100, row.low / 100, row.high / 100
    reach = prose.interval(low, high, "share", of_change=True, bare=True).removesuffix(" points")
    return f"{prose.change(value, 'share', low, high)} ({reach})"


def _gained(gain: Gain) -> str:
    reach = f"{gain.low:+.3f} to {gain.high:+.3f}".replace("-", prose.MINUS)
    words = "foretells leaving better" if gain.low > 0 else "cannot be told to foretell leaving better"
    size = f"{gain.value:+.3f}".replace("-", prose.MINUS)
    return f"Out of time, knowing the topics {words} than not knowing them ({size} of AUC, {reach})."


def unasked(page: Voices) -> list[Any]:
    """The score foretold for posts and notes, marked as such, where its interval says anything. Raises CxlabError."""
    if not is_known(lambda: page.survey):
        return []
    found, name = page.foretold, score_of(page)
    given = page.scored(page.now)
    reach = _NPS_REACH if found.measure == "nps" else float(pd.Series(given).max() - pd.Series(given).min())
    sure, unsure = [], []
    for row in found.groups[found.groups["how"] == FORETOLD].to_dict("records"):
        group = f"{prose.count(row['n'])} {_GROUPS.get(row['group'], row['group'])}"
        is_narrow = row["high"] - row["low"] < WIDEST * reach
        value = prose.value(row["value"], "points", row["low"], row["high"])
        limits = prose.interval(row["low"], row["high"], "points", bare=True)
        if is_narrow:
            sure.append(f"{group}: foretold {name} {value} ({limits})")
        else:
            unsure.append(group)
    if not sure and not unsure:
        return []
    said = [say(*sure, kind="list")] if sure else []
    if unsure:
        said.append(
            say(
                f"What {listed(unsure)} would have scored cannot be foretold usefully: "
                f"the interval is wider than {prose.count(WIDEST * reach)} points. Read them for what they speak of, "
                "not for a score."
            )
        )
    return [
        *said,
        say(
            f"Learned from {prose.count(found.n_scored)} comments with a score "
            f"(correlation with scores that the model had not seen: {found.correlation:.2f}).",
            *found.remarks,
            kind="fine",
        ),
    ]


BESIDE = (passives, leavers, unasked)
