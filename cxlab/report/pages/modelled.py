"""What the pages of the models do alike: a headline, findings, a point of view, a question, how it was counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.report.html import Piece, say, show
from cxlab.report.notebook import finding
from cxlab.report.pages.behind import tried

MOST = 3
Found = dict[str, object]


class Modelled:
    """A page on top of a model. A subclass says `headline`, `found`, `view`, `question` and `counted`.

    Nothing fails because a table is not there: what cannot be told is said in the reader's words, by `shown`.
    """

    def __init_subclass__(cls) -> None:
        """What a page says of itself never fails for want of a table or column: then it says what is missing."""
        super().__init_subclass__()
        for name, otherwise in (
            ("headline", lambda why: f"This cannot be told: {why}."),
            ("found", lambda why: []),
            ("view", lambda why: "Map what is missing first; until then there is nothing to act on here."),
            ("question", lambda why: "Who can give us what is missing here?"),
            ("counted", lambda why: [f"Nothing was counted: {why}."]),
            ("kpis", lambda why: None),
        ):
            if name in cls.__dict__:
                setattr(cls, name, _or_missing(cls.__dict__[name], otherwise))

    def headline(self) -> str:
        """One computed sentence that a leader would repeat."""
        raise NotImplementedError

    def found(self) -> list[Found]:
        """Wins, losses and risks, the surest first; those past the third are not told."""
        return []

    def view(self) -> str:
        """What we would do, in one or two computed sentences."""
        raise NotImplementedError

    def question(self) -> str:
        """One question for the meeting."""
        raise NotImplementedError

    def counted(self) -> Sequence[str]:
        """How it was counted: sentences on rows, period, method, and what to bear in mind."""
        return []

    def kpis(self) -> pd.DataFrame | None:
        """KPI-frame rows to record beside the findings; None where the page has no measure of its own."""
        return None

    def in_short(self) -> Piece:
        """The headline."""
        return say(self.headline(), kind="short")

    def shown(self, *parts: Callable[[], Any]) -> None:
        """Show what each part makes; where the tables cannot give it, the sentence that says what is missing."""
        show(*(piece for part in parts for piece in tried(part)))

    def findings(self) -> list[Found]:
        """What to record: at most three findings, one point of view, one question."""
        return [*self.found()[:MOST], finding("action", self.view()), finding("question", self.question())]

    def closing(self) -> Piece:
        """The same for a reader."""
        said = [str(each["sentence"]) for each in self.found()[:MOST]]
        return meeting(said, self.view(), self.question(), nothing="Nothing can be told from chance here.")

    def how(self) -> Piece:
        """How it was counted, as a list."""
        return say(*self.counted(), kind="list")


def _or_missing(method: Callable[[Any], Any], otherwise: Callable[[str], Any]) -> Callable[[Any], Any]:
    @wraps(method)
    def told(self: Any) -> Any:
        try:
            return method(self)
        except CxlabError as problem:
            return otherwise(str(problem).splitlines()[0].rstrip("."))

    return told


def meeting(said: Sequence[str], view: str, question: str, *, nothing: str) -> Piece:
    """What to take into the meeting: findings (`nothing` where there is none), one point of view, one question."""
    parts = (
        say(*said, kind="list") if said else say(nothing),
        say(f"Our point of view. {view}"),
        say(f"One question for the meeting. {question}", kind="ask"),
    )
    return Piece("".join(part.html for part in parts), "\n".join(part.text for part in parts))
