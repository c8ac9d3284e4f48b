"""Before and after among the same people: by hand, against scipy, and what the drop-outs would have hidden."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlab.errors import ParameterError
from cxlab.kpis.moments import moments_table, role_gap
from cxlab.kpis.paired import paired_change
from cxlab.kpis.reputation import review_gap, review_rating
from cxlab.periods import Period

Q3 = Period.of("2026-Q3")


def asked(before: list[float], after: list[float | None]) -> pd.DataFrame:
    rows = [(f"p{place}", "pre", "2026-07-05", score) for place, score in enumerate(before)]
    rows += [(f"p{place}", "post", "2026-08-05", score) for place, score in enumerate(after) if score is not None]
    frame = pd.DataFrame(rows, columns=["respondent_id", "phase", "answered_at", "score"])
    frame["answered_at"] = pd.to_datetime(frame["answered_at"]).astype("datetime64[us]")
    return frame.assign(survey="csat", scale_low=1.0, scale_high=5.0, response_id=[f"r{n}" for n in range(len(frame))])


def test_the_same_people_before_and_after_by_hand() -> None:
    """Of four pairs one rose from 2 to 5, the others stayed; a fifth person, unhappy, never answered again."""
    row = paired_change(asked([2, 5, 4, 1, 1], [5, 5, 4, 1, None]), Q3).iloc[0]
    assert row["pairs"] == 4 and row["pre_only"] == 1 and row["post_only"] == 0
    assert row["pre"] == 0.5 and row["post"] == 0.75 and row["change"] == 0.25
    assert row["pre_of_others"] == 0


def test_the_interval_is_students_for_pairs() -> None:
    rng = np.random.default_rng(3)
    before = rng.choice([1.0, 2, 4, 5], 400)
    after = np.where(rng.uniform(size=400) < 0.4, 5.0, before)
    row = paired_change(asked(before.tolist(), after.tolist()), Q3).iloc[0]
    student = stats.ttest_rel((after >= 4).astype(float), (before >= 4).astype(float)).confidence_interval()
    assert row["low"] == pytest.approx(student.low, abs=0.01) and row["high"] == pytest.approx(student.high, abs=0.01)
    assert row["verdict"] == "moved up"


def test_answers_of_the_same_survey_without_a_phase_are_another_question() -> None:
    rows = asked([2, 5, 4, 1], [5, 5, 4, 1]).assign(kind="transactional")
    others = rows.assign(phase=None, kind="relational", response_id=[f"x{n}" for n in range(len(rows))])
    assert paired_change(pd.concat([rows, others]), Q3)["pairs"][0] == 4


# --- moments, roles -------------------------------------------------------------------------------------------------
def heard() -> pd.DataFrame:
    rows = []
    for moment, good, bad in (("start", 90, 10), ("end", 30, 30)):
        for month in ("05", "08"):
            rows += [(moment, f"2026-{month}-10", 5.0)] * good + [(moment, f"2026-{month}-10", 2.0)] * bad
            rows += [(moment, None, None)] * 60
    frame = pd.DataFrame(rows, columns=["moment", "answered_at", "score"])
    frame["answered_at"] = pd.to_datetime(frame["answered_at"]).astype("datetime64[us]")
    sent = frame["answered_at"].fillna(pd.Timestamp("2026-08-01"))
    return frame.assign(
        sent_at=sent.astype("datetime64[us]"), survey="csat", scale_low=1.0, scale_high=5.0, kind="transactional"
    ).assign(response_id=[f"r{n}" for n in range(len(frame))], role="IT")


def test_moments_stand_in_order_and_priority_is_volume_times_gap() -> None:
    table = moments_table(heard(), Q3, order=["start", "end"]).set_index("moment")
    assert table.index.tolist() == ["start", "end"]
    assert table["n"].to_dict() == {"start": 100, "end": 60}
    assert table["value"].to_dict() == {"start": 0.9, "end": 0.5}
    assert table.loc["end", "gap"] == pytest.approx(0.4) and table.loc["start", "priority"] == 0
    assert table.loc["end", "priority"] == pytest.approx(0.4 * table.loc["end", "invited"])
    assert (table["change"] == 0).all() and set(table["verdict"]) <= {"flat", "cannot tell"}


def test_buyers_and_users_apart() -> None:
    rows = heard().dropna(subset=["score"]).assign(survey="nps", scale_low=0.0, scale_high=10.0, kind="relational")
    rows["role"] = np.where(rows["moment"] == "start", "CFO", "Operator")
    rows["score"] = np.where(rows["score"] == 5, 10.0, 0.0)
    row = role_gap(rows, Q3, buyer="CFO", user=["Operator"]).iloc[0]
    assert row["buyer"] == 80 and row["user"] == 0 and row["difference"] == 80 and row["verdict"] == "higher"


# --- reputation -----------------------------------------------------------------------------------------------------
def reviews() -> pd.DataFrame:
    stars = (
        heard()
        .dropna(subset=["score"])
        .iloc[:40]
        .assign(
            survey="review",
            score=[5.0, 4, 3, 2] * 10,
            location=["Oslo"] * 20 + ["Lyon"] * 20,
            employee="E-1",
            kind=None,
        )
    )
    return stars.assign(answered_at=pd.Timestamp("2026-08-10"))


def test_stars_are_a_mean_and_no_person_is_rated_unasked() -> None:
    row = review_rating(reviews(), Q3).iloc[0]
    assert row["value"] == 3.5 and 1 <= row["low"] < 3.5 < row["high"] <= 5
    assert review_rating(reviews(), Q3, "location")["n"].tolist() == [20, 20]
    with pytest.raises(ParameterError, match="people=True"):
        review_rating(reviews(), Q3, "employee")
    assert review_rating(reviews(), Q3, "employee", people=True)["n"].tolist() == [40]


def test_public_reviews_against_our_own_survey() -> None:
    both = pd.concat([reviews(), heard()])
    row = review_gap(both, Q3, ()).iloc[0]
    assert row["review"] == 0.5 and row["survey"] == pytest.approx(120 / 160)
    assert row["difference"] == pytest.approx(-0.25) and row["verdict"] == "lower"


def test_agresti_and_min_by_hand() -> None:
    """Ten pairs, four up and one down: half a pair at either end gives mean 3/11 and squares 6/11 of eleven."""
    row = paired_change(asked([1] * 4 + [5] + [5] * 5, [5] * 4 + [1] + [5] * 5), Q3).iloc[0]
    error = np.sqrt((6 / 11 - (3 / 11) ** 2) / 10)
    assert row["change"] == pytest.approx(0.3)
    assert row["low"] == pytest.approx(3 / 11 - stats.t.ppf(0.975, 9) * error)
    assert row["high"] == pytest.approx(3 / 11 + stats.t.ppf(0.975, 9) * error)


def test_only_the_first_answer_of_each_phase_and_only_afterwards() -> None:
    """A post before its pre is no pair's; a second post changes nothing; one without person or phase is set aside."""
    rows = asked([1, 1, 5], [5, 5, None])
    early = rows.iloc[[3]].assign(respondent_id="p2", answered_at=pd.Timestamp("2026-07-01"), score=1.0)
    again = rows.iloc[[3]].assign(answered_at=pd.Timestamp("2026-09-01"), score=1.0)
    lost = rows.iloc[[0]].assign(respondent_id=None)
    row = paired_change(pd.concat([rows, early, again, lost]), Q3).iloc[0]
    assert row["pairs"] == 2 and row["change"] == 1 and row["pre_only"] == 1 and row["set_aside"] == 1


