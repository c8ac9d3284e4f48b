"""How the answers to a survey's question are counted: as a net score or as a share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError


@dataclass(frozen=True)
class Question:
    """How a survey's answers are counted: lowest good code, highest bad one (None: the result is a share), scales."""

    survey: str
    good: float
    bad: float | None
    scales: tuple[tuple[float, float], ...]
    own_top: bool = False

    @property
    def unit(self) -> str:
        """ "points" for net scores, else "share"."""
        return "share" if self.bad is None else "points"

    def coded(self, score: pd.Series) -> np.ndarray:
        """1 good, -1 bad, 0 else, and for the silent."""
        good = (score >= self.good).to_numpy(float)
        return good if self.bad is None else good - (score <= self.bad).to_numpy(float)


_QUESTIONS = {
    question.survey: question
    for question in (
        Question("nps", 9, 6, ((0.0, 10.0), (1.0, 10.0))),
        Question("enps", 9, 6, ((0.0, 10.0),)),
        *(Question(survey, 6, 3, ((1.0, 7.0),)) for survey in ("success", "effort", "emotion")),
        Question("csat", 4, None, ((1.0, 5.0),)),
        Question("ces", 5, None, ((1.0, 7.0),)),
    )
}


def question(survey: str, top: float | None = None) -> Question:
    """How that survey is counted, `top` being the lowest good code of a share where the company deviates."""
    if survey not in _QUESTIONS:
        raise ParameterError.unknown("survey that who_answers can count", survey, _QUESTIONS)
    asked = _QUESTIONS[survey]
    if top is None:
        return asked
    if asked.bad is not None:
        raise ParameterError(f"top is for shares; {survey} is a net score with classes of its own.")
    return Question(survey, top, None, asked.scales, own_top=True)


def scale_of_unit(unit: str) -> tuple[float, float]:
    """Ends of the result's scale."""
    return (-100.0, 100.0) if unit == "points" else (0.0, 1.0)
