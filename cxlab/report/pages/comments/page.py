"""The page of open comments, told in sentences and shown in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from cxlab.report.html import Piece
from cxlab.report.pages.comments import acting, points, themes, words
from cxlab.report.pages.comments.heard import Voices
from cxlab.report.pages.modelled import Modelled


@dataclass(frozen=True)
class OpenComments(Voices, Modelled):
    """What customers say in their own words, what goes with the score, and who can act. What it rests on: `Voices`."""

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
        """What adds up to the score, and why leave-one-out does not."""
        self.shown(*(lambda part=part: part(self) for part in points.NOW))

    def change_split(self) -> None:
        """The change since the period before: more talk, worse talk, who talks."""
        self.shown(*(lambda part=part: part(self) for part in points.CHANGE))

    def passives_and_leavers(self) -> None:
        """What holds passives back, what goes with leaving, and what those say whom nobody asked for a score."""
        self.shown(*(lambda part=part: part(self) for part in points.BESIDE))

    def over_time(self) -> None:
        """What is new, growing, fixed, returned, and what the register says."""
        self.shown(*(lambda part=part: part(self) for part in themes.OVER_TIME))

    def owners(self) -> None:
        """Who answers for what, what was promised, and whether the loop is closed."""
        self.shown(*(lambda part=part: part(self) for part in acting.OWNERS))

    def outside_in(self) -> None:
        """Themes that no touchpoint covers; agents' notes and posts against customers' words."""
        self.shown(*(lambda part=part: part(self) for part in acting.OUTSIDE_IN))

    def packets(self) -> None:
        """A packet for every owner."""
        self.shown(*(lambda part=part: part(self) for part in acting.PACKETS))

    def every_comment(self) -> None:
        """All comments, grouped by topic, with an index."""
        self.shown(*(lambda part=part: part(self) for part in themes.EVERY_COMMENT))

    def how_topics_are_kept(self, said: str) -> Piece:
        """What `keep_topics` did, in small print."""
        return words.kept(said)