def test_young_first_answers_wait_for_the_second() -> None:
    """Thirty days: the pre of September has not had them by the last answer, the post after 31 days is too late."""
    rows = asked([1, 1, 1], [5, None, None])
    later = rows.iloc[[0, 0]].assign(
        respondent_id=["p8", "p9"], answered_at=pd.to_datetime(["2026-09-01", "2026-07-09"])
    )
    row = paired_change(pd.concat([rows, later]), Q3, within_days=30).iloc[0]
    assert row["pairs"] == 0 and row["pre_only"] == 4
    assert paired_change(pd.concat([rows, later]), Q3, within_days=31)["pairs"][0] == 1
    with pytest.raises(ParameterError, match="within_days is 0"):
        paired_change(rows, Q3, within_days=0)
    with pytest.raises(ParameterError, match="'ncs' is not a known survey"):
        paired_change(rows, Q3, survey="ncs")


def test_net_scores_change_in_points_by_group() -> None:
    rows = asked([0, 9, 9, 7], [9, 9, 0, 7]).assign(survey="nps", scale_low=0.0, scale_high=10.0)
    rows["region"] = rows["respondent_id"].map({"p0": "N", "p1": "N", "p2": "S", "p3": "S"})
    frame = paired_change(rows, Q3, by="region", survey="nps").set_index("region")
    assert frame["change"].to_dict() == {"N": 100, "S": -100} and frame["pre"].to_dict() == {"N": 0, "S": 50}


