"""Employees: small groups are pooled, and nobody can subtract their way back to them; teams against customers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import TableError
from cxlab.kpis.people import engagement, enps
from cxlab.kpis.people_link import engagement_link
from cxlab.periods import Period

Q3 = Period.of("2026-Q3")
POOLED = "small groups together"


def staff(sizes: dict[str, int], score: float = 9.0, survey: str = "enps") -> pd.DataFrame:
    rows = [(f"{team}{place}", team) for team, size in sizes.items() for place in range(size)]
    return pd.DataFrame(rows, columns=["respondent_id", "team"]).assign(
        response_id=lambda frame: frame["respondent_id"],
        survey=survey,
        answered_at=pd.Timestamp("2026-08-10"),
        score=score,
        scale_low=0.0 if survey == "enps" else 1.0,
        scale_high=10.0 if survey == "enps" else 5.0,
    )


def test_enps_by_hand() -> None:
    """Six promoters, two passives, two detractors of ten."""
    rows = staff({"Ash": 10}).assign(score=[10, 9, 9, 10, 9, 10, 7, 8, 6, 0])
    assert enps(rows, Q3)["value"][0] == pytest.approx(40) and enps(rows, Q3)["n"][0] == 10
    five_points = rows.assign(score=4.0, scale_low=1.0, scale_high=5.0)
    with pytest.raises(TableError, match="0-10"):
        enps(five_points, Q3)


def test_one_small_group_takes_the_next_smallest_along() -> None:
    """Bay alone could be had by subtraction from the company's ten plus; Elm, the next smallest, is pooled with it."""
    frame = enps(staff({"Ash": 20, "Bay": 3, "Elm": 7, "Oak": 12}), Q3, "team")
    assert frame.set_index("team")["n"].to_dict() == {"Ash": 20, "Oak": 12, POOLED: 10}
    assert enps(staff({"Ash": 20, "Bay": 3, "Elm": 2}), Q3, "team").set_index("team")["n"].to_dict() == {
        "Ash": 20,
        POOLED: 5,
    }


@pytest.mark.parametrize("seed", range(40))
def test_no_group_below_the_floor_can_be_worked_out(seed: int) -> None:
    """Random teams, by team and by team and place: what is shown and what is not both hold five people or more."""
    rng = np.random.default_rng(seed)
    sizes = {f"t{place}": int(size) for place, size in enumerate(rng.integers(1, 14, rng.integers(2, 8)))}
    rows = staff(sizes)
    rows["place"] = rng.choice(["Oslo", "Lyon"], len(rows))
    whole = enps(rows, Q3)["n"][0]
    for by in ("team", ("team", "place")):
        frame = enps(rows, Q3, by)
        shown = frame[frame["value"].notna()]
        assert (shown["n"] >= 5).all()
        assert frame["n"].sum() == whole
        hidden = whole - shown["n"].sum()
        assert hidden == 0 or hidden >= 5 or whole < 5 or shown.empty
    # A team's own total is known from the coarser table: what the finer one leaves of it is nobody or five and more.
    by_team = enps(rows, Q3, "team").set_index("team")["n"]
    finer = enps(rows, Q3, ("team", "place"))
    for team, total in by_team.items():
        if team != POOLED:
            rest = (
                total
                - finer.loc[(finer["team"] == team) & (finer["place"] != POOLED) & finer["value"].notna(), "n"].sum()
            )
            assert rest == 0 or rest >= 5


def test_engagement_is_the_share_of_fours_and_fives_by_statement() -> None:
    rows = pd.concat(
        [
            staff({"Ash": 8}, survey="engagement").assign(item="tools", score=[1, 2, 3, 4, 5, 4, 2, 1]),
            staff({"Ash": 8}, survey="engagement").assign(item="purpose", score=5.0),
        ]
    )
    frame = engagement(rows, Q3, "item").set_index("item")
    assert frame["value"].to_dict() == {"purpose": 1.0, "tools": pytest.approx(3 / 8)}
    assert engagement(rows, Q3)["value"][0] == pytest.approx(11 / 16)


@pytest.mark.parametrize(("sign", "verdict"), [(1, "go together"), (-1, "go opposite ways")])
def test_teams_against_their_customers(sign: int, verdict: str) -> None:
    rng = np.random.default_rng(5)
    parts = []
    for place in range(12):
        happy = 0.1 + 0.07 * place
        pleased = happy if sign > 0 else 1 - happy
        for survey, share in (("enps", happy), ("nps", pleased)):
            scores = np.where(np.arange(60) < 60 * share, 10.0, 3.0)
            parts.append(staff({f"t{place:02}": 60}, score=rng.permutation(scores)).assign(survey=survey))
    row = engagement_link(pd.concat(parts), Q3).iloc[0]
    assert row["teams"] == 12 and row["verdict"] == verdict and "Teams are compared" in row["warning"]
