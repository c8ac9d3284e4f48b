"""Public reviews: stars by hand, beside our own survey, and against statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.weightstats import DescrStatsW

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.reputation import review_gap, review_rating
from cxlab.periods import Period

Q3 = Period.of("2026-Q3")


def answers(survey: str, scores: list[float], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"survey": survey, "score": scores, "answered_at": pd.Timestamp("2026-08-01")}).assign(
        **columns
    )


def test_mean_of_stars_with_half_a_review_at_either_end() -> None:
    """5, 4, 4, 3: mean 4. The interval is that of the four and of half a one-star and half a five-star review."""
    row = review_rating(answers("review", [5, 4, 4, 3]), Q3).iloc[0]
    assert row["value"] == 4 and row["n"] == row["n_eff"] == 4
    centre, squares = 19 / 5, (25 + 16 + 16 + 9 + 13) / 5
    reach = 3.182446305284263 * np.sqrt((squares - centre**2) / 4)  # Student's t, three degrees of freedom
    assert row["low"] == pytest.approx(centre - reach) and row["high"] == 5.0


def test_interval_is_that_of_a_mean_once_reviews_are_many() -> None:
    stars = np.random.default_rng(0).choice([1.0, 2, 3, 4, 5], 4000, p=[0.1, 0.1, 0.2, 0.3, 0.3])
    row = review_rating(answers("review", stars.tolist()), Q3).iloc[0]
    assert (row["low"], row["high"]) == pytest.approx(DescrStatsW(stars).tconfint_mean(), abs=1e-3)


def test_nothing_but_stars_within_the_scale() -> None:
    all_five = review_rating(answers("review", [5] * 6), Q3).iloc[0]
    assert all_five["value"] == all_five["high"] == 5 and 1 < all_five["low"] < 5
    with pytest.raises(TableError, match="review_rating was asked on a 1-10 scale; it is defined for 1-5 only"):
        review_rating(answers("review", [9], scale_low=1.0, scale_high=10.0), Q3)
    with pytest.raises(TableError, match="found scores from 0 to 5"):
        review_rating(answers("review", [0, 5]), Q3)
    other = pd.concat([answers("review", [2, 4]), answers("csat", [1])])
    assert review_rating(other, Q3)["value"][0] == 3


@pytest.mark.parametrize("kpi", [review_rating, review_gap])
@pytest.mark.parametrize("by", ["employee", "Agent", ("location", "employee")])
def test_no_single_person_is_rated_unless_said_so(kpi, by) -> None:
    rows = answers("review", [5, 1], location="Oslo").assign(employee="E-1", Agent="E-1")
    rows = pd.concat([rows, rows.assign(survey="csat")])
    with pytest.raises(ParameterError, match="rate single persons.*people=True"):
        kpi(rows, Q3, by)
    assert len(kpi(rows, Q3, by, people=True)) == 1


def test_gap_by_location_keeps_places_that_one_side_lacks() -> None:
    """Oslo: 3 of 4 reviews have four or five stars, 1 of 2 answers is satisfied. Lyon has reviews only, Porto answers
    only."""
    rows = pd.concat(
        [
            answers("review", [5, 4, 4, 1], location="Oslo"),
            answers("review", [1, 2], location="Lyon"),
            answers("csat", [4, 3], location="Oslo"),
            answers("csat", [5], location="Porto"),
        ]
    )
    frame = review_gap(rows, Q3).set_index("location")
    assert frame.index.tolist() == ["Lyon", "Oslo", "Porto"]
    assert frame.loc["Oslo", ["review", "survey", "difference"]].tolist() == [0.75, 0.5, 0.25]
    assert frame["review_n"].to_dict() == {"Lyon": 2, "Oslo": 4, "Porto": 0}
    assert frame["survey_n"].to_dict() == {"Lyon": 0, "Oslo": 2, "Porto": 1}
    assert frame["difference"].isna().to_dict() == {"Lyon": True, "Oslo": False, "Porto": True}
    assert set(frame["verdict"]) == {"cannot tell"}


@pytest.mark.parametrize("good", [(240, 180), (390, 370), (150, 290), (200, 195)])
def test_gap_is_newcombes_interval_as_statsmodels_has_it(good: tuple[int, int]) -> None:
    reviews, ours = ([5.0] * hits + [1.0] * (400 - hits) for hits in good)
    row = review_gap(pd.concat([answers("review", reviews), answers("csat", ours)]), Q3, ()).iloc[0]
    limits = confint_proportions_2indep(good[0], 400, good[1], 400, method="newcomb", compare="diff")
    assert row["difference"] == pytest.approx((good[0] - good[1]) / 400)
    # Student's quantile instead of the normal one widens it by a fiftieth of a point here.
    assert (row["difference_low"], row["difference_high"]) == pytest.approx(limits, abs=4e-4)
    assert row["verdict"] == ("higher" if limits[0] > 0 else "lower" if limits[1] < 0 else "cannot tell")


def test_alike_needs_an_interval_within_two_points() -> None:
    many = [5.0] * 9000 + [1.0] * 1000
    rows = pd.concat([answers("review", many), answers("csat", many)])
    assert review_gap(rows, Q3, ())["verdict"][0] == "alike"
    assert review_gap(rows.iloc[::100], Q3, ())["verdict"][0] == "cannot tell"