def test_a_fall_of_more_than_a_hundred_points_has_both_limits() -> None:
    """Eight of ten go from promoter to detractor: -160 points, which one group's NPS cannot fall below -100 by."""
    rows = asked([10] * 10, [0] * 8 + [10] * 2).assign(survey="nps", scale_low=0.0, scale_high=10.0)
    row = paired_change(rows, Q3, survey="nps").iloc[0]
    assert row["change"] == -160 and -200 <= row["low"] < -160 < row["high"] < -50
    rise = paired_change(
        asked([0] * 10, [10] * 8 + [0] * 2).assign(survey="nps", scale_low=0.0, scale_high=10.0), Q3, survey="nps"
    ).iloc[0]
    assert (rise["low"], rise["high"]) == pytest.approx((-row["high"], -row["low"]))


def test_who_stayed_is_set_against_who_left() -> None:
    """Of a hundred happy ones ninety answer again, of a hundred unhappy ones ten: pairs were better off all along."""
    before = [5.0] * 100 + [1.0] * 100
    after = [5.0] * 90 + [None] * 10 + [1.0] * 10 + [None] * 90
    row = paired_change(asked(before, after), Q3).iloc[0]
    assert row["attrition"] == "higher" and row["difference"] == pytest.approx(0.8)
    assert row["pre_only"] == 100 and row["change"] == 0


@pytest.mark.slow
def test_coverage_of_the_paired_interval() -> None:
    """Ten to a hundred pairs, most of them unchanged, heaped at the top: Student's t alone covers 73 % of twenty."""
    rng = np.random.default_rng(1)
    for n in (10, 20, 40, 100):
        before = rng.choice([1.0, 5.0], (150, n), p=[0.15, 0.85])
        after = np.where(rng.random((150, n)) < 0.5, before, rng.choice([1.0, 5.0], (150, n), p=[0.15, 0.85]))
        rows = []
        for place in range(150):
            part = asked(before[place].tolist(), after[place].tolist())
            rows.append(part.assign(respondent_id=part["respondent_id"] + f"-{place}", team=place))
        frame = paired_change(pd.concat(rows), Q3, by="team")
        hits = (frame["low"] <= 0) & (frame["high"] >= 0)
        assert len(frame) == 150 and hits.mean() > 0.93


def test_employees_are_paired_for_the_whole_company_or_not_at_all() -> None:
    """By team a pair would be a person. Twelve pairs are shown; a thirteenth who left would be the total less them."""
    rows = asked([9.0] * 6 + [0.0] * 6, [9.0] * 12).assign(survey="enps", scale_low=0.0, scale_high=10.0, team="Ash")
    row = paired_change(rows, Q3, survey="enps").iloc[0]
    assert row["pairs"] == 12 and row["change"] == 100
    with pytest.raises(ParameterError, match="small groups would be given away"):
        paired_change(rows, Q3, "team", survey="enps")
    for few in (asked([9.0] * 13, [9.0] * 12 + [None]), asked([9.0] * 4, [9.0] * 4)):
        few = few.assign(survey="enps", scale_low=0.0, scale_high=10.0)
        row = paired_change(few, Q3, survey="enps").iloc[0]
        assert row["pairs"] in (4, 12) and row["verdict"] == row["attrition"] == "cannot tell"
        assert row[["pre", "post", "change", "low", "high", "p", "pre_of_others", "difference"]].isna().all()
        assert paired_change(few, Q3, survey="enps", floor=1)["change"][0] == 0
