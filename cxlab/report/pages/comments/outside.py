"""Outside-in: themes that no touchpoint of ours covers, and touchpoints that nobody speaks of."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.models.voice import OutsideIn, outside_in, touchpoints_in
from cxlab.models.voice.outside_in import NOT_COVERED, NOT_SPOKEN_OF, SPOKEN_OF, UNSURE
from cxlab.models.voice.routing import PEOPLE
from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.comments.routed import FEWEST, known, quoted, routed
from cxlab.report.tables import table

_SHOWN = 12


def _held_against(page: Voices) -> OutsideIn | None:
    """Customers' themes against the company's own list; None where there is no such list."""
    at = routed(page)
    touchpoints = touchpoints_in(page.settings.get("touchpoints"), page.moments)
    if not touchpoints:
        return None
    return outside_in(at.members, at.rows, at.topics, touchpoints, encode=at.encode, period=page.period)


def uncovered(page: Voices) -> list[Any]:
    """Themes that customers raise and no touchpoint covers."""
    at = routed(page)
    found = _held_against(page)
    if found is None:
        raise CxlabError(
            "themes that no touchpoint covers: no touchpoints are named. List what the company tends in cxlab.toml, "
            '[topics] touchpoints = ["help desk: support, tickets"]'
        )
    themes = found.themes[found.themes["n"] >= FEWEST]
    rows = themes[themes["status"] == NOT_COVERED]
    told = at.told(rows)
    many = f"{prose.some(len(themes), 'theme')} held against {prose.some(len(found.touchpoints), 'touchpoint')} of ours"
    if rows.empty:
        return [say(f"Of {many}, none is for certain outside all of them.")]
    names = told["name"].tolist()
    lead = (
        f"By their words, no touchpoint of ours covers {quoted(names)}."
        if names
        else "All themes outside our touchpoints are loose."
    )
    owner = at.routes.set_index("topic")["owner"]
    lines = [
        {
            "Theme": at.name(row["topic"]),
            "id": row["topic"],
            "comments": int(row["n"]),
            "of all heard": known(row["share"], row["low"], row["high"], "share"),
            "answers for it": owner[row["topic"]] or "nobody yet",
            "says who": "people's file" if row["said_by"] == PEOPLE else "words",
        }
        for _, row in rows.iterrows()
    ]
    return [
        say(lead),
        table(pd.DataFrame(lines), rows=_SHOWN, caption=f"Themes that no touchpoint covers, of {many}"),
    ]


def unsure(page: Voices) -> list[Any]:
    """Themes that words alone do not place: a person decides."""
    at = routed(page)
    found = _held_against(page)
    themes = found.themes if found else pd.DataFrame(columns=["status", "n"])
    rows = themes[(themes["status"] == UNSURE) & (themes["n"] >= FEWEST)]
    if rows.empty:
        return []
    lines = [
        {
            "Theme": at.name(row["topic"]),
            "id": row["topic"],
            "comments": int(row["n"]),
            "nearest touchpoint": row["touchpoint"],
        }
        for _, row in rows.iterrows()
    ]
    return [
        table(
            pd.DataFrame(lines),
            rows=_SHOWN,
            caption="Themes that may belong to a touchpoint: a person decides (column touchpoint of topics.csv: its "
            "name, or none)",
        )
    ]


def unmentioned(page: Voices) -> list[Piece]:
    """Touchpoints of ours that nobody speaks of."""
    found = _held_against(page)
    if found is None:
        return []
    rows = found.touchpoints
    silent, maybe = (rows[rows["status"] == status] for status in (NOT_SPOKEN_OF, UNSURE))
    spoken = int((rows["status"] == SPOKEN_OF).sum())
    said = [f"Of {prose.some(len(rows), 'touchpoint')} of ours customers speak of {prose.count(spoken)}."]
    if len(silent):
        most = float(silent["high"].max())
        said.append(
            f"Nobody speaks of {quoted(silent['touchpoint'].tolist(), most=5)}"
            + (
                f": {'it is' if len(silent) == 1 else 'each is'} in at most {prose.value(most, 'share')} of what "
                "customers say, with 95\u202f% confidence."
                if prose.is_finite(most)
                else "."
            )
        )
    if len(maybe):
        said.append(f"It is not sure whether anybody means {quoted(maybe['touchpoint'].tolist(), most=5)}.")
    return [say(*said)]
