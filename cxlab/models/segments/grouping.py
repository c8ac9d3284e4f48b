"""What `find_segments` gives: who is in which segment, how real that is, and what the segments are like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cxlab.models.columns import understand
from cxlab.models.segments.cuts import Rule
from cxlab.models.segments.judging import GAP, REPEATS
from cxlab.models.segments.naming import distinguishing
from cxlab.models.segments.plain_rules import rules
from cxlab.models.segments.space import Space, read_again

NATURAL, REPRODUCIBLE, CONSTRUCTIVE = "natural", "reproducible", "constructive"


@dataclass(frozen=True)
class Segments:
    """Customers in segments, and how real these are.

    labels: the segment's name by customer, index as given. grade: natural, reproducible or constructive. profile: one
    row a segment, the one worth most first: segment, customers, share, stability (how well it is found again, 0-1), and
    the mean of every number and flag. differences: every feature and level by segment, with interval. tried: every
    algorithm and k with its stability. algorithm, k, stability: those chosen; depth: of the shallowest valley between
    two segments (1 no valley, 0 nobody in between), not a number where nothing suggested one. kept_from_before:
    whether the borders are those of `previous`. agreement: adjusted Rand index of the borders carried over and of
    those that would be drawn today. order: what the segments are ordered by. remarks: sentences on the data.
    """

    labels: pd.Series
    grade: str
    profile: pd.DataFrame
    differences: pd.DataFrame
    tried: pd.DataFrame
    algorithm: str
    k: int
    stability: float
    depth: float
    order: str
    features: pd.DataFrame
    meaning: Mapping[str, str]
    families: Mapping[str, str]
    units: Mapping[str, str]
    seed: int
    remarks: list[str] = field(default_factory=list)
    set_aside: pd.DataFrame = field(default_factory=pd.DataFrame)
    kept_from_before: bool = False
    agreement: float = np.nan
    borders: tuple[Space, Rule, tuple[str, ...]] | None = field(default=None, repr=False, compare=False)

    @property
    def names(self) -> list[str]:
        """The segments' names, in order."""
        return self.profile["segment"].tolist()

    def why(self) -> list[str]:
        """The grade in words, sentence by sentence."""
        said: list[str] = []
        best = f"{self.stability:.2f}"
        if self.grade == NATURAL:
            said.append(
                f"Between any two segments the customers are at most {100 * self.depth:.0f} % as dense as in the "
                f"thinner of the two (a gap is {100 * GAP:.0f} % or less, and deeper than clouds without gaps show)."
            )
        said.append(
            f"Drawn again from other customers like these, the groups agree to {best} of 1 (0 is chance; from "
            f"{REPEATS:.2f} we say that they repeat)."
        )
        if self.grade == CONSTRUCTIVE:
            said.append(
                "So there are no real segments here: customers differ by degree, and the groups are a cut that we "
                "made. Use them as a way to speak of many customers at once, never as kinds of people."
            )
        return said

    def distinguishing(self, most: int = 12) -> pd.DataFrame:
        """feature, level: what sets the segments apart most, none nearly the same as one before it."""
        return distinguishing(self.differences, understand(self.features, "segments"), most)

    @cached_property
    def _rules(self) -> tuple[pd.DataFrame, float]:
        if self.k < 2:
            return pd.DataFrame(columns=["segment", "rule", "customers", "right"]), np.nan
        found, right = rules(self.features, self.labels, self.meaning, self.units, self.seed)
        place = {name: at for at, name in enumerate(self.names)}
        found = found.sort_values("segment", key=lambda column: column.map(place), kind="stable")
        return found.reset_index(drop=True), right

    @property
    def rules(self) -> pd.DataFrame:
        """A rule a person can apply: segment, rule (at most three conditions), customers, right (share of them)."""
        return self._rules[0]

    @property
    def right(self) -> float:
        """The share of customers that the rule puts right, tried on others than it was learned from."""
        return self._rules[1]

    def assign(self, features: Any) -> pd.Series:
        """The segment of other customers, or of these at another time, by the same borders. Raises ParameterError."""
        features = getattr(features, "frame", features)
        space, rule, names = self.borders
        x, _ = space.of(read_again(space, features, "assign"))
        return pd.Series(np.array(names, dtype=object)[rule(x)], index=features.index, name="segment")
