"""The page of open comments, told in sentences and shown in pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.models.passport.keeping import Kept, keep_topics
from cxlab.periods import Period
from cxlab.report.html import Piece, say
from cxlab.report.pages.comments import acting, every, points, themes, words
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.modelled import Modelled
from cxlab.tables.project import Project


@dataclass(frozen=True)
class OpenComments(Voices, Modelled):
    """What customers say in their own words, what goes with the score, and who can act. What it rests on: `Voices`."""

    @classmethod
    def of(cls, project: Project, tables: Mapping[str, Any], period: Period, kept: Kept, **chosen: Any) -> OpenComments:
        """The page of a project: its settings and moments, and what earlier runs and people left (`topic_register`).

        chosen: over, where, as_of, seed, as `Voices` takes them.
        """
        moments = project.journey.get("moments", ())
        return cls(
            tables,
            period,
            kept.register,
            settings=project.topics,
            moments=moments,
            notes=kept.notes,
            coded=kept.coded,
            **chosen,
        )

    def headline(self) -> str:
        """What most is said of, and what goes with the score."""
        return words.headline(self)

    def found(self) -> list[dict[str, object]]:
        """What goes with a lower and a higher score, what is new, and what no touchpoint covers."""
        return words.found(self)

    def view(self) -> str:
        """What we would do."""
        return words.view(self)

    def question(self) -> str:
        """One question for the meeting."""
        return words.question(self)

    def counted(self) -> Sequence[str]:
        """What was heard and set aside, which encoder spoke, how topics and points were found."""
        return words.counted(self)

    def kpis(self) -> pd.DataFrame | None:
        """The score of those who commented, as a KPI frame; None where there is none."""
        return words.kpis(self)

    # --------------------------------------------------------------------------------------------------- what is shown

    def topics(self) -> None:
        """Topics with share, interval, grade, score of those who mention them; quotes of the first."""
        self.shown(*(lambda part=part: part(self) for part in themes.PARTS))

    def points(self) -> None:
        """What adds up to the score and why leave-one-out does not; then the change: more, worse, other talk."""
        self.shown(*(lambda part=part: part(self) for part in (*points.NOW, *points.CHANGE)))

    def passives_and_leavers(self) -> None:
        """What holds passives back, what goes with leaving, and what those say whom nobody asked for a score."""
        self.shown(*(lambda part=part: part(self) for part in points.BESIDE))

    def over_time(self) -> None:
        """What is new, growing, fixed, returned, and what the register says."""
        self.shown(*(lambda part=part: part(self) for part in themes.OVER_TIME))

    def outside_in(self) -> None:
        """Themes that no touchpoint covers; agents' notes and posts against customers' words."""
        self.shown(*(lambda part=part: part(self) for part in acting.OUTSIDE_IN))

    # ------------------------------------------------------------------------------------------------- 52, the owners

    def owners_headline(self) -> str:
        """How much of what is said has somebody who answers for it."""
        return self.told(acting.headline)

    def owners_in_short(self) -> Piece:
        """The same for a reader."""
        return say(self.owners_headline(), kind="short")

    def owners(self) -> None:
        """Who answers for which topic, and who says so."""
        self.shown(*(lambda part=part: part(self) for part in acting.OWNERS))

    def loop(self) -> None:
        """Routed, acted on, answered."""
        self.shown(*(lambda part=part: part(self) for part in acting.LOOP))

    def backlog(self) -> None:
        """By product area: asked by whom, worth what; unmet needs and quick wins."""
        self.shown(*(lambda part=part: part(self) for part in acting.BACKLOG))

    def packets(self) -> None:
        """A packet for every owner."""
        self.shown(*(lambda part=part: part(self) for part in acting.PACKETS))

    # ------------------------------------------------------------------------------------------ 51, every comment

    def all_headline(self) -> str:
        """How many comments there are to read."""
        return self.told(every.headline)

    def all_in_short(self) -> Piece:
        """The same for a reader."""
        return say(self.all_headline(), kind="short")

    def index_of_comments(self) -> None:
        """Topics with how many comments stand under each."""
        self.shown(lambda: every.index(self))

    def every_comment(self) -> None:
        """All comments, grouped by topic."""
        self.shown(lambda: every.comments(self))

    def comments_set_aside(self) -> None:
        """How many were not heard, and why."""
        self.shown(lambda: every.set_aside(self))

    # ------------------------------------------------------------------------------------------------------- kept

    def keep(self, kept: Kept, project: Project) -> None:
        """Keep the topics for the next run, where this one is of the whole company; says what was done."""
        self.shown(lambda: say(self._keep(kept, project), kind="fine"))

    def _keep(self, kept: Kept, project: Project) -> str:
        if not self.conversation.lasts:
            return "Topics found in a part of the company, or by TF-IDF, are not kept for the next run."
        return keep_topics(kept, self.conversation.register, project)

    def told(self, make: Callable[[Any], str]) -> str:
        """A sentence; where the tables cannot give it, what is missing."""
        try:
            return make(self)
        except CxlabError as problem:
            return f"This cannot be told: {str(problem).splitlines()[0].rstrip('.')}."
