"""Success, effort and emotion by hand, what they refuse, and their mean."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import TableError
from cxlab.kpis.net_scores import effort, emotion, experience_rating, success
from cxlab.kpis.survey import nps
from cxlab.periods import Period

Q3 = Period.of("2026-Q3")


def answers(survey: str, scores: list[float], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"survey": survey, "score": scores, "answered_at": pd.Timestamp("2026-08-01")}).assign(
        **columns
    )


@pytest.mark.parametrize("kpi", [success, effort, emotion])
def test_ledger(kpi) -> None:
    """6, 7, 7, 6, 7 are good, 4 and 5 neither, 1, 2, 3 bad: (5 - 3) / 10 = 20 points, as for NPS with such shares."""
    rows = answers(kpi.__name__, [6, 7, 7, 6, 7, 4, 5, 1, 2, 3] * 10)
    frame = kpi(rows, Q3)
    assert frame["value"][0] == pytest.approx(20) and frame["n"][0] == 100 and frame["kpi"][0] == kpi.__name__
    alike = nps(answers("nps", [9, 9, 10, 9, 9, 7, 8, 1, 2, 3] * 10), Q3)
    pd.testing.assert_frame_equal(frame.drop(columns="kpi"), alike.drop(columns="kpi"))


def test_below_a_hundred_answers_a_remark() -> None:
    rows = answers("success", [7] * 99, team="Ash")
    with pytest.warns(UserWarning, match="rests on 99 answers"):
        success(rows, Q3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        success(rows, Q3, by="team")  # groups are smaller by nature
        success(answers("success", [7] * 100), Q3)
        success(rows, Period.of("2026-Q2"))


def test_only_seven_points() -> None:
    with pytest.raises(TableError, match="effort was asked on a 1-5 scale; it is defined for 1-7 only"):
        effort(answers("effort", [5, 4], scale_low=1.0, scale_high=5.0), Q3)
    with pytest.raises(TableError, match="found scores from 7 to 9"):
        effort(answers("effort", [7, 9]), Q3)
    with pytest.raises(TableError, match="different scales"):
        both = [answers("emotion", [5], scale_low=1.0, scale_high=high) for high in (5.0, 7.0)]
        emotion(pd.concat(both), Q3)


@pytest.mark.parametrize("column, values", [("kind", ["relational", "transactional"]), ("series", ["old", "new"])])
def test_what_is_not_pooled(column: str, values: list[str]) -> None:
    rows = answers("emotion", [7, 1], **{column: values})
    with pytest.raises(TableError, match="emotion would"):
        emotion(rows, Q3)
    assert len(emotion(rows, Q3, by=column)) == 2


@pytest.mark.filterwarnings("ignore:.* rests on")
def test_experience_rating_is_the_mean_of_the_three() -> None:
    """Success 100, effort 0, emotion -50: 16.7 in all; a group without emotion has none."""
    rows = pd.concat(
        [answers("success", [7] * 4), answers("effort", [7, 1]), answers("emotion", [4, 1]), answers("success", [6])],
        ignore_index=True,
    ).assign(team=["a"] * 8 + ["b"])
    frame = experience_rating(rows, Q3).set_index("kpi")
    assert frame["value"].to_dict() == pytest.approx(
        {"success": 100, "effort": 0, "emotion": -50, "experience rating": 50 / 3}
    )
    three = frame.drop("experience rating")
    assert frame.loc["experience rating", "low"] == pytest.approx(three["low"].mean())
    assert frame.loc["experience rating", "n"] == 2
    grouped = experience_rating(rows, Q3, by="team")
    overall = grouped[grouped["kpi"] == "experience rating"].set_index("team")["value"]
    assert overall["a"] == pytest.approx(50 / 3) and np.isnan(overall["b"])


@pytest.mark.parametrize("alike, least", [(True, 0.94), (False, 0.98)])
def test_the_mean_covers_however_the_three_go_together(alike: bool, least: float) -> None:
    """A thousand surveys of eighty people, whose three answers are one and the same draw, or three."""
    rng, nets = np.random.default_rng(5), {"success": 0.3, "effort": 0.2, "emotion": 0.1}
    survey = np.repeat(np.arange(1000), 80)
    one = rng.random(80_000)
    parts = []
    for name, net in nets.items():
        draw = one if alike else rng.random(80_000)
        scores = np.where(draw < 0.4, 7.0, np.where(draw < 0.6 + net, 4.0, 1.0))
        parts.append(answers(name, list(scores), place=survey))
    frame = experience_rating(pd.concat(parts, ignore_index=True), Q3, by="place").iloc[-1000:]
    assert set(frame["kpi"]) == {"experience rating"}
    covered = (frame["low"] <= 20) & (frame["high"] >= 20)
    assert covered.mean() > least
