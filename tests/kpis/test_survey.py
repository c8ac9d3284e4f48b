"""NPS, CSAT, CES and response rate by hand ledgers, and what they refuse."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import pearsonr
from statsmodels.stats.proportion import proportion_confint

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.direction import direction
from cxlab.kpis.survey import ces, csat, nps, response_rate, series_of
from cxlab.periods import Period

Q3 = Period.of("2026-Q3")


def answers(survey: str, scores: list[float], when: str = "2026-08-01", **columns: object) -> pd.DataFrame:
    rows = pd.DataFrame({"survey": survey, "score": scores, "answered_at": pd.Timestamp(when)})
    return rows.assign(**columns)


def value(frame: pd.DataFrame) -> float:
    return float(frame["value"].iloc[0])


# 4 promoters (9, 10, 10, 9), 3 passives (7, 8, 8), 3 detractors (0, 6, 6) of ten.
LEDGER = [9, 10, 10, 9, 7, 8, 8, 0, 6, 6]


def test_nps_ledger() -> None:
    """(4 - 3) / 10 = 10 points. n* = 13, P* = 4.75, D* = 3.75: centre 1/13, variance 8.5/13 - 1/169."""
    frame = nps(answers("nps", LEDGER), Q3)
    centre, half = 1 / 13, 1.959963984540054 * np.sqrt((8.5 / 13 - 1 / 169) / 13)
    assert value(frame) == pytest.approx(10)
    assert frame["n"][0] == 10 and frame["n_eff"][0] == 10
    assert frame["low"][0] == pytest.approx(100 * (centre - half), abs=1e-9)
    assert frame["high"][0] == pytest.approx(100 * (centre + half), abs=1e-9)


def test_weighted_nps_ledger() -> None:
    """Promoters weigh 2, the others 1: (4*2 - 3) / (4*2 + 6) = 5/14."""
    weight = [2 if score >= 9 else 1 for score in LEDGER]
    frame = nps(answers("nps", LEDGER, weight=weight), Q3, weight="weight")
    assert value(frame) == pytest.approx(100 * 5 / 14)
    assert frame["n"][0] == 10 and frame["n_eff"][0] <= 14**2 / (4 * 4 + 6)


def test_nps_counts_answers_of_the_period_only() -> None:
    """Included: the first instant. Not: the first instant after, other surveys, invitations without answer or score."""
    rows = pd.concat(
        [
            answers("nps", [10], "2026-07-01 00:00"),
            answers("nps", [0], "2026-10-01 00:00"),
            answers("csat", [1]),
            answers("nps", [np.nan]),
            answers("nps", [9], "2026-09-30 23:59:59"),
        ]
    )
    rows.loc[len(rows)] = ["nps", 0.0, pd.NaT]
    frame = nps(rows, Q3)
    assert value(frame) == 100 and frame["n"][0] == 2


def test_nps_on_one_to_ten_is_counted_with_a_remark() -> None:
    rows = answers("nps", [1, 7, 9, 10], scale_low=1.0, scale_high=10.0)
    with pytest.warns(UserWarning, match="1-10 scale"):
        assert value(nps(rows, Q3)) == 25


def test_nps_on_another_scale_is_refused() -> None:
    with pytest.raises(TableError, match="1-5 scale; it is defined for 0-10"):
        nps(answers("nps", [1, 5], scale_low=1.0, scale_high=5.0), Q3)


@pytest.mark.parametrize(
    "kpi, survey, scores, code", [(nps, "nps", [9, 10, 11], 11), (csat, "csat", [5, 4, 8], 8), (ces, "ces", [5, 0], 0)]
)
def test_codes_that_are_no_answers_are_not_counted_as_good_ones(kpi, survey: str, scores: list, code: int) -> None:
    """11 for "no answer" is not a promoter; it was left in by the mapping, and the message says how to mend that."""
    with pytest.raises(TableError, match=rf"(?s){survey} found scores from .*\b{code}\b.*`missing`"):
        kpi(answers(survey, scores), Q3)


def test_not_a_number_is_no_promoter_in_polars() -> None:
    rows = pl.DataFrame(
        {"survey": ["nps"] * 3, "score": [10.0, 0.0, float("nan")], "answered_at": [dt.datetime(2026, 8, 1)] * 3}
    )
    for table in (rows, rows.lazy()):
        frame = nps(table, Q3)
        assert value(frame) == 0 and frame["n"][0] == 2


def test_different_scales_are_not_mixed() -> None:
    one, two = (answers("csat", [4], scale_low=1.0, scale_high=high) for high in (5.0, 7.0))
    with pytest.raises(TableError, match=r"different scales \(1-5, 1-7\)"):
        csat(pd.concat([one, two]), Q3)
    with pytest.raises(TableError, match="different scales"):
        csat(pd.concat([one, two]), Q3, top=4)


@pytest.mark.parametrize("kpi, survey", [(nps, "nps"), (csat, "csat"), (ces, "ces")])
def test_relational_and_transactional_answers_are_not_pooled(kpi, survey: str) -> None:
    rows = answers(survey, [5, 4], kind=["relational", "transactional"])
    with pytest.raises(TableError, match="relational and transactional"):
        kpi(rows, Q3)
    assert len(kpi(rows, Q3, by=("kind",))) == 2
    assert kpi(rows[rows["kind"] == "relational"], Q3)["n"][0] == 1
    # The other kind outside the period is no obstacle.
    assert kpi(pd.concat([rows[:1], answers(survey, [5], "2025-01-01", kind="transactional")]), Q3)["n"][0] == 1


def test_csat_ledger() -> None:
    """1, 2, 3, 4, 4, 5, 5, 5: five of eight are 4 or 5."""
    frame = csat(answers("csat", [1, 2, 3, 4, 4, 5, 5, 5], scale_low=1.0, scale_high=5.0), Q3)
    assert value(frame) == 5 / 8
    assert (frame["low"][0], frame["high"][0]) == pytest.approx(proportion_confint(5, 8, method="wilson"), abs=1e-9)


def test_csat_on_another_scale_needs_to_be_told_the_box() -> None:
    """0-10 with top 9: 9, 10 of 9, 10, 8, 2."""
    rows = answers("csat", [9, 10, 8, 2], scale_low=0.0, scale_high=10.0)
    with pytest.raises(TableError, match=r"0-10 scale; the standard is 1-5.*top="):
        csat(rows, Q3)
    assert value(csat(rows, Q3, top=9)) == 1 / 2
    for top in (0, 11):
        with pytest.raises(ParameterError, match="outside the scale 0-10"):
            csat(rows, Q3, top=top)


def test_ces_ledger() -> None:
    """5, 6, 7 agree: 1, 4, 5, 6, 7, 7 is four of six."""
    assert value(ces(answers("ces", [1, 4, 5, 6, 7, 7], scale_low=1.0, scale_high=7.0), Q3)) == 4 / 6


def test_ces_of_the_first_form_is_refused() -> None:
    """1-5, where low was good."""
    with pytest.raises(TableError, match="1-5 scale; the standard is 1-7"):
        ces(answers("ces", [1, 2], scale_low=1.0, scale_high=5.0), Q3)


def invitations(*rows: tuple[str, str | None]) -> pd.DataFrame:
    sent, answered = zip(*rows, strict=True)
    return pd.DataFrame(
        {"sent_at": pd.to_datetime(list(sent)), "answered_at": pd.to_datetime(list(answered), format="ISO8601")}
    )


ASKED = invitations(
    ("2026-07-01", "2026-07-02"),  # after a day
    ("2026-07-01", "2026-07-08"),  # after seven days exactly
    ("2026-07-01", "2026-07-08 00:01"),  # too late for a week
    ("2026-07-10", None),
    ("2026-09-20", "2026-09-22"),
    ("2026-09-28", None),  # young: as of 30 September it had two days
    ("2026-06-30", "2026-07-01"),  # sent before the quarter
    ("2026-09-29", "2026-09-30"),  # young, and answered: counting only young answers would flatter
)


def test_response_rate_ledger() -> None:
    """Sent in the quarter: seven, of which five were answered."""
    frame = response_rate(ASKED, Q3)
    assert frame["n"][0] == 7 and value(frame) == 5 / 7


def test_response_rate_within_a_week_leaves_the_young_out() -> None:
    """As of the last answer (30 September) five had a week; three of these were answered within it."""
    frame = response_rate(ASKED, Q3, within_days=7)
    assert frame["n"][0] == 5 and value(frame) == 3 / 5
    later = response_rate(ASKED, Q3, within_days=7, as_of=dt.datetime(2026, 10, 30))
    assert later["n"][0] == 7 and value(later) == 4 / 7
    with pytest.raises(ParameterError, match="within_days is 0"):
        response_rate(ASKED, Q3, within_days=0)


def test_response_rate_without_any_answer() -> None:
    silent = invitations(("2026-07-01", None), ("2026-07-02", None)).astype("datetime64[us]")
    frame = response_rate(silent, Q3, within_days=7)
    assert value(frame) == 0 and frame["n"][0] == 2 and frame["high"][0] > 0.5


def test_clustering_widens_where_accounts_agree() -> None:
    rows = answers("nps", [10, 10, 10, 0, 0, 0, 9, 9, 9, 5, 5, 5] * 3)
    rows["customer_id"] = np.repeat([f"c{place}" for place in range(12)], 3)
    plain, clustered = nps(rows, Q3), nps(rows, Q3, cluster="customer_id")
    assert value(plain) == value(clustered) == 0
    assert clustered["n_eff"][0] < 13 < plain["n_eff"][0]


def test_accounts_that_are_not_known_stand_alone() -> None:
    rows = answers("nps", LEDGER, customer_id=pd.Series([None] * 10, dtype="str"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pd.testing.assert_frame_equal(nps(rows, Q3), nps(rows, Q3, cluster="customer_id"))


def test_ces_does_not_mix_its_two_forms() -> None:
    """1-5 with low good and 1-7 with high good: 5 is the worst of one and good in the other."""
    one, two = (answers("ces", [5, 5], scale_low=1.0, scale_high=high) for high in (5.0, 7.0))
    with pytest.raises(TableError, match=r"different scales \(1-5, 1-7\)"):
        ces(pd.concat([one, two]), Q3)


def returns(csat_scores: np.ndarray, ces_scores: np.ndarray, who: str = "respondent_id") -> pd.DataFrame:
    """One person a return, both questions at the same moment."""
    n = len(csat_scores)
    moments = pd.Timestamp("2026-08-01") + pd.to_timedelta(np.arange(n), unit="h")
    parts = [
        pd.DataFrame({"survey": name, "score": scores.astype(float), "answered_at": moments, who: np.arange(n) % 40})
        for name, scores in (("csat", csat_scores), ("ces", ces_scores))
    ]
    return pd.concat(parts, ignore_index=True).astype({who: str})


def test_a_scale_that_runs_the_other_way_is_noticed() -> None:
    rng = np.random.default_rng(1)
    satisfied = rng.integers(1, 6, 200)
    easy = np.clip(satisfied + rng.integers(0, 3, 200), 1, 7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ces(returns(satisfied, easy), Q3)
        ces(returns(satisfied, rng.integers(1, 8, 200)), Q3)  # nothing to do with each other
        ces(returns(satisfied[:10], 8 - easy[:10]), Q3)  # too few to say
        ces(returns(satisfied, 8 - easy).drop(columns="respondent_id"), Q3)  # nobody knows who
        ces(returns(satisfied, 8 - easy), Period.of("2026-Q2"))
    for who in ("respondent_id", "customer_id"):
        with pytest.warns(UserWarning, match="in 200 returns.*less satisfied"):
            ces(returns(satisfied, 8 - easy, who), Q3)


def test_direction_is_pearsons_correlation() -> None:
    rng = np.random.default_rng(2)
    x = rng.integers(1, 6, 60)
    y = np.clip(x + rng.integers(-1, 4, 60), 1, 7)
    found = direction(returns(x, y)).iloc[0]
    wanted = pearsonr(x, y)
    assert found["n"] == 60 and found["correlation"] == pytest.approx(wanted.statistic, abs=1e-12)
    assert (found["low"], found["high"]) == pytest.approx(tuple(wanted.confidence_interval()), abs=1e-12)
    assert direction(returns(np.full(60, 5), y)).empty


def test_versions_of_a_question_are_not_mixed() -> None:
    rows = answers("nps", [10, 0, 9, 8], series=["2025", "2025", "2026", None])
    with pytest.raises(TableError, match=r"would mix versions.*no name, 2025, 2026"):
        nps(rows, Q3)
    assert nps(rows, Q3, by="series")["n"].tolist() == [2, 1, 1]
    assert nps(rows[:2], Q3)["n"][0] == 2
    later = pd.concat([rows[:2], answers("nps", [10], "2026-11-01", series="2026")])
    assert nps(later, Q3)["n"][0] == 2
    assert series_of(later, "nps", Q3) == ("2025",)
    assert series_of(later, "nps", Period.of("2026-Q4")) == ("2026",)
    assert series_of(later, "nps") == ("2025", "2026") and series_of(rows, "csat", Q3) == ()
    assert series_of(rows, "nps") == ("", "2025", "2026")
    assert series_of(answers("nps", [1]), "nps", Q3) == ()
