"""Verdicts on surveys, reconsidered in the light of who did not answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.kpis.answering import WhoAnswers
from cxlab.kpis.dictionary import definition
from cxlab.kpis.silence import downgrade, who_answers
from cxlab.periods import Period
from cxlab.stats.comparisons import MOVED_DOWN, MOVED_UP, groups_of


def reconsidered(
    changes: Sequence[pd.DataFrame],
    tables: Mapping[str, Any],
    period: Period,
    kinds: Mapping[str, str | None],
    scores: Mapping[str, Mapping[str, Any]],
    as_of: dt.datetime | None = None,
) -> tuple[list[pd.DataFrame], dict[str, WhoAnswers], list[str]]:
    """The change frames with "cannot tell" where silence could have made a move; who answered, survey by survey; and
    remarks that say what was taken back.

    `kinds` maps each survey to be looked at to the kind that the scorecard shows (None: all). Looked at is the first
    of them, and every one of which some change moved: the others have nothing that could be taken back. A survey whose
    silent customers the tables do not know is left as it is.
    """
    moved = {kpi for frame in changes for kpi in frame.loc[frame["verdict"].isin((MOVED_UP, MOVED_DOWN)), "kpi"]}
    answers: dict[str, WhoAnswers] = {}
    for place, survey in enumerate(kinds):
        if place and survey not in moved:
            continue
        try:
            top = scores.get(survey, {}).get("top")
            answers[survey] = who_answers(tables, period, survey, kinds[survey], top=top, as_of=as_of)
        except CxlabError:
            continue
    judged = [downgrade(frame, list(answers.values())) for frame in changes]
    remarks = [
        _remark(row, groups_of(frame.drop(columns="why")))
        for frame in judged
        for _, row in frame[frame["why"] != ""].iterrows()
    ]
    return [frame.drop(columns="why") for frame in judged], answers, remarks


def _remark(row: pd.Series, groups: Sequence[str]) -> str:
    name = definition(row["kpi"]).name
    where = ", ".join(str(row[group]) for group in groups if row[group] != "all")
    return (
        f"{name}{f', {where}' if where else ''}: the change since {row['before']} is not counted as one, {row['why']}."
    )
