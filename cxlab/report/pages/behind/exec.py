"""Behind the whole programme: what became of promises, where measures disagree, and how long customers wait."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.kpis.disagreements import disagreements
from cxlab.report import prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.behind import tried
from cxlab.report.pages.waits import waiting
from cxlab.report.tables import table

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review


def pieces(page: Review) -> list[Any]:
    """What was promised and whether it worked; accounts of which two measures say different things; the curve of
    resolution times."""
    promised = tried(page.promises.pieces) if "actions" in page.tables else []
    with suppress(CxlabError):  # few companies keep a list of what their customers achieved
        promised += page.promises.celebrations()
    apart = [say("No single number sees both sides."), *tried(partial(_apart, page))]
    return [*promised, *apart, *tried(partial(_waits, page))]


def findings(page: Review) -> list[dict[str, object]]:
    """Promises that worked."""
    return page.promises.findings() if "actions" in page.tables else []


def question(page: Review) -> str:
    """About a promise that shows nothing, else the disagreement that concerns most promoters."""
    asked = page.promises.question() if "actions" in page.tables else ""
    if asked:
        return asked
    rows = _rows(page)
    rows = rows[(rows["who"] == "promoters") & (rows["accounts"] > 0)]
    if rows.empty:
        return ""
    top = rows.sort_values("accounts", ascending=False, kind="stable").iloc[0]
    return (
        f"{prose.count(top['accounts'])} of {prose.count(top['of'])} {top['who']} {top['what']}. "
        "What do they know that their score does not tell?"
    )


def _waits(page: Review) -> Any:
    return waiting(page, "resolution_time")


def _rows(page: Review) -> pd.DataFrame:
    return disagreements(page.chosen, page.period)


def _apart(page: Review) -> Piece:
    rows = _rows(page)
    if rows.empty:
        return say("No two measures can be held against each other: that takes scores and usage, revenue or tickets.")
    return table(
        rows,
        units={"value": "share", "low": "share", "high": "share"},
        names={
            "who": "Accounts",
            "what": "that",
            "accounts": "how many",
            "of": "of",
            "value": "share",
            "low": "from",
            "high": "to",
        },
        caption="Accounts whose measures point different ways",
    )
