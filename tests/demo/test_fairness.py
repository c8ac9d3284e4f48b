"""Which teams of the sample company truly differ comes back, and what nothing was done to does not move."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlab as cx
from cxlab.demo import truths

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def answers(nps: pd.DataFrame) -> pd.DataFrame:
    """Answers of all quarters as canonical rows."""
    rows = nps[nps["score"].notna()]
    return pd.DataFrame(
        {
            "survey": "nps",
            "customer_id": rows["AccountId"],
            "answered_at": rows["answered_at"],
            "score": rows["score"],
            "team": rows["Team"],
            "segment": rows["Segment"],
        }
    )


def test_the_two_teams_that_differ_and_no_other(answers: pd.DataFrame) -> None:
    """Twelve quarters together: teams of some 5,600 answers down to a hundred."""
    table = cx.league(cx.nps(answers, by="team", cluster="customer_id")).set_index("team")
    told = {team: tier for team, tier in table["tier"].items() if tier != "cannot tell"}
    planted = {team: "clearly above" if effect > 0 else "clearly below" for team, effect in truths.TEAM_EFFECT.items()}
    assert told == planted
    assert (table["rank_low"] <= table["rank"]).all() and (table["rank"] <= table["rank_high"]).all()


def test_what_nothing_was_done_to_does_not_move(answers: pd.DataFrame) -> None:
    """The public sector is exactly flat throughout: eleven changes, each quarter against the one before."""
    public = answers[answers["segment"] == "Public Sector"]
    frames = [cx.nps(public, cx.Period.of(quarter), cluster="customer_id") for quarter in truths.QUARTERS]
    changes = [cx.compare(now, before) for before, now in zip(frames, frames[1:], strict=False)]
    assert not any(change["verdict"].str.startswith("moved").any() for change in changes)


def test_no_team_improved_more_than_the_others(answers: pd.DataFrame) -> None:
    """What rose in the last quarter rose by segment, not by team."""
    now, before = (
        cx.nps(answers, cx.Period.of(quarter), "team", cluster="customer_id") for quarter in truths.QUARTERS[:-3:-1]
    )
    assert "No group can be singled out" in cx.improvement_sentence(cx.most_improved(now, before))
